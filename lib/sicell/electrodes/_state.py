"""What an electrode remembers: how much lithium each of its parts holds, and what the part has been through."""

from dataclasses import dataclass
from typing import Any


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
