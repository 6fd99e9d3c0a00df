"""A chapter as plain Markdown: nothing in it needs the book's own tools, so that any Jupyter shows it as it should be.

Roles become words and directives become headings, quotations and formulas. Figures, equations and exercises are
numbered within the notebook; the caption of a figure, which the book keeps in a cell's metadata, follows its cell.
"""

import re
from ast import literal_eval
from functools import cache
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^(`{3,}|:{3,})\{([\w:-]+)\}[ ]*([^\n]*)\n(.*?)^\1[ ]*$", re.M | re.S)
ROLE = re.compile(r"\{([\w:]+)\}`([^`]+)`")
# A number of the chapter's own computation, as `companion.tables.glue` gave it.
QUOTED = re.compile(r"\{glue:text\}`(\w+)`")
OPTION = re.compile(r"^:([\w-]+):[ ]*([^\n]*)\n", re.M)
# What is left when a notebook is not plain: the test of a download looks for it.
LEFT = re.compile(r"\{[a-z][\w:-]*\}`|^(?:`{3,}|:{3,})\{|^:label:|^\([\w-]+\)=$", re.M)


@cache
def titles():
    """Return the first heading of each page, by its name."""
    pages = [*(ROOT / "chapters").glob("*.ipynb"), *(ROOT / "chapters").glob("*.md")]
    found = {}
    for path in pages:
        if path.suffix == ".ipynb":
            cells = nbformat.read(path, 4).cells
            text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
        else:
            text = path.read_text(encoding="utf-8")
        title = re.search(r"^# (.+)$", text, re.M)
        found[path.stem] = title[1] if title else path.stem
    return found


@cache
def references():
    """Return author and year of each entry of the bibliography."""
    text = (ROOT / "chapters" / "references.bib").read_text(encoding="utf-8")
    found = {}
    for key, entry in re.findall(r"^@\w+\{([^,]+),(.*?)^\}", text, re.M | re.S):
        fields = dict(re.findall(r"^\s*(\w+)\s*=\s*[{\"](.+?)[}\"],?\s*$", entry, re.M))
        names = [name.split(",")[0].strip("{} ") for name in fields.get("author", key).split(" and ")]
        who = names[0] if len(names) == 1 else " and ".join(names) if len(names) == 2 else f"{names[0]} et al."
        found[key.strip()] = f"{who}, {fields.get('year', 'no year')}"
    return found


def formula(text):
    """Return a formula without the chemists' macro, which not every Jupyter knows."""

    def written(match):
        inside = re.sub(r"(?<=[A-Za-z)])_?\{?(\d+(?:\.\d+)?)\}?", r"_{\1}", match[1])
        return rf"\mathrm{{{inside}}}"

    return re.sub(r"\\ce\{((?:[^{}]|\{[^{}]*\})*)\}", written, text)


class Numbers:
    """The numbers of figures, equations and exercises, in the order of the notebook."""

    def __init__(self, notebook):
        """Read the labels."""
        self.of = {}
        text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        for kind, pattern in (
            ("Exercise", r"\{exercise(?:-start)?\}[^\n]*\n(?::[^\n]*\n)*?:label: (\S+)"),
            ("equation", r"\{math\}[^\n]*\n(?::[^\n]*\n)*?:label: (\S+)"),
        ):
            self.of |= {label: (kind, n) for n, label in enumerate(re.findall(pattern, text), 1)}
        names = [figure["name"] for cell in notebook.cells if (figure := caption(cell)) and "name" in figure]
        self.of |= {name: ("Figure", n) for n, name in enumerate(names, 1)}

    def say(self, label):
        """Return what a reference to a label says."""
        kind, number = self.of.get(label, ("", 0))
        if kind == "equation":
            return f"({number})"
        return f"{kind} {number}" if kind else f"*{label.split('-', 1)[-1].replace('-', ' ')}* in the book"


def caption(cell):
    """Return what the book knows of a cell's figure: its caption and name."""
    return cell.metadata.get("mystnb", {}).get("figure")


def _role(match, numbers):
    kind, content = match[1], match[2]
    shown, _, target = content.rstrip(">").rpartition(" <")
    target = target or content
    if kind == "math":
        return f"${formula(content)}$"
    if kind.startswith("cite"):
        said = "; ".join(references().get(key.strip(), key.strip()) for key in content.split(","))
        return said if kind == "cite:t" else f"({said})"
    if kind == "doc":
        name = target.strip("/").split("/")[-1]
        return f"*{shown or titles().get(name, name)}*"
    if kind in ("ref", "numref", "eq"):
        return shown or numbers.say(target)
    if kind.startswith("py:"):
        return f"`{target.lstrip('~')}`"
    return shown or content


def _directive(match, numbers):
    name, argument, body = match[2], match[3].strip(), match[4]
    options = {}
    while found := OPTION.match(body):
        options[found[1]] = found[2]
        body = body[found.end() :]
    body = body.strip("\n")
    label = options.get("label", "")
    if name == "math":
        tag = f"\n\\tag{{{numbers.of[label][1]}}}" if label in numbers.of else ""
        return f"$$\n{formula(body)}{tag}\n$$"
    if name in ("exercise", "exercise-start"):
        level = f" ({argument})" if argument else ""
        return f"### {numbers.say(label)}{level}\n\n{body}".rstrip()
    if name in ("solution", "solution-start"):
        return f"**Solution of {numbers.say(argument)}**\n\n{body}".rstrip()
    if name in ("exercise-end", "solution-end"):
        return ""
    if name == "div":
        return body
    title = argument if name == "admonition" and argument else name.capitalize()
    return "\n".join(f"> {line}".rstrip() for line in [f"**{title}**", "", *body.split("\n")])


def markdown(text, numbers):
    """Return a text in plain Markdown."""
    while FENCE.search(text):
        text = FENCE.sub(lambda match: _directive(match, numbers), text)
    text = ROLE.sub(lambda match: _role(match, numbers), text)
    text = re.sub(r"^\([\w-]+\)=\n", "", text, flags=re.M)
    return formula(text).strip("\n")


def filled(notebook):
    """Return an executed notebook whose text holds the numbers that it quotes, without the cells that gave them."""
    cells, given = [], {}
    for cell in notebook.cells:
        quoted = [one for one in cell.get("outputs", []) if "scrapbook" in one.get("metadata", {})]
        given |= {one.metadata["scrapbook"]["name"]: literal_eval(*one.data.values()) for one in quoted}
        cells += [] if quoted else [cell]
    for cell in cells:
        if cell.cell_type == "markdown":
            cell.source = QUOTED.sub(lambda match: given[match[1]], cell.source)
    notebook.cells = cells
    return notebook


def left(text):
    """Return what in a text is not plain."""
    return LEFT.findall(text)


def plain(notebook):
    """Return a notebook in plain Markdown, without cells that only the page needs."""
    numbers, cells = Numbers(notebook), []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = markdown(cell.source, numbers)
            cell.metadata = {}
            cells += [cell] if cell.source.strip() else []
            continue
        figure = caption(cell)
        cell.metadata = {}
        cells.append(cell)
        if figure:
            text = f"*{numbers.say(figure.get('name', ''))}.* {markdown(figure.get('caption', ''), numbers)}"
            cells.append(nbformat.v4.new_markdown_cell(text, id=f"caption{len(cells)}"))
    notebook.cells = cells
    return notebook
