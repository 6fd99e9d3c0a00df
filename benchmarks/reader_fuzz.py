"""Damage files of known content, and look for values that are not the undamaged file's; see `readers.py`.

The damage is to the structure: files cut at either end, lines that are lost, doubled, moved or joined, foreign lines,
fields and bytes, other encodings, separators and line ends. Nobody could tell digits that are exchanged, or lost from
the middle of a number.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from reader_cases import Case

from sicell import readers

__all__ = ["damaged", "strange"]

_FOREIGN = ("", "#", "foreign line", "-- page 2 --", "a,b;c\td", "\x00", "9 9", "Test Time / s,Voltage / V", "é€😀")


def damaged(content: bytes, random: np.random.Generator) -> bytes:
    """Return the content with one to three damages."""
    for _ in range(random.integers(1, 4)):
        content = _DAMAGES[random.integers(len(_DAMAGES))](content, random)
    return content


def _cut(content: bytes, random: np.random.Generator) -> bytes:
    place = int(random.integers(len(content) + 1))
    return (content[:place], content[place:])[random.integers(2)]


def _lines(content: bytes, random: np.random.Generator) -> tuple[list[bytes], int]:
    lines = content.split(b"\n")
    return lines, int(random.integers(len(lines)))


def _doubled_lines(content: bytes, random: np.random.Generator) -> bytes:
    lines, place = _lines(content, random)
    count = int(random.integers(1, 6))
    return b"\n".join(lines[: place + count] + lines[place:])


def _lost_lines(content: bytes, random: np.random.Generator) -> bytes:
    lines, place = _lines(content, random)
    return b"\n".join(lines[:place] + lines[place + int(random.integers(1, 6)) :])


def _moved_lines(content: bytes, random: np.random.Generator) -> bytes:
    lines, place = _lines(content, random)
    line = lines.pop(place)
    lines.insert(int(random.integers(len(lines) + 1)), line)
    return b"\n".join(lines)


def _foreign_line(content: bytes, random: np.random.Generator) -> bytes:
    lines, place = _lines(content, random)
    lines.insert(place, _FOREIGN[random.integers(len(_FOREIGN))].encode())
    return b"\n".join(lines)


def _joined_lines(content: bytes, random: np.random.Generator) -> bytes:
    lines, place = _lines(content, random)
    return b"\n".join([*lines[:place], b"".join(lines[place : place + 2]), *lines[place + 2 :]])


def _field(content: bytes, random: np.random.Generator) -> bytes:
    """Lose, double or insert a field in one line."""
    lines, place = _lines(content, random)
    separator = next((one for one in (b"\t", b";", b",") if one in content[-200:]), b" ")
    fields = lines[place].split(separator)
    spot = int(random.integers(len(fields)))
    fields[spot : spot + 1] = ([], [fields[spot]] * 2, [b"x", fields[spot]], [b""])[random.integers(4)]
    lines[place] = separator.join(fields)
    return b"\n".join(lines)


def _separator(content: bytes, random: np.random.Generator) -> bytes:
    lines, place = _lines(content, random)
    old, new = random.permutation([b"\t", b";", b",", b" "])[:2]
    stop = (place + 1, len(lines))[random.integers(2)]
    return b"\n".join(lines[:place] + [line.replace(old, new) for line in lines[place:stop]] + lines[stop:])


def _encoding(content: bytes, random: np.random.Generator) -> bytes:
    if random.integers(2):
        return (b"\xef\xbb\xbf" + content, content.replace(b"\n", b"\r\n"), content.replace(b"\n", b"\r"))[
            random.integers(3)
        ]
    try:
        return content.decode().encode(("utf-16", "utf-16-be", "cp1252", "utf-8-sig")[random.integers(4)], "replace")
    except UnicodeDecodeError:
        return content


def _bytes(content: bytes, random: np.random.Generator) -> bytes:
    """Put a foreign byte somewhere, between the characters."""
    place = int(random.integers(len(content) + 1))
    return content[:place] + (b"\x00", b"\xff", b"\xe9", b'"', b"x", b"\n", b"\t")[random.integers(7)] + content[place:]


_DAMAGES = (
    _cut,
    _doubled_lines,
    _lost_lines,
    _moved_lines,
    _foreign_line,
    _joined_lines,
    _field,
    _separator,
    _encoding,
    _bytes,
)


def strange(case: Case, content: bytes, folder: Path) -> str:
    """Read a damaged file; return what is wrong with what comes back, nothing if it is refused or the truth."""
    path = folder / case.file
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = readers.read(path, **case.options)
        except readers.ReaderError:
            return ""
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    if isinstance(result, readers.Impedance):
        if "frequency" not in case.truth:
            return "a spectrum where there is none"
        rows = [np.column_stack([one.frequency, one.impedance.real, one.impedance.imag]) for one in result.spectra]
        truth = np.column_stack([case.truth["frequency"], case.truth["impedance"].real, case.truth["impedance"].imag])
        return _foreign_rows(np.concatenate(rows), truth, (2e-3, 2e-3, 2e-3), (0, 1e-6, 1e-6))
    if "time" not in case.truth:
        return "no spectrum"
    names = [(name, key) for name, key in _NAMES.items() if all(name in table for table in result.tables)]
    if "date" in case.name.lower():
        names = [one for one in names if one[1] != "time"]  # which has no zero of its own
    rows = [table[[name for name, _ in names]].to_numpy(float) for table in result.tables]
    truth = np.column_stack([case.truth[key] for _, key in names])
    limits = [_LIMITS[key] for _, key in names]
    return _foreign_rows(np.concatenate(rows), truth, [one[0] for one in limits], [one[1] for one in limits])


_NAMES = {"Test Time / s": "time", "Voltage / V": "voltage", "Current / A": "current"}
_LIMITS = {"time": (2e-3, 1.0), "voltage": (0, 1.5e-3), "current": (2e-3, 1e-4)}


def _foreign_rows(rows: np.ndarray, truth: np.ndarray, relative: object, absolute: object) -> str:
    """Return the first row that is not one of the undamaged file."""
    limit = np.asarray(relative) * np.abs(truth) + np.asarray(absolute)
    for row in rows:
        if not (np.abs(row - truth) <= limit).all(axis=1).any():
            return f"row {np.array2string(row, precision=6)} is not in the file"
    return ""
