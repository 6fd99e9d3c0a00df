"""dQ/dV and dV/dQ of a measured or computed curve, with the positions of their peaks and how well they are known.

A peak of dQ/dV against voltage and a peak of dV/dQ against charge are both places where the voltage has no curvature
over the charge. A local cubic regression of voltage on charge gives slope and curvature. Its width is at each place the
smallest that leaves the noise of the slope well below the height that a peak must have. What smoothing moves is seen by
smoothing the smooth curve again, and taken back; what noise moves by drawing the residuals anew, in blocks, since
neighbours may err alike.

References
----------
J. Fan, I. Gijbels, Local Polynomial Modelling and Its Applications, Chapman & Hall 1996; H. R. Künsch, Ann. Statist. 17
(1989) 1217 (blocks). Both from memory.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from sicell import _check

__all__ = ["Derivatives", "derivatives"]

# Means of neighbours that a curve is made of at most; widths that are tried, as shares of the charge.
_POINTS, _WIDTHS = 300, np.geomspace(0.015, 0.3, 9)
_DRAWS = 200
# At least so many neighbours take part in a cubic, and so far below the least height of a peak must noise stay.
_FEWEST, _BELOW = 8, 5.0


@dataclass(frozen=True, eq=False, repr=False)
class Derivatives:
    """Result of :func:`derivatives`.

    Attributes
    ----------
    curve : pandas.DataFrame
        ``charge`` (from 0), ``voltage`` (V), ``dV/dQ`` and ``dQ/dV``, both positive, in V and the unit of the charge.
    peaks : pandas.DataFrame
        ``of`` (``"dQ/dV"`` or ``"dV/dQ"``), ``position`` (in V for dQ/dV, in charge for dV/dQ), ``standard_error``,
        ``lower`` and ``upper`` end of the 95 % interval, ``charge`` and ``voltage`` of the place, ``found``: the share
        of draws in which the peak shows. One below 0.95 may be noise. Errors that last longer than the width, such as a
        swing of the temperature, look like peaks and are not told from them.
    width : float
        Half width of the regression in the middle of the curve, in charge.
    """

    curve: pd.DataFrame
    peaks: pd.DataFrame
    width: float

    def __repr__(self) -> str:
        counts = self.peaks["of"].value_counts()
        return f"Derivatives({', '.join(f'{counts.get(of, 0)} peaks of {of}' for of in ('dQ/dV', 'dV/dQ'))})"


def derivatives(
    voltage: Any, capacity: Any, *, prominence: float = 0.1, width: float | None = None, seed: int = 0
) -> Derivatives:
    """Differentiate one half-cycle and find the peaks of dQ/dV and dV/dQ.

    From the voltage in V, (points,), of one half-cycle at constant current in the order recorded (noise makes no
    difference to its direction), and the charge passed, rising or falling with time, in any unit. A peak is higher than
    the valleys beside it by at least `prominence`, the logarithm of the ratio: 0.1 is 10 %. The half width of the
    regression, a share of the charge from 0.005 to 0.5, is chosen by the noise if not given; `seed` is that of the
    draws. Raises ValueError if there are fewer than 20 points, they do not belong together, or the charge does not go
    one way.

    >>> from sicell.msmr import Msmr
    >>> curve = Msmr([0.35, 0.20], [0.5, 0.5], [1.2, 1.2])
    >>> lithiation = np.linspace(0.01, 0.99, 600)
    >>> noise = np.random.default_rng(1).normal(0, 2e-4, 600)
    >>> found = derivatives(curve.potential(lithiation) + noise, 1000 * lithiation)
    >>> found.peaks.query("of == 'dQ/dV'")["position"].round(2).tolist()
    [0.2, 0.35]
    """
    volts, charge = (
        np.atleast_1d(_check.finite(name, value)) for name, value in (("voltage", voltage), ("capacity", capacity))
    )
    if volts.ndim != 1 or volts.shape != charge.shape or volts.size < 20:
        raise ValueError(
            f"voltage and capacity must be lists of one length, at least 20, got {volts.shape} and {charge.shape}"
        )
    charge = (charge - charge[0]) * (np.sign(charge[-1] - charge[0]) or 1.0)
    # A counter may step back by its noise.
    if not charge[-1] > 0 or (np.maximum.accumulate(charge) - charge).max() > 0.01 * charge[-1]:
        raise ValueError("capacity must go one way, as in one half-cycle, and pass some charge")
    charge = np.maximum.accumulate(charge)
    _check.positive("prominence", prominence)
    few = volts.size // 10
    risen = np.median(volts[-few:]) - np.median(volts[:few])
    if abs(risen) <= 2 * np.std(np.diff(volts, 2)) / np.sqrt(6):
        raise ValueError(f"voltage must rise or fall by more than its noise, got {risen:.3g} V from end to end")
    sign = np.sign(risen)
    x, y, count = _means(charge / charge[-1], sign * volts)
    reach = _reach(x, y, count, prominence) if width is None else _check.between("width", width, 0.005, 0.5)
    line = _Regression(x, count, np.broadcast_to(reach, x.shape))
    smooth, slope = line.value @ y, line.slope @ y
    with np.errstate(divide="ignore"):
        steepness = np.log(np.maximum(slope, 1e-3 * np.median(np.abs(slope))))
    drawn = _drawn(line, y, smooth, seed)
    rows = []
    for of, turn in (("dQ/dV", 1.0), ("dV/dQ", -1.0)):
        for place in find_peaks(-turn * steepness, prominence=prominence)[0]:
            row = _peak(line, turn, float(x[place]), y, smooth, drawn)
            if row is not None:
                rows.append((of, *row))
    columns = ["of", "share", "share_error", "found"]
    table = pd.DataFrame(rows, columns=columns).drop_duplicates(["of", "share"])
    table = table.sort_values(["of", "share"], ignore_index=True)
    share = table["share"].to_numpy(dtype=float)
    at, steep = np.interp(share, x, sign * smooth), np.interp(share, x, np.abs(slope))
    of_voltage = (table["of"] == "dQ/dV").to_numpy()
    error = table["share_error"].to_numpy(dtype=float) * np.where(of_voltage, steep, charge[-1])
    # The voltage itself is known no better than the regression knows it.
    error = np.where(of_voltage, np.hypot(error, np.interp(share, x, drawn[0].std(axis=1))), error)
    position = np.where(of_voltage, at, share * charge[-1])
    peaks = pd.DataFrame(
        {
            "of": table["of"],
            "position": position,
            "standard_error": error,
            "lower": position - 1.96 * error,
            "upper": position + 1.96 * error,
            "charge": share * charge[-1],
            "voltage": at,
            "found": table["found"],
        }
    )
    order = np.lexsort((peaks["position"], ~of_voltage))
    per_charge = np.maximum(slope, 1e-12) / charge[-1]
    frame = {"charge": x * charge[-1], "voltage": sign * smooth, "dV/dQ": per_charge, "dQ/dV": 1 / per_charge}
    return Derivatives(
        pd.DataFrame(frame), peaks.iloc[order].reset_index(drop=True), float(np.median(line.reach)) * charge[-1]
    )


def _means(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means of neighbours at equal distances in charge, and how many points each is of."""
    place = np.minimum((x * min(_POINTS, x.size)).astype(int), min(_POINTS, x.size) - 1)
    count = np.bincount(place)
    some = count > 0
    return (*(np.bincount(place, values)[some] / count[some] for values in (x, y)), count[some].astype(float))


class _Regression:
    """Local cubic regression: matrices that make value, slope and curvature at each point of the values at all."""

    def __init__(self, x: np.ndarray, count: np.ndarray, reach: np.ndarray) -> None:
        self.x = x
        fewest = np.sort(np.abs(x[:, None] - x), axis=1)[:, min(_FEWEST, x.size - 1)]
        self.reach = np.maximum(reach, 1.01 * fewest)[:, None]
        away = (x - x[:, None]) / self.reach
        weight = np.maximum(1 - away**2, 0.0) * count
        powers = away[:, :, None] ** np.arange(4)
        weighted = powers * weight[:, :, None]
        rows = np.linalg.solve(np.einsum("gmi,gmj->gij", weighted, powers), weighted.transpose(0, 2, 1))
        self.value, self.slope, self.curvature = rows[:, 0], rows[:, 1] / self.reach, 2 * rows[:, 2] / self.reach**2

    def zeros(self, curvature: np.ndarray, turn: float) -> np.ndarray:
        """Where the curvature changes its sign, from below (1) or from above (-1)."""
        bent = turn * curvature
        at = np.flatnonzero((bent[:-1] < 0) & (bent[1:] >= 0))
        return self.x[at] + (self.x[at + 1] - self.x[at]) * bent[at] / (bent[at] - bent[at + 1])

    def nearest(self, curvature: np.ndarray, turn: float, place: float) -> float:
        """Nearest of these places, NaN if there is none within the width."""
        found = self.zeros(curvature, turn)
        distance = np.abs(found - place)
        width = np.interp(place, self.x, self.reach[:, 0])
        return float(found[distance.argmin()]) if distance.size and distance.min() < 1.5 * width else np.nan


def _reach(x: np.ndarray, y: np.ndarray, count: np.ndarray, prominence: float) -> np.ndarray:
    """Half width at each point with which noise leaves the logarithm of the slope alone, as far as the widths go."""
    lines = [_Regression(x, count, np.full(x.shape, width)) for width in _WIDTHS]
    rough = y - lines[1].value @ y
    free = max(1 - np.trace(lines[1].value) / y.size, 0.05)
    noise = 1.48 * np.median(np.abs(rough)) / np.sqrt(free)
    found = np.full(x.shape, _WIDTHS[-1])
    for line, width in zip(reversed(lines), _WIDTHS[::-1], strict=True):
        error = noise * np.sqrt((line.slope**2).sum(axis=1)) / np.maximum(np.abs(lines[-4].slope @ y), 1e-12)
        found = np.where(error < prominence / _BELOW, width, found)
    # A width that jumps would make kinks of its own.
    return np.exp(gaussian_filter1d(np.log(found), 0.03 * x.size, mode="nearest"))


def _drawn(
    line: _Regression, y: np.ndarray, smooth: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Smooth curves, their curvatures, and those of curves smoothed twice: columns with residuals drawn in blocks."""
    random = np.random.default_rng(seed)
    free = max(1 - np.trace(line.value) / y.size, 0.05)
    left = (y - smooth) / np.sqrt(free)
    length = max(round(y.size ** (1 / 3)), 1)
    starts = random.integers(0, y.size, (-(-y.size // length), _DRAWS))
    places = (starts[:, None, :] + np.arange(length)[None, :, None]).reshape(-1, _DRAWS)[: y.size] % y.size
    # A block that is turned over is as likely as the block.
    turned = np.repeat(random.choice([-1.0, 1.0], starts.shape), length, axis=0)[: y.size]
    again = smooth[:, None] + turned * left[places]
    once = line.value @ again
    return once, line.curvature @ again, line.curvature @ once


def _peak(
    line: _Regression,
    turn: float,
    place: float,
    y: np.ndarray,
    smooth: np.ndarray,
    drawn: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[float, float, float] | None:
    """Position of a peak as a share of the charge, its standard error, and the share of draws that show it."""

    def corrected(curvature: np.ndarray, twice: np.ndarray, near: float) -> tuple[float, float]:
        """Position less what smoothing moved it by, and that."""
        first = line.nearest(curvature, turn, near)
        second = line.nearest(twice, turn, first)
        moved = second - first if np.isfinite(second) else 0.0
        return first - moved, moved

    position, moved = corrected(line.curvature @ y, line.curvature @ smooth, place)
    edge = np.interp(position, line.x, line.reach[:, 0]) / 2
    if not edge < position < 1 - edge:
        return None
    again = np.array([corrected(*columns, position)[0] for columns in zip(drawn[1].T, drawn[2].T, strict=True)])
    seen = np.isfinite(again)
    if seen.mean() < 0.5:
        return None
    return position, float(np.hypot(again[seen].std(), moved / 2)), float(seen.mean())
