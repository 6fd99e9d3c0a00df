"""Numbers of a table by pandas, with every irregularity found and named instead of turned into NaN."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Sequence
from itertools import islice

import numpy as np
import pandas as pd

from sicell._check import SicellWarning
from sicell.readers._columns import Column
from sicell.readers._error import ReaderError
from sicell.readers._layout import Table
from sicell.readers._source import Source

__all__ = ["numbers"]

_LOOKED_AT = 50
_MINUS = "\N{MINUS SIGN}"
_CLOCK = re.compile(r"\d:\d\d")
#: Bytes of rows that are looked at together when a fault is searched for.
BLOCK = 2**22
TAIL = 2**16


def numbers(source: Source, table: Table, columns: Sequence[Column]) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Return the values of columns (rows, columns) as they stand in the file, which columns are complete, and notes.

    Raises ReaderError for a row that has too few or too many fields, or no number where one is essential. A last row
    that breaks off is left out with a warning.
    """
    start, notes = table.start, ()
    stop = _filled(source, table, table.stop)
    if stop <= start:
        raise ReaderError(source.path, "expected rows after this header, got none", table.header_line)
    while not source.text(start).strip():
        start = source.end(start) + 1
    last = max(source.data.rfind(b"\n", 0, stop) + 1, start)
    if len(_split(source.text(last), table.separator)) < len(table.names):
        line = source.line(last)
        notes = (f"line {line}, the last, breaks off and was left out",)
        stop = _filled(source, table, last)
        if stop <= start:
            raise ReaderError(source.path, "expected a complete row, got one that breaks off", line)
        warnings.warn(f"{source.path.name}: {notes[0]}", SicellWarning, stacklevel=4)
    essential = [number for number, column in enumerate(columns) if column.essential]
    values = _parsed(source, table, columns, start, stop)
    if values is None:
        needed = _parsed(source, table, [columns[number] for number in essential], start, stop)
        if needed is None:
            _explain(source, table, columns, start, stop)
        values = np.full((len(needed), len(columns)), np.nan)
        values[:, essential] = needed
    finite = np.isfinite(values).all(axis=0)
    if not finite[essential].all():
        _explain(source, table, columns, start, stop)
    return values, finite, notes


def _filled(source: Source, table: Table, stop: int) -> int:
    """Return the end of the last row that has any field; spreadsheets leave rows of separators behind."""
    blank = b" \r\n\t\x1a" + (b"" if table.separator == " " else table.separator.encode())
    end = stop
    while end > table.start:
        begin = max(end - TAIL, table.start)
        # piece by piece, since stripping copies
        if rest := len(source.data[begin:end].rstrip(blank)):
            return min(source.end(begin + rest), stop)
        end = begin
    return table.start


def row_line(source: Source, table: Table, row: int) -> int:
    """Return the line of a row, counted from 0."""
    filled = (offset for offset, text in source.lines(table.start, table.stop) if text.strip())
    return source.line(next(islice(filled, row, None)))


def _split(text: str, separator: str) -> list[str]:
    if separator == " ":
        return text.split()
    return next(csv.reader([text], delimiter=separator), []) if '"' in text else text.split(separator)


def _decimals(source: Source, table: Table, columns: Sequence[Column], stop: int) -> tuple[str, ...]:
    """Return the decimal signs to try: the one that the first rows have, then the other."""
    if table.separator == ",":
        return (".",)
    end = table.start
    for _ in range(_LOOKED_AT):
        end = source.data.find(b"\n", end, stop) + 1
        if not end:
            end = stop
            break
    for _, text in source.lines(table.start, end):
        row = _split(text, table.separator)
        said = "".join(row[column.position] for column in columns if len(row) > column.position)
        if "," in said or "." in said:
            return (",", ".") if "," in said else (".", ",")
    return (".", ",")


def _parsed(source: Source, table: Table, columns: Sequence[Column], start: int, stop: int) -> np.ndarray | None:
    """Return the columns as floats, or None if there is something that is no number."""
    found = _frame(source, table, columns, start, stop)
    if found is None:
        return None
    values, regular = found
    if not regular:
        _explain(source, table, columns, start, stop, required=False)
    return values


def _frame(
    source: Source, table: Table, columns: Sequence[Column], start: int, stop: int
) -> tuple[np.ndarray, bool] | None:
    """Return the columns as floats and whether the rows are known to be regular; None if pandas cannot read them."""
    separator = table.separator
    positions = [column.position for column in columns]
    fields = len(_split(source.text(start), separator))
    if max(positions) >= fields:
        return None
    options = {
        "header": None,
        # as many as the first row has, which may end with a separator more than the header
        "names": range(fields),
        "usecols": positions,
        "index_col": False,
        "dtype": float,
        "encoding": "latin-1",
        "sep": r"\s+" if separator == " " else separator,
    }
    rows = source.data[start:stop].replace(_MINUS.encode(), b"-")
    for decimal in _decimals(source, table, columns, stop):
        try:
            frame = pd.read_csv(io.BytesIO(rows), decimal=decimal, **options)[positions]
        except ValueError:  # pandas' ParserError is one
            continue
        return frame.to_numpy(), _regular(rows, separator, len(table.names), len(frame))
    return None


def _regular(rows: bytes, separator: str, names: int, count: int) -> bool:
    """Return whether, by the number of separators, each row has the fields that the header names."""
    if separator == " " or b'"' in rows:
        return False
    sign = separator.encode()
    each = (rows[: rows.find(b"\n")] if b"\n" in rows else rows).count(sign)
    last = rows[rows.rfind(b"\n", 0, len(rows) - 1) + 1 :].count(sign)
    return names - 1 <= each <= names and rows.count(sign) - last == each * (count - 1) and last <= each


def _explain(
    source: Source, table: Table, columns: Sequence[Column], start: int, stop: int, *, required: bool = True
) -> None:
    """Raise ReaderError for the first row that is not as the header says.

    Blocks that pandas reads without a doubt are passed over, so that a fault at the end of a long file is found soon.
    """
    needed = [column for column in columns if column.essential]
    while start < stop:
        end = min(source.end(min(start + BLOCK, stop)) + 1, stop)
        found = _frame(source, table, needed, start, end) if stop - start > BLOCK else None
        if found is None or not found[1] or not np.isfinite(found[0]).all():
            _explain_lines(source, table, needed, start, end)
        start = end
    if required:
        raise ReaderError(source.path, "expected a table of numbers", table.header_line)


def _explain_lines(source: Source, table: Table, columns: Sequence[Column], start: int, stop: int) -> None:
    comma = _decimals(source, table, columns, stop)[0] == ","
    count = len(table.names)
    for offset, text in source.lines(start, stop):
        if not text.strip():
            continue
        fields = _split(text, table.separator)
        if len(fields) < count or any(field.strip() for field in fields[count:]):
            hint = ""
            if table.separator == ",":
                hint = "; if this is decimal commas, export with semicolons or tabs between the fields"
            raise ReaderError(
                source.path,
                f"expected {count} fields as in the header of line {table.header_line}, got {len(fields)}{hint}",
                source.line(offset),
            )
        for column in columns:
            if not _is_number(fields[column.position], comma):
                got = fields[column.position].strip()
                hint = ""
                if _CLOCK.search(got):
                    hint = "; this is a clock time: export seconds, or leave the column out"
                elif table.separator == "," and "," in got:
                    hint = "; if this is a decimal comma, export with semicolons or tabs between the fields"
                kind = "a number with a decimal comma, as in the rows before" if comma else "a number"
                raise ReaderError(
                    source.path,
                    f"expected {kind} in column {column.header!r}, got {repr(got) if got else 'nothing'}{hint}",
                    source.line(offset),
                )


def _is_number(text: str, comma: bool) -> bool:
    text = text.strip().replace(_MINUS, "-")
    try:
        value = float(text.replace(",", ".") if comma else text)
    except ValueError:
        return False
    return bool(np.isfinite(value)) and not (comma and "." in text) and "_" not in text and text.isascii()
