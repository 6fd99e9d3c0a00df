"""Energy: mass, thickness and energy of layers add up; bad input says so."""

import numpy as np
import pytest

from sicell import materials
from sicell.energy import Design, Layer, UnitCell


def test_dense_layer_of_one_material_weighs_what_its_density_says():
    layer = Layer.composite("copper", "Cu", thickness=10)
    assert layer.mass == pytest.approx(8.96)
    assert layer.density == pytest.approx(8.96)


def test_layer_from_its_mass_is_the_layer_from_its_thickness():
    composition = {"NCM90": 0.85, "Li6PS5Cl": 0.15}
    thin = Layer.composite("cathode", composition, thickness=80, porosity=0.2)
    again = Layer.composite("cathode", composition, mass=thin.mass, porosity=0.2)
    assert again.thickness == pytest.approx(80)
    assert thin.density == pytest.approx(0.8 * materials.composite_density(composition))


def test_layer_from_its_capacity_weighs_capacity_over_specific_capacity():
    layer = Layer.composite("anode", "graphite", areal_capacity=3.72, specific_capacity=372)
    assert layer.mass == pytest.approx(10)
    assert layer.thickness == pytest.approx(10 / 0.226)


def test_layer_without_thickness_has_no_density():
    assert np.isnan(Layer("none", 0.0, 0.0).density)


def test_given_density_replaces_that_of_the_table():
    assert Layer.composite("x", "Cu", thickness=10, densities={"Cu": 1.0}).mass == pytest.approx(1)


def test_negative_mass_fails():
    with pytest.raises(ValueError, match=r"mass of cathode must be zero or positive .* got -1"):
        Layer("cathode", -1, 10)


def test_negative_thickness_fails():
    with pytest.raises(ValueError, match=r"thickness of cathode must be zero or positive .* got -1"):
        Layer("cathode", 1, -1)


def test_layer_with_mass_and_thickness_fails():
    with pytest.raises(ValueError, match=r"exactly one of thickness, mass and areal_capacity .* got thickness, mass"):
        Layer.composite("copper", "Cu", thickness=1, mass=1)


def test_layer_with_neither_fails():
    with pytest.raises(ValueError, match=r"exactly one of .* got none"):
        Layer.composite("copper", "Cu")


def test_areal_capacity_without_specific_one_fails():
    with pytest.raises(ValueError, match="specific_capacity must be given beside the areal_capacity of anode"):
        Layer.composite("anode", "graphite", areal_capacity=3.0)


def test_only_pores_fails():
    with pytest.raises(ValueError, match=r"porosity of separator must be between 0 and 0.999, got 1"):
        Layer.composite("separator", "Li6PS5Cl", thickness=30, porosity=1)


def test_fractions_that_do_not_sum_to_one_fails():
    with pytest.raises(ValueError, match="mass_fractions must sum to 1"):
        Layer.composite("cathode", {"NCM90": 0.8}, thickness=30)


def test_unknown_material_fails():
    with pytest.raises(ValueError, match="no density known for 'unobtainium'"):
        Layer.composite("foil", "unobtainium", thickness=10)


def test_negative_factor_fails():
    with pytest.raises(ValueError, match="factor must be zero or positive, got -1"):
        Layer("x", 1, 1).times(-1)


def test_no_layers_fails():
    with pytest.raises(TypeError, match="layers must be a sequence of at least one Layer"):
        UnitCell([], 1, 1)


def test_two_layers_of_one_name_fails():
    with pytest.raises(ValueError, match="layers must have names of their own, got foil, foil"):
        UnitCell([Layer("foil", 1, 1), Layer("foil", 1, 1)], 1, 1)


def test_stack_without_mass_fails():
    with pytest.raises(ValueError, match="mass of all layers must be positive"):
        UnitCell([Layer("gap", 0, 10)], 1, 1)


def test_negative_voltage_fails():
    with pytest.raises(ValueError, match=r"voltage must be positive .* got -3"):
        UnitCell([Layer("x", 1, 1)], 1, -3)


def test_design_without_capacity_fails():
    with pytest.raises(ValueError, match=r"anode_areal_capacity must be positive .* got 0"):
        Design({"Si": 1.0}, {"NCM90": 1.0}, 0, 1500, 170, voltage=3.4)
