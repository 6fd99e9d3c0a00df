"""Hypotheses about the course of the capacity between the cycles that are reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from poetke2021.cycling._account import loss_after, loss_fraction, plain
from poetke2021.cycling._protocol import Protocol
from sicell import _check


def constant_efficiency(capacity: Any, efficiency: Any, cycle: Any, start: int = 2) -> Any:
    """Return the discharge capacity if every cycle from `start`, whose capacity is given, has the same efficiency.

    All arguments are broadcast; a cycle before `start` or an efficiency that is no fraction raises ValueError.
    """
    first = np.asarray(_check.positive("capacity", capacity))
    numbers = np.asarray(_check.between("cycle", cycle, start, np.inf))
    return plain(first * (1 - loss_after(efficiency, numbers - start)))


@dataclass(frozen=True, eq=False)
class LithiumInventory:
    """Lithium that is lost for good, and besides it a growing amount that does not come back in time.

    The slow capacity falls by a constant factor from cycle to cycle. At high current a deficit is left behind in the
    anode; it grows by the same amount in each cycle, as it would if a diffusion time or a resistance grew steadily.

    Raises ValueError if a number is outside its range.

    Parameters
    ----------
    slow_capacity : float or array_like
        Discharge capacity of the first, slow cycle, in any unit.
    factor : float or array_like
        Slow capacity of a cycle over that of the cycle before, above 0 and at most 1.
    deficit : float or array_like
        What is left behind in the first fast cycle, in the unit of `slow_capacity`.
    growth : float or array_like
        By how much the deficit grows from one fast cycle to the next, in the same unit; may be negative.
    """

    slow_capacity: Any
    factor: Any
    deficit: Any
    growth: Any

    def __post_init__(self) -> None:
        """Check what was given."""
        _check.positive("slow_capacity", self.slow_capacity)
        _check.between("factor", _check.positive("factor", self.factor), 0, 1)
        _check.non_negative("deficit", self.deficit)
        _check.finite("growth", self.growth)

    @classmethod
    def through(
        cls, slow_capacity: Any, fast_capacity: Any, loss: Any, retention: Any, protocol: Protocol
    ) -> LithiumInventory:
        """Find the parameters that give the four numbers which a cycling test reports: that it agrees proves nothing.

        Capacity of the first and of the second cycle; share of the second that is lost until the last fast cycle;
        capacity of the last slow cycle over that of the first. Raises ValueError if a number is outside its range, or
        the second cycle gives more than the slow capacity.
        """
        slow = np.asarray(_check.positive("slow_capacity", slow_capacity))
        fast = np.asarray(_check.positive("fast_capacity", fast_capacity))
        kept = np.asarray(_check.between("retention", _check.positive("retention", retention), 0, 1))
        lost = np.asarray(loss_fraction(loss))
        factor = kept ** (1 / (protocol.last - 1))
        at_first = slow * factor ** (protocol.first_fast - 1)
        if np.any(fast > at_first):
            raise ValueError(
                f"fast_capacity must not be above the slow capacity of its cycle, got {float(np.max(fast)):g} above "
                f"{float(np.min(at_first)):g}"
            )
        first = at_first - fast
        last = slow * factor ** (protocol.last_fast - 1) - fast * (1 - lost)
        return cls(slow_capacity, plain(factor), plain(first), plain((last - first) / protocol.fast_steps))

    def slow(self, protocol: Protocol) -> np.ndarray:
        """Return what each cycle would give at low current, in the unit of the capacities; cycles are the last axis."""
        start, factor = (np.asarray(value, dtype=float)[..., None] for value in (self.slow_capacity, self.factor))
        return start * factor ** (protocol.cycle - 1)

    def discharge_capacity(self, protocol: Protocol) -> np.ndarray:
        """Return what each cycle gives at its current, not below zero; cycles are the last axis."""
        deficit, growth = (np.asarray(value, dtype=float)[..., None] for value in (self.deficit, self.growth))
        left = np.where(protocol.slow, 0.0, deficit + growth * (protocol.cycle - protocol.first_fast))
        slow = self.slow(protocol)
        return np.clip(slow - left, 0.0, slow)


@dataclass(frozen=True)
class CathodeDegradation:
    """A cathode that loses the same share in each cycle, the more so the higher its potential at the end of charge.

    ``rate(E) = rate exp((E - reference_potential) / scale)``: the simplest law that rises without bound or threshold.

    Raises ValueError if `rate` or `scale` is not positive.

    Parameters
    ----------
    rate : float
        Log-loss in a cycle at the reference potential, positive.
    reference_potential : float
        In V vs Li/Li+.
    scale : float
        By how many volts the potential rises for e times the rate, positive.
    """

    rate: float
    reference_potential: float
    scale: float

    def __post_init__(self) -> None:
        """Check what was given."""
        _check.positive("rate", self.rate)
        _check.finite("reference_potential", self.reference_potential)
        _check.positive("scale", self.scale, "V")

    @classmethod
    def through(cls, potential: Any, loss: Any, steps: Any) -> CathodeDegradation:
        """Lay the law through two cells: potentials in V and losses over the cycles counted, both rising.

        Raises ValueError if they do not rise: no such law goes through them.
        """
        at = np.asarray(_check.finite("potential", potential))
        lost = np.asarray(_check.positive("loss", loss_fraction(loss)))
        if at.shape != (2,) or lost.shape != (2,):
            raise ValueError(f"potential and loss must be of two cells, got shapes {at.shape} and {lost.shape}")
        if at[1] <= at[0] or lost[1] <= lost[0]:
            raise ValueError(
                f"potential and loss must both rise from the first cell to the second, got {at.tolist()} V and "
                f"{lost.tolist()}"
            )
        rate = -np.log1p(-lost) / _check.positive("steps", steps)
        return cls(float(rate[0]), float(at[0]), float((at[1] - at[0]) / np.log(rate[1] / rate[0])))

    def loss(self, potential: Any, steps: Any) -> Any:
        """Return the share of the capacity that is gone after some cycles that end at a potential in V."""
        at = np.asarray(_check.finite("potential", potential))
        rate = self.rate * np.exp((at - self.reference_potential) / self.scale)
        return plain(-np.expm1(-rate * np.asarray(_check.non_negative("steps", steps))))
