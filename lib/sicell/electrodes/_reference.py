"""Electrodes of constant potential."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sicell import _check
from sicell.electrodes._parts import BRANCHES
from sicell.electrodes._path import ConstantPath, State
from sicell.electrodes._state import PartState


@dataclass(frozen=True)
class ReferenceElectrode:
    """An electrode of constant potential, such as lithium metal: it takes and gives any amount of lithium.

    Attributes
    ----------
    name : str
    constant_potential : float
        In V vs Li/Li+.
    """

    name: str
    constant_potential: float

    def potential(self, lithiation: Any = 0.5, branch: str = "lithiation") -> Any:
        """Return the constant potential, in the shape of `lithiation`."""
        _check.choice("branch", branch, BRANCHES)
        _check.between("lithiation", lithiation, 0, 1)
        found = np.full(np.shape(lithiation), self.constant_potential)
        return found if found.ndim else self.constant_potential

    def start(self) -> State:
        """State with no lithium counted."""
        return State({self.name: PartState(0.0, 0.0)}, self.constant_potential)

    def follow(self, state: State, direction: str) -> ConstantPath:
        """Path at constant potential."""
        return ConstantPath(self.constant_potential, direction, state)
