"""The constants of ``data/paper/structure.csv``, each with its source there."""

from functools import cache
from math import isnan

from uncertainties import UFloat, ufloat

from sicell import _data
from sicell._check import choice


def constant(name: str) -> float:
    """Return the constant of one id, in the unit of its row; ValueError lists those that exist.

    >>> constant("silicon-raman-line")
    520.5
    """
    return _row(name)[0]


def uncertain_constant(name: str) -> UFloat:
    """Return the constant of one id with its standard uncertainty; ValueError if the table gives it none."""
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
