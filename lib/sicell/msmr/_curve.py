"""Electrode potentials as a sum of reactions: the multi-species, multi-reaction (MSMR) curve.

Lithium in a host is shared out among a few reactions. Reaction *j* takes the fraction ``X_j`` of the lithium around
its potential ``U_j``, spread by a width ``omega_j`` (1 is an ideal lattice gas, less than 1 means attraction between
the inserted ions, down to the flat plateau of two coexisting phases)::

    lithiation(E) = offset + sum_j X_j / (1 + exp[F (E - U_j) / (R T omega_j)])

Lithiation rises as the potential falls. The sum of two such curves is another one, so electrodes that share one
potential (a blend) need nothing new, and every branch of an electrode is one :class:`Msmr`.

References
----------
M. Verbrugge, D. Baker, B. Koch, X. Xiao, W. Gu, J. Electrochem. Soc. 164 (2017) E3243, doi:10.1149/2.0341708jes.
D. R. Baker, M. W. Verbrugge, J. Electrochem. Soc. 165 (2018) A3952, doi:10.1149/2.0771816jes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell.msmr._fit import FittedReactions, fit_reactions
from sicell.msmr._reactions import Reactions, as_given, blocks


@dataclass(frozen=True, eq=False)
class Msmr(Reactions):
    """A potential curve made of reactions.

    Raises ValueError if the three arrays differ in length or are empty, or a value is not finite or not positive where
    it must be.

    Parameters
    ----------
    potentials : array_like, shape (..., reactions)
        Potential of each reaction at half occupancy, in V vs Li/Li+. Leading axes are those of many curves at once,
        such as draws; a potential or a lithiation is then broadcast against them.
    fractions, widths : array_like, shape (..., reactions)
        Lithium that each reaction takes, in the unit of the lithiation (for most uses a fraction of the host's
        capacity; a blend may carry mAh/g), and its width in units of RT/F. Positive.
    temperature : float, optional
        In K. The widths in volts grow in proportion to it; potentials and fractions are taken as constant.
    offset : float or array_like, optional
        Lithiation far above all reactions.

    Examples
    --------
    A single ideal reaction is half full at its own potential, and its differential capacity there is F/(4RT):

    >>> curve = Msmr([0.1], [1.0], [1.0])
    >>> curve.lithiation(0.1)
    0.5
    >>> round(curve.potential(0.5), 12)
    0.1
    >>> round(curve.differential_capacity(0.1), 2)
    9.73
    """

    def __repr__(self) -> str:
        if self.many:
            return f"Msmr({self.many} curves of {self.potentials.shape[-1]} reactions; {self.temperature:g} K)"
        centers = ", ".join(f"{value:.3f}" for value in self.potentials)
        return f"Msmr({self.potentials.size} reactions at {centers} V; {self.temperature:g} K)"

    @classmethod
    def fit(
        cls,
        potential: Any,
        capacity: Any,
        reactions: int = 5,
        *,
        temperature: float = 298.15,
        noise: float = 1e-3,
        offset: float | None = None,
        starts: int = 6,
        seed: int = 0,
    ) -> MsmrFit:
        """Fit reactions to a measured quasi-equilibrium curve; no initial guess is needed.

        The data may come in either direction (lithiation or delithiation), with capacity counted up or down from any
        zero, and may hold duplicated and non-monotone points. Residuals are distances in potential where the curve is
        steep and in capacity where it is flat, so that plateaus and ends both count.

        Raises ValueError if the arrays differ in length, hold NaN, have too few points for that many reactions, have a
        constant potential or capacity, or a potential above 10 (given in mV by mistake).

        Parameters
        ----------
        potential, capacity : array_like, shape (points,)
            In V vs Li/Li+, and passed in any unit (Ah, mAh/g, or normalised).
        reactions : int, optional
        temperature : float, optional
            Of the measurement, in K.
        noise : float, optional
            Potential error of the data, in V: differences smaller than this are not chased.
        offset : float, optional
            Lithiation far above all reactions. Fitted if None. Hold it at 0 for a host that is empty at the upper end
            of the data: nothing is then extrapolated beyond the tails of the reactions.
        starts, seed : int, optional
            Starting points that are tried: the first two come from the data, the others are varied at random.

        Examples
        --------
        >>> truth = Msmr([0.2, 0.1], [0.4, 0.6], [1.0, 0.5])
        >>> potential = np.linspace(0.01, 0.5, 200)
        >>> fit = Msmr.fit(potential, 5.0 * truth.lithiation(potential), reactions=2)
        >>> [round(float(value), 4) for value in fit.curve.potentials]
        [0.2, 0.1]
        >>> fit.rms < 1e-5
        True
        """
        result = fit_reactions(potential, capacity, reactions, temperature, noise, offset, starts, seed)
        curve = cls(result.potentials, result.fractions, result.widths, temperature, result.offset)
        return MsmrFit.of(curve, result)

    def spread(self, shape: tuple[int, ...]) -> Msmr:
        """Return one curve for each cell of a shape, flattened; a single curve is that of all cells as it is."""
        if not self.many and np.ndim(self.offset) == 0:
            return self
        flat = (np.broadcast_to(v, (*shape, v.shape[-1])) for v in (self.potentials, self.fractions, self.widths))
        flat = [value.reshape(-1, value.shape[-1]) for value in flat]
        return Msmr(*flat, self.temperature, np.broadcast_to(self.offset, shape).ravel())

    def take(self, cells: Any) -> Msmr:
        """Return one of many curves (an index), or several of them."""
        if not self.many:
            return self
        values = (getattr(self, name)[cells] for name in ("potentials", "fractions", "widths"))
        return Msmr(*values, self.temperature, self.offset[cells] if np.ndim(self.offset) else self.offset)

    def _evaluate(self, function: Any, potential: Any) -> Any:
        """Check potentials and apply `function` to them, block by block for one curve."""
        values = np.asarray(_check.finite("potential", potential, "V"), dtype=float)
        return as_given(function(values) if self.many else blocks(function, values))

    def lithiation(self, potential: Any) -> Any:
        """Return the lithiation at potentials in V vs Li/Li+, in their shape."""
        return self._evaluate(self._occupancy, potential)

    def differential_capacity(self, potential: Any) -> Any:
        """Return the differential capacity -d(lithiation)/dE at potentials in V, in 1/V (positive)."""
        return self._evaluate(lambda block: self._occupancy_and_slope(block)[1], potential)

    def contributions(self, potential: Any, differential: bool = False) -> np.ndarray:
        """Return the lithiation of each reaction, or its -d(lithiation)/dE in 1/V, at potentials of shape (n,).

        Rows, shape (reactions, n), stand in the order of :attr:`potentials`; with the offset they add up to
        :meth:`lithiation`.
        """
        values = np.atleast_1d(_check.finite("potential", potential, "V"))
        rows = []
        for reaction in zip(self.potentials, self.fractions, self.widths, strict=True):
            single = Msmr(*[[value] for value in reaction], temperature=self.temperature)
            rows.append(single.differential_capacity(values) if differential else single.lithiation(values))
        return np.array(rows)

    def potential(self, lithiation: Any) -> Any:
        """Return the potential in V vs Li/Li+ at lithiations strictly between the two :attr:`bounds`.

        The inverse of :meth:`lithiation`, by a bracketed search. Raises ValueError if a lithiation cannot be reached at
        any potential within 37 widths of all reactions.
        """
        if self.many:
            return self._potential_of_many(np.asarray(_check.finite("lithiation", lithiation), dtype=float))
        lowest, highest = float(self._table[0][0]), float(self._table[0][-1])
        # Rounding of a rescaled curve must not push its own end out of reach.
        slack = 1e-12 * (highest - lowest)
        _check.between("lithiation", lithiation, lowest - slack, highest + slack)
        return as_given(blocks(self._invert, np.clip(np.asarray(lithiation, dtype=float), lowest, highest)))

    def scaled(self, factor: float, offset: float = 0.0) -> Msmr:
        """Return the curve whose lithiation is ``offset + factor * lithiation``; the factor is positive."""
        factor = np.asarray(_check.positive("factor", factor))
        offset = as_given(np.asarray(offset + factor * self.offset))
        return replace(self, fractions=factor[..., None] * self.fractions, offset=offset)

    def shifted(self, potential: Any) -> Msmr:
        """Return the curve at potentials higher by `potential`, in V, a number or one for each of many curves."""
        return replace(self, potentials=self.potentials + np.asarray(potential)[..., None])

    def normalized(self, lower_potential: float, upper_potential: float) -> Msmr:
        """Return the curve rescaled to lithiation 1 at `lower_potential` and 0 at `upper_potential`, in V.

        Raises ValueError if the potentials are swapped or the curve takes no lithium between them.
        """
        if not np.all(np.less(lower_potential, upper_potential)):
            raise ValueError(
                f"lower_potential must be below upper_potential (in V), got {np.max(lower_potential):g} and "
                f"{np.min(upper_potential):g}"
            )
        full, empty = self.lithiation(lower_potential), self.lithiation(upper_potential)
        if not np.all(full - empty > 1e-12 * self.fractions.sum(axis=-1)):
            raise ValueError(f"{self!r} takes no lithium between {lower_potential} and {upper_potential} V")
        return self.scaled(1.0 / (full - empty), -empty / (full - empty))

    def __add__(self, other: Msmr) -> Msmr:
        """Add two curves at common potential: the lithiations add."""
        if not isinstance(other, Msmr):
            return NotImplemented
        if other.temperature != self.temperature:
            raise ValueError(f"temperatures must agree (in K), got {self.temperature:g} and {other.temperature:g}")
        many = np.broadcast_shapes(self.many, other.many)

        def joined(name: str) -> np.ndarray:
            both = (getattr(curve, name) for curve in (self, other))
            return np.concatenate([np.broadcast_to(value, (*many, value.shape[-1])) for value in both], axis=-1)

        return Msmr(
            joined("potentials"), joined("fractions"), joined("widths"), self.temperature, self.offset + other.offset
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a table with one row for each reaction: ``potential``, ``fraction``, ``width``."""
        return pd.DataFrame({"potential": self.potentials, "fraction": self.fractions, "width": self.widths})


@dataclass(frozen=True, eq=False, repr=False)
class MsmrFit:
    """A fitted curve and how good it is.

    Attributes
    ----------
    curve, capacity : Msmr, float
        Lithiation from 0 to 1 over the range of the data, and the capacity between, in the unit of the data.
    rms, rms_all : float
        Root-mean-square error of the potential between 5 and 95 % lithiation, and over all of the data, in V.
    lower_potential, upper_potential : float
        Range of the data, in V: outside it the curve is an extrapolation.
    standard_errors : pandas.DataFrame
        Standard errors of ``potential`` (V), ``fraction``, ``width``, a row for each reaction in the order of
        ``curve.potentials``; widened for residuals that are correlated from point to point. NaN for a parameter that
        the data do not determine.
    points : int
        Points used, after sorting and averaging.
    """

    curve: Msmr
    capacity: float
    rms: float
    rms_all: float
    lower_potential: float
    upper_potential: float
    standard_errors: pd.DataFrame
    points: int

    def __repr__(self) -> str:
        return (
            f"MsmrFit({self.curve!r}, rms {1e3 * self.rms:.2f} mV within 5-95 %, "
            f"data from {self.lower_potential:.3f} to {self.upper_potential:.3f} V)"
        )

    def to_frame(self) -> pd.DataFrame:
        """Return parameters and standard errors side by side, one row for each reaction."""
        return self.curve.to_frame().join(self.standard_errors.add_suffix("_standard_error"))

    @classmethod
    def of(cls, curve: Msmr, found: FittedReactions) -> MsmrFit:
        """Compute the errors in potential with the inverse of the finished curve."""
        floor, ceiling = curve.bounds
        margin = 1e-9 * (ceiling - floor)
        reachable = np.clip(found.lithiation, floor + margin, ceiling - margin)
        error = curve.potential(reachable) - found.data
        middle = (found.lithiation >= 0.05) & (found.lithiation <= 0.95)
        rms = float(np.sqrt(np.mean(error[middle] ** 2))) if middle.any() else np.nan
        order = np.argsort(-found.potentials, kind="stable")
        table = pd.DataFrame(found.standard_errors[order], columns=["potential", "fraction", "width"])
        return cls(
            curve,
            found.capacity,
            rms,
            float(np.sqrt(np.mean(error**2))),
            float(found.data.min()),
            float(found.data.max()),
            table,
            found.data.size,
        )
