"""The constants of ``data/structure.csv``, each with its source there."""

from __future__ import annotations

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
    values = _data.table("structure.csv").set_index("id")["value"]
    return float(values[choice("name", name, values.index)])
