"""Kramers–Kronig test and distribution of relaxation times."""

import numpy as np
import numpy.testing as npt
import pytest
from matplotlib.figure import Figure

from sicell.circuit import parse
from sicell.eis import drt, kramers_kronig

FREQUENCY = np.geomspace(1e6, 0.1, 71)
TWO, VALUES = "R0-p(R1,CPE1)-p(R2,CPE2)", [20.0, 80.0, 1e-6, 0.9, 150.0, 2e-4, 0.85]


def noisy(z, noise, seed):
    scatter = np.random.default_rng(seed).standard_normal((2, *z.shape))
    return z + noise * np.abs(z) * (scatter[0] + 1j * scatter[1])


def drifting(growth):
    """Return a spectrum whose second arc grows while it is measured, each point taking a time ∝ 1/f."""
    elapsed = np.cumsum(1 / FREQUENCY) / np.sum(1 / FREQUENCY)
    values = np.tile(VALUES, (71, 1))
    values[:, 4] *= 1 + growth * elapsed
    return np.array([parse(TWO).impedance(f, row)[0] for f, row in zip(FREQUENCY, values, strict=True)])


# --- Kramers–Kronig ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("noise", [None, 0.003])
def test_valid_spectra_are_seldom_rejected(noise):
    circuits = {
        TWO: VALUES,
        "R0-p(R1,CPE1)": [10, 100, 1e-5, 0.7],
        "R0-p(R1,C1)-W1": [10, 100, 1e-5, 50],
        "L0-R0-p(R1,C1)-Wo1": [1e-7, 10, 100, 1e-5, 30, 5],
    }
    rejected = [
        not kramers_kronig(FREQUENCY, noisy(parse(circuit).impedance(FREQUENCY, values), 0.003, seed), noise).valid
        for circuit, values in circuits.items()
        for seed in range(60)
    ]
    # At 5 % more than 22 of 240 has a probability of half a per cent.
    assert sum(rejected) <= 22


@pytest.mark.parametrize("noise", [None, 0.003])
def test_drift_is_detected(noise):
    z = drifting(0.5)
    detected = [not kramers_kronig(FREQUENCY, noisy(z, 0.003, seed), noise).valid for seed in range(30)]
    assert np.mean(detected) > 0.9


def test_growth_of_the_faster_arc_is_detected():
    # Its own arc is long past when the cell has changed: only a real part that grows with 1/f is left of it.
    elapsed = np.cumsum(1 / FREQUENCY) / np.sum(1 / FREQUENCY)
    rows = np.tile(VALUES, (71, 1))
    rows[:, 1] *= 1 + 0.2 * elapsed
    z = np.array([parse(TWO).impedance(f, row)[0] for f, row in zip(FREQUENCY, rows, strict=True)])
    tests = [kramers_kronig(FREQUENCY, noisy(z, 0.003, seed), 0.003) for seed in range(30)]
    assert np.mean([not test.valid for test in tests]) > 0.8
    assert np.median([test.p_values["drift"] for test in tests]) < 1e-3


def test_slow_process_is_no_drift():
    # Slower than the window, and weak: the measurement model must take it up.
    circuit = parse("R0-p(R1,CPE1)-W1")
    rejected = [
        not kramers_kronig(FREQUENCY, noisy(circuit.impedance(FREQUENCY, [10, 100, 1e-4, 0.8, w]), 1e-3, seed)).valid
        for seed in range(40)
        for w in (0.3, 1.0, 3.0)
    ]
    # At 5 % more than 13 of 120 has a probability of half a per cent.
    assert sum(rejected) <= 13


def test_wrong_part_of_a_spectrum_is_detected():
    # The imaginary part of another spectrum: no Kramers–Kronig partner.
    z = parse(TWO).impedance(FREQUENCY, VALUES)
    other = parse(TWO).impedance(FREQUENCY, [20.0, 80.0, 1e-6, 0.9, 250.0, 2e-4, 0.85])
    result = kramers_kronig(FREQUENCY, noisy(z.real + 1j * other.imag, 0.003, 0))
    assert not result.valid
    assert result.p_values["pattern"] < 1e-6


def test_noise_larger_than_stated_is_detected():
    z = noisy(parse(TWO).impedance(FREQUENCY, VALUES), 0.01, 0)
    assert kramers_kronig(FREQUENCY, z).valid
    result = kramers_kronig(FREQUENCY, z, noise=0.005)
    assert not result.valid
    assert result.p_values["size"] < 1e-6


def test_noise_is_estimated():
    estimates = [kramers_kronig(FREQUENCY, noisy(drifting(0.0), 0.004, seed)).noise for seed in range(40)]
    npt.assert_allclose(np.mean(estimates), 0.004, rtol=0.03)


def test_reconstruction_is_closer_to_the_truth_than_the_data():
    z = parse(TWO).impedance(FREQUENCY, VALUES)
    data = noisy(z, 0.01, 3)
    result = kramers_kronig(FREQUENCY[::-1], data[::-1])
    assert np.mean(np.abs(result.reconstructed / z - 1) ** 2) < 0.4 * np.mean(np.abs(data / z - 1) ** 2)
    npt.assert_allclose(result.residuals, (data - result.reconstructed) / np.abs(data))
    assert result.order > 10


def test_smaller_significance_rejects_less():
    z = noisy(drifting(0.03), 0.004, 1)
    p_value = kramers_kronig(FREQUENCY, z).p_value
    assert kramers_kronig(FREQUENCY, z, significance=0.99 * p_value).valid
    assert not kramers_kronig(FREQUENCY, z, significance=1.01 * p_value).valid


def test_validation_figure():
    figure = kramers_kronig(FREQUENCY, noisy(drifting(0.0), 0.004, 0)).plot()
    assert isinstance(figure, Figure)
    figure.canvas.draw()


def test_few_points_limit_the_order():
    result = kramers_kronig(FREQUENCY[::6], drifting(0.0)[::6])
    assert result.order <= 12  # half of the 24 numbers


def test_too_few_points_fail():
    with pytest.raises(ValueError, match="at least 10 distinct frequencies"):
        kramers_kronig(FREQUENCY[:9], drifting(0.0)[:9])


def test_impossible_noise_and_significance_fail():
    with pytest.raises(ValueError, match="noise must be positive, got 0"):
        kramers_kronig(FREQUENCY, drifting(0.0), noise=0)
    with pytest.raises(ValueError, match="significance must be between"):
        kramers_kronig(FREQUENCY, drifting(0.0), significance=2)


@pytest.mark.parametrize("point", [5, 36, 60])
def test_one_point_off_is_named(point):
    z = noisy(parse(TWO).impedance(FREQUENCY, VALUES), 0.002, 1)
    z[point] *= 1 + 0.02j
    result = kramers_kronig(FREQUENCY, z)
    npt.assert_allclose(result.outliers, FREQUENCY[point])
    assert f"{FREQUENCY[point]:.4g} Hz" in " ".join(result.notes)
    assert not result.valid
    # The noise is that of the others.
    assert result.noise == pytest.approx(0.002, rel=0.3)


def test_point_off_near_an_end_of_the_window_is_named():
    # The expansion could bend there and follow it.
    circuits = {
        "R0-p(R1,CPE1)-Wo1": [10, 50, 1e-4, 0.9, 30, 20],
        "R0-p(R1,CPE1)-p(R2-Wo1,CPE2)": [10, 50, 1e-5, 0.9, 80, 60, 20, 1e-2, 0.8],
        "R0-p(R1,CPE1)-CPE2": [10, 100, 1e-6, 0.7, 1e-3, 0.9],
    }
    named = []
    for seed, (circuit, values) in enumerate(circuits.items()):
        for turn, point in enumerate((1, 2, 3, 4, 67, 68, 69)):
            z = noisy(parse(circuit).impedance(FREQUENCY, values), 2e-3, seed)
            z[point] *= 1 + 0.08 * np.exp(1j * turn)
            named.append(FREQUENCY[point] in kramers_kronig(FREQUENCY, z).outliers)
    assert np.mean(named) > 0.9


def test_several_points_off_are_named():
    z = noisy(parse(TWO).impedance(FREQUENCY, VALUES), 0.002, 1)
    z[[20, 21, 50]] *= [1.3, 0.8, 1.1]
    assert set(FREQUENCY[[20, 21, 50]]) <= set(kramers_kronig(FREQUENCY, z).outliers)


@pytest.mark.parametrize("circuit", ["R0-p(R1-W1,C1)", "R0-p(R1,CPE1)-Wo1", "R0-C1", "R0"])
@pytest.mark.parametrize("points", [31, 71, 201])
def test_computed_spectra_are_valid(circuit, points):
    frequency = np.geomspace(1e5, 1e-2, points)
    values = {"R0": 10, "R1": 50, "W1": 20, "C1": 1e-5, "CPE1_0": 1e-4, "CPE1_1": 0.9, "Wo1_0": 30, "Wo1_1": 20}
    names = parse(circuit).parameter_names
    z = parse(circuit).impedance(frequency, {name: values[name] for name in names}) + np.zeros(points)
    assert kramers_kronig(frequency, z).valid


@pytest.mark.parametrize("noise", [1e-3, 1e-4, 1e-5])
def test_quiet_spectra_are_valid(noise):
    z = parse("R0-p(R1-W1,C1)").impedance(FREQUENCY, [10, 50, 20, 1e-5])
    assert sum(not kramers_kronig(FREQUENCY, noisy(z, noise, seed)).valid for seed in range(20)) <= 4


def test_mere_noise_is_no_reason_to_crash():
    for seed in range(3):
        rng = np.random.default_rng(seed)
        assert kramers_kronig(FREQUENCY, rng.normal(size=71) + 1j * rng.normal(size=71)).p_value <= 1


# --- relaxation times ----------------------------------------------------------------------------------------------


def test_peaks_of_two_arcs():
    result = drt(FREQUENCY, noisy(parse(TWO).impedance(FREQUENCY, VALUES), 0.003, 0))
    _, r1, q1, a1, r2, q2, a2 = VALUES
    times = [(r1 * q1) ** (1 / a1), (r2 * q2) ** (1 / a2)]
    largest = result.peaks.nlargest(2, "resistance").sort_values("time_constant")
    npt.assert_allclose(np.log10(largest["time_constant"]), np.log10(times), atol=0.1)
    npt.assert_allclose(largest["resistance"], [r1, r2], rtol=0.1)
    npt.assert_allclose(largest["frequency"] * largest["time_constant"], 1 / (2 * np.pi))
    npt.assert_allclose(result.ohmic_resistance, 20, rtol=0.1)
    npt.assert_allclose(result.polarization_resistance, r1 + r2, rtol=0.05)


def test_distribution_of_an_arc_is_that_of_cole_and_cole():
    exponent, resistance, time = 0.7, 100.0, 1e-3
    z = parse("R0-Zarc1").impedance(FREQUENCY, [10, resistance, time, exponent])
    result = drt(FREQUENCY, noisy(z, 1e-4, 0))
    x = np.log(result.time_constant / time)
    # Fuoss and Kirkwood (1941).
    expected = resistance / (2 * np.pi) * np.sin((1 - exponent) * np.pi)
    expected /= np.cosh(exponent * x) - np.cos((1 - exponent) * np.pi)
    inside = np.abs(x) < 5
    npt.assert_allclose(result.gamma[inside], expected[inside], atol=0.06 * expected.max())


@pytest.mark.parametrize("seed", [15, 21, 24, 31])
def test_peak_that_only_fits_noise_is_none(seed):
    # Between two broad arcs the noise of these seeds makes a third peak; two arcs leave nothing else.
    z = parse(TWO).impedance(FREQUENCY, [35.8, 273.0, 1.58e-8, 0.884, 440.0, 1.26e-5, 0.845])
    peaks = drt(FREQUENCY, noisy(z, 5e-3, seed)).peaks
    npt.assert_allclose(peaks["resistance"], [273, 440], rtol=0.02)


def test_inductance_is_found_when_there_are_inductive_points():
    z = parse("L0-R0-p(R1,C1)").impedance(FREQUENCY, [1e-6, 10, 100, 1e-4])
    result = drt(FREQUENCY, noisy(z, 0.002, 0))
    npt.assert_allclose(result.inductance, 1e-6, rtol=0.05)
    assert "inductive" in result.notes[0]
    assert drt(FREQUENCY, parse("R0-p(R1,C1)").impedance(FREQUENCY, [10, 100, 1e-4])).inductance == 0


def test_stronger_regularization_smooths():
    z = noisy(parse(TWO).impedance(FREQUENCY, VALUES), 0.003, 0)
    rough, smooth = (drt(FREQUENCY, z, regularization=weight).to_frame()["gamma"] for weight in (1e-7, 1e-2))
    assert smooth.max() < rough.max()


def test_distribution_figure_and_table():
    result = drt(FREQUENCY, noisy(parse(TWO).impedance(FREQUENCY, VALUES), 0.003, 0))
    figure = result.plot()
    assert isinstance(figure, Figure)
    figure.canvas.draw()
    assert list(result.to_frame()) == ["time_constant", "gamma", "gamma_lower", "gamma_upper"]


def test_pure_resistor_has_no_peak():
    result = drt(FREQUENCY, noisy(np.full(71, 5 + 0j), 1e-3, 0))
    npt.assert_allclose(result.ohmic_resistance, 5, rtol=0.01)
    assert result.peaks["resistance"].sum() < 0.05


def test_negative_regularization_fails():
    with pytest.raises(ValueError, match="regularization must be positive"):
        drt(FREQUENCY, drifting(0.0), regularization=-1)


def test_arc_beside_a_blocking_end():
    frequency = np.geomspace(1e6, 0.1, 71)
    z = parse("R0-p(R1,CPE1)-CPE2").impedance(frequency, [100, 1000, 1e-8, 0.85, 1e-6, 0.9])
    result = drt(frequency, noisy(z, 0.001, 0))
    apex = 1 / (2 * np.pi * (1000 * 1e-8) ** (1 / 0.85))
    arc = result.peaks.loc[np.abs(np.log(result.peaks["frequency"] / apex)).idxmin()]
    npt.assert_allclose(arc["frequency"], apex, rtol=0.3)
    npt.assert_allclose(arc["resistance"], 1000, rtol=0.1)
    assert "series term" in " ".join(result.notes)
    assert abs(result.series_impedance[-1]) > 0.5 * abs(z[-1])


def test_loop_at_low_frequency_is_said_to_be_left_out():
    z = parse("R0-Zarc1").impedance(FREQUENCY, [0.02, 0.004, 0.002, 0.9]) - 0.002 / (1 + 2j * np.pi * FREQUENCY * 0.5)
    assert "misfit" in " ".join(drt(FREQUENCY, noisy(z, 5e-4, 0)).notes)


@pytest.mark.parametrize(("circuit", "values"), [("R0-L0", [1e-3, 2e-8]), ("L0", [1e-6])])
def test_noise_of_a_wire_makes_no_peaks(circuit, values):
    frequency = np.geomspace(1e5, 1, 51)
    for seed in range(3):
        error = np.random.default_rng(seed).normal(scale=1e-3, size=(2, 51))
        z = parse(circuit).impedance(frequency, values) * (1 + error[0] + 1j * error[1])
        result = drt(frequency, z)
        assert result.peaks["resistance"].sum() < 1e-2 * np.abs(z).max()


def test_peaks_have_intervals_ranges_and_probabilities():
    circuit, values = "R0-p(R1,CPE1)-p(R2,CPE2)", [10, 30, 1e-6, 0.9, 60, 1e-3, 0.9]
    held = 0
    for seed in range(6):
        peaks = drt(FREQUENCY, noisy(parse(circuit).impedance(FREQUENCY, values), 0.003, seed)).peaks
        assert len(peaks) == 2
        assert (peaks["probability"] > 0.99).all()
        assert (peaks["lowest_frequency"] < peaks["frequency"]).all()
        assert (peaks["frequency"] < peaks["highest_frequency"]).all()
        held += ((peaks["lower"] <= [30, 60]) & (peaks["upper"] >= [30, 60])).sum()
    assert held >= 9


def test_negative_real_part_fails():
    z = parse(TWO).impedance(FREQUENCY, VALUES)
    with pytest.raises(ValueError, match="negative real part Z'"):
        drt(FREQUENCY, -z.real + 1j * z.imag)
