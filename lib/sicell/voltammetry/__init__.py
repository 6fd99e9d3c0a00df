"""Cyclic voltammetry from the same curves as everything else, with one lumped polarization.

The potential is swept at a constant rate; the electrode follows with a lag that is proportional to the current. With
the sweep potential ``E_s``, the electrode's own potential ``E``, scan rate ``v``, capacity ``Q`` and resistance ``R``::

    dx/dE_s = (E - E_s) / chi,        chi = v Q R

Everything that slows the electrode down is in ``chi`` (in V²); ``chi = 0`` is the equilibrium response dx/dE.
Anodic current (delithiation) is positive.
"""

from sicell.voltammetry._peaks import amorphous_peaks, find_peaks, label_peaks, range_overlap
from sicell.voltammetry._sweep import Voltammogram, calibrate_polarization, cyclic_voltammogram

__all__ = [
    "Voltammogram",
    "amorphous_peaks",
    "calibrate_polarization",
    "cyclic_voltammogram",
    "find_peaks",
    "label_peaks",
    "range_overlap",
]
