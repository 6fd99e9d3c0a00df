"""Drawings with sliders whose every state was computed beforehand: a page shows them without a kernel or a network.

A :class:`Drawing` has fixed parts and parts that an :class:`ExplorableState` places, beside a table and one sentence.
Without a script, and in print, an :class:`Explorable` stands as it begins.
"""

import base64
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["Control", "Drawing", "Explorable", "ExplorableState", "Panel"]

_FINE = 16  # parts of a unit of the drawing in which places are kept


def _element(tag: str, content: str = "", **attributes: Any) -> str:
    given = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(str(at))}"' for key, at in attributes.items())
    return f"<{tag}{given}>{content}</{tag}>"


@dataclass(frozen=True)
class Control:
    """A slider: its name, what its stops are called, where it begins, and which stops have a button of their own."""

    label: str
    stops: tuple[str, ...]
    start: int = 0
    marks: tuple[int, ...] = ()


@dataclass(frozen=True)
class ExplorableState:
    """What one combination of stops shows; `level` ("good", "warn" or "bad") is how serious its sentence is."""

    sentence: str
    level: str
    cells: tuple[tuple[str, ...], ...]  #: a row of the table each
    shapes: Mapping[str, Any]  #: what moves, by name, in the units of its panel
    labels: Mapping[str, str]  #: texts that change, by name


@dataclass(frozen=True)
class Panel:
    """A part of a drawing with axes: left, top, right and bottom of its box, and the ends of both axes."""

    box: tuple[float, float, float, float]
    limits: tuple[float, float, float, float]
    clip: str

    def place(self, attribute: str, value: Any) -> np.ndarray:
        """Return an attribute of an SVG element for a value in the units of the axes."""
        (left, top, right, bottom), (low, high, under, over) = self.box, self.limits
        across, up, value = (right - left) / (high - low), (bottom - top) / (over - under), np.asarray(value, float)
        if attribute.strip("c12") == "x":
            return left + across * (value - low)
        if attribute.strip("c12") == "y":
            return bottom - up * (value - under)
        return value * {"width": across, "r": across, "height": up}.get(attribute, 1.0)


class Drawing:
    """An SVG drawing 360 units wide; `name` (lower case, hyphens) is used once in a book, `text` says what it shows."""

    def __init__(self, name: str, text: str, height: float) -> None:
        self.name, self.text, self.height = name, text, height
        self._parts: list[Callable[[ExplorableState], str]] = []
        self._numbers: dict[str, Callable[[Any], np.ndarray]] = {}
        self.words: list[str] = []

    def fixed(self, tag: str, content: str = "", **attributes: Any) -> None:
        """Add an element that no state moves; names of attributes have underscores in the place of hyphens."""
        svg = _element(tag, content, **attributes)
        self._parts.append(lambda _: svg)

    def panel(
        self, box: tuple, limits: tuple, xticks: Mapping[float, str], yticks: Mapping[float, str], title: str, x: str
    ) -> Panel:
        """Add axes: ticks with their texts, a title above and the name of the horizontal axis below."""
        left, top, right, bottom = box
        panel = Panel(box, limits, f"{self.name}-clip-{len(self._parts)}")
        area = _element("rect", x=left, y=top, width=right - left, height=bottom - top)
        self.fixed("clipPath", area, id=panel.clip)
        for at, text in yticks.items():
            y = round(float(panel.place("y", at)), 1)
            self.fixed("line", x1=left, x2=right, y1=y, y2=y, stroke="var(--line)", stroke_width=0.7)
            self.fixed("text", escape(text), x=left - 6, y=y + 4, text_anchor="end", class_="soft")
        for at, text in xticks.items():
            place = round(float(panel.place("x", at)), 1)
            self.fixed("line", x1=place, x2=place, y1=bottom, y2=bottom + 4, stroke="var(--muted)")
            self.fixed("text", escape(text), x=place, y=bottom + 17, text_anchor="middle", class_="soft")
        self.fixed("text", escape(title), x=0, y=top - 11, class_="strong")
        self.fixed("text", escape(x), x=right, y=bottom + 33, text_anchor="end", class_="soft")
        return panel

    def curves(self, name: str, points: int, *lines: tuple[Panel, Mapping[str, Any]]) -> None:
        """Add curves over the same abscissa: a state gives it and one row a curve, shape (1 + curves, points)."""

        def places(values: Any) -> np.ndarray:
            values = np.asarray(values, dtype=float)
            if values.shape != (1 + len(lines), points):
                raise ValueError(f"{name!r} must have the shape {(1 + len(lines), points)}, got {values.shape}")
            rows = [panel.place("y", row) for (panel, _), row in zip(lines, values[1:], strict=True)]
            return np.stack([lines[0][0].place("x", values[0]), *rows])

        def svg(state: ExplorableState) -> str:
            across, *rows = places(state.shapes[name])
            drawn = ""
            for (panel, style), row in zip(lines, rows, strict=True):
                path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(across, row, strict=True))
                drawn += _element("path", d=path, fill="none", clip_path=f"url(#{panel.clip})", **style)
            return _element("g", drawn, data_points=points)

        self._numbers[name] = places
        self._parts.append(svg)

    def moving(self, name: str, tag: str, panel: Panel, attributes: str, **style: Any) -> None:
        """Add an element of which a state sets the attributes, one number each; of a text it gives the words too."""

        def places(values: Any) -> np.ndarray:
            return np.array([panel.place(*pair) for pair in zip(attributes.split(), values, strict=True)])

        def svg(state: ExplorableState) -> str:
            at = dict(zip(attributes.split(), places(state.shapes.get(name, ())).round(1), strict=True))
            return _element(tag, escape(state.labels.get(name, "")), data_move=attributes, **style, **at)

        if attributes:
            self._numbers[name] = places
        if tag == "text":
            self.words.append(name)
        self._parts.append(svg)

    def svg(self, state: ExplorableState) -> str:
        """Return the drawing of one state."""
        parts = "".join(part(state) for part in self._parts)
        return _element("svg", parts, role="img", aria_label=self.text, viewBox=f"0 0 360 {self.height:g}")

    def numbers(self, state: ExplorableState) -> np.ndarray:
        """Return all places of one state in the order of the drawing, in units of it."""
        return np.concatenate([places(state.shapes[name]).ravel() for name, places in self._numbers.items()])


@dataclass(frozen=True, eq=False, repr=False)
class Explorable:
    """A drawing with sliders and a table; a notebook and a page show it.

    `rows` are label and unit of each row of the table, `columns` the titles over its cells. The states come in the
    order of their stops, those of the last slider running fastest. Raises ValueError if there is not one for each
    combination, or one lacks a cell or a place that is finite.
    """

    drawing: Drawing
    title: str
    controls: tuple[Control, ...]
    rows: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    states: tuple[ExplorableState, ...]
    note: str = ""

    def __post_init__(self) -> None:
        wanted, shape = math.prod(len(one.stops) for one in self.controls), [len(self.columns)] * len(self.rows)
        if len(self.states) != wanted:
            raise ValueError(f"states must be {wanted}, one for each combination of stops, got {len(self.states)}")
        for at, state in enumerate(self.states):
            if [len(row) for row in state.cells] != shape:
                raise ValueError(
                    f"cells of state {at} must be {len(shape)} rows of {len(self.columns)}, got {state.cells}"
                )
            if not np.isfinite(self.drawing.numbers(state)).all():
                raise ValueError(f"places of state {at} must be finite")

    def __repr__(self) -> str:
        return f"Explorable({self.title!r}: {' × '.join(str(len(one.stops)) for one in self.controls)} states)"

    def state(self, *stops: str) -> ExplorableState:
        """Return what the page shows at these stops, one for each slider."""
        at = 0
        for control, stop in zip(self.controls, stops, strict=True):
            if stop not in control.stops:
                raise ValueError(f"{control.label} must be one of {', '.join(control.stops)}, got {stop}")
            at = at * len(control.stops) + control.stops.index(stop)
        return self.states[at]

    def _slider(self, number: int, control: Control) -> str:
        name, last, start = f"{self.drawing.name}-{number}", len(control.stops) - 1, control.stops[control.start]
        marks = "".join(
            _element(
                "button", text, type="button", data_at=at, style=f"--at:{at / last:.4f}", aria_label=f"Show {text}"
            )
            for at, text in ((mark, escape(control.stops[mark])) for mark in control.marks)
        )
        field = {"type": "range", "min": 0, "max": last, "value": control.start, "aria_valuetext": start}
        slider = _element("input", id=name, data_stops=json.dumps(control.stops, ensure_ascii=False), **field)
        parts = (
            _element("label", escape(control.label), for_=name) + " ",
            _element("output", escape(start), for_=name),
            slider.removesuffix("</input>"),
            _element("div", marks, class_="marks", role="group", aria_label=f"Stops of {control.label}") * bool(marks),
        )
        return _element("div", "".join(parts))

    def _repr_html_(self) -> str:
        first = self.state(*(control.stops[control.start] for control in self.controls))
        table = _element(
            "tr", "".join(_element("th", escape(text), scope="col") for text in ("Quantity", *self.columns))
        )
        for (label, unit), cells in zip(self.rows, first.cells, strict=True):
            head = escape(label) + (_element("small", f" / {escape(unit)}") if unit else "")
            named = zip(self.columns, cells, strict=True)
            row = "".join(_element("td", escape(text), class_=column.lower()) for column, text in named)
            table += _element("tr", _element("th", head, scope="row") + row)
        numbers = np.round(_FINE * np.stack([self.drawing.numbers(state) for state in self.states]))
        payload = {
            "fine": _FINE,
            "numbers": base64.b64encode(np.clip(numbers, -32767, 32767).astype("<i2").tobytes()).decode(),
            "states": [
                (one.sentence, one.level, sum(one.cells, ()), [one.labels[name] for name in self.drawing.words])
                for one in self.states
            ],
        }
        replaced = {
            "@NAME@": self.drawing.name,
            "@TITLE@": escape(self.title),
            "@SLIDERS@": "".join(self._slider(*pair) for pair in enumerate(self.controls)),
            "@LEVEL@": first.level,
            "@SENTENCE@": escape(first.sentence),
            "@SVG@": self.drawing.svg(first),
            "@TABLE@": table,
            "@NOTE@": escape(self.note),
            # "</" would end the script tag early
            "@DATA@": json.dumps(payload, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/"),
        }
        page = Path(__file__).with_suffix(".html").read_text(encoding="utf-8")
        for mark, text in replaced.items():
            page = page.replace(mark, text)
        return page
