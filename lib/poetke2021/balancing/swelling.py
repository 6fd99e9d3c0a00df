"""What a larger anode buys: how much its silicon swells on the first charge, from the state that the cycle leaves."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion import ledger
from companion.plotting import COLORS, new_figure
from poetke2021 import stack
from sicell import materials
from sicell.balancing import FirstCycle


def anode_swelling(cycle: FirstCycle) -> pd.DataFrame:
    """Return thickness and swelling of the anode at each ratio of a first cycle, per cm2 of the paper's anode.

    Columns: n/p ratio / 1, lithium in silicon / Li per Si, anode without pores / um, swelling / um (of silicon, to its
    280 % at Li15Si4 in proportion to its lithium), share of the whole, cathode / mAh cm-2, swelling per charge /
    um cm2 mAh-1 (per charge that the cell gives back).
    """
    state = cycle.legs[0].ends[1].parts["silicon"]
    share = cycle.cell.anode.parts[0].share
    design = stack.si_c_ncm90(1.0)
    (anode,) = (layer for layer in design.unit_cell(1.0).layers if layer.name == "anode")
    silicon = 1e4 * 1e-3 * anode.mass * design.anode_composition["Si"] / materials.density("Si")
    lithium = state.lithium / share
    grown = silicon * materials.volume_expansion("Si", "Li15Si4") * lithium
    ratio = np.ravel(cycle.np_ratio)
    areal = ledger.value("anode-areal-capacity") / ratio
    given = areal * np.ravel(cycle.discharge_capacity) / cycle.cell.cathode_capacity
    return pd.DataFrame(
        {
            "n/p ratio / 1": ratio,
            "lithium in silicon / Li per Si": 3.75 * lithium,
            "anode without pores / um": np.full(ratio.shape, float(anode.thickness)),
            "swelling / um": grown,
            "swelling / anode / 1": grown / float(anode.thickness),
            "cathode / mAh cm-2": areal,
            "swelling per charge / um cm2 mAh-1": grown / given,
        }
    )


def figure(cycle: FirstCycle) -> tuple[Figure, pd.DataFrame]:
    """Draw the swelling against the ratio, in all and per charge given back; columns as :func:`anode_swelling`."""
    data = anode_swelling(cycle)
    drawn, panels = new_figure(2, height=4.6, sharex=True)
    for axes, column, label in zip(
        panels,
        ("swelling / um", "swelling per charge / um cm2 mAh-1"),
        ("swelling / µm", "per charge / µm cm² mAh⁻¹"),
        strict=True,
    ):
        axes.plot(data["n/p ratio / 1"], data[column], color=COLORS["anode"])
        axes.set(ylabel=label, ylim=(0, None))
    panels[-1].set(xlabel="nominal n/p ratio")
    return drawn, data
