"""Efficiency, retention, factors per cycle, and curves through reported points."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from poetke2021 import cycling


@given(retained=st.floats(0.01, 1.5), cycles=st.integers(1, 1000))
def test_factor_and_capacity_after_are_inverse(retained, cycles):
    factor = cycling.per_cycle_factor(retained, cycles)
    assert cycling.capacity_after(100.0, factor, cycles) == pytest.approx(100.0 * retained, rel=1e-9)


def test_factor_is_the_product_over_the_cycles():
    assert np.prod(np.full(48, cycling.per_cycle_factor(0.5, 48))) == pytest.approx(0.5)


def test_arrays_equal_single_calls():
    retained, cycles = np.array([0.9, 0.5]), np.array([48, 10])
    npt.assert_array_equal(
        cycling.per_cycle_factor(retained, cycles),
        [cycling.per_cycle_factor(0.9, 48), cycling.per_cycle_factor(0.5, 10)],
    )
    npt.assert_allclose(cycling.capacity_after([100.0, 200.0], 0.5, 1), [50.0, 100.0])


def test_interpolation_keeps_reported_points_and_says_what_is_what():
    table = cycling.interpolate([1, 5, 10], [3000.0, 2500.0, 2400.0])
    between = ["interpolated"]
    assert table["kind"].tolist() == ["reported", *3 * between, "reported", *4 * between, "reported"]
    reported = table[table["Cycle Count / 1"].isin([1, 5, 10])]["capacity"]
    npt.assert_allclose(reported, [3000, 2500, 2400])


def test_interpolation_has_a_constant_factor():
    capacity = cycling.interpolate([1, 11], [1000.0, 500.0])["capacity"].to_numpy()
    npt.assert_allclose(capacity[1:] / capacity[:-1], 0.5**0.1)


def test_cycles_that_do_not_rise_fail():
    with pytest.raises(ValueError, match=r"cycle must rise from one to the next, got \[5, 1\]"):
        cycling.interpolate([5, 1], [3000, 2500])


def test_retention_in_percent_fails():
    with pytest.raises(ValueError, match="retained must be between 0 and 2, got 77"):
        cycling.per_cycle_factor(77, 48)


def test_one_reported_point_fails():
    with pytest.raises(ValueError, match="at least 2"):
        cycling.interpolate([1], [100.0])


PROTOCOL = cycling.Protocol(0.07, 0.2, 1.0, cycles=50)


def test_protocol_has_a_slow_cycle_at_each_end():
    assert PROTOCOL.cycle.tolist() == list(range(1, 53))
    assert PROTOCOL.cycle[PROTOCOL.slow].tolist() == [1, 52]
    assert (PROTOCOL.first_fast, PROTOCOL.last_fast, PROTOCOL.last, PROTOCOL.fast_steps) == (2, 51, 52, 49)
    frame = PROTOCOL.to_frame()
    assert frame["charge / mA cm-2"].tolist() == [0.07, *[0.2] * 50, 0.07]
    assert frame["discharge / mA cm-2"].tolist() == [0.07, *[1.0] * 50, 0.07]


def test_duration_is_charge_over_current_summed():
    capacity = np.full((2, 52), 2.0)
    hours = PROTOCOL.duration(capacity, capacity)
    assert hours.shape == (2, 52)
    npt.assert_allclose(hours.sum(axis=1), 2 * 4 / 0.07 + 50 * (2 / 0.2 + 2 / 1.0))


@given(loss=st.floats(0, 0.99), steps=st.integers(1, 500))
def test_average_efficiency_and_loss_after_are_inverse(loss, steps):
    assert cycling.loss_after(cycling.average_efficiency(loss, steps), steps) == pytest.approx(loss, abs=1e-9)


def test_half_lost_in_a_hundred_cycles():
    # ln 2 / 100 = 0.00693: the half-life of a first-order decay
    assert cycling.average_efficiency(0.5, 100) == pytest.approx(np.exp(-0.0069315), abs=1e-7)
    npt.assert_allclose(cycling.loss_after([1.0, 0.0], [10, 3]), [0.0, 1.0])


@given(st.lists(st.floats(1, 1000), min_size=2, max_size=60))
def test_account_closes(capacity):
    account = cycling.charge_account(capacity)
    # charge in minus charge out, cycle by cycle, is what is missing at the end
    into, out = account.charge_capacity.sum(), account.discharge_capacity.sum()
    assert into - out == pytest.approx(account.missing_charge[-1], abs=1e-6)
    assert np.prod(account.coulombic_efficiency) == pytest.approx(capacity[-1] / capacity[0])


def test_account_of_a_cell_simulated_ion_by_ion():
    # cathode and anode as two vessels: charge empties the cathode to a mark, discharge brings part of it back
    mark, cathode, anode, lost = 20.0, 200.0, 0.0, 0.0
    charge, discharge = [], []
    for cycle in range(1, 8):
        into = cathode - mark
        used_up = 0.01 * into
        lost += used_up
        out = (anode + into - used_up) * (0.95 if cycle in (1, 7) else 0.6)
        anode += into - used_up - out
        cathode = mark + out
        charge.append(into)
        discharge.append(out)
    assert cathode + anode + lost == pytest.approx(200.0)
    account = cycling.charge_account(discharge)
    npt.assert_allclose(account.charge_capacity, charge[1:])
    npt.assert_allclose(account.coulombic_efficiency, np.divide(discharge, charge)[1:])
    assert account.coulombic_efficiency[-1] > 1
    assert account.cycle.tolist() == [2, 3, 4, 5, 6, 7]


def test_account_of_several_cells_is_that_of_each():
    cells = [[200.0, 100.0, 80.0], [190.0, 120.0, 60.0]]
    both = cycling.charge_account(cells)
    for row, cell in enumerate(cells):
        npt.assert_array_equal(both.missing_charge[row], cycling.charge_account(cell).missing_charge)
    frame = cycling.charge_account(cells[0]).to_frame()
    assert frame["Cycle Count / 1"].tolist() == [2, 3]
    npt.assert_allclose(frame["charge"], [200, 100])
    npt.assert_allclose(frame["coulombic efficiency / 1"], [0.5, 0.8])


@given(permanent=st.floats(0, 0.5), utilization=st.floats(0.3, 0.999))
def test_split_finds_what_a_fade_was_made_of(permanent, utilization):
    split = cycling.split_loss(1 - (1 - permanent) * utilization, 1 - permanent)
    assert split.utilization_ratio == pytest.approx(utilization, rel=1e-9)
    assert split.permanent + split.kinetic == pytest.approx(split.total)
    assert split.permanent_share * split.total == pytest.approx(split.permanent)


def test_split_of_arrays_is_that_of_each():
    split = cycling.split_loss([0.2, 0.5], 0.9)
    npt.assert_allclose(split.permanent_share, [np.log(0.9) / np.log(0.8), np.log(0.9) / np.log(0.5)])
    frame = split.to_frame()
    npt.assert_allclose(frame["permanent / 1"] + frame["kinetic / 1"], frame["log-loss / 1"])


def test_constant_efficiency_is_a_geometric_series():
    npt.assert_allclose(cycling.constant_efficiency(1000.0, 0.5, [1, 2, 4], start=1), [1000, 500, 125])
    grid = cycling.constant_efficiency([[100.0], [200.0]], 0.9, [2, 3])
    npt.assert_allclose(grid, [[100, 90], [200, 180]])
    assert cycling.constant_efficiency(100.0, 0.9, 3) == pytest.approx(90.0)


@given(loss=st.floats(0.0, 0.8), retention=st.floats(0.7, 1.0), fast=st.floats(50, 139))
def test_inventory_goes_through_what_it_was_given(loss, retention, fast):
    cell = cycling.LithiumInventory.through(200.0, fast, loss, retention, PROTOCOL)
    capacity = cell.discharge_capacity(PROTOCOL)
    assert capacity[:2] == pytest.approx([200.0, fast])
    assert capacity[-1] / capacity[0] == pytest.approx(retention)
    if fast * (1 - loss) <= cell.slow(PROTOCOL)[50]:
        assert 1 - capacity[50] / capacity[1] == pytest.approx(loss, abs=1e-9)


def test_inventory_recovers_its_parameters():
    cell = cycling.LithiumInventory(slow_capacity=180.0, factor=0.998, deficit=40.0, growth=0.3)
    capacity = cell.discharge_capacity(PROTOCOL)
    again = cycling.LithiumInventory.through(
        capacity[0],
        capacity[1],
        1 - capacity[50] / capacity[1],
        capacity[51] / capacity[0],
        PROTOCOL,
    )
    assert (again.factor, again.deficit, again.growth) == pytest.approx((0.998, 40.0, 0.3))


def test_inventory_of_several_cells_is_that_of_each():
    both = cycling.LithiumInventory.through([200.0, 180.0], [125.0, 120.0], [0.3, 0.6], 0.9, PROTOCOL)
    one = cycling.LithiumInventory.through(180.0, 120.0, 0.6, 0.9, PROTOCOL)
    npt.assert_allclose(both.discharge_capacity(PROTOCOL)[1], one.discharge_capacity(PROTOCOL))
    npt.assert_allclose(both.slow(PROTOCOL)[1], one.slow(PROTOCOL))


def test_inventory_never_gives_less_than_nothing_nor_more_than_there_is():
    empty = cycling.LithiumInventory(100.0, 1.0, deficit=90.0, growth=5.0).discharge_capacity(PROTOCOL)
    assert empty[10] == 0.0
    rising = cycling.LithiumInventory(100.0, 1.0, deficit=10.0, growth=-5.0).discharge_capacity(PROTOCOL)
    assert rising.max() == 100.0


@given(scale=st.floats(0.005, 0.5), rate=st.floats(1e-4, 2e-2))
def test_degradation_law_is_recovered_from_two_cells(scale, rate):
    true = cycling.CathodeDegradation(rate, 4.30, scale)
    potential = np.array([4.30, 4.302])
    found = cycling.CathodeDegradation.through(potential, true.loss(potential, 49), 49)
    assert (found.rate, found.scale) == pytest.approx((rate, scale), rel=1e-6)


def test_degradation_is_e_times_as_fast_a_scale_higher():
    law = cycling.CathodeDegradation(0.01, 4.30, 0.02)
    assert np.log1p(-law.loss(4.32, 10)) == pytest.approx(-0.1 * np.e)
    assert law.loss(4.30, 0) == 0.0


def test_fractional_number_of_cycles_fails():
    with pytest.raises(ValueError, match=r"cycles must be a whole number of at least 2, got 50.5"):
        cycling.Protocol(0.07, 0.2, 1.0, cycles=50.5)


def test_one_fast_cycle_fails():
    with pytest.raises(ValueError, match="cycles must be a whole number of at least 2, got 1"):
        cycling.Protocol(0.07, 0.2, 1.0, cycles=1)


@pytest.mark.parametrize("name", ["formation_current_density", "charge_current_density", "discharge_current_density"])
def test_negative_current_density_fails(name):
    good = {"formation_current_density": 0.07, "charge_current_density": 0.2, "discharge_current_density": 1.0}
    with pytest.raises(ValueError, match=rf"{name} must be positive \(in mA/cm2\), got -1"):
        cycling.Protocol(**good | {name: -1.0}, cycles=50)


@pytest.mark.parametrize(("charge", "discharge"), [(0.2, 3.0), (3.0, 1.0)])
def test_formation_faster_than_the_cycles_between_fails(charge, discharge):
    with pytest.raises(ValueError, match=r"formation_current_density must be at most .* got 2 above"):
        cycling.Protocol(2.0, charge, discharge, cycles=50)


def test_duration_of_a_single_number_fails():
    with pytest.raises(ValueError, match=r"charge must have one value for each of the 52 cycles, got shape \(\)"):
        cycling.Protocol.duration(PROTOCOL, 1.0, np.ones(52))


def test_account_of_one_cycle_fails():
    with pytest.raises(ValueError, match="discharge_capacity must have at least 2 cycles"):
        cycling.charge_account([200.0])


def test_account_of_an_empty_discharge_fails():
    with pytest.raises(ValueError, match="discharge_capacity must be positive, got 0 at position 1"):
        cycling.charge_account([200.0, 0.0])


def test_loss_in_percent_fails():
    with pytest.raises(ValueError, match=r"loss must be between 0 and 1, got 27.1"):
        cycling.average_efficiency(27.1, 49)


def test_loss_of_everything_fails():
    with pytest.raises(ValueError, match="loss must be below 1"):
        cycling.split_loss(1.0, 0.5)


def test_no_steps_fail():
    with pytest.raises(ValueError, match="steps must be positive, got 0"):
        cycling.average_efficiency(0.3, 0)


def test_efficiency_in_percent_fails():
    with pytest.raises(ValueError, match=r"efficiency must be between 0 and 1, got 99.4"):
        cycling.loss_after(99.4, 49)


def test_split_of_no_loss_fails():
    with pytest.raises(ValueError, match="loss must be positive, got 0"):
        cycling.split_loss(0.0, 0.9)


def test_retention_above_one_fails():
    with pytest.raises(ValueError, match=r"retention must be between 0 and 1, got 87.7"):
        cycling.split_loss(0.3, 87.7)


def test_cycle_before_the_start_fails():
    with pytest.raises(ValueError, match="cycle must be between 2 and inf, got 1"):
        cycling.constant_efficiency(125.0, 0.99, [1, 2])


def test_fast_capacity_above_the_slow_one_fails():
    with pytest.raises(ValueError, match="fast_capacity must not be above the slow capacity of its cycle, got 210"):
        cycling.LithiumInventory.through(200.0, 210.0, 0.3, 0.9, PROTOCOL)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("slow_capacity", 0.0, "positive"),
        ("factor", 1.1, "between 0 and 1"),
        ("deficit", -1.0, "zero or positive"),
        ("growth", np.nan, "finite"),
    ],
)
def test_impossible_inventory_fails(name, value, allowed):
    good = {"slow_capacity": 200.0, "factor": 0.99, "deficit": 40.0, "growth": 0.1}
    with pytest.raises(ValueError, match=f"{name} must be {allowed}"):
        cycling.LithiumInventory(**good | {name: value})


def test_law_through_one_cell_fails():
    with pytest.raises(ValueError, match="potential and loss must be of two cells"):
        cycling.CathodeDegradation.through([4.3], [0.3], 49)


def test_law_through_cells_that_contradict_it_fails():
    with pytest.raises(ValueError, match="potential and loss must both rise from the first cell to the second"):
        cycling.CathodeDegradation.through([4.32, 4.33], [0.604, 0.271], 49)


def test_negative_scale_fails():
    with pytest.raises(ValueError, match=r"scale must be positive \(in V\), got -0.02"):
        cycling.CathodeDegradation(0.01, 4.3, -0.02)
