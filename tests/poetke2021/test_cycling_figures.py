"""Figures on cycling show the numbers they should, on axes with quantity and unit."""

import numpy as np
import pytest

from poetke2021 import cycling
from poetke2021.cycling import figures

PROTOCOL = cycling.Protocol(0.07, 0.2, 1.0, cycles=50)
CELL = cycling.LithiumInventory(180.0, 0.997, 50.0, 0.3)


def points(axes, marker):
    """Return what is drawn with a marker; a legend's proxy has no points."""
    drawn = [line.get_xydata() for line in axes.lines if line.get_marker() == marker]
    return np.concatenate([one for one in drawn if len(one)]).tolist()


def labels(axes):
    return axes.get_xlabel(), axes.get_ylabel()


def test_solid_and_liquid_marks_only_what_is_reported():
    cycle = np.arange(1, 4)
    figure, data = figures.solid_and_liquid(
        {"a": ([2, 3], [125, 124]), "b": ([2, 3], [125, 123])},
        {1: (160, 180), 52: (140, 160)},
        (cycle, [50, 47, 44], [45, 42, 40], [55, 52, 48]),
        {"solid": {2: 125, 10: 117}, "derived": {51: 91}, "liquid": {10: 38}},
    )
    axes = figure.axes[0]
    assert labels(axes) == ("cycle", "discharge capacity / mAh per g of NCM")
    assert points(axes, "o") == [[2, 125], [10, 117], [51, 91]]
    assert points(axes, "s") == [[10, 38]]
    assert data.loc[data["series"] == "solid: slow cycle", "lower / mAh g-1"].tolist() == [160, 140]
    assert data.loc[data["series"] == "liquid: constant CE", "upper / mAh g-1"].tolist() == [55, 52, 48]
    assert data.loc[data["series"] == "solid: b", "capacity / mAh g-1"].tolist() == [125, 123]


def test_solid_and_liquid_without_reported_points_has_no_markers():
    figure, _ = figures.solid_and_liquid({}, {}, ([1], [50], [45], [55]), {})
    assert {line.get_marker() for line in figure.axes[0].lines} == {"None"}


def test_too_many_models_fail():
    models = {name: ([2], [125]) for name in "abcd"}
    with pytest.raises(ValueError, match="solid must hold at most 3 models, got 4"):
        figures.solid_and_liquid(models, {}, ([1], [50], [45], [55]), {})


def test_four_ratios_end_where_table_2_does():
    loss = np.array([0.336, 0.338, 0.604, 0.271])
    efficiency = cycling.average_efficiency(loss, 49)
    figure, data = figures.four_ratios([1.1, 1.3, 1.7, 2.0], loss, efficiency, PROTOCOL)
    top, bottom = figure.axes
    np.testing.assert_allclose(points(top, "o"), [[51, 66.4], [51, 66.2], [51, 39.6], [51, 72.9]])
    last = data[data["cycle"] == 51]
    np.testing.assert_allclose(last["share of 2nd discharge / %"], [66.4, 66.2, 39.6, 72.9])
    assert bottom.get_ylabel() == "average CE / %"
    assert [line.get_ydata()[0] for line in bottom.lines] == pytest.approx(100 * efficiency)
    assert len({line.get_linestyle() for line in bottom.lines}) == 4
    assert data["cycle"].min() == 2


def test_five_ratios_fail():
    with pytest.raises(ValueError, match="np_ratio must hold at most 4 cells, got 5"):
        figures.four_ratios([1.1] * 5, [0.3] * 5, [0.99] * 5, PROTOCOL)


def test_account_stacks_up_to_what_is_missing():
    figure, data = figures.account(CELL, PROTOCOL)
    capacity = CELL.discharge_capacity(PROTOCOL)
    missing = data["lost for good / mAh g-1"] + data["left in the anode / mAh g-1"]
    np.testing.assert_allclose(missing, capacity[0] - capacity[1:])
    assert data["left in the anode / mAh g-1"].iloc[-1] == pytest.approx(0)
    assert data["left in the anode / mAh g-1"].iloc[0] == pytest.approx(50)
    top, bottom = figure.axes
    assert (top.get_ylabel(), *labels(bottom)) == ("CE / %", "cycle", "missing / mAh per g of NCM")
    assert top.texts[0].get_text() == f"cycle 2: {100 * capacity[1] / capacity[0]:.0f} %"


def test_split_bars_have_the_length_of_the_log_loss():
    split = cycling.split_loss([0.336, 0.604], [0.868, 0.789])
    figure, data = figures.loss_split([1.1, 1.7], split)
    axes = figure.axes[0]
    ends = [bar.get_x() + bar.get_width() for bar in axes.patches]
    assert ends == pytest.approx([-np.log(0.868), -np.log(0.789), -np.log(0.664), -np.log(0.396)])
    assert data["n/p ratio"].tolist() == [1.1, 1.7]
    assert [text.get_text() for text in axes.texts] == ["35 % permanent", "26 % permanent"]
    assert labels(axes) == ("log-loss, cycle 2 to 51 / 1", "nominal n/p ratio")


def test_split_with_a_ratio_too_few_fails():
    with pytest.raises(ValueError, match="np_ratio must have one ratio for each of the 2 cells, got 1"):
        figures.loss_split([1.1], cycling.split_loss([0.3, 0.6], 0.9))


def test_cathode_law_keeps_what_is_reported_apart_from_the_law():
    law = cycling.CathodeDegradation.through([4.30, 4.32], [0.338, 0.604], 49)
    figure, data = figures.cathode_law(
        [1.3, 1.7, 2.0],
        [4.30, 4.32, 4.33],
        [4.29, 4.31, 4.32],
        [4.31, 4.33, 4.34],
        [0.338, 0.604, 0.271],
        law,
        PROTOCOL,
    )
    np.testing.assert_allclose(data["loss by the law / %"][:2], [33.8, 60.4])
    assert data["loss by the law / %"][2] > 60.4 > data["reported loss / %"][2]
    axes = figure.axes[0]
    assert labels(axes) == ("cathode at the end of charge / V vs Li/Li⁺", "rate performance loss / %")
    np.testing.assert_allclose(points(axes, "o"), [[4.30, 33.8], [4.32, 60.4], [4.33, 27.1]])
