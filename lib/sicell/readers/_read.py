"""From a file to spectra or to a galvanostatic table."""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from sicell import _check
from sicell._check import SicellWarning
from sicell.readers._columns import Column, match, spectral
from sicell.readers._error import ReaderError
from sicell.readers._half_cycles import split
from sicell.readers._layout import Table, recognise, sufficient
from sicell.readers._numbers import numbers, row_line
from sicell.readers._result import Galvanostatic, Impedance, MeasuredSpectrum
from sicell.readers._source import Source, load

__all__ = ["read"]

#: A voltage that moves by more than this against the current says that the sign is the other one.
AGAINST = 0.05
#: Gamry's number for the convention whose sign was checked.
ANODIC = 1
_CONVENTION = re.compile(rb"^CONVENTION\s+IQUANT\s+(\d+)", re.MULTILINE)
_ORDER = ("Test Time / s", "Voltage / V", "Current / A", "Net Capacity / Ah")
_FREQUENCY, _REAL, _IMAGINARY = "Frequency / Hz", "Real Impedance / ohm", "Imaginary Impedance / ohm"
_MODULUS, _PHASE, _CYCLE = "Absolute Impedance / ohm", "Phase / deg", "Cycle Count / 1"
_SPECTRAL = {_FREQUENCY, _REAL, _IMAGINARY, _MODULUS, _PHASE}


@dataclass(frozen=True)
class _Part:
    """One table of a file in Battery Data Format names and units, and how to find a row's line."""

    quantities: dict[str, np.ndarray]
    line: Callable[[int], int]
    notes: tuple[str, ...]


def read(
    path: str | PathLike[str],
    *,
    columns: Mapping[str, str | None] | None = None,
    charging: str = "positive",
) -> Impedance | Galvanostatic:
    r"""Read an impedance spectrum or a galvanostatic measurement from a file, whatever program wrote it.

    Format, encoding, line ends, separator and decimal sign are recognised. Columns are understood by name and unit and
    come out in the names, units and signs of the Battery Data Format.

    Parameters
    ----------
    path : str or path
        BioLogic EC-Lab or BT-Lab text (``.mpt``), BaSyTec text, Gamry ``.DTA``, Battery Data Format (CSV or Parquet),
        or any text table with a header that names quantities and units. BioLogic's binary ``.mpr`` needs the package
        galvani, Parquet needs pyarrow.
    columns : mapping, optional
        For headers that are not understood: what they are, such as ``{"U_cell": "Voltage / mV"}``, or None to leave a
        column out.
    charging : {"positive", "negative"}, optional
        Sign of the charging current in the file. Whatever it is, charging is positive in the result.

    Returns
    -------
    Impedance or Galvanostatic
        Several spectra or recordings of a file are kept apart.

    Raises
    ------
    ReaderError
        If the file cannot be read; the message names file, line and what was expected.
    FileNotFoundError
        If there is no such file.

    Warns
    -----
    SicellWarning
        If the last row breaks off and was left out, or the voltage moves against the current.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "mine.csv"
    >>> _ = path.write_text("freq/kHz;Re(Z)/Ohm;-Im(Z)/Ohm\n10,0;20,5;1,5\n1,0;22,0;4,0\n0,1;30,0;6,5\n")
    >>> spectrum = read(path).spectrum
    >>> spectrum.frequency
    array([10000.,  1000.,   100.])
    >>> spectrum.impedance
    array([20.5-1.5j, 22. -4.j , 30. -6.5j])

    References
    ----------
    Battery Data Alliance, Battery Data Format, https://github.com/battery-data-alliance/battery-data-format.
    """
    _check.choice("charging", charging, ("positive", "negative"))
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no file named {str(path)!r} in {Path.cwd()}")
    renamed = dict(columns or {})
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith(b"BIO-LOGIC MODULAR FILE") or path.suffix.lower() == ".mpr":
        form, header, parts = "mpr", *_framed(path, _mpr(path), "eclab", renamed)
    elif start.startswith(b"PAR1"):
        form, header, parts = "parquet", *_framed(path, _parquet(path), "", renamed)
    else:
        source = load(path)
        form, tables = recognise(source, renamed)
        header, parts = _text(source, form, tables, renamed)
    if spectral(header[0]):
        turns: list[str] = []
        spectra = [spectrum for part in parts for spectrum in _spectra(path, part, turns)]
        notes = tuple(dict.fromkeys([*(note for part in parts for note in part.notes), *turns]))
        return Impedance(path, form, *header, notes, tuple(spectra))
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    if form == "gamry":
        notes += _convention(source)
    tables, more = _recordings(path, parts, charging)
    return Galvanostatic(path, form, *header, notes + more, tables)


def _text(
    source: Source, form: str, tables: list[Table], renamed: Mapping[str, str | None]
) -> tuple[tuple[dict[str, str], tuple[str, ...]], list[_Part]]:
    """Return the columns used and ignored, and each table's values."""
    header, parts = None, []
    for table in tables:
        found, ignored = match(source.path, table.header_line, table.names, table.units, form, renamed)
        _enough(source.path, table.header_line, found, table.names)
        found = _needed(found, ignored)
        values, complete, notes = numbers(source, table, found)
        for column, whole in zip(found, complete, strict=True):
            if not whole:
                notes += (f"column {column.header!r} is not filled with numbers and was left out",)
                ignored.append(column.header)
        scaled = {
            column.name: values[:, number] * column.factor for number, column in enumerate(found) if complete[number]
        }
        parts.append(_Part(scaled, lambda row, table=table: row_line(source, table, row), notes))
        used = {column.name: column.header for column in found if column.name in scaled}
        header = header or (used, tuple(ignored))
    return header, parts


def _framed(
    path: Path, frame: pd.DataFrame, form: str, renamed: Mapping[str, str | None]
) -> tuple[tuple[dict[str, str], tuple[str, ...]], list[_Part]]:
    """Return the same for a table that another package has read."""
    names = [str(name) for name in frame.columns]
    found, ignored = match(path, 0, names, None, form, renamed)
    _enough(path, 0, found, names)
    scaled, notes = {}, ()
    if not len(frame):
        raise ReaderError(path, "expected rows, got none")
    for column in _needed(found, ignored):
        values = pd.to_numeric(frame.iloc[:, column.position], errors="coerce").to_numpy(dtype=float)
        bad = ~np.isfinite(values)
        if bad.any() and column.essential:
            raise ReaderError(
                path,
                f"expected a number in column {column.header!r}, got {frame.iloc[np.argmax(bad), column.position]!r}"
                f" in row {int(np.argmax(bad)) + 1}",
            )
        if bad.any():
            notes += (f"column {column.header!r} is not filled with numbers and was left out",)
            ignored.append(column.header)
        else:
            scaled[column.name] = values * column.factor
    used = {column.name: column.header for column in found if column.name in scaled}
    return (used, tuple(ignored)), [_Part(scaled, lambda row: 0, notes)]  # noqa: ARG005


def _mpr(path: Path) -> pd.DataFrame:
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
        return pd.DataFrame(BioLogic.MPRfile(str(path)).data)
    except Exception as error:
        raise ReaderError(path, f"galvani cannot read it: {str(error) or type(error).__name__}") from error


def _parquet(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except ImportError:
        raise ReaderError(
            path, "Parquet needs the package pyarrow, which is not installed: pip install pyarrow"
        ) from None
    except Exception as error:
        raise ReaderError(path, f"pyarrow cannot read it: {str(error).splitlines()[0]}") from error


def _enough(path: Path, line: int, found: list[Column], headers: list[str] | tuple[str, ...]) -> None:
    if not sufficient(column.name for column in found):
        got = ", ".join(repr(header) for header in headers if header) or "no names"
        raise ReaderError(
            path,
            "expected columns for a voltage and a time or capacity, or for a frequency and an impedance (real and "
            f"imaginary part, or modulus and phase); got {got}",
            line,
        )


def _needed(found: list[Column], ignored: list[str]) -> list[Column]:
    """Return the columns to read: of a spectrum those that make it, else all but frequency and impedance."""
    names = {column.name for column in found}
    if wanted := spectral(names):
        return [column for column in found if column.name in wanted | {_CYCLE}]
    ignored += [column.header for column in found if column.name in _SPECTRAL]
    return [column for column in found if column.name not in _SPECTRAL]


def _spectra(path: Path, part: _Part, turns: list[str]) -> list[MeasuredSpectrum]:
    """Return the spectra of one table: a new one begins with a new cycle number or where the sweep starts again."""
    values = part.quantities
    frequency, notes = values[_FREQUENCY], ()
    if (frequency < 0).any():
        row = int(np.argmax(frequency < 0))
        raise ReaderError(path, f"expected a positive frequency, got {frequency[row]:g}", part.line(row))
    if _REAL in values:
        impedance = values[_REAL] + 1j * values[_IMAGINARY]
    else:
        impedance = values[_MODULUS] * np.exp(1j * np.deg2rad(values[_PHASE]))
    rows = np.flatnonzero(frequency)
    if not len(rows):
        raise ReaderError(path, "expected frequencies, got 0 Hz in every row", part.line(0))
    if len(rows) < len(frequency):
        notes = (f"{len(frequency) - len(rows)} rows with a frequency of 0 (direct current) were left out",)
    frequency, impedance = frequency[rows], impedance[rows]
    cycle = values.get(_CYCLE, np.full(len(part.quantities[_FREQUENCY]), np.nan))[rows]
    begins = [0, *(np.flatnonzero(np.diff(np.nan_to_num(cycle))) + 1), len(rows)]
    pieces = [
        (low + first, low + last)
        for low, high in itertools.pairwise(begins)
        for first, last in _sweeps(path, part, frequency[low:high], rows[low:high], turns)
    ]
    return [
        MeasuredSpectrum(frequency[low:high], impedance[low:high], part.line(int(rows[low])), float(cycle[low]), notes)
        for low, high in pieces
    ]


def _sweeps(
    path: Path, part: _Part, frequency: np.ndarray, rows: np.ndarray, turns: list[str]
) -> list[tuple[int, int]]:
    """Return where sweeps begin and end: a sweep goes one way, so where it turns another begins."""
    steps = np.sign(np.diff(frequency))
    begins, way, jump, turned = [0], 0.0, 0.0, []
    for place in np.flatnonzero(steps):
        if way and steps[place] != way:
            # a frequency that is repeated where the sweep turns is the last of one and the first of the next
            begins.append(int(place) + int(steps[place - 1] != 0))
            way, jump = 0.0, steps[place]
        else:
            if jump == steps[place]:
                turned.append(part.line(int(rows[begins[-1]])))
            way, jump = steps[place], 0.0
    if len(frequency) < 3 * (len(begins) - 1):
        # neither up nor down: one spectrum in no order, unless a frequency occurs twice
        if len(np.unique(frequency)) < len(frequency):
            raise ReaderError(
                path,
                "expected frequencies that rise or fall within a spectrum, got them in no order",
                part.line(int(rows[begins[1]])),
            )
        return [(0, len(frequency))]
    if turned:
        where = f" at line {', '.join(map(str, turned))}" if all(turned) else ""
        turns.append(f"sweep direction turns{where}: {len(begins)} spectra")
    return list(zip(begins, [*begins[1:], len(frequency)], strict=True))


def _recordings(path: Path, parts: list[_Part], charging: str) -> tuple[tuple[pd.DataFrame, ...], tuple[str, ...]]:
    """Return tables, one a recording: a new one begins where time starts again."""
    tables, notes = [], []
    for part in parts:
        values = dict(part.quantities)
        if charging == "negative":
            for name in ("Current / A", "Net Capacity / Ah"):
                if name in values:
                    values[name] = -values[name]
        time = values.get("Test Time / s", np.zeros(len(values["Voltage / V"])))
        bounds = [0, *(np.flatnonzero(np.diff(time) < 0) + 1), len(time)]
        for low, high in itertools.pairwise(bounds):
            if low and time[low] > 0.5 * (time[low - 1] + time[bounds[0]]):
                raise ReaderError(
                    path, f"expected time to rise, got {time[low]:g} s after {time[low - 1]:g} s", part.line(int(low))
                )
            tables.append(_frame({name: column[low:high] for name, column in values.items()}, notes))
        if len(bounds) > 2:
            notes.append(f"time starts again {len(bounds) - 2} times: these are {len(bounds) - 1} recordings")
    _look_at_sign(path, tables, charging)
    return tuple(tables), tuple(dict.fromkeys(notes))


def _frame(values: dict[str, np.ndarray], notes: list[str]) -> pd.DataFrame:
    """Return one recording as a table, with the net capacity if current and time give it."""
    if "Net Capacity / Ah" not in values and {"Test Time / s", "Current / A"} <= set(values):
        time, current = values["Test Time / s"], values["Current / A"]
        passed = np.concatenate([[0.0], np.cumsum(np.diff(time) * (current[1:] + current[:-1]) / 2)]) / 3600
        values["Net Capacity / Ah"] = passed
        notes.append("Net Capacity / Ah was integrated from the current by the trapezoidal rule")
    for name in (_CYCLE, "Step ID"):
        if name in values and (values[name] == np.round(values[name])).all():
            values[name] = values[name].astype(int)
    order = [name for name in _ORDER if name in values] + sorted(set(values) - set(_ORDER))
    return pd.DataFrame({name: values[name] for name in order}, copy=False)


def _look_at_sign(path: Path, tables: list[pd.DataFrame], charging: str) -> None:
    """Warn if the voltage moves against the current, over all runs of one sign of it."""
    for table in tables:
        if "Current / A" not in table:
            continue
        runs = [
            (np.sign(part["Current / A"].iloc[0]), part["Voltage / V"].iloc[-1] - part["Voltage / V"].iloc[0])
            for part in split(table)
        ]
        moves = [sign * change for sign, change in runs]
        # one run must say so too: in a symmetric cell small drifts add up
        if moves and min(moves) < -AGAINST and sum(moves) < -AGAINST:
            signs = {sign for sign, _ in runs}
            said = [
                f"{'positive' if sign > 0 else 'negative'}{' throughout' if len(signs) == 1 else ''} while the voltage "
                f"{'falls' if sign > 0 else 'rises'}"
                for sign in sorted(signs, reverse=True)
            ]
            counted, other = ("discharging", "negative") if charging == "positive" else ("charging", "positive")
            warnings.warn(
                f"{path.name}: the current is {' and '.join(said)}; if the file counts {counted} as positive, pass "
                f"charging={other!r}",
                SicellWarning,
                stacklevel=4,
            )
            return


def _convention(source: Source) -> tuple[str, ...]:
    said = _CONVENTION.search(source.head)
    if said and int(said[1]) == ANODIC:
        return ()
    what = f"current convention {int(said[1])}" if said else "no current convention"
    return (f"the file states {what}; only 1 was checked, so make sure that charging is positive",)
