"""The data tables: described, valid against their description, sorted, and used."""

import csv
import json
import math
import re
from pathlib import Path

import pandas as pd
import pytest
from frictionless import Package, system

from companion import ledger
from sicell import _data
from sicell.electrodes import _files as electrodes

FOLDER = _data.folder()
# the data of the project, and the tables that configure the library
DESCRIPTORS = (FOLDER / "datapackage.json", Path(_data.__file__).with_name("_tables") / "datapackage.json")
RESOURCES = [one for file in DESCRIPTORS for one in json.loads(file.read_text(encoding="utf-8"))["resources"]]


@pytest.mark.parametrize("descriptor", DESCRIPTORS, ids=lambda file: file.parent.name)
def test_every_table_is_described_and_every_description_has_its_table(descriptor):
    described = {resource["path"] for resource in json.loads(descriptor.read_text(encoding="utf-8"))["resources"]}
    found = [
        path
        for path in descriptor.parent.rglob("*")
        if path.is_file() and path.suffix not in {".json", ".md", ".toml"} and path.parent.name != "yours"
    ]
    assert described == {path.relative_to(descriptor.parent).as_posix() for path in found}


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource["name"])
def test_every_table_has_source_licence_and_described_columns(resource):
    assert resource["sources"]
    assert resource["licenses"]
    assert resource["description"]
    for field in resource["schema"]["fields"]:
        assert field["description"], f"{resource['name']}.{field['name']}"
        assert field["type"]


@pytest.mark.parametrize("descriptor", DESCRIPTORS, ids=lambda file: file.parent.name)
def test_frictionless_finds_no_fault(descriptor):
    with system.use_context(trusted=True):
        report = Package(str(descriptor)).validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])


def test_a_damaged_ledger_is_found(tmp_path):
    """One row a kind of damage; the description of the table finds each of them."""
    package = json.loads(DESCRIPTORS[0].read_text(encoding="utf-8"))
    claims = next(one for one in package["resources"] if one["name"] == "claims")
    rows = list(csv.reader((FOLDER / "paper" / "claims.csv").open(encoding="utf-8", newline="")))
    columns = {name: number for number, name in enumerate(rows[0])}
    damage = {
        "role": "inptu",
        "relation": "==",
        "chapter": "nowhere",
        "id": "Not A Slug",
        "value": "abc",
        "tolerance": "1,5",
        "location": "",
        "unit": "",
    }
    for number, (name, text) in enumerate(damage.items(), start=1):
        rows[number][columns[name]] = text
    rows[len(damage) + 1][columns["id"]] = rows[len(damage) + 2][columns["id"]]
    rows[len(damage) + 3].pop()
    with (tmp_path / "claims.csv").open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(rows)
    descriptor = tmp_path / "datapackage.json"
    descriptor.write_text(json.dumps({"name": "damaged", "resources": [{**claims, "path": "claims.csv"}]}))
    found = Package(str(descriptor)).validate().flatten(["rowNumber", "fieldName"])
    expected = {(number, name) for number, name in enumerate(damage, start=2)}
    assert expected <= {tuple(one) for one in found}
    assert {len(damage) + 3, len(damage) + 4, len(damage) + 5} & {one[0] for one in found}


def test_what_a_description_of_columns_cannot_say():
    known = set(ledger.ids())
    for id in known:
        claim = ledger.claim(id)
        assert not claim.lower > claim.upper, id
        assert (claim.relation == "order") == (len(claim.order) > 1), id
        assert set(claim.equivalent_to) <= known, id
        assert claim.chapter in ledger.chapters(), id
        numbers = (claim.value, claim.uncertainty, claim.lower, claim.upper, claim.tolerance)
        assert not any(map(math.isinf, numbers)), id


def test_no_parameter_lacks_the_place_where_its_source_was_looked_up():
    tables = {r["path"] for r in RESOURCES if "verified" in {f["name"] for f in r["schema"]["fields"]}}
    assert "paper/assumptions.csv" in tables
    for name in electrodes.names():
        for kind in ("parameters", "branches", "curves"):
            for key, entry in electrodes.load(name).get(kind, {}).items():
                assert kind == "branches" or entry["verified"], (name, key)
                if kind != "branches" and "doi" in entry.get("reason", "") + entry.get("source", ""):
                    assert entry["verified"].startswith(("looked up: ", "not verified: ")), (name, key)
    for path in tables:
        table = _data.table(path)
        assert table["verified"].notna().all(), path
        # A DOI in a row is a claim about a source: it must have been looked up, or the row says that it was not.
        cited = table[table["source"].astype(str).str.contains("doi", case=False)]
        assert cited["verified"].str.startswith(("looked up: ", "not verified: ")).all(), path


def test_ledger_is_sorted_one_line_a_row_and_large_enough():
    text = (FOLDER / "paper" / "claims.csv").read_text(encoding="utf-8")
    assert "\r" not in text
    lines = text.rstrip("\n").split("\n")
    assert len(lines) == len(ledger.ids()) + 1
    assert list(ledger.ids()) == sorted(ledger.ids())
    assert len(ledger.ids()) >= 190


def test_every_claim_has_what_its_relation_needs():
    for id in ledger.ids():
        claim = ledger.claim(id)
        has = {column for column in ("value", "uncertainty", "lower", "upper") if pd.notna(getattr(claim, column))}
        needs = {"range": {"lower", "upper"}, "±": {"value", "uncertainty"}, "order": set()}
        trend = claim.relation in ("increases", "decreases")
        assert trend or needs.get(claim.relation, {"value"}) <= has, id


def test_every_computable_number_has_its_tolerance_before_it_is_computed():
    for role in ("predicted", "identity"):
        for id in ledger.ids(role=role):
            claim = ledger.claim(id)
            if claim.relation in ("=", "≈", "±"):
                assert claim.tolerance >= 0, id


def test_quotations_derivations_and_calibrations_are_explained():
    for id in ledger.ids():
        claim = ledger.claim(id)
        if claim.role in ("quoted", "calibrated") or id.startswith("derived-"):
            assert len(claim.note) > 10, id


# Prints whose number is said in another form than the column holds: words, ratios, sums, other units.
SAID_OTHERWISE = {
    "anode-oversize-rate-test",
    "cathode-mixing-time",
    "coating-sol-lithium-ratio",
    "np-ratio-rate-test",
    "pvb-ratio-si28",
    "pvb-ratio-si34",
    "pvb-ratio-si37",
    "pvb-ratios-synthesis",
    "raman-acquisition-time",
    "solvent-ratio",
}
WORDS = {"first three": 3, "ten": 10, "three": 3, "three times": 3, "fifth": 5, "lower than one": 1}


def test_numbers_are_those_that_are_printed():
    for id in ledger.ids():
        claim = ledger.claim(id)
        stated = [getattr(claim, column) for column in ("value", "uncertainty", "lower", "upper")]
        stated = [number for number in stated if pd.notna(number)]
        if id in SAID_OTHERWISE or id.startswith("derived-") or not stated:
            continue
        if claim.printed in WORDS:
            assert stated == [WORDS[claim.printed]], id
            continue
        printed = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", claim.printed)]
        if printed:
            assert set(stated) <= set(printed), id
        else:
            assert stated in ([0.0], [1.0], [100.0]), f"{id}: {claim.printed!r} holds no number"


def test_findings_are_described_completely():
    findings = _data.table("paper/findings.csv")
    assert findings["id"].is_unique
    assert findings.notna().all().all()
    known = set(ledger.ids())
    for row in findings.itertuples():
        assert set(row.claim_ids.split(";")) <= known, row.id


def test_every_reference_says_where_it_was_looked_up_and_those_from_memory_say_so_on_the_page():
    text = (FOLDER.parent / "chapters" / "references.bib").read_text(encoding="utf-8")
    entries = dict(re.findall(r"^@\w+\{([^,]+),\n(.*?)^\}", text, re.M | re.S))
    assert len(entries) > 30
    for key, entry in entries.items():
        fields = dict(re.findall(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", entry, re.M))
        assert (fields["verified"] == "no") == fields.get("note", "").startswith("Cited from memory"), key


def test_every_doi_of_a_curve_is_in_the_bibliography():
    text = (FOLDER.parent / "chapters" / "references.bib").read_text(encoding="utf-8")
    for name in electrodes.names():
        entries = electrodes.load(name).get("curves", {}).values()
        text_of_row = " ".join(entry["source"] + " " + entry.get("collection", "") for entry in entries)
        for doi in re.findall(r"10\.\d{4,}/[^\s,;]+", text_of_row):
            assert doi in text, doi
