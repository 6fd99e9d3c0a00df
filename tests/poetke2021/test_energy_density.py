"""The stack: mass, thickness and energy add up; going back finds the stack; doubts propagate; bad input says so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from companion import ledger
from poetke2021 import stack
from poetke2021.energy_density import inversion, propagation
from sicell import energy, materials
from sicell.energy import Design, Layer, UnitCell

ANODE = {"anode_areal_capacity": 7.4, "cathode_specific_capacity": 176.0}


@pytest.fixture(scope="module")
def design():
    return stack.si_c_ncm90(3.4, 0.9)


def by_hand(np_ratio):
    """The stack in plain arithmetic, per cm2: energy in mWh, mass in mg, thickness in um."""
    cathode = 7.4 / np_ratio / 0.17595
    anode = 7.4 / 0.922
    oxide, electrolyte, fibers = 4.78, 1.86, 2.0
    si, carbon = 0.6 * 0.3686, 0.6 * 0.6314
    cathode_volume = cathode * (0.85 / oxide + 0.13 / electrolyte + 0.02 / fibers) / 0.85
    anode_volume = anode * (si / 2.329 + carbon / 1.8 + 0.35 / electrolyte + 0.05 / fibers) / 0.85
    separator = 30e-4 * 0.9 * 1e3 * electrolyte
    foils = 1e3 * (6e-4 * 2.699 + 4e-4 * 8.96)
    mass = cathode + anode + separator + foils
    thickness = 10 * (cathode_volume + anode_volume) + 30 + 6 + 4
    return 7.4 / np_ratio * 0.9 * 3.4, mass, thickness


@pytest.mark.parametrize("ratio", [1.1, 2.0])
def test_unit_cell_is_the_arithmetic_by_hand(design, ratio):
    delivered, mass, thickness = by_hand(ratio)
    cell = design.unit_cell(ratio)
    assert_allclose([cell.areal_energy, cell.mass, cell.thickness], [delivered, mass, thickness], rtol=1e-3)
    # mWh per mg is kWh per g; mWh per (cm2 um) is 1e4 Wh per liter
    assert cell.specific_energy == pytest.approx(delivered / mass * 1e3, rel=1e-3)
    assert cell.energy_density == pytest.approx(delivered / (thickness * 1e-4), rel=1e-3)


@given(st.floats(0.9, 3.0), st.floats(0.0, 0.4), st.floats(5, 100))
def test_layers_add_up_to_the_cell(ratio, porosity, separator):
    cell = stack.si_c_ncm90(3.4).change(cathode_porosity=porosity, separator_thickness=separator).unit_cell(ratio)
    frame = cell.to_frame()
    assert frame["mass"].sum() == pytest.approx(cell.mass)
    assert frame["thickness"].sum() == pytest.approx(cell.thickness)
    assert frame[["mass_share", "volume_share"]].sum().tolist() == pytest.approx([1, 1])
    # both ways of dividing the same energy
    assert cell.specific_energy * frame["mass"].sum() == pytest.approx(1e3 * cell.areal_energy)
    assert cell.energy_density * frame["thickness"].sum() == pytest.approx(1e4 * cell.areal_energy)


@given(st.floats(1.0, 2.5), st.floats(1.1, 5.0))
def test_thicker_layers_change_the_energy_by_the_share_of_the_foils_alone(ratio, factor):
    thin = stack.si_c_ncm90(3.4)
    thick = thin.change(
        anode_areal_capacity=thin.anode_areal_capacity * factor, separator_thickness=thin.separator_thickness * factor
    )
    one, other = thin.unit_cell(ratio), thick.unit_cell(ratio)
    foils = one.layer("aluminum").mass + one.layer("copper").mass
    assert other.layer("copper").mass == pytest.approx(one.layer("copper").mass)
    # without foils both would be the same; the foils weigh less per energy
    assert 1 / one.specific_energy - 1 / other.specific_energy == pytest.approx(
        foils / (1e3 * one.areal_energy) * (1 - 1 / factor)
    )
    all_thick = thick.change(
        aluminum_thickness=thin.aluminum_thickness * factor, copper_thickness=thin.copper_thickness * factor
    )
    assert all_thick.unit_cell(ratio).specific_energy == pytest.approx(one.specific_energy)
    assert all_thick.unit_cell(ratio).energy_density == pytest.approx(one.energy_density)


def test_arrays_of_ratios_are_the_single_cells(design):
    many = design.unit_cell([1.1, 1.5, 2.0])
    for position, ratio in enumerate([1.1, 1.5, 2.0]):
        single = design.unit_cell(ratio)
        assert many.specific_energy[position] == pytest.approx(single.specific_energy)
        assert many.energy_density[position] == pytest.approx(single.energy_density)
    frame = many.to_frame()
    assert frame["cell"].tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert frame[frame["cell"] == 2]["mass"].sum() == pytest.approx(design.unit_cell(2.0).mass)


def test_designs_of_arrays_broadcast_with_ratios(design):
    cells = design.change(voltage=np.array([[3.2], [3.4], [3.6]])).unit_cell([1.1, 2.0])
    assert cells.specific_energy.shape == (3, 2)
    assert_allclose(cells.specific_energy[:, 0] / cells.specific_energy[1, 0], np.array([3.2, 3.4, 3.6]) / 3.4)


def test_housing_is_shared(design):
    cell, wall = design.unit_cell(1.1), stack.housing()
    few, many = cell.in_housing(5, wall), cell.in_housing(500, wall)
    assert few.mass - cell.mass == pytest.approx(2 * wall.mass / 5)
    assert few.thickness - cell.thickness == pytest.approx(2 * 113 / 5)
    assert many.specific_energy == pytest.approx(cell.specific_energy, rel=0.01)
    assert few.specific_energy < many.specific_energy < cell.specific_energy


def test_another_layer_takes_the_place_of_one(design):
    cell = design.unit_cell(1.1)
    other = cell.with_layer("anode", Layer("lithium", 0.0, 30.0), voltage=3.8)
    assert [layer.name for layer in other.layers] == ["aluminum", "cathode", "separator", "lithium", "copper"]
    assert other.mass == pytest.approx(cell.mass - cell.layer("anode").mass)
    assert other.areal_energy == pytest.approx(cell.areal_capacity * 3.8)


def test_lithium_without_excess_has_volume_and_no_mass():
    bare, more = stack.lithium_anode(6.7, excess=0), stack.lithium_anode(6.7, excess=0.5)
    # 2062 mAh/cm3
    assert bare.thickness == pytest.approx(6.7 / 2062 * 1e4, rel=0.002)
    assert bare.mass == 0
    assert more.mass == pytest.approx(0.5 * 6.7 / 3.862, rel=0.001)


def test_graphite_anode_of_pure_dense_graphite():
    layer = stack.graphite_anode(3.72, 372, active_fraction=1.0, porosity=0.0)
    assert layer.mass == pytest.approx(10)
    assert layer.thickness == pytest.approx(10 / 0.226)


def test_design_of_the_paper_reads_no_projected_energy():
    with ledger.reading() as noted:
        stack.si_c_ncm90(3.4).unit_cell(1.1)
    assert noted
    assert not [id for id in noted if "projected" in id or "derived" in id]


def test_ranges_leave_out_materials_that_the_design_does_not_have():
    plain = Design({"Si": 1.0}, {"NCM90": 1.0}, 7.4, 3000, 200, voltage=3.4)
    assert plain.materials == ("Al", "Cu", "Li6PS5Cl", "NCM90", "Si")
    assert "density of amorphous carbon" not in stack.ranges(plain).index
    assert "density of NCM90" in stack.ranges(plain).index


@given(
    st.tuples(st.floats(0.8, 3.0), st.floats(1.05, 2.5)),
    st.floats(1.0, 5.0),
    st.floats(2.0, 60.0),
    st.floats(1.0, 5.0),
    st.floats(10.0, 300.0),
)
def test_inversion_finds_the_stack_from_its_energies(ratios, volts, mass, density, thickness):
    low, factor = ratios
    np_ratio = np.array([low, low * factor])
    nominal = 7.4 / np_ratio
    cathode = nominal / 0.176
    cell = UnitCell([Layer("cathode", cathode, 10 * cathode / density), Layer("rest", mass, thickness)], nominal, volts)
    found = inversion.invert(np_ratio, cell.specific_energy, cell.energy_density, **ANODE)
    assert_allclose(
        [found.voltage_times_utilization, found.fixed_mass, found.cathode_density, found.fixed_thickness],
        [volts, mass, density, thickness],
        rtol=1e-6,
    )
    again = found.unit_cell(np_ratio)
    assert_allclose(again.specific_energy, cell.specific_energy, rtol=1e-9)
    assert_allclose(again.energy_density, cell.energy_density, rtol=1e-9)


def test_inversion_of_a_design_adds_up_its_layers(design):
    cell = design.unit_cell([1.1, 2.0])
    found = inversion.invert(
        [1.1, 2.0],
        cell.specific_energy,
        cell.energy_density,
        anode_areal_capacity=7.4,
        cathode_specific_capacity=design.cathode_specific_capacity,
    )
    rest = [cell.layer(name) for name in ("aluminum", "separator", "anode", "copper")]
    assert found.fixed_mass == pytest.approx(sum(layer.mass for layer in rest))
    assert found.fixed_thickness == pytest.approx(sum(layer.thickness for layer in rest))
    assert found.cathode_density == pytest.approx(cell.layer("cathode").density[0])
    assert found.voltage_times_utilization == pytest.approx(3.4 * 0.9)


def test_inversions_of_many_are_the_single_ones():
    heavy = np.array([[380.0, 375.0], [300.0, 297.0]])
    large = np.array([[1100.0, 1178.0], [800.0, 874.0]])
    many = inversion.invert([[1.1], [2.0]], heavy, large, **ANODE)
    for at in (0, 1):
        single = inversion.invert([1.1, 2.0], heavy[:, at], large[:, at], **ANODE)
        assert many.fixed_mass[at] == pytest.approx(single.fixed_mass)
        assert many.cathode_density[at] == pytest.approx(single.cathode_density)


@pytest.mark.parametrize("factor", [0.95, 1.03, 1.16])
def test_inversion_finds_a_stack_whose_balances_deliver_unequal_energies_per_capacity(design, factor):
    uneven = design.change(utilization=np.array([0.9 * factor, 0.9])).unit_cell([1.1, 2.0])
    given = {**ANODE, "cathode_specific_capacity": design.cathode_specific_capacity}
    energies = [1.1, 2.0], uneven.specific_energy, uneven.energy_density
    found = inversion.invert(*energies, **given, energy_per_capacity_ratio=factor)
    assert found.voltage_times_utilization == pytest.approx(3.4 * 0.9)
    assert found.fixed_mass == pytest.approx(uneven.mass[0] - uneven.layer("cathode").mass[0])
    assert found.cathode_density == pytest.approx(uneven.layer("cathode").density[0])
    assert found.fixed_thickness == pytest.approx(uneven.thickness[0] - uneven.layer("cathode").thickness[0])


def test_wrong_premise_moves_the_product_and_hardly_the_density():
    energies = [1.1, 2.0], [375, 297], [1178, 874]
    even, uneven = (inversion.invert(*energies, **ANODE, energy_per_capacity_ratio=f) for f in (1.0, 1.03))
    # three per cent in the premise are three times as much in the product
    assert uneven.voltage_times_utilization / even.voltage_times_utilization < 0.92
    assert abs(uneven.cathode_density / even.cathode_density - 1) < 0.02


def test_draws_of_one_number_have_its_range(design):
    drawn = propagation.uncertainty(design, 1.1, draws=20_000).inputs["separator_thickness"]
    assert_allclose(np.quantile(drawn, [0.025, 0.5, 0.975]), [15, 30, 50], atol=0.8)


def test_median_of_the_draws_is_near_the_design(design):
    result = propagation.uncertainty(design, [1.1, 2.0], draws=4000)
    assert_allclose(
        result.interval("specific_energy")["median"], design.unit_cell([1.1, 2.0]).specific_energy, rtol=0.02
    )
    ratio = result.ratio("specific_energy", 1.1, 2.0)
    assert ratio["lower"] < ratio["median"] < ratio["upper"]


def test_voltage_cancels_in_the_ratio_of_two_balances(design):
    drawn = propagation.uncertainty(design, [1.1, 2.0], draws=500)
    ratio = drawn.energy_density[:, 0] / drawn.energy_density[:, 1]
    assert abs(np.corrcoef(drawn.inputs["voltage"], ratio)[0, 1]) < 0.1
    assert np.corrcoef(drawn.inputs["voltage"], drawn.energy_density[:, 0])[0, 1] > 0.2


def test_sensitivities_move_one_number_from_end_to_end(design):
    frame = propagation.sensitivities(design, 1.1).set_index("parameter")
    thin = design.change(separator_thickness=15).unit_cell(1.1)
    assert frame.loc["separator_thickness", "energy_density_lower"] == pytest.approx(thin.energy_density)
    light = design.change(densities={"Li6PS5Cl": 0.94 * materials.density("Li6PS5Cl")}).unit_cell(1.1)
    assert frame.loc["density of Li6PS5Cl", "specific_energy_lower"] == pytest.approx(light.specific_energy)
    span = (frame["energy_density_upper"] - frame["energy_density_lower"]).abs()
    assert span.is_monotonic_decreasing
    # pores weigh nothing
    assert frame.loc["cathode_porosity", "specific_energy_lower"] == pytest.approx(
        frame.loc["cathode_porosity", "specific_energy_upper"]
    )


def test_ranges_hold_their_value_and_lie_within_what_is_thinkable(design):
    table = stack.ranges(design)
    assert (table["lowest"] <= table["lower"]).all()
    assert (table["lower"] <= table["value"]).all()
    assert (table["value"] <= table["upper"]).all()
    assert (table["upper"] <= table["highest"]).all()
    plain = table.index[~table.index.str.startswith("density")]
    assert table.loc[plain, "value"].tolist() == pytest.approx([getattr(design, name) for name in plain])


@pytest.fixture(scope="module")
def found(design):
    cell = design.unit_cell([1.1, 2.0])
    return propagation.posterior(
        design, [1.1, 2.0], cell.specific_energy, cell.energy_density, draws=200_000, progress=False
    )


def test_every_stack_of_the_posterior_has_the_energies(design, found):
    cell = design.unit_cell([1.1, 2.0])
    assert len(found.samples) > 50
    for _, row in found.samples.head(20).iterrows():
        densities = {name[11:]: row[name] for name in row.index if name.startswith("density of ")}
        plain = {name: row[name] for name in row.index if "density" not in name and "times" not in name}
        again = design.change(**plain, densities=densities).unit_cell([1.1, 2.0])
        assert_allclose(again.specific_energy, cell.specific_energy, rtol=0.01)
        assert_allclose(again.energy_density, cell.energy_density, rtol=0.01)


def test_posterior_knows_the_product_and_not_its_factors(found):
    rows = found.interval()
    width = (rows["upper"] - rows["lower"]) / rows["median"]
    assert width["voltage_times_utilization"] < 0.1
    assert width["voltage"] > 0.2
    assert found.samples["voltage"].corr(found.samples["utilization"]) < -0.85
    assert rows.loc["voltage_times_utilization", "lower"] < 3.06 < rows.loc["voltage_times_utilization", "upper"]


def test_a_tighter_tolerance_leaves_fewer_stacks(design, found):
    cell = design.unit_cell([1.1, 2.0])
    fewer = propagation.posterior(
        design,
        [1.1, 2.0],
        cell.specific_energy,
        cell.energy_density,
        draws=200_000,
        tolerance=0.005,
        progress=False,
    )
    assert len(fewer.samples) < len(found.samples) / 2


def test_an_interrupted_search_returns_what_it_has(design, monkeypatch):
    calls = []
    plain = energy.Design.unit_cell

    def until_interrupted(self, np_ratio):
        calls.append(np_ratio)
        if len(calls) > 2:
            raise KeyboardInterrupt
        return plain(self, np_ratio)

    cell = design.unit_cell([1.1, 2.0])
    monkeypatch.setattr(energy.Design, "unit_cell", until_interrupted)
    wanted = cell.specific_energy, cell.energy_density
    partial = propagation.posterior(design, [1.1, 2.0], *wanted, draws=300_000, progress=False)
    assert not partial.complete
    assert partial.draws == 100_000


def test_results_say_what_they_are(design):
    assert repr(design.unit_cell([1.1, 2.0])).startswith("UnitCell(2")
    assert "NCM90" in repr(design)


def test_unknown_layer_fails(design):
    with pytest.raises(ValueError, match=r"name must be one of 'aluminum', .* got 'zinc'"):
        design.unit_cell(1.1).layer("zinc")


@pytest.mark.parametrize("count", [0, 2.5, "ten"])
def test_stack_of_no_whole_number_of_cells_fails(design, count):
    with pytest.raises(ValueError, match="count must be a whole number of at least 1"):
        design.unit_cell(1.1).in_housing(count, stack.housing())


def test_zero_ratio_fails(design):
    with pytest.raises(ValueError, match="np_ratio must be positive, got 0"):
        design.unit_cell(0)


def test_unknown_parameter_of_a_design_fails(design):
    with pytest.raises(ValueError, match=r"a name must be one of .* got 'thickness'"):
        design.change(thickness=3)


@pytest.mark.parametrize("name", ["separator_thickness", "aluminum_thickness", "copper_thickness"])
def test_design_with_a_negative_thickness_fails(design, name):
    with pytest.raises(ValueError, match=rf"{name} must be zero or positive \(in um\), got -3"):
        design.change(**{name: -3})


@pytest.mark.parametrize("name", ["separator_porosity", "cathode_porosity", "anode_porosity"])
def test_design_of_pores_alone_fails(design, name):
    with pytest.raises(ValueError, match=rf"{name} must be between 0 and 0.999, got 1"):
        design.change(**{name: 1})


def test_utilization_in_per_cent_fails():
    with pytest.raises(ValueError, match=r"utilization must be between 0 and 1.5, got 90"):
        stack.si_c_ncm90(3.4, 90)


def test_density_of_a_material_that_no_layer_has_fails(design):
    with pytest.raises(ValueError, match=r"a material in densities must be one of 'Al', .* got 'NMC90'"):
        design.change(densities={"NMC90": 4.0})


def test_graphite_without_graphite_fails():
    with pytest.raises(ValueError, match=r"active_fraction must be between 0.01 and 1, got 0"):
        stack.graphite_anode(7.4, 372, active_fraction=0)


def test_negative_excess_of_lithium_fails():
    with pytest.raises(ValueError, match="excess must be zero or positive, got -1"):
        stack.lithium_anode(7.4, excess=-1)


def test_one_ratio_cannot_be_inverted_fails():
    with pytest.raises(
        ValueError, match=r"np_ratio must have two entries on its first axis, one a ratio, got shape \(\)"
    ):
        inversion.invert(1.1, [380, 300], [1100, 800], **ANODE)


def test_same_ratio_twice_cannot_be_inverted_fails():
    with pytest.raises(ValueError, match=r"np_ratio must be two different ratios, got 1.1 twice"):
        inversion.invert([1.1, 1.1], [380, 300], [1100, 800], **ANODE)


def test_energies_per_mass_and_volume_exchanged_fails():
    with pytest.raises(ValueError, match=r"would be 11.6 V, .* specific_energy .* energy_density .* exchanged"):
        inversion.invert([1.1, 2.0], [1178, 874], [375, 297], **ANODE)


def test_cell_of_an_inversion_without_a_common_product_fails():
    found = inversion.invert([1.1, 2.0], [375, 297], [1178, 874], **ANODE, energy_per_capacity_ratio=1.03)
    with pytest.raises(ValueError, match="was not inverted as the same at every n/p ratio"):
        found.unit_cell(1.5)


def test_negative_ratio_of_energies_fails():
    with pytest.raises(ValueError, match="energy_per_capacity_ratio must be positive, got -1"):
        inversion.invert([1.1, 2.0], [375, 297], [1178, 874], **ANODE, energy_per_capacity_ratio=-1)


def test_energies_of_no_stack_fails():
    with pytest.raises(ValueError, match="the energies belong to no stack: fixed mass would be -"):
        inversion.invert([1.1, 2.0], [380, 400], [1100, 900], **ANODE)


def test_energies_of_a_cathode_without_volume_fails():
    with pytest.raises(ValueError, match="the energies belong to no stack: cathode density would be -"):
        inversion.invert([1.1, 2.0], [380, 210], [1100, 600], **ANODE)


def test_energies_that_do_not_depend_on_mass_fails():
    # energy per mass is then the same as the capacity: nothing but the cathode could not be heavier
    with pytest.raises(ValueError, match="the energies belong to no stack"):
        inversion.invert([1.0, 2.0], [400, 200], [1100, 800], **ANODE)


def test_too_few_draws_fails(design):
    with pytest.raises(ValueError, match="draws must be a whole number of at least 10, got 3"):
        propagation.uncertainty(design, 1.1, draws=3)


def test_unknown_quantity_fails(design):
    with pytest.raises(ValueError, match="quantity must be one of 'specific_energy', 'energy_density', got 'power'"):
        propagation.uncertainty(design, 1.1, draws=10).interval("power")


def test_ratio_that_was_not_drawn_fails(design):
    with pytest.raises(ValueError, match=r"ratio must be one of 1.1, got 2.0"):
        propagation.uncertainty(design, 1.1, draws=10).ratio("specific_energy", 1.1, 2.0)


def test_energies_not_one_a_ratio_fails(design):
    with pytest.raises(ValueError, match="energy_density must be one number for each of 2 ratios"):
        propagation.posterior(design, [1.1, 2.0], [380, 300], [1100], progress=False)


def test_posterior_without_stacks_fails(design):
    empty = propagation.posterior(design, [1.1], [3000.0], [9000.0], draws=100, progress=False)
    with pytest.raises(ValueError, match="no stack among 100 draws has these energies"):
        empty.interval()
