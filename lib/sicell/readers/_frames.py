"""Tables that another package has read: Parquet, and BioLogic's binary format."""

from pathlib import Path

import numpy as np
import pandas as pd

from sicell.readers import _clock
from sicell.readers._columns import Column
from sicell.readers._error import Notes, ReaderError

#: Steps of a column that are too few to tell its resolution.
FEW = 10


class Frame:
    """A table in memory, read by the same calls as the rows of a text file."""

    def __init__(self, path: Path, frame: pd.DataFrame) -> None:
        if not len(frame):
            raise ReaderError(path, "expected rows, got none")
        self.path, self.frame = path, frame

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [str(name) for name in self.frame.columns]

    def first(self) -> list[str]:
        """Return the first row as text, times as a clock."""
        return [
            "0:00" if _is_time(kind) else str(value)
            for kind, value in zip(self.frame.dtypes, self.frame.iloc[0], strict=True)
        ]

    def line(self, row: int) -> int:  # noqa: ARG002
        """Return 0: there are no lines."""
        return 0

    def resolution(self, column: Column) -> float:
        """Return the finest step in which the numbers of a column come."""
        values = np.unique(np.asarray(pd.to_numeric(self.frame.iloc[:1000, column.position], errors="coerce"), float))
        steps = np.diff(values[np.isfinite(values)])
        if not len(steps):
            return 0.0
        finest = float(steps.min())
        if len(steps) < FEW:  # a few currents that are set tell nothing; their digits do
            digits = (np.format_float_positional(value, trim="-").partition(".")[2] for value in values)
            finest = min(finest, 10.0 ** -max(map(len, digits)))
        return abs(column.factor) * finest

    def thousands(self, column: Column) -> None:
        """Return None: numbers have no separators."""

    def numbers(self, columns: list[Column]) -> list[np.ndarray | None]:
        """Return the columns as floats; None for one that is not filled with numbers."""
        found: list[np.ndarray | None] = []
        for column in columns:
            values = self.frame.iloc[:, column.position]
            if _is_time(values.dtype):
                raise ReaderError(self.path, f"column {column.header!r} holds times, expected numbers")
            numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
            bad = ~np.isfinite(numbers)
            if bad.any() and column.essential:
                row = int(np.argmax(bad))
                raise ReaderError(
                    self.path,
                    f"expected a number in column {column.header!r}, got {str(values.iloc[row])!r} in row {row + 1}",
                )
            found.append(None if bad.any() else numbers)
        return found

    def words(self, column: Column) -> pd.Series:
        """Return a column as text."""
        return self.frame.iloc[:, column.position].astype(str)

    def ends(self, column: Column) -> pd.Series:
        """Return the first and the last field of a column as text."""
        return self.frame.iloc[[0, -1], column.position].astype(str)

    def seconds(self, column: Column, notes: Notes) -> np.ndarray:
        """Return durations, dates or clock times in seconds; dates from the first on."""
        values = self.frame.iloc[:, column.position]
        if isinstance(values.dtype, pd.DatetimeTZDtype) or values.dtype.kind == "M":
            values = values - values.iloc[0]
        if values.dtype.kind == "m":
            seconds = values.dt.total_seconds().to_numpy(float)
        else:
            seconds = _clock.clock(values.astype(str), column.header, column.unit, notes)
        if not np.isfinite(seconds).all():
            row = int(np.argmax(~np.isfinite(seconds)))
            raise ReaderError(
                self.path, f"expected a time in column {column.header!r}, got {values.iloc[row]!r} in row {row + 1}"
            )
        return seconds


def _is_time(kind: object) -> bool:
    return isinstance(kind, pd.DatetimeTZDtype) or getattr(kind, "kind", "") in "mM"


def parquet(path: Path) -> Frame:
    """Read Parquet by pyarrow."""
    try:
        frame = pd.read_parquet(path)
        return Frame(path, frame if frame.index.names == [None] else frame.reset_index())
    except ImportError:
        raise ReaderError(
            path, "Parquet needs the package pyarrow, which is not installed: pip install pyarrow"
        ) from None
    except ReaderError:
        raise
    except Exception as error:
        raise ReaderError(path, f"pyarrow cannot read it: {str(error).splitlines()[0]}") from error


def mpr(path: Path) -> Frame:
    """Read BioLogic's binary format by galvani, which is under the GPL and so never a dependency of this library."""
    try:
        from galvani import BioLogic
    except ImportError:
        raise ReaderError(
            path,
            "BioLogic's binary format needs the package galvani, which is not installed: pip install galvani (it is "
            "under the GPL), or export the file as text from EC-Lab (.mpt)",
        ) from None
    try:
        return Frame(path, pd.DataFrame(BioLogic.MPRfile(str(path)).data))
    except ReaderError:
        raise
    except Exception as error:
        raise ReaderError(
            path,
            f"galvani cannot read it: {str(error) or type(error).__name__}; export the file as text from EC-Lab (.mpt)",
        ) from error
