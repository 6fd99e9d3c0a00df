"""Exchanging one block of a fitted circuit for another of its shapes: the way out of a wrong valley.

A wrong optimum mostly has one block in the wrong place: an arc on another's, a diffusion element so fast that it acts
as a capacitor. Every other shape of every block is judged there by the sum of squares that the linearised problem
reaches with it: all other parameters follow by one Gauss–Newton step, the new block by its scale. So a place is judged
with the rest of the circuit adapted to it, for the price of a few scalar products.
"""

from __future__ import annotations

import numpy as np

from sicell.eis._problem import Problem
from sicell.eis._starts import StartTable

__all__ = ["exchanged"]

# By how much parameters are expected to follow an exchange (natural logarithms; exponents as they are), and what may
# be left of another block at least.
GIVE, EXPONENT_GIVE = 0.7, 0.15
SMALLEST_GROWTH = 0.03


def exchanged(
    problem: Problem, table: StartTable, coordinates: np.ndarray, data: np.ndarray, weight: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return starts in which one block is exchanged for another of its shapes, and what they promise.

    Parameters
    ----------
    problem, table : Problem, StartTable
        What is fitted, and the shapes of its blocks.
    coordinates : array, shape (B, P)
        Where to exchange.
    data, weight : array, shape (B, F)
        Complex impedances and real weights.
    count : int
        Starts wanted.

    Returns
    -------
    coordinates, promise : arrays
        Starts (B, count, P), best first, and the sum of squares promised for each (B, count).
    """
    residuals, jacobian = problem.linearize(coordinates, data, weight)
    residuals, jacobian = residuals.view(float), jacobian.view(float)
    gram = np.matmul(jacobian, jacobian.swapaxes(1, 2))
    slope = _dot(jacobian, residuals)
    stiffness = _stiffness(problem) * np.mean(residuals * residuals, axis=1)[:, None, None]
    scales, promises, steps, units = [], [], [], []
    for i, (part, shapes) in enumerate(zip(table.parts, table.shapes, strict=True)):
        own = table.block == i
        others = np.flatnonzero(~own & problem.free)
        columns = (table.columns[part] * weight[:, None]).view(float)
        # The block taken out: its impedance goes from the model to the target.
        power = np.where(own, table.power, 0.0)
        target, right = np.matmul(power, jacobian) - residuals, gram[:, others] @ power - slope[:, others]
        matrix = gram[:, others[:, None], others] + stiffness[:, others[:, None], others]
        diagonal = np.arange(others.size)
        matrix[:, diagonal, diagonal] += 1e-12 * gram[:, others, others] + 1e-300
        crossed = np.matmul(columns, jacobian[:, others].swapaxes(1, 2))
        both = np.concatenate([right[:, None], crossed], axis=1)
        solved = np.linalg.solve(matrix, both.swapaxes(1, 2)).swapaxes(1, 2)
        # What is left of target and columns once all others have followed.
        along = _dot(columns, target) - _dot(solved[:, 1:], right)
        norm = np.einsum("bnf,bnf->bn", columns, columns)
        across = np.maximum(norm - np.einsum("bnp,bnp->bn", solved[:, 1:], crossed), 1e-9 * norm) + 1e-300
        given = table.given[part]
        scale = np.where(np.isnan(given), np.maximum(along, 0) / across, given)
        rest = np.einsum("bf,bf->b", target, target) - np.einsum("bp,bp->b", solved[:, 0], right)
        promise = np.where(scale > 0, rest[:, None] + scale * (scale * across - 2 * along), np.inf)
        # Of neighbouring places only the best.
        promises.append(np.where(promise > promise[:, table.neighbours(i)].min(axis=2), np.inf, promise))
        scales.append(scale)
        unit = np.full((len(shapes), own.size), np.nan)
        unit[:, own] = shapes
        units.append(unit)
        step = np.zeros((len(data), len(shapes), own.size))
        step[:, :, others] = solved[:, :1] - scale[:, :, None] * solved[:, 1:]
        steps.append(step)
    scale, promise, step = (np.concatenate(parts, axis=1) for parts in (scales, promises, steps))
    picks = np.argsort(promise, axis=1)[:, :count]
    scale, promise = (np.take_along_axis(array, picks, axis=1) for array in (scale, promise))
    moved = _moved(problem, coordinates, np.take_along_axis(step, picks[:, :, None], axis=1))
    unit = problem.coordinates(np.concatenate(units))[picks]
    unit += np.log(np.maximum(scale, 1e-300))[:, :, None] * table.power
    return np.where(np.isnan(unit), moved, unit), promise


def _dot(rows: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """Return the scalar products (B, n) of rows (B, n, f) with one vector (B, f) each."""
    return np.matmul(rows, vectors[:, :, None])[:, :, 0]


def _stiffness(problem: Problem) -> np.ndarray:
    """Return how much parameters resist to follow (P, P), per noise variance: not at all along the scales of blocks."""
    give = np.where(problem.exponent, EXPONENT_GIVE, GIVE)
    along = problem.power / np.sqrt(np.sum(problem.power**2, axis=1, keepdims=True))
    across = np.eye(give.size) - along.T @ along
    return across / give**2 @ across


def _moved(problem: Problem, coordinates: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return coordinates (B, n, P) after steps: linear along the scales of blocks, short along all else."""
    growth = step @ problem.power.T / np.sum(problem.power**2, axis=1)
    limit = np.where(problem.exponent, EXPONENT_GIVE, 2 * GIVE)
    across = np.minimum(np.maximum(step - growth @ problem.power, -limit), limit)
    return coordinates[:, None] + across + np.log(np.maximum(1 + growth, SMALLEST_GROWTH)) @ problem.power
