"""Full cells: what follows from the reported numbers by arithmetic alone."""

from __future__ import annotations

from sicell import ledger
from sicell.evidence._audit import Step, finding
from sicell.evidence._registry import computes


@computes("anode-oversize-rate-test")
def anode_oversize() -> float:
    """Return by how much the anode's capacity exceeds the cathode's in the rate test, %."""
    return 100 * (ledger.value("np-ratio-rate-test") - 1)


@computes("discharge-capacity-trend-current")
def discharge_capacity_trend() -> float:
    """Return the printed discharge capacity at the highest minus that at the lowest current, mAh per g NCM."""
    return ledger.value("discharge-capacity-1.47") - ledger.value("discharge-capacity-0.07")


@computes("first-discharge-against-references", null=100.0)
def first_discharge_against_references() -> float:
    """Return the first discharge capacity relative to the NCM/SE/Li-In half-cell, %; the guess is no difference."""
    return 100 * ledger.value("discharge-capacity-0.07") / ledger.value("ncm-maximum-capacity")


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
