import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import trapezoid
from uncertainties import ufloat

from poetke2021 import structural_characterization as structure
from poetke2021.structural_characterization import (
    CubicPhase,
    diffractogram,
    powder_pattern,
    scherrer_size,
    scherrer_width,
    silicon,
)

FACE_CENTERED = ((0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0))


def rock_salt(name, cation, anion, lattice_parameter):
    shifted = [tuple((x + 0.5) % 1 for x in position) for position in FACE_CENTERED]
    atoms = [(cation, *position) for position in FACE_CENTERED] + [(anion, *position) for position in shifted]
    return CubicPhase(name, lattice_parameter, tuple(atoms))


def intensity_of(pattern, *plane):
    found = (pattern.h == plane[0]) & (pattern.k == plane[1]) & (pattern.l == plane[2])
    return pattern.intensity[found].sum()


def width_at_half_maximum(x, y):
    above = x[y >= y.max() / 2]
    return above[-1] - above[0]


class TestSilicon:
    def test_positions_are_those_of_the_powder_standard(self):
        # NIST SRM 640, Cu K alpha 1; 333 and 511 coincide.
        expected = [28.443, 47.303, 56.122, 69.131, 76.377, 88.032, 94.954, 94.954, 106.71, 114.09, 127.55, 136.90]
        npt.assert_allclose(powder_pattern(silicon()).two_theta, expected, atol=0.02)

    def test_planes_and_multiplicities_are_those_of_diamond(self):
        table = powder_pattern(silicon(), two_theta_range=(20, 100)).to_frame()
        planes = [tuple(row) for row in table[["h", "k", "l"]].to_numpy()]
        assert planes == [(1, 1, 1), (2, 2, 0), (3, 1, 1), (4, 0, 0), (3, 3, 1), (4, 2, 2), (3, 3, 3), (5, 1, 1)]
        assert list(table["multiplicity"]) == [8, 12, 24, 6, 24, 24, 8, 24]

    def test_intensities_lie_where_observed_and_calculated_reference_patterns_do(self):
        # ICDD 27-1402 lists observed heights 100/55/30/6/11/12; calculated areas are higher at large angles.
        lower, upper = [100, 55, 30, 6, 11, 12], [100, 66, 39, 11, 16, 21]
        intensity = powder_pattern(silicon(), two_theta_range=(20, 90)).intensity
        assert np.all((intensity >= lower) & (intensity <= upper))

    def test_structure_factors_are_near_the_measured_ones_per_atom(self):
        # Saka and Kato, Acta Cryst. A 42 (1986) 469, room temperature; free atoms lack the bonding charge.
        pattern = powder_pattern(silicon(), anomalous=False, two_theta_range=(20, 80))
        per_atom = pattern.structure_factor / np.where((pattern.h % 2) == 1, 4 * np.sqrt(2), 8)
        npt.assert_allclose(per_atom[:4], [10.603, 8.388, 7.681, 6.996], rtol=0.04)

    def test_density_is_that_of_the_crystal(self):
        assert silicon().density == pytest.approx(2.329, abs=0.001)

    def test_other_lattice_parameter_moves_the_lines(self):
        larger = powder_pattern(silicon(5.45)).d_spacing / powder_pattern(silicon(5.431144)).d_spacing
        npt.assert_allclose(larger, 5.45 / 5.431144)


class TestOtherPhases:
    # Intensities: the XRDCalculator of pymatgen 2026.10.24, which takes free atoms without anomalous dispersion.

    def test_tungsten_agrees_with_its_card_and_an_independent_program(self):
        tungsten = CubicPhase("tungsten", 3.1648, (("W", 0, 0, 0), ("W", 0.5, 0.5, 0.5)))
        pattern = powder_pattern(tungsten, two_theta_range=(30, 90), anomalous=False)
        npt.assert_allclose(pattern.two_theta, [40.26, 58.27, 73.19, 87.02], atol=0.02)  # ICDD 4-806
        npt.assert_allclose(pattern.intensity, [100, 17.17, 35.11, 11.56], rtol=0.04)

    def test_copper_agrees_with_its_card_and_an_independent_program(self):
        copper = CubicPhase("copper", 3.615, tuple(("Cu", *position) for position in FACE_CENTERED))
        pattern = powder_pattern(copper, two_theta_range=(30, 95.5), anomalous=False)
        npt.assert_allclose(pattern.two_theta, [43.30, 50.43, 74.13, 89.93, 95.14], atol=0.03)  # ICDD 4-836
        npt.assert_allclose(pattern.intensity, [100, 46.64, 26.71, 31.90, 9.56], rtol=0.02)

    def test_rock_salt_agrees_with_an_independent_program(self):
        pattern = powder_pattern(rock_salt("halite", "Na", "Cl", 5.6402), two_theta_range=(10, 80), anomalous=False)
        expected = [8.08, 100, 65.64, 1.95, 21.23, 9.32, 0.91, 24.75]
        npt.assert_allclose(pattern.intensity, expected, atol=0.3)

    def test_silicon_with_thermal_motion_agrees_with_an_independent_program(self):
        pattern = powder_pattern(silicon(), two_theta_range=(10, 90), anomalous=False)
        npt.assert_allclose(pattern.intensity, [100, 64.10, 37.18, 9.67, 14.41, 19.92], atol=0.5)

    def test_isoelectronic_ions_nearly_extinguish_the_odd_reflections(self):
        pattern = powder_pattern(rock_salt("sylvite", "K", "Cl", 6.2931))
        assert intensity_of(pattern, 1, 1, 1) < 2

    def test_free_atom_scatters_as_tabulated(self):
        # International Tables for Crystallography C, silicon at sin(theta)/lambda of 0.1 and 0.2 per angstrom
        atom = CubicPhase("one atom", 5.0, (("Si", 0, 0, 0),))
        pattern = powder_pattern(atom, anomalous=False)
        npt.assert_allclose(pattern.structure_factor[pattern.d_spacing == 5.0], 12.16, atol=0.05)
        npt.assert_allclose(pattern.structure_factor[pattern.d_spacing == 2.5], 9.67, atol=0.03)

    def test_anomalous_dispersion_adds_the_tabulated_correction(self):
        # International Tables for Crystallography C, silicon at Cu K alpha: f' = 0.2541, f'' = 0.3302
        atom = CubicPhase("one atom", 5.0, (("Si", 0, 0, 0),))
        plain, full = (powder_pattern(atom, anomalous=choice).structure_factor for choice in (False, True))
        npt.assert_allclose(full, np.hypot(plain + 0.2541, 0.3302), atol=0.01)

    def test_origin_of_the_cell_does_not_matter(self):
        moved = [(symbol, x + 0.1, y + 0.2, z - 0.3) for symbol, x, y, z in silicon().atoms]
        there = CubicPhase("moved", silicon().lattice_parameter, tuple(moved), silicon().debye_waller)
        npt.assert_allclose(powder_pattern(there).intensity, powder_pattern(silicon()).intensity)


class TestScherrer:
    def test_width_of_52_nm_crystallites(self):
        assert scherrer_width(52, 28.44) == pytest.approx(0.158, abs=0.0005)

    @given(st.floats(1, 1000), st.floats(0, 179))
    def test_size_inverts_width(self, size, two_theta):
        assert scherrer_size(scherrer_width(size, two_theta), two_theta) == pytest.approx(size)

    def test_vectorized_equals_single(self):
        sizes, angles = np.array([10.0, 52.0])[:, None], np.array([28.44, 47.3, 56.1])
        expected = [[scherrer_width(float(size), float(angle)) for angle in angles] for size in sizes[:, 0]]
        npt.assert_allclose(scherrer_width(sizes, angles), expected)

    def test_uncertain_size_gives_an_uncertain_width(self):
        width = scherrer_width(ufloat(52, 5), 28.44)
        assert width.std_dev / width.nominal_value == pytest.approx(5 / 52)

    def test_negative_size_fails(self):
        with pytest.raises(ValueError, match=r"size must be positive \(in nm\), got -52"):
            scherrer_width(-52, 28.44)

    def test_angle_out_of_range_fails(self):
        with pytest.raises(ValueError, match="two_theta must be between 0 and 179"):
            scherrer_width(52, 200)

    def test_zero_width_fails(self):
        with pytest.raises(ValueError, match="width must be positive"):
            scherrer_size(0, 28.44)


class TestDiffractogram:
    two_theta = np.linspace(20, 40, 20001)
    pattern = powder_pattern(silicon(), two_theta_range=(20, 40))

    def test_line_has_the_scherrer_width(self):
        # of small crystallites, whose width hides that the line is a doublet
        curve = diffractogram(self.two_theta, self.pattern, 5)
        expected = np.degrees(0.9 * 0.15406 / 5 / np.cos(np.radians(28.44 / 2)))
        assert width_at_half_maximum(self.two_theta, curve) == pytest.approx(expected, abs=0.01)

    def test_area_is_the_integrated_intensity(self):
        curve = diffractogram(self.two_theta, self.pattern, 100)
        assert trapezoid(curve, self.two_theta) == pytest.approx(100, rel=0.01)

    def test_doublet_shares_the_area_and_splits_the_line(self):
        doublet = diffractogram(self.two_theta, self.pattern, 2000)
        assert trapezoid(doublet, self.two_theta) == pytest.approx(100, rel=0.01)
        inner = (doublet[1:-1] > doublet[:-2]) & (doublet[1:-1] > doublet[2:])
        npt.assert_allclose(self.two_theta[1:-1][inner], [28.441, 28.514], atol=0.003)
        heights = doublet[1:-1][inner]
        assert heights[1] / heights[0] == pytest.approx(0.5, abs=0.05)

    def test_vectorized_equals_single(self):
        sizes = np.array([[5.0, 10.0], [20.0, 52.0]])
        curves = diffractogram(self.two_theta[::100], self.pattern, sizes)
        assert curves.shape == (2, 2, 201)
        npt.assert_allclose(curves[1, 0], diffractogram(self.two_theta[::100], self.pattern, 20))

    def test_missing_angle_fails(self):
        with pytest.raises(ValueError, match="two_theta must be finite"):
            diffractogram([20, np.nan], self.pattern, 52)


class TestFailures:
    def test_unknown_element_fails(self):
        with pytest.raises(ValueError, match="atoms must be given by element symbols, got 'Xx'"):
            CubicPhase("nothing", 5.0, (("Xx", 0, 0, 0),))

    def test_no_atoms_fails(self):
        with pytest.raises(ValueError, match="at least one atom"):
            CubicPhase("vacuum", 5.0, ())

    def test_bad_position_fails(self):
        with pytest.raises(ValueError, match="position of Si in atoms must be finite"):
            CubicPhase("lost", 5.0, (("Si", 0, np.nan, 0),))

    def test_negative_lattice_parameter_fails(self):
        with pytest.raises(ValueError, match="lattice_parameter must be positive"):
            silicon(-5.431)

    def test_range_without_planes_fails(self):
        with pytest.raises(ValueError, match="two_theta_range must hold a plane of silicon, got 10 to 11"):
            powder_pattern(silicon(), two_theta_range=(10, 11))

    def test_unknown_constant_fails(self):
        with pytest.raises(ValueError, match="name must be one of"):
            structure.constant("no-such-row")
