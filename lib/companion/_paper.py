"""Which paper this is a companion to: the one thing that the method has to be told.

A paper's package calls :func:`register` when it is imported. It is found by itself through the entry point
``companion.paper`` of its distribution, so nothing in this package names a paper.
"""

from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path


@dataclass(frozen=True)
class Paper:
    """One paper: which package computes its claims, where its tables are, and its chapters in their order.

    The package has one module or folder for each chapter, named like the chapter with ``_`` for ``-``. Tables are
    looked for in the folders in their order; the first has ``claims.csv``. `overview` is the page of the book that
    shows the whole ledger as a table, if there is one.
    """

    package: str
    folders: tuple[Path, ...]
    chapters: tuple[str, ...]
    overview: str = ""

    def path(self, name: str) -> Path:
        """Return the path of one table.

        Raises FileNotFoundError if there is none; the message lists those that exist.
        """
        for folder in self.folders:
            if (folder / name).is_file():
                return folder / name
        known = ", ".join(sorted(file.name for folder in self.folders for file in folder.glob("*.csv")))
        raise FileNotFoundError(f"no data file named {name!r}; there are: {known}")


_registered: list[Paper] = []


def register(paper: Paper) -> None:
    """Make this the paper that ledger and evidence are about; the last one registered counts."""
    _registered.append(paper)


def paper() -> Paper:
    """Return the paper that is registered.

    Raises LookupError if no paper's package is imported, and none is installed with an entry point ``companion.paper``.
    """
    if not _registered:
        for entry in entry_points(group="companion.paper"):
            entry.load()
    if not _registered:
        raise LookupError(
            "no paper is registered: import the package of one first, or install its distribution (pip install -e .)"
        )
    return _registered[-1]
