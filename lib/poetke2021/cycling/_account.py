"""The account of charge in a cell whose lithium comes from the cathode alone.

A full cell loses capacity because lithium ions are lost, or because at the current of the test they do not all come
back in time. A coulombic efficiency sees the two as one; a slow cycle tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sicell import _check

__all__ = ["ChargeAccount", "LossSplit", "average_efficiency", "charge_account", "loss_after", "split_loss"]


def plain(value: Any) -> Any:
    """Return a single number as float, an array as it is."""
    array = np.asarray(value)
    return float(array) if array.ndim == 0 else array


@dataclass(frozen=True, eq=False)
class ChargeAccount:
    """Result of :func:`charge_account`; the last axis of each array is the cycles from the second on.

    Attributes
    ----------
    cycle : numpy.ndarray of int
        2, 3, ...
    charge_capacity, discharge_capacity : numpy.ndarray
        What goes in and what comes out, in the unit of the capacities given.
    coulombic_efficiency : numpy.ndarray
        Their ratio; above one in a cycle that brings back what earlier ones left behind.
    missing_charge : numpy.ndarray
        Charge that has gone into the anode since the first discharge and has not come back yet, in the same unit.
    """

    cycle: np.ndarray
    charge_capacity: np.ndarray
    discharge_capacity: np.ndarray
    coulombic_efficiency: np.ndarray
    missing_charge: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """Return the account of one cell, one cycle a row.

        Raises ValueError if the account is one of several cells.
        """
        if self.discharge_capacity.ndim != 1:
            raise ValueError(
                f"to_frame needs the account of one cell, got capacities of shape {self.discharge_capacity.shape}"
            )
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
    """Work out charge, efficiency and missing charge of each cycle from the discharge capacities alone.

    If every charge ends with the same amount of lithium in the cathode, and all lithium came from the cathode, a charge
    takes out just what the discharge before it has put back. So ``charge[k] = discharge[k - 1]``, the coulombic
    efficiency of cycle k is ``discharge[k] / discharge[k - 1]``, and what is missing after cycle k is
    ``discharge[1] - discharge[k]``, wherever it is: used up for good, or left in the anode for a slower discharge.

    Raises ValueError if a capacity is not positive, or there are fewer than two cycles.

    Parameters
    ----------
    discharge_capacity : array_like, shape (..., cycles)
        Of cycle 1, 2, ...; at least two cycles; in any unit.

    Returns
    -------
    ChargeAccount

    References
    ----------
    Conservation of lithium. On what measured efficiencies say about fade: A. J. Smith, J. C. Burns, D. Xiong,
    J. R. Dahn, J. Electrochem. Soc. 158 (2011) A1136.
    """
    capacity = np.atleast_1d(_check.positive("discharge_capacity", discharge_capacity))
    if capacity.shape[-1] < 2:
        raise ValueError(f"discharge_capacity must have at least 2 cycles, got shape {capacity.shape}")
    before, after = capacity[..., :-1], capacity[..., 1:]
    return ChargeAccount(np.arange(2, capacity.shape[-1] + 1), before, after, after / before, capacity[..., :1] - after)


def average_efficiency(loss: Any, steps: Any) -> Any:
    """Average coulombic efficiency of a lithium-limited cell that loses a given share over some cycles.

    With ``CE[k] = discharge[k] / discharge[k - 1]`` the product of the efficiencies is the ratio of the last to the
    first discharge, whatever lies between, so the *geometric* mean is known exactly. The arithmetic mean is larger by
    about half the variance: by 0.005 percentage points if single cycles scatter by one.

    Raises ValueError if `loss` is no fraction of at least 0 and below 1, or `steps` is not positive.

    Parameters
    ----------
    loss : array_like
        Share of the first discharge capacity that is lost, at least 0 and below 1.
    steps : array_like
        Steps between the two discharges: last cycle number minus first.

    Returns
    -------
    float or numpy.ndarray
        A fraction.

    References
    ----------
    As for :func:`charge_account`.
    """
    share = loss_fraction(loss)
    return plain((1 - np.asarray(share)) ** (1 / np.asarray(_check.positive("steps", steps))))


def loss_after(efficiency: Any, steps: Any) -> Any:
    """Share of the capacity that is gone after some cycles of constant efficiency.

    The inverse of :func:`average_efficiency`.

    Raises ValueError if `efficiency` is no fraction between 0 and 1, or `steps` is negative.

    Parameters
    ----------
    efficiency : array_like
        A fraction between 0 and 1.
    steps : array_like
        Steps between the two discharges, zero or more.

    Returns
    -------
    float or numpy.ndarray
        A fraction.
    """
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
    """Result of :func:`split_loss`.

    Attributes
    ----------
    total, permanent, kinetic : float or numpy.ndarray
        Log-losses, ``-ln`` of a capacity ratio: of the fade at high current, of what a slow cycle does not bring back,
        and the rest. The first is the sum of the other two.
    """

    total: Any
    permanent: Any
    kinetic: Any

    @property
    def permanent_share(self) -> Any:
        """Part of the fade that a slow cycle does not bring back, a fraction."""
        return plain(self.permanent / self.total)

    @property
    def kinetic_share(self) -> Any:
        """Part of the fade that a slow cycle brings back, a fraction; negative if the slow capacity fades faster."""
        return plain(self.kinetic / self.total)

    @property
    def utilization_ratio(self) -> Any:
        """Part of the slow capacity that comes at high current, at the end over that at the beginning, a fraction."""
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
    multiply, so their logarithms add: ``ln(fast ratio) = ln(slow ratio) + ln(utilization ratio)``.

    Raises ValueError if a number is outside its range, or `loss` and `retention` are not of the same number of cells.

    Parameters
    ----------
    loss : array_like
        Loss of the fast discharge capacity, a fraction above 0 and below 1.
    retention : array_like
        Slow discharge capacity at the end over that at the beginning, a fraction above 0 and at most 1. It usually
        spans two cycles more than `loss`; if the permanent loss is the same in every cycle, its share is overestimated
        by two of these steps.

    Returns
    -------
    LossSplit

    References
    ----------
    Arithmetic. That slow lithiation passes for lost capacity, and a constant voltage brings it back, was shown for
    NCM111 by J. Kasnatscheew et al., Phys. Chem. Chem. Phys. 18 (2016) 3956.
    """
    share = _check.positive("loss", loss_fraction(loss))
    kept = _check.between("retention", _check.positive("retention", retention), 0, 1)
    total, permanent = -np.log1p(-np.asarray(share)), -np.log(np.asarray(kept))
    try:
        total, permanent = np.broadcast_arrays(total, permanent)
    except ValueError:
        raise ValueError(
            f"loss and retention must be of the same cells, got shapes {total.shape} and {permanent.shape}"
        ) from None
    return LossSplit(plain(total), plain(permanent), plain(total - permanent))
