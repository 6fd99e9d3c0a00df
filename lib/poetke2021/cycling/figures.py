"""Figures on the cycling of full cells: solid and liquid, four ratios, what is lost for good and what comes back.

Markers are reported numbers, or follow from reported ones by a division; lines and bands are computed.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.plotting import COLORS, new_figure, np_color
from poetke2021.cycling import CathodeDegradation, LithiumInventory, LossSplit, Protocol, charge_account

_CYCLE = "cycle"
_CAPACITY = "discharge capacity / mAh per g of NCM"
_LINES = ("-", "--", "-.", ":")
_SOLID = (COLORS["computed"], COLORS["cell"], COLORS["muted"])
_LIQUID = "#1f7f72"
_PERMANENT, _KINETIC = COLORS["anode"], "#f0d9b5"


def solid_and_liquid(
    solid: Mapping[str, tuple[Any, Any]],
    slow: Mapping[int, tuple[float, float]],
    liquid: tuple[Any, Any, Any, Any],
    reported: Mapping[str, Mapping[int, float]],
) -> tuple[Figure, pd.DataFrame]:
    """Draw the discharge capacity of a solid and a liquid cell against the cycle number.

    Columns: series, cycle, capacity / mAh g-1, lower / mAh g-1, upper / mAh g-1.

    `solid`: cycles and capacity (mAh/g) of up to three models; `slow`: interval by cycle; `liquid`: cycles,
    capacity, lower and upper end; `reported`: capacity by cycle under ``"solid"``, ``"derived"`` and ``"liquid"``.
    """
    if len(solid) > len(_SOLID):
        raise ValueError(f"solid must hold at most {len(_SOLID)} models, got {len(solid)}")
    figure, axes = new_figure(height=4.6)
    frames = []

    def keep(series: str, cycle: Any, capacity: Any, lower: Any = np.nan, upper: Any = np.nan) -> None:
        columns = {"series": series, "cycle": cycle, "capacity / mAh g-1": capacity}
        frames.append(pd.DataFrame(columns | {"lower / mAh g-1": lower, "upper / mAh g-1": upper}))

    for (label, (cycle, capacity)), line, ink in zip(solid.items(), _LINES, _SOLID, strict=False):
        axes.plot(cycle, capacity, line, color=ink, label=f"solid: {label}")
        keep(f"solid: {label}", cycle, capacity)
    for number, (cycle, (low, high)) in enumerate(slow.items()):
        label = "solid, slow: computed" if number == 0 else None
        axes.plot([cycle, cycle], [low, high], color=COLORS["computed"], linewidth=5, alpha=0.45, label=label)
        keep("solid: slow cycle", [cycle], [0.5 * (low + high)], [low], [high])
    cycle, capacity, low, high = liquid
    axes.fill_between(cycle, low, high, color=COLORS["liquid electrolyte"], linewidth=0)
    axes.plot(cycle, capacity, "-.", color=_LIQUID, label="liquid: constant CE")
    keep("liquid: constant CE", cycle, capacity, low, high)
    looks = {"solid": ("o", "full"), "derived": ("o", "none"), "liquid": ("s", "full")}
    names = {"solid": "solid, reported", "derived": "solid, from Table 2", "liquid": "liquid, reported"}
    for kind, (marker, fill) in looks.items():
        points = dict(reported.get(kind, {}))
        if points:
            numbers, values = list(points), list(points.values())
            axes.plot(
                numbers, values, marker, color=COLORS["reported"], fillstyle=fill, label=names[kind], markersize=7
            )
            keep(names[kind], numbers, values)
    axes.set(xlabel=_CYCLE, ylabel=_CAPACITY, xlim=(-1, 54), ylim=(0, None))
    figure.legend(loc="outside upper center", ncols=2, handlelength=2.4, columnspacing=1.0)
    return figure, pd.concat(frames, ignore_index=True)


def four_ratios(np_ratio: Any, loss: Any, efficiency: Any, protocol: Protocol) -> tuple[Figure, pd.DataFrame]:
    """Draw the fade of cells of several n/p ratios, and the average coulombic efficiency that it implies.

    Columns: n/p ratio, cycle, share of 2nd discharge / %, average CE / %.

    Reported loss and the average efficiency that follows from it are fractions.
    """
    ratios, lost, mean = (np.atleast_1d(np.asarray(value, dtype=float)) for value in (np_ratio, loss, efficiency))
    if ratios.size > len(_LINES):
        raise ValueError(f"np_ratio must hold at most {len(_LINES)} cells, got {ratios.size}")
    figure, (top, bottom) = new_figure(2, height=5.6, sharex=True, height_ratios=(3, 2))
    cycle = protocol.cycle[~protocol.slow]
    frames = []
    for ratio, share, value, line in zip(ratios, lost, mean, _LINES, strict=False):
        relative = 100 * value ** (cycle - protocol.first_fast)
        top.plot(cycle, relative, line, color=np_color(ratio), label=f"n/p {ratio:.1f}")
        top.plot(protocol.last_fast, 100 * (1 - share), "o", color=COLORS["reported"], clip_on=False)
        bottom.plot(cycle[[0, -1]], [100 * value] * 2, line, color=np_color(ratio))
        columns = {"n/p ratio": ratio, "cycle": cycle, "share of 2nd discharge / %": relative}
        frames.append(pd.DataFrame(columns | {"average CE / %": 100 * value}))
    top.plot([], [], "o", color=COLORS["reported"], label="from Table 2")
    top.set(ylabel="share of the 2nd discharge / %", ylim=(30, 102))
    bottom.set(xlabel=_CYCLE, ylabel="average CE / %", xlim=(0, 53), ylim=(97.9, 100))
    figure.legend(loc="outside upper center", ncols=3, handlelength=2.4, columnspacing=1.0)
    return figure, pd.concat(frames, ignore_index=True)


def account(cell: LithiumInventory, protocol: Protocol) -> tuple[Figure, pd.DataFrame]:
    """Draw the coulombic efficiency of every cycle, and where the charge is that has not come back.

    Columns: cycle, coulombic efficiency / %, lost for good / mAh g-1, left in the anode / mAh g-1.
    """
    capacity, slow = cell.discharge_capacity(protocol), cell.slow(protocol)
    kept = charge_account(capacity)
    permanent = slow[0] - slow[1:]
    data = pd.DataFrame(
        {
            "cycle": kept.cycle,
            "coulombic efficiency / %": 100 * kept.coulombic_efficiency,
            "lost for good / mAh g-1": permanent,
            "left in the anode / mAh g-1": kept.missing_charge - permanent,
        }
    )
    figure, (top, bottom) = new_figure(2, height=5.4, sharex=True, height_ratios=(2, 3))
    edges = np.append(kept.cycle - 0.5, protocol.last + 0.5)
    efficiency = data["coulombic efficiency / %"]
    top.axhline(100, color=COLORS["muted"], linewidth=0.8, linestyle=":")
    top.stairs(efficiency, edges, baseline=None, color=COLORS["computed"], linewidth=1.6)
    for row, across, side in ((0, 1.5, "left"), (len(data) - 1, -1.5, "right")):
        at = kept.cycle[row] + across, efficiency[row]
        top.text(*at, f"cycle {kept.cycle[row]}: {efficiency[row]:.0f} %", ha=side, va="center", fontsize=9)
    top.set_ylabel("CE / %")
    total = kept.missing_charge
    bottom.stairs(total, edges, baseline=permanent, fill=True, color=_KINETIC, hatch="///", edgecolor="#a08050",
                  linewidth=0, label="left in the anode, comes back slowly")  # fmt: skip
    bottom.stairs(permanent, edges, fill=True, color=_PERMANENT, linewidth=0, label="lost for good")
    bottom.set(xlabel=_CYCLE, ylabel="missing / mAh per g of NCM", xlim=(0, protocol.last + 1), ylim=(0, None))
    figure.legend(loc="outside upper center", ncols=1)
    return figure, data


def loss_split(np_ratio: Any, split: LossSplit) -> tuple[Figure, pd.DataFrame]:
    """Draw how much of each cell's fade is permanent and how much is kinetic.

    Columns: n/p ratio, log-loss / 1, permanent / 1, kinetic / 1, permanent share / 1.
    """
    frame = split.to_frame()
    ratios = np.atleast_1d(np.asarray(np_ratio, dtype=float))
    if ratios.size != len(frame):
        raise ValueError(f"np_ratio must have one ratio for each of the {len(frame)} cells, got {ratios.size}")
    figure, axes = new_figure(height=3.2)
    rows = np.arange(len(frame))
    permanent, kinetic = frame["permanent / 1"], frame["kinetic / 1"]
    axes.barh(rows, permanent, 0.62, color=_PERMANENT, label="permanent")
    axes.barh(
        rows, kinetic, 0.62, left=permanent, color=_KINETIC, hatch="///", edgecolor="#a08050", linewidth=0,
        label="kinetic",
    )  # fmt: skip
    for row, share, total in zip(rows, frame["permanent share / 1"], frame["log-loss / 1"], strict=True):
        axes.text(total + 0.015, row, f"{100 * share:.0f} % permanent", va="center", fontsize=9)
    axes.set(xlabel="log-loss, cycle 2 to 51 / 1", ylabel="nominal n/p ratio", xlim=(0, 1.4 * frame.iloc[:, 0].max()))
    axes.set_yticks(rows, [f"{ratio:.1f}" for ratio in ratios])
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=2)
    frame.insert(0, "n/p ratio", ratios)
    return figure, frame


def cathode_law(
    np_ratio: Any, potential: Any, lower: Any, upper: Any, loss: Any, law: CathodeDegradation, protocol: Protocol
) -> tuple[Figure, pd.DataFrame]:
    """Draw the reported loss of several cells against the computed potential of their cathodes, and a law.

    Columns: n/p ratio, cathode potential / V, lower / V, upper / V, reported loss / %, loss by the law / %.

    Potentials in V with their interval; losses as fractions; `law` is laid through two of the cells.
    """
    ratios, at, low, high, lost = (
        np.asarray(value, dtype=float) for value in (np_ratio, potential, lower, upper, loss)
    )
    data = pd.DataFrame(
        {
            "n/p ratio": ratios,
            "cathode potential / V": at,
            "lower / V": low,
            "upper / V": high,
            "reported loss / %": 100 * lost,
            "loss by the law / %": 100 * law.loss(at, protocol.fast_steps),
        }
    )
    figure, axes = new_figure(height=3.8)
    grid = np.linspace(low.min() - 0.005, high.max() + 0.003, 200)
    axes.plot(grid, 100 * law.loss(grid, protocol.fast_steps), color=COLORS["computed"], label="law through two cells")
    # Intervals of cells with nearly one loss lie on each other, so that their caps are told apart by size.
    caps = [3 + 3 * int((np.abs(lost[:row] - lost[row]) < 0.02).sum()) for row in range(lost.size)]
    label = "reported loss, computed potential"
    for x, left, right, y, cap in zip(at, low, high, 100 * lost, caps, strict=True):
        axes.errorbar(
            [x], [y], xerr=[[x - left], [right - x]], fmt="o", color=COLORS["reported"], ecolor=COLORS["muted"],
            markersize=8, capsize=cap, label=label,
        )  # fmt: skip
        label = None
    for ratio, x, y in zip(ratios, at, 100 * lost, strict=True):
        axes.annotate(f"{ratio:.1f}", (x, y), (0, 9), textcoords="offset points", ha="center", fontsize=9)
    axes.set(
        xlabel="cathode at the end of charge / V vs Li/Li⁺", ylabel="rate performance loss / %", ylim=(0, 80),
    )  # fmt: skip
    figure.legend(loc="outside upper center", ncols=1)
    return figure, data
