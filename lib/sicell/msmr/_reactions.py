"""Sums of reactions: lithiation at a potential, its slope, and the potential at a lithiation.

The numerics behind :class:`sicell.msmr.Msmr`, for one curve and for many at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import constants

from sicell import _check
from sicell._solve._roots import find_root

# Knots of one reaction in units of its width; dense where the logistic function bends, out to 1e-16 of its fraction.
_KNOTS = np.concatenate([-np.geomspace(37.0, 6.0, 40), np.linspace(-5.9, 5.9, 160), np.geomspace(6.0, 37.0, 40)])

Table = tuple[np.ndarray, np.ndarray, np.ndarray]
# Lithiation and its slope -d(lithiation)/dE at potentials.
Slope = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
# R/F in V/K.
_GAS_OVER_FARADAY = constants.R / constants.physical_constants["Faraday constant"][0]
# Points worked on at once: the temporaries of one block stay in the processor's cache.
_BLOCK = 8192


def blocks(function: Any, values: np.ndarray) -> np.ndarray:
    """Apply `function` to `values` block by block and keep the shape."""
    flat = np.ascontiguousarray(values).reshape(-1)
    result = np.empty_like(flat)
    for start in range(0, flat.size, _BLOCK):
        result[start : start + _BLOCK] = function(flat[start : start + _BLOCK])
    return result.reshape(values.shape)


def as_given(result: np.ndarray) -> Any:
    """Return a float for a scalar, else the array."""
    return float(result) if result.ndim == 0 else result


def _tabulate(potentials: np.ndarray, scale: np.ndarray, slope_of: Slope) -> Table:
    """Return lithiation (rising), potential and dE/d(lithiation) at knots that resolve every reaction."""
    knots = np.unique(potentials[:, None] + scale[:, None] * _KNOTS)[::-1]
    lithiation, slope = slope_of(knots)
    lithiation, first = np.unique(np.maximum.accumulate(lithiation), return_index=True)
    return lithiation, knots[first], -1.0 / np.maximum(slope[first], 1e-300)


def _invert(lithiation: np.ndarray, table: Table, bounds: tuple[Any, Any], slope_of: Slope) -> np.ndarray:
    """Potential of one block: cubic Hermite start from the table, then Newton steps kept inside the bracket."""
    steps, knots, gradient = table
    index = np.clip(np.searchsorted(steps, lithiation) - 1, 0, steps.size - 2)
    low, high = knots[index + 1], knots[index]
    step = steps[index + 1] - steps[index]
    part = (lithiation - steps[index]) / step
    start = high + (low - high) * part * part * (3.0 - 2.0 * part)
    tangent = (1.0 - part) * gradient[index] - part * gradient[index + 1]
    potential = np.clip(start + step * part * (1.0 - part) * tangent, low, high)
    tail = np.minimum(lithiation - bounds[0], bounds[1] - lithiation)
    # Most points are done after one step; the few others go on by themselves.
    todo = slice(None)
    for _ in range(80):
        here = potential[todo]
        value, slope = slope_of(here)
        error = value - lithiation[todo]
        below = error > 0
        low[todo] = np.where(below, here, low[todo])
        high[todo] = np.where(below, high[todo], here)
        with np.errstate(divide="ignore", invalid="ignore"):
            newton = here + error / slope
        inside = (newton >= low[todo]) & (newton <= high[todo])
        here = np.where(inside, newton, 0.5 * (low[todo] + high[todo]))
        potential[todo] = here
        # A Newton step leaves about error²/(2 tail): below one in 1e14 of the tail once the error is 1e-7 of it.
        open_ = (np.abs(error) > 1e-7 * tail[todo]) & (high[todo] - low[todo] > 1e-15 + 1e-15 * np.abs(here))
        todo = np.arange(potential.size)[todo][open_]
        if not todo.size:
            break
    return potential


@dataclass(frozen=True, eq=False)
class Reactions:
    """Fields as :class:`sicell.msmr.Msmr` describes them; reactions of one curve are sorted by falling potential."""

    potentials: np.ndarray
    fractions: np.ndarray
    widths: np.ndarray
    temperature: float = 298.15
    offset: Any = 0.0

    def __post_init__(self) -> None:
        checked = {
            "potentials": np.atleast_1d(_check.finite("potentials", self.potentials, "V")),
            "fractions": np.atleast_1d(_check.positive("fractions", self.fractions)),
            "widths": np.atleast_1d(_check.positive("widths", self.widths)),
        }
        lengths = {name: values.shape for name, values in checked.items()}
        if len({shape[-1] for shape in lengths.values()}) != 1 or not checked["potentials"].size:
            described = ", ".join(f"{name} {shape}" for name, shape in lengths.items())
            raise ValueError(f"potentials, fractions and widths must be lists of one length, got {described}")
        shape = np.broadcast_shapes(*lengths.values(), (*np.shape(self.offset), 1))
        order = slice(None) if len(shape) > 1 else np.argsort(-checked["potentials"], kind="stable")
        for name, values in checked.items():
            values = np.broadcast_to(values, shape)[order]
            values.flags.writeable = False
            object.__setattr__(self, name, values)
        _check.temperature("temperature", self.temperature)
        _check.finite("offset", self.offset)

    @property
    def many(self) -> tuple[int, ...]:
        """Shape of the curves if there are many, else ()."""
        return self.potentials.shape[:-1]

    @property
    def _scale(self) -> np.ndarray:
        """Width of each reaction in V."""
        return _GAS_OVER_FARADAY * self.temperature * self.widths

    @property
    def bounds(self) -> tuple[Any, Any]:
        """Lithiation far above and far below all reactions; neither is reached at a finite potential."""
        return self.offset, self.offset + as_given(self.fractions.sum(axis=-1))

    @cached_property
    def _reactions(self) -> list[tuple[Any, Any, Any]]:
        """Potential, fraction and inverse of the width in 1/V of one reaction after the other."""
        values = (self.potentials, self.fractions, 1.0 / self._scale)
        return list(zip(*(np.ascontiguousarray(np.moveaxis(value, -1, 0)) for value in values), strict=True))

    def _occupancy(self, potential: np.ndarray) -> np.ndarray:
        """Lithiation of one block."""
        total = np.zeros(np.broadcast_shapes(potential.shape, self.many)) + self.offset
        term = np.empty_like(total)
        with np.errstate(over="ignore"):
            for center, fraction, rate in self._reactions:
                np.subtract(potential, center, out=term)
                np.multiply(term, rate, out=term)
                np.exp(term, out=term)
                np.add(term, 1.0, out=term)
                np.divide(fraction, term, out=term)
                total += term
        return total

    def _occupancy_and_slope(self, potential: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lithiation and its (positive) slope -d(lithiation)/dE of one block."""
        total = np.zeros(np.broadcast_shapes(potential.shape, self.many)) + self.offset
        slope = np.zeros_like(total)
        with np.errstate(over="ignore"):
            for center, fraction, rate in self._reactions:
                term = 1.0 / (1.0 + np.exp((potential - center) * rate))
                total += fraction * term
                slope += fraction * rate * (term * (1.0 - term))
        return total, slope

    def __call__(self, potential: np.ndarray) -> np.ndarray:
        """Lithiation at an array of potentials in V that are known to be finite."""
        return self._occupancy(potential) if self.many else blocks(self._occupancy, np.asarray(potential))

    @cached_property
    def _table(self) -> Table:
        return _tabulate(self.potentials, self._scale, self._occupancy_and_slope)

    def _invert(self, lithiation: np.ndarray) -> np.ndarray:
        return _invert(lithiation, self._table, self.bounds, self._occupancy_and_slope)

    def _potential_of_many(self, lithiation: np.ndarray) -> np.ndarray:
        """Inverse of many curves, each between the ends of its own reactions."""
        reach = 37.0 * self._scale
        low, high = (self.potentials - reach).min(axis=-1), (self.potentials + reach).max(axis=-1)
        shape = np.broadcast_shapes(lithiation.shape, self.many)
        found = find_root(
            lambda u: self._occupancy(u) - lithiation, np.broadcast_to(low, shape), np.broadcast_to(high, shape)
        )
        if np.isnan(found).any():
            bad = np.broadcast_to(lithiation, shape)[np.isnan(found)][0]
            raise ValueError(f"lithiation must be one that every curve reaches, got {bad:g}")
        return found
