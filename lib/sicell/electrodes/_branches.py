"""Branches of the full loop between an electrode's limits, of all its parts together."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell.electrodes._parts import BRANCHES, CRYSTALLINE, Branch, Part, PhaseChange, common_range, same
from sicell.electrodes._path import Loop


class Branches:
    """What an :class:`Electrode` tells about its branches, whatever state it is in."""

    parts: Sequence[Part]
    specific_capacity: Any
    reversible_capacity: Any
    lower_limit: Any
    upper_limit: Any
    many: tuple[int, ...]

    @property
    def phase_change(self) -> PhaseChange | None:
        """That of the part that has one."""
        return next((part.phase_change for part in self.parts if part.phase_change is not None), None)

    def loop(self, branch: str, lowest_potential: Any = None) -> Loop:
        """One branch of the full loop between the limits, as lithiation; arguments as for :meth:`branch`."""
        _check.choice("branch", branch, BRANCHES)
        if branch != "delithiation" or self.phase_change is None:
            return Loop((self._pure(branch).curve,), (1.0,))
        share = self.crystalline_share(lowest_potential)
        return Loop((self._pure(branch).curve, self._pure(CRYSTALLINE).curve), (1 - share, share))

    def crystalline_share(self, lowest_potential: Any = None) -> Any:
        """Expected share of the silicon's capacity that delithiates from Li15Si4; 0 without this phase.

        After a lithiation down to a potential in V: the electrode's lower limit if not given.
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
        """Return a branch of the full loop: ``"first lithiation"``, ``"lithiation"`` or ``"delithiation"``.

        For the delithiation the lowest potential of the lithiation before counts, in V: below the onset of Li15Si4 its
        plateau appears. It is the electrode's lower limit if not given.
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
        """Equilibrium potential in V vs Li/Li+ on a branch, at a lithiation of 0 to 1.

        Branch and lowest potential are as for :meth:`branch`; arrays broadcast. Raises ValueError if a lithiation lies
        outside 0 to 1 or the branch is unknown.

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
        """Lithiation on a branch at a potential in V vs Li/Li+: the inverse of :meth:`potential`.

        Outside the limits the result lies outside 0 to 1, by the tails of the reactions.
        """
        if np.ndim(lowest_potential) == 0 and not self.many:
            return self.branch(branch, lowest_potential).curve.lithiation(potential)
        return self.loop(branch, lowest_potential).lithium(_check.finite("potential", potential, "V"))

    def differential_capacity(
        self, potential: Any, branch: str = "lithiation", lowest_potential: float | None = None
    ) -> Any:
        """Differential capacity -d(lithiation)/dE on a branch, in 1/V.

        Times the specific capacity it is in mAh/g per V. Parameters as for :meth:`lithiation`.
        """
        return self.branch(branch, lowest_potential).curve.differential_capacity(potential)

    def contributions(
        self, potential: Any, branch: str = "lithiation", lowest_potential: float | None = None
    ) -> pd.DataFrame:
        """Lithiation of each part (silicon, carbon, …) at potentials (V vs Li/Li+) on a branch of :meth:`potential`.

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
        """Capacity that a branch takes or gives between two potentials (V vs Li/Li+), in mAh/g.

        Scaled by ``specific_capacity`` if `first_cycle` (the first half-cycle, for a cathode its first charge), else by
        ``reversible_capacity``. If not given, only the first lithiation is the first half-cycle.
        """
        first = branch == "first lithiation" if first_cycle is None else first_cycle
        capacity = self.specific_capacity if first else self.reversible_capacity
        return capacity * (self.lithiation(lower_potential, branch) - self.lithiation(upper_potential, branch))
