"""Full cells: first discharge and rate capability of the balanced cell, beside what the paper reports."""

import numpy as np

from companion import ledger
from companion.evidence import Computed, Step, computes, finding
from poetke2021 import cells, electrodes
from poetke2021.full_cells import kinetics


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


def _delithiation_potentials() -> float:
    """Guess: graphite's printed delithiation peaks less the potential printed for silicon, V."""
    peaks = [ledger.value(f"cv-peak-iii-{which}") for which in ("lower", "upper")]
    return sum(peaks) / len(peaks) - ledger.value("silicon-delithiation-potential")


@computes("average-discharge-voltage-si-c-lower", null=_delithiation_potentials)
def average_voltage_against_graphite() -> Computed:
    """Return the mean discharge voltage with Si-C minus that with graphite, V, for what 92 % may be rounded from."""
    printed = ledger.value("first-discharge-against-graphite")
    graphite = [
        cells.graphite_first_cycle(cells.graphite_loss((printed + step) / printed)).mean_discharge_voltage
        for step in (0.0, -0.5, 0.5)
    ]

    def lowered(curve: str) -> Computed:
        voltage = cells.first_cycle(ledger.value("np-ratio-rate-test"), curve).mean_discharge_voltage
        return Computed(voltage - graphite[0], voltage - max(graphite), voltage - min(graphite))

    return cells.ensemble(cells.each_curve(lowered))


@computes("full-cell-plateau-lowered")
def voltage_against_cathode_half_cell() -> Computed:
    """Return the mean discharge voltage at n/p 1.3, without any current, minus that of NCM against lithium, V."""
    return cells.drawn(kinetics.lowering_draws())


@computes("discharge-capacity-1.47")
def discharge_capacity_at_highest_current() -> float:
    """Return the capacity to which the diffusion time is adjusted, mAh per g NCM; its agreement proves nothing."""
    return kinetics.sphere_capacity(ledger.value("np-ratio-rate-test"))


@computes("rate-capability-np-dependence", null=0.0)
def rate_capability_np_dependence() -> Computed:
    """Return the largest minus the smallest capacity at high current among the four ratios, mAh per g NCM.

    By diffusion in the anode; transmission lines through the anode's depth, and through both electrodes as their
    recipes are printed, are members. Each has one number, adjusted to the same capacity.
    All are the same for every curve of silicon: at the end the surface, or the front, is empty.
    """
    ratios = [ledger.value(f"np-ratio-{ratio}") for ratio in cells.NP_RATIOS]
    models = kinetics.sphere_capacity, kinetics.line_capacity, kinetics.printed_capacity
    spheres, *lines = (float(np.ptp([model(ratio) for ratio in ratios])) for model in models)
    return Computed(spheres, members=tuple(Computed(line) for line in lines))


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
