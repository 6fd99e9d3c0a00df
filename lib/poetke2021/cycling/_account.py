"""The account of charge in a cell whose lithium comes from the cathode alone, and factors from cycle to cycle.

A full cell loses capacity because lithium ions are lost, or because at the current of the test they do not all come
back in time. A coulombic efficiency sees the two as one; a slow cycle tells them apart. Numbers may be arrays, losses
and efficiencies are fractions, capacities in any one unit; what is out of range raises ValueError.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check


def plain(value: Any) -> Any:
    """Return a single number as float, an array as it is."""
    array = np.asarray(value)
    return float(array) if array.ndim == 0 else array


@dataclass(frozen=True, eq=False)
class ChargeAccount:
    """Result of :func:`charge_account`; the last axis of each array is the cycles from the second on.

    The efficiency is above one in a cycle that brings back what earlier ones left behind; `missing_charge` has gone
    into the anode since the first discharge and has not come back yet.
    """

    cycle: np.ndarray
    charge_capacity: np.ndarray
    discharge_capacity: np.ndarray
    coulombic_efficiency: np.ndarray
    missing_charge: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """Return the account of one cell, one cycle a row."""
        return pd.DataFrame(
            {
                "Cycle Count / 1": self.cycle,
                "charge": self.charge_capacity,
                "discharge": self.discharge_capacity,
                "coulombic efficiency / 1": self.coulombic_efficiency,
                "missing": self.missing_charge,
            }
        )


def charge_account(discharge_capacity: Any) -> ChargeAccount:
    """Work out charge, efficiency and missing charge of each cycle from the discharge capacities, shape (..., cycles).

    If every charge ends with the same amount of lithium in the cathode, and all lithium came from the cathode, a charge
    takes out just what the discharge before it has put back. So ``charge[k] = discharge[k - 1]``, the coulombic
    efficiency of cycle k is ``discharge[k] / discharge[k - 1]``, and what is missing after cycle k is ``discharge[1] -
    discharge[k]``, wherever it is: used up for good, or left in the anode for a slower discharge. On what measured
    efficiencies say about fade: A. J. Smith, J. C. Burns, D. Xiong, J. R. Dahn, J. Electrochem. Soc. 158 (2011) A1136.
    """
    capacity = np.atleast_1d(_check.positive("discharge_capacity", discharge_capacity))
    if capacity.shape[-1] < 2:
        raise ValueError(f"discharge_capacity must have at least 2 cycles, got shape {capacity.shape}")
    before, after = capacity[..., :-1], capacity[..., 1:]
    return ChargeAccount(np.arange(2, capacity.shape[-1] + 1), before, after, after / before, capacity[..., :1] - after)


def average_efficiency(loss: Any, steps: Any) -> Any:
    """Return the average coulombic efficiency of a lithium-limited cell that loses a given share over some steps.

    With ``CE[k] = discharge[k] / discharge[k - 1]`` the product of the efficiencies is the ratio of the last to the
    first discharge, whatever lies between, so the *geometric* mean is known exactly. The arithmetic mean is larger by
    about half the variance: by 0.005 percentage points if single cycles scatter by one.
    """
    share = loss_fraction(loss)
    return plain((1 - np.asarray(share)) ** (1 / np.asarray(_check.positive("steps", steps))))


def loss_after(efficiency: Any, steps: Any) -> Any:
    """Return the share of the capacity that is gone after some steps: the inverse of :func:`average_efficiency`."""
    kept = _check.between("efficiency", efficiency, 0, 1)
    return plain(1 - np.asarray(kept) ** np.asarray(_check.non_negative("steps", steps)))


def loss_fraction(loss: Any) -> Any:
    """Return a loss if it is at least 0 and below 1."""
    share = _check.between("loss", loss, 0, 1)
    if np.any(np.asarray(share) == 1):
        raise ValueError("loss must be below 1: nothing would be left, and a logarithm of it does not exist")
    return share


@dataclass(frozen=True, eq=False)
class LossSplit:
    """Log-losses, ``-ln`` of a capacity ratio: of the fade at high current, of what stays lost, and the rest.

    The first is the sum of the other two.
    """

    total: Any
    permanent: Any
    kinetic: Any

    @property
    def permanent_share(self) -> Any:
        """Part of the fade that a slow cycle does not bring back; above 1 if the slow capacity fades faster."""
        return plain(self.permanent / self.total)

    @property
    def utilization_ratio(self) -> Any:
        """Part of the slow capacity that comes at high current, at the end over that at the beginning."""
        return plain(np.exp(-np.asarray(self.kinetic)))

    def to_frame(self) -> pd.DataFrame:
        """Return the split, one cell a row."""
        return pd.DataFrame(
            {
                "log-loss / 1": np.atleast_1d(self.total),
                "permanent / 1": np.atleast_1d(self.permanent),
                "kinetic / 1": np.atleast_1d(self.kinetic),
                "permanent share / 1": np.atleast_1d(self.permanent_share),
            }
        )


def split_loss(loss: Any, retention: Any) -> LossSplit:
    """Split the fade at high current into what stays lost and what a slow cycle brings back.

    A fast discharge is the slow capacity of that moment times the share of it that comes at high current. Ratios
    multiply, so their logarithms add: ``ln(fast ratio) = ln(slow ratio) + ln(utilization ratio)``. That slow lithiation
    passes for lost capacity, and a constant voltage brings it back, was shown for NCM111 by J. Kasnatscheew et al.,
    Phys. Chem. Chem. Phys. 18 (2016) 3956.

    `loss` is above 0, `retention` the slow capacity at the end over that at the beginning, above 0 and at most 1. It
    usually spans two cycles more than `loss`; if the permanent loss is the same in every cycle, its share is
    overestimated by two of these steps.
    """
    share = _check.positive("loss", loss_fraction(loss))
    kept = _check.between("retention", _check.positive("retention", retention), 0, 1)
    total, permanent = np.broadcast_arrays(-np.log1p(-np.asarray(share)), -np.log(np.asarray(kept)))
    return LossSplit(plain(total), plain(permanent), plain(total - permanent))


def per_cycle_factor(retained: Any, cycles: Any) -> Any:
    """Return the constant factor from cycle to cycle that leaves a given share after some steps.

    The share is above 1 if the capacity has grown, and at most 2: it is no percentage.
    """
    share = _check.between("retained", _check.positive("retained", retained), 0, 2)
    return plain(np.asarray(share) ** (1 / np.asarray(_check.positive("cycles", cycles))))


def capacity_after(capacity: Any, factor: Any, cycles: Any) -> Any:
    """Return the capacity after some steps with a constant factor: the inverse of :func:`per_cycle_factor`."""
    start, per_cycle = _check.positive("capacity", capacity), _check.positive("factor", factor)
    return plain(np.asarray(start) * np.asarray(per_cycle) ** np.asarray(_check.non_negative("cycles", cycles)))


def interpolate(cycle: Any, capacity: Any) -> pd.DataFrame:
    """Draw a curve through reported points, with a constant factor per cycle between neighbours.

    What lies between reported points is no datum: the column ``kind`` is ``"reported"`` or ``"interpolated"``, beside
    ``Cycle Count / 1``, all cycles from the first to the last reported, and ``capacity``. Cycle numbers are whole and
    rise; there are two points at least.
    """
    numbers, values = np.atleast_1d(cycle), np.atleast_1d(_check.positive("capacity", capacity))
    if values.shape != numbers.shape or numbers.size < 2:
        raise ValueError(
            f"capacity and cycle must be lists of one length, at least 2, got {values.shape} and {numbers.shape}"
        )
    if np.any(np.diff(numbers) <= 0):
        raise ValueError(f"cycle must rise from one to the next, got {[int(number) for number in numbers]}")
    wanted = np.arange(numbers[0], numbers[-1] + 1)
    kind = np.where(np.isin(wanted, numbers), "reported", "interpolated")
    smooth = np.exp(np.interp(wanted, numbers, np.log(values)))
    return pd.DataFrame({"Cycle Count / 1": wanted, "capacity": smooth, "kind": kind})
