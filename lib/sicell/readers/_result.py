"""What `sicell.readers.read` returns."""

from dataclasses import dataclass, field
from numbers import Integral
from pathlib import Path

import numpy as np
import pandas as pd

from sicell import _check
from sicell.readers import _half_cycles

ELECTRODES = ("Anode Potential / V", "Cathode Potential / V")


@dataclass(frozen=True)
class MeasuredSpectrum:
    """One impedance spectrum of a file, its points in the order of the file.

    `frequency` (F,) is in Hz, `impedance` (F,) in Ω as Z' + jZ'', capacitive Z'' < 0, whichever sign the file stores.
    `line` is that of the first point in the file (0 if the file has no lines), `cycle` the number that the file states,
    else NaN; `notes` say what was left out and why.
    """

    frequency: np.ndarray = field(repr=False)
    impedance: np.ndarray = field(repr=False)
    line: int
    cycle: float
    notes: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return the spectrum as a table with Battery Data Format names."""
        names = ("Frequency / Hz", "Real Impedance / ohm", "Imaginary Impedance / ohm")
        columns = self.frequency, self.impedance.real, self.impedance.imag
        return pd.DataFrame(dict(zip(names, columns, strict=True)))

    def __repr__(self) -> str:
        return f"<MeasuredSpectrum: {self._extent()}>"

    def _extent(self) -> str:
        low, high = self.frequency.min(), self.frequency.max()
        return f"{len(self.frequency)} points from {low:.3g} to {high:.3g} Hz"


@dataclass(frozen=True)
class _Measurement:
    """What both kinds of file have in common."""

    path: Path
    format: str
    columns: dict[str, str]
    ignored: tuple[str, ...] = field(repr=False)
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Impedance(_Measurement):
    """An impedance file: its `path` and `spectra` in the order of the file, never joined.

    `format` is the row of ``file_formats.csv`` it was recognised by, or ``"parquet"`` or ``"mpr"``; `columns` have the
    header in the file by the Battery Data Format name that it became, `ignored` the headers that were not used, and
    `notes` what is worth knowing.
    """

    spectra: tuple[MeasuredSpectrum, ...]

    @property
    def spectrum(self) -> MeasuredSpectrum:
        """The only spectrum; ValueError if there are several."""
        if len(self.spectra) > 1:
            raise ValueError(f"{self.path.name} holds {len(self.spectra)} spectra; take one of .spectra")
        return self.spectra[0]

    def choose(self, number: int = 0) -> MeasuredSpectrum:
        """Return a spectrum by its number from 0; ValueError, which lists those there are, if there is none."""
        count = len(self.spectra)
        if isinstance(number, bool) or not isinstance(number, Integral) or not 0 <= number < count:
            listed = "; ".join(f"{place}: {one._extent()}" for place, one in enumerate(self.spectra[:12]))
            more = f" and {count - 12} more" if count > 12 else ""
            which = "0, the only one" if count == 1 else f"a whole number from 0 to {count - 1}"
            raise ValueError(f"number must be {which}, got {number!r}; {self.path.name} holds {listed}{more}")
        return self.spectra[number]

    def to_frame(self) -> pd.DataFrame:
        """Return all spectra in one table, told apart by a column ``Spectrum / 1`` that counts from 0."""
        frames = [spectrum.to_frame() for spectrum in self.spectra]
        return pd.concat(frames, keys=range(len(frames)), names=["Spectrum / 1", None]).reset_index(level=0)

    def __repr__(self) -> str:
        count = len(self.spectra)
        lines = [f"{self.path.name}: {self.format}, {count} {'spectrum' if count == 1 else 'spectra'}"]
        lines += [f"  {number}: {spectrum._extent()}" for number, spectrum in enumerate(self.spectra)]
        return "\n".join(lines + [f"  note: {note}" for note in self.notes])


@dataclass(frozen=True)
class Galvanostatic(_Measurement):
    """A file of charging and discharging: `path`, `format`, `columns`, `ignored` and `notes` as of :class:`Impedance`.

    The `tables` are one a recording, in the order of the file, never joined. Columns in Battery Data Format names:
    ``Voltage / V`` and those of ``Test Time / s``, ``Current / A`` (charging positive), ``Net Capacity / Ah`` (of the
    file's own counter or, without one, integrated), ``Anode Potential / V``, ``Cathode Potential / V``,
    ``Cycle Count / 1`` and so on that the file has.
    """

    tables: tuple[pd.DataFrame, ...] = field(repr=False)

    @property
    def cycles(self) -> dict[int, pd.DataFrame]:
        """The only table by its cycle numbers; ValueError if the file has none, or such as are not whole."""
        frame = self.to_frame()
        if "Cycle Count / 1" not in frame:
            raise ValueError(f"{self.path.name} has no column with cycle numbers; it has {', '.join(frame.columns)}")
        if frame["Cycle Count / 1"].dtype.kind != "i":
            odd = next(number for number in frame["Cycle Count / 1"] if number != round(number))
            raise ValueError(f"{self.path.name} has cycle numbers that are not whole, such as {odd:g}")
        return {int(number): part.reset_index(drop=True) for number, part in frame.groupby("Cycle Count / 1")}

    @property
    def half_cycles(self) -> tuple[pd.DataFrame, ...]:
        """Charges and discharges in the order of the file: runs of one sign of the current within a recording.

        Rests, with less than a thousandth of the largest current or within its noise, and what noise leaves of the
        other sign are left out. A recording without current is one half-cycle.
        """
        return tuple(part for table in self.tables for part in _half_cycles.split(table))

    @property
    def electrodes(self) -> pd.DataFrame:
        """``Voltage / V``, ``Anode Potential / V``, ``Cathode Potential / V``, and time, current, capacity if there.

        ValueError if the file has no reference electrode.
        """
        frame = self.to_frame()
        names = ("Test Time / s", "Current / A", "Net Capacity / Ah", "Voltage / V", *ELECTRODES)
        if not set(ELECTRODES) <= set(frame):
            raise ValueError(
                f"{self.path.name} has no potentials against a reference electrode; it has {', '.join(frame.columns)}"
            )
        return frame[[name for name in names if name in frame]]

    def choose(self, half_cycle: str | None = None, number: int | None = None) -> pd.DataFrame:
        """Return one of `half_cycles`; ValueError, which lists those of the file, if none or several fit.

        Parameters
        ----------
        half_cycle : {"charge", "discharge"}, optional
            Which kind: by the sign of the current or, without one, by whether the voltage rises.
        number : int, optional
            Which one of that kind, or of all, counted from 0; not needed if there is only one.
        """
        if half_cycle is not None:
            _check.choice("half_cycle", half_cycle, ("charge", "discharge"))
        if number is not None and (not isinstance(number, Integral) or number < 0):
            raise ValueError(f"number must be a whole number from 0, got {number!r}")
        return _half_cycles.choose(self.path, self.half_cycles, half_cycle, number)

    def curve(self, half_cycle: str | None = None, number: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        r"""Return voltage over capacity of one charge or discharge, chosen as by `choose`.

        Voltage (N,) is in V, in the order measured; capacity (N,) in Ah, from 0 and growing: the change of the net
        capacity, else of the cumulative capacity. Raises ValueError as `choose` does, and if there is no capacity, or
        one that falls back within the half-cycle.

        >>> import tempfile
        >>> from sicell import readers
        >>> path = Path(tempfile.mkdtemp()) / "mine.csv"
        >>> _ = path.write_text(
        ...     "time/h,Ewe/V,I/mA\n0,0.4,-2\n1,0.2,-2\n2,0.1,-2\n3,0.15,0\n4,0.3,2\n5,0.5,2\n"
        ... )
        >>> cell = readers.read(path)
        >>> len(cell.half_cycles)
        2
        >>> voltage, capacity = cell.curve("discharge")
        >>> voltage
        array([0.4, 0.2, 0.1])
        >>> capacity
        array([0.   , 0.002, 0.004])
        >>> cell.curve()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        ...
        ValueError: mine.csv holds 2 half-cycles (0: discharge, 3 points, 0.1 to 0.4 V, 0.004 Ah; 1: charge, ...
        """
        return _half_cycles.curve(self.path, self.choose(half_cycle, number))

    def to_frame(self) -> pd.DataFrame:
        """Return the only table; ValueError if there are several."""
        if len(self.tables) > 1:
            raise ValueError(f"{self.path.name} holds {len(self.tables)} recordings; take one of .tables")
        return self.tables[0]

    def __repr__(self) -> str:
        rows = ", ".join(str(len(table)) for table in self.tables)
        count = len(self.tables)
        what = "recording" if count == 1 else "recordings"
        lines = [f"{self.path.name}: {self.format}, {count} {what} of {rows} rows"]
        lines += [f"  {name}" for name in self.tables[0].columns]
        return "\n".join(lines + [f"  note: {note}" for note in self.notes])
