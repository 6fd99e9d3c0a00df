"""Hypotheses about the lithium that the first cycle does not give back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sicell import _check


@dataclass(frozen=True)
class Loss:
    """Lithium that stays in the anode after the first cycle.

    The loss is ``share * ((1 - lithiation_weight) * capacity + lithiation_weight * charge)``, where ``capacity`` is the
    anode's first-lithiation capacity and ``charge`` the lithium that it took on the first charge. The weight says
    whether a larger anode loses more (0) or only what takes lithium does (1). Every part gives up
    its lithium in the same proportion, and the sites with it; silicon that the front has not reached loses nothing. The
    share is 0 to below 1, the weight 0 to 1.

    `oxidation`, 0 to 0.5, is the share of the first charge that comes from the oxidation of the electrolyte at the
    cathode. It lithiates the anode like any other charge, but the cathode keeps its lithium for it, and the reaction
    does not go back.

    >>> round(Loss.fixed(0.15).of(charge=236.0, capacity=269.0), 6)
    40.35
    >>> round(Loss.proportional(0.268).of(charge=200.0, capacity=269.0), 6)
    53.6
    """

    share: Any
    lithiation_weight: Any = 0.0
    oxidation: Any = 0.0

    def __post_init__(self) -> None:
        _check.between("share", self.share, 0, 0.99)
        _check.between("lithiation_weight", self.lithiation_weight, 0, 1)
        _check.between("oxidation", self.oxidation, 0, 0.5)

    @classmethod
    def fixed(cls, share: Any) -> Loss:
        """Fixed share of the anode's first-lithiation capacity, however far it is lithiated."""
        return cls(share, 0.0)

    @classmethod
    def proportional(cls, share: Any) -> Loss:
        """Share of the lithium that the anode took."""
        return cls(share, 1.0)

    @classmethod
    def half_cell(cls, initial_coulombic_efficiency: Any) -> Loss:
        """Return the loss of the anode's half-cell, which was lithiated fully, as a fixed share."""
        return cls(
            1 - np.asarray(_check.between("initial_coulombic_efficiency", initial_coulombic_efficiency, 0.01, 1))
        )

    def of(self, charge: Any, capacity: Any) -> Any:
        """Lithium lost, in the unit of the arguments, which broadcast.

        `charge` is what the anode took, `capacity` that of its first lithiation.
        """
        weight = np.asarray(self.lithiation_weight)
        lost = np.asarray(self.share) * ((1 - weight) * np.asarray(capacity) + weight * np.asarray(charge))
        return lost.item() if lost.ndim == 0 else lost
