"""Cycling: what the chapter computes, found once more on another way."""

import functools
import math

import numpy as np
import pytest

from companion import evidence, ledger
from poetke2021.cycling import claims as cycling


@functools.cache
def computed():
    return evidence.reproduce("cycling").set_index("id")


def test_every_claim_of_the_chapter_is_computed_and_only_the_expected_ones_miss():
    pending = [row.id for row in computed().reset_index().itertuples() if row.status != "computed"]
    assert not pending, f"no @computes for {pending}"
    misses = computed().index[computed()["verdict"].str.startswith("miss")].tolist()
    assert misses == ["capacity-almost-initial", "capacity-tenth-cycle-liquid"]


def test_protocol_is_that_of_the_caption_of_table_2():
    protocol = cycling.protocol()
    assert (protocol.first_fast, protocol.last_fast) == (
        ledger.value("rate-loss-first-cycle"),
        ledger.value("rate-loss-last-cycle"),
    )
    assert protocol.last == ledger.value("cycling-last-cycle")


def test_average_efficiency_leaves_what_table_2_leaves():
    # 49 factors one after another, not a root
    left = math.prod([computed().loc["average-ce-solid", "computed"] / 100] * 49)
    assert left == pytest.approx(1 - 0.271)


def test_tenth_cycle_of_the_solid_cell_is_eight_steps_after_the_second():
    capacity = 125.0
    for _ in range(3, 11):
        capacity *= 0.994
    assert computed().loc["capacity-tenth-cycle-solid", "computed"] == pytest.approx(capacity)


def test_tenth_cycle_of_the_liquid_cell_is_nine_steps_after_the_first():
    row = computed().loc["capacity-tenth-cycle-liquid"]
    capacity = 170.0 * 0.31
    assert row["null"] == pytest.approx(capacity)
    for _ in range(2, 11):
        capacity *= 0.947
    assert row["computed"] == pytest.approx(capacity)


def test_interval_of_the_liquid_cell_is_that_of_linear_propagation():
    # mean half widths of the two ranges, relative; nine steps multiply the doubt of the efficiency
    row = computed().loc["capacity-tenth-cycle-liquid"]
    below, above = math.hypot(15 / 170, 9 * 0.002 / 0.947), math.hypot(20 / 170, 9 * 0.002 / 0.947)
    assert row["lower"] == pytest.approx(row["computed"] * (1 - below), rel=0.01)
    assert row["upper"] == pytest.approx(row["computed"] * (1 + above), rel=0.01)


def test_draws_of_the_liquid_cell_begin_with_the_best_guess_and_repeat():
    draws = cycling.liquid_discharge([1, 2], draws=50)
    assert draws.shape == (50, 2)
    assert draws[0] == pytest.approx([52.7, 52.7 * 0.947])
    np.testing.assert_array_equal(draws, cycling.liquid_discharge([1, 2], draws=50))
    assert np.ptp(draws[:, 0]) > 0


def test_prediction_reads_neither_the_answer_nor_the_solid_cell():
    assert evidence.read_set("capacity-tenth-cycle-liquid") == {"average-ce-liquid", "ice-liquid"}


def test_average_efficiency_is_computed_from_the_fade_alone():
    read = evidence.read_set("average-ce-solid")
    assert read == {"rate-loss-first-cycle", "rate-loss-last-cycle", "rate-performance-loss-np-2.0"}


def test_findings_of_the_chapter_hold():
    found = evidence.findings("cycling")
    assert {one.id for one in found} == {
        "almost-the-initial-capacity",
        "average-with-the-first-cycle",
        "efficiency-against-retention",
        "ice-of-one-cell",
        "loading-is-not-cycled",
        "one-current-density-four-rates",
        "retention-of-a-slow-cycle",
    }
    assert all(one.holds for one in found)


@pytest.mark.parametrize(
    ("id", "expected"),
    [
        ("average-with-the-first-cycle", [(50 * 94.7 - 31) / 49, 52.7, 52.7 * 0.947**9, 52.7 * 0.96**9, 38]),
        ("loading-is-not-cycled", [7.4, 3.7 * 125 / 207, 50 * 125 / 207, 7.4 / 1.1 * 125 / 207, 100 / 1.1 * 125 / 207]),
        ("one-current-density-four-rates", [7.4 / 1.1, 7.4 / 1.3, 7.4 / 1.7, 3.7, 2 / 1.1]),
        ("retention-of-a-slow-cycle", [87.7, 72.9, 1 / 0.07]),
    ],
)
def test_findings_by_hand(id, expected):
    (found,) = (one for one in evidence.findings("cycling") if one.id == id)
    assert [step.value for step in found.steps] == pytest.approx(expected, rel=1e-3)
