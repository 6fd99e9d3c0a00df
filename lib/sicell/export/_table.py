"""Potential curves as tables for linear interpolation."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

# An interval that is narrower is not divided again: the curve is then steeper than floating point resolves.
_NARROWEST = 1e-13
_TOLERANCE = 1e-4


def ocp_table(potential: Callable[[np.ndarray], Any], through: Sequence[float] = ()) -> tuple[np.ndarray, np.ndarray]:
    """Tabulate a potential curve (V, of stoichiometry) so finely that straight lines between points are within 0.1 mV.

    Each interval is halved until the line misses the curve by less than half of that at a quarter, a half and three
    quarters of the interval. Points gather where the curve bends. The table is exact at 0, 1 and `through`.
    """
    allowed, ends = 0.5 * _TOLERANCE, np.asarray(through, dtype=float)
    x = np.unique(np.concatenate([np.linspace(0, 1, 33), ends]))
    y = np.asarray(potential(x), dtype=float)
    # Left and right ends of the intervals that are not known to be good.
    left, right = x[:-1], x[1:]
    while left.size:
        low, high = np.interp([left, right], x, y)
        parts = np.array([0.25, 0.5, 0.75])[:, None]
        inside = np.asarray(potential(left + parts * (right - left)), dtype=float)
        bent = np.abs(inside - (low + parts * (high - low))).max(axis=0) > allowed
        bent &= right - left > _NARROWEST
        middle = 0.5 * (left + right)[bent]
        x, y = np.concatenate([x, middle]), np.concatenate([y, inside[1][bent]])
        order = np.argsort(x)
        x, y = x[order], y[order]
        left, right = np.concatenate([left[bent], middle]), np.concatenate([middle, right[bent]])
    return x, y
