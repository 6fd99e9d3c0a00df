"""From the columns of a table to spectra: a new one begins with a new cycle number or where the sweep starts again."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from sicell.readers._error import Notes, ReaderError
from sicell.readers._result import MeasuredSpectrum

_FREQUENCY, _REAL, _IMAGINARY = "Frequency / Hz", "Real Impedance / ohm", "Imaginary Impedance / ohm"
#: Impedances that differ by more than this part are not one.
DIFFERENT = 0.02
_MODULUS, _PHASE, _CYCLE = "Absolute Impedance / ohm", "Phase / deg", "Cycle Count / 1"


def spectra(
    path: Path, values: Mapping[str, np.ndarray], line: Callable[[int], int], notes: Notes
) -> list[MeasuredSpectrum]:
    """Return the spectra of one table."""
    frequency, said = values[_FREQUENCY], ()
    if (frequency < 0).any():
        row = int(np.argmax(frequency < 0))
        raise ReaderError(path, f"expected a positive frequency, got {frequency[row]:g}", line(row))
    if _REAL in values:
        impedance = values[_REAL] + 1j * values[_IMAGINARY]
    else:
        impedance = values[_MODULUS] * np.exp(1j * np.deg2rad(values[_PHASE]))
    _check_both(values, impedance, notes)
    rows = np.flatnonzero(frequency)
    if not len(rows):
        raise ReaderError(path, "expected frequencies, got 0 Hz in every row", line(0))
    measured = rows[impedance[rows] != 0]
    if 0 < len(measured) < len(rows):
        notes.add(
            f"rows with an impedance of 0, which were not measured, were left out: {len(rows) - len(measured)}",
            warn=True,
        )
        rows = measured
    if zero := int((frequency == 0).sum()):
        said = (f"{zero} rows with a frequency of 0 (direct current) were left out",)
    cycle = values.get(_CYCLE, np.full(len(frequency), np.nan))[rows]
    if (
        np.isfinite(cycle).all()
        and len(rows) > 2
        and (np.diff(cycle) != 0).mean() > 0.5 > len(np.unique(cycle)) / len(rows)
    ):
        # the spectra stand side by side, frequency by frequency
        order = np.argsort(cycle, kind="stable")
        rows, cycle = rows[order], cycle[order]
    frequency, impedance = frequency[rows], impedance[rows]
    begins = [0, *(np.flatnonzero(np.diff(np.nan_to_num(cycle))) + 1), len(rows)]
    pieces = [
        (low + first, low + last)
        for low, high in itertools.pairwise(begins)
        for first, last in _sweeps(path, frequency[low:high], rows[low:high], line, notes)
    ]
    for low, high in pieces:
        _say_repeated(frequency[low:high], impedance[low:high], notes)
    return [
        MeasuredSpectrum(frequency[low:high], impedance[low:high], line(int(rows[low])), float(cycle[low]), said)
        for low, high in pieces
    ]


def _check_both(values: Mapping[str, np.ndarray], impedance: np.ndarray, notes: Notes) -> None:
    """Say it if a file has real and imaginary part, and modulus and phase too, and these are not the same."""
    if _REAL in values and _PHASE in values:
        turned = np.exp(1j * np.deg2rad(values[_PHASE]))
        said = np.abs(impedance) * turned
        allowed = DIFFERENT * np.abs(impedance)
        if np.median(np.abs(said - impedance) - allowed) <= 0:
            return
        if np.median(np.abs(said.conj() - impedance) - allowed) <= 0:
            problem = "have the signs of two different spectra: one of them is the negative of what its name says"
        else:
            problem = "contradict each other: check the unit of the phase"
        notes.add(f"Z'' and the phase {problem}; Z' and Z'' were taken as they are named", warn=True)


def _say_repeated(frequency: np.ndarray, impedance: np.ndarray, notes: Notes) -> None:
    """Say it if a frequency stands more than once in a spectrum, with impedances that are not one."""
    again = np.flatnonzero(np.diff(frequency) == 0)
    apart = np.abs(impedance[again + 1] - impedance[again]) > DIFFERENT * np.abs(impedance[again])
    if apart.any():
        notes.add(
            f"{int(apart.sum())} frequencies stand more than once in a spectrum, with different impedances; if these "
            "are several spectra, write one behind the other, or give each a number in a column 'cycle number'",
            warn=True,
        )


def _sweeps(
    path: Path, frequency: np.ndarray, rows: np.ndarray, line: Callable[[int], int], notes: Notes
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
                turned.append(line(int(rows[begins[-1]])))
            way, jump = steps[place], 0.0
    if len(frequency) < 3 * (len(begins) - 1):
        # neither up nor down: one spectrum in no order, unless a frequency occurs twice
        if len(np.unique(frequency)) < len(frequency):
            raise ReaderError(
                path,
                "expected frequencies that rise or fall within a spectrum, got them in no order",
                line(int(rows[begins[1]])),
            )
        return [(0, len(frequency))]
    if turned:
        where = f" at line {', '.join(map(str, turned))}" if all(turned) else ""
        notes.add(f"sweep direction turns{where}: {len(begins)} spectra")
    return list(zip(begins, [*begins[1:], len(frequency)], strict=True))
