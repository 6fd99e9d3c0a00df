"""Bytes of a text file, whatever its encoding and line ends, and how to find a line in them."""

import codecs
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sicell.readers._error import ReaderError

#: How much is looked at to recognise a file; headers of cycling programs can be long.
HEAD = 2**20
# What a file that is no text begins with, and what to do about it.
_BINARY = (
    (b"PK\x03\x04", "a zip archive or an Excel workbook: export the table as CSV"),
    (b"\x1f\x8b", "compressed with gzip: unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook or a database: export the table as CSV"),
    (b"%PDF", "a PDF document"),
)
_WIDE = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONTROL = bytes(set(range(32)) - set(b"\t\n\r\f\x1a"))


@dataclass(frozen=True)
class Source:
    """Contents of a text file without a byte-order mark, every line ending in a line feed."""

    path: Path
    data: bytes = field(repr=False)

    def line(self, offset: int) -> int:
        """Return the number of the line that holds a byte, from 1."""
        return self.data.count(b"\n", 0, offset) + 1

    def end(self, offset: int) -> int:
        """Return where the line that holds a byte ends: the offset of its line feed, or the file's length."""
        found = self.data.find(b"\n", offset)
        return len(self.data) if found < 0 else found

    def text(self, offset: int) -> str:
        """Return the line that begins at a byte."""
        return decode(self.data[offset : self.end(offset)]).rstrip("\r")

    def lines(self, start: int, stop: int) -> Iterator[tuple[int, str]]:
        """Yield (offset, text) of the lines that begin in [start, stop)."""
        while start < stop:
            yield start, self.text(start)
            start = self.end(start) + 1

    @property
    def head(self) -> bytes:
        """The first megabyte."""
        return self.data[:HEAD]


def decode(raw: bytes) -> str:
    """Return text from UTF-8 or, if it is none, from the encoding that Windows programs write in the West."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def find(path: Any) -> Path:
    """Return the path of a file that is there; one line that says what was expected if it is none."""
    if not isinstance(path, (str, os.PathLike)):
        name = getattr(path, "name", None)
        hint = f"; pass its path, {name!r}" if isinstance(name, str) else ""
        raise TypeError(f"path must be the path of a file, got {type(path).__name__}{hint}")
    text = os.fsdecode(path)
    if re.match(r"(?i)[a-z][a-z0-9+.-]+://", text):
        raise ValueError(f"path must be a file on this computer, got the address {text!r}: download it first")
    path = Path(text).expanduser()
    try:
        there = bool(text) and path.exists()
    except OSError:  # longer than a name may be
        there = False
    if not there:
        shown = text if len(text) < 200 else text[:200] + "…"
        raise FileNotFoundError(f"no file named {shown!r} in {Path.cwd()}")
    if path.is_dir():
        held = sorted(entry.name for entry in path.iterdir() if entry.is_file())
        said = f"one of its files, such as {held[0]!r}" if held else "a file; there is none in it"
        raise ReaderError(path, f"is a folder; expected {said}")
    if not path.is_file():
        raise ReaderError(path, "is a device or a pipe, expected a file")
    return path


def load(path: Path) -> Source:
    """Read a text file; raise ReaderError if it is empty or no text."""
    data = path.read_bytes()
    for mark, encoding in _WIDE:
        if data.startswith(mark):
            try:
                data = data[2:].decode(encoding).encode()
            except UnicodeDecodeError as error:
                raise ReaderError(path, f"begins as UTF-16 text, but is damaged at byte {error.start}") from None
    for odd, (_, encoding) in zip((1, 0), _WIDE, strict=True):
        # text of the West without a mark: each second byte is zero
        some = data[:256]
        if some[odd::2].count(0) > 0.9 * len(some[odd::2]) and not some[1 - odd :: 2].count(0):
            data = data.decode(encoding, errors="replace").encode()
    for mark, what in _BINARY:
        if data.startswith(mark):
            raise ReaderError(path, f"expected a text file, got {what}")
    junk = data[:4096].translate(None, bytes(set(range(256)) - set(_CONTROL)))
    if junk:
        raise ReaderError(path, f"expected a text file, got binary data (byte 0x{junk[0]:02x} near its beginning)")
    data = data.removeprefix(codecs.BOM_UTF8)
    if b"\n" not in data and b"\r" in data:
        data = data.replace(b"\r", b"\n")
    if not data or data.isspace():
        raise ReaderError(path, "expected a header and rows, got an empty file")
    return Source(path, data)
