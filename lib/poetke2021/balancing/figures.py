"""Figures of the chapter: what each electrode does against the n/p ratio, and how sure that is."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.plotting import COLORS, annotate, new_figure, np_color
from sicell import _check
from sicell.balancing import FirstCycle, FirstCycleUncertainty, FullCell

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
    figure, axes = new_figure(height=1.7 + 0.5 * len(data))
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
    figure.legend(loc="outside upper center", ncols=1)
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
        if electrode == "anode":
            ours = data.loc[data["N/P Ratio / 1"] == ratio, columns[electrode]].iloc[-1]
            text = f"{_name(ratio)}: {1000 * ours:.0f} mV, reported {1000 * value:.0f}"
            row = 0.94 - 0.14 * list(ends).index(ratio)
            where["anode"].text(1, row, text, ha="right", va="top", fontsize=9, transform=where["anode"].transAxes)
    where["cathode"].set(ylabel="potential / V vs Li/Li⁺", title="cathode")
    where["cell"].set(ylabel="voltage / V", title="cell")
    where["anode"].set(ylabel="potential / V vs Li/Li⁺", xlabel="capacity / mAh per g NCM", title="anode")
    if half_cycle == "charge":
        where["anode"].set_ylim(0, 0.25)
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
            annotate(axes, f"{1e3 * height:.0f} mV", (stop, height), (-8, 8), ha="right")
        data[f"anode at n/p {_name(ratio)} / V"] = anode
    axes.set(
        xlabel="capacity of the first charge / mAh per g NCM",
        ylabel="potential / V vs Li/Li⁺",
        ylim=(-0.06, 0.2),
        xlim=(charge[0], charge[-1]),
    )
    axes.legend(loc="upper left")
    return figure, data


def _band(axes: Any, spread: FirstCycleUncertainty, quantity: str, color: str, scale: float = 1.0) -> pd.DataFrame:
    """Draw median and 95 % interval against the ratio; returns them."""
    table = scale * spread.interval(quantity)[["median", "lower", "upper"]].sort_index()
    axes.fill_between(table.index, table["lower"], table["upper"], color=color, alpha=0.22, linewidth=0)
    axes.plot(table.index, table["median"], color=color)
    return table.reset_index().assign(quantity=quantity)


def end_potentials(
    spread: FirstCycleUncertainty,
    reported_anode: Mapping[float, float],
    reported_cathode: Mapping[float, float],
    plateau: float,
) -> tuple[Figure, pd.DataFrame]:
    """Draw the potentials at the ends of the first cycle against the n/p ratio, with what is reported.

    Columns: np_ratio, median, lower, upper, quantity.

    Reported potentials in V by n/p ratio; `plateau` is that of the half-cell in V, the guess to beat.
    """
    figure, panels = new_figure(2, height=5.4, sharex=True)
    charge = _band(panels[0], spread, "anode_potential_end_of_charge", COLORS["anode"])
    panels[0].axhline(plateau, color=COLORS["muted"], linestyle=":", label="plateau in the half-cell")
    discharge = _band(panels[1], spread, "cathode_potential_end_of_discharge", COLORS["cathode"])
    for axes, reported in zip(panels, (reported_anode, reported_cathode), strict=True):
        axes.plot(list(reported), list(reported.values()), "o", color=COLORS["reported"], label="reported", zorder=3)
        axes.set_ylabel("potential / V vs Li/Li⁺")
        axes.legend(loc="lower right")
    panels[0].set_title("anode, end of charge")
    panels[1].set_title("cathode, end of discharge")
    panels[1].set_xlabel(_NP_LABEL)
    return figure, pd.concat([charge, discharge], ignore_index=True)


def first_cycle(
    hypotheses: Mapping[str, FirstCycle],
    spread: FirstCycleUncertainty,
    reported: Mapping[str, tuple[float, float]],
    predicted: Sequence[float] = (),
) -> tuple[Figure, pd.DataFrame]:
    """Draw efficiency and discharge capacity of the first cycle against the n/p ratio, for several hypotheses.

    Columns: hypothesis, nominal n/p / 1, initial coulombic efficiency / %, discharge capacity / mAh g-1.

    The interval belongs to the first hypothesis; `reported` holds ratio and value by the panel's quantity.
    """
    columns = ("initial coulombic efficiency / %", "discharge capacity / mAh g-1")
    for name in reported:
        _check.choice("reported", name, columns)
    rows = [
        pd.DataFrame(
            {
                "hypothesis": name,
                "nominal n/p / 1": cycle.np_ratio,
                columns[0]: 100 * np.asarray(cycle.initial_coulombic_efficiency),
                columns[1]: cycle.discharge_capacity,
            }
        )
        for name, cycle in hypotheses.items()
    ]
    data = pd.concat(rows, ignore_index=True)
    figure, panels = new_figure(2, height=6.0, sharex=True)
    quantities = (("initial_coulombic_efficiency", 100.0), ("discharge_capacity", 1.0))
    colors = (COLORS["computed"], COLORS["muted"], COLORS["silicon"])
    for axes, column, (quantity, scale) in zip(panels, columns, quantities, strict=True):
        table = scale * spread.interval(quantity).sort_index()
        axes.fill_between(table.index, table["lower"], table["upper"], color=colors[0], alpha=0.2, linewidth=0)
        for row, color, style in zip(rows, colors, _LINES, strict=False):
            axes.plot(
                row["nominal n/p / 1"], row[column], color=color, linestyle=style, label=row["hypothesis"].iloc[0]
            )
        if column in reported:
            axes.plot(*reported[column], "o", color=COLORS["reported"], label="reported", markersize=8, zorder=3)
        if quantity.startswith("initial") and predicted:
            marks = table.loc[list(predicted), "median"]
            axes.plot(marks.index, marks, "D", color="white", markeredgecolor=colors[0], label="predicted", zorder=3)
        axes.set_ylabel("ICE / %" if scale > 1 else "first discharge / mAh per g NCM")
    panels[1].set_xlabel(_NP_LABEL)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=2)
    return figure, data


def first_charge(spread: FirstCycleUncertainty, reference: float) -> tuple[Figure, pd.DataFrame]:
    """Draw the first charge capacity against the n/p ratio: all draws, and each relative to its own at one ratio.

    Columns: np_ratio, median / mAh g-1, lower / mAh g-1, upper / mAh g-1, change / mAh g-1, change lower / mAh g-1,
    change upper / mAh g-1.
    """
    figure, panels = new_figure(2, height=5.0, sharex=True)
    table = _band(panels[0], spread, "charge_capacity", COLORS["cathode"])
    ratios = table["np_ratio"].tolist()
    change = pd.DataFrame([spread.difference("charge_capacity", reference, ratio) for ratio in ratios])
    panels[1].fill_between(ratios, change["lower"], change["upper"], color=COLORS["cathode"], alpha=0.22, linewidth=0)
    panels[1].plot(ratios, change["median"], color=COLORS["cathode"])
    panels[1].axhline(0, color=COLORS["muted"], linestyle=":")
    panels[0].set(ylabel="first charge / mAh per g NCM", title="absolute")
    panels[1].set(
        ylabel="change / mAh per g NCM", title=f"relative to n/p {reference:g} of the same draw", xlabel=_NP_LABEL
    )
    data = table.drop(columns="quantity").rename(
        columns=lambda name: f"{name} / mAh g-1" if name != "np_ratio" else name
    )
    change = change[["median", "lower", "upper"]].to_numpy()
    data[["change / mAh g-1", "change lower / mAh g-1", "change upper / mAh g-1"]] = change
    return figure, data


def full_anode(spread: FirstCycleUncertainty) -> tuple[Figure, pd.DataFrame]:
    """Draw how probable it is that the anode is full, that lithium plates and that Li15Si4 forms.

    Columns: nominal n/p / 1, Li15Si4 has formed / 1, anode is full / 1, lithium plates / 1.
    """
    samples = spread.samples
    data = pd.DataFrame(
        {
            "nominal n/p / 1": spread.np_ratio,
            "Li15Si4 has formed / 1": np.mean(samples["li15si4_probability"], axis=0),
            "anode is full / 1": np.mean(samples["anode_lithiation_end_of_charge"] >= 1 - 1e-9, axis=0),
            "lithium plates / 1": np.mean(samples["plated_capacity"] > 1e-9, axis=0),
        }
    ).sort_values("nominal n/p / 1", ignore_index=True)
    figure, axes = new_figure(height=3.8)
    labels = {
        "Li15Si4 has formed / 1": ("Li₁₅Si₄ has formed", COLORS["silicon"]),
        "anode is full / 1": ("anode is full (x ≥ 1)", COLORS["anode"]),
        "lithium plates / 1": ("lithium plates (0 V)", COLORS["cell"]),
    }
    for (column, (label, color)), style, marker in zip(labels.items(), _LINES, _MARKERS, strict=False):
        axes.plot(data["nominal n/p / 1"], data[column], style, marker=marker, color=color, label=label)
    axes.set(xlabel=_NP_LABEL, ylabel="probability / 1", ylim=(-0.03, 1.03))
    axes.legend(loc="upper right")
    return figure, data
