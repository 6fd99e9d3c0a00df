"""The search for both electrodes' windows: an exhaustive look at a coarse grid, then least squares from the best."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sicell._solve._least_squares import NormalEquations, Options, least_squares
from sicell.balancing._half_cells import HalfCell

__all__ = ["Problem", "refine", "search"]

# Share of the window over which a dV/dQ is taken.
STEP = 0.02
# Steps of the grid from 0 to 1, points of the curve looked at, and starts that are followed.
_GRID, _LOOK, _STARTS = 29, 60, 16
# A minimum is followed to the end if its root mean square is below this multiple of the best plus this many volts.
_NEAR, _POLISHED = (1.3, 0.003), 10
# Minima whose windows differ by less are one.
_SAME = 2e-3
# A window shorter than this is no window: its electrode would be larger than the cell by orders of magnitude.
_SMALLEST = 0.01


@dataclass(frozen=True, eq=False)
class Problem:
    """Cell voltage against place in the window (0 discharged to 1 charged), and what is to explain it.

    Parameters are x_0, x_100, y_0, y_100, and the polarization if it is fitted. Residuals are those in voltage, and
    below them those in dV/dQ: differences between points a step apart, times a weight.
    """

    negative: HalfCell
    positive: HalfCell
    place: np.ndarray
    voltage: np.ndarray
    sign: float
    polarization: float | None
    derivative_weight: float

    @property
    def number(self) -> int:
        """Number of parameters."""
        return 4 + (self.polarization is None)

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        low = [self.negative.lower] * 2 + [self.positive.lower] * 2 + [-0.2]
        high = [self.negative.upper] * 2 + [self.positive.upper] * 2 + [0.2]
        return np.array(low[: self.number]), np.array(high[: self.number])

    def thinned(self, most: int) -> Problem:
        """Return the problem with every few points only."""
        if self.place.size <= most:
            return self
        keep = np.unique(np.round(np.linspace(0, self.place.size - 1, most)).astype(int))
        return replace(self, place=self.place[keep], voltage=self.voltage[keep])

    def stoichiometries(self, points: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y along the window, one row for each set of parameters."""
        points = np.atleast_2d(points)
        x = points[:, :1] + (points[:, 1:2] - points[:, :1]) * place
        y = points[:, 2:3] + (points[:, 3:4] - points[:, 2:3]) * place
        return x, y

    def residuals(self, points: np.ndarray) -> np.ndarray:
        """Model minus data in V, shape (sets, points)."""
        x, y = self.stoichiometries(points, self.place)
        shift = self.sign * (points[..., 4:5] if self.polarization is None else self.polarization)
        return self.positive.potential(y) - self.negative.potential(x) + shift - self.voltage

    def jacobian(self, points: np.ndarray) -> np.ndarray:
        """Derivatives of the residuals, shape (sets, points, parameters)."""
        x, y = self.stoichiometries(points, self.place)
        n, p = -self.negative.slope(x), self.positive.slope(y)
        rest = 1.0 - self.place
        columns = [n * rest, n * self.place, p * rest, p * self.place]
        if self.polarization is None:
            columns.append(np.full(n.shape, self.sign))
        return np.stack(columns, axis=-1)

    def pairs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return which points a dV/dQ is taken between, and its factor."""
        if self.derivative_weight == 0:
            return np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0)
        last = np.searchsorted(self.place, self.place + STEP * (1 - 1e-9))
        first = np.flatnonzero(last < self.place.size)
        last = last[first]
        return first, last, self.derivative_weight * STEP / (self.place[last] - self.place[first])

    def weighted(self, columns: np.ndarray) -> np.ndarray:
        """Add to columns (points first) the rows of dV/dQ, times their weight."""
        first, last, factor = self.pairs()
        return np.concatenate([columns, (columns[last] - columns[first]) * factor[:, None]])

    def transposed(self, rows: np.ndarray) -> np.ndarray:
        """Apply the transpose of :meth:`weighted`."""
        first, last, factor = self.pairs()
        result = rows[: self.place.size].copy()
        steps = rows[self.place.size :] * factor[:, None]
        np.add.at(result, last, steps)
        np.subtract.at(result, first, steps)
        return result


def _starts(problem: Problem) -> np.ndarray:
    """Compare the curve with every pair of windows on a grid; return the best that are not neighbours.

    The cell voltage is a difference of two potentials, so all sums of squares come from one product of matrices.
    """
    coarse = problem.thinned(_LOOK)
    grid = np.linspace(0.0, 1.0, _GRID)
    first, last = (index.ravel() for index in np.meshgrid(np.arange(_GRID), np.arange(_GRID), indexing="ij"))
    rising = first < last
    low, high = grid[first[rising]], grid[last[rising]]

    def features(curve: HalfCell, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        span = curve.upper - curve.lower
        windows = curve.lower + span * (begin[:, None] + (end - begin)[:, None] * coarse.place)
        return coarse.weighted(curve.potential(windows).T)

    shift = problem.sign * (problem.polarization or 0.0)
    x, y = features(problem.negative, low, high), features(problem.positive, high, low)
    target = coarse.weighted((coarse.voltage - shift)[:, None])
    x = x + target
    cost = (x**2).sum(axis=0)[:, None] + (y**2).sum(axis=0) - 2 * x.T @ y
    order = np.argpartition(cost.ravel(), 3000)[:3000]
    order = order[np.argsort(cost.ravel()[order])]
    i, j = np.unravel_index(order, cost.shape)
    candidates = np.stack([low[i], high[i], high[j], low[j]], axis=1)
    chosen: list[np.ndarray] = []
    while len(candidates) and len(chosen) < _STARTS:
        chosen.append(candidates[0])
        candidates = candidates[np.abs(candidates - candidates[0]).max(axis=1) > 0.11]
    points = np.array(chosen)
    ends = problem.bounds
    points = ends[0][:4] + (ends[1] - ends[0])[:4] * np.clip(points, 0.005, 0.995)
    return points if problem.number == 4 else np.column_stack([points, np.zeros(len(points))])


def _spans(points: np.ndarray) -> np.ndarray:
    """Length of the shorter of both windows."""
    return np.minimum(points[:, 1] - points[:, 0], points[:, 2] - points[:, 3])


def _minimize(problem: Problem, points: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Levenberg–Marquardt within bounds, all starts at once; returns the points and their sums of squares."""
    low, high = (np.broadcast_to(bound, points.shape) for bound in problem.bounds)
    first, last, factor = problem.pairs()

    def linearize(_: np.ndarray, where: np.ndarray) -> NormalEquations:
        r, j = problem.residuals(where), problem.jacobian(where)
        dr, dj = (r[:, last] - r[:, first]) * factor, (j[:, last] - j[:, first]) * factor[:, None]
        cost = (r**2).sum(axis=1) + (dr**2).sum(axis=1)
        gradient = np.matmul(r[:, None], j)[:, 0] + np.matmul(dr[:, None], dj)[:, 0]
        curvature = np.matmul(j.swapaxes(1, 2), j) + np.matmul(dj.swapaxes(1, 2), dj)
        return NormalEquations(np.where(_spans(where) > _SMALLEST, cost, np.inf), gradient, curvature)

    options = Options(iterations=steps, tolerance=1e-9, damping=1e-3)
    points, cost, _ = least_squares(linearize, points, low, high, options=options)
    return points, cost


def search(problem: Problem) -> np.ndarray:
    """Return the minima of least squares, best first: all that come anywhere near the best, at most ten."""
    coarse = problem.thinned(150)
    points, cost = _minimize(coarse, _starts(problem), 40)
    # Polishing costs time: what is far above the best on few points does not become the best on all.
    near = np.sqrt(cost / coarse.place.size) < _NEAR[0] * np.sqrt(cost.min() / coarse.place.size) + _NEAR[1]
    points, cost = _minimize(problem, _distinct(points[near], cost[near])[:_POLISHED], 60)
    return _distinct(points, cost)


def refine(problem: Problem, points: np.ndarray) -> np.ndarray:
    """Return the minima of least squares near given points, best first."""
    return _distinct(*_minimize(problem, points, 30))


def _distinct(points: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Sort by cost and leave out what is the same minimum as a better one."""
    points = points[np.argsort(cost)]
    chosen: list[np.ndarray] = []
    for point in points:
        if all(np.abs(point - other).max() > _SAME for other in chosen):
            chosen.append(point)
    return np.array(chosen)
