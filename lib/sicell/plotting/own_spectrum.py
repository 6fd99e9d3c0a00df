"""A reader's own spectrum: what was read, how a circuit follows it, and what it determines."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sicell import eis
from sicell.plotting._style import COLORS, new_figure

_OPEN = {"linestyle": "none", "marker": "o", "markersize": 4, "markerfacecolor": "none", "color": COLORS["cell"]}
_SQUARE = {"linestyle": "none", "marker": "s", "markersize": 4, "markerfacecolor": "none", "color": COLORS["anode"]}
#: Fine enough for a smooth curve.
_POINTS = 400


def _nyquist(axes: Any, impedance: np.ndarray) -> None:
    """Label a Nyquist plot and give both axes one scale, with no more height than the spectrum needs."""
    axes.set(xlabel="Z′ / Ω", ylabel="−Z″ / Ω")
    width = np.ptp(impedance.real) or np.abs(impedance.real).max()
    low, high = min(0.0, -impedance.imag.max()), max(0.0, -impedance.imag.min())
    room = 0.06 * max(width, high - low)
    axes.set(xlim=(impedance.real.min() - room, impedance.real.max() + room), ylim=(low - room, high + room))
    axes.set_aspect("equal", adjustable="datalim")


def _table(frequency: np.ndarray, impedance: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"frequency / Hz": frequency, "Z' / ohm": impedance.real, "Z'' / ohm": impedance.imag})


def spectrum(frequency: Any, impedance: Any) -> tuple[Figure, pd.DataFrame]:
    """Draw a spectrum: Nyquist plot, modulus and phase.

    Parameters
    ----------
    frequency : array_like, shape (F,)
        Hz.
    impedance : array_like of complex, shape (F,)
        Ω.

    Returns
    -------
    figure : matplotlib.figure.Figure
    data : pandas.DataFrame
        One row a frequency.

    Examples
    --------
    >>> figure, data = spectrum([100, 10, 1], [20 - 1j, 22 - 4j, 30 - 6j])
    >>> list(data.columns)
    ['frequency / Hz', "Z' / ohm", "Z'' / ohm"]
    """
    frequency, impedance = np.asarray(frequency, dtype=float), np.asarray(impedance, dtype=complex)
    figure, (top, middle, bottom) = new_figure(3, height=6.6, height_ratios=[1.5, 1, 1])
    top.plot(impedance.real, -impedance.imag, **_OPEN)
    _nyquist(top, impedance)
    middle.plot(frequency, np.abs(impedance), **_OPEN)
    middle.set(xscale="log", yscale="log", ylabel="|Z| / Ω")
    middle.tick_params(labelbottom=False)
    bottom.plot(frequency, np.angle(impedance, deg=True), **_OPEN)
    bottom.set(xscale="log", xlabel="frequency / Hz", ylabel="phase / °")
    bottom.sharex(middle)
    bottom.invert_xaxis()
    return figure, _table(frequency, impedance)


def fit(result: eis.Fit) -> tuple[Figure, pd.DataFrame]:
    """Draw a spectrum with the circuit fitted to it, and what is left over.

    Parameters
    ----------
    result : sicell.eis.Fit
        Result of `sicell.eis.fit`.

    Returns
    -------
    figure : matplotlib.figure.Figure
    data : pandas.DataFrame
        One row a frequency: spectrum, fitted circuit, residuals in per cent of ``|Z|``.

    Examples
    --------
    >>> import numpy as np
    >>> from sicell.circuit import parse
    >>> frequency = np.geomspace(1e5, 0.1, 50)
    >>> found = eis.fit(frequency, parse("R0-p(R1,C1)").impedance(frequency, [10, 40, 1e-4]), "R0-p(R1,C1)")
    >>> figure, data = fit(found)
    >>> bool(data["residual of Z' / %"].abs().max() < 1e-3)
    True
    """
    fine = np.geomspace(result.frequency.min(), result.frequency.max(), _POINTS)
    curve = result.predict(fine)
    fitted = result.predict(result.frequency)
    residuals = 100 * result.residuals
    figure, (top, bottom) = new_figure(2, height=5.6, height_ratios=[1.4, 1])
    top.plot(result.impedance.real, -result.impedance.imag, label="spectrum", **_OPEN)
    top.plot(curve.real, -curve.imag, color=COLORS["computed"], label="fitted circuit")
    _nyquist(top, result.impedance)
    top.legend(loc="upper left")
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

    Parameters
    ----------
    result : sicell.eis.Fit
        Result of `sicell.eis.fit`.

    Returns
    -------
    figure : matplotlib.figure.Figure
    data : pandas.DataFrame
        One row a parameter: value, ends of the interval relative to it, and whether the data determine it.

    Examples
    --------
    >>> import numpy as np
    >>> from sicell.circuit import parse
    >>> frequency = np.geomspace(1e5, 0.1, 50)
    >>> exact = parse("R0-p(R1,C1)").impedance(frequency, [10, 40, 1e-4])
    >>> noise = np.random.default_rng(1).normal(scale=0.01, size=(2, 50))
    >>> figure, data = intervals(eis.fit(frequency, exact * (1 + noise[0] + 1j * noise[1]), "R0-p(R1,C1)"))
    >>> data["parameter"].tolist()
    ['R0', 'R1', 'C1']
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
    # not below one per cent, so that noise does not look like much
    reach = max(1.01, 1.1 * known["upper / value"].max(), 1.1 / known["lower / value"].min()) if len(known) else 2.0
    axes.axvline(1, color=COLORS["muted"], linewidth=0.8)
    for place, row in data.iterrows():
        if row["determined"]:
            ends = [row["lower / value"], row["upper / value"]]
            axes.plot(ends, [place, place], color=COLORS["computed"], marker="|", markersize=10)
            axes.plot(1, place, "o", color=COLORS["computed"], markersize=4)
        else:
            axes.plot([1 / reach, reach], [place, place], ":", color=COLORS["muted"])
            axes.annotate(
                "not determined by the data",
                (1, place),
                xytext=(0, 3),
                textcoords="offset points",
                ha="center",
                fontsize=9,
            )
    axes.set(xscale="log", xlim=(1 / reach, reach), ylim=(len(data) - 0.4, -0.6), xlabel="interval / fitted value")
    axes.set_yticks(range(len(data)), data["parameter"])
    _plain_ticks(axes, reach)
    return figure, data


def _plain_ticks(axes: Any, reach: float) -> None:
    """Label a short logarithmic axis around 1 with plain numbers."""
    step = next(
        (step for step in (1.001, 1.002, 1.005, 1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0) if reach < step**3.2), 5.0
    )
    count = int(np.log(reach) / np.log(step))
    ticks = step ** np.arange(-count, count + 1)
    axes.xaxis.set_minor_locator(_nothing())
    axes.set_xticks(ticks, [f"{tick:.3g}" if step > 1.004 else f"{tick:.4g}" for tick in ticks])


def _nothing() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()
