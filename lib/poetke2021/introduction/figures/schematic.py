"""The idea of the paper as a drawing to scale: silicon with and without a carbon shell, in a liquid and in a solid."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from companion.plotting import COLORS, WIDTH
from sicell import _check

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
    bar.plot([-25, 25], [-64, -64], color="black", linewidth=2)
    bar.text(0, -60, "50 nm", ha="center", va="bottom", fontsize=8)
    for axes in panels[1]:
        axes.text(-78, -73, "before", ha="center", va="bottom", fontsize=8)
        axes.text(78, -73, "lithiated", ha="center", va="bottom", fontsize=8)
    columns = ["electrolyte", "particle", "state", "diameter / nm", "area in contact / nm2"]
    return figure, pd.DataFrame(rows, columns=columns)
