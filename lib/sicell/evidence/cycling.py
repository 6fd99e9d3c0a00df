"""Cycling: what follows from Table 2 and its neighbours by arithmetic alone."""

from __future__ import annotations

from statistics import mean

from sicell import ledger
from sicell.evidence._audit import Step, finding
from sicell.evidence._registry import Computed, computes

_RATIOS = ("1.1", "1.3", "1.7", "2.0")


def _losses() -> dict[str, float]:
    return {ratio: ledger.value(f"rate-performance-loss-np-{ratio}") for ratio in _RATIOS}


def _retentions() -> dict[str, float]:
    return {ratio: ledger.value(f"capacity-retention-np-{ratio}") for ratio in _RATIOS}


@computes("rate-performance-loss-low-np")
def loss_at_low_overbalancing() -> float:
    """Return the mean rate performance loss at n/p 1.1 and 1.3, %."""
    losses = _losses()
    return mean([losses["1.1"], losses["1.3"]])


@computes("rate-performance-loss-order")
def loss_order() -> list[str]:
    """Return the n/p ratios from the lowest to the highest rate performance loss."""
    losses = _losses()
    return sorted(losses, key=losses.__getitem__)


@computes("capacity-retention-order")
def retention_order() -> list[str]:
    """Return the n/p ratios from the lowest to the highest capacity retention."""
    retentions = _retentions()
    return sorted(retentions, key=retentions.__getitem__)


@computes("capacity-retention-range")
def retention_range() -> Computed:
    """Return the smallest and the largest capacity retention of Table 2, %."""
    values = _retentions().values()
    return Computed(lower=min(values), upper=max(values))


@computes("capacity-retention-best-abstract")
def best_retention() -> float:
    """Return the largest capacity retention of Table 2, %."""
    return max(_retentions().values())


@computes("capacity-almost-initial")
def almost_initial() -> float:
    """Return the lowest capacity retention of Table 2, %, which "almost the initial capacity" has to cover."""
    return min(_retentions().values())


@computes("cycling-last-cycle")
def last_cycle() -> float:
    """Return the number of the last cycle: formation, the cycles at high current, and one more."""
    return ledger.value("retention-first-cycle") + ledger.value("cycling-cycles") + 1


@computes("capacity-tenth-cycle-ratio")
def tenth_cycle_ratio() -> float:
    """Return how many times the solid cell's tenth discharge is the liquid cell's."""
    return ledger.value("capacity-tenth-cycle-solid") / ledger.value("capacity-tenth-cycle-liquid")


@finding("almost-the-initial-capacity")
def almost_the_initial_capacity() -> tuple[bool, list[Step]]:
    """Put "almost the initial capacity" beside the retentions given as its evidence."""
    retentions = _retentions()
    steps = [Step(f"capacity retention at n/p {ratio}", value, "%") for ratio, value in retentions.items()]
    steps.append(Step("largest loss among cells that keep almost all", 100 - min(retentions.values()), "%"))
    return min(retentions.values()) < 90, steps


@finding("ice-of-one-cell")
def ice_of_one_cell() -> tuple[bool, list[Step]]:
    """Recall that the abstract's initial coulombic efficiency belongs to the n/p ratio at which it is lowest."""
    steps = [
        Step("initial coulombic efficiency in the abstract, no n/p given", ledger.value("ice-solid-abstract"), "%"),
        Step("initial coulombic efficiency at n/p 2.0", ledger.value("ice-np-2.0"), "%"),
        Step("n/p ratio of the cells compared", ledger.value("np-ratio-liquid-comparison"), "", 2),
        Step("lowest n/p ratio of the study", ledger.value("np-ratio-1.1"), "", 2),
    ]
    return ledger.value("ice-solid-abstract") == ledger.value("ice-np-2.0"), steps


@finding("efficiency-against-retention")
def efficiency_against_retention() -> tuple[bool, list[Step]]:
    """Compare the retention that the average coulombic efficiency would leave with the retention reported."""
    efficiency = ledger.value("average-ce-solid") / 100
    retention = ledger.value("capacity-retention-np-2.0") / 100
    cycles = ledger.value("cycling-last-cycle") - ledger.value("retention-first-cycle")
    steps = [
        Step("average coulombic efficiency at n/p 2.0", 100 * efficiency, "%"),
        Step(
            f"share left after {cycles:.0f} cycles if every deficit were lost for good", 100 * efficiency**cycles, "%"
        ),
        Step("capacity retention reported", 100 * retention, "%"),
        Step("coulombic efficiency that this retention needs", 100 * retention ** (1 / cycles), "%", 4),
    ]
    return efficiency**cycles < retention - 0.05, steps
