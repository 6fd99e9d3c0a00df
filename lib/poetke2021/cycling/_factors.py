"""Coulombic efficiency of a half-cell, retention, factors per cycle, and curves through reported points."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sicell import _check

__all__ = ["capacity_after", "coulombic_efficiency", "interpolate", "per_cycle_factor", "retention"]


def coulombic_efficiency(charge_in: Any, charge_out: Any) -> Any:
    """Coulombic efficiency of a half-cell: charge taken out over charge put in before.

    For an anode in a half-cell "in" is the lithiation (the cell's discharge), for a cathode it is the delithiation.

    Parameters
    ----------
    charge_in, charge_out : array_like
        In any unit, the same for both.

    Returns
    -------
    float or numpy.ndarray
        A fraction. More than 1 is possible (charge from elsewhere) and returned as it is.
    """
    taken = _check.positive("charge_in", charge_in)
    given = _check.non_negative("charge_out", charge_out)
    ratio = np.asarray(given) / np.asarray(taken)
    return float(ratio) if ratio.ndim == 0 else ratio


def _cycles(cycle: Any) -> np.ndarray:
    """Cycle numbers as given: whole, positive, rising."""
    numbers = np.atleast_1d(_check.positive("cycle", cycle))
    if numbers.ndim != 1 or not np.array_equal(numbers, np.round(numbers)):
        raise ValueError(f"cycle must be a list of whole numbers, got {cycle!r}")
    if np.any(np.diff(numbers) <= 0):
        raise ValueError(f"cycle must rise from one to the next, got {[int(number) for number in numbers]}")
    return numbers


def retention(capacity: Any, cycle: Any, start: int, end: int) -> float:
    """Capacity of one named cycle over that of another.

    Raises ValueError if a cycle is missing, or the lists differ in length.

    Parameters
    ----------
    capacity : array_like, shape (n,)
        In any unit.
    cycle : array_like, shape (n,)
        Cycle numbers, rising.
    start, end : int
        Cycles to compare; both must be among `cycle`.

    Returns
    -------
    float
        A fraction.
    """
    numbers = _cycles(cycle)
    values = np.atleast_1d(_check.positive("capacity", capacity))
    if values.shape != numbers.shape:
        raise ValueError(f"capacity and cycle must be lists of one length, got {values.shape} and {numbers.shape}")
    found = []
    for name, wanted in (("start", start), ("end", end)):
        if wanted not in numbers:
            raise ValueError(f"{name} must be one of the cycles given, got {wanted}")
        found.append(values[numbers == wanted][0])
    return float(found[1] / found[0])


def per_cycle_factor(retained: Any, cycles: Any) -> Any:
    """Constant factor from cycle to cycle that leaves a given share after some cycles.

    Raises ValueError if a fraction is given in percent by mistake (above 2), or a number is not positive.

    Parameters
    ----------
    retained : array_like
        Capacity of the last cycle over that of the first, a fraction; above 1 if the capacity has grown.
    cycles : array_like
        Number of steps: last cycle number minus first.

    Returns
    -------
    float or numpy.ndarray
    """
    share = _check.positive("retained", retained)
    _check.between("retained", share, 0, 2)
    steps = _check.positive("cycles", cycles)
    factor = np.asarray(share) ** (1 / np.asarray(steps))
    return float(factor) if factor.ndim == 0 else factor


def capacity_after(capacity: Any, factor: Any, cycles: Any) -> Any:
    """Capacity after some cycles with a constant factor: the inverse of :func:`per_cycle_factor`.

    Parameters
    ----------
    capacity : array_like
        In any unit.
    factor : array_like
        Per cycle.
    cycles : array_like
        Number of steps, zero or more.

    Returns
    -------
    float or numpy.ndarray
    """
    start = _check.positive("capacity", capacity)
    per_cycle = _check.positive("factor", factor)
    steps = _check.non_negative("cycles", cycles)
    result = np.asarray(start) * np.asarray(per_cycle) ** np.asarray(steps)
    return float(result) if result.ndim == 0 else result


def interpolate(cycle: Any, capacity: Any, at: Any = None, bound: Any = False) -> pd.DataFrame:
    """Draw a curve through reported points, with a constant factor per cycle between neighbours.

    What lies between reported points is no datum: the table says of each row what it is, so that a figure can show
    markers for the ones and a thin line for the others.

    Raises ValueError if fewer than 2 points are given, cycles do not rise, or `at` goes beyond the reported points.

    Parameters
    ----------
    cycle, capacity : array_like, shape (n,)
        Reported points; cycle numbers rise; at least 2.
    at : array_like, optional
        Cycle numbers wanted; all from the first to the last reported if not given.
    bound : bool or array_like of bool, shape (n,), optional
        True where a reported number is only a bound ("more than").

    Returns
    -------
    pandas.DataFrame
        ``Cycle Count / 1``, ``capacity``, ``kind`` (``"reported"``, ``"bound"``, ``"interpolated"``; what lies next to
        a bound is ``"interpolated from a bound"``).
    """
    numbers = _cycles(cycle)
    values = np.atleast_1d(_check.positive("capacity", capacity))
    if values.shape != numbers.shape or numbers.size < 2:
        raise ValueError(
            f"capacity and cycle must be lists of one length, at least 2, got {values.shape} and {numbers.shape}"
        )
    limits = np.broadcast_to(np.asarray(bound, dtype=bool), numbers.shape)
    wanted = np.arange(numbers[0], numbers[-1] + 1) if at is None else np.atleast_1d(_check.finite("at", at))
    _check.between("at", wanted, numbers[0], numbers[-1])
    smooth = np.exp(np.interp(wanted, numbers, np.log(values)))
    after = np.clip(np.searchsorted(numbers, wanted), 1, numbers.size - 1)
    near_bound = limits[after] | limits[after - 1]
    kind = np.where(near_bound, "interpolated from a bound", "interpolated").astype(object)
    for number, limit in zip(numbers, limits, strict=True):
        kind[wanted == number] = "bound" if limit else "reported"
    return pd.DataFrame({"Cycle Count / 1": wanted, "capacity": smooth, "kind": kind})
