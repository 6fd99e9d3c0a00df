"""Where the rows of a table begin and end, and whether they begin with names that the header does not have."""

import re
from collections.abc import Sequence

from sicell.readers._columns import Column
from sicell.readers._error import Notes, ReaderError
from sicell.readers._layout import Table, cells, is_number
from sicell.readers._numbers import Rows

TAIL = 2**16
_DATE = re.compile(r"\d[:/]\d")
_CUT = (
    "line {line}, the last, has no line end and is shorter than others, so that it may be cut: it was left out; if it "
    "is whole, put a line end behind it"
)


def find_rows(table: Table, columns: Sequence[Column], notes: Notes) -> Rows:
    """Return the rows of a table; a last one that breaks off is left out with a warning."""
    source, start = table.source, table.start
    stop = _filled(table, table.stop)
    if stop <= start:
        raise ReaderError(source.path, "expected rows after this header, got none", table.header_line)
    while not source.text(start).strip():
        start = source.end(start) + 1
    last = max(source.data.rfind(b"\n", 0, stop) + 1, start)
    found = Rows(table, start, stop)
    if broken := _broken(found, last):
        line = source.line(last)
        stop = _filled(table, last)
        if stop <= start:
            raise ReaderError(source.path, "expected a complete row with a line end, got one that breaks off", line)
        notes.add(broken.format(line=line), warn=True)
        found = Rows(table, start, stop)
    _match(found, columns)
    if _named(found, columns):
        notes.add("each row begins with a name or a number that the header has no name for; it was left out")
        return Rows(table, start, stop, 1)
    return found


def _match(found: Rows, columns: Sequence[Column]) -> None:
    """Raise ReaderError if the header has a name too many, which the separator behind each row hides."""
    names = found.table.names
    if any(len(row) < len(names) or row[len(names) - 1] for row in found.first):
        return
    odd = [name for name in names if name and names.count(name) > 1]
    numbers = [column for column in columns if column.kind == "number"]
    odd += [one.header for one in numbers if any(_DATE.search(row[one.position]) for row in found.first)]
    if odd:
        problem = (
            f"expected names that belong to the rows, got {len(names)}, of which the last has no fields and {odd[0]!r}"
        )
        where = f"{problem} stands twice or holds times; name each column once"
        raise ReaderError(found.table.source.path, where, found.table.header_line)


def _broken(found: Rows, last: int) -> str:
    """Return what to say if the last row is not complete, else nothing."""
    table = found.table
    fields = cells(table.source.text(last), table.separator)
    widths = [len(row) for row in found.first]
    # rows may end with a separator more than the header; then one without it has lost a field
    if len(fields) < len(table.names) or len(fields) < max(widths, key=widths.count) == len(table.names) + 1:
        return "line {line}, the last, breaks off and was left out"
    if table.source.end(last) < len(table.source.data):
        return ""
    if last == found.start:
        return _CUT
    place = len(fields) - 1
    above = [row[place] for row in found.some[:-1] if len(row) > place]
    if not above or not is_number(fields[place]) or not all(is_number(field) for field in above):
        return "" if not above or fields[place] in above else _CUT
    digits = [len(field.replace(",", ".").partition(".")[2]) for field in above]
    mine = len(fields[place].replace(",", ".").partition(".")[2])
    return _CUT if mine < max(digits) or (not max(digits) and len(fields[place]) < min(map(len, above))) else ""


def _named(found: Rows, columns: Sequence[Column]) -> bool:
    """Return whether each row begins with a name or number of its own that the header has no name for.

    So writes R: its header is one name short. It is certain where a word stands in the place of the first number, or
    where a number is quoted and those behind it are not; and frequencies do not count 1, 2, 3 … Hz.
    """
    table, count = found.table, len(found.table.names)
    rows = [row[:count] + [field for field in row[count:] if field] for row in found.first]
    if any(len(row) != count + 1 for row in rows):
        return False
    first = next((column for column in columns if column.position == 0 and column.kind == "number"), None)
    if first is None or not first.essential:
        return False
    beginnings = [row[0] for row in rows]
    if not any(is_number(field) for field in beginnings):
        return True
    text = table.source.text(found.start)
    if text.startswith('"') and text.count('"') == 2:
        return True
    counted = [[str(number + begin) for number in range(len(rows))] for begin in (0, 1)]
    return first.name == "Frequency / Hz" and len(rows) > 2 and beginnings in counted


def _filled(table: Table, stop: int) -> int:
    """Return the end of the last row that has any field; spreadsheets leave rows of separators behind."""
    data = table.source.data
    blank = b" \r\n\t\x1a" + (b"" if table.separator == " " else table.separator.encode())
    end = stop
    while end > table.start:
        begin = max(end - TAIL, table.start)
        # piece by piece, since stripping copies
        if rest := len(data[begin:end].rstrip(blank)):
            return min(table.source.end(begin + rest), stop)
        end = begin
    return table.start
