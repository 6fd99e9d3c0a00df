"""What a larger anode buys: how much its silicon swells on the first charge, from the state that the cycle leaves."""

import numpy as np
import pandas as pd

from companion import ledger
from poetke2021 import stack
from sicell import materials
from sicell.balancing import FirstCycle


def anode_swelling(cycle: FirstCycle, void: float = 0.0) -> pd.DataFrame:
    """Return thickness and swelling of the anode at each ratio of a first cycle, per cm2 of the paper's anode.

    A void, given as its volume over that of the silicon, is filled before the composite grows. Columns: n/p ratio / 1,
    lithium in silicon / Li per Si, void to take all up / 1 (over the volume of silicon, which grows to its 280 % at
    Li15Si4 in proportion to its lithium), anode / um (with its pores and the void), swelling / um, swelling /
    anode / 1, cathode / mAh cm-2, swelling per charge / um cm2 mAh-1 (per charge that the cell gives back).
    """
    share = cycle.cell.anode.parts[0].share
    lithium = cycle.legs[0].ends[1].parts["silicon"].lithium / share
    design = stack.si_c_ncm90(1.0)
    (anode,) = (layer for layer in design.unit_cell(1.0).layers if layer.name == "anode")
    silicon = 10 * anode.mass * design.anode_composition["Si"] / materials.density("Si")
    needed = materials.volume_expansion("Si", "Li15Si4") * lithium
    grown = silicon * np.maximum(needed - void, 0.0)
    thickness = float(anode.thickness) + silicon * void
    ratio = np.ravel(cycle.np_ratio)
    areal = ledger.value("anode-areal-capacity") / ratio
    given = areal * np.ravel(cycle.discharge_capacity) / cycle.cell.cathode_capacity
    return pd.DataFrame(
        {
            "n/p ratio / 1": ratio,
            "lithium in silicon / Li per Si": 3.75 * lithium,
            "void to take all up / 1": needed,
            "anode / um": np.full(ratio.shape, thickness),
            "swelling / um": grown,
            "swelling / anode / 1": grown / thickness,
            "cathode / mAh cm-2": areal,
            "swelling per charge / um cm2 mAh-1": grown / given,
        }
    )
