"""The search for the best fit of many spectra: which starts are tried, how far, and when it is enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from sicell.circuit import evaluate
from sicell.eis._exchange import Place, exchanged, paired
from sicell.eis._measurement import slow_part, smooth_part
from sicell.eis._problem import Problem, minimize, polish
from sicell.eis._starts import StartTable

# Starts from the data by how many parameters are not scales of blocks; a block of several elements needs many.
STARTS, MANY_DIMENSIONS, MANY_STARTS = (1, 5), 6, 64
PAIRED, TOGETHER = 10, 64  # exchanges of each pair of blocks; spectra whose blocks are exchanged at once
EXCHANGES, EXCHANGE_ROUNDS, EXCHANGED_STEPS = 6, 3, 20  # of a block, in rounds, and how far each is followed
# Plans: how many steps before how many starts are kept. All that are left after it go on by STEPS.
QUICK, BROAD, PAIRS = ((4, 1),), ((6, 12), (15, 4)), ((6, 12),)
PERSISTENT, PRECISELY, MOST_STARTS = ((12, 24), (20, 4)), ((20, 64), (60, 8)), 300
STEPS, FINAL_STEPS, POLISHED = 15, 300, 12  # steps of a start that goes on, of the winner; rounds of polishing it
# At the noise floor the autocorrelation of residuals stays below (standard error 0.08 for 71 points), and they hold no
# smooth part; a simple circuit cannot miss so little that only the latter shows unless there is little noise. Where
# slow parts are this unlikely, other places are looked at; as unlikely as a smooth part may be, from afar too.
WHITE, SLOW, SMOOTH, QUIET = 0.3, 1e-2, 1e-3, 1e-3
# Relative residuals of a spectrum that was computed, and met; of one that was written with few digits.
ROUNDING, DIGITS = 1e-12, 1e-8
PRECISE = 1e-4  # relative noise below this is so little that all traces count
AGREE = 3e-4  # relative difference of two sums of squares that are the same optimum


@dataclass(frozen=True)
class Found:
    """Best fits of B spectra.

    `coordinates` (B, P) of the best optimum, its weighted sum of squares `cost` (B), whether the optimiser `converged`
    (B), how many `starts` were followed (B), bounds `lower` and `upper` of the coordinates (B, P), whether residuals
    are `patterned` (B): more than noise, and not just the digits of a spectrum that was computed. `seen` is everywhere
    else that the search has been: index of the spectrum (N), coordinates (N, P) and sum of squares (N).
    """

    coordinates: np.ndarray
    cost: np.ndarray
    converged: np.ndarray
    starts: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    patterned: np.ndarray
    seen: tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Task:
    """Spectra to be fitted.

    ``table(wide)`` returns candidate starts, those beyond the window too if `wide`; ``bounds(precise)`` lower and upper
    bounds of the coordinates (B, P), wider if `precise`. `data` and `weight` have shape (B, F); `guess` (B, P) is one
    more start, never the only one.
    """

    problem: Problem
    table: Callable[[bool], StartTable]
    bounds: Callable[[bool], tuple[np.ndarray, np.ndarray]]
    data: np.ndarray
    weight: np.ndarray
    guess: np.ndarray | None = None


def autocorrelation(residuals: np.ndarray) -> np.ndarray:
    """Return the correlation of each spectrum's complex residuals (B, F) with their neighbour's in frequency."""
    power = np.einsum("bf,bf->b", residuals, residuals.conj()).real
    return np.einsum("bf,bf->b", residuals[:, 1:], residuals[:, :-1].conj()).real / np.maximum(power, 1e-300)


def search(task: Task) -> Found:
    """Return the best fit of every spectrum.

    The best of a few starts from the data is followed to its optimum. A spectrum is finished if only noise is left
    there, whose level need not be known, and no exchange of a block promises less. Otherwise exchanges are tried as
    long as they help. Where blocks of several elements or many time constants leave many valleys, more starts are
    followed, and pairs of blocks are exchanged even at the noise floor, to know the rivals of the best fit. Where
    residuals stay patterned, starts follow from far beyond the window.
    """
    return _Search.of(task).run()


def resumed(task: Task, found: Found, rows: np.ndarray, starts: np.ndarray) -> Found:
    """Return what is found when more starts (N, P) of some spectra (N) are followed."""
    table, before = task.table(False), (found.coordinates, found.cost, found.converged, found.starts)
    state = _Search(task, table, found.lower, found.upper, *(array.copy() for array in before), seen=[found.seen])
    state.follow(rows, starts, minimize)
    again, patterned = np.unique(rows), found.patterned.copy()
    patterned[again] = ~state.signs(again)[0] & (state.rms(again) >= DIGITS)
    return state.found(patterned)


@dataclass
class _Search:
    """The state of a search."""

    task: Task
    table: StartTable
    lower: np.ndarray
    upper: np.ndarray
    best: np.ndarray
    cost: np.ndarray
    converged: np.ndarray
    tried: np.ndarray
    quiet: float = np.inf
    seen: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)

    @classmethod
    def of(cls, task: Task) -> _Search:
        count = len(task.data)
        lower, upper = task.bounds(False)
        best = np.clip(np.zeros_like(lower), lower, upper)
        return cls(
            task,
            task.table(False),
            lower,
            upper,
            best,
            np.full(count, np.inf),
            np.zeros(count, bool),
            np.zeros(count, int),
        )

    def run(self) -> Found:
        table, task = self.table, self.task
        several = sum(len(shapes) > 1 for shapes in table.shapes)
        many = table.intricate or np.count_nonzero(task.problem.free) - len(table.parts) >= MANY_DIMENSIONS
        # The ranking has tried every shape of the only arc; of two blocks it has tried a few pairs, and diffusion with
        # a free exponent has a plateau beside its valley.
        number = MANY_STARTS if many else STARTS[several > 1 or not table.arcs]
        everything = np.arange(len(task.data))
        starts = task.problem.coordinates(table.rank(task.data, task.weight, number))
        if task.guess is not None:
            starts = np.concatenate([starts, task.guess[:, None]], axis=1)
        self.attempt(everything, starts, BROAD if many else QUICK if several > 1 else ())
        self.quiet = np.inf if many else QUIET
        white, slow = self.signs(everything)
        settled = white & (slow > SLOW)
        judged = self.cost.copy()
        if several > 1 or not settled.all():
            self.exchange(everything, settled)
        if many:
            before = self.cost.copy()
            self.attempt(everything, self.exchanges(paired, everything, PAIRED)[0], PAIRS)
            self.exchange_again(everything, before)
        patterned = np.flatnonzero(~white | (slow < SMOOTH))
        if len(patterned):
            still_white, slow = self.signs(patterned)
            patterned = patterned[~still_white | (slow < SMOOTH)]
        if len(patterned):
            self.persist(patterned)
        open_ = np.flatnonzero(~self.converged)
        if len(open_):
            self.attempt(open_, self.best[open_, None], (), FINAL_STEPS)
        rms = self.rms(everything)
        precise = np.flatnonzero((rms > ROUNDING) & (rms < PRECISE))
        for _ in range(POLISHED):
            if not len(precise):
                break
            before = self.cost[precise]
            self.follow(precise, self.best[precise], polish)
            precise = precise[self.cost[precise] < 0.99 * before]
        self.converged |= rms < ROUNDING
        changed = np.flatnonzero(self.cost != judged)
        if len(changed):
            white[changed] = self.signs(changed)[0]
        return self.found(~white & (rms >= DIGITS))

    def found(self, patterned: np.ndarray) -> Found:
        """Return the result, told whose residuals are patterned (B)."""
        seen = tuple(map(np.concatenate, zip(*self.seen, strict=True)))
        return Found(self.best, self.cost, self.converged, self.tried, self.lower, self.upper, patterned, seen)

    def rows(self, active: np.ndarray) -> tuple[np.ndarray, ...]:
        """Return bounds, data and weights of some spectra."""
        return self.lower[active], self.upper[active], self.task.data[active], self.task.weight[active]

    def rms(self, active: np.ndarray) -> np.ndarray:
        """Return the weighted residuals of some spectra's best fits relative to the spectra themselves."""
        power = np.sum(np.abs(self.task.data[active] * self.task.weight[active]) ** 2, axis=1)
        return np.sqrt(self.cost[active] / power)

    def descend(self, active: np.ndarray, starts: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return optima, costs (A, S) and convergence (A, S) from several starts (A, S, P) for each active spectrum."""
        shape = starts.shape[:2]
        rows = np.repeat(active, shape[1])
        ends, cost, ended = minimize(self.task.problem, starts.reshape(len(rows), -1), *self.rows(rows), steps)
        self.seen.append((rows, ends, cost))
        return ends.reshape(starts.shape), cost.reshape(shape), ended.reshape(shape)

    def attempt(
        self, active: np.ndarray, starts: np.ndarray, plan: tuple[tuple[int, int], ...], steps: int = STEPS
    ) -> None:
        """Descend from starts (A, S, P) by a plan, and keep what is better than before."""
        if not starts.shape[1]:
            return
        self.tried[active] += starts.shape[1]
        for screening, kept in plan:
            if kept < starts.shape[1]:
                starts, cost, _ = self.descend(active, starts, screening)
                order = np.argsort(cost, axis=1)[:, :kept]
                starts = np.take_along_axis(starts, order[:, :, None], axis=1)
        ends, cost, ended = self.descend(active, starts, steps)
        winner = np.argmin(cost, axis=1)[:, None]
        self.keep(
            active,
            np.take_along_axis(ends, winner[:, :, None], axis=1)[:, 0],
            np.take_along_axis(cost, winner, axis=1)[:, 0],
            np.take_along_axis(ended, winner, axis=1)[:, 0],
        )

    def keep(self, active: np.ndarray, ends: np.ndarray, cost: np.ndarray, ended: np.ndarray) -> None:
        """Keep ends (A, P) that are no worse than the best."""
        better = cost <= self.cost[active]
        rows = active[better]
        self.best[rows], self.cost[rows], self.converged[rows] = ends[better], cost[better], ended[better]

    def exchanges(self, kind: Callable, active: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return starts in which blocks are exchanged, and what they promise."""
        table, found = self.task.table(kind is paired), []
        # Pairs are so many that those of one spectrum fill the cache.
        for rows in np.array_split(active, len(active) if kind is paired else -(-len(active) // TOGETHER)):
            place = Place.at(self.task.problem, table, self.best[rows], self.task.data[rows], self.task.weight[rows])
            found.append(kind(place, number))
        starts, promise = zip(*found, strict=True)
        return np.concatenate(starts), np.concatenate(promise)

    def exchange(self, active: np.ndarray, settled: np.ndarray) -> None:
        """Exchange blocks as long as that helps; where only noise is left, only if an exchange promises to help."""
        for _ in range(EXCHANGE_ROUNDS):
            before = self.cost[active]
            starts, promise = self.exchanges(exchanged, active, EXCHANGES)
            go = ~settled[:, None] | (promise < (1 - AGREE) * before[:, None])
            if not go.any():
                return
            self.follow(active[np.nonzero(go)[0]], starts[go], partial(minimize, iterations=EXCHANGED_STEPS))
            helped = self.cost[active] < (1 - AGREE) * before
            active, settled = active[helped], settled[helped]
            if not len(active):
                return

    def exchange_again(self, active: np.ndarray, before: np.ndarray) -> None:
        """Exchange blocks where the sum of squares has become smaller."""
        helped = active[self.cost[active] < (1 - AGREE) * before]
        if len(helped):
            self.exchange(helped, np.zeros(len(helped), dtype=bool))

    def persist(self, active: np.ndarray) -> None:
        """Follow more starts, from beyond the window too; with little noise farther, in well-conditioned steps."""
        table, before = self.task.table(True), self.cost[active]
        noise = self.noise(active)
        for part, plan in ((active[noise >= PRECISE], PERSISTENT), (active[noise < PRECISE], PRECISELY)):
            if not len(part):
                continue
            data, weight = self.task.data[part], self.task.weight[part]
            starts = self.task.problem.coordinates(table.rank(data, weight, MOST_STARTS))
            if plan is PRECISELY:
                for bounds, wide in zip((self.lower, self.upper), self.task.bounds(True), strict=True):
                    bounds[part] = wide[part]
                starts = np.concatenate([self.best[part, None], starts], axis=1)
            self.attempt(part, starts, plan)
            if plan is PRECISELY:
                rows, ends, _ = self.seen[-1]
                self.follow(rows, ends, polish)
        self.exchange_again(active, before)

    def noise(self, active: np.ndarray) -> np.ndarray:
        """Return the relative noise of some spectra: what is left of the best fit's residuals but their smooth part."""
        problem, (_, _, data, weight) = self.task.problem, self.rows(active)
        residuals, _ = problem.linearize(self.best[active], data, weight)
        left = smooth_part(problem.grid.omega, residuals, weight, 0)[1]
        return left / np.sqrt(np.mean(np.abs(data * weight) ** 2, axis=1))

    def follow(self, rows: np.ndarray, starts: np.ndarray, how: Callable) -> None:
        """Follow starts (N, P) by `minimize`, or in steps that rounding does not spoil (`polish`); keep the better."""
        ends, cost, ended = how(self.task.problem, starts, *self.rows(rows))
        self.seen.append((rows, ends, cost))
        order = np.lexsort((cost, rows))
        first = order[np.flatnonzero(np.diff(rows[order], prepend=-1))]
        self.keep(rows[first], ends[first], cost[first], ended[first])

    def signs(self, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return whether residuals of the best fits are white, and how likely noise varies as slowly (a p-value)."""
        problem, (_, _, data, weight) = self.task.problem, self.rows(active)
        residuals = (evaluate(problem.circuit, problem.grid, problem.values(self.best[active]))[0] - data) * weight
        count, rms = np.count_nonzero(problem.free), self.rms(active)
        white = (rms < ROUNDING) | (autocorrelation(residuals) < WHITE)
        unsure = np.flatnonzero(white & (rms > ROUNDING) & (rms < self.quiet))
        if len(unsure):
            white[unsure] = smooth_part(problem.grid.omega, residuals[unsure], weight[unsure], count)[0] > SMOOTH
        return white, np.where(rms < ROUNDING, 1.0, slow_part(residuals, count))
