"""Times that are written as a clock or a date, in seconds."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

__all__ = ["clock", "dates"]

_CLOCK = r"^\s*(?:(\d+)\s*(?:d|days?|[.\s])[\s,]*)?(\d+):(\d\d?)(?::(\d\d?(?:[.,:]\d*)?))?\s*$"
DAY = 86400.0


def clock(fields: pd.Series) -> np.ndarray:
    """Return seconds of fields such as 1:30, 25:01:30.5 or 2d 01:01:30; NaN for what is no clock time."""
    parts = fields.str.extract(_CLOCK)
    if parts[1].isna().all():
        return dates(fields)[0]
    seconds = parts[3].str.replace(r"[,:]", ".", regex=True)
    day, hour, minute, second = (
        pd.to_numeric(part).fillna(0).to_numpy(float) for part in (parts[0], parts[1], parts[2], seconds)
    )
    time = np.where(parts[1].isna(), np.nan, DAY * day + 3600 * hour + 60 * minute + second)
    # a clock of 24 hours begins anew at midnight
    falls = np.diff(time, prepend=time[:1]) if len(time) else time
    midnight = (falls < -0.9 * DAY) & (time < 0.1 * DAY)
    if parts[0].isna().all() and hour.max(initial=0) < 24 and midnight.any():
        time = time + DAY * np.cumsum(midnight)
        # a row in a wrong place looks like most of a day that passed at once
        time[falls > 0.5 * DAY] = np.nan
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
