"""Half-cells: what follows from the reported numbers by arithmetic alone, and plateaus, trends and means of the curves.

The peaks of the voltammogram are in :mod:`poetke2021.half_cells.peaks`.
"""

from dataclasses import replace

import numpy as np

from companion import ledger
from companion.evidence import Computed, Step, computes, finding
from poetke2021 import cells, electrodes
from poetke2021.half_cells import _composite_draws
from sicell import materials


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
    return materials.ohmic_drop(ledger.value("half-cell-current-density-initial"), resistance)


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


@computes("silicon-delithiation-potential", null=lambda: ledger.value("li15si4-delithiation-plateau"))
def silicon_delithiation_potential() -> Computed:
    """Return the mean delithiation potential of silicon, weighted by charge, V; the guess is the printed plateau."""
    return _composite_draws.interval(_composite_draws.mean_potential(1.0), 1.0)


_SAMPLES = {"si28": "Si28@C", "si34": "Si34@C", "si37": "Si37@C"}


def _content(sample: str) -> float:
    return ledger.value(f"silicon-fraction-{sample}") / 100


def _contents() -> tuple[float, float]:
    """Return the highest and the lowest silicon content of the composites."""
    return _content("si37"), _content("si28")


def _more_silicon_higher() -> float:
    """Guess from the printed potentials of silicon and of the carbon's upper peak, weighted by mass, V."""
    high, low = _contents()
    return (high - low) * (ledger.value("silicon-delithiation-potential") - ledger.value("cv-peak-iii-upper"))


@computes("average-delithiation-potential-trend-silicon", null=_more_silicon_higher)
def average_delithiation_potential_trend() -> Computed:
    """Return how much higher Si37@C delithiates on average than Si28@C, V."""
    high, low = _contents()
    mean = _composite_draws.mean_potential
    return _composite_draws.interval(mean(high) - mean(low), high)


@computes("capacity-per-composite-trend-silicon")
def capacity_per_composite_trend() -> Computed:
    """Return how much more Si37@C takes up than Si28@C on first lithiation, mAh per g Si-C."""
    high, low = _contents()
    taken = _composite_draws.first_lithiation
    return _composite_draws.interval(taken(high) - taken(low), high)


@computes("capacity-per-silicon-si37-highest", null=0.0)
def capacity_per_silicon_trend() -> Computed:
    """Return how much more Si37@C takes up than Si28@C on first lithiation, mAh per g silicon.

    If silicon and carbon take up what they can; the guess is that each gram of silicon counts for the same.
    """
    high, low = _contents()
    taken = _composite_draws.first_lithiation
    return _composite_draws.interval(taken(high) / high - taken(low) / low, high)


def _delithiation(electrode: electrodes.Electrode, shares: tuple[float, ...]) -> tuple[np.ndarray, float]:
    """Return where an electrode stands after shares of its delithiation, V, and what it gives in all, mAh/g."""
    potential = np.linspace(electrode.lower_limit, _composite_draws.UPPER_CUTOFF[0], 4001)
    lithiation = electrode.lithiation(potential, "delithiation")
    given = lithiation[0] - lithiation
    return np.interp(np.multiply(shares, given[-1]), given, potential), given[-1] * electrode.specific_capacity


def _rank(slopes: dict[str, float]) -> list[str]:
    return [_SAMPLES[sample] for sample in sorted(slopes, key=slopes.__getitem__)]


@computes(
    "delithiation-slope-order",
    null=lambda: _rank({sample: 1 / _content(sample) for sample in _SAMPLES}),
    group="capacity-per-composite-trend-silicon",
)
def delithiation_slope_order() -> Computed:
    """Rank the composites by the mean slope of their delithiation, 10 to 90 % of it, in V per mAh per g Si-C.

    For each published curve of amorphous silicon. The guess has the potentials alike and the capacity in proportion to
    the silicon.
    """
    found = []
    for curve in electrodes.declared("silicon", "delithiation"):
        slopes = {}
        for sample in _SAMPLES:
            composite = electrodes.si_c(si_fraction=_content(sample), curves={"delithiation": curve})
            ends, given = _delithiation(composite, (0.1, 0.9))
            slopes[sample] = (ends[1] - ends[0]) / (0.8 * given)
        found.append(Computed(order=tuple(_rank(slopes))))
    return replace(found[0], members=tuple(found))


def _graphite_holds_less() -> float:
    """Guess: one volt over all of each capacity, so that graphite, which holds less, is the steeper, V per Ah per g."""
    silicon_carbon, graphite = electrodes.si_c(), electrodes.graphite()
    return 1e3 / silicon_carbon.specific_capacity - 1e3 / graphite.specific_capacity


@computes("half-cell-end-less-steep-than-graphite", null=_graphite_holds_less)
def end_against_graphite() -> Computed:
    """Return the slope of the Si-C half-cell in its last fifth minus that of graphite, V per Ah per g.

    Per gram of each, as such curves are drawn. Per share of the charge, which is what a full cell sees, the comparison
    is another one: over 80 to 95 % of it, and over the rest up to 99 %.
    """

    def slopes(electrode: electrodes.Electrode) -> np.ndarray:
        ends, given = _delithiation(electrode, (0.8, 0.95, 0.99))
        return np.array([1e3 * (ends[2] - ends[0]) / 0.19 / given, *np.diff(ends) / (0.15, 0.04)])

    graphite = slopes(electrodes.graphite())
    curves = electrodes.declared("silicon", "delithiation")
    found = np.array([slopes(electrodes.si_c(curves={"delithiation": curve})) - graphite for curve in curves])
    return cells.ensemble(
        [Computed(float(one)) for one in found[:, 0]], *(Computed(float(x)) for x in found[:, 1:].flat)
    )


@finding("more-silicon-lowers-capacity-per-silicon")
def more_silicon_lowers_capacity() -> tuple[bool, list[Step]]:
    """Let silicon and shell take up what they can, and count per gram of silicon."""
    values = {
        sample: electrodes.si_c(si_fraction=_content(sample)).specific_capacity / _content(sample)
        for sample in _SAMPLES
    }
    steps = [
        Step(f"{_SAMPLES[sample]}: first lithiation per gram of silicon, all of it used", value, "mAh g⁻¹", 4)
        for sample, value in values.items()
    ]
    steps.append(
        Step(
            "share of Si28@C's silicon that may be used at most, if Si37@C is to be the highest",
            100 * _least_use(values["si37"], _content("si28")),
            "%",
        )
    )
    return values["si28"] > values["si34"] > values["si37"], steps


def _least_use(limit: float, content: float) -> float:
    """Return the share of the silicon that is used where a capacity per gram of silicon reaches a limit."""
    silicon = electrodes.silicon().specific_capacity
    shell = electrodes.si_c(si_fraction=content).specific_capacity / content - silicon
    return (limit - shell) / silicon


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
