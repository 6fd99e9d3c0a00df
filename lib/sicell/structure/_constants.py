"""The constants of ``data/structure.csv``, each with its source there."""

from __future__ import annotations

from functools import cache

from sicell import _data
from sicell._check import choice

__all__ = ["constant"]


def constant(name: str) -> float:
    """Return one constant of ``data/structure.csv``.

    Parameters
    ----------
    name : str
        Its `id` in the table, such as ``"silicon-lattice-parameter"``.

    Returns
    -------
    float
        The value, in the unit of the table's `unit` column.

    Raises
    ------
    ValueError
        If there is no such row; the message lists those that exist.

    Examples
    --------
    >>> constant("silicon-raman-line")
    520.5
    """
    values = _values()
    return values[choice("name", name, values)]


@cache
def _values() -> dict[str, float]:
    return _data.table("structure.csv").set_index("id")["value"].astype(float).to_dict()
