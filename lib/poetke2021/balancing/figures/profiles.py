"""Figures on the balance of full cells: what each electrode does, against the n/p ratio."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.plotting import COLORS, new_figure, np_color
from sicell import _check
from sicell.balancing import FirstCycle, FullCell

_LINES = ("-", "--", "-.", ":")
_MARKERS = ("o", "s", "^", "D", "v", "P")
_QUANTITY = "Specific Capacity / mAh g-1"
_NP_LABEL = "nominal n/p ratio"


def _name(ratio: float) -> str:
    """Return a ratio as text with at least one decimal."""
    return f"{ratio:g}" if f"{ratio:g}" != f"{ratio:.0f}" else f"{ratio:.1f}"


def nominal_and_true(cell: FullCell) -> tuple[Figure, pd.DataFrame]:
    """Draw the anode's capacity at several ratios beside the two capacities of the cathode.

    Columns: nominal n/p / 1, anode capacity / mAh g-1, true n/p / 1.
    """
    data = pd.DataFrame(
        {
            "nominal n/p / 1": np.atleast_1d(cell.np_ratio),
            "anode capacity / mAh g-1": np.atleast_1d(cell.anode_capacity),
            "true n/p / 1": np.atleast_1d(cell.true_np_ratio),
        }
    )
    figure, axes = new_figure(height=1.5 + 0.5 * len(data))
    labels = [_name(ratio) for ratio in data["nominal n/p / 1"]]
    capacity = data["anode capacity / mAh g-1"]
    axes.barh(labels, capacity, height=0.62, color=COLORS["anode"], alpha=0.85)
    for position, (value, true) in enumerate(zip(capacity, data["true n/p / 1"], strict=True)):
        axes.text(6, position, f"true ratio {true:.2f}", va="center", color="white", fontsize=9, fontweight="bold")
        axes.text(value + 4, position, f"{value:.0f}", va="center", fontsize=9)
    lines = ((cell.cathode_capacity, "--", "first discharge"), (cell.first_charge_capacity, "-", "first charge"))
    for value, style, name in lines:
        axes.axvline(value, color=COLORS["cathode"], linestyle=style, label=f"cathode, {name}: {value:.0f}")
    axes.set(xlabel="capacity / mAh per g NCM", ylabel=_NP_LABEL, xlim=(0, 1.12 * capacity.max()))
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=2)
    return figure, data


def three_electrode(
    cycle: FirstCycle, half_cycle: str, reported: Mapping[tuple[str, float], float] | None = None
) -> tuple[Figure, pd.DataFrame]:
    """Draw what a third electrode sees: both potentials and the cell voltage of several cells.

    Columns: N/P Ratio / 1, Voltage / V, Cycle Count / 1, Step Count / 1, Specific Capacity / mAh g-1, Cathode
    Potential / V, Anode Potential / V, Cathode Lithiation / 1, Anode Lithiation / 1, Plated Capacity / mAh g-1,
    Branch, Cathode Extrapolated / 1, Anode Extrapolated / 1.

    `reported` holds end potentials in V by electrode and n/p ratio; they are marked at the computed end of the
    curve.
    """
    _check.choice("half_cycle", half_cycle, ("charge", "discharge"))
    profile = cycle.profile(160)
    if "N/P Ratio / 1" not in profile:
        profile.insert(0, "N/P Ratio / 1", float(cycle.np_ratio))
    data = profile[profile["Step Count / 1"] == (1 if half_cycle == "charge" else 2)].reset_index(drop=True)
    figure, panels = new_figure(3, height=6.6, sharex=True)
    columns = {"cathode": "Cathode Potential / V", "cell": "Voltage / V", "anode": "Anode Potential / V"}
    where = dict(zip(columns, panels, strict=True))
    ends = {}
    for (ratio, curve), style in zip(data.groupby("N/P Ratio / 1"), _LINES, strict=False):
        for name, axes in where.items():
            color, label = np_color(ratio), f"n/p {_name(ratio)}"
            axes.plot(curve[_QUANTITY], curve[columns[name]], color=color, linestyle=style, linewidth=1.0)
            if name != "cell":
                known = curve[columns[name]].where(~curve[f"{name.title()} Extrapolated / 1"].astype(bool))
                axes.plot(curve[_QUANTITY], known, color=color, linestyle=style, linewidth=2.4, label=label)
            else:
                axes.plot(curve[_QUANTITY], curve[columns[name]], color=color, linestyle=style, linewidth=2.4)
        ends[ratio] = curve[_QUANTITY].iloc[-1]
    for number, ((electrode, ratio), value) in enumerate((reported or {}).items()):
        _check.choice("reported", electrode, ("cathode", "anode"))
        label = "reported" if number == 0 else None
        marker = _MARKERS[list(ends).index(ratio) % len(_MARKERS)]
        where[electrode].plot(ends[ratio], value, marker, color=COLORS["reported"], label=label, zorder=3)
    where["cathode"].set(ylabel="potential / V vs Li/Li⁺", title="cathode")
    where["cell"].set(ylabel="voltage / V", title="cell")
    where["anode"].set(ylabel="potential / V vs Li/Li⁺", xlabel="capacity / mAh per g NCM", title="anode")
    if half_cycle == "charge":
        where["anode"].set_ylim(0, 0.5)
        where["cathode"].set_ylim(3.4, None)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3)
    return figure, data


def end_of_charge(
    cell: FullCell, upper_cutoff: float, capacities: tuple[float, float] = (205.0, 245.0)
) -> tuple[Figure, pd.DataFrame]:
    """Draw where a charge ends: the anode's curves cross the cathode's, shifted down by the cut-off voltage.

    Columns: capacity / mAh g-1, cathode minus cut-off / V, anode at n/p 1.3 / V, anode at n/p 2.0 / V.

    `capacities` are the ends of the axis, mAh per g of cathode.
    """
    charge = np.linspace(*capacities, 161)
    place = 1 - charge / cell.cathode.specific_capacity
    possible = place > 0
    charge = charge[possible]
    cathode = cell.cathode.potential(place[possible], "delithiation") - upper_cutoff
    figure, axes = new_figure(height=3.8)
    axes.plot(charge, cathode, color=COLORS["cathode"], label=f"cathode − {upper_cutoff:g} V")
    data = pd.DataFrame({"capacity / mAh g-1": charge, "cathode minus cut-off / V": cathode})
    for ratio, capacity, style in zip(
        np.atleast_1d(cell.np_ratio), np.atleast_1d(cell.anode_capacity), _LINES[1:] * 4, strict=False
    ):
        held = charge / capacity
        anode = np.full(charge.shape, np.nan)
        anode[held <= 1] = cell.anode.potential(held[held <= 1], "first lithiation")
        color = np_color(ratio)
        axes.plot(charge, anode, color=color, linestyle=style, label=f"anode, n/p {_name(ratio)}")
        over = (cathode - anode)[held <= 1]
        if over.size and over.min() < 0 < over.max():
            stop = np.interp(0.0, over, charge[held <= 1])
            height = np.interp(stop, charge, cathode)
            axes.plot(stop, height, "o", color=color, markeredgecolor=COLORS["cell"], markersize=8, zorder=3)
            axes.annotate(
                f"{1e3 * height:.0f} mV", (stop, height), (-8, 8), textcoords="offset points", ha="right", fontsize=9
            )
        data[f"anode at n/p {_name(ratio)} / V"] = anode
    axes.set(
        xlabel="capacity of the first charge / mAh per g NCM",
        ylabel="potential / V vs Li/Li⁺",
        ylim=(-0.06, 0.2),
        xlim=(charge[0], charge[-1]),
    )
    axes.legend(loc="upper left")
    return figure, data
