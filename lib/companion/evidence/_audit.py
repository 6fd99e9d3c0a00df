"""Audit findings: places where the paper's numbers disagree with each other or with a conservation law."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from companion import ledger
from companion.evidence._registry import load_chapters

#: How sure a finding is: the numbers cannot all be true; they pull apart; they can be read in more than one way.
CERTAINTIES = ("contradiction", "tension", "ambiguity")


@dataclass(frozen=True)
class Step:
    """One line of a finding's arithmetic: what was computed, its value and unit."""

    text: str
    value: float
    unit: str = ""
    digits: int = 3

    def __str__(self) -> str:
        """Return the line as text, its value rounded to `digits` significant digits."""
        return f"{self.text} = {format_number(self.value, self.digits)} {self.unit}".rstrip()


@dataclass(frozen=True)
class Finding:
    """One audit finding of ``data/paper/findings.csv`` with its arithmetic done."""

    id: str
    title: str
    certainty: str
    chapter: str
    claims: tuple[str, ...]  #: that disagree
    reading: str  #: of the paper that would resolve it
    steps: tuple[Step, ...]
    holds: bool  #: whether the arithmetic, done now, still shows the disagreement


def format_number(number: float, digits: int = 3) -> str:
    """Return a number rounded to significant digits, without an exponent from 0.0001 to a million.

    >>> format_number(3.4542), format_number(1857.4, 4), format_number(0.00012)
    ('3.45', '1857', '0.000120')
    """
    if number == 0 or not 1e-4 <= abs(number) < 1e6:
        return f"{number:.{digits - 1}e}" if number else "0"
    rounded = float(f"{number:.{digits - 1}e}")
    decimals = max(0, digits - 1 - int(f"{rounded:e}".split("e")[1]))
    return f"{rounded:.{decimals}f}"


_functions: dict[str, Callable[[], tuple[bool, Sequence[Step]]]] = {}


def finding(id: str) -> Callable[[Callable], Callable]:
    """Register the arithmetic of one row of ``data/paper/findings.csv``.

    The decorated function takes no argument and returns whether the disagreement holds, and the steps that show it.
    """

    def register(function: Callable) -> Callable:
        if id in _functions:
            raise ValueError(f"finding {id!r} is registered already")
        _functions[id] = function
        return function

    return register


def findings(chapter: str | None = None) -> list[Finding]:
    """Return the audit findings, of one chapter or all, each with its arithmetic done now from the ledger."""
    load_chapters()
    rows = ledger.parameters("findings.csv")
    if chapter is not None:
        rows = rows[rows["chapter"] == chapter]
    found = []
    for row in rows.itertuples():
        holds, steps = _functions[row.id]()
        claims = tuple(row.claim_ids.split(";"))
        about = row.id, row.title, row.certainty, row.chapter, claims, row.reading
        found.append(Finding(*about, tuple(steps), bool(holds)))
    return found
