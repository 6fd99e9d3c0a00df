"""The built book, opened page by page in a browser: complete, offline, legible, navigable."""

import io
import json
import os
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image

import chromium

BOOK = Path(__file__).resolve().parent.parent / "_build" / "html"
PAGES = sorted(
    path
    for path in BOOK.rglob("*.html")
    if not {"_static", "_sources"} & set(path.relative_to(BOOK).parts)
    and path.name not in {"genindex.html", "search.html"}
)
# Known weaknesses of the stock theme that this book cannot mend from outside; none is a fault of a page.
THEME_RULES = {
    "region",  # the theme's skip link and back-to-top button stand outside any landmark
    "label-content-name-mismatch",  # its header buttons have a longer spoken than printed name
}

# How far the page is wider than the screen, which elements stick out, and which scroll sideways in a box of their own.
OVERFLOW = """() => {
  const hidden = '.visually-hidden, mjx-assistive-mml, table.cards > thead, .ledger caption, mjx-container *';
  const start = (e) => e.outerHTML.slice(0, 120);
  const all = [...document.querySelectorAll('.bd-article *, .prev-next-area, .prev-next-area *')]
    .filter(e => e.checkVisibility() && !e.closest(hidden));
  const wide = all.filter(e => e.getBoundingClientRect().right > innerWidth + 1);
  const scrolls = all.filter(e => e.clientWidth && e.scrollWidth > e.clientWidth + 1
    && !['visible', 'clip'].includes(getComputedStyle(e).overflowX) && getComputedStyle(e).display !== 'inline');
  const root = document.documentElement;
  return [root.scrollWidth - root.clientWidth, wide.slice(0, 5).map(start), scrolls.slice(0, 5).map(start)];
}"""

pytestmark = pytest.mark.book
needs_browser = pytest.mark.skipif(chromium.PATH is None, reason=chromium.MISSING)


def name(page):
    return str(page.relative_to(BOOK))


class Page(HTMLParser):
    """The links, anchors and images of one page."""

    def __init__(self, text):
        super().__init__()
        self.links, self.anchors, self.images = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if attributes.get("id"):
            self.anchors.add(attributes["id"])
        if tag == "a" and attributes.get("href"):
            self.links.append(attributes["href"])
        if tag == "img":
            self.images.append(attributes)


@pytest.fixture(scope="session")
def parsed():
    return {page: Page(page.read_text(encoding="utf-8")) for page in PAGES}


def test_a_browser_is_there_where_one_is_required():
    """Continuous integration sets the variable: there a skipped browser test would be a failure nobody sees."""
    if os.environ.get("SICELL_REQUIRE_BROWSER"):
        assert chromium.PATH, chromium.MISSING
        assert os.access(chromium.PATH, os.X_OK), f"{chromium.PATH} cannot be run"


def test_the_book_is_built():
    assert BOOK / "index.html" in PAGES, "run: make book"
    assert len(PAGES) >= 20


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_internal_links_lead_somewhere(page, parsed):
    broken = []
    for link in parsed[page].links:
        parts = urlsplit(link)
        if parts.scheme or link.startswith("//"):
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        anchors = parsed[target].anchors if target in parsed else {unquote(parts.fragment)}
        if not target.is_file() or (parts.fragment and unquote(parts.fragment) not in anchors):
            broken.append(link)
    assert not broken


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_image_has_alternative_text(page, parsed):
    silent = [image.get("src") for image in parsed[page].images if not (image.get("alt") or "").strip()]
    assert not silent


def test_computed_figures_say_what_they_show(parsed):
    """An alternative text is a sentence, not a file name."""
    for page, content in parsed.items():
        for image in content.images:
            if "_images" in (image.get("src") or ""):
                assert len(image["alt"].split()) >= 5, f"{name(page)}: {image['alt']!r}"


def test_execution_left_no_error_in_any_page():
    for page in PAGES:
        # docstrings on the library's pages show what an error looks like
        if page.name.startswith("api-"):
            continue
        assert "Traceback (most recent call last)" not in page.read_text(encoding="utf-8"), name(page)


# A figure is as wide as a telephone but for a margin of 4 px on each side.
FIGURE_WIDTH = 382
TEXT = re.compile(r'<g id="text_\d+">(.*?)</g>\s*</g>', re.S)
PLACE = re.compile(r"translate\(([-\d.]+) ([-\d.]+)\)(?: rotate\(([-\d.]+)\))? scale\(([\d.]+) -[\d.]+\)")


def texts(svg):
    """Return size and both ends of each text of a figure, in units of the figure."""
    for group in TEXT.findall(svg):
        comment = re.search(r"<!-- (.*?) -->", group, re.S)
        # a text of several lines has a place for each
        places = [*PLACE.finditer(group)]
        for place, after in zip(places, [*places[1:], None], strict=True):
            x, y, angle, scale = place.groups()
            line = group[place.end() : after.start() if after else None]
            # the last glyph begins at the largest offset; it is about 60 of 100 units wide
            offsets = [float(found) for found in re.findall(r'<use [^>]*transform="translate\(([\d.]+)', line)]
            length = float(scale) * (max(offsets, default=0) + 60)
            start = float(y) if angle else float(x)
            ends = (start - length, start) if angle else (start, start + length)
            yield comment[1] if comment else "", 100 * float(scale), ends, bool(angle)


@pytest.mark.parametrize("figure", sorted((BOOK / "_images").glob("*.svg")), ids=lambda path: path.stem[:12])
def test_text_in_a_figure_is_legible_on_a_telephone_and_not_cut(figure):
    svg = figure.read_text(encoding="utf-8")
    width, height = (float(found) for found in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())
    found = list(texts(svg))
    small = [(text, size) for text, size, *_ in found if size * FIGURE_WIDTH / width < 11]
    cut = [text for text, _, (start, end), upright in found if start < -2 or end > (height if upright else width) + 4]
    assert found
    assert small == []
    assert cut == []


@pytest.fixture(scope="module")
def browser():
    with chromium.launched() as browser:
        yield browser


def visit(browser, page, width, scheme):
    """Open one page from the disk; return it with what it asked of the network and what it complained of."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    tab = context.new_page()
    requests, complaints = [], []
    tab.on(
        "request",
        lambda request: requests.append(request.url) if not re.match("file:|data:|blob:", request.url) else None,
    )
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(page.as_uri(), wait_until="load")
    tab.wait_for_function(
        "!window.MathJax || !window.MathJax.startup || window.MathJax.startup.promise.then(() => true)"
    )
    return tab, requests, complaints


@pytest.fixture(scope="module", params=PAGES, ids=name)
def opened(request, browser):
    """One page on a telephone, by turns in light and dark, so that every kind of page is seen in both."""
    scheme = ("light", "dark")[PAGES.index(request.param) % 2]
    tab, requests, complaints = visit(browser, request.param, 390, scheme)
    yield tab, requests, complaints
    tab.context.close()


@needs_browser
@pytest.mark.browser
def test_page_is_complete_offline_and_fits_a_telephone(opened):
    tab, requests, complaints = opened
    tab.evaluate("() => document.querySelectorAll('details').forEach(each => { each.open = true; })")
    tab.wait_for_timeout(50)
    overflow = tab.evaluate(OVERFLOW)
    unset = tab.evaluate(
        "() => [...document.querySelectorAll('.math')].filter(e => !e.querySelector('mjx-container')).length"
    )
    missing = tab.evaluate("() => [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)")
    assert requests == []
    assert complaints == []
    assert overflow[0] <= 0, overflow[1]
    assert overflow[1] == []
    assert overflow[2] == []
    assert unset == 0
    assert missing == []


def corners(tab):
    """Return the colours of the page behind the first figure: beside it, and in its own corner."""
    figure = tab.locator("figure img[src$='.svg']").first
    figure.scroll_into_view_if_needed()
    box = figure.bounding_box()
    places = (box["x"] - 3, box["x"] + 1)
    shots = [tab.screenshot(clip={"x": x, "y": box["y"] + 1, "width": 2, "height": 2}) for x in places]
    return [Image.open(io.BytesIO(shot)).convert("RGB").getpixel((0, 0)) for shot in shots]


# Marks each text that looks like none before it: its colour, whether it is large, and all that lies behind it.
LOOKS = """seen => {
  const known = new Set(seen);
  for (const element of document.querySelectorAll('body *')) {
    delete element.dataset.look;
    if (![...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(element), size = parseFloat(fontSize);
    const key = [color, size >= 24 || (size >= 18.66 && fontWeight >= 700), textShadow];
    for (let behind = element; behind; behind = behind.parentElement) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(behind);
      key.push([backgroundColor, backgroundImage, opacity].join().replace('rgba(0, 0, 0, 0),none,1', ''));
      if (backgroundColor.startsWith('rgb(')) break;
    }
    const look = key.filter(part => part !== '').join();
    element.dataset.look = known.has(look) ? 'known' : 'new';
    known.add(look);
  }
  return [...known];
}"""
NEW_LOOKS = {"include": [["html"], ["[data-look=new]"]], "exclude": [["[data-look=known]"]]}


def violations(tab, context=None, **options):
    """Return what axe finds, but for what the theme is known for: rule -> where."""
    from axe_playwright_python.sync_playwright import Axe

    result = Axe().run(tab, context=context, options={"resultTypes": ["violations"], **options})
    return {
        violation["id"]: [node["html"][:160] for node in violation["nodes"][:3]]
        for violation in result.response["violations"]
        if violation["id"] not in THEME_RULES
    }


def poor_contrast(tab, scheme, seen):
    """Return the texts that are hard to read, of those that look like none in `seen`: each look is asked once."""
    tab.emulate_media(color_scheme=scheme)
    tab.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)
    tab.wait_for_function("() => document.getAnimations().every(one => one.playState !== 'running')")
    seen[:] = tab.evaluate(LOOKS, seen)
    if not tab.locator("[data-look=new]").count():
        return {}
    return violations(tab, NEW_LOOKS, runOnly={"type": "rule", "values": ["color-contrast"]})


@pytest.fixture(scope="module")
def looks():
    """The looks of texts that were found legible on earlier pages, by scheme."""
    return {"light": [], "dark": []}


@needs_browser
@pytest.mark.browser
def test_page_is_accessible(opened, looks):
    tab = opened[0]
    tab.set_viewport_size({"width": 1280, "height": 900})
    tab.evaluate("() => document.querySelectorAll('details').forEach(d => d.open = true)")
    wider, sticking_out, _ = tab.evaluate(OVERFLOW)
    assert wider <= 0, sticking_out
    # the theme makes what scrolls a stop of the Tab key, 0.3 s after the window has got its width
    tab.wait_for_timeout(400)
    # a formula is no stop of the Tab key, and no two buttons have one name
    assert tab.locator("mjx-container[tabindex]").count() == 0
    names = tab.locator("button.copybtn").evaluate_all("all => all.map(each => each.getAttribute('aria-label'))")
    assert len(set(names)) == len(names)
    assert violations(tab, rules={"color-contrast": {"enabled": False}}) == {}
    assert {scheme: poor_contrast(tab, scheme, seen) for scheme, seen in looks.items()} == {"light": {}, "dark": {}}


@needs_browser
@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_figure_stands_on_the_page_without_a_slab(browser, scheme, width):
    tab, _, _ = visit(browser, BOOK / "chapters" / "balancing.html", width, scheme)
    page, figure = corners(tab)
    shown = tab.locator("figure img[src$='.svg']").first.bounding_box()["width"]
    tab.context.close()
    assert page == figure
    assert (max(page) < 60) == (scheme == "dark")
    assert shown >= FIGURE_WIDTH


@needs_browser
@pytest.mark.browser
def test_a_folded_section_says_what_is_in_it_and_opens_for_a_link(browser):
    page = BOOK / "chapters" / "balancing.html"
    tab, _, _ = visit(browser, page, 390, "light")
    sections = tab.locator("details.section-rest")
    said = sections.locator("> summary").all_inner_texts()
    held = r"A side path, \d min( of text|: (\d (figure|table)s?( and )?)+)"
    aside = [text for text in said if re.fullmatch(held, text)]
    assert len(aside) == 7
    assert said[-4].startswith("Each claim of this chapter: ")
    assert re.fullmatch(r"(\d+ [a-z]+(, | and )?)+, with their arithmetic", said[-3])
    assert said[-2] == "5 exercises, each with a solution"
    sections = tab.locator("#reported-and-computed > details")
    assert re.fullmatch(
        r"Each claim of this chapter: \d+ hits?, \d+ miss(es)?, \d+ neither",
        sections.first.locator("summary").first.inner_text(),
    )
    row = sections.first.locator("tr[id]").first
    assert row.is_hidden()
    tab.goto(f"{page.as_uri()}#{row.get_attribute('id')}")
    row.wait_for(state="visible")
    tab.context.close()


@needs_browser
@pytest.mark.browser
def test_pale_words_are_found(browser):
    tab, _, _ = visit(browser, BOOK / "index.html", 1280, "light")
    seen = []
    assert poor_contrast(tab, "light", seen) == {}
    tab.evaluate("() => document.querySelector('article p').insertAdjacentHTML('beforeend', '<b>pale words</b>')")
    tab.evaluate("() => { document.querySelector('article p > b:last-child').style.color = '#bbb' }")
    assert ["pale words" in one for one in poor_contrast(tab, "light", seen)["color-contrast"]] == [True]
    assert poor_contrast(tab, "light", seen) == {}
    tab.context.close()


@needs_browser
@pytest.mark.browser
def test_a_claim_is_a_card_on_a_telephone_and_a_row_on_a_desk(browser):
    page = BOOK / "chapters" / "balancing.html"
    opened = "() => document.querySelectorAll('details.section-rest').forEach(each => { each.open = true; })"
    evidence = "#reported-and-computed .evidence table.cards tbody tr"
    tab, _, _ = visit(browser, page, 390, "light")
    tab.evaluate(opened)
    row = tab.locator(evidence).first
    assert row.evaluate("e => getComputedStyle(e).display") == "block"
    heads = row.locator("td").evaluate_all("all => all.map(e => [e.dataset.label, e.checkVisibility()])")
    assert heads == [
        ["paper", True],
        ["computed", True],
        ["verdict", True],
        ["error (allowed)", False],
        ["guess", False],
        ["skill", False],
    ]
    assert re.search(r"\d.*\sV$", row.locator("td").nth(1).inner_text())
    rest = row.locator("details.rest")
    assert rest.locator("dd").first.is_hidden()
    rest.locator("summary").focus()
    tab.keyboard.press("Enter")
    shown = [text.replace("\u00a0", " ") for text in rest.locator("dd").all_inner_texts()]
    assert shown == [text.replace("\u00a0", " ") for text in row.locator("td.folded").all_text_contents()]
    # a table laid out as blocks is announced as a table all the same
    assert tab.get_by_role("rowheader").count() >= tab.locator(evidence).count()
    tab.context.close()
    tab, _, _ = visit(browser, page, 1280, "light")
    tab.evaluate(opened)
    row = tab.locator(evidence).first
    assert row.evaluate("e => getComputedStyle(e).display") == "table-row"
    assert row.locator("td.folded").first.is_visible()
    assert row.locator("details.rest").is_hidden()
    tab.context.close()


@needs_browser
@pytest.mark.browser
def test_the_ledger_is_searched_sorted_and_on_a_telephone_shown_in_parts(browser):
    page = BOOK / "chapters" / "ledger.html"
    tab, _, complaints = visit(browser, page, 390, "dark")
    rows = tab.locator(".ledger tbody tr")
    shown, status = tab.locator(".ledger tbody tr:visible"), tab.locator(".ledger [role=status]")
    last = rows.last.get_attribute("id")
    assert shown.count() == 20
    assert status.inner_text() == f"{rows.count()} of {rows.count()} claims, 20 shown"
    tab.get_by_role("button", name="Show 20 more").click()
    assert shown.count() == 40
    tab.get_by_label("Sort by").select_option("|error| / tolerance")
    sizes = [float(text) for text in shown.locator("td:nth-child(4)").all_inner_texts()]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 1
    tab.get_by_label("Find").fill("miss balancing")
    assert 0 < shown.count() < 20
    assert all("miss" in text for text in shown.locator(".verdict").all_inner_texts())
    tab.get_by_label("Find").fill("")
    tab.goto(f"{page.as_uri()}#{last}")
    tab.locator(f"#{last}").wait_for(state="visible")
    assert complaints == []
    tab.set_viewport_size({"width": 1280, "height": 900})
    assert shown.count() == rows.count()
    tab.context.close()


@needs_browser
@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_drawing_of_a_cell_changes_by_keyboard_and_is_legible(browser, width):
    tab, _, _ = visit(browser, BOOK / "chapters" / "cell.html", width, "dark")
    lithium = """k => [...document.querySelectorAll(`.cell-figure g.lithium.${k}`)]
      .filter(e => getComputedStyle(e).display !== 'none').length"""
    assert tab.evaluate(lithium, "charging") == 2
    assert tab.evaluate(lithium, "discharging") == 0
    tab.get_by_role("radio", name="Charge", exact=True).focus()
    tab.keyboard.press("ArrowRight")
    assert tab.get_by_role("radio", name="Discharge").is_checked()
    assert tab.evaluate(lithium, "charging") == 0
    assert tab.evaluate(lithium, "discharging") == 2
    assert tab.locator("p.discharging").is_visible()
    assert tab.locator("p.charging").is_hidden()
    sizes = tab.evaluate(
        """() => [...document.querySelectorAll('.cell-drawing .label, .cell-drawing .note, .cell-drawing .inside')]
          .map(e => parseFloat(getComputedStyle(e).fontSize) * e.ownerSVGElement.getScreenCTM().a)"""
    )
    assert min(sizes) >= 11
    tab.context.close()


@needs_browser
@pytest.mark.browser
@pytest.mark.parametrize(
    "chapter", [page.stem for page in PAGES if 'class="question"' in page.read_text(encoding="utf-8")]
)
def test_questions_are_answered_by_keyboard_with_a_reason_and_remembered(browser, chapter):
    tab, requests, complaints = visit(browser, BOOK / "chapters" / f"{chapter}.html", 390, "light")
    forms = tab.locator("form.question")
    assert forms.count() >= 2
    for form in forms.all():
        data, verdict = json.loads(form.get_attribute("data-question")), form.locator(".verdict")
        assert form.locator("details").is_hidden()
        form.locator("button").press("Enter")
        assert verdict.inner_text() == "Choose or enter an answer first."
        if form.get_attribute("data-kind") == "choice":
            for option, reason in data["reasons"].items():
                form.get_by_label(option, exact=True).press("Space")
                form.get_by_label(option, exact=True).press("Enter")
                right = option == data["answer"]
                assert verdict.inner_text() == ("✓ Right. " if right else "✗ Not so. ") + reason
                assert form.locator("details").is_visible() != right
            form.get_by_label(data["answer"], exact=True).press("Space")
            form.locator("button").press("Enter")
        else:
            unit = next(iter(data["units"]))
            wrong = [(f"{trap:g}", reason) for trap, reason in data["traps"]]
            wrong += [(f"{data['value'] + 1.1 * data['tolerance']:.2f}", "Too high."), ("no", "is not a number")]
            near = data["value"] - 0.9 * data["tolerance"]
            right = [f"{near:.2f}", f"{near:.2f}".replace(".", ","), f" {data['value']:.2f} {unit} "]
            assert len(data["traps"]) == 3
            for text, reason in [*wrong, *((text, "Computed: " + data["answer"]) for text in right)]:
                form.get_by_role("textbox").fill(text)
                form.get_by_role("textbox").press("Enter")
                assert verdict.inner_text().startswith("✓ Right." if text in right else "✗ Not so.")
                assert reason in verdict.inner_text()
    tab.reload()
    assert tab.locator("form.question[data-state=right]").count() == forms.count()
    assert requests == complaints == []
    tab.context.close()


@needs_browser
@pytest.mark.browser
def test_the_ledger_is_sorted_and_searched_by_keyboard_and_says_how_many_are_left(browser):
    tab, requests, complaints = visit(browser, BOOK / "chapters" / "ledger.html", 1280, "dark")
    tab.evaluate("() => document.querySelectorAll('details').forEach(each => { each.open = true; })")
    find, status = tab.locator(".ledger input"), tab.locator(".ledger [role=status]")
    find.focus()
    tab.keyboard.type("miss balancing")
    left = int(re.fullmatch(r"(\d+) of \d+ claims", status.inner_text())[1])
    assert tab.locator(".ledger tbody tr:visible").count() == left > 0
    for _ in range("miss balancing".count("") - 1):
        tab.keyboard.press("Backspace")
    title = tab.get_by_role("button", name="|error| / tolerance")
    while not title.evaluate("e => e === document.activeElement"):
        tab.keyboard.press("Tab")
    for direction in ("ascending", "descending"):
        tab.keyboard.press("Enter")
        assert tab.locator(".ledger th[aria-sort]").get_attribute("aria-sort") == direction
        shown = [float(text) for text in tab.locator(".ledger tbody tr td:nth-child(4)").all_inner_texts() if text]
        assert shown == sorted(shown, reverse=direction == "descending")
    # the outcome is a word, not a colour alone
    assert {"hit", "miss"} <= set(tab.locator(".ledger td.verdict").all_inner_texts())
    assert requests == complaints == []
    tab.context.close()


@needs_browser
@pytest.mark.browser
def test_code_is_copied_by_keyboard_and_a_sentence_says_so(browser):
    tab, _, complaints = visit(browser, BOOK / "chapters" / "introduction.html", 1280, "light")
    button = tab.locator("button.copybtn:visible").first
    code = button.evaluate("e => e.previousElementSibling.textContent")
    button.focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    assert button.evaluate("e => e === document.activeElement && getComputedStyle(e).outlineStyle") == "solid"
    tab.wait_for_function("() => getComputedStyle(document.activeElement).opacity === '1'")
    tab.evaluate("() => document.addEventListener('copy', () => { window.copied = true; })")
    tab.keyboard.press("Enter")
    name = button.get_attribute("aria-label").removeprefix("Copy code ")
    tab.get_by_role("status").filter(has_text=f"Code {name}: Copied!").wait_for(state="attached")
    assert tab.evaluate("() => window.copied")
    assert code.strip()
    assert complaints == []
    tab.context.close()


@needs_browser
@pytest.mark.browser
def test_on_paper_sections_are_open_and_solutions_closed(browser):
    tab, _, _ = visit(browser, BOOK / "chapters" / "np-explorer.html", 1280, "dark")
    tab.emulate_media(media="print")
    tab.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert tab.locator("details.section-rest:not([open])").count() == 0
    assert tab.locator(".exercise").first.is_visible()
    assert tab.locator(".solution pre").first.is_hidden()
    assert tab.locator(".explorable svg").first.is_visible()
    assert tab.locator(".explorable input").first.is_hidden()
    tab.context.close()


@needs_browser
@pytest.mark.browser
def test_search_finds_chapters_first_and_shows_words_around_from_the_disk(browser):
    for query in ("plating", "SEI", "ICE"):
        context = browser.new_context()
        tab = context.new_page()
        tab.goto(f"{(BOOK / 'search.html').as_uri()}?q={query}")
        tab.wait_for_function("() => /finished/.test(document.querySelector('#search-results p')?.textContent)")
        links = tab.locator("ul.search li > a").evaluate_all("all => all.map(e => e.getAttribute('href'))")
        is_api = ["api" in link for link in links]
        assert not is_api[0], query
        assert is_api == sorted(is_api), query
        tab.wait_for_selector("ul.search li p.context")
        around = tab.locator("ul.search li p.context").first.inner_text()
        assert len(around) > 60
        assert "\\" not in around
        context.close()
