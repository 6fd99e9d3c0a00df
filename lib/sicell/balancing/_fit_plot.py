"""The figure of a full-cell fit. No global state: the figure is not registered anywhere."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["fit_figure"]

_CELL, _POSITIVE, _NEGATIVE = "#222222", "#0072b2", "#c2500a"


def fit_figure(fit: Any) -> Any:
    """Return voltage and potentials, dV/dQ, and residuals along the charge."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 7.0), layout="constrained")
    top, middle, bottom = figure.subplots(3, sharex=True, height_ratios=(3, 2, 1.4))
    model, data, slope = fit.predict(), fit.data(), fit.differential_voltage()
    top.plot(data["Capacity"], data["Voltage / V"], color="0.7", linewidth=4, label="measured")
    top.plot(model["Capacity"], model["Voltage / V"], color=_CELL, label="fit")
    top.plot(model["Capacity"], model["Positive Potential / V"], "--", color=_POSITIVE, label="positive")
    top.plot(model["Capacity"], model["Negative Potential / V"], ":", color=_NEGATIVE, label="negative")
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
