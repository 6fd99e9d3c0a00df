"""Computed X-ray patterns of crystalline silicon."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.plotting import COLORS, new_figure
from poetke2021 import structural_characterization as structure


def silicon_pattern(sizes: Sequence[float]) -> tuple[Figure, pd.DataFrame]:
    """Draw the computed powder pattern of silicon for Cu Kα and crystallites of some sizes, one panel each.

    Columns: 2θ / °, and the intensity for each size.

    Sizes in nm; each panel is scaled to its own maximum, sticks show the reflections.
    """
    sizes, ends = np.asarray(sizes), (20, 92)
    angle = np.arange(ends[0], ends[1] + 0.005, 0.01)
    pattern = structure.powder_pattern(structure.silicon(), ends, minimum_intensity=1)
    curves = structure.diffractogram(angle, pattern, sizes)
    curves = 100 * curves / curves.max(axis=-1, keepdims=True)
    names = [f"{size:g} nm" for size in sizes]
    data = pd.DataFrame({"2θ / °": angle} | dict(zip(names, curves, strict=True)))
    figure, panels = new_figure(sizes.size, height=0.6 + 1.7 * sizes.size, sharex=True, squeeze=False)
    for axes, name, curve in zip(panels[:, 0], names, curves, strict=True):
        axes.plot(angle, curve, color=COLORS["computed"], linewidth=1.3)
        axes.vlines(
            pattern.two_theta, 0, pattern.intensity, color=COLORS["silicon"], linewidth=2.5, alpha=0.75, zorder=1
        )
        axes.set(title=f"crystals of {name}", ylabel="intensity / a.u.", ylim=(0, 118), yticks=[])
    for row in pattern.to_frame().itertuples():
        panels[0, 0].annotate(
            f"{row.h}{row.k}{row.l}",
            (row.two_theta, max(row.intensity, np.interp(row.two_theta, angle, curves[0]))),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            fontsize=9,
        )
    panels[-1, 0].set(xlabel="2θ (Cu Kα) / °", xlim=ends)
    return figure, data
