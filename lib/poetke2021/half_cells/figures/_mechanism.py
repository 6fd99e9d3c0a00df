"""What happens at which potential: branches, reactions, and the crystallization of Li15Si4."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.plotting import COLORS, new_figure
from sicell import _check
from sicell.electrodes import BRANCHES, Electrode

_PARTS = {
    "silicon": (COLORS["silicon"], ""),
    "carbon": (COLORS["carbon"], ""),
    "nanofibers": (COLORS["lithium"], "////"),
    "electrolyte": (COLORS["reaction layer"], "...."),
}
_NAMES = {"carbon": "carbon shell", "nanofibers": "nanofibres", "electrolyte": "electrolyte reduction"}


def branches(electrode: Electrode, shallow: float = 0.1) -> tuple[Figure, pd.DataFrame]:
    """Draw the potential of an electrode on each branch against its lithium content.

    Columns: branch, lithiation / 1, potential / V, extrapolated.
    """
    lithiation = np.linspace(0.0, 1.0, 401)
    looks = (
        ("first lithiation", None, "first lithiation (crystalline)", COLORS["cell"], "-"),
        ("lithiation", None, "later lithiation (amorphous)", COLORS["computed"], "--"),
        ("delithiation", electrode.lower_limit, "delithiation after Li₁₅Si₄", COLORS["anode"], "-"),
        ("delithiation", shallow, f"delithiation from {1000 * shallow:.0f} mV", COLORS["SiNP"], "-."),
    )
    figure, axes = new_figure(height=4.4)
    tables = []
    for branch, lowest, label, color, line in looks:
        potential = electrode.potential(lithiation, branch, lowest)
        outside = electrode.extrapolated(potential, branch)
        axes.plot(lithiation, np.where(outside, np.nan, potential), line, color=color, label=label)
        axes.plot(lithiation, np.where(outside, potential, np.nan), ":", color=color, linewidth=1)
        tables.append(
            pd.DataFrame(
                {"branch": label, "lithiation / 1": lithiation, "potential / V": potential, "extrapolated": outside}
            )
        )
    axes.set(xlim=(0, 1), ylim=(0, 1.2), xlabel="lithiation / 1", ylabel="potential vs Li/Li⁺ / V")
    figure.legend(loc="outside upper center", ncols=2, handlelength=1.6, columnspacing=0.8, handletextpad=0.5)
    return figure, pd.concat(tables, ignore_index=True)


def contributions(electrode: Electrode, highest: float = 0.8) -> tuple[Figure, pd.DataFrame]:
    """Draw which part of a composite takes which share of the charge at each potential, on each branch.

    Columns: branch, potential / V, silicon / Ah g-1 V-1, carbon / Ah g-1 V-1, nanofibers / Ah g-1 V-1, electrolyte
    / Ah g-1 V-1.
    """
    _check.between("highest", highest, electrode.lower_limit + 0.1, electrode.upper_limit, "V")
    potential = np.linspace(electrode.lower_limit, highest, 800)
    figure, panels = new_figure(3, height=7.0, sharex=True)
    tables = []
    for axes, name in zip(panels, BRANCHES, strict=True):
        capacity = electrode.specific_capacity if name == "first lithiation" else electrode.reversible_capacity
        parts = electrode.branch(name).parts
        table = pd.DataFrame({"branch": name, "potential / V": potential})
        below = np.zeros_like(potential)
        slopes = {part: 1e-3 * capacity * curve.differential_capacity(potential) for part, curve in parts.items()}
        whole = np.sum(list(slopes.values()), axis=0)
        for part, slope in slopes.items():
            share = 100 * slope / whole
            color, hatch = _PARTS[part]
            axes.fill_between(
                potential,
                below,
                below + share,
                color=color,
                hatch=hatch,
                edgecolor=COLORS["muted"] if hatch == "////" else "white",
                linewidth=0.3,
                label=_NAMES.get(part, part),
            )
            below = below + share
            table[f"{part} / Ah g-1 V-1"] = slope
        axes.set(title=name, ylabel="share / %", ylim=(0, 100))
        tables.append(table)
    panels[-1].set(xlabel="potential vs Li/Li⁺ / V", xlim=(0, highest))
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2, columnspacing=1.0)
    return figure, pd.concat(tables, ignore_index=True)


def li15si4_onset(
    electrode: Electrode, lowest: Sequence[float] = (0.005, 0.05, 0.075), highest: float = 0.1
) -> tuple[Figure, pd.DataFrame]:
    """Draw how likely Li15Si4 is for a lower cut-off, and what it does to the way back.

    Columns: lower cut-off / V, probability / 1.
    """
    if electrode.phase_change is None:
        raise ValueError(f"electrode must have a phase change, got {electrode!r}")
    cutoff = np.linspace(0.0, highest, 201)
    probability = electrode.phase_change.probability(cutoff)
    figure, (top, bottom) = new_figure(2, height=5.2)
    top.plot(1000 * cutoff, probability, color=COLORS["computed"])
    potential = np.linspace(0.2, 0.8, 1201)
    lines = ("-", "--", ":", "-.")
    colors = (COLORS["anode"], COLORS["reaction layer"], COLORS["cell"], COLORS["Si34@C"])
    for number, value in enumerate(np.atleast_1d(_check.between("lowest", lowest, 0, highest, "V"))):
        look = {"color": colors[number % 4], "linestyle": lines[number % 4]}
        chance = electrode.phase_change.probability(value)
        top.plot(1000 * value, chance, "o", color=look["color"])
        where = (4, 8) if chance < 0.1 else (2, -16) if chance > 0.9 else (8, -4)
        top.annotate(f"{1000 * value:.0f} mV", (1000 * value, chance), where, textcoords="offset points", fontsize=9)
        slope = 1e-3 * electrode.reversible_capacity * electrode.differential_capacity(potential, "delithiation", value)
        bottom.plot(potential, slope, label=f"from {1000 * value:.0f} mV", **look)
    top.set(xlim=(0, 1000 * highest), ylim=(-0.03, 1.08), xlabel="lower cut-off / mV", ylabel="probability / 1")
    top.set_title("Li₁₅Si₄ has formed")
    bottom.set(xlabel="potential vs Li/Li⁺ / V", ylabel="Ah g⁻¹ V⁻¹", ylim=(0, None), title="delithiation")
    bottom.legend()
    return figure, pd.DataFrame({"lower cut-off / V": cutoff, "probability / 1": probability})
