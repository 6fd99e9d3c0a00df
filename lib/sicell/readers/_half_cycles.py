"""Charges and discharges of a recording, one by one."""

import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

#: A current below this part of the largest is a rest, whatever its noise.
REST = 1e-3
#: No rest is noisier than this part of the largest current.
NOISY = 0.1
#: A run of less than this part of the largest charge, at a current that noise may reach, is no half-cycle.
NOTHING = 0.01
#: A capacity that goes back by more than this part of its range is not that of one charge or discharge.
BACK = 0.01
_TIME, _VOLTAGE, _CURRENT, _NET = "Test Time / s", "Voltage / V", "Current / A", "Net Capacity / Ah"


def rest_level(current: np.ndarray) -> float:
    """Return the size below which a current is that of a rest: by its noise, which second differences tell."""
    size = np.abs(current)
    largest = size.max(initial=0.0)
    low = size < NOISY * largest
    noise = 0.0
    if len(size) > 4 and (three := low[2:] & low[1:-1] & low[:-2]).sum() > 2:
        # of white noise they are the square root of 6 larger, of a current that decays next to nothing
        noise = 1.4826 * float(np.median(np.abs(np.diff(current, 2)[three]))) / np.sqrt(6)
    return max(REST * largest, min(5 * noise, NOISY * largest))


def split(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the runs of one sign of the current, without rests; the whole table if it has no current."""
    if _CURRENT not in table:
        return [table]
    return [table.iloc[run].reset_index(drop=True) for run in runs(table)]


def runs(table: pd.DataFrame) -> list[np.ndarray]:
    """Return the rows of each half-cycle of a recording that has a current."""
    current = table[_CURRENT].to_numpy()
    size = np.abs(current)
    largest = size.max(initial=0.0)
    spent = size * np.diff(table[_TIME].to_numpy(), prepend=table[_TIME].iloc[0]) if _TIME in table else size
    rows, found = np.flatnonzero((size > rest_level(current)) & ~_biased(current, spent)), []
    # a single reading of the other sign is no half-cycle: switching and noise give some; so is what noise leaves
    for _ in range(3):
        bounds = [0, *(np.flatnonzero(np.diff(np.sign(current[rows]))) + 1), len(rows)]
        found = [rows[low:high] for low, high in itertools.pairwise(bounds) if high - low > 1]
        passed = [spent[run].sum() for run in found]
        found = [
            run
            for run, charge in zip(found, passed, strict=True)
            if charge > NOTHING * max(passed) or size[run].max() > NOISY * largest
        ]
        rows = np.concatenate([np.empty(0, dtype=int), *found])
    return found


def _biased(current: np.ndarray, spent: np.ndarray) -> np.ndarray:
    """Return where a rest is not at zero: the current has jumped to less than a part, and next to nothing passes."""
    size = np.abs(current)
    low = size < NOISY * size.max(initial=0.0)
    if not low.any() or low.all():
        return np.zeros(len(size), dtype=bool)
    high = np.flatnonzero(~low)
    begins = high[np.flatnonzero(np.diff(np.sign(current[high]), prepend=0))]
    most = np.add.reduceat(np.where(low, 0.0, spent), begins).max()
    bounds = np.flatnonzero(np.diff(low, prepend=~low[:1], append=~low[-1:]))
    found = np.zeros(len(size), dtype=bool)
    for first, last in itertools.pairwise(bounds):
        jumped = not first or size[first - 1] > size[first] / NOISY
        if low[first] and jumped and spent[first:last].sum() < NOTHING * most:
            found[first:last] = True
    return found


def direction(half_cycle: pd.DataFrame) -> str:
    """Return "charge" or "discharge": by the sign of the current or, without one, by whether the voltage rises."""
    column = half_cycle[_CURRENT] if _CURRENT in half_cycle else half_cycle[_VOLTAGE].diff()
    return "charge" if column.sum() > 0 else "discharge"


def choose(path: Path, half_cycles: Sequence[pd.DataFrame], wanted: str | None, number: int | None) -> pd.DataFrame:
    """Return the one half-cycle that is chosen; ValueError if that is not one."""
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
    return left[number or 0]


def curve(path: Path, chosen: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return voltage and capacity of a half-cycle; ValueError if it has none."""
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
    name = next((name for name in (_NET, "Cumulative Capacity / Ah") if name in half_cycle), None)
    if name is None:
        return None
    passed = half_cycle[name].to_numpy()
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
