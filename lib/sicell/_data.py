"""Where the data files are, and how a table is read.

A wheel carries the tables inside the package (``sicell/data``); a checkout and an editable install read the
checkout's ``data`` folder. Tables that configure code, such as names of columns, lie beside it in ``sicell/_tables``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

_PACKAGE = Path(__file__).resolve().parent


def folder() -> Path:
    """Return the folder with the data tables.

    Raises FileNotFoundError if neither exists.

    Returns
    -------
    pathlib.Path
        ``sicell/data`` in an installed wheel, else ``data`` of the checkout.
    """
    for candidate in (_PACKAGE / "data", _PACKAGE.parents[1] / "data"):
        if (candidate / "datapackage.json").is_file():
            return candidate
    raise FileNotFoundError(
        f"sicell's data tables were found neither in {_PACKAGE / 'data'} nor in {_PACKAGE.parents[1] / 'data'}; "
        "install sicell again from its wheel, or work in a complete checkout"
    )


def path(name: str) -> Path:
    """Return the path of one data file.

    Raises FileNotFoundError if there is no such file; the message lists those that exist.

    Parameters
    ----------
    name : str
        File name within ``_tables`` or the data folder, such as ``"densities.csv"``.
    """
    folders = (_PACKAGE / "_tables", folder())
    for one in folders:
        if (one / name).is_file():
            return one / name
    known = ", ".join(sorted(entry.name for one in folders for entry in one.glob("*.csv")))
    raise FileNotFoundError(f"no data file named {name!r}; there are: {known}")


@cache
def _table(name: str) -> pd.DataFrame:
    return pd.read_csv(path(name), comment=None)


def table(name: str) -> pd.DataFrame:
    """Read one CSV table of the data folder.

    Parameters
    ----------
    name : str
        File name such as ``"densities.csv"``.

    Returns
    -------
    pandas.DataFrame
        A copy that the caller may change.

    Examples
    --------
    >>> from sicell import _data
    >>> "Si" in set(_data.table("densities.csv")["material"])
    True
    """
    return _table(name).copy()
