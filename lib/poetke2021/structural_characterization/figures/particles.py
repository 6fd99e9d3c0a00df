"""Reported particle sizes, and core-shell geometry drawn to scale."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from companion import ledger
from companion.plotting import COLORS, WIDTH, new_figure
from poetke2021 import structural_characterization as structure

_POWDERS = {"sinp": "SiNP", "si28": "Si28@C", "si34": "Si34@C", "si37": "Si37@C"}
_COMPOSITES = ("si28", "si34", "si37")


def _diameters(samples: tuple[str, ...]) -> pd.DataFrame:
    """Return reported mean, standard deviation and the 95 % interval of the mean, nm."""
    reported = [ledger.uncertain(f"particle-diameter-{sample}") for sample in samples]
    mean, deviation = np.array([[one.nominal_value, one.std_dev] for one in reported]).T
    lower, upper = structure.mean_interval(mean, deviation, ledger.value("particles-measured"))
    return pd.DataFrame(
        {
            "powder": [_POWDERS[sample] for sample in samples],
            "mean / nm": mean,
            "standard deviation / nm": deviation,
            "lower end of the mean / nm": lower,
            "upper end of the mean / nm": upper,
        }
    )


def _draw_means(axes: Axes, positions: np.ndarray, data: pd.DataFrame) -> None:
    """Draw means with a thin line for the standard deviation and a thick one for the interval of the mean."""
    for position, (powder, mean, deviation, lower, upper) in zip(positions, data.itertuples(index=False), strict=True):
        axes.errorbar(mean, position, xerr=deviation, fmt="none", ecolor=COLORS[powder], elinewidth=1.2, capsize=4)
        axes.plot([lower, upper], [position, position], color=COLORS[powder], linewidth=6, alpha=0.55)
    axes.plot(data["mean / nm"], positions, "D", color=COLORS["reported"], markersize=5)


def diameters() -> tuple[Figure, pd.DataFrame]:
    """Draw the reported diameters of the four powders with spread of the particles and interval of the mean.

    Columns: powder, mean / nm, standard deviation / nm, lower end of the mean / nm, upper end of the mean / nm.
    """
    samples = tuple(sorted(_POWDERS, key=lambda sample: ledger.value(f"particle-diameter-{sample}")))
    data = _diameters(samples)
    figure, axes = new_figure(height=2.9)
    positions = np.arange(len(data))[::-1]
    _draw_means(axes, positions, data)
    axes.set(
        yticks=positions, yticklabels=data["powder"], xlabel="particle diameter / nm", xlim=(40, 115), ylim=(-0.6, 3.6)
    )
    axes.plot([], [], color=COLORS["muted"], linewidth=1.2, label="± standard deviation")
    axes.plot([], [], color=COLORS["muted"], linewidth=6, alpha=0.55, label="95 % interval of the mean")
    axes.legend(loc="upper right", fontsize=8.5)
    return figure, data


def template_order() -> tuple[Figure, pd.DataFrame]:
    """Draw silicon content and diameter of the composites against the amount of void template.

    Columns: powder, PVB:Si, silicon content / %, mean / nm, standard deviation / nm, lower end of the mean / nm,
    upper end of the mean / nm.
    """
    samples = tuple(sorted(_COMPOSITES, key=lambda sample: ledger.value(f"pvb-ratio-{sample}")))
    data = _diameters(samples)
    data.insert(1, "PVB:Si", [ledger.value(f"pvb-ratio-{sample}") for sample in samples])
    data.insert(2, "silicon content / %", [ledger.value(f"silicon-fraction-{sample}") for sample in samples])
    figure, (top, bottom) = new_figure(2, height=4.6, sharex=True)
    ratio, content = data["PVB:Si"], data["silicon content / %"]
    top.plot(ratio, content, color=COLORS["muted"], linewidth=1, linestyle=":")
    top.plot(ratio, content, "D", color=COLORS["reported"])
    mean = data["mean / nm"]
    interval = [mean - data["lower end of the mean / nm"], data["upper end of the mean / nm"] - mean]
    bottom.plot(ratio, mean, color=COLORS["muted"], linewidth=1, linestyle=":")
    bottom.errorbar(ratio, mean, yerr=interval, fmt="D", color=COLORS["reported"], capsize=4, elinewidth=1.4)
    for powder, x, y, size in zip(data["powder"], ratio, content, mean, strict=True):
        for axes, value in ((top, y), (bottom, size)):
            axes.annotate(powder, (x, value), xytext=(8, 3), textcoords="offset points", fontsize=9)
    top.set(ylabel="silicon content / %", ylim=(25, 40))
    bottom.set(xlabel="mass of PVB over mass of silicon", ylabel="diameter / nm", xlim=(0, 6), ylim=(40, 115))
    return figure, data


def shells(core_diameter: float, expansion: float, carbon_density: float) -> tuple[Figure, pd.DataFrame]:
    """Draw to scale what one core with all its carbon needs, beside the measured size of each composite.

    Columns: powder, measured mean / nm, dense shell / nm, shell with void / nm, cavity / nm.

    Left the measured diameter as an outline, in the middle the core (nm) with all its carbon (g/cm³) as a dense
    shell, right the same with a void for the expansion.
    """
    fraction = np.array([ledger.value(f"silicon-fraction-{sample}") / 100 for sample in _COMPOSITES])
    dense, void = (
        structure.core_shell(core_diameter, fraction, expansion=room, carbon_density=carbon_density)
        for room in (0.0, expansion)
    )
    data = pd.DataFrame(
        {
            "powder": [_POWDERS[sample] for sample in _COMPOSITES],
            "measured mean / nm": [ledger.value(f"particle-diameter-{sample}") for sample in _COMPOSITES],
            "dense shell / nm": dense.outer_diameter,
            "shell with void / nm": void.outer_diameter,
            "cavity / nm": np.broadcast_to(void.cavity_diameter, 3),
        }
    )
    figure = Figure(figsize=(WIDTH, 5.0), layout="constrained")
    panels = figure.subplots(3, 3, sharex=True, sharey=True)
    for row, entry in zip(panels, data.itertuples(index=False), strict=True):
        powder, measured, solid, hollow, cavity = entry
        row[0].set_ylabel(powder, fontsize=10)
        for axes, outer, inner in ((row[1], solid, core_diameter), (row[2], hollow, cavity)):
            axes.add_patch(Circle((0, 0), outer / 2, facecolor=COLORS["carbon"]))
            axes.add_patch(Circle((0, 0), inner / 2, facecolor="white"))
        for axes, diameter in zip(row, (measured, solid, hollow), strict=True):
            axes.add_patch(Circle((0, 0), core_diameter / 2, facecolor=COLORS["silicon"], edgecolor="#7a4d06"))
            # white between the dashes lets them be seen on carbon
            angle = np.linspace(0, 2 * np.pi, 200)
            style = {"color": COLORS["reported"], "gapcolor": "white", "linestyle": "--", "linewidth": 1.8}
            axes.plot(measured / 2 * np.cos(angle), measured / 2 * np.sin(angle), **style)
            axes.text(0, -64, f"{diameter:.0f} nm", ha="center", va="bottom", fontsize=9)
            axes.set(xlim=(-56, 56), ylim=(-66, 57), aspect="equal", xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
    panels[0, 0].plot([-55, -5], [53, 53], color="black", linewidth=2)
    panels[0, 0].text(-2, 53, "50 nm", va="center", fontsize=8.5)
    for axes, title in zip(panels[0], ("measured", "dense shell", "with void"), strict=True):
        axes.set_title(title, fontsize=10, loc="center")
    return figure, data
