"""The electrode: its parts at one potential, the state they are in, and the path that leads on from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell.electrodes._parts import BRANCHES, CRYSTALLINE, Branch, Part, PhaseChange, common_range, same
from sicell.electrodes._path import Path, State
from sicell.msmr import Msmr

__all__ = ["Electrode"]


@dataclass(frozen=True, eq=False, repr=False)
class Electrode:
    """An electrode: parts that share one potential, each with its branches.

    Parameters of the parts may have leading axes, such as draws: the electrode then stands for as many electrodes.

    Attributes
    ----------
    name : str
    parts : sequence of Part
        Their shares add up to 1.
    specific_capacity : float or array_like
        Capacity between the limits in the first half-cycle, in mAh/g.
    per_gram_of : str
        What the gram is.
    lower_limit, upper_limit : float or array_like
        Potentials of lithiation 1 and 0, in V vs Li/Li+.
    density : float, optional
        In g/cm3, without pores.
    reversible_capacity : float or array_like, optional
        Capacity between the limits in later half-cycles, in mAh/g; that of the reversible parts if not given.
    turns : {"lithium", "potential"}
        What stays the same when the electrode is reversed for the first time: its lithium, while the potential steps
        to the other branch (an anode), or its potential, while the loss of the first cycle is that of the curves (an
        oxide).
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
    turns: str = "lithium"
    sample: Callable[[Any], Electrode] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _check.positive("specific_capacity", self.specific_capacity, "mAh/g")
        _check.choice("turns", self.turns, ("lithium", "potential"))
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
            Potential error of the data, in V. :meth:`sicell.balancing.FullCell.uncertainty` shifts the curves by it.

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
        later = between.get("delithiation", between[branch]) / between[branch]

        def make(shift: Any = 0.0) -> Electrode:
            branches = {
                key: Branch(
                    {name: fit.curve.shifted(shift).normalized(lower, upper)},
                    (fit.lower_potential, fit.upper_potential),
                    f"user's data, {1e3 * fit.rms:.2f} mV rms",
                )
                for key, fit in fits.items()
            }
            part = Part(name, branches, retained=later)
            return cls(name, [part], between[branch], per_gram_of, lower, upper, density, sample=sample)

        def sample(draws: Any) -> Electrode:
            error = max(noise, *(fit.rms for fit in fits.values()))
            return make(draws.within(0.0, -1.96 * error, 1.96 * error, "curves", f"{name}: shift"))

        return make()

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
            return Part(one.name, branches, flat(one.share), flat(one.retained), one.reversible, change)

        return replace(
            self,
            parts=[part(one) for one in self.parts],
            specific_capacity=flat(self.specific_capacity),
            reversible_capacity=flat(self.reversible_capacity),
            lower_limit=flat(self.lower_limit),
            upper_limit=flat(self.upper_limit),
        )

    @property
    def phase_change(self) -> PhaseChange | None:
        """That of the part that has one."""
        return next((part.phase_change for part in self.parts if part.phase_change is not None), None)

    @property
    def side_reactions(self) -> dict[str, Any]:
        """Shares of the first half-cycle's capacity that are not the active material's: assumed terms, kept apart."""
        return {part.name: part.share for part in self.parts if part.name in ("nanofibers", "electrolyte")}

    def start(self, full: bool = False) -> State:
        """State of an electrode as it is assembled: empty at its upper limit, or full at its lower one.

        Parameters
        ----------
        full : bool, optional

        Returns
        -------
        State
        """
        return State(float(full), self.lower_limit if full else self.upper_limit, self.lower_limit)

    def follow(self, state: State, direction: str) -> Path:
        """Lithium against potential, near equilibrium, from a state on.

        Parameters
        ----------
        state : State
            From :meth:`start`, or where another path stopped.
        direction : {"lithiation", "delithiation"}

        Returns
        -------
        Path
            ``path.lithium(potential)`` and its inverse ``path.potential(lithium)``; ``path.stop(potential)`` is the
            state there.

        Examples
        --------
        >>> from sicell import electrodes
        >>> anode = electrodes.silicon()
        >>> half = anode.follow(anode.start(), "lithiation").stop(0.08)
        >>> back = anode.follow(half, "delithiation")
        >>> bool(back.potential(half.lithium) > 0.08)
        True
        """
        _check.choice("direction", direction, BRANCHES[1:])
        if state.fresh and direction == ("lithiation" if self.turns == "lithium" else "delithiation"):
            return self._path("first lithiation" if direction == "lithiation" else direction, state)
        ratio = self.reversible_capacity / self.specific_capacity
        turned = replace(state, fresh=False)
        if state.fresh and self.turns == "potential":
            kept = state.lithium - self._path(direction, turned, state.left * ratio).lithium(state.potential)
            turned = replace(turned, kept=kept)
        elif state.fresh:
            turned = replace(turned, kept=state.lithium * (1 - ratio))
        return self._path(direction, turned, state.left * ratio, turned.kept)

    def loop(self, branch: str, lowest_potential: Any = None) -> Path:
        """One branch of the full loop between the limits as a path of lithiation; arguments as for :meth:`branch`."""
        _check.choice("branch", branch, BRANCHES)
        lowest = self.lower_limit if lowest_potential is None else lowest_potential
        return self._path(branch, State(0.0, self.upper_limit, _check.finite("lowest_potential", lowest, "V")))

    def _path(self, name: str, state: State, scale: Any = 1.0, offset: Any = 0.0) -> Path:
        """Path on one branch of all parts at once, in a lithiation scaled and shifted."""
        branch = self._pure(name)
        if name != "delithiation" or self.phase_change is None:
            mixture = [(branch, scale)]
        else:
            share = self.crystalline_share(state.lowest)
            other = self._pure(CRYSTALLINE)
            mixture = [(branch, scale * (1 - share)), (other, scale * share)]
            branch = Branch({}, common_range([branch.measured, other.measured]), f"{branch.source}; {other.source}")
        mixture = [(one, weight) for one, weight in mixture if np.any(weight)]
        members = [(part, curve, weight) for one, weight in mixture for part, curve in one.parts.items()]
        functions, weights = [one.curve for one, _ in mixture], [weight for _, weight in mixture]
        return Path(self, name, state, functions, weights, offset, members, branch)

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

    @cached_property
    def _kept(self) -> dict[Any, Branch]:
        """Branches of the whole electrode: making one costs more than using it."""
        return {}

    def _pure(self, name: str) -> Branch:
        """Return a branch of the whole electrode, or what stands in for it; no mixing."""
        if name not in self._kept:
            first = name == "first lithiation"
            members = [part for part in self.parts if first or part.reversible]
            weights = [part.share if first else part.share * part.retained for part in members]
            found = [part.branch(name) for part in members]
            total = sum(weights)
            curves = {
                part.name: one.curve if len(members) == 1 else one.curve.scaled(np.maximum(weight / total, 1e-300))
                for part, one, weight in zip(members, found, weights, strict=True)
                if np.any(weight)
            }
            sources = dict.fromkeys(
                one.source if len(members) == 1 else f"{part.name}: {one.source}"
                for part, one in zip(members, found, strict=True)
            )
            self._kept[name] = Branch(curves, common_range([one.measured for one in found]), "; ".join(sources))
        return self._kept[name]

    def branch(self, name: str, lowest_potential: float | None = None) -> Branch:
        """Return one branch of the full loop.

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
            return self._pure(name)
        share = float(self.crystalline_share(lowest_potential))
        if share not in self._kept:
            if len(self._kept) >= 20:
                self._kept.clear()
            amorphous, crystalline = self._pure(name), self._pure(CRYSTALLINE)
            parts = {
                part: curve
                if share == 0 or same(crystalline.parts[part], curve)
                else curve.scaled(1 - share) + crystalline.parts[part].scaled(share)
                for part, curve in amorphous.parts.items()
            }
            measured = common_range([amorphous.measured, crystalline.measured])
            sources = f"{amorphous.source}; {crystalline.source}"
            self._kept[share] = amorphous if share == 0 else Branch(parts, measured, sources)
        return self._kept[share]

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
        lithiation = np.asarray(_check.finite("lithiation", lithiation))
        # Rounding at the ends is forgiven.
        ends = np.clip(lithiation, 0.0, 1.0)
        lithiation = _check.between("lithiation", np.where(np.abs(lithiation - ends) < 1e-12, ends, lithiation), 0, 1)
        if np.ndim(lowest_potential) == 0:
            return self.branch(branch, lowest_potential).curve.potential(lithiation)
        lithiation, lowest = np.broadcast_arrays(lithiation, _check.finite("lowest_potential", lowest_potential, "V"))
        return self.loop(branch, lowest).potential(lithiation)

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
        if np.ndim(lowest_potential) == 0 and not self.many:
            return self.branch(branch, lowest_potential).curve.lithiation(potential)
        return self.loop(branch, lowest_potential).lithium(_check.finite("potential", potential, "V"))

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
