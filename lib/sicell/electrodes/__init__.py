"""Electrodes: parts that share one potential, the state they are in, and the path that leads on from it.

An :class:`Electrode` is made of :class:`Part` s, each with its potential branches. ``electrode.start()`` is the fresh
electrode; ``electrode.follow(state, "lithiation")`` the equilibrium path from a state: lithium, in all and of each
part, against potential, its inverse, and the state where the path stops. ``lithiation`` is the share of the capacity
between the electrode's two limits, 0 at the upper and 1 at the lower potential; for a cathode as well.

Ready-made: :func:`si_c`, :func:`silicon`, :func:`graphite`, :func:`ncm90`, :func:`li_in`,
:func:`lithium`; of your own: :meth:`Electrode.from_data`, :func:`blend`. Each electrode has a file in
``data/electrodes`` that tells which public curve stands for which branch and why, and what is assumed, with its range.
"""

from sicell.electrodes._blend import blend
from sicell.electrodes._composite import si_c
from sicell.electrodes._draws import Draws
from sicell.electrodes._electrode import Electrode
from sicell.electrodes._files import assumptions, curve, declared, load, reactions
from sicell.electrodes._parts import BRANCHES, Branch, Part, PhaseChange
from sicell.electrodes._path import ConstantPath, Path, State
from sicell.electrodes._presets import graphite, li_in, lithium, ncm90, on_file, silicon
from sicell.electrodes._reference import ReferenceElectrode
from sicell.electrodes._state import PartState

__all__ = [
    "BRANCHES",
    "Branch",
    "ConstantPath",
    "Draws",
    "Electrode",
    "Part",
    "PartState",
    "Path",
    "PhaseChange",
    "ReferenceElectrode",
    "State",
    "assumptions",
    "blend",
    "curve",
    "declared",
    "graphite",
    "li_in",
    "lithium",
    "load",
    "ncm90",
    "on_file",
    "reactions",
    "si_c",
    "silicon",
]
