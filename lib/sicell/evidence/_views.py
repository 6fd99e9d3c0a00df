"""Evidence as a reader sees it: the same rows as an HTML table in the book and as plain text in a notebook."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from sicell import ledger
from sicell.evidence._audit import Finding, findings, format_number
from sicell.evidence._registry import COMPUTABLE, reproduce, rounding

_MARKS = {"hit": "✓", "miss": "✗", "pending": "…"}


@dataclass(frozen=True)
class TableView:
    """A small table with a caption, readable as text and, in a book, as accessible HTML.

    Attributes
    ----------
    caption : str
        Says what the table shows.
    header : tuple of str
        Column titles.
    rows : tuple of tuple of str
        Texts; the first column holds the row's heading.
    marks : tuple of str
        For each row ``hit``, ``miss``, ``pending`` or ``""``: a class for colour, never the only carrier of meaning.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marks: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return the table as aligned plain text."""
        body = [self.header, *self.rows]
        widths = [max(len(row[column]) for row in body) for column in range(len(self.header))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in body]
        return "\n".join([self.caption, "", lines[0], "  ".join("-" * width for width in widths), *lines[1:]])

    def _repr_html_(self) -> str:
        marks = self.marks or ("",) * len(self.rows)
        head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in self.header)
        body = "".join(
            f'<tr class="{mark}"><th scope="row">{escape(first)}</th>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
            + "</tr>"
            for (first, *rest), mark in zip(self.rows, marks, strict=True)
        )
        return (
            f'<div class="evidence" role="region" tabindex="0" aria-label="{escape(self.caption)}">'
            f"<table><caption>{escape(self.caption)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )


def _decimals(number: float, tolerance: float, printed: str) -> int:
    """Return how many decimals are worth showing: one finer than the coarser of the print and the tolerance."""
    margin = max(rounding(printed), 0.0 if math.isnan(tolerance) else tolerance / 2)
    if margin <= 0:
        margin = abs(number) / 100 or 1.0
    return max(0, -math.floor(math.log10(margin)))


def _fixed(number: float, decimals: int) -> str:
    if math.isnan(number):
        return "–"
    if abs(number) >= 1e6 or (number != 0 and abs(number) < 0.5 * 10.0**-decimals):
        return format_number(number, 2)
    text = f"{number:.{decimals}f}"
    return text.replace("-", "−")


_TREND = {1.0: "increases", -1.0: "decreases"}


def _computed_text(row: pd.Series, claim: ledger.Claim) -> str:
    if row["status"] == "pending":
        return "not yet"
    if claim.relation == "order":
        return "as stated" if row["verdict"].startswith("hit") else "another order"
    reference = row["computed"] if not math.isnan(row["computed"]) else row["upper"]
    decimals = _decimals(reference, row["tolerance"], claim.printed)
    interval = f"{_fixed(row['lower'], decimals)} to {_fixed(row['upper'], decimals)}"
    if claim.relation in ("increases", "decreases"):
        text = f"{row['computed']:+.3g}".replace("-", "−")
    elif math.isnan(row["computed"]):
        return interval
    else:
        text = _fixed(row["computed"], decimals)
    return text if math.isnan(row["lower"]) else f"{text} ({interval})"


def _evidence_row(row: pd.Series) -> tuple[str, ...]:
    claim = ledger.claim(row["id"])
    # what a sample or a condition repeats is said once
    detail = [part for part in (claim.sample, claim.condition) if part and part.lower() not in claim.quantity.lower()]
    heading = claim.quantity + (f" ({', '.join(detail)})" if detail else "")
    unit = "" if claim.unit == "1" else f" {claim.unit}"
    decimals = _decimals(row["reported"], row["tolerance"], claim.printed)
    allowed = "" if math.isnan(row["tolerance"]) else f" (±{row['tolerance']:g})"
    error = "" if math.isnan(row["error"]) else _fixed(row["error"], decimals) + allowed
    guess = "" if math.isnan(row["null"]) else _fixed(row["null"], decimals)
    skill = "" if math.isnan(row["skill"]) else f"{row['skill']:.2f}"
    printed = claim.printed if not unit or claim.printed.endswith(claim.unit) else claim.printed + unit
    mark = _MARKS[_mark(row)]
    return (
        heading,
        printed,
        _computed_text(row, claim),
        error or "–",
        guess or "–",
        skill or "–",
        row["role"],
        f"{mark} {row['verdict'] or 'pending'}",
    )


def _mark(row: pd.Series) -> str:
    if row["status"] == "pending":
        return "pending"
    return "hit" if row["verdict"].startswith("hit") else "miss"


def show(chapter: str) -> TableView:
    """Return what a chapter reports and computes as a table, in the order predicted, identity, calibrated.

    Parameters
    ----------
    chapter : str
        One of :data:`sicell.ledger.CHAPTERS`.

    Returns
    -------
    TableView
        What is computed, beside the printed number, the error with its tolerance, a guess made without the model and
        the skill over it, the role and the verdict.

    Examples
    --------
    >>> from sicell import evidence
    >>> print(evidence.show("introduction").header[:3])
    ('quantity', 'paper', 'computed')
    """
    frame = reproduce(chapter)
    frame["rank"] = frame["role"].map({"predicted": 0, "identity": 1, "calibrated": 2})
    frame = frame.sort_values(["rank", "id"], kind="stable")
    rows = tuple(_evidence_row(row) for _, row in frame.iterrows())
    header = ("quantity", "paper", "computed", "error (allowed)", "guess", "skill", "role", "verdict")
    caption = "Reported and computed: guess is what one would say without the model, skill is what the model adds"
    return TableView(caption, header, rows, tuple(_mark(row) for _, row in frame.iterrows()))


def scoreboard() -> TableView:
    """Return how many claims there are of each role, and how those that are computed came out."""
    frame = reproduce()
    rows = []
    for role in ledger.ROLES:
        total = len(ledger.ids(role=role))
        mine = frame[frame["role"] == role]
        marks = [_mark(row) for _, row in mine.iterrows()]
        counts = [str(marks.count(mark)) if role in COMPUTABLE else "–" for mark in ("hit", "miss", "pending")]
        rows.append((role, str(total), *counts))
    total = len(ledger.ids())
    marks = [_mark(row) for _, row in frame.iterrows()]
    rows.append(("all", str(total), *(str(marks.count(mark)) for mark in ("hit", "miss", "pending"))))
    header = ("role", "claims", "hits", "misses", "not yet computed")
    return TableView("Every quantitative claim of the paper, by role and outcome", header, tuple(rows))


@dataclass(frozen=True)
class FindingsView:
    """Audit findings with their arithmetic, as text and as HTML."""

    items: Sequence[Finding]

    def __repr__(self) -> str:
        """Return the findings as plain text, one paragraph each."""
        blocks = []
        for item in self.items:
            lines = [f"{item.title} [{item.certainty}]", *(f"  {step}" for step in item.steps)]
            blocks.append("\n".join([*lines, f"  Reading that would resolve it: {item.reading}"]))
        return "\n\n".join(blocks)

    def _repr_html_(self) -> str:
        blocks = []
        for item in self.items:
            steps = "".join(f"<li>{escape(str(step))}</li>" for step in item.steps)
            blocks.append(
                f'<section class="finding" id="finding-{item.id}"><p class="finding-title">'
                f"<strong>{escape(item.title)}</strong> "
                f'<span class="certainty {item.certainty}">{item.certainty}</span></p>'
                f"<ul>{steps}</ul><p><em>Reading that would resolve it:</em> {escape(item.reading)}</p></section>"
            )
        return f'<div class="findings">{"".join(blocks)}</div>'


def audit(chapter: str | None = None) -> FindingsView:
    """Return the audit findings of one chapter, or all, ready to be shown.

    Parameters
    ----------
    chapter : str, optional
        One of :data:`sicell.ledger.CHAPTERS`.
    """
    return FindingsView(findings(chapter))
