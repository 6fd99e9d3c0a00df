"""Stoichiometry limits: what window of each electrode a cell uses between its cut-off voltages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sicell import _check
from sicell.balancing._search import Inverse, LithiumCurve, Plain, balance
from sicell.electrodes import Electrode
from sicell.msmr import Msmr

# Charging takes lithium out of the positive electrode.
_BRANCHES = {"charge": ("delithiation", "lithiation"), "discharge": ("lithiation", "delithiation")}


@dataclass(frozen=True)
class StoichiometryLimits:
    """Result of :func:`stoichiometry_limits`; all attributes have the broadcast shape of the arguments.

    Stoichiometries x of the negative and y of the positive electrode, and potentials in V vs Li/Li+, at the lower
    (``_0``) and the upper cut-off (``_100``); `capacity` between them, in the unit of the arguments.
    """

    x_0: Any
    x_100: Any
    y_0: Any
    y_100: Any
    negative_potential_0: Any
    negative_potential_100: Any
    positive_potential_0: Any
    positive_potential_100: Any
    capacity: Any


def stoichiometry_limits(
    positive: Any,
    negative: Any,
    capacity_positive: Any,
    capacity_negative: Any,
    cyclable_lithium: Any,
    lower_cutoff: Any,
    upper_cutoff: Any,
    *,
    branches: Mapping[str, tuple[str, str]] | None = None,
    infeasible: str = "raise",
) -> StoichiometryLimits:
    """Return the stoichiometries of both electrodes at the two cut-off voltages.

    Raises ValueError if a capacity is not positive, the cut-offs are swapped, or a cell cannot reach a cut-off; the
    message names the first such cell and how far it gets. The two equations: P. Mohtat, S. Lee, J. B. Siegel, A. G.
    Stefanopoulou, J. Power Sources 427 (2019) 101.

    Parameters
    ----------
    positive, negative : Electrode, Msmr or callable
        A callable takes an array of stoichiometries (0 to 1) and returns potentials in V; they must fall with
        stoichiometry.
    capacity_positive, capacity_negative : array_like
        Capacity of each electrode from stoichiometry 0 to 1; any unit, the same for both and for the lithium.
    cyclable_lithium : array_like
        ``capacity_negative * x + capacity_positive * y``, which no cut-off changes.
    lower_cutoff, upper_cutoff : array_like
        Cell voltages at 0 and 100 % state of charge, in V.
    branches : mapping, optional
        For electrodes with hysteresis: ``{"charge": (positive, negative), "discharge": (positive, negative)}``. If
        not given each electrode is on the branch that the current drives it along. Delithiation after the charge
        follows the electrode's own rule for Li15Si4, cell by cell.
    infeasible : {"raise", "nan"}, optional
        What to do with cells that cannot reach a cut-off within stoichiometries 0 to 1.

    Examples
    --------
    Two straight lines have their answer in closed form:

    >>> limits = stoichiometry_limits(lambda y: 4.5 - y, lambda x: 0.5 - 0.5 * x, 1.0, 1.0, 1.0, 3.2, 4.2)
    >>> round(limits.x_100, 9), round(limits.y_100, 9)
    (0.8, 0.2)
    """
    _check.choice("infeasible", infeasible, ("raise", "nan"))
    named = {
        "capacity_positive": _check.positive("capacity_positive", capacity_positive),
        "capacity_negative": _check.positive("capacity_negative", capacity_negative),
        "cyclable_lithium": _check.positive("cyclable_lithium", cyclable_lithium),
        "lower_cutoff": _check.finite("lower_cutoff", lower_cutoff, "V"),
        "upper_cutoff": _check.finite("upper_cutoff", upper_cutoff, "V"),
    }
    shape = np.broadcast_shapes(*(np.shape(value) for value in named.values()))
    q_p, q_n, lithium, low, high = (
        np.ascontiguousarray(np.broadcast_to(np.asarray(value, dtype=float), shape)).ravel() for value in named.values()
    )
    if (low >= high).any():
        at = int(np.argmax(low >= high))
        raise ValueError(f"lower_cutoff must be below upper_cutoff (in V), got {low[at]:g} and {high[at]:g}")
    names = {**_BRANCHES, **(branches or {})}
    lowest, results = None, {}
    # The charge comes first: how low the negative electrode went decides how it gives its lithium back.
    for key, voltage, label in (("charge", high, "upper_cutoff"), ("discharge", low, "lower_cutoff")):
        y_of, y_range = _curve(positive, "positive", names[key][0], None)
        x_of, x_range = _curve(negative, "negative", names[key][1], lowest)
        u, x, reason = _solve(x_of, y_of, q_n, q_p, lithium, voltage, x_range, y_range)
        if reason.any() and infeasible == "raise":
            raise ValueError(_why(reason, label, voltage, q_p, q_n, lithium, shape))
        u, x = (np.where(reason == 0, value, np.nan) for value in (u, x))
        results[key] = u, x, (lithium - q_n * x) / q_p, u + voltage
        lowest = np.where(reason == 0, u, x_range[0])
    (u_100, x_100, y_100, p_100), (u_0, x_0, y_0, p_0) = results["charge"], results["discharge"]
    columns = (x_0, x_100, y_0, y_100, u_0, u_100, p_0, p_100, q_n * (x_100 - x_0))
    return StoichiometryLimits(*(as_shape(value, shape) for value in columns))


def as_shape(value: np.ndarray, shape: tuple[int, ...]) -> Any:
    """Return a float for shape (), else the array in that shape."""
    return value.item() if shape == () else value.reshape(shape)


def _curve(
    electrode: Any, name: str, branch: str, lowest: np.ndarray | None
) -> tuple[LithiumCurve, tuple[float, float]]:
    """Lithiation as a function of potential, and the potentials of stoichiometry 1 and 0."""
    if isinstance(electrode, Electrode):
        return electrode.loop(branch, lowest), (electrode.lower_limit, electrode.upper_limit)
    if isinstance(electrode, Msmr):
        slack = 1e-9 * float(electrode.fractions.sum())
        ends = np.clip(np.clip(electrode.bounds, 0.0, 1.0), electrode.bounds[0] + slack, electrode.bounds[1] - slack)
        empty, full = electrode.potential(ends)
        return Plain(electrode), (float(full), float(empty))
    if not callable(electrode):
        raise TypeError(f"{name} must be an Electrode, an Msmr curve or a function of stoichiometry, got {electrode!r}")
    inverse = Inverse(electrode, name)
    return Plain(inverse), (inverse.lowest, inverse.highest)


def _solve(x_of, y_of, q_n, q_p, lithium, voltage, x_range, y_range):
    """Solve one end of all cells; the reason is 0 for a solution, 1 for too much lithium, -1 for too little."""
    lower = max(x_range[0], y_range[0] - voltage.max())
    upper = min(x_range[1], y_range[1] - voltage.min())
    if not lower < upper:
        return np.full(lithium.shape, np.nan), np.full(lithium.shape, np.nan), np.full(lithium.shape, 2)
    u, x, excess = balance(x_of, y_of, (q_n, q_p), lithium, voltage, lower, upper)
    slack = 1e-9 * np.minimum(q_n, q_p)
    reason = np.where(excess > slack, 1, np.where(excess < -slack, -1, 0))
    if voltage.max() > voltage.min():
        beyond = (u + voltage < y_range[0] - 1e-9, u + voltage > y_range[1] + 1e-9)
        reason = np.where(reason != 0, reason, np.where(beyond[0], 1, np.where(beyond[1], -1, 0)))
    return u, x, reason


def _why(reason, label, voltage, q_p, q_n, lithium, shape) -> str:
    """Tell why the first infeasible cell is one."""
    at = int(np.argmax(reason != 0))
    what = {
        1: "there is more cyclable lithium than both electrodes can hold at this voltage",
        -1: "there is less cyclable lithium than both electrodes hold at least at this voltage",
        2: "no two potentials of the electrodes lie that far apart",
    }[int(reason[at])]
    where = "" if shape == () else f" at position {at}"
    return (
        f"{label} must be a cell voltage that stoichiometries between 0 and 1 can reach, got {voltage[at]:g} V{where}: "
        f"{what} (capacity_positive {q_p[at]:g}, capacity_negative {q_n[at]:g}, cyclable_lithium {lithium[at]:g})"
    )
