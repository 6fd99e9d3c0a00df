"""What a column holds and in which unit, by its name: the tables ``column_names.csv`` and ``units.csv``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sicell import _data
from sicell.readers._error import ReaderError

__all__ = ["Column", "known", "match", "spectral", "split_name", "units_row"]

_BRACKETS = re.compile(r"^(.*\S)\s*[\[(]([^\[\]()]*)[\])]$")
_SPACED = re.compile(r"^(.*?\S) / (.+)$")
_SLASH = re.compile(r"^(.*\S)\s*/\s*([^/]+)$")
# "V vs. Ref." and "V vs Li/Li+" are volts
_REFERENCE = re.compile(r"\s*\bvs\b.*$")
_SPELLINGS = str.maketrans({"′": "'", "’": "'", '"': "''", "−": "-", "–": "-", "_": " "})
#: Dimensions without which an analysis would be wrong; others, such as a temperature, may be left out.
_ESSENTIAL = {"time", "voltage", "current", "charge", "frequency", "impedance", "angle"}


@dataclass(frozen=True)
class Column:
    """One column of a file that is understood: where it stands, what it becomes, and by what it is multiplied."""

    position: int
    header: str
    name: str
    factor: float
    essential: bool


@cache
def _names() -> dict[tuple[str, str], tuple[int, str, float, str]]:
    table = _data.table("column_names.csv").astype(object).fillna("")
    rows = zip(table["name"], table["format"], table["column"], table["sign"], table["bare_unit"], strict=True)
    return {
        (name, form): (rank, column, float(sign), str(unit))
        for rank, (name, form, column, sign, unit) in enumerate(rows)
    }


@cache
def _units() -> tuple[dict[str, tuple[str, float]], dict[str, str]]:
    table = _data.table("units.csv")
    exact = {row.unit: (row.dimension, row.factor) for row in table.itertuples()}
    folded: dict[str, str] = {}
    for unit in exact:
        # milli and mega differ in nothing but case
        folded[unit.lower()] = "" if unit.lower() in folded else unit
    return exact, folded


@cache
def _dimension(column: str) -> str:
    """Return the dimension of a Battery Data Format column."""
    unit = column.rpartition(" / ")[2] if " / " in column else "1"
    table = _data.table("units.csv")
    return str(table.loc[table["target"] == unit, "dimension"].iloc[0])


def _key(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).translate(_SPELLINGS).strip().lstrip("~#").lower()
    return " ".join(text.split())


def _unit(unit: str) -> tuple[str, float] | None:
    """Return (dimension, factor) of a unit, None if it is not known."""
    text = unicodedata.normalize("NFKC", unit).replace("μ", "u").replace("Ω", "ohm")
    text = re.sub(r"[\s·*]|(?<=A)\.(?=h)", "", _REFERENCE.sub("", text))
    text = re.sub(r"(?i)ohms?$", "ohm", text)
    exact, folded = _units()
    return exact.get(text) or exact.get(folded.get(text.lower(), ""))


def _find(key: str, form: str) -> tuple[int, str, float, str] | None:
    names = _names()
    return names.get((key, form)) or names.get((key, ""))


def split_name(header: str, form: str = "") -> tuple[str, str] | None:
    """Return the known name in a column header and its unit ("" if it has none); None if the name is not known."""
    if _find(_key(header), form):
        # first, since in "Im(Z)" the brackets hold no unit
        return _key(header), ""
    for pattern in (_BRACKETS, _SPACED, _SLASH):
        if (parts := pattern.match(header.strip())) and _find(_key(parts[1]), form):
            return _key(parts[1]), parts[2].strip()
    return None


def units_row(headers: Sequence[str], cells: Sequence[str], form: str) -> tuple[str, ...] | None:
    """Return the units in the cells below a header; None if these are not the units that its names lack."""
    units = tuple(cell.strip().strip("[]()") for cell in cells)
    lacking = [
        (_dimension(_find(parts[0], form)[1]), _unit(unit))
        for header, unit in zip(headers, units, strict=True)
        if (parts := split_name(header, form)) and not parts[1]
    ]
    said = [found is not None and found[0] == dimension for dimension, found in lacking if dimension in _ESSENTIAL]
    return units if said and all(said) else None


def known(headers: Sequence[str], form: str = "") -> set[str]:
    """Return the Battery Data Format columns that these headers name, whatever their units."""
    found = (split_name(header, form) for header in headers)
    return {_find(parts[0], form)[1] for parts in found if parts}


def spectral(names: Iterable[str]) -> set[str]:
    """Return the columns that make a spectrum, the parts before modulus and phase; none if these are no spectrum."""
    for pair in ({"Real Impedance / ohm", "Imaginary Impedance / ohm"}, {"Absolute Impedance / ohm", "Phase / deg"}):
        if (wanted := {"Frequency / Hz"} | pair) <= set(names):
            return wanted
    return set()


def match(
    path: Path,
    line: int,
    headers: Sequence[str],
    units: Sequence[str] | None,
    form: str,
    renamed: Mapping[str, str | None],
) -> tuple[list[Column], list[str]]:
    """Return the columns that are understood, one for each quantity, and the headers of those that are not used.

    Of several columns for one quantity that stands first in ``column_names.csv`` is taken.
    """
    missing = [header for header in renamed if header not in headers]
    if missing:
        raise ReaderError(path, f"columns names {missing[0]!r}, but the header has {_listed(headers)}", line)
    best: dict[str, tuple[int, Column]] = {}
    for position, header in enumerate(headers):
        said = renamed.get(header, header)
        parts = split_name(said, form) if said else None
        if header in renamed and said and not parts:
            raise ReaderError(path, f"columns maps {header!r} to {said!r}, which is not a known name", line)
        if not parts:
            continue
        rank, name, sign, bare = _find(parts[0], form)
        unit = parts[1] or (units[position] if units and header not in renamed else "") or bare
        found, dimension = _unit(unit), _dimension(name)
        essential = dimension in _ESSENTIAL
        column = Column(position, header, name, sign * found[1] if found else 0.0, essential)
        if not found or found[0] != dimension:
            column = Column(position, header, name, 0.0, essential)
        if name in best and best[name][0] == rank:
            raise ReaderError(path, f"expected one column {header!r}, got two", line)
        if name not in best or rank < best[name][0]:
            best[name] = rank, column
    columns = [column for _, column in best.values()]
    used = {column.position for column in columns if column.factor}
    for column in columns:
        if not column.factor and column.essential and not _spare(column.name, best):
            raise _unit_error(path, line, column, form, units)
    ignored = [header for position, header in enumerate(headers) if header and position not in used]
    return [column for column in columns if column.factor], ignored


def _spare(name: str, best: Mapping[str, object]) -> bool:
    """Return whether a column can be done without, given the others."""
    of_spectrum = _dimension(name) in ("frequency", "impedance", "angle")
    if wanted := spectral(best):
        return not of_spectrum or name not in wanted
    return of_spectrum


def _unit_error(path: Path, line: int, column: Column, form: str, units: Sequence[str] | None) -> ReaderError:
    dimension = _dimension(column.name)
    table = _data.table("units.csv")
    allowed = ", ".join(table.loc[table["dimension"] == dimension, "unit"])
    said = split_name(column.header, form)
    unit = (said[1] if said else "") or (units[column.position] if units else "")
    problem = f"has the unit {unit!r}" if unit else "has no unit"
    # of "mAh/g" and "mA cm-2" the part that is known, lest the numbers be taken for a thousand times as much
    first = re.split(r"[\s/]", unit.strip())[0]
    within = _unit(first)
    example = f"{column.name.rpartition(' / ')[0]} / {first}" if within and within[0] == dimension else column.name
    hint = ""
    if dimension == "time" and not unit:
        hint = "; if it holds clock times such as 0:01:30, export seconds"
    return ReaderError(
        path,
        f"column {column.header!r} {problem}; expected a unit of {dimension} ({allowed}). If you know it, pass for "
        f"example columns={{{column.header!r}: {example!r}}}, or None in place of the name to leave the column out"
        f"{hint}",
        line,
    )


def _listed(headers: Sequence[str]) -> str:
    shown = [repr(header) for header in headers if header]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "") if shown else "no names"
