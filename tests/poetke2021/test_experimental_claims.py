"""The arithmetic of the experimental section and of the balance, done once more by hand."""

import functools
import math

import numpy as np
import pytest

from companion import evidence, ledger


@functools.cache
def findings():
    return {one.id: one for one in evidence.findings("experimental")}


def steps(id):
    return [step.value for step in findings()[id].steps]


def test_every_disagreement_still_holds():
    assert len(findings()) == 11
    assert all(one.holds for one in findings().values())


def test_area_by_hand():
    area = math.pi * 1.3**2 / 4
    expected = [
        area,
        7.64 * 0.6 / area,
        7.64 * 0.922 / area,
        10 * math.sqrt(4 / math.pi * 7.64 * 0.6 / 4.8),
        10 * math.sqrt(4 / math.pi * 7.64 * 0.922 / 7.4),
        12.5,
    ]
    np.testing.assert_allclose(steps("area-does-not-close"), expected)


def test_area_would_close_on_the_disc_that_loading_and_capacity_demand():
    with ledger.override({"die-diameter": 11.0}):
        (found,) = (one for one in evidence.findings("experimental") if one.id == "area-does-not-close")
    assert not found.holds


def test_pellet_by_hand():
    demanded = 7.64 * 0.6 / 4.8
    _, density, crystal, smallest, thickness = steps("pellet-density-above-crystal")
    assert density == pytest.approx(0.150 / (0.075 * demanded))
    assert smallest == pytest.approx(10 * math.sqrt(4 / math.pi * 0.150 / (0.075 * crystal)))
    assert thickness == pytest.approx(1e4 * 0.150 / crystal / demanded)


def test_current_density_changes_with_the_square_of_the_diameter():
    factor, *currents = steps("current-density-factor")
    assert factor == pytest.approx((13 / 11) ** 2, rel=0.01)
    np.testing.assert_allclose(currents, [1.47 * factor, 1.47 / factor, 0.07 * factor, 0.07 / factor])


def test_carbon_balance_by_hand():
    sugar = 3.83 * 144.13 / 342.30  # C12 in C12H22O11
    silicon, required, available, lowest, required_inverted, available_inverted = steps("carbon-balance-si34")
    assert silicon == pytest.approx(2.66 / 1.5)
    assert required == pytest.approx(2.66 / 1.5 * (1 / 0.3445 - 1))
    assert available == pytest.approx(sugar + 2.66 / 3 * 0.6545, rel=1e-3)
    assert lowest == pytest.approx(100 * silicon / (silicon + available))
    assert required_inverted == pytest.approx(2.66 / 3 * (1 / 0.3445 - 1))
    assert available_inverted == pytest.approx(sugar + 2.66 * 2 / 3 * 0.6545, rel=1e-3)


def test_char_yield_of_pvb_by_hand():
    required = [2.66 / 4 * (1 / 0.2821 - 1), 2.66 / 6 * (1 / 0.3686 - 1)]
    pvb = [2.66 * 3 / 4, 2.66 * 5 / 6]
    assert steps("no-common-char-yield")[-1] == pytest.approx((required[1] - required[0]) / (pvb[1] - pvb[0]))


def test_batch_by_hand():
    np.testing.assert_allclose(steps("batch-mass"), [1.5, 2.66, 2.66 / 1.5, 1.66])


def test_oxidation_by_hand():
    silica, silicon = 60.083, 28.085
    in_argon, residue, tenth_metallic = steps("silicon-content-under-argon")
    assert in_argon == pytest.approx(100 * silicon / silica, rel=1e-4)
    assert residue == pytest.approx(36.86 * silica / silicon, rel=1e-4)
    assert tenth_metallic == pytest.approx(residue / (0.9 * silica / silicon + 0.1), rel=1e-4)


def test_resistance_ratio_of_the_two_readings_follows_from_volume_shares():
    cathode, cathode_swapped, anode, anode_swapped, printed, swapped = steps("mass-ratio-order")
    # thickness differs by the densities of the two mixtures, below 2 %
    assert printed / swapped == pytest.approx((cathode_swapped / cathode) ** 1.5, rel=0.02)
    assert anode < 10 < anode_swapped


def test_capacity_bases_by_hand():
    per_si_c, per_silicon, limit, excess, few, many, shell = steps("capacity-above-theoretical")
    assert per_si_c == pytest.approx(922 / 0.6)
    assert per_silicon == pytest.approx(922 / 0.6 / 0.3686)
    assert excess == pytest.approx(per_si_c - 0.3686 * limit)
    assert (few, many) == pytest.approx((372 * 5 / 60, 372 * 35 / 60), rel=1e-3)
    assert shell == pytest.approx(excess / 0.6314)


def test_cathode_basis_by_hand():
    np.testing.assert_allclose(steps("capacity-176-basis"), [207 * 0.85, 176 / 0.85, 1.3 * 176 / 207])


def test_liquid_cell_by_hand():
    ratio = (16 / 15) ** 2
    np.testing.assert_allclose(
        steps("liquid-comparison-changes-two-things"), [ratio, 2 * ratio, 10 * 4.3 / 0.6, 10 * 4.8 / 0.6]
    )


@pytest.mark.parametrize(
    ("id", "value"),
    [
        ("anode-areal-loading", 7.64 * 0.6 / (math.pi * 1.3**2 / 4)),
        ("derived-anode-specific-capacity-si-c", 922 / 0.6),
        ("cathode-first-discharge-capacity", 207 * 0.85),
        ("cathode-potential-end-of-charge-np-1.3", 4.25 + 0.044),
        ("cathode-potential-end-of-charge-np-2.0", 4.25 + 0.077),
        ("areal-capacity-trend-np", 7.4 / 2.0 - 7.4 / 1.3),
    ],
)
def test_identities_by_hand(id, value):
    assert evidence.compute(id).value == pytest.approx(value)


@pytest.mark.parametrize(("id", "ends"), [("pvb-ratios-synthesis", (0.5, 5)), ("np-ratio-range", (1.1, 2.0))])
def test_ranges_by_hand(id, ends):
    computed = evidence.compute(id)
    assert (computed.lower, computed.upper) == ends


def test_the_loading_is_shown_as_a_miss():
    rows = evidence.reproduce("experimental").set_index("id")
    assert rows.loc["anode-areal-loading", "verdict"] == "miss"
    assert "✗ miss" in repr(evidence.show("experimental"))


def test_a_recipe_lists_what_the_paper_prints():
    view = evidence.recipe("Test cell")
    assert ("mass of the separator", "Li6PS5Cl, solid-state cells", "150 mg", "input") in view.rows
    assert all(row[3] in ("input", "quoted") for row in view.rows)


def test_recipe_of_an_unknown_place_fails():
    with pytest.raises(ValueError, match="place must be where the location of a claim begins, got 'kitchen'"):
        evidence.recipe("kitchen")
