"""Numbers of a table by pandas, with every irregularity found and named instead of turned into NaN."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
import pandas as pd

from sicell.readers import _clock
from sicell.readers._columns import Column
from sicell.readers._error import Notes, ReaderError
from sicell.readers._layout import Table, cells, is_number

_LOOKED_AT = 50
_MINUS = "\N{MINUS SIGN}"
#: Bytes of rows that are looked at together when a fault is searched for.
BLOCK = 2**22
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}[.,]\d{3}")
_MANY_THOUSANDS = re.compile(r"[+-]?\d{1,3}((,\d{3})+(\.\d*)?|(\.\d{3})+(,\d*)?|(['’ ]\d{3})+([.,]\d*)?)")
_DIGITS = re.compile(r"[+-]?\d*[.,]?(\d*)(?:[eE]([+-]?\d+))?")


@dataclass(frozen=True)
class Rows:
    """The rows of a table that are to be read: where they stand, and how many fields come before the first column."""

    table: Table
    start: int
    stop: int
    shift: int = 0

    def line(self, row: int) -> int:
        """Return the line of a row, counted from 0."""
        source = self.table.source
        filled = (offset for offset, text in source.lines(self.start, self.stop) if text.strip())
        return source.line(next(islice(filled, row, None)))

    @cached_property
    def first(self) -> list[list[str]]:
        """Fields of the first rows."""
        source = self.table.source
        filled = (text for _, text in source.lines(self.start, self.stop) if text.strip())
        return [cells(text, self.table.separator) for text in islice(filled, _LOOKED_AT)]

    @cached_property
    def some(self) -> list[list[str]]:
        """Fields of the first rows, and of others here and there down to the last."""
        source = self.table.source
        begins = {
            source.data.rfind(b"\n", 0, int(place)) + 1 for place in np.linspace(self.start, self.stop, _LOOKED_AT)
        }
        texts = [source.text(begin) for begin in sorted(begins) if self.start <= begin < self.stop]
        return self.first + [cells(text, self.table.separator) for text in texts if text.strip()]

    def resolution(self, column: Column) -> float:
        """Return the last digit that the rows have in a column, in its unit of the Battery Data Format."""
        place, finest = column.position + self.shift, None
        for row in self.some:
            if place < len(row) and row[place] and (parts := _DIGITS.fullmatch(row[place].replace(_MINUS, "-"))):
                last = int(parts[2] or 0) - len(parts[1])
                finest = last if finest is None else min(finest, last)
        return 0.0 if finest is None else abs(column.factor) * 10.0**finest

    def thousands(self, column: Column) -> tuple[str, str] | None:
        """Return a field such as 1.025 and one such as 987, if nothing says that the point is a decimal's."""
        place = column.position + self.shift
        fields = {row[place] for row in self.some if place < len(row)}
        parted = [field for field in fields if _THOUSANDS.fullmatch(field)]
        plain = [field for field in fields if re.fullmatch(r"-?\d{3}", field)]
        small = sum(bool(re.fullmatch(r"-?\d{1,3}", field)) for field in fields)
        return (max(parted), max(plain)) if parted and plain and len(parted) + small == len(fields) else None

    def numbers(self, columns: Sequence[Column]) -> list[np.ndarray | None]:
        """Return the columns as floats as they stand in the file; None for one that is not filled with numbers.

        Raises ReaderError for a row that has too few or too many fields, or no number where one is essential.
        """
        essential = [column for column in columns if column.essential]
        values = self._parsed(columns)
        if values is None:
            needed = self._parsed(essential) if essential else np.empty((0, 0))
            if needed is None:
                self._explain(columns)
            values = np.full((len(needed), len(columns)), np.nan)
            for number, column in enumerate(essential):
                values[:, columns.index(column)] = needed[:, number]
            for number, column in enumerate(columns):
                if column not in essential and (alone := self._parsed([column])) is not None:
                    values[:, number] = alone[:, 0]
        finite = np.isfinite(values).all(axis=0)
        if any(column.essential and not good for column, good in zip(columns, finite, strict=True)):
            self._explain(columns)
        return [values[:, number] if good else None for number, good in enumerate(finite)]

    def words(self, column: Column) -> pd.Series:
        """Return a column as text."""
        options = self._options([column.position + self.shift])
        frame = pd.read_csv(io.BytesIO(self._bytes()), dtype=str, keep_default_na=False, **options)
        return frame.iloc[:, 0].str.strip()

    def ends(self, column: Column) -> pd.Series:
        """Return the first and the last field of a column."""
        place = column.position + self.shift
        return pd.Series([row[place] for row in (self.some[0], self.some[-1])])

    def seconds(self, column: Column, notes: Notes) -> np.ndarray:
        """Return a column of clock times in seconds."""
        words = self.words(column)
        time = _clock.clock(words, column.header, column.unit, notes)
        if not np.isfinite(time).all():
            bad = int(np.argmax(~np.isfinite(time)))
            got = words.iloc[bad]
            raise ReaderError(
                self.table.source.path,
                f"expected a time such as 0:01:30 in column {column.header!r} as in the rows before, got {got!r}; give "
                "all its times in one form, such as seconds",
                self.line(bad),
            )
        return time

    def _bytes(self) -> bytes:
        return (
            self.table.source.data[self.start : self.stop]
            .replace(_MINUS.encode(), b"-")
            .replace("\N{NO-BREAK SPACE}".encode(), b" ")
        )

    def _options(self, positions: Sequence[int]) -> dict:
        separator = self.table.separator
        return {
            "header": None,
            # as many as the first row has, which may end with a separator more than the header
            "names": range(max(len(cells(self.table.source.text(self.start), separator)), len(self.table.names))),
            "usecols": positions,
            "index_col": False,
            "encoding": "latin-1",
            "sep": r"\s+" if separator == " " else separator,
        }

    def _decimals(self, columns: Sequence[Column]) -> tuple[str, ...]:
        """Return the decimal signs to try: the one that the first rows have, then the other."""
        if self.table.separator == ",":
            return (".",)
        for row in self.first:
            fields = [row[one.position + self.shift] for one in columns if len(row) > one.position + self.shift]
            # a field with both has signs between thousands
            said = "".join(field for field in fields if not ("," in field and "." in field))
            if "," in said or "." in said:
                return (",", ".") if "," in said else (".", ",")
        return (".", ",")

    def _parsed(self, columns: Sequence[Column]) -> np.ndarray | None:
        """Return the columns as floats, or None if there is something that is no number."""
        found = self._frame(columns)
        if found is None:
            return None
        values, regular = found
        if not regular:
            self._explain(columns, required=False)
        return values

    def _frame(self, columns: Sequence[Column]) -> tuple[np.ndarray, bool] | None:
        """Return the columns as floats and if the rows are known to be regular; None if pandas cannot read them."""
        positions = [column.position + self.shift for column in columns]
        options = self._options(positions)
        if max(positions) >= len(options["names"]):
            return None
        data = self._bytes()
        for decimal in self._decimals(columns):
            try:
                frame = pd.read_csv(io.BytesIO(data), decimal=decimal, dtype=float, **options)[positions]
            except ValueError:  # pandas' ParserError is one
                continue
            return frame.to_numpy(), self._regular(data, len(frame))
        return None

    def _regular(self, data: bytes, count: int) -> bool:
        """Return whether, by the number of separators, each row has the fields that the header names."""
        separator = self.table.separator
        if separator == " " or b'"' in data:
            return False
        sign, fields = separator.encode(), len(self.table.names) + self.shift
        # separators and line ends alone, which are the same in each row
        shape = data.translate(None, bytes(set(range(256)) - {10, *sign}))
        while b"\n\n" in shape:
            shape = shape.replace(b"\n\n", b"\n")
        each = shape.find(b"\n") if b"\n" in shape else len(shape)
        if not fields - 1 <= each <= fields:
            return False
        row, body = sign * each + b"\n", shape.rstrip(b"\n").rpartition(b"\n")
        if body[0] + body[1] != row * (count - 1) or len(body[2]) != each:
            return False
        if each < fields:
            return True
        # with one separator more than the header has, nothing may stand behind it
        ends = data.count(sign + b"\n") + data.count(sign + b"\r\n")
        return ends >= count - 1 and data.rstrip(b"\r\n").endswith(sign)

    def _explain(self, columns: Sequence[Column], *, required: bool = True) -> None:
        """Raise ReaderError for the first row that is not as the header says.

        Blocks that pandas reads without a doubt are passed over, so that a fault at the end of a long file is found
        soon.
        """
        source = self.table.source
        needed = [column for column in columns if column.essential and column.kind == "number"]
        start = self.start
        while start < self.stop:
            end = min(source.end(min(start + BLOCK, self.stop)) + 1, self.stop)
            block = Rows(self.table, start, end, self.shift)
            found = block._frame(needed) if needed and self.stop - start > BLOCK else None
            if found is None or not found[1] or not np.isfinite(found[0]).all():
                block._explain_lines(needed, self._decimals(columns)[0] == ",")
            start = end
        if required:
            open_quote = self._bytes().count(b'"') % 2
            hint = ", got a quotation mark that is not closed" if open_quote else ""
            raise ReaderError(source.path, f"expected a table of numbers{hint}", self.table.header_line)

    def _explain_lines(self, columns: Sequence[Column], comma: bool) -> None:
        table, count = self.table, len(self.table.names) + self.shift
        widths = [len(fields) for fields in self.first]
        # where most rows end with a separator, one that does not has lost a field
        width = max(count, min(max(widths, key=widths.count), count + 1))
        for offset, text in table.source.lines(self.start, self.stop):
            if not text.strip():
                continue
            fields = cells(text, table.separator)
            if len(fields) < width or any(fields[count:]):
                raise _wrong_width(table, table.source.line(offset), fields, count)
            for column in columns:
                got = fields[column.position + self.shift]
                if not _is_float(got, comma):
                    hint = ""
                    if re.search(r"\d:\d\d", got):
                        hint = "; this is a clock time among numbers: export seconds, or leave the column out"
                    elif table.separator == "," and "," in got:
                        hint = "; if this is a decimal comma, export with semicolons or tabs between the fields"
                    if _MANY_THOUSANDS.fullmatch(got) and not (hint and got.count(",") == 1 and "." not in got):
                        hint = "; if it has signs between thousands, export without them"
                    kind = "a number with a decimal comma, as in the rows before" if comma and not hint else "a number"
                    raise ReaderError(
                        table.source.path,
                        f"expected {kind} in column {column.header!r}, got {repr(got) if got else 'nothing'}{hint}",
                        table.source.line(offset),
                    )


def _wrong_width(table: Table, line: int, fields: Sequence[str], count: int) -> ReaderError:
    hint = ""
    if len(fields) > count and table.separator == "," and all(is_number(field) for field in fields):
        hint = "; if this is decimal commas, export with semicolons or tabs between the fields"
    if len([*filter(None, fields)]) == count + 1:
        hint += (
            "; if each row begins with its number, write a name for it in front of the header, such as 'row', else one "
            "for the last column behind it"
        )
    return ReaderError(
        table.source.path,
        f"expected {count} fields as in the header of line {table.header_line}, got {len(fields)}{hint}",
        line,
    )


def _is_float(text: str, comma: bool) -> bool:
    text = text.strip().replace(_MINUS, "-")
    try:
        value = float(text.replace(",", ".") if comma else text)
    except ValueError:
        return False
    return bool(np.isfinite(value)) and not (comma and "." in text) and "_" not in text and text.isascii()
