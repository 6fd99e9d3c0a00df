"""Search for the windows of both electrodes: a grid without a guess, then least squares from its best points."""

import numpy as np

from sicell._solve._least_squares import NormalEquations, Options, least_squares
from sicell.balancing._blend_curve import BlendCurve
from sicell.balancing._half_cells import HalfCellCurve
from sicell.balancing._problem import CellProblem

# Steps of the grid from 0 to 1, points of the curve looked at, and starts that are followed.
_GRID, _LOOK, _STARTS = 29, 60, 16
# Shares of a blend's first part that the grid has, and starts that are followed then.
_SHARES, _BLEND_STARTS = (0.01, 0.05, 0.12, 0.25, 0.45, 0.7, 0.93), 24
# A minimum is followed to the end if its root mean square is below this multiple of the best plus this many volts.
_NEAR, _POLISHED = (1.3, 0.003), 10
# Minima whose windows differ by less are one.
_SAME = 2e-3
# Where the search for an inhomogeneity begins.
_SPREAD = 0.02
# A window shorter than this is no window: its electrode would be larger than the cell by orders of magnitude.
_SMALLEST = 0.01


def _starts(problem: CellProblem) -> np.ndarray:
    """Compare the curve with every pair of windows on a grid; return the best that are not neighbours.

    The cell voltage is a difference of two potentials, so all sums of squares come from one product of matrices.
    """
    coarse = problem.thinned(_LOOK)
    grid = np.linspace(0.0, 1.0, _GRID)
    first, last = (index.ravel() for index in np.meshgrid(np.arange(_GRID), np.arange(_GRID), indexing="ij"))
    rising = first < last
    low, high = grid[first[rising]], grid[last[rising]]

    def features(
        curve: HalfCellCurve | BlendCurve, begin: np.ndarray, end: np.ndarray, share: float = 0.0
    ) -> np.ndarray:
        span = curve.upper - curve.lower
        windows = curve.lower + span * (begin[:, None] + (end - begin)[:, None] * coarse.place)
        return coarse.weighted(curve.at(windows, share)[0].T)

    shares = np.array(_SHARES if problem.negative.parts else (0.0,))
    target = dict(zip(problem.channels, (coarse.weighted(values[:, None]) for values in coarse.values), strict=True))
    x = np.concatenate([features(problem.negative, low, high, share) for share in shares], axis=1)
    y = features(problem.positive, high, low)
    alone = np.zeros(x.shape[1])[:, None] + np.zeros(y.shape[1])
    if "anode" in target:
        alone += ((x - target["anode"]) ** 2).sum(axis=0)[:, None]
    if "cathode" in target:
        alone += ((y - target["cathode"]) ** 2).sum(axis=0)
    shift = np.zeros((coarse.place.size, 1)) + problem.sign * (problem.polarization or 0.0)
    x = x + target["cell"] - coarse.weighted(shift)
    cost = (x**2).sum(axis=0)[:, None] + (y**2).sum(axis=0) - 2 * x.T @ y + alone
    order = np.argpartition(cost.ravel(), 3000)[:3000]
    order = order[np.argsort(cost.ravel()[order])]
    i, j = np.unravel_index(order, cost.shape)
    share, i = shares[i // low.size], i % low.size
    candidates = np.stack([low[i], high[i], high[j], low[j], share], axis=1)
    chosen: list[np.ndarray] = []
    while len(candidates) and len(chosen) < (_STARTS if shares.size == 1 else _BLEND_STARTS):
        chosen.append(candidates[0])
        candidates = candidates[np.abs(candidates - candidates[0]).max(axis=1) > 0.11]
    points = np.array(chosen)
    ends = problem.bounds
    windows = ends[0][:4] + (ends[1] - ends[0])[:4] * np.clip(points[:, :4], 0.005, 0.995)
    starts = np.zeros((len(points), len(problem.names)))
    starts[:, :4] = windows
    if problem.negative.parts:
        starts[:, 4] = points[:, 4]
    if "inhomogeneity" in problem.extra:
        starts[:, problem.extra["inhomogeneity"]] = _SPREAD**2
    return starts


def _spans(points: np.ndarray) -> np.ndarray:
    """Length of the shorter of both windows."""
    return np.minimum(points[:, 1] - points[:, 0], points[:, 2] - points[:, 3])


def _minimize(problem: CellProblem, points: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Levenberg–Marquardt within bounds, all starts at once; returns the points and their sums of squares."""
    low, high = (np.broadcast_to(bound, points.shape) for bound in problem.bounds)
    pairs = [problem.pairs(weight) for weight in problem.weights]
    offset = problem.extra.get("reference_offset")

    def linearize(_: np.ndarray, where: np.ndarray) -> NormalEquations:
        residuals, derivatives = problem.mixed(where)
        cost, gradient, curvature = 0.0, 0.0, 0.0
        for k, (first, last, factor) in enumerate(pairs):
            r, j = residuals[:, k], derivatives[:, k]
            dr, dj = (r[:, last] - r[:, first]) * factor, (j[:, last] - j[:, first]) * factor[:, None]
            cost = cost + (r**2).sum(axis=1) + (dr**2).sum(axis=1)
            gradient = gradient + np.matmul(r[:, None], j)[:, 0] + np.matmul(dr[:, None], dj)[:, 0]
            curvature = curvature + np.matmul(j.swapaxes(1, 2), j) + np.matmul(dj.swapaxes(1, 2), dj)
        if offset is not None:
            cost = cost + problem.ridge * where[:, offset] ** 2
            gradient[:, offset] += problem.ridge * where[:, offset]
            curvature[:, offset, offset] += problem.ridge
        return NormalEquations(np.where(_spans(where) > _SMALLEST, cost, np.inf), gradient, curvature)

    options = Options(iterations=steps, tolerance=1e-9, damping=1e-3)
    points, cost, _ = least_squares(linearize, points, low, high, options=options)
    return points, cost


def search(problem: CellProblem) -> np.ndarray:
    """Return the minima of least squares, best first: all that come anywhere near the best, at most ten."""
    coarse = problem.thinned(150)
    points, cost = _minimize(coarse, _starts(problem), 40)
    # Polishing costs time: what is far above the best on few points does not become the best on all.
    rms = np.sqrt(cost / coarse.values.size)
    near = rms < _NEAR[0] * rms.min() + _NEAR[1]
    points, cost = _minimize(problem, _distinct(points[near], cost[near])[:_POLISHED], 60)
    return _distinct(points, cost)


def refine(problem: CellProblem, points: np.ndarray) -> np.ndarray:
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
