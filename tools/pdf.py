"""Print the built book as one PDF: its pages joined, with cover, contents and an appendix, and printed by Chromium.

The book is printed twice: where a chapter begins is known only afterwards, so the second print has the page numbers.
What a reader would move (a slider) stands as it begins; solutions and answers stand in an appendix. The slides
and the summary sheet for lecturers are printed as they are.
"""

import json
import posixpath
import re
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

import chromium

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "pdf"
# No chapters: how the book was executed, and the library, which is looked up and not read.
LEFT_OUT = re.compile(r"chapters/(execution|api.*)")
GONE = (
    "script, style:not(.explorable style), noscript, a.headerlink, button.copybtn, .toggle-button, .prev-next-area, "
    ".figure-data, .rest, .handout"
)
SHORT = 8  # rows
OPTIONS = {"prefer_css_page_size": True, "print_background": True, "tagged": True, "outline": True}


def parts():
    """Return the parts of the table of contents: title and pages of each."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [(one["caption"], [chapter["file"] for chapter in one["chapters"]]) for one in contents["parts"]]
    kept = [(title, [page for page in pages if not LEFT_OUT.fullmatch(page)]) for title, pages in listed]
    return [("", [contents["root"]]), *((title, pages) for title, pages in kept if pages)]


def name_of(page, anchor=""):
    """Return the name by which a link in the joined book finds a place of a page."""
    return "--".join(filter(None, (page.replace("/", "-"), anchor)))


def beside(page, path):
    """Return a path that a page names as it is from the top of the book."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path.partition("?")[0]))


def read(page):
    """Return one built page, parsed."""
    return BeautifulSoup((HTML / f"{page}.html").read_text(encoding="utf-8"), "html.parser")


def article(page, pages):
    """Return a page's article, its links and pictures as they are from the joined book."""
    soup = read(page)
    found = soup.select_one("article.bd-article")
    for one in found.select(GONE):
        one.decompose()
    for one in found.select("[id]"):
        one["id"] = name_of(page, one["id"])
    for one in found.select(".explorable svg *"):
        for key, value in one.attrs.items():
            if isinstance(value, str) and value.startswith("url(#"):
                one[key] = f"url(#{name_of(page, value[5:-1])})"
    for one in found.select("[src]"):
        if not one["src"].startswith("data:"):
            one["src"] = f"../html/{beside(page, one['src'])}"
    for one in found.select("a[href]"):
        path, _, anchor = one["href"].partition("#")
        target = beside(page, path).removesuffix(".html") if path else page
        if target in pages:
            one["href"] = "#" + name_of(target, anchor)
        elif not re.match(r"(https?|mailto):", path):
            # what only the pages on a screen lead to
            one.name = "span"
            del one["href"]
    return soup, found


def still(soup, found):
    """Say how what moves stands, and let paper break where it should."""
    for one in found.select(".explorable .controls"):
        said = [f"{field.label.get_text()} {field.output.get_text()}" for field in one.find_all("div", recursive=False)]
        one.name, one["class"] = "p", "elsewhere"
        one.string = f"On a screen this moves; here it stands at: {', '.join(said)}."
    for one in found.select("details.section-rest"):
        # nothing is folded here, and the line that says so would part a heading from its text
        one.summary.decompose()
        one.name = "div"
    for one in found.select("details"):
        one["open"] = ""
    for one in found.select(".cell-figure > :is(input, label), .question :is(input[type=text], button, .verdict)"):
        one.decompose()
    for one in found.select("table"):
        # a title stands at the head of the table on each of its pages, and a short table on one page
        if one.caption and one.thead:
            row, cell = soup.new_tag("tr"), soup.new_tag("th", attrs={"class": "title"})
            cell["colspan"] = str(len(one.thead.tr.find_all(["th", "td"])))
            cell.extend(one.caption.extract().contents[:])
            row.append(cell)
            one.thead.insert(0, row)
        if len(one.select("tr")) <= SHORT:
            one["class"] = [*one.get("class", []), "short"]


def to_appendix(soup, found, page):
    """Move solutions and answers out of an article and return them; a line leads to each."""
    moved = []
    answers = list(found.select(".question details"))
    solutions = [one for one in found.select(".solution") if not one.find_parent(class_="solution")]
    for number, one in enumerate(answers + solutions):
        word = "Answer" if one in answers else "Solution"
        place = name_of(page, f"appendix-{number}")
        link = soup.new_tag("p", attrs={"class": "elsewhere"})
        link.append(soup.new_tag("a", attrs={"href": f"#{place}"}))
        link.a.append(f"{word}: page ")
        link.a.append(soup.new_tag("span", attrs={"class": "page-of", "data-place": place}))
        one.insert_before(link)
        whole = soup.new_tag("div", attrs={"id": place})
        if one in answers:
            one.summary.decompose()
            one.name = "div"
            prompt = soup.new_tag("p")
            prompt.string = one.find_parent(class_="question").legend.get_text(" ", strip=True)
            whole.append(prompt)
        one["class"] = [kind for kind in one.get("class", []) if kind not in ("dropdown", "toggle")] + ["long"]
        whole.append(one.extract())
        moved.append(whole)
    return moved


def entry(level, place, title):
    """Return one line of the contents."""
    number = f'<span class="page-of" data-place="{place}"></span>'
    return f'<li class="level-{level}"><a href="#{place}"><span>{title}</span>{number}</a></li>'


def running_head(number, left, right):
    """Return the page style of one chapter, with its title at the head."""
    style = "font: 8.5pt sans-serif; color: #444; vertical-align: bottom; padding-bottom: 5mm"
    return (
        f"@page chapter{number} {{ @top-left {{ content: {json.dumps(left, ensure_ascii=False)}; {style} }} "
        f"@top-right {{ content: {json.dumps(right, ensure_ascii=False)}; {style} }} }}"
    )


def title_of(found):
    """Return the text of the first heading."""
    return found.h1.get_text(" ", strip=True)


def head(facts, pages, styles):
    """Return what stands before the text: the book's own sheets and formulas, and the sheet for paper."""
    parsed = {page: read(page) for page in pages}
    sheets = dict.fromkeys(
        f'<link rel="stylesheet" href="../html/{beside(page, one["href"])}">'
        for page, soup in parsed.items()
        for one in soup.select("link[rel=stylesheet]")
    )
    formulas = dict.fromkeys(
        str(one).replace('src="../', 'src="../html/')
        for page, soup in parsed.items()
        for one in soup.select("script")
        if "MathJax =" in one.text or "/mathjax/" in one.get("src", "")
    )
    paper = (ROOT / "tools" / "print.css").read_text(encoding="utf-8")
    return (
        f'<meta charset="utf-8"><title>{facts["title"]}</title>{"".join(sheets)}{"".join(formulas)}'
        f"<style>{paper}{''.join(styles)}</style>"
    )


def cover(facts):
    """Return the first page."""
    title, _, rest = facts["title"].partition(": ")
    paper = facts["preferred-citation"]
    names = ", ".join(f"{one['given-names']} {one['family-names']}" for one in paper["authors"])
    return (
        f'<section class="cover"><img alt="" src="../html/_static/logo.svg"><h1>{title}</h1>'
        f"<p>{rest[:1].upper()}{rest[1:]} to <em>{paper['title']}</em> by {names}, "
        f"{paper['journal']}, {paper['year']}.</p>"
        f'<div class="below"><p>{facts["authors"][0]["name"]}, who are not the authors of the paper</p>'
        f"<p>Version {facts['version']}, {facts['date-released']}. Text and data: CC BY 4.0; code: MIT licence.</p>"
        "</div></section>"
    )


def part_page(number, caption, titles):
    """Return the page that a part begins with."""
    inside = "".join(f"<li>{title}</li>" for title in titles)
    return (
        f'<section class="part" id="part-{number}"><p class="number">Part {number}</p><h1>{caption}</h1>'
        f"<ul>{inside}</ul></section>"
    )


def join(facts):
    """Return the whole book as one page of HTML."""
    pages = [page for _, listed in parts() for page in listed]
    body, contents, appendix, styles = [], [], [], []

    def add(found, place):
        """Add one chapter to the book and to its contents."""
        number, title = len(styles), title_of(found)
        book = facts["title"].partition(":")[0]
        styles.append(running_head(number, book, "" if title == facts["title"] else title))
        body.append(f'<section id="{place}" style="page: chapter{number}">{found.decode_contents()}</section>')
        contents.append(entry("chapter", place, title))
        for one in found.select("section > h2"):
            contents.append(entry("section", one.parent["id"], one.get_text(" ", strip=True)))

    for number, (caption, listed) in enumerate(parts()):
        chapters = {page: article(page, pages) for page in listed}
        if caption:
            body.append(part_page(number, caption, [title_of(found) for _, found in chapters.values()]))
            contents.append(entry("part", f"part-{number}", f"Part {number}. {caption}"))
        for page, (soup, found) in chapters.items():
            still(soup, found)
            moved = to_appendix(soup, found, page)
            if moved:
                title = f'<section id="{name_of(page, "solutions")}"><h2>{title_of(found)}</h2>'
                appendix.append(f"{title}{''.join(map(str, moved))}</section>")
            add(found, name_of(page))
    if appendix:
        text = f"<article><h1>Appendix: answers and solutions</h1>{''.join(appendix)}</article>"
        add(BeautifulSoup(text, "html.parser").article, "appendix")
    return (
        f'<!doctype html><html lang="en" data-theme="light" data-mode="light"><head>{head(facts, pages, styles)}</head>'
        f'<body><main class="print bd-content bd-article">{cover(facts)}<section class="contents"><h1>Contents</h1>'
        f"<ol>{''.join(contents)}</ol></section>{''.join(body)}</main></body></html>"
    )


def page_numbers(path):
    """Return on which page each named place of a PDF is."""
    from pypdf import PdfReader

    reader = PdfReader(path)
    return {
        name.removeprefix("/"): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }


@contextmanager
def printer():
    """Open a page in Chromium; what is printed from it takes its size from the page's own sheet."""
    with chromium.launched() as browser:
        yield browser.new_page()


def print_teaching():
    """Print the slides and the summary sheet; return the paths."""
    written = []
    with printer() as tab:
        for source in sorted((HTML / "_static" / "teaching").glob("*.html")):
            written.append(TARGET / f"{source.stem}.pdf")
            tab.goto(source.as_uri())
            tab.pdf(path=str(written[-1]), **OPTIONS)
    return written


def print_twice(source, target):
    """Print a page of HTML, and once more with the page numbers that the first print shows."""
    with printer() as tab:
        tab.goto(source.as_uri(), timeout=120_000)
        tab.evaluate("() => window.MathJax && MathJax.startup.promise")
        failed = tab.evaluate("() => [...document.images].filter(one => !one.naturalWidth).map(one => one.src)")
        failed += tab.evaluate("() => [...document.querySelectorAll('mjx-merror')].map(one => one.textContent)")
        if failed:
            sys.exit(f"make: pictures or formulas are missing: {failed[:5]}")
        for _ in range(2):
            tab.pdf(path=str(target), **OPTIONS)
            missing = tab.evaluate(
                """(numbers) => [...document.querySelectorAll('[data-place]')].filter((one) => {
                  one.textContent = numbers[one.dataset.place] ?? '?';
                  return !(one.dataset.place in numbers);
                }).map((one) => one.dataset.place)""",
                page_numbers(target),
            )
            if missing:
                sys.exit(f"make: no page was found for {missing[:5]}")


def describe(target, facts):
    """Write into the PDF what it is, and begin it with its outline open."""
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=target)
    paper = facts["preferred-citation"]
    writer.add_metadata(
        {
            "/Title": facts["title"],
            "/Author": facts["authors"][0]["name"],
            "/Subject": f"Executable companion to: {paper['title']}, {paper['journal']}, {paper['year']}",
            "/Keywords": ", ".join(facts.get("keywords", [])),
            "/Creator": f"make pdf, version {facts['version']}",
        }
    )
    writer.page_mode = "/UseOutlines"
    writer.write(target)
    return len(writer.pages)


def main():
    """Join, print and describe the book."""
    start = time.monotonic()
    facts = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    TARGET.mkdir(parents=True, exist_ok=True)
    source, target = TARGET / "book.html", TARGET / "book.pdf"
    source.write_text(join(facts), encoding="utf-8")
    print_twice(source, target)
    pages = describe(target, facts)
    source.unlink()
    size, taken = target.stat().st_size / 1e6, time.monotonic() - start
    print(f"make: {target.relative_to(ROOT)}: {pages} pages, {size:.1f} MB, {taken:.0f} s")
    print("make: for lecturers:", ", ".join(str(path.relative_to(ROOT)) for path in print_teaching()))


if __name__ == "__main__":
    main()
