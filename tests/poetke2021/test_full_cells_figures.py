"""Figures of the full cells show the numbers they should, on axes with quantity and unit."""

import numpy as np
import pandas as pd
import pytest

from poetke2021.full_cells import figures as full_cells

CAPACITY = "capacity / mAh per g of NCM"
PROFILE = pd.DataFrame(
    {
        "Step Count / 1": [1, 1, 2, 2],
        "Specific Capacity / mAh g-1": [0.0, 236.0, 0.0, 190.0],
        "Voltage / V": [3.0, 4.25, 4.0, 1.5],
        "Cathode Potential / V": [3.6, 4.3, 4.2, 3.5],
        "Anode Potential / V": [0.6, 0.05, 0.2, 2.0],
    }
)


def marked(axes, marker):
    return [tuple(line.get_xydata()[0]) for line in axes.lines if line.get_marker() == marker]


def test_first_discharge_shows_the_discharge_only():
    figure, data = full_cells.first_discharge({"a": PROFILE, "b": PROFILE}, {"slow": 187, "held": (195, 197)})
    assert data["cell"].tolist() == ["a", "a", "b", "b"]
    assert data["capacity / mAh g-1"].tolist() == [0, 190, 0, 190]
    assert data["anode potential / V"].tolist() == [0.2, 2.0, 0.2, 2.0]
    top, bottom = figure.axes
    assert (top.get_ylabel(), bottom.get_ylabel()) == ("cell voltage / V", "anode / V vs Li/Li⁺")
    assert bottom.get_xlabel() == CAPACITY
    assert [marked(top, mark)[0][0] for mark in "os"] == [187, 196]


def test_first_discharge_of_too_many_cells_fails():
    with pytest.raises(ValueError, match="profiles must hold at most 4 cells, got 5"):
        full_cells.first_discharge(dict.fromkeys("abcde", PROFILE), {})


def test_resistance_needed_is_where_the_curve_crosses():
    figure, data = full_cells.resistance_needed([1, 10, 1000, 2000], [190, 190, 100, 0], separator=10, reported=145)
    axes = figure.axes[0]
    assert marked(axes, "o") == [pytest.approx((505, 145))]
    assert marked(axes, "s") == [pytest.approx((10, 190))]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("resistance in series / Ω cm²", CAPACITY)
    assert data["capacity / mAh g-1"].tolist() == [190, 190, 100, 0]


def test_resistance_needed_for_more_than_there_is_fails():
    with pytest.raises(ValueError, match=r"reported must be between 100 and 190 .*, got 200"):
        full_cells.resistance_needed([1, 1000], [190, 100], separator=10, reported=200)


def test_rate_capability_keeps_models_apart():
    figure, data = full_cells.rate_capability([0.1, 1.0], {"a": [190, 189], "b": [188, 140]}, {0.07: 187, 1.47: 125})
    assert data.loc[data["model"] == "b", "capacity / mAh g-1"].tolist() == [188, 140]
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("discharge current density / mA cm⁻²", CAPACITY)
    reported = next(line for line in axes.lines if line.get_label() == "reported")
    np.testing.assert_array_equal(reported.get_xydata(), [[0.07, 187], [1.47, 125]])
    assert len({line.get_linestyle() for line in axes.lines}) == 3


def test_rate_capability_of_too_many_models_fails():
    with pytest.raises(ValueError, match="curves must hold at most 4 models, got 5"):
        full_cells.rate_capability([0.1], {label: [1] for label in "abcde"}, {})


def test_rate_against_np_shows_the_band_around_the_reported_point():
    figure, data = full_cells.rate_against_np([1.1, 2.0], {"slow": [190, 170], "fast": [133, 84]}, (1.3, 125), 10)
    assert data["capacity / mAh g-1"].tolist() == [190, 170, 133, 84]
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("nominal n/p ratio", CAPACITY)
    assert marked(axes, "o") == [(1.3, 125)]
    band = axes.patches[0].get_extents().transformed(axes.transData.inverted())
    assert (band.y0, band.y1) == pytest.approx((115, 135))
