"""How fast long files are read, beside pandas alone, which checks nothing and converts nothing.

    python benchmarks/readers.py [--quick]

The files are made here and removed again: a cycling file of a million rows in four layouts, and one of 200 MB. Times
are the best of a few on one core, the file being in the system's cache. The last line is the time until a fault in the
last row but one of the long file is found and named.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from sicell import readers

ROWS, QUICK_ROWS = 1_000_000, 100_000
LONG, QUICK_LONG = 200e6, 20e6


def digits(numbers: np.ndarray, count: int) -> np.ndarray:
    """Return whole numbers as text, (rows, count) bytes."""
    text = np.empty((numbers.size, count), dtype=np.uint8)
    for place in range(count - 1, -1, -1):
        text[:, place] = numbers % 10 + ord("0")
        numbers = numbers // 10
    return text


def table(rows: int, separator: str, decimal: str) -> bytes:
    """Return rows of time, voltage, current, capacity, cycle and a column that nobody asked for."""
    sequence = np.arange(rows)
    voltage = np.round(30000 + 10000 * np.sin(sequence / 9000) ** 2).astype(int)
    quarter = digits(sequence % 10000, 4)

    def literal(text: str) -> np.ndarray:
        return np.broadcast_to(np.frombuffer(text.encode(), dtype=np.uint8), (rows, len(text)))

    volts, fraction = digits(voltage // 10000, 1), digits(voltage % 10000, 4)
    parts = [digits(sequence, 8), f"{decimal}500{separator}", volts, decimal, fraction, f"{separator}0{decimal}1"]
    parts += [quarter, f"{separator}0{decimal}0", quarter, separator, digits(sequence // 50000, 3), f"{separator}7\n"]
    return np.hstack([part if isinstance(part, np.ndarray) else literal(part) for part in parts]).tobytes()


BDF = "Test Time / s,Voltage / V,Current / A,Net Capacity / Ah,Cycle Count / 1,note\n"
ECLAB = "EC-Lab ASCII FILE\nNb header lines : 3\ntime/s\tEwe/V\tI/mA\t(Q-Qo)/mA.h\tcycle number\tmode\n"
BASYTEC = "~Resultfile from Basytec Battery Test System\n~Time[s]\tU[V]\tI[A]\tAh[Ah]\tCyc-Count\tDataSet\n"
GAMRY = "EXPLAIN\nCONVENTION\tIQUANT\t1\nCURVE\tTABLE\nT\tVf\tIm\tQ\tCyc\tOver\ns\tV\tA\tAh\t#\t#\n"


def layouts(rows: int) -> dict[str, tuple[bytes, int, str, str]]:
    """Return contents, lines before the rows, separator and decimal sign by layout."""
    tabs = table(rows, "\t", ".")
    gamry = GAMRY.encode() + b"\t" + tabs[:-1].replace(b"\n", b"\n\t") + b"\n"
    return {
        "Battery Data Format, CSV": (BDF.encode() + table(rows, ",", "."), 1, ",", "."),
        "EC-Lab, decimal comma": (ECLAB.encode() + table(rows, "\t", ","), 3, "\t", ","),
        "BaSyTec": (BASYTEC.encode() + tabs, 2, "\t", "."),
        "Gamry": (gamry.replace(b"\nT\t", b"\n\tT\t").replace(b"\ns\t", b"\n\ts\t"), 5, "\t", "."),
    }


def seconds(call: Callable[[], object], repeat: int) -> float:
    times = []
    for _ in range(repeat):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def measure(folder: Path, rows: int, long: float, repeat: int) -> pd.DataFrame:
    lines = []

    def line(name: str, path: Path, before: int, separator: str, decimal: str, repeat: int) -> None:
        alone = seconds(
            lambda: pd.read_csv(path, header=None, skiprows=before, sep=separator, decimal=decimal, encoding="latin-1"),
            repeat,
        )
        ours = seconds(lambda: readers.read(path), repeat)
        size = path.stat().st_size
        count = len(readers.read(path).tables[0])
        lines.append((name, count, size / 1e6, ours, alone, ours / alone, size / 1e6 / ours))

    for name, (content, before, separator, decimal) in layouts(rows).items():
        path = folder / "file.txt"
        path.write_bytes(content)
        line(name, path, before, separator, decimal, repeat)
    path.write_bytes(BDF.encode() + table(int(long / 41) + 1, ",", "."))
    line("Battery Data Format, CSV", path, 1, ",", ".", 1)
    with path.open("r+b") as file:
        file.seek(-60, os.SEEK_END)
        file.write(b"x")
    fault = seconds(lambda: fails(path), 1)
    lines.append(
        ("the same with a fault near its end", np.nan, path.stat().st_size / 1e6, fault, np.nan, np.nan, np.nan)
    )
    columns = ["layout", "rows", "MB", "sicell / s", "pandas alone / s", "ratio", "MB/s"]
    return pd.DataFrame(lines, columns=columns)


def fails(path: Path) -> None:
    try:
        readers.read(path)
    except readers.ReaderError:
        return
    raise AssertionError("the fault was not found")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_ROWS} rows instead of {ROWS}")
    quick = parser.parse_args().quick
    rows, long = (QUICK_ROWS, QUICK_LONG) if quick else (ROWS, LONG)
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), rows, long, repeat=3)
    print("one core, best of 3 (of 1 for the longest file)\n")
    print(found.to_string(index=False, na_rep="–", float_format=lambda value: f"{value:.3g}"))
    slowest = found.loc[found["rows"] == rows, "sicell / s"].max()
    print(f"\n{rows} rows: {slowest:.2f} s in the slowest layout; target: 1 s for a million rows")


if __name__ == "__main__":
    main()
