import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from uncertainties import ufloat

from poetke2021.structural_characterization import (
    confined_line,
    confined_peak,
    confined_width,
    constant,
    overtone,
    phonon_dispersion,
    size_for_peak,
    softening_temperature,
    strain_for_peak,
    stress_for_peak,
    stress_shift,
    temperature_for_peak,
    thermal_peak,
    thermal_width,
    uncertain_constant,
)


def campbell_fauchet(shift, size):
    """Campbell and Fauchet's integral by adaptive quadrature, q in units of 2π/a."""

    def integrand(q):
        frequency = np.sqrt(520.5**2 - 1e5 * (1 - np.cos(np.pi * q / 2)))
        return q**2 * np.exp(-((q * size / 0.5431144) ** 2) / 4) / ((shift - frequency) ** 2 + 1.75**2)

    return quad(integrand, 0, 1, limit=400)[0]


class TestDispersion:
    def test_tubino_has_its_published_coefficients(self):
        # ω² = 1.714e5 + 1.000e5 cos(πq/2) for a zone-center line of sqrt(2.714e5)
        q = np.linspace(0, 1, 11)
        squared = phonon_dispersion(q, line_position=np.sqrt(2.714e5)) ** 2
        npt.assert_allclose(squared, 1.714e5 + 1.000e5 * np.cos(np.pi * q / 2))

    def test_paillard_ends_within_the_optical_phonons_of_the_zone_edge(self):
        # Neutron scattering: LO 410 and TO 463 cm-1 at X (Nilsson and Nelin 1972).
        assert 410 < phonon_dispersion(1.0, dispersion="paillard") < 463

    def test_wave_vector_beyond_the_zone_fails(self):
        with pytest.raises(ValueError, match="wave_vector must be between 0 and 1"):
            phonon_dispersion(1.2)

    def test_unknown_dispersion_fails(self):
        with pytest.raises(ValueError, match="dispersion must be one of 'tubino', 'paillard', got 'flat'"):
            phonon_dispersion(0.5, dispersion="flat")


class TestConfinement:
    def test_line_equals_an_independent_quadrature(self):
        shift = np.linspace(490, 530, 9)
        line = confined_line(shift, 4.0)
        expected = np.array([campbell_fauchet(value, 4.0) for value in shift])
        npt.assert_allclose(line / line.max(), expected / expected.max(), rtol=1e-6)

    def test_peak_equals_an_independent_maximization(self):
        best = minimize_scalar(lambda shift: -campbell_fauchet(shift, 4.0), bounds=(500, 525), method="bounded")
        assert confined_peak(4.0) == pytest.approx(best.x, abs=0.001)

    def test_large_crystallites_shift_as_their_mean_square_wave_vector(self):
        size = 60.0
        expected = -1e5 * np.pi**2 / (16 * 520.5) * 6.0 * (0.5431144 / size) ** 2
        assert confined_peak(size) - 520.5 == pytest.approx(expected, rel=0.01)

    def test_52_nm_does_not_explain_a_shift(self):
        assert confined_peak(52.0) == pytest.approx(520.4, abs=0.05)

    def test_513_needs_three_to_four_nanometers(self):
        assert 3 < size_for_peak(513.0) < 4

    def test_steeper_dispersion_shifts_more(self):
        assert confined_peak(4.0, dispersion="paillard") < confined_peak(4.0) - 2

    def test_maximum_is_one(self):
        peak = confined_peak(4.0)
        npt.assert_allclose(confined_line([peak], 4.0), 1)
        assert confined_line(np.linspace(480, 540, 601), 4.0).max() <= 1

    def test_width_is_between_the_points_of_half_height(self):
        peak, width = confined_peak(4.0), confined_width(4.0)
        shift = np.linspace(peak - 3 * width, peak + 3 * width, 60001)
        above = shift[confined_line(shift, 4.0) >= 0.5]
        assert width == pytest.approx(above[-1] - above[0], abs=0.003)

    def test_width_of_large_crystallites_is_the_natural_one(self):
        assert confined_width(500.0) == pytest.approx(constant("silicon-raman-width"), abs=0.001)

    def test_heating_and_confinement_to_513_differ_in_width(self):
        assert thermal_width(temperature_for_peak(513.0)) < 8 < confined_width(size_for_peak(513.0))

    def test_low_frequency_side_is_the_wider_one(self):
        peak = confined_peak(3.0)
        below, above = confined_line([peak - 10, peak + 10], 3.0)
        assert below > above

    @settings(max_examples=20, deadline=None)
    @given(st.floats(1.5, 100))
    def test_size_inverts_peak(self, size):
        assert size_for_peak(confined_peak(size)) == pytest.approx(size, rel=1e-5)

    def test_peak_rises_with_size(self):
        assert np.all(np.diff(confined_peak(np.geomspace(1, 1000, 60))) > 0)

    def test_vectorized_equals_single(self):
        sizes = np.array([[2.0, 4.0], [8.0, 52.0]])
        npt.assert_allclose(confined_peak(sizes), [[confined_peak(float(s)) for s in row] for row in sizes])
        shift = np.array([500.0, 515.0, 520.0])
        npt.assert_allclose(confined_line(shift, sizes)[0, 1], confined_line(shift, 4.0))
        npt.assert_allclose(confined_width(sizes)[1, 0], confined_width(8.0))
        npt.assert_allclose(size_for_peak([513.0, 519.0]), [size_for_peak(513.0), size_for_peak(519.0)])

    def test_peak_above_the_bulk_line_fails(self):
        with pytest.raises(ValueError, match="peak must be between"):
            size_for_peak(521.0)

    def test_size_below_two_lattice_constants_fails(self):
        with pytest.raises(ValueError, match="size must be between 1 and 1000"):
            confined_peak(0.5)


class TestTemperature:
    def test_low_temperature_width_is_the_sum_of_both_constants(self):
        # Balkanski et al.: A = 1.295, B = 0.105
        assert thermal_width(5.0) == pytest.approx(1.40, abs=0.001)

    def test_cooling_raises_the_line_as_far_as_observed(self):
        # About 524 cm-1 near 5 K against 520 to 521 at room temperature (Hart, Aggarwal and Lax 1970)
        assert thermal_peak(5.0) - thermal_peak(297.0) == pytest.approx(3.5, abs=0.7)

    def test_softening_to_900_celsius_is_near_the_measured_one(self):
        # Tsu and Hernandez: from 521 at 20 °C to 493 cm-1 at 900 °C; the two sources differ by 4 cm-1 there.
        assert thermal_peak(1173.15) - thermal_peak(293.15) == pytest.approx(493 - 521, abs=5)

    def test_513_needs_about_630_kelvin(self):
        assert temperature_for_peak(513.0) == pytest.approx(630, abs=20)

    @given(st.floats(100, 1390))
    def test_temperature_inverts_peak(self, temperature):
        assert temperature_for_peak(float(thermal_peak(temperature))) == pytest.approx(temperature, rel=1e-6)

    def test_vectorized_equals_single(self):
        npt.assert_allclose(temperature_for_peak([513.0, 519.0]), [temperature_for_peak(x) for x in (513.0, 519.0)])
        npt.assert_allclose(thermal_width([300.0, 600.0]), [thermal_width(x) for x in (300.0, 600.0)])

    def test_softening_of_the_second_order(self):
        # 5.4e-5 per kelvin: 880 K more take 521 to about 496
        assert softening_temperature(496.2 / 521) - 297 == pytest.approx(880, abs=5)

    def test_softening_takes_its_own_coefficient_and_uncertain_ratio(self):
        temperature = softening_temperature(ufloat(0.98, 0.001), coefficient=4e-5)
        assert temperature.nominal_value == pytest.approx(797)
        assert temperature.std_dev == pytest.approx(25)

    def test_temperature_beyond_the_fit_fails(self):
        with pytest.raises(ValueError, match=r"temperature must be between 5 and 1400 \(in K\), got 2000"):
            thermal_peak(2000)

    def test_peak_beyond_any_temperature_fails(self):
        with pytest.raises(ValueError, match="peak must be between"):
            temperature_for_peak(400.0)

    def test_negative_ratio_fails(self):
        with pytest.raises(ValueError, match="ratio must be positive"):
            softening_temperature(-0.98)

    def test_zero_coefficient_fails(self):
        with pytest.raises(ValueError, match="coefficient must be positive"):
            softening_temperature(0.98, coefficient=0)


class TestOvertone:
    def test_one_terahertz_is_33_wavenumbers_for_each_of_two_phonons(self):
        assert overtone(1.0) == pytest.approx(2 * 33.35641, abs=1e-5)

    def test_the_zone_center_is_the_first_order_line(self):
        # 15.53 ± 0.23 THz by neutrons (Dolling 1963; Nilsson and Nelin 1972) against 520 cm-1 by light
        assert overtone(15.53) / 2 == pytest.approx(520, abs=3)

    def test_second_order_bands_enclose_those_of_bulk_silicon(self):
        # Parker, Feldman and Ashkin 1967: 950 cm-1; Temple and Hathaway 1973: about 300 cm-1
        assert overtone(constant("silicon-to-x")) < 950 < overtone(constant("silicon-to-l"))
        assert overtone(constant("silicon-ta-x")) == pytest.approx(300, abs=4)

    def test_vectorized_and_uncertain(self):
        npt.assert_allclose(overtone([4.49, 13.9]), [overtone(4.49), overtone(13.9)])
        acoustic = overtone(uncertain_constant("silicon-ta-x"))
        assert acoustic.std_dev / acoustic.nominal_value == pytest.approx(0.06 / 4.49)

    def test_constant_without_uncertainty_fails(self):
        with pytest.raises(ValueError, match=r"with an uncertainty in structure.csv, got 'random-close-packing'"):
            uncertain_constant("random-close-packing")

    def test_negative_frequency_fails(self):
        with pytest.raises(ValueError, match=r"frequency must be positive \(in THz\)"):
            overtone(-4.49)


class TestStress:
    @pytest.mark.parametrize(
        ("state", "per_gigapascal"), [("uniaxial", -2.0), ("biaxial", -4.0), ("hydrostatic", -5.2)]
    )
    def test_shift_per_gigapascal_is_near_the_rounded_literature_values(self, state, per_gigapascal):
        # De Wolf 1996 for the first two; Weinstein and Piermarini, Phys. Rev. B 12 (1975) 1172 under pressure
        assert stress_shift(1.0, state) == pytest.approx(per_gigapascal, rel=0.13)

    def test_biaxial_strain_follows_from_the_elastic_constants(self):
        # C11 = 165.7, C12 = 63.9 GPa: strain along z is -2 C12/C11 of that in the plane
        expected = 520.5 / 2 * (2 * -1.89 - 2 * 63.9 / 165.7 * -1.43) * 0.01
        assert strain_for_peak(520.5 + expected) == pytest.approx(0.01, rel=0.005)

    def test_513_needs_almost_two_gigapascals(self):
        assert stress_for_peak(513.0) == pytest.approx(1.9, abs=0.05)

    @given(st.floats(-5, 5), st.sampled_from(["biaxial", "uniaxial", "hydrostatic"]))
    def test_inverses(self, stress, state):
        assert stress_for_peak(520.5 + stress_shift(stress, state), state) == pytest.approx(stress, abs=1e-9)

    def test_vectorized_and_uncertain(self):
        npt.assert_allclose(stress_shift([1.0, 2.0]), [stress_shift(1.0), stress_shift(2.0)])
        assert stress_for_peak(ufloat(513, 1)).std_dev == pytest.approx(abs(1 / stress_shift(1.0)))

    def test_unknown_state_fails(self):
        with pytest.raises(ValueError, match="state must be one of 'biaxial', 'uniaxial', 'hydrostatic', got 'shear'"):
            stress_shift(1.0, "shear")

    def test_infinite_stress_fails(self):
        with pytest.raises(ValueError, match="stress must be finite"):
            stress_shift(np.inf)
