"""The text of the built pages: no slip of a kind that has happened, and what each page must offer."""

import csv
import json
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import fold
import narrow
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "_build" / "html"
PAGES = sorted(path for path in BOOK.rglob("*.html") if not {"_static", "_sources"} & set(path.parts))
# Formulas, code and pictures are no running text; ⟦⟧ stands in their place.
NO_TEXT = "pre, code, script, style, .math, mjx-container, svg, .headerlink"
BLOCKS = "p, li, td, th, dt, dd, h1, h2, h3, h4, div, caption, figcaption, summary, option, button"
# What a text says while something is still missing.
STALE = (
    r"not written yet|not yet (?:written|computed|there|available|done)|\bpending\b|\bTODO\b|\bFIXME\b|coming soon"
    r"|under construction|to be written|will be added|\bplaceholder\b|lorem ipsum"
)
MARKUP = (
    r"\$[^$\n]{1,60}\$|\$_|\{[a-z:]+\}`|`[^`\n]+`|\*\*[^*\n]+\*\*|\\(?:ce|text|mathrm|cdot|frac)\b|\]\([^)\s]+\)|^:{3,}"
    r"|^#{1,4} |&(?:amp|lt|gt|nbsp);|\{root\}"
)
# A unit said twice, as in "1 M mol l⁻¹" or "5 % %"; of those in letters the doubled words tell.
TWO_UNITS = r"\d[\u00a0 ]M[\u00a0 ]m?mol|\d[\u00a0 ]?([%ΩΩ℃])[\u00a0 ]?\1"

pytestmark = pytest.mark.book


def name(path):
    return str(path.relative_to(BOOK))


@cache
def soup(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def running_text(parsed):
    """Return the text that a reader reads, one block a line."""
    parsed = BeautifulSoup(str(parsed.select_one("article") or ""), "html.parser")
    for element in parsed.select(NO_TEXT):
        element.replace_with("⟦⟧")
    for element in parsed.select(BLOCKS):
        element.append("\n")
    return parsed.get_text()


def slips(text):
    """Return what reads like an accident: (kind, surroundings)."""
    doubled = r"\b([^\W\d_]+)[ \u00a0]+\1\b"
    kinds = {"doubled word": (doubled, re.I), "markup": (MARKUP, re.M), "stale": (STALE, re.I), "units": (TWO_UNITS, 0)}
    return [
        (kind, text[max(0, found.start() - 30) : found.end() + 20].replace("\n", "|"))
        for kind, (pattern, flags) in kinds.items()
        for found in re.finditer(pattern, text, flags)
    ]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_running_text_has_no_slips(page):
    assert slips(running_text(soup(page))) == []


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("that is why the <a>The n/p explorer</a> shows", "doubled word"),
        ("of the <a>Experimental section</a> section, if", "doubled word"),
        ("LiNi$_1/3$Co$_1/3$Mn$_1/3$O$_2$ cathodes", "markup"),
        ("see {doc}`balancing` and", "markup"),
        ("a **bold** word", "markup"),
        ("are computed in chapters that are not written yet.", "stale"),
        ("<td>1 M mol l⁻¹</td>", "units"),
        ("<td>5.0 mAh mAh g⁻¹</td>", "doubled word"),
        ("<td>5 % %</td>", "units"),
    ],
)
def test_slips_of_each_kind_are_found(written, kind):
    page = BeautifulSoup(f"<article><p>{written}</p></article>", "html.parser")
    assert kind in [found for found, _ in slips(running_text(page))]


def test_sound_text_passes():
    text = "It had a part of <b>that</b>; that is 5 mAh g⁻¹ at 2 mA cm⁻², not yet a smaller one. <code>`a`</code>"
    assert slips(running_text(BeautifulSoup(f"<article><p>{text}</p><p>one.</p></article>", "html.parser"))) == []


def test_each_attribute_of_a_class_has_an_entry_of_its_own():
    """Napoleon hands "a, b : float" on as one field, which Sphinx prints as "b (a,)"."""
    for page in PAGES:
        if page.name.startswith("api"):
            fields = [entry.get_text() for entry in soup(page).select("dl.field-list li p, dl.field-list dd > p")]
            assert [text for text in fields if re.match(r"\w+ \(\w+,\)", text)] == [], name(page)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_paper_licence_and_data_are_reached_from_the_foot_of_each_page(page):
    footer = soup(page).select_one("footer.bd-footer-content")
    assert "Batteries & Supercaps" in footer.get_text()
    links = {link.get_text(): link["href"] for link in footer.select("a")}
    for text in ("about it", "licences", "Data tables and source"):
        path, _, anchor = links[text].partition("#")
        target = (page.parent / path).resolve()
        assert target == BOOK / "chapters" / "data.html"
        assert not anchor or soup(target).find(id=anchor)


def test_every_table_of_the_data_package_can_be_downloaded():
    page = BOOK / "chapters" / "data.html"
    package = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    offered = {link["href"]: link for link in soup(page).select("article a.reference")}
    for resource in package["resources"]:
        link = offered[f"../data/{resource['path']}"]
        copy = (page.parent / link["href"]).resolve()
        assert copy.read_bytes() == (ROOT / "data" / resource["path"]).read_bytes()
        with copy.open(encoding="utf-8", newline="") as file:
            rows = len(list(csv.DictReader(file)))
        assert f"{resource['title']}, {rows} rows" in link.find_parent("dt").get_text().replace("’", "'")
    tables = [path for path in (ROOT / "data").rglob("*.csv") if path.parent.name != "yours"]
    files = {str(path.relative_to(ROOT / "data")) for path in tables}
    assert files == {resource["path"] for resource in package["resources"]}
    assert (BOOK / "data" / "datapackage.json").is_file()


def test_the_book_has_as_many_exercises_as_its_notebooks():
    written = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "chapters").glob("*.ipynb"))
    count = len(re.findall(r"\{exercise(?:-start)?\}", written))
    assert sum(len(soup(page).select("div.exercise")) for page in PAGES) == count
    assert sum(len(soup(page).select("div.solution")) for page in PAGES) == count


def test_exercises_are_numbered_by_chapter_and_say_how_hard_they_are():
    for page in PAGES:
        titles = [title.get_text(" ") for title in soup(page).select("div.exercise > p.admonition-title")]
        found = [re.match(r"Exercise (\d+)\s*\((.*, )?(easy|medium|hard|open)\)", title) for title in titles]
        assert [int(one[1]) for one in found] == list(range(1, len(titles) + 1)), titles


def test_names_in_code_lead_to_their_description_and_the_code_stays_as_it_is():
    page = soup(BOOK / "chapters" / "balancing.html")
    links = page.select(".cell_input pre a.code-link")
    targets = {link.get_text(): link["href"] for link in links}
    assert targets["balancing.FullCell"] == "api-balancing.html#sicell.balancing.FullCell"
    assert targets["ledger.value"].endswith("#companion.ledger.value")
    notebook = json.loads((ROOT / "chapters" / "balancing.ipynb").read_text(encoding="utf-8"))
    written = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    shown = [block.get_text().strip("\n") for block in page.select(".cell_input pre")]
    assert [code for code in shown if code not in written] == []


def repository_buttons(page):
    found = soup(page).select("header a[href*='github.com'], .header-article__inner a[href^=http]")
    return [link["href"] for link in found]


def test_repository_buttons_appear_when_its_address_is_filled_in(tmp_path):
    assert repository_buttons(BOOK / "index.html") == []
    url = "https://github.com/someone/a-fork"
    for folder in ("_ext", "_static", "data", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    settings = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert settings.count('\n  url: ""\n') == 1
    (tmp_path / "_config.yml").write_text(settings.replace('\n  url: ""\n', f'\n  url: "{url}"\n'), encoding="utf-8")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\n", encoding="utf-8")
    (tmp_path / "index.md").write_text("# A book\n\nText.\n", encoding="utf-8")
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "references.bib").write_text("", encoding="utf-8")
    command = [Path(sys.executable).with_name("jupyter-book"), "build", str(tmp_path), "-W", "-n", "--keep-going"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    buttons = repository_buttons(tmp_path / "_build" / "html" / "index.html")
    assert url in buttons
    assert any(link.startswith(f"{url}/issues") for link in buttons)


def test_every_side_path_is_folded_and_the_first_limits_are_not():
    for notebook in sorted((ROOT / "chapters").glob("*.ipynb")):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        tagged = sum("side-path" in cell["metadata"].get("tags", []) for cell in cells)
        page = BeautifulSoup((BOOK / "chapters" / f"{notebook.stem}.html").read_text(encoding="utf-8"), "html.parser")
        said = [each.get_text() for each in page.select("section > details.section-rest > summary")]
        assert sum(text.startswith("A side path") for text in said) == tagged, notebook.stem
        limits = page.select_one("section#limits-of-validity")
        assert limits is None or limits.find("ul", recursive=False), notebook.stem


def test_a_card_says_of_what_its_row_is():
    rows = "".join(f"<tr><td>{die}</td><td>{ratio}</td><td>1</td></tr>" for die in (11, 13) for ratio in (1.1, 1.3))
    head = "".join(f"<th>{title}</th>" for title in ("die / mm", "n/p", "loading"))
    page = BeautifulSoup(f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>", "html.parser")
    assert narrow.label_cells(page.table)
    cells = page.select("tbody tr")[0].find_all("td")
    assert [cell["data-label"] for cell in cells] == ["die / mm", "n/p", "loading"]
    assert ["head" in cell.get("class", []) for cell in cells] == [True, True, False]


def test_a_long_line_of_code_keeps_its_text_and_its_indentation():
    code = '<span class="k">if</span> a:\n    <span class="n">first</span> = calculate(second, third, fourth)\nb\n'
    context = {"body": f'<div class="highlight"><pre>{code}</pre></div>'}
    narrow.prepare(None, "page", None, context, None)
    pre = BeautifulSoup(context["body"], "html.parser").pre
    assert pre.get_text() == BeautifulSoup(f"<pre>{code}</pre>", "html.parser").get_text()
    (long,) = pre.select("span.long")
    assert long["style"] == "--indent: 6ch"
    assert long.get_text() == "    first = calculate(second, third, fourth)\n"


def test_a_fold_says_how_much_of_each_kind_it_holds():
    counts = [(1, "figure", "figures"), (0, "question", "questions"), (2, "table", "tables")]
    assert fold.listed(counts) == "1 figure and 2 tables"
    assert fold.listed(counts[1:2]) == ""
    section = BeautifulSoup("<section><p>Some words.</p><table></table></section>", "html.parser")
    assert fold.length(section) == "A side path, 1 min: 1 table"
    page = BeautifulSoup(
        '<section><i class="certainty tension"></i><i class="certainty tension"></i></section>', "html.parser"
    )
    assert fold.disagreements(page.section, page) == "2 tensions, with their arithmetic"
