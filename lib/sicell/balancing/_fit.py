"""Degradation-mode analysis: both electrodes' capacities and windows from a slow curve of the full cell."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from sicell import _check
from sicell._check import SicellWarning
from sicell.balancing._alternatives import competitors
from sicell.balancing._fit_result import FullCellFit
from sicell.balancing._half_cells import HalfCell, average, half_cell
from sicell.balancing._noise import Noise, correlate, estimate
from sicell.balancing._windows import Problem, refine, search

__all__ = ["fit"]

# Denser curves are averaged to about this many points.
_POINTS = 1200
_FEWEST = 20
_LARGEST_VOLTAGE = 10.0
# A good fit leaves a few mV of misfit; more that lasts along the curve is the model's or the half-cells', not noise.
_LARGEST_MISFIT = 0.008
# How far, in V, a cell may be from what its half-cells reach before they cannot be its half-cells.
_FAR = 0.5
_WINDOWS = ["x_0", "x_100", "y_0", "y_100"]


def fit(
    cell_capacity: Any,
    cell_voltage: Any,
    positive: Any,
    negative: Any,
    *,
    half_cycle: str | None = None,
    polarization: float | None = 0.0,
    derivative_weight: float = 0.5,
    tolerance: float = 0.01,
    half_cell_misfit: float = 0.001,
) -> FullCellFit:
    """Find capacities and stoichiometry windows of both electrodes from a slow charge or discharge of a full cell.

    The cell voltage is the difference of two half-cell potentials, each stretched and shifted along the capacity::

        V(q) = U_positive(y_0 - q / Q_positive) - U_negative(x_0 + q / Q_negative)

    with q the charge from the discharged end of the curve. Voltage and dV/dQ (a difference over 2 % of the window)
    are fitted together. No first guess is needed: every pair of windows on a coarse grid is looked at, and the best
    ones are followed.

    Raises TypeError if a half-cell is nothing of the kind. Raises ValueError if the arrays differ in length, hold NaN,
    have fewer than 20 different capacities, turn back (more than one half-cycle), the voltage does not rise with charge
    or is not in V, a half-cell curve is unusable, positive and negative seem swapped, or the two half-cells never give
    a voltage like the cell's.

    Parameters
    ----------
    cell_capacity : array_like, shape (points,)
        Charge passed in one charge or discharge; any unit, counted up or down from any zero. The fitted capacities are
        in the same unit.
    cell_voltage : array_like, shape (points,)
        In V.
    positive, negative : Electrode, Msmr, MsmrFit, callable, or pair of array_like
        Half-cell curves. A callable takes stoichiometries (0 to 1) and returns potentials; a pair is (potential in V,
        capacity), measured in either direction, and spans stoichiometries 0 to 1 from its one end to the other.
    half_cycle : {"charge", "discharge"}, optional
        If not given the order of the points tells. It selects the branches of an
        :class:`~sicell.electrodes.Electrode` and the sign of the polarization.
    polarization : float or None, optional
        Distance of the cell from equilibrium in V: raises the voltage on charge, lowers it on discharge. None fits it.
    derivative_weight : float, optional
        Weight of a dV/dQ, as the voltage difference over 2 % of the window, against a voltage, where residuals are
        correlated; it shrinks with the share of white noise. 0 fits voltages only.
    tolerance : float, optional
        Largest standard error, relative for capacities and absolute for stoichiometries, up to which a parameter counts
        as identifiable.
    half_cell_misfit : float, optional
        What the half-cell curves may be wrong by, in V rms: windows whose misfit is larger by no more than this (in
        quadrature) explain the curve as well. Half-cells that come from other cells than the full cell leave 1 to
        1.3 mV on good data. 0 takes them as exact.

    Returns
    -------
    FullCellFit

    Warns
    -----
    SicellWarning
        If a window ends where the half-cell curve ends (the cell goes further than the half-cell was measured), if
        other windows explain the curve as well, or if a misfit of more than 8 mV rms that is not white noise remains.

    Notes
    -----
    The noise is estimated from the residuals as a white part and a part that is correlated along the capacity
    (exponentially, by restricted maximum likelihood), and propagated through the fit; what looks like slowly varying
    misfit widens the errors. The intervals are Student's, with the degrees of freedom that a variance has under such a
    correlation. The errors do not hold what is wrong in the half-cell curves beyond what the residuals show.

    A part of a curve often looks like another part of other windows. Every minimum that is found counts as an
    explanation unless noise makes its misfit unlikely (deviance beyond 95 % of chi-square with 4 degrees of freedom)
    and the misfit adds more than `half_cell_misfit`. What differs between explanations by more than the tolerance is
    not identifiable, and its interval spans them all; the standard error remains that of the best explanation.

    References
    ----------
    I. Bloom et al., J. Power Sources 139 (2005) 295 (dV/dQ of cells from half-cells).
    C. R. Birkl, M. R. Roberts, E. McTurk, P. G. Bruce, D. A. Howey, J. Power Sources 341 (2017) 373.
    H. White, Econometrica 48 (1980) 817 (errors of least squares whose weights are not the noise's).

    Examples
    --------
    >>> import numpy as np, sicell
    >>> charge = np.linspace(0, 40, 500)                                    # mAh
    >>> cathode, anode = sicell.ncm90(), sicell.graphite()
    >>> voltage = (cathode.potential(0.92 - charge / 55, "delithiation")
    ...            - anode.potential(0.02 + charge / 50, "lithiation"))
    >>> voltage = voltage + np.random.default_rng(0).normal(scale=0.002, size=500)
    >>> found = fit(charge, voltage, cathode, anode)
    >>> round(found.capacity_positive), round(found.capacity_negative)
    (55, 50)
    >>> bool(found.identifiable.all())
    True
    """
    place, voltage, span, direction = _prepare(cell_capacity, cell_voltage)
    if half_cycle is None:
        half_cycle = direction
    else:
        _check.choice("half_cycle", half_cycle, ("charge", "discharge"))
    if polarization is not None:
        polarization = float(_check.between("polarization", polarization, -0.5, 0.5, "V"))
    weight = float(_check.between("derivative_weight", derivative_weight, 0, 100))
    tolerance = float(_check.between("tolerance", tolerance, 1e-6, 1))
    half_cell_misfit = float(_check.non_negative("half_cell_misfit", half_cell_misfit, "V"))
    curves = half_cell(negative, "negative", half_cycle), half_cell(positive, "positive", half_cycle)
    _plausible(*curves, float(np.median(voltage)))
    sign = -1.0 if half_cycle == "discharge" else 1.0
    problem = Problem(*curves, place, voltage, sign, polarization, weight)
    points = search(problem)
    # White noise drowns a difference of neighbours: then dV/dQ has nothing to add, and only widens the errors.
    noise = _noise(problem, points[0])
    if noise.correlated_share < 0.95 and weight > 0:
        problem = replace(problem, derivative_weight=noise.correlated_share * weight)
        points = refine(problem, points)
    others = competitors(problem, points, noise, half_cell_misfit)
    covariances, freedom, at_bound = _uncertainty(problem, points[0], noise)
    return _result(problem, points[0], others, covariances, noise, freedom, at_bound, span, half_cycle, tolerance)


def _prepare(capacity: Any, voltage: Any) -> tuple[np.ndarray, np.ndarray, float, str]:
    """Check a curve and bring it into one form: place 0 (discharged) to 1, voltage, capacity between, direction."""
    capacity, voltage = _check.lists(cell_capacity=capacity, cell_voltage=voltage)
    if np.abs(voltage).max() > _LARGEST_VOLTAGE:
        raise ValueError(
            f"cell_voltage must be in V, at most {_LARGEST_VOLTAGE:g}, got {np.abs(voltage).max():g}; "
            "divide by 1000 if it is in mV"
        )
    for name, values in (("cell_capacity", capacity), ("cell_voltage", voltage)):
        if np.ptp(values) <= 1e-9 * max(1.0, np.abs(values).max()):
            raise ValueError(f"{name} must vary, got {values[0]:g} at all {values.size} points")
    span = float(np.ptp(capacity))
    # Rows of a table may come in any order along one half-cycle, but not a charge and a discharge in one.
    path, most = capacity - capacity[0], int(np.argmax(np.abs(capacity - capacity[0])))
    back = max(_backward(path[: most + 1]), _backward(path[most:][::-1]))
    if abs(path[most]) < 0.95 * span or back > 0.05 * span or abs(path[-1]) < 0.95 * abs(path[most]):
        raise ValueError(
            "cell_capacity must run one way, through one charge or one discharge in the order of time, got values that "
            f"turn back at position {most if back <= 0.05 * span else int(_turn(path))}"
        )
    slope = np.cov(capacity, voltage)[0, 1]
    if abs(np.corrcoef(capacity, voltage)[0, 1]) < 0.3:
        raise ValueError("cell_voltage must rise with charge all along cell_capacity, got no clear trend")
    place = (capacity - capacity.min()) / span if slope > 0 else (capacity.max() - capacity) / span
    charged = place[-1] > place[0]
    place, voltage = average(place, voltage, _POINTS)
    if place.size < _FEWEST:
        raise ValueError(f"cell_capacity must have at least {_FEWEST} different values, got {place.size}")
    return place, voltage, span, "charge" if charged else "discharge"


def _backward(path: np.ndarray) -> float:
    """How far a path from zero goes back against its own direction."""
    path = np.abs(path)
    return float((np.maximum.accumulate(path) - path).max())


def _turn(path: np.ndarray) -> int:
    """Where a path first goes back by more than rounding."""
    steps = np.sign(np.diff(path))
    steps = steps[steps != 0]
    return int(np.argmax(steps != steps[0]))


def _plausible(negative: HalfCell, positive: HalfCell, voltage: float) -> None:
    """Refuse half-cells that cannot give a cell of this voltage, whatever the windows."""
    # The very ends, where potentials run away, are no evidence.
    n, p = (c.potential(c.lower + (c.upper - c.lower) * np.linspace(0.02, 0.98, 200)) for c in (negative, positive))
    usual = float(np.median(p) - np.median(n))
    if abs(usual - voltage) > abs(-usual - voltage) + _FAR:
        raise ValueError(
            f"positive and negative seem swapped: U_positive - U_negative is {usual:.2f} V at half lithiation, the "
            f"cell's voltage {voltage:.2f} V"
        )
    least, most = float(p.min() - n.max()), float(p.max() - n.min())
    if not least - _FAR <= voltage <= most + _FAR:
        raise ValueError(
            f"positive and negative must be half-cells of this cell: U_positive - U_negative is between {least:.2f} "
            f"and {most:.2f} V, the cell's voltage {voltage:.2f} V"
        )


def _uncertainty(problem: Problem, point: np.ndarray, noise: Noise) -> tuple[np.ndarray, float, np.ndarray]:
    """Three covariances of the parameters, degrees of freedom, and which parameters are held by a bound.

    The first covariance is at the solution, the others one standard error away to both sides where the data say
    least: curves are not straight, and a parameter that would be lost so near is not determined.
    """
    low, high = problem.bounds
    at_bound = (point <= low + 1e-9) | (point >= high - 1e-9)
    covariance = _covariance(problem, point, noise, at_bound)
    largest, direction = (part[..., -1] for part in np.linalg.eigh(covariance))
    step = np.sqrt(max(largest, 0.0)) * direction
    sides = [_covariance(problem, np.clip(point + side, low, high), noise, at_bound) for side in (step, -step)]
    freedom = max(noise.freedom(problem.place.size) - np.count_nonzero(~at_bound), 2.0)
    return np.array([covariance, *sides]), freedom, at_bound


def _noise(problem: Problem, point: np.ndarray) -> Noise:
    low, high = problem.bounds
    inside = (point > low + 1e-9) & (point < high - 1e-9)
    return estimate(problem.place, problem.residuals(point)[0], problem.jacobian(point)[0][:, inside])


def _covariance(problem: Problem, point: np.ndarray, noise: Noise, at_bound: np.ndarray) -> np.ndarray:
    """Covariance of the parameters under a noise that the weights of the fit do not follow."""
    covariance = np.zeros((point.size, point.size))
    jacobian = problem.jacobian(point)[0][:, ~at_bound]
    scale = np.linalg.norm(jacobian, axis=0)
    unit = jacobian / scale
    pulled = problem.transposed(problem.weighted(unit))
    inverse = np.linalg.pinv(unit.T @ pulled, rcond=1e-14)
    middle = pulled.T @ correlate(problem.place, noise, pulled)
    covariance[np.ix_(~at_bound, ~at_bound)] = inverse @ middle @ inverse / np.outer(scale, scale)
    return covariance


def _quantities(points: np.ndarray, span: float) -> np.ndarray:
    """Both capacities, the lithium and the fitted parameters, one row for each set of parameters."""
    x_0, x_100, y_0, y_100 = points[:, :4].T
    negative, positive = span / (x_100 - x_0), span / (y_0 - y_100)
    return np.column_stack([negative, positive, negative * x_0 + positive * y_0, points])


def _result(
    problem: Problem,
    point: np.ndarray,
    others: np.ndarray,
    covariances: np.ndarray,
    noise: Noise,
    freedom: float,
    at_bound: np.ndarray,
    span: float,
    half_cycle: str,
    tolerance: float,
) -> FullCellFit:
    """Put capacities and lithium beside the windows, with the errors that follow."""
    x_0, x_100, y_0, y_100 = (float(value) for value in point[:4])
    negative, positive = span / (x_100 - x_0), span / (y_0 - y_100)
    by_n, by_p = negative / (x_100 - x_0), positive / (y_0 - y_100)
    gradient = np.zeros((7 + (point.size > 4), point.size))
    gradient[0, :2] = by_n, -by_n
    gradient[1, 2:4] = -by_p, by_p
    gradient[2, :4] = negative + x_0 * by_n, -x_0 * by_n, positive - y_0 * by_p, y_0 * by_p
    gradient[3:, :] = np.eye(point.size)
    names = ["capacity_negative", "capacity_positive", "cyclable_lithium", *_WINDOWS]
    if point.size > 4:
        names.append("polarization")
    values, *rivals = _quantities(np.vstack([point, others]), span)
    spread = gradient @ covariances @ gradient.T
    full = spread[0]
    errors, largest = (np.sqrt(np.maximum(np.diagonal(part, 0, -2, -1), 0.0)) for part in (full, spread.max(axis=0)))
    touched = np.abs(gradient[:, at_bound]).max(axis=1) > 0 if at_bound.any() else np.zeros(len(names), dtype=bool)
    allowed = tolerance * np.where(np.arange(len(names)) < 3, values, 1.0)
    table = pd.DataFrame({"value": values, "standard_error": np.where(touched, np.nan, errors)}, index=names)
    reach = stdtrit(freedom, 0.975) * table["standard_error"]
    table["lower"], table["upper"] = table["value"] - reach, table["value"] + reach
    rivals = np.array(rivals).reshape(-1, len(names))
    different = np.abs(rivals - values) > allowed
    table["lower"] = np.minimum(table["lower"], np.min(rivals, axis=0, initial=np.inf) - reach)
    table["upper"] = np.maximum(table["upper"], np.max(rivals, axis=0, initial=-np.inf) + reach)
    table["identifiable"] = (largest <= allowed) & ~touched & ~different.any(axis=0)
    alternatives = pd.DataFrame(rivals[different.any(axis=1)], columns=names)
    if len(alternatives):
        warnings.warn(
            f"{len(alternatives)} other pair{'s' * (len(alternatives) > 1)} of windows explain"
            f"{'s' * (len(alternatives) == 1)} this curve as well (see alternatives): a longer part of the curve is "
            "needed to tell them apart",
            SicellWarning,
            stacklevel=3,
        )
    if at_bound[:4].any():
        ends = ", ".join(
            f"{name} = {value:.3g}" for name, value, hit in zip(_WINDOWS, point, at_bound, strict=False) if hit
        )
        warnings.warn(
            f"the window ends where the half-cell curve ends ({ends}): that electrode is not determined, a half-cell "
            "measured over a wider range is needed",
            SicellWarning,
            stacklevel=3,
        )
    rms = float(np.sqrt(np.mean(problem.residuals(point)[0] ** 2)))
    # The part of the misfit that is no white noise: more points do not average it out.
    misfit = rms * np.sqrt(noise.correlated_share)
    if misfit > _LARGEST_MISFIT:
        offset = "" if point.size > 4 else "; polarization=None fits a constant distance from equilibrium"
        warnings.warn(
            "no windows of these half-cells give the cell's curve: a misfit of "
            f"{1e3 * misfit:.0f} mV rms that is not noise remains; are the half-cells of this chemistry, is half_cycle "
            f"right, and is the current low enough{offset}",
            SicellWarning,
            stacklevel=3,
        )
    safe = np.where(errors > 0, errors, np.nan)
    correlations = pd.DataFrame(full / np.outer(safe, safe), index=names, columns=names)
    return FullCellFit(
        capacity=span,
        table=table,
        correlations=correlations,
        polarization=float(point[4]) if point.size > 4 else float(problem.polarization),
        half_cycle=half_cycle,
        rms=rms,
        noise=noise,
        alternatives=alternatives,
        problem=problem,
        point=point,
    )
