"""Nonlinear least squares for many small problems at once: Levenberg–Marquardt within bounds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

DAMPING_MIN, DAMPING_MAX = 1e-12, 1e8
FULL_STEP = 1e-2  # damping below which a step is a Gauss–Newton step


class NormalEquations(NamedTuple):
    """What the engine asks for: n problems of P coordinates, linearised at a point each."""

    cost: np.ndarray  # (n,): sum of squares or any other cost; infinite where a point is not allowed
    gradient: np.ndarray  # (n, P): half the gradient of the cost, Jᵀ r
    curvature: np.ndarray  # (n, P, P): Gauss–Newton matrix Jᵀ J


@dataclass(frozen=True)
class Options:
    """How far and how boldly `least_squares` goes."""

    iterations: int = 60  # evaluations at most
    tolerance: float = 1e-5  # a relative gain of the cost below this is negligible
    damping: float = 1e-2  # at the start, relative to the diagonal of the Gauss–Newton matrix
    largest_step: float = np.inf  # no coordinate moves farther at once
    short_step: float = 0.0  # a last step shorter than this need not be checked by an evaluation; 0: every step is
    window: int = 128  # problems iterated together: fewer waste time on overhead, more do not fit the cache


def least_squares(
    linearize: Callable[[np.ndarray, np.ndarray], NormalEquations],
    start: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    *,
    free: np.ndarray | bool = True,
    improve: Callable[..., tuple[np.ndarray, NormalEquations]] | None = None,
    options: Options = Options(),
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Minimise the cost of B independent problems with P coordinates each, from `start` within bounds (B, P).

    ``linearize(rows, x)`` returns the `NormalEquations` of the problems ``rows`` (n,) at ``x`` (n, P). `free` (P,) says
    which coordinates may move. ``improve(rows, before, x, equations)`` returns a better point and its equations if it
    knows one (variables that separate, for example), else what it was given. Returns coordinates (B, P), cost (B), and
    whether further steps would have been negligible (B). After D. W. Marquardt, J. Soc. Indust. Appl. Math. 11 (1963)
    431, doi:10.1137/0111030, with the damping of H. B. Nielsen, report IMM-REP-1999-05, TU Denmark.

    >>> target = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> def linearize(rows, x):
    ...     residual = x**3 - target[rows]
    ...     slope = 3 * x**2
    ...     return NormalEquations(
    ...         (residual**2).sum(axis=1), slope * residual, np.eye(2) * (slope**2)[:, None]
    ...     )
    >>> start = np.ones((2, 2))
    >>> x, _, converged = least_squares(linearize, start, 0 * start, 9 * start, options=Options(tolerance=1e-12))
    >>> (x**3).round(6).tolist(), converged.all()
    ([[1.0, 2.0], [3.0, 4.0]], np.True_)
    """
    count = len(start)
    best = np.clip(start, lower, upper)
    cost, converged = np.full(count, np.inf), np.zeros(count, dtype=bool)
    state = _State.at(np.arange(0), best[:0], lower[:0], upper[:0], options.damping)
    queue = 0

    def leave(state: _State, leaving: np.ndarray, x: np.ndarray, done: np.ndarray) -> _State:
        rows = state.rows[leaving]
        best[rows], cost[rows], converged[rows] = x[leaving], state.equations.cost[leaving], done[leaving]
        return state.where(~leaving)

    while queue < count or len(state.rows):
        # Problems that are done make room for others, so that every pass works on a full batch.
        room = options.window - len(state.rows)
        if queue < count and (room >= options.window // 8 or not len(state.rows)):
            rows = np.arange(queue, min(queue + room, count))
            queue = int(rows[-1]) + 1
            state = state.joined(_State.at(rows, best[rows], lower[rows], upper[rows], options.damping))
        step = np.minimum(np.maximum(_step(state, free), -options.largest_step), options.largest_step)
        trial = np.minimum(np.maximum(state.x + step, state.lower), state.upper)
        last = state.nearly_there(trial, options)
        if last.any():
            # What such a step gains is known well enough without another evaluation.
            state, trial = leave(state, last, trial, last), trial[~last]
            if not len(trial):
                continue
        equations = linearize(state.rows, trial)
        if improve is not None:
            trial, equations = improve(state.rows, state.x, trial, equations)
        finished = state.advance(trial, equations, options.tolerance)
        exhausted = finished | (state.steps > options.iterations)
        if exhausted.any():
            state = leave(state, exhausted, state.x, finished)
    return best, cost, converged


@dataclass
class _State:
    """The problems being iterated; one enters with infinite cost, so that its first step only evaluates."""

    rows: np.ndarray
    x: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    equations: NormalEquations
    damping: np.ndarray
    growth: np.ndarray
    steps: np.ndarray
    expected: np.ndarray

    @classmethod
    def at(cls, rows: np.ndarray, x: np.ndarray, lower: np.ndarray, upper: np.ndarray, damping: float) -> _State:
        """Return the state before the first evaluation."""
        n, p = x.shape
        equations = NormalEquations(np.full(n, np.inf), np.zeros((n, p)), np.tile(np.eye(p), (n, 1, 1)))
        # The first evaluation always succeeds, which divides the damping by nine.
        return cls(
            rows, x, lower, upper, equations, np.full(n, 9 * damping), np.full(n, 2.0), np.zeros(n, int), np.zeros(n)
        )

    def where(self, keep: np.ndarray) -> _State:
        """Return the rows of a mask."""
        return self._each(lambda array: array[keep])

    def joined(self, other: _State) -> _State:
        """Return both states as one."""
        if not len(self.rows):
            return other
        return self._each(lambda *pair: np.concatenate(pair), other)

    def _each(self, change: Callable[..., np.ndarray], *others: _State) -> _State:
        values = {}
        for name, mine in vars(self).items():
            arrays = (mine, *(getattr(other, name) for other in others))
            if name == "equations":
                values[name] = NormalEquations(*(change(*parts) for parts in zip(*arrays, strict=True)))
            else:
                values[name] = change(*arrays)
        return _State(**values)

    def nearly_there(self, trial: np.ndarray, options: Options) -> np.ndarray:
        """Return for which rows the step to `trial` is a full one, and too small to matter for the cost."""
        step = trial - self.x
        cost, gradient, curvature = self.equations
        slope = 2 * gradient + np.matmul(curvature, step[:, :, None])[:, :, 0]
        self.expected = -(step * slope).sum(axis=1)
        small = np.abs(step).max(axis=1, initial=0.0) < options.short_step
        small &= (self.expected >= 0) & (self.expected <= options.tolerance * cost)
        return small & (self.damping < FULL_STEP) & (self.steps > 0)

    def advance(self, trial: np.ndarray, new: NormalEquations, tolerance: float) -> np.ndarray:
        """Accept or reject the trial of each row and adapt its damping; return which rows have converged."""
        old = self.equations
        better = new.cost <= old.cost
        with np.errstate(invalid="ignore"):
            gain = np.where(better, old.cost - new.cost, 0.0)
        ratio = np.minimum(gain / np.maximum(self.expected, 1e-300), 1.0)
        small = tolerance * new.cost
        finished = better & (gain <= small) & (self.expected <= 10 * small) & (self.steps > 0)
        if better.all():
            self.x, self.equations = trial, new
        else:
            self.x[better] = trial[better]
            for mine, theirs in zip(old, new, strict=True):
                mine[better] = theirs[better]
        shrunk = np.maximum(self.damping * np.maximum(1 / 9, 1 - (2 * ratio - 1) ** 3), DAMPING_MIN)
        self.damping = np.where(better, shrunk, self.damping * self.growth)
        self.growth = np.where(better, 2.0, 2 * self.growth)
        self.steps += 1
        return finished | (self.damping > DAMPING_MAX)


def _step(state: _State, free: np.ndarray | bool) -> np.ndarray:
    """Return the damped Gauss–Newton step; coordinates that push against a bound stay where they are."""
    x, (_, gradient, curvature) = state.x, state.equations
    diagonal = np.arange(x.shape[1])
    variance = curvature[:, diagonal, diagonal]
    # A coordinate without any influence gets a small scale: its step is then zero, not infinite.
    scale = 1 / np.sqrt(np.maximum(variance, 1e-14 * variance.max(axis=1, keepdims=True) + 1e-300))
    held = ((x <= state.lower) & (gradient > 0)) | ((x >= state.upper) & (gradient < 0))
    held |= ~np.asarray(free)
    scale[held] = 0.0
    matrix = curvature * (scale[:, :, None] * scale[:, None])
    matrix[:, diagonal, diagonal] += state.damping[:, None] + held
    return -scale * np.linalg.solve(matrix, (scale * gradient)[:, :, None])[:, :, 0]
