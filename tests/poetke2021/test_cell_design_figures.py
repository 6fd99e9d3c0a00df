"""Figures of the experimental section show the numbers they should, on axes with quantity and unit."""

import pytest

from poetke2021.experimental import figures, mass_balance


def test_carbon_balance_marks_what_is_required():
    balance = mass_balance.synthesis_balance([0.5, 3], 2.66, 3.83, [0.3445, 0.2821])
    figure, data = figures.carbon_balance(balance, ["first", "second"])
    assert data["recipe"].tolist() == ["first", "second"]
    marks = [line.get_xdata()[0] for line in figure.axes[0].lines]
    assert marks == pytest.approx([2.66 / 1.5 * (1 / 0.3445 - 1), 2.66 / 4 * (1 / 0.2821 - 1)])
    assert figure.axes[0].get_xlabel() == "mass / g"
    assert [text.get_text() for text in figure.axes[0].texts] == ["not enough", ""]


def test_carbon_balance_without_a_label_for_each_recipe_fails():
    balance = mass_balance.synthesis_balance([0.5, 3], 2.66, 3.83, 0.3)
    with pytest.raises(ValueError, match="labels must name each of the 2 recipes, got 1"):
        figures.carbon_balance(balance, ["only"])
