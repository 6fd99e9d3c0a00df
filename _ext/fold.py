"""The main path of a chapter stays short: what readers come back for is folded behind a line that says what it holds.

A section of level two keeps its heading, and the rest is folded, if its title is in `FOLDED` or the cell that begins
with the heading has the tag ``side-path``. It opens by a tap, by a link that leads into it, and for the printer.
A list right below the heading stays open: what everyone should read of the limits, in three points.
"""

import json
import re
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup

FOLDED = {
    "Reported and computed": "Each claim of this chapter",
    "What does not fit": "Misses and disagreements",
    "Exercises": "",
    "Limits of validity": "What the models leave out, and where they stop being true",
}
# Of these sections the first table is folded, behind a line that counts its rows.
LONG = {
    "The predictions": "predictions",
    "What the second edition changed": "claims, before and after",
    "What happens in awkward cases": "cases, and what each reader does",
}
OPEN = """
(function () {
  function show() {
    var found = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (var at = found; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
    if (found) found.scrollIntoView();
  }
  window.addEventListener('load', function () {
    show();
    var said = document.createElement('span');
    said.className = 'visually-hidden';
    said.setAttribute('role', 'status');
    document.body.append(said);
    document.querySelectorAll('button.copybtn').forEach(function (each, at) {
      each.setAttribute('aria-label', 'Copy code ' + (at + 1));
      each.addEventListener('click', function () {
        setTimeout(function () { said.textContent = 'Code ' + (at + 1) + ': ' + each.dataset.tooltip; }, 100);
      });
    });
  });
  window.addEventListener('hashchange', show);
  window.addEventListener('beforeprint', function () {
    document.querySelectorAll('details.section-rest').forEach(function (each) { each.open = true; });
  });
})();
"""


def listed(counts):
    """Return counts in words, as in "2 figures and 1 table": of (number, one, many), without what is not there."""
    parts = [f"{number} {one if number == 1 else many}" for number, one, many in counts if number]
    return " and ".join(part for part in (", ".join(parts[:-1]), parts[-1] if parts else "") if part)


def score(section):
    """Return how the claims of a section came out, in words: nothing if it has none."""
    outcomes = [(row.get("class") or [""])[0] for row in section.select(".evidence tbody tr")]
    names = {"hit": ("hit", "hits"), "miss": ("miss", "misses"), "open": ("neither", "neither")}
    counts = [(outcomes.count(mark), *words) for mark, words in names.items() if mark in outcomes]
    return ": " + ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in counts) if counts else ""


def disagreements(section, page):
    """Return what a chapter's section on them holds: its missed claims, and findings of each certainty."""
    kinds = {"contradiction": "contradictions", "tension": "tensions", "ambiguity": "ambiguities"}
    counts = [(len(page.select("#reported-and-computed tr.miss")), "miss", "misses")]
    counts += [(len(section.select(f".certainty.{one}")), one, many) for one, many in kinds.items()]
    return f"{listed(counts)}, with their arithmetic" if listed(counts) else FOLDED["What does not fit"]


def side_paths(notebook):
    """Return the titles of sections whose first cell has the tag ``side-path``."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    tagged = ["".join(cell["source"]) for cell in cells if "side-path" in cell["metadata"].get("tags", [])]
    return {re.sub(r"[`*_]", "", text.split("\n")[0].lstrip("# ")) for text in tagged}


def length(section):
    """Return how long a side path is and what it holds, in words."""
    words = sum(len(text.get_text(" ").split()) for text in section.select("p, li"))
    kinds = {"figure": "figures", "table": "tables"}
    held = listed((len(section.select(one)), one, many) for one, many in kinds.items())
    return f"A side path, {max(1, round(words / 150))} min{': ' + held if held else ' of text'}"


def fold_sections(app, pagename, templatename, context, doctree):
    """Fold the sections of a page's body."""
    body = context.get("body") or ""
    notebook = Path(app.srcdir) / f"{pagename}.ipynb"
    if not notebook.is_file() and not any(title in body for title in LONG):
        return
    aside = side_paths(notebook) if notebook.is_file() else ()
    page = BeautifulSoup(body, "html.parser")
    for section in page.select("section"):
        heading = section.find("h2", recursive=False)
        title = "".join(heading.find_all(string=True, recursive=False)).strip() if heading else ""
        title = title.replace("’", "'")
        if title in FOLDED:
            what = FOLDED[title] or f"{len(section.select('div.exercise'))} exercises, each with a solution"
            what += score(section) if title == "Reported and computed" else ""
            what = disagreements(section, page) if title == "What does not fit" else what
        elif title in aside:
            what = length(section)
        elif title in LONG and section.find("table"):
            cell = section.select_one("div.cell:has(table)") or section.find("table").parent
            what = f"{len(cell.select('tbody tr'))} {LONG[title]}{score(cell)}"
            rest = cell.wrap(page.new_tag("details", attrs={"class": "section-rest"}))
            rest.insert(0, BeautifulSoup(f"<summary>{escape(what)}</summary>", "html.parser"))
            continue
        else:
            continue
        first = heading.find_next_sibling()
        last_open = first if first is not None and first.name == "ul" else heading
        if last_open.find_next_sibling() is None:
            continue
        rest = page.new_tag("details", attrs={"class": "section-rest"})
        rest.append(BeautifulSoup(f"<summary>{escape(what)}</summary>", "html.parser"))
        for part in list(last_open.next_siblings):
            rest.append(part.extract())
        section.append(rest)
    context["body"] = str(page)


def setup(app):
    """Register with Sphinx; the tables have been labelled before (narrow)."""
    app.add_js_file(None, body=OPEN)
    app.connect("html-page-context", fold_sections, priority=960)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
