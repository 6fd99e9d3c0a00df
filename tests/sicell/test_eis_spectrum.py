import numpy as np
import numpy.testing as npt
import pytest

from sicell.circuit import parse
from sicell.eis import check_spectrum

FREQUENCY = np.geomspace(1e5, 0.1, 40)
SPECTRUM = parse("R0-p(R1,CPE1)").impedance(FREQUENCY, [10, 50, 1e-4, 0.8])


def test_good_spectrum_passes_without_notes():
    result = check_spectrum(FREQUENCY, SPECTRUM)
    npt.assert_array_equal(result.impedance, SPECTRUM)
    assert result.notes == ()


def test_unsorted_spectrum_is_sorted():
    order = np.random.default_rng(0).permutation(FREQUENCY.size)
    result = check_spectrum(FREQUENCY[order].tolist(), SPECTRUM[order].tolist())
    npt.assert_array_equal(result.frequency, FREQUENCY)
    npt.assert_array_equal(result.impedance, SPECTRUM)
    assert "sorted" in result.notes[0]


def test_equal_duplicates_are_dropped():
    result = check_spectrum(np.append(FREQUENCY, FREQUENCY[7]), np.append(SPECTRUM, SPECTRUM[7]))
    npt.assert_array_equal(result.impedance, SPECTRUM)
    assert any("1 repeated rows were dropped" in note for note in result.notes)


def test_different_impedances_at_one_frequency_fail():
    with pytest.raises(ValueError, match=r"different impedances .rows 7 and 40.: average them"):
        check_spectrum(np.append(FREQUENCY, FREQUENCY[7]), np.append(SPECTRUM, 1.1 * SPECTRUM[7]))


def test_inductive_points_are_allowed_and_mentioned():
    inductive = SPECTRUM + 2j * np.pi * FREQUENCY * 1e-5
    assert "inductive" in check_spectrum(FREQUENCY, inductive).notes[0]


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_frequency_that_is_not_positive_fails(bad):
    frequency = FREQUENCY.copy()
    frequency[3] = bad
    with pytest.raises(ValueError, match=r"frequency must be positive .in Hz., got .* at position 3"):
        check_spectrum(frequency, SPECTRUM)


@pytest.mark.parametrize("bad", [np.nan, complex(1, np.inf), 0])
def test_impedance_that_is_not_finite_or_zero_fails(bad):
    impedance = SPECTRUM.copy()
    impedance[5] = bad
    with pytest.raises(ValueError, match=r"impedance must be finite and not zero, got .* at row 5"):
        check_spectrum(FREQUENCY, impedance)


@pytest.mark.parametrize(
    ("circuit", "values"),
    [
        ("R0-p(R1,CPE1)", [10, 50, 1e-4, 0.8]),
        ("C1", [1e-3]),
        ("R0-C1", [1, 1e-3]),
        ("R0-W1", [1, 10]),
        ("R0-p(R1,C1)-L1", [1, 100, 1e-3, 1e-7]),
    ],
)
def test_conjugated_spectrum_fails(circuit, values):
    spectrum = parse(circuit).impedance(FREQUENCY, values)
    check_spectrum(FREQUENCY, spectrum)
    with pytest.raises(ValueError, match=r"looks conjugated.*pass impedance.conj\(\)"):
        check_spectrum(FREQUENCY, spectrum.conj())


def test_noisy_resistor_and_inductor_are_not_taken_for_conjugated():
    noise = np.random.default_rng(1).normal(scale=0.01, size=(2, FREQUENCY.size))
    check_spectrum(FREQUENCY, 5 * (1 + noise[0] + 1j * noise[1]))
    check_spectrum(FREQUENCY, parse("R0-L1").impedance(FREQUENCY, [1, 1e-3]))


def test_real_numbers_fail():
    with pytest.raises(TypeError, match=r"impedance must be complex .*got float64"):
        check_spectrum(FREQUENCY, SPECTRUM.real)


def test_lengths_that_differ_fail():
    with pytest.raises(ValueError, match="same length, got 39 and 40"):
        check_spectrum(FREQUENCY[1:], SPECTRUM)


def test_table_of_spectra_fails():
    with pytest.raises(ValueError, match="one spectrum of shape"):
        check_spectrum(FREQUENCY, np.stack([SPECTRUM, SPECTRUM]))


def test_too_few_points_fail():
    with pytest.raises(ValueError, match="at least 3 distinct frequencies are needed, got 2"):
        check_spectrum(FREQUENCY[:2], SPECTRUM[:2])
