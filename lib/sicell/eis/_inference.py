"""What the data say about the parameters: standard errors, intervals, and which parameters they do not determine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from sicell.eis._model import Model
from sicell.eis._problem import minimize

__all__ = ["Inference", "infer", "profile"]

# A parameter counts as determined while half its interval, in standard errors, stays below this (natural logarithm; an
# exponent itself); beyond, it means nothing.
LARGEST_LOG_ERROR, LARGEST_EXPONENT_ERROR = 0.5, 0.25
# From these standard errors on, an interval is followed along the profile of the sum of squares: the straight line from
# the optimum is then not good enough.
CURVED_LOG_ERROR, CURVED_EXPONENT_ERROR = 0.06, 0.03
FULL_PROFILE_STEPS = 40
SINGULAR = 1e-9
LOADING = 1e-2
PROFILE_STEPS, PROFILE_ROUNDS, PROFILE_ACCURACY = 6, 3, 0.2
# Rival minima: farther away than this many half intervals. They end what is known of a parameter if they are apart by
# more than this (natural logarithm; exponents).
FAR, RIVALS, RIVAL_STEPS = 3.0, 4, 25
RIVAL_LOG, RIVAL_EXPONENT = 0.15, 0.05
# What a block of three parameters gains by fitting noise, wherever in the window that is best, in noise variances.
BLOCK_GROWTH = 12.0
RESISTOR = 2.0  # largest over smallest modulus in the window of what is as good as a resistor
RIVAL_GROWTH = 1.5  # of the sum of squares, in noise variances: a likelihood no less than half of the best


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
    rivals : array of int, shape (B,)
        How many other minima meet the data as well as the ends of the intervals do.
    """

    covariance: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    identifiable: np.ndarray
    cost: np.ndarray
    rivals: np.ndarray


@dataclass(frozen=True)
class _Spread:
    """Linearised uncertainty at optima: covariance (B, P, P), standard errors (B, P), what is not determined (B, P)."""

    cost: np.ndarray
    covariance: np.ndarray
    error: np.ndarray
    loose: np.ndarray


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
    spread = _spread(model, coordinates, data, weight, bounds, freedom)
    half = factor * spread.error
    identifiable = ~free | (~spread.loose & (spread.error < largest))
    allowed = spread.cost * (1 + factor**2 / freedom)
    curved = identifiable & free & (spread.error > np.where(exponent, CURVED_EXPONENT_ERROR, CURVED_LOG_ERROR))
    least, most = coordinates - half, coordinates + half
    if curved.any():
        _follow(model, coordinates, data, weight, bounds, (spread, factor, allowed, curved), least, most)

    # Where the data are met as well as at the ends of an interval, the interval must reach: the valley may be curved,
    # or there is another one.
    rows, places, place_cost = seen
    met = place_cost <= allowed[rows]
    rows, places, place_cost = rows[met], places[met], place_cost[met]
    places = model.matched(places, coordinates[rows])
    limit = FAR * np.maximum(most - coordinates, coordinates - least) + 1e-3
    far = (np.abs(places - coordinates[rows]) > limit[rows])[:, free].any(axis=1)
    np.minimum.at(least, rows[~far], places[~far])
    np.maximum.at(most, rows[~far], places[~far])
    rivals = np.zeros(len(data), dtype=int)
    if far.any():
        rows, places = _distinct(rows[far], places[far], place_cost[far], limit)
        places, cost, _ = minimize(
            problem, places, bounds[0][rows], bounds[1][rows], data[rows], weight[rows], RIVAL_STEPS
        )
        places = model.matched(places, coordinates[rows])
        far = (np.abs(places - coordinates[rows]) > limit[rows])[:, free].any(axis=1)
        far &= cost <= spread.cost[rows] * (1 + RIVAL_GROWTH / freedom)
        rows, places = rows[far], places[far]
        there = _spread(model, places, data[rows], weight[rows], tuple(b[rows] for b in bounds), freedom)
        low, high = places - factor * there.error, places + factor * there.error
        gap = (low > most[rows]) | (high < least[rows])
        gap &= np.abs(places - coordinates[rows]) > np.where(exponent, RIVAL_EXPONENT, RIVAL_LOG)
        np.logical_and.at(identifiable, rows, ~(gap | there.loose) | ~free)
        np.minimum.at(least, rows, low)
        np.maximum.at(most, rows, high)
        np.add.at(rivals, rows, 1)
    _undo(model, coordinates, data, weight, bounds, (spread, factor, freedom), identifiable, least, most)
    reach = np.maximum(coordinates - least, most - coordinates)
    identifiable &= ~free | (reach < factor * largest)
    low = problem.values(np.maximum(least, np.where(exponent, 0.0, -700.0)))
    high = problem.values(np.minimum(most, np.where(exponent, 1.0, 700.0)))
    unknown = ~identifiable
    low[unknown] = 0.0
    high = np.where(unknown, np.where(exponent, 1.0, np.inf), high)
    values = model.values(coordinates)
    low[:, ~free], high[:, ~free] = values[:, ~free], values[:, ~free]
    covariance = spread.covariance
    covariance[unknown] = np.nan
    covariance.swapaxes(1, 2)[unknown] = np.nan
    return Inference(covariance, low, high, identifiable, spread.cost, rivals)


def _undo(
    model: Model,
    coordinates: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    linear: tuple[_Spread, float, int],
    identifiable: np.ndarray,
    least: np.ndarray,
    most: np.ndarray,
) -> None:
    """Take `identifiable` from what depends on where a block is of which the data know nothing (in place).

    Such a block fits a little of the noise somewhere. It could as well lie beyond either end of the window, where an
    arc is a resistor: then what is in series with it is another.
    """
    problem, (spread, factor, freedom) = model.problem, linear
    table = model.table(False)
    rows, starts = [], []
    for i, (part, shapes, centres) in enumerate(zip(table.parts, table.shapes, table.centres, strict=True)):
        own = (table.block == i) & problem.free
        lost = np.flatnonzero(~identifiable[:, own & (table.power != 0)].any(axis=1))
        if np.ptp(centres) == 0 or not lost.size or not (own == (table.block == i)).all():
            continue
        wide = model.table(True)
        part, shapes, centres = wide.parts[i], wide.shapes[i], wide.centres[i]
        fastest = np.abs(wide.columns[part][int(np.argmax(centres))])
        if fastest.max() > RESISTOR * fastest.min():
            continue
        for shape, end in ((int(np.argmax(centres)), 0), (int(np.argmin(centres)), -1)):
            scale = 0.5 * np.abs(data[lost, end]) / np.abs(wide.columns[part][shape, end])
            start = coordinates[lost].copy()
            unit = np.where(problem.exponent[own], shapes[shape], np.log(shapes[shape]))
            start[:, own] = unit + np.log(scale)[:, None] * table.power[own]
            rows.append(lost)
            starts.append(start)
    if not rows:
        return
    rows, starts = np.concatenate(rows), np.concatenate(starts)
    places, cost, _ = minimize(problem, starts, bounds[0][rows], bounds[1][rows], data[rows], weight[rows], RIVAL_STEPS)
    met = cost <= spread.cost[rows] * (1 + BLOCK_GROWTH / freedom)
    rows, places = rows[met], model.matched(places[met], coordinates[rows[met]])
    if rows.size:
        there = _spread(model, places, data[rows], weight[rows], tuple(bound[rows] for bound in bounds), freedom)
        low, high = places - factor * there.error, places + factor * there.error
        gap = (low > most[rows]) | (high < least[rows])
        gap &= np.abs(places - coordinates[rows]) > np.where(problem.exponent, RIVAL_EXPONENT, RIVAL_LOG)
        np.logical_and.at(identifiable, rows, ~gap | ~problem.free)


def _spread(
    model: Model,
    coordinates: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
    bounds: tuple[np.ndarray, ...],
    freedom: int,
) -> _Spread:
    """Return the linearised uncertainty at optima (B, P)."""
    problem = model.problem
    cost, _, curvature = problem.normal_equations(coordinates, data, weight)
    lower, upper = bounds
    free = problem.free
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
    covariance *= (cost / freedom)[:, None, None] * scale[:, :, None] * scale[:, None, :]
    error = np.sqrt(np.maximum(covariance[:, diagonal, diagonal], 0))
    return _Spread(cost, covariance, error, loose | at_bound | silent)


def _distinct(
    rows: np.ndarray, places: np.ndarray, cost: np.ndarray, limit: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return up to a few places a spectrum that are far from each other, the best first."""
    order = np.lexsort((cost, rows))
    kept: list[int] = []
    count: dict[int, int] = {}
    for k in order:
        row = int(rows[k])
        mine = [j for j in kept[-RIVALS:] if rows[j] == row]
        if count.get(row, 0) < RIVALS and all((np.abs(places[k] - places[j]) > limit[row]).any() for j in mine):
            kept.append(int(k))
            count[row] = count.get(row, 0) + 1
    return rows[kept], places[kept]


def _follow(
    model: Model,
    coordinates: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    linear: tuple[_Spread, float, np.ndarray, np.ndarray],
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
        _, cost, _ = minimize(model.problem, place, low, high, data[row[a]], weight[row[a]], PROFILE_STEPS)
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
