"""Measured files in: impedance spectra and galvanostatic cycling, whatever program wrote them.

`read` recognises the format and gives quantities in the names and units of the Battery Data Format, charging current
positive, impedance as Z' + jZ'' with capacitive Z'' < 0. Formats, column names and units are rows of
``file_formats.csv``, ``column_names.csv`` and ``units.csv`` in ``sicell/_tables``: adding a vendor is adding rows.
"""

from sicell.readers._error import ReaderError
from sicell.readers._read import read
from sicell.readers._result import Galvanostatic, Impedance, MeasuredSpectrum

__all__ = ["Galvanostatic", "Impedance", "MeasuredSpectrum", "ReaderError", "read"]
