"""Levenberg–Marquardt for many spectra at once, in the logarithms of the parameters (exponents as they are).

The impedance is linear in the scales of blocks in series, which are therefore set to their best after each longer step.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sicell.circuit import Circuit, evaluate
from sicell.circuit._elements import Grid
from sicell.eis._starts import blocks_of

__all__ = ["Problem", "minimize"]

DAMPING_START = 1e-2
DAMPING_MIN = 1e-9
DAMPING_MAX = 1e8
MAX_STEP = 2.5
TOLERANCE = 1e-5
WINDOW = 128  # rows iterated together: fewer waste time on overhead, more do not fit the cache
FULL_STEP = 1e-2  # damping below which a step is a Gauss–Newton step
SHORT_STEP = 0.2  # beyond, nothing is taken for granted
SMALL_STEP = 0.05  # without a longer step the scales of blocks follow by themselves
SMALLEST_SCALE, LARGEST_SCALE = 0.1, 10.0  # a block in series is scaled by no more than this at once


@dataclass(frozen=True)
class Problem:
    """What is fitted: a circuit on a frequency grid.

    The optimiser works in coordinates: the natural logarithm of a parameter, but an exponent itself. The impedance is
    linear in the scales of the blocks in series; `member` tells which parameters (P) belong to each block (k), `power`
    how they go with its scale (1, -1 or 0). Blocks whose scale is fixed are left out.
    """

    circuit: Circuit
    grid: Grid
    exponent: np.ndarray
    free: np.ndarray
    member: np.ndarray
    power: np.ndarray

    @classmethod
    def of(cls, circuit: Circuit, frequency: np.ndarray, free: np.ndarray | None = None) -> Problem:
        """Return the problem of fitting `circuit` on `frequency` with the parameters `free` (all if None)."""
        exponent = np.array([role == "exponent" for role in circuit.roles])
        free = np.ones(exponent.size, bool) if free is None else free
        power = np.array([{"scale": 1.0, "inverse": -1.0}.get(role, 0.0) for role in circuit.roles])
        sizes = [sum(len(leaf.type.parameters) for leaf in node.leaves()) for node in blocks_of(circuit)]
        member = np.repeat(np.eye(len(sizes)), sizes, axis=1)
        scalable = (free | (power * member == 0)).all(axis=1)
        return cls(circuit, Grid(frequency), exponent, free, member[scalable], (power * member)[scalable])

    def values(self, coordinates: np.ndarray) -> np.ndarray:
        """Return parameters from coordinates."""
        values = coordinates.copy()
        np.exp(coordinates, out=values, where=~self.exponent)
        return values

    def coordinates(self, values: np.ndarray) -> np.ndarray:
        """Return coordinates from parameters."""
        return np.where(self.exponent, values, np.log(values))

    def linearize(
        self, coordinates: np.ndarray, data: np.ndarray, weight: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return weighted residuals (B, F), and their derivatives (B, P, F), both complex."""
        values = self.values(coordinates)
        impedance, jacobian = evaluate(self.circuit, self.grid, values, derivatives=True)
        jacobian *= weight[:, None]
        for i in np.flatnonzero(self.exponent):
            jacobian[:, i] /= values[:, i, None]
        return (impedance - data) * weight, jacobian

    def normal_equations(
        self, coordinates: np.ndarray, data: np.ndarray, weight: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return cost (B), half its gradient (B, P) and the Gauss–Newton matrix (B, P, P)."""
        residuals, jacobian = self.linearize(coordinates, data, weight)
        residuals, jacobian = residuals.view(float), jacobian.view(float)
        gradient = np.matmul(jacobian, residuals[:, :, None])[:, :, 0]
        cost = np.einsum("bf,bf->b", residuals, residuals)
        return np.where(np.isfinite(cost), cost, np.inf), gradient, np.matmul(jacobian, jacobian.swapaxes(1, 2))

    def rescaled(
        self,
        coordinates: np.ndarray,
        cost: np.ndarray,
        gradient: np.ndarray,
        curvature: np.ndarray,
        lower: np.ndarray,
        upper: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return coordinates and normal equations with the best scale of every block in series.

        The derivatives with respect to a block's parameters, weighted by `power`, add up to its impedance, so the
        linear least-squares problem of the scales is already in the normal equations: no evaluation is needed.
        """
        if not len(self.power):
            return coordinates, cost, gradient, curvature
        blocks = np.matmul(curvature, self.power.T)
        matrix, slope = np.matmul(self.power, blocks), gradient @ self.power.T
        diagonal = np.arange(len(self.power))
        norm = np.sqrt(matrix[:, diagonal, diagonal]) + 1e-300
        scaled = matrix / (norm[:, :, None] * norm[:, None])
        scaled[:, diagonal, diagonal] = 1 + 1e-10
        change = -np.linalg.solve(scaled, (slope / norm)[:, :, None])[:, :, 0] / norm
        change = np.minimum(np.maximum(change, SMALLEST_SCALE - 1), LARGEST_SCALE - 1)
        gain = (change * (2 * slope + np.matmul(matrix, change[:, :, None])[:, :, 0])).sum(axis=1)
        moved = coordinates + np.log1p(change) @ self.power
        # What rounding or a bound would spoil stays as it is.
        good = (gain < 0) & (cost + gain > 1e-9 * cost) & ((moved >= lower) & (moved <= upper)).all(axis=1)
        change *= good[:, None]
        factor = 1 + change @ self.member
        gradient = (gradient + np.matmul(blocks, change[:, :, None])[:, :, 0]) * factor
        curvature = curvature * (factor[:, :, None] * factor[:, None])
        return np.where(good[:, None], moved, coordinates), np.where(good, cost + gain, cost), gradient, curvature


def minimize(
    problem: Problem,
    start: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
    max_iterations: int = 60,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Minimise the weighted sum of squares from one start for each spectrum.

    Parameters
    ----------
    problem : Problem
        Circuit, grid, free parameters.
    start, lower, upper : array, shape (B, P)
        Coordinates to start from, and their bounds.
    data, weight : array, shape (B, F)
        Complex impedances and real weights.
    max_iterations : int
        Steps at most.

    Returns
    -------
    coordinates, cost, converged : arrays
        Coordinates (B, P), weighted sum of squares (B), and whether the step became negligible (B).

    References
    ----------
    D. W. Marquardt, J. Soc. Indust. Appl. Math. 11 (1963) 431, doi:10.1137/0111030.
    H. B. Nielsen, Damping parameter in Marquardt's method, report IMM-REP-1999-05, Technical University of Denmark.
    G. H. Golub and V. Pereyra, SIAM Journal on Numerical Analysis 10 (1973) 413 (variables that separate).
    """
    count = len(start)
    best = np.clip(start, lower, upper)
    best_cost, converged = np.full(count, np.inf), np.zeros(count, dtype=bool)
    queue = 0
    state: _State | None = None
    while True:
        # Rows that are done make room for new ones, so that every pass works on a full batch.
        room = WINDOW - (len(state.rows) if state else 0)
        if queue < count and (state is None or room >= WINDOW // 8):
            rows = np.arange(queue, min(queue + room, count))
            queue = int(rows[-1]) + 1
            fresh = _State.at(rows, best[rows], lower[rows], upper[rows], data[rows], weight[rows])
            state = fresh if state is None else state.joined(fresh)
        trial = np.minimum(np.maximum(state.x + _step(problem, state), state.lower), state.upper)
        last = state.nearly_there(trial)
        if last.any():
            # What such a step gains is known well enough without another evaluation.
            done = state.rows[last]
            best[done], best_cost[done], converged[done] = trial[last], state.cost[last], True
            state, trial = state.where(~last), trial[~last]
            if not len(trial):
                if queue == count:
                    return best, best_cost, converged
                state = None
                continue
        cost, gradient, curvature = problem.normal_equations(trial, state.data, state.weight)
        if np.abs(trial - state.x).max() > SMALL_STEP or np.isinf(state.cost).any():
            trial, cost, gradient, curvature = problem.rescaled(
                trial, cost, gradient, curvature, state.lower, state.upper
            )
        finished = state.advance(trial, cost, gradient, curvature)
        exhausted = finished | (state.steps > max_iterations)
        if exhausted.any():
            done = state.rows[exhausted]
            best[done], best_cost[done], converged[done] = (
                state.x[exhausted],
                state.cost[exhausted],
                finished[exhausted],
            )
            state = state.where(~exhausted)
            if not len(state.rows):
                if queue == count:
                    return best, best_cost, converged
                state = None


@dataclass
class _State:
    """The rows that are being iterated; a row enters with infinite cost, so that its first step only evaluates."""

    rows: np.ndarray
    x: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    data: np.ndarray
    weight: np.ndarray
    cost: np.ndarray
    gradient: np.ndarray
    curvature: np.ndarray
    damping: np.ndarray
    growth: np.ndarray
    steps: np.ndarray
    expected: np.ndarray

    @classmethod
    def at(cls, rows: np.ndarray, x: np.ndarray, *given: np.ndarray) -> _State:
        """Return the state before the first evaluation."""
        n, p = x.shape
        curvature = np.tile(np.eye(p), (n, 1, 1))
        damping, growth = np.full(n, 9 * DAMPING_START), np.full(n, 2.0)
        zeros, cost = np.zeros((n, p)), np.full(n, np.inf)
        return cls(rows, x, *given, cost, zeros, curvature, damping, growth, np.zeros(n, int), np.zeros(n))

    def where(self, keep: np.ndarray) -> _State:
        """Return the rows of a mask."""
        return _State(*(array[keep] for array in vars(self).values()))

    def joined(self, other: _State) -> _State:
        """Return both states as one."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return _State(*(np.concatenate(pair) for pair in pairs))

    def nearly_there(self, trial: np.ndarray) -> np.ndarray:
        """Return for which rows the step to `trial` is a full one, and too small to matter for the sum of squares."""
        step = trial - self.x
        slope = 2 * self.gradient + np.matmul(self.curvature, step[:, :, None])[:, :, 0]
        self.expected = -(step * slope).sum(axis=1)
        small = (
            (np.abs(step).max(axis=1) < SHORT_STEP) & (self.expected >= 0) & (self.expected <= TOLERANCE * self.cost)
        )
        return small & (self.damping < FULL_STEP) & (self.steps > 0)

    def advance(self, trial: np.ndarray, cost: np.ndarray, gradient: np.ndarray, curvature: np.ndarray) -> np.ndarray:
        """Accept or reject the trial of each row and adapt its damping; return which rows have converged."""
        expected = self.expected
        better = cost <= self.cost
        with np.errstate(invalid="ignore"):
            gain = np.where(better, self.cost - cost, 0.0)
        ratio = np.minimum(gain / np.maximum(expected, 1e-300), 1.0)
        if better.all():
            self.x, self.cost, self.gradient, self.curvature = trial, cost, gradient, curvature
        else:
            self.x[better], self.cost[better] = trial[better], cost[better]
            self.gradient[better], self.curvature[better] = gradient[better], curvature[better]
        finished = better & (gain <= TOLERANCE * cost) & (expected <= 10 * TOLERANCE * cost) & (self.steps > 0)
        shrunk = np.maximum(self.damping * np.maximum(1 / 9, 1 - (2 * ratio - 1) ** 3), DAMPING_MIN)
        self.damping = np.where(better, shrunk, self.damping * self.growth)
        self.growth = np.where(better, 2.0, 2 * self.growth)
        self.steps += 1
        return finished | (self.damping > DAMPING_MAX)


def _step(problem: Problem, state: _State) -> np.ndarray:
    """Return the damped Gauss–Newton step; parameters that push against a bound stay where they are."""
    x, gradient = state.x, state.gradient
    diagonal = np.arange(x.shape[1])
    variance = state.curvature[:, diagonal, diagonal]
    # A parameter without any influence gets a small scale: its step is then zero, not infinite.
    scale = 1 / np.sqrt(np.maximum(variance, 1e-14 * variance.max(axis=1, keepdims=True) + 1e-300))
    held = ((x <= state.lower) & (gradient > 0)) | ((x >= state.upper) & (gradient < 0))
    held |= ~problem.free
    if held.any():
        scale[held] = 0.0
    matrix = state.curvature * (scale[:, :, None] * scale[:, None])
    matrix[:, diagonal, diagonal] += state.damping[:, None] + held
    step = -scale * np.linalg.solve(matrix, (scale * gradient)[:, :, None])[:, :, 0]
    return np.minimum(np.maximum(step, -MAX_STEP), MAX_STEP)
