"""Figures of the experimental section show the numbers they should, on axes with quantity and unit."""

import numpy as np
import pytest

from poetke2021.experimental import figures, mass_balance


def test_die_diameter_crosses_the_reported_values_where_they_are_marked():
    figure, data = figures.die_diameter()
    row = data.set_index("diameter / mm").loc[13.0]
    np.testing.assert_allclose(row, [3.4536, 5.3070, 1.5068], rtol=1e-4)
    marks = [line.get_xydata()[0] for axes in figure.axes[:2] for line in axes.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(marks, [[11.027, 4.8], [11.009, 7.4]], atol=1e-3)
    assert [axes.get_ylabel() for axes in figure.axes] == [
        "loading / mg cm⁻²",
        "capacity / mAh cm⁻²",
        "density / g cm⁻³",
    ]
    assert figure.axes[-1].get_xlabel() == "diameter / mm"


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
