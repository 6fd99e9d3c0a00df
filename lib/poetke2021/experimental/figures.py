"""Figure of the chapter: the carbon of the synthesis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.plotting import COLORS, new_figure
from poetke2021.experimental.mass_balance import SynthesisBalance


def carbon_balance(balance: SynthesisBalance, labels: Sequence[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the carbon that the precursors hold beside what the products need.

    Columns: recipe, pvb_to_silicon, silicon_content, silicon_mass, pvb_mass, non_silicon_required,
    carbon_from_sucrose, carbon_from_pvb, carbon_available, carbon_surplus, retained_carbon_fraction, char_yield,
    batches_needed, possible.
    """
    data = balance.to_frame()
    if len(labels) != len(data):
        raise ValueError(f"labels must name each of the {len(data)} recipes, got {len(labels)}")
    data.insert(0, "recipe", list(labels))
    figure, axes = new_figure(height=0.95 + 0.62 * len(data))
    positions = np.arange(len(data))
    axes.barh(positions, data["carbon_from_sucrose"], height=0.6, color=COLORS["carbon"], label="carbon in sucrose")
    axes.barh(
        positions,
        data["carbon_from_pvb"],
        left=data["carbon_from_sucrose"],
        height=0.6,
        color=COLORS["lithium"],
        hatch="////",
        edgecolor=COLORS["muted"],
        label="carbon in PVB",
    )
    for position, row in zip(positions, data.itertuples(), strict=True):
        ends = [position - 0.42, position + 0.42]
        label = "required" if position == 0 else None
        axes.plot([row.non_silicon_required] * 2, ends, color=COLORS["reported"], linewidth=3, label=label)
        verdict = "" if row.possible else "not enough"
        axes.text(row.non_silicon_required + 0.05, position, verdict, va="center", color=COLORS["reported"], fontsize=9)
    highest = max(data["non_silicon_required"].max(), data["carbon_available"].max())
    axes.set(yticks=positions, yticklabels=list(labels), xlim=(0, 1.25 * highest), xlabel="mass / g")
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=3, handlelength=1.4, columnspacing=1.0)
    return figure, data
