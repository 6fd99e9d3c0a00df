"""Half-cells: what follows from the reported numbers by arithmetic alone."""

from __future__ import annotations

from sicell import ledger, materials
from sicell.evidence._audit import Step, finding
from sicell.evidence._registry import computes


@computes("half-cell-total-cycles")
def half_cell_total_cycles() -> float:
    """Return the number of half-cell cycles: the initial and the further ones."""
    return ledger.value("half-cell-initial-cycles") + ledger.value("half-cell-further-cycles")


def _end_capacity_per_silicon() -> float:
    """Return the lower bound of the capacity after 53 cycles, mAh per g silicon."""
    composite = ledger.value("capacity-per-composite-si37-end")
    return materials.capacity_per_component(composite, ledger.value("silicon-fraction-si37") / 100)


@computes("capacity-per-silicon-si37-minimum")
def capacity_per_silicon_minimum() -> float:
    """Return the bound on the capacity per g silicon that the bound per g composite implies."""
    return _end_capacity_per_silicon()


@computes("capacity-tenth-cycle-si-c")
def capacity_tenth_cycle() -> float:
    """Return the bound on the tenth cycle that a bound on all cycles implies, mAh per g silicon (Si37@C)."""
    return ledger.value("capacity-per-silicon-si37-minimum")


@computes("retention-half-cell-order")
def retention_order() -> list[str]:
    """Return the half-cells from the lowest to the highest retention; the lowest composite stands for all three."""
    retentions = {
        "SiNP": ledger.value("retention-half-cell-sinp"),
        "Si/C65": ledger.value("retention-half-cell-si-c65"),
        "Si-C": ledger.bounds("retention-half-cell-si-c")[0],
    }
    return sorted(retentions, key=retentions.__getitem__)


@finding("two-bounds-on-one-capacity")
def two_bounds() -> tuple[bool, list[Step]]:
    """Put the bound per gram of silicon beside the bound per gram of composite, in one unit."""
    fraction = ledger.value("silicon-fraction-si37") / 100
    minimum = ledger.value("capacity-per-silicon-si37-minimum")
    end = ledger.value("capacity-per-composite-si37-end")
    steps = [
        Step("stated minimum during all cycles, per gram of silicon", minimum, "mAh g⁻¹", 4),
        Step("the same per gram of Si–C", materials.capacity_per_composite(minimum, fraction), "mAh g⁻¹"),
        Step("stated bound after 53 cycles, per gram of Si–C", end, "mAh g⁻¹", 4),
        Step("the same per gram of silicon", _end_capacity_per_silicon(), "mAh g⁻¹", 4),
    ]
    return _end_capacity_per_silicon() > minimum, steps
