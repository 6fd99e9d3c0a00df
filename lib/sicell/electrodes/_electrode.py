"""The electrode: its parts at one potential, the state they are in, and the path that leads on from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sicell import _check
from sicell.electrodes._branches import Branches
from sicell.electrodes._measured import parts_from_data
from sicell.electrodes._parts import BRANCHES, CRYSTALLINE, Branch, Part, PhaseChange
from sicell.electrodes._path import Path, State
from sicell.electrodes._piece import Piece
from sicell.electrodes._state import PartState
from sicell.msmr import Msmr

_DIRECTIONS = BRANCHES[1:]
# An electrode whose lower limit is higher is an oxide, in V.
_OXIDE = 2.0


@dataclass(frozen=True, eq=False, repr=False)
class Electrode(Branches):
    """An electrode: parts that share one potential, each with its branches.

    Parameters of the parts may have leading axes, such as draws: the electrode then stands for as many electrodes.

    Attributes
    ----------
    name : str
    parts : sequence of Part
        Their shares add up to 1.
    specific_capacity, per_gram_of : float or array_like, str
        Capacity between the limits in the first half-cycle, in mAh/g, and what the gram is.
    lower_limit, upper_limit : float or array_like
        Potentials of lithiation 1 and 0, in V vs Li/Li+.
    density : float, optional
        In g/cm3, without pores.
    reversible_capacity : float or array_like, optional
        Capacity between the limits in later half-cycles, in mAh/g; that of the reversible parts if not given.
    starts : {"lithiation", "delithiation"}
        Direction of the first half-cycle: an anode is lithiated first, an oxide delithiated.
    sample : callable, optional
        Makes the electrode anew from draws of what is uncertain in it, see :class:`Draws`.
    """

    name: str
    parts: Sequence[Part]
    specific_capacity: Any
    per_gram_of: str
    lower_limit: Any
    upper_limit: Any
    density: float | None = None
    reversible_capacity: Any = None
    starts: str = "lithiation"
    sample: Callable[[Any], Electrode] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _check.positive("specific_capacity", self.specific_capacity, "mAh/g")
        _check.choice("starts", self.starts, _DIRECTIONS)
        if self.reversible_capacity is None:
            kept = sum(part.share * part.retained for part in self.parts if part.reversible)
            object.__setattr__(self, "reversible_capacity", kept * self.specific_capacity)
        _check.positive("reversible_capacity", self.reversible_capacity, "mAh/g")

    def __repr__(self) -> str:
        if self.many:
            return f"Electrode({self.name!r}, {self.many} draws)"
        return (
            f"Electrode({self.name!r}, {self.specific_capacity:.4g} mAh per g {self.per_gram_of}, "
            f"{self.lower_limit:g}–{self.upper_limit:g} V, {' + '.join(part.name for part in self.parts)})"
        )

    @classmethod
    def from_data(
        cls,
        potential: Any,
        capacity: Any,
        *,
        name: str = "measured",
        branch: str = "lithiation",
        per_gram_of: str = "active material",
        density: float | None = None,
        reactions: int = 6,
        delithiation: tuple[Any, Any] | None = None,
        noise: float = 1e-3,
    ) -> Electrode:
        """Make an electrode from a measured half-cell; its limits are the ends of the data, of both branches.

        Raises ValueError as :meth:`sicell.msmr.Msmr.fit`; also if the two branches have no potential in common.

        Parameters
        ----------
        potential : array_like, shape (points,)
            In V vs Li/Li+; slow enough to be near equilibrium.
        capacity : array_like, shape (points,)
            In mAh/g; either direction, any zero, duplicates and noise allowed (see :meth:`sicell.msmr.Msmr.fit`).
        name, per_gram_of, density : optional
            As for :class:`Electrode`.
        branch, reactions : str, int, optional
            Branch that the data are, and number of MSMR reactions.
        delithiation : tuple of two array_like, optional
            Potential and capacity of the way back, if it was measured too. Without it there is no hysteresis.
        noise : float, optional
            Potential error of the data, in V. :meth:`sicell.balancing.FullCell.uncertainty` shifts the curves by it.

        Examples
        --------
        >>> potential = np.linspace(0.01, 0.8, 200)
        >>> capacity = 350 * Msmr([0.2, 0.1], [0.4, 0.6], [1.0, 0.5]).lithiation(potential)
        >>> mine = Electrode.from_data(potential, capacity, reactions=2, per_gram_of="graphite")
        >>> round(float(mine.potential(0.5)), 3)
        0.118
        """
        measured = {branch: (potential, capacity)} | ({} if delithiation is None else {"delithiation": delithiation})
        make, first, limits, error = parts_from_data(measured, name, reactions, noise)
        starts = "delithiation" if limits[0] > _OXIDE else "lithiation"

        def sample(draws: Any) -> Electrode:
            shift = draws.within(0.0, -1.96 * error, 1.96 * error, "curves", f"{name}: shift")
            return cls(name, [make(shift)], first, per_gram_of, *limits, density, starts=starts)

        return cls(name, [make()], first, per_gram_of, *limits, density, starts=starts, sample=sample)

    @property
    def many(self) -> tuple[int, ...]:
        """Shape of the draws if the electrode stands for many, else ()."""
        found = [np.shape(value) for value in (self.specific_capacity, self.lower_limit, self.upper_limit)]
        for part in self.parts:
            found += [np.shape(part.share), *(branch.curve.many for branch in part.branches.values())]
        return np.broadcast_shapes(*found)

    def spread(self, shape: tuple[int, ...]) -> Electrode:
        """Return the electrode with one set of parameters for each cell of a shape, flattened, if it has many."""
        if not self.many:
            return self

        def flat(value: Any) -> Any:
            return np.broadcast_to(value, shape).ravel() if np.ndim(value) else value

        def branch(one: Branch) -> Branch:
            measured = None if one.measured is None else tuple(flat(end) for end in one.measured)
            return Branch({name: curve.spread(shape) for name, curve in one.parts.items()}, measured, one.source)

        def part(one: Part) -> Part:
            change = one.phase_change
            if change is not None:
                change = PhaseChange(flat(change.onset), change.onset_error, flat(change.share))
            branches = {name: branch(found) for name, found in one.branches.items()}
            sizes = flat(one.share), flat(one.retained)
            return Part(
                one.name, branches, *sizes, one.reversible, change, flat(one.front), one.turns, flat(one.relaxation)
            )

        return replace(
            self,
            parts=[part(one) for one in self.parts],
            specific_capacity=flat(self.specific_capacity),
            reversible_capacity=flat(self.reversible_capacity),
            lower_limit=flat(self.lower_limit),
            upper_limit=flat(self.upper_limit),
        )

    def start(self, full: bool | None = None) -> State:
        """State of an electrode as it is assembled: empty at its upper limit, or full at its lower one.

        If `full` is not given, an electrode that is delithiated first is full.
        """
        full = self.starts == "delithiation" if full is None else full
        parts = {part.name: part.start(full) for part in self.parts}
        return State(parts, self.lower_limit if full else self.upper_limit)

    def follow(self, state: State, direction: str) -> Path:
        """Lithium against potential, near equilibrium, from a state on.

        Each part keeps its own lithium when the direction changes; what has reacted approaches its other branch along a
        scanning curve (:attr:`Part.relaxation`). Silicon gives back from what its front has consumed, partly as
        Li15Si4 if the potential was low enough, and on the next lithiation the front goes on where it stopped.

        The state is from :meth:`start`, or where another path stopped; the direction ``"lithiation"`` or
        ``"delithiation"``. The path has ``lithium(potential)``, its inverse ``potential(lithium)``, and
        ``stop(potential)``, the state there.

        >>> from sicell import electrodes
        >>> anode = electrodes.silicon()
        >>> half = anode.follow(anode.start(), "lithiation").stop(0.08)
        >>> back = anode.follow(half, "delithiation")
        >>> round(back.potential(half.lithium), 6), bool(back.potential(half.lithium - 0.2) > 0.25)
        (0.08, True)
        """
        _check.choice("direction", direction, _DIRECTIONS)
        if state.path is not None and state.path.direction == direction:
            return replace(state.path, start=state)
        fresh = state.fresh and direction == self.starts
        curves: list[Msmr] = []
        pieces, parts = [], {}
        for part in self.parts:
            held = state.parts[part.name]
            if state.fresh and not fresh:
                held = self._turned(part, held, direction, state.potential)
            if direction == "lithiation" and part.phase_change is not None and np.any(held.crystal):
                # What of Li15Si4 has decayed does not come back by itself.
                left = np.clip(part.curve(CRYSTALLINE)(np.asarray(state.potential, dtype=float)), 0.0, 1.0)
                held = replace(held, crystal=held.crystal * left)
            piece, names = self._piece(part, held, direction, fresh, len(curves))
            curves += [part.curve(name) for name in names]
            # A part that has just turned at its potential is on its branch.
            on_branch = fresh or (state.fresh and part.turns == "potential")
            pieces.append(piece if on_branch else self._scanning(piece, curves, state.potential))
            parts[part.name] = held
        branch = "first lithiation" if fresh and direction == "lithiation" else direction
        start = State(parts, state.potential, fresh)
        limits, whole = (self.lower_limit, self.upper_limit), self._whole() if fresh else None
        return Path(direction, branch, limits, start, curves, pieces, whole)

    @staticmethod
    def _turned(part: Part, held: PartState, direction: str, potential: Any) -> PartState:
        """State of a part as it is reversed for the first time: what it does not retain stays."""
        if not part.reversible:
            return held
        if part.turns == "lithium":
            size = held.size if part.front is not None else held.size * part.retained
            return replace(held, size=size, kept=held.lithium * (1 - part.retained))
        size = held.size * part.retained
        return replace(held, size=size, kept=held.lithium - size * part.curve(direction)(np.asarray(potential)))

    def _piece(self, part: Part, held: PartState, direction: str, fresh: bool, at: int) -> tuple[Piece, list[str]]:
        """What a part does in a direction, and which curves (from number `at` on) it needs for that."""
        sign = 1.0 if direction == "delithiation" else -1.0
        first = "first lithiation" if sign < 0 else direction
        terms, names, front = ((at, held.size),), [direction], None
        if not part.reversible:
            terms, names = (((at, part.share),), [first]) if direction == self.starts else ((), [])
        elif fresh:
            names = [first]
            if part.front is None or sign > 0:
                terms = ((at, part.share),)
            else:
                terms, front = (), (part.share, at, held.reacted, part.front)
        elif sign > 0 and part.phase_change is not None and np.any(held.crystal):
            terms = (at, held.size * (1 - held.crystal)), (at + 1, held.size * held.crystal)
            names = [direction, CRYSTALLINE]
        elif sign < 0 and part.front is not None and not np.all(np.asarray(held.reacted) >= 1):
            names, front = [direction, "first lithiation"], (part.share, at + 1, held.reacted, part.front)
        return Piece(part, held, sign, terms, held.kept, front=front), names

    def _scanning(self, piece: Piece, curves: list[Msmr], potential: Any) -> Piece:
        """Let what has reacted approach its branch from the lithium that it holds."""
        if not piece.part.reversible:
            return piece
        held, relaxation = piece.state, piece.part.relaxation
        here = held.kept + sum(weight * curves[index](np.asarray(potential)) for index, weight in piece.terms)
        width = 0.0 if relaxation is None else np.maximum(relaxation * held.size, 1e-12)
        # Beyond its branch a part approaches it as well, as far as rounding allows; the rest it keeps.
        beyond = piece.sign * np.maximum(piece.sign * (held.lithium - here) - width, 0.0)
        here = here + beyond
        piece = replace(piece, kept=held.kept + beyond, start=held.lithium, here=here)
        if relaxation is None:
            return piece
        rate = piece.sign / width
        return replace(piece, rate=rate, passed=np.exp(rate * (held.lithium - here)))

    def _whole(self) -> Msmr:
        """Lithium of all parts in the first half-cycle."""
        if "whole" not in self._kept:
            name = "first lithiation" if self.starts == "lithiation" else "delithiation"
            scaled = [part.curve(name).scaled(np.maximum(part.share, 1e-300)) for part in self.parts]
            self._kept["whole"] = Branch({"whole": sum(scaled[1:], scaled[0])})
        return self._kept["whole"].curve
