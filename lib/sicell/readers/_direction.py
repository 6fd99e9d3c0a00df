"""Which way a current without a sign flows, and whether a sign agrees with the voltage."""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from sicell.readers._columns import PAIRS
from sicell.readers._error import Notes, ReaderError
from sicell.readers._half_cycles import rest_level, runs

#: A voltage that moves by more than this against the current says that the sign is the other one.
AGAINST = 0.05
#: A voltage that moves by less than this, or by less than this part of its range, tells no direction.
CLEAR, CLEAR_PART = 0.005, 0.02
#: A voltage that turns by this part of its range within one run of the current turns with it.
TURN = 0.1
#: Blocks in which turns of the voltage are looked for.
SAMPLED = 5000
_CURRENT, _VOLTAGE = "Current / A", "Voltage / V"
_DISCHARGING = re.compile(r"dis|dch|dcg|^d$|^d[_ -]|[_ -]d$|^cc?d$|^ccd|entlad|放电|放電", re.IGNORECASE)
_CHARGING = re.compile(r"cha|chg|^c$|^c[_ -]|[_ -]c$|^ccc$|^cccv$|^cc?cv?[_ -]?c$|laden|充电|充電", re.IGNORECASE)
_HELD = re.compile(r"^cv|hold|taper", re.IGNORECASE)
_RESTING = re.compile(r"rest|pau|ocv|open|idle|relax|^[rpo]$|搁置|静置|ruhe", re.IGNORECASE)


def _codes(words: pd.Series) -> np.ndarray:
    """Return 1 for charging, -1 for discharging, 0 for resting, NaN for what is none of these words."""
    numbers, kinds = pd.factorize(words)
    held = np.array([bool(_HELD.search(str(kind))) for kind in kinds] or [False])[numbers]

    def code(word: str) -> float:
        word = str(word).strip()
        if _DISCHARGING.search(word):
            return -1.0
        return 1.0 if _CHARGING.search(word) else 0.0 if _RESTING.search(word) else np.nan

    codes = np.array([code(kind) for kind in kinds] or [np.nan])[numbers]
    # a voltage that is held goes on with what came before
    before = np.maximum.accumulate(np.where(held & np.isnan(codes), 0, np.arange(len(codes))))
    return codes[before]


def signed(
    values: Mapping[str, np.ndarray], words: Callable[[], tuple[str, pd.Series] | None], notes: Notes
) -> np.ndarray:
    """Return the current with charging positive, where the file may give its size only.

    A current of one sign is taken as it is unless something says that it flows both ways; then steps, counters or the
    voltage tell which. `words` gives the header and the fields of the column with step types, None if there is none.
    """
    current = values[_CURRENT]
    size = np.abs(current)
    on = size > rest_level(current)
    if not on.any() or ((current[on] > 0).any() and (current[on] < 0).any()):
        return current
    if (column := words()) is not None:
        codes = _codes(column[1])
        told = codes[on]
        if np.isfinite(told).all() and (told != 0).mean() > 0.99:
            if ((told < 0) & (current[on] > 0)).any() or ((told > 0) & (current[on] < 0)).any():
                notes.add(
                    f"the current has no sign; charging and discharging were told by column {column[0]!r}", warn=True
                )
                return size * np.nan_to_num(codes)
            return current
        if (unknown := np.isnan(told)).any() and unknown.mean() < 0.5:
            odd = column[1].iloc[int(np.flatnonzero(on)[np.argmax(unknown)])]
            raise ReaderError(
                notes.path,
                f"the current has no sign, and column {column[0]!r}, which tells charging from discharging elsewhere, "
                f"has {str(odd)!r} in a row in which a current flows; write C, D or R there",
            )
    pieces = _pieces(values, on)
    for pair in PAIRS:
        if set(pair) <= set(values):
            ways = np.array([_counted(values, pair, low, high) for low, high in pieces])
            if (ways > 0).any() and (ways < 0).any() and (ways != 0).all():
                notes.add("the current has no sign; charging and discharging were told by the capacities", warn=True)
                return _with(current, pieces, ways)
    return _by_voltage(values, current, pieces, notes)


def _pieces(values: Mapping[str, np.ndarray], on: np.ndarray) -> list[tuple[int, int]]:
    """Return (first, after the last) of stretches in which the current cannot have turned unseen."""
    rows = np.flatnonzero(on)
    breaks = np.diff(rows) > 1
    for name in ("Step ID", "Cycle Count / 1"):
        if name in values:
            breaks = breaks | (np.diff(values[name][rows]) != 0)
    bounds = [0, *(np.flatnonzero(breaks) + 1), len(rows)]
    voltage = values[_VOLTAGE]
    found = []
    for low, high in itertools.pairwise(bounds):
        first, last = int(rows[low]), int(rows[high - 1]) + 1
        turns = [first + turn for turn in _turns(voltage[first:last], TURN * np.ptp(voltage))]
        found += itertools.pairwise([first, *turns, last])
    return found


def _turns(voltage: np.ndarray, threshold: float) -> list[int]:
    """Return where a voltage turns by more than a threshold, each the first row of what follows."""
    if len(voltage) < 3 or np.ptp(voltage) < threshold or threshold <= 0:
        return []
    rows = np.arange(len(voltage))
    if (size := len(rows) // SAMPLED) > 1:
        # lowest and highest of each block: what turns within one turns by less, or both show it
        blocks = voltage[: len(voltage) // size * size].reshape(-1, size)
        ends = np.stack([blocks.argmin(axis=1), blocks.argmax(axis=1)]) + size * np.arange(len(blocks))
        rows = np.concatenate([np.sort(ends.ravel()), rows[blocks.size :]])
    turns, way, extreme, most = [], 0, 0, float(voltage[0])
    for row, value in zip(rows.tolist(), voltage[rows].tolist(), strict=True):
        if way * (value - most) > 0:
            extreme, most = row, value
        elif abs(value - most) > threshold:
            if way:
                turns.append(extreme + 1)
            way, extreme, most = (1 if value > most else -1), row, value
    return turns


def _counted(values: Mapping[str, np.ndarray], pair: tuple[str, str], low: int, high: int) -> float:
    """Return the sign of what two counters say of a stretch."""
    up, down = (np.diff(np.abs(values[name][max(low - 1, 0) : high])).clip(0).sum() for name in pair)
    return float(np.sign(up - down))


def _with(current: np.ndarray, pieces: Sequence[tuple[int, int]], ways: np.ndarray) -> np.ndarray:
    found = np.zeros_like(current)
    for (low, high), way in zip(pieces, ways, strict=True):
        found[low:high] = np.abs(current[low:high]) * way
    return found


def _by_voltage(
    values: Mapping[str, np.ndarray], current: np.ndarray, pieces: Sequence[tuple[int, int]], notes: Notes
) -> np.ndarray:
    """Return the current with the sign by which the voltage moves, if that moves both ways."""
    voltage = values[_VOLTAGE]
    flowing = voltage[current != 0]
    low, high = np.quantile(flowing, [0.05, 0.95])
    jumps = np.abs(np.diff(flowing))[np.diff(np.sign(flowing)) != 0]
    if low < -CLEAR and high > CLEAR and 0.3 < -low / high < 3 and (jumps > 0.5 * (high - low)).all():
        # two electrodes of one metal: the voltage is that of the current alone, and jumps through zero with it
        notes.add("the current has no sign; charging and discharging were told by the sign of the voltage", warn=True)
        return np.abs(current) * np.sign(voltage)
    clear = max(CLEAR, CLEAR_PART * np.ptp(voltage))
    moves = np.array([voltage[high - 1] - voltage[low] for low, high in pieces])
    # many small moves count as one large one: those of pulses
    if min(moves[moves > clear].sum(), -moves[moves < -clear].sum()) < AGAINST:
        if len(pieces) > 1 and (current >= 0).all() and (np.abs(moves) <= clear).all():
            notes.add(
                "the current is never negative, and the voltage does not tell whether it ever discharges; it was taken "
                "for one charge. If it has no sign, add a column 'State' with C, D and R",
                warn=True,
            )
        return current
    ways = np.where(np.abs(moves) > clear, np.sign(moves), 0.0)
    for number, (low, high) in enumerate(pieces):
        # a voltage that is held belongs to what came right before, unless a rest lies between
        if not ways[number] and number and pieces[number - 1][1] == low:
            ways[number] = ways[number - 1]
        elif not ways[number] and np.abs(current[low:high]).sum() > 0.01 * np.abs(current).sum():
            raise ReaderError(
                notes.path,
                "the current has no sign, and nothing tells charging from discharging: no column with step types such "
                "as 'State', no capacities of both, and a voltage that does not move enough. Add a column 'State' with "
                "C, D and R, or write the current with its sign",
            )
    notes.add("the current has no sign; charging and discharging were told by the direction of the voltage", warn=True)
    return _with(current, pieces, ways)


def look_at_sign(tables: Sequence[pd.DataFrame], charging: str, notes: Notes) -> None:
    """Warn if the voltage moves against the current, over all runs of one sign of it."""
    for table in tables:
        if _CURRENT not in table:
            continue
        current, voltage = table[_CURRENT].to_numpy(), table[_VOLTAGE].to_numpy()
        moved = [(np.sign(current[run[0]]), voltage[run[-1]] - voltage[run[0]]) for run in runs(table)]
        moves = [sign * change for sign, change in moved]
        # one run must say so too: in a symmetric cell small drifts add up
        if moves and min(moves) < -AGAINST and sum(moves) < -AGAINST:
            signs = {sign for sign, _ in moved}
            said = [
                f"{'positive' if sign > 0 else 'negative'}{' throughout' if len(signs) == 1 else ''} while the voltage "
                f"{'falls' if sign > 0 else 'rises'}"
                for sign in sorted(signs, reverse=True)
            ]
            counted, other = ("discharging", "negative") if charging == "positive" else ("charging", "positive")
            notes.add(
                f"the current is {' and '.join(said)}; if the file counts {counted} as positive, pass "
                f"charging={other!r}",
                warn=True,
            )
            return
