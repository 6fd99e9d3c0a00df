"""From the columns of a table to recordings: time, potentials, the sign of the current and the charge."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sicell.readers import _charge, _clock, _direction
from sicell.readers._error import Notes, ReaderError

_TIME, _STEP_TIME, _VOLTAGE, _CURRENT = "Test Time / s", "Step Time / s", "Voltage / V", "Current / A"
_WORKING, _COUNTER = "Working Potential / V", "Counter Potential / V"
_ANODE, _CATHODE = "Anode Potential / V", "Cathode Potential / V"
_NET, _CYCLE, _STEP = "Net Capacity / Ah", "Cycle Count / 1", "Step ID"
_ORDER = (_TIME, _VOLTAGE, _ANODE, _CATHODE, _CURRENT, _NET)
#: A number of a cycle that is whole but for the digits of a float.
WHOLE = 1e-5
#: A test does not last for decades: seconds since 1970.
EPOCH = 1e9
#: The least number of each unit that can be a time since 1970; days are those of a spreadsheet.
SINCE = {"ns": 1e17, "us": 1e14, "ms": 1e11, "s": 1e8, "d": -np.inf}
#: Dates and a time beside them may differ by this, in s: an hour, when clocks are changed.
CHANGED = 3700.0
#: No cell has such a voltage; one that never reaches the lower is in another unit than it says, or at rest.
HIGHEST, LOWEST = 1000.0, 0.01
#: A single current that is so much larger than all others is a mark or a fault.
SPIKE = 100.0
#: Potentials that differ by less than this are one.
SAME = 1e-3
#: The potentials of both electrodes may differ from the voltage by this: channels are not read at one instant.
SUM = 5e-3


@dataclass
class Recorded:
    """One table of a file in Battery Data Format names and units, its other columns as text, and its lines."""

    quantities: dict[str, np.ndarray]
    resolution: dict[str, float]
    headers: dict[str, str]
    line: Callable[[int], int]
    words: Callable[[str], pd.Series | None]
    ends: Callable[[str], pd.Series | None]


def recordings(part: Recorded, charging: str, notes: Notes) -> list[pd.DataFrame]:
    """Return tables, one a recording: a new one begins where time starts again."""
    values = part.quantities
    _potentials(part, notes)
    highest = float(np.abs(values[_VOLTAGE]).max())
    if highest > HIGHEST or 0 < highest < LOWEST:
        problem = "reaches no more than" if highest < LOWEST else "reaches"
        notes.add(f"the voltage in {part.headers[_VOLTAGE]!r} {problem} {highest:.3g} V; check its unit", warn=True)
    if charging == "negative":
        for name in (_CURRENT, _NET):
            if name in values:
                values[name] = -values[name]
    _time(part, notes)
    if _CYCLE in values and np.abs(values[_CYCLE] - np.round(values[_CYCLE])).max() < WHOLE:
        values[_CYCLE] = np.round(values[_CYCLE])
    elif _CYCLE in values:
        odd = values[_CYCLE][np.argmax(np.abs(values[_CYCLE] - np.round(values[_CYCLE])) >= WHOLE)]
        notes.add(f"cycle numbers in {part.headers[_CYCLE]!r} are not whole, such as {odd:g}", warn=True)
    time = values.get(_TIME, np.zeros(len(values[_VOLTAGE])))
    bounds = [0, *(np.flatnonzero(np.diff(time) < 0) + 1), len(time)]
    tables = []
    for low, high in itertools.pairwise(bounds):
        if low and (time[low] > 0.5 * (time[low - 1] + time.min()) or _stray(time, low)):
            raise ReaderError(
                notes.path, f"expected time to rise, got {time[low]:g} s after {time[low - 1]:g} s", part.line(int(low))
            )
        whole = low == 0 and high == len(time)
        tables.append(
            _recording(values if whole else {name: one[low:high] for name, one in values.items()}, part, low, notes)
        )
    if len(bounds) > 2:
        again = "once" if len(bounds) == 3 else f"{len(bounds) - 2} times"
        notes.add(f"time starts again {again}: these are {len(bounds) - 1} recordings")
    return tables


def _stray(time: np.ndarray, row: int) -> bool:
    """Return whether a fall of the time is one row in a wrong place: without it or the row before time would rise."""
    return bool(row > 1 and time[row] > time[row - 2]) or bool(row + 1 < len(time) and time[row + 1] > time[row - 1])


def _recording(values: dict[str, np.ndarray], part: Recorded, low: int, notes: Notes) -> pd.DataFrame:
    """Return one recording as a table, with the signs and the net capacity that the file tells."""
    values = dict(values)
    if _CURRENT in values:

        def words() -> tuple[str, pd.Series] | None:
            fields = part.words("Step Type")
            return (
                None if fields is None else (part.headers["Step Type"], fields.iloc[low : low + len(values[_VOLTAGE])])
            )

        size = np.abs(values[_CURRENT])
        if len(size) > 2 and (two := np.partition(size, -2)[-2:])[1] > SPIKE * two[0] > 0:
            where = part.line(low + int(np.argmax(size)))
            notes.add(
                f"the current of {two[1]:.4g} A{f' in line {where}' if where else ''} is more than {SPIKE:g} times as "
                "large as any other; if it is a mark of an overload, leave the row out of the file",
                warn=True,
            )
        values[_CURRENT] = _direction.signed(values, words, notes)
    _charge.add_net_capacity(values, part.resolution, part.headers, notes)
    for name in (_CYCLE, _STEP):
        if name in values and (values[name] == np.round(values[name])).all():
            values[name] = values[name].astype(int)
    order = [name for name in _ORDER if name in values] + sorted(set(values) - set(_ORDER))
    return pd.DataFrame({name: values[name] for name in order}, copy=False)


def _potentials(part: Recorded, notes: Notes) -> None:
    """Turn the potentials of working and counter electrode into those of anode and cathode, and check their sum.

    The electrode with the higher potential is the cathode. With a working electrode alone its potential is the voltage.
    """
    values, headers = part.quantities, part.headers
    working, counter = values.pop(_WORKING, None), values.pop(_COUNTER, None)
    names = {name: headers.pop(name) for name in (_WORKING, _COUNTER) if name in headers}
    voltage = values.get(_VOLTAGE)
    if working is not None and counter is None and voltage is not None and np.abs(working - voltage).max() > SAME:
        counter = working - voltage
        notes.add(f"the counter electrode's potential was computed as {names[_WORKING]!r} minus {headers[_VOLTAGE]!r}")
        names[_COUNTER] = f"{names[_WORKING]} - {headers[_VOLTAGE]}"
    if working is not None and counter is not None and np.abs(counter).max() > SAME:
        if voltage is None:
            voltage = working - counter
            headers[_VOLTAGE] = f"{names[_WORKING]} - {names[_COUNTER]}"
            part.resolution[_VOLTAGE] = part.resolution.get(_WORKING, 0.0)
        upright = np.median(working - counter) >= 0
        if not upright:
            voltage = -voltage if np.median(voltage) < 0 else voltage
            notes.add(f"{names[_WORKING]!r} is below {names[_COUNTER]!r}, and was taken for the anode's", warn=True)
        values[_CATHODE], values[_ANODE] = (working, counter) if upright else (counter, working)
        for name, kind in ((_CATHODE, _WORKING if upright else _COUNTER), (_ANODE, _COUNTER if upright else _WORKING)):
            headers[name] = names[kind]
        values[_VOLTAGE] = voltage
    elif working is not None and voltage is None:
        values[_VOLTAGE], headers[_VOLTAGE] = working, names[_WORKING]
        part.resolution[_VOLTAGE] = part.resolution.get(_WORKING, 0.0)
    there = {name for name in (_VOLTAGE, _ANODE, _CATHODE) if name in values}
    if there in ({_ANODE}, {_CATHODE}):
        name = there.pop()
        values[_VOLTAGE], headers[_VOLTAGE] = values.pop(name), headers.pop(name)
        part.resolution[_VOLTAGE] = part.resolution.get(name, 0.0)
        notes.add(f"{headers[_VOLTAGE]!r} is the only potential, as of a half-cell, and was taken for the voltage")
    elif there == {_ANODE, _CATHODE}:
        values[_VOLTAGE] = values[_CATHODE] - values[_ANODE]
        headers[_VOLTAGE] = f"{headers[_CATHODE]} - {headers[_ANODE]}"
    elif there == {_VOLTAGE, _ANODE} or there == {_VOLTAGE, _CATHODE}:
        name, other = (_CATHODE, _ANODE) if _ANODE in there else (_ANODE, _CATHODE)
        values[name] = values[other] + values[_VOLTAGE] * (1 if name == _CATHODE else -1)
        notes.add(f"{name} was computed from the voltage and {headers[other]!r}")
        headers[name] = f"{headers[_VOLTAGE]} and {headers[other]}"
    elif len(there) == 3:
        apart = float(np.median(np.abs(values[_CATHODE] - values[_ANODE] - values[_VOLTAGE])))
        if apart > SUM + sum(part.resolution.get(name, 0.0) for name in there):
            notes.add(
                f"the potentials in {headers[_CATHODE]!r} and {headers[_ANODE]!r} do not differ by the voltage in "
                f"{headers[_VOLTAGE]!r}, but by {1e3 * apart:.3g} mV more or less; all three are as in the file",
                warn=True,
            )


def _numbered(fields: pd.Series, header: str) -> str:
    """Return what to do about dates that are numbers."""
    numbers = pd.to_numeric(fields, errors="coerce")
    if numbers.isna().any():
        return ""
    unit = next(unit for unit, least in SINCE.items() if numbers.iloc[0] > least)
    return f"; if these are numbers of {unit}, pass columns={{{header!r}: 'Test Time / {unit}'}}"


def _say_if_dates_differ(part: Recorded, notes: Notes) -> None:
    """Say it if the time lasts longer than from the first date to the last, or differs from it as another unit does."""
    fields = part.ends("Date Time")
    if fields is None or not fields.str.contains(":").all():
        return
    dated, span = _clock.dates(fields)[0][-1], np.ptp(part.quantities[_TIME])
    if not dated > 0 or not span > 0:
        return
    if span > 1.02 * dated + CHANGED or any(abs(dated / span / factor - 1) < 0.02 for factor in (60, 1000, 3600)):
        notes.add(
            f"{part.headers[_TIME]!r} lasts {span:.4g} s, but from the first to the last of the dates in "
            f"{part.headers['Date Time']!r} it is {dated:.4g} s; check the unit of the time",
            warn=True,
        )


def _time(part: Recorded, notes: Notes) -> None:
    """Put a test time into a table that has only dates or the time of a step, or whose time starts anew with steps."""
    values = part.quantities
    time = values.get(_TIME)
    if time is not None and time[0] > SINCE["ms"]:
        problem = f"expected a time in s, got {time[0]:.3g}, longer than since any date"
        raise ReaderError(notes.path, problem + _numbered(pd.Series(time[:1]), part.headers[_TIME]), part.line(0))
    if time is not None and time[0] > EPOCH:
        notes.add(f"{part.headers[_TIME]!r} counts from long ago; the first reading was taken for zero")
        time = values[_TIME] = time - time[0]
    if time is not None and not (np.diff(time) < 0).any():
        _say_if_dates_differ(part, notes)
        return
    fields = part.words("Date Time")
    if fields is not None:
        seconds, sure = _clock.dates(fields)
        if np.isfinite(seconds).all() and not (np.diff(seconds) < 0).any() and np.ptp(seconds) > 0:
            values[_TIME], header = seconds, part.headers["Date Time"]
            doubt = "" if sure else ", day and month in the order that spans less"
            why = "" if time is None else f", since {part.headers[_TIME]!r} starts again"
            part.headers[_TIME], part.resolution[_TIME] = header, 1.0
            notes.add(f"the time was taken from the dates in {header!r}{why}{doubt}", warn=not sure)
            return
        if time is None and not np.isfinite(seconds).all():
            odd = int(np.argmax(~np.isfinite(seconds)))
            problem = f"expected dates such as 2024-03-10 22:00:00 in {part.headers['Date Time']!r}"
            raise ReaderError(
                notes.path,
                f"{problem}, all in one form, got {fields.iloc[odd]!r}{_numbered(fields, part.headers['Date Time'])}",
                part.line(odd),
            )
        if np.isfinite(seconds).all() and (back := np.flatnonzero(np.diff(seconds) < 0)).size:
            problem = f"expected dates in {part.headers['Date Time']!r} to rise, got {fields.iloc[int(back[0]) + 1]!r}"
            raise ReaderError(
                notes.path,
                f"{problem} after {fields.iloc[int(back[0])]!r}; if the clock was set back there, as in autumn, give "
                "the time in seconds, or dates with their time zone",
                part.line(int(back[0]) + 1),
            )
    steps = time if time is not None else values.get(_STEP_TIME)
    if steps is None:
        return
    falls = np.flatnonzero(np.diff(steps) < 0) + 1
    changes = np.flatnonzero(np.diff(values[_STEP])) + 1 if _STEP in values else falls
    # each step begins near zero, and with a name of its own if steps have one
    if len(falls) and np.array_equal(falls, changes) and (time is None or _STEP in values):
        if (steps[falls] > 0.5 * steps[falls - 1]).any():
            return
        offset = np.zeros(len(steps))
        offset[falls] = steps[falls - 1]
        values[_TIME], values[_STEP_TIME] = steps + np.cumsum(offset), steps
        header = part.headers[_TIME if time is not None else _STEP_TIME]
        part.headers.setdefault(_TIME, header)
        part.resolution.setdefault(_TIME, part.resolution.get(_STEP_TIME, 0.0))
        notes.add(f"{header!r} starts anew with each step; the steps were joined end to end")
