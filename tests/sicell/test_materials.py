"""Known answers, closed forms, properties and failure modes of sicell.materials."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import constants
from uncertainties import ufloat, unumpy

from sicell import _data, materials

positive = st.floats(1e-3, 1e3)
fraction = st.floats(0.01, 0.99)


# --- formulas -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "expected"),
    # IUPAC standard atomic weights (abridged, 2021): Li 6.94, C 12.011, H 1.008, O 15.999, Si 28.085, P 30.974,
    # S 32.06, Cl 35.45.
    [
        ("Si", 28.085),
        ("SiO2", 28.085 + 2 * 15.999),
        ("Li15Si4", 15 * 6.94 + 4 * 28.085),
        ("C12H22O11", 12 * 12.011 + 22 * 1.008 + 11 * 15.999),
        ("Li6PS5Cl", 6 * 6.94 + 30.974 + 5 * 32.06 + 35.45),
    ],
)
def test_molar_mass_is_the_sum_of_atomic_weights(formula, expected):
    assert_allclose(materials.molar_mass(formula), expected, rtol=2e-5)


def test_mass_fractions_of_a_compound_sum_to_one():
    total = sum(materials.mass_fraction("LiNi0.9Co0.05Mn0.05O2", e) for e in ("Li", "Ni", "Co", "Mn", "O"))
    assert_allclose(total, 1)


@pytest.mark.parametrize(
    ("host", "lithium", "per", "published"),
    [
        # M. N. Obrovac, V. L. Chevrier, Chem. Rev. 114 (2014) 11444: capacities per mass of host.
        ("Si", 3.75, "host", 3579),
        ("C6", 1, "host", 372),
        ("Li", 1, "host", 3862),
        # N. Liu et al., Front. Phys. 9 (2014) 323 as quoted in the paper: per mass of the lithiated phase.
        ("Si", 3.75, "lithiated phase", 1857),
        ("C6", 1, "lithiated phase", 339),
    ],
)
def test_theoretical_capacities_are_the_published_ones(host, lithium, per, published):
    assert_allclose(materials.theoretical_capacity(host, lithium, per), published, atol=0.5)


@pytest.mark.parametrize(
    ("host", "lithium", "per", "phase", "published", "tolerance"),
    [
        # Same sources; 2062 for lithium is Obrovac and Chevrier's, the paper has 2050.
        ("Si", 3.75, "lithiated phase", "Li15Si4", 2190, 5),
        ("C6", 1, "lithiated phase", "LiC6", 747, 2),
        ("Li", 1, "host", "Li", 2062, 1),
    ],
)
def test_volumetric_capacities_are_the_published_ones(host, lithium, per, phase, published, tolerance):
    specific = materials.theoretical_capacity(host, lithium, per)
    assert_allclose(materials.volumetric_capacity(specific, materials.density(phase)), published, atol=tolerance)


def test_cathode_capacity_is_that_of_one_electron_per_formula_unit():
    # 96485.33 C/mol / 3.6 / M, with M of the lithiated oxide: about 275 mAh/g for nickel-rich layered oxides.
    computed = materials.theoretical_capacity("Ni0.9Co0.05Mn0.05O2", 1, "lithiated phase")
    assert_allclose(computed, 275, atol=0.5)


@given(host=st.sampled_from(["Si", "C6", "NiO2", "Sn"]), lithium=st.floats(0.01, 5))
def test_host_and_lithiated_basis_hold_the_same_charge(host, lithium):
    # 1/q(lithiated) - 1/q(host) is the mass of lithium per charge, whatever the host.
    per_host = materials.theoretical_capacity(host, lithium)
    per_phase = materials.theoretical_capacity(host, lithium, "lithiated phase")
    assert_allclose(1 / per_phase - 1 / per_host, 3.6 * materials.molar_mass("Li") / (constants.N_A * constants.e))


def test_theoretical_capacity_of_an_array_is_that_of_its_elements():
    lithium = np.array([1.0, 2.33, 3.75])
    for per in ("host", "lithiated phase"):
        singles = [materials.theoretical_capacity("Si", float(x), per) for x in lithium]
        assert_allclose(materials.theoretical_capacity("Si", lithium, per), singles)


def test_silicon_expands_by_280_percent():
    # Obrovac and Chevrier, Chem. Rev. 114 (2014) 11444.
    assert_allclose(materials.volume_expansion("Si", "Li15Si4"), 2.80, atol=0.01)


def test_graphite_expands_by_thirteen_percent():
    # About 13 % for LiC6: layer spacing 3.354 to 3.706 Å (10.5 %) and 1 % in each in-plane direction; D. Guérard,
    # A. Hérold, Carbon 13 (1975) 337.
    for host in ("C", "C6"):
        computed = materials.volume_expansion(host, "LiC6", host_density=materials.density("graphite"))
        assert_allclose(computed, 0.13, atol=0.01)


def test_expansion_does_not_depend_on_how_the_formula_is_written():
    assert_allclose(
        materials.volume_expansion("Si4", "Li3.75Si", 2.33, 1.18),
        materials.volume_expansion("Si", "Li15Si4", 2.33, 1.18),
    )


def test_volume_expansion_carries_uncertainty_of_the_densities():
    computed = materials.volume_expansion("Si", "Li15Si4", 2.329, ufloat(1.18, 0.0118))
    assert_allclose(computed.std_dev, 0.01 * (computed.nominal_value + 1))


# Volume of the unit cell in Å3, formula units in it: crystallography is independent of the density in the table.
CELLS = {
    "Si": (5.43102**3, 8),
    "Li15Si4 at 123 K": (10.6322**3, 4),
    "LiC6": (np.sqrt(3) / 2 * 4.31**2 * 3.706, 1),
    "Li6PS5Cl": (9.86**3, 4),
    "NCM90": (np.sqrt(3) / 2 * 2.875**2 * 14.20, 3),
}


@pytest.mark.parametrize("material", CELLS)
def test_densities_agree_with_the_lattice_parameters_of_their_source(material):
    volume, units = CELLS[material]
    formula = _data.table("densities.csv").set_index("material").loc[material, "formula"]
    computed = units * materials.molar_mass(formula) / (constants.N_A * 1e-24 * volume)
    assert_allclose(materials.density(material), computed, rtol=2.5e-3)


def test_density_table_is_complete_and_every_row_has_a_source():
    table = _data.table("densities.csv")
    assert list(table.columns) == ["material", "formula", "density", "unit", "assumed", "source", "verified"]
    assert table["material"].is_unique
    assert set(table["unit"]) == {"g cm-3"}
    assert table["assumed"].dtype == bool
    assert (table["source"].str.len() > 20).all()
    assert table["density"].between(0.5, 9).all()
    for formula in table["formula"]:
        assert materials.molar_mass(formula) > 0


def test_density_is_found_by_name_by_formula_and_for_elements():
    assert materials.density("LiNi0.9Co0.05Mn0.05O2") == materials.density("NCM90")
    # CRC Handbook: copper 8.96 g/cm3.
    assert materials.density("Cu") == 8.96


@pytest.mark.parametrize("formula", ["Xx2", "", "si", "Si@2.33", "2Si", "Li{+}", "NiO2(", "5wt% Si // C", "Li0"])
def test_unknown_formula_fails(formula):
    with pytest.raises(ValueError, match="unknown formula '") as error:
        materials.molar_mass(formula)
    assert repr(formula) in str(error.value)
    assert "\n" not in str(error.value)


def test_unknown_element_is_named_fails():
    with pytest.raises(ValueError, match=r"unknown formula 'Xx2' \(unknown element Xx\)"):
        materials.molar_mass("Xx2")


@pytest.mark.parametrize("formula", [None, 28.1, ["Si"]])
def test_formula_that_is_no_text_fails(formula):
    with pytest.raises(TypeError, match="a formula must be text"):
        materials.molar_mass(formula)


def test_element_that_is_not_in_the_compound_fails():
    with pytest.raises(ValueError, match="element must be one of 'Si', 'O', got 'C'"):
        materials.mass_fraction("SiO2", "C")


def test_unknown_per_fails():
    with pytest.raises(ValueError, match="per must be one of 'host', 'lithiated phase', got 'composite'"):
        materials.theoretical_capacity("Si", 3.75, per="composite")


def test_negative_amount_of_lithium_fails():
    with pytest.raises(ValueError, match="lithium_per_formula_unit must be positive, got -1"):
        materials.theoretical_capacity("Si", -1)


def test_lithium_metal_as_its_own_lithiated_phase_fails():
    with pytest.raises(ValueError, match="per must be 'host' for lithium metal"):
        materials.theoretical_capacity("Li", 1, per="lithiated phase")


def test_unknown_density_fails():
    with pytest.raises(ValueError, match="no density known for 'unobtainium'"):
        materials.density("unobtainium")


def test_ambiguous_form_of_carbon_fails():
    with pytest.raises(ValueError, match="several materials have the formula 'C'; name one of 'graphite'"):
        materials.density("C")


def test_density_of_what_is_no_text_fails():
    with pytest.raises(TypeError, match="material must be text"):
        materials.density(14)


@pytest.mark.parametrize(("host", "phase"), [("Si", "LiC6"), ("SiO", "Li4SiO4"), ("Si", "SiO2"), ("Li", "Li15Si4")])
def test_expansion_between_unrelated_phases_fails(host, phase):
    with pytest.raises(ValueError, match="lithiated_phase must be host"):
        materials.volume_expansion(host, phase, 2.0, 1.0)


def test_zero_density_fails():
    with pytest.raises(ValueError, match="density must be positive"):
        materials.volumetric_capacity(3579, 0)


# --- mixtures -------------------------------------------------------------------------------------------------------

CATHODE = {"NCM90": 0.85, "VG-CNF": 0.13, "Li6PS5Cl": 0.02}


@given(capacity=positive, share=fraction)
def test_conversions_between_component_and_composite_are_inverse(capacity, share):
    there = materials.capacity_per_component(capacity, share)
    assert there > capacity
    assert_allclose(materials.capacity_per_composite(there, share), capacity)


def test_capacity_per_silicon_of_the_published_anode():
    # 922 mAh/g composite, 60 % Si-C, 36.86 % Si: 922 / 0.6 / 0.3686 by hand.
    per_active = materials.capacity_per_component(922, 0.60)
    assert_allclose([per_active, materials.capacity_per_component(per_active, 0.3686)], [1536.67, 4168.93], atol=0.01)


def test_volume_fractions_of_equal_volumes_are_equal():
    computed = materials.volume_fractions({"a": 0.2, "b": 0.8}, {"a": 1.0, "b": 4.0}, porosity=0.3)
    assert_allclose([computed["a"], computed["b"]], [0.35, 0.35])


def test_cathode_as_written_holds_four_volume_percent_of_electrolyte():
    # By hand: 0.02/1.86 of 0.85/4.78 + 0.13/2 + 0.02/1.86 cm3.
    assert_allclose(materials.volume_fractions(CATHODE)["Li6PS5Cl"], 0.010753 / 0.253577, rtol=1e-4)


@given(share=fraction, dense=st.floats(1, 10), light=st.floats(0.5, 3), porosity=st.floats(0, 0.9))
def test_volume_fractions_and_pores_fill_the_electrode_and_carry_its_mass(share, dense, light, porosity):
    composition = {"a": share, "b": 1 - share}
    densities = {"a": dense, "b": light}
    volumes = materials.volume_fractions(composition, densities, porosity)
    assert_allclose(sum(volumes.values()) + porosity, 1)
    bulk = materials.composite_density(composition, densities, porosity)
    assert_allclose(sum(volumes[name] * densities[name] for name in volumes), bulk)
    assert_allclose([volumes[name] * densities[name] / bulk for name in "ab"], [share, 1 - share], rtol=1e-9)


def test_mixtures_of_arrays_are_those_of_their_elements():
    silicon = np.array([0.2, 0.5, 0.9])
    arrays = {"Si": silicon, "graphite": 1 - silicon}
    for function in (
        lambda c: materials.volume_fractions(c, porosity=0.1)["Si"],
        materials.composite_density,
    ):
        singles = [function({"Si": float(x), "graphite": float(1 - x)}) for x in silicon]
        assert_allclose(function(arrays), singles)


def test_parts_are_normalised():
    assert materials.fractions_from_parts({"a": 60, "b": 35, "c": 5}) == {"a": 0.60, "b": 0.35, "c": 0.05}


def test_bruggeman_conductivity_with_a_quarter_of_electrolyte_is_an_eighth():
    # 0.25**1.5 = 1/8; D. A. G. Bruggeman, Ann. Phys. 416 (1935) 636.
    quarter, pure = (materials.porous_electrode_resistance(100, 8.0, share) for share in (0.25, 1.0))
    assert_allclose(quarter / pure, 8.0)


def test_resistance_of_a_layer_of_pure_electrolyte_is_a_third_of_the_separator_s():
    # The factor 1/3 is the low-frequency limit of coth(s)/s - 1/s**2 for s -> 0 (de Levie's transmission line).
    s = 1e-3
    line = (np.cosh(s) / np.sinh(s)) / s - 1 / s**2
    full = materials.separator_resistance(120, 3.0)
    assert_allclose(materials.porous_electrode_resistance(120, 3.0, 1.0), full * line, rtol=1e-6)


def test_swapping_carbon_and_electrolyte_in_the_cathode_costs_a_factor_of_sixteen():
    swapped = {"NCM90": 0.85, "VG-CNF": 0.02, "Li6PS5Cl": 0.13}
    resistances = [
        materials.porous_electrode_resistance(116, 3.0, materials.volume_fractions(composition)["Li6PS5Cl"])
        for composition in (CATHODE, swapped)
    ]
    # By hand: 116e-4 cm / (3e-3 S/cm * 0.0424**1.5) / 3 = 147.6 and with 0.271 9.13 ohm cm2.
    assert_allclose(resistances, [147.6, 9.13], rtol=5e-3)


def test_fractions_that_do_not_sum_to_one_fail():
    with pytest.raises(ValueError, match=r"mass_fractions must sum to 1, got a sum of 0\.9"):
        materials.composite_density({"Si": 0.3, "graphite": 0.6})


def test_one_array_element_that_does_not_sum_to_one_fails():
    with pytest.raises(ValueError, match=r"got a sum of 1\.1"):
        materials.volume_fractions({"Si": np.array([0.4, 0.5]), "graphite": 0.6})


def test_negative_fraction_fails():
    with pytest.raises(ValueError, match=r"mass_fractions\['C'\] must be between 0 and 1, got -0\.2"):
        materials.composite_density({"Si": 1.2 - 0.2, "C": -0.2})


def test_component_without_density_fails():
    with pytest.raises(ValueError, match="densities must have an entry for every component, lacks 'VG-CNF'"):
        materials.volume_fractions(CATHODE, {"NCM90": 4.78, "Li6PS5Cl": 1.86})


def test_composition_that_is_no_mapping_fails():
    with pytest.raises(TypeError, match="mass_fractions must be a mapping"):
        materials.volume_fractions([0.3, 0.7])


def test_empty_composition_fails():
    with pytest.raises(TypeError, match="mass_fractions must be a mapping"):
        materials.composite_density({})


def test_parts_that_are_all_zero_fail():
    with pytest.raises(ValueError, match="sum of parts must be positive"):
        materials.fractions_from_parts({"a": 0, "b": 0})


def test_porosity_in_percent_fails():
    with pytest.raises(ValueError, match="porosity must be between 0 and 1, got 15"):
        materials.composite_density({"Si": 1.0}, porosity=15)


@pytest.mark.parametrize("convert", [materials.capacity_per_component, materials.capacity_per_composite])
@pytest.mark.parametrize("share", [0, 37])
def test_share_of_a_component_outside_zero_to_one_fails(convert, share):
    with pytest.raises(ValueError, match="mass_fraction must be"):
        convert(922, share)


def test_electrode_without_electrolyte_fails():
    with pytest.raises(ValueError, match="electrolyte_fraction must be positive"):
        materials.porous_electrode_resistance(100, 3.0, 0.0)


# --- cells ----------------------------------------------------------------------------------------------------------


def test_thirteen_millimetre_die_and_its_loading():
    area = materials.disc_area(13)
    # By hand: pi/4 * 1.3**2, 7.64 * 0.6 / 1.3273, 5.7560 * 0.922.
    assert_allclose(area, 1.32732, rtol=1e-5)
    assert_allclose(materials.areal_loading(7.64, area, 0.60), 3.4536, rtol=1e-4)
    assert_allclose(materials.areal_capacity(materials.areal_loading(7.64, area), 922), 5.3070, rtol=1e-4)


def test_published_loading_needs_an_eleven_millimetre_die():
    # 7.64 mg * 0.6 / 4.8 mg/cm2 = 0.955 cm2; 7.64 mg * 922 mAh/g / 7.4 mAh/cm2 = 0.952 cm2.
    assert_allclose(materials.disc_diameter(np.array([0.955, 0.95190])), [11.027, 11.009], atol=1e-3)


@given(diameter=positive)
def test_area_and_diameter_are_inverse(diameter):
    assert_allclose(materials.disc_diameter(materials.disc_area(diameter)), diameter)


def test_pellet_on_eleven_millimetres_would_be_denser_than_its_crystal():
    densities = materials.pellet_density(150, 750, materials.disc_area(np.array([13.0, 11.0])))
    assert_allclose(densities, [1.5068, 2.1046], rtol=1e-4)
    assert densities[0] < materials.density("Li6PS5Cl") < densities[1]


@given(mass=positive, thickness=positive, area=positive)
def test_thickness_is_recovered_from_the_density_of_a_pellet(mass, thickness, area):
    density = materials.pellet_density(mass, thickness, area)
    assert_allclose(materials.layer_thickness(materials.areal_loading(mass, area), density), thickness)


def test_separator_of_750_micrometres_has_25_ohm_square_centimetres():
    # 0.075 cm / 0.003 S/cm = 25 ohm cm2; over 1.3273 cm2 18.83 ohm; times 1.47 mA/cm2 36.75 mV.
    assert_allclose(materials.separator_resistance(750, 3.0), 25)
    assert_allclose(materials.separator_resistance(750, 3.0, materials.disc_area(13)), 18.835, rtol=1e-4)
    assert_allclose(materials.ohmic_drop(1.47, 25), 0.03675)
    assert_allclose(materials.ohmic_drop(-1.47, 25), -0.03675)


def test_c_rates_at_an_np_ratio_of_1_3():
    # 7.4/1.3 = 5.6923 mAh/cm2: 81.3 h at 0.07 mA/cm2, 0.258 C at 1.47.
    rates = materials.c_rate(np.array([0.07, 1.47]), 7.4 / 1.3)
    assert_allclose([1 / rates[0], rates[1]], [81.319, 0.25824], rtol=1e-4)


def test_discharge_has_a_negative_c_rate():
    assert_allclose(materials.c_rate(-2.0, 4.0), -0.5)


@given(anode=positive, ratio=st.floats(0.5, 3), capacity=positive)
def test_np_ratio_is_recovered_from_the_balanced_loading(anode, ratio, capacity):
    loading = materials.balanced_cathode_loading(anode, ratio, capacity)
    cathode = materials.areal_capacity(loading, capacity)
    assert_allclose(materials.nominal_np_ratio(anode, cathode), ratio)


def test_balanced_loadings_of_arrays_are_those_of_their_elements():
    ratios = np.array([1.1, 1.3, 1.7, 2.0])
    singles = [materials.balanced_cathode_loading(7.4, float(ratio), 176) for ratio in ratios]
    assert_allclose(materials.balanced_cathode_loading(7.4, ratios, 176), singles)


def test_loading_carries_the_uncertainty_of_mass_and_diameter():
    loading = materials.areal_loading(ufloat(7.64, 0.0764), materials.disc_area(ufloat(13, 0.13)), 0.60)
    # 1 % in the mass and twice 1 % in the diameter add in quadrature.
    assert_allclose(loading.std_dev / loading.nominal_value, 0.01 * np.sqrt(5))


def test_uncertain_arrays_pass_through_the_cell_arithmetic():
    mass = unumpy.uarray([7.64, 8.0], [0.05, 0.1])
    capacity = materials.areal_capacity(materials.areal_loading(mass, 1.3273), 922)
    assert_allclose(unumpy.std_devs(capacity), np.array([0.05, 0.1]) / 1.3273 * 0.922)


def test_zero_area_fails():
    with pytest.raises(ValueError, match=r"area must be positive \(in cm2\), got 0"):
        materials.areal_loading(7.64, 0)


def test_negative_mass_fails():
    with pytest.raises(ValueError, match=r"mass must be zero or positive \(in mg\), got -7\.64"):
        materials.areal_loading(-7.64, 1.327)


def test_negative_uncertain_mass_fails():
    with pytest.raises(ValueError, match="mass must be zero or positive"):
        materials.pellet_density(ufloat(-150, 1), 750, 1.327)


def test_negative_diameter_fails():
    with pytest.raises(ValueError, match="diameter must be positive"):
        materials.disc_area(-13)


def test_zero_conductivity_fails():
    with pytest.raises(ValueError, match="conductivity must be positive"):
        materials.separator_resistance(750, 0)


def test_zero_np_ratio_fails():
    with pytest.raises(ValueError, match="np_ratio must be positive, got 0 at position 1"):
        materials.balanced_cathode_loading(7.4, [1.1, 0.0], 176)


def test_active_fraction_in_percent_fails():
    with pytest.raises(ValueError, match="active_fraction must be between 0 and 1, got 60"):
        materials.areal_loading(7.64, 1.327, 60)


def test_mass_as_text_fails():
    with pytest.raises(TypeError, match="mass must be a number"):
        materials.areal_loading("7.64", 1.327)
