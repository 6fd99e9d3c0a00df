"""What has changed since the first edition of the score, row by row.

``first_edition.csv`` is frozen. A claim may differ from its row there only with an entry in ``CHANGELOG.md`` that
names the claim and both states as :func:`changes` words them.
"""

import math
from typing import Any

import pandas as pd

from companion import ledger
from companion.evidence._registry import reproduce
from companion.tables import TableView

_TEXTS = ("role", "revised", "relation", "order", "verdict")
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
    """Return the frozen table, one row a claim, indexed by id; ``data/datapackage.json`` describes the columns.

    Raises FileNotFoundError if the paper has none (yet).
    """
    frame = ledger.parameters("first_edition.csv").set_index("id")
    frame.insert(1, "revised", "")
    return frame.assign(**{column: frame[column].fillna("") for column in _TEXTS})


def present() -> pd.DataFrame:
    """Return the same table as it stands now."""
    results = reproduce().set_index("id")
    rows = {}
    for id in ledger.ids():
        claim = ledger.claim(id)
        row: dict[str, Any] = {column: getattr(claim, column) for column in ("role", "relation", *_STATED)}
        row |= {"order": " < ".join(claim.order), "revised": "yes" if claim.revised else ""}
        row |= dict.fromkeys(_RESULTS, math.nan) | {"verdict": ""}
        if id in results.index:
            result = results.loc[id]
            row |= {"null": result["null"], "computed": result["computed"], "verdict": result["verdict"]}
            if math.isnan(result["computed"]):
                row |= {"computed_lower": result["lower"], "computed_upper": result["upper"]}
        rows[id] = row
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("id")[[*_TEXTS, *_STATED, *_RESULTS]]


def margin(computed: float, tolerance: float) -> float:
    """Return by how much a result may move without having changed."""
    return _SHARE * (abs(computed) if math.isnan(tolerance) else tolerance) + 1e-9


def _same(column: str, before: Any, after: Any, tolerance: float) -> bool:
    if column in _TEXTS:
        return before == after
    if math.isnan(before) or math.isnan(after):
        return math.isnan(before) == math.isnan(after)
    if column in _STATED:
        return before == after
    return abs(after - before) <= margin(before, tolerance)


def _text(row: pd.Series, columns: list[str]) -> str:
    parts = []
    for column in columns:
        value = row[column]
        missing = value == "" if column in _TEXTS else math.isnan(value)
        # what is printed is compared to the last digit, what is computed as far as it is worth
        digits = 10 if column in _STATED else 4
        shown = "none" if missing else value if column in _TEXTS else f"{value:.{digits}g}"
        parts.append(f"{_WORDS.get(column, column)} {shown}".replace("|", "/"))
    return "; ".join(parts)


def _stated(row: pd.Series) -> list[str]:
    """Return the columns of a row that say something."""
    return [name for name in row.index if (row[name] != "" if name in _TEXTS else pd.notna(row[name]))]


def changes(after: pd.DataFrame | None = None, results: bool = True) -> pd.DataFrame:
    """Return how a table as of :func:`present`, or that, differs from the first edition.

    One row a claim that changed, appeared or went: ``id``, ``before`` and ``after``, which name what differs, and
    ``margin``, by how much a computed number may move before that is another change. Without `results` a claim whose
    computed number alone has moved is left out.
    """
    old, new = first_edition(), present() if after is None else after
    rows = []
    for id in sorted(set(old.index) | set(new.index)):
        if id not in old.index:
            one, before, after_text = new.loc[id], "not in the ledger", _text(new.loc[id], _stated(new.loc[id]))
        elif id not in new.index:
            one, before, after_text = old.loc[id], _text(old.loc[id], ["role"]), "no longer in the ledger"
        else:
            one, other = old.loc[id], new.loc[id]
            columns = [name for name in old.columns if not _same(name, one[name], other[name], one["tolerance"])]
            if not columns or not (results or set(columns) - (set(_RESULTS) - {"null"})):
                continue
            before, after_text, one = _text(one, columns), _text(other, columns), other
        rows.append((id, before, after_text, margin(one["computed"], one["tolerance"])))
    return pd.DataFrame(rows, columns=["id", "before", "after", "margin"])


def _agree(written: str, wanted: str, margin: float) -> bool:
    """Return whether a state is written as it is, but for a computed number that moved by less than counts."""
    parts = [text.strip().split("; ") for text in (written, wanted)]
    if len(parts[0]) != len(parts[1]):
        return False
    for one, other in zip(*parts, strict=True):
        if one != other:
            (name, _, first), (wanted_name, _, second) = one.rpartition(" "), other.rpartition(" ")
            if name != wanted_name or not name.startswith("computed"):
                return False
            try:
                # half a unit of the last of four digits is lost on the way
                if abs(float(first) - float(second)) > margin + 1e-3 * abs(float(second)):
                    return False
            except ValueError:
                return False
    return True


def recorded(changelog: str) -> list[tuple[str, str, str, str]]:
    """Return the entries of a changelog: claim, before, after and reason of each table row that begins with an id."""
    cells = (line.strip().strip("|").split("|") for line in changelog.splitlines() if line.startswith("| `"))
    return [tuple(cell.strip().strip("`") for cell in row) for row in cells if len(row) == 4]


def unrecorded(changelog: str, after: pd.DataFrame | None = None) -> list[str]:
    """Return the entries that the text of a changelog lacks, each a table row to which a reason must still be added."""
    entries = recorded(changelog)
    return [
        f"| `{row.id}` | {row.before} | {row.after} |"
        for row in changes(after).itertuples()
        if not any(
            id == row.id and reason and before == row.before and _agree(stands, row.after, row.margin)
            for id, before, stands, reason in entries
        )
    ]


def stale(changelog: str, after: pd.DataFrame | None = None) -> set[str]:
    """Return the claims of which a changelog has an entry that is not true, or no longer necessary."""
    true = {row.id: row for row in changes(after).itertuples()}
    return {
        id
        for id, before, stands, _ in recorded(changelog)
        if id not in true or before != true[id].before or not _agree(stands, true[id].after, true[id].margin)
    }


def what_changed() -> TableView:
    """Return every claim whose role, verdict, guess or printed number differs from the first edition, as a table."""
    lines = tuple((row.id, row.before, row.after) for row in changes(results=False).itertuples())
    return TableView("What the second edition changed", ("claim", "before", "after"), lines)
