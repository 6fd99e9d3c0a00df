"""Electrodes: named half-cells with their branches, ready-made, from your own data, or blended.

An :class:`Electrode` knows its potential on the first lithiation, on later lithiations and on delithiation, its
capacity and density, and how far its curves are measured. ``lithiation`` is the share of the capacity between the
electrode's two limits, 0 at the upper and 1 at the lower potential; for a cathode as well.

Ready-made: :func:`si_c`, :func:`silicon`, :func:`carbon`, :func:`graphite`, :func:`ncm90`, :func:`li_in`,
:func:`lithium`. Which public curve stands for which branch is declared in ``data/branches.csv``, parameters of the
curves are in ``data/msmr.csv``, everything else in ``data/electrodes.csv``; what is assumed is marked there, with a
range.
"""

from __future__ import annotations

from sicell.electrodes._blend import blend
from sicell.electrodes._branch import BRANCHES, Branch, PhaseChange, ReferenceElectrode
from sicell.electrodes._electrode import Electrode
from sicell.electrodes._ready_made import assumptions, carbon, curve, graphite, li_in, lithium, ncm90, si_c, silicon

__all__ = [
    "BRANCHES",
    "Branch",
    "Electrode",
    "PhaseChange",
    "ReferenceElectrode",
    "assumptions",
    "blend",
    "carbon",
    "curve",
    "graphite",
    "li_in",
    "lithium",
    "ncm90",
    "si_c",
    "silicon",
]
