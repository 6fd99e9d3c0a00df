"""The ledger: reading claims, noting what was read, and refusing a damaged file."""

import csv
import math
import shutil

import pytest

import companion
from companion import ledger

CUTOFF = "cell-upper-cutoff-voltage"


@pytest.fixture
def damaged(tmp_path):
    """Return a function that writes a copy of the ledger with one field changed and says where."""
    with companion.paper().path("claims.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))

    def write(change):
        change(rows)
        file = tmp_path / "claims.csv"
        with file.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream, lineterminator="\n").writerows(rows)
        return file

    return write


def column(name):
    return list(ledger.Claim.__dataclass_fields__).index(name)


def set_field(row, name, text):
    def change(rows):
        rows[row - 1][column(name)] = text

    return change


def test_an_undamaged_copy_loads(tmp_path):
    copy = shutil.copy(companion.paper().path("claims.csv"), tmp_path / "claims.csv")
    assert list(ledger.load(copy)) == list(ledger.ids())


def test_missing_column_fails(damaged):
    def drop_role(rows):
        for row in rows:
            del row[column("role")]

    with pytest.raises(ledger.LedgerError, match=r"claims\.csv, row 1: column role is missing"):
        ledger.load(damaged(drop_role))


def test_unknown_column_fails(damaged):
    def add(rows):
        for row in rows:
            row.append("x")

    with pytest.raises(ledger.LedgerError, match=r"claims\.csv, row 1: column 'x' is unknown"):
        ledger.load(damaged(add))


def test_unknown_role_fails(damaged):
    with pytest.raises(ledger.LedgerError, match=r"row 5, column role: unknown role 'inptu'; allowed: input, "):
        ledger.load(damaged(set_field(5, "role", "inptu")))


def test_unknown_relation_fails(damaged):
    with pytest.raises(ledger.LedgerError, match=r"row 7, column relation: unknown relation '=='"):
        ledger.load(damaged(set_field(7, "relation", "==")))


def test_unknown_chapter_fails(damaged):
    with pytest.raises(ledger.LedgerError, match=r"row 7, column chapter: unknown chapter 'nowhere'"):
        ledger.load(damaged(set_field(7, "chapter", "nowhere")))


def test_duplicate_id_fails(damaged):
    with pytest.raises(ledger.LedgerError, match=r"row 4, column id: '.+' stands in row 3 already"):
        ledger.load(damaged(lambda rows: rows[3].__setitem__(0, rows[2][0])))


def test_ill_formed_id_fails(damaged):
    with pytest.raises(ledger.LedgerError, match=r"row 3, column id: 'Not A Slug' is not a slug"):
        ledger.load(damaged(set_field(3, "id", "Not A Slug")))


@pytest.mark.parametrize("name", ["value", "uncertainty", "lower", "upper", "tolerance"])
def test_text_for_a_number_fails(damaged, name):
    with pytest.raises(ledger.LedgerError, match=rf"row 9, column {name}: 'abc' is not a number"):
        ledger.load(damaged(set_field(9, name, "abc")))


def test_range_with_its_ends_swapped_fails(damaged):
    def swap(rows):
        row = next(row for row in rows if row[column("relation")] == "range")
        row[column("lower")], row[column("upper")] = row[column("upper")], row[column("lower")]

    with pytest.raises(ledger.LedgerError, match=r"column lower: .* is above the upper end"):
        ledger.load(damaged(swap))


def test_order_without_names_fails(damaged):
    def drop_order(rows):
        row = next(row for row in rows if row[column("relation")] == "order")
        row[column("order")] = ""

    with pytest.raises(
        ledger.LedgerError, match=r"column order: a relation 'order', and only that, needs at least two"
    ):
        ledger.load(damaged(drop_order))


def test_ledger_without_claims_fails(damaged):
    with pytest.raises(ledger.LedgerError, match=r"claims\.csv: has a header and no claim"):
        ledger.load(damaged(lambda rows: rows.__delitem__(slice(1, None))))


def test_infinite_number_fails(damaged):
    with pytest.raises(ledger.LedgerError, match=r"row 9, column value: 'inf' is not a finite number"):
        ledger.load(damaged(set_field(9, "value", "inf")))


def test_empty_location_fails(damaged):
    with pytest.raises(ledger.LedgerError, match=r"row 9, column location: must not be empty"):
        ledger.load(damaged(set_field(9, "location", " ")))


def test_row_with_a_missing_field_fails(damaged):
    with pytest.raises(ledger.LedgerError, match=r"row 6: has not 20 fields"):
        ledger.load(damaged(lambda rows: rows[5].pop()))


def test_equivalent_to_nothing_fails(damaged):
    with pytest.raises(ledger.LedgerError, match=r"row 6, column equivalent_to: there is no claim 'no-such'"):
        ledger.load(damaged(set_field(6, "equivalent_to", "no-such")))


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
