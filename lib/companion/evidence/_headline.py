"""The score in a few numbers: independent computations instead of rows, and evidence instead of hits."""

from collections.abc import Sequence

import pandas as pd

from companion import ledger
from companion.evidence._editions import first_edition
from companion.evidence._registry import DEPENDS, NOT_REFUTED, reproduce
from companion.evidence._views import outcome
from companion.tables import TableView


def _together(verdicts: Sequence[str]) -> str:
    """Return the verdict on one computation from those on all claims that it is compared with."""
    outcomes = [outcome(verdict) for verdict in verdicts]
    if "miss" in outcomes:
        return "miss"
    if DEPENDS in verdicts:
        return DEPENDS
    return "hit" if "hit" in outcomes else NOT_REFUTED


def independent_predictions(rows: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the predictions that count, one row an independent computation, of what :func:`reproduce` returns.

    Columns: ``group``, ``claims`` (their ids), ``verdict`` (``hit`` only if none of its claims is missed), ``guess``
    (the same of the guess; ``none`` where a claim has none) and ``evidence``: a hit where the guess misses. Predictions
    that were revised after a comparison are left out, and so is a hit on a number of which any other claim was.
    """
    frame = reproduce() if rows is None else rows
    revised = frame["id"].map(lambda id: bool(ledger.claim(id).revised))
    counted = frame[(frame["role"] == "predicted") & (frame["status"] == "computed") & ~revised]
    known = set(frame.loc[revised, "group"])
    found = []
    for name, mine in counted.groupby("group"):
        guesses = list(mine["null_verdict"])
        verdict = _together(list(mine["verdict"]))
        if verdict == "hit" and name in known:
            continue
        guess = "none" if "" in guesses else _together(guesses)
        found.append((name, tuple(mine["id"]), verdict, guess, verdict == "hit" and guess == "miss"))
    return pd.DataFrame(found, columns=["group", "claims", "verdict", "guess", "evidence"])


def headline() -> TableView:
    """Return the score of the predictions in the first edition and now.

    >>> headline().header
    ('', 'first edition', 'now')
    """
    before, rows = first_edition(), reproduce()
    old = [outcome(verdict) for verdict in before.loc[before["role"] == "predicted", "verdict"]]
    now = independent_predictions(rows)
    predicted = ledger.ids(role="predicted")
    count = now["verdict"].value_counts()
    revised = rows[rows["id"].isin(predicted) & rows["id"].map(lambda id: bool(ledger.claim(id).revised))]
    came = [outcome(verdict) for verdict in revised["verdict"]]
    came_out = f"{len(came)} (hit {came.count('hit')}, miss {came.count('miss')}, neither {came.count('open')})"
    table = (
        ("claims called predicted", len(old), len(predicted)),
        ("of these revised after a comparison, not counted below", "–", came_out),
        ("independent computations that count", "–", len(now)),
        ("hits", old.count("hit"), count.get("hit", 0)),
        ("hits that are evidence: the simple guess misses", "–", int(now["evidence"].sum())),
        ("misses", old.count("miss"), count.get("miss", 0)),
        ("misses where the simple guess hits", "–", int(((now["verdict"] == "miss") & (now["guess"] == "hit")).sum())),
        ("depends on the model", "–", count.get(DEPENDS, 0)),
        ("bounds not refuted", "–", count.get(NOT_REFUTED, 0)),
    )
    lines = tuple((text, str(first), str(second)) for text, first, second in table)
    caption = "The headline: predictions. The first edition counted claims, now computations are counted"
    return TableView(caption, ("", "first edition", "now"), lines)
