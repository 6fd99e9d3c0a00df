"""Efficiency, retention, factors per cycle, and curves through reported points."""

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sicell import cycling


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
    npt.assert_allclose(cycling.coulombic_efficiency([1000.0, 500.0], [900.0, 500.0]), [0.9, 1.0])
    npt.assert_allclose(cycling.capacity_after([100.0, 200.0], 0.5, 1), [50.0, 100.0])


def test_retention_between_named_cycles():
    assert cycling.retention([3000, 2500, 2000], [1, 5, 53], start=5, end=53) == pytest.approx(0.8)


def test_interpolation_keeps_reported_points_and_says_what_is_what():
    table = cycling.interpolate([1, 5, 10], [3000.0, 2500.0, 2400.0], bound=[False, False, True])
    assert table["kind"].tolist() == [
        *["reported", "interpolated", "interpolated", "interpolated", "reported"],
        *["interpolated from a bound"] * 4,
        "bound",
    ]
    reported = table[table["Cycle Count / 1"].isin([1, 5, 10])]["capacity"]
    npt.assert_allclose(reported, [3000, 2500, 2400])


def test_interpolation_has_a_constant_factor():
    capacity = cycling.interpolate([1, 11], [1000.0, 500.0])["capacity"].to_numpy()
    npt.assert_allclose(capacity[1:] / capacity[:-1], 0.5**0.1)


def test_interpolation_at_chosen_cycles():
    table = cycling.interpolate([1, 3], [100.0, 81.0], at=[3, 2])
    npt.assert_allclose(table["capacity"], [81.0, 90.0])


def test_missing_cycle_fails():
    with pytest.raises(ValueError, match="end must be one of the cycles given, got 52"):
        cycling.retention([3000, 2500], [1, 5], start=1, end=52)


def test_cycles_that_do_not_rise_fail():
    with pytest.raises(ValueError, match=r"cycle must rise from one to the next, got \[5, 1\]"):
        cycling.retention([3000, 2500], [5, 1], start=1, end=5)


def test_broken_cycle_number_fails():
    with pytest.raises(ValueError, match="cycle must be a list of whole numbers"):
        cycling.retention([3000, 2500], [1, 5.5], start=1, end=5)


def test_unequal_lists_fail():
    with pytest.raises(ValueError, match="capacity and cycle must be lists of one length"):
        cycling.retention([3000], [1, 5], start=1, end=5)


def test_retention_in_percent_fails():
    with pytest.raises(ValueError, match="retained must be between 0 and 2, got 77"):
        cycling.per_cycle_factor(77, 48)


def test_zero_charge_in_fails():
    with pytest.raises(ValueError, match="charge_in must be positive, got 0"):
        cycling.coulombic_efficiency(0.0, 1.0)


def test_one_reported_point_fails():
    with pytest.raises(ValueError, match="at least 2"):
        cycling.interpolate([1], [100.0])


def test_cycles_beyond_the_reported_points_fail():
    with pytest.raises(ValueError, match="at must be between 1 and 3, got 4"):
        cycling.interpolate([1, 3], [100.0, 81.0], at=[2, 4])
