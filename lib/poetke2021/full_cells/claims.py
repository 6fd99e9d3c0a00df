"""Full cells: first discharge and rate capability of the balanced cell, beside what the paper reports."""

from __future__ import annotations

import numpy as np

from companion import ledger
from companion.evidence import Computed, Step, computes, finding
from poetke2021 import cells, electrodes
from sicell import balancing, materials, rate


@computes("anode-oversize-rate-test")
def anode_oversize() -> float:
    """Return by how much the anode's capacity exceeds the cathode's in the rate test, %."""
    return 100 * (ledger.value("np-ratio-rate-test") - 1)


@computes("discharge-capacity-trend-current")
def discharge_capacity_trend() -> float:
    """Return the printed discharge capacity at the highest minus that at the lowest current, mAh per g NCM."""
    return ledger.value("discharge-capacity-1.47") - ledger.value("discharge-capacity-0.07")


@computes("first-discharge-against-li-in")
def first_discharge_against_li_in() -> float:
    """Return the first discharge capacity relative to the NCM/SE/Li-In half-cell, %."""
    return 100 * ledger.value("discharge-capacity-0.07") / ledger.value("ncm-maximum-capacity")


@computes("first-discharge-against-graphite")
def first_discharge_against_graphite() -> float:
    """Return the same relative to the graphite cell, whose loss was adjusted to it, %."""
    reference = cells.graphite_first_cycle(cells.graphite_loss()).discharge_capacity
    return round(100 * ledger.value("discharge-capacity-0.07") / float(reference), 6)


def _one_loss_per_anode() -> float:
    """Guess by the text's own argument, without a curve: the anode loses the same at every ratio, mAh per g NCM.

    What the cell with n/p 2.0 does not give back of a first charge, counted per gram of the larger cathode.
    """
    charge = electrodes.load("ncm90")["parameters"]["first_charge_capacity"]["value"]
    shrunk = ledger.value("np-ratio-rate-test") / ledger.value("np-ratio-2.0")
    return float(charge * (1 - (1 - ledger.value("ice-np-2.0") / 100) * shrunk))


def _first_discharge(percent_of: float = 100.0) -> Computed:
    """Return the near-equilibrium first discharge at n/p 1.3, in mAh per g NCM or in per cent of a capacity."""
    others = (100 * other / percent_of for other in cells.others("discharge_capacity", "1.3"))
    return cells.drawn(100 * cells.at("discharge_capacity", "1.3") / percent_of, *others)


@computes("discharge-capacity-0.07", null=_one_loss_per_anode)
def first_discharge_capacity() -> Computed:
    """Return the first discharge capacity at the lowest current, taken as near equilibrium, mAh per g NCM."""
    return _first_discharge()


def _li_in() -> float:
    return ledger.value("ncm-maximum-capacity")


def _graphite() -> float:
    return float(cells.graphite_first_cycle(cells.graphite_loss()).discharge_capacity)


@computes(
    "first-discharge-against-li-in-cv",
    null=lambda: 100 * _one_loss_per_anode() / _li_in(),
    group="discharge-capacity-0.07",
)
def first_discharge_after_constant_voltage() -> Computed:
    """Return the near-equilibrium discharge relative to the NCM/SE/Li-In cell, %: where a held voltage leads."""
    return _first_discharge(_li_in())


@computes(
    "first-discharge-against-graphite-cv",
    null=lambda: 100 * _one_loss_per_anode() / _graphite(),
    group="discharge-capacity-0.07",
)
def first_discharge_after_constant_voltage_against_graphite() -> Computed:
    """Return the same relative to the graphite cell, %, whose loss was adjusted to the discharge without that step."""
    return _first_discharge(_graphite())


def mean_discharge_voltage(first: balancing.FirstCycle) -> float:
    """Return the mean voltage of the first discharge of one cell, V: its energy over its capacity."""
    profile = first.profile()
    last = profile[profile["Step Count / 1"] == 2]
    charge = last["Specific Capacity / mAh g-1"].to_numpy()
    return float(np.trapezoid(last["Voltage / V"].to_numpy(), charge) / charge[-1])


def _delithiation_potentials() -> float:
    """Guess: graphite's printed delithiation peaks less the potential printed for silicon, V."""
    peaks = [ledger.value(f"cv-peak-iii-{which}") for which in ("lower", "upper")]
    return sum(peaks) / len(peaks) - ledger.value("silicon-delithiation-potential")


@computes("average-discharge-voltage-si-c-lower", null=_delithiation_potentials)
def average_voltage_against_graphite() -> Computed:
    """Return the mean discharge voltage with Si-C minus that with graphite, V, for what 92 % may be rounded from."""
    printed = ledger.value("first-discharge-against-graphite")
    graphite = [
        mean_discharge_voltage(cells.graphite_first_cycle(cells.graphite_loss((printed + step) / printed)))
        for step in (0.0, -0.5, 0.5)
    ]

    def lowered(curve: str) -> Computed:
        voltage = mean_discharge_voltage(cells.first_cycle(ledger.value("np-ratio-rate-test"), curve))
        return Computed(voltage - graphite[0], voltage - max(graphite), voltage - min(graphite))

    return cells.ensemble(cells.each_curve(lowered))


@computes("full-cell-plateau-lowered")
def voltage_against_cathode_half_cell() -> Computed:
    """Return the mean discharge voltage at n/p 1.3 minus that of NCM against lithium, V.

    The half-cell's window is that in which 207 mAh/g stand; against Li-In its voltage would be 0.62 V lower.
    """
    window = electrodes.assumptions().set_index(["electrode", "parameter"])["value"].loc["ncm90"]
    half_cell = balancing.FullCell(
        electrodes.ncm90(), electrodes.lithium(), cathode_capacity=ledger.value("ncm-maximum-capacity")
    ).first_cycle(window["reference_potential"], window["lower_limit"], warn=False)
    alone, ratio = mean_discharge_voltage(half_cell), ledger.value("np-ratio-rate-test")
    found = cells.each_curve(lambda curve: mean_discharge_voltage(cells.first_cycle(ratio, curve)) - alone)
    return cells.ensemble([Computed(one) for one in found])


def _before_plating(np_ratio: float) -> balancing.FirstCycle:
    """Return the first cycle, its charge stopped a little earlier where lithium would plate: the metal diffuses not."""
    upper, lower = cells.cutoffs()
    stops = upper - 0.005 * np.arange(21)
    cell, loss = cells.cell(np_ratio), cells.calibrated_loss()
    plated = cell.first_cycle(stops, lower, loss=loss, warn=False).plated_capacity
    return cell.first_cycle(stops[int(np.argmax(plated <= 0))], lower, loss=loss, warn=False)


def _options(np_ratio: float) -> dict[str, float]:
    """Return loading of the cathode, mg/cm2, and resistance of the separator, ohm cm2, for the rate model."""
    areal = ledger.value("anode-areal-capacity") / np_ratio
    thickness, conductivity = ledger.value("separator-thickness"), ledger.value("solid-electrolyte-conductivity")
    return {
        "cathode_loading": 1e3 * areal / ledger.value("ncm-maximum-capacity"),
        "area_specific_resistance": materials.separator_resistance(thickness, conductivity),
    }


@ledger.remember
def time_constant() -> float:
    """Return the diffusion time, h, with which the cell of the rate test has the reported capacity at high current."""
    ratio = ledger.value("np-ratio-rate-test")
    reported, current = ledger.value("discharge-capacity-1.47"), ledger.value("current-density-rate-highest")
    return rate.calibrate_time_constant(cells.first_cycle(ratio), reported, current, **_options(ratio))


def _capacity_at_highest_current(np_ratio: float) -> float:
    """Return the discharge capacity of the diffusion model at the highest current, mAh per g NCM."""
    current = ledger.value("current-density-rate-highest")
    return rate.discharge(_before_plating(np_ratio), current, time_constant(), **_options(np_ratio)).capacity


@computes("discharge-capacity-1.47")
def discharge_capacity_at_highest_current() -> float:
    """Return the capacity to which the diffusion time is adjusted, mAh per g NCM; its agreement proves nothing."""
    return _capacity_at_highest_current(ledger.value("np-ratio-rate-test"))


@computes("rate-capability-np-dependence", null=0.0)
def rate_capability_np_dependence() -> float:
    """Return the largest minus the smallest capacity at high current among the four ratios, mAh per g NCM.

    It is the same for every curve of silicon: where diffusion ends the discharge, the surface is empty.
    """
    capacity = [_capacity_at_highest_current(ledger.value(f"np-ratio-{ratio}")) for ratio in cells.NP_RATIOS]
    return max(capacity) - min(capacity)


@finding("ncm-capacity-twice")
def ncm_capacity_twice() -> tuple[bool, list[Step]]:
    """Compare the two specific capacities that are stated for the same cathode material."""
    abstract, text = ledger.value("ncm-capacity-abstract"), ledger.value("ncm-maximum-capacity")
    steps = [
        Step("capacity of NCM in the abstract", abstract, "mAh g⁻¹"),
        Step("capacity of NCM in the text", text, "mAh g⁻¹"),
        Step("difference", 100 * (abstract / text - 1), "%", 2),
    ]
    return abstract != text, steps


@finding("rate-test-against-cycling")
def rate_test_against_cycling() -> tuple[bool, list[Step]]:
    """Compare the rate test at n/p 1.3 with the second cycle, which runs at a lower current."""
    rate, rate_current = ledger.value("discharge-capacity-1.47"), ledger.value("current-density-rate-highest")
    second, second_current = (
        ledger.value("second-cycle-capacity-np-2.0"),
        ledger.value("cycling-discharge-current-density"),
    )
    steps = [
        Step("rate test, n/p 1.3: capacity", rate, "mAh g⁻¹"),
        Step("at a discharge current density of", rate_current, "mA cm⁻²"),
        Step("cycling, n/p 2.0, second cycle: the highest of all four ratios", second, "mAh g⁻¹"),
        Step("at a discharge current density of only", second_current, "mA cm⁻²", 2),
    ]
    return rate >= second and rate_current > second_current, steps
