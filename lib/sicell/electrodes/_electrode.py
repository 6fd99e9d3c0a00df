"""The electrode: its branches, hysteresis, the Li15Si4 rule, and the electrode of a user's own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell.electrodes._branch import (
    BRANCHES,
    CRYSTALLINE,
    STAND_INS,
    Branch,
    PhaseChange,
    checked_lithiation,
    common_range,
    invert_mixture,
    same,
)
from sicell.msmr import Msmr

__all__ = ["Electrode"]


@dataclass(frozen=True, eq=False, repr=False)
class Electrode:
    """An electrode with its potential branches.

    Attributes
    ----------
    name : str
    branches : mapping of str to Branch
        Of ``"first lithiation"``, ``"lithiation"``, ``"delithiation"`` at least one; a missing branch is stood in for
        by another (no hysteresis, or no special first cycle). All run from lithiation 0 at `upper_limit` to 1 at
        `lower_limit`.
    specific_capacity : float
        Capacity between the limits in the first half-cycle, in mAh/g.
    per_gram_of : str
        What the gram is.
    lower_limit, upper_limit : float
        Potentials of lithiation 1 and 0, in V vs Li/Li+.
    density : float, optional
        In g/cm3, without pores.
    reversible_capacity : float, optional
        Capacity between the limits in later half-cycles, in mAh/g; the same as the first if not given.
    phase_change : PhaseChange, optional
        For an electrode with a branch ``"delithiation after Li15Si4"``.
    side_reactions : mapping of str to float
        Shares of the first half-cycle's capacity that are not stored in the electrode's active parts: assumed terms,
        kept apart.
    """

    name: str
    branches: Mapping[str, Branch]
    specific_capacity: float
    per_gram_of: str
    lower_limit: float
    upper_limit: float
    density: float | None = None
    reversible_capacity: float | None = None
    phase_change: PhaseChange | None = None
    side_reactions: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check.positive("specific_capacity", self.specific_capacity, "mAh/g")
        if self.reversible_capacity is None:
            object.__setattr__(self, "reversible_capacity", self.specific_capacity)
        _check.positive("reversible_capacity", self.reversible_capacity, "mAh/g")
        if not set(BRANCHES) & set(self.branches):
            raise ValueError(f"branches must hold one of {', '.join(map(repr, BRANCHES))}, got {sorted(self.branches)}")
        for branch in self.branches:
            _check.choice("branches", branch, (*BRANCHES, CRYSTALLINE))

    def __repr__(self) -> str:
        return (
            f"Electrode({self.name!r}, {self.specific_capacity:.4g} mAh per g {self.per_gram_of}, "
            f"{self.lower_limit:g}–{self.upper_limit:g} V, branches {', '.join(map(repr, self.branches))})"
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
        """Make an electrode from a measured half-cell.

        Parameters
        ----------
        potential : array_like, shape (points,)
            In V vs Li/Li+; slow enough to be near equilibrium.
        capacity : array_like, shape (points,)
            In mAh/g; either direction, any zero, duplicates and noise allowed (see :meth:`sicell.msmr.Msmr.fit`).
        name, per_gram_of, density : optional
            As for :class:`Electrode`.
        branch : str, optional
            Branch that the data are.
        reactions : int, optional
            Number of MSMR reactions.
        delithiation : tuple of two array_like, optional
            Potential and capacity of the way back, if it was measured too. Without it there is no hysteresis.
        noise : float, optional
            Potential error of the data, in V.

        Returns
        -------
        Electrode
            Its limits are the ends of the data (their common range if there are two branches).

        Raises
        ------
        ValueError
            As :meth:`sicell.msmr.Msmr.fit`; also if the two branches have no potential in common.

        Examples
        --------
        >>> potential = np.linspace(0.01, 0.8, 200)
        >>> capacity = 350 * Msmr([0.2, 0.1], [0.4, 0.6], [1.0, 0.5]).lithiation(potential)
        >>> mine = Electrode.from_data(potential, capacity, reactions=2, per_gram_of="graphite")
        >>> round(float(mine.potential(0.5)), 3)
        0.118
        """
        _check.choice("branch", branch, BRANCHES)
        fits = {branch: Msmr.fit(potential, capacity, reactions, noise=noise)}
        if delithiation is not None:
            fits["delithiation"] = Msmr.fit(*delithiation, reactions, noise=noise)
        lower = max(fit.lower_potential for fit in fits.values())
        upper = min(fit.upper_potential for fit in fits.values())
        if not lower < upper:
            raise ValueError(
                f"delithiation must overlap the other branch in potential, got {lower:g} V above {upper:g} V"
            )
        between = {key: -np.diff(fit.curve.lithiation([lower, upper]))[0] * fit.capacity for key, fit in fits.items()}
        branches = {
            key: Branch(
                {name: fit.curve.normalized(lower, upper)},
                (fit.lower_potential, fit.upper_potential),
                f"user's data, {1e3 * fit.rms:.2f} mV rms",
            )
            for key, fit in fits.items()
        }
        later = between.get("delithiation", between[branch])
        return cls(name, branches, between[branch], per_gram_of, lower, upper, density, later)

    def crystalline_share(self, lowest_potential: Any = None) -> Any:
        """Share of the silicon's capacity that delithiates from Li15Si4.

        Parameters
        ----------
        lowest_potential : array_like, optional
            Lowest potential of the lithiation before, in V; the electrode's lower limit if not given.

        Returns
        -------
        float or numpy.ndarray
            Expected value under the uncertain onset; 0 for an electrode without this phase.
        """
        lowest = self.lower_limit if lowest_potential is None else lowest_potential
        if self.phase_change is None:
            return 0.0 * np.asarray(_check.finite("lowest_potential", lowest, "V"))
        return self.phase_change.share * self.phase_change.probability(lowest)

    def branch(self, name: str, lowest_potential: float | None = None) -> Branch:
        """Return one branch.

        Parameters
        ----------
        name : {"first lithiation", "lithiation", "delithiation"}
        lowest_potential : float, optional
            For the delithiation: lowest potential of the lithiation before, in V. Below the onset of Li15Si4 its
            plateau appears. The electrode's lower limit if not given.

        Returns
        -------
        Branch
        """
        _check.choice("branch", name, BRANCHES)
        if name != "delithiation" or self.phase_change is None:
            return self._plain(name)
        share = float(self.crystalline_share(lowest_potential))
        if share not in self._mixtures:
            if len(self._mixtures) >= 16:
                self._mixtures.clear()
            self._mixtures[share] = self._mixed(share)
        return self._mixtures[share]

    @cached_property
    def _mixtures(self) -> dict[float, Branch]:
        """The last few delithiation branches, by their share of Li15Si4: making one costs more than using it."""
        return {}

    def _plain(self, name: str) -> Branch:
        """Return the branch of that name, or the one that stands in for it; no mixing."""
        return self.branches[next(key for key in (name, *STAND_INS[name]) if key in self.branches)]

    def _mixed(self, share: float) -> Branch:
        """Delithiation with the given share of the silicon in Li15Si4."""
        amorphous, crystalline = self.branches["delithiation"], self.branches[CRYSTALLINE]
        if share == 0:
            return amorphous
        parts = {
            part: curve
            if same(crystalline.parts[part], curve)
            else curve.scaled(1 - share) + crystalline.parts[part].scaled(share)
            for part, curve in amorphous.parts.items()
        }
        measured = common_range([amorphous.measured, crystalline.measured])
        return Branch(parts, measured, f"{amorphous.source}; {crystalline.source}")

    def potential(self, lithiation: Any, branch: str = "lithiation", lowest_potential: Any = None) -> Any:
        """Equilibrium potential on a branch.

        Parameters
        ----------
        lithiation : array_like
            Between 0 and 1.
        branch : {"first lithiation", "lithiation", "delithiation"}, optional
        lowest_potential : array_like, optional
            See :meth:`branch`; an array is broadcast against `lithiation`.

        Returns
        -------
        float or numpy.ndarray
            In V vs Li/Li+.

        Raises
        ------
        ValueError
            If a lithiation lies outside 0 to 1 or the branch is unknown.

        Examples
        --------
        >>> from sicell import electrodes
        >>> graphite = electrodes.graphite()
        >>> bool(graphite.potential(0.7, "delithiation") > graphite.potential(0.7, "lithiation"))
        True
        """
        lithiation = checked_lithiation(lithiation)
        if np.ndim(lowest_potential) == 0 or self.phase_change is None or branch != "delithiation":
            curve = self.branch(branch, None if np.ndim(lowest_potential) else lowest_potential).curve
            return curve.potential(lithiation)
        lithiation, share = np.broadcast_arrays(lithiation, self.crystalline_share(lowest_potential))
        pure = self.branches["delithiation"].curve, self.branches[CRYSTALLINE].curve
        return invert_mixture(np.asarray(lithiation, dtype=float), share, *pure)

    def lithiation(self, potential: Any, branch: str = "lithiation", lowest_potential: Any = None) -> Any:
        """Lithiation on a branch at a potential: the inverse of :meth:`potential`.

        Parameters
        ----------
        potential : array_like
            In V vs Li/Li+. Outside the limits the result lies outside 0 to 1, by the tails of the reactions.
        branch, lowest_potential : optional
            As for :meth:`potential`.

        Returns
        -------
        float or numpy.ndarray
        """
        if np.ndim(lowest_potential) == 0 or self.phase_change is None or branch != "delithiation":
            curve = self.branch(branch, None if np.ndim(lowest_potential) else lowest_potential).curve
            return curve.lithiation(potential)
        share = self.crystalline_share(lowest_potential)
        amorphous = self.branches["delithiation"].curve.lithiation(potential)
        return (1 - share) * amorphous + share * self.branches[CRYSTALLINE].curve.lithiation(potential)

    def differential_capacity(
        self, potential: Any, branch: str = "lithiation", lowest_potential: float | None = None
    ) -> Any:
        """Differential capacity -d(lithiation)/dE on a branch, in 1/V.

        Times the specific capacity it is in mAh/g per V. Parameters as for :meth:`lithiation`.

        Returns
        -------
        float or numpy.ndarray
        """
        return self.branch(branch, lowest_potential).curve.differential_capacity(potential)

    def contributions(
        self, potential: Any, branch: str = "lithiation", lowest_potential: float | None = None
    ) -> pd.DataFrame:
        """Lithiation of each part (silicon, carbon, …) at a potential.

        Parameters
        ----------
        potential : array_like, shape (points,)
            In V vs Li/Li+.
        branch, lowest_potential : optional
            As for :meth:`potential`.

        Returns
        -------
        pandas.DataFrame
            Indexed by ``Voltage / V``, a column for each part. The rows add up to :meth:`lithiation`.
        """
        index = pd.Index(np.atleast_1d(np.asarray(potential, dtype=float)), name="Voltage / V")
        parts = self.branch(branch, lowest_potential).parts
        return pd.DataFrame({part: curve.lithiation(index.to_numpy()) for part, curve in parts.items()}, index=index)

    def extrapolated(self, potential: Any, branch: str = "lithiation") -> np.ndarray:
        """Tell where a potential lies outside the range in which the branch was measured.

        Returns
        -------
        numpy.ndarray of bool
        """
        return self.branch(branch).extrapolated(potential)

    def capacity_between(
        self, lower_potential: Any, upper_potential: Any, branch: str = "lithiation", first_cycle: bool | None = None
    ) -> Any:
        """Capacity that a branch takes or gives between two potentials, in mAh/g.

        Parameters
        ----------
        lower_potential, upper_potential : array_like
            In V vs Li/Li+.
        branch : optional
            As for :meth:`potential`.
        first_cycle : bool, optional
            True to scale by ``specific_capacity`` (the first half-cycle, for a cathode its first charge), False by
            ``reversible_capacity``. If not given, only the first lithiation is the first half-cycle.

        Returns
        -------
        float or numpy.ndarray
        """
        first = branch == "first lithiation" if first_cycle is None else first_cycle
        capacity = self.specific_capacity if first else self.reversible_capacity
        return capacity * (self.lithiation(lower_potential, branch) - self.lithiation(upper_potential, branch))

    def tabulate(
        self, branch: str = "lithiation", points: int = 4096, lowest_potential: float | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Tabulate a branch on an evenly spaced grid of potentials, for work that needs millions of look-ups.

        Parameters
        ----------
        branch, lowest_potential : optional
            As for :meth:`potential`.
        points : int, optional
            At least 2.

        Returns
        -------
        potential, lithiation : numpy.ndarray, shape (points,)
            Potential rising from the lower to the upper limit; lithiation falling from 1 to 0.
        """
        if points < 2:
            raise ValueError(f"points must be at least 2, got {points}")
        potential = np.linspace(self.lower_limit, self.upper_limit, points)
        return potential, self.lithiation(potential, branch, lowest_potential)

    def follow(self, lithiation: Any) -> pd.DataFrame:
        """Potential along a path of lithiations, starting with a fresh electrode.

        While more lithium goes in than ever before, the path is on the first lithiation; up to the earlier maximum it
        is on the (later) lithiation branch; while lithium comes out, it is on the delithiation, with the plateau of
        Li15Si4 as far as the lowest potential of the lithiation before allows. On reversal the potential steps from
        branch to branch: scanning curves inside the hysteresis loop are not modelled.

        Parameters
        ----------
        lithiation : array_like, shape (points,)
            Between 0 and 1, in the order in which it is passed through; at least 2 points.

        Returns
        -------
        pandas.DataFrame
            Columns ``Lithiation / 1``, ``Voltage / V``, ``Branch``.
        """
        path = np.atleast_1d(_check.between("lithiation", lithiation, 0, 1))
        if path.ndim != 1 or path.size < 2:
            raise ValueError(f"lithiation must be a list of at least 2 points, got shape {np.shape(lithiation)}")
        rising = np.diff(path, prepend=path[0]) > 0
        rising[0] = path[1] >= path[0]
        starts = np.flatnonzero(np.diff(rising, prepend=not rising[0]))
        potential, names = np.empty(path.size), np.empty(path.size, dtype=object)
        most, lowest = -np.inf, self.upper_limit
        for start, stop in zip(starts, [*starts[1:], path.size], strict=True):
            leg = slice(start, stop)
            if rising[start]:
                known = path[leg] <= most
                names[leg] = np.where(known, "lithiation", "first lithiation")
                potential[leg] = np.where(
                    known, self.potential(path[leg], "lithiation"), self.potential(path[leg], "first lithiation")
                )
                most, lowest = max(most, path[stop - 1]), potential[stop - 1]
            else:
                names[leg] = "delithiation"
                potential[leg] = self.potential(path[leg], "delithiation", lowest)
        return pd.DataFrame({"Lithiation / 1": path, "Voltage / V": potential, "Branch": names})
