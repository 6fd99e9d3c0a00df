"""The currents of a cycling test."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check


@dataclass(frozen=True)
class Protocol:
    """One slow formation cycle, some cycles at high current, and one more slow cycle to see what is left.

    Raises ValueError if a current density is not positive, that of the formation is above one of the others, or
    `cycles` is no whole number of at least 2.

    Parameters
    ----------
    formation_current_density : float
        Charge and discharge of the first and of the last cycle, mA/cm2; at most that of either half of the cycles
        between, which are called fast.
    charge_current_density, discharge_current_density : float
        Of the cycles between, mA/cm2.
    cycles : int
        How many cycles lie between, at least 2.
    """

    formation_current_density: float
    charge_current_density: float
    discharge_current_density: float
    cycles: int

    def __post_init__(self) -> None:
        """Check what was given."""
        for name in ("formation_current_density", "charge_current_density", "discharge_current_density"):
            _check.positive(name, getattr(self, name), "mA/cm2")
        slowest = min(self.charge_current_density, self.discharge_current_density)
        if self.formation_current_density > slowest:
            raise ValueError(
                "formation_current_density must be at most that of the cycles between (in mA/cm2), got "
                f"{self.formation_current_density:g} above {slowest:g}"
            )
        object.__setattr__(self, "cycles", _check.whole("cycles", self.cycles, 2))

    @property
    def first_fast(self) -> int:
        """Number of the first cycle at high current."""
        return 2

    @property
    def last_fast(self) -> int:
        """Number of the last cycle at high current."""
        return self.cycles + 1

    @property
    def last(self) -> int:
        """Number of the last cycle, which is slow again."""
        return self.cycles + 2

    @property
    def fast_steps(self) -> int:
        """Steps from the first to the last cycle at high current: one less than there are cycles."""
        return self.last_fast - self.first_fast

    @property
    def cycle(self) -> np.ndarray:
        """All cycle numbers, from 1."""
        return np.arange(1, self.last + 1)

    @property
    def slow(self) -> np.ndarray:
        """For each cycle whether it runs at the formation's current."""
        return (self.cycle == 1) | (self.cycle == self.last)

    @property
    def charge_current(self) -> np.ndarray:
        """Charge current density of each cycle, mA/cm2."""
        return np.where(self.slow, self.formation_current_density, self.charge_current_density)

    @property
    def discharge_current(self) -> np.ndarray:
        """Discharge current density of each cycle, mA/cm2."""
        return np.where(self.slow, self.formation_current_density, self.discharge_current_density)

    def duration(self, charge: Any, discharge: Any) -> Any:
        """Return how long each cycle takes in h, without rests, from the areal capacities (mAh/cm2) of all cycles.

        Raises ValueError if the last axis of one has another length than the protocol has cycles.
        """
        into = self._of_each_cycle("charge", _check.non_negative("charge", charge))
        out = self._of_each_cycle("discharge", _check.non_negative("discharge", discharge))
        return into / self.charge_current + out / self.discharge_current

    def to_frame(self) -> pd.DataFrame:
        """Return cycle number and both current densities, one cycle a row."""
        return pd.DataFrame(
            {
                "Cycle Count / 1": self.cycle,
                "charge / mA cm-2": self.charge_current,
                "discharge / mA cm-2": self.discharge_current,
            }
        )

    def _of_each_cycle(self, name: str, value: Any) -> np.ndarray:
        values = np.asarray(value, dtype=float)
        if values.ndim == 0 or values.shape[-1] != self.last:
            raise ValueError(f"{name} must have one value for each of the {self.last} cycles, got shape {values.shape}")
        return values
