"""Files that lie, and files that are only unusual: each kind with numbers that are known beforehand."""

import ast
import re
import sys
import types
import warnings
from pathlib import Path

import numpy as np
import numpy.testing as npt
import pandas as pd
import pytest

import sicell
import sicell.balancing
from sicell.readers import ReaderError, read


def write(tmp_path, text, name="mine.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def table(header, rows, separator=",", before=""):
    return before + "\n".join([header, *(separator.join(map(str, row)) for row in rows)]) + "\n"


def listen(path, **options):
    """Return what was read and all that was said about it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = read(path, **options)
    return result, " ".join([*result.notes, *(str(one.message) for one in caught)])


def advised(path, **options):
    """Read as a patient user does, who passes whatever ``columns={...}`` an error offers."""
    columns = {}
    while True:
        try:
            return listen(path, columns=columns, **options)[0]
        except ReaderError as error:
            offer = re.search(r"columns=(\{[^{}]*\})", str(error))
            more = ast.literal_eval(offer[1]) if offer else {}
            if more.items() <= columns.items():
                raise
            columns |= more


def charges(result):
    """Return the charge of each half-cycle in Ah, discharges negative."""
    sign = {"charge": 1, "discharge": -1}
    ways = [one["Current / A"].sum() > 0 for one in result.half_cycles]
    return [
        sign["charge" if up else "discharge"] * float(result.curve(number=number)[1][-1])
        for number, up in enumerate(ways)
    ]


# ------------------------------------------------------------------------------------------------ potentials

POTENTIALS = [(60 * k, 3.7 + 0.005 * k, 0.20 - 0.002 * k) for k in range(61)]


def three(header, row, decimal=","):
    rows = [[f"{value:.4f}".replace(".", decimal) for value in row(*values)] for values in POTENTIALS]
    return table(header, rows, "\t", "EC-Lab ASCII FILE\nNb header lines : 3\n")


THREE = {
    "all three": three("time/s\tEwe/V\tEce/V\tEwe-Ece/V\tI/mA", lambda t, c, a: (t, c, a, c - a, 1)),
    "averages": three("time/s\t<Ewe>/V\t<Ece>/V\t<I>/mA", lambda t, c, a: (t, c, a, 1)),
    "no difference": three("time/s\tEwe/V\tEce/V\tI/mA", lambda t, c, a: (t, c, a, 1), "."),
    "no counter": three("time/s\tEwe/V\tEwe-Ece/V\tI/mA", lambda t, c, a: (t, c, c - a, 1)),
    "Ecell": three("time/s\tEcell/V\tEwe/mV\tEce/mV\tI/mA", lambda t, c, a: (t, c - a, 1e3 * c, 1e3 * a, 1)),
    "anode at work": three("time/s\tEwe/V\tEce/V\tEwe-Ece/V\tI/mA", lambda t, c, a: (t, a, c, a - c, 1)),
    "own names": table(
        "Test Time / s,Voltage / V,Anode Potential / V,Cathode Potential / V,Current / A",
        [(t, c - a, a, c, 0.001) for t, c, a in POTENTIALS],
    ),
    "others' names": table(
        "time_s;E cathode vs Li/Li+ (mV);E anode vs Li/Li+ (mV);current_mA",
        [(t, 1e3 * c, 1e3 * a, 1) for t, c, a in POTENTIALS],
        ";",
    ),
    "voltage and anode": table(
        "t/s,Voltage (V),Negative Electrode Potential (V),I/mA", [(t, c - a, a, 1) for t, c, a in POTENTIALS]
    ),
}


@pytest.mark.parametrize("name", THREE)
def test_three_potentials_are_three_columns(tmp_path, name):
    result, _ = listen(write(tmp_path, THREE[name]))
    time, cathode, anode = np.array(POTENTIALS).T
    for frame in (result.to_frame(), result.electrodes, result.choose("charge")):
        npt.assert_allclose(frame["Cathode Potential / V"], cathode, atol=1.5e-4)
        npt.assert_allclose(frame["Anode Potential / V"], anode, atol=1.5e-4)
        npt.assert_allclose(frame["Voltage / V"], cathode - anode, atol=1.5e-4)
        npt.assert_allclose(frame["Test Time / s"], time, atol=1e-3)


def test_the_librarys_own_table_of_three_potentials_comes_back(tmp_path):
    first = listen(write(tmp_path, THREE["all three"]))[0].to_frame()
    first.to_csv(tmp_path / "again.csv", index=False)
    pd.testing.assert_frame_equal(read(tmp_path / "again.csv").to_frame(), first)
    first.to_parquet(tmp_path / "again.parquet")
    pd.testing.assert_frame_equal(read(tmp_path / "again.parquet").to_frame(), first)


def test_potentials_that_contradict_the_voltage_are_said(tmp_path):
    rows = [(t, c - a + 0.03, a, c, 0.001) for t, c, a in POTENTIALS]
    header = "Test Time / s,Voltage / V,Anode Potential / V,Cathode Potential / V,Current / A"
    _, said = listen(write(tmp_path, table(header, rows)))
    assert "do not differ by the voltage" in said
    assert "30 mV" in said


def test_a_cell_of_two_electrodes_has_one_voltage(tmp_path):
    """EC-Lab writes a counter electrode of 0 V, or a cell voltage that is the working electrode's potential."""
    zero = three("time/s\tEwe/V\tEce/V\tI/mA", lambda t, c, a: (t, c, 0, 1))
    same = three("time/s\tEwe/V\tEcell/V\tI/mA", lambda t, c, a: (t, c, c, 1))
    for text in (zero, same):
        result = read(write(tmp_path, text))
        assert not {"Anode Potential / V", "Cathode Potential / V"} & set(result.to_frame())
        npt.assert_allclose(result.to_frame()["Voltage / V"], [c for _, c, _ in POTENTIALS], atol=1e-4)
        with pytest.raises(ValueError, match="no potentials against a reference electrode; it has Test Time / s"):
            _ = result.electrodes


def test_a_working_electrode_below_the_counter_electrode_is_said_and_its_current_too(tmp_path):
    result, said = listen(write(tmp_path, THREE["anode at work"]))
    assert "'Ewe/V' is below 'Ece/V', and was taken for the anode's" in said
    assert (result.to_frame()["Voltage / V"] > 3).all()
    backwards = THREE["anode at work"].replace("\t1,0000", "\t-1,0000")
    path = write(tmp_path, backwards)
    assert "pass charging='negative'" in listen(path)[1]
    assert charges(listen(path, charging="negative")[0]) == pytest.approx([1e-3])


# ---------------------------------------------------------------------------- programs, oddities, damaged files

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
import reader_cases  # noqa: E402
import reader_fuzz  # noqa: E402
import reader_layouts  # noqa: E402

REFUSED = {"a field more in each row", "a field less in the header, time in front", "a name in another language"}
ADVISED = {"an impedance for an area", "an impedance without units"}
CASES = [*reader_layouts.layouts(), *reader_cases.kinds()]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_file_is_read_right_or_refused_with_a_line(tmp_path, case):
    """Each layout that the benchmark counts, and each kind of lie: right, or an error that says where."""
    path = case.write(tmp_path)
    if case.name in REFUSED | ADVISED:
        with pytest.raises(ReaderError, match=r"line \d"):
            listen(path, **case.options)
        if case.name in REFUSED:
            return
    result = advised(path, **case.options)
    if case.charges is None:
        npt.assert_allclose(result.spectrum.frequency, case.truth["frequency"], rtol=1e-4)
        npt.assert_allclose(result.spectrum.impedance, case.truth["impedance"], rtol=1e-3)
        return
    frame = result.to_frame()
    npt.assert_allclose(np.diff(frame["Test Time / s"]), np.diff(case.truth["time"]), atol=1)
    npt.assert_allclose(frame["Voltage / V"], case.truth["voltage"], atol=1e-3)
    npt.assert_allclose(frame["Current / A"], case.truth["current"], atol=1e-6)
    assert charges(result) == pytest.approx(case.charges, rel=0.03)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "milliseconds that are called seconds",
            r"capacity .* contradict .* 0\.5 against 500 Ah.*units of time and cur",
        ),
        ("a cumulative capacity that is called net", "called a net capacity, but counts up while discharging"),
        ("a net capacity set back in a rest", "starts anew once"),
        ("no sign, told by a column of letters", "no sign; charging and discharging were told by column 'State'"),
        ("no sign, told by two capacities", "no sign; charging and discharging were told by the capacities"),
        ("no sign, told by the voltage", "no sign; charging and discharging were told by the direction of the voltage"),
        ("rows numbered without a name", "begins with a name or a number that the header has no name for"),
        ("time in two units", "agree; the first was taken"),
        ("columns of an impedance never measured", "0 throughout: no impedance was measured"),
        ("dates", "time was taken from the dates"),
        ("Gamry, spectrum, aborted", "experiment was aborted"),
        ("Neware, time of a step and dates", "since .* starts again"),
    ],
)
def test_what_a_file_left_open_is_said(tmp_path, name, said):
    case = next(case for case in CASES if case.name == name)
    assert re.search(said, listen(case.write(tmp_path))[1])


def test_damaged_files_give_rows_of_the_undamaged_one_or_an_error(tmp_path):
    texts = [case for case in CASES if isinstance(case.content, str)]
    for number in range(240):
        case = texts[number % len(texts)]
        content = reader_fuzz.damaged(case.content.encode(), np.random.default_rng((18, number)))
        assert reader_fuzz.strange(case, content, tmp_path) == "", (number, case.name)


# ------------------------------------------------------------------------------------------------ charge

BDF = "Test Time / s,Voltage / V,Current / A"


def test_current_that_is_not_logged_in_a_gap_of_a_charge_is_said(tmp_path):
    rows = [(60 * k, 3 + 0.01 * k, 1) for k in range(61)]
    rows += [(14400 + 60 * k, 3.6 + 0.01 * k, 1) for k in range(61)]
    result, said = listen(write(tmp_path, table(BDF, rows)))
    assert charges(result) == pytest.approx([2.0])
    assert re.search(r"no reading for 3 h after 3600 s; no current was taken to flow, which would be 3 Ah", said)


def test_a_decaying_current_is_integrated_by_trapezoids(tmp_path):
    time = np.linspace(0, 7200, 121)
    rows = [(t, 4.2, np.exp(-t / 1800)) for t in time]
    result, _ = listen(write(tmp_path, table(BDF, rows)))
    assert result.to_frame()["Net Capacity / Ah"].iloc[-1] == pytest.approx(0.5 * (1 - np.exp(-4)), rel=1e-3)


@pytest.mark.parametrize("anew", ["never", "each step", "each cycle"])
def test_two_counters_that_start_anew(tmp_path, anew):
    data = reader_cases.run(*[(0.2 * sign, 3600, 3.5 - 0.5 * sign, 3.5 + 0.5 * sign) for sign in (1, -1, 1, -1)])
    up, down = data.charging, data.discharging
    if anew == "each step":
        up, down = (data.capacity.where(sign * data.current > 0, 0) for sign in (1, -1))
    elif anew == "each cycle":
        up, down = (one - 0.2 * (data.step > 2) for one in (up, down))
    rows = zip(data.time, data.voltage, data.current, up.round(6), down.round(6), strict=True)
    result, said = listen(write(tmp_path, table(BDF + ",Charge Capacity (Ah),Discharge Capacity (Ah)", rows)))
    assert charges(result) == pytest.approx([0.2, -0.2, 0.2, -0.2])
    assert "contradict" not in said


def test_a_current_of_one_figure_is_said_where_nothing_else_counts(tmp_path):
    rows = [(300 * k, 3 + 0.001 * k, "0.0002") for k in range(101)]
    assert "if it was rounded to them, the charge is known to 25 % only" in listen(write(tmp_path, table(BDF, rows)))[1]


def test_currents_and_capacities_in_units_that_contradict_are_said(tmp_path):
    rows = [(300 * k, 3 + 0.01 * k, "100.0", f"{0.1 * k / 12:.5f}") for k in range(61)]
    result, said = listen(write(tmp_path, table(BDF + ",Charge Capacity (Ah)", rows)))
    assert charges(result) == pytest.approx([0.5], rel=1e-3)
    assert "contradict each other: 0.5 against 500 Ah" in said


@pytest.mark.parametrize("noise", [1e-4, 2e-3, 1e-2])
@pytest.mark.parametrize("seed", range(3))
def test_noise_of_rests_makes_no_half_cycles(tmp_path, noise, seed):
    steps = [
        (0, 3600, 3, 3),
        (1, 3600, 3.1, 4),
        (0, 7200, 3.9, 3.9),
        (-1, 3600, 3.8, 3),
        (0, 3600, 3.1, 3.1),
        (1, 3600, 3.1, 4),
    ]
    data = reader_cases.run(*steps, every=60)
    current = data.current + np.random.default_rng(seed).normal(scale=noise, size=len(data))
    rows = zip(data.time, data.voltage.round(4), current.round(6), strict=True)
    result, _ = listen(write(tmp_path, table(BDF, rows)))
    assert charges(result) == pytest.approx([1, -1, 1], rel=0.02)


def test_a_rest_that_is_not_at_zero_is_no_part_of_a_half_cycle(tmp_path):
    steps = [
        (0.003, 3600, 3, 3),
        (1, 3600, 3.1, 4),
        (0.003, 7200, 3.9, 3.9),
        (-1, 3600, 3.8, 3),
        (0.003, 3600, 3.1, 3.1),
    ]
    data = reader_cases.run(*steps, every=60)
    rows = zip(data.time, data.voltage.round(4), data.current, strict=True)
    result, _ = listen(write(tmp_path, table(BDF, rows)))
    assert charges(result) == pytest.approx([1, -1], rel=0.01)
    assert [len(one) for one in result.half_cycles] == [61, 61]


def test_a_current_that_decays_to_little_is_part_of_its_charge(tmp_path):
    steps = [
        (1, 3600, 3.1, 4.2),
        *((0.9**k, 60, 4.2, 4.2) for k in range(1, 40)),
        (0, 3600, 4.1, 4.1),
        (-1, 3600, 4, 3),
    ]
    data = reader_cases.run(*steps, every=60)
    rows = zip(data.time, data.voltage.round(4), data.current.round(5), strict=True)
    result, _ = listen(write(tmp_path, table(BDF, rows)))
    assert charges(result)[0] == pytest.approx(1 + 0.9 * (1 - 0.9**39) / 0.1 / 60, rel=0.01)
    assert len(charges(result)) == 2


def test_one_potential_alone_is_the_voltage(tmp_path):
    rows = [(t, c, 0.001) for t, c, _ in POTENTIALS]
    result, said = listen(write(tmp_path, table("Test Time / s,Cathode Potential / V,Current / A", rows)))
    npt.assert_allclose(result.to_frame()["Voltage / V"], [c for _, c, _ in POTENTIALS])
    assert "the only potential, as of a half-cell, and was taken for the voltage" in said


def test_a_small_current_is_no_rest(tmp_path):
    """A check-up at a hundredth of the current of the cycles before."""
    data = reader_cases.run((1, 3600, 3, 4), (0, 600, 3.9, 3.9), (-1, 3600, 3.8, 3), (0.01, 360000, 3, 4.1), every=600)
    rows = zip(data.time, data.voltage.round(5), data.current, strict=True)
    assert charges(listen(write(tmp_path, table(BDF, rows)))[0]) == pytest.approx([1, -1, 1], rel=0.02)


def test_a_current_without_sign_that_nothing_tells_is_refused_and_the_advice_works(tmp_path):
    steps = [
        (0.5, 3600, 3.7, 3.9),
        (0, 600, 3.8, 3.8),
        (0.5, 3600, 3.75, 3.7501),
        (0, 600, 3.7, 3.7),
        (0.5, 3600, 3.9, 3.6),
    ]
    data = reader_cases.run(*steps)
    rows = [*zip(data.time, data.voltage, data.current, strict=True)]
    with pytest.raises(
        ReaderError, match=r"nothing tells .* Add a column 'State' with C, D and R, or write the current"
    ):
        listen(write(tmp_path, table(BDF, rows)))
    letters = {1: "C", 2: "R", 3: "D", 4: "R", 5: "D"}
    told = [(*row, letters[step]) for row, step in zip(rows, data.step, strict=True)]
    assert charges(listen(write(tmp_path, table(BDF + ",State", told)))[0]) == pytest.approx([0.5, -1.0])
    told[20] = (*told[20][:3], "?")
    with pytest.raises(ReaderError, match=r"column 'State', which tells charging .* has '?'"):
        listen(write(tmp_path, table(BDF + ",State", told)))


def test_a_header_below_rows_is_refused(tmp_path):
    head, *rows = table("time/s,Ewe/V,I/A", [(60 * k, 3 + k / 100, 1) for k in range(31)]).splitlines()
    with pytest.raises(ReaderError, match="line 11: expected the header above all rows"):
        read(write(tmp_path, "\n".join([*rows[:10], head, *rows[10:]]) + "\n"))
    numbers = table("time/s,Ewe/V,I/A", [(60 * k, 3 + k / 100, 1) for k in range(31)], before="channel 7\n25,1\n")
    assert charges(read(write(tmp_path, numbers))) == pytest.approx([0.5])


def test_a_flat_voltage_that_tells_no_sign_is_said_and_the_advice_works(tmp_path):
    flat = reader_cases.run((0.5, 3600, 3.300, 3.302), (-0.5, 3600, 3.299, 3.297))
    rows = [(r.time, f"{r.voltage:.4f}", abs(r.current), "CD"[r.step - 1]) for r in flat.itertuples()]
    path = write(tmp_path, table("time/s,Ewe/V,I/A", [row[:3] for row in rows]))
    assert "add a column 'State' with C, D and R" in listen(path)[1]
    result, said = listen(write(tmp_path, table("time/s,Ewe/V,I/A,State", rows)))
    assert charges(result) == pytest.approx([0.5, -0.5])
    assert "never negative" not in said


def test_a_symmetric_cell_has_the_sign_of_its_voltage(tmp_path):
    cell = reader_cases.run((0.5, 3600, 0.010, 0.012), (-0.5, 3600, -0.010, -0.012), (0.5, 3600, 0.010, 0.012))
    rows = [(r.time, f"{r.voltage:.4f}", abs(r.current)) for r in cell.itertuples()]
    result, said = listen(write(tmp_path, table("time/s,Ewe/V,I/A", rows)))
    assert charges(result) == pytest.approx([0.5, -0.5, 0.5])
    assert "told by the sign of the voltage" in said
    # Of two electrodes that store lithium the voltage runs through zero.
    cell = reader_cases.run((0.5, 3600, -0.2, 0.2), (-0.5, 3600, 0.19, -0.2), (0.5, 3600, -0.19, 0.2))
    rows = [(r.time, f"{r.voltage:.4f}", abs(r.current)) for r in cell.itertuples()]
    result, said = listen(write(tmp_path, table("time/s,Ewe/V,I/A", rows)))
    assert charges(result) == pytest.approx([0.5, -0.5, 0.5], rel=0.1)
    assert "told by the direction of the voltage" in said


def test_pulses_without_a_sign_that_each_move_little_are_told_by_the_voltage(tmp_path):
    steps = [
        (current, seconds, first, last)
        for sign, levels in ((1, range(10)), (-1, range(10, 0, -1)))
        for level in levels
        for current, seconds, first, last in (
            (0.5, 360, 3.5 + 0.05 * level, 3.5 + 0.05 * level + 0.03 * sign),
            (0, 1800, 3.5 + 0.05 * level + 0.02 * sign, 3.5 + 0.05 * level + 0.02 * sign),
        )
    ]
    data = reader_cases.run(*steps, every=60)
    result, said = listen(write(tmp_path, table(BDF, zip(data.time, data.voltage.round(4), data.current, strict=True))))
    assert charges(result) == pytest.approx([0.5, -0.5])
    assert "told by the direction of the voltage" in said


def test_a_capacity_that_grows_in_a_rest_is_said(tmp_path):
    data = reader_cases.CYCLE
    net = data.net + 0.01 * data.index.where(data.step == 3, 15).to_numpy().clip(15, 19)
    rows = zip(data.time, data.voltage, data.current, net.round(5), strict=True)
    result, said = listen(write(tmp_path, table(BDF + ",Net Capacity / Ah", rows)))
    assert charges(result) == pytest.approx(reader_cases.PASSED, rel=1e-4)
    assert "changes where no current flows; that was left out" in said


def test_cycle_numbers_that_are_whole_but_for_a_float_are_whole(tmp_path):
    rows = [(60 * k, 3, 1, 1.0000001 if k < 5 else 1.9999999) for k in range(10)]
    assert list(listen(write(tmp_path, table(BDF + ",Cycle Count / 1", rows)))[0].cycles) == [1, 2]


def test_capacities_whose_names_are_exchanged_are_said(tmp_path):
    data = reader_cases.CYCLE
    rows = zip(data.time, data.voltage, data.current, data.discharging, data.charging, strict=True)
    result, said = listen(write(tmp_path, table(BDF + ",Charge Capacity / Ah,Discharge Capacity / Ah", rows)))
    assert charges(result) == pytest.approx(reader_cases.PASSED)
    assert "counts against the current; the current's sign was taken" in said


def test_a_voltage_that_is_held_goes_on_with_the_step_before(tmp_path):
    words = {1: "Rest", 2: "CC_CHG", 3: "CV", 4: "CC_DCH", 5: "CV"}
    data = reader_cases.run((0, 600, 3, 3), (1, 3600, 3, 4), (0.5, 1800, 4, 4), (1, 3600, 3.9, 3), (0.5, 1800, 3, 3))
    rows = zip(data.time, data.voltage, data.current, data.step.map(words), strict=True)
    assert charges(listen(write(tmp_path, table(BDF + ",Status", rows)))[0]) == pytest.approx([1.25, -1.25])


# ------------------------------------------------------------------------------------- types, units and names


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:00:00 0:00:30 0:01:00", [0, 30, 60]),
        ("00:00:00.000 25:00:00.500 50:00:00.000", [0, 90000.5, 180000]),
        ("0:00 0:30 1:00", [0, 1800, 3600]),
        ("1d,00:00:00 1d,12:00:00 2d,00:00:00", [86400, 129600, 172800]),
        ("0.00:00:00 0.12:00:00 1.00:00:00", [0, 43200, 86400]),
        ("22:00:00 23:59:59 00:00:10", [79200, 86399, 86410]),
        ("2024-02-28T23:00:00 2024-02-29T23:00:00 2024-03-01T23:00:00", [0, 86400, 172800]),
        ("2024/12/31;23:59:50 2025/01/01;00:00:00 2025/01/01;00:00:10", [0, 10, 20]),
        ("01.02.2024;10:00:00 01.02.2024;10:00:10 02.02.2024;10:00:00", [0, 10, 86400]),
    ],
)
def test_times_of_a_clock(tmp_path, text, seconds):
    rows = [(one.replace(";", " "), 3 + k, 1) for k, one in enumerate(text.split())]
    for header in ("Time\tVoltage (V)\tCurrent (A)", "Test Time (h:min:s.ms)\tVoltage (V)\tCurrent (A)"):
        result, _ = listen(write(tmp_path, table(header, rows, "\t")))
        npt.assert_allclose(result.to_frame()["Test Time / s"], seconds)


def test_a_clock_that_is_none_in_one_row_is_refused_with_the_line(tmp_path):
    with pytest.raises(ReaderError, match=r"line 3: expected a time such as 0:01:30 in column 'Time' .* got 'noon'"):
        read(write(tmp_path, "Time,U/V,I/A\n0:00:00,3,1\nnoon,3,1\n0:02:00,3,1\n"))


def test_times_since_1970_and_dates_with_zones_count_from_the_first(tmp_path):
    unix = write(tmp_path, table("Unix Time / s,Voltage / V,Current / A", [(1.7e9 + 60 * k, 3, 1) for k in range(3)]))
    zones = [
        ("2024-03-31T00:59:00+01:00", 3, 1),
        ("2024-03-31T01:00:00+01:00", 3, 1),
        ("2024-03-31T02:01:00+02:00", 3, 1),
    ]
    for path in (unix, write(tmp_path, table("timestamp,Voltage (V),Current (A)", zones), "zones.csv")):
        npt.assert_allclose(listen(path)[0].to_frame()["Test Time / s"], [0, 60, 120])


def test_dates_that_are_none_fail_if_they_are_the_only_time(tmp_path):
    with pytest.raises(ReaderError, match=r"line 2: expected dates such as 2024-03-10 22:00:00 in 'Date', .* got 'x'"):
        read(write(tmp_path, "Date,Voltage (V),Current (A)\nx,3,1\ny,3,1\n"))


@pytest.mark.parametrize(("unit", "said"), [(1e3, True), (1 / 60, True), (1 / 3600, True), (1.0, False), (0.7, False)])
def test_a_time_of_another_unit_than_the_dates_tell_is_said(tmp_path, unit, said):
    """A time may last shorter than the dates say, when a program stood still; not by the factor of a unit."""
    rows = [(reader_cases.stamp(300 * k), 300 * k * unit, 3 + k / 100, 1) for k in range(49)]
    heard = listen(write(tmp_path, table("Date Time,Test Time / s,Voltage / V,Current / A", rows)))[1]
    assert ("check the unit of the time" in heard) == said


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
def test_a_time_since_1970_that_is_not_in_seconds_is_refused_and_the_advice_works(tmp_path, unit):
    factor = {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    rows = [((1_700_000_000 + 60 * k) * factor, 3 + k / 100, 1) for k in range(31)]
    assert charges(advised(write(tmp_path, table("Test Time / s,Voltage / V,Current / A", rows)))) == pytest.approx(
        [0.5]
    )


def test_rows_from_the_last_to_the_first_are_refused(tmp_path):
    rows = [(60 * k, 3 + k / 100, 1) for k in range(31)][::-1]
    with pytest.raises(ReaderError, match="line 3: expected time to rise, got 1740 s after 1800 s"):
        read(write(tmp_path, table("time/s,Ewe/V,I/A", rows)))


def test_steps_of_which_the_end_alone_is_logged_are_said_and_their_time_tells(tmp_path):
    ends = [
        (600, 600, 3.0, 0),
        (4200, 3600, 4.2, 0.5),
        (5400, 1200, 4.1, 0),
        (9000, 3600, 3.1, -0.5),
        (9600, 600, 3.2, 0),
    ]
    names = "Test Time / s,Step Time / s,Voltage / V,Current / A"
    plain = table("Test Time / s,Voltage / V,Current / A", [(t, *rest) for t, _, *rest in ends])
    assert "2 readings of a current stand alone between rests" in listen(write(tmp_path, plain))[1]
    result, said = listen(write(tmp_path, table(names, ends)))
    assert "stand alone" not in said
    npt.assert_allclose(result.to_frame()["Net Capacity / Ah"], [0, 0.5, 0.5, 0, 0], atol=1e-9)


def test_dates_of_which_day_and_month_are_open_are_said(tmp_path):
    rows = [(f"{day:02d}/12/2023 10:00:00", 3 + 0.1 * day, 0.001) for day in (10, 11, 12)]
    result, said = listen(write(tmp_path, table("Date,Voltage (V),Current (A)", rows)))
    npt.assert_allclose(result.to_frame()["Test Time / s"], [0, 86400, 172800])
    assert "day and month in the order that spans less" in said


def test_steps_with_a_time_of_their_own_are_joined(tmp_path):
    rows = [(t, 3 + 0.1 * step, 1, step) for step in (1, 2, 3) for t in (0, 60, 120)]
    result, said = listen(write(tmp_path, table("Time/s,Voltage (V),Current (A),Step Index", rows)))
    npt.assert_allclose(result.to_frame()["Test Time / s"], [0, 60, 120, 120, 180, 240, 240, 300, 360])
    assert "starts anew with each step; the steps were joined" in said


@pytest.mark.parametrize(
    ("name", "expected"), [("Temperature (C)", 25), ("Temperature/K", 25), ("temperature_celsius", 25), ("T/°C", 25)]
)
def test_temperatures(tmp_path, name, expected):
    value = 298.15 if name.endswith("K") else 25
    frame = read(write(tmp_path, f"time/s,Ewe/V,{name}\n0,3,{value}\n60,3.1,{value}\n")).to_frame()
    npt.assert_allclose(frame["Ambient Temperature / degC"], expected)


def test_cycle_numbers_that_are_not_whole_drop_no_rows_in_silence(tmp_path):
    rows = [(60 * k, 3, 1, 6.28 if k < 5 else 7.5) for k in range(10)]
    result, said = listen(write(tmp_path, table(BDF + ",Cycle Count / 1", rows)))
    assert "cycle numbers in 'Cycle Count / 1' are not whole, such as 6.28" in said
    with pytest.raises(ValueError, match=r"cycle numbers that are not whole, such as 6.28"):
        _ = result.cycles


def test_columns_of_parquet_that_are_times_where_numbers_belong_fail(tmp_path):
    frame = pd.DataFrame({"Test Time / s": [0.0, 1.0], "Voltage / V": pd.to_timedelta([3, 4], unit="s")})
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(ReaderError, match="column 'Voltage / V' holds times, expected numbers"):
        read(tmp_path / "a.parquet")


def test_one_quantity_in_two_units_that_disagree_fails_and_the_advice_works(tmp_path):
    rows = [(60 * k, 3 + 0.01 * k, 100, 0.1, k / 60 if k < 5 else k / 30) for k in range(10)]
    path = write(tmp_path, table("time/s,Ewe/V,I/mA,I/A,time/h", rows))
    with pytest.raises(
        ReaderError,
        match=r"line 7: columns 'time/s' and 'time/h' are one quantity, but say 300 and 600 s; leave out the one",
    ):
        read(path)
    assert charges(advised(path)) == pytest.approx([0.015])


# ------------------------------------------------------------------------------------------ advice that works

SWEEP = [(1000.0, 10.5, 1.25), (100.0, 12.0, 4.5), (10.0, 18.0, 6.75)]
Z = np.array([real - 1j * minus for _, real, minus in SWEEP])


@pytest.mark.parametrize(
    ("header", "factor"),
    [
        ("freq/Hz,Z',-Z''", 1),
        ("freq/Hz,Z',Z''", -1),
        ("f,Re(Z),-Im(Z)", 1),
        ("freq/Hz,Z'/Ohm cm2,-Z''/Ohm cm2", 1),
        ("freq/Hz,Re(Z)/mOhm cm2,-Im(Z)/mOhm cm2", 1e-3),
        ("freq/Hz,Zre (Ohm*cm^2),-Zim (Ohm*cm^2)", 1),
    ],
)
def test_advice_on_units_of_an_impedance_keeps_its_sign_and_size(tmp_path, header, factor):
    rows = [(f, re, im if factor > 0 else -im) for f, re, im in SWEEP]
    spectrum = advised(write(tmp_path, table(header, rows))).spectrum
    npt.assert_allclose(spectrum.impedance, abs(factor) * Z)


@pytest.mark.parametrize(
    ("header", "row", "charge"),
    [
        ("Time,Voltage (V),Current (A)", lambda k: (60 * k, 3 + 0.01 * k, 1), 1.0),
        ("time,voltage,current", lambda k: (60 * k, 3 + 0.01 * k, 1), 1.0),
        ("Voltage (V),Capacity (mAh/g)", lambda k: (3 + 0.01 * k, 100 * k / 60), 0.1),
        ("Time/s,U/V,Current/mA cm-2", lambda k: (60 * k, 3 + 0.01 * k, 2), 2e-3),
    ],
)
def test_advice_on_units_of_cycling_leads_to_the_numbers(tmp_path, header, row, charge):
    result = advised(write(tmp_path, table(header, [row(k) for k in range(61)])))
    assert result.curve()[1][-1] == pytest.approx(charge)


def test_advice_to_name_the_rows_leads_to_the_numbers(tmp_path):
    case = next(case for case in CASES if case.name == "a field less in the header, time in front")
    with pytest.raises(
        ReaderError, match=r"line 2: expected 3 fields .* line 1, got 4.*front of the header, such as 'row'"
    ):
        read(case.write(tmp_path))
    assert charges(read(write(tmp_path, "row," + case.content))) == pytest.approx(case.charges)


def test_a_name_too_many_that_a_separator_behind_each_row_hides_fails(tmp_path):
    case = next(case for case in CASES if case.name == "Landt")
    text = case.content.replace("channel_index,", "channel_index,channel_index,")
    with pytest.raises(
        ReaderError, match=r"line 3: expected names that belong to the rows, got 13, .* 'channel_index' stand"
    ):
        read(write(tmp_path, text))


def test_advice_to_name_the_last_column_leads_to_the_numbers(tmp_path):
    case = next(case for case in CASES if case.name == "a field more in each row")
    with pytest.raises(ReaderError, match=r"else one for the last column behind it"):
        read(case.write(tmp_path))
    header, _, rest = case.content.partition("\n")
    assert charges(read(write(tmp_path, f"{header},room\n{rest}"))) == pytest.approx(case.charges)


def test_advice_on_decimal_commas_leads_to_the_numbers(tmp_path):
    rows = [("0,5", "3,25", "0,125"), ("1,5", "3,50", "0,125")]
    with pytest.raises(ReaderError, match="if this is decimal commas, export with semicolons or tabs"):
        read(write(tmp_path, table("time/s,Ewe/V,I/A", rows)))
    frame = read(write(tmp_path, table("time/s;Ewe/V;I/A", rows, ";"))).to_frame()
    npt.assert_allclose(frame.iloc[:, :3], [[0.5, 3.25, 0.125], [1.5, 3.5, 0.125]])


def test_advice_on_a_last_row_that_may_be_cut_leads_to_the_numbers(tmp_path):
    text = "time/s,Ewe/V\n0,3.125\n60,3.25"
    result, said = listen(write(tmp_path, text))
    assert len(result.to_frame()) == 1 or "put a line end behind it" in said
    assert len(listen(write(tmp_path, text + "\n"))[0].to_frame()) == 2


def test_advice_to_say_what_columns_are_leads_to_the_numbers(tmp_path):
    case = next(case for case in CASES if case.name == "a name in another language")
    with pytest.raises(ReaderError, match=r"Tell what they are by columns=\{'name': 'Voltage / V'\}"):
        read(case.write(tmp_path))
    names = {"Zeit/h": "Test Time / h", "Spannung/V": "Voltage / V", "Strom/mA": "Current / mA"}
    assert charges(read(case.write(tmp_path), columns=names)) == pytest.approx(case.charges)


def test_advice_on_the_sign_of_the_current_leads_to_the_numbers(tmp_path):
    case = next(case for case in CASES if case.name == "discharging positive")
    assert "pass charging='negative'" in listen(case.write(tmp_path))[1]


# ----------------------------------------------------------------------------- arguments that are something else


def test_arguments_that_are_no_file_and_no_mapping_say_what_was_expected(tmp_path, monkeypatch):
    path = write(tmp_path, table(BDF, [(0, 3, 1), (1, 3.1, 1)]))
    with (
        path.open() as file,
        pytest.raises(TypeError, match=r"path of a file, got TextIOWrapper; pass its path, '.*mine"),
    ):
        read(file)
    with pytest.raises(TypeError, match="path must be the path of a file, got int"):
        read(3)
    with pytest.raises(ValueError, match=r"on this computer, got the address 'https://example.org/a.csv': download it"):
        read("https://example.org/a.csv")
    with pytest.raises(ReaderError, match=r"is a folder; expected one of its files, such as 'mine.csv'"):
        read(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ReaderError, match="is a folder; expected a file; there is none in it"):
        read(tmp_path / "empty")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(read("~/mine.csv").to_frame()) == 2
    for wrong in ("U", ["U"], {"U": 3}, {3: "Voltage / V"}):
        with pytest.raises(TypeError, match=r"columns must be a mapping from headers to names, such as \{'U_cell'"):
            read(path, columns=wrong)


def test_a_header_longer_than_any_line_should_be(tmp_path):
    long = '"' + "x" * 131_073 + '"'
    with pytest.raises(ReaderError, match=r"line 1: expected a header .* got '\"?x{59,60}…"):
        read(write(tmp_path, f"{long},b\n1,2\n"))
    frame = read(write(tmp_path, f"Test Time / s,Voltage / V,{long}\n0,3,1\n1,3.1,1\n")).to_frame()
    assert frame["Voltage / V"].tolist() == [3, 3.1]


def test_a_spectrum_of_a_number_that_is_not_there_lists_those_that_are(tmp_path):
    rows = [(*row, k) for k in range(3) for row in SWEEP]
    result = read(write(tmp_path, table("freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm,cycle number", rows)))
    npt.assert_allclose(result.choose(2).impedance, Z)
    for wrong in (5, -1, 0.5, True, "1"):
        with pytest.raises(
            ValueError, match=r"number must be a whole number from 0 to 2, got .*; mine\.csv holds 0: 3 poi"
        ):
            result.choose(wrong)
    with pytest.raises(ValueError, match="number must be 0, the only one, got 1"):
        read(write(tmp_path, table("freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm", SWEEP))).choose(1)


def test_a_column_of_mpr_that_galvani_does_not_know_names_a_way_out(tmp_path, monkeypatch):
    class MPRfile:
        def __init__(self, path):
            raise NotImplementedError("Column ID 597 after column flags is unknown")

    module = types.ModuleType("galvani")
    module.BioLogic = types.SimpleNamespace(MPRfile=MPRfile)
    monkeypatch.setitem(sys.modules, "galvani", module)
    (tmp_path / "a.mpr").write_bytes(b"BIO-LOGIC MODULAR FILE")
    with pytest.raises(ReaderError, match=r"Column ID 597 .* unknown; export the file as text from EC-Lab \(\.mpt\)"):
        read(tmp_path / "a.mpr")


# --------------------------------------------------------------------------- units, clocks and marks that mislead


FREQUENCIES = np.logspace(3, 0, 16)
MEASURED = 12 + 8 / (1 + 0.05j * FREQUENCIES)


def spectrum_table(header, *columns, separator=",", before=""):
    return table(header, list(zip(*([f"{x:.7g}" for x in one] for one in columns), strict=True)), separator, before)


@pytest.mark.parametrize(
    ("header", "factors"),
    [
        ("Freq (kHz),|Z| (µOhm),Phase (mrad)", (1e-3, 1e6, 1e3)),
        ("omega (rad/s),|Z| (Ohm),Phase (rad)", (2 * np.pi, 1, 1)),
        ("Frequency (rad/s),|Z| (nOhm),-Phase (rad)", (2 * np.pi, 1e9, -1)),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le"])
def test_prefixes_of_units_and_angular_frequencies(tmp_path, header, factors, encoding):
    quantities = FREQUENCIES, np.abs(MEASURED), np.angle(MEASURED)
    text = spectrum_table(header, *(one * factor for one, factor in zip(quantities, factors, strict=True)))
    path = tmp_path / "z.csv"
    path.write_bytes(text.encode(encoding))
    spectrum = read(path).spectrum
    npt.assert_allclose(spectrum.frequency, FREQUENCIES, rtol=1e-6)
    npt.assert_allclose(spectrum.impedance, MEASURED, rtol=1e-5)


@pytest.mark.parametrize("mark", ["#", "%", "# ", "% ", "!"])
@pytest.mark.parametrize("separator", [" ", "\t", ","])
def test_a_header_behind_the_mark_of_a_comment(tmp_path, mark, separator):
    header = mark + separator.join(("f/Hz", "Re(Z)/Ohm", "Im(Z)/Ohm"))
    text = spectrum_table(header, FREQUENCIES, MEASURED.real, MEASURED.imag, separator=separator)
    npt.assert_allclose(read(write(tmp_path, text)).spectrum.impedance, MEASURED, rtol=1e-5)


@pytest.mark.parametrize(
    ("header", "text", "seconds", "warned"),
    [
        ("Time (mm:ss)", "00:30 59:30 61:00", [30, 3570, 3660], False),
        ("Time (min)", "00:30 59:30 61:00", [30, 3570, 3660], False),
        ("Time", "40:30.5 59:30.0 00:10.0", [2430.5, 3570, 3610], False),
        ("Time", "58:30 59:30 1:00:30", [3510, 3570, 3630], False),
        ("Time", "0-23:59:00 1-00:00:00 1-00:01:00", [86340, 86400, 86460], False),
        ("Time (hh:mm)", "0:30 1:00 1:30", [1800, 3600, 5400], False),
        ("Time", "0:30 1:00 1:30", [1800, 3600, 5400], True),
    ],
)
def test_clocks_of_two_numbers(tmp_path, header, text, seconds, warned):
    rows = [(one, 3 + 0.1 * k, 1) for k, one in enumerate(text.split())]
    path = write(tmp_path, table(f"{header},Voltage (V),Current (A)", rows))
    result, said = listen(path)
    npt.assert_allclose(result.to_frame()["Test Time / s"], seconds)
    assert ("hours and minutes" in said) == warned
    if warned:
        offer = ast.literal_eval(re.search(r"columns=(\{[^{}]*\})", said)[1])
        again, said = listen(path, columns=offer)
        npt.assert_allclose(again.to_frame()["Test Time / s"], [one / 60 for one in seconds])
        assert "hours and minutes" not in said


@pytest.mark.parametrize("factor", [1, 1000, 1 / 86400])
def test_dates_that_are_numbers_are_advised(tmp_path, factor):
    start = 1.7e9 if factor >= 1 else 45000 * 86400
    rows = [(f"{(start + 600 * k) * factor:.9f}", 3 + 0.1 * k, 1) for k in range(7)]
    result = advised(write(tmp_path, table("Timestamp,Voltage (V),Current (A)", rows)))
    assert charges(result) == pytest.approx([1], rel=1e-3)


def test_spectra_side_by_side_are_sorted_by_their_numbers_or_said(tmp_path):
    twice = np.repeat(FREQUENCIES, 2), np.repeat(MEASURED, 2) * np.tile([1, 3], len(FREQUENCIES))
    numbers = np.tile([4, 7], len(FREQUENCIES))
    columns = twice[0], twice[1].real, twice[1].imag
    apart = read(write(tmp_path, spectrum_table("f/Hz,Re(Z)/Ohm,Im(Z)/Ohm,cycle number", *columns, numbers)))
    assert [one.cycle for one in apart.spectra] == [4, 7]
    for one, factor in zip(apart.spectra, (1, 3), strict=True):
        npt.assert_allclose(one.impedance, factor * MEASURED, rtol=1e-5)
    _, said = listen(write(tmp_path, spectrum_table("f/Hz,Re(Z)/Ohm,Im(Z)/Ohm,level", *columns, numbers)))
    assert "16 frequencies stand more than once" in said


@pytest.mark.parametrize(
    ("sign", "unit", "said"),
    [(-1, "deg", "negative of what its name says"), (1, "rad", "check the unit"), (1, "deg", "")],
)
def test_a_phase_beside_both_parts_is_a_cross_check(tmp_path, sign, unit, said):
    columns = FREQUENCIES, MEASURED.real, sign * MEASURED.imag, np.angle(MEASURED, deg=True)
    path = write(tmp_path, spectrum_table(f"f/Hz,Re(Z)/Ohm,Im(Z)/Ohm,Phase(Z)/{unit}", *columns))
    result, heard = listen(path)
    assert said in heard
    assert ("phase" in heard) == bool(said)
    npt.assert_allclose(result.spectrum.impedance, MEASURED if sign > 0 else MEASURED.conj(), rtol=1e-5)


def test_rows_with_an_impedance_of_zero_are_no_measurement(tmp_path):
    missing = np.where(np.arange(16) == 5, 0, MEASURED)
    text = spectrum_table("f/Hz,Re(Z)/Ohm,Im(Z)/Ohm", FREQUENCIES, missing.real, missing.imag)
    result, said = listen(write(tmp_path, text))
    npt.assert_allclose(result.spectrum.impedance, np.delete(MEASURED, 5), rtol=1e-5)
    assert "not measured, were left out: 1" in said


def test_signs_between_thousands_are_said(tmp_path):
    rows = [(60 * k, 3000 + 10 * k, f"{200 * k:,}") for k in range(31)]
    _, said = listen(write(tmp_path, table("time/s;U/mV;Capacity/mAh", rows, ";")))
    assert "if the sign separates thousands" in said
    rows = [(60 * k, 3 + 0.01 * k, f"{200.25 * k:.2f}") for k in range(31)]
    assert "thousands" not in listen(write(tmp_path, table("time/s;U/V;Capacity/mAh", rows, ";")))[1]
    for field in ("1.234.567", "1,234.5", "1'234.5", "1.234,5"):
        with pytest.raises(ReaderError, match=r"line 2: expected a number .* signs between thousands"):
            read(write(tmp_path, f"time/s;U/V;I/A\n{field};3;1\n{field};3;1\n"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t, u, i: (t, 1000 * u, i), "the voltage in 'U/V' reaches 3.9e+03 V; check its unit"),
        (lambda t, u, i: (t, u / 1000, i), "the voltage in 'U/V' reaches no more than 0.0039 V"),
        (lambda t, u, i: (t, u, 99999 if t == 600 else i), "99999 A|1e+05 A in line 12 is more than 100 times"),
    ],
)
def test_values_that_no_cell_has_are_said(tmp_path, change, said):
    rows = [change(60 * k, 3 + 0.015 * k, 0.5) for k in range(61)]
    heard = listen(write(tmp_path, table("time/s,U/V,I/A", rows)))[1]
    assert any(one in heard for one in said.split("|"))


def test_spaces_that_do_not_break_are_spaces(tmp_path):
    text = table("time/s,U/V,I/A", [(60 * k, f"\N{NO-BREAK SPACE}{3 + k / 100}", 1) for k in range(61)])
    assert charges(read(write(tmp_path, text))) == pytest.approx([1])


def test_a_quotation_mark_that_is_not_closed_is_said(tmp_path):
    with pytest.raises(ReaderError, match="quotation mark that is not closed"):
        read(write(tmp_path, 'time/s,U/V,I/A\n0,3,"1\n60,3,1\n120,3,1\n'))


def test_names_that_are_not_known_are_shown_as_they_can_be_passed(tmp_path):
    path = write(tmp_path, table("Zeit;Spannung;Strom", [(60 * k, 3 + k / 100, 2) for k in range(31)], ";"))
    with pytest.raises(ReaderError, match="got 'Zeit', 'Spannung', 'Strom'"):
        read(path)
    columns = {"Zeit": "Test Time / s", "Spannung": "Voltage / V", "Strom": "Current / A"}
    assert charges(read(path, columns=columns)) == pytest.approx([1])


@pytest.mark.parametrize("path", ["", "n" * 5000])
def test_no_name_and_a_name_too_long_are_no_file(path):
    with pytest.raises(FileNotFoundError, match="no file named"):
        read(path)


def test_currents_that_are_set_tell_their_digits_in_parquet(tmp_path):
    pytest.importorskip("pyarrow")
    current = np.repeat([0.5, 0, -0.25], 20)
    frame = pd.DataFrame({"Test Time / s": 60.0 * np.arange(60), "Voltage / V": 3.5, "Current / A": current})
    frame.to_parquet(path := tmp_path / "set.parquet")
    assert "steps of" not in listen(path)[1]


@pytest.mark.parametrize("nothing", [None, "4.2", [1j, 2j]])
def test_a_fit_to_no_list_of_numbers_says_what_was_expected(nothing):
    for call in (
        lambda: sicell.balancing.fit(nothing, [3.0, 4.0], None, None),
        lambda: sicell.Msmr.fit([0.1, 0.2], nothing),
    ):
        with pytest.raises(TypeError, match="must be a list of real numbers, got"):
            call()


def test_an_empty_ratio_of_capacities_says_what_was_expected():
    with pytest.raises(ValueError, match="np_ratio must be a number or an array of numbers, got none"):
        sicell.FullCell(sicell.ncm90(), sicell.si_c(), [])
