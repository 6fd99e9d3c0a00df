"""The score as a picture: what the claims are, and how far off the computed ones are."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion import ledger
from companion.plotting import COLORS, new_figure

_ROLE_STYLE = {
    "input": ("#b9c4d0", ""),
    "calibrated": ("#e3b36a", "////"),
    "predicted": ("#0072b2", ""),
    "identity": ("#7fb3a6", "...."),
    "quoted": ("#eceff3", ""),
}


def roles_by_chapter() -> tuple[Figure, pd.DataFrame]:
    """Draw how many claims of each role belong to each chapter.

    Columns: chapter, input, calibrated, predicted, identity, quoted.
    """
    chapters = [name for name in ledger.chapters() if ledger.ids(chapter=name)]
    counts = {role: [len(ledger.ids(role=role, chapter=name)) for name in chapters] for role in ledger.ROLES}
    data = pd.DataFrame({"chapter": chapters} | counts)
    figure, axes = new_figure(height=4.2)
    left = np.zeros(len(data))
    for role, (color, hatch) in _ROLE_STYLE.items():
        axes.barh(
            data.index, data[role], left=left, color=color, hatch=hatch, edgecolor="#5b6470", linewidth=0.5, label=role
        )
        left += data[role].to_numpy()
    labels = [name.replace("-", " ") for name in chapters]
    axes.set(yticks=data.index, yticklabels=labels, xlabel="number of claims")
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=3, columnspacing=0.9, handlelength=1.2)
    return figure, data


def errors_against_tolerance(rows: pd.DataFrame) -> tuple[Figure, pd.DataFrame]:
    """Draw the error of each predicted number in units of its tolerance.

    Columns: id, chapter, verdict, error / tolerance.
    """
    chosen = rows[(rows["role"] == "predicted") & rows["error"].notna() & (rows["tolerance"] > 0)]
    # what stays under an "at most" or above an "at least" has no error, however far it stays
    kept = [ledger.claim(row.id).relation in "<≤>≥" and row.verdict != "miss" for row in chosen.itertuples()]
    chosen = chosen[~np.array(kept, dtype=bool)]
    data = chosen.assign(**{"error / tolerance": chosen["error"] / chosen["tolerance"]})
    data = data[["id", "chapter", "verdict", "error / tolerance"]].sort_values("error / tolerance", ignore_index=True)
    figure, axes = new_figure(height=1.2 + 0.26 * len(data))
    axes.axvspan(-1, 1, color="#e8eef5", zorder=0)
    axes.axvline(0, color=COLORS["muted"], linewidth=0.8)
    widest = max(3.0, 1.1 * data["error / tolerance"].abs().max())
    for position, row in data.iterrows():
        marker, color = ("X", COLORS["reported"]) if row["verdict"].startswith("miss") else ("o", COLORS["computed"])
        # hollow: equally allowed models disagree
        face = color if marker == "X" or row["verdict"] == "hit" else "white"
        axes.plot(row["error / tolerance"], position, marker, color=color, markerfacecolor=face)
    axes.set(yticks=data.index, xlim=(-widest, widest), xlabel="(computed − reported) / tolerance")
    axes.set_yticklabels([name.replace("-", " ") for name in data["id"]], fontsize=9)
    axes.text(0, len(data) - 0.35, "within tolerance", ha="center", va="bottom", fontsize=9, color=COLORS["muted"])
    axes.set_ylim(-0.7, len(data) + 0.3)
    return figure, data
