"""Levenberg–Marquardt for many spectra at once, in the logarithms of the parameters (exponents as they are)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sicell.circuit import Circuit, evaluate
from sicell.circuit._elements import Grid

__all__ = ["Problem", "minimize"]

DAMPING_START = 1e-2
DAMPING_MIN = 1e-9
DAMPING_MAX = 1e8
MAX_STEP = 2.5
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Problem:
    """What is fitted: a circuit on a frequency grid.

    The optimiser works in coordinates: the natural logarithm of a parameter, but an exponent itself.
    """

    circuit: Circuit
    grid: Grid
    exponent: np.ndarray
    free: np.ndarray

    @classmethod
    def of(cls, circuit: Circuit, frequency: np.ndarray, free: np.ndarray | None = None) -> Problem:
        """Return the problem of fitting `circuit` on `frequency` with the parameters `free` (all if None)."""
        exponent = np.array([role == "exponent" for role in circuit.roles])
        return cls(circuit, Grid(frequency), exponent, np.ones(exponent.size, bool) if free is None else free)

    def values(self, coordinates: np.ndarray) -> np.ndarray:
        """Return parameters from coordinates."""
        return np.where(self.exponent, coordinates, np.exp(np.where(self.exponent, 0.0, coordinates)))

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
    """
    best = np.clip(start, lower, upper)
    best_cost = np.full(len(best), np.inf)
    converged = np.zeros(len(best), dtype=bool)
    rows = np.arange(len(best))
    x = best.copy()
    cost, gradient, curvature = problem.normal_equations(x, data, weight)
    damping, growth = np.full(len(x), DAMPING_START), np.full(len(x), 2.0)
    for _ in range(max_iterations):
        trial = np.clip(x + _step(problem, x, lower, upper, gradient, curvature, damping), lower, upper)
        step = trial - x
        new_cost, new_gradient, new_curvature = problem.normal_equations(trial, data, weight)
        expected = -np.einsum("bp,bp->b", step, 2 * gradient + np.matmul(curvature, step[:, :, None])[:, :, 0])
        better = new_cost <= cost
        gain = np.where(better, cost - new_cost, 0.0)
        ratio = np.minimum(gain / np.maximum(expected, 1e-300), 1.0)
        finished = better & (gain <= TOLERANCE * cost) & (expected <= 10 * TOLERANCE * cost)
        x[better], cost[better] = trial[better], new_cost[better]
        gradient[better], curvature[better] = new_gradient[better], new_curvature[better]
        shrink = np.maximum(1 / 9, 1 - (2 * ratio - 1) ** 3)
        damping = np.where(better, np.maximum(damping * shrink, DAMPING_MIN), damping * growth)
        growth = np.where(better, 2.0, growth * 2)
        finished |= damping > DAMPING_MAX
        if finished.any():
            done = rows[finished]
            best[done], best_cost[done], converged[done] = x[finished], cost[finished], True
            keep = ~finished
            if not keep.any():
                return best, best_cost, converged
            rows, x, cost, gradient, curvature, damping, growth, data, weight, lower, upper = (
                array[keep]
                for array in (rows, x, cost, gradient, curvature, damping, growth, data, weight, lower, upper)
            )
    best[rows], best_cost[rows] = x, cost
    return best, best_cost, converged


def _step(
    problem: Problem,
    x: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    gradient: np.ndarray,
    curvature: np.ndarray,
    damping: np.ndarray,
) -> np.ndarray:
    """Return the damped Gauss–Newton step; parameters that push against a bound stay where they are."""
    held = ~problem.free | ((x <= lower) & (gradient > 0)) | ((x >= upper) & (gradient < 0))
    diagonal = np.arange(x.shape[1])
    variance = curvature[:, diagonal, diagonal]
    # A parameter without any influence gets a small scale: its step is then zero, not infinite.
    scale = 1 / np.sqrt(np.maximum(variance, 1e-14 * variance.max(axis=1, keepdims=True) + 1e-300))
    scale[held] = 0.0
    matrix = curvature * scale[:, :, None] * scale[:, None, :]
    matrix[:, diagonal, diagonal] += damping[:, None] + held
    step = -scale * np.linalg.solve(matrix, (scale * gradient)[:, :, None])[:, :, 0]
    return np.clip(step, -MAX_STEP, MAX_STEP)
