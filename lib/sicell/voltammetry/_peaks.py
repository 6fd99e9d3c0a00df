"""Peaks and shoulders of a voltammogram, and what reacts in them."""

from typing import Any

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks as _scipy_peaks

from sicell import _check
from sicell.electrodes import Electrode
from sicell.voltammetry._sweep import Voltammogram

# Points in which a branch is searched for peaks.
_TABLE = 8001
# Potential above which no delithiation peak of graphitic carbon lies, in V: the last stage of graphite ends there.
_GRAPHITIC = 0.2
# Potential above which graphite has no main stage on lithiation, in V.
_STAGES = 0.12
# Potential above which nothing but the electrolyte reacts on a first lithiation, in V.
_ELECTROLYTE = 0.5
# Least prominence of the humps of a published curve, relative to the largest response: as in data/curve_peaks.csv.
_PROMINENT = 0.05


def find_peaks(potential: Any, response: Any, *, smoothing: float = 0.005, prominence: float = 0.01) -> pd.DataFrame:
    """Find peaks and shoulders of one sweep.

    A shoulder is a place where the smoothed response bends most strongly without having a maximum of its own.

    The potential, in V, rises or falls evenly; of the response (a current or differential capacity) the sign is
    ignored. `smoothing` is the standard deviation of a Gaussian in V, `prominence` the least one, relative to the
    largest response (peaks) or curvature (shoulders). Columns, sorted by potential: ``potential``, ``height`` (sign as
    given), ``kind`` (``"peak"`` or ``"shoulder"``), ``lower`` and ``upper`` (the inflections around it, in V). Raises
    ValueError if the lists differ in length, have fewer than 5 points, or the potential is not evenly spaced.

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
    smoothing = _check.non_negative("smoothing", smoothing, "V")
    least = _check.positive("prominence", prominence)
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


def label_peaks(scan: Voltammogram, *, prominence: float = 0.01) -> pd.DataFrame:
    """Label the features of a voltammogram I to VII, by what reacts.

    ====== ==========================================================================================
    I      first lithiation, above 0.5 V: reduction of the electrolyte
    II     first lithiation, largest feature: Li–Si alloy forms from crystalline silicon
    III    delithiation, the two largest features below 0.2 V: graphitic domains of the carbon
    IV     delithiation, largest feature above 0.2 V: Li15Si4 to amorphous LixSi
    V      later lithiation, largest feature from 0.12 to 0.5 V: amorphous silicon
    VI     delithiation, largest feature between III and IV: amorphous LixSi that had not crystallized
    VII    delithiation, largest feature above IV: likewise
    ====== ==========================================================================================

    Returns the columns of :func:`find_peaks`, which takes the `prominence`, with ``cycle``, ``direction`` and
    ``label``.
    """
    frames = []
    for cycle in range(1, int(scan.frame["Cycle Count / 1"].max()) + 1):
        for direction in ("lithiation", "delithiation"):
            sweep = scan.sweep(cycle, direction)
            found = find_peaks(sweep["Voltage / V"], sweep["response"], prominence=prominence)
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
        label[np.argsort(np.where(silicon, -1.0, size))[::-1][: min(2, (~silicon).sum())]] = "III"
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


def amorphous_peaks(electrode: Electrode, smoothing: float = 0.005) -> pd.DataFrame:
    """Peaks VI and VII of silicon that has not crystallized, from its own branch and without polarization.

    In a voltammogram the transition from Li15Si4 (IV) hides them. The paper gives them to the amorphous part, so they
    are read on the delithiation without Li15Si4. Of its two largest peaks above
    0.2 V, or shoulders if there are fewer peaks, the lower is VI, the upper VII.

    Returns the columns of :func:`find_peaks`, which takes the `smoothing` in V, and ``label``.

    >>> from sicell import electrodes
    >>> amorphous_peaks(electrodes.silicon())["label"].tolist()
    ['VI', 'VII']
    """
    potential = np.linspace(electrode.lower_limit, electrode.upper_limit, _TABLE)
    response = electrode.branch("delithiation", electrode.upper_limit).curve.differential_capacity(potential)
    found = find_peaks(potential, response, smoothing=smoothing, prominence=_PROMINENT)
    found = found[found["potential"] >= _GRAPHITIC].sort_values(["kind", "height"], ascending=[True, False])
    found = found.head(2).sort_values("potential", ignore_index=True)
    return found.assign(label=["VI", "VII"][: len(found)])


def range_overlap(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return what two ranges, their ends in either order, share over what they cover together.

    1 for equal ranges, 0 for ranges that do not touch.

    >>> round(range_overlap((0.1, 0.3), (0.2, 0.4)), 3)
    0.333
    """
    low = [min(_check.finite("range", end)) for end in (first, second)]
    high = [max(_check.finite("range", end)) for end in (first, second)]
    union = max(high) - min(low)
    if union == 0:
        raise ValueError("ranges must not both be the same single point")
    return float(max(min(high) - max(low), 0.0) / union)
