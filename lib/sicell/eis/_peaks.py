"""Peaks of a distribution of relaxation times: whether each exists, what resistance and which frequencies it has."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pandas as pd

from sicell.eis._fit import fit

COLUMNS = (
    "time_constant",
    "frequency",
    "resistance",
    "lower",
    "upper",
    "lowest_frequency",
    "highest_frequency",
    "probability",
)
SMALLEST = 0.005  # of the largest peak
LIKELY = 0.5  # a peak that exists with less probability is left out
PER_PEAK = 3  # parameters that a peak has: time constant, width, resistance
HELD = 0.9  # part of a peak that lies in its frequency range
AGREE = 0.5  # farther apart, as a natural logarithm, a peak and an arc are not the same process


def find(
    tau: np.ndarray, gamma: np.ndarray, growth_without: Callable[[np.ndarray], float], points: int, spread: np.ndarray
) -> pd.DataFrame:
    """Return the peaks of a distribution: `gamma` (K,) in Ω at the time constants `tau` (K,) in s, from so many points.

    `growth_without` says by how much the objective grows, in noise variances, if the distribution is zero where a mask
    (K,) is True; `spread` (K, K) is the posterior covariance of the distribution.
    """
    from scipy.signal import find_peaks  # half a second, which a fit need not wait for

    spacing = np.log(tau[1] / tau[0])
    padded = np.concatenate([[0.0], gamma, [0.0]])
    least = SMALLEST * padded.max() + 1e-300
    tops, _ = find_peaks(padded, height=least, prominence=least)
    borders = [0, *(a + int(np.argmin(padded[a:b])) for a, b in pairwise(tops)), padded.size - 1] if len(tops) else []
    rows = []
    for top, left, right in zip(tops, borders[:-1], borders[1:], strict=True):
        share = np.zeros(padded.size)
        share[left : right + 1] = 1.0
        # A border belongs to both sides.
        share[left] = share[right] = 0.5
        share = share[1:-1] * spacing
        odds = growth_without(share > 0) - PER_PEAK * np.log(2 * points)
        probability = float(1 / (1 + np.exp(-np.clip(0.5 * odds, -50, 50))))
        if probability < LIKELY:
            continue
        around = np.log(np.maximum(padded[top - 1 : top + 2], 1e-300))
        bend = around[0] - 2 * around[1] + around[2]
        shift = np.clip(0.5 * (around[0] - around[2]) / bend if bend < 0 else 0.0, -0.5, 0.5)
        place = tau[0] * np.exp(spacing * (top - 1 + shift))
        resistance = float(share @ gamma)
        half = 1.96 * float(np.sqrt(max(share @ spread @ share, 0)))
        grown = np.cumsum(share * gamma) / resistance
        ends = np.interp([0.5 - HELD / 2, 0.5 + HELD / 2], grown, np.log(tau))
        fastest, slowest = 1 / (2 * np.pi * np.exp(ends))
        interval = max(resistance - half, 0.0), resistance + half
        rows.append(
            (place, 1 / (2 * np.pi * place), resistance, *interval, float(slowest), float(fastest), probability)
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def with_intervals(
    peaks: pd.DataFrame, frequency: np.ndarray, impedance: np.ndarray, inductive: bool, tail: bool
) -> pd.DataFrame:
    """Return peaks with resistances and time constants of as many arcs in series, if these describe the spectrum.

    Neighbouring peaks overlap, and a smoothed distribution is wider than the truth: areas between minima are a little
    off, and their errors with them. The arcs' resistances and intervals are not. Where one arc less, without the least
    likely peak, leaves nothing but noise, and as many as there are peaks are not determined, that peak is none.
    """
    if not 0 < len(peaks) <= 4:
        return peaks
    for left_out in (0, 1)[: len(peaks)]:
        kept = peaks.drop(peaks.sort_values(["probability", "resistance"]).index[:left_out])
        found = _as_arcs(kept, frequency, impedance, inductive, tail)
        if found is not None:
            return found
    return peaks


def _as_arcs(
    peaks: pd.DataFrame, frequency: np.ndarray, impedance: np.ndarray, inductive: bool, tail: bool
) -> pd.DataFrame | None:
    """Return the peaks with numbers of arcs in series, or None if these are not determined or elsewhere."""
    arcs = "".join(f"-Zarc{k}" for k in range(1, len(peaks) + 1))
    circuit = f"{'L0-' if inductive else ''}R0{arcs}{'-CPE0' if tail else ''}"
    guess = {}
    for k, (_, row) in enumerate(peaks.sort_values("time_constant").iterrows(), start=1):
        guess |= {f"Zarc{k}_0": row["resistance"], f"Zarc{k}_1": row["time_constant"], f"Zarc{k}_2": 0.9}
    try:
        result = fit(frequency, impedance, circuit, initial_guess=guess)
    except (ValueError, np.linalg.LinAlgError):
        return None
    table, peaks = result.parameters, peaks.copy()
    resistances = [f"Zarc{k}_0" for k in range(1, len(peaks) + 1)]
    times = table.loc[[f"Zarc{k}_1" for k in range(1, len(peaks) + 1)], "value"].to_numpy()
    apart = np.abs(np.log(times / peaks["time_constant"].to_numpy()))
    if (apart > AGREE).any() or not table.loc[resistances, "identifiable"].all():
        return None
    for mine, theirs in (("resistance", "value"), ("lower", "lower"), ("upper", "upper")):
        peaks[mine] = table.loc[resistances, theirs].to_numpy()
    peaks["time_constant"], peaks["frequency"] = times, 1 / (2 * np.pi * times)
    return peaks
