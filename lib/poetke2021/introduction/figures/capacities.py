"""Theoretical capacities of anode materials as a picture."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from companion import ledger
from companion.plotting import COLORS, new_figure
from sicell import materials

_MATERIALS = {
    "lithium": ("Li", 1, "host", "Li"),
    "silicon": ("Si", 15 / 4, "lithiated phase", "Li15Si4"),
    "graphite": ("C6", 1, "lithiated phase", "LiC6"),
}


def anode_materials() -> tuple[Figure, pd.DataFrame]:
    """Draw what lithium, silicon and graphite hold per gram and per volume, beside what the paper quotes.

    Columns: material, computed / mAh g-1, paper / mAh g-1, computed / mAh cm-3, paper / mAh cm-3.
    """
    rows = []
    for name, (host, lithium, per, phase) in _MATERIALS.items():
        specific = materials.theoretical_capacity(host, lithium, per=per)
        rows.append(
            {
                "material": name,
                "computed / mAh g-1": specific,
                "paper / mAh g-1": ledger.value(f"{name}-gravimetric-capacity"),
                "computed / mAh cm-3": materials.volumetric_capacity(specific, materials.density(phase)),
                "paper / mAh cm-3": ledger.value(f"{name}-volumetric-capacity"),
            }
        )
    data = pd.DataFrame(rows)
    figure, panels = new_figure(2, height=3.6)
    positions = range(len(data))
    colors = [COLORS[name] for name in data["material"]]
    for axes, unit, title in zip(panels, ("g-1", "cm-3"), ("per gram", "per volume"), strict=True):
        axes.barh(positions, data[f"computed / mAh {unit}"], color=colors, height=0.62)
        for position, quoted in zip(positions, data[f"paper / mAh {unit}"], strict=True):
            axes.plot([quoted, quoted], [position - 0.4, position + 0.4], color=COLORS["reported"], linewidth=2.2)
            axes.text(quoted, position, f" {quoted:.0f}", va="center", ha="left", color=COLORS["reported"], fontsize=9)
        axes.set(yticks=positions, yticklabels=data["material"], title=title)
        axes.set_xlabel("capacity / mAh " + {"g-1": "g⁻¹", "cm-3": "cm⁻³"}[unit])
        axes.invert_yaxis()
        axes.margins(x=0.14)
    return figure, data
