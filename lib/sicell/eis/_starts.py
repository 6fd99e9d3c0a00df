"""Starting points for a fit, from the data: no initial guess is needed.

A circuit is taken as blocks in series. Each block has candidate shapes at unit scale: time constants spread over the
measured window and a few exponents; for a block of several elements, places and sizes of all of them evenly spread.
Multiplying a block's impedance by a number only rescales its parameters. So for every combination of shapes the best
scales follow from a small non-negative linear least-squares problem, whose matrices are cut from one Gram matrix per
spectrum. The combinations with the least misfit, kept apart from each other, are the starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product

import numpy as np

from sicell.circuit import Circuit, Element, Grid, Node, Parallel, Series, evaluate

# Time constants over the window and, as a logarithm, this far below (and above) it; every other one for combinations.
TIMES, BELOW, ABOVE, COARSE = 29, np.log(30.0), 0.0, 2
EXPONENTS = (0.95, 0.75)
# The same for the wide table.
WIDE_TIMES, WIDE_BELOW, WIDE_ABOVE, WIDE_EXPONENTS = 41, np.log(1e3), np.log(1e3), (0.95, 0.75, 0.55)
NESTED, LOWEST_EXPONENT = 240, 0.6  # shapes of a block of several elements, and the lowest exponent among them
MOST_COMBINATIONS, MAX_COMBINATIONS, WIDE_COMBINATIONS = 40_000, 1000, 4000  # enumerated, and compared with the data
SWEEPS = 12
RANKED_TOGETHER = 8192  # combinations of shapes, of all spectra that are compared with them at once
ADJACENT = 4
CONFUSABLE = 0.95  # correlation of impedances from which blocks of two kinds can be taken for each other


def blocks_of(circuit: Circuit) -> tuple[Node, ...]:
    """Return the blocks in series that make up a circuit."""
    return circuit.root.children if isinstance(circuit.root, Series) else (circuit.root,)


def signature(node: Node) -> str:
    """Return the structure of a node without its numbers: equal for interchangeable blocks."""
    if isinstance(node, Element):
        return node.symbol
    opening = "s(" if isinstance(node, Series) else "p("
    return opening + ",".join(signature(child) for child in node.children) + ")"


def is_arc(node: Node) -> bool:
    """Return whether a node is a resistor with a capacitor or constant-phase element beside it."""
    return isinstance(node, Parallel) and sorted(signature(child) for child in node.children) in (
        ["C", "R"],
        ["CPE", "R"],
    )


def _leaf(element: Element, modulus: np.ndarray, omega: np.ndarray, exponent: np.ndarray) -> list[np.ndarray]:
    """Return parameters that give an element about this modulus at this angular frequency (arrays of one shape)."""
    if element.symbol == "L":
        return [modulus / omega]
    if element.symbol == "W":
        return [modulus * np.sqrt(omega / 2)]
    by_role = {
        "scale": modulus / omega**exponent if element.symbol == "La" else modulus,
        "inverse": 1 / (modulus * omega ** (exponent if "exponent" in element.type.roles else 1)),
        "time": 1 / omega,
        # A diffusion element's exponent is a half or so.
        "exponent": exponent / 2 if "time" in element.type.roles and element.symbol != "Zarc" else exponent,
        "shape": np.ones_like(modulus),
    }
    return [by_role[role] for role in element.type.roles]


def _evenly(dimensions: int, count: int) -> np.ndarray:
    """Return `count` points spread evenly over a unit cube (dimensions, count): an additive recurrence.

    Its steps are powers of the generalised golden ratio (M. Roberts, "The unreasonable effectiveness of quasirandom
    sequences", 2018).
    """
    ratio = 2.0
    for _ in range(40):
        ratio = (1 + ratio) ** (1 / (dimensions + 1))
    steps = ratio ** -np.arange(1.0, dimensions + 1)
    return (0.5 + steps[:, None] * np.arange(1, count + 1)) % 1


def _shapes(node: Node, omega: np.ndarray, wide: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return candidate parameters of a block at unit scale (n, p), and the characteristic angular frequency of each."""
    low, high = np.log(omega.min()), np.log(omega.max())
    middle = np.exp(0.5 * (low + high))
    below, high = (WIDE_BELOW, high + WIDE_ABOVE) if wide else (BELOW, high + ABOVE)
    times = WIDE_TIMES if wide else TIMES
    leaves = list(node.leaves())
    roles = [role for leaf in leaves for role in leaf.type.roles]
    exponents = (WIDE_EXPONENTS if wide else EXPONENTS) if "exponent" in roles else (1.0,)
    if isinstance(node, Element) or is_arc(node):
        placed = is_arc(node) or len(roles) - ("exponent" in roles) > 1
        centres = np.exp(np.linspace(low - below, high, times)) if placed else np.array([middle])
        centres, exponent = np.array(list(product(centres, exponents))).T
        values = [v for leaf in leaves for v in _leaf(leaf, np.ones_like(centres), centres, exponent)]
        return np.stack(values, axis=1), centres
    # Anything else: each element with a modulus within a decade of the others' at a place of its own, evenly spread in
    # all these together, so that every process is tried with every feature of the spectrum.
    spread = _evenly(3 * len(leaves), NESTED)
    values, places = [], []
    for leaf, (modulus, place, exponent) in zip(leaves, spread.reshape(-1, 3, NESTED), strict=True):
        lowest = low - below if "time" in leaf.type.roles else low
        place = np.exp(lowest + (high - lowest) * place) if leaf.symbol not in ("R", "W") else np.full(NESTED, middle)
        graded = LOWEST_EXPONENT + (1 - LOWEST_EXPONENT) * exponent
        values += _leaf(leaf, 10 ** (2 * modulus - 1), place, graded)
        places.append(place)
    return np.stack(values, axis=1), np.exp(np.mean(np.log(places), axis=0))


@dataclass(frozen=True)
class StartTable:
    """Candidate starts of a circuit on a frequency grid; they serve every spectrum on that grid."""

    columns: np.ndarray  #: (n, F): Impedance of every block shape; interchangeable blocks share theirs
    given: np.ndarray  #: (n,): Scale that a fixed parameter gives a shape, else NaN
    parts: tuple[slice, ...]  #: Which shapes belong to each block
    shapes: tuple[np.ndarray, ...]  #: (n_i, p_i): Parameters of every shape of each block
    centres: tuple[np.ndarray, ...]  #: (n_i,): Logarithm of their characteristic angular frequencies
    members: np.ndarray  #: (m, k): Shape of each block, for every combination
    block: np.ndarray  #: (P,): Index of the block that a parameter belongs to
    power: np.ndarray  #: (P,): How a parameter goes with the scale: 1, -1 or 0
    step: float  #: Logarithmic distance of neighbouring centres
    #: Whether there is a block of several elements other than an arc, or two of different kinds of which either can
    #: take the other's feature of a spectrum
    intricate: bool
    arcs: bool  #: Whether all blocks with several shapes are arcs

    @classmethod
    def build(
        cls, circuit: Circuit, frequency: np.ndarray, fixed: dict[str, float], ordered: bool, wide: bool
    ) -> StartTable:
        """Return the table of a circuit, some of whose parameters are fixed.

        If `ordered`, interchangeable blocks stand in one order of their time constants only. A `wide` table has more
        shapes, far beyond the window, and more combinations.
        """
        grid = Grid(frequency)
        blocks = blocks_of(circuit)
        sizes = [sum(len(leaf.parameter_names) for leaf in node.leaves()) for node in blocks]
        ends = np.cumsum(sizes)
        power = np.array([{"scale": 1, "inverse": -1}.get(role, 0) for role in circuit.roles])
        known: dict[str, tuple[slice, np.ndarray, np.ndarray]] = {}
        columns, given, entries, kinds = [], [], [], []
        for node, end, size in zip(blocks, ends, sizes, strict=True):
            names = circuit.parameter_names[end - size : end]
            kind = signature(node) if not set(names).intersection(fixed) else str(node)
            kinds.append(kind)
            if kind not in known:
                parameters, centres = _shapes(node, grid.omega, wide)
                scale = np.full(len(parameters), np.nan)
                for i, name in enumerate(names):
                    sign = power[end - size + i]
                    if name in fixed and sign:
                        scale = (fixed[name] / parameters[:, i]) ** sign
                    elif name in fixed:
                        parameters[:, i] = fixed[name]
                keep = np.sort(np.unique(parameters, axis=0, return_index=True)[1])
                first = sum(map(len, given))
                known[kind] = slice(first, first + keep.size), parameters[keep], np.log(centres[keep])
                given.append(scale[keep])
                columns.append(np.array(evaluate(Circuit("", node, (), (), ()), grid, parameters[keep])[0]))
            entries.append(known[kind])
        parts, shapes, centres = zip(*entries, strict=True)
        chosen = _combinations(kinds, centres, ordered, WIDE_COMBINATIONS if wide else MAX_COMBINATIONS)
        return cls(
            columns=np.concatenate(columns),
            given=np.concatenate(given),
            parts=parts,
            shapes=shapes,
            centres=centres,
            members=chosen + np.array([part.start for part in parts]),
            block=np.repeat(np.arange(len(blocks)), sizes),
            power=power,
            step=float(np.ptp(grid.log_omega) + BELOW) / (TIMES - 1),
            intricate=any(not (isinstance(node, Element) or is_arc(node)) for node in blocks)
            or _confusable(list(known.values()), np.concatenate(columns), grid.log_omega),
            arcs=all(is_arc(node) or len(part) == 1 for node, part in zip(blocks, shapes, strict=True)),
        )

    @cached_property
    def parameters(self) -> np.ndarray:
        """Parameters of every combination at unit scale (m, P)."""
        chosen = [shapes[self.members[:, i] - self.parts[i].start] for i, shapes in enumerate(self.shapes)]
        return np.concatenate(chosen, axis=1)

    @cached_property
    def _spread(self) -> list[np.ndarray]:
        """For each block that can be in several places, its centre in every combination (m,)."""
        places = [centres[self.members[:, i] - self.parts[i].start] for i, centres in enumerate(self.centres)]
        return [place for place in places if np.ptp(place) > 0]

    def rank(self, data: np.ndarray, weight: np.ndarray, count: int) -> np.ndarray:
        """Return the parameters (B, count, P) of the best starts of every spectrum (fewer if there are not so many).

        Data and weights have shape (B, F). The best comes first.
        """
        columns, members, given = self._ranked
        found = []
        # As many spectra at once as fit the cache.
        for rows in np.array_split(np.arange(len(data)), -(-len(data) * len(members) // RANKED_TOGETHER)):
            square = weight[rows] ** 2
            gram = np.matmul(columns * np.repeat(square, 2, axis=1)[:, None], columns.T)
            norm = np.sqrt(np.einsum("bii->bi", gram)) + 1e-300
            gram /= norm[:, :, None] * norm[:, None, :]
            projection = (data[rows] * square).view(float) @ columns.T / norm
            scales, misfit = _scales(gram, projection, members, given * norm)
            order = self._apart(misfit, count)
            scales = _positive(np.take_along_axis(scales, order[:, :, None], axis=1))
            scales /= np.take_along_axis(norm[:, None], members[order], axis=2)
            found.append(self.parameters[order] * scales[:, :, self.block] ** self.power)
        return np.concatenate(found)

    @cached_property
    def _ranked(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The columns that combinations are made of, which of them make each combination, and their given scales."""
        used, members = np.unique(self.members, return_inverse=True)
        return self.columns[used].view(float), members.reshape(self.members.shape), self.given[used]

    @cached_property
    def neighbours(self) -> tuple[np.ndarray, ...]:
        """For each block, indices of the shapes that lie next to each of its shapes, and itself (n_i, a)."""
        return tuple(map(self._neighbours, self.centres))

    def _neighbours(self, centres: np.ndarray) -> np.ndarray:
        index = np.arange(centres.size)
        near = np.abs(centres[:, None] - centres) < 1.5 * self.step
        # A block of several elements has many shapes at a place, which have little in common.
        near &= np.abs(index[:, None] - index) <= ADJACENT
        order = np.argsort(~near, axis=1, kind="stable")[:, : near.sum(axis=1).max()]
        return np.where(np.take_along_axis(near, order, axis=1), order, index[:, None])

    def _apart(self, misfit: np.ndarray, count: int) -> np.ndarray:
        """Return the indices of the best combinations, leaving out those next to one already taken."""
        remaining = misfit - misfit.min(axis=1, keepdims=True)
        largest = 1 + remaining.max()
        picks = []
        rows = np.arange(len(misfit))
        for _ in range(min(count, len(self.members))):
            pick = np.argmin(remaining, axis=1)
            picks.append(pick)
            # Neighbours are put last, not thrown away: there may be fewer regions than starts wanted.
            near = np.ones(remaining.shape, dtype=bool)
            for places in self._spread:
                near &= np.abs(places - places[pick][:, None]) < 1.5 * COARSE * self.step
            remaining += largest * near
            remaining[rows, pick] = np.inf
        return np.stack(picks, axis=1)


def _confusable(kinds: list[tuple[slice, np.ndarray, np.ndarray]], columns: np.ndarray, log_omega: np.ndarray) -> bool:
    """Return whether blocks of two kinds look alike: shapes whose centre is well inside the window."""
    units = []
    for part, _, centres in kinds:
        inside = (centres > log_omega.min() + 1) & (centres < log_omega.max() - 1)
        if np.unique(centres).size > 1 and inside.any():
            column = columns[part][inside].view(float)
            units.append(column / np.linalg.norm(column, axis=1, keepdims=True))
    return any(np.median((a @ b.T).max(axis=1)) > CONFUSABLE for a, b in combinations(units, 2))


def _combinations(kinds: list[str], centres: tuple[np.ndarray, ...], ordered: bool, most: int) -> np.ndarray:
    """Return index tuples of block shapes; if `ordered`, interchangeable blocks in order of falling frequency."""
    # Of the time constants of a block every other one.
    use = []
    for part in centres:
        rank = np.unique(part, return_inverse=True)[1]
        use.append(np.flatnonzero(rank % (COARSE if TIMES <= part.size < NESTED else 1) == 0))
    sizes = [len(part) for part in use]
    alike = [np.flatnonzero([other == kind for other in kinds]) for kind in dict.fromkeys(kinds)] if ordered else []
    alike = [group for group in alike if len(group) > 1]
    rng = np.random.default_rng(0)
    every = np.prod(np.array(sizes, dtype=float)) <= MOST_COMBINATIONS
    if every:
        picks = np.stack(np.meshgrid(*map(np.arange, sizes), indexing="ij"), axis=-1).reshape(-1, len(sizes))
    else:
        picks = rng.integers(0, sizes, (4 * most, len(sizes)))
        for group in alike:
            if len(group) <= sizes[group[0]]:
                keys = rng.random((len(picks), sizes[group[0]]))
                picks[:, group] = np.argsort(keys, axis=1)[:, : len(group)]
    chosen = np.stack([part[picks[:, i]] for i, part in enumerate(use)], axis=1)
    for group in alike:
        places = centres[group[0]][chosen[:, group]]
        order = np.argsort(-places, axis=1, kind="stable")
        chosen[:, group] = np.take_along_axis(chosen[:, group], order, axis=1)
        if every and sizes[group[0]] > 1:
            chosen = chosen[(np.diff(places, axis=1) < 0).all(axis=1)]
    chosen = np.unique(chosen, axis=0)
    return chosen if len(chosen) <= most else rng.permutation(chosen)[:most]


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
    right = np.stack([projection[:, members[:, i]] for i in range(k)])
    matrix = np.stack([[gram[:, members[:, i], members[:, j]] for j in range(k)] for i in range(k)])
    matrix[range(k), range(k)] = 0.0
    solution = np.maximum(right, 0) / k
    for i in set(range(k)).difference(free):
        solution[i] = given[:, members[:, i]]
    for _ in range(SWEEPS):
        for i in free:
            np.maximum(right[i] - np.einsum("jbm,jbm->bm", matrix[i], solution), 0, out=solution[i])
    misfit = sum(solution[i] * (np.einsum("jbm,jbm->bm", matrix[i], solution) - 2 * right[i]) for i in range(k))
    return solution.transpose(1, 2, 0), misfit + np.einsum("jbm,jbm->bm", solution, solution)
