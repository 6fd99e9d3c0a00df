"""The MSMR curve: closed forms, inverse, recovered parameters, measured curves, bad input."""

from dataclasses import replace

import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import constants

from sicell import _data
from sicell.msmr import Msmr

THERMAL = constants.R * 298.15 / constants.physical_constants["Faraday constant"][0]

# A plateau (c-Si like), two slopes and a broad tail; the shapes that occur in silicon, graphite and nickel oxides.
SHAPES = {
    "plateau": Msmr([0.18, 0.08, 0.046], [0.2, 0.5, 0.3], [1.1, 0.3, 0.7]),
    "slope": Msmr([0.37, 0.25, 0.1], [0.15, 0.4, 0.45], [3.3, 0.9, 0.8]),
    "cathode": Msmr([4.19, 3.99, 3.76, 3.57], [0.18, 0.27, 0.35, 0.2], [0.8, 2.0, 1.9, 0.5]),
}

curves = st.integers(1, 5).flatmap(
    lambda count: st.builds(
        Msmr,
        st.lists(st.floats(0.0, 4.5), min_size=count, max_size=count),
        st.lists(st.floats(0.01, 1.0), min_size=count, max_size=count),
        st.lists(st.floats(0.1, 12.0), min_size=count, max_size=count),
        st.floats(250.0, 350.0),
        st.floats(-0.5, 0.5),
    )
)


def test_one_ideal_reaction_obeys_the_nernst_equation():
    curve = Msmr([0.2], [1.0], [1.0])
    lithiation = np.linspace(0.01, 0.99, 25)
    npt.assert_allclose(curve.potential(lithiation), 0.2 + THERMAL * np.log((1 - lithiation) / lithiation), atol=1e-12)


def test_differential_capacity_at_the_center_of_a_reaction():
    assert Msmr([0.2], [0.6], [0.4]).differential_capacity(0.2) == pytest.approx(0.6 / (4 * 0.4 * THERMAL), rel=1e-12)


def test_differential_capacity_is_the_slope_of_the_lithiation():
    curve = SHAPES["slope"]
    potential = np.linspace(0.01, 1.0, 60)
    step = 1e-5
    slope = (curve.lithiation(potential - step) - curve.lithiation(potential + step)) / (2 * step)
    npt.assert_allclose(curve.differential_capacity(potential), slope, rtol=1e-6)


def test_total_charge_is_the_sum_of_the_fractions():
    curve = SHAPES["plateau"]
    potential = np.linspace(-1.0, 2.0, 20001)
    charge = np.trapezoid(curve.differential_capacity(potential), potential)
    npt.assert_allclose(charge, 1.0, rtol=1e-9)


@given(curve=curves, part=st.floats(1e-6, 1 - 1e-6))
@settings(deadline=None)
def test_inverse_after_forward_is_the_identity(curve, part):
    low, high = curve.bounds
    lithiation = low + part * (high - low)
    assert curve.lithiation(curve.potential(lithiation)) == pytest.approx(lithiation, abs=1e-10)


@given(curve=curves, parts=st.lists(st.floats(1e-6, 1 - 1e-6), min_size=2, max_size=30, unique=True))
@settings(deadline=None)
def test_potential_falls_with_lithiation(curve, parts):
    low, high = curve.bounds
    parts = np.sort(parts)
    parts = parts[np.insert(np.diff(parts) > 1e-9, 0, True)]
    assert np.all(np.diff(curve.potential(low + parts * (high - low))) < 0)


@given(first=curves, second=curves, potential=st.floats(-0.2, 5.0))
@settings(deadline=None)
def test_blend_holds_the_lithium_of_both_parts(first, second, potential):
    second = replace(second, temperature=first.temperature)
    expected = first.lithiation(potential) + second.lithiation(potential)
    assert (first + second).lithiation(potential) == pytest.approx(expected, abs=1e-12)


def test_width_in_volts_is_proportional_to_temperature():
    curve = Msmr([0.2], [1.0], [1.5])
    cold, hot = replace(curve, temperature=250.0), replace(curve, temperature=350.0)
    shift = [model.potential(0.1) - 0.2 for model in (cold, hot)]
    assert shift[1] / shift[0] == pytest.approx(350 / 250)


def test_vectorized_equals_single_calls_and_keeps_the_shape():
    curve = SHAPES["cathode"]
    lithiation = np.linspace(0.01, 0.99, 12).reshape(3, 4)
    together = curve.potential(lithiation)
    assert together.shape == (3, 4)
    npt.assert_array_equal(together.ravel(), [curve.potential(value) for value in lithiation.ravel()])
    back = curve.lithiation(together)
    npt.assert_array_equal(back.ravel(), [curve.lithiation(value) for value in together.ravel()])


def test_many_blocks_equal_one_by_one():
    curve = SHAPES["plateau"]
    lithiation = np.random.default_rng(1).uniform(0, 1, 30_000)
    sample = lithiation[::1000]
    npt.assert_allclose(curve.potential(lithiation)[::1000], curve.potential(sample), atol=1e-14)
    npt.assert_allclose(curve.lithiation(curve.potential(lithiation)), lithiation, atol=1e-12)


def test_contributions_add_up():
    curve = SHAPES["slope"].scaled(2.0, offset=0.1)
    potential = np.linspace(0.0, 1.0, 11)
    npt.assert_allclose(curve.contributions(potential).sum(axis=0) + 0.1, curve.lithiation(potential), atol=1e-14)
    npt.assert_allclose(
        curve.contributions(potential, differential=True).sum(axis=0), curve.differential_capacity(potential)
    )


def test_normalized_is_one_and_zero_at_the_limits():
    curve = SHAPES["slope"].normalized(0.005, 1.5)
    npt.assert_allclose(curve.lithiation([0.005, 1.5]), [1, 0], atol=1e-14)
    assert curve.potential(1.0) == pytest.approx(0.005, abs=1e-10)


def test_reactions_are_sorted_from_high_to_low_potential():
    frame = Msmr([0.1, 0.4, 0.2], [0.2, 0.3, 0.5], [1, 2, 3]).to_frame()
    assert frame.to_dict("list") == {"potential": [0.4, 0.2, 0.1], "fraction": [0.3, 0.5, 0.2], "width": [2, 3, 1]}


def test_arrays_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        SHAPES["slope"].potentials[0] = 1.0


def test_repr_names_the_potentials():
    assert repr(Msmr([0.1, 0.2], [1, 1], [1, 1])) == "Msmr(2 reactions at 0.200, 0.100 V; 298.15 K)"


@pytest.mark.parametrize("name", SHAPES)
def test_fit_recovers_known_parameters_from_noisy_data(name):
    truth = SHAPES[name]
    generator = np.random.default_rng(7)
    low, high = truth.potential(0.999), truth.potential(0.001)
    truth = truth.normalized(low, high)
    lithiation = np.linspace(0.0, 1.0, 800)
    potential = truth.potential(lithiation) + generator.normal(0, 1e-3, lithiation.size)
    fit = Msmr.fit(potential, 3.2 * lithiation, reactions=truth.potentials.size)
    assert fit.capacity == pytest.approx(3.2)
    # The curve itself: 0.3 mV from 1 mV of noise; the parameters: 5 mV, 0.03 of the capacity and 20 %.
    probe = np.linspace(0.02, 0.98, 97)
    npt.assert_allclose(fit.curve.potential(probe), truth.potential(probe), atol=6e-4)
    npt.assert_allclose(fit.curve.potentials, truth.potentials, atol=5e-3)
    npt.assert_allclose(fit.curve.fractions, truth.fractions, atol=0.03)
    npt.assert_allclose(fit.curve.widths, truth.widths, rtol=0.2)


def test_standard_errors_cover_the_truth():
    truth = SHAPES["plateau"].normalized(0.0, 0.6)
    lithiation = np.linspace(0.0, 1.0, 400)
    generator = np.random.default_rng(3)
    deviations = []
    for _ in range(15):
        potential = truth.potential(lithiation) + generator.normal(0, 1e-3, lithiation.size)
        fit = Msmr.fit(potential, lithiation, reactions=3, starts=2)
        deviations.append(((fit.curve.potentials - truth.potentials) / fit.standard_errors["potential"]).to_numpy())
    inside = np.abs(deviations) < 2
    assert 0.75 < inside.mean() <= 1.0


@pytest.mark.parametrize("direction", ["lithiation", "delithiation", "capacity counted down", "shifted zero"])
def test_fit_accepts_either_direction(direction):
    truth = SHAPES["slope"].normalized(0.01, 1.0)
    lithiation = np.linspace(0.0, 1.0, 300)
    potential = truth.potential(lithiation)
    capacity = {
        "lithiation": lithiation,
        "delithiation": (1 - lithiation)[::-1],
        "capacity counted down": -lithiation,
        "shifted zero": 5 + lithiation,
    }[direction]
    if direction == "delithiation":
        potential = potential[::-1]
    fit = Msmr.fit(potential, capacity, reactions=3)
    probe = np.linspace(0.02, 0.98, 25)
    npt.assert_allclose(fit.curve.potential(probe), truth.potential(probe), atol=5e-4)


def test_fit_survives_duplicates_steps_back_and_outliers():
    truth = SHAPES["plateau"].normalized(0.01, 0.6)
    generator = np.random.default_rng(5)
    lithiation = np.round(np.linspace(0.0, 1.0, 900), 3) + generator.choice([0, 0.002, -0.002], 900)
    potential = truth.potential(np.clip(lithiation, 0.0, 1.0)) + generator.normal(0, 2e-3, 900)
    spoiled = generator.choice(900, 9, replace=False)
    potential[spoiled] += 0.15
    fit = Msmr.fit(potential, lithiation, reactions=3, noise=2e-3)
    probe = np.linspace(0.05, 0.95, 25)
    npt.assert_allclose(fit.curve.potential(probe), truth.potential(probe), atol=4e-3)


@pytest.mark.parametrize(("name", "reactions"), [("gr_smooth", 8), ("nmc_smooth", 6)])
def test_fit_of_measured_half_cell_curves(name, reactions):
    data = _data.table(f"ampworks/{name}.csv")
    fit = Msmr.fit(data["Volts"], data["Ah"], reactions=reactions)
    # Independent of the fit's own book-keeping: both files were recorded while the electrode took one direction.
    passed = data["Ah"].abs() / data["Ah"].abs().max()
    lithiation = passed if data["Volts"].iloc[0] > data["Volts"].iloc[-1] else 1 - passed
    middle = (lithiation > 0.05) & (lithiation < 0.95)
    error = fit.curve.potential(lithiation[middle].to_numpy()) - data["Volts"][middle]
    assert np.sqrt(np.mean(error**2)) < 1e-3
    assert fit.rms < 1e-3


def test_fit_reports_table_and_range():
    truth = SHAPES["slope"].normalized(0.01, 1.0)
    lithiation = np.linspace(0, 1, 200)
    fit = Msmr.fit(truth.potential(lithiation), lithiation, reactions=3)
    assert (fit.lower_potential, fit.upper_potential) == pytest.approx((0.01, 1.0))
    assert list(fit.to_frame().columns[:3]) == ["potential", "fraction", "width"]
    assert "rms" in repr(fit)
    assert fit.rms_all < 1e-3


def test_fit_of_dense_data_is_thinned_and_agrees():
    truth = SHAPES["slope"].normalized(0.01, 1.0)
    lithiation = np.linspace(0, 1, 20_000)
    fit = Msmr.fit(truth.potential(lithiation), lithiation, reactions=3, starts=2)
    assert fit.rms < 2e-4
    assert fit.points == 20_000


def test_superfluous_reaction_has_no_trustworthy_error():
    truth = Msmr([0.2], [1.0], [1.0]).normalized(0.05, 0.4)
    lithiation = np.linspace(0, 1, 100)
    fit = Msmr.fit(truth.potential(lithiation), lithiation, reactions=3, starts=2)
    uncertain = fit.standard_errors["fraction"] > 0.1
    assert (uncertain | fit.standard_errors["fraction"].isna()).any()


def test_lengths_that_differ_fail():
    with pytest.raises(ValueError, match=r"lists of one length, got potentials \(2,\), fractions \(1,\)"):
        Msmr([0.1, 0.2], [1.0], [1.0, 1.0])


def test_no_reaction_fails():
    with pytest.raises(ValueError, match="lists of one length"):
        Msmr([], [], [])


def test_negative_fraction_fails():
    with pytest.raises(ValueError, match=r"fractions must be positive, got -0.5 at position 1"):
        Msmr([0.1, 0.2], [1.0, -0.5], [1.0, 1.0])


def test_zero_width_fails():
    with pytest.raises(ValueError, match=r"widths must be positive, got 0"):
        Msmr([0.1], [1.0], [0.0])


def test_temperature_in_celsius_below_zero_fails():
    with pytest.raises(ValueError, match=r"temperature must be at least 150 K \(25 °C are 298.15 K\), got -5"):
        Msmr([0.1], [1.0], [1.0], temperature=-5)


def test_lithiation_outside_the_curve_fails():
    with pytest.raises(ValueError, match=r"lithiation must be between .* and 1, got 1.2"):
        SHAPES["slope"].potential(1.2)


def test_nan_potential_fails():
    with pytest.raises(ValueError, match=r"potential must be finite \(in V\), got nan at position 1"):
        SHAPES["slope"].lithiation([0.1, np.nan])


def test_swapped_limits_fail():
    with pytest.raises(ValueError, match="lower_potential must be below upper_potential"):
        SHAPES["slope"].normalized(1.5, 0.005)


def test_limits_without_lithium_between_them_fail():
    with pytest.raises(ValueError, match="takes no lithium between 50 and 60 V"):
        SHAPES["slope"].normalized(50, 60)


def test_blend_of_different_temperatures_fails():
    with pytest.raises(ValueError, match=r"temperatures must agree \(in K\), got 298.15 and 310"):
        SHAPES["slope"] + replace(SHAPES["plateau"], temperature=310)


def test_adding_a_number_fails():
    with pytest.raises(TypeError):
        SHAPES["slope"] + 1.0


def test_fit_of_nan_fails():
    potential = np.linspace(1.0, 0.1, 50)
    potential[3] = np.nan
    with pytest.raises(ValueError, match="potential must be finite"):
        Msmr.fit(potential, np.linspace(0, 1, 50))


def test_fit_of_constant_potential_fails():
    with pytest.raises(ValueError, match=r"potential must vary, got 0.1 at all 50 points"):
        Msmr.fit(np.full(50, 0.1), np.linspace(0, 1, 50))


def test_fit_of_constant_capacity_fails():
    with pytest.raises(ValueError, match="capacity must vary"):
        Msmr.fit(np.linspace(0, 1, 50), np.ones(50))


def test_fit_of_two_points_fails():
    with pytest.raises(
        ValueError, match=r"capacity must have at least 5 different values for that many reactions, got 2"
    ):
        Msmr.fit([0.2, 0.1], [0.0, 1.0], reactions=1)


def test_fit_of_potential_in_millivolts_fails():
    with pytest.raises(ValueError, match="divide by 1000 if it is in mV"):
        Msmr.fit(np.linspace(1000, 10, 50), np.linspace(0, 1, 50))


def test_fit_of_unequal_lengths_fails():
    with pytest.raises(ValueError, match=r"got shapes \(50,\) and \(49,\)"):
        Msmr.fit(np.linspace(1, 0, 50), np.linspace(0, 1, 49))


def test_fit_with_half_a_reaction_fails():
    with pytest.raises(ValueError, match=r"reactions must be a whole number of at least 1, got 2.5"):
        Msmr.fit(np.linspace(1, 0, 50), np.linspace(0, 1, 50), reactions=2.5)


def test_fit_without_starts_fails():
    with pytest.raises(ValueError, match=r"starts must be a whole number of at least 1, got 0"):
        Msmr.fit(np.linspace(1, 0, 50), np.linspace(0, 1, 50), starts=0)
