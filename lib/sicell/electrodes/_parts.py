"""What an electrode is made of: parts, their potential branches, and the crystallization of Li15Si4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtr

from sicell import _check
from sicell.electrodes._state import PartState
from sicell.msmr import Msmr

#: Names of the branches that a caller may ask for.
BRANCHES = ("first lithiation", "lithiation", "delithiation")
CRYSTALLINE = "delithiation after Li15Si4"
# Which branch stands in when a part has none of that name.
STAND_INS = {
    "first lithiation": ("lithiation", "delithiation"),
    "lithiation": ("delithiation", "first lithiation"),
    "delithiation": ("lithiation", "first lithiation"),
    CRYSTALLINE: ("delithiation", "lithiation", "first lithiation"),
}


@dataclass(frozen=True, eq=False)
class Branch:
    """Lithiation of a part, or of a whole electrode, in one direction, and where the curve is from.

    The lithiations of the `parts` at one potential add up to that of the branch. `measured` are the potentials between
    which the underlying curve was measured, in V; None if nothing was (all assumed).
    """

    parts: Mapping[str, Msmr]
    measured: tuple[Any, Any] | None = None
    source: str = ""

    @cached_property
    def curve(self) -> Msmr:
        """The whole branch: all parts at common potential."""
        first, *others = self.parts.values()
        return sum(others, first)

    def shifted(self, potential: Any) -> Branch:
        """Return the branch with its potentials higher by `potential`, in V."""
        measured = self.measured and tuple(np.asarray(end) + potential for end in self.measured)
        return Branch({name: one.shifted(potential) for name, one in self.parts.items()}, measured, self.source)

    def extrapolated(self, potential: Any) -> np.ndarray:
        """Tell where a potential lies outside the measured range."""
        potential = np.asarray(potential, dtype=float)
        if self.measured is None:
            return np.ones(potential.shape, dtype=bool)
        return (potential < self.measured[0]) | (potential > self.measured[1])


@dataclass(frozen=True)
class PhaseChange:
    """The crystallization of Li15Si4 below an onset, with the standard deviation of what is not known about it, in V.

    `share` is that of the silicon's capacity that has crystallized well below it. M. N. Obrovac, L. Christensen,
    Electrochem. Solid-State Lett. 7 (2004) A93, doi:10.1149/1.1652421.
    """

    onset: Any
    onset_error: float
    share: Any

    def __post_init__(self) -> None:
        _check.finite("onset", self.onset, "V")
        _check.non_negative("onset_error", self.onset_error, "V")
        _check.between("share", self.share, 0, 1)

    def probability(self, lowest_potential: Any) -> Any:
        """Probability that Li15Si4 has formed, given the lowest potential of the lithiation, in V vs Li/Li+.

        >>> PhaseChange(onset=0.05, onset_error=0.005, share=0.5).probability([0.005, 0.05, 0.075]).round(3)
        array([1. , 0.5, 0. ])
        """
        lowest = _check.finite("lowest_potential", lowest_potential, "V")
        if self.onset_error == 0:
            return np.less(lowest, self.onset).astype(float)
        return ndtr((self.onset - lowest) / self.onset_error)


@dataclass(frozen=True, eq=False)
class Part:
    """What takes lithium in an electrode: an active material, or a reaction that does not give it back.

    Attributes
    ----------
    name : str
    branches : mapping of str to Branch
        Of ``"first lithiation"``, ``"lithiation"``, ``"delithiation"`` at least one, from lithiation 0 at the
        electrode's upper to 1 at its lower limit; a missing branch is stood in for by another.
    share : float or array_like
        Of the electrode's capacity in its first half-cycle.
    retained : float or array_like
        Capacity of later half-cycles over that of the first; what is missing stays in the part.
    reversible : bool
        False for a side reaction: what it took stays.
    phase_change : PhaseChange, optional
        For a part with a branch ``"delithiation after Li15Si4"``.
    front : float or array_like, optional
        For a part that is consumed from its surface on its first lithiation: lithiation of the phase behind the front,
        0 to 1. Without it all of the part has reacted as soon as lithium comes in.
    turns : {"lithium", "potential"}
        What stays the same when the part is reversed for the first time: its lithium, while the potential approaches
        the other branch (an anode), or its potential, so that the loss of the first cycle is that of the curves (an
        oxide).
    relaxation : float or array_like, optional
        How fast the potential approaches the other branch after a reversal: each step of lithium is that of the branch
        times exp(-distance / relaxation), the distance in lithium and both as a share of what has reacted; 0.002 to 1.
        Without it the potential steps to the branch.
    """

    name: str
    branches: Mapping[str, Branch]
    share: Any = 1.0
    retained: Any = 1.0
    reversible: bool = True
    phase_change: PhaseChange | None = None
    front: Any = None
    turns: str = "lithium"
    relaxation: Any = None

    def __post_init__(self) -> None:
        if self.relaxation is not None:
            _check.between("relaxation", self.relaxation, 0.002, 1)
        _check.choice("turns", self.turns, ("lithium", "potential"))
        if self.front is not None:
            _check.between("front", self.front, 0.01, 1)
        if not set(BRANCHES) & set(self.branches):
            raise ValueError(f"branches must hold one of {', '.join(map(repr, BRANCHES))}, got {sorted(self.branches)}")
        for branch in self.branches:
            _check.choice("branches", branch, (*BRANCHES, CRYSTALLINE))

    def branch(self, name: str) -> Branch:
        """Return the branch of that name, or the one that stands in for it."""
        return self.branches[next(key for key in (name, *STAND_INS[name]) if key in self.branches)]

    def curve(self, name: str) -> Msmr:
        """Return the curve of a branch."""
        return self.branch(name).curve

    def along(self, name: str, crystal: Any) -> list[Branch]:
        """Branches that a path takes: on delithiation that of Li15Si4 too, if there is any."""
        if not self.reversible and name != "first lithiation":
            return []
        found = [self.branch(name)]
        if name == "delithiation" and self.phase_change is not None and np.any(crystal):
            found.append(self.branch(CRYSTALLINE))
        return found

    def start(self, full: bool) -> PartState:
        """Return the state of a part that is fresh and empty, or full."""
        if full:
            return PartState(self.share, self.share, kept=0.0 if self.reversible else self.share)
        reacted = 0.0 if self.front is not None else 1.0
        return PartState(0.0 * self.share, reacted * self.share, reacted)


def common_range(ranges: Sequence[tuple[Any, Any] | None]) -> tuple[Any, Any] | None:
    """Return what all measured ranges have in common; assumed curves, which have none, do not narrow it."""
    known = [one for one in ranges if one is not None]
    if not known:
        return None
    low, high = zip(*known, strict=True)
    low, high = (np.array(np.broadcast_arrays(*ends)) for ends in (low, high))
    return tuple(end.item() if end.ndim == 0 else end for end in (low.max(axis=0), high.min(axis=0)))


def same(first: Msmr, second: Msmr) -> bool:
    """Tell whether two curves are equal to rounding."""
    return first.potentials.shape == second.potentials.shape and all(
        np.allclose(getattr(first, name), getattr(second, name), rtol=1e-9, atol=0)
        for name in ("potentials", "fractions", "widths")
    )
