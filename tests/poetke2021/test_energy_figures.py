"""Figures on projected energy: what they draw is what the library computes, and the axes say what it is."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from poetke2021 import stack
from poetke2021.energy_density import figures as pictures
from poetke2021.energy_density import propagation


@pytest.fixture(scope="module")
def design():
    return stack.si_c_ncm90(3.4, 0.9)


def test_stacks_are_to_scale(design):
    cells = {"n/p 1.1": design.unit_cell(1.1), "n/p 2.0": design.unit_cell(2.0)}
    figure, data = pictures.stacks(cells)
    (axes,) = figure.axes
    heights = [bar.get_height() for bar in axes.patches]
    assert_allclose(heights, data["thickness / um"])
    tops = data.groupby("cell")["thickness / um"].sum()
    assert_allclose([tops["n/p 1.1"], tops["n/p 2.0"]], [cell.thickness for cell in cells.values()])
    assert axes.patches[-1].get_y() + axes.patches[-1].get_height() == pytest.approx(cells["n/p 2.0"].thickness)
    assert axes.get_ylabel() == "thickness of the unit cell / µm"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["n/p 1.1", "n/p 2.0"]
    assert_allclose(data.groupby("cell")["mass_share"].sum(), 1)


def test_three_stacks_name_their_anodes(design):
    cell = design.unit_cell(1.1)
    lithium = cell.with_layer("anode", stack.lithium_anode(6.7))
    graphite = cell.with_layer("anode", stack.graphite_anode(7.4, 372))
    figure, data = pictures.stacks({"lithium": lithium, "Si–C": cell, "graphite": graphite})
    words = " ".join(text.get_text() for text in figure.axes[0].texts)
    assert "lithium" in words
    assert "graphite" in words
    assert "graphite anode" in set(data["layer"])


def test_tornado_has_the_widest_bar_on_top_and_leaves_out_what_moves_nothing(design):
    frame = propagation.sensitivities(design, 1.1)
    figure, data = pictures.tornado(frame, design.unit_cell(1.1), 1178)
    assert data["parameter"].iloc[0] == "utilization"
    # with its thickness given, pores do not change the volume of the separator
    assert "separator_porosity" not in set(data["parameter"])
    axes = figure.axes[0]
    ends = [bar.get_x() + bar.get_width() for bar in axes.patches[:2]]
    assert_allclose(ends, data.iloc[0][["energy_density_lower", "energy_density_upper"]].astype(float))
    assert axes.get_xlabel() == "energy per volume / W h l⁻¹"
    assert any("1178" in text.get_text() for text in figure.legends[0].get_texts())


def test_tornado_of_energy_per_mass(design):
    frame = propagation.sensitivities(design, 2.0)
    figure, data = pictures.tornado(frame, design.unit_cell(2.0), 297, "specific_energy")
    assert "cathode_porosity" not in set(data["parameter"])
    assert "separator_porosity" in set(data["parameter"])
    assert figure.axes[0].get_xlabel() == "energy per mass / W h kg⁻¹"


def test_energies_against_the_ratio_are_those_of_the_draws(design):
    ratios = np.linspace(0.9, 2.5, 9)
    result = propagation.uncertainty(design, ratios, draws=300)
    reported = pd.DataFrame({"np_ratio": [1.1, 2.0], "specific_energy": [375, 297], "energy_density": [1178, 874]})
    own = pd.DataFrame({"np_ratio": ratios, "specific_energy": 400 / ratios, "energy_density": 1200 / ratios})
    figure, data = pictures.against_np(result, reported, (1.1, 0.95, 1.15), own)
    assert_allclose(data["specific_energy_median / W h kg⁻¹"], np.median(result.specific_energy, axis=0))
    assert_allclose(data["energy_density_own_first_discharge / W h l⁻¹"], 1200 / ratios)
    upper, lower = figure.axes
    assert "W h kg⁻¹" in upper.get_ylabel()
    assert "W h l⁻¹" in lower.get_ylabel()
    assert lower.get_xlabel() == "nominal n/p ratio"
    markers = [line for line in lower.lines if line.get_marker() == "o"]
    assert markers[0].get_ydata().tolist() == [1178, 874]
    _, plain = pictures.against_np(result, reported, (1.1, 0.95, 1.15))
    assert not any("own" in column for column in plain)


def test_possible_stacks_show_every_parameter_but_the_product(design):
    cell = design.unit_cell([1.1, 2.0])
    found = propagation.posterior(
        design, [1.1, 2.0], cell.specific_energy, cell.energy_density, draws=100_000, progress=False
    )
    figure, data = pictures.possible_stacks(found, 3.06)
    assert set(data["parameter"]) == set(stack.ranges(design).index)
    top, bottom = figure.axes
    assert len(top.lines[0].get_xdata()) == len(found.samples)
    assert_allclose(top.lines[1].get_xdata() * top.lines[1].get_ydata(), 3.06)
    assert "voltage / V" in top.get_ylabel()
    assert len(bottom.get_yticklabels()) == len(data)


def test_stacks_of_arrays_fails(design):
    with pytest.raises(ValueError, match=r"cells\['both'\] must hold numbers, not arrays"):
        pictures.stacks({"both": design.unit_cell([1.1, 2.0])})


def test_tornado_of_another_quantity_fails(design):
    with pytest.raises(ValueError, match="quantity must be one of 'specific_energy', 'energy_density', got 'power'"):
        pictures.tornado(propagation.sensitivities(design, 1.1), design.unit_cell(1.1), 1, "power")
