"""The one error of this package: which file, which line, what was expected."""

from __future__ import annotations

from pathlib import Path

__all__ = ["ReaderError"]


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
