"""Introduction: theoretical capacities and expansions, the claims on them, and the idea of the paper as a drawing."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from companion import ledger
from companion.evidence import Step, computes, finding
from companion.plotting import COLORS, WIDTH, new_figure
from sicell import _check, materials


def _specific(host: str, lithium: float, per: str = "lithiated phase") -> float:
    return materials.theoretical_capacity(host, lithium, per=per)


def _volumetric(host: str, lithium: float, phase: str, per: str = "lithiated phase") -> float:
    return materials.volumetric_capacity(_specific(host, lithium, per), materials.density(phase))


@computes("lithium-gravimetric-capacity")
def lithium_gravimetric_capacity() -> float:
    """Return the capacity of lithium metal, mAh/g."""
    return _specific("Li", 1, "host")


@computes("lithium-volumetric-capacity")
def lithium_volumetric_capacity() -> float:
    """Return the capacity of lithium metal, mAh/cm³."""
    return _volumetric("Li", 1, "Li", "host")


@computes("graphite-gravimetric-capacity")
def graphite_gravimetric_capacity() -> float:
    """Return the capacity of graphite, mAh per g LiC6."""
    return _specific("C6", 1)


@computes("graphite-volumetric-capacity")
def graphite_volumetric_capacity() -> float:
    """Return the capacity of graphite, mAh per cm³ LiC6."""
    return _volumetric("C6", 1, "LiC6")


@computes("silicon-gravimetric-capacity")
def silicon_gravimetric_capacity() -> float:
    """Return the capacity of silicon, mAh per g Li15Si4."""
    return _specific("Si", 15 / 4)


@computes("silicon-volumetric-capacity")
def silicon_volumetric_capacity() -> float:
    """Return the capacity of silicon, mAh per cm³ Li15Si4, with the customary density of 1.18 g/cm³."""
    return _volumetric("Si", 15 / 4, "Li15Si4")


@computes("silicon-volume-change")
def silicon_volume_change() -> float:
    """Return the volume change of silicon up to Li15Si4, %."""
    return 100 * materials.volume_expansion("Si", "Li15Si4")


@finding("capacity-basis")
def capacity_basis() -> tuple[bool, list[Step]]:
    """Compare the theoretical capacity that is quoted with the measured one, each per its own gram."""
    quoted = ledger.value("silicon-gravimetric-capacity")
    measured = ledger.value("capacity-per-silicon-si37-minimum")
    host, lithiated = _specific("Si", 15 / 4, "host"), _specific("Si", 15 / 4)
    steps = [
        Step("quoted theoretical capacity of silicon", quoted, "mAh g⁻¹", 4),
        Step("computed per gram of Li₁₅Si₄", lithiated, "mAh g⁻¹", 4),
        Step("computed per gram of silicon", host, "mAh g⁻¹", 4),
        Step("measured capacity per gram of silicon, at least", measured, "mAh g⁻¹", 4),
        Step("measured over quoted", measured / quoted, "", 3),
    ]
    return measured > quoted and measured < host, steps


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


_HEIGHT = 150.0  # nm shown in each panel


def _disc(axes: Axes, x: float, diameter: float, color: str, **kwargs: float | str) -> None:
    axes.add_patch(Circle((x, 0), diameter / 2, facecolor=color, **kwargs))


def _silicon(axes: Axes, x: float, diameter: float, lithiated: bool, resting_on: float | None = None) -> None:
    """Draw a core; hatching, not colour alone, says that it holds lithium."""
    y = 0.0 if resting_on is None else -resting_on / 2 + diameter / 2
    patch = Circle((x, y), diameter / 2, facecolor=COLORS["silicon"], edgecolor="#7a4d06", linewidth=0.8)
    if lithiated:
        patch.set_hatch("....")
    axes.add_patch(patch)


def electrolyte_contact(
    core_diameter: float, shell_inner_diameter: float, shell_thickness: float, expansion: float, film: float
) -> tuple[Figure, pd.DataFrame]:
    """Draw a bare and a shelled silicon particle before and after lithiation, in liquid and in solid electrolyte.

    Columns: electrolyte, particle, state, diameter / nm, area in contact / nm2.

    All lengths in nm and to one scale: one core a shell, a shell that neither grows nor cracks, and a reaction
    layer `film` wherever electrolyte touches the particle.
    """
    core = _check.positive("core_diameter", core_diameter, "nm")
    inner = _check.positive("shell_inner_diameter", shell_inner_diameter, "nm")
    shell = _check.positive("shell_thickness", shell_thickness, "nm")
    grown = core * (1 + _check.non_negative("expansion", expansion)) ** (1 / 3)
    film = _check.non_negative("film", film, "nm")
    outer = inner + 2 * shell
    figure = Figure(figsize=(WIDTH, 2.9), layout="constrained")
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    rows = []
    for column, electrolyte in enumerate(("liquid electrolyte", "solid electrolyte")):
        for row, particle in enumerate(("silicon", "silicon in a carbon shell")):
            axes = panels[row, column]
            axes.add_patch(Rectangle((-160, -_HEIGHT / 2), 320, _HEIGHT, facecolor=COLORS[electrolyte], zorder=-2))
            for x, diameter, lithiated in ((-78, core, False), (78, grown, True)):
                if particle == "silicon":
                    _disc(axes, x, diameter + 2 * film, COLORS["reaction layer"], zorder=0)
                    _silicon(axes, x, diameter, lithiated)
                    contact = np.pi * diameter**2
                else:
                    _disc(axes, x, outer + 2 * film, COLORS["reaction layer"], zorder=0)
                    _disc(axes, x, outer, COLORS["carbon"], zorder=0.5)
                    wet = electrolyte == "liquid electrolyte"
                    # a liquid gets through the pores of the shell, wets its inside and the core; a solid does not
                    _disc(axes, x, inner, COLORS["reaction layer"] if wet else "white", zorder=0.6)
                    _disc(axes, x, inner - 2 * film, COLORS[electrolyte] if wet else "white", zorder=0.7)
                    if wet:
                        y = -inner / 2 + diameter / 2
                        axes.add_patch(
                            Circle((x, y), diameter / 2 + film, facecolor=COLORS["reaction layer"], zorder=0.8)
                        )
                    _silicon(axes, x, min(diameter, inner), lithiated, resting_on=inner)
                    # a core that fills the cavity leaves no room for liquid beside it
                    room = wet and diameter < 0.97 * inner
                    contact = np.pi * (outer**2 + room * (inner**2 + diameter**2))
                rows.append((electrolyte, particle, "lithiated" if lithiated else "pristine", diameter, contact))
            axes.set(xlim=(-160, 160), ylim=(-_HEIGHT / 2, _HEIGHT / 2), aspect="equal", xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        panels[0, column].set_title(electrolyte, fontsize=10)
    panels[0, 0].set_ylabel("bare silicon", fontsize=9)
    panels[1, 0].set_ylabel("silicon–carbon void", fontsize=9)
    bar = panels[1, 1]
    bar.plot([-25, 25], [60, 60], color="black", linewidth=2)
    bar.text(0, 56, "50 nm", ha="center", va="top", fontsize=9)
    for axes in panels[1]:
        axes.text(-78, -73, "before", ha="center", va="bottom", fontsize=9)
        axes.text(78, -73, "lithiated", ha="center", va="bottom", fontsize=9)
    columns = ["electrolyte", "particle", "state", "diameter / nm", "area in contact / nm2"]
    return figure, pd.DataFrame(rows, columns=columns)
