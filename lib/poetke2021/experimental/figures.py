"""Figures of the chapter: the area of the electrodes, and the carbon of the synthesis."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion import ledger
from companion.plotting import COLORS, new_figure
from poetke2021.experimental.mass_balance import SynthesisBalance
from sicell import materials


def die_diameter(diameters: tuple[float, float] = (10.0, 14.0)) -> tuple[Figure, pd.DataFrame]:
    """Draw what the weighed masses give on discs of different diameter, beside what the paper reports.

    Columns: diameter / mm, loading / mg cm-2, areal capacity / mAh cm-2, pellet density / g cm-3.
    """
    diameter = np.linspace(*diameters, 81)
    area = materials.disc_area(diameter)
    mass, active = ledger.value("anode-composite-mass"), ledger.value("anode-active-fraction") / 100
    specific = ledger.value("anode-first-lithiation-capacity")
    data = pd.DataFrame(
        {
            "diameter / mm": diameter,
            "loading / mg cm-2": materials.areal_loading(mass, area, active),
            "areal capacity / mAh cm-2": materials.areal_capacity(mass / area, specific),
            "pellet density / g cm-3": materials.pellet_density(
                ledger.value("separator-mass"), ledger.value("separator-thickness"), area
            ),
        }
    )
    stated = ledger.value("die-diameter")
    loading, capacity = ledger.value("anode-areal-loading"), ledger.value("anode-areal-capacity")
    demanded = [
        materials.disc_diameter(mass * active / loading),
        materials.disc_diameter(mass * specific / 1e3 / capacity),
    ]
    figure, panels = new_figure(3, height=6.2, sharex=True)
    titles = (
        ("loading of Si–C", "loading / mg cm⁻²"),
        ("areal capacity of the anode", "capacity / mAh cm⁻²"),
        ("density of the separator", "density / g cm⁻³"),
    )
    for axes, column, (title, label) in zip(panels, data.columns[1:], titles, strict=True):
        axes.plot(diameter, data[column], color=COLORS["computed"])
        axes.axvline(stated, color=COLORS["cell"], linestyle="--", linewidth=1.2)
        axes.set_ylabel(label)
        axes.set_title(title)
        axes.set_xlim(*diameters)
    for axes, reported, where in zip(panels, (loading, capacity), demanded, strict=False):
        axes.axhline(reported, color=COLORS["reported"], linewidth=1.2, linestyle=":")
        axes.plot(where, reported, "o", color=COLORS["reported"], markersize=8, clip_on=False)
        axes.text(
            where + 0.12, reported, f"reported {reported:g}\nneeds {where:.1f} mm", va="bottom", ha="left", fontsize=9
        )
        on_die = np.interp(stated, diameter, data[data.columns[1 if axes is panels[0] else 2]])
        axes.plot(stated, on_die, "s", color=COLORS["computed"])
        axes.text(stated + 0.1, on_die, f"{on_die:.2f}", va="bottom", fontsize=9)
    low, high = materials.density("Li6PS5Cl (low value)"), materials.density("Li6PS5Cl")
    panels[2].axhspan(low, high, color=COLORS["solid electrolyte"], zorder=0)
    panels[2].text(diameters[1] - 0.05, (low + high) / 2, "crystal", va="center", ha="right", fontsize=9)
    for where, mark in ((demanded[0], "o"), (stated, "s")):
        value = np.interp(where, diameter, data["pellet density / g cm-3"])
        panels[2].plot(where, value, mark, color=COLORS["reported" if mark == "o" else "computed"], markersize=7)
        panels[2].text(where + 0.1, value, f"{value:.2f}", va="bottom", fontsize=9)
    panels[0].text(stated - 0.08, panels[0].get_ylim()[1], "stated die", va="top", ha="right", fontsize=9)
    panels[2].set_xlabel("diameter / mm")
    return figure, data


def carbon_balance(balance: SynthesisBalance, labels: Sequence[str]) -> tuple[Figure, pd.DataFrame]:
    """Draw the carbon that the precursors hold beside what the products need.

    Columns: recipe, pvb_to_silicon, silicon_content, silicon_mass, pvb_mass, non_silicon_required,
    carbon_from_sucrose, carbon_from_pvb, carbon_available, carbon_surplus, retained_carbon_fraction, char_yield,
    batches_needed, possible.
    """
    data = balance.to_frame()
    if len(labels) != len(data):
        raise ValueError(f"labels must name each of the {len(data)} recipes, got {len(labels)}")
    data.insert(0, "recipe", list(labels))
    figure, axes = new_figure(height=0.95 + 0.62 * len(data))
    positions = np.arange(len(data))
    axes.barh(positions, data["carbon_from_sucrose"], height=0.6, color=COLORS["carbon"], label="carbon in sucrose")
    axes.barh(
        positions,
        data["carbon_from_pvb"],
        left=data["carbon_from_sucrose"],
        height=0.6,
        color=COLORS["lithium"],
        hatch="////",
        edgecolor=COLORS["muted"],
        label="carbon in PVB",
    )
    for position, row in zip(positions, data.itertuples(), strict=True):
        ends = [position - 0.42, position + 0.42]
        label = "required" if position == 0 else None
        axes.plot([row.non_silicon_required] * 2, ends, color=COLORS["reported"], linewidth=3, label=label)
        verdict = "" if row.possible else "not enough"
        axes.text(row.non_silicon_required + 0.05, position, verdict, va="center", color=COLORS["reported"], fontsize=9)
    highest = max(data["non_silicon_required"].max(), data["carbon_available"].max())
    axes.set(yticks=positions, yticklabels=list(labels), xlim=(0, 1.25 * highest), xlabel="mass / g")
    axes.invert_yaxis()
    figure.legend(loc="outside upper center", ncols=3, handlelength=1.4, columnspacing=1.0)
    return figure, data
