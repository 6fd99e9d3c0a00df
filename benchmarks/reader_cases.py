"""Small files as measuring programs write them, and files that lie, each with the numbers that are right.

Every number is made up here. Layouts marked with a source follow the header and the columns of a public example file of
that name; no row of it is copied. The others are everyday faults and oddities. Used by `benchmarks/readers.py`, which
counts what is right, refused and wrong, and by the tests.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Case:
    """One file: its name, its content, what is right, and where its layout is from."""

    name: str
    file: str
    content: str | bytes
    truth: dict[str, np.ndarray]
    charges: tuple[float, ...] | None = None
    source: str = ""
    options: dict[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write it into a folder."""
        path = folder / self.file
        path.write_bytes(self.content if isinstance(self.content, bytes) else self.content.encode())
        return path


def run(*steps: tuple[float, float, float, float], every: float = 300.0) -> pd.DataFrame:
    """Return a cycling run: steps of (current in A, seconds, first V, last V), each logged from begin to end."""
    rows, begin, net, up, down = [], 0.0, 0.0, 0.0, 0.0
    for number, (current, seconds, first, last) in enumerate(steps, 1):
        for t in np.linspace(0, seconds, round(seconds / every) + 1):
            part = abs(current) * t / 3600
            counted = net + np.sign(current) * part, part, up + part * (current > 0), down + part * (current < 0)
            rows.append((begin + t, t, first + (last - first) * t / seconds, current, number, *counted))
        net += current * seconds / 3600
        up, down = up + max(current, 0) * seconds / 3600, down + max(-current, 0) * seconds / 3600
        begin += seconds
    names = ["time", "step_time", "voltage", "current", "step", "net", "capacity", "charging", "discharging"]
    return pd.DataFrame(rows, columns=names)


CYCLE = run(
    (0, 600, 3.0, 3.0), (0.5, 3600, 3.1, 4.2), (0, 1200, 4.1, 4.05), (-0.5, 3000, 4.0, 3.05), (0, 600, 3.2, 3.3)
)
PASSED = (0.5, -0.5 * 3000 / 3600)
FREQUENCY = np.geomspace(1e4, 0.1, 26)
Z = 0.02 + 0.05 / (1 + 2j * np.pi * FREQUENCY * 5e-2)


def truth(data: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return what is right of a run."""
    return {name: data[name].to_numpy() for name in ("time", "voltage", "current")}


def clock(seconds: float, form: str = "{h:02d}:{m:02d}:{s:06.3f}") -> str:
    """Return seconds as a clock time."""
    whole = round(seconds, 3)
    d, h = int(whole // 86400), int(whole // 3600)
    return form.format(d=d, h=h, hd=h % 24, m=int(whole % 3600 // 60), s=whole % 60, si=int(whole % 60))


def lines(header: str, row: Callable[..., object], data: pd.DataFrame = CYCLE, separator: str = ",") -> str:
    """Return a table: the header, and a row for each of the data."""
    rows = [separator.join(map(str, row(number, one))) for number, one in enumerate(data.itertuples(), 1)]
    return "\n".join([header, *rows]) + "\n"


def sweep(header: str, row: Callable[..., object], separator: str = ",") -> str:
    """Return a spectrum as a table."""
    rows = [separator.join(map(str, row(n, f, z))) for n, (f, z) in enumerate(zip(FREQUENCY, Z, strict=True), 1)]
    return "\n".join([header, *rows]) + "\n"


WORDS = {1: "Rest", 2: "CC Chg", 3: "Rest", 4: "CC DChg", 5: "Rest"}
LETTERS = {1: "R", 2: "C", 3: "R", 4: "D", 5: "R"}
NOVONIX = {1: 0, 2: 7, 3: 0, 4: 9, 5: 0}
SPECTRUM = {"frequency": FREQUENCY, "impedance": Z}
STAMP = pd.Timestamp("2024-03-10 22:00:00")


def stamp(seconds: float, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """Return a date."""
    return (STAMP + pd.Timedelta(seconds=float(seconds))).strftime(form)


def parquet(frame: pd.DataFrame) -> bytes:
    """Return a table as Parquet."""
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    return buffer.getvalue()


def kinds() -> list[Case]:
    """Return files that lie, and files that are only unusual."""
    cases: list[Case] = []

    def add(
        name: str,
        content: str | bytes,
        data: pd.DataFrame | dict = CYCLE,
        charges: tuple | None = PASSED,
        file: str = "x.csv",
        **options: str,
    ) -> None:
        right = truth(data) if isinstance(data, pd.DataFrame) else data
        cases.append(Case(name, file, content, right, None if right is SPECTRUM else charges, options=options))

    plain = lambda _, r: (r.time, f"{r.voltage:.4f}", r.current)  # noqa: E731
    header = "Test Time / s,Voltage / V,Current / A"
    z = lambda _, f, z: (f"{f:.6e}", f"{z.real:.6e}", f"{-z.imag:.6e}")  # noqa: E731
    names = "freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm"
    add("rows numbered without a name", sweep(names, lambda n, f, one: (n, *z(n, f, one))), SPECTRUM)
    add(
        "rows with quoted names, as R writes them",
        lines('"time/s","Ewe/V","I/A"', lambda n, r: (f'"{n}"', *plain(n, r))),
    )
    add("rows with words for names", lines("time/s,Ewe/V,I/A", lambda n, r: (f"row{n}", *plain(n, r))))
    add("a field more in each row", lines("time/s,Ewe/V,I/A", lambda n, r: (*plain(n, r), 25)))
    add("a field less in the header, time in front", lines("time/s,Ewe/V,I/A", lambda n, r: (n, *plain(n, r))))
    add("separators behind each row", lines(header, lambda n, r: (*plain(n, r), "", "")))
    for name, data in (
        ("only the end of a rest is logged", CYCLE.drop(CYCLE.index[(CYCLE.step == 3) & (CYCLE.step_time < 1200)])),
        ("rests are not logged at all", CYCLE[CYCLE.current != 0]),
    ):
        add(name, lines(header, plain, data), data)
    pulses = run(
        *[
            (s * i, t, 3.7 + 0.02 * k, 3.7 + 0.02 * k + s * 0.01)
            for s in (1, -1)
            for k in range(12)
            for i, t in ((0.5, 300), (0, 3600))
        ],
        every=60,
    )
    sparse = pulses[(pulses.current != 0) | (pulses.step_time % 600 == 0)]
    add("pulses with rests between them", lines(header, plain, sparse), sparse, (0.5, -0.5))
    slow = run((0, 600, 3.0, 3.0), (1.77e-4, 72000, 0.1, 1.5), (0, 600, 1.5, 1.4), (-1.77e-4, 72000, 1.3, 0.1))
    rounded = slow.assign(current=slow.current.round(4))
    add(
        "a current of one figure, its charge counted",
        lines(
            "test_time_s,voltage_V,current_A,charge_capacity_Ah,discharge_capacity_Ah",
            lambda _, r: (
                r.time,
                f"{r.voltage:.4f}",
                f"{r.current:.4f}",
                f"{r.capacity * (r.current > 0):.5f}",
                f"{r.capacity * (r.current < 0):.5f}",
            ),
            rounded,
        ),
        rounded,
        (3.54e-3, -3.54e-3),
    )
    add(
        "milliseconds that are called seconds",
        lines(
            header + ",Net Capacity / Ah", lambda _, r: (1000 * r.time, f"{r.voltage:.4f}", r.current, f"{r.net:.5f}")
        ),
        CYCLE.assign(time=1000 * CYCLE.time),
    )
    add(
        "a cumulative capacity that is called net",
        lines(header + ",Net Capacity / Ah", lambda n, r: (*plain(n, r), f"{r.charging + r.discharging:.5f}")),
    )
    fresh = CYCLE.net.where(CYCLE.step < 3, CYCLE.net - 0.5)
    add(
        "a net capacity set back in a rest",
        lines(header + ",Net Capacity / Ah", lambda n, r: (*plain(n, r), f"{r.fresh:.5f}"), CYCLE.assign(fresh=fresh)),
    )
    add("a capacity of the step", lines(header + ",Capacity / Ah", lambda n, r: (*plain(n, r), f"{r.capacity:.5f}")))
    noise = np.random.default_rng(1).normal(scale=4e-3, size=len(CYCLE))
    noisy = CYCLE.assign(current=(CYCLE.current + noise).round(5))
    add(
        "noise in the rests",
        lines(header, lambda _, r: (r.time, f"{r.voltage:.4f}", f"{r.current:.5f}"), noisy),
        noisy,
        tuple(np.array(PASSED)),
    )
    size = lambda _, r: (r.time, f"{r.voltage:.4f}", abs(r.current))  # noqa: E731
    add("no sign, told by a column of letters", lines(header + ",State", lambda n, r: (*size(n, r), LETTERS[r.step])))
    add(
        "no sign, told by two capacities",
        lines(
            header + ",Charge Capacity / Ah,Discharge Capacity / Ah",
            lambda n, r: (*size(n, r), f"{r.charging:.5f}", f"{r.discharging:.5f}"),
        ),
    )
    add("no sign, told by the voltage", lines(header, size))
    add(
        "discharging positive",
        lines(header, lambda _, r: (r.time, f"{r.voltage:.4f}", -r.current)),
        charging="negative",
    )
    add("time in two units", lines("time/s,Ewe/V,I/A,time/h", lambda n, r: (*plain(n, r), f"{r.time / 3600:.6f}")))
    add(
        "columns of an impedance never measured",
        lines("time/s,Ecell/V,I/A,freq/Hz,|Z|/Ohm,Phase(Z)/deg", lambda n, r: (*plain(n, r), 0, 0, 0)),
    )
    for name, form in (
        ("hours", "{h:02d}:{m:02d}:{si:02d}"),
        ("days", "{d:d}d {hd:02d}:{m:02d}:{s:06.3f}"),
        ("days and a point", "{d:d}.{hd:02d}:{m:02d}:{si:02d}"),
    ):
        long = run((0.1, 100800, 3.0, 4.2), (-0.1, 90000, 4.1, 3.1), every=3600)
        add(
            f"a clock of {name}",
            lines(
                "Total Time,Current(mA),Voltage(V)",
                lambda _, r, form=form: (clock(r.time, form), 1e3 * r.current, f"{r.voltage:.4f}"),
                long,
            ),
            long,
            (2.8, -2.5),
        )
    for name, form in (("dates", "%Y-%m-%d %H:%M:%S"), ("American dates", "%m/%d/%Y %I:%M:%S %p")):
        add(
            name,
            lines(
                "Date Time,Current(mA),Voltage(V)",
                lambda _, r, form=form: (stamp(r.time, form), 1e3 * r.current, f"{r.voltage:.4f}"),
            ),
        )
    add(
        "time of the day over midnight",
        lines(
            "Time,Current(mA),Voltage(V)", lambda _, r: (stamp(r.time, "%H:%M:%S"), 1e3 * r.current, f"{r.voltage:.4f}")
        ),
        CYCLE.assign(time=CYCLE.time + 79200),
    )
    frame = CYCLE[["time", "voltage", "current"]].set_axis(header.split(","), axis=1)
    spans = frame.assign(**{"Test Time / s": pd.to_timedelta(CYCLE.time, unit="s")})
    add("durations in Parquet", parquet(spans), file="x.parquet")
    add(
        "dates in Parquet", parquet(frame.assign(**{"Test Time / s": STAMP + spans["Test Time / s"]})), file="y.parquet"
    )
    add(
        "kilohertz and milliohms, decimal commas",
        sweep(
            "Freq/kHz;Z'/mOhm;-Z''/mOhm",
            lambda _, f, one: (f"{f / 1e3:.9f}", f"{1e3 * one.real:.6f}", f"{-1e3 * one.imag:.6f}"),
            ";",
        ).replace(".", ","),
        SPECTRUM,
    )
    add("braces", sweep("f/Hz,Re{Z}/Ohm,-Im{Z}/Ohm", z), SPECTRUM)
    add("an impedance for an area", sweep("Freq (Hz),Z' (Ohm cm2),-Z'' (Ohm cm2)", z), SPECTRUM)
    add("an impedance without units", sweep("freq/Hz,Z',-Z''", z), SPECTRUM)
    add(
        "units behind a comma",
        lines("Time,s;U,V;I,A", lambda _, r: (r.time, f"{r.voltage:.4f}", r.current), separator=";").replace(".", ","),
    )
    add(
        "columns apart by spaces",
        lines(
            "Time (s)   Voltage (V)   Current (mA)",
            lambda _, r: (r.time, f"{r.voltage:.4f}", 1e3 * r.current),
            separator="   ",
        ),
    )
    add(
        "a name in another language",
        lines(
            "Zeit/h;Spannung/V;Strom/mA",
            lambda _, r: (f"{r.time / 3600:.6f}", f"{r.voltage:.4f}", 1e3 * r.current),
            separator=";",
        ),
    )
    add(
        "a capacity per mass beside a current",
        lines(header + ",Capacity (mAh/g)", lambda n, r: (*plain(n, r), 1e3 * r.capacity)),
    )
    return cases
