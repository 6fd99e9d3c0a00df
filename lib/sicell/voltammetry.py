"""Cyclic voltammetry from the same curves as everything else, with one lumped polarization.

The potential is swept at a constant rate; the electrode follows with a lag that is proportional to the current. With
the sweep potential ``E_s``, the electrode's own potential ``E``, scan rate ``v``, capacity ``Q`` and resistance ``R``::

    dx/dE_s = (E - E_s) / chi,        chi = v Q R

Everything that slows the electrode down is in ``chi`` (in V²); ``chi = 0`` is the equilibrium response dx/dE.
Anodic current (delithiation) is positive.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d
from scipy.optimize import brentq
from scipy.signal import find_peaks as _scipy_peaks

from sicell import _check, ledger
from sicell.electrodes import Electrode

__all__ = [
    "Voltammogram",
    "amorphous_peaks",
    "calibrate_polarization",
    "cyclic_voltammogram",
    "find_peaks",
    "label_peaks",
    "lumped_polarization",
    "range_overlap",
]

# Points of the table of one branch, and steps of the integration between two points of the result.
_TABLE = 8001
_SUBSTEPS = 3
# Potential above which no delithiation peak of graphitic carbon lies, in V: the last stage of graphite ends there.
_GRAPHITIC = 0.2
# Potential above which graphite has no main stage on lithiation, in V.
_STAGES = 0.12
# Potential above which nothing but the electrolyte reacts on a first lithiation, in V.
_ELECTROLYTE = 0.5


def lumped_polarization(scan_rate: Any, areal_capacity: Any, area_specific_resistance: Any) -> Any:
    """Lumped polarization of a sweep, ``chi = v Q R``.

    Parameters
    ----------
    scan_rate : array_like
        In V/s.
    areal_capacity : array_like
        In mAh/cm2.
    area_specific_resistance : array_like
        In ohm cm2.

    Returns
    -------
    float or numpy.ndarray
        In V².

    Examples
    --------
    >>> round(lumped_polarization(20e-6, 7.0, 30.0), 4)
    0.0151
    """
    rate = _check.positive("scan_rate", scan_rate, "V/s")
    capacity = _check.positive("areal_capacity", areal_capacity, "mAh/cm2")
    resistance = _check.non_negative("area_specific_resistance", area_specific_resistance, "ohm cm2")
    result = np.asarray(rate) * 3.6 * np.asarray(capacity) * np.asarray(resistance)
    return float(result) if result.ndim == 0 else result


@dataclass(frozen=True, eq=False, repr=False)
class Voltammogram:
    """Result of :func:`cyclic_voltammogram`.

    Attributes
    ----------
    frame : pandas.DataFrame
        ``Voltage / V`` (of the sweep), ``Cycle Count / 1``, ``Branch``, ``response`` (-dx/dE in 1/V, negative while
        lithium goes in), ``Lithiation / 1``, ``Electrode Potential / V``.
    polarization : float
        chi, in V².
    specific_capacity : float
        In mAh/g, of what ``response`` is a share per V.
    """

    frame: pd.DataFrame
    polarization: float
    specific_capacity: float

    def __repr__(self) -> str:
        count = self.frame["Cycle Count / 1"].max()
        return f"Voltammogram({count} cycles, polarization {self.polarization:.3g} V²)"

    def to_frame(self) -> pd.DataFrame:
        """Return the table of the sweep.

        Returns
        -------
        pandas.DataFrame
        """
        return self.frame.copy()

    def sweep(self, cycle: int, direction: str) -> pd.DataFrame:
        """Return one sweep.

        Parameters
        ----------
        cycle : int
            From 1.
        direction : {"lithiation", "delithiation"}

        Returns
        -------
        pandas.DataFrame
        """
        _check.choice("direction", direction, ("lithiation", "delithiation"))
        _check.choice("cycle", cycle, range(1, int(self.frame["Cycle Count / 1"].max()) + 1))
        out = self.frame["Branch"] == "delithiation"
        wanted = out if direction == "delithiation" else ~out
        return self.frame[wanted & (self.frame["Cycle Count / 1"] == cycle)].reset_index(drop=True)

    def current_density(self, scan_rate: float, mass_loading: float) -> np.ndarray:
        """Current density in mA/cm2, charging positive.

        Parameters
        ----------
        scan_rate : float
            In V/s.
        mass_loading : float
            In mg/cm2.

        Returns
        -------
        numpy.ndarray
        """
        rate = _check.positive("scan_rate", scan_rate, "V/s")
        loading = _check.positive("mass_loading", mass_loading, "mg/cm2")
        return self.frame["response"].to_numpy() * rate * self.specific_capacity * loading * 3.6


def cyclic_voltammogram(
    electrode: Electrode,
    *,
    upper_vertex: float,
    lower_vertex: float | None = None,
    cycles: int = 3,
    polarization: float = 0.0,
    points: int = 1500,
) -> Voltammogram:
    """Sweep an anode down and up again, starting with a fresh electrode.

    Each sweep stays on one branch. After a turn no current flows until the sweep has crossed the hysteresis between
    the branches.

    Parameters
    ----------
    electrode : Electrode
    upper_vertex : float
        In V vs Li/Li+.
    lower_vertex : float, optional
        In V; the electrode's lower limit if not given.
    cycles : int, optional
    polarization : float, optional
        chi in V², see :func:`lumped_polarization`; 0 for equilibrium.
    points : int, optional
        Points in each sweep.

    Returns
    -------
    Voltammogram

    Raises
    ------
    ValueError
        If a vertex lies outside the electrode's limits or they are swapped, or the polarization is negative.

    Examples
    --------
    >>> from sicell import electrodes
    >>> scan = cyclic_voltammogram(electrodes.silicon(), upper_vertex=1.2)
    >>> up = scan.sweep(1, "delithiation")
    >>> round(float(up["Voltage / V"][up["response"].idxmax()]), 2)
    0.42
    """
    chi = _check.non_negative("polarization", polarization, "V²")
    lower = electrode.lower_limit if lower_vertex is None else lower_vertex
    _check.between("lower_vertex", lower, electrode.lower_limit, electrode.upper_limit, "V")
    _check.between("upper_vertex", upper_vertex, electrode.lower_limit, electrode.upper_limit, "V")
    if not lower < upper_vertex:
        raise ValueError(f"lower_vertex must be below upper_vertex (in V), got {lower:g} and {upper_vertex:g}")
    for name, value, least in (("cycles", cycles, 1), ("points", points, 20)):
        if not isinstance(value, (int, np.integer)) or value < least:
            raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
    frames, state, lowest = [], 0.0, electrode.upper_limit
    for number in range(1, cycles + 1):
        for branch in ("first lithiation" if number == 1 else "lithiation", "delithiation"):
            ends = (upper_vertex, lower) if branch != "delithiation" else (lower, upper_vertex)
            frame, state = _sweep(electrode, branch, lowest, np.linspace(*ends, points), state, chi)
            frame.insert(1, "Cycle Count / 1", number)
            frames.append(frame)
            lowest = frame["Electrode Potential / V"].iloc[-1] if branch != "delithiation" else lowest
    return Voltammogram(pd.concat(frames, ignore_index=True), chi, electrode.specific_capacity)


def _sweep(
    electrode: Electrode, branch: str, lowest: float, sweep: np.ndarray, state: float, chi: float
) -> tuple[pd.DataFrame, float]:
    """One sweep on one branch, from the lithiation `state`; returns the table and the last lithiation.

    Implicit Euler: with step ``h``, the new potential solves ``E + sign (chi/h) (x_old - x(E)) = E_s``. Its left side
    rises with E, so it is inverted by looking it up in a table, whatever the polarization.
    """
    grid, table = electrode.tabulate(branch, _TABLE, lowest if branch == "delithiation" else None)
    sign = 1.0 if branch == "delithiation" else -1.0
    fine = np.linspace(sweep[0], sweep[-1], _SUBSTEPS * (sweep.size - 1) + 1)
    step = abs(fine[1] - fine[0])
    left = grid - (chi / step) * table
    lithiation = np.empty_like(fine)
    for number, potential in enumerate(fine):
        position = np.interp(potential - (chi / step) * state, left, grid)
        new = np.interp(position, grid, table)
        # A branch carries current in its own direction only: between the branches nothing happens.
        if sign * (state - new) > 0:
            state = new
        lithiation[number] = state
    taken = np.interp(-lithiation, -table, grid)
    response = -np.gradient(lithiation, fine)
    frame = pd.DataFrame(
        {
            "Voltage / V": sweep,
            "Branch": branch,
            "response": (np.abs(response) * sign)[::_SUBSTEPS],
            "Lithiation / 1": lithiation[::_SUBSTEPS],
            "Electrode Potential / V": taken[::_SUBSTEPS],
        }
    )
    return frame, float(state)


def calibrate_polarization(
    electrode: Electrode, peak_potential: float, *, upper_vertex: float, search: tuple[float, float] = (0.25, 0.8)
) -> float:
    """Find the lumped polarization that puts the largest peak of the first delithiation at a given potential.

    A number found in this way is calibrated: the position of that peak proves nothing afterwards.

    Parameters
    ----------
    electrode : Electrode
    peak_potential : float
        In V vs Li/Li+.
    upper_vertex : float
        In V.
    search : tuple of float, optional
        Range in which the peak is looked for, in V.

    Returns
    -------
    float
        chi in V², for :func:`cyclic_voltammogram`.

    Raises
    ------
    ValueError
        If the peak of the equilibrium curve already lies higher, or no polarization brings it there.

    Examples
    --------
    >>> from sicell import electrodes
    >>> chi = calibrate_polarization(electrodes.silicon(), 0.45, upper_vertex=1.2)
    >>> 1e-4 < chi < 1e-1
    True
    """
    target = _check.between("peak_potential", peak_potential, *search, "V")

    def position(chi: float) -> float:
        scan = cyclic_voltammogram(electrode, upper_vertex=upper_vertex, cycles=1, polarization=chi)
        up = scan.sweep(1, "delithiation")
        inside = up[up["Voltage / V"].between(*search)]
        return float(inside["Voltage / V"][inside["response"].idxmax()])

    rest = position(0.0)
    if rest > target:
        raise ValueError(f"peak_potential must be above that of the equilibrium curve, {rest:.3f} V, got {target:g}")
    largest = 0.1
    if position(largest) < target:
        raise ValueError(f"peak_potential {target:g} V is not reached with a polarization up to {largest:g} V²")
    return float(brentq(lambda chi: position(chi) - target, 0.0, largest, xtol=1e-6))


def find_peaks(
    potential: Any, response: Any, *, smoothing: float | None = None, prominence: float | None = None
) -> pd.DataFrame:
    """Find peaks and shoulders of one sweep.

    A shoulder is a place where the smoothed response bends most strongly without having a maximum of its own.

    Parameters
    ----------
    potential : array_like, shape (points,)
        In V, rising or falling evenly.
    response : array_like, shape (points,)
        Current or differential capacity; its sign is ignored.
    smoothing : float, optional
        Standard deviation of a Gaussian, in V; as declared in ``data/electrodes.csv`` if not given.
    prominence : float, optional
        Least prominence, relative to the largest response (peaks) or curvature (shoulders); as declared if not given.

    Returns
    -------
    pandas.DataFrame
        ``potential``, ``height`` (sign as given), ``kind`` (``"peak"`` or ``"shoulder"``), ``lower`` and ``upper``
        (the inflections around it, in V), sorted by potential.

    Raises
    ------
    ValueError
        If the lists differ in length, have fewer than 5 points, or the potential is not evenly spaced.

    Examples
    --------
    >>> potential = np.linspace(0, 1, 1001)
    >>> peaks = find_peaks(potential, np.exp(-(((potential - 0.4) / 0.05) ** 2)))
    >>> peaks[["potential", "kind"]].round(3).to_dict("records")
    [{'potential': 0.4, 'kind': 'peak'}]
    """
    volts = np.atleast_1d(_check.finite("potential", potential, "V"))
    values = np.atleast_1d(_check.finite("response", response))
    if volts.ndim != 1 or volts.shape != values.shape or volts.size < 5:
        raise ValueError(
            f"potential and response must be lists of one length, at least 5, got {volts.shape} and {values.shape}"
        )
    steps = np.diff(volts)
    if steps[0] == 0 or not np.allclose(steps, steps[0], rtol=1e-3):
        raise ValueError("potential must be evenly spaced, rising or falling; resample the data first")
    declared = ledger.parameters("electrodes.csv", electrode="voltammetry").set_index("parameter")["value"]
    smoothing = declared["smoothing"] if smoothing is None else _check.non_negative("smoothing", smoothing, "V")
    least = declared["prominence"] if prominence is None else _check.positive("prominence", prominence)
    step = abs(steps[0])
    size = np.abs(values)
    smooth = gaussian_filter1d(size, smoothing / step, mode="nearest") if smoothing > 0 else size
    curvature = np.gradient(np.gradient(smooth, step), step)
    tops, _ = _scipy_peaks(smooth, prominence=least * smooth.max())
    bends, _ = _scipy_peaks(-curvature, prominence=least * np.abs(curvature).max(), height=0.0)
    rows = []
    for kind, places in (("peak", tops), ("shoulder", bends)):
        for place in places:
            left, right = _inflections(curvature, place)
            if kind == "shoulder" and np.any((tops >= left) & (tops <= right)):
                continue
            rows.append((volts[place], values[place], kind, *sorted((volts[left], volts[right]))))
    table = pd.DataFrame(rows, columns=["potential", "height", "kind", "lower", "upper"])
    return table.sort_values("potential", ignore_index=True)


def _inflections(curvature: np.ndarray, place: int) -> tuple[int, int]:
    """Nearest points on both sides at which the curvature is no longer negative."""
    outside = np.flatnonzero(curvature >= 0)
    after = np.searchsorted(outside, place)
    left = outside[after - 1] if after > 0 else 0
    right = outside[after] if after < outside.size else curvature.size - 1
    return int(left), int(right)


def label_peaks(scan: Voltammogram, *, smoothing: float | None = None, prominence: float | None = None) -> pd.DataFrame:
    """Label the features of a voltammogram I to VII, by what reacts.

    ====== ==========================================================================================
    I      first lithiation, above 0.5 V: reduction of the electrolyte
    II     first lithiation, largest feature: Li–Si alloy forms from crystalline silicon
    III    delithiation, below 0.2 V: graphitic domains of the carbon
    IV     delithiation, largest feature above 0.2 V: Li15Si4 to amorphous LixSi
    V      later lithiation, largest feature from 0.12 to 0.5 V: amorphous silicon
    VI     delithiation, largest feature between III and IV: amorphous LixSi that had not crystallized
    VII    delithiation, largest feature above IV: likewise
    ====== ==========================================================================================

    Parameters
    ----------
    scan : Voltammogram
    smoothing, prominence : float, optional
        As for :func:`find_peaks`.

    Returns
    -------
    pandas.DataFrame
        The columns of :func:`find_peaks`, with ``cycle``, ``direction`` and ``label``.
    """
    frames = []
    for cycle in range(1, int(scan.frame["Cycle Count / 1"].max()) + 1):
        for direction in ("lithiation", "delithiation"):
            sweep = scan.sweep(cycle, direction)
            found = find_peaks(sweep["Voltage / V"], sweep["response"], smoothing=smoothing, prominence=prominence)
            found.insert(0, "cycle", cycle)
            found.insert(1, "direction", direction)
            found["label"] = _labels(found, cycle, direction)
            frames.append(found)
    return pd.concat(frames, ignore_index=True)


def _labels(found: pd.DataFrame, cycle: int, direction: str) -> np.ndarray:
    """Labels of the features of one sweep; empty where none fits."""
    label = np.full(len(found), "", dtype=object)
    potential, size = found["potential"].to_numpy(), found["height"].abs().to_numpy()

    def largest(where: np.ndarray, name: str) -> None:
        if where.any():
            label[np.argmax(np.where(where, size, -1.0))] = name

    if direction == "delithiation":
        silicon = potential >= _GRAPHITIC
        label[~silicon] = "III"
        largest(silicon, "IV")
        for transition in potential[label == "IV"]:
            largest(silicon & (potential < transition), "VI")
            largest(potential > transition, "VII")
    elif cycle == 1:
        largest(potential < _ELECTROLYTE, "II")
        largest(potential >= _ELECTROLYTE, "I")
    else:
        largest((potential > _STAGES) & (potential < _ELECTROLYTE), "V")
    return label


def amorphous_peaks(
    electrode: Electrode, *, smoothing: float | None = None, prominence: float | None = None
) -> pd.DataFrame:
    """Peaks VI and VII of silicon that has not crystallized, from its own branch and without polarization.

    In a voltammogram the transition from Li15Si4 (IV) hides them. The paper gives them to the amorphous part, so they
    are read where ``data/branches.csv`` says: on the delithiation without Li15Si4. Of its two largest features above
    0.2 V the lower is VI, the upper VII.

    Parameters
    ----------
    electrode : Electrode
    smoothing, prominence : float, optional
        As for :func:`find_peaks`.

    Returns
    -------
    pandas.DataFrame
        The columns of :func:`find_peaks`, and ``label``.

    Examples
    --------
    >>> from sicell import electrodes
    >>> amorphous_peaks(electrodes.silicon())["label"].tolist()
    ['VI', 'VII']
    """
    potential = np.linspace(electrode.lower_limit, electrode.upper_limit, _TABLE)
    response = electrode.branches["delithiation"].curve.differential_capacity(potential)
    found = find_peaks(potential, response, smoothing=smoothing, prominence=prominence)
    found = found[found["potential"] >= _GRAPHITIC].nlargest(2, "height").sort_values("potential", ignore_index=True)
    return found.assign(label=["VI", "VII"][: len(found)])


def range_overlap(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Overlap of two ranges: what they share over what they cover together.

    Parameters
    ----------
    first, second : tuple of float
        Ends of each range, in either order.

    Returns
    -------
    float
        1 for equal ranges, 0 for ranges that do not touch.

    Examples
    --------
    >>> round(range_overlap((0.1, 0.3), (0.2, 0.4)), 3)
    0.333
    """
    low = [min(_check.finite("range", end)) for end in (first, second)]
    high = [max(_check.finite("range", end)) for end in (first, second)]
    union = max(high) - min(low)
    if union == 0:
        raise ValueError("ranges must not both be the same single point")
    return float(max(min(high) - max(low), 0.0) / union)
