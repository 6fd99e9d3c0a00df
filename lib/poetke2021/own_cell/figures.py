"""Figures on a reader's own half-cells and full cells."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.plotting import COLORS, new_figure
from sicell.balancing import DegradationModes, FirstCycle, FullCellFit
from sicell.msmr import MsmrFit

_ELECTRODES = {"positive": "cathode", "negative": "anode"}
_MARKERS = ("o", "s", "^", "D", "P")
_MEASURED = {"color": "#8f949e", "linewidth": 5.0}


def half_cells(measured: Mapping[str, tuple[Any, Any]], fits: Mapping[str, MsmrFit]) -> tuple[Figure, pd.DataFrame]:
    """Draw measured half-cells and the MSMR curves fitted to them.

    Columns: electrode, stoichiometry / 1, measured / V, fit / V.

    `measured` holds potential (V vs Li/Li+) and capacity, by ``"positive"`` and ``"negative"``.
    """
    figure, panels = new_figure(2, height=5.6, sharex=True)
    frames = []
    for axes, (name, material) in zip(panels, _ELECTRODES.items(), strict=True):
        potential, capacity = (np.asarray(values, dtype=float) for values in measured[name])
        amount = capacity - capacity.min() if np.cov(potential, capacity)[0, 1] < 0 else capacity.max() - capacity
        place = amount / amount.max()
        order = np.argsort(place, kind="stable")
        curve = fits[name].curve
        low, high = (end + side for end, side in zip(curve.bounds, (1e-6, -1e-6), strict=True))
        model = curve.potential(np.clip(place[order], low, high))
        columns = {"stoichiometry / 1": place[order], "measured / V": potential[order], "fit / V": model}
        frames.append(pd.DataFrame({"electrode": name, **columns}))
        axes.plot(place[order], potential[order], label="measured", **_MEASURED)
        axes.plot(place[order], model, color=COLORS[material], label=f"fit, {1e3 * fits[name].rms:.1f} mV rms")
        axes.set(ylabel="potential / V vs Li/Li⁺", title=f"{name} electrode")
        axes.legend()
    panels[1].set_xlabel("stoichiometry / 1")
    return figure, pd.concat(frames, ignore_index=True)


def full_cell(fit: FullCellFit, unit: str = "Ah") -> tuple[Figure, pd.DataFrame]:
    """Draw a fitted full cell: voltage with both potentials, dV/dQ, and what is left.

    Columns: charge / mAh, measured / V, fit / V, positive / V vs Li/Li+, negative / V vs Li/Li+.
    """
    measured, slope = fit.data(), fit.differential_voltage()
    model = fit.predict(measured["Capacity"])
    data = pd.DataFrame(
        {
            f"charge / {unit}": measured["Capacity"],
            "measured / V": measured["Voltage / V"],
            "fit / V": model["Voltage / V"],
            "positive / V vs Li/Li+": model["Cathode Potential / V"],
            "negative / V vs Li/Li+": model["Anode Potential / V"],
        }
    )
    figure, (top, middle, bottom) = new_figure(3, height=7.6, sharex=True, height_ratios=(3, 2.2, 1.7))
    charge = measured["Capacity"]
    top.plot(charge, measured["Voltage / V"], label="cell, measured", **_MEASURED)
    top.plot(charge, model["Voltage / V"], color=COLORS["cell"], label="cell, fit")
    top.plot(charge, model["Cathode Potential / V"], "--", color=COLORS["cathode"], label="positive electrode")
    top.plot(charge, model["Anode Potential / V"], "-.", color=COLORS["anode"], label="negative electrode")
    top.set(ylabel="voltage, potential / V")
    middle.plot(slope["Capacity"], slope["Measured"], **_MEASURED)
    middle.plot(slope["Capacity"], slope["Fit"], color=COLORS["cell"])
    # Both ends are steep and would hide the steps between.
    inner = slope["Fit"].iloc[len(slope) // 10 : -len(slope) // 20]
    middle.set(ylabel=f"dV/dQ / V {unit}⁻¹", ylim=(0, 1.8 * float(inner.max())))
    bottom.axhline(0, color=COLORS["muted"], linewidth=0.8)
    bottom.plot(charge, 1e3 * measured["Residual / V"], color=COLORS["cell"], linewidth=1.0)
    bottom.set(ylabel="residual / mV", xlabel=f"charge from the discharged end / {unit}")
    figure.legend(loc="outside upper center", ncols=2)
    return figure, data


def reference_electrode(fit: FullCellFit, unit: str = "Ah") -> tuple[Figure, pd.DataFrame]:
    """Draw both electrodes' potentials as the voltage alone predicts them, with 95 % intervals, over the measured ones.

    Columns: charge, and for anode and cathode measured (after the offset of the reference electrode), predicted,
    lower, upper, all in V vs Li/Li+.
    """
    measured = fit.data()
    model = fit.voltage_alone.predict(measured["Capacity"])
    offset = fit.table["value"].get("reference_offset", 0.0)
    data = pd.DataFrame({f"charge / {unit}": measured["Capacity"]})
    figure, panels = new_figure(4, height=8.4, sharex=True, height_ratios=(2, 2, 1, 1))
    for axes, bottom, name, style in zip(panels[:2], panels[2:], ("Cathode", "Anode"), ("--", "-."), strict=True):
        column, color = f"{name} Potential / V", COLORS[name.lower()]
        true, ends = measured[column] - offset, [model[f"{name} Potential {end} / V"] for end in ("Lower", "Upper")]
        axes.plot(measured["Capacity"], true, label=f"{name.lower()}, measured", **_MEASURED)
        axes.plot(measured["Capacity"], model[column], style, color=color, label=f"{name.lower()}, predicted")
        axes.fill_between(measured["Capacity"], *ends, color=color, alpha=0.25, linewidth=0)
        axes.set(ylabel=f"{name.lower()} / V vs Li/Li⁺")
        axes.legend()
        bottom.plot(measured["Capacity"], 1e3 * (model[column] - true), color=color, linewidth=1.0)
        bottom.axhline(0, color=COLORS["muted"], linewidth=0.8)
        bottom.set(ylabel="error / mV", title=f"{name.lower()}, predicted − measured")
        data = data.assign(**{f"{name.lower()} measured / V": true, f"{name.lower()} predicted / V": model[column]})
        data = data.assign(**{f"{name.lower()} {k} / V": e for k, e in zip(("lower", "upper"), ends, strict=True)})
    panels[3].set(xlabel=f"charge from the discharged end / {unit}")
    return figure, data


def windows(fits: Mapping[str, FullCellFit]) -> tuple[Figure, pd.DataFrame]:
    """Draw which part of each half-cell curve several cells use, with 95 % intervals of the ends.

    Columns: cell, end, value, standard_error, lower, upper.
    """
    figure, panels = new_figure(2, height=1.9 + 0.7 * len(fits), sharex=True)
    rows = []
    for axes, (name, material), symbol in zip(panels, _ELECTRODES.items(), "yx", strict=True):
        axes.barh(range(len(fits)), 1.0, height=0.56, color="#eceef1")
        for position, (label, fit) in enumerate(fits.items()):
            ends = fit.table.loc[[f"{symbol}_0", f"{symbol}_100"]]
            low, high = sorted(ends["value"])
            axes.barh(position, high - low, left=low, height=0.56, color=COLORS[material], alpha=0.55)
            reach = np.nan_to_num((ends["upper"] - ends["value"]).to_numpy())
            axes.errorbar(ends["value"], [position] * 2, xerr=reach, fmt="none", color=COLORS["cell"], capsize=4)
            for value, side in ((low, -1), (high, 1)):
                axes.annotate(f"{value:.3f}", (value, position), (-side * 13, 0), textcoords="offset points",
                              ha="left" if side < 0 else "right", va="center", fontsize=9)  # fmt: skip
            rows += [{"cell": label, "end": end, **row} for end, row in ends.iterrows()]
        axes.set(yticks=range(len(fits)), yticklabels=list(fits), title=f"{name} electrode, {symbol}", xlim=(0, 1))
        axes.invert_yaxis()
    panels[1].set_xlabel("stoichiometry / 1 (0 empty, 1 full of lithium)")
    order = {name: number for number, name in enumerate(fits)}
    data = pd.DataFrame(rows).sort_values(
        ["cell", "end"], key=lambda one: one.map(order) if one.name == "cell" else one
    )
    return figure, data.drop(columns="identifiable").reset_index(drop=True)


def degradation(modes: DegradationModes) -> tuple[Figure, pd.DataFrame]:
    """Draw the losses between two fits with their 95 % intervals.

    Columns: mode, loss / %, lower / %, upper / %.
    """
    names = {"LLI": "lithium\ninventory", "LAM_NE": "negative\nmaterial", "LAM_PE": "positive\nmaterial"}
    colors = [COLORS[name] for name in ("cell", "anode", "cathode", "silicon", "graphite")]
    table = modes.table
    figure, axes = new_figure(height=1.1 + 0.55 * len(table))
    losses, reach = 100 * table["loss"], 100 * (table["upper"] - table["loss"])
    for position, (mode, color, marker) in enumerate(zip(table.index, colors, _MARKERS, strict=False)):
        if not np.isfinite(losses[mode]):
            continue
        error = np.nan_to_num(reach[mode])
        axes.errorbar(losses[mode], position, xerr=error, fmt=marker, color=color, capsize=4, markersize=8)
        axes.annotate(f"{losses[mode]:.1f} %", (losses[mode], position), (0, 9), textcoords="offset points",
                      ha="center", fontsize=9)  # fmt: skip
    axes.axvline(0, color=COLORS["muted"], linewidth=0.8)
    labels = [names.get(mode, mode.replace("LAM_", "") + " in the\nnegative") for mode in table.index]
    axes.set(yticks=range(len(table)), yticklabels=labels, ylim=(len(table) - 0.5, -0.6))
    axes.set_xlabel("loss / % of what the first cell has")
    data = 100 * table[["loss", "lower", "upper"]].add_suffix(" / %")
    return figure, data.rename_axis("mode").reset_index()


def another_anode(cycles: Mapping[str, FirstCycle]) -> tuple[Figure, pd.DataFrame]:
    """Draw the first discharge of one cathode beside several anodes.

    Columns: anode, Specific Capacity / mAh g-1, Voltage / V, Cathode Potential / V, Anode Potential / V.
    """
    figure, (top, bottom) = new_figure(2, height=5.4, sharex=True)
    frames, quantity = [], "Specific Capacity / mAh g-1"
    colors = (COLORS["graphite"], COLORS["anode"], COLORS["silicon"], COLORS["reaction layer"])
    for (name, cycle), style, color in zip(cycles.items(), ("--", "-", ":", "-."), colors, strict=False):
        profile = cycle.profile(200)
        profile = profile[profile["Step Count / 1"] == 2]
        top.plot(profile[quantity], profile["Voltage / V"], style, color=color, label=name)
        bottom.plot(profile[quantity], profile["Anode Potential / V"], style, color=color)
        frame = profile[[quantity, "Voltage / V", "Cathode Potential / V", "Anode Potential / V"]]
        frames.append(frame.assign(anode=name)[["anode", *frame.columns]])
    top.set(ylabel="cell voltage / V")
    bottom.set(ylabel="anode / V vs Li/Li⁺", xlabel="discharge / mAh per g of positive material")
    figure.legend(loc="outside upper center", ncols=2)
    return figure, pd.concat(frames, ignore_index=True)
