"""Starting points for a fit, from the data: no initial guess is needed.

A circuit is taken as blocks in series. Each block has candidate shapes (time constants spread over the measured
window, a few exponents) at unit scale; multiplying a block's impedance by a number only rescales its parameters. So
for every combination of shapes the best scales follow from a small non-negative linear least-squares problem, whose
matrices are cut from one Gram matrix per spectrum. The combinations with the least misfit, kept apart from each
other, are the starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np

from sicell.circuit import Circuit, Element, Parallel, Series, evaluate
from sicell.circuit._elements import Grid
from sicell.circuit._grammar import Node

__all__ = ["StartTable", "blocks_of", "is_arc", "signature"]

# Time constants over the window and, as a logarithm, this far below it; every other one for first combinations.
TIMES, BELOW, COARSE = 29, np.log(30.0), 2
EXPONENTS = (0.95, 0.75)
MAX_COMBINATIONS = 1000
SWEEPS = 12
ADJACENT = 4


def blocks_of(circuit: Circuit) -> tuple[Node, ...]:
    """Return the blocks in series that make up a circuit."""
    return circuit.root.children if isinstance(circuit.root, Series) else (circuit.root,)


def signature(node: Node) -> str:
    """Return the structure of a node without its numbers: equal for interchangeable blocks."""
    if isinstance(node, Element):
        return node.symbol
    opening = "s(" if isinstance(node, Series) else "p("
    return opening + ",".join(signature(child) for child in node.children) + ")"


def _leaf(element: Element, modulus: float, omega: float, exponent: float) -> list[float]:
    """Return parameters that give an element about this modulus at this angular frequency."""
    if element.symbol == "L":
        return [modulus / omega]
    if element.symbol == "W":
        return [modulus * np.sqrt(omega / 2)]
    scale = modulus / omega**exponent if element.symbol == "La" else modulus
    by_role = {
        "scale": scale,
        "inverse": 1 / (modulus * omega ** (exponent if "exponent" in element.type.roles else 1)),
        "time": 1 / omega,
        "exponent": exponent,
        "shape": 1.0,
    }
    return [by_role[role] for role in element.type.roles]


def is_arc(node: Node) -> bool:
    """Return whether a node is a resistor with a capacitor or constant-phase element beside it."""
    return isinstance(node, Parallel) and sorted(signature(child) for child in node.children) in (
        ["C", "R"],
        ["CPE", "R"],
    )


def _shapes(node: Node, omega: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return candidate parameters of a block at unit scale (n, p), and the characteristic angular frequency of each."""
    low, high = np.log(omega.min()), np.log(omega.max())
    leaves = list(node.leaves())
    roles = {role for leaf in leaves for role in leaf.type.roles}
    exponents = EXPONENTS if "exponent" in roles else (1.0,)
    middle = np.exp(0.5 * (low + high))
    if isinstance(node, Element) and len(leaves[0].type.parameters) == 1:
        return np.array([_leaf(node, 1.0, middle, 1.0)]), np.array([middle])
    if (
        isinstance(node, Element)
        and set(node.type.roles) <= {"scale", "inverse", "exponent"}
        and len(node.type.roles) == 2
    ):
        return np.array([_leaf(node, 1.0, middle, exponent) for exponent in exponents]), np.full(len(exponents), middle)
    if isinstance(node, Element) or is_arc(node):
        centres = np.exp(np.linspace(low - BELOW, high, TIMES))
        pairs = list(product(centres, exponents))
        rows = [[v for leaf in leaves for v in _leaf(leaf, 1.0, centre, exponent)] for centre, exponent in pairs]
        return np.array(rows), np.array([centre for centre, _ in pairs])
    # Anything else: moduli within a decade of each other, frequencies all over the window.
    rng = np.random.default_rng(len(leaves))
    rows, centres = [], []
    for _ in range(16 * len(leaves)):
        moduli, places = 10 ** rng.uniform(-1, 1, len(leaves)), np.exp(rng.uniform(low, high, len(leaves)))
        alphas = rng.choice(exponents, len(leaves))
        rows.append(
            [v for leaf, m, w, a in zip(leaves, moduli, places, alphas, strict=True) for v in _leaf(leaf, m, w, a)]
        )
        centres.append(places[0])
    return np.array(rows), np.array(centres)


@dataclass(frozen=True)
class StartTable:
    """Candidate starts of a circuit on a frequency grid; they serve every spectrum on that grid.

    Attributes
    ----------
    columns : array, shape (n, F)
        Impedance of every block shape.
    members : array, shape (m, k)
        Column of each block, for every combination.
    parameters : array, shape (m, P)
        Parameters of every combination at unit scale.
    places : array, shape (m, k)
        Logarithm of each block's characteristic angular frequency.
    centres : array, shape (n,)
        Logarithm of the characteristic angular frequency of every block shape.
    block : array, shape (P,)
        Index of the block that a parameter belongs to.
    power : array, shape (P,)
        How a parameter goes with the scale: 1, -1 or 0.
    given : array, shape (n,)
        Scale that a fixed parameter gives a block shape, else NaN.
    shapes : tuple of arrays, shape (n_i, p_i)
        Parameters of every shape of each block.
    blocks : tuple of nodes
        The blocks.
    grid : Grid
        The frequencies.
    """

    columns: np.ndarray
    members: np.ndarray
    parameters: np.ndarray
    places: np.ndarray
    centres: np.ndarray
    block: np.ndarray
    power: np.ndarray
    given: np.ndarray
    shapes: tuple[np.ndarray, ...]
    blocks: tuple[Node, ...]
    grid: Grid

    @cached_property
    def close(self) -> np.ndarray:
        """Which combinations are next to each other (m, m)."""
        step = COARSE * (np.ptp(self.grid.log_omega) + BELOW) / (TIMES - 1)
        distance = np.abs(self.places[:, None] - self.places).max(axis=2)
        return distance < 1.5 * step

    @classmethod
    def build(cls, circuit: Circuit, frequency: np.ndarray, fixed: dict[str, float], ordered: bool) -> StartTable:
        """Return the table of a circuit, some of whose parameters are fixed.

        If `ordered`, interchangeable blocks stand in one order of their time constants only.
        """
        grid = Grid(frequency)
        blocks = blocks_of(circuit)
        power = np.array([{"scale": 1, "inverse": -1}.get(role, 0) for role in circuit.roles])
        shapes, places, columns, given = [], [], [], []
        for node in blocks:
            parameters, centres = _shapes(node, grid.omega)
            scale = np.full(len(parameters), np.nan)
            names = [name for leaf in node.leaves() for name in leaf.parameter_names]
            for i, name in enumerate(names):
                sign = power[circuit.parameter_names.index(name)]
                if name in fixed and sign:
                    scale = (fixed[name] / parameters[:, i]) ** sign
                elif name in fixed:
                    parameters[:, i] = fixed[name]
            keep = np.sort(np.unique(parameters, axis=0, return_index=True)[1])
            parameters, centres = parameters[keep], centres[keep]
            given.append(scale[keep])
            shapes.append(parameters)
            places.append(np.log(centres))
            part = Circuit("", node, (), (), ())
            columns.append(np.array(evaluate(part, grid, parameters)[0]))
        offsets = np.cumsum([0, *(len(part) for part in shapes)])
        chosen = _combinations(blocks, places, ordered)
        return cls(
            columns=np.concatenate(columns),
            members=chosen + offsets[:-1],
            parameters=np.concatenate([part[chosen[:, i]] for i, part in enumerate(shapes)], axis=1),
            places=np.stack([part[chosen[:, i]] for i, part in enumerate(places)], axis=1),
            centres=np.concatenate(places),
            block=np.repeat(np.arange(len(blocks)), [part.shape[1] for part in shapes]),
            power=power,
            given=np.concatenate(given),
            shapes=tuple(shapes),
            blocks=blocks,
            grid=grid,
        )

    def rank(self, data: np.ndarray, weight: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the `count` best starts of every spectrum, best first.

        Parameters
        ----------
        data, weight : array, shape (B, F)
            Complex impedances and real weights.
        count : int
            Starts wanted.

        Returns
        -------
        parameters, misfit : arrays
            Parameters (B, count, P) and the weighted sum of squares of each start (B, count).
        """
        gram, projection, norm, power = _products(self.columns, data, weight)
        scales, misfit = _scales(gram, projection, self.members, self.given * norm)
        misfit += power[:, None]
        order = self._apart(misfit, count)
        scales = _positive(np.take_along_axis(scales, order[:, :, None], axis=1))
        scales /= np.take_along_axis(norm[:, None], self.members[order], axis=2)
        parameters = self.parameters[order] * scales[:, :, self.block] ** self.power
        return parameters, np.take_along_axis(misfit, order, axis=1)

    @cached_property
    def unit(self) -> np.ndarray:
        """Parameters of every shape of every block at unit scale (n, P); NaN those of other blocks."""
        rows = np.full((len(self.columns), self.block.size), np.nan)
        first = 0
        for i, shapes in enumerate(self.shapes):
            rows[first : first + len(shapes), self.block == i] = shapes
            first += len(shapes)
        return rows

    @cached_property
    def adjacent(self) -> np.ndarray:
        """Indices of the shapes of the same block that lie next to each shape, and itself (n, a)."""
        owner = np.repeat(np.arange(len(self.shapes)), [len(part) for part in self.shapes])
        step = (np.ptp(self.grid.log_omega) + BELOW) / (TIMES - 1)
        near = (np.abs(self.centres[:, None] - self.centres) < 1.5 * step) & (owner[:, None] == owner)
        # Random shapes of a general block can have many neighbours: those in the table's order are enough.
        near &= np.abs(np.arange(len(owner))[:, None] - np.arange(len(owner))) <= ADJACENT
        order = np.argsort(~near, axis=1, kind="stable")[:, : near.sum(axis=1).max()]
        return np.where(np.take_along_axis(near, order, axis=1), order, np.arange(len(owner))[:, None])

    def _apart(self, misfit: np.ndarray, count: int) -> np.ndarray:
        """Return the indices of the best combinations, leaving out those next to one already taken."""
        remaining = misfit.copy()
        picks = []
        rows = np.arange(len(misfit))
        for _ in range(min(count, len(self.members))):
            pick = np.argmin(remaining, axis=1)
            picks.append(pick)
            # Neighbours are put last, not thrown away: there may be fewer regions than starts wanted.
            remaining[self.close[pick]] += 1e6 * misfit.max()
            remaining[rows, pick] = np.inf
        return np.stack(picks, axis=1)


def _combinations(blocks: tuple[Node, ...], places: list[np.ndarray], ordered: bool) -> np.ndarray:
    """Return index tuples of block shapes; if `ordered`, interchangeable blocks in order of falling frequency."""
    # Of the time constants of a block every other one.
    use = []
    for part in places:
        rank = np.unique(part, return_inverse=True)[1]
        use.append(np.flatnonzero(rank % (COARSE if part.size >= TIMES else 1) == 0))
    sizes = [len(part) for part in use]
    total = float(np.prod([float(size) for size in sizes]))
    if total <= 40_000:
        chosen = np.stack(np.meshgrid(*map(np.arange, sizes), indexing="ij"), axis=-1).reshape(-1, len(sizes))
    else:
        chosen = np.random.default_rng(0).integers(0, sizes, (40_000, len(sizes)))
    chosen = np.stack([part[chosen[:, i]] for i, part in enumerate(use)], axis=1)
    kinds = [signature(node) for node in blocks]
    for i in range(len(blocks)):
        for j in range(i + 1, len(blocks)):
            if ordered and kinds[i] == kinds[j] and sizes[i] > 1:
                chosen = chosen[places[i][chosen[:, i]] > places[j][chosen[:, j]]]
    if len(chosen) > MAX_COMBINATIONS:
        chosen = np.random.default_rng(1).permutation(chosen)[:MAX_COMBINATIONS]
    return chosen


def _products(
    columns: np.ndarray, data: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return Gram matrix, projection of the data (both for columns of norm one), norms, and the data's own power."""
    weighted = (columns * weight[:, None]).view(float)
    target = (data * weight).view(float)
    gram = np.matmul(weighted, weighted.swapaxes(1, 2))
    norm = np.sqrt(np.einsum("bii->bi", gram)) + 1e-300
    projection = np.matmul(weighted, target[:, :, None])[:, :, 0] / norm
    return gram / (norm[:, :, None] * norm[:, None, :]), projection, norm, np.einsum("bf,bf->b", target, target)


def _positive(scales: np.ndarray) -> np.ndarray:
    """Return scales (for columns of norm one) without zeros: a block that vanishes could never come back."""
    return np.maximum(scales, 1e-3 * scales.max(axis=2, keepdims=True))


def _scales(
    gram: np.ndarray, projection: np.ndarray, members: np.ndarray, given: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return approximately non-negative least-squares scales (B, m, k) and the misfit without the data's own norm.

    Scales (B, n) that are `given` and not NaN are kept.
    """
    k = members.shape[1]
    free = [i for i in range(k) if np.isnan(given[:, members[:, i]]).any()]
    matrix = [[gram[:, members[:, i], members[:, j]] for j in range(k)] for i in range(k)]
    right = [projection[:, members[:, i]] for i in range(k)]
    solution = [np.maximum(value, 0) / k if i in free else given[:, members[:, i]] for i, value in enumerate(right)]
    for _ in range(SWEEPS):
        for i in free:
            rest = right[i]
            for j in range(k):
                if j != i:
                    rest = rest - matrix[i][j] * solution[j]
            solution[i] = np.maximum(rest, 0)
    misfit = sum(solution[i] * (sum(matrix[i][j] * solution[j] for j in range(k)) - 2 * right[i]) for i in range(k))
    return np.stack(solution, axis=2), misfit
