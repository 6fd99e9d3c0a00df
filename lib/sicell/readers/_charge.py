"""The charge that has passed: by the file's own counter, with current and time as a cross-check, or by these alone.

Current and time: within a run of one current trapezoids; at a switch the later reading, back to its own last sample at
most; none in rests and gaps. A counter may count both directions or one, start anew with each step or cycle, or go up
and down with the charge: what it does is read off the data, and said.
"""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sicell.readers._columns import PAIRS
from sicell.readers._error import Notes
from sicell.readers._half_cycles import rest_level

_TIME, _STEP_TIME, _CURRENT = "Test Time / s", "Step Time / s", "Current / A"
_NET, _CUMULATIVE = "Net Capacity / Ah", "Cumulative Capacity / Ah"
#: How well an instrument's counter and its logged current agree.
ACCURACY = 0.02
#: A counter with fewer steps in a half-cycle than this is worse than current and time.
STEPS = 10
#: An interval so many times as long as those around it, where the current does not change, is a gap.
GAP = 20


@dataclass(frozen=True)
class _Counted:
    """Charge between one row and the next, how exactly that is known, and where it comes from."""

    steps: np.ndarray
    doubt: np.ndarray
    origin: str
    unchanged: bool = False
    alone: int = 0


def add_net_capacity(
    values: MutableMapping[str, np.ndarray], resolution: Mapping[str, float], headers: Mapping[str, str], notes: Notes
) -> None:
    """Put ``Net Capacity / Ah`` into a recording, if anything tells it, and say what contradicts."""
    flowing = _flowing(values, resolution, notes)
    direction = _directions(values)
    counted = _counter(values, direction, resolution, headers, notes)
    if counted is None and flowing is None:
        return
    if counted is not None and flowing is not None:
        counted = _checked(counted, flowing, values[_CURRENT], notes)
    elif counted is None:
        counted = flowing
        notes.add(f"{_NET} was integrated from the current by the trapezoidal rule, none across switches and in rests")
        _say_if_coarse(flowing, values[_CURRENT], resolution, notes)
        if flowing.alone:
            notes.add(
                f"{flowing.alone} readings of a current stand alone between rests; how long it flowed is not known, "
                "and no charge was taken: a column with the time of each step, or the file's own capacity, would tell",
                warn=True,
            )
    if not counted.unchanged:
        start = values[_NET][0] if _NET in values else 0.0
        values[_NET] = start + np.concatenate([[0.0], np.cumsum(counted.steps)])


def _directions(values: Mapping[str, np.ndarray]) -> np.ndarray | None:
    """Return 1 where charging, -1 where discharging, 0 in rests; None without a current."""
    if _CURRENT not in values:
        return None
    current = values[_CURRENT]
    return np.where(np.abs(current) > rest_level(current), np.sign(current), 0.0)


def _flowing(values: Mapping[str, np.ndarray], resolution: Mapping[str, float], notes: Notes) -> _Counted | None:
    """Return the charge by current and time; None without them."""
    if not {_TIME, _CURRENT} <= set(values):
        return None
    time, current = values[_TIME], values[_CURRENT]
    interval, level = np.diff(time), rest_level(current)
    before, after = current[:-1], current[1:]
    on = np.abs(current) > level
    both = on[:-1] & on[1:]
    small, large = np.minimum(np.abs(before), np.abs(after)), np.maximum(np.abs(before), np.abs(after))
    steady = both & (before * after > 0) & (small > 0.5 * large)
    following, previous = np.append(interval[1:], interval[-1:]), np.append(interval[:1], interval[:-1])
    # at a switch, the later current has flowed no longer than samples stand apart where it flows
    apart = np.where(both, np.maximum(following, previous), following)
    reach = np.where(interval <= 1.5 * apart, interval, 0.0)
    if _STEP_TIME in values:
        reach = np.clip(values[_STEP_TIME][1:], 0.0, interval)
    alone = on[1:] & ~on[:-1] & ~np.append(on[2:], False) & (reach == 0) & (interval > 0)
    steps = np.where(steady, interval * (before + after) / 2, np.where(on[1:], after * reach, 0.0))
    change = np.where(steady, np.abs(after - before) / 2, large)
    doubt = interval * np.where(steady, change, 0.0) + np.where(both & ~steady | (on[1:] != on[:-1]), large, 0.0) * (
        np.minimum(interval, following)
    )
    doubt = doubt + np.where(both, resolution.get(_CURRENT, 0.0) / 2 * interval, 0.0)
    gaps = steady & (interval > GAP * np.maximum(following, previous))
    if gaps.any():
        gaps &= interval > 5 * np.percentile(interval[steady & ~gaps], 95)
    if gaps.any():
        longest = int(np.argmax(np.where(gaps, interval, 0)))
        notes.add(
            f"there is no reading for {interval[longest] / 3600:.3g} h after {time[longest]:.6g} s; no current was "
            f"taken to flow, which would be {abs(steps[longest]) / 3600:.3g} Ah",
            warn=True,
        )
        steps = np.where(gaps, 0.0, steps)
    return _Counted(steps / 3600, doubt / 3600, "current and time", alone=int(alone.sum()))


def _counter(
    values: Mapping[str, np.ndarray],
    direction: np.ndarray | None,
    resolution: Mapping[str, float],
    headers: Mapping[str, str],
    notes: Notes,
) -> _Counted | None:
    """Return the charge by the first of the file's own counters that counts."""
    possible: Any = 0.0
    if _TIME in values and _CURRENT in values:
        size = np.abs(values[_CURRENT])
        possible = np.diff(values[_TIME]) * np.maximum(size[1:], size[:-1]) / 3600
    if _NET in values and (found := _signed(values, _NET, direction, resolution, headers, possible, notes)):
        return found
    for pair in PAIRS:
        if found := _pair(values, pair, direction, resolution, headers):
            return found
    if _CUMULATIVE in values and direction is not None:
        return _signed(values, _CUMULATIVE, direction, resolution, headers, possible, notes)
    return None


def _times(rows: np.ndarray) -> str:
    """Return how often, in words."""
    return "once" if rows.sum() == 1 else f"{int(rows.sum())} times"


def _restarts(counter: np.ndarray, resolution: float, changes: np.ndarray | None) -> np.ndarray:
    """Return where a counter that only grows has started anew: it falls to less than half, or where a step ends."""
    size, falls = np.abs(counter), np.diff(np.abs(counter)) < -1.5 * resolution
    return falls & ((size[1:] < 0.5 * size[:-1]) | (False if changes is None else changes))


def _pair(
    values: Mapping[str, np.ndarray],
    pair: tuple[str, str],
    direction: np.ndarray | None,
    resolution: Mapping[str, float],
    headers: Mapping[str, str],
) -> _Counted | None:
    """Return the charge by two counters, one of charging and one of discharging, or by one if that is all there is."""
    there = [name for name in pair if name in values]
    changes = None if direction is None else direction[1:] != direction[:-1]
    moves = {name: np.diff(np.abs(values[name])) for name in there}
    for name in there:
        anew = _restarts(values[name], resolution.get(name, 0.0), changes)
        moves[name] = np.where(anew, np.abs(values[name][1:]), moves[name])
    moved = [name for name in there if moves[name].any()]
    if not moved:
        return None
    if len(there) == 1 and direction is not None and (direction == (-1 if there[0] == pair[0] else 1)).sum() > 1:
        return None  # the other half is not counted
    steps = sum((1 if name == pair[0] else -1) * move for name, move in moves.items())
    doubt = np.full(len(steps), min(resolution.get(name, 0.0) for name in moved))
    return _Counted(steps, doubt, " and ".join(repr(headers.get(name, name)) for name in there))


def _signed(
    values: Mapping[str, np.ndarray],
    name: str,
    direction: np.ndarray | None,
    resolution: Mapping[str, float],
    headers: Mapping[str, str],
    possible: Any,
    notes: Notes,
) -> _Counted | None:
    """Return the charge by one counter, which goes up and down with it or counts both ways up, as the data tell."""
    counter, finest = values[name], resolution.get(name, 0.0)
    moves = np.diff(counter)
    if not moves.any():
        return None
    doubt, header = np.full(len(moves), finest), headers.get(name, name)
    if direction is None:
        return _Counted(moves, doubt, repr(header), unchanged=True)
    changes = direction[1:] != direction[:-1]
    way = np.where(direction[1:] != 0, direction[1:], direction[:-1])
    counting = (moves != 0) & ~_restarts(counter, finest, None)
    # where each step has one row, that row tells
    within = ~changes & counting if (~changes & counting).any() else (direction[1:] != 0) & counting
    # by the charging and the discharging rows, each for itself, whether it rises
    told = {sign: within & (way == sign) for sign in (1, -1)}
    rises = {sign: (moves[rows] > 0).mean() if rows.any() else np.nan for sign, rows in told.items()}
    if name == _CUMULATIVE and not within.any():
        return None
    if rises[1] < 0.5 or rises[-1] > 0.5:
        how = "down while charging" if rises[1] < 0.5 else "up while discharging"
        if name == _NET:
            notes.add(
                f"{header!r} is called a net capacity, but counts {how}; the current's sign was taken instead",
                warn=True,
            )
        anew = _restarts(counter, finest, changes)
        if anew.any():
            notes.add(f"{header!r} starts anew {_times(anew)}; it was joined")
        moves = np.where(anew, counter[1:], moves)
        return _Counted(-moves if rises[1] < 0.5 else way * moves, doubt, repr(header))
    if name == _CUMULATIVE and rises[-1] <= 0.5:
        notes.add(f"{header!r} goes up and down with the charge, and was taken as the net capacity")
    # at a switch and in a rest no more can have passed than the current there allows
    reset = (changes | (way == 0)) & (np.abs(moves) > 1.5 * possible + 3 * finest + 1e-3 * np.ptp(counter))
    if not reset.any() and name == _NET:
        return _Counted(moves, doubt, repr(header), unchanged=True)
    anew = reset & (np.abs(counter[1:]) < 0.5 * np.abs(counter[:-1]))
    if anew.any():
        notes.add(f"{header!r} starts anew {_times(anew)}; it was joined")
    if (reset & ~anew).any():
        notes.add(f"{header!r} changes where no current flows; that was left out", warn=True)
    # what a counter shows that has just begun has passed since
    since = np.where(np.abs(counter[1:]) <= 1.5 * possible + 3 * finest, counter[1:], 0.0)
    return _Counted(np.where(reset, since, moves), doubt, repr(header))


def _checked(counted: _Counted, flowing: _Counted, current: np.ndarray, notes: Notes) -> _Counted:
    """Return the counter, or current and time if it is too coarse; say where they contradict."""
    rows = np.flatnonzero(np.abs(current) > rest_level(current))
    if not len(rows):
        return counted
    # stretches of one sign of the current, rests within them included
    turns = np.flatnonzero(np.diff(np.sign(current[rows])))
    first, last = rows[[0, *(turns + 1)]], rows[[*turns, -1]]
    first, last = first[last > first], last[last > first]  # of a single row nothing tells how long the current flowed
    if not len(first):
        return counted

    def over(steps: np.ndarray) -> np.ndarray:
        sums = np.concatenate([[0.0], np.cumsum(steps)])
        return sums[last] - sums[first]

    by_counter, by_current, doubt = over(counted.steps), over(flowing.steps), over(flowing.doubt)
    step, size = float(counted.doubt[0]), np.maximum(np.abs(by_counter), np.abs(by_current))
    largest = int(np.argmax(size))
    if abs(by_counter[largest]) < STEPS * step and doubt[largest] < step:
        notes.add(f"{counted.origin} counts in steps too coarse for a half-cycle; current and time were integrated")
        return flowing
    bound = ACCURACY * size + doubt + 2 * step + 1e-300
    if size[largest] > bound[largest] and (np.abs(by_counter + by_current) <= bound).all():
        notes.add(
            f"the capacity in {counted.origin} counts against the current; the current's sign was taken", warn=True
        )
        return _Counted(-counted.steps, counted.doubt, counted.origin)
    apart = np.abs(by_counter - by_current) / bound
    worst = int(np.argmax(np.where(size > ACCURACY * size[largest], apart, 0.0)))
    if apart[worst] > 1:
        notes.add(
            f"the capacity in {counted.origin} and the charge by current and time contradict each other: "
            f"{by_counter[worst]:.4g} against {by_current[worst]:.4g} Ah in one half-cycle; the file's own counter was "
            "taken. Check the units of time and current, and which capacity the column is",
            warn=True,
        )
    return counted


def _say_if_coarse(flowing: _Counted, current: np.ndarray, resolution: Mapping[str, float], notes: Notes) -> None:
    """Say it if the current has so few digits that the charge is not known to 5 %."""
    typical = float(np.median(np.abs(current[np.abs(current) > rest_level(current)]))) if current.any() else 0.0
    if typical and resolution.get(_CURRENT, 0.0) / 2 > 0.05 * typical and len(flowing.steps):
        share = 100 * resolution[_CURRENT] / 2 / typical
        notes.add(
            f"the current is written in steps of {resolution[_CURRENT]:.3g} A; if it was rounded to them, the charge "
            f"is known to {share:.0f} % only"
        )
