"""Times that are written as a clock or a date, in seconds."""

import warnings

import numpy as np
import pandas as pd

from sicell.readers._error import Notes

_CLOCK = r"^\s*(?:(\d+)\s*(?:d|days?|[-.\s])[\s,]*)?(?:(\d+):(\d\d?):(\d\d?(?:[.,:]\d*)?)|(\d+):(\d\d?)([.,]\d+)?)\s*$"
DAY, HOUR = 86400.0, 3600.0


def clock(fields: pd.Series, header: str, unit: str, notes: Notes) -> np.ndarray:
    """Return seconds of fields such as 0:01:30, 25:01:30.5, 2d 01:01:30 or 1:30; NaN for what is no clock time.

    Two numbers are hours and minutes or minutes and seconds: the unit tells, or decimals, or other rows with three.
    """
    parts = fields.str.extract(_CLOCK)
    long, short = parts[1].notna(), parts[4].notna()
    if not (long | short).any():
        return dates(fields)[0]

    def number(place: int) -> np.ndarray:
        text = parts[place].str.replace(r"[,:]", ".", regex=True)
        return pd.to_numeric(text).fillna(0).to_numpy(float)

    named = unit.strip().lower()[:1]
    minutes = bool(parts[6].notna().any() or (long.any() and short.any()) or named == "m")
    if short.any() and not minutes and named not in ("h", "d"):
        notes.add(
            f"times in {header!r} such as {fields[short].iloc[0].strip()!r} were taken for hours and minutes; if they "
            f"are minutes and seconds, pass columns={{{header!r}: 'Test Time / mm:ss'}}",
            warn=True,
        )
    two = (number(4) * 60 + number(5) + number(6)) * (1 if minutes else 60)
    time = np.where(long, HOUR * number(1) + 60 * number(2) + number(3), two) + DAY * number(0)
    time[~(long | short)] = np.nan
    # a clock of 24 hours begins anew at midnight, one of minutes may with each hour
    period = HOUR if minutes and not long.any() else DAY
    falls = np.diff(time, prepend=time[:1])
    again = (falls < -0.9 * period) & (time < 0.1 * period)
    if parts[0].isna().all() and np.nanmax(time) < period and again.any():
        time = time + period * np.cumsum(again)
        # a row in a wrong place looks like most of a day that passed at once
        time[falls > 0.5 * period] = np.nan
    return time


def dates(fields: pd.Series) -> tuple[np.ndarray, bool]:
    """Return seconds since the first of dates with clock times, NaN for what is none, and if day and month are sure.

    Of day and month the order is taken that does not fall and spans less.
    """
    plain = fields.astype(str).str.strip().str.replace("T", " ").str.rstrip("sZ")
    read = {}
    for first in (False, True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stamps = _stamps(plain, first)
        if stamps is not None:
            seconds = (stamps - stamps.iloc[0]).dt.total_seconds().to_numpy(float)
            read[first] = seconds
    if not read:
        return np.full(len(fields), np.nan), False
    rising = {first: seconds for first, seconds in read.items() if (np.diff(seconds) >= 0).all()} or read
    chosen = min(rising, key=lambda first: np.ptp(rising[first]))
    return rising[chosen], len(read) < 2 or np.array_equal(read[False], read[True])


def _stamps(plain: pd.Series, day_first: bool) -> pd.Series | None:
    try:
        return pd.to_datetime(plain, dayfirst=day_first, utc=True)
    except (ValueError, TypeError, OverflowError):
        pass
    try:
        return pd.to_datetime(plain, dayfirst=day_first, utc=True, format="mixed")
    except (ValueError, TypeError, OverflowError):
        return None
