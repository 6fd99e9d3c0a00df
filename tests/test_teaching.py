"""What a lecturer takes along: slides and summary sheet say what is computed, and fit where they are shown."""

import re
import zipfile
from itertools import pairwise
from pathlib import Path

import lesson_numbers
import lessons
import pytest
from bs4 import BeautifulSoup
from docutils.frontend import get_default_settings
from docutils.utils import new_reporter

import chromium
from companion import ledger

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "_build" / "html"
MADE = BOOK / "_static" / "teaching"
SOURCES = sorted((ROOT / "chapters" / "teaching").glob("*.md"))
PLANS = [path.stem for path in SOURCES if path.stem.startswith("plan-")]
needs_browser = pytest.mark.skipif(chromium.PATH is None, reason=chromium.MISSING)

# What sticks out of a slide: text below the foot or beyond the margins, words that are too small to be read far back.
FAULTS = """() => {
  const slide = document.querySelector('.slide.current'), box = slide.getBoundingClientRect();
  const foot = slide.querySelector('.foot').getBoundingClientRect().top, found = [];
  for (const one of slide.querySelectorAll('.inside, .inside :not(svg *)')) {
    const at = one.getBoundingClientRect();
    if (at.left < box.left || at.right > box.right - 20 || at.top < box.top || at.bottom > foot + 1)
      found.push(one.outerHTML.slice(0, 80));
    const words = [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    const size = parseFloat(getComputedStyle(one).fontSize);
    if (words && !one.closest('figcaption a') && size < 20) found.push(`${size} px: ${one.textContent.slice(0, 40)}`);
  }
  return found;
}"""
# Words of a figure that a band cuts through, and how tall its letters are on the slide.
CUT = """([drawn, edges]) => {
  document.body.innerHTML = drawn.replace(/^[^]*?(?=<svg)/, '');
  const height = document.querySelector('svg').viewBox.baseVal.height;
  return [...document.querySelectorAll('svg g[id^=text]')].filter((one) => {
    const box = one.getBBox();
    return box.height && edges.some((edge) => box.y < edge * height - 0.2 && box.y + box.height > edge * height + 0.2);
  }).map((one) => one.id);
}"""


def html(name):
    return BeautifulSoup((MADE / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def test_there_is_a_deck_of_five_for_each_plan_and_every_slide_asks_or_shows_something():
    plans = re.findall(r"^## Plan (\d+): (.+?) \(90 minutes\)$", (ROOT / "chapters" / "lecturers.md").read_text(), re.M)
    assert len(plans) == 3
    for number, title in plans:
        (found, _, plan), slides = lessons.sections((ROOT / "chapters" / "teaching" / f"plan-{number}.md").read_text())
        assert (found, plan.strip()) == (title, f"Plan {number}")
        assert len(slides) == 5
        minutes = [[int(end) for end in mark.split("–")] for _, mark, _ in slides]
        assert (minutes[0][0], minutes[-1][1]) == (0, 90)
        assert all(before[1] == after[0] for before, after in pairwise(minutes))
        assert all(text for _, _, text in slides)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_result_is_typed(source):
    """What has a decimal point or three digits is computed; ratios name a cell, and the rest is no result."""
    text = re.sub(r"\{[^}]*\}(`[^`]*`)?|!\[\].*|\]\([^)]*\)", "", source.read_text())
    for allowed in ("1.1", "1.3", "1.7", "2.0", "96\u00a0485", "3.6", "2021", "CC BY 4.0"):
        text = text.replace(allowed, "")
    assert re.findall(r"\d+\.\d+|\d{3,}", text.replace("planes 111", "").replace("wide is 111", "")) == []


def test_a_number_follows_the_ledger_and_an_unknown_one_is_an_error_of_the_build():
    before = lessons.fill("{computed}`loading` on {computed}`die`")
    assert before == "3.45\u00a0mg\u00a0cm⁻² on 13\u00a0mm"
    lesson_numbers.numbers.cache_clear()
    try:
        with ledger.override({"die-diameter": 11.0}):
            assert lessons.fill("{computed}`loading` on {computed}`die`") == "4.82\u00a0mg\u00a0cm⁻² on 11\u00a0mm"
    finally:
        lesson_numbers.numbers.cache_clear()
    said = []
    reporter = new_reporter("", get_default_settings())
    reporter.report_level = 5
    reporter.attach_observer(said.append)
    inliner = type("Inliner", (), {"reporter": reporter})
    assert lessons.computed("computed", "", "no-such-number", 1, inliner)[0] == []
    assert "computes no 'no-such-number'" in said[0].astext()


@pytest.mark.book
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_each_page_says_the_computed_numbers_and_shows_figures_of_the_book(source):
    page = html(source.stem)
    text = " ".join(page.get_text(" ").split())
    for name in re.findall(r"\{computed\}`([^`]+)`", source.read_text()):
        assert lesson_numbers.numbers()[name] in text
    assert "{computed}" not in text
    for image in page.select("image"):
        assert (MADE / image["href"]).resolve().is_file()
    for link in page.select("a[href], link[href], script[src]"):
        path, _, anchor = (link.get("href") or link["src"]).partition("#")
        target = (MADE / path).resolve()
        assert target.is_file(), path
        assert not anchor or f'id="{anchor}"' in target.read_text(encoding="utf-8")


@pytest.mark.book
def test_the_page_for_lecturers_leads_to_every_file():
    page = BeautifulSoup((BOOK / "chapters" / "lecturers.html").read_text(encoding="utf-8"), "html.parser")
    links = {link["href"] for link in page.select("article a[href]")}
    assert {f"../_static/teaching/{source.stem}.html" for source in SOURCES} <= links
    assert {f"../_static/teaching/{name}.zip" for name in ("student", "solutions")} <= links


@pytest.mark.book
def test_the_notebooks_are_offered_below_the_exercises_of_every_chapter_that_is_in_them():
    with zipfile.ZipFile(MADE / "student.zip") as packed:
        chapters = [Path(name).stem for name in packed.namelist() if name.endswith(".ipynb")]
    assert len(chapters) > 10
    for path in (BOOK / "chapters").glob("*.html"):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        links = [link["href"] for link in page.select("#exercises p.handout a")]
        assert len(links) == (2 if path.stem in chapters else 0), path.stem
        assert all((path.parent / link).resolve().is_file() for link in links)


@pytest.fixture(scope="module")
def tab():
    with chromium.launched() as browser:
        tab = browser.new_page(viewport={"width": 1280, "height": 720})
        tab.faults = []
        tab.on("request", lambda one: None if one.url.startswith("file:") else tab.faults.append(one.url))
        tab.on("pageerror", lambda one: tab.faults.append(str(one)))
        yield tab


@pytest.mark.book
@needs_browser
@pytest.mark.parametrize("plan", PLANS)
def test_slides_go_by_keyboard_keep_back_the_answer_and_fit(tab, plan):
    tab.goto((MADE / f"{plan}.html").as_uri())
    seen = []
    for _ in range(20):
        seen.append(tab.evaluate("() => location.hash"))
        hidden = tab.locator(".slide.current .answer:not(.shown)")
        waiting = hidden.count()
        assert all(not hidden.nth(one).is_visible() for one in range(waiting))
        assert tab.evaluate(FAULTS) == [], seen[-1]
        tab.keyboard.press("ArrowRight")
        if waiting:
            assert tab.evaluate("() => location.hash") == seen[-1]
            assert tab.locator(".slide.current .answer.shown").first.is_visible()
    assert list(dict.fromkeys(seen)) == ["#1", "#2", "#3", "#4", "#5"]
    tab.keyboard.press("Home")
    assert tab.evaluate("() => location.hash") == "#1"
    tab.emulate_media(media="print")
    assert all(tab.locator(".slide").nth(one).is_visible() for one in range(5))
    assert tab.locator(".answer:visible").count() == tab.locator(".answer").count()
    tab.emulate_media(media="screen")
    assert tab.faults == []


@pytest.mark.book
@needs_browser
@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_no_band_of_a_figure_cuts_through_words(tab, source):
    pages = lessons.Pages(BOOK, ROOT)
    for page, name, bands in lessons.FIGURE.findall(source.read_text()):
        if not bands:
            continue
        picture = pages.page(page).find(id=name).img["src"]
        drawn = (BOOK / "chapters" / picture).resolve().read_text(encoding="utf-8")
        edges = [float(one) for one in re.findall(r"[\d.]+", bands) if float(one) not in (0, 1)]
        tab.goto("about:blank")
        assert tab.evaluate(CUT, [drawn, edges]) == [], (name, bands)


@pytest.mark.book
@needs_browser
def test_the_sheet_has_two_pages_and_fills_them(tab):
    tab.goto((MADE / "summary.html").as_uri())
    sizes = tab.evaluate(
        """() => [...document.querySelectorAll('.paper')].map((paper) => {
          const box = paper.getBoundingClientRect(), middle = box.left + box.width / 2;
          const all = [...paper.querySelectorAll('section *')].map((one) => one.getBoundingClientRect());
          const last = Math.max(...all.filter((one) => one.left > middle).map((one) => one.bottom));
          return [paper.scrollWidth - paper.clientWidth, paper.scrollHeight - paper.clientHeight,
            Math.max(...all.map((one) => one.right)) - box.right, (last - box.top) / box.height];
        })"""
    )
    assert len(sizes) == 2
    for wider, taller, beyond, filled in sizes:
        assert (wider, taller) == (0, 0)
        assert beyond < 0
        assert filled > 0.6
