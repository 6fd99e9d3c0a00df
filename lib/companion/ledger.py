"""The ledger: every number that the paper states, with the role it really has.

The paper's ``claims.csv`` holds one claim a row. Code reads a claim only through this module, and each read is noted
while a :func:`reading` is active. So every computed result has a *read-set*: the claims that it depends on. A
prediction whose read-set holds the predicted claim would be a fraud, and the tests look for it.
"""

from __future__ import annotations

import csv
import functools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pandas as pd
from uncertainties import UFloat, ufloat

from companion._paper import paper

__all__ = [
    "RELATIONS",
    "ROLES",
    "Claim",
    "LedgerError",
    "bounds",
    "chapters",
    "claim",
    "equivalents",
    "ids",
    "override",
    "parameters",
    "reading",
    "remember",
    "table",
    "uncertain",
    "value",
]

#: What a claim is to this book, from a number that goes in to a number that only stands here.
ROLES = ("input", "calibrated", "predicted", "identity", "quoted")

#: How the paper relates a quantity to its number.
RELATIONS = ("=", "≈", "<", ">", "≤", "≥", "range", "±", "increases", "decreases", "order")

_SLUG = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_NUMBERS = ("value", "uncertainty", "lower", "upper", "tolerance")
_FILE = "claims.csv"


class LedgerError(ValueError):
    """The ledger is damaged, or a claim was asked for that it cannot give."""


@dataclass(frozen=True)
class Claim:
    """One quantitative statement of the paper.

    Numbers that the paper does not give are NaN; texts that are empty are ``""``; `order` has the names from the
    smallest to the largest. The columns are described in ``data/datapackage.json``.
    """

    id: str
    section: str
    location: str
    quantity: str
    sample: str
    condition: str
    printed: str
    relation: str
    value: float
    uncertainty: float
    lower: float
    upper: float
    order: tuple[str, ...]
    unit: str
    role: str
    equivalent_to: tuple[str, ...]
    tolerance: float
    revised: str
    chapter: str
    note: str


_COLUMNS = tuple(field.name for field in fields(Claim))
_noted: ContextVar[set[str] | None] = ContextVar("claims noted", default=None)
_overridden: ContextVar[tuple[tuple[str, float], ...]] = ContextVar("claims overridden", default=())


def _number(text: str, where: str) -> float:
    if text == "":
        return math.nan
    try:
        number = float(text)
    except ValueError:
        raise LedgerError(f"{where}: {text!r} is not a number") from None
    if not math.isfinite(number):
        raise LedgerError(f"{where}: {text!r} is not a finite number; leave the field empty where there is none")
    return number


def _one_of(text: str, allowed: Iterable[str], where: str) -> str:
    if text not in allowed:
        raise LedgerError(f"{where}: unknown {where.rsplit(' ', 1)[-1]} {text!r}; allowed: {', '.join(allowed)}")
    return text


def _parse_row(row: dict[str, str], where: str) -> Claim:
    at = {column: f"{where}, column {column}" for column in _COLUMNS}
    if not _SLUG.fullmatch(row["id"]):
        raise LedgerError(f"{at['id']}: {row['id']!r} is not a slug of a-z, 0-9, '-' and '.'")
    for column in ("location", "quantity", "printed", "unit"):
        if not row[column].strip():
            raise LedgerError(f"{at[column]}: must not be empty")
    _one_of(row["relation"], RELATIONS, at["relation"])
    _one_of(row["role"], ROLES, at["role"])
    _one_of(row["chapter"], chapters(), at["chapter"])
    parsed: dict[str, Any] = dict(row)
    parsed.update({column: _number(row[column], at[column]) for column in _NUMBERS})
    if parsed["lower"] > parsed["upper"]:
        raise LedgerError(f"{at['lower']}: {row['lower']} is above the upper end {row['upper']}")
    parsed["equivalent_to"] = tuple(part for part in row["equivalent_to"].split(";") if part)
    parsed["order"] = tuple(part for part in row["order"].split(" < ") if part)
    if (row["relation"] == "order") != (len(parsed["order"]) > 1):
        raise LedgerError(f"{at['order']}: a relation 'order', and only that, needs at least two names as in 'A < B'")
    return Claim(**parsed)


def load(file: str | Path | None = None) -> dict[str, Claim]:
    """Read and check a claims table.

    Parameters
    ----------
    file : path, optional
        A file laid out as ``claims.csv``; the project's own when left out.

    Returns
    -------
    dict of str to Claim
        In the order of the file.

    Raises
    ------
    LedgerError
        If a column is missing or unknown, a row has too few or too many fields, an id is used twice or refers to
        nothing, or a field is not what its column allows. The message names file, row (the line, the header being
        line 1) and column.
    """
    source = Path(file) if file is not None else paper().path(_FILE)
    claims: dict[str, Claim] = {}
    lines: dict[str, int] = {}
    with source.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        header = tuple(reader.fieldnames or ())
        for column in _COLUMNS:
            if column not in header:
                raise LedgerError(f"{source.name}, row 1: column {column} is missing")
        for column in header:
            if column not in _COLUMNS:
                raise LedgerError(f"{source.name}, row 1: column {column!r} is unknown")
        for row in reader:
            where = f"{source.name}, row {reader.line_num}"
            if None in row or None in row.values():
                raise LedgerError(f"{where}: has not {len(_COLUMNS)} fields, one for each column")
            parsed = _parse_row(row, where)
            if parsed.id in claims:
                raise LedgerError(f"{where}, column id: {parsed.id!r} stands in row {lines[parsed.id]} already")
            claims[parsed.id] = parsed
            lines[parsed.id] = reader.line_num
    if not claims:
        raise LedgerError(f"{source.name}: has a header and no claim")
    for parsed in claims.values():
        for other in parsed.equivalent_to:
            if other not in claims:
                raise LedgerError(
                    f"{source.name}, row {lines[parsed.id]}, column equivalent_to: there is no claim {other!r}"
                )
    return claims


@functools.cache
def _ledger() -> dict[str, Claim]:
    return load()


def chapters() -> tuple[str, ...]:
    """Return the names of the chapters, in the paper's order, as their files are named."""
    return paper().chapters


def ids(role: str | None = None, chapter: str | None = None) -> tuple[str, ...]:
    """Return the ids of the claims, all or those of one role or chapter.

    Ids and roles are not values: asking for them notes nothing.

    Examples
    --------
    >>> from companion import ledger
    >>> "np-ratio-rate-test" in ledger.ids(role="input")
    True
    """
    return tuple(
        one.id
        for one in _ledger().values()
        if (role is None or one.role == role) and (chapter is None or one.chapter == chapter)
    )


def _note(names: Iterable[str]) -> None:
    noted = _noted.get()
    if noted is not None:
        noted.update(names)


def claim(id: str) -> Claim:
    """Return one claim whole, noting that it was read.

    Parameters
    ----------
    id : str
        As in ``claims.csv``.

    Raises
    ------
    LedgerError
        If there is no such claim; the message proposes ids that look alike.
    """
    try:
        found = _ledger()[id]
    except KeyError:
        import difflib

        close = difflib.get_close_matches(id, _ledger(), n=3, cutoff=0.5)
        hint = f"; did you mean {', '.join(map(repr, close))}?" if close else ""
        raise LedgerError(f"claims.csv has no claim {id!r}{hint}") from None
    _note([id])
    for name, replacement in _overridden.get():
        if name == id:
            numbers = {
                column: replacement
                for column in ("value", "uncertainty", "lower", "upper")
                if not math.isnan(getattr(found, column))
            }
            return Claim(**{column: getattr(found, column) for column in _COLUMNS} | numbers)
    return found


def _require(found: Claim, *columns: str) -> None:
    original = _ledger()[found.id]
    for column in columns:
        if math.isnan(getattr(original, column)):
            raise LedgerError(
                f"claim {found.id!r} ({found.relation} {found.printed!r}) has no {column}; "
                "use value, bounds or uncertain as its relation has it"
            )


def value(id: str) -> float:
    """Return the number that the paper states, in the claim's own unit, noting that it was read.

    Raises
    ------
    LedgerError
        If there is no such claim, or the claim has no single number (a range, a trend).

    Examples
    --------
    >>> from companion import ledger
    >>> ledger.value("cell-upper-cutoff-voltage")
    4.25
    """
    found = claim(id)
    _require(found, "value")
    return found.value


def bounds(id: str) -> tuple[float, float]:
    """Return lower and upper end of a claim that states a range, noting that it was read."""
    found = claim(id)
    _require(found, "lower", "upper")
    return found.lower, found.upper


def uncertain(id: str) -> UFloat:
    """Return number and standard deviation of a claim that states ``±``, noting that it was read."""
    found = claim(id)
    _require(found, "value", "uncertainty")
    return ufloat(found.value, found.uncertainty)


def table() -> pd.DataFrame:
    """Return the whole ledger as a table, one claim a row; this reads, and notes, every claim."""
    _note(_ledger())
    frame = pd.DataFrame(list(_ledger().values()), columns=list(_COLUMNS))
    frame["equivalent_to"] = frame["equivalent_to"].map(";".join)
    frame["order"] = frame["order"].map(" < ".join)
    return frame


def equivalents(id: str) -> frozenset[str]:
    """Return the ids of all claims that say the same as `id` or follow trivially from it, itself included.

    The relation is taken as symmetric and transitive.
    """
    neighbours: dict[str, set[str]] = {}
    for one in _ledger().values():
        for other in one.equivalent_to:
            neighbours.setdefault(one.id, set()).add(other)
            neighbours.setdefault(other, set()).add(one.id)
    found, todo = {id}, [id]
    while todo:
        for other in neighbours.get(todo.pop(), ()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return frozenset(found)


@contextmanager
def reading() -> Iterator[set[str]]:
    """Collect the ids of the claims that are read inside the ``with`` block.

    Blocks nest: what an inner one notes, the outer one notes too.

    Examples
    --------
    >>> from companion import ledger
    >>> with ledger.reading() as noted:
    ...     _ = ledger.value("cell-upper-cutoff-voltage")
    >>> sorted(noted)
    ['cell-upper-cutoff-voltage']
    """
    noted: set[str] = set()
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)
        _note(noted)


@contextmanager
def override(numbers: Mapping[str, float]) -> Iterator[None]:
    """Replace the numbers of some claims inside the ``with`` block, to see what depends on them.

    Parameters
    ----------
    numbers : mapping of id to number
        Each number that the claim has (value, uncertainty, bounds) is replaced by this one, often NaN.
    """
    for id in numbers:
        claim(id)
    token = _overridden.set(_overridden.get() + tuple(numbers.items()))
    try:
        yield
    finally:
        _overridden.reset(token)


def remember(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep the results of a function of hashable arguments, and note again, on each call, what it once read.

    A plain cache would hide from the second caller what the result depends on.
    """
    kept: dict[Any, tuple[Any, frozenset[str]]] = {}

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        key = (args, tuple(sorted(kwargs.items())), str(_overridden.get()))
        if key not in kept:
            with reading() as noted:
                result = function(*args, **kwargs)
            kept[key] = result, frozenset(noted)
        result, noted = kept[key]
        _note(noted)
        return result

    return wrapper


@functools.cache
def _parameters(name: str) -> pd.DataFrame:
    return pd.read_csv(paper().path(name))


def parameters(name: str, /, **selection: Any) -> pd.DataFrame:
    """Read rows of a parameter table, noting the claims to which these rows were fitted.

    Parameters
    ----------
    name : str
        File name in the paper's data folder. If the table has a column ``claim_ids`` (ids separated by ``;``), reading
        a row reads those claims.
    **selection
        Column = value pairs that the rows must satisfy.

    Raises
    ------
    ValueError
        If no row satisfies the selection; the message lists what the last column named has.
    """
    frame = _parameters(name).copy()
    for column, wanted in selection.items():
        chosen = frame[frame[column] == wanted]
        if chosen.empty:
            known = ", ".join(sorted(map(repr, frame[column].unique())))
            raise ValueError(f"{name} has no row with {column} = {wanted!r}; there are: {known}")
        frame = chosen
    if "claim_ids" in frame:
        for entry in frame["claim_ids"].dropna():
            for id in filter(None, str(entry).split(";")):
                claim(id)
    return frame.reset_index(drop=True)
