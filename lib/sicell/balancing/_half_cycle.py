"""One charge or discharge of a protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class HalfCycle:
    """A charge or a discharge of a protocol, made by :meth:`charge` or :meth:`discharge`.

    The cut-off is a cell voltage in V, `polarization` the distance from equilibrium in V, positive, which the current
    costs. With `hold` the cut-off is held until the current, and with it the polarization, has gone.
    """

    charging: bool
    cutoff: Any
    polarization: Any = 0.0
    hold: bool = False

    @classmethod
    def charge(cls, cutoff: Any, polarization: Any = 0.0, hold: bool = False) -> HalfCycle:
        """Charge to a voltage."""
        return cls(True, cutoff, polarization, hold)

    @classmethod
    def discharge(cls, cutoff: Any, polarization: Any = 0.0, hold: bool = False) -> HalfCycle:
        """Discharge to a voltage."""
        return cls(False, cutoff, polarization, hold)
