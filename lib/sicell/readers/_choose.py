"""Which columns of a table are read, or why they cannot be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sicell.readers._columns import CHARGE, TIME, Column, Header, allowed_units, convert, spectral, sufficient
from sicell.readers._error import ReaderError

CYCLE = "Cycle Count / 1"
SPECTRAL = (
    "Frequency / Hz",
    "Real Impedance / ohm",
    "Imaginary Impedance / ohm",
    "Absolute Impedance / ohm",
    "Phase / deg",
)
_POTENTIALS = ("Working Potential / V", "Anode Potential / V", "Cathode Potential / V")


@dataclass(frozen=True)
class ColumnChoice:
    """The columns to read, one or more that agree for each quantity, and whether they make a spectrum."""

    columns: dict[str, list[Column]]
    impedance: bool


def renaming(columns: Any) -> dict[str, str | None]:
    """Return a user's ``columns`` as a dictionary of names."""
    if columns is None:
        return {}
    example = "columns must be a mapping from headers to names, such as {'U_cell': 'Voltage / mV'}"
    if not isinstance(columns, Mapping):
        raise TypeError(f"{example}, got {columns!r}")
    for header, name in columns.items():
        if not isinstance(header, str) or not (name is None or isinstance(name, str)):
            raise TypeError(f"{example} or None to leave one out, got {header!r}: {name!r}")
    return dict(columns)


def choose(path: Path, line: int, header: Header, renamed: Mapping[str, str | None], impedance: bool) -> ColumnChoice:
    """Return the columns to read; `impedance` asks for a spectrum where the header names one.

    Raises ReaderError, with a way out, if the header does not tell what is needed.
    """
    for name, said in renamed.items():
        if name not in header.names:
            raise ReaderError(path, f"columns names {name!r}, but the header has {_listed(header.names)}", line)
        if said and not any(column.header == name for column in header.columns):
            raise ReaderError(path, f"columns maps {name!r} to {said!r}, which is not a known name", line)
    if not sufficient(header.quantities):
        raise ReaderError(
            path,
            "expected columns for a voltage and a time or capacity, or for a frequency and an impedance (real and "
            f"imaginary part, or modulus and phase); got {_listed(header.names)}. Tell what they are by "
            "columns={'name': 'Voltage / V'}",
            line,
        )
    understood = {column.name for column in header.columns if column.factor}
    wanted = spectral(understood) or spectral(header.quantities)
    impedance = bool(wanted) and impedance
    if impedance:
        needed, names = wanted, wanted | {CYCLE, "Phase / deg"}  # a phase beside both parts is a cross-check
    else:
        names = header.quantities - {*SPECTRAL}
        needed = _needed(names, understood)
    columns = {}
    for name in sorted(names & header.quantities, key=lambda one: header.of(one)[0].position):
        found = header.of(name)
        if found[0].factor:
            check = impedance and name == "Phase / deg" and name not in needed
            columns[name] = [replace(one, beside=check) for one in found if one.rank == found[0].rank]
        elif name in needed:
            raise _unit_error(path, line, found[0])
    return ColumnChoice(columns, impedance)


def _needed(names: set[str], understood: set[str]) -> set[str]:
    """Return the quantities without which a galvanostatic measurement would be wrong, given those understood."""
    needed = names & {"Current / A"}
    needed |= names & {"Voltage / V"} or names & {*_POTENTIALS}
    if not understood & {*CHARGE} and not (understood & {*TIME} and "Current / A" in understood):
        needed |= names & {*CHARGE}
    if not understood & {*TIME}:
        needed |= names & {"Test Time / s"} or names & {"Step Time / s"}
    return needed


def _unit_error(path: Path, line: int, column: Column) -> ReaderError:
    problem = f"has the unit {column.unit!r}" if column.unit else "has no unit"
    # of "mAh/g" and "mA cm-2" the part that is known, lest the numbers be taken for a thousand times as much
    first = re.split(r"[\s/·*]", column.unit.strip())[0]
    target = column.name.rpartition(" / ")
    known = bool(convert(first, column.dimension))
    unit = first if known else target[2]
    then = f"; results in {unit} then stand for {column.unit!r}" if known else ""
    minus = "-" if column.sign < 0 else ""
    units = ", ".join(allowed_units(column.dimension))
    return ReaderError(
        path,
        f"column {column.header!r} {problem}; expected a unit of {column.dimension} ({units}). If its numbers "
        f"are in {unit}, pass columns={{{column.header!r}: {f'{minus}{target[0]} / {unit}'!r}}}{then}; another unit of "
        "these in its place, or None in place of the name to leave the column out",
        line,
    )


def _listed(headers: tuple[str, ...]) -> str:
    shown = [repr(header) for header in headers if header]
    return ", ".join(shown[:12]) + (f" and {len(shown) - 12} more" if len(shown) > 12 else "") if shown else "no names"
