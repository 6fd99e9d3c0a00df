"""Evidence for machines: the export, its verification, and the answer to why a claim stands as it does."""

import copy
import json
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from companion import __main__ as command
from companion import evidence, ledger
from companion.evidence import _editions, _record

ROOT = Path(__file__).resolve().parents[2]
CHANGELOG = str(ROOT / "CHANGELOG.md")
PREDICTED = "anode-potential-end-of-charge-np-1.3"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """What the command writes, read again."""
    path = tmp_path_factory.mktemp("export") / "evidence.json"
    assert command.main(["export", str(path)]) == 0
    return path, json.loads(path.read_text(encoding="utf-8"))


def test_the_export_is_as_its_schema_says_and_has_every_claim(kept):
    _, document = kept
    jsonschema.Draft202012Validator.check_schema(_record.schema())
    jsonschema.validate(document, _record.schema())
    rows = {row["id"]: row for row in document["claims"]}
    assert tuple(rows) == ledger.ids()
    computed = {id: row["computed"] for id, row in rows.items() if row["computed"]}
    assert set(computed) == set(evidence.registered())
    results = evidence.reproduce().set_index("id")
    assert {id: one["verdict"] for id, one in computed.items()} == dict(results["verdict"])
    assert PREDICTED not in computed[PREDICTED]["read_set"]
    assert "first-lithiation-plateau" in computed[PREDICTED]["read_set"]


def test_the_code_of_a_claim_is_where_the_export_says(kept):
    for row in kept[1]["claims"]:
        if row["computed"]:
            code = row["computed"]["code"]
            line = (ROOT / "lib" / code["file"]).read_text(encoding="utf-8").split("\n")[code["line"] - 1]
            assert any(word in line for word in ("@computes", "def ", "lambda", "@")), (row["id"], line)


@pytest.mark.book
def test_every_claim_has_its_row_in_the_built_book(kept):
    class Anchors(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.update(value for name, value in attrs if name == "id")

    pages = {}
    for row in kept[1]["claims"]:
        path, _, anchor = row["page"].partition("#")
        if path not in pages:
            found = pages[path] = set()
            Anchors().feed((ROOT / "_build" / "html" / path).read_text(encoding="utf-8"))
        assert anchor in pages[path], row["page"]


def test_an_export_verifies_and_any_value_role_or_tolerance_that_differs_is_named(kept, capsys, tmp_path):
    path, document = kept
    assert command.main(["verify", str(path)]) == 0
    assert f"{len(ledger.ids())} claims computed again, 0 differences" in capsys.readouterr().out
    for row in document["claims"]:
        for column in ("value", "tolerance", "role"):
            other = (
                ("quoted" if row[column] == "input" else "input")
                if column == "role"
                else (row[column] or 0) * 1.01 + 1e-6
            )
            changed, alone = ({**document, "claims": [one]} for one in ({**row, column: other}, row))
            (found,) = _record.differences(changed, alone)
            assert found.startswith(f"{row['id']}: {column} ")
    changed = {**document, "claims": document["claims"][:-1]}
    assert "not in the export" in _record.differences(changed, document)[0]
    target = tmp_path / "changed.json"
    target.write_text(json.dumps(changed), encoding="utf-8")
    assert command.main(["verify", str(target)]) == 1


def test_a_result_that_moves_by_more_than_counts_differs_and_a_line_of_code_does_not(kept):
    document = kept[1]
    changed = copy.deepcopy(document)
    row = next(row for row in changed["claims"] if row["id"] == PREDICTED)
    row["computed"]["code"]["line"] += 1
    row["computed"]["value"] += 0.005 * row["tolerance"]
    assert _record.differences(changed, document) == []
    row["computed"]["value"] += 0.02 * row["tolerance"]
    assert "computed value" in _record.differences(changed, document)[0]


def test_verification_against_the_frozen_table(capsys):
    assert command.main(["verify", "--changelog", CHANGELOG]) == 0
    assert " 0 differences from the frozen first edition" in capsys.readouterr().out


@pytest.mark.parametrize(("column", "new"), [("value", 0.05), ("role", "calibrated"), ("tolerance", 0.02)])
def test_verification_fails_on_a_changed_ledger(column, new, monkeypatch, capsys):
    """The whole way, from the ledger on; that every single cell counts is what the tests of the editions show."""
    present = _editions.present()
    present.loc[PREDICTED, column] = new
    monkeypatch.setattr(_editions, "present", lambda: present)
    assert command.main(["verify", "--changelog", CHANGELOG]) == 1
    assert PREDICTED in capsys.readouterr().out


def test_verification_without_what_it_needs_fails(capsys, tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text("{", encoding="utf-8")
    other = tmp_path / "other.json"
    other.write_text("[]", encoding="utf-8")
    for given, said in (
        (["--changelog", str(tmp_path / "none.md")], "none.md"),
        ([str(broken)], "is no JSON"),
        ([str(other)], "no export of the schema"),
    ):
        assert command.main(["verify", *given]) == 2
        assert said in capsys.readouterr().err


def test_why_names_place_inputs_model_guess_and_history(capsys):
    assert command.main(["why", PREDICTED, "--changelog", CHANGELOG]) == 0
    text = capsys.readouterr().out
    for part in (
        "3-electrode paragraph",
        "“0.044”",
        "first-lithiation-plateau)",
        "claims.py:",
        "guess",
        "→",
        "#claim-",
    ):
        assert part in text
    assert command.main(["why", "anode-areal-capacity", "--changelog", CHANGELOG]) == 0
    text = capsys.readouterr().out
    assert "discharge-capacity-1.47" in text
    assert "#ledger-anode-areal-capacity" in text


def test_why_an_unknown_claim_fails_with_a_proposal(capsys):
    assert command.main(["why", "anode-areal-capacities"]) == 2
    assert "did you mean 'anode-areal-capacity'" in capsys.readouterr().err
