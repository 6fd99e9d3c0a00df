"""Evidence as a reader sees it: the same rows as an HTML table in the book and as plain text in a notebook."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from companion import ledger
from companion.evidence._audit import CERTAINTIES, Finding, findings
from companion.evidence._registry import COMPUTABLE, reproduce, rounding
from companion.tables import TableView, pretty

_SHOWN_FIRST = ("predicted", "identity", "calibrated")
_UNBROKEN = 18
_MARKS = {"hit": "✓", "miss": "✗", "open": "○", "pending": "…"}


def _decimals(number: float, tolerance: float, printed: str) -> int:
    """Return how many decimals are worth showing: one finer than the tolerance, or else those of the print."""
    margin = 2 * rounding(printed)
    if tolerance > 0:
        margin = max(margin / 2, tolerance / 2)
    if margin <= 0:
        margin = 1.0 if math.isnan(number) or number == 0 else abs(number) / 100
    return max(0, -math.floor(math.log10(margin)))


def _own_print(claim: ledger.Claim) -> str:
    """Return what is printed of the claim's own number: nothing where the members of a ratio or difference are."""
    return "" if claim.id.startswith("derived-") else claim.printed


def _fixed(number: float, decimals: int) -> str:
    if math.isnan(number):
        return "–"
    # a result that rounds to nothing has no sign
    return f"{round(number, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def computed_text(row: pd.Series, claim: ledger.Claim) -> str:
    """Return what the model gives, with its interval, rounded as the tolerance deserves."""
    if row["status"] == "pending":
        return "not yet"
    if claim.relation == "order":
        return "as stated" if row["verdict"].startswith("hit") else "another order"
    reference = row["computed"] if not math.isnan(row["computed"]) else row["upper"]
    decimals = _decimals(reference, row["tolerance"], _own_print(claim))
    interval = f"{_fixed(row['lower'], decimals)} to {_fixed(row['upper'], decimals)}"
    if claim.relation in ("increases", "decreases"):
        text = f"{row['computed']:+.3g}".replace("-", "−")
    elif math.isnan(row["computed"]):
        return interval
    else:
        text = _fixed(row["computed"], decimals)
    return text if math.isnan(row["lower"]) else f"{text} ({interval})"


def _carries_unit(claim: ledger.Claim) -> bool:
    """Return whether the print is of the claim's own unit: "almost the same" has none, members have their own."""
    number = re.search(r"\d", claim.printed) and not re.search(r"[A-Za-zµ%°]$", claim.printed)
    return bool(number) and not claim.id.startswith("derived-")


def heading(claim: ledger.Claim) -> str:
    """Return what a claim is about; what a sample or a condition repeats is said once."""
    detail = [part for part in (claim.sample, claim.condition) if part and part.lower() not in claim.quantity.lower()]
    return claim.quantity + (f" ({', '.join(detail)})" if detail else "")


def printed_text(claim: ledger.Claim) -> str:
    """Return what the paper prints, with its unit where the print is of that unit."""
    unit = f" {pretty(claim.unit)}" if claim.unit != "1" and _carries_unit(claim) else ""
    return claim.printed if claim.printed.endswith(claim.unit) else claim.printed + unit


def with_unit(text: str, claim: ledger.Claim) -> str:
    """Return what is computed with the claim's unit: words and pure numbers have none."""
    return f"{text}\u00a0{pretty(claim.unit)}" if claim.unit != "1" and re.search(r"\d", text) else text


def _guess_text(row: pd.Series, claim: ledger.Claim, decimals: int) -> str:
    """Return the guess and, as a sign, how it would have come out."""
    if not row["null_verdict"]:
        return ""
    if claim.relation in ("increases", "decreases"):
        text = f"{row['null']:+.3g}".replace("-", "−") if row["null"] else "0"
    elif math.isnan(row["null"]):
        text = "an order" if claim.relation == "order" else "a range"
    else:
        text = _fixed(row["null"], decimals)
    return f"{text}\u00a0{_MARKS[outcome(row['null_verdict'])]}"


def _evidence_row(row: pd.Series) -> tuple[str, ...]:
    claim = ledger.claim(row["id"])
    decimals = _decimals(row["reported"], row["tolerance"], _own_print(claim))
    allowed = "" if math.isnan(row["tolerance"]) else f" (±{row['tolerance']:g})"
    error = "" if math.isnan(row["error"]) else _fixed(row["error"], decimals) + allowed
    guess = _guess_text(row, claim, decimals)
    skill = "" if math.isnan(row["skill"]) else f"{row['skill']:.2f}"
    printed = printed_text(claim)
    sign = _MARKS[mark(row)]
    return (
        f"{heading(claim)}: {row['role']}{', revised' if claim.revised else ''}",
        printed.replace(" ", "\u00a0") if len(printed) < _UNBROKEN else printed,
        computed_text(row, claim),
        f"{sign} {row['verdict'] or 'pending'}",
        error or "–",
        guess or "–",
        skill or "–",
    )


def outcome(verdict: str) -> str:
    """Return the class of a verdict: ``hit``, ``miss``, or ``open`` where it is neither."""
    return next((name for name in ("hit", "miss") if verdict.startswith(name)), "open")


def mark(row: pd.Series) -> str:
    """Return the class of a row: that of its verdict, or ``pending``."""
    return "pending" if row["status"] == "pending" else outcome(row["verdict"])


def show(chapter: str | None = None, role: str | None = None, worst: int | None = None) -> TableView:
    """Return what is reported and computed as a table, in the order predicted, identity, calibrated.

    Of one of :func:`companion.ledger.chapters` or all, and of one role or all; with `worst` only so many misses, those
    with the largest error in units of its tolerance first. Beside the printed number stand what is
    computed, the verdict, the error with its tolerance, a guess made without the model and the skill over it. Raises
    ValueError if there is no such chapter or role.

    >>> print(show("introduction").header[:3])
    ('quantity: role', 'paper', 'computed')
    """
    frame = reproduce(chapter)
    if role is not None:
        if role not in COMPUTABLE:
            raise ValueError(f"role must be one of {', '.join(map(repr, COMPUTABLE))}, got {role!r}")
        frame = frame[frame["role"] == role]
    frame = frame.assign(rank=frame["role"].map({name: rank for rank, name in enumerate(_SHOWN_FIRST)}))
    frame = frame.sort_values(["rank", "id"], kind="stable")
    if worst is not None:
        size = (frame["error"] / frame["tolerance"]).abs()
        missed = frame["verdict"].str.startswith("miss") & (frame["tolerance"] > 0)
        frame = frame.loc[size[missed].nlargest(worst).index]
    rows = tuple(_evidence_row(row) for _, row in frame.iterrows())
    header = ("quantity: role", "paper", "computed", "verdict", "error (allowed)", "guess", "skill")
    caption = (
        "Reported and computed: guess is what one would say without the model, and whether it would have been a hit; "
        "skill is what the model adds"
    )
    # links come from elsewhere to the chapter of a claim; a table across chapters is no such place
    anchors = tuple(f"claim-{id}" for id in frame["id"]) if chapter is not None else ()
    marks = tuple(mark(row) for _, row in frame.iterrows())
    units = tuple("" if (unit := ledger.claim(id).unit) == "1" else pretty(unit) for id in frame["id"])
    return TableView(caption, header, rows, marks, anchors, units, folded=3)


def scoreboard() -> TableView:
    """Return how many claims there are of each role, and how those that are computed came out."""
    frame = reproduce()
    rows, columns = [], {"hit": "hits", "miss": "misses", "open": "neither", "pending": "not yet computed"}
    if not (frame["status"] == "pending").any():
        del columns["pending"]
    for role in ledger.ROLES:
        total = len(ledger.ids(role=role))
        mine = frame[frame["role"] == role]
        marks = [mark(row) for _, row in mine.iterrows()]
        counts = [str(marks.count(mark)) if role in COMPUTABLE else "–" for mark in columns]
        rows.append((role, str(total), *counts))
    total = len(ledger.ids())
    marks = [mark(row) for _, row in frame.iterrows()]
    rows.append(("all", str(total), *(str(marks.count(mark)) for mark in columns)))
    header = ("role", "claims", *columns.values())
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


def audit(chapter: str | None = None, certainty: str | None = None) -> FindingsView:
    """Return the audit findings of one chapter and one certainty, or of all, ready to be shown.

    Raises ValueError if nothing is of that certainty.
    """
    if certainty not in (None, *CERTAINTIES):
        raise ValueError(f"certainty must be one of {', '.join(map(repr, CERTAINTIES))}, got {certainty!r}")
    return FindingsView([one for one in findings(chapter) if certainty in (None, one.certainty)])


def recipe(place: str) -> TableView:
    """Return the inputs and quotations of one part of the paper as they are printed: the recipe as data.

    Raises ValueError if no such claim has a location in the ledger that begins with `place`.

    >>> recipe("Electrode preparation").header
    ('quantity', 'of', 'paper', 'role')
    """
    chosen = [ledger.claim(id) for role in ("input", "quoted") for id in ledger.ids(role=role)]
    chosen = sorted((claim for claim in chosen if claim.location.startswith(place)), key=lambda claim: claim.id)
    if not chosen:
        raise ValueError(f"place must be where the location of a claim begins, got {place!r}")
    rows = []
    for claim in chosen:
        detail = ", ".join(part for part in (claim.sample, claim.condition) if part)
        rows.append((claim.quantity, detail, printed_text(claim), claim.role))
    return TableView(f"{place}: the paper's numbers", ("quantity", "of", "paper", "role"), tuple(rows))
