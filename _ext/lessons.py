"""What a lecturer takes into the room: slides for each lesson plan and a summary sheet, made of the built pages.

``chapters/teaching`` has a Markdown file for each. ``## Title {45–60}`` begins a slide and says when it is shown,
``![](page#figure "0-0.5")`` takes a figure from a page, or horizontal bands of it, one below the other, a quotation is
the answer, which a slide keeps back, and ``{computed}`name` `` is a number of ``lesson_numbers``, as on every page.
"""

import re
import shutil
from functools import cache
from html import escape
from pathlib import Path

from bs4 import BeautifulSoup
from docutils import nodes
from markdown_it import MarkdownIt

# a number and its unit stay on one line
SPACE = "\u00a0"
FOLDER = Path("_static") / "teaching"
FIGURE = re.compile(r'!\[\]\(([\w-]+)#([\w-]+)(?: "([^"]*)")?\)')
DRAWING = re.compile(r"!\[\]\(([\w-]+\.html)\)")
HEADING = re.compile(r"^(.*?)(?:\s*\{(.+)\})?$")


def fill(text):
    """Return a text with its computed numbers written in."""
    import lesson_numbers

    return re.sub(
        r"\{computed\}`([\w.-]+)`", lambda found: lesson_numbers.numbers()[found[1]].replace(" ", SPACE), text
    )


def computed(name, rawtext, text, lineno, inliner, options=None, content=None):
    """Write one computed number into a page."""
    try:
        return [nodes.Text(fill(f"{{computed}}`{text}`"))], []
    except KeyError:
        return [], [inliner.reporter.error(f"lesson_numbers computes no {text!r}", line=lineno)]


class Pages:
    """The built pages, from which figures and drawings are taken."""

    def __init__(self, html, source):
        """Remember where the pages and their sources are."""
        self.html, self.source = html, source
        self.page = cache(self.page)

    def page(self, name):
        """Return one page, parsed as far as its figures go."""
        text = (self.html / "chapters" / f"{name}.html").read_text(encoding="utf-8")
        return BeautifulSoup("".join(re.findall(r"<figure\b.*?</figure>", text, re.S)), "html.parser")

    def figure(self, page, name, bands=""):
        """Return a figure of a page, or bands of it, and under which number the book has it."""
        found = self.page(page).find(id=name)
        if found is None:
            raise ValueError(f"the page {page} has no figure {name}")
        picture, number = found.img["src"], found.select_one(".caption-number").get_text(strip=True)
        drawn = (self.html / "chapters" / picture).resolve().read_text(encoding="utf-8")
        width, height = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn).groups())
        cut = [tuple(map(float, band.split("-"))) for band in (bands or "0-1").split(",")]
        shown, top, total = [], 0.0, height * sum(end - start for start, end in cut)
        for start, end in cut:
            inside = f'y="{top:.1f}" width="{width}" height="{height * (end - start):.1f}"'
            box = f'viewBox="0 {height * start:.1f} {width} {height * (end - start):.1f}"'
            image = f'<image href="../{picture}" width="{width}" height="{height}"/>'
            shown.append(f"<svg {inside} {box}>{image}</svg>")
            top += height * (end - start)
        said = escape(" ".join(found.img["alt"].split()), quote=True)
        return (
            f'<figure style="--ratio: {width / total:.3f}"><svg viewBox="0 0 {width} {total:.1f}" role="img" '
            f'aria-label="{said}">{"".join(shown)}</svg><figcaption><a href="../../chapters/{page}.html#{name}">'
            f"{number} of the book</a></figcaption></figure>"
        )


def body(pages, text):
    """Return one piece of Markdown as a figure and the text beside it, each HTML."""
    figures = [pages.figure(*found.groups()) for found in FIGURE.finditer(text)]
    figures += [(pages.source / "chapters" / name).read_text("utf-8") for name in DRAWING.findall(text)]
    text = DRAWING.sub("", FIGURE.sub("", text))
    said = MarkdownIt("commonmark", {"html": True}).enable("table").render(fill(text))
    said = re.sub(r"<blockquote>", '<blockquote class="answer">', said)
    return "".join(figures), said


def sections(text):
    """Return the title of a file and its pieces: heading, what stands in braces behind it, text."""
    title, *pieces = re.split(r"^#{1,2} ", text, flags=re.M)[1:]
    split = [piece.partition("\n") for piece in pieces]
    return title.partition("\n"), [(*HEADING.match(head).groups(), rest.strip()) for head, _, rest in split]


def deck(pages, text):
    """Return the slides of a plan as one page of HTML."""
    (title, _, plan), pieces = sections(text)
    shown = []
    for number, (heading, minutes, rest) in enumerate(pieces, 1):
        figures, said = body(pages, rest)
        kind = ("with-figure " if "<image" in figures else "with-drawing " if figures else "") + (
            "with-text" if said else ""
        )
        shown.append(
            f'<section class="slide {kind}" id="{number}" aria-roledescription="slide" '
            f'aria-label="{number} of {len(pieces)}"><h2>{escape(heading)}</h2><div class="inside">{figures}'
            f'<div class="said">{said}</div></div><p class="foot"><span>{plan.strip()}, minutes {minutes}</span>'
            f"<span>{number} / {len(pieces)}</span></p></section>"
        )
    keys = "arrow keys or space: next, back · F: whole screen · Home, End"
    steps = (
        '<nav aria-label="Slides"><button id="back" type="button" aria-label="Back">‹</button>'
        '<button id="next" type="button" aria-label="Next">›</button></nav>'
        f'<p class="keys">{keys}</p><p id="announce" class="hidden" role="status"></p>'
    )
    return page(title, "slides", f"<main><h1 class='hidden'>{escape(title)}</h1>{''.join(shown)}</main>{steps}")


def sheet(pages, text):
    """Return the summary as two pages of A4."""
    (title, _, lead), pieces = sections(text)
    papers = [f"<header><h1>{escape(title)}</h1>{MarkdownIt().render(fill(lead))}</header>"]
    for heading, mark, rest in pieces:
        papers += [""] if mark == "page 2" else []
        figures, said = body(pages, rest)
        papers[-1] += f"<section><h2>{escape(heading)}</h2>{said}{figures}</section>"
    inside = "".join(f'<article class="paper">{one}</article>' for one in papers)
    return page(title, "sheet", f"<main>{inside}</main>")


def page(title, kind, inside):
    """Return a page that needs nothing but the sheet and the script beside it."""
    script = '<script src="teaching.js" defer></script>' if kind == "slides" else ""
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<link rel="icon" href="../favicon.svg">\n<link rel="stylesheet" href="../book.css">\n'
        f'<link rel="stylesheet" href="teaching.css">\n{script}\n</head>\n'
        f'<body class="{kind}">\n{inside}\n</body>\n</html>\n'
    )


def write(app, exception):
    """Write slides and sheet beside the pages."""
    sources = sorted((Path(app.srcdir) / "chapters" / "teaching").glob("*.md"))
    if exception or app.builder.format != "html" or not sources:
        return
    html = Path(app.outdir)
    pages = Pages(html, Path(app.srcdir))
    (html / FOLDER).mkdir(parents=True, exist_ok=True)
    # not in _static, whose sheets and scripts Jupyter Book puts on every page
    for name in ("teaching.css", "teaching.js"):
        shutil.copy(sources[0].with_name(name), html / FOLDER)
    for source in sources:
        make = sheet if source.stem == "summary" else deck
        made = make(pages, source.read_text(encoding="utf-8"))
        (html / FOLDER / f"{source.stem}.html").write_text(made, encoding="utf-8")


def offer(app, pagename, templatename, context, doctree):
    """Say below the exercises of a chapter where they are to be had as a notebook."""
    body = context.get("body") or ""
    if "exercise admonition" not in body and 'class="exercise' not in body:
        return
    where = f"{context['content_root']}{FOLDER.as_posix()}"
    line = (
        f'<p class="handout">To work in: <a href="{where}/student.zip" download>every chapter as a notebook without '
        f'solutions</a>, the library beside it. <a href="{where}/solutions.zip" download>With solutions</a>.'
        "</p>"
    )
    context["body"] = re.sub(r'(<section id="exercises">.*?</h2>)', rf"\1{line}", body, count=1, flags=re.S)


def setup(app):
    """Register with Sphinx."""
    app.add_role("computed", computed)
    app.connect("html-page-context", offer, priority=940)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
