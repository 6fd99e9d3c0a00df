"""Explorables: what moves is where its state says, each state is reached, and a page is complete without a script."""

import base64
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from companion.explorables import Control, Drawing, Explorable, ExplorableState
from poetke2021 import explorables
from poetke2021.cycling import Protocol
from poetke2021.np_explorer import np_explorer

MAKERS = {
    "np-explorer": lambda: np_explorer().explorable(),
    "what-comes-back": lambda: explorables.what_comes_back(0.877, Protocol(0.07, 0.2, 1.0, 50)),
}


@pytest.fixture(scope="module", params=MAKERS)
def made(request):
    """One explorable of the book, and its page."""
    found = MAKERS[request.param]()
    return found, found._repr_html_()


def drawing(label=""):
    picture = Drawing("a-line", "A line and a dot.", height=200)
    axes = picture.panel((40, 20, 240, 120), (0, 10, -1, 1), {0: "0"}, {0: "<0"}, "height", "length")
    picture.curves("line", 3, (axes, {"stroke": "red"}), (axes, {"stroke": "blue"}))
    picture.moving("dot", "circle", axes, "cx cy r")
    picture.moving("name", "text", axes, "x y", class_="soft")
    return picture


def state(at, **changes):
    shapes = {"line": [[0, 5, 10], [-1, 0, at], [1, 0, 0]], "dot": (5, 0, 1), "name": (at, 1)}
    return ExplorableState("It is <here>.", "good", ((f"{at:g}",),), shapes | changes, {"name": f"at {at:g}"})


def explorable(states, stops=("a", "b")):
    return Explorable(drawing(), "Title", (Control("Place", stops),), (("height", "m"),), ("Model",), tuple(states))


def payload(page):
    return json.loads(re.search(r'class="payload">(.*?)</script>', page, re.DOTALL)[1])


def test_units_of_a_panel_become_places_of_the_drawing():
    wanted = [40, 140, 240, 120, 70, 45, 20, 70, 70, 140, 70, 20, 50, 20]
    np.testing.assert_allclose(drawing().numbers(state(0.5)), wanted)


def test_page_begins_with_the_first_state_and_says_it_in_words():
    page = explorable([state(0.5), state(1)])._repr_html_()
    assert 'd="M40.0 120.0L140.0 70.0L240.0 45.0"' in page
    assert re.search(r"<text data-move[^>]*>at 0.5</text>", page)
    assert "It is &lt;here&gt;." in page
    assert "&lt;0</text>" in page
    assert re.search(r'<input [^>]*max="1" value="0" aria-valuetext="a"', page)


def test_states_are_those_of_the_drawing(made):
    found, page = made
    data = payload(page)
    numbers = np.frombuffer(base64.b64decode(data["numbers"]), "<i2").reshape(len(found.states), -1) / data["fine"]
    wanted = np.stack([found.drawing.numbers(state) for state in found.states])
    # what lies far beyond a panel is not drawn, wherever it is
    np.testing.assert_allclose(numbers, np.clip(wanted, -2047.9, 2047.9), atol=0.5 / data["fine"] + 0.1)
    for state, (sentence, level, cells, _) in zip(found.states, data["states"], strict=True):
        assert (sentence, level) == (state.sentence, state.level)
        assert cells == [text for row in state.cells for text in row]


def test_page_is_small_says_the_same_each_time_and_asks_nothing(made):
    found, page = made
    assert len(page.encode()) <= 80_000
    assert MAKERS[found.drawing.name]()._repr_html_() == page
    assert "@" not in re.sub(r"@(container|media)", "", page)
    assert "http" not in page


def test_page_closes_its_elements_and_uses_each_id_once(made):
    class Elements(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open, self.ids = [], []

        def handle_starttag(self, tag, attrs):
            self.ids += [value for key, value in attrs if key == "id"]
            if tag != "input":
                self.open.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    elements = Elements()
    elements.feed(made[1])
    assert elements.open == []
    assert len(set(elements.ids)) == len(elements.ids)
    assert all(name.startswith(made[0].drawing.name) for name in elements.ids)


def test_state_is_found_by_its_stops():
    states = [state(at) for at in range(6)]
    controls = (Control("one", ("a", "b")), Control("two", ("x", "y", "z")))
    found = Explorable(drawing(), "Title", controls, (("height", "m"),), ("Model",), tuple(states))
    assert found.state("b", "y") is states[4]
    assert repr(found) == "Explorable('Title': 2 × 3 states)"
    with pytest.raises(ValueError, match="two must be one of x, y, z, got w"):
        found.state("b", "w")


def test_a_missing_state_fails():
    with pytest.raises(ValueError, match="states must be 2, one for each combination of stops, got 1"):
        explorable([state(1)])


def test_a_missing_cell_fails():
    with pytest.raises(ValueError, match="cells of state 1 must be 1 rows of 1"):
        explorable([state(1), ExplorableState("", "good", (), state(1).shapes, state(1).labels)])


def test_a_place_that_is_no_number_fails():
    with pytest.raises(ValueError, match="places of state 0 must be finite"):
        explorable([state(1, dot=(np.nan, 0, 1)), state(1)])


def test_a_curve_of_another_length_fails():
    with pytest.raises(ValueError, match=r"'line' must have the shape \(3, 3\), got \(3, 2\)"):
        explorable([state(1, line=[[0, 1]] * 3), state(1)])
