"""The ledger: reading claims and noting what was read."""

import contextvars
import math
import re
import threading
from pathlib import Path

import pytest

import companion
from companion import ledger

CUTOFF = "cell-upper-cutoff-voltage"


def test_unknown_claim_fails_and_proposes():
    with pytest.raises(ledger.LedgerError, match=rf"no claim 'cell-uper-cutoff-voltage'; did you mean '{CUTOFF}'"):
        ledger.value("cell-uper-cutoff-voltage")


def test_value_of_a_trend_fails():
    trend = next(one for one in ledger.ids() if ledger.claim(one).relation == "increases")
    with pytest.raises(ledger.LedgerError, match="has no value"):
        ledger.value(trend)


def test_uncertainty_of_a_plain_number_fails():
    with pytest.raises(ledger.LedgerError, match="has no uncertainty"):
        ledger.uncertain(CUTOFF)


def test_reading_notes_what_is_read_and_nests():
    with ledger.reading() as outer:
        ledger.value(CUTOFF)
        with ledger.reading() as inner:
            ledger.value("particle-diameter-sinp")
    assert inner == {"particle-diameter-sinp"}
    assert outer == {CUTOFF, "particle-diameter-sinp"}


def test_asking_for_ids_notes_nothing_and_the_table_notes_all():
    with ledger.reading() as noted:
        ledger.ids(role="predicted")
        assert not noted
        ledger.table()
    assert noted == set(ledger.ids())


def test_override_replaces_numbers_only_inside():
    before = ledger.uncertain("particle-diameter-sinp")
    with ledger.override({"particle-diameter-sinp": math.nan}):
        inside = ledger.uncertain("particle-diameter-sinp")
        assert math.isnan(inside.nominal_value)
        assert math.isnan(inside.std_dev)
    assert ledger.uncertain("particle-diameter-sinp").nominal_value == before.nominal_value


def in_a_thread(function):
    found = []
    thread = threading.Thread(target=lambda: found.append(function()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.parametrize("way", [in_a_thread, lambda function: contextvars.Context().run(function)])
def test_no_thread_and_no_context_reads_unseen(way):
    with ledger.override({CUTOFF: math.nan}), ledger.reading() as noted:
        assert math.isnan(way(lambda: ledger.value(CUTOFF)))
    assert noted == {CUTOFF}


def test_what_an_inner_block_forgets_the_outer_one_knows():
    with ledger.reading() as outer, ledger.reading() as inner:
        ledger.value(CUTOFF)
        inner.clear()
    assert outer == {CUTOFF}


def test_blanking_takes_words_relation_and_order_too():
    ranked = next(one for one in ledger.ids() if ledger.claim(one).order)
    with ledger.override(dict.fromkeys((CUTOFF, ranked), math.nan)):
        assert "4.25" not in str(ledger.claim(CUTOFF))
        assert ledger.claim(ranked).order == ()
        assert ledger.claim(ranked).relation == ""
        table = ledger.table().set_index("id")
        assert math.isnan(table.loc[CUTOFF, "value"])
        assert table.loc[ranked, "order"] == ""
    assert ledger.claim(ranked).order


def test_the_frozen_table_is_read_as_the_claims_that_it_repeats():
    with ledger.reading() as noted:
        ledger.parameters("first_edition.csv", id=CUTOFF)
    assert noted == {CUTOFF}


def test_nothing_goes_past_the_ledger():
    past = re.compile(r"""\bledger\._\w|\b_ledger\b|["'/]claims\.csv["']""")
    library = Path(companion.__file__).resolve().parents[1]
    for path in library.rglob("*.py"):
        if path != Path(ledger.__file__).resolve():
            assert not past.search(path.read_text(encoding="utf-8")), path


def test_remember_keeps_results_and_their_reads():
    calls = []

    @ledger.remember
    def cutoff(scale):
        calls.append(scale)
        return scale * ledger.value(CUTOFF)

    first = cutoff(2)
    with ledger.reading() as noted:
        assert cutoff(2) == first
    assert calls == [2]
    assert noted == {CUTOFF}
    with ledger.override({CUTOFF: math.nan}):
        assert math.isnan(cutoff(2))
    assert cutoff(2) == first


def test_equivalence_is_symmetric_and_transitive():
    for one in ledger.ids():
        group = ledger.equivalents(one)
        assert one in group
        assert all(ledger.equivalents(other) == group for other in group)


def test_parameters_note_the_claims_they_were_fitted_to(tmp_path, monkeypatch):
    (tmp_path / "fitted.csv").write_text(f"name,number,claim_ids\na,1,{CUTOFF}\nb,2,\n")
    monkeypatch.setattr(ledger, "paper", lambda: companion.Paper("", (tmp_path,), ()))
    with ledger.reading() as noted:
        assert ledger.parameters("fitted.csv", name="b")["number"].item() == 2
        assert not noted
        ledger.parameters("fitted.csv", name="a")
    assert noted == {CUTOFF}
    with pytest.raises(ValueError, match=r"fitted\.csv has no row with name = 'c'; there are: 'a', 'b'"):
        ledger.parameters("fitted.csv", name="c")


def test_unknown_data_file_fails():
    with pytest.raises(FileNotFoundError, match=r"no data file named 'nothing\.csv'; there are: .*claims\.csv"):
        companion.paper().path("nothing.csv")
