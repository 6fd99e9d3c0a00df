"""No claim changes silently: whatever differs from the frozen first edition has its entry in the changelog."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion import evidence
from companion.evidence import _editions

CHANGELOG = (Path(__file__).resolve().parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
FROZEN = _editions.first_edition()


@pytest.fixture(scope="module")
def present():
    return _editions.present()


def test_every_change_since_the_first_edition_has_its_entry(present):
    missing = _editions.unrecorded(CHANGELOG, present)
    assert not missing, "add to the table in CHANGELOG.md, each with its reason:\n" + "\n".join(missing)


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_changing_any_single_value_role_or_tolerance_needs_an_entry(present, data):
    table = present.copy()
    id = data.draw(st.sampled_from(list(table.index)), label="claim")
    stated = ("value", "lower", "upper", "uncertainty", "tolerance")
    numbers = [name for name in stated if pd.notna(table.loc[id, name])]
    column = data.draw(st.sampled_from(["role", *numbers]), label="column")
    if column == "role":
        others = {"input", "calibrated", "predicted", "identity", "quoted"} - {table.loc[id, "role"]}
        table.loc[id, "role"] = data.draw(st.sampled_from(sorted(others)))
    else:
        factor = data.draw(st.floats(0.5, 2).filter(lambda number: abs(number - 1) > 1e-3))
        table.loc[id, column] = table.loc[id, column] * factor if table.loc[id, column] else factor
    assert any(line.startswith(f"| `{id}` |") for line in _editions.unrecorded(CHANGELOG, table))


def test_no_entry_is_stale(present):
    true = {row.id: row for row in _editions.changes(present).itertuples()}
    for id, before, after, _ in _editions.recorded(CHANGELOG):
        row = true.get(id)
        assert row is not None, f"{id} is as it was in the first edition; drop its entry"
        assert before == row.before
        assert _editions._agree(after, row.after, row.margin), id


def test_headlines_of_the_changelog_are_true():
    found = evidence.independent_predictions()
    count = found["verdict"].value_counts()
    lost = ((found["verdict"] == "miss") & (found["guess"] == "hit")).sum()
    now = (
        f"Headline now: {len(found)} independent predictions, {count['hit']} hits ({found['evidence'].sum()} of them "
        f"evidence), {count['miss']} misses ({lost} of them hits for a simple guess), {count['depends on the model']} "
        f"that depend on the model, {count['not refuted']} bound not refuted."
    )
    assert now in " ".join(CHANGELOG.split()), now
    before = FROZEN.loc[FROZEN["role"] == "predicted", "verdict"].str.split().str[0].value_counts()
    assert f"Headline before: {before.sum()} predictions, {before['hit']} hits, {before['miss']} misses." in CHANGELOG


def test_what_changed_is_shown_as_text_and_as_html(present):
    view = _editions.what_changed()
    assert {row[0] for row in view.rows} <= {entry[0] for entry in _editions.recorded(CHANGELOG)}
    html = view._repr_html_()
    for row in view.rows:
        assert row[0] in repr(view)
        assert row[0] in html
