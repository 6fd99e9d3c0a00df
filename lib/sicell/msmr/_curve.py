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
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import constants

from sicell import _check
from sicell._solve._roots import find_root
from sicell.msmr._fit import MsmrFit, fit_reactions

# R/F in V/K.
_GAS_OVER_FARADAY = constants.R / constants.physical_constants["Faraday constant"][0]
# Points worked on at once: the temporaries of one block stay in the processor's cache.
_BLOCK = 8192
# Knots of one reaction in units of its width; dense where the logistic function bends, out to 1e-16 of its fraction.
_KNOTS = np.concatenate([-np.geomspace(37.0, 6.0, 40), np.linspace(-5.9, 5.9, 160), np.geomspace(6.0, 37.0, 40)])


def _blocks(function: Any, values: np.ndarray) -> np.ndarray:
    """Apply `function` to `values` block by block and keep the shape."""
    flat = np.ascontiguousarray(values).reshape(-1)
    result = np.empty_like(flat)
    for start in range(0, flat.size, _BLOCK):
        result[start : start + _BLOCK] = function(flat[start : start + _BLOCK])
    return result.reshape(values.shape)


def _as_given(result: np.ndarray) -> Any:
    """Return a float for a scalar, else the array."""
    return float(result) if result.ndim == 0 else result


@dataclass(frozen=True, eq=False)
class Msmr:
    """A potential curve made of reactions.

    Parameters
    ----------
    potentials : array_like, shape (..., reactions)
        Potential of each reaction at half occupancy, in V vs Li/Li+. Leading axes are those of many curves at once,
        such as draws; a potential or a lithiation is then broadcast against them.
    fractions : array_like, shape (..., reactions)
        Lithium that each reaction takes, in the unit of the lithiation (for most uses a fraction of the host's
        capacity; a blend may carry mAh/g). Positive.
    widths : array_like, shape (..., reactions)
        Width of each reaction, in units of RT/F. Positive.
    temperature : float, optional
        In K. The widths in volts grow in proportion to it; potentials and fractions are taken as constant.
    offset : float or array_like, optional
        Lithiation far above all reactions.

    Raises
    ------
    ValueError
        If the three arrays differ in length or are empty, or a value is not finite or not positive where it must be.

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

    potentials: np.ndarray
    fractions: np.ndarray
    widths: np.ndarray
    temperature: float = 298.15
    offset: float = 0.0

    def __post_init__(self) -> None:
        checked = {
            "potentials": np.atleast_1d(_check.finite("potentials", self.potentials, "V")),
            "fractions": np.atleast_1d(_check.positive("fractions", self.fractions)),
            "widths": np.atleast_1d(_check.positive("widths", self.widths)),
        }
        lengths = {name: values.shape for name, values in checked.items()}
        if len({shape[-1] for shape in lengths.values()}) != 1 or not checked["potentials"].size:
            described = ", ".join(f"{name} {shape}" for name, shape in lengths.items())
            raise ValueError(f"potentials, fractions and widths must be lists of one length, got {described}")
        shape = np.broadcast_shapes(*lengths.values(), (*np.shape(self.offset), 1))
        order = slice(None) if len(shape) > 1 else np.argsort(-checked["potentials"], kind="stable")
        for name, values in checked.items():
            values = np.broadcast_to(values, shape)[order]
            values.flags.writeable = False
            object.__setattr__(self, name, values)
        _check.positive("temperature", self.temperature, "K")
        _check.finite("offset", self.offset)

    def __repr__(self) -> str:
        if self.many:
            return f"Msmr({self.many} curves of {self.potentials.shape[-1]} reactions; {self.temperature:g} K)"
        centers = ", ".join(f"{value:.3f}" for value in self.potentials)
        return f"Msmr({self.potentials.size} reactions at {centers} V; {self.temperature:g} K)"

    @property
    def many(self) -> tuple[int, ...]:
        """Shape of the curves if there are many, else ()."""
        return self.potentials.shape[:-1]

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
        """Fit reactions to a measured quasi-equilibrium curve.

        The data may come in either direction (lithiation or delithiation), with capacity counted up or down from any
        zero, and may hold duplicated and non-monotone points. No initial guess is needed. Residuals are distances in
        potential where the curve is steep and in capacity where it is flat, so that plateaus and ends both count.

        Parameters
        ----------
        potential : array_like, shape (points,)
            In V vs Li/Li+.
        capacity : array_like, shape (points,)
            Capacity passed, in any unit (Ah, mAh/g, or normalised).
        reactions : int, optional
            Number of reactions.
        temperature : float, optional
            Temperature of the measurement, in K.
        noise : float, optional
            Potential error of the data, in V: differences smaller than this are not chased.
        offset : float, optional
            Lithiation far above all reactions. Fitted if None. Hold it at 0 for a host that is empty at the upper end
            of the data: nothing is then extrapolated beyond the tails of the reactions.
        starts : int, optional
            Number of starting points that are tried; the first two come from the data, the others are varied at random.
        seed : int, optional
            Seed of these variations.

        Returns
        -------
        MsmrFit
            Its ``curve`` gives lithiation from 0 (the least lithiated point) to 1 (the most lithiated) of the data;
            ``capacity`` is the capacity between the two, ``rms`` the root-mean-square error in V between 5 and 95 %
            lithiation, and ``standard_errors`` a table.

        Raises
        ------
        ValueError
            If the arrays differ in length, hold NaN, have too few points for that many reactions, have a constant
            potential or capacity, or a potential above 10 (given in mV by mistake).

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
        return result.finish(curve)

    @property
    def _scale(self) -> np.ndarray:
        """Width of each reaction in V."""
        return _GAS_OVER_FARADAY * self.temperature * self.widths

    @property
    def bounds(self) -> tuple[Any, Any]:
        """Lithiation far above and far below all reactions; neither is reached at a finite potential."""
        return self.offset, self.offset + _as_given(self.fractions.sum(axis=-1))

    @cached_property
    def _reactions(self) -> list[tuple[Any, Any, Any]]:
        """Potential, fraction and width in V of one reaction after the other."""
        values = (self.potentials, self.fractions, self._scale)
        return list(zip(*(np.ascontiguousarray(np.moveaxis(value, -1, 0)) for value in values), strict=True))

    def _occupancy(self, potential: np.ndarray) -> np.ndarray:
        """Lithiation of one block."""
        total = np.zeros(np.broadcast_shapes(potential.shape, self.many)) + self.offset
        with np.errstate(over="ignore"):
            for center, fraction, scale in self._reactions:
                term = np.asarray(np.exp((potential - center) / scale))
                term += 1.0
                np.divide(fraction, term, out=term)
                total += term
        return total

    def _occupancy_and_slope(self, potential: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lithiation and its (positive) slope -d(lithiation)/dE of one block."""
        total = np.zeros(np.broadcast_shapes(potential.shape, self.many)) + self.offset
        slope = np.zeros_like(total)
        with np.errstate(over="ignore"):
            for center, fraction, scale in self._reactions:
                term = np.asarray(np.exp((potential - center) / scale))
                term += 1.0
                np.reciprocal(term, out=term)
                total += fraction * term
                term *= 1.0 - term
                slope += (fraction / scale) * term
        return total, slope

    def __call__(self, potential: np.ndarray) -> np.ndarray:
        """Lithiation at an array of potentials in V that are known to be finite."""
        return self._occupancy(potential) if self.many else _blocks(self._occupancy, np.asarray(potential))

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
        return _as_given(function(values) if self.many else _blocks(function, values))

    def lithiation(self, potential: Any) -> Any:
        """Lithiation at a potential.

        Parameters
        ----------
        potential : array_like
            In V vs Li/Li+.

        Returns
        -------
        float or numpy.ndarray
            Of the shape of `potential`.
        """
        return self._evaluate(self._occupancy, potential)

    def differential_capacity(self, potential: Any) -> Any:
        """Differential capacity -d(lithiation)/dE at a potential, in 1/V (positive).

        Parameters
        ----------
        potential : array_like
            In V vs Li/Li+.

        Returns
        -------
        float or numpy.ndarray
        """
        return self._evaluate(lambda block: self._occupancy_and_slope(block)[1], potential)

    def contributions(self, potential: Any, differential: bool = False) -> np.ndarray:
        """Lithiation (or differential capacity) of each reaction by itself.

        Parameters
        ----------
        potential : array_like, shape (points,)
            In V vs Li/Li+.
        differential : bool, optional
            Give -d(lithiation)/dE in 1/V instead.

        Returns
        -------
        numpy.ndarray, shape (reactions, points)
            Rows in the order of :attr:`potentials`. Together with the offset they add up to :meth:`lithiation`.
        """
        values = np.atleast_1d(_check.finite("potential", potential, "V"))
        rows = []
        for reaction in zip(self.potentials, self.fractions, self.widths, strict=True):
            single = Msmr(*[[value] for value in reaction], temperature=self.temperature)
            rows.append(single.differential_capacity(values) if differential else single.lithiation(values))
        return np.array(rows)

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Lithiation (rising), potential and dE/d(lithiation) at knots that resolve every reaction."""
        knots = np.unique(self.potentials[:, None] + self._scale[:, None] * _KNOTS)[::-1]
        lithiation, slope = self._occupancy_and_slope(knots)
        lithiation, first = np.unique(np.maximum.accumulate(lithiation), return_index=True)
        return lithiation, knots[first], -1.0 / np.maximum(slope[first], 1e-300)

    def _invert(self, lithiation: np.ndarray) -> np.ndarray:
        """Potential of one block: cubic Hermite start from the table, then Newton steps kept inside the bracket."""
        table, knots, gradient = self._table
        index = np.clip(np.searchsorted(table, lithiation) - 1, 0, table.size - 2)
        low, high = knots[index + 1], knots[index]
        step = table[index + 1] - table[index]
        part = (lithiation - table[index]) / step
        start = high + (low - high) * part * part * (3.0 - 2.0 * part)
        tangent = (1.0 - part) * gradient[index] - part * gradient[index + 1]
        potential = np.clip(start + step * part * (1.0 - part) * tangent, low, high)
        tail = np.minimum(lithiation - self.bounds[0], self.bounds[1] - lithiation)
        # Most points are done after one step; the few others go on by themselves.
        todo = slice(None)
        for _ in range(80):
            here = potential[todo]
            value, slope = self._occupancy_and_slope(here)
            error = value - lithiation[todo]
            below = error > 0
            low[todo] = np.where(below, here, low[todo])
            high[todo] = np.where(below, high[todo], here)
            with np.errstate(divide="ignore", invalid="ignore"):
                newton = here + error / slope
            inside = (newton >= low[todo]) & (newton <= high[todo])
            here = np.where(inside, newton, 0.5 * (low[todo] + high[todo]))
            potential[todo] = here
            # A Newton step leaves about error²/(2 tail): below one in 1e14 of the tail once the error is 1e-7 of it.
            open_ = (np.abs(error) > 1e-7 * tail[todo]) & (high[todo] - low[todo] > 1e-15 + 1e-15 * np.abs(here))
            todo = np.arange(potential.size)[todo][open_]
            if not todo.size:
                break
        return potential

    def potential(self, lithiation: Any) -> Any:
        """Potential at a lithiation: the inverse of :meth:`lithiation`, by a bracketed search.

        Parameters
        ----------
        lithiation : array_like
            Strictly between the two :attr:`bounds`.

        Returns
        -------
        float or numpy.ndarray
            In V vs Li/Li+, of the shape of `lithiation`.

        Raises
        ------
        ValueError
            If a lithiation cannot be reached at any potential within 37 widths of all reactions.
        """
        if self.many:
            return self._potential_of_many(np.asarray(_check.finite("lithiation", lithiation), dtype=float))
        lowest, highest = float(self._table[0][0]), float(self._table[0][-1])
        # Rounding of a rescaled curve must not push its own end out of reach.
        slack = 1e-12 * (highest - lowest)
        _check.between("lithiation", lithiation, lowest - slack, highest + slack)
        return _as_given(_blocks(self._invert, np.clip(np.asarray(lithiation, dtype=float), lowest, highest)))

    def _potential_of_many(self, lithiation: np.ndarray) -> np.ndarray:
        """Inverse of many curves, each between the ends of its own reactions."""
        reach = 37.0 * self._scale
        low, high = (self.potentials - reach).min(axis=-1), (self.potentials + reach).max(axis=-1)
        shape = np.broadcast_shapes(lithiation.shape, self.many)
        found = find_root(
            lambda u: self._occupancy(u) - lithiation, np.broadcast_to(low, shape), np.broadcast_to(high, shape)
        )
        if np.isnan(found).any():
            bad = np.broadcast_to(lithiation, shape)[np.isnan(found)][0]
            raise ValueError(f"lithiation must be one that every curve reaches, got {bad:g}")
        return found

    def at_temperature(self, temperature: float) -> Msmr:
        """Return the same reactions at another temperature.

        Parameters
        ----------
        temperature : float
            In K.

        Returns
        -------
        Msmr
        """
        return replace(self, temperature=temperature)

    def scaled(self, factor: float, offset: float = 0.0) -> Msmr:
        """Return the curve whose lithiation is ``offset + factor * lithiation``.

        Parameters
        ----------
        factor : float or array_like
            Positive.
        offset : float or array_like, optional

        Returns
        -------
        Msmr
        """
        factor = np.asarray(_check.positive("factor", factor))
        offset = _as_given(np.asarray(offset + factor * self.offset))
        return replace(self, fractions=factor[..., None] * self.fractions, offset=offset)

    def shifted(self, potential: Any) -> Msmr:
        """Return the curve at potentials higher by `potential`, in V, a number or one for each of many curves."""
        return replace(self, potentials=self.potentials + np.asarray(potential)[..., None])

    def normalized(self, lower_potential: float, upper_potential: float) -> Msmr:
        """Return the curve rescaled to lithiation 1 at `lower_potential` and 0 at `upper_potential`.

        Parameters
        ----------
        lower_potential, upper_potential : float or array_like
            In V vs Li/Li+; the upper one must be higher.

        Returns
        -------
        Msmr

        Raises
        ------
        ValueError
            If the potentials are swapped or the curve takes no lithium between them.
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
            joined("potentials"),
            joined("fractions"),
            joined("widths"),
            self.temperature,
            self.offset + other.offset,
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a table with one row for each reaction.

        Returns
        -------
        pandas.DataFrame
            Columns ``potential``, ``fraction``, ``width``.
        """
        return pd.DataFrame({"potential": self.potentials, "fraction": self.fractions, "width": self.widths})
