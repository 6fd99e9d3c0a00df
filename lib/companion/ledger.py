"""The ledger: every number that the paper states, with the role it really has.

The paper's ``claims.csv`` holds one claim a row. Code reads a claim only through this module, and each read is noted
while a :func:`reading` is active. So every computed result has a *read-set*: the claims that it depends on. A
prediction whose read-set holds the predicted claim would be a fraud, and the tests look for it.
"""

import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import Any

import pandas as pd
from uncertainties import UFloat, ufloat

from companion._paper import paper

__all__ = [
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


class LedgerError(ValueError):
    """A claim was asked for that the ledger cannot give."""


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
_NUMBERS = ("value", "uncertainty", "lower", "upper")
# What a claim says in words or by its order; blanked together with its numbers.
_WORDS = ("quantity", "condition", "printed", "relation", "order", "note")
# Open blocks of reading() and override(). They hold for the whole process, so that no thread reads unseen.
_noting: list[set[str]] = []
_overridden: list[Mapping[str, float]] = []


@functools.cache
def _ledger() -> dict[str, Claim]:
    """Read the table; that it is as ``datapackage.json`` describes it is what frictionless checks in the tests."""
    frame = pd.read_csv(paper().path("claims.csv"), dtype=str, keep_default_na=False)
    for column in ("value", "uncertainty", "lower", "upper", "tolerance"):
        frame[column] = pd.to_numeric(frame[column])
    for column, between in (("equivalent_to", ";"), ("order", " < ")):
        frame[column] = [tuple(filter(None, text.split(between))) for text in frame[column]]
    return {row["id"]: Claim(**row) for row in frame.to_dict("records")}


def chapters() -> tuple[str, ...]:
    """Return the names of the chapters, in the paper's order, as their files are named."""
    return paper().chapters


def ids(role: str | None = None, chapter: str | None = None) -> tuple[str, ...]:
    """Return the ids of the claims, all or those of one role or chapter.

    Ids and roles are not values: asking for them notes nothing.

    >>> "np-ratio-rate-test" in ids(role="input")
    True
    """
    return tuple(
        one.id
        for one in _ledger().values()
        if (role is None or one.role == role) and (chapter is None or one.chapter == chapter)
    )


def _note(names: Iterable[str]) -> None:
    """Note reads in every open block: what an inner one forgets, the outer ones know."""
    names = tuple(names)
    for noted in _noting:
        noted.update(names)


def _replaced(found: Claim) -> Claim:
    """Return a claim with the numbers that the innermost override gives it; NaN blanks its words as well."""
    for numbers in reversed(_overridden):
        if found.id in numbers:
            number = numbers[found.id]
            new: dict[str, Any] = {name: number for name in _NUMBERS if not math.isnan(getattr(found, name))}
            if math.isnan(number):
                new |= {name: () if name == "order" else "" for name in _WORDS}
            return replace(found, **new)
    return found


def claim(id: str) -> Claim:
    """Return one claim whole, noting that it was read; LedgerError proposes ids that look alike if there is none."""
    try:
        found = _ledger()[id]
    except KeyError:
        import difflib

        close = difflib.get_close_matches(id, _ledger(), n=3, cutoff=0.5)
        hint = f"; did you mean {', '.join(map(repr, close))}?" if close else ""
        raise LedgerError(f"claims.csv has no claim {id!r}{hint}") from None
    _note([id])
    return _replaced(found)


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

    Raises LedgerError if there is no such claim, or the claim has no single number (a range, a trend).

    >>> value("cell-upper-cutoff-voltage")
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
    frame = pd.DataFrame([_replaced(one) for one in _ledger().values()], columns=list(_COLUMNS))
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

    >>> with reading() as noted:
    ...     _ = value("cell-upper-cutoff-voltage")
    >>> sorted(noted)
    ['cell-upper-cutoff-voltage']
    """
    noted: set[str] = set()
    _noting.append(noted)
    try:
        yield noted
    finally:
        # by identity: two sets with the same content are equal
        _noting[:] = [one for one in _noting if one is not noted]


@contextmanager
def override(numbers: Mapping[str, float]) -> Iterator[None]:
    """Replace the numbers of some claims, by id, inside the ``with`` block, to see what depends on them.

    Each number that a claim has (value, uncertainty, bounds) is replaced by the one given. NaN blanks the claim: its
    words, its relation and its order go as well.
    """
    for id in numbers:
        claim(id)
    numbers = dict(numbers)
    _overridden.append(numbers)
    try:
        yield
    finally:
        _overridden[:] = [one for one in _overridden if one is not numbers]


def remember(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep the results of a function of hashable arguments, and note again, on each call, what it once read.

    A plain cache would hide from the second caller what the result depends on.
    """
    kept: dict[Any, tuple[Any, frozenset[str]]] = {}

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        key = (args, tuple(sorted(kwargs.items())), str(_overridden))
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
    """Read the rows of a table in the paper's data folder that have the given values in the named columns.

    Where it has a column ``claim_ids`` (ids, separated by ``;``, that a row was fitted to), reading a row reads those
    claims; else a column ``id`` names the claims that its rows are about. Raises ValueError if there is no such row;
    the message lists what the last column named has.
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
    elif "id" in frame:
        _note(set(frame["id"]) & set(_ledger()))
    return frame.reset_index(drop=True)
