"""Tables, code and formulas on a narrow screen: nothing scrolls sideways.

Every table of a page gets, for each cell, the title of its column, so that the stylesheet can show a row as a card
below 600 px; columns with the class ``folded`` are then opened by a tap. A script lets a table stand as it is where it
fits the screen without breaking a word; without the script all are cards. Roles are written out, since a table that is
laid out as blocks is no table to a screen reader. A formula that is wider than the screen is drawn smaller. What a long
line of code goes on with is indented further than its beginning.
"""

import re
from html import escape, unescape

from bs4 import BeautifulSoup

# A table of so many columns or fewer fits a telephone as it stands.
NARROW = 2
# A row that begins with fewer characters does not say by itself what it is of.
SAYS_LITTLE = 25
# So many characters of code fit a telephone.
CODE = 34

FIT = """
(function () {
  function tables(within) {
    within.querySelectorAll('table:is(.cards, .fits)').forEach(function (table) {
      table.classList.replace('fits', 'cards');
      table.style.fontSize = '';
      var tall = table.offsetHeight;
      // what is folded may have no size yet
      if (innerWidth > 600 || !tall) return;
      table.classList.replace('cards', 'fits');
      // in rem, down to type of 11 px
      var fits = [0.8, 0.75, 0.7].some(function (size) {
        table.style.fontSize = size + 'rem';
        return table.offsetWidth <= table.parentElement.clientWidth && table.offsetHeight <= tall;
      });
      if (fits) return;
      table.style.fontSize = '';
      table.classList.replace('fits', 'cards');
    });
  }
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
  document.addEventListener('DOMContentLoaded', function () { tables(document); });
  window.addEventListener('load', function () {
    tables(document);
    if (window.MathJax && MathJax.startup) MathJax.startup.promise.then(fit);
  });
  window.addEventListener('resize', function () { tables(document); fit(); });
  document.addEventListener('toggle', function (event) { tables(event.target); fit(); }, true);
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
    if len(columns) <= NARROW:
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
    firsts = [_title(cell) for cell in body.select("tr > :first-child")]
    for row in body.find_all("tr"):
        cells = row.find_all(["th", "td"], recursive=False)
        folded = []
        for cell, title in zip(cells, titles, strict=False):
            cell["role"] = "rowheader" if cell is cells[0] or cell.name == "th" else "cell"
            if title and (cell is not cells[0] or max(map(len, firsts)) < SAYS_LITTLE):
                cell["data-label"] = title
            # where several rows begin alike, the next cell belongs to the heading of the card
            if cell is cells[0] or (cell is cells[1] and len(set(firsts)) < len(firsts)):
                cell["class"] = [*cell.get("class", []), "head"]
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
    times = page.th is not None and _title(page.th) == "Document"
    # of the times of execution the rest is the same in each row: run now, without an error
    for row in page.select("tr") if times else ():
        for cell in [*row.find_all(["th", "td"])[1:3], *row.find_all(["th", "td"])[4:]]:
            cell.decompose()
    return str(page) if label_cells(page.table) or times else found[0]


def _wrapped(found):
    lines = found[2].split("\n")
    for at, line in enumerate(lines):
        text = unescape(re.sub("<[^>]*>", "", line))
        if len(text) > CODE and line.count("<span") == line.count("</span"):
            indent = len(text) - len(text.lstrip())
            # else the only place to break may be before the first word
            line = re.sub(r"[(\[,.=]</span>", r"\g<0><wbr>", line)
            # the end of the line belongs to the block, or there would be an empty line after it
            lines[at] = f'<span class="long" style="--indent: {indent + 2}ch">{line}\n</span>'
    text = "\n".join(lines).replace("\n</span>\n", "\n</span>")
    return f"{found[1]}{text}{found[3]}"


def _breakable(found):
    """Return a long name that breaks behind one of its parts."""
    return re.sub(r"(?<=[A-Za-z])[._(,](?=[A-Za-z])", r"\g<0><wbr>", found[0])


def prepare(app, pagename, templatename, context, doctree):
    """Prepare the tables and the code of a page's body."""
    body = re.sub(r"<table\b.*?</table>", _labelled, context.get("body") or "", flags=re.S)
    body = re.sub(r'(?<=<span class="pre">)[^<]+', _breakable, body)
    context["body"] = re.sub(r'(<div class="highlight"><pre>)(.*?)(</pre>)', _wrapped, body, flags=re.S)


def setup(app):
    """Register with Sphinx."""
    app.add_js_file(None, body=FIT)
    app.connect("html-page-context", prepare, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
