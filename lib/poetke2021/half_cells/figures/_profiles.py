"""Voltage profiles of half-cells."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from companion.plotting import COLORS, new_figure
from sicell.half_cell import HalfCell

_LINES = {1: "-", 2: "--", 3: ":"}
_COLUMNS = ["Cycle Count / 1", "Branch", "Specific Capacity / mAh g-1", "Voltage / V", "Extrapolated / 1"]


def _draw(axes: Axes, frame: pd.DataFrame, color: str) -> None:
    """Draw each half-cycle of a profile; cycles differ in their line."""
    for (cycle, branch), part in frame.groupby(["Cycle Count / 1", "Branch"], sort=True):
        axes.plot(
            part["Specific Capacity / mAh g-1"],
            part["Voltage / V"],
            _LINES[min(int(cycle), 3)],
            color=color,
            linewidth=1.8 if cycle == 1 else 1.4,
            label=f"cycle {cycle}" if branch == "delithiation" else None,
        )


def first_cycles(run: HalfCell, plateaus: Mapping[str, float], highest: float = 1.5) -> tuple[Figure, pd.DataFrame]:
    """Draw the voltage profiles of a half-cell's first cycles, beside reported plateaus.

    Columns: Cycle Count / 1, Branch, Specific Capacity / mAh g-1, Voltage / V, Extrapolated / 1.
    """
    data = run.to_frame()[_COLUMNS]
    figure, axes = new_figure(height=4.0)
    _draw(axes, data, COLORS["computed"])
    most = data["Specific Capacity / mAh g-1"].max()
    for name, potential in plateaus.items():
        axes.plot([0, most], [potential] * 2, color=COLORS["reported"], linewidth=1, linestyle=(0, (1, 2)))
        axes.text(
            1.02 * most,
            potential + 0.02,
            f"{name}\nreported {potential:g} V",
            color=COLORS["reported"],
            ha="right",
            va="bottom",
            fontsize=9,
        )
    axes.set(xlim=(0, 1.04 * most), ylim=(0, highest), xlabel=f"capacity / mAh per g of {run.per_gram_of}")
    axes.set_ylabel("voltage vs Li / V")
    axes.legend(loc="upper center")
    return figure, data


def profiles(runs: Mapping[str, HalfCell], highest: float = 0.8) -> tuple[Figure, pd.DataFrame]:
    """Draw how several half-cells take up their first lithium, each over its own charge.

    Columns: half-cell, Cycle Count / 1, Branch, Specific Capacity / mAh g-1, Voltage / V, Extrapolated / 1.
    """
    figure, axes = new_figure(height=3.8)
    tables = []
    for (name, run), line in zip(runs.items(), ("-", "--", "-.", ":"), strict=False):
        data = run.to_frame()[_COLUMNS]
        data = data[data["Branch"] == "first lithiation"]
        charge, color = data["Specific Capacity / mAh g-1"], COLORS.get(name.split(" ")[0], COLORS["computed"])
        axes.plot(100 * charge / charge.max(), data["Voltage / V"], line, color=color, label=name)
        tables.append(data.assign(**{"half-cell": name}))
    axes.set(xlim=(0, 100), ylim=(0, highest), xlabel="share of the first lithiation / %", ylabel="voltage vs Li / V")
    axes.legend()
    return figure, pd.concat(tables, ignore_index=True)
