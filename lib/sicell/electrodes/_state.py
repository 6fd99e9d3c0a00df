"""What an electrode remembers: how much lithium each of its parts holds, and what the part has been through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from sicell.electrodes._path import Path


@dataclass(frozen=True, eq=False)
class PartState:
    """Lithium of one part and its history; numbers, or one for each cell.

    Lithium counts as a share of the electrode's capacity in its first half-cycle.
    """

    lithium: Any  #: all that the part holds
    size: Any  #: lithium that what has reacted takes between the limits
    reacted: Any = 1.0  #: share of the part that has reacted: less than 1 if a two-phase front has left a core
    crystal: Any = 0.0  #: share of what has reacted that is Li15Si4
    kept: Any = 0.0  #: lithium that will not come back


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
