"""What a column holds and in which unit, by its name: the tables ``column_names.csv`` and ``units.csv``."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from sicell import _data

TIME = ("Test Time / s", "Step Time / s", "Date Time")
PAIRS = (
    ("Charging Capacity / Ah", "Discharging Capacity / Ah"),
    ("Cycle Charging Capacity / Ah", "Cycle Discharging Capacity / Ah"),
)
CHARGE = ("Net Capacity / Ah", *PAIRS[0], *PAIRS[1], "Cumulative Capacity / Ah")
#: Columns that hold words, and no number in any unit.
WORDS = {"Date Time": "date", "Step Type": "words"}
_UNITS_IN = (
    re.compile(r"^(.*\S)\s*[\[({]([^\[\](){}]*)[\])}]$"),
    re.compile(r"^(.*?\S) / (.+)$"),
    # the last stroke first: "Q charge/discharge/mA.h", but then "Capacity/mAh/g" is a capacity with an unknown unit
    re.compile(r"^(.*\S)\s*/\s*([^/]+)$"),
    re.compile(r"^(.*?\S)\s*/\s*(.+)$"),
    re.compile(r"^(.*\S)\s*[#,]\s*([^#,]+)$"),
    re.compile(r"^(.*\S)\s+in\s+(\S+)$"),
)
#: A unit that is merely the last word, as in ``voltage_V``, must be one that is known.
_LAST_WORD = re.compile(r"^(.*\S)[\s_]+(\S+)$")
# "V vs. Ref." and "V vs Li/Li+" are volts
_REFERENCE = re.compile(r"\s*\bvs\b.*$", re.IGNORECASE)
_CLOCK_UNIT = re.compile(
    r"^((d+\s*)?h+(rs?)?:m+(in)?(:s+(ec)?([.:]m*s+|\.f+)?)?|m+(in)?:s+(ec)?([.:]m*s+|\.[f0]+)?)$", re.IGNORECASE
)
_PREFIXES = {"n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9}
_PREFIXED = {"s", "V", "A", "Ah", "As", "Hz", "ohm", "rad"}
_SPELLINGS = str.maketrans({"′": "'", "’": "'", '"': "''", "−": "-", "–": "-", "_": " ", "{": "(", "}": ")", ".": None})
#: Dimensions without which an analysis would be wrong; others, such as a temperature, may be left out.
_ESSENTIAL = {"time", "voltage", "current", "charge", "frequency", "impedance", "angle"}


@dataclass(frozen=True)
class Column:
    """One column that has a known name: where it stands, what it becomes, and how its numbers are converted.

    `factor` is 0 if its unit is not understood; `kind` is ``"number"``, ``"clock"``, ``"date"`` or ``"words"``.
    """

    position: int
    header: str
    name: str
    rank: int
    factor: float
    offset: float = 0.0
    kind: str = "number"
    unit: str = ""
    sign: int = 1
    beside: bool = False

    @property
    def dimension(self) -> str:
        """What it measures."""
        return _dimension(self.name)

    @property
    def essential(self) -> bool:
        """Whether an analysis would be wrong without it: not if it stands beside another as a cross-check."""
        return self.dimension in _ESSENTIAL and not self.beside


@dataclass(frozen=True)
class Header:
    """The columns of a table that have known names, those that are preferred first, and all names as they stand."""

    names: tuple[str, ...]
    columns: tuple[Column, ...]

    def of(self, name: str) -> list[Column]:
        """Return the columns that hold a quantity, those with a unit that is understood, if there are such."""
        found = [column for column in self.columns if column.name == name]
        return [column for column in found if column.factor] or found

    @property
    def quantities(self) -> set[str]:
        """The quantities that it names, whatever their units."""
        return {column.name for column in self.columns}

    @property
    def lacking(self) -> list[Column]:
        """Numbers with a name that is known and without any unit."""
        return [one for one in self.columns if one.kind == "number" and not one.factor and not one.unit]


@cache
def _names() -> dict[tuple[str, str], list[tuple[int, str, str]]]:
    table = _data.table("column_names.csv").astype(object)
    table = table.where(table.notna(), "")
    found: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    rows = zip(table["name"], table["format"], table["column"], table["bare_unit"], strict=True)
    for rank, (name, form, column, unit) in enumerate(rows):
        found.setdefault((name, form), []).append((rank, column, str(unit)))
    return found


@cache
def _units() -> dict[tuple[str, str], tuple[float, float] | None]:
    rows = list(_data.table("units.csv").itertuples())
    found: dict[tuple[str, str], tuple[float, float] | None] = {}
    for row in rows:
        # milli and mega differ in nothing but case
        folded = row.dimension, row.unit.lower()
        found[folded] = None if folded in found else (row.factor, row.offset)
    # in a column of temperatures C is no coulomb
    found |= {("temperature", "c"): (1.0, 0.0)}
    return found | {(row.dimension, row.unit): (row.factor, row.offset) for row in rows}


@cache
def _dimension(name: str) -> str:
    if name in WORDS:
        return WORDS[name]
    unit = name.rpartition(" / ")[2] if " / " in name else "1"
    table = _data.table("units.csv")
    return str(table.loc[table["target"] == unit, "dimension"].iloc[0])


def allowed_units(dimension: str) -> list[str]:
    """Return the units of a dimension that are understood."""
    table = _data.table("units.csv")
    return table.loc[table["dimension"] == dimension, "unit"].tolist()


def convert(unit: str, dimension: str) -> tuple[float, float] | None:
    """Return factor and offset of a unit, None if it is none of that dimension."""
    text = unicodedata.normalize("NFKC", unit).replace("μ", "u").replace("Ω", "ohm")
    text = re.sub(r"[\s·*]|(?<=A)\.(?=h)|\.$", "", _REFERENCE.sub("", text))
    text = re.sub(r"(?i)ohms?$", "ohm", text)
    units = _units()
    found = units.get((dimension, text)) or units.get((dimension, text.lower()))
    if not found and text[1:] in _PREFIXED and text[0] in _PREFIXES and (base := units.get((dimension, text[1:]))):
        return _PREFIXES[text[0]] * base[0], base[1]
    return found


def _key(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).translate(_SPELLINGS)
    return " ".join(_REFERENCE.sub("", text).strip().strip("~#").lstrip("%;! ").lower().split())


def _find(name: str, form: str) -> tuple[list[tuple[int, str, str]], int]:
    """Return (rank, quantity, unit that the name itself says) for a name without unit, and its sign."""
    key, names = _key(name), _names()
    found = names.get((key, form)) or names.get((key, ""))
    if found or not key.startswith("-"):
        return found or [], 1
    found, _ = _find(key[1:], form)
    return [one for one in found if _dimension(one[1]) in ("impedance", "angle")], -1


@cache
def _parse(header: str, form: str) -> tuple[tuple[int, str, str, str], ...]:
    """Return (rank, quantity with sign, unit, bare unit) of all that a header can mean; nothing if it is not known."""

    def meant(name: str, unit: str) -> tuple[tuple[int, str, str, str], ...]:
        found, sign = _find(name, form)
        return tuple((rank, "-" * (sign < 0) + quantity, unit, bare) for rank, quantity, bare in found)

    # first, since in "Im(Z)" the brackets hold no unit; what stands behind "vs" is no part of the name
    if not _REFERENCE.search(header) and (found := meant(header, "")):
        return found
    for pattern in _UNITS_IN:
        if (parts := pattern.match(header.strip())) and (found := meant(parts[1], parts[2].strip())):
            return found
    if parts := _LAST_WORD.match(header.strip()):
        found = meant(parts[1], parts[2])
        if found := tuple(one for one in found if convert(parts[2], _dimension(one[1].lstrip("-")))):
            return found
    return meant(header, "")


def understand(
    names: Sequence[str], units: Sequence[str] | None, form: str, renamed: Mapping[str, str | None], row: Sequence[str]
) -> Header:
    """Return what the names of a header mean; `row` is the first row below, whose clock times need no unit."""
    columns = []
    for position, header in enumerate(names):
        said = renamed.get(header, header)
        below = units[position] if units and header not in renamed else ""
        cell = row[position] if position < len(row) else ""
        meanings = [_column(position, header, meaning, below, cell) for meaning in (_parse(said, form) if said else ())]
        if meanings:
            columns.append(next((one for one in meanings if one.factor), meanings[0]))
    return Header(tuple(names), tuple(sorted(columns, key=lambda one: one.rank)))


def _column(position: int, header: str, meaning: tuple[int, str, str, str], below: str, cell: str) -> Column:
    rank, name, unit, bare = meaning
    sign, name = (-1, name[1:]) if name.startswith("-") else (1, name)
    dimension = _dimension(name)
    if name in WORDS:
        return Column(position, header, name, rank, 1.0, kind=dimension)
    unit = unit or below
    if dimension == "time" and (
        _CLOCK_UNIT.match(unit.strip()) or (":" in cell and (not unit or convert(unit, "time")))
    ):
        return Column(position, header, name, rank, 1.0, kind="clock", unit=unit)
    found = convert(unit or bare, dimension)
    if not found:
        return Column(position, header, name, rank, 0.0, unit=unit, sign=sign)
    return Column(position, header, name, rank, sign * found[0], found[1], unit=unit or bare, sign=sign)


def spectral(names: Iterable[str]) -> set[str]:
    """Return the columns that make a spectrum, the parts before modulus and phase; none if these are no spectrum."""
    for pair in ({"Real Impedance / ohm", "Imaginary Impedance / ohm"}, {"Absolute Impedance / ohm", "Phase / deg"}):
        if (wanted := {"Frequency / Hz"} | pair) <= set(names):
            return wanted
    return set()


def cycling(names: Iterable[str]) -> bool:
    """Return whether these columns make a galvanostatic measurement: any potential, and a time or a charge."""
    names = set(names)
    potentials = {"Voltage / V", "Working Potential / V", "Anode Potential / V", "Cathode Potential / V"}
    return bool(names & potentials) and bool(names & {*TIME, *CHARGE})


def sufficient(names: Iterable[str]) -> bool:
    """Return whether these columns make a spectrum or a galvanostatic measurement."""
    names = set(names)
    return bool(spectral(names)) or cycling(names)
