"""Half-cells: the peaks of the cyclic voltammogram, III, V, VI and VII without calibration, IV with it.

Each is computed with every published curve of silicon that meets the rule for its branch; the curves count alike.
"""

import numpy as np
import pandas as pd

from companion import ledger
from companion.evidence import Computed, computes
from poetke2021 import electrodes
from poetke2021.cells import ensemble
from sicell import _data, voltammetry

# Upper vertex of the sweep, V. The text does not give it; no peak lies near it.
_VERTEX = 1.5
# Scan rate at which currents are stated, V/s. The text does not give one; a sign does not depend on it.
_SCAN_RATE = 1e-5


def _out() -> tuple[str, ...]:
    return electrodes.declared("silicon", "delithiation")


@ledger.remember
def second_cycle(branch: str = "delithiation", curve: str = "", lag: bool = False) -> pd.DataFrame:
    """Return the labelled features of the second cycle: at equilibrium, or with the lag that peak IV needs."""
    anode = electrodes.si_c(curves={branch: curve} if curve else None)
    scan = voltammetry.cyclic_voltammogram(
        anode, upper_vertex=_VERTEX, cycles=2, polarization=polarization() if lag else 0.0
    )
    features = voltammetry.label_peaks(scan)
    return features[features["cycle"] == 2].set_index("label")


def _crystallized() -> electrodes.Electrode:
    """Return the anode of which all silicon became Li15Si4: peak IV is the transition, whatever the rest does."""
    return electrodes.si_c(li15si4_share=1.0)


@ledger.remember
def polarization() -> float:
    """Return the one lumped polarization, adjusted to peak IV, V2."""
    return voltammetry.calibrate_polarization(_crystallized(), ledger.value("cv-peak-iv"), upper_vertex=_VERTEX)


def _graphitic(number: int, reaction: int) -> Computed:
    """Return one of the two peaks III, with the range assumed for the potential of its reaction.

    At equilibrium; the same sweep with the lag that puts peak IV in its place has as good a claim.
    """
    # the peak follows the potential of its reaction one to one
    value, lower, upper = (
        electrodes.reactions("carbon-shell-delithiation", kind)[0, reaction - 1]
        for kind in ("reactions", "lower", "upper")
    )
    peaks = (
        np.sort(second_cycle("delithiation", curve, lag).loc["III", "potential"])[number]
        for lag in (False, True)
        for curve in _out()
    )
    return ensemble([Computed(peak, peak + lower - value, peak + upper - value) for peak in peaks])


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
    scan = voltammetry.cyclic_voltammogram(_crystallized(), upper_vertex=_VERTEX, cycles=2, polarization=polarization())
    sweep = scan.sweep(2, "delithiation")
    sweep = sweep[sweep["Voltage / V"] > 0.25]
    return float(sweep.loc[sweep["response"].idxmax(), "Voltage / V"])


@computes("cv-shoulder-v")
def shoulder_v() -> Computed:
    """Return the range of shoulder V, from inflection to inflection, V."""
    found = (
        second_cycle("lithiation", curve, lag).loc["V"]
        for lag in (False, True)
        for curve in electrodes.declared("silicon", "lithiation")
    )
    return ensemble([Computed(lower=float(feature["lower"]), upper=float(feature["upper"])) for feature in found])


@ledger.remember
def _amorphous(label: str) -> Computed:
    """Return a peak of amorphous silicon, V: of each curve, with what smoothing and stress make of it."""
    smoothing = ledger.parameters("assumptions.csv", subject="voltammetry", parameter="smoothing").iloc[0]
    stress = electrodes.load("silicon")["parameters"]["stress_shift"]["range"]
    members = []
    for curve in _out():
        silicon = electrodes.silicon(curves={"delithiation": curve})
        tables = (
            voltammetry.amorphous_peaks(silicon, smoothing=width) for width in smoothing[["value", "lower", "upper"]]
        )
        places = [table.set_index("label")["potential"].get(label, np.nan) for table in tables]
        members.append(Computed(float(places[0]), np.nanmin(places) + stress[0], np.nanmax(places) + stress[1]))
    return ensemble(members)


@computes("cv-peak-vi", null=lambda: ledger.value("silicon-delithiation-potential"))
def peak_vi() -> Computed:
    """Return peak VI, V."""
    return _amorphous("VI")


@computes("cv-peak-vii", null=lambda: ledger.value("silicon-delithiation-potential"))
def peak_vii() -> Computed:
    """Return shoulder VII, V."""
    return _amorphous("VII")


def raw_humps() -> pd.DataFrame:
    """Return the humps of delithiation above 0.2 V: in each raw curve, in its fit, and in that without Li15Si4, V.

    The rows of a curve are VI and VII; a hump that one of the three does not have is NaN.
    """
    file = _data.table("curve_peaks.csv").query("potential > 0.2").set_index("curve")
    rows = []
    for number, curve in enumerate(_out()):
        found = file.loc[[curve], ["potential", "fitted_potential"]].to_numpy()
        found = np.vstack([np.full((2 - len(found), 2), np.nan), found])
        for label, (raw, fitted) in zip(("VI", "VII"), found, strict=True):
            rows.append(
                (curve.rsplit("-", 1)[1].capitalize(), label, raw, fitted, _amorphous(label).members[number].value)
            )
    return pd.DataFrame(rows, columns=["curve", "label", "raw", "fit", "without Li15Si4"])


def _currents(part: str, potential: np.ndarray, curve: str) -> np.ndarray:
    """Return how much more current a part of Si37@C gives at some potentials than that of Si28@C, A per g Si-C."""
    results = []
    for sample in ("si37", "si28"):
        content = ledger.value(f"silicon-fraction-{sample}") / 100
        anode = electrodes.si_c(si_fraction=content, curves={"delithiation": curve})
        slope = anode.branch("delithiation").parts[part].differential_capacity(potential)
        results.append(slope * anode.specific_capacity * 1e-3 * 3600 * _SCAN_RATE)
    return results[0] - results[1]


@computes("cv-silicon-peaks-trend")
def silicon_peaks_trend() -> Computed:
    """Return the smallest and largest change of the currents at IV, VI and VII from Si28@C to Si37@C, A/g."""
    places = np.array([_amorphous("VI").value, second_cycle().loc["IV", "potential"], _amorphous("VII").value])
    changes = np.array([_currents("silicon", places, curve) for curve in _out()])
    return Computed(float(changes.mean()), float(changes.min()), float(changes.max()))


@computes("cv-carbon-peaks-trend")
def carbon_peaks_trend() -> Computed:
    """Return the smallest and largest change of the shell's currents at III from Si28@C to Si37@C, A/g."""
    changes = _currents("carbon", np.sort(second_cycle().loc["III", "potential"]), _out()[0])
    return Computed(float(changes.mean()), float(changes.min()), float(changes.max()))
