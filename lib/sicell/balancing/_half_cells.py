"""Half-cell curves in one form: potential and slope at a stoichiometry between 0 and 1, quickly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.interpolate import CubicHermiteSpline, PchipInterpolator

from sicell import _check
from sicell.electrodes import Electrode, Part, ReferenceElectrode
from sicell.msmr import Msmr, MsmrFit

_KNOTS = 1500
# Averages of a measured curve: enough for the steps of graphite, few enough to even out noise.
_MEASURED = 400
_BRANCHES = {
    ("positive", "charge"): "delithiation",
    ("positive", "discharge"): "lithiation",
    ("negative", "charge"): "lithiation",
    ("negative", "discharge"): "delithiation",
}


@dataclass(frozen=True, eq=False)
class HalfCellCurve:
    """Potential in V vs Li/Li+ and its slope as functions of stoichiometry, between `lower` and `upper`."""

    potential: Any
    slope: Any
    lower: float
    upper: float
    parts: tuple[str, ...] = ()

    def at(self, x: np.ndarray, share: Any = None) -> tuple[np.ndarray, np.ndarray, None]:  # noqa: ARG002
        """Return potential and slope; a single material has no share to change it."""
        return self.potential(x), self.slope(x), None

    @classmethod
    def of(cls, spline: Any) -> HalfCellCurve:
        return cls(spline, spline.derivative(), float(spline.x[0]), float(spline.x[-1]))


def half_cell(given: Any, name: str, half_cycle: str) -> HalfCellCurve:
    """Bring any description of a half-cell into one form.

    Raises TypeError if it is nothing of the kind. Raises ValueError if the curve does not span stoichiometries, or
    rises with them.
    """
    if isinstance(given, HalfCellCurve):
        return given
    if isinstance(given, MsmrFit):
        given = given.curve
    if isinstance(given, Electrode | Part):
        given = given.branch(_BRANCHES[name, half_cycle]).curve
    if isinstance(given, Msmr):
        return _reactions(given, name)
    if isinstance(given, ReferenceElectrode):
        raise TypeError(f"{name} must be an electrode whose potential depends on its lithium, got {given!r}")
    if callable(given):
        return _function(given, name)
    if isinstance(given, (tuple, list)) and len(given) == 2:
        return _measured(given, name)
    raise TypeError(
        f"{name} must be an Electrode, an Msmr curve or fit, a function of stoichiometry or a pair "
        f"(potential, capacity) of arrays, got {given!r}"
    )


def _reactions(curve: Msmr, name: str) -> HalfCellCurve:
    """Cubic Hermite interpolation between the knots of the curve, where potential and slope are exact."""
    slack = 1e-7 * float(curve.fractions.sum())
    low, high = max(0.0, curve.bounds[0] + slack), min(1.0, curve.bounds[1] - slack)
    if not (low < 0.01 and high > 0.99):
        raise ValueError(
            f"{name} must run from stoichiometry 0 to 1, got a curve between {curve.bounds[0]:.3g} and "
            f"{curve.bounds[1]:.3g}"
        )
    ends = curve.potential(np.array([high, low]))
    # Knots evenly spaced in stoichiometry and in potential: plateaus and slopes both count.
    place = np.union1d(curve.lithiation(np.linspace(*ends, _KNOTS)), np.linspace(low, high, _KNOTS))
    place = place[(place >= low) & (place <= high)]
    place = place[np.append(True, np.diff(place) > 1e-9)]
    potential = curve.potential(place)
    return HalfCellCurve.of(CubicHermiteSpline(place, potential, -1.0 / curve.differential_capacity(potential)))


def _function(function: Any, name: str) -> HalfCellCurve:
    """Tabulate a function, densely near the ends where potentials are steep."""
    place = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, _KNOTS))
    place[[0, -1]] = 1e-6, 1 - 1e-6
    try:
        potential = np.asarray(function(place), dtype=float)
    except (TypeError, ValueError) as error:
        call = getattr(function, "__name__", "it")
        raise TypeError(
            f"{name} must return a potential for stoichiometries between 0 and 1, got {function!r}, which fails "
            f"({error}); if it makes an electrode, call it: {call}()"
        ) from None
    if potential.shape != place.shape or not np.isfinite(potential).all():
        raise ValueError(f"{name} must return a finite potential for each stoichiometry between 0 and 1")
    return HalfCellCurve.of(PchipInterpolator(place, _falling(potential, name)))


def _measured(pair: Any, name: str) -> HalfCellCurve:
    """Average measured points along the capacity, and interpolate without overshoot."""
    potential, capacity = (
        np.atleast_1d(_check.finite(f"{name} {what}", values))
        for what, values in zip(("potential", "capacity"), pair, strict=True)
    )
    if potential.ndim != 1 or potential.shape != capacity.shape or potential.size < 10:
        raise ValueError(
            f"{name} must be (potential, capacity), two lists of one length of at least 10, got shapes "
            f"{potential.shape} and {capacity.shape}"
        )
    if np.abs(potential).max() > 10 or np.ptp(potential) < 1e-3 or np.ptp(capacity) <= 0:
        raise ValueError(
            f"{name} must be (potential in V, capacity), both varying, got potentials from {potential.min():g} to "
            f"{potential.max():g} and capacities from {capacity.min():g} to {capacity.max():g}"
        )
    # More lithium at the lower potential, however the capacity was counted.
    rising = np.cov(potential, capacity)[0, 1] > 0
    amount = capacity.max() - capacity if rising else capacity - capacity.min()
    place, potential = average(amount / amount.max(), potential, _MEASURED)
    # The ends of the data are the ends of the scale.
    place[0], place[-1] = 0.0, 1.0
    return HalfCellCurve.of(PchipInterpolator(place, _falling(potential, name)))


def average(place: np.ndarray, values: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort points by place (0 to 1), average equal ones, and dense ones down to about `most`; the ends stay.

    `values` may have rows: (points,) or (rows, points).
    """

    def mean(which: np.ndarray) -> np.ndarray:
        rows = [np.bincount(which, row) for row in np.atleast_2d(values)]
        with np.errstate(invalid="ignore"):
            return (np.array(rows) / np.bincount(which)).reshape(*values.shape[:-1], -1)

    place, which = np.unique(np.round(place, 12), return_inverse=True)
    values = mean(which)
    if place.size <= 1.5 * most:
        return place, values
    which = np.minimum(1 + (place * most).astype(int), most)
    which[0], which[-1] = 0, most + 1
    used = np.bincount(which) > 0
    averaged = mean(which)[..., used]
    return (np.bincount(which, place)[used] / np.bincount(which)[used]), averaged


def _falling(potential: np.ndarray, name: str) -> np.ndarray:
    """Return a potential that never rises with stoichiometry; noise is evened out, a rising curve refused."""
    ceiling = np.minimum.accumulate(potential)
    rise = float((potential - ceiling).max())
    if rise > 0.2 * np.ptp(potential):
        raise ValueError(f"{name} must fall in potential with stoichiometry, got a rise of {rise:.3g} V")
    floor = np.maximum.accumulate(potential[::-1])[::-1]
    return 0.5 * (ceiling + floor)
