"""Small files as measuring programs write them, with the numbers that are right; see `reader_cases`."""

from __future__ import annotations

from cmath import phase
from math import degrees

from reader_cases import (
    CYCLE,
    LETTERS,
    NOVONIX,
    PASSED,
    SPECTRUM,
    WORDS,
    Case,
    clock,
    lines,
    parquet,
    stamp,
    sweep,
    truth,
)

__all__ = ["layouts"]


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
        lines(bdf, lambda _, r: (r.time, f"{r.voltage:.4f}", r.current, 1, r.step)),
        "sample.bdf.csv of battery-data-format",
    )
    frame = CYCLE[["time", "voltage", "current"]].set_axis(bdf.split(",")[:3], axis=1)
    add("Battery Data Format, Parquet", "a.bdf.parquet", parquet(frame), "legacy.bdf.parquet of battery-data-format")
    names = "mode\tNs\ttime/s\tEwe/V\tI/mA\t(Q-Qo)/mA.h\tcycle number"
    body = lines(
        names,
        lambda _, r: (1, r.step - 1, f"{r.time:.4E}", f"{r.voltage:.5E}", 1e3 * r.current, f"{1e3 * r.net:.6E}", 1),
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
        lambda _, r: (
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
    names = (
        "Time Stamp,Step,Status,Prog Time,Step Time,Cycle,Cycle Level,Procedure,Voltage,Current,Temperature,Capacity,"
        "WhAccu,Cnt,"
    )
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
    names = (
        "Step,Status,Timestamp,Program Duration#s,Step Duration#s,Voltage#V,Current#A,AhCha#Ah,AhDch#Ah,AhStep#Ah,"
        "AhAccu#Ah,AhBal#Ah"
    )
    add(
        "Digatron, units behind a hash",
        "j.csv",
        lines(
            names + "\nV\tV\tV\tV\tV\tV\tV\tV\tV\tV\tV\tV",
            lambda _, r: (
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
            lambda _, r: (
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
            lambda _, r: (r.time, r.current, f"{r.voltage:.4f}"),
            separator="\t",
        ),
        "columns as battery_data_standard's tests list them",
    )
    names = "Freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t|Z|/Ohm\tPhase(Z)/deg\ttime/s\t<Ewe>/V\tcycle number".replace(
        "Freq", "freq"
    )
    body = sweep(
        names,
        lambda n, f, z: (f"{f:.6E}", f"{z.real:.6E}", f"{-z.imag:.6E}", abs(z), degrees(phase(z)), n, 3.7, 1),
        "\t",
    )
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
    row = lambda n, f, z: (f"{f:.6E}", "1.0E-02", "0.0E+00", n, f"{z.real:.6E}", f"{z.imag:.6E}", 0, 0, 3)  # noqa: E731
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
            lambda _, f, z: (f"{f:.4e}", f"{z.real:.6e}", f"{z.imag:.6e}", f"{abs(z):.6e}", f"{degrees(phase(z)):.6f}"),
            ", ",
        ),
        "exampleDataCHInstruments.txt of impedance.py",
        SPECTRUM,
    )
    return cases
