import numpy as np
import numpy.testing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from uncertainties import ufloat, unumpy

from poetke2021.structural_characterization import (
    carbon_volume_ratio,
    cluster_diameter,
    core_cluster,
    core_diameter_for,
    core_shell,
    template_void_ratio,
)

FRACTIONS = st.floats(0.05, 0.95)
EXPANSIONS = st.floats(0, 4)
SI28, SI34, SI37 = 0.2821, 0.3445, 0.3686


class TestCoreShell:
    @given(st.floats(5, 500), FRACTIONS, EXPANSIONS, st.floats(1.2, 2.2))
    def test_volumes_and_masses_add_up(self, core_diameter, fraction, expansion, carbon_density):
        particle = core_shell(core_diameter, fraction, expansion=expansion, carbon_density=carbon_density)
        sphere = np.pi / 6
        silicon = sphere * core_diameter**3 * 2.329
        carbon = sphere * (particle.outer_diameter**3 - particle.cavity_diameter**3) * carbon_density
        assert silicon / (silicon + carbon) == pytest.approx(fraction, rel=1e-3)
        void = sphere * (particle.cavity_diameter**3 - core_diameter**3)
        assert void == pytest.approx(expansion * sphere * core_diameter**3, abs=1e-6, rel=1e-9)

    def test_dense_shell_around_52_nm(self):
        # Carbon of 2.0 to 1.6 g cm-3
        assert core_shell(52, SI37, carbon_density=2.0).outer_diameter == pytest.approx(75, abs=0.5)
        assert core_shell(52, SI34, carbon_density=1.6).outer_diameter == pytest.approx(81, abs=0.5)

    def test_shell_with_void_around_52_nm(self):
        assert core_shell(52, SI37, expansion=2.8, carbon_density=2.0).outer_diameter == pytest.approx(93, abs=0.5)
        assert core_shell(52, SI34, expansion=2.8, carbon_density=1.6).outer_diameter == pytest.approx(97, abs=0.5)

    def test_pure_silicon_has_no_shell(self):
        assert core_shell(52, 1.0).shell_thickness == pytest.approx(0, abs=1e-12)

    def test_diameters_are_in_order(self):
        particle = core_shell(52, SI37, expansion=2.8)
        assert particle.core_diameter < particle.cavity_diameter < particle.outer_diameter < 2 * particle.core_diameter

    def test_uncertain_diameter_propagates(self):
        particle = core_shell(ufloat(52, 5), SI37)
        assert particle.outer_diameter.std_dev / particle.outer_diameter.nominal_value == pytest.approx(5 / 52)

    def test_array_of_uncertain_diameters(self):
        particle = core_shell(unumpy.uarray([52, 60], [5, 6]), SI37, expansion=2.8)
        growth = unumpy.std_devs(particle.outer_diameter) / unumpy.std_devs(particle.core_diameter)
        npt.assert_allclose(growth, 1.82, atol=0.01)

    def test_vectorized_equals_single(self):
        many = core_shell(52, np.array([SI28, SI34, SI37])[:, None], expansion=np.array([0, 2.8]))
        single = core_shell(52, SI34, expansion=2.8)
        assert many.outer_diameter.shape == (3, 2)
        assert many.outer_diameter[1, 1] == pytest.approx(single.outer_diameter)

    def test_negative_core_fails(self):
        with pytest.raises(ValueError, match=r"core_diameter must be positive \(in nm\), got -52"):
            core_shell(-52, SI37)

    def test_percent_for_a_fraction_fails(self):
        with pytest.raises(ValueError, match=r"silicon_mass_fraction must be between 0 and 1, got 36\.86"):
            core_shell(52, 36.86)

    def test_composite_without_silicon_fails(self):
        with pytest.raises(ValueError, match="silicon_mass_fraction must be positive, got 0"):
            core_shell(52, 0)

    def test_negative_expansion_fails(self):
        with pytest.raises(ValueError, match="expansion must be zero or positive"):
            core_shell(52, SI37, expansion=-1)

    def test_zero_carbon_density_fails(self):
        with pytest.raises(ValueError, match="carbon_density must be positive"):
            core_shell(52, SI37, carbon_density=0)


class TestInverses:
    @given(st.floats(5, 500), FRACTIONS)
    def test_core_is_recovered(self, core_diameter, fraction):
        outer = core_shell(core_diameter, fraction).outer_diameter
        assert core_diameter_for(outer, fraction) == pytest.approx(core_diameter)

    def test_carbon_volume_of_a_hand_calculation(self):
        # 30 g silicon and 70 g carbon: 12.88 and 35 cm3
        assert carbon_volume_ratio(0.3, 2.0) == pytest.approx(35 / (30 / 2.329), rel=1e-3)

    def test_negative_outer_diameter_fails(self):
        with pytest.raises(ValueError, match="outer_diameter must be positive"):
            core_diameter_for(-64, SI37)


class TestTemplate:
    def test_pvb_covers_these_shares_of_the_void_for_280_percent(self):
        # The table's PVB is 1.1 g cm-3: 2.329 / 1.1 / 2.8 for each gram of it a gram of silicon
        npt.assert_allclose(template_void_ratio([0.5, 2, 3, 5], 2.8), [0.378, 1.512, 2.269, 3.781], atol=0.001)

    def test_equal_volumes_make_a_void_as_large_as_the_core(self):
        assert template_void_ratio(1.1 / 2.329, 1.0) == pytest.approx(1, rel=1e-3)

    def test_negative_ratio_fails(self):
        with pytest.raises(ValueError, match="template_ratio must be zero or positive"):
            template_void_ratio(-0.5, 2.8)

    def test_no_expansion_fails(self):
        with pytest.raises(ValueError, match="expansion must be positive"):
            template_void_ratio(0.5, 0)


class TestCluster:
    def test_measured_diameters_hold_less_than_one_core(self):
        clusters = core_cluster(np.array([60, 64]), 52, np.array([SI34, SI37]))
        assert np.all(clusters.cores_carbon_inside < 1)

    def test_the_largest_holds_one(self):
        cluster = core_cluster(94, 52, SI28)
        assert 1 < cluster.cores_carbon_outside < cluster.cores_carbon_inside < 2

    def test_uncoated_packing_is_the_known_fraction(self):
        # Spheres of a tenth of the diameter, packed at 64 %: 640 of them
        assert core_cluster(100, 10, 1.0).cores_carbon_outside == pytest.approx(640, rel=0.01)

    @given(st.floats(1, 500), FRACTIONS)
    def test_diameter_inverts_the_count(self, cores, fraction):
        diameter = cluster_diameter(cores, 52, fraction)
        assert core_cluster(diameter, 52, fraction).cores_carbon_outside == pytest.approx(cores)

    def test_one_core_packed_densely_is_a_core_shell(self):
        assert cluster_diameter(1, 52, SI37, packing_fraction=1) == pytest.approx(core_shell(52, SI37).outer_diameter)

    def test_uncertain_diameter_propagates_three_times_over(self):
        cores = core_cluster(ufloat(94, 16), 52, SI28).cores_carbon_inside
        assert cores.std_dev / cores.nominal_value == pytest.approx(3 * 16 / 94)

    def test_packing_above_one_fails(self):
        with pytest.raises(ValueError, match="packing_fraction must be between 0 and 1, got 64"):
            cluster_diameter(2, 52, SI28, packing_fraction=64)

    def test_no_core_fails(self):
        with pytest.raises(ValueError, match="cores must be between 1 and inf, got 0"):
            cluster_diameter(0, 52, SI28)
