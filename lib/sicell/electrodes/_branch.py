"""Branches of an electrode, their mixtures, the crystallization of Li15Si4, and electrodes of constant potential."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtr

from sicell import _check
from sicell.msmr import Msmr

#: Names of the branches that a caller may ask for.
BRANCHES = ("first lithiation", "lithiation", "delithiation")
CRYSTALLINE = "delithiation after Li15Si4"
# Which branch stands in when an electrode has none of that name.
STAND_INS = {
    "first lithiation": ("lithiation", "delithiation"),
    "lithiation": ("delithiation", "first lithiation"),
    "delithiation": ("lithiation", "first lithiation"),
    CRYSTALLINE: ("delithiation", "lithiation", "first lithiation"),
}


@dataclass(frozen=True, eq=False)
class Branch:
    """One branch of an electrode.

    Attributes
    ----------
    parts : mapping of str to Msmr
        What takes the lithium; the lithiations of the parts at one potential add up to that of the branch.
    measured : tuple of float, or None
        Potentials between which the underlying curve was measured, in V; None if nothing was (all assumed).
    source : str
        Where the curve is from.
    """

    parts: Mapping[str, Msmr]
    measured: tuple[float, float] | None = None
    source: str = ""

    @cached_property
    def curve(self) -> Msmr:
        """The whole branch: all parts at common potential."""
        first, *others = self.parts.values()
        return sum(others, first)

    def extrapolated(self, potential: Any) -> np.ndarray:
        """Tell where a potential lies outside the measured range."""
        potential = np.asarray(potential, dtype=float)
        if self.measured is None:
            return np.ones(potential.shape, dtype=bool)
        return (potential < self.measured[0]) | (potential > self.measured[1])


@dataclass(frozen=True)
class PhaseChange:
    """The crystallization of Li15Si4 at low potential.

    Attributes
    ----------
    onset : float
        Potential below which it happens, in V.
    onset_error : float
        Standard deviation of the onset, in V: what is not known about it.
    share : float
        Share of the silicon's capacity that has crystallized well below the onset.

    References
    ----------
    M. N. Obrovac, L. Christensen, Electrochem. Solid-State Lett. 7 (2004) A93, doi:10.1149/1.1652421: at 50 mV.
    T. D. Hatchard, J. R. Dahn, J. Electrochem. Soc. 151 (2004) A838, doi:10.1149/1.1739217: below 30 mV, and only in
    films thicker than about 2 µm.
    """

    onset: float
    onset_error: float
    share: float

    def __post_init__(self) -> None:
        _check.finite("onset", self.onset, "V")
        _check.positive("onset_error", self.onset_error, "V")
        _check.between("share", self.share, 0, 1)

    def probability(self, lowest_potential: Any) -> Any:
        """Probability that Li15Si4 has formed, given the lowest potential of the lithiation.

        Parameters
        ----------
        lowest_potential : array_like
            In V vs Li/Li+.

        Returns
        -------
        float or numpy.ndarray

        Examples
        --------
        >>> PhaseChange(onset=0.05, onset_error=0.005, share=0.5).probability([0.005, 0.05, 0.075]).round(3)
        array([1. , 0.5, 0. ])
        """
        lowest = _check.finite("lowest_potential", lowest_potential, "V")
        return ndtr((self.onset - lowest) / self.onset_error)


@dataclass(frozen=True)
class ReferenceElectrode:
    """An electrode of constant potential, such as lithium metal.

    Attributes
    ----------
    name : str
    constant_potential : float
        In V vs Li/Li+.
    """

    name: str
    constant_potential: float

    def potential(self, lithiation: Any = 0.5, branch: str = "lithiation") -> Any:
        """Return the constant potential, in the shape of `lithiation`."""
        _check.choice("branch", branch, BRANCHES)
        _check.between("lithiation", lithiation, 0, 1)
        if np.ndim(lithiation) == 0:
            return self.constant_potential
        return np.full(np.shape(lithiation), self.constant_potential)


def mix(members: Sequence[tuple[str, Branch, float]], lower_limit: float, upper_limit: float) -> tuple[Branch, float]:
    """Put branches of several parts at one potential and normalize the sum.

    Parameters
    ----------
    members : sequence of (str, Branch, float)
        Name, branch and capacity of each part; any unit of capacity.
    lower_limit, upper_limit : float
        Potentials of lithiation 1 and 0 of the whole, in V.

    Returns
    -------
    branch : Branch
    capacity : float
        Between the limits, in the unit given.
    """
    limits = np.array([lower_limit, upper_limit])
    weighted = {
        name if len(branch.parts) == 1 else f"{name}: {part}": curve.scaled(capacity)
        for name, branch, capacity in members
        for part, curve in branch.parts.items()
    }
    ends = {name: curve.lithiation(limits) for name, curve in weighted.items()}
    total = float(sum(full - empty for full, empty in ends.values()))
    parts = {name: curve.scaled(1 / total, -ends[name][1] / total) for name, curve in weighted.items()}
    sources = "; ".join(f"{name}: {branch.source}" for name, branch, _ in members)
    return Branch(parts, common_range([branch.measured for _, branch, _ in members]), sources), total


def checked_lithiation(lithiation: Any) -> Any:
    """Check that a lithiation lies within 0 to 1, forgiving rounding at the ends."""
    values = np.asarray(_check.finite("lithiation", lithiation))
    ends = np.clip(values, 0.0, 1.0)
    return _check.between("lithiation", np.where(np.abs(values - ends) < 1e-12, ends, values), 0, 1)


def common_range(ranges: Sequence[tuple[float, float] | None]) -> tuple[float, float] | None:
    """Return what all measured ranges have in common; assumed curves, which have none, do not narrow it."""
    known = [one for one in ranges if one is not None]
    if not known:
        return None
    return max(one[0] for one in known), min(one[1] for one in known)


def same(first: Msmr, second: Msmr) -> bool:
    """Tell whether two curves are equal to rounding."""
    return first.potentials.shape == second.potentials.shape and all(
        np.allclose(getattr(first, name), getattr(second, name), rtol=1e-9, atol=0)
        for name in ("potentials", "fractions", "widths")
    )


def invert_mixture(lithiation: np.ndarray, share: np.ndarray, first: Msmr, second: Msmr) -> np.ndarray:
    """Potential at which ``(1 - share) * first + share * second`` holds a lithiation; every share its own curve."""
    knots = np.union1d(first._table[1], second._table[1])[::-1]
    tables = first.lithiation(knots), second.lithiation(knots)

    def mixed(index: np.ndarray) -> np.ndarray:
        return tables[0][index] + share * (tables[1][index] - tables[0][index])

    low, high = np.zeros(lithiation.shape, dtype=int), np.full(lithiation.shape, knots.size - 1)
    while (high - low > 1).any():
        middle = (low + high) // 2
        below = mixed(middle) <= lithiation
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    upper, lower = knots[low], knots[high]
    potential = 0.5 * (lower + upper)
    for _ in range(60):
        curves = [curve.lithiation(potential) for curve in (first, second)]
        slopes = [curve.differential_capacity(potential) for curve in (first, second)]
        error = curves[0] + share * (curves[1] - curves[0]) - lithiation
        lower, upper = np.where(error > 0, potential, lower), np.where(error > 0, upper, potential)
        if np.all((np.abs(error) < 1e-13) | (upper - lower < 1e-14)):
            break
        newton = potential + error / np.maximum(slopes[0] + share * (slopes[1] - slopes[0]), 1e-300)
        potential = np.where((newton > lower) & (newton < upper), newton, 0.5 * (lower + upper))
    return potential
