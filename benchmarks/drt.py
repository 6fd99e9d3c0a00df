"""Distribution of relaxation times of two arcs side by side with pyimpspec: positions and resistances of the peaks.

C2 with exponents of 0.8 and more, arcs a factor of 20 or more apart, 0.5 % noise; one rule of regularisation for all.
An arc counts as placed if the nearest peak is within 0.1 decade, as measured if that peak's resistance is within 10 %.
"""

from __future__ import annotations

import time
import warnings
from itertools import pairwise

from _common import FREQUENCY, arguments, machine, spectra, table

# isort: split
import numpy as np

from sicell import eis


def score(times, resistances, peak_times, peak_resistances):
    """Return for each arc whether it is placed and whether it is measured."""
    if not len(peak_times):
        return np.zeros((2, len(times)), dtype=bool)
    distance = np.abs(np.log10(np.asarray(peak_times)[None] / times[:, None]))
    nearest = np.argmin(distance, axis=1)
    placed = distance.min(axis=1) < 0.1
    return np.array([placed, np.abs(np.asarray(peak_resistances)[nearest] / resistances - 1) < 0.1])


def covered(times, resistances, found):
    """Return for each arc that is placed whether the interval of its peak's resistance holds the truth."""
    places, _, lower, upper = (np.asarray(part) for part in found)
    marks = []
    for time_constant, resistance in zip(times, resistances, strict=True):
        distance = np.abs(np.log10(places / time_constant)) if len(places) else np.ones(1)
        if distance.min() < 0.1:
            nearest = np.argmin(distance)
            marks.append(bool(lower[nearest] <= resistance <= upper[nearest]))
    return marks


def ours(z):
    peaks = eis.drt(FREQUENCY, z).peaks
    return peaks["time_constant"], peaks["resistance"], peaks["lower"], peaks["upper"]


def pyimpspec(z):
    """Return peaks of pyimpspec's Tikhonov-regularised non-negative least squares, areas between the minima."""
    from pyimpspec import DataSet, calculate_drt
    from scipy.signal import find_peaks

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = calculate_drt(DataSet(FREQUENCY, z), method="tr-nnls")
    tau, gamma = (np.asarray(values) for values in result.get_drt_data())
    order = np.argsort(tau)
    tau, gamma = tau[order], np.concatenate([[0], gamma[order], [0]])
    tops, _ = find_peaks(gamma, height=0.005 * gamma.max())
    borders = [0, *(a + int(np.argmin(gamma[a:b])) for a, b in pairwise(tops)), gamma.size - 1]
    spacing = np.median(np.diff(np.log(tau)))
    areas = [gamma[a:b].sum() * spacing for a, b in pairwise(borders)]
    return tau[tops - 1], areas


def main():
    options = arguments(__doc__)
    count, peers = (30, 3) if options.quick else (1000, 100)
    print(machine())
    _, truth, data = spectra("C2", count, options.seed, lowest_exponent=0.8)
    times = np.stack([(truth[:, i] * truth[:, i + 1]) ** (1 / truth[:, i + 2]) for i in (1, 4)], axis=1)
    tests = {"sicell": (ours, count)}
    try:
        import pyimpspec as _  # noqa: F401
    except ImportError:
        print("pyimpspec is not installed: left out")
    else:
        tests["pyimpspec tr-nnls"] = (pyimpspec, peers)
    rows = []
    for name, (run, number) in tests.items():
        start = time.process_time()
        peaks = [run(z) for z in data[:number]]
        spent = (time.process_time() - start) / number
        marks = np.array([score(times[i], truth[i, [1, 4]], *found[:2]) for i, found in enumerate(peaks)])
        held = [covered(times[i], truth[i, [1, 4]], found) for i, found in enumerate(peaks) if len(found) > 2]
        extra = np.mean([len(found[0]) for found in peaks])
        both = marks[:, 0].all(axis=1).mean()
        rows.append(
            [
                name,
                number,
                f"{marks[:, 0].mean():.3f}",
                f"{marks[:, 1].mean():.3f}",
                f"{both:.3f}",
                f"{np.mean(np.concatenate(held)):.3f}" if held else "",
                f"{extra - 2:.2f}",
                f"{1e3 * spent:.0f}",
            ]
        )
    table(
        f"Relaxation times, seed {options.seed}",
        [
            "",
            "N",
            "placed within 0.1 decade",
            "resistance within 10 %",
            "both arcs placed",
            "95 % interval holds",
            "peaks too many",
            "ms",
        ],
        rows,
    )


if __name__ == "__main__":
    main()
