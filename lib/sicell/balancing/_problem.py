"""What a fit of a full cell is to explain, and its model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from sicell.balancing._blend_curve import BlendCurve
from sicell.balancing._half_cells import HalfCellCurve
from sicell.balancing._inhomogeneity import spread

# Share of the window over which a dV/dQ is taken.
STEP = 0.02
# How far a reference electrode may be off, in V.
_LARGEST_OFFSET = 0.2
# Largest spread of lithiation: no part of the electrode is emptier than empty then.
LARGEST_SPREAD = 0.08
# Which share of the polarization each channel has: a reference electrode is taken to lie halfway.
_POLARIZED = {"cell": 1.0, "anode": -0.5, "cathode": 0.5}
_POSITIVE = {"cell": 1.0, "anode": 0.0, "cathode": 1.0}
_NEGATIVE = {"cell": -1.0, "anode": 1.0, "cathode": 0.0}


@dataclass(frozen=True, eq=False)
class CellProblem:
    """Voltage, and potentials of the electrodes if measured, against place in the window (0 discharged to 1 charged).

    Parameters are x_0, x_100, y_0, y_100, and of the share of a blend's first part, the polarization, the square of the
    inhomogeneity and the offset of the reference electrode those that are fitted. Residuals are mixed so that the
    channels tell independent things, all in V. Below them come those in dV/dQ: differences between points a step apart,
    times a weight.
    """

    negative: HalfCellCurve | BlendCurve
    positive: HalfCellCurve
    place: np.ndarray  #: (points,)
    channels: tuple[str, ...]
    values: np.ndarray  #: (channels, points)
    sign: float
    polarization: float | None
    weights: np.ndarray  #: (channels,): Of dV/dQ
    mixing: np.ndarray  #: (channels, channels)
    inhomogeneity: float | None = 0.0
    reference_offset: float = 0.0  #: Standard deviation of what is known about the offset, in V; 0: there is none
    ridge: float = 0.0  #: Weight of that knowledge among the squares of residuals

    @cached_property
    def extra(self) -> dict[str, int]:
        """Position of each parameter beyond the windows."""
        names = []
        if self.negative.parts:
            names.append(f"share_{self.negative.parts[0]}")
        if self.polarization is None:
            names.append("polarization")
        if self.inhomogeneity is None:
            names.append("inhomogeneity")
        if len(self.channels) > 1 and self.reference_offset > 0:
            names.append("reference_offset")
        return {name: 4 + position for position, name in enumerate(names)}

    @property
    def names(self) -> list[str]:
        """Names of the parameters."""
        return ["x_0", "x_100", "y_0", "y_100", *self.extra]

    @property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        low = [self.negative.lower] * 2 + [self.positive.lower] * 2
        high = [self.negative.upper] * 2 + [self.positive.upper] * 2
        for name in self.extra:
            ends = {"polarization": (-_LARGEST_OFFSET, _LARGEST_OFFSET), "inhomogeneity": (0.0, LARGEST_SPREAD**2)}
            ends["reference_offset"] = ends["polarization"]
            least, most = ends.get(name, (0.0, 1.0))
            low.append(least)
            high.append(most)
        return np.array(low), np.array(high)

    def at_bound(self, point: np.ndarray) -> np.ndarray:
        """Return which parameters are held by a bound; no inhomogeneity is a value as any other."""
        low, high = self.bounds
        held = (point <= low + 1e-9) | (point >= high - 1e-9)
        if "inhomogeneity" in self.extra:
            held[self.extra["inhomogeneity"]] &= point[self.extra["inhomogeneity"]] > 0.5 * LARGEST_SPREAD**2
        return held

    def alone(self) -> CellProblem:
        """Return the problem of the cell's voltage only."""
        one = np.ones((1, 1))
        return replace(
            self, channels=("cell",), values=self.values[:1], weights=self.weights[:1], mixing=one, ridge=0.0
        )

    def thinned(self, most: int) -> CellProblem:
        """Return the problem with every few points only."""
        if self.place.size <= most:
            return self
        keep = np.unique(np.round(np.linspace(0, self.place.size - 1, most)).astype(int))
        return replace(self, place=self.place[keep], values=self.values[:, keep])

    def parameter(self, points: np.ndarray, name: str) -> np.ndarray | float:
        """Value of a parameter beyond the windows, shape (sets, 1), or its constant."""
        if name == "share" and self.negative.parts:
            return points[:, 4:5]
        if name in self.extra:
            return points[:, self.extra[name], None]
        return float(self.polarization or 0.0) if name == "polarization" else 0.0

    def stoichiometries(self, points: np.ndarray, place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x and y along the window, one row for each set of parameters."""
        points = np.atleast_2d(points)
        x = points[:, :1] + (points[:, 1:2] - points[:, :1]) * place
        y = points[:, 2:3] + (points[:, 3:4] - points[:, 2:3]) * place
        return x, y

    def _anode(self, x: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, Any, Any, Any]:
        """Potential of the negative electrode, and its derivatives by x, share and square of the inhomogeneity."""
        share = self.parameter(points, "share")
        if self.inhomogeneity is not None:
            if not self.inhomogeneity:
                return *self.negative.at(x, share), None
            return *spread(self.negative, x, share, np.full((len(x), 1), self.inhomogeneity**2))[:3], None
        return spread(self.negative, x, share, self.parameter(points, "inhomogeneity"))

    def raw(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return model minus data in V, (sets, channels, points), and its derivatives, with parameters as last axis."""
        points = np.atleast_2d(points)
        x, y = self.stoichiometries(points, self.place)
        n, by_x, by_share, by_square = self._anode(x, points)
        p, by_y, _ = self.positive.at(y)
        shift = self.sign * self.parameter(points, "polarization")
        offset = self.parameter(points, "reference_offset")
        rest = 1.0 - self.place
        residuals = np.empty((len(points), *self.values.shape))
        jacobian = np.zeros((*residuals.shape, len(self.names)))
        for k, channel in enumerate(self.channels):
            with_n, with_p = _NEGATIVE[channel], _POSITIVE[channel]
            model = with_p * p + with_n * n + _POLARIZED[channel] * shift
            residuals[:, k] = model + (offset if channel != "cell" else 0.0) - self.values[k]
            if with_n:
                jacobian[:, k, :, 0], jacobian[:, k, :, 1] = with_n * by_x * rest, with_n * by_x * self.place
                if by_share is not None:
                    jacobian[:, k, :, 4] = with_n * by_share
                if by_square is not None:
                    jacobian[:, k, :, self.extra["inhomogeneity"]] = with_n * by_square
            if with_p:
                jacobian[:, k, :, 2], jacobian[:, k, :, 3] = by_y * rest, by_y * self.place
            if "polarization" in self.extra:
                jacobian[:, k, :, self.extra["polarization"]] = _POLARIZED[channel] * self.sign
            if "reference_offset" in self.extra and channel != "cell":
                jacobian[:, k, :, self.extra["reference_offset"]] = 1.0
        return residuals, jacobian

    def mixed(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return residuals and derivatives of the channels that tell independent things."""
        residuals, jacobian = self.raw(points)
        if len(self.channels) == 1:
            return residuals, jacobian
        return np.einsum("ij,sjp->sip", self.mixing, residuals), np.einsum("ij,sjpq->sipq", self.mixing, jacobian)

    def pairs(self, weight: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return which points a dV/dQ is taken between, and its factor."""
        if weight == 0:
            return np.empty(0, dtype=int), np.empty(0, dtype=int), np.empty(0)
        last = np.searchsorted(self.place, self.place + STEP * (1 - 1e-9))
        first = np.flatnonzero(last < self.place.size)
        last = last[first]
        return first, last, weight * STEP / (self.place[last] - self.place[first])

    def weighted(self, columns: np.ndarray, channel: int = 0) -> np.ndarray:
        """Add to columns (points first) the rows of dV/dQ, times their weight."""
        first, last, factor = self.pairs(self.weights[channel])
        return np.concatenate([columns, (columns[last] - columns[first]) * factor[:, None]])

    def transposed(self, rows: np.ndarray, channel: int = 0) -> np.ndarray:
        """Apply the transpose of :meth:`weighted`."""
        first, last, factor = self.pairs(self.weights[channel])
        result = rows[: self.place.size].copy()
        steps = rows[self.place.size :] * factor[:, None]
        np.add.at(result, last, steps)
        np.subtract.at(result, first, steps)
        return result
