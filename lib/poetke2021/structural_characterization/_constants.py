"""The constants of ``data/paper/structure.csv``, each with its source there."""

from __future__ import annotations

from functools import cache
from math import isnan

from uncertainties import UFloat, ufloat

from sicell import _data
from sicell._check import choice

__all__ = ["constant", "uncertain_constant"]


def constant(name: str) -> float:
    """Return one constant of ``data/paper/structure.csv``.

    Raises ValueError if there is no such row; the message lists those that exist.

    Parameters
    ----------
    name : str
        Its `id` in the table, such as ``"silicon-lattice-parameter"``.

    Returns
    -------
    float
        The value, in the unit of the table's `unit` column.
    """
    return _row(name)[0]


def uncertain_constant(name: str) -> UFloat:
    """Return one constant of ``data/paper/structure.csv`` with its standard uncertainty.

    Raises ValueError if there is no such row, or the table gives it no uncertainty.

    Parameters
    ----------
    name : str
        Its `id` in the table, such as ``"silicon-ta-x"``.

    Returns
    -------
    uncertainties.UFloat
        In the unit of the table's `unit` column.
    """
    value, uncertainty = _row(name)
    if isnan(uncertainty):
        raise ValueError(f"name must be a constant with an uncertainty in structure.csv, got {name!r}")
    return ufloat(value, uncertainty)


def _row(name: str) -> tuple[float, float]:
    rows = _rows()
    return rows[choice("name", name, rows)]


@cache
def _rows() -> dict[str, tuple[float, float]]:
    table = _data.table("paper/structure.csv")
    pairs = zip(table["value"].astype(float), table["uncertainty"].astype(float), strict=True)
    return dict(zip(table["id"], pairs, strict=True))
