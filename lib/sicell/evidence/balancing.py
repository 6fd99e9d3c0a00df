"""Balance of the full cells: what follows from the printed numbers by arithmetic alone."""

from __future__ import annotations

from sicell import ledger, materials
from sicell.evidence._registry import Computed, computes

_NP_RATIOS = ("1.1", "1.3", "1.7", "2.0")


@computes("np-ratio-range")
def np_ratio_range() -> Computed:
    """Return the smallest and the largest n/p ratio among the cells."""
    ratios = [ledger.value(f"np-ratio-{ratio}") for ratio in _NP_RATIOS]
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
