"""Cycling: what follows from Table 2 by arithmetic and conservation of lithium, and a liquid cell on an assumption."""

from statistics import mean

import numpy as np

from companion import ledger
from companion.evidence import Computed, Step, computes, finding
from poetke2021 import cycling

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


def protocol() -> cycling.Protocol:
    """Return the currents of the cycling test: slow first and last cycle, fast ones between."""
    return cycling.Protocol(
        formation_current_density=ledger.value("formation-current-density"),
        charge_current_density=ledger.value("cycling-charge-current-density"),
        discharge_current_density=ledger.value("cycling-discharge-current-density"),
        cycles=int(ledger.value("cycling-cycles")),
    )


@computes("average-ce-solid", null=100.0)
def average_efficiency() -> float:
    """Return the average coulombic efficiency that the rate performance loss implies, %; the guess is no loss."""
    steps = ledger.value("rate-loss-last-cycle") - ledger.value("rate-loss-first-cycle")
    return 100 * cycling.average_efficiency(ledger.value("rate-performance-loss-np-2.0") / 100, steps)


# Cycle of which the text compares solid and liquid cell.
_TENTH = 10


@computes("capacity-tenth-cycle-solid", null=lambda: ledger.value("second-cycle-capacity-np-2.0"))
def tenth_cycle_solid() -> float:
    """Return the tenth discharge of the solid cell, mAh per g NCM; the guess is that the second one lasts."""
    second, efficiency = ledger.value("second-cycle-capacity-np-2.0"), ledger.value("average-ce-solid") / 100
    return cycling.constant_efficiency(second, efficiency, _TENTH, int(ledger.value("rate-loss-first-cycle")))


def liquid_discharge(cycle: object, draws: int = 20000, seed: int = 5) -> np.ndarray:
    """Return discharge capacities of the liquid cell, mAh per g NCM111, over draws of what is assumed.

    In cycles of shape (n,), counted from 1; shape (draws, n); the first row has every input at its best guess.
    """
    random = np.random.default_rng(seed)

    def drawn(subject: str, parameter: str) -> np.ndarray:
        row = ledger.parameters("assumptions.csv", subject=subject, parameter=parameter).iloc[0]
        deviation = random.standard_normal((draws, 1)) / 1.96
        deviation[0] = 0.0
        return row["value"] + deviation * np.where(
            deviation > 0, row["upper"] - row["value"], row["value"] - row["lower"]
        )

    charge = drawn("ncm111", "first_charge_capacity")
    efficiency = ledger.value("average-ce-liquid") / 100 + drawn("cell", "average_efficiency_doubt")
    first = charge * ledger.value("ice-liquid") / 100
    return cycling.constant_efficiency(first, efficiency, np.asarray(cycle), start=1)


def _no_fade_after_the_first() -> float:
    """Guess that the liquid cell only has its first efficiency and does not fade afterwards, mAh per g NCM."""
    return float(liquid_discharge([1], draws=1)[0, 0])


@computes("capacity-tenth-cycle-liquid", null=_no_fade_after_the_first)
def tenth_cycle_liquid() -> Computed:
    """Return the tenth discharge of the liquid cell, mAh per g NCM111, with an assumed first charge."""
    samples = liquid_discharge([_TENTH])[:, 0]
    return Computed(float(samples[0]), *(float(end) for end in np.quantile(samples, [0.025, 0.975])))


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


def _areal_capacity(np_ratio: str) -> float:
    """Return the nominal areal capacity of the cathode, mAh/cm2."""
    return ledger.value("anode-areal-capacity") / ledger.value(f"np-ratio-{np_ratio}")


@finding("retention-of-a-slow-cycle")
def retention_of_a_slow_cycle() -> tuple[bool, list[Step]]:
    """Put the retention of the abstract beside the loss of the same cell at the current of the fifty cycles."""
    slow, lost = ledger.value("capacity-retention-np-2.0"), ledger.value("rate-performance-loss-np-2.0")
    faster = ledger.value("cycling-discharge-current-density") / ledger.value("formation-current-density")
    steps = [
        Step("retention at n/p 2.0, cycle 52 against 1", slow, "%"),
        Step("retention of the same cell in the fifty cycles, cycle 51 against 2", 100 - lost, "%"),
        Step("discharge current of those cycles over that of cycles 1 and 52", faster, "", 3),
    ]
    return 100 - lost < slow - 5 and ledger.value("capacity-retention-best-abstract") == slow, steps


@finding("loading-is-not-cycled")
def loading_is_not_cycled() -> tuple[bool, list[Step]]:
    """Ask how much of the areal capacity that the paper names passes between the electrodes at the cycling current.

    The second cycle's capacity per gram at n/p 2.0 is the highest of all four, so it bounds the others.
    """
    nominal = ledger.value("anode-areal-capacity")
    share = ledger.value("second-cycle-capacity-np-2.0") / ledger.value("ncm-maximum-capacity")
    delivered, most = (_areal_capacity(ratio) * share for ratio in ("2.0", "1.1"))
    steps = [
        Step("areal capacity of the anode", nominal, "mAh cm⁻²", 2),
        Step("discharge of cycle 2 at n/p 2.0", delivered, "mAh cm⁻²"),
        Step("share of the anode's capacity that this is", 100 * delivered / nominal, "%", 2),
        Step("discharge of cycle 2 at n/p 1.1, at most, with the heavier cathode", most, "mAh cm⁻²"),
        Step("share of the anode's capacity that this is", 100 * most / nominal, "%", 2),
    ]
    return most < 0.6 * nominal, steps


@finding("one-current-density-four-rates")
def one_current_density_four_rates() -> tuple[bool, list[Step]]:
    """Express the one discharge current of Table 2 as a rate of each cathode."""
    current = ledger.value("cycling-discharge-current-density")
    hours = {ratio: _areal_capacity(ratio) / current for ratio in _RATIOS}
    steps = [
        Step(f"n/p {ratio}: hours in which the cathode would be filled", value, "h") for ratio, value in hours.items()
    ]
    steps.append(Step("current per gram of cathode at n/p 2.0 over that at 1.1", hours["1.1"] / hours["2.0"], "", 2))
    return hours["1.1"] / hours["2.0"] > 1.5, steps


@finding("average-with-the-first-cycle")
def average_with_the_first_cycle() -> tuple[bool, list[Step]]:
    """Take the liquid cell's average efficiency as one over fifty cycles of which the first is one."""
    cycles, first, average = (
        ledger.value("cycling-cycles"),
        ledger.value("ice-liquid"),
        ledger.value("average-ce-liquid"),
    )
    later = (cycles * average - first) / (cycles - 1)
    start = _no_fade_after_the_first()
    with_it, without = (
        float(cycling.constant_efficiency(start, efficiency / 100, _TENTH, start=1)) for efficiency in (later, average)
    )
    claim = ledger.claim("capacity-tenth-cycle-liquid")
    steps = [
        Step("average of the later cycles, if the printed one contains the first", later, "%"),
        Step("first discharge, from an assumed first charge of the cathode", start, "mAh g⁻¹"),
        Step("tenth discharge with the printed average", without, "mAh g⁻¹"),
        Step("tenth discharge with the average of the later cycles", with_it, "mAh g⁻¹"),
        Step("tenth discharge reported", claim.value, "mAh g⁻¹", 2),
    ]
    return abs(with_it - claim.value) <= claim.tolerance < abs(without - claim.value), steps
