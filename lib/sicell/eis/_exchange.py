"""Exchanging blocks of a fitted circuit for others of their shapes: the way out of a wrong valley.

A wrong optimum mostly has one block in the wrong place (an arc on another's, a diffusion element that acts as a
capacitor) or two that have taken each other's feature (an arc that of the block with diffusion). All other shapes of
every block, and of every pair of blocks, are judged there by the sum of squares that the linearised problem reaches
with them: all other parameters follow by one Gauss–Newton step, the new blocks by their scales. So a place is judged
with the rest of the circuit adapted to it, for the price of a few scalar products.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from sicell.eis._problem import Problem
from sicell.eis._starts import StartTable

# By how much parameters are expected to follow an exchange (natural logarithms; exponents as they are), and what may
# be left of another block at least.
GIVE, EXPONENT_GIVE = 0.7, 0.15
SMALLEST_GROWTH = 0.03
# Of pairs of shapes the best are looked at; two are one if both blocks' impedances correlate by more than this.
LOOKED_AT, ALIKE = 96, 0.98


def exchanged(here: Place, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return starts in which one block is exchanged for another of its shapes, and what they promise.

    Returns coordinates (B, count, P), best first, and the sum of squares promised for each (B, count).
    """
    table, found = here.table, []
    for i in range(len(table.shapes)):
        rest = here.without(i)
        along, across, follow = rest.column(i)
        given = table.given[table.parts[i]]
        scale = np.where(np.isnan(given), np.maximum(along, 0) / across, given)
        promise = np.where(scale > 0, rest.power[:, None] + scale * (scale * across - 2 * along), np.inf)
        # Of neighbouring places only the best.
        promise = np.where(promise > promise[:, table.neighbours[i]].min(axis=2), np.inf, promise)
        picks = np.argsort(promise, axis=1)[:, :count]
        scale, promise = (np.take_along_axis(array, picks, axis=1) for array in (scale, promise))
        step = rest.step[:, None] - scale[:, :, None] * follow.swapaxes(1, 2)[here.rows, picks]
        found.append((here.moved(rest, step, [(i, picks, scale)]), promise))
    return _best(found, count)


def beyond(here: Place) -> tuple[np.ndarray, np.ndarray]:
    """Return starts in which one block lies beyond either end of the window; as `exchanged`, two for each such block.

    There an arc is as good as a resistor, or leaves no trace: what it promises is what the others reach without it.
    """
    table, count = here.table, len(here.coordinates)
    starts, promise = [np.empty((count, 0, here.coordinates.shape[1]))], [np.empty((count, 0))]
    for i, (part, centres) in enumerate(zip(table.parts, table.centres, strict=True)):
        modulus = np.abs(table.columns[part])
        ends = np.array([np.argmax(centres), np.argmin(centres)])
        flat = np.ptp(modulus[ends[0]]) < modulus[ends[0]].min()
        if ends[0] == ends[1] or not flat or not here.problem.free[table.block == i].all():
            continue
        rest = here.without(i)
        follow = rest.column(i)[2].swapaxes(1, 2)[:, ends]
        scale = 0.5 * here.modulus / modulus[ends, [0, -1]]
        step = rest.step[:, None] - scale[:, :, None] * follow
        starts.append(here.moved(rest, step, [(i, np.tile(ends, (count, 1)), scale)]))
        promise.append(np.repeat(rest.power[:, None], 2, axis=1))
    return np.concatenate(starts, axis=1), np.concatenate(promise, axis=1)


def swapped(here: Place) -> np.ndarray:
    """Return coordinates (B, n, P) in which two unlike blocks have exchanged the elements that both have.

    So a diffusion element in an arc comes into another arc.
    """
    problem, table, coordinates = here.problem, here.table, here.coordinates
    starts, elements, first = [], [], 0
    for leaf in problem.circuit.elements:
        stop = first + len(leaf.parameter_names)
        elements.append((int(table.block[first]), leaf.symbol, np.arange(first, stop)))
        first = stop
    for i, j in combinations(range(len(table.shapes)), 2):
        mine, theirs = ([(symbol, own) for block, symbol, own in elements if block == k] for k in (i, j))
        if [symbol for symbol, _ in mine] == [symbol for symbol, _ in theirs]:
            continue
        pairs = []
        for symbol, own in mine:
            match = next((k for k, (other, _) in enumerate(theirs) if other == symbol), None)
            if match is not None:
                pairs.append((own, theirs.pop(match)[1]))
        if len(pairs) > 1 and problem.free[np.concatenate([own for pair in pairs for own in pair])].all():
            start = coordinates.copy()
            for own, other in pairs:
                start[:, own], start[:, other] = coordinates[:, other], coordinates[:, own]
            starts.append(start)
    return np.stack(starts, axis=1) if starts else np.empty((len(coordinates), 0, coordinates.shape[1]))


def paired(here: Place, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return starts in which two blocks are exchanged at once; as `exchanged`, `count` for each pair of blocks."""
    table, rows, found, known = here.table, here.rows, [], {}
    several = [i for i, shapes in enumerate(table.shapes) if len(shapes) > 1]
    for i, j in combinations(several, 2):
        if not np.isnan(table.given[table.parts[i]]).all() or not np.isnan(table.given[table.parts[j]]).all():
            continue
        rest = here.without(i, j)
        along_i, across_i, follow_i = rest.column(i)
        along_j, across_j, follow_j = rest.column(j)
        columns_i, columns_j = (table.columns[table.parts[k]].view(float) for k in (i, j))
        # Interchangeable blocks share their columns.
        key = table.parts[i].start, table.parts[j].start
        if key not in known:
            known[key] = np.matmul(columns_i * here.weight[:, None] ** 2, columns_j.T)
        cross = known[key] - np.matmul(follow_i.swapaxes(1, 2), rest.crossed(j))
        square = across_i[:, :, None] * across_j[:, None]
        determinant = np.maximum(square - cross * cross, 1e-6 * square)
        first = (along_i[:, :, None] * across_j[:, None] - along_j[:, None] * cross) / determinant
        second = (along_j[:, None] * across_i[:, :, None] - along_i[:, :, None] * cross) / determinant
        gain = first * along_i[:, :, None] + second * along_j[:, None]
        promise = np.where((first > 0) & (second > 0), rest.power[:, None, None] - gain, np.inf)
        promise = promise.reshape(len(rows), -1)
        look = min(LOOKED_AT, promise.shape[1])
        best = np.argpartition(promise, look - 1, axis=1)[:, :look]
        p, q = np.divmod(best, len(table.shapes[j]))
        columns = (columns_i[p] * here.weight[:, None], columns_j[q] * here.weight[:, None])
        chosen = _unlike(np.take_along_axis(promise, best, axis=1), columns, count)
        p, q = np.take_along_axis(p, chosen, axis=1), np.take_along_axis(q, chosen, axis=1)
        first, second, promise = first[rows, p, q], second[rows, p, q], promise[rows, p * len(table.shapes[j]) + q]
        step = rest.step[:, None] - first[:, :, None] * follow_i.swapaxes(1, 2)[rows, p]
        step -= second[:, :, None] * follow_j.swapaxes(1, 2)[rows, q]
        found.append((here.moved(rest, step, [(i, p, first), (j, q, second)]), promise))
    if not found:
        return np.empty((len(rows), 0, here.coordinates.shape[1])), np.empty((len(rows), 0))
    return _best(found, count * len(found))


def _best(found: list[tuple[np.ndarray, np.ndarray]], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the starts that promise most."""
    starts, promise = (np.concatenate(parts, axis=1) for parts in zip(*found, strict=True))
    picks = np.argsort(promise, axis=1)[:, :count]
    return np.take_along_axis(starts, picks[:, :, None], axis=1), np.take_along_axis(promise, picks, axis=1)


def _unlike(promise: np.ndarray, pairs: tuple[np.ndarray, np.ndarray], count: int) -> np.ndarray:
    """Return indices of the best pairs of columns (B, n, f) that are unlike each other (B, count)."""
    alike = np.ones(())
    for columns in pairs:
        unit = columns / np.sqrt(np.einsum("bnf,bnf->bn", columns, columns))[:, :, None]
        alike = alike * (np.matmul(unit, unit.swapaxes(1, 2)) > ALIKE)
    remaining, rows, picks = promise.copy(), np.arange(len(promise)), []
    largest = np.where(np.isfinite(promise), np.abs(promise), 0).max() + 1
    for _ in range(min(count, promise.shape[1])):
        pick = np.argmin(remaining, axis=1)
        picks.append(pick)
        remaining += largest * alike[rows, pick]
        remaining[rows, pick] = np.inf
    return np.stack(picks, axis=1)


@dataclass(frozen=True)
class Place:
    """Optima (B) to exchange blocks at, linearised there."""

    problem: Problem
    table: StartTable
    coordinates: np.ndarray
    modulus: np.ndarray  #: (B, 2): of the impedance, at the highest and the lowest frequency
    weight: np.ndarray  #: (B, f): real and imaginary parts one by one, as in all that follows
    residuals: np.ndarray
    jacobian: np.ndarray
    gram: np.ndarray
    slope: np.ndarray
    stiff: np.ndarray  #: (B, P, P): `gram` with what resists to follow

    @classmethod
    def at(
        cls, problem: Problem, table: StartTable, coordinates: np.ndarray, data: np.ndarray, weight: np.ndarray
    ) -> Place:
        """Return the place of coordinates (B, P) for impedances and weights (B, F)."""
        residuals, jacobian = (part.view(float) for part in problem.linearize(coordinates, data, weight))
        gram = np.matmul(jacobian, jacobian.swapaxes(1, 2))
        diagonal = np.arange(gram.shape[1])
        stiff = gram + _stiffness(problem) * np.mean(residuals * residuals, axis=1)[:, None, None]
        stiff[:, diagonal, diagonal] += 1e-12 * gram[:, diagonal, diagonal] + 1e-300
        weight, modulus = np.repeat(weight, 2, axis=1), np.abs(data[:, [0, -1]])
        slope = _dot(jacobian, residuals)
        return cls(problem, table, coordinates, modulus, weight, residuals, jacobian, gram, slope, stiff)

    @property
    def rows(self) -> np.ndarray:
        """Index of each optimum (B, 1)."""
        return np.arange(len(self.coordinates))[:, None]

    @cached_property
    def products(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Products of all weighted columns with derivatives (B, P, n), with residuals, and with themselves (B, n)."""
        columns = self.table.columns.view(float)
        left = np.concatenate([self.jacobian, self.residuals[:, None]], axis=1) * self.weight[:, None]
        every = (left.reshape(-1, columns.shape[1]) @ columns.T).reshape(*left.shape[:2], -1)
        return every[:, :-1], every[:, -1], self.weight**2 @ (columns * columns).T

    def without(self, *blocks: int) -> _Rest:
        """Return what is left with some blocks taken out: their impedance goes from the model to the target."""
        own = (self.table.block[:, None] == blocks).any(axis=1)
        others = np.flatnonzero(~own & self.problem.free)
        power = np.where(own, self.table.power, 0.0)
        right = self.gram[:, others] @ power - self.slope[:, others]
        inverse = np.linalg.inv(self.stiff[:, others[:, None], others])
        solved = _dot(inverse, right)
        target = np.matmul(power, self.jacobian) - self.residuals
        left = np.einsum("bf,bf->b", target, target) - np.einsum("bp,bp->b", solved, right)
        return _Rest(self, others, power, right, inverse, solved, left)

    def moved(self, rest: _Rest, step: np.ndarray, blocks: list[tuple[int, np.ndarray, np.ndarray]]) -> np.ndarray:
        """Return coordinates (B, n, P) after steps of the others, with shapes (B, n) of blocks at their scales."""
        every = np.zeros((*step.shape[:2], self.coordinates.shape[1]))
        every[:, :, rest.others] = step
        result = _moved(self.problem, self.coordinates, every)
        for i, picks, scale in blocks:
            own = self.table.block == i
            exponent = self.problem.exponent[own]
            shapes = self.table.shapes[i]
            unit = np.where(exponent, shapes, np.log(shapes))[picks]
            result[:, :, own] = unit + np.log(np.maximum(scale, 1e-300))[:, :, None] * self.table.power[own]
        return result


@dataclass(frozen=True)
class _Rest:
    """A circuit without one or two of its blocks: what others take over, and what is left of the target."""

    place: Place
    others: np.ndarray
    own: np.ndarray
    right: np.ndarray
    inverse: np.ndarray
    step: np.ndarray
    power: np.ndarray

    def crossed(self, block: int) -> np.ndarray:
        """Return scalar products of the derivatives of the others with a block's columns (B, o, n)."""
        return self.place.products[0][:, self.others, self.place.table.parts[block]]

    def column(self, block: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return for the shapes of a block what is left of them once the others have followed.

        Scalar products with the target (B, n), norms (B, n), and steps of the others for a unit of each (B, o, n).
        """
        derivatives, residuals, norm = (each[..., self.place.table.parts[block]] for each in self.place.products)
        crossed = derivatives[:, self.others]
        follow = np.matmul(self.inverse, crossed)
        along = np.matmul(self.own, derivatives) - residuals - np.matmul(self.right[:, None], follow)[:, 0]
        across = np.maximum(norm - np.einsum("bpn,bpn->bn", follow, crossed), 1e-9 * norm) + 1e-300
        return along, across, follow


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
