"""Balance of the full cells: what follows from arithmetic, and what the half-cells predict with their uncertainty.

Where a prediction has an interval it comes from Monte Carlo draws that the chapters share: medians and central
95 % intervals over what is assumed about curves, capacities, cells and the loss of lithium.
"""

from dataclasses import replace

from companion import ledger
from companion.evidence import Computed, Step, computes, finding
from poetke2021 import cells, electrodes
from sicell import balancing, materials


@computes("np-ratio-range")
def np_ratio_range() -> Computed:
    """Return the smallest and the largest n/p ratio among the cells."""
    ratios = [ledger.value(f"np-ratio-{ratio}") for ratio in cells.NP_RATIOS]
    return Computed(lower=min(ratios), upper=max(ratios))


@computes("cathode-first-discharge-capacity")
def cathode_first_discharge_capacity() -> float:
    """Return what NCM of the printed capacity delivers per gram of cathode composite, mAh/g."""
    fraction = ledger.value("cathode-ncm-fraction") / 100
    return materials.capacity_per_composite(ledger.value("ncm-maximum-capacity"), fraction)


def _cathode_potential(ratio: str) -> float:
    """Return cut-off voltage plus printed anode potential, V."""
    anode = ledger.value(f"anode-potential-end-of-charge-np-{ratio}")
    return ledger.value("cell-upper-cutoff-voltage") + anode


@computes("cathode-potential-end-of-charge-np-1.3")
def cathode_potential_at_low_ratio() -> float:
    """Return the cathode potential at the end of charge for n/p = 1.3, V."""
    return _cathode_potential("1.3")


@computes("cathode-potential-end-of-charge-np-2.0")
def cathode_potential_at_high_ratio() -> float:
    """Return the cathode potential at the end of charge for n/p = 2.0, V."""
    return _cathode_potential("2.0")


@computes("areal-capacity-trend-np")
def areal_capacity_trend() -> float:
    """Return how the cathode's areal capacity changes from n/p = 1.3 to 2.0 beside the same anode, mAh/cm2."""
    anode = ledger.value("anode-areal-capacity")
    return anode / ledger.value("np-ratio-2.0") - anode / ledger.value("np-ratio-1.3")


def _plateau() -> float:
    """Guess of a reader of the half-cell section: the anode is on the plateau of its first lithiation, V."""
    return ledger.value("first-lithiation-plateau")


def _straight_line(ratio: str) -> float:
    """Guess that the anode's potential falls in a straight line from that plateau, empty, to zero, full, V."""
    return _plateau() * (1 - 1 / ledger.value(f"np-ratio-{ratio}"))


def _straight_line_rise() -> float:
    return _straight_line("2.0") - _straight_line("1.3")


@computes("anode-potential-end-of-charge-np-1.3", null=lambda: _straight_line("1.3"))
def anode_potential_at_low_ratio() -> Computed:
    """Return the anode potential at the end of charge for n/p = 1.3, V; the guess is a straight line."""
    return cells.drawn(cells.at("anode_potential_end_of_charge", "1.3"))


@computes("anode-potential-end-of-charge-np-2.0", null=_plateau)
def anode_potential_at_high_ratio() -> Computed:
    """Return the anode potential at the end of charge for n/p = 2.0, V; the guess is the plateau in the half-cell."""
    return cells.drawn(cells.at("anode_potential_end_of_charge", "2.0"))


@computes("derived-anode-potential-difference", null=_straight_line_rise, group="anode-potential-end-of-charge-np-1.3")
def anode_potential_difference() -> Computed:
    """Return the anode potential at n/p 2.0 minus that at 1.3, end of charge, V; the guess is a straight line."""
    return cells.drawn(cells.change("anode_potential_end_of_charge"))


@computes(
    "anode-potential-end-of-charge-trend-np", null=_straight_line_rise, group="anode-potential-end-of-charge-np-1.3"
)
def anode_potential_trend() -> Computed:
    """Return the change of the anode potential at the end of charge, n/p 1.3 to 2.0, V."""
    return anode_potential_difference()


@computes(
    "cathode-potential-end-of-charge-trend-np", null=_straight_line_rise, group="anode-potential-end-of-charge-np-1.3"
)
def cathode_potential_trend() -> Computed:
    """Return the change of the cathode potential at the end of charge, n/p 1.3 to 2.0, V: that of the anode."""
    return cells.drawn(cells.change("cathode_potential_end_of_charge"))


def _where_it_stopped() -> float:
    """Guess from the reference cell's curve: where a cathode stands that has taken 187 of 207 mAh/g, V."""
    filled = ledger.value("discharge-capacity-0.07") / ledger.value("ncm-maximum-capacity")
    return float(electrodes.ncm90().potential(filled, "lithiation"))


@computes("cathode-potential-end-of-discharge", null=_where_it_stopped)
def cathode_potential_end_of_discharge() -> Computed:
    """Return the cathode potential at the end of discharge for n/p = 1.3, V; the guess needs no full cell."""
    quantity = "cathode_potential_end_of_discharge"
    return cells.drawn(cells.at(quantity, "1.3"), *cells.others(quantity, "1.3"))


def _less_comes_back() -> float:
    """Guess by the text's own argument: the share of lithium that is lost grows as the n/p ratio, V.

    Read from the half-cell's curve of the cathode at what then comes back, n/p 2.0 minus 1.3.
    """
    curve, lost = electrodes.ncm90(), 1 - ledger.value("ice-np-2.0") / 100
    shrunk = ledger.value("np-ratio-1.3") / ledger.value("np-ratio-2.0")
    high, low = (float(curve.potential(1 - share, "lithiation")) for share in (lost, lost * shrunk))
    return high - low


@computes("cathode-potential-end-of-discharge-trend-np", null=_less_comes_back)
def cathode_discharge_trend() -> Computed:
    """Return the change of the cathode potential at the end of discharge, n/p 1.3 to 2.0, V."""
    quantity = "cathode_potential_end_of_discharge"
    return cells.drawn(cells.change(quantity), *cells.others(quantity, "1.3", "2.0"))


@computes(
    "anode-potential-end-of-discharge-trend-np",
    null=_less_comes_back,
    group="cathode-potential-end-of-discharge-trend-np",
)
def anode_discharge_trend() -> Computed:
    """Return the change of the anode potential at the end of discharge: the cathode's, for both differ by 1.5 V."""
    quantity = "anode_potential_end_of_discharge"
    return cells.drawn(cells.change(quantity), *cells.others(quantity, "1.3", "2.0"))


@computes("discharge-ends-at-empty-anode", null=("anode", "cathode"))
def discharge_limit() -> Computed:
    """Rank the electrodes by the share of their capacity that is left when the discharge ends, at both ratios.

    The guess: more lithium is lost than the cathode by itself would not take back, so the anode is empty first.
    """

    def order(end: balancing.FirstCycle) -> Computed:
        left = {"anode": end.anode_lithiation_end_of_discharge, "cathode": 1 - end.cathode_lithiation_end_of_discharge}
        return Computed(order=tuple(sorted(left, key=left.__getitem__)))

    ratios = [ledger.value(f"np-ratio-{ratio}") for ratio in ("1.3", "2.0")]
    first, *others = (order(cells.first_cycle(ratio, curve)) for ratio in ratios for curve in cells.each_curve(str))
    others += [order(end) for ratio in ratios for end in cells.other_first_cycles(ratio)]
    return replace(first, members=tuple(others))


def _cathode_climbs() -> float:
    """Guess: the printed rise of the anode's potential, times the mean slope of a cathode between 3.0 and 4.3 V."""
    ends = (ledger.value(f"anode-potential-end-of-charge-np-{ratio}") for ratio in ("2.0", "1.3"))
    high, low = ends
    window = electrodes.assumptions().set_index(["electrode", "parameter"])["value"]
    span = window.loc[("ncm90", "reference_potential")] - window.loc[("ncm90", "lower_limit")]
    return float((high - low) * ledger.value("ncm-maximum-capacity") / span)


@computes("first-charge-capacity-trend-np", null=_cathode_climbs)
def first_charge_trend() -> Computed:
    """Return the change of the first charge capacity, n/p 1.3 to 2.0, mAh per g NCM."""
    return cells.drawn(cells.change("charge_capacity"))


@computes("cathode-delithiation-trend-np", null=_cathode_climbs, group="first-charge-capacity-trend-np")
def cathode_delithiation_trend() -> Computed:
    """Return the change of the charge extracted from the cathode, which is the charge capacity, mAh per g NCM."""
    return first_charge_trend()


@computes("anode-utilization-trend-np")
def anode_utilization_trend() -> Computed:
    """Return the change of the anode's lithiation at the end of charge, n/p 1.3 to 2.0, in percentage points."""
    return cells.drawn(100 * cells.change("anode_lithiation_end_of_charge"))


@computes("ice-np-2.0")
def initial_efficiency_at_high_ratio() -> float:
    """Return the initial coulombic efficiency with the loss that was adjusted to it, %; shows that it was."""
    cycle = cells.first_cycle(ledger.value("np-ratio-2.0"))
    # the loss is found to 1e-9; the print has one decimal
    return round(100 * cycle.initial_coulombic_efficiency, 6)


@computes("ice-trend-np")
def initial_efficiency_trend() -> Computed:
    """Return the change of the initial coulombic efficiency, n/p 1.1 to 2.0, in percentage points."""
    return cells.drawn(100 * cells.change("initial_coulombic_efficiency", "1.1", "2.0"))


@computes("relative-loss-trend-np", group="ice-trend-np")
def relative_loss_trend() -> Computed:
    """Return the change of the relative loss of the first cycle, n/p 1.1 to 2.0, in percentage points."""
    return cells.drawn(-100 * cells.change("initial_coulombic_efficiency", "1.1", "2.0"))


@ledger.remember
def _too_small_anode() -> balancing.FirstCycleUncertainty:
    """Return the draws of a cell whose anode is full in nearly all of them before the cut-off is reached."""
    nothing_lost = balancing.Loss.fixed(0.0)
    cell = cells.cell((0.9,))
    return cell.uncertainty(*cells.cutoffs(), loss=nothing_lost, scatter=cells.scatter(), draws=4000)


@computes("plating-np-threshold", null=1.0)
def plating_threshold() -> Computed:
    """Return the nominal n/p ratio at which the anode is full, at 0 V vs Li/Li+, when the cell reaches its cut-off."""
    samples = _too_small_anode().samples
    charge = samples["charge_capacity"][:, 0]
    held_at_zero = (1 + samples["plating_margin"][:, 0]) / samples["true_np_ratio"][:, 0]  # lithiation, about 1
    threshold = charge / held_at_zero / ledger.value("ncm-maximum-capacity")
    return cells.summary(threshold)


@finding("nominal-ratio-of-two-cycles")
def nominal_ratio_of_two_cycles() -> tuple[bool, list[Step]]:
    """Count the smallest n/p ratio with what the cathode gives on the first charge."""
    nominal, discharge = ledger.value("np-ratio-1.1"), ledger.value("ncm-maximum-capacity")
    assumed = electrodes.assumptions().set_index(["electrode", "parameter"]).loc[("ncm90", "first_charge_capacity")]
    anode = nominal * discharge
    steps = [
        Step("anode, first lithiation, per gram of NCM at nominal n/p 1.1", anode, "mAh g⁻¹"),
        Step("cathode, first discharge: what the ratio divides by", discharge, "mAh g⁻¹"),
        Step("cathode, first charge to 4.30 V (assumed)", assumed["value"], "mAh g⁻¹"),
        Step("ratio that counts on the first charge", anode / assumed["value"]),
        Step("the same at the lower end of the assumed range", anode / assumed["lower"]),
        Step("the same at its upper end", anode / assumed["upper"]),
    ]
    return anode / assumed["value"] < 1, steps


@finding("half-cell-loss-does-not-transfer")
def half_cell_loss_does_not_transfer() -> tuple[bool, list[Step]]:
    """Carry the loss of the half-cell into the full cell as one set by the anode, as the text argues."""
    share = 1 - ledger.value("ice-half-cell-solid") / 100
    nominal, discharge = ledger.value("np-ratio-2.0"), ledger.value("ncm-maximum-capacity")
    efficiency = ledger.value("ice-np-2.0") / 100
    lost = share * nominal * discharge
    demanded = lost / (1 - efficiency)
    limit = materials.theoretical_capacity("LiNi0.9Co0.05Mn0.05O2", 1)
    steps = [
        Step("share of the first lithiation that the half-cell does not give back", 100 * share, "%"),
        Step("the same in a full cell with n/p 2.0, per gram of NCM", lost, "mAh g⁻¹"),
        Step("first charge of which this is the loss at the printed efficiency", demanded, "mAh g⁻¹"),
        Step("all lithium in NCM90", limit, "mAh g⁻¹"),
        Step("efficiency if all of it were charged", 100 * (1 - lost / limit), "%"),
    ]
    return demanded > limit, steps
