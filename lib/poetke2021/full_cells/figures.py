"""Figures on full cells: the first discharge beside reference cells, and what current costs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.plotting import COLORS, annotate, new_figure, np_color
from sicell import _check

_CAPACITY = "capacity / mAh per g of NCM"
_LINES = ("-", "--", "-.", ":")
_INKS = (COLORS["Si37@C"], COLORS["graphite"], COLORS["cathode"], COLORS["reaction layer"])
_MARKERS = ("o", "s", "D", "^", "v")


def first_discharge(
    profiles: Mapping[str, pd.DataFrame], reported: Mapping[str, float | tuple[float, float]]
) -> tuple[Figure, pd.DataFrame]:
    """Draw the first discharge of several cells: voltage, and below it the potential of the anode.

    Columns: cell, capacity / mAh g-1, voltage / V, cathode potential / V, anode potential / V.
    """
    if len(profiles) > len(_LINES):
        raise ValueError(f"profiles must hold at most {len(_LINES)} cells, got {len(profiles)}")
    figure, (top, bottom) = new_figure(2, height=5.6, sharex=True, height_ratios=(3, 2))
    frames = []
    for (label, profile), line, ink in zip(profiles.items(), _LINES, _INKS, strict=False):
        last = profile[profile["Step Count / 1"] == profile["Step Count / 1"].max()]
        q = last["Specific Capacity / mAh g-1"]
        top.plot(q, last["Voltage / V"], line, color=ink, label=label)
        bottom.plot(q, last["Anode Potential / V"], line, color=ink)
        frames.append(
            pd.DataFrame(
                {
                    "cell": label,
                    "capacity / mAh g-1": q,
                    "voltage / V": last["Voltage / V"],
                    "cathode potential / V": last["Cathode Potential / V"],
                    "anode potential / V": last["Anode Potential / V"],
                }
            )
        )
    data = pd.concat(frames, ignore_index=True)
    floor = data["voltage / V"].min()
    for number, (label, capacity) in enumerate(reported.items()):
        low, high = np.broadcast_to(capacity, 2)
        # one step above another, or their labels would collide
        height = floor + 0.12 + 0.3 * number
        middle = 0.5 * (low + high)
        top.errorbar(
            middle, height, xerr=0.5 * (high - low), fmt=_MARKERS[number % 4], color=COLORS["reported"], capsize=3
        )
        top.annotate(label, (low, height), (-9, 0), textcoords="offset points", ha="right", va="center", fontsize=9)
    top.set_ylabel("cell voltage / V")
    bottom.set(xlabel=_CAPACITY, ylabel="anode / V vs Li/Li⁺")
    top.set_xlim(0, 1.05 * data["capacity / mAh g-1"].max())
    figure.legend(loc="outside upper center", ncols=len(profiles), handlelength=2.2, columnspacing=1.0)
    return figure, data


def resistance_needed(
    resistance: Any, capacity: Any, *, separator: float, reported: float
) -> tuple[Figure, pd.DataFrame]:
    """Draw the discharge capacity against a resistance in series, and the resistance that the reported one would need.

    Columns: resistance / ohm cm2, capacity / mAh g-1.
    """
    ohms, q = np.asarray(resistance, dtype=float), np.asarray(capacity, dtype=float)
    _check.between("reported", reported, float(q.min()), float(q.max()), "mAh/g")
    data = pd.DataFrame({"resistance / ohm cm2": ohms, "capacity / mAh g-1": q})
    needed = float(np.interp(-reported, -q, ohms))
    at_separator = float(np.interp(separator, ohms, q))
    figure, axes = new_figure(height=3.4)
    axes.semilogx(ohms, q, color=COLORS["computed"])
    axes.axhline(reported, color=COLORS["reported"], linestyle=":", linewidth=1.3)
    axes.plot(separator, at_separator, "s", color=COLORS["computed"], markersize=8)
    axes.plot(needed, reported, "o", color=COLORS["reported"], markersize=8)
    text = f"separator\n{separator:.0f} Ω cm²"
    annotate(axes, text, (separator, at_separator), (0, -12), ha="center", va="top")
    text = f"reported {reported:.0f}\nneeds {float(f'{needed:.2g}'):.0f} Ω cm²"
    annotate(axes, text, (needed, reported), (-10, 6), ha="right", va="bottom")
    axes.set(xlabel="resistance in series / Ω cm²", ylabel=_CAPACITY, ylim=(0, 1.1 * q.max()))
    return figure, data


def rate_capability(
    current_density: Any, curves: Mapping[str, Any], reported: Mapping[float, float]
) -> tuple[Figure, pd.DataFrame]:
    """Draw the discharge capacity against the current density.

    Columns: model, current density / mA cm-2, capacity / mAh g-1.
    """
    if len(curves) > len(_LINES):
        raise ValueError(f"curves must hold at most {len(_LINES)} models, got {len(curves)}")
    figure, axes = new_figure(height=3.6)
    frames = []
    for (label, capacity), line, ink in zip(curves.items(), _LINES, reversed(_INKS), strict=False):
        axes.plot(current_density, capacity, line, color=ink, label=label)
        frames.append(
            pd.DataFrame({"model": label, "current density / mA cm-2": current_density, "capacity / mAh g-1": capacity})
        )
    axes.plot(list(reported), list(reported.values()), "o", color=COLORS["reported"], markersize=8, label="reported")
    axes.set(xlabel="discharge current density / mA cm⁻²", ylabel=_CAPACITY, xlim=(0, None), ylim=(0, 215))
    axes.legend(loc="lower left")
    return figure, pd.concat(frames, ignore_index=True)


def rate_against_np(
    np_ratio: Any, curves: Mapping[str, Any], reported: tuple[float, float], spread: float
) -> tuple[Figure, pd.DataFrame]:
    """Draw the discharge capacity of cells of different balance at several currents.

    Columns: current, n/p ratio, capacity / mAh g-1.
    """
    figure, axes = new_figure(height=3.8)
    ratios = np.asarray(np_ratio, dtype=float)
    frames = []
    axes.axhspan(reported[1] - spread, reported[1] + spread, color="#f3d9e0", zorder=0, label="barely differs")
    for (label, capacity), line, marker in zip(curves.items(), _LINES, _MARKERS[1:], strict=False):
        axes.plot(ratios, capacity, line, color=COLORS["muted"], label=label)
        for ratio, value in zip(ratios, capacity, strict=True):
            axes.plot(ratio, value, marker, color=np_color(ratio), markersize=7)
        frames.append(pd.DataFrame({"current": label, "n/p ratio": ratios, "capacity / mAh g-1": capacity}))
    axes.plot(*reported, "o", color=COLORS["reported"], markersize=8, label="reported, calibrated", fillstyle="none")
    axes.set(xlabel="nominal n/p ratio", ylabel=_CAPACITY, ylim=(0, 215))
    figure.legend(loc="outside upper center", ncols=2, handlelength=2.2, columnspacing=1.0)
    return figure, pd.concat(frames, ignore_index=True)
