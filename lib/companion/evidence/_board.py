"""The whole ledger at a glance: every claim a cell that leads to its chapter, and the same as a table to sort."""

import math
from dataclasses import dataclass
from html import escape

import pandas as pd

from companion import ledger
from companion.evidence._registry import COMPUTABLE, reproduce
from companion.evidence._views import computed_text, heading, mark, printed_text, with_unit

# what a cell shows: colour never stands alone
_GLYPHS = {"hit": "✓", "miss": "✗", "open": "○", "pending": "…", "input": "→", "quoted": "“"}
_ORDER = ("predicted", "identity", "calibrated", "input", "quoted")


@dataclass(frozen=True)
class _Cell:
    """One claim as the board and the table show it."""

    claim: ledger.Claim
    computed: str
    verdict: str
    mark: str
    relative_error: float

    @property
    def address(self) -> str:
        """Return where the claim is treated; a computed one leads to its row."""
        anchor = f"#claim-{self.claim.id}" if self.claim.role in COMPUTABLE else ""
        return f"{self.claim.chapter}.html{anchor}"

    @property
    def label(self) -> str:
        """Return what a pointer or a screen reader is told."""
        outcome = f", {self.verdict}" if self.verdict else ""
        return f"{heading(self.claim)}: {printed_text(self.claim)} ({self.claim.role}{outcome})"


def _cells() -> list[_Cell]:
    rows = {row["id"]: row for _, row in reproduce().iterrows()}
    cells = []
    for id in ledger.ids():
        claim, row = ledger.claim(id), rows.get(id)
        if row is None:
            cells.append(_Cell(claim, "", "", claim.role, math.nan))
            continue
        relative = row["error"] / row["tolerance"] if row["tolerance"] > 0 else math.nan
        cells.append(_Cell(claim, computed_text(row, claim), row["verdict"] or "pending", mark(row), relative))
    return cells


@dataclass(frozen=True)
class BoardView:
    """Every claim with its outcome, in the order of the ledger: counts by chapter as text, links as HTML."""

    cells: tuple[_Cell, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a claim: ``id``, ``chapter``, ``role``, ``outcome``."""
        rows = [(one.claim.id, one.claim.chapter, one.claim.role, one.mark) for one in self.cells]
        return pd.DataFrame(rows, columns=["id", "chapter", "role", "outcome"])

    def __repr__(self) -> str:
        """Return the numbers of claims by chapter and outcome."""
        frame = self.to_frame()
        outcomes = frame["role"].where(~frame["role"].isin(COMPUTABLE), frame["outcome"])
        counts = pd.crosstab(frame["chapter"], outcomes)
        counts = counts.reindex([name for name in ledger.chapters() if name in counts.index])
        columns = [name for name in ("hit", "miss", "open", "pending", "input", "quoted") if name in counts]
        return counts[columns].rename_axis(index=None, columns=None).to_string()

    def _repr_html_(self) -> str:
        parts = []
        for chapter in ledger.chapters():
            mine = [one for one in self.cells if one.claim.chapter == chapter]
            mine.sort(key=lambda one: (_ORDER.index(one.claim.role), one.claim.id))
            items = "".join(
                f'<li><a class="{one.claim.role} {one.mark}" href="{one.address}" title="{escape(one.label)}" '
                f'aria-label="{escape(one.label)}">{_GLYPHS[one.mark]}</a></li>'
                for one in mine
            )
            if mine:
                name = chapter.replace("-", " ")
                parts.append(f'<div class="board-row"><a href="{chapter}.html">{name}</a><ul>{items}</ul></div>')
        key = "".join(
            f'<span><span class="cell {classes}">{_GLYPHS[classes.split()[-1]]}</span> {text}</span>'
            for classes, text in (
                ("predicted hit", "predicted, hit"),
                ("identity hit", "identity, hit"),
                ("calibrated hit", "calibrated, hit"),
                ("miss", "a miss, framed in the hue of its role"),
                ("open", "neither: depends on the model, or a bound not refuted"),
                ("input", "input"),
                ("quoted", "quoted"),
            )
        )
        rows = "".join(parts)
        return (
            f'<div class="board-key">{key}</div>'
            f'<div class="board" role="group" aria-label="Every claim, by chapter">{rows}</div>'
        )


def board() -> BoardView:
    """Return the whole ledger as a board: one cell a claim, coloured by role and outcome, linked to its chapter."""
    return BoardView(tuple(_cells()))


@dataclass(frozen=True)
class LedgerView:
    """Every claim with its outcome a row: as a short text, or as an HTML table, which the book lets sort and search."""

    cells: tuple[_Cell, ...]

    def __repr__(self) -> str:
        """Return how many rows the table has."""
        return f"{len(self.cells)} claims, sorted by id; companion.ledger.table() is the same as a DataFrame"

    def _repr_html_(self) -> str:
        titles = ("claim", "paper", "computed", "|error| / tolerance", "role", "verdict", "chapter")
        head = "".join(
            f'<th scope="col"{" data-numeric" if title.startswith("|error|") else ""}>{title}</th>' for title in titles
        )
        body = []
        for one in self.cells:
            claim, size = one.claim, abs(one.relative_error)
            error = ("", "") if math.isnan(size) else (f"{size:.4f}", f"{size:.2f}")
            body.append(
                f'<tr class="{one.mark}" id="ledger-{claim.id}"><th scope="row">'
                f'<a href="{one.address}">{escape(heading(claim))}</a> <code>{claim.id}</code></th>'
                f"<td>{escape(printed_text(claim))}</td><td>{escape(with_unit(one.computed, claim))}</td>"
                f'<td data-sort="{error[0]}">{error[1]}</td><td>{claim.role}</td>'
                f'<td class="verdict">{one.verdict}</td>'
                f'<td data-sort="{ledger.chapters().index(claim.chapter)}">{claim.chapter.replace("-", " ")}</td></tr>'
            )
        # in the book a script adds what sorts and searches (_static/ledger.js)
        return (
            '<div class="ledger"><div class="evidence wide" role="region" tabindex="0" aria-label="Every claim"><table>'
            f"<caption>Every claim</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
            "</div>"
        )


def ledger_table() -> LedgerView:
    """Return the whole ledger with what came out, as a table that a reader of the book can sort and search."""
    return LedgerView(tuple(_cells()))
