"""The text of a chapter as a notebook in a browser understands it: references in words, captions below their figures.

There a chapter stands alone, so what refers to another page or to a number is written as the built book prints it.
"""

import re

import nbformat
from bs4 import BeautifulSoup

import report

OWN_FILE = """## Your file

Drop your file on the list of files at the left (or press the arrow above that list), write its name into the cell
below, as in `{name} = "my-file.txt"`, and choose *Run* and *Run All Cells* from the menu. As it stands, the chapter
runs on its example. Your file stays in this browser: it is sent nowhere."""


def _authors(bibliography):
    """Return author and year of each entry of a bibliography, as text cites them."""
    found = {}
    for key, body in re.findall(r"^@\w+\{(\w+),\n(.*?)^\}", bibliography, re.M | re.S):
        fields = dict(re.findall(r"^\s*(\w+)\s*=\s*\{(.*)\},$", body, re.M))
        names = fields.get("author", fields.get("title", key)).split(" and ")
        first = names[0].split(",")[0].strip("{}")
        others = {1: "", 2: f" and {names[-1].split(',')[0]}"}.get(len(names), " et al.")
        found[key] = f"{first}{others}, {fields.get('year', '')}"
    return found


class Words:
    """What references of the book's text are in words.

    Parameters
    ----------
    book : pathlib.Path
        The built book, whose titles and numbers these are.
    bibliography : str
        Text of the file of references.
    """

    def __init__(self, book, bibliography):
        self.titles, self.numbers, self.cited = {}, {}, _authors(bibliography)
        for path in sorted((book / "chapters").glob("*.html")):
            soup = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
            self.titles[path.stem] = soup.article.h1.get_text().rstrip("#").strip()
            for figure in soup.select("figure[id] .caption-number"):
                self.numbers[figure.find_parent("figure")["id"]] = figure.get_text().strip()
            for number in soup.select("[id^=equation-] .eqno"):
                name = number.find_parent(id=re.compile("^equation-"))["id"].removeprefix("equation-")
                self.numbers[name] = number.get_text().rstrip("#").strip()

    def of(self, role, text):
        """Return one reference in words; what is no reference stays."""
        label, target = re.fullmatch(r"(.*?)(?:\s*<([^>]*)>)?", text, re.S).groups()
        place = (target or label).lstrip("/~!")
        if role == "doc":
            return f"*{label if target else self.titles.get(place.rpartition('/')[2], place)}*"
        if role == "term":
            return label
        if role in ("cite:p", "cite:t"):
            cited = "; ".join(self.cited.get(key.strip(), key) for key in text.split(","))
            return f"({cited})" if role == "cite:p" else cited
        if role in ("numref", "eq", "ref"):
            return self.numbers.get(place, label)
        if role.startswith("py:"):
            return f"`{place}`"
        return None


def _chemistry(found):
    """Write a formula of the mhchem package as plain mathematics."""
    return "\\mathrm{" + re.sub(r"(?<=[A-Za-z)])(\d+)", r"_{\1}", found[1]) + "}"


def plain(text, words):
    """Return Markdown whose references and chemical formulas need nothing of the book."""

    def refer(found):
        said = words.of(found[1], found[2])
        return found[0] if said is None else said

    text = re.sub(r"\{([a-z:]+)\}`([^`]+)`", refer, text)
    text = re.sub(r"\\ce\{((?:[^{}]|\{[^{}]*\})*)\}", _chemistry, text)
    text = re.sub(r"^([`:]{3,})\{solution-start\}.*?^\1\s*$", "#### Solution", text, flags=re.M | re.S)
    return re.sub(r"^([`:]{3,})\{solution-end\}.*?^\1\s*$", "", text, flags=re.M | re.S)


def notebook(path, words):
    """Return a chapter to be run in a browser: without outputs, so that what a reader sees was computed there."""
    whole = nbformat.read(path, 4)
    if any(report.has_tag(cell, "parameters") for cell in whole.cells):
        # exercises speak of the example, and would stop a run on another file
        whole = report.without_teaching(whole)
        whole.cells[0].metadata["jupyter"] = {"source_hidden": True}
    cells = []
    for cell in whole.cells:
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        if report.has_tag(cell, "parameters"):
            text = OWN_FILE.format(name=cell.source.split(" = ")[0])
            cells.append(nbformat.v4.new_markdown_cell(text, id="own-file"))
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cells.append(cell)
        elif text := plain(cell.source, words).strip():
            cell.source = text
            cells.append(cell)
        if "caption" in figure:
            number = words.numbers.get(figure.get("name", ""), "Figure")
            caption = f"**{number}.** {plain(figure['caption'], words)}"
            cells.append(nbformat.v4.new_markdown_cell(caption, id=f"caption-{len(cells)}"))
    kernel = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
