"""What archives and search engines are told is generated, consistent and, as far as that shows offline, valid."""

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

import metadata

ROOT = Path(__file__).resolve().parent.parent
# What the vocabularies know, of what might be used here (codemeta 3.0; the deposit metadata of Zenodo's API).
CODEMETA = (
    "@context @type name description version datePublished keywords author license programmingLanguage runtimePlatform "
    "softwareRequirements developmentStatus referencePublication codeRepository"
)
ZENODO = (
    "upload_type title description version publication_date creators access_right license keywords language "
    "references related_identifiers notes"
)


def test_what_is_committed_is_what_would_be_written_now():
    for name, content in (("codemeta.json", metadata.codemeta()), (".zenodo.json", metadata.zenodo())):
        assert (ROOT / name).read_text(encoding="utf-8") == metadata.text_of(content), f"{name}: make crate"


def test_each_file_uses_the_words_of_its_vocabulary_and_the_same_facts():
    code, deposit = metadata.codemeta(), metadata.zenodo()
    assert set(code) <= set(CODEMETA.split())
    assert set(deposit) <= set(ZENODO.split())
    assert {"upload_type", "title", "description", "creators", "publication_date"} <= set(deposit)
    assert code["name"] == deposit["title"] == metadata.page_data()["name"]
    assert code["version"] == deposit["version"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", deposit["publication_date"])
    assert len(code["referencePublication"]["author"]) == 6


def references(value):
    """Return every @id that an entity refers to."""
    if isinstance(value, list):
        return {one for item in value for one in references(item)}
    return {value["@id"]} if isinstance(value, dict) and set(value) == {"@id"} else set()


def test_the_crate_is_whole():
    entities, files = metadata.graph()
    ids = [one["@id"] for one in entities]
    assert len(set(ids)) == len(ids)
    by_id = dict(zip(ids, entities, strict=True))
    descriptor, root = by_id["ro-crate-metadata.json"], by_id["./"]
    assert descriptor["about"] == {"@id": "./"}
    assert descriptor["conformsTo"]["@id"].startswith("https://w3id.org/ro/crate/1.")
    assert all(root[name] for name in ("name", "description", "datePublished", "license"))
    for one in entities:
        assert one["@type"]
        for name, value in one.items():
            unknown = references(value) - set(ids) - {"https://w3id.org/ro/crate/1.1"}
            assert not unknown, (one["@id"], name, unknown)
    assert {part["@id"] for part in root["hasPart"]} == set(files)
    for name in set(files) - {"evidence.json"}:
        assert (ROOT / name).is_file(), name
    tracked = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "data").rglob("*.csv") if path.parent.name != "yours"
    }
    assert tracked <= set(files)
    claims = by_id["data/paper/claims.csv"]
    assert {"@id": "#claims.tolerance"} in claims["variableMeasured"]
    json.dumps(entities, allow_nan=False)


def build(folder, **settings):
    """Build a book of one page and one chapter with nothing but this extension."""
    (folder / "index.rst").write_text("Book\n====\n\n.. toctree::\n\n   one\n")
    (folder / "one.rst").write_text("One\n===\n")
    (folder / "CITATION.cff").write_text("")
    options = [f"-D{name}={value}" for name, value in {"extensions": "discovery", **settings}.items()]
    command = [sys.executable, "-m", "sphinx", "-q", "-C", *options, str(folder), str(folder / "html")]
    subprocess.run(command, check=True, env={"PYTHONPATH": str(ROOT / "_ext"), "PATH": ""})
    return folder / "html"


def test_a_book_with_an_address_has_a_sitemap_and_canonical_links(tmp_path):
    site = build(tmp_path, html_baseurl="https://example.org/book/")
    tree = ElementTree.parse(site / "sitemap.xml")
    places = [one.text for one in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert places == ["https://example.org/book/index.html", "https://example.org/book/one.html"]
    assert '<link rel="canonical" href="https://example.org/book/one.html"' in (site / "one.html").read_text("utf-8")


def test_a_book_without_an_address_invents_none_and_describes_itself_on_its_first_page(tmp_path):
    site = build(tmp_path)
    assert not (site / "sitemap.xml").exists()
    first = (site / "index.html").read_text(encoding="utf-8")
    (told,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', first, re.S)
    assert json.loads(told) == metadata.page_data()
    assert "ld+json" not in (site / "one.html").read_text(encoding="utf-8")


@pytest.mark.book
def test_the_book_describes_itself():
    first = (ROOT / "_build" / "html" / "index.html").read_text(encoding="utf-8")
    assert metadata.page_data()["description"] in first
    assert '"@type": "ScholarlyArticle"' in first
