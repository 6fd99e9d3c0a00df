"""Fitting of MSMR reactions to measured curves; the public entry is :meth:`sicell.msmr.Msmr.fit`."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import constants

from sicell import _check
from sicell._solve._least_squares import NormalEquations, Options, least_squares

_GAS_OVER_FARADAY = constants.R / constants.physical_constants["Faraday constant"][0]
# Cells' electrodes lie within a few volts of lithium; a larger number is a potential in mV.
_LARGEST_POTENTIAL = 10.0
#: Points of a curve at which it is looked whether it turns back.
_LOOKED_AT = 30
_POINTS = 600
_WIDTHS = (0.05, 40.0)


@dataclass(frozen=True, eq=False)
class FittedReactions:
    """Raw result of the optimiser, in the lithiation of the data (0 to 1)."""

    potentials: np.ndarray
    fractions: np.ndarray
    widths: np.ndarray
    offset: float
    capacity: float
    standard_errors: np.ndarray
    lithiation: np.ndarray
    data: np.ndarray


def prepare(potential: Any, capacity: Any, least_points: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Check a measured curve and bring it into one form.

    Returns potential and lithiation, sorted by the latter (0 to 1), points at the same capacity averaged, and the
    capacity between lithiation 0 and 1 in the unit of the data.
    """
    potential, capacity = _check.lists(potential=potential, capacity=capacity)
    if np.abs(potential).max() > _LARGEST_POTENTIAL:
        raise ValueError(
            f"potential must be in V, within {_LARGEST_POTENTIAL:g} V of lithium, got {np.abs(potential).max():g}; "
            "divide by 1000 if it is in mV"
        )
    for name, values in (("potential", potential), ("capacity", capacity)):
        if np.ptp(values) <= 1e-9 * max(1.0, np.abs(values).max()):
            raise ValueError(f"{name} must vary, got {values[0]:g} at all {values.size} points")
    # Of a charge and a discharge in one the average would be taken, and their hysteresis for noise.
    some = np.linspace(0, capacity.size - 1, min(capacity.size, _LOOKED_AT)).astype(int)
    for name, path in (("capacity", capacity[some]), ("potential", potential[some])):
        # points in no order go further
        if capacity.size >= _LOOKED_AT and 1.5 < np.abs(np.diff(path)).sum() / np.ptp(path) < _LOOKED_AT / 5:
            raise ValueError(
                f"potential and capacity must be of one charge or one discharge, got a {name} that goes there and "
                "back; fit each by itself"
            )
    # Lithiation falls as the potential rises: this tells in which sense the capacity was counted.
    falling = np.cov(potential, capacity)[0, 1] < 0
    amount = capacity - capacity.min() if falling else capacity.max() - capacity
    span = float(amount.max())
    lithiation, which = np.unique(np.round(amount / span, 12), return_inverse=True)
    averaged = np.bincount(which, potential) / np.bincount(which)
    if lithiation.size < least_points:
        raise ValueError(
            f"capacity must have at least {least_points} different values for that many reactions, "
            f"got {lithiation.size}"
        )
    return averaged, lithiation, span


def _thin(potential: np.ndarray, lithiation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Average dense data down to about `_POINTS` points, evenly along the curve's length."""
    if potential.size <= _POINTS:
        return potential, lithiation
    trend = np.minimum.accumulate(potential)
    length = lithiation + (trend[0] - trend) / np.ptp(trend)
    which = np.minimum((length / length[-1] * _POINTS).astype(int), _POINTS - 1)
    count = np.bincount(which, minlength=_POINTS)
    used = count > 0
    mean = [np.bincount(which, values, minlength=_POINTS)[used] / count[used] for values in (potential, lithiation)]
    return mean[0], mean[1]


def _model(parameters: np.ndarray, potential: np.ndarray, thermal: float) -> tuple[np.ndarray, ...]:
    """Lithiation (n, N), its slope (n, N), and its derivatives by the parameters (U, ln X, ln omega, offset) (n, N, P).

    One row for each set of parameters (n, P).
    """
    centers, log_fractions, log_widths = np.split(parameters[:, None, :-1], 3, axis=2)
    fractions, scales = np.exp(log_fractions), thermal * np.exp(log_widths)
    argument = np.clip((potential[:, None] - centers) / scales, -500.0, 500.0)
    occupancy = 1.0 / (1.0 + np.exp(argument))
    bend = fractions * occupancy * (1.0 - occupancy)
    lithiation = parameters[:, -1:] + (occupancy * fractions).sum(axis=2)
    slope = (bend / scales).sum(axis=2)
    ones = np.ones((*slope.shape, 1))
    jacobian = np.concatenate([bend / scales, fractions * occupancy, bend * argument, ones], axis=2)
    return lithiation, slope, jacobian


def _solve(
    starts: np.ndarray,
    data: tuple[np.ndarray, np.ndarray],
    thermal: float,
    noise: float,
    evaluations: int,
    free: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Least squares on the soft-l1 loss from the best of several starts (n, P); weights follow the curve's slope.

    They are renewed a few times. Returns parameters, weighted residuals, and their derivatives by the parameters.
    """
    potential, lithiation = data
    reactions = (starts.shape[1] - 1) // 3
    window = potential.min() - 0.4, potential.max() + 0.4
    low = np.repeat([window[0], np.log(1e-4), np.log(_WIDTHS[0])], reactions)
    high = np.repeat([window[1], np.log(2.0), np.log(_WIDTHS[1])], reactions)
    low, high = (np.tile(np.append(part, end), (len(starts), 1)) for part, end in ((low, -1.0), (high, 1.0)))
    points, scale = np.clip(starts, low, high), 5 * noise
    # What one unit of lithiation is worth in volts where the curve is flat: a small part of the whole range.
    flat = noise / 1e-3 * 2e-2 / np.ptp(potential)

    def weighted(points: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        model, _, jacobian = _model(points, potential, thermal)
        return weight * (model - lithiation), weight[:, :, None] * jacobian * free

    def linearize(rows: np.ndarray, points: np.ndarray) -> NormalEquations:
        residual, jacobian = weighted(points, weight[rows])
        robust = 1.0 / np.sqrt(1 + (residual / scale) ** 2)
        gradient = np.matmul((robust * residual)[:, None], jacobian)[:, 0]
        curvature = np.matmul(jacobian.swapaxes(1, 2), robust[:, :, None] * jacobian)
        return NormalEquations(_robust_cost(residual, scale), gradient, curvature)

    for _ in range(3):
        weight = 1.0 / np.hypot(_model(points, potential, thermal)[1], flat)
        options = Options(iterations=evaluations, tolerance=1e-7)
        points, _, _ = least_squares(linearize, points, low, high, free=free, options=options)
    weight = 1.0 / np.hypot(_model(points, potential, thermal)[1], flat)
    residual, jacobian = weighted(points, weight)
    best = int(np.argmin(_robust_cost(residual, scale)))
    return points[best], residual[best], jacobian[best]


def _robust_cost(residual: np.ndarray, scale: float) -> np.ndarray:
    """Sums of the "soft l1" loss: quadratic for small residuals, linear for outliers."""
    return np.sum(2 * scale**2 * (np.sqrt(1 + (residual / scale) ** 2) - 1), axis=-1)


def _starts(
    potential: np.ndarray, lithiation: np.ndarray, reactions: int, offset: float, count: int, seed: int
) -> np.ndarray:
    """Starting points: equal shares of the capacity; even steps along the curve's length; shares at random."""
    generator = np.random.default_rng(seed)
    trend = np.minimum.accumulate(potential)

    def pack(edges: np.ndarray, broadness: float) -> np.ndarray:
        fractions = np.maximum(np.diff(edges), 1e-3)
        centers = np.interp((edges[1:] + edges[:-1]) / 2, lithiation, trend)
        spread = np.abs(np.interp(edges[1:], lithiation, trend) - np.interp(edges[:-1], lithiation, trend))
        widths = np.clip(broadness * spread / (4 * 0.0257), 0.1, 8.0)
        return np.concatenate([centers, np.log(fractions), np.log(widths), [offset]])

    shares = np.linspace(0, 1, reactions + 1)
    # Edges evenly along the curve's length put reactions on slopes as well as on plateaus.
    length = lithiation + (trend[0] - trend) / np.ptp(trend)
    along = np.interp(np.linspace(0, length[-1], reactions + 1), length, lithiation)
    along[[0, -1]] = 0.0, 1.0
    starts = [pack(shares, 1.0), pack((shares + along) / 2, 1.0)]
    while len(starts) < count:
        inner = np.sort(generator.uniform(0.01, 0.99, reactions - 1))
        starts.append(pack(np.concatenate([[0.0], inner, [1.0]]), generator.uniform(0.3, 1.5)))
    return np.array(starts[:count])


def fit_reactions(
    potential: Any,
    capacity: Any,
    reactions: int,
    temperature: float,
    noise: float,
    offset: float | None,
    starts: int,
    seed: int,
) -> FittedReactions:
    """Fit reactions to data in any direction; see :meth:`sicell.msmr.Msmr.fit`."""
    _check.whole("reactions", reactions, 1)
    _check.whole("starts", starts, 1)
    thermal = _GAS_OVER_FARADAY * _check.temperature("temperature", temperature)
    noise = _check.positive("noise", noise, "V")
    data, lithiation, span = prepare(potential, capacity, 3 * reactions + 2)
    thinned = _thin(data, lithiation)
    free = np.ones(3 * reactions + 1, dtype=bool)
    free[-1] = offset is None
    start_offset = 0.0 if offset is None else _check.between("offset", offset, -0.9, 0.9)
    points = _starts(*thinned, reactions, start_offset, starts, seed)
    best = _solve(points, thinned, thermal, noise, 60, free)[0]
    parameters, residual, jacobian = _solve(best[None], thinned, thermal, noise, 400, free)
    centers, log_fractions, log_widths = parameters[:-1].reshape(3, -1)
    fractions, widths = np.exp(log_fractions), np.exp(log_widths)
    errors = _standard_errors(residual, jacobian).reshape(3, -1)
    return FittedReactions(
        centers,
        fractions,
        widths,
        float(parameters[-1]),
        span,
        np.column_stack([errors[0], fractions * errors[1], widths * errors[2]]),
        lithiation,
        data,
    )


def _standard_errors(residual: np.ndarray, jacobian: np.ndarray) -> np.ndarray:
    """Standard errors of all parameters but the offset; NaN where the data do not determine one.

    Residuals of a smooth curve are alike from point to point, so the number of independent points is reduced by the
    factor (1 - r)/(1 + r) with r their correlation at lag one (G. V. Bayley, J. M. Hammersley, Suppl. J. R. Stat.
    Soc. 8 (1946) 184).
    """
    correlation = float(np.clip(np.corrcoef(residual[1:], residual[:-1])[0, 1], 0.0, 0.999))
    free = max(residual.size * (1 - correlation) / (1 + correlation) - jacobian.shape[1], 1.0)
    variance = float(residual @ residual) / free
    norm = np.linalg.norm(jacobian, axis=0)
    _, singular, right = np.linalg.svd(jacobian / np.where(norm > 0, norm, 1.0), full_matrices=False)
    weak = singular < 1e-7 * singular[0]
    inverse = (right[~weak].T / singular[~weak]) @ (right[~weak].T / singular[~weak]).T
    errors = np.sqrt(variance * np.diag(inverse)) / np.where(norm > 0, norm, np.nan)
    undetermined = (np.abs(right[weak]) > 0.1).any(axis=0)
    return np.where(undetermined, np.nan, errors)[:-1]
