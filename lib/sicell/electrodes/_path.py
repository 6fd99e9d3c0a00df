"""Equilibrium paths: lithium as a falling function of potential, from one state and in one direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sicell._solve._roots import find_root
from sicell.electrodes._parts import common_range
from sicell.electrodes._piece import Piece, pick
from sicell.electrodes._state import PartState
from sicell.msmr import Msmr


@dataclass(frozen=True, eq=False)
class State:
    """State of an electrode: that of its parts, and its potential in V vs Li/Li+."""

    parts: Mapping[str, PartState]
    potential: Any
    fresh: bool = True  #: whether the electrode has never been reversed
    path: Path | None = field(default=None, repr=False)

    @property
    def lithium(self) -> Any:
        """Lithium of all parts."""
        return sum(part.lithium for part in self.parts.values())

    def lose(self, share: Any) -> State:
        """Return the state after a loss: of each part this share no longer takes part, and its lithium is gone.

        What is left of a part is as full as it was before, so the potential stays.
        """
        left = 1.0 - np.asarray(share)
        parts = {
            name: replace(part, lithium=part.kept + left * (part.lithium - part.kept), size=left * part.size)
            for name, part in self.parts.items()
        }
        return replace(self, parts=parts, path=None)

    def take(self, cells: Any) -> State:
        """Return the state of one cell (an index), or of several."""

        def some(value: Any) -> Any:
            return np.asarray(value)[cells][()] if np.ndim(value) else value

        parts = {name: PartState(*(some(value) for value in vars(part).values())) for name, part in self.parts.items()}
        return State(parts, some(self.potential), self.fresh)


@dataclass(frozen=True, eq=False)
class Path:
    """Lithium as a falling function of potential, from one state and in one direction.

    Lithium counts as a share of the electrode's capacity in its first half-cycle.
    """

    direction: str  #: ``"lithiation"`` or ``"delithiation"``
    branch: str  #: the direction, or ``"first lithiation"`` for an electrode that was never reversed
    limits: tuple[Any, Any]  #: the electrode's, in V
    start: State
    curves: Sequence[Msmr]  #: of all parts, each between 0 and 1
    pieces: Sequence[Piece]  #: what each part makes of them
    whole: Msmr | None = None  #: lithium of all parts, if it is the same curve for all cells
    most: Any = np.inf  #: lithium that the electrode cannot exceed, whatever its curves say

    @property
    def many(self) -> bool:
        """Whether each cell has curves of its own."""
        return any(curve.many for curve in self.curves)

    @property
    def functions(self) -> Sequence[Msmr]:
        """What has to be evaluated at a potential; :meth:`combine` makes lithium of it."""
        return self.curves if self.whole is None else (self.whole,)

    def _values(self, potential: Any) -> list[Any]:
        return [curve(np.asarray(potential, dtype=float)) for curve in self.curves]

    def combine(self, values: Sequence[Any], cells: Any = slice(None)) -> Any:
        """Lithium of some cells, given what each function is at their potentials."""
        if self.whole is not None:
            return values[0]
        total = sum(piece.lithium(values, cells) for piece in self.pieces)
        return total if np.ndim(self.most) == 0 and self.most == np.inf else np.minimum(total, pick(self.most, cells))

    def lithium(self, potential: Any) -> Any:
        """Lithium at a potential in V, one for each cell."""
        return self.combine([function(np.asarray(potential, dtype=float)) for function in self.functions])

    @property
    def kept(self) -> Any:
        """Lithium that does not come back."""
        return sum(piece.state.kept for piece in self.pieces)

    @property
    def reacted(self) -> Any:
        """Lithium that what has reacted takes between the limits."""
        return sum(piece.state.size for piece in self.pieces if piece.part.reversible)

    @property
    def capacity(self) -> Any:
        """Lithium that the electrode takes between the limits, with what has not reacted yet."""
        fresh = self.branch == "first lithiation"
        pieces = [piece for piece in self.pieces if fresh or piece.part.reversible]
        rest = sum(piece.part.share * (1 - piece.state.reacted) for piece in pieces)
        return sum(piece.state.size for piece in pieces) + rest

    def place(self, lithium: Any) -> Any:
        """Lithiation, 0 to 1: share of the capacity that some lithium fills."""
        kept = 0.0 if self.branch == "first lithiation" else self.kept
        return (lithium - kept) / self.capacity

    def lithiation(self, potential: Any) -> Any:
        """Lithiation at a potential: 0 at the electrode's upper, 1 at its lower limit if it can be filled."""
        return self.place(self.lithium(potential))

    def slope(self, potential: Any, width: float = 1e-3) -> Any:
        """Fall of the lithium with potential, -d(lithium)/dE in 1/V, over a small width."""
        return (self.lithium(potential - width) - self.lithium(potential + width)) / (2 * width)

    def parts(self, potential: Any) -> Mapping[str, Any]:
        """Lithium of each part at a potential."""
        values = self._values(potential)
        shape = np.zeros(np.shape(potential))
        return {piece.part.name: shape + piece.lithium(values) for piece in self.pieces}

    def potential(self, lithium: Any) -> Any:
        """Potential at which the electrode holds some lithium: the inverse of :meth:`lithium`.

        NaN where it can hold so much, or so little, at no potential.
        """
        lithium = np.asarray(lithium, dtype=float)
        if self.whole is not None and not self.many:
            low, high = self.whole.bounds
            slack = 1e-12 * (high - low)
            found = np.asarray(self.whole.potential(np.clip(lithium, low + slack, high - slack)))
            return self._at_start(lithium, found)
        lowest = float(np.min(self.limits[0])) - 3.0
        highest = float(np.max(self.limits[1])) + 4.0
        found = find_root(
            lambda u: self.lithium(u) - lithium, np.full(lithium.shape, lowest), np.full(lithium.shape, highest)
        )
        return self._at_start(lithium, found)

    def _at_start(self, lithium: np.ndarray, found: np.ndarray) -> Any:
        """Take the potential of the start where it is asked for: on a curve that waits there it is hard to find."""
        found = np.where(lithium == self.start.lithium, self.start.potential, found)
        return found if found.ndim else found.item()

    def take(self, cells: Any) -> Path:
        """Return the path of one cell (an index), or of several, in the shape of an array of indices."""

        def some(value: Any) -> Any:
            if isinstance(value, tuple):
                return tuple(some(one) for one in value)
            return np.asarray(value)[cells][()] if np.ndim(value) else value

        start = self.start.take(cells)
        pieces = [
            replace(
                piece,
                state=start.parts[piece.part.name],
                terms=tuple((index, some(weight)) for index, weight in piece.terms),
                front=some(piece.front),
                **{name: some(getattr(piece, name)) for name in ("kept", "start", "here", "rate", "passed")},
            )
            for piece in self.pieces
        ]
        curves, whole = self.curves, self.whole
        if self.many:
            curves, whole = [curve.take(cells) for curve in curves], whole if whole is None else whole.take(cells)
        return replace(self, start=start, curves=curves, whole=whole, pieces=pieces, most=some(self.most))

    def extrapolated(self, potential: Any) -> np.ndarray:
        """Tell where a potential lies outside the range in which the curves were measured."""
        potential = np.asarray(potential, dtype=float)
        found = [
            branch.measured for piece in self.pieces for branch in piece.part.along(self.branch, piece.state.crystal)
        ]
        known = common_range(found)
        if known is None:
            return np.ones(potential.shape, dtype=bool)
        return (potential < known[0]) | (potential > known[1])

    def stop(self, potential: Any, lithium: Any = None) -> State:
        """Return the state at a potential; `lithium` if it is known better than the potential tells."""
        values = self._values(potential)
        parts = {piece.part.name: piece.stop(values, potential) for piece in self.pieces}
        if lithium is not None:
            hosts = (piece.part for piece in self.pieces if piece.part.reversible)
            name = max(hosts, key=lambda part: np.max(part.share)).name
            rest = lithium - sum(part.lithium for part in parts.values())
            parts[name] = replace(parts[name], lithium=parts[name].lithium + rest)
        return State(parts, potential, self.start.fresh, self)


@dataclass(frozen=True, eq=False)
class ConstantPath:
    """Path of an electrode of constant potential, which takes and gives any amount of lithium."""

    constant: float  #: the potential in V vs Li/Li+
    branch: str  #: the direction
    start: State

    def potential(self, lithium: Any) -> Any:
        """Return the constant potential, in the shape of `lithium`."""
        return np.full(np.shape(lithium), self.constant)[()]

    def extrapolated(self, potential: Any) -> np.ndarray:
        """Nothing is extrapolated."""
        return np.zeros(np.shape(potential), dtype=bool)

    def take(self, cells: Any) -> ConstantPath:  # noqa: ARG002
        """Return the path of some cells: the same for all."""
        return self


@dataclass(frozen=True, eq=False)
class Loop:
    """One branch of the full loop between an electrode's limits: lithiation as a weighted sum of curves."""

    functions: Sequence[Msmr]
    weights: Sequence[Any]

    @property
    def many(self) -> bool:
        """Whether each cell has curves of its own."""
        return any(curve.many for curve in self.functions)

    def combine(self, values: Sequence[Any], cells: Any = slice(None)) -> Any:
        """Lithiation of some cells, given what each curve is at their potentials."""
        return sum(pick(weight, cells) * value for weight, value in zip(self.weights, values, strict=True))

    def lithium(self, potential: Any) -> Any:
        """Lithiation at a potential."""
        return self.combine([curve(np.asarray(potential, dtype=float)) for curve in self.functions])

    def potential(self, lithium: Any) -> Any:
        """Potential at a lithiation."""
        shape = np.shape(lithium)
        return find_root(lambda u: self.lithium(u) - lithium, np.full(shape, -3.0), np.full(shape, 8.0))
