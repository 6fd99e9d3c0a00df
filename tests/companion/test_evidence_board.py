"""The conclusion's views: the board, the sortable ledger and the open questions."""

import re

import pytest

from companion import evidence, ledger
from companion.evidence import _questions


@pytest.fixture(scope="module")
def rows():
    return evidence.reproduce()


@pytest.fixture(scope="module")
def board():
    return evidence.board()


def test_board_has_one_linked_cell_for_every_claim(board):
    html = board._repr_html_()
    labels = re.findall(r'<li><a class="[^"]+" href="([^"]+)"', html)
    assert len(labels) == len(ledger.ids())
    assert {address.split(".html")[0] for address in labels} <= set(ledger.chapters())
    frame = board.to_frame()
    assert list(frame["id"]) == list(ledger.ids())


def test_board_counts_what_the_evidence_gives(board, rows):
    outcomes = board.to_frame()["outcome"]
    assert (outcomes == "hit").sum() == rows["verdict"].str.startswith("hit").sum()
    assert (outcomes == "pending").sum() == (rows["status"] == "pending").sum()
    totals = [line.split() for line in repr(board).splitlines()[1:]]
    assert sum(int(number) for line in totals for number in line[1:]) == len(ledger.ids())


def test_every_computed_claim_leads_to_its_row_in_its_chapter(board):
    for one in board.cells:
        if one.claim.id in evidence.registered():
            chapter, anchor = one.address.split(".html#")
            assert chapter == one.claim.chapter
            assert anchor in evidence.show(chapter).anchors
            break
    html = evidence.show("introduction")._repr_html_()
    assert '<tr class="hit" id="claim-lithium-gravimetric-capacity">' in html


def test_a_table_across_chapters_has_no_anchors():
    assert evidence.show(role="calibrated").anchors == ()
    assert 'id="claim-' not in evidence.show(role="calibrated")._repr_html_()


def test_the_worst_misses_are_those_with_the_largest_errors_in_units_of_their_tolerance(rows):
    missed = rows[(rows["role"] == "predicted") & (rows["verdict"] == "miss") & (rows["tolerance"] > 0)]
    order = (missed["error"] / missed["tolerance"]).abs().sort_values(ascending=False).index
    shown = evidence.show(role="predicted", worst=3)
    names = [ledger.claim(id).quantity for id in missed.loc[order[:3], "id"]]
    assert [row[0].startswith(name) for row, name in zip(shown.rows, names, strict=True)] == [True] * 3
    assert set(shown.marks) == {"miss"}


def test_findings_of_one_certainty_are_shown_alone():
    shown = evidence.audit(certainty="contradiction").items
    assert [one.id for one in shown] == [one.id for one in evidence.findings() if one.certainty == "contradiction"]
    with pytest.raises(
        ValueError, match="certainty must be one of 'contradiction', 'tension', 'ambiguity', got 'sure'"
    ):
        evidence.audit(certainty="sure")


def test_ledger_table_has_every_claim_and_sorts_by_size_of_the_error(rows):
    view = evidence.ledger_table()
    html = view._repr_html_()
    assert str(len(ledger.ids())) in repr(view)
    assert all(f"<code>{id}</code>" in html for id in ledger.ids())
    row = rows.set_index("id").loc["cv-peak-vii"]
    size = abs(row["error"] / row["tolerance"])
    line = next(part for part in html.split("<tr") if "<code>cv-peak-vii</code>" in part)
    assert f'data-sort="{size:.4f}"' in line


def test_every_finding_and_every_miss_belongs_to_an_open_question(rows):
    asked = _questions.open_questions()
    assert {id for one in asked for id in one.findings} == {one.id for one in evidence.findings()}
    missed = set(rows.loc[(rows["status"] == "computed") & rows["verdict"].str.startswith("miss"), "id"])
    about = {id for one in asked for id in one.claims}
    undecided = set(rows.loc[rows["verdict"] == "depends on the model", "id"])
    assert missed <= about <= missed | undecided


def test_questions_say_what_to_measure():
    view = evidence.questions()
    assert len(view.rows) == len(_questions.open_questions())
    assert view.rows[0][-1] == "3 findings, 2 misses"


def test_question_about_something_unknown_fails(monkeypatch):
    table = ledger.parameters("questions.csv")
    table.loc[0, "about"] = "area-does-not-close;no-such-claim"
    monkeypatch.setattr(_questions.ledger, "parameters", lambda _: table)
    monkeypatch.setattr(_questions, "findings", list)
    with pytest.raises(ledger.LedgerError, match="'area-does-not-close' is neither a finding nor a claim"):
        _questions.open_questions()
