"""How many kinds of files are read right, what damaged files do, and how fast long ones are read.

    python benchmarks/readers.py [--quick]

The small files of `reader_layouts` and `reader_cases` are read by this library and, where it is installed (``pip
install batterydf``, half a gigabyte, not among the locked peers), by batterydf, of which only the table is judged:
time, voltage and current, or the spectrum; of ours the charge of each half-cycle too. *Advised*: refused with an
advice that leads to the right numbers. Then 2000 damaged files: what comes back must be rows of the undamaged file.

Speed is beside pandas alone, which checks nothing and converts nothing. The files are made here and removed again: a
cycling file of a million rows in four layouts, and one of 200 MB. Times are the best of a few on one core, the file
being in the system's cache. The last line is the time until a fault in the last row but one of the long file is found
and named.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from reader_cases import Case, kinds
from reader_fuzz import damaged, strange
from reader_layouts import layouts as vendors

from sicell import readers

DAMAGED, QUICK_DAMAGED = 2000, 200
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
    # charges and discharges of 0.1 A, 10 000 rows each
    voltage = 30000 + np.minimum(sequence % 20000, 20000 - sequence % 20000)
    passed = digits(np.round((voltage - 30000) * 0.1 / 3600 * 1e7).astype(int), 7)
    sign = np.where(sequence % 20000 < 10000, ord("+"), ord("-")).astype(np.uint8)[:, None]

    def literal(text: str) -> np.ndarray:
        return np.broadcast_to(np.frombuffer(text.encode(), dtype=np.uint8), (rows, len(text)))

    volts, fraction = digits(voltage // 10000, 1), digits(voltage % 10000, 4)
    parts = [digits(sequence, 8), f"{decimal}500{separator}", volts, decimal, fraction, separator, sign]
    parts += [f"0{decimal}10000{separator}0{decimal}", passed, separator, digits(sequence // 50000, 3)]
    parts.append(f"{separator}7\n")
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


def verdict(case: Case, found: list[pd.DataFrame] | readers.Impedance) -> str:
    """Return whether a reader is right about a file."""
    if "frequency" in case.truth:
        if not isinstance(found, readers.Impedance) or len(found.spectra) != 1:
            return "wrong"
        pairs = [(getattr(found.spectra[0], name), case.truth[name], 2e-3, 0.0) for name in ("frequency", "impedance")]
    elif isinstance(found, readers.Impedance) or len(found) != 1:
        return "wrong"
    else:
        names = {"Test Time / s": ("time", 1.0), "Voltage / V": ("voltage", 1e-3), "Current / A": ("current", 6e-4)}
        pairs = [(found[0][name], case.truth[key], 1e-3, limit) for name, (key, limit) in names.items()]
        pairs[0] = (pairs[0][0] - pairs[0][0].iloc[0], pairs[0][1] - pairs[0][1][0], *pairs[0][2:])
    good = all(
        len(one) == len(truth) and np.allclose(np.asarray(one, dtype=complex), truth, rtol=relative, atol=absolute)
        for one, truth, relative, absolute in pairs
    )
    return "right" if good else "wrong"


def ours(case: Case, path: Path) -> str:
    """Return what this library makes of a file: right, advised, refused or wrong."""
    columns: dict[str, str | None] = {}
    while True:
        try:
            result = readers.read(path, columns=columns, **case.options)
        except readers.ReaderError as error:
            offer = re.search(r"columns=(\{[^{}]*\})", str(error))
            more = ast.literal_eval(offer[1]) if offer else {}
            if more.items() <= columns.items():
                return "refused"
            columns |= more
            continue
        said = verdict(case, result if isinstance(result, readers.Impedance) else list(result.tables))
        if said == "right" and case.charges is not None:
            net = [one["Net Capacity / Ah"] for one in result.half_cycles]
            passed = [float(one.iloc[-1] - one.iloc[0]) for one in net]
            right = len(passed) == len(case.charges) and np.allclose(passed, case.charges, rtol=0.03)
            said = "right" if right else "wrong"
        return "advised" if said == "right" and columns else said


def theirs(case: Case, path: Path) -> str:
    """Return what batterydf makes of a file: right, refused or wrong."""
    import bdf

    try:
        frame = bdf.read(path)
    except Exception:
        return "refused"
    try:
        if "frequency" in case.truth:
            parts = (frame[f"{part} Impedance / ohm"].to_numpy(float) for part in ("Real", "Imaginary"))
            one = next(parts) + 1j * next(parts)
            close = np.allclose(one, case.truth["impedance"], rtol=2e-3)
            return (
                "right"
                if close and np.allclose(frame["Frequency / Hz"], case.truth["frequency"], rtol=1e-3)
                else "wrong"
            )
        return verdict(case, [frame])
    except (KeyError, ValueError, TypeError):
        return "wrong"


def count(folder: Path) -> pd.DataFrame:
    """Return how many files each reader gets right, by group."""
    peers = {"sicell": ours}
    try:
        import bdf  # noqa: F401

        peers["batterydf"] = theirs
    except ImportError:
        print("batterydf is not installed: counted without it\n")
    lines = []
    for group, cases in (("layouts of programs", vendors()), ("lies and oddities", kinds())):
        found: dict[str, Counter] = {name: Counter() for name in peers}
        for number, case in enumerate(cases):
            place = folder / f"{group[:2]}{number}"
            place.mkdir()
            path = case.write(place)
            for name, judge in peers.items():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    found[name][judge(case, path)] += 1
        for name, counted in found.items():
            kinds_of = {kind: counted[kind] for kind in ("right", "advised", "refused", "wrong")}
            lines.append({"files": f"{group} ({len(cases)})", "reader": name} | kinds_of)
    return pd.DataFrame(lines)


def fuzz(folder: Path, files: int) -> tuple[int, int, float]:
    """Return how many damaged files were read, how many came back wrong, and the longest time for one in s."""
    cases = [case for case in [*vendors(), *kinds()] if isinstance(case.content, str)]
    wrong, longest = 0, 0.0
    for number in range(files):
        case = cases[number % len(cases)]
        content = damaged(case.content.encode(), np.random.default_rng((0, number)))
        begin = time.perf_counter()
        if said := strange(case, content, folder):
            wrong += 1
            print(f"  damaged file {number}, {case.name}: {said}")
        longest = max(longest, time.perf_counter() - begin)
    return files, wrong, longest


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
        print(count(Path(folder)).to_string(index=False))
        files, wrong, longest = fuzz(Path(folder), QUICK_DAMAGED if quick else DAMAGED)
        print(
            f"\n{files} damaged files: {wrong} with values that are not the undamaged file's; longest {longest:.2f} s\n"
        )
        found = measure(Path(folder), rows, long, repeat=3)
    print("one core, best of 3 (of 1 for the longest file)\n")
    print(found.to_string(index=False, na_rep="–", float_format=lambda value: f"{value:.3g}"))
    slowest = found.loc[found["rows"] == rows, "sicell / s"].max()
    print(f"\n{rows} rows: {slowest:.2f} s in the slowest layout; target: 0.7 s for a million rows")


if __name__ == "__main__":
    main()
