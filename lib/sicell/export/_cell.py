"""What a first cycle leaves behind: capacities, curves and windows of both electrodes for one half-cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sicell.balancing import FirstCycle
from sicell.electrodes import Electrode, Path
from sicell.msmr import Msmr

# Both electrodes, with their branches on discharge.
_SIDES = {"Positive electrode": "lithiation", "Negative electrode": "delithiation"}


@dataclass(frozen=True)
class ElectrodePart:
    """One electrode. Loading in mg/cm2, capacity (stoichiometry 0 to 1, after the loss) in mAh/g of what is loaded."""

    electrode: Electrode
    branch: str
    curves: Mapping[str, Msmr | Along]
    sources: Mapping[str, str]
    measured: Mapping[str, tuple[float, float] | None]
    loading: float
    specific_capacity: float
    limits: tuple[float, float]


@dataclass(frozen=True)
class Along:
    """Potential along a path against the lithiation of its electrode; a straight line outside of the path."""

    path: Path

    def potential(self, lithiation: np.ndarray) -> np.ndarray:
        """Potential in V vs Li/Li+."""
        path, place = self.path, np.asarray(lithiation, dtype=float)
        start = path.place(path.start.lithium)
        sign = 1.0 if path.direction == "delithiation" else -1.0
        outside = sign * (place - start) > 0
        lithium = path.start.lithium + (np.where(outside, start, place) - start) * path.capacity
        known = np.array(path.potential(lithium))
        # An electrode that is empty or full has no potential to be found.
        gone = np.isnan(known)
        known[gone] = path.potential(path.start.lithium) + sign
        return known - 0.01 * np.where(outside, place - start, 0.0)


@dataclass(frozen=True)
class Window:
    """Both electrodes over the first discharge; capacity in mAh per g of cathode, cut-offs in V."""

    parts: Mapping[str, ElectrodePart]
    capacity: float
    cutoffs: tuple[float, float]
    temperature: float
    title: str


def window(first_cycle: FirstCycle) -> Window:
    """Read the window of the discharge from a first cycle, or refuse with the reason."""
    if not isinstance(first_cycle, FirstCycle):
        raise TypeError(f"first_cycle must be the result of FullCell.first_cycle, got {first_cycle!r}")
    charge, discharge = first_cycle.legs
    cathode, anode = first_cycle.cell.cathode, first_cycle.cell.anode
    if charge.capacity.size != 1:
        raise ValueError(f"first_cycle must be of one cell, got {charge.capacity.size}")
    if not isinstance(anode, Electrode):
        raise ValueError(f"first_cycle must have an anode that takes lithium up, got {anode.name}")
    cell = first_cycle.cell
    if cell.anode_areal_capacity is None:
        raise ValueError("first_cycle must be of a cell with an areal capacity: FullCell(…, anode_areal_capacity=…)")
    if (discharge.plated[0] > 0).any() or (discharge.plated[1] > 0).any():
        raise ValueError("first_cycle must not plate lithium, for which the format has no field")
    paths = dict(zip(_SIDES, (discharge.cathode, discharge.anode), strict=True))
    limits = {}
    for (side, path), end in zip(paths.items(), discharge.lithiations[::-1], strict=True):
        start = path.place(path.start.lithium)
        limits[side] = tuple(sorted((np.ravel(start).item(), np.ravel(end).item())))
        low, high = limits[side]
        if low <= 0 or high >= 1:
            raise ValueError(
                "first_cycle must keep both electrodes at stoichiometries between 0 and 1, "
                f"got {low:.4g} to {high:.4g} for the {side.lower()}; without a loss the cathode takes back more than "
                "its half-cell does: give first_cycle a loss, or cathode_normalization='lithium content'"
            )
    loading = np.asarray(cell.cathode_loading).item()
    of_anode = charge.scales[1].item() / anode.specific_capacity
    lowest = charge.anode_potential.item()
    parts = {}
    for (side, name), electrode, weight, scale in zip(
        _SIDES.items(), (cathode, anode), (1.0, of_anode), discharge.scales, strict=True
    ):
        found = {key: electrode.branch(key, lowest) for key in ("delithiation", "lithiation")}
        parts[side] = ElectrodePart(
            electrode,
            name,
            {key: value.curve for key, value in found.items()} | {name: Along(paths[side].take(0))},
            {key: value.source for key, value in found.items()},
            {key: value.measured for key, value in found.items()},
            loading * weight,
            np.ravel(paths[side].capacity * scale).item() / weight,
            limits[side],
        )
    return Window(
        parts,
        discharge.capacity.item(),
        (discharge.voltage.item(), charge.voltage.item()),
        cathode.branch("lithiation").curve.temperature,
        f"{cathode.name} | {anode.name}, n/p {np.asarray(first_cycle.np_ratio).item():.2f}, discharge",
    )
