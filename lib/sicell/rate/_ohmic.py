"""The resistance that would explain a discharge capacity."""

import numpy as np
from scipy.optimize import brentq

from sicell import _check
from sicell.balancing import FullCell, Loss


def calibrate_resistance(
    cell: FullCell,
    capacity: float,
    upper_cutoff: float,
    lower_cutoff: float,
    *,
    discharge_current_density: float,
    charge_current_density: float = 0.0,
    loss: Loss | None = None,
) -> float:
    """Return the resistance (ohm cm2) with which a cell has a given discharge capacity.

    Each half-cycle is taken near equilibrium between cut-offs (V) that are closer by the ohmic drop. A resistance ends
    the charge early too, so that less lithium waits for the discharge; with a charge current of 0 the charge is
    complete. The capacity is in mAh per g of cathode active material, currents in mA/cm2. Raises ValueError if the
    capacity is not below that without resistance, a current is out of range, or there are several cells.

    With a fifth of the current on charge, a good deal less resistance does than on discharge alone:

    >>> from sicell import electrodes
    >>> cell = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.3)
    >>> of_both, of_discharge = (
    ...     calibrate_resistance(cell, 125.0, 4.25, 1.5, discharge_current_density=1.0,
    ...                          charge_current_density=current, loss=Loss.fixed(0.15))
    ...     for current in (0.2, 0.0)
    ... )
    >>> bool(of_both < 0.8 * of_discharge)
    True
    """
    if not isinstance(cell, FullCell):
        raise TypeError(f"cell must be a FullCell, got {type(cell).__name__}")
    wanted = _check.positive("capacity", capacity, "mAh/g")
    on_charge = _check.non_negative("charge_current_density", charge_current_density, "mA/cm2")
    on_discharge = _check.positive("discharge_current_density", discharge_current_density, "mA/cm2")
    most = cell.first_cycle(upper_cutoff, lower_cutoff, loss=loss, warn=False).discharge_capacity
    if any(np.ndim(value) for value in (most, wanted, on_charge, on_discharge)):
        raise ValueError("cell, capacity and currents must be of one cell to calibrate with")
    if wanted >= most:
        raise ValueError(f"capacity must be below the {most:.4g} mAh/g of a cell without resistance, got {wanted:g}")

    def error(resistance: float) -> float:
        drop = 1e-3 * resistance
        try:
            cycle = cell.first_cycle(
                upper_cutoff - on_charge * drop, lower_cutoff + on_discharge * drop, loss=loss, warn=False
            )
        except ValueError:
            # The cut-offs leave nothing to charge or to discharge.
            return -wanted
        return cycle.discharge_capacity - wanted

    # Here the cut-offs meet.
    largest = 1e3 * (upper_cutoff - lower_cutoff) / (on_charge + on_discharge)
    return float(brentq(error, 0.0, largest, xtol=1e-9))
