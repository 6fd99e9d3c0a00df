"""The global minimum for circuits that people use, what takes `identifiable` away, limits, and the choice of a circuit.

Small seeded versions of what `benchmarks/impedance_fit.py` and `benchmarks/circuit_choice.py` measure.
"""

import numpy as np
import numpy.testing as npt
import pytest

from sicell.circuit import parse
from sicell.eis import choose, fit, fit_many
from sicell.eis._measurement import slow_part
from sicell.eis._search import autocorrelation

FREQUENCY = np.geomspace(1e5, 1e-2, 71)
ARC = "R0-p(R1,CPE1)"
ARC_VALUES = [10, 100, 1e-4, 0.85]


def noisy(circuit, values, noise=2e-3, seed=0, frequency=FREQUENCY):
    error = np.random.default_rng(seed).normal(scale=noise, size=(2, len(frequency)))
    return parse(circuit).impedance(frequency, values) * (1 + error[0] + 1j * error[1])


def an_arc(rng, apex):
    resistance, exponent = 10 ** rng.uniform(0.8, 2.2), rng.uniform(0.7, 1.0)
    return [resistance, 1 / (resistance * (2 * np.pi * apex) ** exponent), exponent]


def with_diffusion(rng, apex):
    resistance, factor, exponent = an_arc(rng, apex)
    return [resistance, resistance * 10 ** rng.uniform(-0.6, 0.6), 10 ** rng.uniform(0, 2.5), factor, exponent]


# --- the global minimum ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("circuit", "draw"),
    [
        ("R0-p(R1-Wo1,CPE1)", lambda rng: [5, *with_diffusion(rng, 10 ** rng.uniform(0, 4))]),
        ("R0-p(R1-Ws1,CPE1)", lambda rng: [5, *with_diffusion(rng, 10 ** rng.uniform(0, 4))]),
        (
            "R0-p(R1,CPE1)-p(R2-Wo1,CPE2)",
            lambda rng: [
                5,
                *an_arc(rng, 10 ** rng.uniform(3, 4.5)),
                *with_diffusion(rng, 10 ** rng.uniform(-0.5, 1.5)),
            ],
        ),
        (
            "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)-CPE4",
            lambda rng: [5, *an_arc(rng, 2e4), *an_arc(rng, 300), *an_arc(rng, 3), 0.1, rng.uniform(0.4, 0.9)],
        ),
        ("R0-p(CPE1,R1-p(R2,CPE2))", lambda rng: [5, 1e-6, 0.9, 40, 10 ** rng.uniform(1, 2), 1e-2, 0.8]),
    ],
)
def test_fit_is_as_near_as_the_truth(circuit, draw):
    rng = np.random.default_rng(11)
    for seed in range(5):
        truth = draw(rng)
        z = noisy(circuit, truth, seed=seed)
        of_truth = np.sqrt(np.mean(np.abs(parse(circuit).impedance(FREQUENCY, truth) / z - 1) ** 2))
        assert fit(FREQUENCY, z, circuit).relative_rms < 1.03 * of_truth


@pytest.mark.parametrize(
    ("circuit", "truth", "frequency", "noise"),
    [
        ("R1-Wsa1", [1.14, 522, 138, 0.434], np.geomspace(3.2e4, 0.016, 37), 2e-3),
        (
            "R0-p(R1,CPE1)-p(R2,CPE2)-Wo1",
            [19, 158, 9.8e-8, 0.736, 18, 2.2e-5, 0.71, 5.2, 26],
            np.logspace(6, -1, 71),
            5e-3,
        ),
    ],
)
def test_plateau_near_the_noise_floor_is_left(circuit, truth, frequency, noise):
    for seed in range(6):
        z = noisy(circuit, truth, noise, seed, frequency)
        of_truth = np.sqrt(np.mean(np.abs(parse(circuit).impedance(frequency, truth) / z - 1) ** 2))
        assert fit(frequency, z, circuit).relative_rms < 1.03 * of_truth


def test_slow_residuals_are_told_from_noise():
    rng = np.random.default_rng(1)
    noise = rng.standard_normal((400, 71)) + 1j * rng.standard_normal((400, 71))
    assert 0.005 < np.mean(slow_part(noise, 0) < 0.02) < 0.05
    wave = 1.1 * np.exp(1j) * np.cos(np.linspace(0, 5 * np.pi, 71))
    # A quarter of the power: neighbours hardly correlate, but the slow part stands out.
    assert np.mean(autocorrelation(noise + wave) < 0.3) > 0.8
    assert np.mean(slow_part(noise + wave, 6) < 1e-3) > 0.8


@pytest.mark.parametrize("digits", [None, 9])
def test_spectrum_without_noise_is_met_down_to_its_digits(digits):
    circuit = "p(R1,C1)-p(R2,C2)-p(R3,CPE3)-p(R4,CPE4)"
    z = parse(circuit).impedance(FREQUENCY, [3, 1e-7, 5, 3e-5, 20, 1e-3, 0.8, 60, 0.1, 0.9])
    if digits:
        z = np.array([complex(*(float(f"{part:.{digits - 1}e}") for part in (one.real, one.imag))) for one in z])
    result = fit(FREQUENCY, z, circuit)
    assert result.relative_rms < 1e-8
    assert not any("patterned" in note for note in result.notes)


def test_processes_far_beyond_the_window_are_found_where_there_is_no_noise():
    z = parse("L1-R1-p(R2,CPE1)").impedance(FREQUENCY, [2e-7, 160, 1900, 6e-10, 0.73])
    assert fit(FREQUENCY, z, "L1-R1-p(R2,CPE1)").relative_rms < 1e-8


# --- what takes identifiable away ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("circuit", "truth"),
    [
        # Diffusion starts long after both arcs: which of them it belongs to leaves no trace.
        ("R0-p(R1,CPE1)-p(R2-Wo1,CPE2)", [1.8, 91, 1e-6, 0.96, 34, 10.6, 21, 4.3e-4, 0.906]),
        ("R0-p(R1,CPE1)-p(R2-Wo1,CPE2)", [1.5, 31, 1e-5, 0.9, 6.2, 2, 5, 2.4e-3, 0.95]),
        # The fast arc is above the window: a part of what seems to be the resistor is its own, and an arc is left over.
        ("R1-p(R2,CPE1)-p(R3,CPE2)", [1.4, 96, 1e-11, 0.9, 400, 1e-5, 0.85]),
        ("L1-R1-p(R2,CPE1)-p(R3,CPE2)", [1e-8, 5, 30, 1e-12, 1, 60, 1e-3, 0.8]),
    ],
)
def test_features_that_several_blocks_can_take_determine_none(circuit, truth):
    for seed in range(4):
        result = fit(FREQUENCY, noisy(circuit, truth, seed=seed), circuit)
        assert not result.parameters.loc["R1", "identifiable"]
        assert any("R1" in note for note in result.notes)


def test_patterned_residuals_leave_nothing_identifiable():
    z = noisy("R0-p(R1,CPE1)-p(R2,CPE2)", [10, 30, 1e-6, 0.9, 60, 1e-3, 0.9])
    result = fit(FREQUENCY, z, ARC)
    assert not result.parameters["identifiable"].any()
    assert any("patterned" in note for note in result.notes)
    row = fit_many(FREQUENCY, z[None], ARC, progress=False).iloc[0]
    assert not row[[f"{name}_identifiable" for name in ("R0", "R1", "CPE1_0", "CPE1_1")]].any()


def test_intervals_hold_the_truth():
    circuit = "R0-p(R1-Wo1,CPE1)"
    rng, held, known = np.random.default_rng(5), 0, 0
    for seed in range(25):
        truth = np.array([5, *with_diffusion(rng, 10 ** rng.uniform(0, 4))])
        table = fit(FREQUENCY, noisy(circuit, truth, seed=seed), circuit).parameters
        inside = (table["lower"] <= truth) & (truth <= table["upper"])
        held, known = held + (inside & table["identifiable"]).sum(), known + table["identifiable"].sum()
    assert known > 120
    # 95 % intervals of 150 parameters: outside in 0.5 % of runs below.
    assert held / known > 0.89


def test_point_far_from_the_fit_is_named():
    z = noisy(ARC, ARC_VALUES)
    z[40] *= 1.3
    notes = " ".join(fit(FREQUENCY, z, ARC).notes)
    assert f"{FREQUENCY[40]:.4g} Hz" in notes
    assert "far from the fit" not in " ".join(fit(FREQUENCY, noisy(ARC, ARC_VALUES), ARC).notes)


def test_noise_common_to_both_parts_puts_no_point_far_from_the_fit():
    z = parse(ARC).impedance(FREQUENCY, ARC_VALUES)
    for seed in range(8):
        common = 1 + 3e-3 * np.random.default_rng(seed).standard_normal(len(FREQUENCY))
        assert "far from the fit" not in " ".join(fit(FREQUENCY, z * common, ARC).notes)


# --- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [8, 12])
def test_chain_of_many_arcs(count):
    z = noisy("R0-p(R1,CPE1)-p(R2,CPE2)", [10, 30, 1e-5, 0.8, 60, 1e-2, 0.7], noise=1e-3)
    circuit = "R0" + "".join(f"-p(R{k},C{k})" for k in range(1, count + 1))
    assert fit(FREQUENCY, z, circuit).relative_rms < 0.01


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_any_unit_of_impedance(unit):
    z = noisy(ARC, ARC_VALUES)
    result = fit(FREQUENCY, unit * z, ARC, fixed={"CPE1_1": 0.85}, bounds={"R1": (20 * unit, 500 * unit)})
    reference = fit(FREQUENCY, z, ARC, fixed={"CPE1_1": 0.85}, bounds={"R1": (20, 500)})
    power = np.array([1, 1, -1, 0])
    for name in ("value", "stderr", "lower", "upper"):
        npt.assert_allclose(result.parameters[name], reference.parameters[name] * unit**power, rtol=1e-5)
    npt.assert_allclose(
        result.profile_intervals()["upper"][:3],
        reference.profile_intervals()["upper"][:3] * unit ** power[:3],
        rtol=1e-3,
    )


def test_spectra_of_different_length():
    spectra = [noisy(ARC, ARC_VALUES, seed=seed) for seed in range(4)]
    spectra[2] = spectra[2][:60]
    own = fit_many([FREQUENCY[: len(z)] for z in spectra], spectra, ARC, progress=False)
    assert (own["status"] == "ok").all()
    npt.assert_allclose(own["R1"], 100, rtol=0.01)
    npt.assert_allclose(
        own["R1"].iloc[2], fit(FREQUENCY[:60], spectra[2], ARC).parameters.loc["R1", "value"], rtol=1e-6
    )
    shared = fit_many(FREQUENCY, spectra, ARC, progress=False)
    assert shared["status"].iloc[2].startswith("60 impedances but 71 frequencies")
    npt.assert_allclose(shared["R1"].drop(2), own["R1"].drop(2))


def test_one_array_of_frequencies_too_few_fails():
    with pytest.raises(ValueError, match="one for each spectrum, got 1 for 2 spectra"):
        fit_many([FREQUENCY], [noisy(ARC, ARC_VALUES)] * 2, ARC, progress=False)


def test_masked_points_are_left_out():
    z = noisy(ARC, ARC_VALUES)
    bad = np.arange(71) < 3
    masked = np.ma.masked_array(np.where(bad, 300 + 10j, z), bad)
    result = fit(FREQUENCY, masked, ARC)
    npt.assert_allclose(result.values, fit(FREQUENCY[3:], z[3:], ARC).values)
    assert "3 masked points were left out" in result.notes
    npt.assert_allclose(fit_many(FREQUENCY, masked[None], ARC, progress=False)["R1"], result.values[1])


@pytest.mark.parametrize(("general", "special"), [("Woa", "Wo"), ("Wsa", "Ws")])
def test_diffusion_with_a_free_exponent(general, special):
    npt.assert_allclose(
        parse(f"{general}1").impedance(FREQUENCY, [30, 2, 0.5]), parse(f"{special}1").impedance(FREQUENCY, [30, 2])
    )
    truth = [7, 40, 0.3, 0.38]
    npt.assert_allclose(
        fit(FREQUENCY, parse(f"R1-{general}1").impedance(FREQUENCY, truth), f"R1-{general}1").values, truth
    )


# --- choice ----------------------------------------------------------------------------------------------------------

CANDIDATES = [ARC, "R0-p(R1,CPE1)-p(R2,CPE2)", "R0-p(R1,CPE1)-p(R2,CPE2)-p(R3,CPE3)"]


@pytest.mark.parametrize("noise", [3e-3, 0.0])
def test_the_circuit_that_made_the_spectrum_is_chosen(noise):
    values = [10, 30, 1e-6, 0.9, 60, 1e-3, 0.9]
    choice = choose(FREQUENCY, noisy(CANDIDATES[1], values, noise=noise), CANDIDATES)
    assert choice.circuit == choice.table.index[0] == choice.fit.circuit.text == CANDIDATES[1]
    assert choice.adequate
    assert choice.weight > 0.9
    npt.assert_allclose(choice.table["weight"].sum(), 1)
    assert choice.table.loc[CANDIDATES[2], "determined"] < 10
    own = choice.table.loc[CANDIDATES[1]]
    assert own["parameters"] == 7
    if noise:
        assert choice.table["bic"].idxmin() == CANDIDATES[1]
        npt.assert_allclose(own["bic"], 142 * np.log(own["fit"].chi_square / 142) + 8 * np.log(142))


def test_circuits_with_the_same_impedance_are_not_told_apart():
    # A resistor in series with an arc, or beside a resistor with a capacitor: Zobel's equivalence.
    z = noisy("R0-p(R1,C1)", [10, 40, 1e-3])
    choice = choose(FREQUENCY, z, ["R0-p(R1,C1)", "p(R1,R2-C1)", "R0-C1"])
    assert choice.circuit is None
    assert "cannot tell" in choice.notes[0]
    npt.assert_allclose(choice.table["weight"].iloc[:2], 0.5, atol=0.2)


def test_the_best_of_wrong_circuits_is_not_adequate():
    choice = choose(FREQUENCY, noisy(CANDIDATES[1], [10, 30, 1e-6, 0.9, 60, 1e-3, 0.9]), [ARC, "R0-C1"])
    assert choice.table.index[0] == ARC
    assert not choice.adequate
    assert any("pattern" in note for note in choice.notes)


def test_choice_of_nothing_fails():
    with pytest.raises(ValueError, match="at least one circuit"):
        choose(FREQUENCY, noisy(ARC, ARC_VALUES), [])
