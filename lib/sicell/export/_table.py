"""Potential curves as tables for linear interpolation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sicell import _check

__all__ = ["ocp_table"]

# An interval that is narrower is not divided again: the curve is then steeper than floating point resolves.
_NARROWEST = 1e-13


def ocp_table(
    potential: Callable[[np.ndarray], Any], *, tolerance: float = 1e-4, through: Sequence[float] = ()
) -> tuple[np.ndarray, np.ndarray]:
    """Tabulate a potential curve so finely that straight lines between the points are within a tolerance of it.

    Each interval is halved until the line misses the curve by less than half the tolerance at a quarter, a half and
    three quarters of the interval. Points gather where the curve bends.

    Raises ValueError if the tolerance or a stoichiometry is out of range.

    Parameters
    ----------
    potential : callable
        Takes an array of stoichiometries (0 to 1) and returns potentials in V.
    tolerance : float, optional
        In V, between 1e-6 and 0.1.
    through : sequence of float, optional
        Stoichiometries that must be points of the table, besides 0 and 1: there the table is exact.

    Returns
    -------
    stoichiometry, potential : numpy.ndarray, shape (points,)
        Stoichiometry rises from 0 to 1.

    Examples
    --------
    >>> from sicell import electrodes
    >>> x, volts = ocp_table(electrodes.graphite().potential)
    >>> dense = np.linspace(0, 1, 5001)
    >>> error = np.interp(dense, x, volts) - electrodes.graphite().potential(dense)
    >>> bool(np.abs(error).max() < 1e-4)
    True
    """
    allowed = 0.5 * _check.between("tolerance", tolerance, 1e-6, 0.1, "V")
    ends = np.atleast_1d(_check.between("through", np.asarray(through, dtype=float), 0, 1))
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
