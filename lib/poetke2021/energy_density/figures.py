"""Figures on projected energy: the stack to scale, what moves its energy, and what projected energies determine."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.plotting import COLORS, annotate, new_figure
from poetke2021.energy_density.propagation import EnergyUncertainty, Posterior
from sicell import _check
from sicell.energy import UnitCell

# Color, hatch and color of the text upon it, by layer.
_LAYERS = {
    "aluminum": (COLORS["lithium"], "", "black"),
    "cathode": (COLORS["cathode"], "", "white"),
    "separator": (COLORS["solid electrolyte"], "", "black"),
    "anode": (COLORS["anode"], "", "white"),
    "copper": (COLORS["carbon"], "", "white"),
    "graphite anode": (COLORS["graphite"], "", "white"),
    "lithium anode": (COLORS["lithium"], "////", "black"),
    "housing": (COLORS["muted"], "....", "black"),
}
_NAMES = {
    "voltage": "mean voltage",
    "utilization": "utilization",
    "separator_thickness": "separator, thickness",
    "separator_porosity": "separator, pores",
    "cathode_porosity": "cathode, pores",
    "anode_porosity": "anode, pores",
    "aluminum_thickness": "aluminum foil",
    "copper_thickness": "copper foil",
    "density of Li6PS5Cl": "density, electrolyte",
    "density of NCM90": "density, NCM90",
    "density of amorphous carbon": "density, carbon shell",
}
# What stands beside a thin layer.
_SYMBOLS = {"aluminum": "Al", "copper": "Cu"}
_PERCENT = ("utilization", "separator_porosity", "cathode_porosity", "anode_porosity")
_QUANTITIES = {"specific_energy": ("energy per mass", "W h kg⁻¹"), "energy_density": ("energy per volume", "W h l⁻¹")}


def stacks(cells: Mapping[str, UnitCell]) -> tuple[Figure, pd.DataFrame]:
    """Draw unit cells beside one another, all thicknesses to one scale.

    Columns: cell, layer, thickness / um, mass / mg cm-2, volume_share, mass_share.
    """
    for label, cell in cells.items():
        if np.ndim(cell.thickness):
            raise ValueError(f"cells[{label!r}] must hold numbers, not arrays: build one unit cell at a time")
    figure, axes = new_figure(height=4.6)
    gap = " " if len(cells) < 3 else "\n"
    frames = []
    for position, (label, cell) in enumerate(cells.items()):
        bottom = 0.0
        for layer in cell.layers:
            color, hatch, ink = _LAYERS.get(layer.name, (COLORS["muted"], "", "white"))
            axes.bar(
                position,
                layer.thickness,
                0.56,
                bottom,
                color=color,
                hatch=hatch,
                edgecolor="white" if not hatch else COLORS["muted"],
                linewidth=0.6,
            )
            middle, name = bottom + layer.thickness / 2, layer.name.removesuffix(" anode")
            # what is too thin for its own text has it at its side
            if layer.thickness > 0.08 * max(other.thickness for other in cells.values()):
                plate = {"facecolor": color, "edgecolor": "none", "pad": 1.2} if hatch else None
                text = f"{name}{gap}{layer.thickness:.0f}"
                axes.text(
                    position,
                    middle,
                    text,
                    color=ink,
                    ha="center",
                    va="center",
                    fontsize=9,
                    linespacing=0.95,
                    bbox=plate,
                )
            else:
                side = f"{_SYMBOLS.get(name, name)} {layer.thickness:.0f}"
                axes.text(position + 0.3, middle, side, ha="left", va="center", fontsize=9)
            bottom += layer.thickness
        energies = f"{cell.specific_energy:.0f} Wh/kg\n{cell.energy_density:.0f} Wh/l"
        annotate(axes, energies, (position, bottom), (0, 7), ha="center", fontsize=9.5, fontweight="bold")
        frames.append(cell.to_frame().assign(cell=label))
    data = pd.concat(frames, ignore_index=True)
    data = data[["cell", "layer", "thickness", "mass", "volume_share", "mass_share"]]
    data = data.rename(columns={"thickness": "thickness / um", "mass": "mass / mg cm-2"})
    axes.set(xticks=range(len(cells)), xticklabels=list(cells), ylabel="thickness of the unit cell / µm")
    axes.set_xlim(-0.45, len(cells) - 0.25)
    axes.margins(y=0.16)
    axes.set_ylim(bottom=0)
    axes.tick_params(axis="x", length=0, labelsize=10)
    return figure, data


def tornado(
    sensitivities: pd.DataFrame, center: UnitCell, reported: float, quantity: str = "energy_density"
) -> tuple[Figure, pd.DataFrame]:
    """Draw what each assumed number moves, from one end of its range to the other.

    Columns: parameter, lower, upper, unit, energy_density_lower, energy_density_upper.

    `reported` is the energy in the unit of `quantity`, ``"energy_density"`` or ``"specific_energy"``.
    """
    _check.choice("quantity", quantity, _QUANTITIES)
    name, unit = _QUANTITIES[quantity]
    low, high = sensitivities[f"{quantity}_lower"], sensitivities[f"{quantity}_upper"]
    order = (high - low).abs().sort_values(ascending=False, kind="stable").index
    moving = [at for at in order if abs(high[at] - low[at]) > 1e-9 * abs(high[at])]
    columns = ["parameter", "lower", "upper", "unit", low.name, high.name]
    data = sensitivities.loc[moving, columns].reset_index(drop=True)
    middle = float(getattr(center, quantity))
    figure, axes = new_figure(height=1.3 + 0.34 * len(data))
    span = max(high.max(), low.max(), reported) - min(high.min(), low.min(), reported)
    for position, row in data.iterrows():
        for end, hatch in (("lower", ""), ("upper", "////")):
            value = row[f"{quantity}_{end}"]
            axes.barh(
                position,
                value - middle,
                0.62,
                middle,
                color=COLORS["computed"] if not hatch else "white",
                edgecolor=COLORS["computed"],
                hatch=hatch,
                label={"lower": "lower end of the range", "upper": "upper end"}[end] if position == 0 else None,
            )
            factor, sign = (100, " %") if row["parameter"] in _PERCENT else (1, "")
            # the labels of ends that lie together would lie on one another
            if abs(value - middle) > 0.004 * span:
                side, text = 1 if value > middle else -1, f"{factor * row[end]:.3g}{sign}"
                look = {"ha": "left" if side > 0 else "right", "va": "center", "fontsize": 9}
                look |= {"bbox": {"facecolor": "white", "edgecolor": "none", "pad": 0.6}}
                annotate(axes, text, (value, position), (4 * side, 0), **look)
    axes.axvline(middle, color=COLORS["cell"], linewidth=1)
    axes.axvline(reported, color=COLORS["reported"], linestyle="--", linewidth=1.6, label=f"reported: {reported:g}")
    axes.set(yticks=range(len(data)), yticklabels=[_NAMES.get(key, key) for key in data["parameter"]])
    axes.set(xlabel=f"{name} / {unit}")
    axes.margins(x=0.26)
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=2, handlelength=1.6, columnspacing=1.0)
    return figure, data


def against_np(
    result: EnergyUncertainty,
    reported: pd.DataFrame,
    plating: tuple[float, float, float],
    alternative: pd.DataFrame | None = None,
) -> tuple[Figure, pd.DataFrame]:
    """Draw the projected energies against the n/p ratio, with the ratio below which lithium plates.

    Columns: np_ratio, specific_energy_median / W h kg⁻¹, specific_energy_lower / W h kg⁻¹, specific_energy_upper /
    W h kg⁻¹, specific_energy_own_first_discharge / W h kg⁻¹, energy_density_median / W h l⁻¹, energy_density_lower
    / W h l⁻¹, energy_density_upper / W h l⁻¹, energy_density_own_first_discharge / W h l⁻¹.

    `plating` is the ratio at which the anode is full when the cell is, with its interval; `reported` and
    `alternative` have columns ``np_ratio``, ``specific_energy`` and ``energy_density``.
    """
    figure, panels = new_figure(2, height=6.2, sharex=True)
    data = pd.DataFrame({"np_ratio": result.np_ratio})
    for axes, (quantity, (name, unit)) in zip(panels, _QUANTITIES.items(), strict=True):
        rows = result.interval(quantity)
        for column in rows:
            data[f"{quantity}_{column} / {unit}"] = rows[column].to_numpy()
        axes.fill_between(
            result.np_ratio, rows["lower"], rows["upper"], color=COLORS["computed"], alpha=0.2, linewidth=0
        )
        axes.plot(result.np_ratio, rows["median"], color=COLORS["computed"], label="one energy per gram of cathode")
        if alternative is not None:
            axes.plot(
                alternative["np_ratio"],
                alternative[quantity],
                "--",
                color=COLORS["anode"],
                label="each ratio's own first discharge",
            )
            data[f"{quantity}_own_first_discharge / {unit}"] = np.interp(
                result.np_ratio, alternative["np_ratio"], alternative[quantity]
            )
        axes.plot(reported["np_ratio"], reported[quantity], "o", color=COLORS["reported"], label="reported", zorder=5)
        axes.axvspan(plating[1], plating[2], facecolor="none", edgecolor=COLORS["lithium"], hatch="////", linewidth=0)
        axes.axvline(plating[0], color=COLORS["muted"], linestyle=":")
        axes.set_ylabel(f"{name} / {unit}")
    panels[0].text(
        plating[2] + 0.02,
        0.98,
        "← lithium plates\n(limit with 95 % interval)",
        transform=panels[0].get_xaxis_transform(),
        va="top",
        fontsize=9,
        color=COLORS["muted"],
    )
    panels[1].set_xlabel("nominal n/p ratio")
    panels[1].set_xlim(result.np_ratio[0], result.np_ratio[-1])
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=1, handlelength=2.2)
    return figure, data


def possible_stacks(found: Posterior, product: float) -> tuple[Figure, pd.DataFrame]:
    """Draw what the projected energies leave of the assumed numbers.

    Columns: parameter, median, lower, upper, lowest, highest.

    `product` is mean voltage times utilization in V, which the energies determine exactly.
    """
    rows = found.interval().drop(index="voltage_times_utilization")
    figure, (top, bottom) = new_figure(2, height=7.0, height_ratios=(3, 3.6))
    top.plot(
        found.samples["utilization"], found.samples["voltage"], ".", color=COLORS["computed"], alpha=0.35, markersize=3
    )
    share = np.linspace(*found.prior.loc["utilization"].astype(float), 100)
    voltage = product / share
    inside = (voltage >= found.prior.loc["voltage", "lowest"]) & (voltage <= found.prior.loc["voltage", "highest"])
    top.plot(share[inside], voltage[inside], color=COLORS["reported"], label=f"product {product:.2f} V")
    top.set(xlabel="utilization of the cathode", ylabel="mean voltage / V")
    top.legend(loc="upper right")
    width = rows["highest"] - rows["lowest"]
    order = ((rows["upper"] - rows["lower"]) / width).sort_values(kind="stable").index
    for position, name in enumerate(order):
        row = rows.loc[name]
        low, middle, high = ((row[key] - row["lowest"]) / width[name] for key in ("lower", "median", "upper"))
        bottom.plot([0, 1], [position] * 2, color=COLORS["lithium"], linewidth=2, zorder=1)
        bottom.plot([low, high], [position] * 2, color=COLORS["computed"], linewidth=6, solid_capstyle="butt")
        bottom.plot(middle, position, "|", color="white", markersize=9, markeredgewidth=2)
        factor, sign = (100, " %") if name in _PERCENT else (1, "")
        # as many decimals as the range that is left deserves
        decimals = max(0, 1 - int(np.floor(np.log10(factor * (row["upper"] - row["lower"])))))
        decimals = 0 if sign else decimals
        text = f"{factor * row['lower']:.{decimals}f} to {factor * row['upper']:.{decimals}f}{sign}"
        bottom.text(1.04, position, text, va="center", fontsize=9)
    bottom.set(yticks=range(len(order)), yticklabels=[_NAMES.get(name, name) for name in order])
    bottom.set(xticks=[0, 1], xticklabels=["least tried", "most"], xlim=(-0.02, 1.5))
    bottom.invert_yaxis()
    bottom.spines["bottom"].set_bounds(0, 1)
    return figure, rows.reset_index()
