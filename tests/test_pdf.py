"""The book as a PDF: what is joined, and, where it has been printed (make pdf), every page of it."""

import re
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

import pdf
from poetke2021 import explorables
from poetke2021.cycling import Protocol

PRINTED = pdf.TARGET / "book.pdf"


def joined(text, page="chapters/one"):
    soup = BeautifulSoup(f"<article>{text}</article>", "html.parser")
    pdf.still(soup, soup.article)
    return soup.article, pdf.to_appendix(soup, soup.article, page)


def test_solutions_and_answers_go_to_the_appendix_and_a_line_leads_there():
    question = '<form class="question"><fieldset><legend>Which?</legend><button>Check</button></fieldset>'
    answer = "<details><summary>Answer</summary><p>This one.</p></details></form>"
    solution = '<div class="solution dropdown admonition"><p>So it is.</p></div>'
    found, moved = joined(f"<h1>One</h1>{question}{answer}<p>Text.</p>{solution}")
    assert [one.get_text(" ", strip=True) for one in moved] == ["Which? This one.", "So it is."]
    left = found.get_text(" ", strip=True)
    assert left == "One Which? Answer: page Text. Solution: page"
    places = [one["data-place"] for one in found.select(".page-of")]
    assert places == [one["id"] for one in moved]


def test_what_moves_stands_as_it_begins():
    moves = explorables.what_comes_back(0.877, Protocol(0.07, 0.2, 1.0, 50))
    found, _ = joined(f'<div class="text_html">{moves._repr_html_()}</div>')
    assert found.input is None
    said = found.select_one(".elsewhere").get_text()
    assert said.endswith("stands at: Coulombic efficiency 99.4 %, Of what is missing comes back 0 %.")
    assert len(found.select(".explorable svg path")) == 2
    assert "less than reported" in found.select_one(".verdict").get_text()


def test_what_is_folded_on_a_screen_stands_right_below_its_heading():
    section = '<h2>More</h2><details class="section-rest"><summary>3 min</summary><p>Text.</p></details>'
    found, _ = joined(section)
    assert found.get_text(" ", strip=True) == "More Text."
    assert found.h2.find_next_sibling().p.get_text() == "Text."


def test_the_title_of_a_table_is_repeated_with_its_head():
    table = "<table><caption>All</caption><thead><tr><th>a</th><th>b</th></tr></thead><tbody></tbody></table>"
    found, _ = joined(table)
    assert found.caption is None
    assert (found.thead.th.get_text(), found.thead.th["colspan"]) == ("All", "2")


@pytest.mark.book
def test_the_joined_book_has_every_page_and_every_link_leads_to_a_place_in_it():
    facts = yaml.safe_load((pdf.ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    whole = BeautifulSoup(pdf.join(facts), "html.parser")
    ids = [one["id"] for one in whole.select("[id]")]
    wanted = {one["href"][1:] for one in whole.select("a[href^='#']")}
    assert [one for one in wanted if ids.count(one) > 1] == []
    pages = [page for _, listed in pdf.parts() for page in listed]
    assert {pdf.name_of(page) for page in pages} <= set(ids)
    broken = [one["href"] for one in whole.select("a[href^='#']") if one["href"][1:] not in ids]
    assert broken == []
    missing = [
        one["src"] for one in whole.select("img[src^='../']") if not (pdf.TARGET / one["src"]).resolve().is_file()
    ]
    assert missing == []
    assert whole.select("input[type=range]") == []
    assert len(whole.select("#appendix .solution")) == len(re.findall("Solution: page", whole.get_text()))


@pytest.fixture(scope="module")
def reader():
    if not PRINTED.is_file():
        pytest.skip("not printed: make pdf")
    return pytest.importorskip("pypdf").PdfReader(PRINTED)


def elements(node, kinds):
    """Return the structure elements of some kinds under a node of a tagged PDF."""
    found, todo = [], [node]
    while todo:
        one = todo.pop()
        one = one.get_object() if hasattr(one, "get_object") else one
        if isinstance(one, dict):
            found += [one] if one.get("/S") in kinds else []
            inside = one.get("/K", [])
            inside = inside.get_object() if hasattr(inside, "get_object") else inside
            todo += inside if isinstance(inside, list) else [inside]
    return found


@pytest.mark.edition
def test_no_page_is_empty_and_no_text_leaves_its_page(reader):
    for number, page in enumerate(reader.pages, start=1):
        width, outside, text = float(page.mediabox.width), [], []

        def look(piece, matrix, at, font, size, width=width, outside=outside, text=text):
            text.append(piece)
            x = at[4] * matrix[0] + at[5] * matrix[2] + matrix[4]
            # pieces of a stretched brace lie one over another, beyond where they are seen
            if piece.strip() and not "\ue000" <= piece.strip()[0] <= "\uf8ff" and not 20 < x < width - 30:
                outside.append(piece)

        page.extract_text(visitor_text=look)
        assert len("".join(text).strip()) > 30, f"page {number} is empty"
        assert not outside, f"page {number}: {outside[:3]}"


@pytest.mark.edition
def test_fonts_are_embedded_pictures_have_words_and_the_file_says_what_it_is(reader):
    fonts = {}
    for page in reader.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            font = font.get_object()
            inner = font.get("/DescendantFonts", [font])[0].get_object()
            described = inner.get("/FontDescriptor", {})
            described = described.get_object() if hasattr(described, "get_object") else described
            embedded = font["/Subtype"] == "/Type3" or any(name.startswith("/FontFile") for name in described)
            fonts[font.get("/BaseFont", "Type 3")] = embedded
    assert fonts
    assert all(fonts.values()), fonts
    tree = reader.trailer["/Root"]["/StructTreeRoot"]
    figures = elements(tree, {"/Figure"})
    # a figure of the page holds the picture, which has the words
    figures = [one for one in figures if len(elements(one, {"/Figure"})) == 1]
    assert len(figures) > 40
    assert all(str(one.get("/Alt", "")).strip() for one in figures)
    facts = yaml.safe_load((Path(pdf.ROOT) / "CITATION.cff").read_text(encoding="utf-8"))
    assert reader.metadata.title == facts["title"]
    assert reader.metadata.author == facts["authors"][0]["name"]
    assert reader.trailer["/Root"]["/Lang"] == "en"


@pytest.mark.edition
def test_the_contents_name_the_pages_on_which_chapters_begin(reader):
    numbers = pdf.page_numbers(PRINTED)
    contents = " ".join(reader.pages[number].extract_text() for number in range(1, 6))
    for _, listed in pdf.parts():
        for page in listed:
            place = numbers[pdf.name_of(page)]
            head = (pdf.HTML / f"{page}.html").read_text(encoding="utf-8")
            title = BeautifulSoup(head, "html.parser").article.h1.get_text().rstrip("#").strip()
            words = title.split()[-1]
            assert re.search(rf"{re.escape(words)}\W*\s*{place}\b", contents), (title, place)
            assert title.split()[0] in reader.pages[place - 1].extract_text()


@pytest.mark.edition
@pytest.mark.skipif(not PRINTED.is_file(), reason="not printed (make pdf)")
@pytest.mark.parametrize(("name", "pages"), [("plan-1", 5), ("plan-2", 5), ("plan-3", 5), ("summary", 2)])
def test_slides_are_printed_one_a_page_and_the_summary_on_two(name, pages):
    from pypdf import PdfReader

    printed = PdfReader(pdf.TARGET / f"{name}.pdf").pages
    assert len(printed) == pages
    wide = {float(page.mediabox.width) > float(page.mediabox.height) for page in printed}
    assert wide == {name != "summary"}
    assert all(len(page.extract_text()) > 100 for page in printed)
