"""Balancing of full cells: what each electrode does between the cut-offs, from the half-cells alone.

:class:`FullCell` charges and discharges a cell that is assembled discharged, for any n/p ratio, with the branches of
the electrodes and a stated hypothesis (:class:`Loss`) about the lithium that the first cycle does not give back.
:meth:`FullCell.run` runs a protocol of :class:`HalfCycle`, :meth:`FullCell.uncertainty` propagates what is uncertain in
the electrodes.
:func:`stoichiometry_limits` is the common two-equation problem for any two curves and millions of cells.
:func:`fit` goes the other way: from a measured curve of a full cell to the windows of both electrodes, and
:func:`degradation_modes` from two such fits to what was lost. :func:`fit_many` does both for many check-ups.
"""

from sicell.balancing._cell import FullCell
from sicell.balancing._fit import fit
from sicell.balancing._fit_result import FullCellFit
from sicell.balancing._half_cycle import HalfCycle
from sicell.balancing._limits import StoichiometryLimits, stoichiometry_limits
from sicell.balancing._loss import Loss
from sicell.balancing._many import CheckUps, fit_many
from sicell.balancing._modes import DegradationModes, degradation_modes
from sicell.balancing._protocol import Run
from sicell.balancing._result import FirstCycle
from sicell.balancing._uncertainty import FirstCycleUncertainty

__all__ = [
    "CheckUps",
    "DegradationModes",
    "FirstCycle",
    "FirstCycleUncertainty",
    "FullCell",
    "FullCellFit",
    "HalfCycle",
    "Loss",
    "Run",
    "StoichiometryLimits",
    "degradation_modes",
    "fit",
    "fit_many",
    "stoichiometry_limits",
]
