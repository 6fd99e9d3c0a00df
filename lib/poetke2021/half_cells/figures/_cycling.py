"""Cycling of half-cells: what is reported, what is a bound, and what only connects them."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from companion.plotting import COLORS, annotate, new_figure

_KINDS = {
    "reported": ("reported", "D"),
    "derived": ("from a reported retention", "o"),
    "bound": ("reported as a lower bound", "^"),
}


def cycling(
    points: pd.DataFrame, between: Mapping[str, pd.DataFrame], efficiencies: Mapping[str, float]
) -> tuple[Figure, pd.DataFrame]:
    """Draw capacities over the cycles of half-cells so that nobody takes a connecting line for data.

    Columns: half-cell, cycle, capacity, kind.
    """
    unknown = set(points["kind"]) - set(_KINDS)
    if unknown:
        raise ValueError(f"kind must be one of {', '.join(_KINDS)}, got {sorted(unknown)}")
    figure, (top, bottom) = new_figure(2, height=6.0, height_ratios=[3, 1.3], sharex=True)
    for name, frame in between.items():
        top.plot(frame["Cycle Count / 1"], frame["capacity"], color=COLORS[name], linewidth=0.8, linestyle=(0, (1, 3)))
    for kind, (label, marker) in _KINDS.items():
        chosen = points[points["kind"] == kind]
        colors = [COLORS.get(name, COLORS["cell"]) for name in chosen["half-cell"]]
        faces = "white" if kind == "derived" else colors
        top.scatter(chosen["cycle"], chosen["capacity"], 42, marker=marker, facecolors=faces, edgecolors=colors)
        top.scatter([], [], 42, marker=marker, color="white" if kind == "derived" else COLORS["cell"], label=label)
        top.collections[-1].set_edgecolor(COLORS["cell"])
    for point in points.drop_duplicates("half-cell", keep="last").itertuples():
        left = point.cycle < points["cycle"].max() / 2
        offset, side = ((8, 4), "left") if left else ((-8, -12), "right")
        annotate(top, point[1], (point.cycle, point.capacity), offset, ha=side, fontsize=9.5)
    top.plot([], [], color=COLORS["cell"], linewidth=0.8, linestyle=(0, (1, 3)), label="no data: constant fade assumed")
    for number, (name, value) in enumerate(efficiencies.items()):
        bottom.plot(1, value, "Ds"[number % 2], color=COLORS["reported"])
        bottom.annotate(f"{name}: {value:g} %", (1, value), (9, -3), textcoords="offset points", fontsize=9)
    bottom.text(28, 60, "no other value in the text", color=COLORS["muted"], fontsize=9, ha="center", va="center")
    top.set(ylabel="lithiation / mAh per g of Si", ylim=(0, 1.1 * points["capacity"].max()))
    bottom.set(ylabel="CE / %", ylim=(30, 100), xlim=(0, 55), xlabel="cycle")
    figure.legend(*top.get_legend_handles_labels(), loc="outside upper center", ncols=1)
    return figure, points.reset_index(drop=True)
