"""What the data say about the parameters: standard errors, intervals, and which parameters they do not determine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from sicell.eis._model import Model
from sicell.eis._problem import minimize

__all__ = ["Inference", "infer", "profile"]

# A parameter counts as determined while the standard error of its natural logarithm (of an exponent itself) stays
# below this; beyond, the linearised interval means nothing.
LARGEST_LOG_ERROR, LARGEST_EXPONENT_ERROR = 0.5, 0.25
# Elements with a time constant of their own (Wo, Ws, G ...) lose it faster: near the edge of the window the estimate is
# far from normal long before its standard error is large.
LARGEST_TIME_ERROR = 0.2
SINGULAR = 1e-9
LOADING = 1e-2
PROFILE_STEPS = 40


@dataclass(frozen=True)
class Inference:
    """Uncertainty of each spectrum's parameters.

    Attributes
    ----------
    covariance : array, shape (B, P, P)
        Of the coordinates (natural logarithms; exponents as they are); NaN where not identifiable, 0 where fixed.
    lower, upper : array, shape (B, P)
        Bounds of the confidence interval of the parameters.
    identifiable : array of bool, shape (B, P)
        Whether the data determine the parameter (True for a fixed one).
    cost : array, shape (B,)
        Weighted sum of squares.
    """

    covariance: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    identifiable: np.ndarray
    cost: np.ndarray


def infer(
    model: Model,
    coordinates: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    level: float,
    seen: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> Inference:
    """Return covariance and intervals at an optimum, the noise level being estimated from the residuals.

    `seen` are other places where the sum of squares is known: index of the spectrum (N), coordinates (N, P) and sum of
    squares (N).
    """
    problem = model.problem
    cost, _, curvature = problem.normal_equations(coordinates, data, weight)
    lower, upper = bounds
    free = problem.free
    freedom = 2 * data.shape[1] - np.count_nonzero(free)
    variance = cost / freedom
    margin = 1e-9 * np.maximum(1, np.abs(coordinates))
    at_bound = free & ~problem.exponent & ((coordinates <= lower + margin) | (coordinates >= upper - margin))

    diagonal = np.arange(len(free))
    scale = 1 / np.sqrt(np.maximum(curvature[:, diagonal, diagonal], 1e-300))
    scale = np.where(free, scale, 0.0)
    matrix = curvature * scale[:, :, None] * scale[:, None, :]
    silent = free & (scale > 1e140)
    matrix[:, diagonal, diagonal] = 1.0
    eigenvalues, vectors = np.linalg.eigh(matrix)
    null = eigenvalues < SINGULAR
    # Whatever takes part in a direction without information is not determined; the rest keeps its own error.
    loose = (np.abs(vectors) * null[:, None, :]).max(axis=2) > LOADING
    inverse = np.where(null, 0.0, 1 / np.where(null, 1.0, eigenvalues))
    covariance = np.matmul(vectors * inverse[:, None, :], vectors.swapaxes(1, 2))
    covariance *= variance[:, None, None] * scale[:, :, None] * scale[:, None, :]
    error = np.sqrt(np.maximum(covariance[:, diagonal, diagonal], 0))
    largest = np.where(problem.exponent, LARGEST_EXPONENT_ERROR, LARGEST_LOG_ERROR)
    timed = [("time" in leaf.type.roles) for leaf in model.circuit.elements for _ in leaf.type.roles]
    largest = np.where(np.array(timed) & ~problem.exponent, LARGEST_TIME_ERROR, largest)
    identifiable = ~free | (~loose & ~at_bound & ~silent & (error < largest))

    factor = stdtrit(freedom, 0.5 + 0.5 * level)
    least, most = coordinates - factor * error, coordinates + factor * error
    # Where the data are met as well as at the ends of an interval, the interval must reach: valleys beside the best
    # one, which its curvature does not tell of.
    rows, elsewhere, elsewhere_cost = seen
    allowed = elsewhere_cost <= cost[rows] * (1 + factor**2 / freedom)
    rows = rows[allowed]
    elsewhere = model.matched(elsewhere[allowed], coordinates[rows])
    np.minimum.at(least, rows, elsewhere)
    np.maximum.at(most, rows, elsewhere)
    reach = np.maximum(coordinates - least, most - coordinates)
    identifiable &= ~free | (reach < factor * largest)
    low = problem.values(np.maximum(least, np.where(problem.exponent, 0.0, -700.0)))
    high = problem.values(np.minimum(most, np.where(problem.exponent, 1.0, 700.0)))
    unknown = ~identifiable
    low[unknown] = 0.0
    high = np.where(unknown, np.where(problem.exponent, 1.0, np.inf), high)
    values = model.values(coordinates)
    low[:, ~free], high[:, ~free] = values[:, ~free], values[:, ~free]
    covariance[unknown] = np.nan
    covariance.swapaxes(1, 2)[unknown] = np.nan
    return Inference(covariance, low, high, identifiable, cost)


def profile(
    model: Model, coordinates: np.ndarray, error: np.ndarray, data: np.ndarray, weight: np.ndarray, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return profile-likelihood bounds (P) of the parameters of one spectrum; data and weight have shape (F,).

    Each bound is the value at which the sum of squares, minimised over all other parameters, has grown by the factor
    1 + t²/ν (ν degrees of freedom); 0 or infinity if it never does within the limits of the search.
    """
    problem = model.problem
    free = np.flatnonzero(problem.free)
    lower, upper = (bound[0] for bound in model.bounds(data[None]))
    freedom = 2 * data.size - len(free)
    threshold = stdtrit(freedom, 0.5 + 0.5 * level) ** 2 / freedom
    best = problem.normal_equations(coordinates[None], data[None], weight[None])[0][0]
    which = np.repeat(free, 2)
    sign = np.tile([-1.0, 1.0], len(free))
    edge = np.where(sign < 0, lower[which], upper[which])
    rows = np.arange(len(which))
    warm = np.tile(coordinates, (len(which), 1))
    data, weight = np.tile(data, (len(which), 1)), np.tile(weight, (len(which), 1))

    def excess(place: np.ndarray) -> np.ndarray:
        """Return the relative growth of the sum of squares with one parameter of each row held at `place`."""
        low, high = np.tile(lower, (len(rows), 1)), np.tile(upper, (len(rows), 1))
        low[rows, which] = high[rows, which] = place
        ends, cost, _ = minimize(problem, warm, low, high, data, weight, PROFILE_STEPS)
        warm[:] = ends
        return cost / best - 1

    inside, outside = coordinates[which], edge.copy()
    step = np.clip(2 * np.nan_to_num(error[which], nan=0.5), 1e-4, 1.0)
    bracketed = np.zeros(len(which), dtype=bool)
    for _ in range(10):
        place = np.where(bracketed, outside, np.clip(inside + sign * step, lower[which], upper[which]))
        beyond = excess(place) > threshold
        outside = np.where(beyond & ~bracketed, place, outside)
        inside = np.where(~beyond & ~bracketed, place, inside)
        bracketed |= beyond
        step = np.minimum(2 * step, 4.0)
        if (bracketed | (inside == edge)).all():
            break
    for _ in range(14):
        middle = 0.5 * (inside + outside)
        beyond = excess(middle) > threshold
        inside, outside = np.where(beyond, inside, middle), np.where(beyond, middle, outside)
    low, high = np.zeros(len(lower)), np.where(problem.exponent, 1.0, np.inf)
    low[~problem.free] = high[~problem.free] = model.values(coordinates)[~problem.free]
    bound = np.where(problem.exponent[which], inside, np.exp(inside * ~problem.exponent[which]))
    down, up = bracketed & (sign < 0), bracketed & (sign > 0)
    low[which[down]], high[which[up]] = bound[down], bound[up]
    return low, high
