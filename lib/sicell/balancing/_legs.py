"""Half-cycles of a full cell near equilibrium: who holds how much lithium, and at which potentials."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sicell.balancing._search import balance
from sicell.electrodes import ConstantPath, Path, State


@dataclass(frozen=True)
class Leg:
    """One half-cycle of many cells; arrays of shape (cells,), capacities in mAh per g of cathode.

    ``scales`` are the first half-cycle's capacities of cathode and anode, ``plated`` the lithium metal on the anode at
    start and end, ``anode_potential`` and ``cathode_potential`` those of the end. ``held_after`` is the capacity after
    which the voltage is held, of a half-cycle that goes on with one.
    """

    cathode: Path
    anode: Path | ConstantPath
    scales: tuple[np.ndarray, np.ndarray]
    plated: tuple[np.ndarray, np.ndarray]
    capacity: np.ndarray
    anode_potential: np.ndarray
    cathode_potential: np.ndarray
    polarization: np.ndarray
    number: int
    cycle: int
    held_after: np.ndarray | None = None

    @property
    def charging(self) -> bool:
        """Whether lithium leaves the cathode."""
        return self.cathode.direction == "delithiation"

    @property
    def alone(self) -> bool:
        """Whether the anode only holds a potential."""
        return isinstance(self.anode, ConstantPath)

    @property
    def sign(self) -> float:
        """Direction of the charge."""
        return 1.0 if self.charging else -1.0

    @property
    def voltage(self) -> np.ndarray:
        """Of the cell at the end, in V."""
        return self.cathode_potential - self.anode_potential + self.sign * self.polarization

    @cached_property
    def held(self) -> tuple[np.ndarray, np.ndarray]:
        """Lithium of cathode and anode at the end, as a share of their first half-cycle's capacity."""
        cathode = self.cathode.start.lithium - self.sign * self.capacity / self.scales[0]
        passed = self.sign * self.capacity - (self.plated[1] - self.plated[0])
        return cathode, self.anode.start.lithium + passed / self.scales[1]

    @cached_property
    def ends(self) -> tuple[State, State]:
        """States of cathode and anode at the end."""
        cathode, anode = self.held
        state = self.anode.start if self.alone else self.anode.stop(self.anode_potential, anode)
        return self.cathode.stop(self.cathode_potential, cathode), state

    @cached_property
    def lithiations(self) -> tuple[np.ndarray, np.ndarray]:
        """Places on the curves of anode and cathode at the end; NaN for a reference electrode."""
        cathode, anode = self.held
        cathode = self.cathode.place(cathode)
        return np.full(cathode.shape, np.nan) if self.alone else self.anode.place(anode), cathode

    @cached_property
    def mean_voltage(self) -> np.ndarray:
        """Energy over charge of the half-cycle, in V."""
        k, a = self.scales
        energy = k * _energy(self.cathode, self.cathode_potential)
        if self.alone:
            energy = energy - self.sign * self.capacity * self.anode.constant
        else:
            # Lithium metal at 0 V vs Li/Li+ has no energy.
            energy = energy + a * _energy(self.anode, self.anode_potential)
        return self.sign * energy / self.capacity + self.sign * self.polarization

    def profile(self, cell: int, points: int) -> pd.DataFrame:
        """Both potentials and the cell voltage of one cell against capacity."""
        total, sign = float(self.capacity[cell]), self.sign
        cathode, anode = self.cathode.take(cell), self.anode.take(cell)
        k, a = (scale[cell] for scale in self.scales)
        held = k * cathode.start.lithium
        start = cathode.start.potential
        even = sign * (held - k * cathode.lithium(np.linspace(start, self.cathode_potential[cell], points)))
        passed = [np.linspace(0, total, points), even]
        if not self.alone:
            taken, plated = a * anode.start.lithium, float(self.plated[0][cell])
            # Below 0 V vs Li/Li+ lithium metal takes over.
            most = max(taken, a * anode.lithium(np.zeros(1))[0]) if self.charging else taken
            ends = anode.start.potential, max(self.anode_potential[cell], 0.0)
            passed.append(sign * (a * anode.lithium(np.linspace(*ends, points)) - taken - plated * (sign < 0)))
        q = np.clip(np.sort(np.concatenate(passed)), 0, total)[:: len(passed)]
        q[[0, -1]] = 0, total
        q = np.unique(q)
        potential = cathode.potential((held - sign * q) / k)
        frame = {
            "Voltage / V": potential,
            "Cycle Count / 1": self.cycle,
            "Step Count / 1": self.number,
            "Specific Capacity / mAh g-1": q,
            "Cathode Potential / V": potential,
        }
        if self.alone:
            anode_potential, lithiation, metal = anode.potential(q), np.nan, 0.0
        else:
            content = np.minimum(taken + plated + sign * q, most)
            metal = taken + plated + sign * q - content
            anode_potential = np.where(metal > 0, 0.0, anode.potential(content / a))
            lithiation = anode.place(content / a)
        frame["Anode Potential / V"] = anode_potential
        frame["Voltage / V"] = potential - anode_potential + sign * self.polarization[cell]
        if self.held_after is not None:
            frame["Specific Capacity / mAh g-1"] = q + self.held_after[cell]
            frame["Voltage / V"] = self.voltage[cell]
        frame["Cathode Lithiation / 1"] = cathode.place((held - sign * q) / k)
        frame["Anode Lithiation / 1"] = lithiation
        frame["Plated Capacity / mAh g-1"] = metal
        frame["Branch"] = anode.branch
        frame["Cathode Extrapolated / 1"] = cathode.extrapolated(potential)
        frame["Anode Extrapolated / 1"] = anode.extrapolated(anode_potential)
        return pd.DataFrame(frame)


def _energy(path: Path, end: np.ndarray, points: int = 400) -> np.ndarray:
    """Integral of the potential over the lithium that leaves an electrode, in V times lithium.

    By parts, over the potential, for which the lithium is given.
    """
    start = np.broadcast_to(path.start.potential, end.shape)
    share = np.linspace(0, 1, points)
    # Curves have most of their features at the low ends of an anode's and the high ends of a cathode's potentials.
    share = share**2 if path.direction == "delithiation" else 1 - (1 - share) ** 2
    total, before = np.zeros(end.shape), None
    for part in share:
        potential = start + part * (end - start)
        lithium = path.lithium(potential)
        if before is not None:
            total = total + (lithium + before[1]) / 2 * (potential - before[0])
        else:
            first = lithium * potential
        before = potential, lithium
    return first - lithium * potential + total


def run_leg(
    cathode: Path,
    anode: Path | ConstantPath,
    scales: tuple[np.ndarray, np.ndarray],
    plated: np.ndarray,
    cutoff: np.ndarray,
    polarization: np.ndarray,
    numbers: tuple[int, int],
) -> tuple[Leg, np.ndarray]:
    """Charge or discharge all cells to a cut-off; return the leg, and which cells cannot reach the cut-off.

    Paths lead from the states in which the half-cycle starts; `scales` are the first half-cycle's capacities of cathode
    and anode, in mAh per g of cathode, `plated` is lithium metal on the anode at the start, cut-off and polarization
    are in V, `numbers` those of the step and of the cycle.
    """
    sign = 1.0 if cathode.direction == "delithiation" else -1.0
    voltage = cutoff - sign * polarization
    k, a = scales
    metal = np.zeros(voltage.shape)
    if isinstance(anode, ConstantPath):
        u, missed = np.full(voltage.shape, anode.constant), np.zeros(voltage.shape, dtype=bool)
        capacity = sign * k * (cathode.start.lithium - cathode.lithium(u + voltage))
    else:
        lithium = a * anode.start.lithium + plated + k * cathode.start.lithium
        # The limits of draws are uncertain themselves and end nothing.
        highest = 3.5 if anode.many or cathode.many else max(anode.limits[1], 0.1)
        u, x, excess = balance(anode, cathode, (a, k), lithium, voltage, 0.0, highest)
        # What the electrodes cannot hold at 0 V vs Li/Li+ is lithium metal.
        metal = np.where(excess > 0, excess, metal)
        u, missed = np.where(metal > 0, 0.0, u), excess < -1e-9 * k
        capacity = sign * (a * (x - anode.start.lithium) + metal - plated)
    over = np.broadcast_to(polarization, u.shape)
    leg = Leg(cathode, anode, scales, (plated, metal), capacity, u, u + voltage, over, *numbers)
    return leg, missed
