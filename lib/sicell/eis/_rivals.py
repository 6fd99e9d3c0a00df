"""Other places where a circuit describes a spectrum about as well as at its best fit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sicell.eis._exchange import Place, beyond, exchanged, swapped
from sicell.eis._model import Model
from sicell.eis._problem import minimize

# What is known of a parameter before: one standard deviation of its natural logarithm; of an exponent.
PRIOR_LOG, PRIOR_EXPONENT = 3.0, 0.3
SINGULAR, LOADING = 1e-9, 1e-2
ROUNDING = 1e-32  # variance of weighted residuals below which they are rounding
# Growth of the sum of squares, in noise variances, up to which a place is looked at; places of each kind that are
# followed for a spectrum, and steps of each; exchanges of a block.
LOOKED_AT, RIVALS, STEPS, EXCHANGES = 40.0, 4, 25, 6


@dataclass(frozen=True)
class Spread:
    """Linearised uncertainty at optima.

    Weighted sum of squares `cost` (B), `covariance` (B, P, P) and standard `error` (B, P) of the coordinates, what is
    not determined (`loose`, B, P), and `narrowing` (B): twice the logarithm of how much narrower the data leave the
    parameters than they were known before.
    """

    cost: np.ndarray
    covariance: np.ndarray
    error: np.ndarray
    loose: np.ndarray
    narrowing: np.ndarray


def spread_at(
    model: Model, coordinates: np.ndarray, data: np.ndarray, weight: np.ndarray, bounds: tuple[np.ndarray, ...]
) -> Spread:
    """Return the linearised uncertainty at optima (B, P)."""
    problem = model.problem
    cost, _, curvature = problem.normal_equations(coordinates, data, weight)
    (lower, upper), free = bounds, problem.free
    variance = cost / (2 * data.shape[1] - np.count_nonzero(free))
    prior = np.where(problem.exponent, PRIOR_EXPONENT, PRIOR_LOG) * free
    known = curvature * prior[:, None] * prior / np.maximum(variance, ROUNDING)[:, None, None]
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
    narrowing = np.linalg.slogdet(known + np.eye(len(free)))[1]
    return Spread(cost, covariance, error, loose | at_bound | silent, narrowing)


def candidates(
    model: Model,
    coordinates: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    known: tuple[np.ndarray, np.ndarray, np.ndarray],
    seen: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return spectra (N), coordinates (N, P) and costs (N) of minima far from fits (B, P) that nearly meet the data.

    Looked for where the search has been (`seen`), with each block exchanged or beyond the window, and with elements
    swapped. `known` are the sums of squares (B), how far from its best value a parameter means another place (B, P;
    infinite for what is not determined anyway), and where to look for exchanges (B).
    """
    problem, (cost, limit, shaky) = model.problem, known
    most = cost * (1 + LOOKED_AT / (2 * data.shape[1] - np.count_nonzero(problem.free)))
    groups, shaky = [seen], np.flatnonzero(shaky)
    if shaky.size:
        here = Place.at(problem, model.table(True), coordinates[shaky], data[shaky], weight[shaky])
        swaps = swapped(here)
        groups += [
            (np.repeat(shaky, starts.shape[1]), starts.reshape(-1, starts.shape[2]), promise.ravel())
            for starts, promise in (
                exchanged(here, EXCHANGES),
                beyond(here),
                (swaps, np.zeros(swaps.shape[:2])),
            )
        ]
    found = []
    for rows, places, promise in groups:
        met = promise <= most[rows]
        rows, places, promise = rows[met], model.matched(places[met], coordinates[rows[met]]), promise[met]
        far = (np.abs(places - coordinates[rows]) > limit[rows])[:, problem.free].any(axis=1)
        found.append(_distinct(rows[far], places[far], promise[far], limit))
    rows, places = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if not rows.size:
        return rows, places, np.empty(0)
    places, reached, _ = minimize(problem, places, bounds[0][rows], bounds[1][rows], data[rows], weight[rows], STEPS)
    places = model.matched(places, coordinates[rows])
    far = (np.abs(places - coordinates[rows]) > limit[rows])[:, problem.free].any(axis=1) & (reached <= most[rows])
    return rows[far], places[far], reached[far]


def _distinct(
    rows: np.ndarray, places: np.ndarray, promise: np.ndarray, limit: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return up to a few places a spectrum that are far from each other, the most promising first."""
    kept: list[int] = []
    count: dict[int, int] = {}
    for k in np.lexsort((promise, rows)):
        row = int(rows[k])
        mine = [j for j in kept[-RIVALS:] if rows[j] == row]
        if count.get(row, 0) < RIVALS and all((np.abs(places[k] - places[j]) > limit[row]).any() for j in mine):
            kept.append(int(k))
            count[row] = count.get(row, 0) + 1
    return rows[kept], places[kept]
