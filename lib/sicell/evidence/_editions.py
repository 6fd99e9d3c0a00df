"""What has changed since the first edition of the score, row by row.

``data/first_edition.csv`` is frozen. A claim may differ from its row there only with an entry in ``CHANGELOG.md`` that
names the claim and both states as :func:`changes` words them.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from sicell import _data, ledger
from sicell.evidence._registry import reproduce
from sicell.evidence._views import TableView

_TEXTS = ("role", "relation", "order", "verdict")
_STATED = ("value", "uncertainty", "lower", "upper", "tolerance")
_RESULTS = ("null", "computed", "computed_lower", "computed_upper")
_WORDS = {
    "value": "printed",
    "uncertainty": "printed ±",
    "lower": "printed from",
    "upper": "printed to",
    "null": "guess",
    "computed_lower": "computed from",
    "computed_upper": "computed to",
}
# a result has moved if it did so by more than this share of its tolerance, or of itself where it has none
_SHARE = 0.01


def first_edition() -> pd.DataFrame:
    """Return the frozen table, one row a claim, indexed by id; ``data/datapackage.json`` describes the columns."""
    frame = _data.table("first_edition.csv").set_index("id")
    return frame.assign(**{column: frame[column].fillna("") for column in _TEXTS})


def present() -> pd.DataFrame:
    """Return the same table as it stands now."""
    results = reproduce().set_index("id")
    rows = {}
    for id in ledger.ids():
        claim = ledger.claim(id)
        row: dict[str, Any] = {column: getattr(claim, column) for column in ("role", "relation", *_STATED)}
        row["order"] = " < ".join(claim.order)
        row |= dict.fromkeys(_RESULTS, math.nan) | {"verdict": ""}
        if id in results.index:
            result = results.loc[id]
            row |= {"null": result["null"], "computed": result["computed"], "verdict": result["verdict"]}
            if math.isnan(result["computed"]):
                row |= {"computed_lower": result["lower"], "computed_upper": result["upper"]}
        rows[id] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("id")[[*_TEXTS, *_STATED, *_RESULTS]]


def _same(column: str, before: Any, after: Any, tolerance: float) -> bool:
    if column in _TEXTS:
        return before == after
    if math.isnan(before) or math.isnan(after):
        return math.isnan(before) == math.isnan(after)
    if column in _STATED:
        return before == after
    margin = _SHARE * (abs(before) if math.isnan(tolerance) else tolerance)
    return abs(after - before) <= margin + 1e-9


def _text(row: pd.Series, columns: list[str]) -> str:
    parts = []
    for column in columns:
        value = row[column]
        missing = value == "" if column in _TEXTS else math.isnan(value)
        shown = "none" if missing else value if column in _TEXTS else f"{value:.4g}"
        parts.append(f"{_WORDS.get(column, column)} {shown}".replace("|", "/"))
    return "; ".join(parts)


def changes(after: pd.DataFrame | None = None, results: bool = True) -> pd.DataFrame:
    """Return what differs from the first edition.

    Parameters
    ----------
    after : pandas.DataFrame, optional
        A table as :func:`present` returns it, which is also the default.
    results : bool, optional
        Count a claim as changed when only its computed number has moved.

    Returns
    -------
    pandas.DataFrame
        ``id``, ``before``, ``after``: one row a claim that changed, appeared or went; the texts name what differs.
    """
    old, new = first_edition(), present() if after is None else after
    rows = []
    for id in sorted(set(old.index) | set(new.index)):
        if id not in old.index:
            row = new.loc[id]
            columns = [name for name in ("role", "computed", "null", "verdict") if not _same(name, row[name], "", 0)]
            rows.append((id, "not in the ledger", _text(row, [name for name in columns if pd.notna(row[name])])))
        elif id not in new.index:
            rows.append((id, _text(old.loc[id], ["role"]), "no longer in the ledger"))
        else:
            one, other = old.loc[id], new.loc[id]
            columns = [name for name in old.columns if not _same(name, one[name], other[name], one["tolerance"])]
            if columns and (results or not set(columns) <= set(_RESULTS) - {"null"}):
                rows.append((id, _text(one, columns), _text(other, columns)))
    return pd.DataFrame(rows, columns=["id", "before", "after"])


def unrecorded(changelog: str, after: pd.DataFrame | None = None) -> list[str]:
    """Return the entries that a changelog lacks, each a table row to which the reason must still be added.

    Parameters
    ----------
    changelog : str
        Text of ``CHANGELOG.md``.
    after : pandas.DataFrame, optional
        As for :func:`changes`.
    """
    entries = [f"| `{row.id}` | {row.before} | {row.after} |" for row in changes(after).itertuples()]
    reasons = dict.fromkeys(entries, "")
    for line in changelog.splitlines():
        for entry in entries:
            if line.startswith(entry):
                reasons[entry] = line.removeprefix(entry).strip(" |")
    return [entry for entry, reason in reasons.items() if not reason]


def what_changed() -> TableView:
    """Return every claim whose role, verdict, guess or printed number differs from the first edition, as a table."""
    rows = changes(results=False)
    return TableView(
        "What the second edition changed", ("claim", "before", "after"), tuple(rows.itertuples(index=False))
    )
