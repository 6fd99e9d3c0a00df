"""Explorables in the built book, worked as a reader works them: mouse, keyboard, telephone, dark, from the disk."""

import json
import math
import re
from pathlib import Path

import pytest

import chromium
from poetke2021 import electrodes, stack
from sicell.balancing import FullCell

BOOK = Path(__file__).resolve().parent.parent / "_build" / "html"
PAGE = BOOK / "chapters" / "np-explorer.html"
NOTEBOOK = Path(__file__).resolve().parent.parent / "chapters" / "np-explorer.ipynb"
pytestmark = pytest.mark.book
needs_browser = pytest.mark.skipif(chromium.PATH is None, reason=chromium.MISSING)
SLIDER = "#np-explorer input"
EXPLORABLES = [
    page for page in sorted(BOOK.rglob("*.html")) if 'class="explorable"' in page.read_text(encoding="utf-8")
]


@pytest.fixture(scope="module")
def browser():
    with chromium.launched() as browser:
        yield browser


@pytest.fixture
def visit(browser):
    contexts = []

    def visit(width=1280, scheme="light", page=PAGE, **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.faults = []
        tab.on(
            "request",
            lambda request: tab.faults.append(request.url) if not re.match("file:|data:|blob:", request.url) else None,
        )
        tab.on("console", lambda message: tab.faults.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: tab.faults.append(str(error)))
        tab.goto(page.as_uri(), wait_until="load")
        return tab

    yield visit
    for context in contexts:
        context.close()


def number(text):
    return float(text.strip("*").replace("−", "-"))


def shown(tab):
    """All numbers of the model that the page shows, by the titles of their rows."""
    texts = tab.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('#np-explorer td.model')]"
        ".map(cell => [cell.parentNode.querySelector('th').firstChild.data, cell.textContent]))"
    )
    return {name: number(text) for name, text in texts.items()}


def ratio(tab):
    return float(tab.locator("#np-explorer output").inner_text())


def settle(tab):
    """Wait until the curves have arrived."""
    tab.wait_for_timeout(400)


@pytest.mark.parametrize("page", EXPLORABLES, ids=lambda page: page.stem)
def test_explorables_add_little_to_a_page(page):
    sections = re.findall(r'<section [^>]*class="explorable".*?</section>', page.read_text(encoding="utf-8"), re.DOTALL)
    assert [section for section in sections if len(section.encode()) > 80_000] == []


@needs_browser
@pytest.mark.browser
@pytest.mark.parametrize("page", EXPLORABLES, ids=lambda page: page.stem)
def test_each_explorable_is_worked_by_keyboard_and_says_one_sentence(visit, page):
    """On a telephone in the dark: every stop of every slider, by Tab, arrows, Home and End alone."""
    tab = visit(390, "dark", page=page)
    for section in tab.locator(".explorable").all():
        name = section.get_attribute("id")
        states = json.loads(section.locator(".payload").text_content())["states"]
        sliders, live = section.locator("input"), section.locator("[aria-live=polite]")
        stops = [json.loads(slider.get_attribute("data-stops")) for slider in sliders.all()]
        assert math.prod(map(len, stops)) == len(states), name
        assert live.evaluate_all("all => all.map(each => each.className.split(' ')[0])") == ["verdict"]
        section.evaluate(
            "e => { const before = Object.assign(document.createElement('button'), { id: 'before' });"
            "document.getElementById('before')?.remove(); e.before(before); before.focus(); }"
        )
        for number, own in enumerate(stops):
            tab.keyboard.press("Tab")
            # the buttons of the slider before are stops of their own
            while tab.evaluate("document.activeElement.tagName") == "BUTTON":
                tab.keyboard.press("Tab")
            slider = sliders.nth(number)
            assert slider.evaluate("e => e === document.activeElement"), name
            tab.keyboard.press("Home")
            for text in own:
                assert slider.get_attribute("aria-valuetext") == text
                assert section.locator("output").nth(number).inner_text() == text
                tab.keyboard.press("ArrowRight")
            tab.keyboard.press("End")
            assert slider.get_attribute("aria-valuetext") == own[-1]
        assert live.inner_text() == states[-1][0]
        assert section.locator("td").all_inner_texts() == states[-1][2]
        tab.keyboard.press("Home")
        assert live.inner_text() == states[-len(stops[-1])][0]
        sizes = section.evaluate(
            "e => { const svg = e.querySelector('svg'), scale = svg.getBoundingClientRect().width / 360;"
            "return [...svg.querySelectorAll('text')].map(t => scale * parseFloat(getComputedStyle(t).fontSize)); }"
        )
        assert min(sizes) >= 11, name
        inside = section.evaluate(
            "e => [...e.querySelectorAll(':is(svg text, button, td, th)')].every(one => {"
            "const box = one.getBoundingClientRect(); return box.left >= -1 && box.right <= innerWidth + 1; })"
        )
        assert inside, name
    assert tab.faults == []


def test_explorer_is_not_stored_in_the_notebook():
    text = NOTEBOOK.read_text(encoding="utf-8")
    assert "np_explorer()" in text
    assert "<section" not in text
    assert "<script" not in text
    assert len(text) < 50_000


@needs_browser
@pytest.mark.browser
def test_every_number_of_every_state_is_the_librarys(visit):
    cathode, anode = electrodes.ncm90(), electrodes.si_c()
    loss = FullCell(cathode, anode, 2.0).calibrate_loss(0.727, 4.25, 1.5)
    pouch = stack.si_c_ncm90(3.4)
    lowest = pouch.unit_cell(1.1)
    tab = visit()
    tab.locator(SLIDER).focus()
    tab.keyboard.press("Home")
    for step in range(33):
        at = 0.9 + 0.05 * step
        assert ratio(tab) == pytest.approx(at, abs=1e-9)
        first = FullCell(cathode, anode, at).first_cycle(4.25, 1.5, loss=loss, warn=False)
        wanted = {
            "n/p on the first charge": (first.true_np_ratio, 0.005),
            "First charge": (first.charge_capacity, 0.05),
            "First discharge": (first.discharge_capacity, 0.05),
            "Initial coulombic efficiency": (100 * first.initial_coulombic_efficiency, 0.05),
            "Cathode, end of charge": (first.cathode_potential_end_of_charge, 0.0005),
            "Anode, end of charge": (1000 * first.anode_potential_end_of_charge, 0.5),
            "Cathode, end of discharge": (first.cathode_potential_end_of_discharge, 0.005),
            "Anode, end of discharge": (first.anode_potential_end_of_discharge, 0.005),
            "Plating margin": (100 * first.plating_margin, 0.5),
            "Probability of Li₁₅Si₄": (100 * first.li15si4_probability, 0.5),
            "Energy per mass, 1.1 = 100": (100 * pouch.unit_cell(at).specific_energy / lowest.specific_energy, 0.5),
            "Energy per volume, 1.1 = 100": (100 * pouch.unit_cell(at).energy_density / lowest.energy_density, 0.5),
        }
        numbers = shown(tab)
        assert set(numbers) == set(wanted)
        for name, (value, half) in wanted.items():
            assert numbers[name] == pytest.approx(float(value), abs=half + 1e-4), f"{name} at n/p {at:.2f}"
        said = tab.locator("#np-explorer .verdict").inner_text()
        assert ("Anode full: lithium plating" in said) == (first.plated_capacity > 0)
        tab.keyboard.press("ArrowRight")
    assert ratio(tab) == 2.5
    assert tab.faults == []


@needs_browser
@pytest.mark.browser
def test_keyboard_reaches_and_moves_the_slider_and_hears_its_value(visit):
    tab = visit()
    tab.locator("#np-explorer").scroll_into_view_if_needed()
    assert tab.locator(SLIDER).get_attribute("aria-valuetext") == "1.30"
    assert tab.get_by_role("slider", name="n/p ratio").count() == 1
    tab.locator(SLIDER).focus()
    for key, wanted in (("ArrowLeft", 1.25), ("ArrowUp", 1.30), ("End", 2.5), ("Home", 0.9), ("ArrowRight", 0.95)):
        tab.keyboard.press(key)
        assert ratio(tab) == pytest.approx(wanted)
    assert "lithium plating" in tab.locator("#np-explorer [aria-live=polite]").inner_text()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert ratio(tab) == 1.1


@needs_browser
@pytest.mark.browser
def test_mouse_drags_and_clicks_and_the_picture_follows(visit):
    tab = visit()
    tab.locator("#np-explorer").scroll_into_view_if_needed()
    lines = "() => [...document.querySelectorAll('#np-explorer svg path[clip-path]')].map(p => p.getAttribute('d'))"
    settle(tab)
    before = tab.evaluate(lines)
    box = tab.locator(SLIDER).bounding_box()
    middle = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + box["width"] * 0.25, middle)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.9, middle, steps=8)
    tab.mouse.up()
    assert 2.2 < ratio(tab) < 2.5
    tab.get_by_role("button", name="Show 2.00").click()
    assert ratio(tab) == 2.0
    assert tab.get_by_role("button", name="Show 2.00").get_attribute("aria-pressed") == "true"
    settle(tab)
    after = tab.evaluate(lines)
    assert len(before) == 8
    # The cathode's own curve is the one line that no ratio moves.
    assert [a == b for a, b in zip(before, after, strict=True)].count(True) == 1
    assert "NaN" not in "".join(after)
    assert tab.faults == []


@needs_browser
@pytest.mark.browser
def test_picture_arrives_at_the_numbers(visit):
    """The dots at the end of charge stand where the axes' own ticks say they should."""
    tab = visit(reduced_motion="reduce")
    cathode, anode = electrodes.ncm90(), electrodes.si_c()
    first = FullCell(cathode, anode, 1.3).first_cycle(4.25, 1.5)
    ticks = tab.evaluate(
        "() => [...document.querySelectorAll('#np-explorer svg text.soft')]"
        ".map(t => [t.textContent, +t.getAttribute('x'), +t.getAttribute('y')])"
    )
    dots = tab.evaluate(
        "() => [...document.querySelectorAll('#np-explorer svg circle')]"
        ".map(c => [+c.getAttribute('cx'), +c.getAttribute('cy')])"
    )
    place = {text: (x, y) for text, x, y in ticks}
    across = (place["500"][0] - place["100"][0]) / 400
    assert (dots[1][0] - place["100"][0]) / across + 100 == pytest.approx(first.charge_capacity, abs=0.5)
    # a tick's text stands 4 px below its line
    volts = (place["2"][1] - place["4"][1]) / 2
    assert 4 - (dots[0][1] + 4 - place["4"][1]) / volts == pytest.approx(4.25, abs=0.01)
    small = (place["0.0"][1] - place["0.8"][1]) / 0.8
    assert (place["0.0"][1] - dots[2][1] - 4) / small == pytest.approx(first.anode_potential_end_of_charge, abs=0.003)


@needs_browser
@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_stacks_on_a_telephone_and_stays_legible(visit, scheme):
    tab = visit(390, scheme)
    svg, table = (tab.locator(f"#np-explorer {part}").bounding_box() for part in ("svg", "table"))
    assert table["y"] >= svg["y"] + svg["height"] - 1
    assert tab.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 0
    tab.get_by_role("button", name="Show 1.10").click()
    assert "Anode full: lithium plating" in tab.locator("#np-explorer .verdict").inner_text()
    assert tab.faults == []


@needs_browser
@pytest.mark.browser
def test_side_by_side_on_a_wide_screen(visit):
    tab = visit(1600)
    svg, table = (tab.locator(f"#np-explorer {part}").bounding_box() for part in ("svg", "table"))
    assert table["x"] > svg["x"] + svg["width"] - 1


@needs_browser
@pytest.mark.browser
def test_lines_stand_out_from_the_ground_in_light_and_dark(visit):
    contrast = """() => {
      const luminance = color => {
        const parts = color.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255);
        const linear = parts.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
      };
      const ground = luminance(getComputedStyle(document.body).backgroundColor);
      return [...document.querySelectorAll('#np-explorer svg path[clip-path]')].map(path => {
        const line = luminance(getComputedStyle(path).stroke);
        return (Math.max(line, ground) + 0.05) / (Math.min(line, ground) + 0.05);
      });
    }"""
    for scheme in ("light", "dark"):
        assert min(visit(1280, scheme).evaluate(contrast)) >= 3, scheme


@needs_browser
@pytest.mark.browser
def test_without_javascript_there_is_the_first_state(visit):
    tab = visit(java_script_enabled=False)
    assert not tab.locator(SLIDER).is_visible()
    assert tab.locator("#np-explorer table").is_visible()
    assert "need JavaScript" in tab.locator("#np-explorer noscript").inner_text()
    assert tab.locator("#np-explorer svg path").first.is_visible()
    assert "No plating" in tab.locator("#np-explorer .verdict").inner_text()
