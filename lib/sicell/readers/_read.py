"""From a file to spectra or to recordings."""

import re
from collections.abc import Mapping
from functools import cache
from os import PathLike

import numpy as np
import pandas as pd

from sicell import _check
from sicell.readers import _choose, _direction, _frames
from sicell.readers._columns import Column, Header, cycling, understand
from sicell.readers._error import Notes, ReaderError
from sicell.readers._layout import recognise
from sicell.readers._numbers import Rows
from sicell.readers._recordings import Recorded, recordings
from sicell.readers._result import Galvanostatic, Impedance
from sicell.readers._rows import find_rows
from sicell.readers._source import Source, find, load
from sicell.readers._spectra import spectra

#: Gamry's number for the convention whose sign was checked.
ANODIC = 1
_CONVENTION = re.compile(rb"^CONVENTION\s+IQUANT\s+(\d+)", re.MULTILINE)
_ABORTED = re.compile(rb"EXPERIMENTABORTED\s+TOGGLE\s+T\b")
_FREQUENCY = "Frequency / Hz"


def read(
    path: str | PathLike[str],
    *,
    columns: Mapping[str, str | None] | None = None,
    charging: str = "positive",
    kind: str | None = None,
) -> Impedance | Galvanostatic:
    r"""Read an impedance spectrum or a galvanostatic measurement from a file, whatever program wrote it.

    Format, encoding, line ends, separator and decimal sign are recognised. Columns are understood by name and unit and
    come out in the names, units and signs of the Battery Data Format; potentials against a reference electrode as
    ``Anode Potential / V`` and ``Cathode Potential / V``. Several spectra or recordings of a file are kept apart. A
    SicellWarning says if something in the file contradicts something else, or was left out or found out otherwise than
    by its name.

    Raises ReaderError if the file cannot be read; the message names file, line and what was expected. Raises
    FileNotFoundError if there is no such file. Raises TypeError if `path` is no path or `columns` no mapping.

    Parameters
    ----------
    path : str or path
        Text of EC-Lab, BT-Lab, BaSyTec, Gamry, ZPlot, Arbin, Neware, Maccor, Landt, Digatron or Novonix, Battery Data
        Format (CSV or Parquet), or any text table with a header that names quantities and units. BioLogic's binary
        ``.mpr`` needs the package galvani, Parquet needs pyarrow.
    columns : mapping, optional
        For headers that are not understood: what they are, such as ``{"U_cell": "Voltage / mV"}``, or None to leave a
        column out. A minus before the name turns the sign: ``"-Imaginary Impedance / ohm"``.
    charging : {"positive", "negative"}, optional
        Sign of the charging current in the file. Whatever it is, charging is positive in the result.
    kind : {"impedance", "galvanostatic"}, optional
        What the file has to hold; an error says so if it is the other.

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
    _check.choice("kind", kind, (None, "impedance", "galvanostatic"))
    renamed, path = _choose.renaming(columns), find(path)
    notes = Notes(path)
    with path.open("rb") as file:
        start = file.read(64)
    if start.startswith(b"BIO-LOGIC MODULAR FILE") or path.suffix.lower() == ".mpr":
        form, tables = "mpr", [_framed(_frames.mpr(path), "eclab", renamed)]
    elif start.startswith(b"PAR1"):
        form, tables = "parquet", [_framed(_frames.parquet(path), "", renamed)]
    else:
        source = load(path)
        form, found = recognise(source, renamed)
        tables = [(table.header, table.header_line, table) for table in found]
        _say(source, form, notes)
    parts, used, ignored, impedance = [], {}, (), False
    for number, (header, line, rows) in enumerate(tables):
        part, is_impedance, left = _part(header, line, rows, renamed, notes)
        parts.append(part)
        if not number:
            impedance, ignored = is_impedance, left
    held = "impedance" if impedance else "galvanostatic"
    if kind not in (None, held):
        what = ("impedance spectra", "an impedance spectrum"), ("charging and discharging",) * 2
        raise ReaderError(path, f"holds {what[not impedance][0]}, expected {what[impedance][1]}")
    if impedance:
        measured = [one for part in parts for one in spectra(path, part.quantities, part.line, notes)]
        used = parts[0].headers
        result = Impedance(path, form, used, ignored, tuple(notes), tuple(measured))
    else:
        recorded = [table for part in parts for table in recordings(part, charging, notes)]
        _direction.look_at_sign(recorded, charging, notes)
        used = {name: parts[0].headers[name] for name in recorded[0] if name in parts[0].headers}
        result = Galvanostatic(path, form, used, ignored, tuple(notes), tuple(recorded))
    notes.issue(2)
    return result


def _framed(frame: _frames.Frame, form: str, renamed: Mapping[str, str | None]) -> tuple[Header, int, _frames.Frame]:
    return understand(frame.names, None, form, renamed, frame.first()), 0, frame


def _say(source: Source, form: str, notes: Notes) -> None:
    """Say what a vendor's header has to say about its rows."""
    if form == "gamry":
        said = _CONVENTION.search(source.head)
        if not said or int(said[1]) != ANODIC:
            what = f"current convention {int(said[1])}" if said else "no current convention"
            notes.add(f"the file states {what}; only 1 was checked, so make sure that charging is positive")
    place = source.data.find(b"EXPERIMENTABORTED") if form.startswith("gamry") else -1
    if place >= 0 and _ABORTED.match(source.data, place):
        notes.add("the file says that the experiment was aborted")


def _part(
    header: Header, line: int, table: object, renamed: Mapping[str, str | None], notes: Notes
) -> tuple[Recorded, bool, tuple[str, ...]]:
    """Return the values of a table, whether they make a spectrum, and the headers that are not used."""
    choice = _choose.choose(notes.path, line, header, renamed, True)
    if isinstance(table, _frames.Frame):
        rows = table
    else:
        rows = find_rows(table, header.columns, notes)
        if table.note:
            notes.add(table.note)
    if choice.impedance and cycling(header.quantities):
        frequency = rows.numbers([choice.columns[_FREQUENCY][0]])[0]
        if frequency is not None and not frequency.any():
            notes.add(f"{choice.columns[_FREQUENCY][0].header!r} is 0 throughout: no impedance was measured")
            choice = _choose.choose(notes.path, line, header, renamed, False)
    wanted = [column for found in choice.columns.values() for column in found]
    plain = [column for column in wanted if column.kind == "number"]
    arrays = dict(zip(plain, rows.numbers(plain), strict=True))
    arrays |= {column: rows.seconds(column, notes) for column in wanted if column.kind == "clock"}
    values, resolution, headers, used = {}, {}, {}, set()
    for name, found in choice.columns.items():
        if found[0].kind in ("date", "words"):
            headers[name] = found[0].header
            used.add(found[0].position)
            continue
        filled = [column for column in found if arrays[column] is not None]
        for column in filled:
            if column.essential and (odd := rows.thousands(column)):
                notes.add(
                    f"numbers such as {odd[0]!r} beside {odd[1]!r} in column {column.header!r} were read as "
                    f"{odd[0].replace(',', '.')}; if the sign separates thousands, export without it",
                    warn=True,
                )
        for column in found:
            if arrays[column] is None:
                notes.add(f"column {column.header!r} is not filled with numbers and was left out")
        if filled:
            chosen = _agreed(filled, arrays, rows, line, notes)
            values[name] = arrays[chosen] * chosen.factor + chosen.offset
            if chosen.beside:
                continue
            resolution[name], headers[name] = rows.resolution(chosen), chosen.header
            if name == "Current / A" and resolution[name] >= abs(chosen.factor):
                resolution[name] = 0.0  # without decimals it may be exact
            used.add(chosen.position)

    @cache
    def words(name: str) -> pd.Series | None:
        return rows.words(choice.columns[name][0]) if name in choice.columns else None

    def ends(name: str) -> pd.Series | None:
        return rows.ends(choice.columns[name][0]) if name in choice.columns else None

    ignored = tuple(name for position, name in enumerate(header.names) if name and position not in used)
    return Recorded(values, resolution, headers, rows.line, words, ends), choice.impedance, ignored


def _agreed(
    found: list[Column], arrays: Mapping[Column, np.ndarray], rows: Rows | _frames.Frame, line: int, notes: Notes
) -> Column:
    """Return the finest of columns that hold one quantity; ReaderError if they disagree."""
    finest = min(found, key=rows.resolution)
    for other in found:
        if other is finest:
            continue
        one, two = (arrays[column] * column.factor + column.offset for column in (finest, other))
        digits = 0.0 if finest.unit == other.unit else rows.resolution(finest) + rows.resolution(other)
        bound = digits + 1e-6 * np.abs(one)
        apart = np.abs(one - two) > bound
        if apart.any():
            row = int(np.argmax(apart))
            if finest.header == other.header:
                problem = f"expected one column {finest.header!r}, got two that differ; rename one of them in the file"
                raise ReaderError(notes.path, problem, line)
            first, second = sorted((finest, other), key=lambda column: column.position)
            said = {finest: one[row], other: two[row]}
            raise ReaderError(
                notes.path,
                f"columns {first.header!r} and {second.header!r} are one quantity, but say {said[first]:.6g} and "
                f"{said[second]:.6g} {first.name.rpartition(' / ')[2]}; leave out the one that is wrong, by "
                f"columns={{{second.header!r}: None}} or columns={{{first.header!r}: None}}",
                rows.line(row),
            )
        if finest.header != other.header:
            notes.add(f"{finest.header!r} and {other.header!r} agree; the first was taken")
    return finest
