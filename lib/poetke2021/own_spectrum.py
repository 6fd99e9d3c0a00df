"""A reader's own spectrum: what was read, how a circuit follows it, and what it determines."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatter, NullLocator, StrMethodFormatter

from companion.plotting import COLORS, WIDTH, new_figure
from sicell import eis

_OPEN = {"linestyle": "none", "marker": "o", "markersize": 4, "markerfacecolor": "none", "color": COLORS["cell"]}
_SQUARE = {"linestyle": "none", "marker": "s", "markersize": 4, "markerfacecolor": "none", "color": COLORS["anode"]}
#: Round numbers on both sides of 1.
_TICKS = ((0.998, 1.002), (0.995, 1.005), (0.99, 1.01), (0.98, 1.02), (0.95, 1.05), (0.9, 1.1), (0.8, 1.2), (0.7, 1.5))
_TICKS += ((0.5, 2.0), (0.2, 5.0), (0.1, 10.0), (0.01, 100.0))
#: Fine enough for a smooth curve.
_POINTS = 400


def _nyquist(axes: Any, impedance: np.ndarray) -> None:
    """Label a Nyquist plot, show all of the spectrum and give both axes one scale."""
    left, right, low, high = _limits(impedance)
    axes.set(xlabel="Z′ / Ω", ylabel="−Z″ / Ω", xlim=(left, right), ylim=(low, high))
    axes.set_aspect("equal", adjustable="box")


def _limits(impedance: np.ndarray) -> tuple[float, float, float, float]:
    left, right = impedance.real.min(), impedance.real.max()
    low, high = min(0.0, -impedance.imag.max()), max(0.0, -impedance.imag.min())
    room = 0.06 * (max(right - left, high - low) or abs(right))
    return left - room, right + room, low - room, high + room


def _height(impedance: np.ndarray) -> float:
    """Return the height in inches that a Nyquist plot of the book's width needs, its label included."""
    left, right, low, high = _limits(impedance)
    return 0.6 + float(np.clip(0.85 * WIDTH * (high - low) / (right - left), 1.4, 4.0))


def _table(frequency: np.ndarray, impedance: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"frequency / Hz": frequency, "Z' / ohm": impedance.real, "Z'' / ohm": impedance.imag})


def spectrum(frequency: Any, impedance: Any, title: str = "") -> tuple[Figure, pd.DataFrame]:
    """Draw a spectrum: Nyquist plot, modulus and phase.

    Columns: frequency / Hz, Z' / ohm, Z'' / ohm.
    """
    frequency, impedance = np.asarray(frequency, dtype=float), np.asarray(impedance, dtype=complex)
    tall = _height(impedance)
    figure, (top, middle, bottom) = new_figure(3, height=tall + 3.6, height_ratios=[tall, 1.6, 2.0])
    top.plot(impedance.real, -impedance.imag, **_OPEN)
    _nyquist(top, impedance)
    top.set_title(title)
    middle.plot(frequency, np.abs(impedance), **_OPEN)
    middle.set(xscale="log", yscale="log", ylabel="|Z| / Ω")
    for which in ("major", "minor"):
        getattr(middle.yaxis, f"set_{which}_formatter")(LogFormatter(minor_thresholds=(1.5, 0.4)))
    middle.tick_params(labelbottom=False)
    bottom.plot(frequency, np.angle(impedance, deg=True), **_OPEN)
    bottom.set(xscale="log", xlabel="frequency / Hz", ylabel="phase / °")
    bottom.sharex(middle)
    bottom.invert_xaxis()
    return figure, _table(frequency, impedance)


def fit(result: eis.Fit) -> tuple[Figure, pd.DataFrame]:
    """Draw a spectrum with the circuit fitted to it, and what is left over.

    Columns: frequency / Hz, Z' / ohm, Z'' / ohm, fitted Z' / ohm, fitted Z'' / ohm, residual of Z' / %, residual of
    Z'' / %.
    """
    fine = np.geomspace(result.frequency.min(), result.frequency.max(), _POINTS)
    curve = result.predict(fine)
    fitted = result.predict(result.frequency)
    residuals = 100 * result.residuals
    tall = _height(result.impedance) + 0.4
    figure, (top, bottom) = new_figure(2, height=tall + 2.3, height_ratios=[tall, 2.3])
    top.plot(result.impedance.real, -result.impedance.imag, label="spectrum", **_OPEN)
    top.plot(curve.real, -curve.imag, color=COLORS["computed"], label="fitted circuit")
    _nyquist(top, result.impedance)
    # above the plot, since there is no corner that every spectrum leaves free
    top.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    bottom.axhline(0, color=COLORS["muted"], linewidth=0.8)
    bottom.plot(result.frequency, residuals.real, label="Z′", **_OPEN)
    bottom.plot(result.frequency, residuals.imag, label="Z″", **_SQUARE)
    bottom.set(xscale="log", xlabel="frequency / Hz", ylabel="residual / % of |Z|")
    bottom.invert_xaxis()
    bottom.legend(ncols=2)
    data = _table(result.frequency, result.impedance)
    data["fitted Z' / ohm"], data["fitted Z'' / ohm"] = fitted.real, fitted.imag
    data["residual of Z' / %"], data["residual of Z'' / %"] = residuals.real, residuals.imag
    return figure, data


def intervals(result: eis.Fit) -> tuple[Figure, pd.DataFrame]:
    """Draw how well each parameter is determined: its interval relative to its value.

    Columns: parameter, value, unit, lower / value, upper / value, determined (identifiable).
    """
    table = result.parameters
    data = pd.DataFrame(
        {
            "parameter": table.index,
            "value": table["value"].to_numpy(),
            "unit": table["unit"].to_numpy(),
            "lower / value": (table["lower"] / table["value"]).to_numpy(),
            "upper / value": (table["upper"] / table["value"]).to_numpy(),
            "determined": table["identifiable"].to_numpy(),
        }
    )
    figure, axes = new_figure(height=1.1 + 0.32 * len(data))
    known = data[data["determined"]]
    ends = np.abs(np.log(known[["lower / value", "upper / value"]].to_numpy(dtype=float)))
    # not below one per cent, so that noise does not look like much
    reach = max(1.01, float(np.exp(1.15 * ends.max()))) if len(known) else 2.0
    axes.axvline(1, color=COLORS["muted"], linewidth=0.8)
    for place, row in data.iterrows():
        if row["determined"]:
            ends = [row["lower / value"], row["upper / value"]]
            axes.plot(ends, [place, place], color=COLORS["computed"], marker="|", markersize=10)
            axes.plot(1, place, "o", color=COLORS["computed"], markersize=4)
        else:
            axes.plot([1 / reach, reach], [place, place], ":", color=COLORS["muted"])
            axes.annotate(
                "not identifiable",
                (1, place),
                ha="center",
                va="center",
                fontsize=9,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 2},
            )
    axes.set(xscale="log", xlim=(1 / reach, reach), ylim=(len(data) - 0.4, -0.6), xlabel="interval / fitted value")
    axes.set_yticks(range(len(data)), data["parameter"])
    pairs = [(low, high) for low, high in _TICKS if high <= reach][-2:]
    axes.set_xticks(sorted({1.0, *(tick for pair in pairs for tick in pair)}))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_locator(NullLocator())
    return figure, data
