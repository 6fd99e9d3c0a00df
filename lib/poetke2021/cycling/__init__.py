"""Cycling: coulombic efficiency, retention and fade, and what one of them says about the others.

For half-cells: a constant factor per cycle, and curves through reported points. For full cells, in which the cathode
brought all lithium: a :class:`Protocol` that knows which cycles are slow, the account of charge that follows if every
charge ends in the same state (:func:`charge_account`), the split of a fade into what stays lost and what a slow cycle
brings back (:func:`split_loss`), and three hypotheses about the course between the reported cycles. Cycles are counted
from 1.
"""

from poetke2021.cycling._account import (
    ChargeAccount,
    LossSplit,
    average_efficiency,
    capacity_after,
    charge_account,
    interpolate,
    loss_after,
    per_cycle_factor,
    split_loss,
)
from poetke2021.cycling._hypotheses import CathodeDegradation, LithiumInventory, constant_efficiency
from poetke2021.cycling._protocol import Protocol

__all__ = [
    "CathodeDegradation",
    "ChargeAccount",
    "LithiumInventory",
    "LossSplit",
    "Protocol",
    "average_efficiency",
    "capacity_after",
    "charge_account",
    "constant_efficiency",
    "interpolate",
    "loss_after",
    "per_cycle_factor",
    "split_loss",
]
