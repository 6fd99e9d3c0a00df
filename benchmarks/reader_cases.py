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
    """Return a cycling run: steps of (current in A, seconds, first V, last V), each logged from its begin to its end."""
    rows, begin, net, up, down = [], 0.0, 0.0, 0.0, 0.0
    for number, (current, seconds, first, last) in enumerate(steps, 1):
        for t in np.linspace(0, seconds, int(round(seconds / every)) + 1):
            part = abs(current) * t / 3600
            rows.append(
                (begin + t, t, first + (last - first) * t / seconds, current, number)
                + (net + np.sign(current) * part, part, up + part * (current > 0), down + part * (current < 0))
            )
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


def layouts() -> list[Case]:
    """Return files as programs write them."""
    right, cases = truth(CYCLE), []

    def add(name: str, file: str, content: str | bytes, source: str, data: dict | None = None) -> None:
        charges = None if data is SPECTRUM else PASSED
        cases.append(Case(name, file, content, right if data is None else data, charges, source))

    bdf = "Test Time / s,Voltage / V,Current / A,Cycle Count / 1,Step ID"
    add(
        "Battery Data Format",
        "a.bdf.csv",
        lines(bdf, lambda n, r: (r.time, f"{r.voltage:.4f}", r.current, 1, r.step)),
        "sample.bdf.csv of battery-data-format",
    )
    frame = CYCLE[["time", "voltage", "current"]].set_axis(bdf.split(",")[:3], axis=1)
    add("Battery Data Format, Parquet", "a.bdf.parquet", parquet(frame), "legacy.bdf.parquet of battery-data-format")
    names = "mode\tNs\ttime/s\tEwe/V\tI/mA\t(Q-Qo)/mA.h\tcycle number"
    body = lines(
        names,
        lambda n, r: (1, r.step - 1, f"{r.time:.4E}", f"{r.voltage:.5E}", 1e3 * r.current, f"{1e3 * r.net:.6E}", 1),
        separator="\t",
    ).replace(".", ",")
    add(
        "EC-Lab, decimal commas",
        "a.mpt",
        f"EC-Lab ASCII FILE\nNb header lines : 4\n\n{body}",
        "bcd.issue_241.mpt of battery-data-format",
    )
    names = "Ns\ttime/s\tcontrol/V/mA\tEcell/V\tI/mA\tQ discharge/mA.h\tQ charge/mA.h\tcycle number\tTemperature/°C"
    body = lines(
        names,
        lambda n, r: (
            r.step,
            r.time,
            0,
            f"{r.voltage:.5f}",
            1e3 * r.current,
            f"{1e3 * r.discharging:.5f}",
            f"{1e3 * r.charging:.5f}",
            1,
            25,
        ),
        separator="\t",
    )
    add(
        "BT-Lab",
        "b.mpt",
        f"BT-Lab ASCII FILE\nNb header lines : 4\n\n{body}".encode("latin-1"),
        "Sample_data_biologic_CA1.txt of PyProBE",
    )
    names = "~Time[h]\tDataSet\tt-Step[h]\tLine\tCommand\tU[V]\tI[A]\tAh[Ah]\tAh-Cyc-Charge\tT1[°C]\tCyc-Count\tState"
    body = lines(
        names,
        lambda n, r: (
            f"{r.time / 3600:.6f}",
            n,
            f"{r.step_time / 3600:.6f}",
            r.step,
            WORDS[r.step],
            f"{r.voltage:.4f}",
            r.current,
            f"{r.net:.6f}",
            0,
            25,
            1,
            1,
        ),
        separator="\t",
    )
    add(
        "BaSyTec",
        "a.txt",
        f"~Resultfile from Basytec Battery Test System\n~Operator: x\n~\n{body}".encode("latin-1"),
        "sample_data_basytec.txt of PyProBE",
    )
    body = lines(
        "\tPt\tT\tVf\tIm\n\t#\ts\tV vs. Ref.\tA",
        lambda n, r: ("", n, r.time, f"{r.voltage:.5f}", r.current),
        separator="\t",
    )
    add(
        "Gamry",
        "a.DTA",
        f"EXPLAIN\nTAG\tPWR800\nCONVENTION\tIQUANT\t1\tx\nCURVE\tTABLE\n{body}",
        "ccd_charge_data.dta of gamry-parser",
    )
    names = (
        "Data Point,Date Time,Test Time (s),Step Time (s),Cycle Index,Step Index,Current (A),Voltage (V),Power (W),"
        "Charge Capacity (Ah),Discharge Capacity (Ah),Internal Resistance (Ohm),Aux_Temperature_1 (C)"
    )
    add(
        "Arbin",
        "a.csv",
        lines(
            names,
            lambda n, r: (
                n,
                stamp(r.time, "%m/%d/%Y %H:%M:%S.000"),
                r.time,
                r.step_time,
                1,
                r.step,
                r.current,
                f"{r.voltage:.4f}",
                0,
                f"{r.charging:.6f}",
                f"{r.discharging:.6f}",
                0.025,
                25.1,
            ),
        ),
        "tiny_arbin.csv of battery-data-format",
    )
    names = (
        "DataPoint,Cycle Index,Step Index,Step Type,Time,Cumulative Time,Current(A),Voltage(V),Capacity(Ah),"
        "Spec. Cap.(mAh/g),Chg. Cap.(Ah),DChg. Cap.(Ah),Energy(Wh),Date,Power(W),dQ/dV(mAh/V)"
    )
    add(
        "Neware",
        "b.csv",
        lines(
            names,
            lambda n, r: (
                n,
                1,
                r.step,
                WORDS[r.step],
                clock(r.step_time),
                clock(r.time),
                f"{r.current:.5f}",
                f"{r.voltage:.4f}",
                f"{r.capacity:.6f}",
                0,
                f"{r.capacity * (r.current > 0):.6f}",
                f"{r.capacity * (r.current < 0):.6f}",
                0,
                stamp(r.time),
                0,
                0,
            ),
        ),
        "neware_uio.csv of cellpy",
    )
    add(
        "Neware, times in seconds",
        "c.csv",
        lines(
            "Total Time(s),Voltage(V),Current(A),Time(s),Cycle,Step,Record,"
            "Charge Capacity(mAh),Discharge Capacity(mAh)",
            lambda n, r: (
                r.time,
                f"{r.voltage:.3f}",
                r.current,
                r.step_time,
                1,
                r.step,
                n,
                f"{1e3 * r.charging:.3f}",
                f"{1e3 * r.discharging:.3f}",
            ),
        ),
        "tiny_neware.csv of battery-data-format",
    )
    add(
        "Neware, time of a step and dates",
        "d.csv",
        lines(
            "Cycle ID,Step ID,Record ID,Time(h:min:s.ms),Voltage(V),"
            "Current(mA),Temperature(C),Capacitance_Chg(mAh),Capacitance_DChg(mAh),Realtime",
            lambda n, r: (
                1,
                r.step,
                n,
                clock(r.step_time),
                f"{r.voltage:.4f}",
                1e3 * r.current,
                25,
                f"{1e3 * r.capacity * (r.current > 0):.3f}",
                f"{1e3 * r.capacity * (r.current < 0):.3f}",
                stamp(r.time),
            ),
        ),
        "header as beep's configuration lists it",
    )
    records = lines(
        "",
        lambda n, r: (
            "",
            "",
            n,
            clock(r.step_time),
            clock(r.time),
            f"{r.current:.5f}",
            f"{r.voltage:.4f}",
            f"{r.capacity:.6f}",
            0,
            stamp(r.time),
            26.6,
        ),
    ).split("\n")[1:-1]
    nested = [
        "Cycle Index,Chg. Cap.(Ah),DChg. Cap.(Ah)",
        ",Step Index,Step Number,Step Type,Step Time",
        ",,DataPoint,Time,Total Time,Current(A),Voltage(V),Capacity(Ah),Energy(Wh),Date,T1(?)",
    ]
    for step, (_, part) in enumerate(CYCLE.groupby("step"), 1):
        nested += [
            f"{'1,0.5,0.4' if step == 1 else ''},{step},{step},{WORDS[step]},00:10:00",
            *(records[k] for k in part.index),
        ]
    add("Neware, rows in rows", "e.csv", "\n".join(nested) + "\n", "nw_regular_export_ife_example.csv of cellpy")
    names = "Rec#\tCyc#\tStep\tTestTime\tStepTime\tAmp-hr\tWatt-hr\tAmps\tVolts\tState\tES\tDPt Time\tAux #1\t Units\t"
    before = "Today's Date:\t14 December 2020\tDate of Test:\t11 December 2020, 12:22:12 PM\nFilename:\tX\t\n"
    form = "  {d:d}d {hd:02d}:{m:02d}:{s:.4g}"
    add(
        "Maccor, no sign",
        "b.txt",
        before
        + lines(
            names,
            lambda n, r: (
                n,
                0,
                r.step,
                clock(r.time, form),
                clock(r.step_time, form),
                f"{r.capacity:.5f}",
                0,
                f"{abs(r.current):.5f}",
                f"{r.voltage:.5f}",
                LETTERS[r.step],
                0,
                stamp(r.time, "%m/%d/%Y %H:%M:%S"),
                -2501.7,
                " C  ",
                "",
            ),
            separator="\t",
        ),
        "maccor_001.txt of cellpy",
    )
    names = "Rec,Cycle C,Step,Test Time (sec),Step Time (sec),Capacity,Energy,Current,Voltage,MD,DPT Time,Temp 1"
    add(
        "Maccor, no units",
        "f.csv",
        "Today's Date ,28-Nov-23\nDate of Test:,23-Nov-23 3:56:08 PM\n"
        + lines(
            names,
            lambda n, r: (
                n,
                1,
                r.step,
                f"{r.time:.4f}",
                f"{r.step_time:.4f}",
                f"{r.capacity:.4f}",
                0,
                abs(r.current),
                f"{r.voltage:.4f}",
                LETTERS[r.step],
                stamp(r.time, "%d-%b-%y %I:%M:%S %p"),
                22.3,
            ),
        ),
        "sample_data_maccor.csv of battery-data-format, a column MD in addition",
    )
    names = (
        "channel_index,cycle_index,step_index,date_time_iso_string,test_time_s,step_time_s,current_A,voltage_V,"
        "discharge_capacity_Ah,charge_capacity_Ah,temperature_1_C,step_name"
    )
    add(
        "Landt",
        "g.csv",
        "cell model:,,,,,,,,,,,,\ncell id: ,,,,,,,,,,,,\n"
        + lines(
            names,
            lambda n, r: (
                n,
                1,
                r.step,
                stamp(r.time, "%m/%d/%Y %H:%M:%S"),
                f"{r.time:.3f}",
                f"{r.step_time:.3f}",
                f"{r.current:.4f}",
                f"{r.voltage:.4f}",
                f"{r.capacity * (r.current < 0):.5f}",
                f"{r.capacity * (r.current > 0):.5f}",
                0,
                WORDS[r.step],
                "",
            ),
        ),
        "SINTEF__LiGrR2032__2024-04-30__25degC__Landt.csv of battery-data-format",
    )
    names = (
        "Index,TestTime/Sec.,StepTime/Sec.,Voltage/V,Current/mA,Capacity/mAh,SCapacity/mAh/g,Energy/mWh,SysTime,State,"
    )
    land = {1: "Rest", 2: "C_CC", 3: "Rest", 4: "D_CC", 5: "Rest"}
    add(
        "Landt, no sign",
        "h.csv",
        lines(
            names,
            lambda n, r: (
                n,
                r.time,
                r.step_time,
                f"{r.voltage:.4f}",
                f"{1e3 * abs(r.current):.4f}",
                f"{1e3 * r.capacity:.4f}",
                0,
                0,
                stamp(r.time),
                land[r.step],
                "",
            ),
        ),
        "columns as readers of LANHE exports list them",
    )
    names = "Time Stamp,Step,Status,Prog Time,Step Time,Cycle,Cycle Level,Procedure,Voltage,Current,Temperature,Capacity,WhAccu,Cnt,"
    status = {1: "PAU", 2: "CHA", 3: "PAU", 4: "DCH", 5: "PAU"}
    add(
        "Digatron",
        "i.csv",
        "\nMeasurement ID,557\nBattery Name,X\nNominal Capacity, 3\n"
        + lines(
            f"{names}\n,,,,,,,,[V],[A],[C],[Ah],[Wh],[Cnt],",
            lambda n, r: (
                stamp(r.time, "%m/%d/%Y %I:%M:%S %p"),
                r.step,
                status[r.step],
                clock(r.time),
                clock(r.step_time),
                0,
                0,
                "P",
                f"{r.voltage:.5f}",
                f"{r.current:.5f}",
                38.07,
                f"{r.net:.5f}",
                0,
                n,
                "",
            ),
        ),
        "header of the LG 18650HG2 files as its users quote it",
    )
    names = "Step,Status,Timestamp,Program Duration#s,Step Duration#s,Voltage#V,Current#A,AhCha#Ah,AhDch#Ah,AhStep#Ah,AhAccu#Ah,AhBal#Ah"
    add(
        "Digatron, units behind a hash",
        "j.csv",
        lines(
            names + "\nV\tV\tV\tV\tV\tV\tV\tV\tV\tV\tV\tV",
            lambda n, r: (
                r.step,
                status[r.step],
                stamp(r.time),
                r.time,
                r.step_time,
                f"{r.voltage:.3f}",
                f"{r.current:.3f}",
                f"{r.charging:.6f}",
                f"{r.discharging:.6f}",
                f"{r.capacity:.6f}",
                f"{r.charging:.6f}",
                f"{r.net:.6f}",
            ),
        ),
        "tiny_digatron.csv of battery-data-format",
    )
    names = (
        "Date and Time,Cycle Number,Step Type,Run Time (h),Step Time (h),Current (A),Potential (V),Capacity (Ah),"
        "Temperature (°C),Circuit Temperature (°C),Energy (Wh),dVdt (V/h),Step Number,Step position,Power(W)"
    )
    add(
        "Novonix",
        "k.csv",
        "[Summary]\nNovonix UHPC data file\nMass (g): 1.000\nCapacity (Ah): 5\n[End Summary]\n"
        "[Protocol]\n{}\n[End Protocol]\n[Data]\n"
        + lines(
            names,
            lambda n, r: (
                stamp(r.time),
                1,
                NOVONIX[r.step],
                f"{r.time / 3600:.7f}",
                f"{r.step_time / 3600:.7f}",
                f"{r.current:.8f}",
                f"{r.voltage:.8f}",
                f"{r.net:.8f}",
                24.6,
                25.2,
                0,
                0,
                r.step,
                0,
                0,
            ),
        ),
        "sample_data_novonix.csv of battery-data-format",
    )
    add(
        "Autolab",
        "c.txt",
        lines(
            "Time (s)\tWE(1).Current (A)\tWE(1).Potential (V)",
            lambda n, r: (r.time, r.current, f"{r.voltage:.4f}"),
            separator="\t",
        ),
        "columns as battery_data_standard's tests list them",
    )
    names = "Freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t|Z|/Ohm\tPhase(Z)/deg\ttime/s\t<Ewe>/V\tcycle number".replace(
        "Freq", "freq"
    )
    body = sweep(names, lambda n, f, z: (f"{f:.6E}", f"{z.real:.6E}", f"{-z.imag:.6E}", abs(z), 0, n, 3.7, 1), "\t")
    add(
        "EC-Lab, spectrum",
        "c.mpt",
        f"EC-Lab ASCII FILE\nNb header lines : 4\n\n{body}",
        "exampleDataBioLogic.mpt of impedance.py",
        SPECTRUM,
    )
    body = sweep(
        "\tPt\tTime\tFreq\tZreal\tZimag\n\t#\ts\tHz\tohm\tohm",
        lambda n, f, z: ("", n, n, f"{f:.6g}", f"{z.real:.7g}", f"{z.imag:.7g}"),
        "\t",
    )
    add(
        "Gamry, spectrum, aborted",
        "b.DTA",
        f"EXPLAIN\nTAG\tEISPOT\nZCURVE\tTABLE\n{body}EXPERIMENTABORTED\tTOGGLE\tT\tx\n",
        "exampleDataGamryABORT.DTA of impedance.py",
        SPECTRUM,
    )
    names = "  Freq(Hz)\tAmpl\tBias\tTime(Sec)\tZ'(a)\tZ''(b)\tGD\tErr\tRange\nEnd Comments"
    row = lambda n, f, z: (f"{f:.6E}", "1.0E-02", "0.0E+00", n, f"{z.real:.6E}", f"{z.imag:.6E}", 0, 0, 3)
    add(
        "ZPlot",
        "a.z",
        "ZPLOT2 ASCII\n  Data Points:  26\n" + sweep(names, row, "\t"),
        "header of ZPlot 3.2c files",
        SPECTRUM,
    )
    names = "\"  Freq (Hz)    Ampl     Bias   Time(Sec)   Z'(a)    Z''(b)    GD   Err   Range\""
    add(
        "ZView",
        "b.z",
        '"ZView Calculated Data File: Version 1.1"\n' + sweep(names, row, ", "),
        "as converters to ZView write it",
        SPECTRUM,
    )
    add(
        "CH Instruments",
        "d.txt",
        "Feb. 20, 2020\nA.C. Impedance\n\n"
        + sweep(
            "Freq/Hz, Z'/ohm, Z\"/ohm, Z/ohm, Phase/deg",
            lambda n, f, z: (f"{f:.4e}", f"{z.real:.6e}", f"{z.imag:.6e}", 0, 0),
            ", ",
        ),
        "exampleDataCHInstruments.txt of impedance.py",
        SPECTRUM,
    )
    return cases


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

    plain = lambda n, r: (r.time, f"{r.voltage:.4f}", r.current)  # noqa: E731
    header = "Test Time / s,Voltage / V,Current / A"
    z = lambda n, f, z: (f"{f:.6e}", f"{z.real:.6e}", f"{-z.imag:.6e}")  # noqa: E731
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
            lambda n, r: (
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
            header + ",Net Capacity / Ah", lambda n, r: (1000 * r.time, f"{r.voltage:.4f}", r.current, f"{r.net:.5f}")
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
        lines(header, lambda n, r: (r.time, f"{r.voltage:.4f}", f"{r.current:.5f}"), noisy),
        noisy,
        tuple(np.array(PASSED)),
    )
    size = lambda n, r: (r.time, f"{r.voltage:.4f}", abs(r.current))  # noqa: E731
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
        lines(header, lambda n, r: (r.time, f"{r.voltage:.4f}", -r.current)),
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
                lambda n, r, form=form: (clock(r.time, form), 1e3 * r.current, f"{r.voltage:.4f}"),
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
                lambda n, r, form=form: (stamp(r.time, form), 1e3 * r.current, f"{r.voltage:.4f}"),
            ),
        )
    add(
        "time of the day over midnight",
        lines(
            "Time,Current(mA),Voltage(V)", lambda n, r: (stamp(r.time, "%H:%M:%S"), 1e3 * r.current, f"{r.voltage:.4f}")
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
            lambda n, f, one: (f"{f / 1e3:.9f}", f"{1e3 * one.real:.6f}", f"{-1e3 * one.imag:.6f}"),
            ";",
        ).replace(".", ","),
        SPECTRUM,
    )
    add("braces", sweep("f/Hz,Re{Z}/Ohm,-Im{Z}/Ohm", z), SPECTRUM)
    add("an impedance for an area", sweep("Freq (Hz),Z' (Ohm cm2),-Z'' (Ohm cm2)", z), SPECTRUM)
    add("an impedance without units", sweep("freq/Hz,Z',-Z''", z), SPECTRUM)
    add(
        "units behind a comma",
        lines("Time,s;U,V;I,A", lambda n, r: (r.time, f"{r.voltage:.4f}", r.current), separator=";").replace(".", ","),
    )
    add(
        "columns apart by spaces",
        lines(
            "Time (s)   Voltage (V)   Current (mA)",
            lambda n, r: (r.time, f"{r.voltage:.4f}", 1e3 * r.current),
            separator="   ",
        ),
    )
    add(
        "a name in another language",
        lines(
            "Zeit/h;Spannung/V;Strom/mA",
            lambda n, r: (f"{r.time / 3600:.6f}", f"{r.voltage:.4f}", 1e3 * r.current),
            separator=";",
        ),
    )
    add(
        "a capacity per mass beside a current",
        lines(header + ",Capacity (mAh/g)", lambda n, r: (*plain(n, r), 1e3 * r.capacity)),
    )
    return cases
