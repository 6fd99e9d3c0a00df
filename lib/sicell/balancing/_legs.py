"""Half-cycles of a full cell near equilibrium: who holds how much lithium, and at which potentials."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sicell.balancing._limits import delithiation_mixture
from sicell.balancing._search import balance
from sicell.electrodes import Electrode, ReferenceElectrode

__all__ = ["Leg", "State", "run_leg"]


@dataclass(frozen=True)
class State:
    """What a cell holds between two half-cycles; arrays of shape (cells,), capacities in mAh per g of cathode.

    ``cathode`` is the place on the cathode's curve (1 full, 0 empty), ``lowest`` the lowest potential of the anode.
    """

    cathode: np.ndarray
    anode: np.ndarray
    plated: np.ndarray
    lost: np.ndarray
    lowest: np.ndarray


@dataclass(frozen=True)
class Leg:
    """One half-cycle of many cells."""

    cathode: Electrode
    anode: Electrode | ReferenceElectrode
    cathode_branch: str
    anode_branch: str
    cathode_capacity: np.ndarray
    anode_capacity: np.ndarray
    start: State
    end: State
    capacity: np.ndarray
    anode_potential: np.ndarray
    cathode_potential: np.ndarray
    polarization: np.ndarray
    cycle: int

    @property
    def charging(self) -> bool:
        """Whether lithium leaves the cathode."""
        return self.cathode_branch == "delithiation"

    def extrapolated(self) -> tuple[np.ndarray, np.ndarray]:
        """Tell whether the end lies beyond the measured range of the anode's and of the cathode's curve."""
        cathode = self.cathode.extrapolated(self.cathode_potential, self.cathode_branch)
        if isinstance(self.anode, ReferenceElectrode):
            return np.zeros(cathode.shape, dtype=bool), cathode
        return self.anode.extrapolated(self.anode_potential, self.anode_branch), cathode

    def slopes(self) -> tuple[np.ndarray, np.ndarray]:
        """How steeply each potential changes with the capacity at the end, in V per mAh/g."""
        width = 1e-3 * np.array([[-1.0], [1.0]])
        curve = self.cathode.branch(self.cathode_branch).curve
        cathode = np.diff(-curve.lithiation(self.cathode_potential + width), axis=0)[0] * self.cathode_capacity
        if isinstance(self.anode, ReferenceElectrode):
            return np.zeros(cathode.shape), 2e-3 / np.maximum(cathode, 1e-300)
        mixture = delithiation_mixture(self.anode, self.anode_branch, self.start.lowest)
        anode = np.diff(-sum(weight * curve(self.anode_potential + width) for curve, weight in mixture), axis=0)[0]
        return 2e-3 / np.maximum(anode * self.anode_capacity, 1e-300), 2e-3 / np.maximum(cathode, 1e-300)

    def profile(self, cell: int, points: int) -> pd.DataFrame:
        """Both potentials and the cell voltage of one cell against capacity."""
        total, sign = float(self.capacity[cell]), 1.0 if self.charging else -1.0
        cathode = self.cathode.branch(self.cathode_branch).curve
        k, w0 = self.cathode_capacity[cell], self.start.cathode[cell]
        ends = [cathode.potential(w0), self.cathode_potential[cell]]
        even = sign * (w0 - cathode.lithiation(np.linspace(*ends, points))) * k
        passed = [np.linspace(0, total, points), even]
        if isinstance(self.anode, Electrode):
            lowest = None if self.anode_branch != "delithiation" else float(self.start.lowest[cell])
            anode = self.anode.branch(self.anode_branch, lowest).curve
            a, plated, held = self.anode_capacity[cell], self.start.plated[cell], self.start.anode[cell]
            # Below 0 V vs Li/Li+ lithium metal takes over.
            most = max(held, a * anode.lithiation(0.0)) if self.charging else held
            ends = [anode.potential(held / a), max(self.anode_potential[cell], 0.0)]
            passed.append(sign * (anode.lithiation(np.linspace(*ends, points)) * a - held - plated * (sign < 0)))
        q = np.clip(np.sort(np.concatenate(passed)), 0, total)[:: len(passed)]
        q[[0, -1]] = 0, total
        q = np.unique(q)
        cathode_potential = cathode.potential(w0 - sign * q / k)
        frame = {
            "Voltage / V": cathode_potential,
            "Cycle Count / 1": self.cycle,
            "Step Count / 1": 2 * self.cycle - (1 if self.charging else 0),
            "Specific Capacity / mAh g-1": q,
            "Cathode Potential / V": cathode_potential,
        }
        if isinstance(self.anode, ReferenceElectrode):
            anode_potential, lithiation, metal = self.anode.potential(np.full(q.shape, 0.5)), np.nan, 0.0
        else:
            in_all = held + plated + sign * q
            content = np.minimum(in_all, most)
            metal = in_all - content
            anode_potential = np.where(metal > 0, 0.0, anode.potential(content / a))
            lithiation = content / a
        frame["Anode Potential / V"] = anode_potential
        frame["Voltage / V"] = cathode_potential - anode_potential + sign * self.polarization[cell]
        frame["Cathode Lithiation / 1"] = w0 - sign * q / k
        frame["Anode Lithiation / 1"] = lithiation
        frame["Plated Capacity / mAh g-1"] = metal
        frame["Branch"] = self.anode_branch
        cathode_beyond = self.cathode.extrapolated(cathode_potential, self.cathode_branch)
        frame["Cathode Extrapolated / 1"] = cathode_beyond
        frame["Anode Extrapolated / 1"] = (
            False
            if isinstance(self.anode, ReferenceElectrode)
            else self.anode.extrapolated(anode_potential, self.anode_branch)
        )
        return pd.DataFrame(frame)


def run_leg(
    cathode: Electrode,
    anode: Electrode | ReferenceElectrode,
    branches: tuple[str, str],
    capacities: tuple[np.ndarray, np.ndarray],
    start: State,
    cutoff: np.ndarray,
    polarization: np.ndarray,
    cycle: int,
) -> tuple[Leg, np.ndarray]:
    """Charge or discharge all cells to a cut-off.

    Parameters
    ----------
    branches : tuple of str
        Of the cathode and of the anode.
    capacities : tuple of numpy.ndarray
        Of the cathode and of the anode on these branches, lithiation 0 to 1, in mAh per g of cathode.
    cutoff, polarization : numpy.ndarray
        Cell voltage at which the half-cycle ends, and how far it is from equilibrium, in V.

    Returns
    -------
    leg : Leg
    missed : numpy.ndarray of bool
        Cells that cannot reach the cut-off.
    """
    sign = 1.0 if branches[0] == "delithiation" else -1.0
    voltage = cutoff - sign * polarization
    k, a = capacities
    of_cathode = cathode.branch(branches[0]).curve.lithiation
    if isinstance(anode, ReferenceElectrode):
        u = np.full(voltage.shape, anode.constant_potential)
        w = of_cathode(u + voltage)
        end = State(w, start.anode, start.plated, start.lost, u)
        missed = np.zeros(voltage.shape, dtype=bool)
    else:
        lithium = start.anode + start.plated + k * start.cathode
        of_anode = delithiation_mixture(anode, branches[1], start.lowest)
        u, x, excess = balance(
            of_anode, [(of_cathode, 1.0)], (a, k), lithium, voltage, 0.0, max(anode.upper_limit, 0.1)
        )
        # What the electrodes cannot hold at 0 V vs Li/Li+ is lithium metal.
        plated = np.where(excess > 0, excess, 0.0)
        u, missed = np.where(plated > 0, 0.0, u), excess < -1e-9 * k
        x = np.where(plated > 0, sum(weight * curve(np.zeros(u.shape)) for curve, weight in of_anode), x)
        end = State((lithium - plated - a * x) / k, a * x, plated, start.lost, u)
    capacity = sign * k * (start.cathode - end.cathode)
    over = np.broadcast_to(polarization, u.shape)
    leg = Leg(cathode, anode, *branches, k, a, start, end, capacity, u, u + voltage, over, cycle)
    return leg, missed | (capacity <= 0)
