"""Half-cells: what follows from the reported numbers by arithmetic alone, and plateaus, trends and means of the curves.

The peaks of the voltammogram are in :mod:`poetke2021.half_cells.peaks`.
"""

from __future__ import annotations

import numpy as np

from companion import ledger
from companion.evidence._audit import Step, finding
from companion.evidence._registry import Computed, computes
from poetke2021.half_cells import _composite_draws
from sicell import electrodes, half_cell, materials


@computes("half-cell-total-cycles")
def half_cell_total_cycles() -> float:
    """Return the number of half-cell cycles: the initial and the further ones."""
    return ledger.value("half-cell-initial-cycles") + ledger.value("half-cell-further-cycles")


def _end_capacity_per_silicon() -> float:
    """Return the lower bound of the capacity after 53 cycles, mAh per g silicon."""
    composite = ledger.value("capacity-per-composite-si37-end")
    return materials.capacity_per_component(composite, ledger.value("silicon-fraction-si37") / 100)


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


def _drop() -> float:
    """Return what the separator costs at the current of the first cycles, V."""
    resistance = materials.separator_resistance(
        ledger.value("separator-thickness"), ledger.value("solid-electrolyte-conductivity")
    )
    return half_cell.polarization(ledger.value("half-cell-current-density-initial"), resistance)


def _flattest(branch: str, low: float, high: float) -> float:
    """Return the potential at which a branch of the paper's anode takes or gives most charge, V."""
    potential = np.linspace(low, high, 4001)
    return float(potential[electrodes.si_c().differential_capacity(potential, branch).argmax()])


@computes("first-lithiation-plateau")
def first_lithiation_plateau() -> float:
    """Return the galvanostatic potential of the two-phase plateau: equilibrium less the drop in the separator, V."""
    return _flattest("first lithiation", 0.02, 0.3) - _drop()


@computes("li15si4-delithiation-plateau")
def li15si4_plateau() -> float:
    """Return the galvanostatic potential of the Li15Si4 plateau: equilibrium plus the drop in the separator, V."""
    return _flattest("delithiation", 0.35, 0.6) + _drop()


@computes("li15si4-onset")
def li15si4_onset() -> Computed:
    """Return the potential below which Li15Si4 is more likely than not, with the assumed interval, V."""
    change = electrodes.silicon().phase_change
    margin = 1.96 * change.onset_error
    return Computed(change.onset, change.onset - margin, change.onset + margin)


def _without_hysteresis() -> float:
    """Return the mean potential of silicon's later lithiation, V: what one would say of a host without hysteresis."""
    silicon = electrodes.silicon()
    potential = np.linspace(silicon.lower_limit, _composite_draws.UPPER_CUTOFF[0], 2001)
    weight = silicon.differential_capacity(potential, "lithiation")
    return float(np.trapezoid(potential * weight) / np.trapezoid(weight))


@computes("silicon-delithiation-potential", null=_without_hysteresis)
def silicon_delithiation_potential() -> Computed:
    """Return the mean delithiation potential of silicon, weighted by charge, V."""
    return _composite_draws.interval(lambda draws: draws.mean_potential(1.0))


def _contents() -> tuple[float, float]:
    """Return the highest and the lowest silicon content of the composites."""
    return tuple(ledger.value(f"silicon-fraction-{sample}") / 100 for sample in ("si37", "si28"))


@computes("average-delithiation-potential-trend-silicon")
def average_delithiation_potential_trend() -> Computed:
    """Return how much higher Si37@C delithiates on average than Si28@C, V."""
    high, low = _contents()
    return _composite_draws.interval(lambda draws: draws.mean_potential(high) - draws.mean_potential(low))


@computes("capacity-per-composite-trend-silicon")
def capacity_per_composite_trend() -> Computed:
    """Return how much more Si37@C takes up than Si28@C on first lithiation, mAh per g Si-C."""
    high, low = _contents()
    return _composite_draws.interval(lambda draws: draws.first_lithiation(high) - draws.first_lithiation(low))


@finding("bound-leaves-no-room-for-fade")
def bound_leaves_no_room() -> tuple[bool, list[Step]]:
    """Compare what the fifth cycle must have taken up, for the bound of the last one, with what the first gave back."""
    active = ledger.value("anode-active-fraction") / 100
    first = materials.capacity_per_component(ledger.value("anode-first-lithiation-capacity"), active)
    returned = first * ledger.value("ice-half-cell-solid") / 100
    end = ledger.value("capacity-per-composite-si37-end")
    lowest, highest = (bound / 100 for bound in ledger.bounds("retention-half-cell-si-c"))
    faster = ledger.value("half-cell-current-density-cycling") / ledger.value("half-cell-current-density-initial")
    steps = [
        Step(
            "first delithiation, from first lithiation and initial coulombic efficiency", returned, "mAh per g Si–C", 4
        ),
        Step("fifth lithiation, at least, with the highest retention", end / highest, "mAh per g Si–C", 4),
        Step("the same with the lowest retention", end / lowest, "mAh per g Si–C", 4),
        Step(
            "retention of Si37@C at which the fifth lithiation equals the first delithiation", 100 * end / returned, "%"
        ),
        Step("current of the fifth cycle over that of the first", faster, "", 2),
    ]
    return end / highest > 0.98 * returned, steps
