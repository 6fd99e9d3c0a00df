"""Files for the chapters on own data to read: synthetic spectra that say so, and cells that others published."""

from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from poetke2021 import spectra
from sicell import _check, _data
from sicell.eis import check_spectrum


def cell_files() -> dict[str, Path]:
    """Return the files of two graphite | NMC cells and of both half-cells, by what they hold.

    As the package ampworks published them; ``data/ampworks/LICENSE.md`` says where they come from.
    """
    names = {"full_cell": "cell1", "full_cell_aged": "cell2", "positive_half_cell": "nmc", "negative_half_cell": "gr"}
    return {what: _data.path(f"ampworks/{name}_smooth.csv") for what, name in names.items()}


def second_opinion() -> pd.DataFrame:
    """Return what ampworks and we make of its full cells, as ``benchmarks/full_cell_fit.py --store`` computed it.

    Columns: cell, fit, failed, rms / mV, x_0, x_100, y_0, y_100, inside (how many ends lie in our 95 % intervals).
    """
    return _data.table("benchmarks/full_cell_fit.csv")


def write_mpt(path: str | PathLike[str], frequency: Any, impedance: Any, *, comment: str, decimal: str = ".") -> Path:
    """Write a spectrum (Hz, Ω, shape (F,)) in the layout of BioLogic's EC-Lab text export, and return the file.

    The comment, one line that says where the numbers come from, stands in the header. Raises ValueError if it is empty
    or has several lines, `decimal` is neither ``"."`` nor ``","``, or the spectrum is not usable.
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
    """Write a spectrum in the layout of Gamry's ``.DTA`` files, and return the file; as :func:`write_mpt`."""
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


def write_examples(folder: str | PathLike[str]) -> dict[str, Path]:
    """Write one synthetic spectrum in two vendors' layouts into an existing folder, and return the paths by format.

    That of a Si37@C half-cell after three cycles as ``data/paper/impedance.csv`` assumes it, with noise: ``"eclab"``,
    with decimal commas, and ``"gamry-impedance"``.
    """
    truth = spectra.spectrum("Si37@C", 3)
    noisy = spectra.add_noise(truth.impedance, 0.003, seed=7)
    comment = f"SYNTHETIC, computed by sicell, not measured: {spectra.CIRCUIT} with 0.3 % noise"
    folder = Path(folder)
    return {
        "eclab": write_mpt(folder / "synthetic-example.mpt", truth.frequency, noisy, comment=comment, decimal=","),
        "gamry-impedance": write_dta(folder / "synthetic-example.DTA", truth.frequency, noisy, comment=comment),
    }


def _comment(comment: str) -> str:
    if not comment.strip() or len(comment.splitlines()) != 1:
        raise ValueError(f"comment must be one line that says where the numbers come from, got {comment!r}")
    return comment
