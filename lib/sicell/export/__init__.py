"""Export: a balanced cell as a file in the Battery Parameter eXchange format, and as parameters for PyBaMM.

:func:`to_bpx` writes what the model knows (curves, capacities, windows of both electrodes after the first cycle) and
fills the rest of a Doyle–Fuller–Newman model with assumptions: defaults from ``data/export.csv`` or the caller's own.
Which is which stands in the file's description and in :attr:`BpxDocument.assumptions`.
"""

from sicell.export._bpx import to_bpx, to_pybamm
from sicell.export._document import BpxDocument

__all__ = ["BpxDocument", "to_bpx", "to_pybamm"]
