"""What current costs in the rate test: voltage of each part of the cell, and capacity by two limits of the anode."""

from typing import Any

import numpy as np
import pandas as pd

from companion import ledger
from poetke2021 import cells, electrodes, stack
from sicell import balancing, materials, rate


def before_plating(np_ratio: float) -> balancing.FirstCycle:
    """Return the first cycle, its charge stopped a little earlier where lithium would plate: the metal diffuses not."""
    upper, lower = cells.cutoffs()
    stops = upper - 0.005 * np.arange(21)
    cell, loss = cells.cell(np_ratio), cells.calibrated_loss()
    plated = cell.first_cycle(stops, lower, loss=loss, warn=False).plated_capacity
    return cell.first_cycle(stops[int(np.argmax(plated <= 0))], lower, loss=loss, warn=False)


def separator_resistance() -> float:
    """Return the resistance of the separator, ohm cm2."""
    return materials.separator_resistance(
        ledger.value("separator-thickness"), ledger.value("solid-electrolyte-conductivity")
    )


def sphere_options(np_ratio: float) -> dict[str, float]:
    """Return loading of the cathode, mg/cm2, and resistance of the separator, ohm cm2, for the diffusion model."""
    areal = ledger.value("anode-areal-capacity") / np_ratio
    loading = 1e3 * areal / ledger.value("ncm-maximum-capacity")
    return {"cathode_loading": loading, "area_specific_resistance": separator_resistance()}


@ledger.remember
def time_constant() -> float:
    """Return the diffusion time, h, with which the cell of the rate test has the reported capacity at high current."""
    ratio = ledger.value("np-ratio-rate-test")
    reported, current = ledger.value("discharge-capacity-1.47"), ledger.value("current-density-rate-highest")
    return rate.calibrate_time_constant(cells.first_cycle(ratio), reported, current, **sphere_options(ratio))


def sphere_capacity(np_ratio: float) -> float:
    """Return the discharge capacity of the diffusion model at the highest current, mAh per g NCM."""
    current = ledger.value("current-density-rate-highest")
    return rate.discharge(before_plating(np_ratio), current, time_constant(), **sphere_options(np_ratio)).capacity


@ledger.remember
def line_resistance() -> float:
    """Return the ionic resistance of the anode, ohm cm2, with which a transmission line explains the same capacity."""
    first, current = cells.first_cycle(ledger.value("np-ratio-rate-test")), ledger.value("current-density-rate-highest")
    ohms = np.geomspace(500, 8000, 25)
    found = rate.porous_discharge(
        first, current, anode_resistance=ohms, area_specific_resistance=separator_resistance()
    ).capacity
    return float(np.exp(np.interp(-ledger.value("discharge-capacity-1.47"), -found, np.log(ohms))))


def line_capacity(np_ratio: float) -> float:
    """Return the discharge capacity of that line at the highest current, mAh per g NCM."""
    return rate.porous_discharge(
        before_plating(np_ratio),
        ledger.value("current-density-rate-highest"),
        anode_resistance=line_resistance(),
        area_specific_resistance=separator_resistance(),
    ).capacity


def _as_printed(first: balancing.FirstCycle, np_ratio: float, exponent: Any) -> Any:
    """Return the capacity at the highest current with both recipes as printed, for some of Bruggeman's exponents."""
    ohms = {
        f"{electrode}_resistance": stack.ionic_resistance(electrode, np_ratio, exponent, swapped=False)[1]
        for electrode in ("anode", "cathode")
    }
    current = ledger.value("current-density-rate-highest")
    return rate.porous_discharge(first, current, area_specific_resistance=separator_resistance(), **ohms).capacity


@ledger.remember
def printed_exponent() -> float:
    """Return Bruggeman's exponent with which the recipes as printed explain the same capacity."""
    ratio, exponents = ledger.value("np-ratio-rate-test"), np.linspace(1.8, 2.4, 25)
    found = _as_printed(cells.first_cycle(ratio), ratio, exponents)
    return float(np.interp(-ledger.value("discharge-capacity-1.47"), -found, exponents))


def printed_capacity(np_ratio: float) -> float:
    """Return the discharge capacity at the highest current of electrodes whose recipes are as printed, mAh/g."""
    return _as_printed(before_plating(np_ratio), np_ratio, printed_exponent())


def ionic_resistances() -> pd.DataFrame:
    """Return what is assumed of the ionic resistance of both electrodes at the ratio of the rate test, ohm cm2.

    Indexed by electrode and by how the last two numbers of its recipe are read (``"swapped"``, or ``"as printed"``):
    ``value``, ``lower``, ``upper`` by the range of Bruggeman's exponent, for electrodes without pores, and
    ``electrolyte`` (volume fraction).
    """
    exponent = ledger.parameters("assumptions.csv", subject="composite", parameter="bruggeman_exponent").iloc[0]
    rows = {}
    for electrode in ("anode", "cathode"):
        for reading in ("swapped", "as printed"):
            share, ohms = stack.ionic_resistance(
                electrode,
                ledger.value("np-ratio-rate-test"),
                exponent[["value", "lower", "upper"]].to_numpy(dtype=float),
                swapped=reading == "swapped",
            )
            rows[electrode, reading] = [*ohms, share]
    index = pd.MultiIndex.from_tuples(rows, names=["electrode", "recipe"])
    return pd.DataFrame(list(rows.values()), index=index, columns=["value", "lower", "upper", "electrolyte"])


def lowered_by(current: float) -> pd.DataFrame:
    """Return what lowers the mean voltage of the rate test's first discharge at a current (mA/cm2), mV.

    ``value``, ``lower``, ``upper`` of each part: the anode's potential at rest, hysteresis and all, in the draws,
    and what the current costs in the separator, in the electrolyte of the electrodes (recipe swapped, so that it
    conducts) and by diffusion in the anode, with the time adjusted to the highest current.
    """
    ratio = ledger.value("np-ratio-rate-test")
    first = cells.first_cycle(ratio)
    equilibrium = cells.summary(lowering_draws())
    ohms = ionic_resistances().xs("swapped", level="recipe")
    columns = ["value", "lower", "upper"]
    lines = rate.porous_discharge(
        first,
        current,
        anode_resistance=ohms.loc["anode", columns].to_numpy(dtype=float),
        cathode_resistance=ohms.loc["cathode", columns].to_numpy(dtype=float),
    )
    none = rate.porous_discharge(first, current, anode_resistance=0.0).mean_voltage
    separator = current * separator_resistance()
    options = {"cathode_loading": sphere_options(ratio)["cathode_loading"]}
    spheres = rate.discharge(first, current, time_constant(), **options)
    diffusion = 1e3 * (first.mean_discharge_voltage - spheres.mean_voltage)
    rows = {
        "anode at rest": [-1e3 * one for one in (equilibrium.value, equilibrium.upper, equilibrium.lower)],
        "separator": [separator] * 3,
        "electrolyte in the electrodes": 1e3 * (none - lines.mean_voltage),
        "diffusion in the anode": [diffusion] * 3,
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("part")


def lowering_draws() -> np.ndarray:
    """Return the mean discharge voltage at the ratio of the rate test minus that of the same NCM against lithium, V.

    The half-cell's window is that in which 207 mAh/g stand; against Li-In its voltage would be 0.62 V lower.
    """
    found = cells.uncertainty()
    column = found.np_ratio.tolist().index(ledger.value("np-ratio-rate-test"))
    half = half_cell(found.first_cycle.cell.cathode).mean_discharge_voltage
    return found.first_cycle.mean_discharge_voltage[:, column] - half[:, 0]


def half_cell(cathode: electrodes.Electrode) -> balancing.FirstCycle:
    """Return the first cycle of NCM against lithium, between the potentials to which its 207 mAh/g belong."""
    window = electrodes.assumptions().set_index(["electrode", "parameter"])["value"].loc["ncm90"]
    against = balancing.FullCell(cathode, electrodes.lithium(), cathode_capacity=ledger.value("ncm-maximum-capacity"))
    return against.first_cycle(window["reference_potential"], window["lower_limit"], warn=False)
