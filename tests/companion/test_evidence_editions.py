"""No claim changes silently: whatever differs from the frozen first edition has its entry in the changelog."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion import evidence
from companion.evidence import _editions

CHANGELOG = (Path(__file__).resolve().parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
FROZEN = _editions.first_edition()
TABLE = Path(__file__).resolve().parents[2] / "data" / "paper" / "first_edition.csv"
TEXTS = {
    "role": lambda text: "quoted" if text == "input" else "input",
    "revised": lambda text: "" if text else "yes",
    "relation": lambda text: "≈" if text == "=" else "=",
    "order": lambda text: " < ".join(reversed(text.split(" < "))) if text else "a < b",
    "verdict": lambda text: "miss" if text == "hit" else "hit",
}
STATED = ("value", "uncertainty", "lower", "upper", "tolerance")
RESULTS = ("null", "computed", "computed_lower", "computed_upper")


@pytest.fixture(scope="module")
def present():
    return _editions.present()


def test_every_change_since_the_first_edition_has_its_entry(present):
    missing = _editions.unrecorded(CHANGELOG, present)
    assert not missing, "add to the table in CHANGELOG.md, each with its reason:\n" + "\n".join(missing)


def test_the_frozen_table_is_frozen():
    mark = "6c77adeeced5bce6f8531b45800c6c88a9a86434bbf7c8a083974128404eb023"
    assert hashlib.sha256(TABLE.read_bytes()).hexdigest() == mark


@pytest.mark.parametrize("column", [*TEXTS, *STATED, *RESULTS])
def test_no_cell_of_a_column_changes_without_an_entry(present, column):
    """Rows are judged one by one, so a whole column is changed at once."""
    assert [*TEXTS, *STATED, *RESULTS] == list(present.columns)
    before = present[column]
    if column in TEXTS:
        after = before.map(TEXTS[column])
    elif column in STATED:
        after = (before * (1 + 1e-6) + 1e-9).fillna(1.0)
    else:
        # twice as far as a result may move before that is a change
        after = (before + 0.02 * before.abs() + 0.03 * present["tolerance"].fillna(0) + 1e-6).fillna(1.0)
    changed = present.assign(**{column: after})
    found = {line.split("`")[1] for line in _editions.unrecorded(CHANGELOG, changed)}
    # what goes back to the first edition needs no entry, but has one
    assert found | _editions.stale(CHANGELOG, changed) == set(present.index)


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_changing_any_single_value_role_or_tolerance_needs_an_entry(present, data):
    table = present.copy()
    id = data.draw(st.sampled_from(list(table.index)), label="claim")
    numbers = [name for name in STATED if pd.notna(table.loc[id, name])]
    column = data.draw(st.sampled_from(["role", *numbers]), label="column")
    if column == "role":
        others = {"input", "calibrated", "predicted", "identity", "quoted"} - {table.loc[id, "role"]}
        table.loc[id, "role"] = data.draw(st.sampled_from(sorted(others)))
    else:
        factor = data.draw(st.floats(0.5, 2).filter(lambda number: abs(number - 1) > 1e-3))
        table.loc[id, column] = table.loc[id, column] * factor if table.loc[id, column] else factor
    assert any(line.startswith(f"| `{id}` |") for line in _editions.unrecorded(CHANGELOG, table))


def test_a_prediction_whose_number_moved_was_revised(present):
    """Between the editions the results had been compared, so a model that moved one by more than chance was revised."""
    before = FROZEN[FROZEN["role"] == "predicted"].add_suffix("_before")
    both = present[present["role"] == "predicted"].join(before, how="inner")
    chance = (0.1 * both["tolerance"]).fillna(0.05 * both["computed_before"].abs())
    moved = (both["computed"] - both["computed_before"]).abs() > chance
    assert moved.any()
    assert (both.loc[moved, "revised"] == "yes").all()


def test_no_entry_is_stale(present):
    assert not _editions.stale(CHANGELOG, present), "these entries of CHANGELOG.md are not true, or no longer necessary"


def test_headlines_of_the_changelog_are_true():
    found = evidence.independent_predictions()
    count = found["verdict"].value_counts()
    lost = ((found["verdict"] == "miss") & (found["guess"] == "hit")).sum()
    now = (
        f"Headline now: {len(found)} independent predictions, {count['hit']} hits ({found['evidence'].sum()} of them "
        f"evidence), {count['miss']} misses ({lost} of them hits for a simple guess), {count['depends on the model']} "
        f"that depend on the model, {count['not refuted']} bound not refuted."
    )
    assert now in " ".join(CHANGELOG.split()), f"replace the sentence 'Headline now' in CHANGELOG.md by: {now}"
    before = FROZEN.loc[FROZEN["role"] == "predicted", "verdict"].str.split().str[0].value_counts()
    assert f"Headline before: {before.sum()} predictions, {before['hit']} hits, {before['miss']} misses." in CHANGELOG


def test_what_changed_is_shown_as_text_and_as_html(present):
    view = _editions.what_changed()
    assert {row[0] for row in view.rows} <= {entry[0] for entry in _editions.recorded(CHANGELOG)}
    html = view._repr_html_()
    for row in view.rows:
        assert row[0] in repr(view)
        assert row[0] in html
