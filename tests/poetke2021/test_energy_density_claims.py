"""Projected energy density: what the chapter computes, found once more on another way, and what it must not read."""

import functools
import math
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

from companion import evidence, ledger
from companion.evidence import _audit
from poetke2021 import cells
from poetke2021.energy_density import claims as energy_density
from sicell import balancing

PROJECTED = tuple(
    f"projected-{name}-np-{ratio}" for name in ("specific-energy", "energy-density") for ratio in ("1.1", "2.0")
)


@functools.cache
def computed():
    return evidence.reproduce("energy-density").set_index("id")


def by_hand(np_ratio):
    """Energies of the stack in plain arithmetic with the assumed layers, W h/kg and W h/l."""
    volts = cells.first_cycle(1.3).mean_discharge_voltage
    energy = 7.4 / np_ratio * 187 / 207 * volts
    cathode, anode = 7.4 / np_ratio / 0.17595, 7.4 / 0.922
    si, carbon = 0.6 * 0.3686, 0.6 * 0.6314
    cathode_volume = cathode * (0.85 / 4.78 + 0.13 / 1.86 + 0.02 / 2.0) / 0.85
    anode_volume = anode * (si / 2.329 + carbon / 1.8 + 0.35 / 1.86 + 0.05 / 2.0) / 0.85
    mass = cathode + anode + 30e-4 * 0.9 * 1860 + 6e-4 * 2699 + 4e-4 * 8960
    return 1e3 * energy / mass, energy / (1e-3 * (cathode_volume + anode_volume) + 40e-4)


def test_every_claim_of_the_chapter_is_computed_and_the_misses_are_the_volumes():
    pending = [row.id for row in computed().reset_index().itertuples() if row.status != "computed"]
    assert not pending, f"no @computes for {pending}"
    missed = computed().index[computed()["verdict"].str.startswith("miss")].tolist()
    assert missed == [
        "derived-energy-density-np-1.1-own-discharge",
        "derived-energy-density-np-2.0-own-discharge",
        "derived-energy-density-ratio-own-discharge",
        "derived-specific-energy-ratio-own-discharge",
        "projected-energy-density-np-1.1",
        "projected-energy-density-np-2.0",
    ]


def test_own_discharge_by_hand():
    for ratio in (1.1, 2.0):
        cycle = cells.first_cycle(ratio)
        more = cycle.discharge_capacity / 187 * cycle.mean_discharge_voltage
        more /= cells.first_cycle(1.3).mean_discharge_voltage
        for name, energy in zip(("specific-energy", "energy-density"), by_hand(ratio), strict=True):
            row = computed().loc[f"derived-{name}-np-{ratio}-own-discharge"]
            assert row["computed"] == pytest.approx(more * energy, rel=0.03)


def test_guess_is_the_stack_without_pores_and_hits_all_four():
    for ratio, specific, density in ((1.1, 363.6, 1151), (2.0, 286.3, 839.8)):
        for name, expected in (("specific-energy", specific), ("energy-density", density)):
            row = computed().loc[f"projected-{name}-np-{ratio}"]
            assert row["null"] == pytest.approx(expected, abs=0.6)
            assert row["null_verdict"] == "hit"


@pytest.mark.parametrize("mass", [0.0, 1.0, 20.0, 1000.0])
def test_energy_falls_with_the_ratio_for_every_stack_beside_a_fixed_anode(mass):
    ratios = np.array([1.1, 1.3, 1.7, 2.0])
    energy = (7.4 / ratios) / (mass + 7.4 / 0.922 + 7.4 / ratios / 0.176)
    assert (np.diff(energy) < 0).all()


@pytest.mark.parametrize("ratio", [1.1, 2.0])
def test_energies_are_the_arithmetic_by_hand(ratio):
    heavy, large = by_hand(ratio)
    assert computed().loc[f"projected-specific-energy-np-{ratio}", "computed"] == pytest.approx(heavy, rel=0.02)
    assert computed().loc[f"projected-energy-density-np-{ratio}", "computed"] == pytest.approx(large, rel=0.03)


def test_ratios_are_those_by_hand_and_within_three_per_cent_of_the_paper():
    low, high = by_hand(1.1), by_hand(2.0)
    for id, at in (("derived-specific-energy-ratio", 0), ("derived-energy-density-ratio", 1)):
        row = computed().loc[id]
        assert row["computed"] == pytest.approx(low[at] / high[at], rel=0.01)
        assert row["computed"] == pytest.approx(row["reported"], rel=0.03)
        assert row["lower"] < low[at] / high[at] < row["upper"]


def test_ratios_are_shown_with_digits_of_their_own_and_not_of_their_members():
    assert re.search(r"1\.36 \(1\.\d\d to 1\.\d\d\)", repr(evidence.show("energy-density")))


def test_a_fixed_cathode_is_the_worse_guess():
    for id, quantity in (
        ("derived-specific-energy-ratio", "specific_energy"),
        ("derived-energy-density-ratio", "energy_density"),
    ):
        row, guess = computed().loc[id], energy_density.fixed_cathode_ratio(quantity)
        assert 1 < guess < row["reported"]
        assert abs(row["error"]) < 0.2 * abs(guess - row["reported"])


def test_fixed_cathode_by_hand():
    # energy the same, anode larger by 2.0/1.1
    cathode, anode, rest = 7.4 / 1.1 / 0.17595, 7.4 / 0.922, 30e-4 * 0.9 * 1860 + 6e-4 * 2699 + 4e-4 * 8960
    grown = (cathode + anode * 2 / 1.1 + rest) / (cathode + anode + rest)
    assert energy_density.fixed_cathode_ratio("specific_energy") == pytest.approx(grown, rel=1e-3)


def test_fixed_cathode_with_its_own_discharge_is_nearly_as_good():
    cycles = [cells.first_cycle(ratio) for ratio in (1.1, 2.0)]
    own = [cycle.discharge_capacity * cycle.mean_discharge_voltage for cycle in cycles]
    for id, quantity, expected in (
        ("derived-specific-energy-ratio", "specific_energy", 1.246),
        ("derived-energy-density-ratio", "energy_density", 1.335),
    ):
        grown = energy_density.fixed_cathode_ratio(quantity, own_discharge=True)
        assert grown == pytest.approx(own[0] / own[1] * energy_density.fixed_cathode_ratio(quantity))
        assert grown == pytest.approx(expected, abs=5e-4)
        # within a tenth of the tolerance of a hit, or one
        assert abs(grown - computed().loc[id, "reported"]) < 1.1 * computed().loc[id, "tolerance"]


@pytest.mark.parametrize("factor", [0.97, 1.03, 1.05])
def test_only_the_density_of_the_cathode_withstands_another_premise(factor):
    even, uneven = (energy_density.inversion(f) for f in (1.0, factor))
    assert abs(uneven.cathode_density / even.cathode_density - 1) < 0.03
    for name in ("voltage_times_utilization", "fixed_mass", "fixed_thickness"):
        assert abs(getattr(uneven, name) / getattr(even, name) - 1) > 0.08


@pytest.mark.parametrize("id", ledger.ids(chapter="energy-density"))
def test_no_prediction_reads_a_projected_energy(id):
    noted = evidence.read_set(id)
    assert noted
    assert not noted & (set(PROJECTED) | set(ledger.ids(chapter="energy-density")))


@pytest.mark.parametrize("id", PROJECTED)
def test_without_the_projected_energies_the_predictions_are_the_same_to_the_last_bit(id):
    plain = evidence.compute(id)
    with ledger.override(dict.fromkeys(PROJECTED, math.nan)):
        assert evidence.compute(id) == plain


def test_inversion_gives_back_the_printed_numbers():
    cell = energy_density.inversion().unit_cell(np.array([1.1, 2.0]))
    assert cell.specific_energy.round().tolist() == [375, 297]
    assert cell.energy_density.round().tolist() == [1178, 874]


def test_inversion_solves_the_four_equations():
    found = energy_density.inversion()
    unknown = [
        found.voltage_times_utilization,
        found.fixed_mass,
        10 / found.cathode_density,
        found.fixed_thickness,
    ]
    rows, right = [], []
    for ratio, heavy, large in ((1.1, 375, 1178), (2.0, 297, 874)):
        nominal, cathode = 7.4 / ratio, 7.4 / ratio / 0.17595
        rows += [[1e3 * nominal / heavy, -1, 0, 0], [1e4 * nominal / large, 0, -cathode, -1]]
        right += [cathode, 0]
    assert_allclose(np.linalg.solve(rows, right), unknown, rtol=1e-9)


def test_rounding_of_the_printed_numbers_widens_the_product_to_two_hundredths_of_a_volt():
    spread = np.quantile(energy_density.rounding(2000).voltage_times_utilization, [0.025, 0.975])
    single = float(energy_density.inversion().voltage_times_utilization)
    assert spread[0] < single < spread[1]
    assert 0.005 < np.diff(spread)[0] / 2 < 0.03


def test_possible_stacks_have_the_printed_energies():
    found = energy_density.possible_stacks(draws=100_000, progress=False)
    product = found.interval().loc["voltage_times_utilization"]
    assert product["lower"] < float(energy_density.inversion().voltage_times_utilization) < product["upper"]


def test_lithium_gains_the_volume_of_the_graphite():
    three = energy_density.stacks()
    assert three["lithium"].areal_capacity == pytest.approx(three["graphite"].areal_capacity)
    for name in ("aluminum", "cathode", "separator", "copper"):
        assert three["lithium"].layer(name).thickness == pytest.approx(three["graphite"].layer(name).thickness)
    gain = three["lithium"].voltage / three["graphite"].voltage
    gain *= three["graphite"].thickness / three["lithium"].thickness
    assert energy_density.lithium_gain().value == pytest.approx(100 * (gain - 1))


def test_all_anodes_in_one_stack_are_compared_without_loss():
    three = energy_density.stacks()
    assert three["lithium"].voltage > three["graphite"].voltage > three["Si–C"].voltage
    whole = cells.cell(1.1).first_cycle(4.25, 1.5, loss=balancing.Loss.fixed(0.0), warn=False)
    assert three["Si–C"].voltage == pytest.approx(whole.mean_discharge_voltage)
    assert whole.discharge_capacity == pytest.approx(207, abs=2)


def test_lithium_beside_the_cathode_has_the_potential_of_the_cathode():
    voltages = energy_density._voltages()
    # graphite lies about a tenth of a volt above lithium
    assert 0.05 < voltages["lithium"] - voltages["graphite"] < 0.2


@pytest.mark.parametrize("id", ["projection-takes-slow-capacity", "projection-ignores-first-cycle-loss"])
def test_findings_hold(id):
    found = {one.id: one for one in _audit.findings("energy-density")}
    assert found[id].holds
    assert set(found[id].claims) <= set(ledger.ids())


def test_voltage_needed_by_the_cycled_capacity_is_above_the_cutoff():
    holds, steps = energy_density.projection_takes_slow_capacity()
    assert holds
    assert steps[1].value == pytest.approx(3.139 * 207 / 125, abs=0.01)
    assert steps[3].value == pytest.approx(3.139 * 207 / 187, abs=0.01)


def test_own_first_discharges_leave_too_little_mass():
    holds, steps = energy_density.projection_ignores_first_cycle_loss()
    assert holds
    own, left = steps[0].value, steps[2].value
    heavy = [cathode + left for cathode in (7.4 / 1.1 / 0.17595, 7.4 / 2.0 / 0.17595)]
    assert own * (2.0 / 1.1) * heavy[1] / heavy[0] == pytest.approx(375 / 297)
