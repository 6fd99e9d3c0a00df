"""The figure of a full-cell fit. No global state: the figure is not registered anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

# Colour-blind-safe, from dark to light, with a marker of its own for each mode.
_MODES = {"capacity": ("#222222", "o"), "LLI": ("#0072b2", "s"), "LAM_PE": ("#009e73", "^"), "LAM_NE": ("#c2500a", "v")}
_OTHERS = (("#8c4799", "D"), ("#6b7280", "P"))
_CELL, _POSITIVE, _NEGATIVE = "#222222", "#0072b2", "#c2500a"


def fit_figure(fit: Any) -> Any:
    """Return voltage and potentials, dV/dQ, and residuals along the charge."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 7.0), layout="constrained")
    top, middle, bottom = figure.subplots(3, sharex=True, height_ratios=(3, 2, 1.4))
    model, data, slope = fit.predict(), fit.data(), fit.differential_voltage()
    top.plot(data["Capacity"], data["Voltage / V"], color="0.7", linewidth=4, label="measured")
    top.plot(model["Capacity"], model["Voltage / V"], color=_CELL, label="fit")
    top.plot(model["Capacity"], model["Cathode Potential / V"], "--", color=_POSITIVE, label="positive")
    top.plot(model["Capacity"], model["Anode Potential / V"], ":", color=_NEGATIVE, label="negative")
    for name, color in (("Cathode", _POSITIVE), ("Anode", _NEGATIVE)):
        column = f"{name} Potential / V"
        ends = (model[f"{name} Potential {end} / V"] for end in ("Lower", "Upper"))
        top.fill_between(model["Capacity"], *ends, color=color, alpha=0.2, linewidth=0)
        if column in data:
            top.plot(data["Capacity"], data[column], color="0.7", linewidth=4, zorder=1)
            off = fit.predict(data["Capacity"])[column] - data[column]
            bottom.plot(data["Capacity"], 1e3 * off, color=color, linewidth=1)
    top.set(ylabel="voltage, potential / V")
    top.legend(frameon=False, ncols=2)
    middle.plot(slope["Capacity"], slope["Measured"], color="0.7", linewidth=4)
    middle.plot(slope["Capacity"], slope["Fit"], color=_CELL)
    # The steep ends would hide the steps between.
    inner = slope["Fit"].iloc[len(slope) // 10 : -len(slope) // 20]
    middle.set(ylabel="dV/dQ / V per unit", ylim=(0, 1.6 * float(np.max(inner))))
    bottom.axhline(0, color="0.6", linewidth=0.8)
    bottom.plot(data["Capacity"], 1e3 * data["Residual / V"], color=_CELL, linewidth=1)
    bottom.set(ylabel="fit − measured / mV", xlabel="charge / unit of the data")
    return figure


def losses_figure(losses: Any) -> Any:
    """Return losses against age, one panel for each mode, one line for each cell."""
    from matplotlib.figure import Figure

    modes = list(dict.fromkeys(losses["mode"]))
    styles = dict(zip((m for m in modes if m not in _MODES), _OTHERS, strict=False))
    figure = Figure(figsize=(5.2, 1.2 + 1.5 * len(modes)), layout="constrained")
    panels = figure.subplots(len(modes), sharex=True, squeeze=False)[:, 0]
    for axes, mode in zip(panels, modes, strict=True):
        color, marker = {**_MODES, **styles}[mode]
        for _, rows in losses[losses["mode"] == mode].groupby("cell", sort=False):
            reach = 100 * (rows["upper"] - rows["loss"]).fillna(0.0)
            fill = [color if known else "none" for known in rows["identifiable"]]
            axes.errorbar(rows["age"], 100 * rows["loss"], yerr=reach, fmt="-", color=color, linewidth=1, capsize=2)
            axes.scatter(rows["age"], 100 * rows["loss"], marker=marker, edgecolors=color, facecolors=fill, zorder=3)
        axes.axhline(0, color="0.6", linewidth=0.8)
        axes.set(ylabel=f"{mode} / %")
    panels[-1].set_xlabel("age")
    return figure
