"""What the data say about the parameters: standard errors, intervals, and which parameters they do not determine."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from sicell.eis._model import Model
from sicell.eis._problem import minimize
from sicell.eis._rivals import Spread, candidates, spread_at

# Half an interval, in standard errors: up to the first a parameter counts as identifiable, up to the second it has an
# interval at all (natural logarithm; an exponent itself). A parameter that is known to no better than a factor of 1.5
# is far off once in twenty times, and of several such in a circuit one nearly always is.
KNOWN_LOG, KNOWN_EXPONENT = 0.2, 0.08
LARGEST_LOG_ERROR, LARGEST_EXPONENT_ERROR = 0.5, 0.25
# From these standard errors on, an interval is followed along the profile of the sum of squares: the straight line from
# the optimum is then not good enough.
CURVED_LOG_ERROR, CURVED_EXPONENT_ERROR = 0.06, 0.03
FULL_PROFILE_STEPS = 40
PROFILE_STEPS, PROFILE_ROUNDS, PROFILE_ACCURACY = 6, 3, 0.2
# Rival minima: farther away than this many half intervals. They end what is known of a parameter if they are apart by
# more than this (natural logarithm; exponents), and if they are not less probable than the best fit by this much (twice
# the natural logarithm): a block that fits nothing but noise always gains by it, but has little room to do so.
FAR, RIVAL_LOG, RIVAL_EXPONENT, UNLIKELY = 3.0, 0.15, 0.05, 6.0
BETTER = 3e-4  # relative difference of sums of squares from which a minimum is another one
# Exchanges are looked at where blocks can take each other's features, or a standard error is larger than this.
SHAKY = 0.3


@dataclass(frozen=True)
class Inference:
    """Uncertainty of each spectrum's parameters.

    `covariance` (B, P, P) of the coordinates (natural logarithms; exponents as they are) is NaN without an interval, 0
    where fixed; `lower` and `upper` (B, P) bound the confidence intervals of the parameters; `identifiable` (B, P) says
    whether the interval is narrow and no other minimum contradicts it (True for a fixed parameter). `cost` (B) is the
    weighted sum of squares, `rivals` (B) how many other minima the data allow, of those that were found; `better` are
    those that are better than the best fit: index of the spectrum (N) and coordinates (N, P).
    """

    covariance: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    identifiable: np.ndarray
    cost: np.ndarray
    rivals: np.ndarray
    better: tuple[np.ndarray, np.ndarray]

    def updated(self, rows: np.ndarray, other: Inference) -> Inference:
        """Return the same with other rows in the place of some; all else counts as settled."""
        for name in ("covariance", "lower", "upper", "identifiable", "cost", "rivals"):
            getattr(self, name)[rows] = getattr(other, name)
        return replace(self, better=(rows[other.better[0]], other.better[1]))


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
    free, exponent = problem.free, problem.exponent
    freedom = 2 * data.shape[1] - np.count_nonzero(free)
    factor = stdtrit(freedom, 0.5 + 0.5 * level)
    largest = np.where(exponent, LARGEST_EXPONENT_ERROR, LARGEST_LOG_ERROR)
    spread = spread_at(model, coordinates, data, weight, bounds)
    half = factor * spread.error
    bounded = ~free | (~spread.loose & (spread.error < largest))
    allowed = spread.cost * (1 + factor**2 / freedom)
    curved = bounded & free & (spread.error > np.where(exponent, CURVED_EXPONENT_ERROR, CURVED_LOG_ERROR))
    least, most = coordinates - half, coordinates + half
    if curved.any():
        _follow(model, coordinates, data, weight, bounds, (spread, factor, allowed, curved), least, most)

    # Where the data are met as well as at the ends of an interval, the interval must reach: the valley may be curved.
    limit = FAR * np.maximum(most - coordinates, coordinates - least) + 1e-3
    rows, places, place_cost = seen
    met = place_cost <= allowed[rows]
    rows, places = rows[met], model.matched(places[met], coordinates[rows[met]])
    near = (np.abs(places - coordinates[rows]) <= limit[rows])[:, free].all(axis=1)
    np.minimum.at(least, rows[near], places[near])
    np.maximum.at(most, rows[near], places[near])
    # Or there is another valley. Only what is thought to be determined can be lost to it.
    limit[~bounded | ~free] = np.inf
    shaky = model.table().intricate | (free & (~bounded | (spread.error > SHAKY))).any(axis=1)
    rows, places, place_cost = candidates(model, coordinates, data, weight, bounds, (spread.cost, limit, shaky), seen)
    better = place_cost < (1 - BETTER) * spread.cost[rows]
    better = rows[better], places[better]
    rivals = np.zeros(len(data), dtype=int)
    if rows.size:
        there = spread_at(model, places, data[rows], weight[rows], tuple(bound[rows] for bound in bounds))
        growth = (there.cost / spread.cost[rows] - 1) * freedom
        # It meets the data as well as the ends of intervals do, or is nearly as probable as the best fit.
        likely = (growth < factor**2) | (growth + there.narrowing - spread.narrowing[rows] < UNLIKELY)
        rows, low, high = rows[likely], *(places + sign * factor * there.error for sign in (-1, 1))
        low, high, places, loose = low[likely], high[likely], places[likely], there.loose[likely]
        gap = (low > most[rows]) | (high < least[rows])
        gap &= np.abs(places - coordinates[rows]) > np.where(exponent, RIVAL_EXPONENT, RIVAL_LOG)
        np.logical_and.at(bounded, rows, ~(gap | loose) | ~free)
        np.minimum.at(least, rows, low)
        np.maximum.at(most, rows, high)
        np.add.at(rivals, rows, 1)
    reach = np.maximum(coordinates - least, most - coordinates)
    bounded &= ~free | (reach < factor * largest)
    identifiable = bounded & (~free | (reach < factor * np.where(exponent, KNOWN_EXPONENT, KNOWN_LOG)))
    low = problem.values(np.maximum(least, np.where(exponent, 0.0, -700.0)))
    high = problem.values(np.minimum(most, np.where(exponent, 1.0, 700.0)))
    low[~bounded] = 0.0
    high = np.where(bounded, high, np.where(exponent, 1.0, np.inf))
    values = model.values(coordinates)
    low[:, ~free], high[:, ~free] = values[:, ~free], values[:, ~free]
    covariance = spread.covariance
    covariance[~bounded] = np.nan
    covariance.swapaxes(1, 2)[~bounded] = np.nan
    return Inference(covariance, low, high, identifiable, spread.cost, rivals, better)


def _follow(
    model: Model,
    coordinates: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    linear: tuple[Spread, float, np.ndarray, np.ndarray],
    least: np.ndarray,
    most: np.ndarray,
) -> None:
    """Move ends of intervals to where the profile of the sum of squares has grown to what is allowed (in place)."""
    spread, factor, allowed, curved = linear
    row, which = (np.repeat(index, 2) for index in np.nonzero(curved))
    sign = np.tile([-1.0, 1.0], len(row) // 2)
    start, lower, upper = coordinates[row], bounds[0][row], bounds[1][row]
    k = np.arange(len(row))
    error, growth = spread.error[row, which], (allowed - spread.cost)[row]
    # Along the valley's axis, as the covariance has it.
    path = spread.covariance[row, :, which] / error[:, None]
    distance = np.full(len(row), factor)
    # Distances known to be inside and outside, and how much the cost has grown there.
    inside, outside = np.zeros(len(row)), np.full(len(row), np.inf)
    inside_growth, outside_growth = np.zeros(len(row)), np.full(len(row), np.inf)
    active = k
    for _ in range(PROFILE_ROUNDS):
        a = active
        place = start[a] + (sign[a] * distance[a])[:, None] * path[a]
        low, high = lower[a].copy(), upper[a].copy()
        edge = np.where(sign[a] < 0, low[np.arange(a.size), which[a]], high[np.arange(a.size), which[a]])
        value = place[np.arange(a.size), which[a]]
        value = np.where(sign[a] < 0, np.maximum(value, edge), np.minimum(value, edge))
        low[np.arange(a.size), which[a]] = high[np.arange(a.size), which[a]] = value
        ends, cost, _ = minimize(model.problem, place, low, high, data[row[a]], weight[row[a]], PROFILE_STEPS)
        path[a] = (ends - start[a]) / (sign[a] * distance[a])[:, None]
        grown = np.maximum(cost - spread.cost[row[a]], 1e-12 * growth[a])
        within = grown <= growth[a]
        inside[a] = np.where(within, distance[a], inside[a])
        inside_growth[a] = np.where(within, grown, inside_growth[a])
        outside[a] = np.where(within, outside[a], distance[a])
        outside_growth[a] = np.where(within, outside_growth[a], grown)
        done = (np.abs(grown / growth[a] - 1) < PROFILE_ACCURACY) | (value == edge)
        # The square root of the growth is nearly proportional to the distance.
        guess = distance[a] * np.clip(np.sqrt(growth[a] / grown), 0.3, 2.5)
        between = inside[a] + (outside[a] - inside[a]) * 0.5
        guess = np.where((guess <= inside[a]) | (guess >= outside[a]), between, guess)
        distance[a] = np.where(done, distance[a], guess)
        active = a[~done & (guess * error[a] < 4 * factor * LARGEST_LOG_ERROR)]
        if not active.size:
            break
    end = start[k, which] + sign * distance * error
    np.minimum.at(least, (row[sign < 0], which[sign < 0]), end[sign < 0])
    np.maximum.at(most, (row[sign > 0], which[sign > 0]), end[sign > 0])


def profile(
    model: Model,
    coordinates: np.ndarray,
    error: np.ndarray,
    spectrum: tuple[np.ndarray, np.ndarray],
    bounds: tuple[np.ndarray, np.ndarray],
    level: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return profile-likelihood bounds (P) of the parameters of one spectrum: data and weight of shape (F,).

    Each bound is the value at which the sum of squares, minimised over all other parameters, has grown by the factor
    1 + t²/ν (ν degrees of freedom); 0 or infinity if it never does within the limits of the search.
    """
    problem = model.problem
    free = np.flatnonzero(problem.free)
    (data, weight), (lower, upper) = spectrum, bounds
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
        ends, cost, _ = minimize(problem, warm, low, high, data, weight, FULL_PROFILE_STEPS)
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
