"""Charges and discharges of a recording, one by one, as curves of voltage over capacity."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

__all__ = ["curve", "direction", "split"]

#: A current below this part of the largest is a rest.
REST = 1e-3
#: A capacity that goes back by more than this part of its range is not that of one charge or discharge.
BACK = 0.01
_VOLTAGE, _CURRENT = "Voltage / V", "Current / A"
_NET, _CUMULATIVE = "Net Capacity / Ah", "Cumulative Capacity / Ah"
_PAIRS = (
    ("Charging Capacity / Ah", "Discharging Capacity / Ah"),
    ("Cycle Charging Capacity / Ah", "Cycle Discharging Capacity / Ah"),
)


def split(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the runs of one sign of the current, without rests; the whole table if it has no current."""
    if _CURRENT not in table:
        return [table]
    current = table[_CURRENT].to_numpy()
    rows = np.flatnonzero(np.abs(current) > REST * np.abs(current).max())
    # a single reading of the other sign is no half-cycle: switching and noise give some
    for _ in range(2):
        sign = np.sign(current[rows])
        bounds = [0, *(np.flatnonzero(np.diff(sign)) + 1), len(rows)]
        runs = [rows[low:high] for low, high in itertools.pairwise(bounds) if high - low > 1]
        rows = np.concatenate([np.empty(0, dtype=int), *runs])
    return [table.iloc[run].reset_index(drop=True) for run in runs]


def direction(half_cycle: pd.DataFrame) -> str:
    """Return "charge" or "discharge": by the sign of the current or, without one, by whether the voltage rises."""
    column = half_cycle[_CURRENT] if _CURRENT in half_cycle else half_cycle[_VOLTAGE].diff()
    return "charge" if column.sum() > 0 else "discharge"


def curve(
    path: Path, half_cycles: Sequence[pd.DataFrame], wanted: str | None, number: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return voltage and capacity of the one half-cycle that is chosen; ValueError if that is not one."""
    if not half_cycles:
        raise ValueError(f"{path.name} holds no half-cycle: its current is never of one sign in two readings")
    left = [one for one in half_cycles if wanted in (None, direction(one))]
    if number is None and len(left) != 1:
        advice = "choose by half_cycle='charge' or 'discharge', or " if wanted is None else "choose "
        problem = f"; {advice}by number=0 to {len(left) - 1}" if left else f", no {wanted}"
        raise ValueError(f"{path.name} holds {_listed(left or half_cycles)}{problem}")
    if number is not None and number >= len(left):
        kind = f"{wanted}s" if wanted else "half-cycles"
        problem = f"number must be less than the {len(left)} {kind}, got {number}"
        raise ValueError(f"{problem}; {path.name} holds {_listed(half_cycles)}")
    chosen = left[number or 0]
    voltage = chosen[_VOLTAGE].to_numpy()
    if _CURRENT not in chosen and abs(voltage[-1] - voltage[0]) < 0.5 * np.ptp(voltage):
        raise ValueError(
            f"{path.name} has no column with the current, and its voltage goes up and down: {_one(chosen)}"
        )
    capacity = _capacity(chosen)
    if capacity is None:
        raise ValueError(
            f"{path.name} has no capacity, nor current and time to compute it; it has {', '.join(chosen.columns)}"
        )
    if (np.maximum.accumulate(capacity) - capacity).max() > BACK * np.ptp(capacity):
        raise ValueError(f"{path.name}: the capacity falls back within a half-cycle ({_one(chosen)})")
    return voltage.copy(), capacity


def _capacity(half_cycle: pd.DataFrame) -> np.ndarray | None:
    """Return the charge passed, from 0, in Ah; None if the table has none."""
    pair = next((pair for pair in _PAIRS if set(pair) & set(half_cycle)), None)
    if _NET in half_cycle:
        passed = half_cycle[_NET].to_numpy()
    elif pair:
        zero = np.zeros(len(half_cycle))
        passed = np.subtract(*(half_cycle.get(name, zero) for name in pair), dtype=float)
    elif _CUMULATIVE in half_cycle:
        passed = half_cycle[_CUMULATIVE].to_numpy()
    else:
        return None
    passed = np.asarray(passed)
    return passed - passed[0] if passed[-1] >= passed[0] else passed[0] - passed


def _listed(half_cycles: Sequence[pd.DataFrame]) -> str:
    count = len(half_cycles)
    shown = "; ".join(f"{number}: {_one(one)}" for number, one in enumerate(half_cycles[:12]))
    more = f" and {count - 12} more" if count > 12 else ""
    return f"{count} half-cycle{'' if count == 1 else 's'} ({shown}{more})"


def _one(half_cycle: pd.DataFrame) -> str:
    voltage, capacity = half_cycle[_VOLTAGE], _capacity(half_cycle)
    said = "" if capacity is None else f", {capacity[-1]:.3g} Ah"
    return f"{direction(half_cycle)}, {len(half_cycle)} points, {voltage.min():.3g} to {voltage.max():.3g} V{said}"
