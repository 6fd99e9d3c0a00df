"""Tables: HTML in a page, where a row may become a card on a telephone, and aligned text everywhere else."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from IPython.display import display

GLUE = "application/papermill.record/"  #: Marks an output that the text quotes and no page shows
_CELL_CLASSES = {"verdict": "verdict"}
_NARROW = 5  # More columns than that get room to scroll on a desk.
# Digits that count, of a number and of one with an interval, whose ends may differ in the last of them only.
_SIGNIFICANT, _OF_INTERVAL = 3, 4
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class TableView:
    """A small table, readable as text and, in a book, as accessible HTML."""

    caption: str  #: Says what the table shows; may be empty
    header: tuple[str, ...]  #: Column titles
    rows: tuple[tuple[str, ...], ...]  #: Texts; the first column holds the row's heading
    #: For each row ``hit``, ``miss``, ``open``, ``pending`` or ``""``: a class for colour, never the only carrier of
    #: meaning
    marks: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()  #: For each row the name by which a link finds it, or none at all
    #: For each row the unit of what is computed, or none at all; said on the page, where a row may stand alone
    units: tuple[str, ...] = ()
    folded: int = 0  #: How many of the last columns a page on a narrow screen shows on request only

    def __repr__(self) -> str:
        """Return the table as aligned plain text."""
        body = [self.header, *self.rows]
        widths = [max(len(row[column]) for row in body) for column in range(len(self.header))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in body]
        caption = [self.caption, ""] if self.caption else []
        return "\n".join([*caption, lines[0], "  ".join("-" * width for width in widths), *lines[1:]])

    def _repr_html_(self) -> str:
        marks = self.marks or ("",) * len(self.rows)
        places = [f' id="{name}"' for name in self.anchors] or [""] * len(self.rows)
        units = self.units or ("",) * len(self.rows)
        wide = " wide" if len(self.header) > _NARROW and self.caption else ""
        shown = len(self.header) - self.folded
        classes = [
            "folded" if column >= shown else _CELL_CLASSES.get(title, "") for column, title in enumerate(self.header)
        ]
        head = "".join(
            f'<th scope="col" class="{kind}">{escape(cell)}</th>'
            for cell, kind in zip(self.header, classes, strict=True)
        )

        def cell(text: str, kind: str, title: str, unit: str) -> str:
            if title == "computed" and unit and re.search(r"\d", text):
                text = f"{text}\u00a0{unit}"
            return f'<td class="{kind}">{escape(text)}</td>'

        body = "".join(
            f'<tr class="{outcome}"{place}><th scope="row">{escape(first)}</th>'
            + "".join(cell(*one, unit) for one in zip(rest, classes[1:], self.header[1:], strict=True))
            + "</tr>"
            for (first, *rest), outcome, place, unit in zip(self.rows, marks, places, units, strict=True)
        )
        label = escape(self.caption or ", ".join(self.header))
        caption = f"<caption>{label}</caption>" if self.caption else ""
        # only what may scroll is a stop of the keyboard
        region = f'role="region" tabindex="0" aria-label="{label}"' if self.caption else ""
        return (
            f'<div class="evidence{wide}" {region}>'
            f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def table(columns: Mapping[str, Any] | pd.DataFrame, decimals: int | Sequence[int] | None = None) -> TableView:
    """Return computed numbers as a table.

    Parameters
    ----------
    columns : mapping of str to array_like, or pandas.DataFrame
        Title with unit, and the column: texts, numbers, or a DataFrame with ``lower`` and ``upper`` and ``median`` or
        ``value`` for numbers with an interval. Single values (or objects with these attributes) make a list of
        quantities, one a row.
    decimals : int or sequence of int, optional
        For all columns, or for each; else three digits that count (four beside an interval), or a power of ten.

    Raises
    ------
    ValueError
        If columns differ in length or have one title, there are none, or `decimals` has another length.

    Examples
    --------
    >>> table({"n/p": [1.3, 2.0], "anode / mV": [47.6, 78.4]}, decimals=[1, 0])
    n/p  anode / mV
    ---  ----------
    1.3  48
    2.0  78
    """
    titles = [_heading(str(title)) for title in columns]
    if not titles or len(set(titles)) < len(titles):
        raise ValueError(f"columns must be at least one, each with a title of its own, got {titles}")
    columns = dict(zip(titles, (columns[title] for title in columns), strict=True))
    each = list(decimals) if isinstance(decimals, Sequence) else [decimals] * len(columns)
    if len(each) != len(columns):
        raise ValueError(f"decimals must be one number or one for each of {len(columns)} columns, got {decimals!r}")
    texts = [_texts(column, digits) for column, digits in zip(columns.values(), each, strict=True)]
    if all(np.ndim(column) == 0 or _is_interval(column) for column in columns.values()):
        rows = tuple((title, text) for title, (text,) in zip(columns, texts, strict=True))
        return TableView("", ("quantity", "value"), rows)
    lengths = {len(column) for column in texts}
    if len(lengths) > 1:
        found = ", ".join(f"{title!r}: {len(column)}" for title, column in zip(columns, texts, strict=True))
        raise ValueError(f"columns must have the same length, got {found}")
    return TableView("", tuple(columns), tuple(zip(*texts, strict=True)))


def glue(decimals: int | None = None, **numbers: Any) -> None:
    """Give computed numbers to the text around a cell, where ``{glue:text}`name``` stands for each.

    Parameters
    ----------
    decimals : int, optional
        For all of them; else as in `table`.
    **numbers
        By name: a number, one with an interval, or a text.
    """
    for name, number in numbers.items():
        (text,) = _texts(number, decimals)
        place = {"name": name, "mime_prefix": GLUE}
        display({f"{GLUE}text/plain": repr(text)}, raw=True, metadata={"scrapbook": place})


def pretty(unit: str) -> str:
    """Return a unit with exponents as a reader expects them: ``mAh g-1`` as ``mAh g⁻¹``.

    Parameters
    ----------
    unit : str
        With plain digits.

    Examples
    --------
    >>> pretty("mA cm-2")
    'mA cm⁻²'
    """
    return re.sub(r"(?<=[A-Za-zµΩ])-?\d", lambda found: found[0].translate(_SUPERSCRIPTS), unit)


def _heading(title: str) -> str:
    """Return a column's title with the unit made readable; what has no unit says none."""
    quantity, _, unit = title.rpartition(" / ")
    return quantity if quantity and unit == "1" else f"{quantity} / {pretty(unit)}" if quantity else title


def _is_interval(column: Any) -> bool:
    return not isinstance(column, (str, pd.DataFrame)) and hasattr(column, "lower") and hasattr(column, "upper")


def _texts(column: Any, decimals: int | None) -> list[str]:
    """Return one column as texts."""
    if _is_interval(column):
        middle = column["median"] if isinstance(column, pd.Series) else column.value
        column = pd.DataFrame({"value": [middle], "lower": [column.lower], "upper": [column.upper]})
    if isinstance(column, pd.DataFrame):
        numbers = column[["median" if "median" in column else "value", "lower", "upper"]].to_numpy(float)
        shown = partial(number, decimals=decimals, significant=_OF_INTERVAL)
        return [
            shown(one) + ("" if math.isnan(low) else f" ({shown(low)} to {shown(high)})") for one, low, high in numbers
        ]
    values = np.atleast_1d(np.asarray(column, dtype=object))
    if all(isinstance(value, (str, bool, np.bool_)) for value in values):
        return [value if isinstance(value, str) else "yes" if value else "no" for value in values]
    whole = all(isinstance(value, (int, np.integer)) for value in values)
    return [number(float(value), 0 if whole else decimals) for value in values]


def number(value: float, decimals: int | None = None, significant: int = _SIGNIFICANT) -> str:
    """Return a number as text with a true minus sign, to some decimals or to digits that count."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "∞" if value > 0 else "−∞"
    size = math.floor(math.log10(abs(value))) if value else 0
    if decimals is None and not -4 < size < 5:
        mantissa, power = f"{value:.{significant - 1}e}".split("e")
        return f"{number(float(mantissa), None, significant)} × 10{str(int(power)).translate(_SUPERSCRIPTS)}"
    digits = max(0, significant - 1 - size) if decimals is None else decimals
    # what rounds to nothing has no sign
    text = f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")
    return text.rstrip("0").rstrip(".") if decimals is None and "." in text else text
