"""Discharge at constant current with spherical diffusion in the anode and a series resistance.

During a discharge at constant current the surface of the anode's particles runs ahead of their mean. With one time
constant ``tau = R**2 / D`` and the particles emptied at the rate ``r = i / (loading * capacity)`` (a share of their
capacity in unit time), the surface lithiation after the time ``t`` is::

    mean - surface = r tau / 3 * (1/5 - 2 sum_n exp(-lambda_n**2 t / tau) / lambda_n**2),   tan(lambda_n) = lambda_n

The discharge ends when cathode, surface of the anode and ohmic drop together give the lower cut-off.

References
----------
J. Crank, The Mathematics of Diffusion, 2nd ed., Oxford University Press 1975, section 6.3.2 (constant flux into a
sphere).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from sicell import _check
from sicell._solve._roots import find_root
from sicell.balancing import FirstCycle
from sicell.rate._start import discharge_leg

_TERMS = 100
# Below this share of the time constant, the series of 100 terms is replaced by its limit for short times.
_SHORT = 3e-4
_LONGEST = 1e5


def _eigenvalues() -> np.ndarray:
    """First positive roots of tan(x) = x, each just below an odd multiple of pi/2."""
    start = (np.arange(1, _TERMS + 1) + 0.5) * np.pi
    roots = start - 1 / start
    for _ in range(20):
        roots = start - np.arctan(1 / roots)
    return roots


_SQUARES = _eigenvalues() ** 2


def _lag(time: np.ndarray) -> np.ndarray:
    """Mean minus surface concentration of a sphere for unit flux, with time in units of R**2 / D."""
    time = np.asarray(time, dtype=float)
    long_times = np.maximum(time, _SHORT)
    series = 0.2 - 2 * (np.exp(-_SQUARES * long_times[..., None]) / _SQUARES).sum(axis=-1)
    return np.where(time < _SHORT, 2 * np.sqrt(time / np.pi) - 2 * time + 4 / (3 * np.sqrt(np.pi)) * time**1.5, series)


@dataclass(frozen=True, eq=False, repr=False)
class RateCapability:
    """Result of :func:`discharge`; all attributes have the broadcast shape of cells and currents.

    The capacity is in mAh per g of cathode active material, 0 where the ohmic drop alone is too large;
    `equilibrium_capacity` is what a constant-voltage step at the lower cut-off, held until the current is gone, would
    bring it to, `mean_voltage` that of the discharge in V. Lithiations of the anode are shares of its reversible
    capacity, potentials (V vs Li/Li+) those at the end of discharge, of the anode's surface.
    """

    current_density: Any
    capacity: Any
    equilibrium_capacity: Any
    mean_lithiation: Any
    surface_lithiation: Any
    anode_potential: Any
    cathode_potential: Any
    _voltage: Callable[[np.ndarray], np.ndarray]

    def __repr__(self) -> str:
        capacity = np.ravel(self.capacity)
        return f"RateCapability({capacity.size} discharges, {capacity.min():.1f}–{capacity.max():.1f} mAh/g)"

    def to_frame(self) -> pd.DataFrame:
        """Return a table with one row for each discharge."""
        return pd.DataFrame({name: np.ravel(value) for name, value in vars(self).items() if name != "_voltage"})

    @property
    def mean_voltage(self) -> Any:
        """Energy over capacity of the discharge, in V."""
        shares = np.linspace(0, 1, 101)
        voltage = np.array([self._voltage(share * np.asarray(self.capacity)) for share in shares])
        return np.trapezoid(voltage, shares, axis=0)[()]


class _Discharge:
    """What a first cycle leaves for the discharge, ready for broadcasting against currents."""

    def __init__(self, first_cycle: FirstCycle, cathode_loading: Any, *others: Any) -> None:
        leg = discharge_leg(first_cycle)
        self.loading = np.asarray(_check.between("cathode_loading", cathode_loading, 0.01, 1000, "mg/cm2"))
        shape = np.shape(first_cycle.charge_capacity)
        self.shape = np.broadcast_shapes(shape, *(np.shape(value) for value in (cathode_loading, *others)))
        cells = np.broadcast_to(np.arange(leg.capacity.size).reshape(shape), self.shape)
        self.cathode, self.anode = leg.cathode.take(cells), leg.anode.take(cells)
        self.scale, anode_scale = (scale[cells] for scale in leg.scales)
        self.held = (self.anode.start.lithium - self.anode.kept) * anode_scale
        self.size = self.anode.reacted * anode_scale
        self.equilibrium = np.broadcast_to(first_cycle.discharge_capacity, self.shape)
        self.cutoff = (leg.cathode_potential - leg.anode_potential - leg.polarization)[cells]

    def potentials(self, capacity: np.ndarray, drop: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Potentials of the cathode, and of an anode with which the cell is at its cut-off."""
        # Beyond all the lithium that its curve can hold, the cathode's potential falls without end.
        cathode = self.cathode.potential(self.cathode.start.lithium + capacity / self.scale)
        cathode = np.where(np.isnan(cathode), -1.0, cathode)
        return cathode, cathode - self.cutoff - drop

    def surface(self, potential: np.ndarray) -> np.ndarray:
        """Lithiation of the anode's surface, as a share of what has reacted."""
        return (self.anode.lithium(potential) - self.anode.kept) / self.anode.reacted

    def solve(self, current: np.ndarray, tau: np.ndarray, resistance: np.ndarray) -> tuple[np.ndarray, ...]:
        """Capacity, surface and mean lithiation at the cut-off."""
        drop = 1e-3 * current * resistance
        rate = 1e3 * current / (self.loading * self.size)

        def surface(capacity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            mean = (self.held - capacity) / self.size
            time = capacity / self.size / (rate * tau)
            return mean - rate * tau / 3 * _lag(time), mean

        def ahead(capacity: np.ndarray) -> np.ndarray:
            return surface(capacity)[0] - self.surface(self.potentials(capacity, drop)[1])

        def voltage(capacity: np.ndarray) -> np.ndarray:
            anode = self.anode.potential(self.anode.kept + self.anode.reacted * surface(capacity)[0])
            return self.potentials(capacity, drop)[0] - anode - drop

        none = np.zeros(self.shape)
        found = find_root(ahead, none, np.broadcast_to(self.held, self.shape), tolerance=1e-11)
        capacity = np.where(ahead(none) > 0, found, 0.0)
        return capacity, *surface(capacity), *self.potentials(capacity, drop), voltage


def discharge(
    first_cycle: FirstCycle,
    current_density: Any,
    time_constant: Any,
    *,
    cathode_loading: Any,
    area_specific_resistance: Any = 0.0,
) -> RateCapability:
    """Discharge at constant current, from the end of a near-equilibrium charge.

    A first cycle (cell, cut-offs and loss), current densities (mA/cm2, positive), time constants (h: square of the
    diffusion length over the diffusivity), the loading in mg/cm2 of cathode active material
    (:attr:`sicell.balancing.FullCell.cathode_loading`) and resistances (ohm cm2) broadcast. Raises ValueError if one is
    not positive, the anode is a reference electrode, lithium was plated, or the currents must be in another unit (above
    1000 mA/cm2).

    >>> from sicell import electrodes
    >>> from sicell.balancing import FullCell, Loss
    >>> cell = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.3, anode_areal_capacity=7.4)
    >>> first = cell.first_cycle(4.25, 1.5, loss=Loss.fixed(0.15))
    >>> slow, fast = discharge(first, [0.01, 1.0], 10.0, cathode_loading=cell.cathode_loading).capacity
    >>> bool(slow > fast + 20)
    True
    """
    current = np.asarray(_check.positive("current_density", current_density, "mA/cm2"))
    if current.size and current.max() > 1000:
        raise ValueError(f"current_density must be in mA/cm2 and at most 1000, got {current.max():g}")
    tau = np.asarray(_check.between("time_constant", time_constant, 1e-6, _LONGEST, "h"))
    resistance = np.asarray(_check.non_negative("area_specific_resistance", area_specific_resistance, "ohm cm2"))
    parts = _Discharge(first_cycle, cathode_loading, current, tau, resistance)
    capacity, surface, mean, cathode, anode, voltage = parts.solve(current, tau, resistance)
    values = (current, capacity, parts.equilibrium, mean, surface, anode, cathode)
    shape = np.shape(capacity)
    return RateCapability(*(v.item() if shape == () else np.array(v) for v in np.broadcast_arrays(*values)), voltage)


def calibrate_time_constant(
    first_cycle: FirstCycle,
    capacity: float,
    current_density: float,
    *,
    cathode_loading: float,
    area_specific_resistance: float = 0.0,
) -> float:
    """Find the time constant, in h, with which one discharge has a given capacity (mAh per g of cathode material).

    The first cycle is of one cell; the other arguments are those of :func:`discharge`. Raises ValueError if the
    capacity is not below what the cell gives without diffusion limits.

    >>> from sicell import electrodes
    >>> from sicell.balancing import FullCell, Loss
    >>> cell = FullCell(electrodes.ncm90(), electrodes.si_c(), 1.3, anode_areal_capacity=7.4)
    >>> first = cell.first_cycle(4.25, 1.5, loss=Loss.fixed(0.15))
    >>> tau = calibrate_time_constant(first, 150.0, 1.0, cathode_loading=cell.cathode_loading)
    >>> round(discharge(first, 1.0, tau, cathode_loading=cell.cathode_loading).capacity, 6)
    150.0
    """
    wanted = _check.positive("capacity", capacity, "mAh/g")
    options = {"cathode_loading": cathode_loading, "area_specific_resistance": area_specific_resistance}
    if isinstance(first_cycle, FirstCycle) and np.ndim(first_cycle.charge_capacity):
        raise ValueError("first_cycle must be of one cell to calibrate with")

    def error(logarithm: float) -> float:
        return discharge(first_cycle, current_density, float(np.exp(logarithm)), **options).capacity - wanted

    ends = np.log([1.01e-6, 0.99 * _LONGEST])
    if error(ends[0]) < 0:
        most = error(ends[0]) + wanted
        raise ValueError(
            f"capacity must be below the {most:.4g} mAh/g of a cell without diffusion limits, got {wanted:g}"
        )
    return float(np.exp(brentq(error, *ends, xtol=1e-13)))


def diffusion_length(time_constant: Any, diffusivity: Any) -> Any:
    """Return the length (um; for a sphere its radius) over which lithium diffuses in a time constant (h).

    The diffusivity is in m2/s; above 1e-6 it is taken for another unit and refused with a ValueError.

    >>> round(diffusion_length(20.0, 1e-17), 2)
    0.85
    """
    tau = np.asarray(_check.positive("time_constant", time_constant, "h"))
    result = 1e6 * np.sqrt(3600 * tau * _diffusivity(diffusivity))
    return float(result) if np.ndim(result) == 0 else result


def diffusion_time(length: Any, diffusivity: Any) -> Any:
    """Return the time constant (h) of a length (um): the inverse of :func:`diffusion_length`.

    A silicon particle of 64 nm diameter is no limit:

    >>> round(diffusion_time(0.032, 1e-17), 3)
    0.028
    """
    meters = 1e-6 * np.asarray(_check.positive("length", length, "um"))
    result = meters**2 / _diffusivity(diffusivity) / 3600
    return float(result) if np.ndim(result) == 0 else result


def _diffusivity(value: Any) -> np.ndarray:
    """Check a diffusivity."""
    diffusivity = np.asarray(_check.positive("diffusivity", value, "m2/s"))
    if diffusivity.max() > 1e-6:
        raise ValueError(f"diffusivity must be in m2/s (1 cm2/s is 1e-4), got {diffusivity.max():g}")
    return diffusivity
