"""Where in a file the tables are: formats are rows of ``file_formats.csv``."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sicell import _data
from sicell.readers._columns import known, spectral, split_name, units_row
from sicell.readers._error import ReaderError
from sicell.readers._source import HEAD, Source

__all__ = ["Table", "recognise", "sufficient"]

SEPARATORS = ("\t", ";", ",", " ")
#: How far down the header of a plain text file is looked for.
PREAMBLE_LINES = 200
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class Table:
    """One table of a file: its column names, and the bytes where its rows stand."""

    names: tuple[str, ...]
    units: tuple[str, ...] | None
    separator: str
    header_line: int
    start: int
    stop: int


@cache
def _formats() -> tuple[dict[str, Any], ...]:
    return tuple(_data.table("file_formats.csv").astype(object).fillna("").to_dict("records"))


def recognise(source: Source, renamed: Mapping[str, str | None]) -> tuple[str, list[Table]]:
    """Return which format a file has, and its tables."""
    signed = ""
    for row in _formats():
        if row["signature"] and not re.match(row["signature"].encode(), source.head.lstrip(), re.IGNORECASE):
            continue
        signed = signed or (row["title"] if row["signature"] else "")
        if row["header_count"]:
            return row["format"], [_counted(source, row)]
        if row["header"]:
            where = source.data if row["several"] == "yes" else source.head
            found = list(re.finditer(row["header"].encode(), where, re.MULTILINE))
            if found:
                found = found if row["several"] == "yes" else found[:1]
                return row["format"], [_headed(source, row, place.start()) for place in found]
        elif not signed:
            return row["format"], [_searched(source, row["format"], renamed)]
    wanted = "; ".join(
        f"a line like {row['header']!r} ({row['title']})" for row in _formats() if row["header"] and signed
    )
    raise ReaderError(
        source.path, f"looks like {signed}, but has no table: expected {wanted}", source.line(len(source.data))
    )


def _counted(source: Source, row: Mapping[str, Any]) -> Table:
    """Return the table of a file that says how many lines its header has, the last being the names."""
    said = re.search(row["header_count"].encode(), source.head, re.MULTILINE)
    if not said:
        raise ReaderError(source.path, f"expected a line like {row['header_count']!r} ({row['title']})", 2)
    count, offset = int(said[1]), 0
    for line in range(1, count):
        offset = source.data.find(b"\n", offset) + 1
        if not offset:
            raise ReaderError(source.path, f"expected {count} header lines, the file ends after {line}", line)
    return _table(source, row, offset, None)


def _headed(source: Source, row: Mapping[str, Any], offset: int) -> Table:
    """Return the table that belongs to a line which the format's pattern has found."""
    starts = [offset]
    for _ in range(max(row["header_offset"], int(row["units_offset"] or 0))):
        after = source.data.find(b"\n", starts[-1]) + 1
        if not after:
            line = source.line(offset)
            raise ReaderError(source.path, "expected the names of columns after this line, the file ends", line)
        starts.append(after)
    units = starts[int(row["units_offset"])] if row["units_offset"] else None
    return _table(source, row, starts[int(row["header_offset"])], units)


def _table(source: Source, row: Mapping[str, Any], offset: int, units: int | None) -> Table:
    text = source.text(offset)
    separator = max(SEPARATORS[:3], key=text.count)
    separator = separator if separator in text else " "
    names = _cells(text, separator)
    start = min(source.end(offset if units is None else units) + 1, len(source.data))
    stop = len(source.data)
    if row["rows"] == "tab" and (beyond := re.compile(rb"\n(?=[^\t\r\n])").search(source.data, start - 1)):
        stop = beyond.start()
    unit_cells = None
    if units is not None:
        unit_cells = tuple(_cells(source.text(units), separator, len(names)))
    return Table(tuple(names), unit_cells, separator, source.line(offset), start, stop)


def _searched(source: Source, form: str, renamed: Mapping[str, str | None]) -> Table:
    """Return the table of a file with no signature: the header is the first line that names enough known columns."""
    nearest: tuple[int, int, list[str]] = (0, 1, [])
    for line, (offset, text) in enumerate(source.lines(0, _after(source, PREAMBLE_LINES)), start=1):
        for separator in SEPARATORS:
            names = _cells(text, separator)
            said = [renamed.get(name, name) or "" for name in names]
            if sufficient(known(said, form)):
                start = min(source.end(offset) + 1, len(source.data))
                units = units_row(said, _cells(source.text(start), separator, len(names)), form)
                if units:
                    start = min(source.end(start) + 1, len(source.data))
                return Table(tuple(names), units, separator, line, start, len(source.data))
            likely = sum(split_name(name, form) is not None for name in said)
            if len(names) > 1 and (likely, line == 1) > (nearest[0], False):
                nearest = likely, line, names
    what = (
        "expected a header that names a voltage and a time or capacity, or a frequency and an impedance, with units, "
        "such as 'Test Time / s,Voltage / V,Current / A' or 'freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm'"
    )
    if nearest[2] and all(_NUMBER.fullmatch(name.strip()) for name in nearest[2]):
        what += "; the file begins with numbers: add a line with names and units"
    elif nearest[2]:
        what += (
            f"; got {', '.join(map(repr, nearest[2][:12]))}. Tell what they are by columns={{'name': 'Voltage / V'}}"
        )
    raise ReaderError(source.path, what, nearest[1])


def sufficient(names: Iterable[str]) -> bool:
    """Return whether these columns make a spectrum or a galvanostatic measurement."""
    names = set(names)
    passed = any(name == "Test Time / s" or "Capacity" in name for name in names)
    return bool(spectral(names)) or ("Voltage / V" in names and passed)


def _cells(text: str, separator: str, count: int | None = None) -> list[str]:
    """Return the cells of a header, without empty ones at its end unless `count` are wanted."""
    if separator == " ":
        cells = text.split()
    else:
        cells = [cell.strip() for cell in next(csv.reader([text], delimiter=separator), [])]
    if count is not None:
        return (cells + [""] * count)[:count]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _after(source: Source, lines: int) -> int:
    """Return the offset after so many lines, within the part that is looked at."""
    offset = 0
    for _ in range(lines):
        offset = source.end(offset) + 1
        if offset >= min(HEAD, len(source.data)):
            break
    return min(offset - 1, len(source.data))
