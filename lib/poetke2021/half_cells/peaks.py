"""Half-cells: the peaks of the cyclic voltammogram, III, V, VI and VII without calibration, IV with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from companion import ledger
from companion.evidence import Computed, computes
from poetke2021 import electrodes
from sicell import voltammetry
from sicell.electrodes import Electrode

# Upper vertex of the sweep, V. The text does not give it; no peak lies near it.
_VERTEX = 1.5
# Scan rate at which currents are stated, V/s. The text does not give one; a sign does not depend on it.
_SCAN_RATE = 1e-5


@ledger.remember
def _second_cycle() -> pd.DataFrame:
    """Return the labelled features of the second cycle at equilibrium; nothing is calibrated."""
    scan = voltammetry.cyclic_voltammogram(electrodes.si_c(), upper_vertex=_VERTEX, cycles=2)
    features = voltammetry.label_peaks(scan)
    return features[features["cycle"] == 2].set_index("label")


@ledger.remember
def _polarization() -> float:
    """Return the one lumped polarization, adjusted to peak IV, V2."""
    return voltammetry.calibrate_polarization(electrodes.si_c(), ledger.value("cv-peak-iv"), upper_vertex=_VERTEX)


@ledger.remember
def _lagging_second_cycle() -> pd.DataFrame:
    """Return the labelled features of the second cycle with the lag that peak IV needs."""
    scan = voltammetry.cyclic_voltammogram(
        electrodes.si_c(), upper_vertex=_VERTEX, cycles=2, polarization=_polarization()
    )
    features = voltammetry.label_peaks(scan)
    return features[features["cycle"] == 2].set_index("label")


def _graphitic(number: int, reaction: int) -> Computed:
    """Return one of the two peaks III, with the range assumed for the potential of its reaction.

    At equilibrium; the same sweep with the lag that puts peak IV in its place has as good a claim.
    """
    peak = np.sort(_second_cycle().loc["III", "potential"])[number]
    # below 0.08 V the label marks the turn of the sweep, and where the hosts that wait there start to give
    lagging = np.sort(_lagging_second_cycle().loc["III", "potential"])
    lagging = lagging[lagging > 0.08][number]
    # the peak follows the potential of its reaction one to one
    value, lower, upper = (
        electrodes.reactions("carbon-shell-delithiation", kind)[0, reaction - 1]
        for kind in ("reactions", "lower", "upper")
    )
    return Computed(peak, peak + lower - value, peak + upper - value, members=(Computed(float(lagging)),))


def _stage(low: float, high: float) -> float:
    """Return where graphite gives back most within a range, V: what the published curve of graphite says by itself."""
    potential = np.linspace(low, high, 2001)
    return float(potential[electrodes.graphite().differential_capacity(potential, "delithiation").argmax()])


@computes("cv-peak-iii-lower", null=lambda: _stage(0.08, 0.12))
def peak_iii_lower() -> Computed:
    """Return the lower peak III, V; the guess is graphite."""
    return _graphitic(0, 3)


@computes("cv-peak-iii-upper", null=lambda: _stage(0.12, 0.16))
def peak_iii_upper() -> Computed:
    """Return the upper peak III, V; the guess is graphite."""
    return _graphitic(-1, 2)


@computes("cv-peak-iv")
@ledger.remember
def peak_iv() -> float:
    """Return peak IV after the one lumped polarization has been adjusted to it, V."""
    scan = voltammetry.cyclic_voltammogram(
        electrodes.si_c(), upper_vertex=_VERTEX, cycles=1, polarization=_polarization()
    )
    sweep = scan.sweep(1, "delithiation")
    sweep = sweep[sweep["Voltage / V"] > 0.25]
    return float(sweep.loc[sweep["response"].idxmax(), "Voltage / V"])


@computes("cv-shoulder-v")
def shoulder_v() -> Computed:
    """Return the range of shoulder V, from inflection to inflection, V."""
    rest, lagging = (
        Computed(lower=float(feature["lower"]), upper=float(feature["upper"]))
        for feature in (_second_cycle().loc["V"], _lagging_second_cycle().loc["V"])
    )
    return replace(rest, members=(lagging,))


@ledger.remember
def _amorphous(label: str) -> Computed:
    """Return a peak of amorphous silicon, with what smoothing and the other published curve make of it, V."""
    smoothing = ledger.parameters("assumptions.csv", subject="voltammetry", parameter="smoothing").iloc[0]
    others = electrodes.declared("silicon", "delithiation")
    found = [
        voltammetry.amorphous_peaks(electrodes.silicon(curves={"delithiation": curve}), smoothing=width)
        for curve in others
        for width in smoothing[["value", "lower", "upper"]]
    ]
    positions = [float(table.set_index("label")["potential"].get(label, np.nan)) for table in found]
    # the first is the declared curve with the declared smoothing
    alone = positions[:: len(smoothing[["value", "lower", "upper"]])]
    return Computed(
        positions[0], np.nanmin(positions), np.nanmax(positions), members=tuple(Computed(one) for one in alone)
    )


@computes("cv-peak-vi", null=lambda: ledger.value("silicon-delithiation-potential"))
def peak_vi() -> Computed:
    """Return peak VI, V."""
    return _amorphous("VI")


@computes("cv-peak-vii", null=lambda: ledger.value("silicon-delithiation-potential"))
def peak_vii() -> Computed:
    """Return shoulder VII, V."""
    return _amorphous("VII")


def _currents(parts: tuple[str, ...], potential: np.ndarray) -> np.ndarray:
    """Return how much more current parts of Si37@C give at some potentials than those of Si28@C, A per g Si-C."""
    results = []
    for sample in ("si37", "si28"):
        anode: Electrode = electrodes.si_c(si_fraction=ledger.value(f"silicon-fraction-{sample}") / 100)
        curves = anode.branch("delithiation").parts
        slope = sum(curves[part].differential_capacity(potential) for part in parts)
        results.append(slope * anode.specific_capacity * 1e-3 * 3600 * _SCAN_RATE)
    return results[0] - results[1]


@computes("cv-silicon-peaks-trend")
def silicon_peaks_trend() -> Computed:
    """Return the smallest and largest change of the currents at IV, VI and VII from Si28@C to Si37@C, A/g."""
    transition = _second_cycle().loc["IV", "potential"]
    places = np.array([_amorphous("VI").value, float(transition), _amorphous("VII").value])
    changes = _currents(("silicon",), places)
    return Computed(float(changes.mean()), float(changes.min()), float(changes.max()))


@computes("cv-carbon-peaks-trend")
def carbon_peaks_trend() -> Computed:
    """Return the smallest and largest change of the shell's currents at III from Si28@C to Si37@C, A/g."""
    changes = _currents(("carbon",), np.sort(_second_cycle().loc["III", "potential"]))
    return Computed(float(changes.mean()), float(changes.min()), float(changes.max()))
