"""Where in a file the tables are: formats are rows of ``file_formats.csv``."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sicell import _data
from sicell.readers._columns import Header, convert, sufficient, understand
from sicell.readers._error import ReaderError
from sicell.readers._source import HEAD, Source

SEPARATORS = ("\t", ";", ",", " ")
#: How far down the header of a plain text file is looked for.
PREAMBLE_LINES = 200
_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_TIME = re.compile(r"\d+[:/.-]\d")
#: A name and its unit in brackets, in a header whose names stand apart by white space.
_SPACED = re.compile(r'[^\s"]+(?: [(\[][^)\]]*[)\]])?')


@dataclass(frozen=True)
class Table:
    """One table of a file: what its header means, and the bytes where its rows stand."""

    source: Source
    header: Header
    separator: str
    header_line: int
    start: int
    stop: int
    note: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns as they stand."""
        return self.header.names


@cache
def _formats() -> tuple[dict[str, Any], ...]:
    table = _data.table("file_formats.csv").astype(object)
    return tuple(table.where(table.notna(), "").to_dict("records"))


def is_number(text: str) -> bool:
    """Return whether a field looks like a number."""
    return bool(_NUMBER.fullmatch(text.strip().replace("\N{MINUS SIGN}", "-")))


def cells(text: str, separator: str) -> list[str]:
    """Return the fields of a line."""
    if separator == " ":
        return text.split()
    if '"' in text:
        try:
            return [field.strip() for field in next(csv.reader([text], delimiter=separator), [])]
        except csv.Error:  # a field longer than any number or name
            pass
    return [field.strip() for field in text.split(separator)]


def recognise(source: Source, renamed: Mapping[str, str | None]) -> tuple[str, list[Table]]:
    """Return which format a file has, and its tables."""
    signed = ""
    for row in _formats():
        if row["signature"] and not re.match(row["signature"].encode(), source.head.lstrip(), re.IGNORECASE):
            continue
        signed = signed or (row["title"] if row["signature"] else "")
        if row["header_count"]:
            return row["format"], [_counted(source, row, renamed)]
        if row["header"]:
            found = _lines_like(row["header"], source.data if row["several"] == "yes" else source.head)
            if found:
                found = found if row["several"] == "yes" else found[:1]
                return row["format"], [_headed(source, row, offset, renamed) for offset in found]
        elif not signed:
            return row["format"], [_searched(source, renamed)]
    wanted = "; ".join(
        f"a line like {row['header']!r} ({row['title']})"
        for row in _formats()
        if row["header"] and re.match(row["signature"].encode(), source.head.lstrip(), re.IGNORECASE)
    )
    raise ReaderError(
        source.path, f"looks like {signed}, but has no table: expected {wanted}", source.line(len(source.data))
    )


def _lines_like(pattern: str, data: bytes) -> list[int]:
    """Return where lines begin that are like a pattern; one that begins with a word is looked for by that word."""
    like = re.compile(pattern.encode(), re.MULTILINE)
    if not (word := re.match(r"\^(\w+)", pattern)):
        return [found.start() for found in like.finditer(data)]
    offsets, begin = [0], b"\n" + word[1].encode()
    while (offset := data.find(begin, offsets[-1])) >= 0:
        offsets.append(offset + 1)
    return [offset for offset in offsets if like.match(data, offset)]


def _counted(source: Source, row: Mapping[str, Any], renamed: Mapping[str, str | None]) -> Table:
    """Return the table of a file that says how many lines its header has, the last being the names."""
    said = re.search(row["header_count"].encode(), source.head, re.MULTILINE)
    if not said:
        raise ReaderError(source.path, f"expected a line like {row['header_count']!r} ({row['title']})", 2)
    count, offset = int(said[1]), 0
    for line in range(1, count):
        offset = source.data.find(b"\n", offset) + 1
        if not offset:
            raise ReaderError(source.path, f"expected {count} header lines, the file ends after {line}", line)
    return _table(source, row, offset, None, renamed)


def _headed(source: Source, row: Mapping[str, Any], offset: int, renamed: Mapping[str, str | None]) -> Table:
    """Return the table that belongs to a line which the format's pattern has found."""
    starts = [offset]
    for _ in range(max(row["header_offset"], int(row["units_offset"] or 0))):
        after = source.data.find(b"\n", starts[-1]) + 1
        if not after:
            line = source.line(offset)
            raise ReaderError(source.path, "expected the names of columns after this line, the file ends", line)
        starts.append(after)
    units = starts[int(row["units_offset"])] if row["units_offset"] else None
    return _table(source, row, starts[int(row["header_offset"])], units, renamed)


def _table(
    source: Source, row: Mapping[str, Any], offset: int, units: int | None, renamed: Mapping[str, str | None]
) -> Table:
    text, line = source.text(offset), source.line(offset)
    start = min(source.end(offset if units is None else units) + 1, len(source.data))
    stop = len(source.data)
    if row["rows"] == "tab" and (beyond := re.compile(rb"\n(?=[^\t\r\n])").search(source.data, start - 1)):
        stop = beyond.start()
    if row["rows"] == "comma comma":
        # line ends stay, so that lines keep their numbers
        source = replace(source, data=source.data[:start] + re.sub(rb"(?m)^(?!,,)[^\n]*$", b"", source.data[start:]))
        stop = len(source.data)
    if row["format"] == "zplot":
        # names apart by what the rows have between them, or by spaces within quotation marks
        apart = next((one for one in SEPARATORS[:3] if text.count(one) > 3), " ")
        names = _SPACED.findall(text) if apart == " " else cells(text, apart)
        start, _ = _past_words(source, start, stop)
        text = source.text(start)
    separator = max(SEPARATORS[:3], key=text.count)
    separator = separator if separator in text else " "
    if row["format"] != "zplot":
        names = cells(text, separator)
    said = None if units is None else _as_many(cells(source.text(units), separator), len(names))
    return _below(
        source, Table(source, Header(tuple(names), ()), separator, line, start, stop), said, row["format"], renamed
    )


def _searched(source: Source, renamed: Mapping[str, str | None]) -> Table:
    """Return the table of a file with no signature: the header is the first line that names enough known columns."""
    nearest: tuple[int, int, list[str]] = (0, 1, [])
    for line, (offset, text) in enumerate(source.lines(0, _after(source, PREAMBLE_LINES)), start=1):
        for separator in SEPARATORS:
            names = _trimmed(_SPACED.findall(text) if separator == " " else cells(text, separator))
            if names and not names[0].strip("#%;!") and _filled_below(source, offset, separator) == len(names) - 1:
                del names[0]  # the mark of a comment, which the rows do not have
            if len(names) < 2 and separator != SEPARATORS[-1]:
                continue
            header = understand(names, None, "", renamed, ())
            if sufficient(header.quantities):
                above = cells(source.text(source.data.rfind(b"\n", 0, max(offset - 1, 0)) + 1), separator)
                if offset and len(above) == len(names) and all(map(is_number, above)):
                    raise ReaderError(source.path, "expected the header above all rows, got a row above it", line)
                start = min(source.end(offset) + 1, len(source.data))
                table = Table(source, header, separator, line, start, len(source.data))
                return _below(source, table, None, "", renamed)
            likely = len(header.quantities)
            if len(names) > 1 and (likely, line == 1) > (nearest[0], bool(nearest[2]) and nearest[1] == 1):
                nearest = likely, line, names
    what = (
        "expected a header that names a voltage and a time or capacity, or a frequency and an impedance, with units, "
        "such as 'Test Time / s,Voltage / V,Current / A' or 'freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm'"
    )
    if nearest[2] and all(is_number(name) for name in nearest[2]):
        what += "; the file begins with numbers: add a line with names and units"
    elif nearest[2]:
        shown = [name if len(name) < 60 else name[:60] + "…" for name in nearest[2][:12]]
        what += f"; got {', '.join(map(repr, shown))}. Tell what they are by columns={{'name': 'Voltage / V'}}"
    raise ReaderError(source.path, what, nearest[1])


def _filled_below(source: Source, offset: int, separator: str) -> int:
    """Return how many fields the line below has."""
    after = min(source.end(offset) + 1, len(source.data))
    return len(cells(source.text(after), separator))


def _below(
    source: Source, table: Table, units: Sequence[str] | None, form: str, renamed: Mapping[str, str | None]
) -> Table:
    """Return the table with its header understood, past lines of units or words that stand below the header."""
    names, start = _trimmed(table.names), table.start
    if units is None:
        first = _as_many(cells(source.text(start), table.separator), len(names))
        if units := _units_row(understand(names, None, form, renamed, ()), first):
            start = min(source.end(start) + 1, table.stop)
    rows, skipped = _past_words(source, start, table.stop, table.separator)
    note = f"line {source.line(rows) - 1} holds words only and was left out" if skipped else ""
    row = cells(source.text(rows), table.separator)
    return replace(table, header=understand(names, units, form, renamed, row), start=rows, note=note)


def _units_row(header: Header, row: Sequence[str]) -> tuple[str, ...] | None:
    """Return the units in the cells below a header; None if these are not the units that its names lack."""
    units = tuple(cell.strip("[]()") for cell in row)
    lacking = [column for column in header.lacking if column.essential]
    said = [convert(units[column.position], column.dimension) for column in lacking]
    # clock times have none
    needed = [unit for unit, column in zip(said, lacking, strict=True) if column.dimension != "time" or unit]
    empty = all(not units[one.position] for one, unit in zip(lacking, said, strict=True) if not unit)
    return units if needed and all(needed) and empty else None


def _past_words(source: Source, start: int, stop: int, separator: str = "\t") -> tuple[int, bool]:
    """Return where the rows begin, and whether a line of nothing but words right below the header was passed over."""
    while start < stop and not source.text(start).strip():
        start = min(source.end(start) + 1, stop)
    fields = [field for field in cells(source.text(start), separator) if field]
    wordy = not any(is_number(field) or _TIME.search(field) for field in re.split(r"[\t;, ]+", " ".join(fields)))
    after = min(source.end(start) + 1, stop)
    skipped = bool(fields) and wordy and bool(source.data[after:stop].strip())
    return (after if skipped else start), skipped


def _trimmed(names: Sequence[str]) -> list[str]:
    """Return names without empty ones at their end."""
    names = list(names)
    while names and not names[-1]:
        names.pop()
    return names


def _as_many(fields: Sequence[str], count: int) -> list[str]:
    """Return as many fields as there are names."""
    return ([*fields] + [""] * count)[:count]


def _after(source: Source, lines: int) -> int:
    """Return the offset after so many lines, within the part that is looked at."""
    offset = 0
    for _ in range(lines):
        offset = source.end(offset) + 1
        if offset >= min(HEAD, len(source.data)):
            break
    return min(offset - 1, len(source.data))
