"""Figures of this package's results. No global state: each function returns a matplotlib Figure of its own."""

from __future__ import annotations

from typing import Any

import numpy as np

MEASURED = {"linestyle": "none", "marker": "o", "markersize": 3.5, "markerfacecolor": "none", "color": "#0072B2"}
MODEL = {"linewidth": 1.3, "color": "#D55E00"}
SECOND = {"linestyle": "none", "marker": "s", "markersize": 3, "markerfacecolor": "none", "color": "#009E73"}


def _figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def nyquist(axes: Any, impedance: np.ndarray, **style: Any) -> None:
    """Draw -Z'' over Z' with equal scales."""
    axes.plot(impedance.real, -impedance.imag, **style)
    axes.set(xlabel="Z′ / Ω", ylabel="−Z″ / Ω")
    axes.set_aspect("equal", adjustable="datalim")


def residual_panel(axes: Any, frequency: np.ndarray, residuals: np.ndarray) -> None:
    """Draw relative residuals in per cent over the frequency."""
    axes.axhline(0, color="0.6", linewidth=0.8)
    axes.plot(frequency, 100 * residuals.real, label="Z′", **MEASURED)
    axes.plot(frequency, 100 * residuals.imag, label="Z″", **SECOND)
    axes.set(xscale="log", xlabel="Frequency / Hz", ylabel="ΔZ/|Z| / %")
    axes.legend(frameon=False)


def fit_figure(fit: Any) -> Any:
    """Return Nyquist plot, Bode plot and residuals of a fit."""
    figure = _figure(10, 5.5)
    left, top, bottom = figure.subplot_mosaic([["nyquist", "bode"], ["nyquist", "residuals"]]).values()
    fine = np.geomspace(fit.frequency.min(), fit.frequency.max(), 400)
    model = fit.predict(fine)
    nyquist(left, fit.impedance, label="measured", **MEASURED)
    nyquist(left, model, label=str(fit.circuit), **MODEL)
    left.legend(frameon=False)
    top.plot(fit.frequency, np.abs(fit.impedance), **MEASURED)
    top.plot(fine, np.abs(model), **MODEL)
    top.set(xscale="log", yscale="log", ylabel="|Z| / Ω")
    phase = top.twinx()
    phase.plot(fit.frequency, np.angle(fit.impedance, deg=True), **SECOND)
    phase.plot(fine, np.angle(model, deg=True), linestyle="--", **MODEL)
    phase.set_ylabel("Phase / °")
    residual_panel(bottom, fit.frequency, fit.residuals)
    return figure


def validation_figure(result: Any) -> Any:
    """Return Nyquist plot and residuals of a Kramers–Kronig test."""
    figure = _figure(10, 4)
    left, right = figure.subplots(1, 2)
    nyquist(left, result.impedance, label="measured", **MEASURED)
    nyquist(left, result.reconstructed, label="Kramers–Kronig consistent", **MODEL)
    left.legend(frameon=False)
    residual_panel(right, result.frequency, result.residuals)
    right.set_title("valid" if result.valid else "not valid")
    return figure


def drt_figure(result: Any) -> Any:
    """Return the distribution of relaxation times with its peaks."""
    figure = _figure(7, 4)
    axes = figure.subplots()
    axes.plot(result.time_constant, result.gamma, **MODEL)
    for peak in result.peaks.itertuples():
        axes.annotate(
            f"{peak.resistance:.3g} Ω",
            (peak.time_constant, np.interp(np.log(peak.time_constant), np.log(result.time_constant), result.gamma)),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
        )
    axes.set(xscale="log", xlabel="Time constant / s", ylabel="γ = dR/d ln τ / Ω")
    axes.margins(y=0.15)
    return figure
