"""The main path of a chapter stays short: what readers come back for is folded behind a line that says what it holds.

A section of level two with a title in `FOLDED` keeps its heading; the rest opens by a tap, by a link that leads into
it, and for the printer.
"""

from html import escape

from bs4 import BeautifulSoup

FOLDED = {
    "Reported and computed": "Each claim of this chapter",
    "What does not fit": "Misses and disagreements, with their arithmetic",
    "Limits of validity": "What the models leave out, and where they stop being true",
}
OPEN = """
(function () {
  function show() {
    var found = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (var at = found; at; at = at.parentElement) if (at.tagName === 'DETAILS') at.open = true;
    if (found) found.scrollIntoView();
  }
  window.addEventListener('load', show);
  window.addEventListener('hashchange', show);
  window.addEventListener('beforeprint', function () {
    document.querySelectorAll('details.section-rest').forEach(function (each) { each.open = true; });
  });
})();
"""


def score(section):
    """Return how the claims of a section came out, in words: nothing if it has none."""
    outcomes = [row.get("class", [""])[0] for row in section.select(".evidence tbody tr")]
    names = {"hit": ("hit", "hits"), "miss": ("miss", "misses"), "open": ("neither", "neither")}
    counts = [(outcomes.count(mark), *words) for mark, words in names.items() if mark in outcomes]
    return ": " + ", ".join(f"{n} {one if n == 1 else many}" for n, one, many in counts) if counts else ""


def fold_sections(app, pagename, templatename, context, doctree):
    """Fold the sections of a chapter's body."""
    body = context.get("body") or ""
    if not any(title in body for title in FOLDED) or context.get("page_source_suffix") != ".ipynb":
        return
    page = BeautifulSoup(body, "html.parser")
    for section in page.select("section"):
        heading = section.find("h2", recursive=False)
        title = "".join(heading.find_all(string=True, recursive=False)).strip() if heading else ""
        if title not in FOLDED:
            continue
        what = FOLDED[title] + (score(section) if title == "Reported and computed" else "")
        rest = page.new_tag("details", attrs={"class": "section-rest"})
        rest.append(BeautifulSoup(f"<summary>{escape(what)}</summary>", "html.parser"))
        for part in list(heading.next_siblings):
            rest.append(part.extract())
        section.append(rest)
    context["body"] = str(page)


def setup(app):
    """Register with Sphinx; the tables have been labelled before (narrow)."""
    app.add_js_file(None, body=OPEN)
    app.connect("html-page-context", fold_sections, priority=960)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
