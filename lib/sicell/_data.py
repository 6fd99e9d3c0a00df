"""Where the data files are, and how a table is read.

A wheel carries the tables inside the package (``sicell/data``); a checkout and an editable install read the
checkout's ``data`` folder. Tables that configure code, such as names of columns, lie beside it in ``sicell/_tables``.
"""

from functools import cache
from pathlib import Path

import pandas as pd

_PACKAGE = Path(__file__).resolve().parent


def folder() -> Path:
    """Return the folder with the data tables; FileNotFoundError if there is none."""
    for candidate in (_PACKAGE / "data", _PACKAGE.parents[1] / "data"):
        if (candidate / "datapackage.json").is_file():
            return candidate
    raise FileNotFoundError(
        f"sicell's data tables were found neither in {_PACKAGE / 'data'} nor in {_PACKAGE.parents[1] / 'data'}; "
        "install sicell again from its wheel, or work in a complete checkout"
    )


def path(name: str) -> Path:
    """Return the path of a file within ``_tables`` or the data folder; FileNotFoundError lists those that exist."""
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
    """Return one CSV file of :func:`path`, as a copy that the caller may change.

    >>> "Si" in set(table("densities.csv")["material"])
    True
    """
    return _table(name).copy()
