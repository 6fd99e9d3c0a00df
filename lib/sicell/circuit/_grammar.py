"""Circuit strings in impedance.py's language, read into a tree.

    circuit  = series
    series   = item { "-" item }
    item     = element | "p" "(" series "," series { "," series } ")"
    element  = symbol ["_"] digits    for example R0, CPE1, Wo2, R_1

Blanks mean nothing. Whatever does not follow this raises `CircuitError`, which says where.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from sicell.circuit._elements import ELEMENTS, ElementType

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
DIGITS = frozenset("0123456789")
UNDERSCORE = frozenset("_")
MAX_DEPTH = 50


class CircuitError(ValueError):
    """A circuit string that cannot be read.

    Attributes
    ----------
    text : str
        The circuit string.
    position : int
        Index of the character at fault, counted from 0 (the length of the string if something is missing at its end).
    """

    def __init__(self, problem: str, text: str, position: int):
        self.text, self.position = text, position
        super().__init__(f"{problem} at position {position} of circuit {text!r}")


@dataclass(frozen=True)
class Element:
    """One element of a circuit, such as ``CPE1``."""

    name: str
    symbol: str

    @property
    def type(self) -> ElementType:
        """What is known about elements with this symbol."""
        return ELEMENTS[self.symbol]

    @property
    def parameter_names(self) -> tuple[str, ...]:
        """Names of the parameters as impedance.py gives them: ``R0``; ``CPE1_0`` and ``CPE1_1``."""
        count = len(self.type.parameters)
        return (self.name,) if count == 1 else tuple(f"{self.name}_{i}" for i in range(count))

    def leaves(self) -> Iterator[Element]:
        """Yield the elements under this node from left to right."""
        yield self

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Series:
    """Branches one after the other: impedances add."""

    children: tuple[Node, ...]

    def leaves(self) -> Iterator[Element]:
        """Yield the elements under this node from left to right."""
        for child in self.children:
            yield from child.leaves()

    def __str__(self) -> str:
        return "-".join(map(str, self.children))


@dataclass(frozen=True)
class Parallel:
    """Branches side by side: admittances add."""

    children: tuple[Node, ...]

    def leaves(self) -> Iterator[Element]:
        """Yield the elements under this node from left to right."""
        for child in self.children:
            yield from child.leaves()

    def __str__(self) -> str:
        return f"p({','.join(map(str, self.children))})"


Node = Element | Series | Parallel


class _Reader:
    def __init__(self, text: str):
        self.text = text
        self.position = 0
        self.depth = 0
        self.seen: set[str] = set()

    def fail(self, problem: str, position: int | None = None) -> CircuitError:
        return CircuitError(problem, self.text, self.position if position is None else position)

    def peek(self, ahead: int = 0) -> str:
        """Return the next character that is not a blank ("" at the end), moving up to it if `ahead` is 0."""
        position = self.position + ahead
        while position < len(self.text) and self.text[position].isspace():
            position += 1
        if not ahead:
            self.position = position
        return self.text[position] if position < len(self.text) else ""

    def take(self, allowed: frozenset[str]) -> str:
        start = self.position
        while self.position < len(self.text) and self.text[self.position] in allowed:
            self.position += 1
        return self.text[start : self.position]

    def series(self) -> Node:
        items = [self.item()]
        while self.peek() == "-":
            self.position += 1
            items.append(self.item())
        return items[0] if len(items) == 1 else Series(tuple(items))

    def item(self) -> Node:
        first = self.peek()
        if first == "p" and self.peek(1) == "(":
            return self.parallel()
        if first in LETTERS and first:
            return self.element()
        if not first:
            raise self.fail("an element or p(...) is missing")
        if first == "(":
            raise self.fail("a group is written p(...), with at least two branches: unexpected '('")
        raise self.fail(f"expected an element or p(...), found {first!r}")

    def parallel(self) -> Parallel:
        start = self.position
        self.position += 1
        self.peek()
        self.position += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"groups are nested deeper than {MAX_DEPTH}", start)
        branches = [self.series()]
        while self.peek() == ",":
            self.position += 1
            branches.append(self.series())
        if self.peek() != ")":
            found = f"found {self.peek()!r}" if self.peek() else "the string ends"
            raise self.fail(f"unbalanced parentheses: the group opened at {start} is not closed, {found}")
        if len(branches) < 2:
            raise self.fail("a parallel group needs at least two branches, p(...) with one", start)
        self.position += 1
        self.depth -= 1
        return Parallel(tuple(branches))

    def element(self) -> Element:
        start = self.position
        symbol = self.take(LETTERS)
        if symbol not in ELEMENTS:
            near = difflib.get_close_matches(symbol, ELEMENTS, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(ELEMENTS)}"
            raise self.fail(f"unknown element {symbol!r} ({hint})", start)
        number = self.take(UNDERSCORE)
        number += self.take(DIGITS)
        name = symbol + number
        if not number.strip("_") or number.startswith("__"):
            raise self.fail(f"element {symbol!r} needs a number, as in {symbol}0", start)
        if name in self.seen:
            raise self.fail(f"the name {name!r} is used twice", start)
        self.seen.add(name)
        return Element(name, symbol)


def read(text: str) -> Node:
    """Return the tree of a circuit string; raise `CircuitError` if it cannot be read."""
    reader = _Reader(text)
    if not reader.peek():
        raise CircuitError("the circuit is empty: nothing to read", text, 0)
    root = reader.series()
    if reader.peek() == ")":
        raise reader.fail("unbalanced parentheses: ')' closes nothing")
    if reader.peek() == ",":
        raise reader.fail("',' separates branches inside p(...) only: unexpected ','")
    if reader.peek():
        raise reader.fail(f"expected '-' or the end, found {reader.peek()!r}")
    return root
