"""Tables: what a page and a notebook show of computed numbers."""

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from companion.evidence import Computed
from companion.tables import table


def cells(view):
    page = BeautifulSoup(view._repr_html_(), "html.parser")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.find_all("tr")]


def test_page_and_text_show_the_same():
    view = table({"n/p / 1": [1.3, 2.0], "charge / mAh g-1": np.array([235.6, 238.9])}, decimals=[1, 0])
    assert cells(view) == [["n/p", "charge / mAh g⁻¹"], ["1.3", "236"], ["2.0", "239"]]
    assert [line.split("  ")[0] for line in repr(view).splitlines()] == ["n/p", "---", "1.3", "2.0"]


def test_a_number_with_an_interval_shows_it_and_one_without_shows_none():
    rows = pd.DataFrame({"median": [50.2, 79], "lower": [34.1, np.nan], "upper": [65, np.nan]})
    assert [row[1] for row in table({"n/p": [1, 2], "anode / mV": rows}, 0).rows] == ["50 (34 to 65)", "79"]
    single = {"a Series": rows.iloc[0], "a computed claim": Computed(-1.234, -2.0, 0.5), "a plain number": 7}
    assert [row[1] for row in table(single, 1).rows] == ["50.2 (34.1 to 65.0)", "−1.2 (−2.0 to 0.5)", "7"]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.1, "0.1"),
        (12.0, "12"),
        (1234.5, "1234"),
        (0.012345, "0.0123"),
        (-3.0, "−3"),
        (0.0, "0"),
        (1.02e-6, "1.02 × 10⁻⁶"),
        (-9.999e-5, "−1 × 10⁻⁴"),
        (4e6, "4 × 10⁶"),
        (np.nan, "–"),
        (np.inf, "∞"),
    ],
)
def test_each_number_has_three_digits_that_count_however_different_its_neighbours_are(value, shown):
    assert table({"value": [value, 1e6, 1e-6]}).rows[0] == (shown,)


def test_ends_of_a_narrow_interval_are_told_from_its_middle():
    rows = pd.DataFrame({"value": [21.08, 1.0221e-6], "lower": [21.03, 9.4e-7], "upper": [21.12, 1.1123e-6]})
    shown = [row[0] for row in table({"value": rows}).rows]
    assert shown == ["21.08 (21.03 to 21.12)", "1.022 × 10⁻⁶ (9.4 × 10⁻⁷ to 1.112 × 10⁻⁶)"]


def test_words_and_truth_are_written_out():
    assert table({"name": ["a", "b"], "fits": [True, False]}).rows == (("a", "yes"), ("b", "no"))


def test_what_rounds_to_nothing_has_no_sign():
    assert table({"drop": [-0.0004]}, decimals=2).rows == (("0.00",),)


def test_columns_of_different_length_fails():
    with pytest.raises(ValueError, match="'b': 3"):
        table({"a": [1, 2], "b": [1, 2, 3]})


@pytest.mark.parametrize("decimals", [[1], [1, 2, 3]])
def test_decimals_for_other_columns_fails(decimals):
    with pytest.raises(ValueError, match="one for each of 2 columns"):
        table({"a": [1, 2], "b": [1, 2]}, decimals)


@pytest.mark.parametrize("columns", [{}, {"share / 1": [1], "share": [2]}])
def test_no_columns_and_two_of_one_title_fails(columns):
    with pytest.raises(ValueError, match="columns must be at least one, each with a title of its own"):
        table(columns)
