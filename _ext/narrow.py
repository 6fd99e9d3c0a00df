"""Tables and formulas on a narrow screen: nothing scrolls sideways.

Every table of a page gets, for each cell, the title of its column, so that the stylesheet can show a row as a card
below 600 px; columns with the class ``folded`` are then opened by a tap. A formula that is wider than the screen is
drawn smaller. Roles are written out, since a table that is laid out as blocks is no table to a screen reader.
"""

import re
from html import escape

from bs4 import BeautifulSoup

# A table of so many columns or fewer fits a telephone as it stands; so does one that says that it is small.
NARROW = 2

FIT = """
(function () {
  function fit() {
    document.querySelectorAll('.bd-article mjx-container[display="true"]').forEach(function (formula) {
      formula.style.fontSize = '';
      // margins do not shrink with the type, so once is not always enough
      for (var tries = 0; tries < 4 && formula.scrollWidth > formula.clientWidth + 1; tries++) {
        var size = parseFloat(getComputedStyle(formula).fontSize) * formula.clientWidth / formula.scrollWidth;
        formula.style.fontSize = Math.floor(98 * size) / 100 + 'px';
      }
    });
  }
  window.addEventListener('load', function () {
    if (window.MathJax && MathJax.startup) MathJax.startup.promise.then(fit);
  });
  window.addEventListener('resize', fit);
  document.addEventListener('toggle', fit, true);
})();
"""


def _title(cell):
    return " ".join(cell.get_text().split())


def label_cells(table):
    """Write roles, column titles and folded columns into one table; return whether it was changed."""
    head = table.find("thead")
    rows = head.find_all("tr") if head else []
    body = table.find("tbody")
    if len(rows) != 1 or body is None or any(cell.get("colspan", "1") != "1" for cell in table.find_all(["td", "th"])):
        return False
    columns = rows[0].find_all(["th", "td"])
    if len(columns) <= NARROW or "small" in table.get("class", []):
        return False
    titles = [_title(cell) for cell in columns]
    table["class"] = [*table.get("class", []), "cards"]
    table["role"] = "table"
    for group in (head, body):
        group["role"] = "rowgroup"
    for cell in columns:
        cell["role"] = "columnheader" if cell.name == "th" else "cell"
    for row in table.find_all("tr"):
        row["role"] = "row"
    for row in body.find_all("tr"):
        cells = row.find_all(["th", "td"], recursive=False)
        folded = []
        for cell, title in zip(cells, titles, strict=False):
            if cell is cells[0] or cell.name == "th":
                cell["role"] = "rowheader"
                continue
            cell["role"] = "cell"
            cell["data-label"] = title
            if "folded" in cell.get("class", []):
                folded.append((title, _title(cell)))
        if folded:
            items = "".join(f"<dt>{escape(title)}</dt><dd>{escape(text)}</dd>" for title, text in folded)
            said = escape(", ".join(title for title, _ in folded))
            more = f'<details class="rest"><summary>{said}</summary><dl>{items}</dl></details>'
            cells[-len(folded) - 1].append(BeautifulSoup(more, "html.parser"))
    return True


def _labelled(found):
    page = BeautifulSoup(found[0], "html.parser")
    return str(page) if label_cells(page.table) else found[0]


def label_tables(app, pagename, templatename, context, doctree):
    """Prepare the tables of a page's body."""
    context["body"] = re.sub(r"<table\b.*?</table>", _labelled, context.get("body") or "", flags=re.S)


def setup(app):
    """Register with Sphinx."""
    app.add_js_file(None, body=FIT)
    app.connect("html-page-context", label_tables, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
