"""Files for the chapters on own data to read: synthetic spectra that say so, and cells that others published."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from poetke2021 import spectra
from sicell import _check, _data
from sicell.eis import check_spectrum

__all__ = ["cell_files", "write_dta", "write_examples", "write_mpt"]


def cell_files() -> dict[str, Path]:
    """Return the files of two graphite | NMC cells and of both half-cells, as the package ampworks published them.

    Returns
    -------
    dict
        Paths by what they hold; ``data/ampworks/LICENSE.md`` says where they come from.

    Examples
    --------
    >>> list(cell_files())
    ['full_cell', 'full_cell_aged', 'positive_half_cell', 'negative_half_cell']
    """
    names = {"full_cell": "cell1", "full_cell_aged": "cell2", "positive_half_cell": "nmc", "negative_half_cell": "gr"}
    return {what: _data.path(f"ampworks/{name}_smooth.csv") for what, name in names.items()}


def write_mpt(path: str | PathLike[str], frequency: Any, impedance: Any, *, comment: str, decimal: str = ".") -> Path:
    """Write a spectrum in the layout of BioLogic's EC-Lab text export.

    Raises ValueError if the comment is empty or has several lines, `decimal` is another sign, or the spectrum is not
    usable.

    Parameters
    ----------
    path : str or path
        File to write.
    frequency : array_like, shape (F,)
        Hz.
    impedance : array_like of complex, shape (F,)
        Ω.
    comment : str
        Where the numbers come from; stands in the header of the file, on one line.
    decimal : {".", ","}, optional
        Decimal sign.

    Returns
    -------
    pathlib.Path
        The file.
    """
    _check.choice("decimal", decimal, (".", ","))
    found = check_spectrum(frequency, impedance)
    header = [
        "EC-Lab ASCII FILE",
        "Nb header lines : 8                           ",
        "",
        "Potentio Electrochemical Impedance Spectroscopy",
        "",
        f"Comments : {_comment(comment)}",
        "",
        "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t|Z|/Ohm\tPhase(Z)/deg\tCs/µF\tcycle number\t",
    ]
    z = found.impedance
    omega = 2 * np.pi * found.frequency
    series = np.divide(-1e6, omega * z.imag, out=np.zeros_like(omega), where=z.imag != 0)
    columns = (found.frequency, z.real, -z.imag, np.abs(z), np.angle(z, deg=True), series, np.ones_like(omega))
    rows = ["\t".join(f"{value:.7E}" for value in row).replace(".", decimal) for row in zip(*columns, strict=True)]
    path = Path(path)
    path.write_bytes("\r\n".join([*header, *rows, ""]).encode("latin-1"))
    return path


def write_dta(path: str | PathLike[str], frequency: Any, impedance: Any, *, comment: str) -> Path:
    r"""Write a spectrum in the layout of Gamry's ``.DTA`` files.

    Raises ValueError if the comment is empty or has several lines, or the spectrum is not usable.

    Parameters
    ----------
    path : str or path
        File to write.
    frequency : array_like, shape (F,)
        Hz.
    impedance : array_like of complex, shape (F,)
        Ω.
    comment : str
        Where the numbers come from; stands in the notes of the file, on one line.

    Returns
    -------
    pathlib.Path
        The file.
    """
    found = check_spectrum(frequency, impedance)
    header = [
        "EXPLAIN",
        "TAG\tEISPOT",
        "TITLE\tLABEL\tPotentiostatic EIS\tTest &Identifier",
        "NOTES\tNOTES\t1\t&Notes...",
        f"\t{_comment(comment)}",
        "ZCURVE\tTABLE",
        "\tPt\tFreq\tZreal\tZimag\tZmod\tZphz",
        "\t#\tHz\tohm\tohm\tohm\t°",
    ]
    z = found.impedance
    columns = (found.frequency, z.real, z.imag, np.abs(z), np.angle(z, deg=True))
    rows = [
        f"\t{number}\t" + "\t".join(f"{value:.7g}" for value in row)
        for number, row in enumerate(zip(*columns, strict=True))
    ]
    path = Path(path)
    path.write_bytes("\r\n".join([*header, *rows, ""]).encode("latin-1"))
    return path


def write_examples(folder: str | PathLike[str], *, noise: float = 0.003, seed: int = 7) -> dict[str, Path]:
    """Write one synthetic spectrum in two vendors' layouts.

    The spectrum is that of a Si37@C half-cell after three cycles as ``data/paper/impedance.csv`` assumes it, with
    noise.

    Parameters
    ----------
    folder : str or path
        Existing folder for the files.
    noise : float
        Standard deviation relative to ``|Z|``.
    seed : int
        Of the noise.

    Returns
    -------
    dict
        Paths by format: ``"eclab"``, with decimal commas, and ``"gamry-impedance"``.

    Examples
    --------
    >>> import tempfile
    >>> from sicell import readers
    >>> paths = write_examples(tempfile.mkdtemp())
    >>> {name: readers.read(path).spectrum for name, path in paths.items()}
    {'eclab': <MeasuredSpectrum: 71 points from 0.1 to 1e+06 Hz>, 'gamry-impedance': <MeasuredSpectrum: 71 points \
from 0.1 to 1e+06 Hz>}
    """
    truth = spectra.spectrum("Si37@C", 3)
    noisy = spectra.add_noise(truth.impedance, noise, seed)
    comment = f"SYNTHETIC, computed by sicell, not measured: {spectra.CIRCUIT} with {100 * noise:g} % noise"
    folder = Path(folder)
    return {
        "eclab": write_mpt(folder / "synthetic-example.mpt", truth.frequency, noisy, comment=comment, decimal=","),
        "gamry-impedance": write_dta(folder / "synthetic-example.DTA", truth.frequency, noisy, comment=comment),
    }


def _comment(comment: str) -> str:
    if not comment.strip() or len(comment.splitlines()) != 1:
        raise ValueError(f"comment must be one line that says where the numbers come from, got {comment!r}")
    return comment
