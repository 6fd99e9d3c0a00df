"""State of an electrode, and the equilibrium path that leads from it in one direction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from sicell._solve._roots import find_root
from sicell.electrodes._parts import Branch
from sicell.msmr import Msmr

if TYPE_CHECKING:
    from sicell.electrodes._electrode import Electrode
    from sicell.electrodes._reference import ReferenceElectrode

__all__ = ["ConstantPath", "Path", "State"]


@dataclass(frozen=True, eq=False)
class State:
    """How much lithium an electrode holds and what it has been through; arrays of shape (cells,) or numbers.

    Lithium counts as a share of the electrode's capacity in its first half-cycle.

    Attributes
    ----------
    lithium : float or numpy.ndarray
    potential : float or numpy.ndarray
        In V vs Li/Li+.
    lowest : float or numpy.ndarray
        Lowest potential of the last lithiation, in V.
    fresh : bool
        Whether the electrode has never been reversed.
    left : float or numpy.ndarray
        Share of the later capacity that takes part: the rest was lost.
    kept : float or numpy.ndarray
        Lithium that the host has beside what its curve tells.
    """

    lithium: Any
    potential: Any
    lowest: Any
    fresh: bool = True
    left: Any = 1.0
    kept: Any = 0.0

    def lose(self, lithium: Any, capacity: Any = 0.0) -> State:
        """Return the state after a loss: some lithium, and a share of the later capacity, no longer take part."""
        return replace(self, lithium=self.lithium - lithium, left=self.left * (1.0 - np.asarray(capacity)))


def pick(value: Any, cells: Any) -> Any:
    """Value of some cells; a number is that of all."""
    return value[cells] if isinstance(value, np.ndarray) and value.ndim else value


@dataclass(frozen=True, eq=False)
class Path:
    """Lithium as a falling function of potential, from one state and in one direction.

    Attributes
    ----------
    electrode : Electrode
    branch : str
        The direction: ``"first lithiation"``, ``"lithiation"`` or ``"delithiation"``.
    start : State
    functions : sequence of callable
        Lithiation as functions of potential, which many cells may share.
    weights : sequence of float or numpy.ndarray
        With which each of them counts, a number or one for each cell.
    offset : float or numpy.ndarray
    members : sequence of (str, Msmr, float or numpy.ndarray)
        Part, curve and weight: who holds the lithium.
    sources : Branch
        Where the curves are from and how far they were measured.
    """

    electrode: Electrode
    branch: str
    start: State
    functions: Sequence[Callable[[Any], Any]]
    weights: Sequence[Any]
    offset: Any
    members: Sequence[tuple[str, Msmr, Any]]
    sources: Branch

    @property
    def many(self) -> bool:
        """Whether each cell has curves of its own."""
        return any(getattr(function, "many", ()) for function in self.functions)

    @property
    def capacity(self) -> Any:
        """Lithium between lithiation 0 and 1 of this direction."""
        return sum(self.weights)

    @property
    def most(self) -> Any:
        """Lithium that the path cannot exceed at any potential."""
        bounds = [function.bounds[1] for function in self.functions]
        return self.combine(bounds) - 1e-9 * self.capacity

    def combine(self, values: Sequence[Any], cells: Any = slice(None)) -> Any:
        """Lithium of some cells, given what each function is at their potentials."""
        total = sum(pick(weight, cells) * value for weight, value in zip(self.weights, values, strict=True))
        return total if isinstance(self.offset, float) and self.offset == 0.0 else total + pick(self.offset, cells)

    def lithium(self, potential: Any) -> Any:
        """Lithium at a potential in V, one for each cell."""
        return self.combine([function(potential) for function in self.functions])

    def lithiation(self, potential: Any) -> Any:
        """Place on the curve: 0 at the electrode's upper, 1 at its lower limit."""
        return (self.lithium(potential) - self.offset) / self.capacity

    def slope(self, potential: Any, width: float = 1e-3) -> Any:
        """Fall of the lithium with potential, -d(lithium)/dE in 1/V, over a small width."""
        return (self.lithium(potential - width) - self.lithium(potential + width)) / (2 * width)

    def parts(self, potential: Any) -> Mapping[str, Any]:
        """Lithium of each part at a potential."""
        found: dict[str, Any] = {}
        for name, curve, weight in self.members:
            found[name] = found.get(name, 0.0) + weight * curve(potential)
        return found

    def potential(self, lithium: Any) -> Any:
        """Potential at which the electrode holds some lithium: the inverse of :meth:`lithium`."""
        curve = self._single
        if curve is not None:
            low, high = curve.bounds
            return curve.potential(np.clip(lithium, low + 1e-12 * (high - low), high - 1e-12 * (high - low)))
        lithium = np.asarray(lithium, dtype=float)
        return find_root(lambda u: self.lithium(u) - lithium, np.full(lithium.shape, -3.0), np.full(lithium.shape, 8.0))

    @cached_property
    def _single(self) -> Msmr | None:
        """The path as one curve, if it is the same for all cells."""
        numbers = [*self.weights, self.offset]
        if self.many or any(np.ndim(number) for number in numbers):
            return None
        if not all(isinstance(curve, Msmr) for curve in self.functions):
            return None
        scaled = [c.scaled(w) for c, w in zip(self.functions, self.weights, strict=True) if w > 0]
        return sum(scaled[1:], scaled[0].scaled(1.0, self.offset))

    def take(self, cells: Any) -> Path:
        """Return the path of one cell (an index), or of several, in the shape of an array of indices."""

        def some(value: Any) -> Any:
            return np.asarray(value)[cells][()] if np.ndim(value) else value

        start = State(*(some(value) for value in vars(self.start).values()))
        functions, many = self.functions, self.many
        return replace(
            self,
            start=start,
            functions=[curve.take(cells) for curve in functions] if many else functions,
            weights=[some(weight) for weight in self.weights],
            offset=some(self.offset),
            members=[(name, curve.take(cells), some(weight)) for name, curve, weight in self.members],
        )

    def extrapolated(self, potential: Any) -> np.ndarray:
        """Tell where a potential lies outside the range in which the curves were measured."""
        return self.sources.extrapolated(potential)

    def stop(self, potential: Any, lithium: Any = None) -> State:
        """Return the state at a potential; `lithium` if it is known better than from the curve."""
        held = self.lithium(potential) if lithium is None else lithium
        lowest = self.start.lowest if self.branch == "delithiation" else potential
        return replace(self.start, lithium=held, potential=potential, lowest=lowest)


@dataclass(frozen=True, eq=False)
class ConstantPath:
    """Path of an electrode of constant potential, which takes and gives any amount of lithium."""

    electrode: ReferenceElectrode
    branch: str
    start: State

    @property
    def constant(self) -> float:
        """The potential in V vs Li/Li+."""
        return self.electrode.constant_potential

    def potential(self, lithium: Any) -> Any:
        """Return the constant potential, in the shape of `lithium`."""
        return np.full(np.shape(lithium), self.constant)[()]

    def extrapolated(self, potential: Any) -> np.ndarray:
        """Nothing is extrapolated."""
        return np.zeros(np.shape(potential), dtype=bool)

    def take(self, cells: Any) -> ConstantPath:  # noqa: ARG002
        """Return the path of some cells: the same for all."""
        return self
