"""A loss of the first cycle with parts, on the two pairs of efficiencies that the paper prints for its anode."""

import numpy as np
import pandas as pd

from companion import ledger
from poetke2021 import cells, electrodes
from poetke2021.half_cells._composite_draws import UPPER_CUTOFF


def _left(reached: float, end: float, curve: str) -> float:
    """Return what the curve still holds at a potential (V) after a first lithiation up to some share, as a share."""
    anode = electrodes.si_c(curves={"delithiation": curve})
    first = anode.follow(anode.start(), "lithiation")
    back = anode.follow(first.stop(first.potential(reached)), "delithiation")
    return float(back.lithium(end) - back.kept)


def loss_parts() -> pd.DataFrame:
    """Split the loss into three parts: at the surface, trapped in what was lithiated, and left at the cut-off.

    All count as shares of the anode's first lithiation. The half-cell is lithiated fully, the anode of the cell with
    n/p 2.0 up to the modelled share ``x``, and the curve alone says what each holds where its delithiation ends::

        1 - ICE of the half-cell       = surface + trapped + left in it
        x (1 - ICE of the full cell)   = surface + x trapped + left in it

    The two solid numbers fix surface and trapped share. The liquid half-cell then fixes the surface in a liquid if the
    trapped share is that of the same anode, and two numbers are left to test: the liquid full cell, and the discharge
    of the solid cell with n/p 1.3. Its cathode is another, so that ``x`` is assumed there.

    Returns
    -------
    pandas.DataFrame
        A row for each ``curve`` of silicon and ``cutoff`` of the half-cells (V, assumed range): ``left``, ``surface``,
        ``trapped``, ``liquid_surface``, ``liquid_efficiency`` (%), ``discharge`` at n/p 1.3 (mAh per g NCM).
    """
    half, full, liquid = (
        1 - ledger.value(name) / 100 for name in ("ice-half-cell-solid", "ice-np-2.0", "ice-half-cell-liquid")
    )
    ratio = ledger.value("np-ratio-rate-test")
    rows = []
    for curve in cells.each_curve(str):
        large, small = (cells.first_cycle(one, curve) for one in (ledger.value("np-ratio-2.0"), ratio))
        x, y = (float(one.anode_lithiation_end_of_charge) for one in (large, small))
        rest, other = (
            _left(reached, float(one.anode_potential_end_of_discharge), curve)
            for reached, one in ((x, large), (y, small))
        )
        for cutoff in UPPER_CUTOFF:
            left = _left(1.0, cutoff, curve)
            surface, trapped = np.linalg.solve([[1, 1], [1, x]], [half - left, full * x - rest])
            wet = liquid - trapped - left
            found = {
                "curve": curve,
                "cutoff": cutoff,
                "left": left,
                "surface": surface,
                "trapped": trapped,
                "liquid_surface": wet,
                "liquid_efficiency": 100 * (1 - (wet + trapped * x + rest) / x),
                "discharge": float(small.cell.anode_capacity) * (y - surface - trapped * y - other),
            }
            rows.append(found)
    return pd.DataFrame(rows)
