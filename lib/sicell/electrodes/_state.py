"""What an electrode remembers: how much lithium each of its parts holds, and what the part has been through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sicell.electrodes._path import Path

__all__ = ["PartState", "State"]


@dataclass(frozen=True, eq=False)
class PartState:
    """Lithium of one part and its history; numbers, or one for each cell.

    Lithium counts as a share of the electrode's capacity in its first half-cycle.

    Attributes
    ----------
    lithium : float or numpy.ndarray
        All that the part holds.
    size : float or numpy.ndarray
        Lithium that what has reacted takes between the limits.
    reacted : float or numpy.ndarray
        Share of the part that has reacted: less than 1 if a two-phase front has left a core.
    crystal : float or numpy.ndarray
        Share of what has reacted that is Li15Si4.
    kept : float or numpy.ndarray
        Lithium that will not come back.
    """

    lithium: Any
    size: Any
    reacted: Any = 1.0
    crystal: Any = 0.0
    kept: Any = 0.0


@dataclass(frozen=True, eq=False)
class State:
    """State of an electrode.

    Attributes
    ----------
    parts : mapping of str to PartState
    potential : float or numpy.ndarray
        In V vs Li/Li+.
    fresh : bool
        Whether the electrode has never been reversed.
    """

    parts: Mapping[str, PartState]
    potential: Any
    fresh: bool = True
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
