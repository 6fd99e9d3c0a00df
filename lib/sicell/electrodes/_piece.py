"""One part of an electrode along an equilibrium path."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sicell.electrodes._parts import Part
from sicell.electrodes._state import PartState

# Largest exponent: beyond it a scanning curve is on its branch to rounding.
_FAR = 600.0
# Slope of a part that waits for its branch, relative to the branch: next to nothing, but it has an inverse.
_WAITING = 1e-12


def pick(value: Any, cells: Any) -> Any:
    """Value of some cells; a number is that of all."""
    return value[cells] if isinstance(value, np.ndarray) and value.ndim else value


@dataclass(frozen=True, eq=False)
class Piece:
    """One part along a path.

    What has reacted approaches its branch ``kept + sum of weights times functions`` from the lithium ``start`` that it
    holds while the branch is ``here``: as exp(-distance times ``rate``), or by a step if there is none. Without a start
    it is on the branch. ``kept`` is what does not come back and what the part holds beyond its branch: nothing is lost
    in a step. ``front`` (share, function, reacted, composition) is what a two-phase front adds as it moves on; of a
    fresh part it is all there is.
    """

    part: Part
    state: PartState
    sign: float
    terms: tuple[tuple[int, Any], ...]
    kept: Any
    start: Any = None
    here: Any = 0.0
    rate: Any = None
    passed: Any = 1.0
    front: tuple[Any, int, Any, Any] | None = None

    def lithium(self, values: Sequence[Any], cells: Any = slice(None)) -> Any:
        """Lithium of some cells, given what each function is at their potentials."""
        kept = pick(self.kept, cells)
        branch: Any = 0.0 if self.terms and not self.part.reversible else kept
        for index, weight in self.terms:
            branch = branch + pick(weight, cells) * values[index]
        if not self.part.reversible:
            # What it took stays, whatever the potential does.
            return (np.maximum if self.sign < 0 else np.minimum)(branch, kept)
        if self.start is not None:
            branch = self._approach(branch, cells)
        return branch if self.front is None else branch + self._new(values, cells)

    def _approach(self, branch: Any, cells: Any) -> Any:
        """Scanning curve: each step along it is the branch's times exp(-distance to the branch times rate)."""
        start = pick(self.start, cells)
        waiting = start + _WAITING * (branch - pick(self.here, cells))
        if self.rate is None:
            return (np.minimum if self.sign > 0 else np.maximum)(waiting, branch)
        rate = pick(self.rate, cells)
        gone = np.exp(np.minimum(rate * (start - branch), _FAR)) - pick(self.passed, cells)
        return waiting - np.log1p(np.maximum(gone, 0.0)) / rate

    def _new(self, values: Sequence[Any], cells: Any) -> Any:
        share, index, reacted, composition = (pick(value, cells) for value in self.front)
        first = values[index]
        ahead = np.minimum(first / composition, 1.0)
        return share * np.maximum(ahead - reacted, 0.0) * np.maximum(composition, first)

    def stop(self, values: Sequence[Any], potential: Any) -> PartState:
        """State of the part where the path stops."""
        lithium = self.lithium(values)
        if not self.part.reversible:
            return replace(self.state, lithium=lithium, kept=lithium)
        state = replace(self.state, lithium=lithium)
        if self.front is not None:
            share, index, reacted, composition = self.front
            now = np.maximum(reacted, np.minimum(values[index] / composition, 1.0))
            state = replace(state, reacted=now, size=state.size + share * self.part.retained * (now - reacted))
        change = self.part.phase_change
        if change is None or self.sign > 0:
            return state
        return replace(state, crystal=np.maximum(state.crystal, change.share * change.probability(potential)))
