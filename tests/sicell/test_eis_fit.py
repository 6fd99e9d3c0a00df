import numpy as np
import numpy.testing as npt
import pytest
from matplotlib.figure import Figure

from poetke2021 import spectra
from sicell.circuit import CircuitError, parse
from sicell.eis import compare, fit, fit_many

FREQUENCY = np.geomspace(1e6, 0.1, 71)
NOISE = 0.005
ONE, TWO = "R0-p(R1,CPE1)", "R0-p(R1,CPE1)-p(R2,CPE2)"
ONE_TRUTH = [20.0, 80.0, 1e-5, 0.85]
TWO_TRUTH = [20.0, 80.0, 1e-6, 0.85, 150.0, 2e-4, 0.8]


def measured(circuit, values, seed=0, noise=NOISE, frequency=FREQUENCY):
    z = parse(circuit).impedance(frequency, values)
    scatter = np.random.default_rng(seed).standard_normal((2, *z.shape))
    return z + noise * np.abs(z) * (scatter[0] + 1j * scatter[1])


def random_two_arcs(count, seed):
    """Return parameters of two arcs, both in the window and a factor of 30 or more apart."""
    rng = np.random.default_rng(seed)
    exponent = rng.uniform(0.65, 0.98, (count, 2))
    resistance = 10 ** rng.uniform(1, 2.5, (count, 2))
    fast = 10 ** rng.uniform(-5.5, -4, count)
    time = np.stack([fast, fast * 10 ** rng.uniform(1.5, 4, count)], axis=1)
    arcs = np.stack([resistance, time**exponent / resistance, exponent], axis=2)
    return np.column_stack([rng.uniform(5, 50, count), arcs.reshape(count, 6)])


# --- recovered parameters --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("circuit", "truth"),
    [
        (ONE, ONE_TRUTH),
        (TWO, TWO_TRUTH),
        (TWO + "-W1", [*TWO_TRUTH, 30.0]),
        (TWO + "-Wo1", [*TWO_TRUTH, 100.0, 2.0]),
        ("R0-p(R1-W1,CPE1)", [20.0, 80.0, 20.0, 1e-5, 0.9]),
        ("p(C1,R1-p(R2,C2))", [1e-8, 20.0, 100.0, 1e-4]),
        ("L0-R0-p(C1,R1)", [1e-6, 20.0, 1e-4, 30.0]),
        ("R0-Zarc1-Ws1", [5.0, 40.0, 1e-3, 0.8, 60.0, 1.0]),
        ("R0-TLMQ1", [5.0, 40.0, 2e-3, 0.9]),
        ("R0-G1", [5.0, 40.0, 0.01]),
        ("R0-Gs1", [5.0, 40.0, 0.01, 1.5]),
        (
            "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-p(R4,CPE4)",
            [10.0, 20, 1e-6, 0.9, 40, 2e-5, 0.9, 30, 1e-3, 0.9, 50, 2e-2, 0.9],
        ),
        ("K1-C2", [40.0, 1e-3, 0.05]),
        ("R0-CPE1", [5.0, 1e-3, 0.7]),
        ("La0-R0-p(R1,C1)", [1e-5, 0.9, 5.0, 40.0, 1e-3]),
    ],
)
def test_spectrum_without_noise_gives_back_its_parameters(circuit, truth):
    result = fit(FREQUENCY, parse(circuit).impedance(FREQUENCY, truth), circuit)
    npt.assert_allclose(result.values, truth, rtol=1e-4)
    assert result.relative_rms < 1e-5
    assert result.converged


def test_two_arcs_are_found_without_a_guess():
    truth = random_two_arcs(60, seed=1)
    data = np.stack([measured(TWO, row, seed=i) for i, row in enumerate(truth)])
    table = fit_many(FREQUENCY, data, TWO, progress=False)
    reduced = table["chi_square"] / NOISE**2 / (2 * FREQUENCY.size - 7)
    assert reduced.max() < 1.5
    inside = [
        ((table[f"{name}_lower"] <= truth[:, i]) & (truth[:, i] <= table[f"{name}_upper"])).mean()
        for i, name in enumerate(parse(TWO).parameter_names)
    ]
    # 60 intervals at 95 %: fewer than 85 % inside has a probability below one in a thousand.
    assert min(inside) > 0.85


def test_wrong_guess_does_no_harm():
    data = measured(TWO, TWO_TRUTH)
    wrong = [value * factor for value, factor in zip(TWO_TRUTH, [30, 1 / 30, 30, 1, 30, 1 / 30, 1], strict=True)]
    alone, guided = fit(FREQUENCY, data, TWO), fit(FREQUENCY, data, TWO, initial_guess=wrong)
    npt.assert_allclose(guided.values, alone.values, rtol=1e-2)
    assert guided.chi_square <= 1.0001 * alone.chi_square


def test_partial_guess_by_name():
    data = measured(TWO, TWO_TRUTH)
    npt.assert_allclose(
        fit(FREQUENCY, data, TWO, initial_guess={"R1": 70}).values, fit(FREQUENCY, data, TWO).values, rtol=1e-2
    )


def test_weight_by_unit_and_by_array():
    data = measured(ONE, ONE_TRUTH)
    by_array = fit(FREQUENCY, data, ONE, weight=1 / np.abs(data))
    npt.assert_allclose(by_array.values, fit(FREQUENCY, data, ONE).values, rtol=1e-6)
    unit = fit(FREQUENCY, data, ONE, weight="unit")
    npt.assert_allclose(unit.values, fit(FREQUENCY, data, ONE, weight=np.full(71, 3.0)).values, rtol=1e-4)
    npt.assert_allclose(unit.chi_square, np.sum(np.abs(data - unit.predict(FREQUENCY)) ** 2), rtol=1e-9)


def test_weights_follow_the_points_when_they_are_sorted():
    data = measured(ONE, ONE_TRUTH)
    weight = np.geomspace(1, 5, 71)
    forward = fit(FREQUENCY, data, ONE, weight=weight)
    npt.assert_allclose(fit(FREQUENCY[::-1], data[::-1], ONE, weight=weight[::-1]).values, forward.values, rtol=1e-10)


def test_scaling_the_impedance_scales_the_parameters():
    data = measured(ONE, ONE_TRUTH)
    ratio = fit(FREQUENCY, 1e4 * data, ONE).values / fit(FREQUENCY, data, ONE).values
    npt.assert_allclose(ratio, [1e4, 1e4, 1e-4, 1], rtol=1e-3)


def test_order_of_points_does_not_matter():
    data = measured(TWO, TWO_TRUTH)
    order = np.random.default_rng(0).permutation(71)
    npt.assert_allclose(fit(FREQUENCY[order], data[order], TWO).values, fit(FREQUENCY, data, TWO).values)


# --- constraints -----------------------------------------------------------------------------------------------------


def test_fixed_parameters_stay():
    result = fit(FREQUENCY, measured(TWO, TWO_TRUTH), TWO, fixed={"R0": 20.0, "CPE1_1": 0.85})
    row = result.parameters.loc["R0"]
    assert (row["value"], row["stderr"], row["lower"], row["upper"]) == (20.0, 0.0, 20.0, 20.0)
    assert list(result.covariance.index) == ["R1", "CPE1_0", "R2", "CPE2_0", "CPE2_1"]
    npt.assert_allclose(result.values[1], 80, rtol=0.05)
    assert "fixed" in repr(result)


def test_bounds_are_kept():
    result = fit(FREQUENCY, measured(ONE, ONE_TRUTH), ONE, bounds={"CPE1_1": (0.9, 1.0), "R1": (0, 500)})
    npt.assert_allclose(result.values[3], 0.9, rtol=1e-9)
    assert result.relative_rms > 3 * NOISE


def test_open_bound_reaches_beyond_the_window():
    result = fit(FREQUENCY, measured(ONE, ONE_TRUTH), ONE, bounds={"R1": (1.0, np.inf)})
    npt.assert_allclose(result.values[1], 80, rtol=0.05)


def test_interchangeable_arcs_stand_in_order_of_time_constant():
    result = fit(FREQUENCY, measured(TWO, TWO_TRUTH), TWO).values
    assert (result[1] * result[2]) ** (1 / result[3]) < (result[4] * result[5]) ** (1 / result[6])


def test_constraints_that_tell_arcs_apart_keep_them_in_place():
    data = measured(TWO, TWO_TRUTH)
    result = fit(FREQUENCY, data, TWO, fixed={"R2": 80.0})
    npt.assert_allclose(result.values[1], 150, rtol=0.1)


def test_fixed_arc_finds_its_place_whichever_comes_first():
    data = measured(TWO, TWO_TRUTH)
    for fixed in ({"R1": 150.0}, {"CPE1_0": 2e-4}, {"CPE2_1": 0.85, "R2": 80.0}):
        result = fit(FREQUENCY, data, TWO, fixed=fixed)
        npt.assert_allclose(result.chi_square / result.degrees_of_freedom, NOISE**2, rtol=0.3)
        npt.assert_allclose(sorted(result.values[[1, 4]]), [80, 150], rtol=0.1)


def test_circuit_whose_only_scale_is_fixed():
    truth = [80.0, 1e-5, 0.85]
    data = measured("p(R1,CPE1)", truth)
    npt.assert_allclose(fit(FREQUENCY, data, "p(R1,CPE1)", fixed={"R1": 80.0}).values, truth, rtol=0.02)


def test_arcs_are_matched_to_a_reference():
    from sicell.eis._model import Model

    model = Model.of("R0-p(R1,C1)-p(R2,C2)-p(R3,C3)", FREQUENCY, None, None, None)
    reference = np.array([[0.0, 1, 2, 10, 20, 100, 200]])
    npt.assert_array_equal(model.matched(np.array([[0.5, 99, 200, 1, 2, 11, 20]]), reference)[0, 1::2], [1, 11, 99])
    apart = Model.of("R0-p(R1,C1)-p(R2,C2)-p(R3,C3)", FREQUENCY, {"R3": 5.0}, None, None)
    npt.assert_array_equal(apart.matched(np.array([[0.5, 99, 200, 1, 2, 11, 20]]), reference)[0, 1::2], [1, 99, 11])


def test_order_of_other_interchangeable_blocks():
    circuit = "R0-p(C1,R1)-p(C2,R2)-K1-K2-p(R3-C3,R4)-p(R5-C5,R6)-L1-L2"
    from sicell.eis._model import Model

    model = Model.of(circuit, FREQUENCY, None, None, None)
    values = np.array([[1, 1e-3, 5, 1e-6, 4, 7, 1.0, 8, 0.1, 2, 1e-2, 3, 2, 1e-6, 3, 5e-6, 1e-6]], dtype=float)
    expected = [1, 1e-6, 4, 1e-3, 5, 8, 0.1, 7, 1.0, 2, 1e-6, 3, 2, 1e-2, 3, 1e-6, 5e-6]
    npt.assert_array_equal(model.arrange(values)[0], expected)


# --- what the data do not determine ---------------------------------------------------------------------------------


def test_redundant_resistors_are_flagged():
    result = fit(FREQUENCY, measured(ONE, ONE_TRUTH), "R0-R9-p(R1,CPE1)")
    table = result.parameters
    assert not table.loc["R0", "identifiable"]
    assert not table.loc["R9", "identifiable"]
    assert np.isnan(table.loc[["R0", "R9"], "stderr"]).all()
    assert table.loc[["R1", "CPE1_0", "CPE1_1"], "identifiable"].all()
    npt.assert_allclose(table.loc[["R0", "R9"], "value"].sum(), 20, rtol=0.01)
    npt.assert_allclose(
        table.loc["R1", "stderr"],
        fit(FREQUENCY, measured(ONE, ONE_TRUTH), ONE).parameters.loc["R1", "stderr"],
        rtol=0.05,
    )
    assert "the data do not determine R0, R9" in result.notes
    assert "not determined by the data" in repr(result)


def test_arc_outside_the_window_is_flagged():
    # Its time constant is a thousand times longer than the slowest period measured.
    truth = [20.0, 80.0, 1e-5, 0.85, 50.0, 200.0, 0.9]
    table = fit(FREQUENCY, measured(TWO, truth), TWO).parameters
    assert not table.loc["R2", "identifiable"]
    # As an arc above the window, which it could be as well, it would be a part of R0; within, of the other arc.
    assert table.loc["CPE1_1", "identifiable"]
    for name, truth in (("R1", 80.0), ("CPE1_0", 1e-5)):
        assert truth / 2 < table.loc[name, "lower"] < truth < table.loc[name, "upper"] < 2 * truth


def test_diffusion_time_is_flagged_when_the_knee_is_below_the_lowest_frequency():
    circuit = ONE + "-Wo1"
    slow = fit(FREQUENCY, measured(circuit, [*ONE_TRUTH, 500.0, 1e4]), circuit).parameters
    assert not slow.loc["Wo1_1", "identifiable"]
    assert slow.loc["Wo1_1", "upper"] == np.inf
    quick = fit(FREQUENCY, measured(circuit, [*ONE_TRUTH, 500.0, 2.0]), circuit).parameters
    assert quick.loc["Wo1_1", "identifiable"]
    assert quick.loc["Wo1_1", "lower"] < 2.0 < quick.loc["Wo1_1", "upper"]


@pytest.mark.parametrize("lowest", [100, 300, 562, 759])
def test_sweep_cut_off_before_the_apex_of_an_arc_is_fitted_as_well_as_from_the_truth(lowest):
    cell = spectra.spectrum("Si37@C", 3)
    kept = cell.frequency > lowest
    frequency = cell.frequency[kept]
    for seed in (1, 2, 3):
        data = spectra.add_noise(cell.impedance, 0.002, seed)[kept]
        result = fit(frequency, data, spectra.CIRCUIT)
        at_truth = np.sum(np.abs(data - cell.impedance[kept]) ** 2 / np.abs(data) ** 2)
        # The optimum lies below the truth by the number of parameters times the variance, about.
        assert result.chi_square < at_truth
        assert not any("patterned" in note for note in result.notes)
        for name, row in result.parameters.iterrows():
            slack = row["stderr"] if row["identifiable"] else 0.0
            assert row["lower"] - 2 * slack <= cell.parameters[name] <= row["upper"] + 2 * slack


def test_second_valley_that_the_data_allow_is_in_the_intervals():
    # With few points beside one another, two arcs and a tail can stand for one depressed arc and the next.
    cell = spectra.spectrum("Si37@C", 3)
    kept = cell.frequency > 3000
    data = spectra.add_noise(cell.impedance, 0.002, 1)[kept]
    table = fit(cell.frequency[kept], data, spectra.CIRCUIT).parameters
    for name, row in table.iterrows():
        assert row["lower"] <= cell.parameters[name] <= row["upper"], name
    assert not table["identifiable"].all()


def test_weak_diffusion_element_does_not_end_as_a_capacitor():
    # Far below its knee only the ratio of its parameters acts: a plateau that a descent alone never leaves.
    circuit = parse(TWO + "-Wo1")
    truth = [13.35, 60.0, 1.3e-5, 0.86, 288.0, 5.6e-5, 0.84, 41.7, 0.234]
    for seed in range(5):
        data = measured(circuit, truth, seed=seed)
        at_truth = np.sum(np.abs(data - circuit.impedance(FREQUENCY, truth)) ** 2 / np.abs(data) ** 2)
        result = fit(FREQUENCY, data, circuit)
        assert result.chi_square < at_truth
        assert result.parameters.loc["Wo1_1", "value"] > 0.02


def test_exponent_at_its_bound_keeps_an_interval():
    result = fit(FREQUENCY, measured(ONE, [20.0, 80.0, 1e-5, 1.0]), ONE).parameters.loc["CPE1_1"]
    assert result["upper"] == pytest.approx(1.0, abs=0.01)
    assert 0.98 < result["lower"] < 1.0
    assert result["identifiable"]


def test_circuit_that_does_not_describe_the_spectrum_says_so():
    data = measured(TWO, TWO_TRUTH)
    wrong, right = fit(FREQUENCY, data, ONE), fit(FREQUENCY, data, TWO)
    assert wrong.residual_correlation > 0.8
    assert any("residuals are patterned" in note for note in wrong.notes)
    assert abs(right.residual_correlation) < 0.3
    assert right.notes == ()
    table = fit_many(FREQUENCY, data[None], ONE, progress=False)
    npt.assert_allclose(table["residual_correlation"], wrong.residual_correlation, rtol=1e-3)


# --- uncertainty -----------------------------------------------------------------------------------------------------


def test_standard_errors_equal_the_scatter_of_repeated_fits():
    data = np.stack([measured(ONE, ONE_TRUTH, seed=seed) for seed in range(300)])
    table = fit_many(FREQUENCY, data, ONE, progress=False)
    for name in parse(ONE).parameter_names:
        # The standard deviation of 300 values has a standard error of 4 %.
        npt.assert_allclose(table[f"{name}_stderr"].mean(), table[name].std(), rtol=0.15)


def test_standard_errors_equal_those_of_scipy():
    from scipy.optimize import curve_fit

    data = measured(ONE, ONE_TRUTH)
    model = parse(ONE)

    def stacked(frequency, *values):
        return model.impedance(frequency, values).view(float)

    sigma = np.repeat(np.abs(data), 2)
    best, covariance = curve_fit(stacked, FREQUENCY, data.view(float), p0=ONE_TRUTH, sigma=sigma, bounds=(1e-9, 1e3))
    result = fit(FREQUENCY, data, ONE)
    npt.assert_allclose(result.values, best, rtol=1e-4)
    npt.assert_allclose(result.parameters["stderr"], np.sqrt(np.diag(covariance)), rtol=5e-3)
    npt.assert_allclose(np.sqrt(np.diag(result.covariance)), result.parameters["stderr"], rtol=1e-12)
    correlation = covariance / np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    npt.assert_allclose(result.correlation, correlation, atol=5e-3)


def test_profile_intervals_of_a_well_determined_fit_equal_the_linear_ones():
    result = fit(FREQUENCY, measured(ONE, ONE_TRUTH, noise=1e-3), ONE)
    npt.assert_allclose(result.profile_intervals(), result.parameters[["lower", "upper"]], rtol=2e-3)


def test_profile_interval_is_open_where_the_data_set_no_bound():
    circuit = ONE + "-Wo1"
    result = fit(FREQUENCY, measured(circuit, [*ONE_TRUTH, 500.0, 1e4]), circuit, fixed={"CPE1_1": 0.85})
    intervals = result.profile_intervals()
    assert intervals.loc["Wo1_1", "upper"] == np.inf
    assert 1.0 < intervals.loc["Wo1_1", "lower"] < 1e4
    assert intervals.loc["CPE1_1"].tolist() == [0.85, 0.85]


def test_wider_confidence_gives_wider_intervals():
    data = measured(ONE, ONE_TRUTH)
    narrow, wide = (fit(FREQUENCY, data, ONE, confidence=level).parameters for level in (0.68, 0.99))
    assert (wide["lower"] < narrow["lower"]).all()
    assert (wide["upper"] > narrow["upper"]).all()


# --- the result ------------------------------------------------------------------------------------------------------


def test_relative_rms_and_reduced_chi_square_are_the_noise():
    result = fit(FREQUENCY, measured(TWO, TWO_TRUTH), TWO)
    npt.assert_allclose(result.relative_rms, NOISE * np.sqrt(2), rtol=0.15)
    npt.assert_allclose(np.sqrt(result.chi_square / result.degrees_of_freedom), NOISE, rtol=0.15)
    npt.assert_allclose(np.sqrt(np.mean(np.abs(result.residuals) ** 2)), result.relative_rms, rtol=1e-9)


def test_plot_returns_a_figure_with_equal_scales():
    figure = fit(FREQUENCY, measured(ONE, ONE_TRUTH), ONE).plot()
    assert isinstance(figure, Figure)
    assert figure.axes[0].get_aspect() == 1.0
    figure.canvas.draw()


def test_repr_names_values_and_units():
    text = repr(fit(FREQUENCY, measured(ONE, ONE_TRUTH), ONE))
    assert text.startswith("Fit of R0-p(R1,CPE1): 71 points")
    assert "R0" in text
    assert "±" in text
    assert "Ohm" in text


def test_handed_over_to_impedance_py():
    circuit = "R0-p(R1,CPE1)-La1"
    data = measured(circuit, [*ONE_TRUTH, 2e-6, 0.95])
    result = fit(FREQUENCY, data, circuit, fixed={"R0": 20.0})
    theirs = result.to_impedance()
    assert theirs.constants == {"R0": 20.0}
    npt.assert_allclose(theirs.predict(FREQUENCY), result.predict(FREQUENCY), rtol=1e-9)
    npt.assert_allclose(theirs.conf_[0], result.parameters.loc["R1", "stderr"])
    assert "R0-p(R1,CPE1)-La1" in str(theirs)


def test_element_that_impedance_py_does_not_have_fails_to_be_handed_over():
    circuit = "R0-TLMF1"
    result = fit(FREQUENCY, parse(circuit).impedance(FREQUENCY, [5, 40, 10, 2e-3, 0.9]), circuit)
    with pytest.raises(ValueError, match=r"impedance.py has no element 'TLMF'"):
        result.to_impedance()


# --- bad input -------------------------------------------------------------------------------------------------------

DATA = measured(ONE, ONE_TRUTH)


def test_circuit_that_cannot_be_read_fails():
    with pytest.raises(CircuitError, match="'R0' is used twice"):
        fit(FREQUENCY, DATA, "R0-p(R0,C1)")


def test_conjugated_spectrum_fails():
    with pytest.raises(ValueError, match="looks conjugated"):
        fit(FREQUENCY, DATA.conj(), ONE)


def test_negative_frequencies_fail():
    with pytest.raises(ValueError, match="frequency must be positive"):
        fit(-FREQUENCY, DATA, ONE)


def test_fewer_points_than_parameters_fail():
    with pytest.raises(ValueError, match="has 7 free parameters, the spectrum 6 points"):
        fit(FREQUENCY[:60:10], DATA[:60:10], TWO)


def test_unknown_names_fail():
    with pytest.raises(ValueError, match=r"fixed: circuit .* has no parameter 'R7'; its parameters are R0, R1, CPE1_0"):
        fit(FREQUENCY, DATA, ONE, fixed={"R7": 1})
    with pytest.raises(ValueError, match=r"bounds: circuit .* has no parameter 'CPE1'"):
        fit(FREQUENCY, DATA, ONE, bounds={"CPE1": (0, 1)})
    with pytest.raises(ValueError, match=r"initial_guess: circuit .* has no parameter 'X'"):
        fit(FREQUENCY, DATA, ONE, initial_guess={"X": 1})


def test_fixing_everything_fails():
    with pytest.raises(ValueError, match="nothing is left to fit"):
        fit(FREQUENCY, DATA, "R0", fixed={"R0": 1})


def test_fixed_values_that_are_impossible_fail():
    with pytest.raises(ValueError, match=r"fixed\['R0'\] must be positive, got 0"):
        fit(FREQUENCY, DATA, ONE, fixed={"R0": 0})
    with pytest.raises(ValueError, match=r"is an exponent and must be at most 1, got 1.2"):
        fit(FREQUENCY, DATA, ONE, fixed={"CPE1_1": 1.2})


@pytest.mark.parametrize(
    ("pair", "text"), [((5, 1), "0 <= lower < upper"), (3, "must be a pair"), ((-1, 1), "0 <= lower")]
)
def test_bounds_that_are_impossible_fail(pair, text):
    with pytest.raises(ValueError, match=text):
        fit(FREQUENCY, DATA, ONE, bounds={"R0": pair})


def test_guess_of_wrong_length_or_sign_fails():
    with pytest.raises(ValueError, match=r"initial_guess must be 4 values .* got 3"):
        fit(FREQUENCY, DATA, ONE, initial_guess=[1, 2, 3])
    with pytest.raises(ValueError, match=r"initial_guess\['R1'\] must be positive"):
        fit(FREQUENCY, DATA, ONE, initial_guess=[1, -2, 3, 0.5])


def test_guess_without_the_fixed_parameters():
    result = fit(FREQUENCY, DATA, ONE, fixed={"R0": 20.0}, initial_guess=[80, 1e-5, 0.8])
    npt.assert_allclose(result.values[1], 80, rtol=0.05)


def test_unknown_weight_fails():
    with pytest.raises(ValueError, match="weight must be one of 'modulus', 'unit', got 'phase'"):
        fit(FREQUENCY, DATA, ONE, weight="phase")
    with pytest.raises(ValueError, match="weight must have one value a point"):
        fit(FREQUENCY, DATA, ONE, weight=[1.0, 2.0])


def test_impossible_confidence_fails():
    with pytest.raises(ValueError, match=r"confidence must be between 0.5"):
        fit(FREQUENCY, DATA, ONE, confidence=95)


# --- comparison ------------------------------------------------------------------------------------------------------


def test_comparison_finds_the_circuit_that_made_the_data():
    table = compare(FREQUENCY, measured(TWO, TWO_TRUTH), [ONE, TWO, TWO + "-p(R3,C3)", "R0-W1"])
    assert table.index[0] == TWO
    assert table["delta_aicc"].iloc[0] == 0
    npt.assert_allclose(table["akaike_weight"].sum(), 1)
    assert table.loc[TWO, "parameters"] == 7
    assert table["bic"].idxmin() == TWO
    assert not table.loc[TWO + "-p(R3,C3)", "identifiable"]
    assert table.loc[TWO, "fit"].circuit.text == TWO


def test_criteria_follow_their_definition():
    row = compare(FREQUENCY, DATA, ONE).iloc[0]
    n, k = 142, 5
    size = n * np.log(row["chi_square"] / n)
    npt.assert_allclose(row["aicc"], size + 2 * k + 2 * k * (k + 1) / (n - k - 1))
    npt.assert_allclose(row["bic"], size + k * np.log(n))


def test_comparison_of_nothing_fails():
    with pytest.raises(ValueError, match="at least one circuit"):
        compare(FREQUENCY, DATA, [])
