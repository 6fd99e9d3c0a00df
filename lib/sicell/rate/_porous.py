"""Discharge of electrodes whose electrolyte resists: each is a transmission line through its thickness."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from sicell import _check
from sicell.balancing import FirstCycle
from sicell.electrodes import Path
from sicell.rate._start import discharge_leg

# Layers of an electrode, steps of a discharge and of the table of a curve (V).
_LAYERS, _STEPS, _TABLE = 20, 240, 5e-4
# Potentials that an electrode can be at, in V vs Li/Li+.
_LOWEST, _HIGHEST = -0.5, 5.0
# Voltage below which a line is no line, and slope (1/V) that gives every potential a little lithium to hold.
_NONE, _TAIL = 1e-6, 1e-7


@dataclass(frozen=True, eq=False, repr=False)
class PorousDischarge:
    """Result of :func:`porous_discharge`; attributes have the broadcast shape of the arguments.

    Capacities in mAh per g of cathode active material (`equilibrium_capacity` is that at no current), `mean_voltage` of
    the discharge in V.
    """

    current_density: Any
    capacity: Any
    mean_voltage: Any
    equilibrium_capacity: Any

    def __repr__(self) -> str:
        capacity = np.ravel(self.capacity)
        return f"PorousDischarge({capacity.size} discharges, {capacity.min():.1f}–{capacity.max():.1f} mAh/g)"


class _Line:
    """One electrode of all discharges, in layers from the separator (first) to the current collector."""

    def __init__(self, path: Path, scale: np.ndarray, drop: np.ndarray) -> None:
        self.sign = 1.0 if path.direction == "delithiation" else -1.0
        grid = np.arange(_LOWEST, _HIGHEST, _TABLE)
        cells = np.broadcast_to(np.arange(scale.size)[:, None], (scale.size, grid.size))
        self.table = scale[:, None] * (path.take(cells).lithium(grid + np.zeros(cells.shape)) - _TAIL * grid)
        self.drop = np.maximum(drop, _NONE)
        self.rows = np.arange(scale.size)[:, None]
        start = np.broadcast_to(path.start.potential, scale.shape)
        self.potential = np.repeat(start[:, None], _LAYERS, axis=1).astype(float)
        self.lithium = self._held(self.potential)[0]
        coupling = 2 * np.eye(_LAYERS) - np.eye(_LAYERS, k=1) - np.eye(_LAYERS, k=-1)
        coupling[0, 0] = coupling[-1, -1] = 1.0
        self.coupling = coupling

    def _held(self, potential: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lithium of layers, each as if it were all of the electrode, and its slope against the potential."""
        place = np.clip((potential - _LOWEST) / _TABLE, 0, self.table.shape[1] - 1.000001)
        left = place.astype(np.intp)
        first, second = self.table[self.rows, left], self.table[self.rows, left + 1]
        return first + (place - left) * (second - first), (second - first) / _TABLE

    def pass_on(self, charge: np.ndarray) -> np.ndarray:
        """Let a charge pass (mAh/g), by one implicit step; returns the potential that the separator sees."""
        conductance = (_LAYERS**2 / self.drop * charge)[:, None, None] * self.coupling
        source = np.zeros(self.potential.shape)
        source[:, 0] = self.sign * _LAYERS * charge
        limit, last = np.full(self.potential.shape, 0.1), np.zeros(self.potential.shape)
        for _ in range(100):
            held, slope = self._held(self.potential)
            wrong = held - self.lithium + source - np.einsum("cij,cj->ci", conductance, self.potential)
            matrix = np.where(np.eye(_LAYERS, dtype=bool), slope[:, :, None], 0.0) - conductance
            # Curves have kinks where a part waits for its branch: across them Newton's steps would swing.
            move = np.clip(-np.linalg.solve(matrix, wrong[:, :, None])[:, :, 0], -limit, limit)
            limit, last = np.where(move * last < 0, limit / 2, limit), move
            self.potential = np.clip(self.potential + move, _LOWEST, _HIGHEST - 2 * _TABLE)
            if np.abs(move).max() < 1e-6:
                break
        # What Newton's method has not found exactly must not change the charge.
        self.lithium = self.lithium - source + np.einsum("cij,cj->ci", conductance, self.potential)
        return self.potential[:, 0] + self.sign * self.drop / (2 * _LAYERS)


def porous_discharge(
    first_cycle: FirstCycle,
    current_density: Any,
    *,
    anode_resistance: Any,
    cathode_resistance: Any = 0.0,
    area_specific_resistance: Any = 0.0,
) -> PorousDischarge:
    """Discharge at constant current with the ionic resistance of both electrodes as the only limit.

    Solid electrolytes conduct lithium ions alone, so that no gradient of concentration builds up and porous-electrode
    theory is Ohm's law: each electrode is a transmission line of ionic resistances with the electrode's own curve, near
    equilibrium, as the element that stores charge. Electrons meet no resistance, the charge transfer costs nothing.
    The layers at the separator react first where the curve is flat. At low current a line with a sloping curve costs a
    third of its resistance.

    Parameters
    ----------
    first_cycle : FirstCycle
        The discharge starts where its charge, near equilibrium, ended.
    current_density : array_like
        In mA/cm2, positive.
    anode_resistance, cathode_resistance : array_like
        Of the electrolyte through the whole thickness of an electrode, in ohm cm2: thickness over effective
        conductivity, three times :func:`sicell.materials.porous_electrode_resistance`.
    area_specific_resistance : array_like, optional
        Of the separator and all that is in series, in ohm cm2.

    Raises
    ------
    ValueError
        If a number is out of range, the anode is a reference electrode, or lithium was plated.

    References
    ----------
    J. S. Newman, C. W. Tobias, J. Electrochem. Soc. 109 (1962) 1183 (from memory).

    Examples
    --------
    >>> from sicell import electrodes
    >>> from sicell.balancing import FullCell, Loss
    >>> first = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.3).first_cycle(4.25, 1.5, loss=Loss.fixed(0.15))
    >>> some, much = porous_discharge(first, 1.0, anode_resistance=[30.0, 3000.0]).capacity
    >>> bool(some > 190 > 150 > much)
    True
    """
    current = np.asarray(_check.positive("current_density", current_density, "mA/cm2"))
    if current.size and current.max() > 1000:
        raise ValueError(f"current_density must be in mA/cm2 and at most 1000, got {current.max():g}")
    given = {"anode": anode_resistance, "cathode": cathode_resistance, "area_specific": area_specific_resistance}
    ohms = [np.asarray(_check.non_negative(f"{name}_resistance", value, "ohm cm2")) for name, value in given.items()]
    leg = discharge_leg(first_cycle)
    shape = np.broadcast_shapes(np.shape(first_cycle.charge_capacity), current.shape, *(one.shape for one in ohms))
    cells = np.arange(leg.capacity.size).reshape(np.shape(first_cycle.charge_capacity))
    cells = np.broadcast_to(cells, shape).ravel()
    anode_drop, cathode_drop, drop = (1e-3 * np.broadcast_to(current * one, shape).ravel() for one in ohms)
    lines = [
        _Line(path.take(cells), scale[cells], over)
        for path, scale, over in zip((leg.cathode, leg.anode), leg.scales, (cathode_drop, anode_drop), strict=True)
    ]
    most, cutoff = leg.capacity[cells], leg.voltage[cells]
    # Steps get shorter towards the end, where the voltage falls.
    grid = most * (1 - (1 - np.linspace(0, 1, _STEPS + 1)) ** 1.5)[:, None]
    voltage = [np.full(most.shape, np.nan)]
    for step in np.diff(grid, axis=0):
        cathode, anode = (line.pass_on(step) for line in lines)
        voltage.append(cathode - anode - drop)
        if (voltage[-1] < cutoff).all():
            break
    voltage[0] = np.maximum(voltage[1], cutoff)
    capacity, mean = _until(np.array(voltage), grid[: len(voltage)], cutoff)
    results = (np.broadcast_to(current, shape), capacity.reshape(shape), mean.reshape(shape), most.reshape(shape))
    return PorousDischarge(*(value.item() if shape == () else np.array(value) for value in results))


def _until(voltage: np.ndarray, charge: np.ndarray, cutoff: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Charge at which the voltage falls below the cut-off, and the mean voltage until then."""
    below = voltage < cutoff
    last = np.where(below.any(axis=0), below.argmax(axis=0), len(voltage) - 1)
    columns = np.arange(cutoff.size)
    fall = voltage[last - 1, columns] - voltage[last, columns]
    share = np.clip((voltage[last - 1, columns] - cutoff) / np.where(fall > 0, fall, 1.0), 0, 1)
    end = charge[last - 1, columns] + share * (charge[last, columns] - charge[last - 1, columns])
    seen = np.minimum(charge, end)
    energy = (np.diff(seen, axis=0) * (np.maximum(voltage[1:], cutoff) + voltage[:-1]) / 2).sum(axis=0)
    return end, energy / np.maximum(end, 1e-300)
