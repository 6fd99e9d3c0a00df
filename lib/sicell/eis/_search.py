"""The search for the best fit of many spectra: which starts are tried, how far, and when it is enough."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sicell.eis._exchange import exchanged, paired
from sicell.eis._problem import Problem, minimize
from sicell.eis._starts import StartTable

__all__ = ["Found", "autocorrelation", "search"]

BROAD = ((6, 12), (15, 4))
PAIRED = 4
STARTS, MORE_STARTS = 5, 160  # from the data; in all if residuals stay patterned
EXCHANGES = (4, 6, 6)  # of a block, in rounds
FIRST_SCREENING, SCREENING = 4, 6  # steps of a start before it is compared
KEPT = 2  # starts of a round that go on
STEPS, FINAL_STEPS = 15, 300  # steps of a start that goes on, of the winner
WHITE = 0.3  # autocorrelation of residuals at the noise floor stays below (standard error 0.08 for 71 points)
NO_NOISE = 1e-4  # relative residuals below this are those of a computed spectrum
AGREE = 3e-4  # relative difference of two sums of squares that are the same optimum
LOOSE = 0.3  # standard error (natural logarithm) above which an optimum is suspected to be a plateau


@dataclass(frozen=True)
class Found:
    """Best fits of B spectra.

    Attributes
    ----------
    coordinates : array, shape (B, P)
        Where the best optimum is.
    cost : array, shape (B,)
        Its weighted sum of squares.
    converged : array of bool, shape (B,)
        Whether the optimiser came to rest.
    starts : array, shape (B,)
        How many starts were followed.
    seen : tuple of arrays
        Everywhere else that the search has been: index of the spectrum (N), coordinates (N, P) and sum of squares (N).
    """

    coordinates: np.ndarray
    cost: np.ndarray
    converged: np.ndarray
    starts: np.ndarray
    seen: tuple[np.ndarray, np.ndarray, np.ndarray]


def autocorrelation(residuals: np.ndarray) -> np.ndarray:
    """Return the correlation of each spectrum's complex residuals (B, F) with their neighbour's in frequency."""
    power = np.einsum("bf,bf->b", residuals, residuals.conj()).real
    return np.einsum("bf,bf->b", residuals[:, 1:], residuals[:, :-1].conj()).real / np.maximum(power, 1e-300)


def search(
    problem: Problem,
    table: StartTable,
    lower: np.ndarray,
    upper: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
    guess: np.ndarray | None = None,
) -> Found:
    """Return the best fit of every spectrum.

    The best of a few starts from the data is followed to its optimum. A spectrum is finished if the residuals there are
    white, that is at the noise floor, whose level need not be known, if all parameters are determined, and if no
    exchange of a block promises less. Otherwise exchanges are tried as long as they help, and further starts where
    residuals stay patterned.

    Parameters
    ----------
    problem, table : Problem, StartTable
        What is fitted, and candidate starts.
    lower, upper : array, shape (B, P)
        Bounds in coordinates.
    data, weight : array, shape (B, F)
        Impedances and weights.
    guess : array, shape (B, P), optional
        Coordinates of one more start; it is never the only one.
    """
    count = len(data)
    best, cost = np.clip(np.zeros_like(lower), lower, upper), np.full(count, np.inf)
    converged, tried = np.zeros(count, dtype=bool), np.zeros(count, dtype=int)
    seen = []

    def descend(active: np.ndarray, starts: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return optima, costs (A, S) and convergence (A, S) from several starts (A, S, P) for each active spectrum."""
        shape = starts.shape[:2]
        rows = np.repeat(active, shape[1])
        ends, ends_cost, ended = minimize(
            problem, starts.reshape(len(rows), -1), lower[rows], upper[rows], data[rows], weight[rows], steps
        )
        seen.append((rows, ends, ends_cost))
        return ends.reshape(starts.shape), ends_cost.reshape(shape), ended.reshape(shape)

    def attempt(active: np.ndarray, starts: np.ndarray, plan: tuple[tuple[int, int], ...]) -> None:
        """Descend from starts (A, S, P), step by step with fewer of them, and keep what is better than before."""
        if not starts.shape[1]:
            return
        tried[active] += starts.shape[1]
        for steps, kept in plan:
            if kept < starts.shape[1]:
                starts, ends_cost, _ = descend(active, starts, steps)
                order = np.argsort(ends_cost, axis=1)[:, :kept]
                starts = np.take_along_axis(starts, order[:, :, None], axis=1)
        ends, ends_cost, ended = descend(active, starts, STEPS)
        winner, rows = np.argmin(ends_cost, axis=1), np.arange(len(active))
        better = ends_cost[rows, winner] < cost[active]
        rows, winner, active = rows[better], winner[better], active[better]
        best[active], cost[active], converged[active] = ends[rows, winner], ends_cost[rows, winner], ended[rows, winner]

    def exchange(active: np.ndarray, settled: np.ndarray) -> None:
        """Exchange blocks as long as that helps; where all is settled, only if an exchange promises to help."""
        for number in EXCHANGES:
            before = cost[active]
            starts, promise = exchanged(problem, table, best[active], data[active], weight[active], number)
            go = ~settled | (promise.min(axis=1) < (1 - AGREE) * before)
            active, starts, before = active[go], starts[go], before[go]
            if not len(active):
                return
            attempt(active, starts, ((SCREENING, KEPT),))
            active = active[cost[active] < (1 - AGREE) * before]
            if not len(active):
                return
            settled = np.zeros(len(active), dtype=bool)

    # The ranking has tried every shape of the only block that has several; between two it has tried a few pairs.
    first = STARTS if sum(len(shapes) > 1 for shapes in table.shapes) > 1 else 1
    if any(len(shapes) >= 200 for shapes in table.shapes) or len(table.block) - len(table.parts) > 5:
        first = 64
    starts = problem.coordinates(table.rank(data, weight, first))
    if guess is not None:
        starts = np.concatenate([starts, guess[:, None]], axis=1)
    everything = np.arange(count)
    attempt(everything, starts, BROAD if first > 5 else ((FIRST_SCREENING, 1),))
    white, determined = _signs(problem, best, cost, lower, upper, data, weight)
    settled = white & determined
    if first > 1 or not settled.all():
        exchange(everything, settled)
    if first > 5:
        starts, _ = paired(problem, table, best, data, weight, PAIRED)
        before = cost.copy()
        attempt(everything, starts, ((SCREENING, 6),))
        helped = everything[cost < (1 - AGREE) * before]
        if len(helped):
            exchange(helped, np.zeros(len(helped), dtype=bool))
    patterned = np.flatnonzero(~white)
    if len(patterned):
        patterned = patterned[~_signs(problem, *(a[patterned] for a in (best, cost, lower, upper, data, weight)))[0]]
    if len(patterned):
        before = cost[patterned]
        starts = problem.coordinates(table.rank(data[patterned], weight[patterned], MORE_STARTS))[:, first:]
        attempt(patterned, starts, BROAD)
        patterned = patterned[cost[patterned] < (1 - AGREE) * before]
        if len(patterned):
            exchange(patterned, np.zeros(len(patterned), dtype=bool))
    open_ = np.flatnonzero(~converged)
    if len(open_):
        best[open_], cost[open_], converged[open_] = minimize(
            problem, best[open_], lower[open_], upper[open_], data[open_], weight[open_], FINAL_STEPS
        )
    return Found(best, cost, converged, tried, tuple(map(np.concatenate, zip(*seen, strict=True))))


def _signs(
    problem: Problem,
    best: np.ndarray,
    cost: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return whether residuals are white and whether every free parameter is determined: signs of the best optimum."""
    residuals, jacobian = problem.linearize(best, data, weight)
    jacobian = jacobian.view(float)
    curvature = np.matmul(jacobian, jacobian.swapaxes(1, 2))
    at_bound = problem.free & ((best <= lower) | (best >= upper))
    held = ~problem.free | (at_bound & problem.exponent)
    diagonal = np.arange(best.shape[1])
    variance = curvature[:, diagonal, diagonal]
    freedom = residuals.shape[1] * 2 - np.count_nonzero(problem.free)
    # Scaled so that the prior "one e-fold" weighs as much as the data at a standard error of one.
    noise = (cost / max(freedom, 1))[:, None]
    scale = np.where(held, 0.0, np.sqrt(1 / np.maximum(variance + noise, 1e-300)))
    matrix = curvature * scale[:, :, None] * scale[:, None, :]
    matrix[:, diagonal, diagonal] += held + 1e-12
    error = scale * np.sqrt(noise * np.maximum(np.linalg.inv(matrix)[:, diagonal, diagonal], 0))
    # A computed spectrum without noise is met to rounding, whatever pattern that has.
    exact = cost < NO_NOISE**2 * np.sum(np.abs(data * weight) ** 2, axis=1)
    white = exact | (autocorrelation(residuals) < WHITE)
    return white, exact | ((error.max(axis=1) < LOOSE) & ~(at_bound & ~held).any(axis=1))
