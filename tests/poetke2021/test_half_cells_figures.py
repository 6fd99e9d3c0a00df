"""Figures of the half-cells show the numbers they should, on axes with quantity and unit."""

import functools

import numpy as np
import pandas as pd
import pytest

from poetke2021 import electrodes
from poetke2021.half_cells import figures as half_cells
from sicell import half_cell, voltammetry

SILICON = electrodes.silicon()
COMPOSITE = electrodes.si_c()


@functools.cache
def run():
    return half_cell.cycle(SILICON, upper_cutoff=1.5, current_density=0.1, mass_loading=1.0, irreversible_fraction=0.2)


@functools.cache
def scan():
    return voltammetry.cyclic_voltammogram(SILICON, upper_vertex=1.5, cycles=2)


def labelled(figure):
    return all(axes.get_ylabel() or axes.get_yticklabels() for axes in figure.axes) and figure.axes[-1].get_xlabel()


def test_branches_fall_with_lithiation_and_mark_what_is_extrapolated():
    figure, data = half_cells.branches(SILICON)
    for _, part in data.groupby("branch"):
        assert (np.diff(part["potential / V"]) < 0).all()
    first = data[data["branch"].str.startswith("first")]
    measured = first.loc[~first["extrapolated"], "potential / V"]
    assert measured.min() > 0.0136
    assert measured.max() < 1.1671
    assert figure.axes[0].get_xlabel() == "lithiation / 1"
    assert figure.axes[0].get_ylabel().endswith("/ V")


def test_contributions_hold_the_charge_of_the_electrode():
    figure, data = half_cells.contributions(COMPOSITE, highest=2.5)
    parts = data.columns[2:]
    for _, part in data.groupby("branch"):
        charge = np.trapezoid(part[parts].fillna(0.0).sum(axis=1), part["potential / V"])
        assert charge == pytest.approx(0.922, rel=0.02)
    electrolyte = data.set_index("branch")["electrolyte / Ah g-1 V-1"]
    assert electrolyte["first lithiation"].notna().all()
    assert electrolyte["delithiation"].isna().all()
    assert [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes] == [
        "first lithiation",
        "lithiation",
        "delithiation",
    ]
    # what is drawn is the share of each: the last part ends at the whole
    for axes in figure.axes:
        top = axes.collections[-1].get_paths()[0].vertices[:, 1].max()
        assert top == pytest.approx(100)
    assert labelled(figure)


def test_contributions_above_the_limits_fail():
    with pytest.raises(ValueError, match="highest must be between"):
        half_cells.contributions(COMPOSITE, highest=3.0)


def test_onset_is_certain_at_5_and_excluded_at_75_millivolts():
    figure, data = half_cells.li15si4_onset(SILICON)
    chance = data.set_index(data["lower cut-off / V"].round(4))["probability / 1"]
    assert chance[0.005] > 0.99
    assert chance[0.075] < 0.01
    deep, _, shallow = (line.get_ydata() for line in figure.axes[1].lines)
    assert deep.max() > 3 * shallow.max()
    assert labelled(figure)


def test_onset_of_an_electrode_without_phase_change_fails():
    with pytest.raises(ValueError, match="electrode must have a phase change"):
        half_cells.li15si4_onset(electrodes.graphite())


def test_first_cycles_end_where_the_efficiency_says():
    figure, data = half_cells.first_cycles(run(), {"a plateau": 0.08})
    ends = data.groupby(["Cycle Count / 1", "Branch"])["Specific Capacity / mAh g-1"].max()
    assert ends[1, "delithiation"] == pytest.approx(0.8 * ends[1, "first lithiation"])
    assert any("reported 0.08 V" in text.get_text() for text in figure.axes[0].texts)
    assert "per g of Si" in figure.axes[0].get_xlabel()


def test_profiles_are_drawn_over_their_own_charge():
    figure, data = half_cells.profiles({"SiNP (S3a)": run(), "other": run()})
    first, second = figure.axes[0].lines
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_xdata().max() == pytest.approx(100)
    assert set(data["Branch"]) == {"first lithiation"}
    assert labelled(figure)


def test_voltammogram_carries_its_labels():
    found = voltammetry.label_peaks(scan())
    figure, data = half_cells.voltammogram({"one": scan(), "two": scan()}, {"one": found, "two": found})
    texts = {text.get_text() for text in figure.axes[0].texts}
    assert {"II", "IV", "V"} <= texts
    one = data[(data["panel"] == "one") & (data["Cycle Count / 1"] == 2) & (data["Branch"] == "delithiation")]
    charge = np.trapezoid(one["current over scan rate / Ah g-1 V-1"], one["Voltage / V"])
    assert charge == pytest.approx(3.579, rel=0.02)
    assert labelled(figure)


def test_peak_positions_draw_computed_and_reported():
    rows = pd.DataFrame(
        {
            "label": ["III", "V"],
            "computed": [0.103, np.nan],
            "lower": [0.09, 0.21],
            "upper": [0.11, 0.29],
            "reported": [0.1, np.nan],
            "reported lower": [np.nan, 0.13],
            "reported upper": [np.nan, 0.32],
        }
    )
    figure, data = half_cells.peak_positions(rows)
    assert len(data) == 2
    marks = {line.get_marker(): line.get_xdata()[0] for line in figure.axes[0].lines[:4] if line.get_marker() != "None"}
    assert marks == {"o": 0.103, "D": 0.1}
    assert labelled(figure)


def test_peak_positions_without_a_column_fail():
    with pytest.raises(ValueError, match="missing: upper, reported"):
        half_cells.peak_positions(pd.DataFrame({"label": ["III"], "computed": [0.1], "lower": [0.09]}))


def test_cycling_tells_data_from_bounds_and_lines():
    points = pd.DataFrame(
        {
            "half-cell": ["SiNP", "SiNP", "Si37@C"],
            "cycle": [5, 10, 53],
            "capacity": [636.0, 495.0, 2713.0],
            "kind": ["derived", "reported", "bound"],
        }
    )
    between = {"SiNP": pd.DataFrame({"Cycle Count / 1": [5, 10], "capacity": [636.0, 495.0]})}
    figure, data = half_cells.cycling(points, between, {"solid": 73.2, "liquid": 45.3})
    assert len(data) == 3
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts[-1].startswith("no data") or "no data: constant fade assumed" in texts
    assert {text.get_text() for text in figure.axes[1].texts} == {
        "solid: 73.2 %",
        "liquid: 45.3 %",
        "no other value in the text",
    }
    assert labelled(figure)


def test_cycling_of_an_unknown_kind_fails():
    points = pd.DataFrame({"half-cell": ["SiNP"], "cycle": [5], "capacity": [600.0], "kind": ["digitized"]})
    with pytest.raises(ValueError, match=r"kind must be one of reported, derived, bound, got \['digitized'\]"):
        half_cells.cycling(points, {}, {})
