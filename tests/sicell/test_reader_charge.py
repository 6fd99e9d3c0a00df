"""The charge of each half-cycle, however a program logs rests, counts charge and writes the sign of the current."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from sicell.readers import read

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from reader_cases import lines, run

CYCLES = run(
    (0, 600, 3, 3), (0.5, 3600, 3.1, 4.2), (0, 1200, 4.1, 4.05), (-0.5, 3000, 4.0, 3.05), (0, 600, 3.2, 3.3),
    (0.5, 3000, 3.3, 4.2), (0, 1200, 4.1, 4.0), (-0.5, 3300, 4.0, 3.0),
)  # fmt: skip
UP = [((0.5, 600, 3.2 + s, 3.3 + s), (0, 3600, 3.29 + s, 3.28 + s)) for s in 0.08 * np.arange(8)]
DOWN = [((-0.5, 600, 3.9 - s, 3.8 - s), (0, 3600, 3.81 - s, 3.82 - s)) for s in 0.08 * np.arange(8)]
PULSES = run(*[step for pair in UP + DOWN for step in pair], every=60)
LAST = {name: CYCLES[CYCLES.step <= 5][name].max() for name in ("charging", "discharging")}


def latest(data):
    return data.groupby("step").step_time.transform("max")


LOGGED = {
    "every row": lambda d: d,
    "only the end of a rest": lambda d: d[(d.current != 0) | (d.step_time == latest(d))],
    "only the begin of a rest": lambda d: d[(d.current != 0) | (d.step_time == 0)],
    "no rests": lambda d: d[d.current != 0],
    "no first rows": lambda d: d[d.step_time > 0],
    "unevenly": lambda d: d[(d.step_time == 0) | (d.step_time == latest(d)) | (d.index % 3 == 0)],
}
COUNTED = {
    "nothing": ("", lambda r: ()),
    "net": (",Net Capacity / Ah", lambda r: (f"{r.net:.6f}",)),
    "both ways up": (",Cumulative Capacity / Ah", lambda r: (f"{r.charging + r.discharging:.6f}",)),
    "both ways up, called net": (",Net Capacity / Ah", lambda r: (f"{r.charging + r.discharging:.6f}",)),
    "two": (",Charge Capacity (mAh),Discharge Capacity (mAh)", lambda r: (1e3 * r.charging, 1e3 * r.discharging)),
    "two, anew with each cycle": (
        ",Charge Capacity (Ah),Discharge Capacity (Ah)",
        lambda r: (r.charging - LAST["charging"] * (r.step > 5), r.discharging - LAST["discharging"] * (r.step > 5)),
    ),
    "each step": (",Capacity (Ah)", lambda r: (f"{r.capacity:.6f}",)),
}
SIGNS = {
    "signed": ("", lambda r: (r.current,)),
    "by a state": (",State", lambda r: (abs(r.current), "RCD"[int(np.sign(r.current))])),
    "by nothing": ("", lambda r: (abs(r.current),)),
}


@pytest.mark.parametrize("logged", LOGGED)
@pytest.mark.parametrize("name", ["cycles", "pulses"])
def test_each_half_cycle_has_its_charge(tmp_path, name, logged):
    data = LOGGED[logged]({"cycles": CYCLES, "pulses": PULSES}[name])
    flowing = data[data.current != 0]
    runs = flowing.groupby((np.sign(flowing.current).diff().fillna(0) != 0).cumsum())
    expected = [abs(one.net.iloc[-1] - one.net.iloc[0]) for _, one in runs]
    for counted, (header, counter) in COUNTED.items():
        if name == "pulses" and "each cycle" in counted:
            continue
        for sign, (column, current) in SIGNS.items():
            path = tmp_path / "mine.csv"
            names = f"Test Time / s,Voltage / V{header},Current / A{column}"
            path.write_text(lines(names, lambda _, r, f=counter, i=current: (r.time, r.voltage, *f(r), *i(r)), data))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = read(path)
            found = [float(result.curve(number=n)[1][-1]) for n in range(len(result.half_cycles))]
            assert found == pytest.approx(expected, rel=0.03, abs=2e-3), f"counted: {counted}, sign: {sign}"
