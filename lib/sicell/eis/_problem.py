"""What is fitted, in the logarithms of the parameters (exponents as they are), ready for the least-squares engine.

The impedance is linear in the scales of blocks in series, which are therefore set to their best after each longer step.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sicell._solve._least_squares import NormalEquations, Options, least_squares
from sicell.circuit import Circuit, Grid, evaluate
from sicell.eis._starts import blocks_of

OPTIONS = Options(tolerance=1e-5, damping=1e-2, largest_step=2.5, short_step=0.2)
POLISHING, POLISHING_ROUNDS = Options(iterations=60, tolerance=1e-9, damping=1e-3), 12
WEAKEST = 1e-13  # singular values below this part of the largest are rounding
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

    def normal_equations(self, coordinates: np.ndarray, data: np.ndarray, weight: np.ndarray) -> NormalEquations:
        """Return cost (B), half its gradient (B, P) and the Gauss–Newton matrix (B, P, P)."""
        residuals, jacobian = self.linearize(coordinates, data, weight)
        residuals, jacobian = residuals.view(float), jacobian.view(float)
        gradient = np.matmul(jacobian, residuals[:, :, None])[:, :, 0]
        cost = np.einsum("bf,bf->b", residuals, residuals)
        curvature = np.matmul(jacobian, jacobian.swapaxes(1, 2))
        return NormalEquations(np.where(np.isfinite(cost), cost, np.inf), gradient, curvature)

    def rescaled(
        self, coordinates: np.ndarray, equations: NormalEquations, lower: np.ndarray, upper: np.ndarray
    ) -> tuple[np.ndarray, NormalEquations]:
        """Return coordinates and normal equations with the best scale of every block in series.

        The derivatives with respect to a block's parameters, weighted by `power`, add up to its impedance, so the
        linear least-squares problem of the scales is already in the normal equations: no evaluation is needed
        (G. H. Golub and V. Pereyra, SIAM Journal on Numerical Analysis 10 (1973) 413).
        """
        if not len(self.power):
            return coordinates, equations
        cost, gradient, curvature = equations
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
        cost = np.where(good, cost + gain, cost)
        return np.where(good[:, None], moved, coordinates), NormalEquations(cost, gradient, curvature)


def minimize(
    problem: Problem,
    start: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    data: np.ndarray,
    weight: np.ndarray,
    iterations: int = 60,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Minimise the weighted sum of squares from one start for each spectrum, in so many steps at most.

    Start and bounds are coordinates (B, P), impedances complex and weights real (B, F). Returns coordinates (B, P), the
    weighted sum of squares (B), and whether the step became negligible (B).
    """

    def linearize(rows: np.ndarray, coordinates: np.ndarray) -> NormalEquations:
        return problem.normal_equations(coordinates, data[rows], weight[rows])

    def improve(
        rows: np.ndarray, before: np.ndarray, coordinates: np.ndarray, equations: NormalEquations
    ) -> tuple[np.ndarray, NormalEquations]:
        # A problem that has just come in has not moved, and its blocks' scales are the starts' own.
        moved = np.abs(coordinates - before).max(axis=1)
        if not ((moved > SMALL_STEP) | (moved == 0)).any():
            return coordinates, equations
        return problem.rescaled(coordinates, equations, lower[rows], upper[rows])

    options = replace(OPTIONS, iterations=iterations)
    return least_squares(linearize, start, lower, upper, free=problem.free, improve=improve, options=options)


def polish(
    problem: Problem, start: np.ndarray, lower: np.ndarray, upper: np.ndarray, data: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Minimise as `minimize` does, in coordinates along the singular directions of the derivatives.

    Each has a unit effect there, so that directions which the data hardly see are followed as exactly as the others,
    and steps bend with curved valleys: what is needed where there is next to no noise (M. K. Transtrum, B. B. Machta
    and J. P. Sethna, Phys. Rev. E 83 (2011) 036701: geodesic acceleration; from memory).
    """
    x = np.clip(start, lower, upper)
    cost, converged = np.full(len(x), np.inf), np.zeros(len(x), dtype=bool)
    active = np.arange(len(x))
    for _ in range(POLISHING_ROUNDS):
        rows = (array[active] for array in (x, lower, upper, data, weight))
        x[active], now, converged[active] = _along_singular_directions(problem, *rows)
        going = (now < 0.9 * cost[active]) & ~converged[active]
        cost[active] = now
        active = active[going]
        if not len(active):
            break
    return x, cost, converged


def _along_singular_directions(
    problem: Problem, origin: np.ndarray, low: np.ndarray, high: np.ndarray, data: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return coordinates, cost and convergence after a descent along the singular directions at an origin (B, P)."""
    jacobian = problem.linearize(origin, data, weight)[1].view(float) * problem.free[:, None]
    norm = np.sqrt(np.einsum("bpf,bpf->bp", jacobian, jacobian))
    scale = np.where(norm > 0, 1 / np.maximum(norm, 1e-300), 0.0)
    _, singular, right = np.linalg.svd((jacobian * scale[:, :, None]).swapaxes(1, 2), full_matrices=False)
    directions = right / np.maximum(singular, WEAKEST * singular[:, :1])[:, :, None]
    directions = (directions * scale[:, None]).swapaxes(1, 2)

    def at(rows: np.ndarray, steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        place = origin[rows] + np.matmul(directions[rows], steps[:, :, None])[:, :, 0]
        inside = np.clip(place, low[rows], high[rows])
        residuals, slopes = (array.view(float) for array in problem.linearize(inside, data[rows], weight[rows]))
        return residuals, np.matmul(directions[rows].swapaxes(1, 2), slopes * (inside == place)[:, :, None])

    def linearize(rows: np.ndarray, steps: np.ndarray) -> NormalEquations:
        residuals, slopes = at(rows, steps)
        cost = np.einsum("bf,bf->b", residuals, residuals)
        gradient = np.matmul(slopes, residuals[:, :, None])[:, :, 0]
        cost = np.where(np.isfinite(cost), cost, np.inf)
        return NormalEquations(cost, gradient, np.matmul(slopes, slopes.swapaxes(1, 2)))

    def bent(
        rows: np.ndarray, before: np.ndarray, steps: np.ndarray, equations: NormalEquations
    ) -> tuple[np.ndarray, NormalEquations]:
        # Along a curved valley a step goes farther if it bends with it, by the second derivative along the step.
        (old, slopes), (new, _) = at(rows, before), at(rows, steps)
        second = new - old - np.matmul((steps - before)[:, None], slopes)[:, 0]
        matrix = np.matmul(slopes, slopes.swapaxes(1, 2)) + 1e-6 * np.eye(slopes.shape[1])
        turn = -np.linalg.solve(matrix, np.matmul(slopes, second[:, :, None]))[:, :, 0]
        size, most = np.linalg.norm(turn, axis=1), np.linalg.norm(steps - before, axis=1)
        good = np.isfinite(size) & (size > 0) & (size < most)
        if not good.any():
            return steps, equations
        there = steps + np.where(good[:, None], turn, 0.0)
        other = linearize(rows, there)
        better = good & (other.cost < equations.cost)
        pick = [np.where(better.reshape(-1, *[1] * (a.ndim - 1)), b, a) for a, b in zip(equations, other, strict=True)]
        return np.where(better[:, None], there, steps), NormalEquations(*pick)

    zero = np.zeros((len(origin), singular.shape[1]))
    steps, cost, converged = least_squares(
        linearize, zero, zero - np.inf, zero + np.inf, improve=bent, options=POLISHING
    )
    return np.clip(origin + np.matmul(directions, steps[:, :, None])[:, :, 0], low, high), cost, converged
