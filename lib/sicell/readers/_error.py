"""What is said about a file: the one error of this package, and notes."""

import warnings
from collections.abc import Iterator
from pathlib import Path

from sicell._check import SicellWarning


class ReaderError(ValueError):
    """A file cannot be read; the message names the file, the line and what was expected there.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    line : int or None
        Line in the file, counted from 1; None if the fault is not in one line.
    """

    def __init__(self, path: Path, message: str, line: int | None = None) -> None:
        self.path, self.line = Path(path), line
        where = f"{self.path.name}, line {line}" if line else self.path.name
        super().__init__(f"{where}: {message}")


class Notes:
    """What is worth saying about a file, once each and in order; what could mislead is issued as a warning too."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._said: dict[str, bool] = {}

    def add(self, text: str, *, warn: bool = False) -> None:
        """Say it, as a warning too if it could mislead."""
        self._said[text] = warn or self._said.get(text, False)

    def __iter__(self) -> Iterator[str]:
        return iter(self._said)

    def issue(self, stacklevel: int) -> None:
        """Issue the warnings among them."""
        for text, warn in self._said.items():
            if warn:
                warnings.warn(f"{self.path.name}: {text}", SicellWarning, stacklevel=stacklevel + 1)
