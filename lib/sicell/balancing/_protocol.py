"""Formation and cycling: charges and discharges in any order, each with its own cut-off."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check
from sicell.balancing._cells import Cells
from sicell.balancing._half_cycle import HalfCycle
from sicell.balancing._legs import Leg
from sicell.balancing._limits import as_shape
from sicell.balancing._result import profiles


@dataclass(frozen=True, eq=False, repr=False)
class Run:
    """Result of :meth:`FullCell.run`; the first axis of arrays is the steps, potentials are those of their ends.

    Attributes
    ----------
    charging : numpy.ndarray of bool, shape (steps,)
    cycle : numpy.ndarray of int, shape (steps,)
        A charge that follows a discharge begins a new one.
    capacity : numpy.ndarray, shape (steps, ...)
        In mAh per g of cathode active material, with what was held.
    held_capacity : numpy.ndarray, shape (steps, ...)
        What holding the cut-off added.
    anode_potential, cathode_potential : numpy.ndarray, shape (steps, ...)
        In V vs Li/Li+.
    lost_capacity, plated_capacity : numpy.ndarray, shape (steps, ...)
        Lithium lost in the anode until then and lithium metal on it, mAh per g of cathode active material.
    """

    np_ratio: Any
    charging: np.ndarray
    cycle: np.ndarray
    capacity: np.ndarray
    held_capacity: np.ndarray
    anode_potential: np.ndarray
    cathode_potential: np.ndarray
    lost_capacity: np.ndarray
    plated_capacity: np.ndarray
    legs: tuple[Leg, ...]

    def __repr__(self) -> str:
        return f"Run({len(self.charging)} steps of {self.capacity[0].size} cells)"

    def to_frame(self) -> pd.DataFrame:
        """Return a table with one row for each step of each cell."""
        steps, cells = len(self.charging), self.capacity[0].size
        frame = {
            "np_ratio": np.resize(np.ravel(self.np_ratio), cells * steps),
            "step": np.repeat(np.arange(1, steps + 1), cells),
            "cycle": np.repeat(self.cycle, cells),
            "charging": np.repeat(self.charging, cells),
        }
        rest = {name: np.ravel(value) for name, value in vars(self).items() if name not in (*frame, "legs")}
        return pd.DataFrame(frame | rest)

    def profile(self, points: int = 300) -> pd.DataFrame:
        """Return the three-electrode profiles; columns as for :meth:`FirstCycle.profile`."""
        return profiles(self.legs, points, self.np_ratio)


def run_steps(cells: Cells, steps: Sequence[HalfCycle]) -> Run:
    """Run the steps one after the other, each from the states in which the one before left the electrodes."""
    states, plated = cells.start(), np.zeros(cells.shape).ravel()
    lost, side = plated, plated
    rows: list[dict[str, Any]] = []
    legs: list[Leg] = []
    cycle, before = 1, True
    for number, step in enumerate(steps, start=1):
        if step.charging and not before:
            cycle += 1
        if not step.charging and before:
            states, lost, side = cells.lose(states, lost, side)
        before = step.charging
        options = {"number": number, "cycle": cycle, "first": step.charging and cycle == 1}
        pieces = [cells.leg(states, plated, step, **options)]
        if step.hold and np.any(step.polarization):
            held = HalfCycle(step.charging, step.cutoff)
            more = cells.leg(pieces[0].ends, pieces[0].plated[1], held, holding=True, **options)
            pieces.append(replace(more, held_after=pieces[0].capacity))
        states, plated = pieces[-1].ends, pieces[-1].plated[1]
        legs += pieces
        rows.append(
            {
                "capacity": sum(piece.capacity for piece in pieces),
                "held_capacity": pieces[1].capacity if len(pieces) > 1 else np.zeros(plated.shape),
                "anode_potential": pieces[-1].anode_potential,
                "cathode_potential": pieces[-1].cathode_potential,
                "lost_capacity": lost,
                "plated_capacity": plated,
            }
        )
    full = legs[0].capacity.shape
    found = {
        name: np.array([as_shape(np.array(np.broadcast_to(row[name], full)), cells.shape) for row in rows])
        for name in rows[0]
    }
    numbers = [next(leg.cycle for leg in legs if leg.number == number) for number in range(1, len(rows) + 1)]
    charging = np.array([step.charging for step in steps])
    return Run(cells.flat(cells.cell.np_ratio), charging, np.array(numbers), **found, legs=tuple(legs))


def checked(steps: Any) -> list[HalfCycle]:
    """Check a protocol: it begins with a charge and has a discharge."""
    steps = [_check.instance("steps", step, HalfCycle, "a HalfCycle such as HalfCycle.charge(4.2)") for step in steps]
    if not steps or not steps[0].charging or all(step.charging for step in steps):
        raise ValueError("steps must begin with a charge, since a cell is assembled discharged, and hold a discharge")
    return steps
