"""Measured files: every format with every awkward case, and what is not to be had from a file."""

import contextlib
import sys
import types
from pathlib import Path

import numpy as np
import numpy.testing as npt
import pandas as pd
import pytest

from poetke2021 import example_files, spectra
from sicell import SicellWarning, _data, eis, readers
from sicell.readers import ReaderError, read

# A sweep and a slow charge whose numbers are short in every format.
SWEEP = [(1000.0, 10.5, 1.25), (100.0, 12.0, 4.5), (10.0, 18.0, 6.75), (1.0, 24.5, 2.125)]
CYCLE = [(0.0, 3.0, 0.5), (1800.0, 3.5, 0.5), (3600.0, 4.0, 0.5), (5400.0, 3.25, -0.5)]
FREQUENCY = np.array([row[0] for row in SWEEP])
IMPEDANCE = np.array([real - 1j * minus for _, real, minus in SWEEP])


def spectrum_rows(sweep):
    return [[f"{value:g}" for value in row] for row in sweep]


class Layout:
    """A format: lines before the table, header, the rows of a table, lines after it."""

    def __init__(self, name, form, kind, separator, before, header, row, lead=""):
        self.name, self.form, self.kind, self.separator = name, form, kind, separator
        self.before, self.header, self.row, self.lead = before, header, row, lead

    @property
    def data(self):
        return SWEEP if self.kind == "impedance" else CYCLE

    def rows(self, data=None):
        return [
            self.lead + self.separator.join(f"{value:g}" for value in self.row(number, *values))
            for number, values in enumerate(self.data if data is None else data)
        ]

    def text(self, rows=None, header=None):
        return "\n".join([*self.before, *(header or self.header), *(self.rows() if rows is None else rows)]) + "\n"

    @property
    def first(self):
        """Line of the first row."""
        return len(self.before) + len(self.header) + 1


ECLAB = ["EC-Lab ASCII FILE", "Nb header lines : {}", "", "Technique", "", "Device : µ", ""]
LAYOUTS = [
    Layout(
        "eclab spectrum",
        "eclab",
        "impedance",
        "\t",
        [ECLAB[0], "Nb header lines : 8  ", *ECLAB[2:]],
        ["freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\tCs/µF\tcycle number\t"],
        lambda n, f, re, im: (f, re, im, 1, 1),
    ),
    Layout(
        "eclab cycling",
        "eclab",
        "galvanostatic",
        "\t",
        [ECLAB[0], "Nb header lines : 8  ", *ECLAB[2:]],
        ["mode\ttime/s\tEcell/V\tI/mA\t(Q-Qo)/mA.h\tcycle number\tx"],
        lambda n, t, v, i: (1, t, v, 1000 * i, 1000 * (0.25 * n if n < 3 else 0.5), n // 2, 0.5),
    ),
    Layout(
        "basytec",
        "basytec",
        "galvanostatic",
        "\t",
        ["~Resultfile from Basytec Battery Test System", "~Battery: µ"],
        ["~Time[h]\tDataSet\tLine\tU[V]\tI[A]\tAh[Ah]\tT1[°C]"],
        lambda n, t, v, i: (t / 3600, n + 1, 3, v, i, 0.25 * n if n < 3 else 0.5, 25),
    ),
    Layout(
        "gamry spectrum",
        "gamry-impedance",
        "impedance",
        "\t",
        ["EXPLAIN", "TAG\tEISPOT", "NOTES\tNOTES\t1\t&N", "\tµ"],
        ["ZCURVE\tTABLE", "\tPt\tTime\tFreq\tZreal\tZimag\tZsig", "\t#\ts\tHz\tohm\tohm\tV"],
        lambda n, f, re, im: (n, n, f, re, -im, 1),
        lead="\t",
    ),
    Layout(
        "gamry cycling",
        "gamry",
        "galvanostatic",
        "\t",
        ["EXPLAIN", "TAG\tPWR800_CHARGE", "CONVENTION\tIQUANT\t1\tµ"],
        ["CURVE\tTABLE\t4", "\tPt\tT\tVf\tIm\tAch", "\t#\ts\tV vs. Ref.\tA\tV"],
        lambda n, t, v, i: (n, t, v, i, 0),
        lead="\t",
    ),
    Layout(
        "semicolons",
        "text",
        "impedance",
        ";",
        [],
        ["Index;Frequency (Hz);Z' (Ω);-Z'' (Ω)"],
        lambda n, f, re, im: (n, f, re, im),
    ),
    Layout(
        "commas",
        "text",
        "galvanostatic",
        ",",
        [],
        ["Test Time / s,Voltage / V,Current / A,Ambient Temperature / degC,µ"],
        lambda n, t, v, i: (t, v, i, 25, 0),
    ),
]
EVERY = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)


def check(layout, result):
    """The numbers are those that were written."""
    assert result.format == layout.form
    if layout.kind == "impedance":
        npt.assert_allclose(result.spectrum.frequency, FREQUENCY)
        npt.assert_allclose(result.spectrum.impedance, IMPEDANCE)
        assert result.spectrum.line == layout.first
    else:
        frame = result.to_frame()
        npt.assert_allclose(frame[["Test Time / s", "Voltage / V", "Current / A"]], CYCLE)
        npt.assert_allclose(frame["Net Capacity / Ah"].iloc[:3], [0, 0.25, 0.5])
        assert np.isfinite(frame).all(axis=None)


def write(tmp_path, content, name="mine.dat"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@EVERY
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("Ω", "ohm").encode("cp1252"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.rstrip("\n").encode(),
        lambda text: text.encode() + b"\n\n  \n",
    ],
    ids=["utf-8", "bom", "latin-1", "utf-16", "utf-16-be", "windows", "old mac", "no last line end", "blank lines"],
)
def test_encodings_line_ends_and_blank_lines_change_nothing(tmp_path, layout, change):
    check(layout, read(write(tmp_path, change(layout.text()))))


@EVERY
def test_decimal_commas_are_read_where_they_can_be_told_apart(tmp_path, layout):
    text = layout.text([row.replace(".", ",") for row in layout.rows()])
    if layout.separator == ",":
        with pytest.raises(ReaderError, match=r"line 2: expected 5 fields .* got 6; if this is decimal commas"):
            read(write(tmp_path, text))
    else:
        check(layout, read(write(tmp_path, text)))


@EVERY
@pytest.mark.parametrize("signs", [".,", ",."])
def test_decimal_sign_that_changes_within_a_file_fails(tmp_path, layout, signs):
    if layout.separator == ",":
        pytest.skip("a decimal comma is a separator here")
    rows = layout.rows()
    rows = [row.replace(".", signs[0]) for row in rows[:-1]] + [rows[-1].replace(".", signs[1])]
    with pytest.raises(ReaderError, match=rf"line {layout.first + 3}: expected a number") as error:
        read(write(tmp_path, layout.text(rows)))
    assert ("decimal comma" in str(error.value)) == (signs[0] == ",")


@EVERY
def test_header_without_rows_fails(tmp_path, layout):
    with pytest.raises(ReaderError, match="expected rows after this header, got none") as error:
        read(write(tmp_path, layout.text([])))
    assert layout.first - 3 <= error.value.line < layout.first


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf"])
def test_empty_file_fails(tmp_path, content):
    with pytest.raises(ReaderError, match=r"mine\.dat: expected a header and rows, got an empty file"):
        read(write(tmp_path, content))


@EVERY
def test_last_row_that_breaks_off_is_left_out_with_a_warning(tmp_path, layout):
    rows = [*layout.rows(), layout.rows()[0]]
    cut = rows[-1].rpartition(layout.separator)[0]
    with pytest.warns(SicellWarning, match=rf"mine\.dat: line {layout.first + 4}, the last, breaks off"):
        result = read(write(tmp_path, layout.text([*rows[:-1], cut])))
    assert "breaks off" in "".join(result.notes)
    check(layout, result)


@EVERY
def test_only_row_that_breaks_off_fails(tmp_path, layout):
    cut = layout.rows()[0].rpartition(layout.separator)[0]
    with pytest.raises(ReaderError, match=rf"line {layout.first}: expected a complete row"):
        read(write(tmp_path, layout.text([cut])))


@EVERY
def test_row_with_too_few_fields_in_the_middle_fails(tmp_path, layout):
    rows = layout.rows()
    rows[1] = rows[1].rpartition(layout.separator)[0]
    with pytest.raises(ReaderError, match=rf"line {layout.first + 1}: expected \d+ fields as in the header"):
        read(write(tmp_path, layout.text(rows)))


@EVERY
def test_row_with_too_many_fields_fails(tmp_path, layout):
    rows = layout.rows()
    rows[2] += layout.separator + "7" + layout.separator + "8"
    with pytest.raises(ReaderError, match=rf"line {layout.first + 2}: expected \d+ fields as in the header"):
        read(write(tmp_path, layout.text(rows)))


@EVERY
@pytest.mark.parametrize("field", ["", "n/a", "NaN", "inf", "1_000", "3.5V"])
def test_field_that_is_no_number_fails(tmp_path, layout, field):
    rows = layout.rows()
    position = next(i for i, cell in enumerate(rows[2].split(layout.separator)) if cell in ("18", "4"))
    cells = rows[2].split(layout.separator)
    cells[position] = field
    rows[2] = layout.separator.join(cells)
    got = repr(field) if field else "nothing"
    with pytest.raises(ReaderError, match=rf"line {layout.first + 2}: expected a number.* in column .*, got {got}"):
        read(write(tmp_path, layout.text(rows)))


@EVERY
def test_second_file_pasted_behind_the_first_fails_or_is_kept_apart(tmp_path, layout):
    path = write(tmp_path, layout.text() + layout.text())
    if layout.form.startswith("gamry"):
        result = read(path)
        both = result.spectra if layout.kind == "impedance" else result.tables
        assert len(both) == 2
    else:
        with pytest.raises(ReaderError, match=rf"line {layout.first + 4}: expected"):
            read(path)


@EVERY
def test_several_sweeps_or_recordings_are_kept_apart(tmp_path, layout):
    shifted = [(a, b + 0.5, c) for a, b, c in layout.data]
    result = read(write(tmp_path, layout.text(layout.rows() + layout.rows(shifted))))
    if layout.kind == "impedance":
        assert [len(spectrum.frequency) for spectrum in result.spectra] == [4, 4]
        npt.assert_allclose(result.spectra[0].impedance, IMPEDANCE)
        npt.assert_allclose(result.spectra[1].impedance, IMPEDANCE + 0.5)
        assert result.spectra[1].line == layout.first + 4
        assert result.to_frame()["Spectrum / 1"].tolist() == [0] * 4 + [1] * 4
        with pytest.raises(ValueError, match=r"holds 2 spectra; take one of \.spectra"):
            _ = result.spectrum
    else:
        assert [len(table) for table in result.tables] == [4, 4]
        npt.assert_allclose(result.tables[1]["Voltage / V"], [row[1] for row in shifted])
        assert "these are 2 recordings" in "".join(result.notes)
        with pytest.raises(ValueError, match=r"holds 2 recordings; take one of \.tables"):
            result.to_frame()


@EVERY
def test_unknown_columns_are_named_and_left_out(tmp_path, layout):
    header = [*layout.header]
    spot = -2 if layout.form.startswith("gamry") else -1
    header[spot] = header[spot].rstrip("\t") + layout.separator + "Colour/bushel"
    if layout.form.startswith("gamry"):
        header[-1] += "\tfurlong"
    result = read(write(tmp_path, layout.text([row + layout.separator + "5" for row in layout.rows()], header)))
    check(layout, result)
    assert "Colour/bushel" in result.ignored


@EVERY
def test_wrong_unit_fails(tmp_path, layout):
    text = layout.text()
    for good, bad in (
        ("Re(Z)/Ohm", "Re(Z)/furlong"),
        ("Z' (Ω)", "Z' (furlong)"),
        ("Ecell/V", "Ecell/furlong"),
        ("U[V]", "U[furlong]"),
        ("Voltage / V", "Voltage / furlong"),
        ("Hz\tohm\tohm", "Hz\tfurlong\tohm"),
        ("V vs. Ref.", "furlong"),
    ):
        text = text.replace(good, bad)
    with pytest.raises(
        ReaderError, match=r"has the unit 'furlong'; expected a unit of (impedance|voltage) \("
    ) as error:
        read(write(tmp_path, text))
    assert error.value.line in range(layout.first - 2, layout.first)


@EVERY
def test_unit_of_another_quantity_fails(tmp_path, layout):
    text = layout.text()
    for good, bad in (
        ("Re(Z)/Ohm", "Re(Z)/Hz"),
        ("Z' (Ω)", "Z' (V)"),
        ("Ecell/V", "Ecell/mA"),
        ("U[V]", "U[A]"),
        ("Voltage / V", "Voltage / Ah"),
        ("Hz\tohm\tohm", "Hz\ts\tohm"),
        ("V vs. Ref.", "s"),
    ):
        text = text.replace(good, bad)
    with pytest.raises(ReaderError, match=r"expected a unit of (impedance|voltage)"):
        read(write(tmp_path, text))


@EVERY
def test_rows_at_zero_frequency_are_left_out_and_counted(tmp_path, layout):
    if layout.kind != "impedance":
        pytest.skip("no frequencies")
    rows = layout.rows([(0, 0, 0), (0, 0, 0)]) + layout.rows()
    result = read(write(tmp_path, layout.text(rows)))
    npt.assert_allclose(result.spectrum.frequency, FREQUENCY)
    assert result.spectrum.notes == ("2 rows with a frequency of 0 (direct current) were left out",)
    with pytest.raises(ReaderError, match=rf"line {layout.first}: expected frequencies, got 0 Hz in every row"):
        read(write(tmp_path, layout.text(layout.rows([(0, 0, 0)]))))
    with pytest.raises(ReaderError, match=rf"line {layout.first + 1}: expected a positive frequency, got -10"):
        read(write(tmp_path, layout.text(layout.rows([SWEEP[0], (-10, 1, 1)]))))


@EVERY
def test_a_table_that_is_cut_before_its_rows_fails(tmp_path, layout):
    """However early a file ends, the error is ours."""
    text = layout.text().encode()
    end = text.index(layout.rows()[0].encode())
    for length in range(1, end):
        with pytest.raises(ReaderError, match=r"mine\.dat"):
            read(write(tmp_path, text[:length]))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (bytes(range(256)) * 50, "binary data"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\x1f\x8b\x08rest", "gzip"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"%PDF-1.7", "PDF"),
        (b"\xff\xfea\x00\x00\xd8", "damaged"),
        (b"freq/Hz\x00,Z", "binary data"),
    ],
)
def test_binary_files_fail(tmp_path, content, said):
    with pytest.raises(ReaderError, match=said):
        read(write(tmp_path, content))


def test_random_bytes_never_leave_a_traceback_of_a_parser(tmp_path):
    random = np.random.default_rng(5)
    starts = [layout.text().encode() for layout in LAYOUTS]
    for _ in range(300):
        text = bytearray(starts[random.integers(len(starts))])
        for place in random.integers(len(text), size=3):
            text[place] = random.choice(list(b"\t\n;,.x9 E-\xe9"))
        path = write(tmp_path, bytes(text))
        with contextlib.suppress(ReaderError, SicellWarning):
            result = read(path)
            frame = result.to_frame() if isinstance(result, readers.Impedance) else result.tables[0]
            assert np.isfinite(frame).all(axis=None)


def test_text_that_is_no_table_fails(tmp_path):
    with pytest.raises(ReaderError, match=r"line 1: expected a header that names a voltage and a time or capacity"):
        read(write(tmp_path, "Dear colleague,\nplease find the data below\n"))


def test_numbers_without_a_header_fail(tmp_path):
    with pytest.raises(ReaderError, match="begins with numbers: add a line with names and units"):
        read(write(tmp_path, "1000,10.5,-1.25\n100,12,-4.5\n"))


def test_missing_unit_fails_and_says_how_to_state_it(tmp_path):
    path = write(tmp_path, "time,voltage\n0,3000\n60,3500\n")
    with pytest.raises(ReaderError, match=r"column 'time' has no unit; expected a unit of time .* columns=\{'time'"):
        read(path)
    frame = read(path, columns={"time": "Test Time / min", "voltage": "Voltage / mV"}).to_frame()
    npt.assert_allclose(frame, [[0, 3.0], [3600, 3.5]])


def test_columns_name_what_is_not_understood_or_leave_it_out(tmp_path):
    path = write(tmp_path, "zeit;spannung;Current / furlong\n0;3\n".replace("0;3", "0;3;1\n1;4;1"))
    with pytest.raises(ReaderError, match=r"got 'zeit', 'spannung', .*Tell what they are by columns="):
        read(path)
    names = {"zeit": "Test Time / h", "spannung": "Voltage / V", "Current / furlong": None}
    result = read(path, columns=names)
    npt.assert_allclose(result.to_frame()["Test Time / s"], [0, 3600])
    assert result.columns == {"Test Time / s": "zeit", "Voltage / V": "spannung"}
    with pytest.raises(ReaderError, match="columns names 'strom', but the header has 'zeit', 'spannung'"):
        read(path, columns=names | {"strom": "Current / A"})
    with pytest.raises(ReaderError, match="maps 'zeit' to 'Colour / bushel', which is not a known name"):
        read(write(tmp_path, "zeit;Test Time / s;Voltage / V\n0;1;3\n"), columns={"zeit": "Colour / bushel"})


def test_missing_file_fails(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file named"):
        read(tmp_path / "nothing.mpt")


def test_same_column_twice_fails(tmp_path):
    with pytest.raises(ReaderError, match=r"line 1: expected one column 'U\[V\]', got two"):
        read(write(tmp_path, "Time[s],U[V],U[V]\n0,1,2\n"))


def test_impedance_without_its_imaginary_part_fails(tmp_path):
    lines = ["EC-Lab ASCII FILE", "Nb header lines : 3", "freq/Hz\tRe(Z)/Ohm", "1\t2", ""]
    with pytest.raises(ReaderError, match=r"line 3: expected columns for a voltage .* got 'freq/Hz', 'Re.Z./Ohm'"):
        read(write(tmp_path, "\n".join(lines)))


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("EC-Lab ASCII FILE\nno count\n", 2, "expected a line like"),
        ("EC-Lab ASCII FILE\nNb header lines : 99\n", 3, "expected 99 header lines"),
        ("EXPLAIN\nTAG\tX\n", 3, "looks like Gamry .DTA with impedance, but has no table"),
        ("EXPLAIN\nZCURVE\tTABLE", 2, "expected the names of columns after this line"),
        ("~Resultfile from Basytec Battery Test System\n", 2, "looks like BaSyTec text export, but has no table"),
    ],
)
def test_vendor_file_without_a_table_fails(tmp_path, text, line, said):
    with pytest.raises(ReaderError, match=said) as error:
        read(write(tmp_path, text))
    assert error.value.line == line


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("freq/kHz,Re(Z)/mOhm,-Im(Z)/kOhm", "2,3000,0.001", (2000, 3 - 1j)),
        ("f [MHz],Zre [Ω],Zim [MΩ]", "2,3,-1e-6", (2e6, 3 - 1j)),
        ("Frequency (mHz),|Z| (Ohm),Phase (deg)", "2000,2,-90", (2, -2j)),
        ("Frequency / Hz,Absolute Impedance / ohm,-Phase (rad)", f"2,2,{np.pi / 2}", (2, -2j)),
        ("Freq/Hz, Z'/ohm, Z\"/ohm, Z/ohm, Phase/deg", "2, 3, -1, 3.2, -18", (2, 3 - 1j)),
        ("frequency_hertz,real_impedance_ohm,imaginary_impedance_ohm", "2,3,-1", (2, 3 - 1j)),
        ("Freq(Hz),Z′(Ohm),−Z″(Ohm)", "2,3,1", (2, 3 - 1j)),
    ],
)
def test_names_and_units_of_impedance(tmp_path, header, row, expected):
    spectrum = read(write(tmp_path, f"{header}\n{row}\n")).spectrum
    npt.assert_allclose(spectrum.frequency, expected[0])
    npt.assert_allclose(spectrum.impedance, expected[1], atol=1e-9)


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("time/h,Ewe/mV,<I>/µA", "2,3500,100", (7200, 3.5, 1e-4)),
        ("Test_Time(min),Voltage(V),Current(mA)", "2,3.5,100", (120, 3.5, 0.1)),
        ("test_time_millisecond,voltage_volt,current_ampere", "2000,3.5,0.1", (2, 3.5, 0.1)),
        ("Seconds,Volts,Amps", "2,3.5,0.1", (2, 3.5, 0.1)),
        ("t [d],Potential / V vs. Li/Li+,I (nA)", "2,3.5,100", (172800, 3.5, 1e-7)),
    ],
)
def test_names_and_units_of_cycling(tmp_path, header, row, expected):
    frame = read(write(tmp_path, f"{header}\n{row}\n")).to_frame()
    npt.assert_allclose(frame.iloc[0, :3], expected)


# Names of columns as files of these programs have them; the numbers below them are made up.
PEIS = (
    "freq/Hz\tRe(Z)/Ohm\t-Im(Z)/Ohm\t|Z|/Ohm\tPhase(Z)/deg\ttime/s\t<Ewe>/V\t<I>/mA\tCs/µF\tCp/µF\tcycle number\t"
    "I Range\t|Ewe|/V\t|I|/A\tRe(Y)/Ohm-1\tIm(Y)/Ohm-1\t|Y|/Ohm-1\tPhase(Y)/deg\t"
)
MODULO = (
    "Ns changes\tNs\ttime/s\tEcell/V\tI/mA\t(Q-Qo)/mA.h\tEnergy charge/W.h\tEnergy discharge/W.h\tstep time/s\t"
    "Q discharge/mA.h\tQ charge/mA.h\tCapacity/mA.h\tcycle number\tP/W\tR/Ohm\tTemperature/°C\t"
)
BASYTEC = (
    "~Time[s]\tDataSet\tt-Step[s]\tt-Set[s]\tt-Cyc[s]\tLine\tCommand\tU[V]\tI[A]\tP[W]\tAh[Ah]\tAh-Cyc-Charge\t"
    "Ah-Cyc-Discharge\tT1[°C]\tR-AC\tR-DC\tCyc-Count\tState"
)


def test_columns_of_an_ec_lab_spectrum(tmp_path):
    values = "\t".join(f"{value:.7E}" for value in [1000, 65, 4, 65.1, -3.5, 0.8, 0, 0, 1, 1, 1, 11, 1, 1, 1, 1, 1, 1])
    text = f"EC-Lab ASCII FILE\nNb header lines : 4   \n\n{PEIS}\n{values}\n"
    result = read(write(tmp_path, text.encode("latin-1")))
    npt.assert_allclose(result.spectrum.impedance, 65 - 4j)
    assert result.spectrum.cycle == 1
    assert set(result.columns.values()) == {"freq/Hz", "Re(Z)/Ohm", "-Im(Z)/Ohm", "cycle number"}


def test_columns_of_a_bt_lab_cycling_file(tmp_path):
    values = "\t".join(f"{value:.7E}" for value in [0, 3, 60, 3.5, 900, 15, 0, 0, 60, 0, 15, 15, 2, 3, 0, 22])
    text = f"BT-Lab ASCII FILE\nNb header lines : 5   \n\nModulo Bat\n{MODULO}\n{values}\t\n"
    frame = read(write(tmp_path, text.encode("latin-1"))).to_frame()
    assert frame.iloc[0].to_dict() == pytest.approx(
        {
            "Test Time / s": 60,
            "Voltage / V": 3.5,
            "Current / A": 0.9,
            "Net Capacity / Ah": 0.015,
            "Ambient Temperature / degC": 22,
            "Cumulative Capacity / Ah": 0.015,
            "Cycle Charging Capacity / Ah": 0.015,
            "Cycle Count / 1": 2,
            "Cycle Discharging Capacity / Ah": 0,
            "Step ID": 3,
            "Step Time / s": 60,
        }
    )


def test_columns_of_a_basytec_export(tmp_path):
    rows = "60\t1\t0\t0\t0\t4\tCharge\t3.5\t0.45\t1.6\t-0.2\t0.1\t0.3\t25\t0\t\t1\t3\n"
    text = f"~Resultfile from Basytec Battery Test System\n~Operator (Test): basytec\n~\n{BASYTEC}\n{rows}"
    frame = read(write(tmp_path, text.encode("latin-1"))).to_frame()
    assert frame.iloc[0].to_dict() == pytest.approx(
        {
            "Test Time / s": 60,
            "Voltage / V": 3.5,
            "Current / A": 0.45,
            "Net Capacity / Ah": -0.2,
            "Cycle Charging Capacity / Ah": 0.1,
            "Cycle Count / 1": 1,
            "Cycle Discharging Capacity / Ah": 0.3,
            "Step ID": 4,
            "Step Time / s": 0,
            "Temperature T1 / degC": 25,
        }
    )


def test_columns_of_an_arbin_table(tmp_path):
    text = (
        "Data_Point,Test_Time(s),Date_Time,Step_Time(s),Step_Index,Cycle_Index,Current(A),Voltage(V),"
        "Charge_Capacity(Ah),Discharge_Capacity(Ah)\n1,30.5,2010-09-27 14:12:48,30,2,1,0.55,3.45,0.25,0.125\n"
    )
    frame = read(write(tmp_path, text)).to_frame()
    assert frame.iloc[0].to_dict() == pytest.approx(
        {
            "Test Time / s": 30.5,
            "Voltage / V": 3.45,
            "Current / A": 0.55,
            "Net Capacity / Ah": 0,
            "Charging Capacity / Ah": 0.25,
            "Cycle Count / 1": 1,
            "Discharging Capacity / Ah": 0.125,
            "Step ID": 2,
            "Step Time / s": 30,
        }
    )


def test_quoted_fields_with_separators_inside(tmp_path):
    text = 'Note,"Test Time / s","Voltage / V"\n"a, b",0,3\n"c",60,3.5\n'
    npt.assert_allclose(read(write(tmp_path, text)).to_frame(), [[0, 3], [60, 3.5]])
    with pytest.raises(ReaderError, match="line 3: expected 3 fields"):
        read(write(tmp_path, text.replace('"c"', '"c","d"')))


def test_spaces_between_columns(tmp_path):
    text = "~Resultfile from Basytec Battery Test System\n~\n~Time[h] Line U[V] I[A]\n0   1 3.5 0\n1   1 3.6 1\n"
    npt.assert_allclose(read(write(tmp_path, text)).to_frame()["Test Time / s"], [0, 3600])
    with pytest.raises(ReaderError, match="line 4: expected 4 fields"):
        read(write(tmp_path, text.replace("0   1", "0   1 7")))


def test_rows_of_separators_that_spreadsheets_leave_are_no_rows(tmp_path):
    text = "time/s;Ewe/V;note\n0;3;\n60;3,5;\n;;\n;;\n"
    npt.assert_allclose(read(write(tmp_path, text)).to_frame(), [[0, 3], [60, 3.5]])


def test_preamble_before_the_header_of_a_plain_file(tmp_path):
    text = (
        "Feb. 20, 2020\nA.C. Impedance\n\nCycles (.1-1Hz) = 1\n\nFreq/Hz, Z'/ohm, Z\"/ohm\n\n1e5, 10, -1\n1e4, 11, -2\n"
    )
    spectrum = read(write(tmp_path, text)).spectrum
    npt.assert_allclose(spectrum.impedance, [10 - 1j, 11 - 2j])
    assert spectrum.line == 8


def test_auxiliary_column_that_is_not_filled_is_left_out_and_named(tmp_path):
    text = "Test Time / s,Voltage / V,Ambient Temperature / degC,Cycle\n0,3,,1\n60,3.5,25,1\n"
    result = read(write(tmp_path, text))
    assert list(result.to_frame()) == ["Test Time / s", "Voltage / V", "Cycle Count / 1"]
    assert "column 'Ambient Temperature / degC' is not filled" in "".join(result.notes)
    result = read(write(tmp_path, text.replace("25", "warm")))
    assert "Ambient Temperature / degC" in result.ignored


def test_decimal_comma_that_first_shows_late_in_the_file(tmp_path):
    rows = [f"{number};3" for number in range(60)] + ["60;3,5"]
    frame = read(write(tmp_path, "\n".join(["time/s;Ewe/V", *rows]))).to_frame()
    assert frame["Voltage / V"].iloc[-1] == 3.5


def test_spectra_with_cycle_numbers_are_kept_apart_even_if_the_sweeps_join(tmp_path):
    text = "freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm,cycle number\n100,1,1,1\n10,2,1,1\n1,3,1,1\n0.5,1,1,2\n0.1,2,1,2\n0.01,3,1,2\n"
    spectra = read(write(tmp_path, text)).spectra
    assert [(spectrum.cycle, len(spectrum.frequency)) for spectrum in spectra] == [(1, 3), (2, 3)]


def test_sweep_down_and_up_is_two_spectra(tmp_path):
    values = [100, 10, 1, 0.1, 1, 10, 100]
    rows = "\n".join(f"{value},1,1" for value in values)
    spectra = read(write(tmp_path, f"freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm\n{rows}\n")).spectra
    assert [spectrum.frequency.tolist() for spectrum in spectra] == [[100, 10, 1, 0.1], [1, 10, 100]]


def test_sweep_that_repeats_the_frequency_where_it_turns_gives_it_to_both_spectra(tmp_path):
    values = [100, 10, 1, 0.1, 0.1, 1, 10, 100]
    rows = "\n".join(f"{value},{number},1" for number, value in enumerate(values))
    result = read(write(tmp_path, f"freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm\n{rows}\n"))
    assert [spectrum.impedance.real.tolist() for spectrum in result.spectra] == [[0, 1, 2, 3], [4, 5, 6, 7]]
    assert result.notes == ("sweep direction turns at line 6: 2 spectra",)


def test_sweeps_that_start_again_do_not_turn(tmp_path):
    rows = 2 * "100,1,1\n10,1,1\n1,1,1\n"
    result = read(write(tmp_path, f"freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm\n{rows}"))
    assert [len(spectrum.frequency) for spectrum in result.spectra] == [3, 3]
    assert result.notes == ()


@pytest.mark.parametrize("header", ["freq/Hz", "freq/XY", "freq", "Re(Z)/Ohm", "Phase/deg"])
def test_frequency_without_an_impedance_is_no_spectrum(tmp_path, header):
    result = read(write(tmp_path, f"time/s,Ewe/V,I/mA,{header}\n0,3,1,0\n10,3.1,1,0\n20,3.2,1,-1\n"))
    assert isinstance(result, readers.Galvanostatic)
    assert result.ignored == (header,)
    assert list(result.to_frame()) == ["Test Time / s", "Voltage / V", "Current / A", "Net Capacity / Ah"]


def test_time_needs_its_unit_though_there_is_a_frequency(tmp_path):
    with pytest.raises(ReaderError, match="column 'time' has no unit"):
        read(write(tmp_path, "time,Ewe/V,freq/Hz\n0,3,1\n"))


def test_frequencies_in_no_order_are_one_spectrum_unless_one_comes_twice(tmp_path):
    header = "freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm\n"
    result = read(write(tmp_path, header + "1,1,1\n100,2,1\n10,3,1\n1000,4,1\n0.1,5,1\n"))
    assert len(result.spectrum.frequency) == 5
    with pytest.raises(ReaderError, match="line 4: expected frequencies that rise or fall within a spectrum"):
        read(write(tmp_path, header + "1,1,1\n100,2,1\n1,3,1\n100,4,1\n0.1,5,1\n"))


def test_sweep_that_was_stopped_stays_a_spectrum_of_its_own(tmp_path):
    rows = "\n".join(f"{value},1,1" for value in [100, 10, 1, 0.1, 100])
    spectra = read(write(tmp_path, f"freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm\n{rows}\n")).spectra
    assert [len(spectrum.frequency) for spectrum in spectra] == [4, 1]


def test_time_that_runs_backwards_fails(tmp_path):
    with pytest.raises(ReaderError, match="line 5: expected time to rise, got 59 s after 120 s"):
        read(write(tmp_path, "time/s,Ewe/V\n-120,3\n60,3\n120,3\n59,3\n"))


def test_capacity_is_integrated_where_the_file_has_none(tmp_path):
    result = read(write(tmp_path, "time/h,Ewe/V,I/mA\n0,3,2\n1,3.5,2\n3,4,2\n"))
    npt.assert_allclose(result.to_frame()["Net Capacity / Ah"], [0, 0.002, 0.006])
    assert "integrated from the current by the trapezoidal rule" in "".join(result.notes)


def test_charging_may_be_negative_in_the_file(tmp_path):
    path = write(tmp_path, "time/h,Ewe/V,I/A\n0,4,1\n1,3.5,1\n2,3,1\n")
    with pytest.warns(SicellWarning, match="current is positive throughout while the voltage falls"):
        read(path)
    frame = read(path, charging="negative").to_frame()
    npt.assert_allclose(frame["Current / A"], -1)
    npt.assert_allclose(frame["Net Capacity / Ah"], [0, -1, -2])
    with pytest.warns(SicellWarning, match="current is negative throughout while the voltage rises"):
        read(write(tmp_path, "time/h,Ewe/V,I/A\n0,3,-1\n1,3.5,-1\n2,4,-1\n"))
    with pytest.raises(ValueError, match="charging must be one of 'positive', 'negative', got 'up'"):
        read(path, charging="up")


def test_gamry_current_convention_that_was_not_checked_is_noted(tmp_path):
    layout = LAYOUTS[4]
    text = layout.text().replace("IQUANT\t1", "IQUANT\t0")
    assert "current convention 0; only 1 was checked" in "".join(read(write(tmp_path, text)).notes)
    text = layout.text().replace("CONVENTION", "OTHER")
    assert "no current convention" in "".join(read(write(tmp_path, text)).notes)


def test_lines_after_a_gamry_table_are_not_rows(tmp_path):
    text = (
        LAYOUTS[3].text()
        + "EXPERIMENTABORTED\tTOGGLE\tT\tExperiment Aborted\nFRACURVE\tTABLE\t1\n\tPt\tT\n\t#\ts\n\t0\t1\n"
    )
    check(LAYOUTS[3], read(write(tmp_path, text)))


def test_cycles_by_number(tmp_path):
    result = read(write(tmp_path, LAYOUTS[1].text()))
    assert {number: len(frame) for number, frame in result.cycles.items()} == {0: 2, 1: 2}
    with pytest.raises(ValueError, match="has no column with cycle numbers; it has Test Time / s, Voltage / V"):
        _ = read(write(tmp_path, LAYOUTS[6].text())).cycles


# A discharge to 0.1 V at 2 mA, a rest, a charge at 1 mA with a pause, then a switching spike and another discharge.
HALF_CYCLES = """time/h,Ewe/V,I/mA
0,0.4,-2
1,0.2,-2
2,0.1,-2
3,0.15,0.001
4,0.3,1
5,0.5,1
6,0.45,0
7,0.7,1
8,0.9,-1
9,1,1
9.5,1.1,1
10,0.5,-2
11,0.2,-2
"""


def test_half_cycles_are_the_runs_of_one_sign_of_the_current(tmp_path):
    result = read(write(tmp_path, HALF_CYCLES))
    voltages = [part["Voltage / V"].tolist() for part in result.half_cycles]
    assert voltages == [[0.4, 0.2, 0.1], [0.3, 0.5, 0.7, 1, 1.1], [0.5, 0.2]]
    assert all(part.index[0] == 0 for part in result.half_cycles)


def test_half_cycles_do_not_reach_over_recordings(tmp_path):
    text = "time/h,Ewe/V,I/mA\n" + 2 * "0,3,1\n1,3.5,1\n2,4,1\n"
    assert [len(part) for part in read(write(tmp_path, text)).half_cycles] == [3, 3]


def test_curve_of_a_chosen_half_cycle(tmp_path):
    result = read(write(tmp_path, HALF_CYCLES))
    voltage, capacity = result.curve("discharge", 1)
    npt.assert_allclose(voltage, [0.5, 0.2])
    npt.assert_allclose(capacity, [0, 0.002])
    npt.assert_allclose(result.curve(number=0)[1], [0, 0.002, 0.004])
    # in the pause half of the trapezoids is left; those of the spike cancel
    npt.assert_allclose(result.curve("charge")[1], [0, 0.001, 0.002, 0.002, 0.0025])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, r"mine\.dat holds 3 half-cycles \(0: discharge, 3 points, 0\.1 to 0\.4 V, 0\.004 Ah; 1: charge, 5 points"),
        ({}, "choose by half_cycle='charge' or 'discharge', or by number=0 to 2"),
        ({"half_cycle": "discharge"}, r"holds 2 half-cycles \(0: discharge.*\); choose by number=0 to 1"),
        (
            {"half_cycle": "charge", "number": 1},
            "number must be less than the 1 charges, got 1; mine\\.dat holds 3 half-",
        ),
        ({"number": 3}, "number must be less than the 3 half-cycles, got 3"),
        ({"number": -1}, "number must be a whole number from 0, got -1"),
        ({"number": 0.5}, "number must be a whole number from 0, got 0.5"),
        ({"half_cycle": "up"}, "half_cycle must be one of 'charge', 'discharge', got 'up'"),
    ],
)
def test_curve_that_is_not_one_fails_and_lists_the_half_cycles(tmp_path, arguments, said):
    with pytest.raises(ValueError, match=said):
        read(write(tmp_path, HALF_CYCLES)).curve(**arguments)


def test_many_half_cycles_are_not_all_listed(tmp_path):
    rows = "".join(f"{n},{3 + 0.5 * (n % 2)},{-1 if n // 2 % 2 else 1}\n" for n in range(40))
    with pytest.raises(ValueError, match=r"holds 20 half-cycles \(0: .*; 11: .* and 8 more\)"):
        read(write(tmp_path, f"time/s,Ewe/V,I/A\n{rows}")).curve()


def test_curve_of_the_direction_that_a_file_does_not_have_fails(tmp_path):
    result = read(write(tmp_path, "time/h,Ewe/V,I/mA\n0,3,2\n1,3.5,2\n2,4,2\n"))
    npt.assert_allclose(result.curve()[1], [0, 0.002, 0.004])
    with pytest.raises(ValueError, match=r"holds 1 half-cycle \(0: charge, 3 points.*\), no discharge"):
        result.curve("discharge")


def test_curve_without_any_current_flowing_fails(tmp_path):
    with pytest.raises(ValueError, match="holds no half-cycle: its current is never of one sign in two readings"):
        read(write(tmp_path, "time/h,Ewe/V,I/mA\n0,3,0\n1,3,0\n")).curve()


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    [
        ("Ewe/V,(Q-Qo)/mA.h", "4,-1\n3.5,-2\n3,-4\n", ("discharge", [0, 1, 3])),
        ("U/V,Charge Capacity/mAh,Discharge Capacity/mAh", "3,0,5\n3.5,1,5\n4,2,5\n", ("charge", [0, 1, 2])),
        ("U/V,Discharge Capacity/mAh", "4,5\n3.5,6\n3,8\n", ("discharge", [0, 1, 3])),
        ("U/V,Q charge/mA.h", "3,5\n3.5,6\n4,8\n", ("charge", [0, 1, 3])),
        ("U/V,Capacity/mAh", "4,0\n3.5,1\n3,2\n", ("discharge", [0, 1, 2])),
        ("U/V,Capacity/mAh", "3,2\n3.5,1\n4,0\n", ("charge", [0, 1, 2])),
    ],
)
def test_curve_of_a_file_without_current(tmp_path, header, rows, expected):
    result = read(write(tmp_path, f"{header}\n{rows}"))
    voltage, capacity = result.curve(expected[0])
    npt.assert_allclose(voltage, [float(row.split(",")[0]) for row in rows.split()])
    npt.assert_allclose(1000 * capacity, expected[1])


def test_curve_without_a_capacity_fails(tmp_path):
    with pytest.raises(
        ValueError, match=r"has no capacity, nor current and time .*; it has Test Time / s, Voltage / V"
    ):
        read(write(tmp_path, "time/s,Ewe/V\n0,3\n1,4\n")).curve()


def test_curve_of_several_half_cycles_that_cannot_be_told_apart_fails(tmp_path):
    with pytest.raises(ValueError, match="no column with the current, and its voltage goes up and down"):
        read(write(tmp_path, "U/V,Capacity/mAh\n3,0\n4,1\n3,2\n")).curve()
    with pytest.raises(ValueError, match="the capacity falls back within a half-cycle"):
        read(write(tmp_path, "U/V,Capacity/mAh\n3,0\n3.5,1\n3.6,0\n4,2\n")).curve()


def test_asking_for_what_a_file_does_not_hold_fails(tmp_path):
    with pytest.raises(ReaderError, match=r"mine\.dat: holds charging and discharging, expected an impedance spectrum"):
        read(write(tmp_path, LAYOUTS[1].text()), kind="impedance")
    with pytest.raises(ReaderError, match=r"mine\.dat: holds impedance spectra, expected charging and discharging"):
        read(write(tmp_path, LAYOUTS[0].text()), kind="galvanostatic")
    with pytest.raises(ValueError, match="kind must be one of None, 'impedance', 'galvanostatic', got 'eis'"):
        read(write(tmp_path, LAYOUTS[0].text()), kind="eis")


def test_prints_say_what_a_file_held(tmp_path):
    assert repr(read(write(tmp_path, LAYOUTS[0].text()))).startswith(
        "mine.dat: eclab, 1 spectrum\n  0: 4 points from 1 to 1e+03 Hz"
    )
    said = repr(read(write(tmp_path, LAYOUTS[4].text())))
    assert said.startswith("mine.dat: gamry, 1 recording of 4 rows\n  Test Time / s")
    assert "note: Net Capacity / Ah was integrated" in said


@pytest.mark.peer
def test_parquet_in_battery_data_format(tmp_path):
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame(CYCLE, columns=["Test Time / s", "Voltage / V", "Current / A"])
    path = tmp_path / "mine.parquet"
    frame.to_parquet(path)
    result = read(path)
    npt.assert_allclose(result.to_frame().iloc[:, :3], CYCLE)
    assert result.format == "parquet"
    frame.iloc[:0].to_parquet(path)
    with pytest.raises(ReaderError, match="expected rows, got none"):
        read(path)
    frame.assign(**{"Voltage / V": ["3", "x", "4", "5"]}).to_parquet(path)
    with pytest.raises(ReaderError, match="expected a number in column 'Voltage / V', got 'x' in row 2"):
        read(path)
    frame.assign(**{"Cycle Count / 1": ["a", "b", "c", "d"]}).to_parquet(path)
    assert "Cycle Count / 1" in read(path).ignored
    path.write_bytes(b"PAR1 and nothing more")
    with pytest.raises(ReaderError, match="pyarrow cannot read it"):
        read(path)


def test_parquet_without_pyarrow_says_so(tmp_path, monkeypatch):
    def missing(*args, **kwargs):
        raise ImportError("no pyarrow")

    monkeypatch.setattr(pd, "read_parquet", missing)
    with pytest.raises(ReaderError, match="Parquet needs the package pyarrow, which is not installed"):
        read(write(tmp_path, b"PAR1rest"))


def test_mpr_without_galvani_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "galvani", None)
    with pytest.raises(ReaderError, match=r"needs the package galvani, which is not installed: .*GPL.*\.mpt"):
        read(write(tmp_path, b"BIO-LOGIC MODULAR FILE\x1a rest", "mine.mpr"))


def test_mpr_by_galvani(tmp_path, monkeypatch):
    """Galvani itself is under the GPL and not installed here: a stand-in gives an array as it does."""

    class MPRfile:
        def __init__(self, path):
            if b"damaged" in Path(path).read_bytes():
                raise AssertionError
            self.data = np.array(SWEEP, dtype=[("freq/Hz", "<f4"), ("Re(Z)/Ohm", "<f4"), ("-Im(Z)/Ohm", "<f4")])

    module = types.ModuleType("galvani")
    module.BioLogic = types.SimpleNamespace(MPRfile=MPRfile)
    monkeypatch.setitem(sys.modules, "galvani", module)
    path = write(tmp_path, b"BIO-LOGIC MODULAR FILE\x1a rest", "mine.mpr")
    npt.assert_allclose(read(path).spectrum.impedance, IMPEDANCE, rtol=1e-6)
    assert read(path).spectrum.line == 0
    with pytest.raises(ReaderError, match="galvani cannot read it: AssertionError"):
        read(write(tmp_path, b"BIO-LOGIC MODULAR FILE damaged", "mine.mpr"))


def test_measured_curves_of_ampworks():
    paths = sorted((_data.folder() / "ampworks").glob("*.csv"))
    assert len(paths) == 6
    for path in paths:
        raw = pd.read_csv(path)
        frame = read(path).to_frame()
        npt.assert_allclose(frame["Test Time / s"], raw["Seconds"])
        npt.assert_allclose(frame["Voltage / V"], raw["Volts"])
        npt.assert_allclose(frame["Current / A"], raw["Amps"])
        npt.assert_allclose(frame["Cumulative Capacity / Ah"], raw["Ah"])
        # discharging from a full cell: the integral of the current agrees with the cycler's own counter
        npt.assert_allclose(-frame["Net Capacity / Ah"].iloc[-1], raw["Ah"].iloc[-1], rtol=2e-3)


def test_long_tail_of_blank_lines_is_no_rows(tmp_path):
    check(LAYOUTS[0], read(write(tmp_path, LAYOUTS[0].text() + "\n" * 150_000)))


def test_blank_lines_between_rows_are_passed_over_and_counted(tmp_path):
    rows = LAYOUTS[0].rows()
    rows.insert(1, "")
    check(LAYOUTS[0], read(write(tmp_path, LAYOUTS[0].text(rows))))
    rows[-1] = rows[-1].replace("24.5", "x")
    with pytest.raises(ReaderError, match=f"line {LAYOUTS[0].first + 4}: expected a number"):
        read(write(tmp_path, LAYOUTS[0].text(rows)))


def test_unknown_unit_of_a_column_that_is_not_needed_does_not_matter(tmp_path):
    text = (
        "freq/Hz,Re(Z)/Ohm,Im(Z)/Ohm,Phase(Z)/\N{REPLACEMENT CHARACTER},time/fortnight\n10,1,-1,-45,1\n1,2,-2,-45,2\n"
    )
    assert read(write(tmp_path, text)).ignored == ("Phase(Z)/\N{REPLACEMENT CHARACTER}", "time/fortnight")


def test_digits_that_are_not_ascii_fail(tmp_path):
    with pytest.raises(ReaderError, match="line 3: expected a number in column 'Ewe/V'"):
        read(write(tmp_path, "time/s;Ewe/V\n0;3\n1;３\n"))


def test_what_pandas_refuses_and_we_do_not_understand_is_an_error_of_ours(tmp_path, monkeypatch):
    monkeypatch.setattr("sicell.readers._numbers._is_float", lambda *arguments: True)
    with pytest.raises(ReaderError, match="line 1: expected a table of numbers"):
        read(write(tmp_path, "time/s;Ewe/V\n0;3\n1;x\n"))


def test_examples_are_synthetic_say_so_and_come_back(tmp_path):
    truth = spectra.spectrum("Si37@C", 3)
    paths = example_files.write_examples(tmp_path)
    for form, path in paths.items():
        assert "SYNTHETIC" in path.read_text(encoding="latin-1")
        result = read(path)
        assert result.format == form
        npt.assert_allclose(result.spectrum.frequency, truth.frequency, rtol=1e-6)
        npt.assert_allclose(result.spectrum.impedance / truth.impedance, 1, atol=0.02)
        assert eis.check_spectrum(result.spectrum.frequency, result.spectrum.impedance).notes == ()


def test_examples_without_a_comment_or_of_a_bad_spectrum_fail(tmp_path):
    good = ([100, 10, 1], [20 - 1j, 22 - 4j, 30 - 6j])
    for function in (example_files.write_mpt, example_files.write_dta):
        with pytest.raises(ValueError, match="comment must be one line that says where the numbers come from"):
            function(tmp_path / "x", *good, comment=" ")
        with pytest.raises(ValueError, match="frequency must be positive"):
            function(tmp_path / "x", [0, 1, 2], good[1], comment="synthetic")
    with pytest.raises(ValueError, match="decimal must be one of"):
        example_files.write_mpt(tmp_path / "x", *good, comment="synthetic", decimal=";")


def test_a_purely_resistive_point_has_no_series_capacitance(tmp_path):
    path = example_files.write_mpt(tmp_path / "x.mpt", [100, 10, 1], [20, 20 - 1j, 21 - 2j], comment="synthetic")
    assert read(path).spectrum.impedance[0] == 20


def test_a_file_of_50_megabytes(tmp_path):
    """The whole file is read, and a fault in its last line but one is found and named."""
    path = tmp_path / "long.csv"
    count = 1_000_000
    block = np.full((count, 50), ord("0"), dtype=np.uint8)
    digits = np.arange(count)
    for place in range(9, -1, -1):
        block[:, place] += (digits % 10).astype(np.uint8)
        digits //= 10
    block[:, 10:] = np.frombuffer(b",3.70000000000000,0.10000000000,0.000000\n"[:39] + b"\n", dtype=np.uint8)
    with path.open("wb") as file:
        file.write(b"Test Time / s,Voltage / V,Current / A,note\n")
        file.write(block.data)
    assert path.stat().st_size >= 50e6
    frame = read(path).to_frame()
    assert len(frame) == count
    assert frame["Test Time / s"].iloc[-1] == count - 1
    assert frame["Voltage / V"].iloc[-1] == 3.7
    with path.open("r+b") as file:
        file.seek(-80, 2)
        file.write(b"x")
    with pytest.raises(ReaderError, match=f"line {count}: expected a number"):
        read(path)


def test_total_time_is_taken_before_the_time_of_a_step(tmp_path):
    rows = "".join(f"{10 * (n % 3)},{10 * n},{3 + n / 10},1\n" for n in range(6))
    result = read(write(tmp_path, f"Time(s),Total Time(s),Voltage(V),Current(mA)\n{rows}"))
    npt.assert_allclose(result.to_frame()["Test Time / s"], [0, 10, 20, 30, 40, 50])
    assert result.ignored == ("Time(s)",)
    frame = read(write(tmp_path, "Run Time (h),Potential (V)\n0,3\n1,4\n")).to_frame()
    npt.assert_allclose(frame["Test Time / s"], [0, 3600])


@pytest.mark.parametrize(
    ("header", "advice"),
    [
        ("Voltage (V),Capacity (mAh/g)", "columns={'Capacity (mAh/g)': 'Cumulative Capacity / mAh'}"),
        ("Time/s,U/V,Current/mA cm-2", "columns={'Current/mA cm-2': 'Current / mA'}"),
        ("freq/Hz,Re(Z)/mOhm cm2,-Im(Z)/Ohm", "columns={'Re(Z)/mOhm cm2': 'Real Impedance / mOhm'}"),
        ("Time/s,U/V,Current/(x)", "columns={'Current/(x)': 'Current / A'}"),
        ("Time,U/V,I/A", "columns={'Time': 'Test Time / s'}"),
    ],
)
def test_unknown_unit_that_holds_a_known_one_is_advised_with_that(tmp_path, header, advice):
    rows = "1,2,3\n2,3,4\n" if header.count(",") == 2 else "1,2\n2,3\n"
    path = write(tmp_path, f"{header}\n{rows}")
    with pytest.raises(ReaderError) as raised:
        read(path)
    assert advice in str(raised.value)


def test_advice_for_a_specific_capacity_is_of_the_right_size(tmp_path):
    path = write(tmp_path, "Voltage (V),Capacity (mAh/g)\n3,0\n4,150\n")
    _, capacity = read(path, columns={"Capacity (mAh/g)": "Cumulative Capacity / mAh"}).curve()
    npt.assert_allclose(1000 * capacity, [0, 150])


def test_current_against_the_voltage_in_charge_and_discharge_is_warned_of(tmp_path):
    down, up = [(n, 4 - 0.03 * n) for n in range(15)], [(n, 3.58 + 0.03 * (n - 15)) for n in range(15, 30)]
    rows = "".join(f"{n},{v},{1 if n < 15 else -1}\n" for n, v in down + up)
    path = write(tmp_path, f"Time/h,Voltage/V,Current/mA\n{rows}")
    with pytest.warns(
        SicellWarning, match="positive while the voltage falls and negative while the voltage rises; .*'neg"
    ):
        read(path)
    assert len(read(path, charging="negative").half_cycles) == 2
    text = path.read_text().replace(",1\n", ",0.5\n").replace(",-1\n", ",1\n").replace(",0.5\n", ",-1\n")
    with pytest.warns(SicellWarning, match="if the file counts charging as positive, pass charging='positive'"):
        read(write(tmp_path, text), charging="negative")


def test_small_drifts_of_a_symmetric_cell_are_not_warned_of(tmp_path):
    rows = "".join(f"{n},{0.01 * (-1) ** (n // 2) * (1 - n % 2)},{(-1) ** (n // 2)}\n" for n in range(40))
    assert len(read(write(tmp_path, f"time/h,Ewe/V,I/mA\n{rows}")).half_cycles) == 20


def test_brackets_that_belong_to_the_name_hold_no_unit(tmp_path):
    path = write(tmp_path, "freq/Hz,Re(Z),Im(Z)\n1000,20,-1\n100,22,-4\n")
    with pytest.raises(ReaderError, match=r"column 'Re\(Z\)' has no unit; expected a unit of impedance"):
        read(path)
    known = {"Re(Z)": "Real Impedance / ohm", "Im(Z)": "Imaginary Impedance / ohm"}
    npt.assert_allclose(read(path, columns=known).spectrum.impedance, [20 - 1j, 22 - 4j])


@pytest.mark.parametrize("units", ["kHz,Ohm,mOhm,-", "[kHz],[Ohm],[mOhm],", "(kHz),(Ohm),(mOhm),x"])
def test_units_in_a_row_of_their_own_below_the_names(tmp_path, units):
    spectrum = read(write(tmp_path, f"freq,Re(Z),Im(Z),note\n{units}\n1,20,-1000,0\n0.1,22,-4000,0\n")).spectrum
    npt.assert_allclose(spectrum.frequency, [1000, 100])
    npt.assert_allclose(spectrum.impedance, [20 - 1j, 22 - 4j])
    assert spectrum.line == 3


@pytest.mark.parametrize("row", ["1,1,1", "Hz,V,Ohm", "Hz,Ohm,"])
def test_row_below_the_names_that_is_not_their_units_fails(tmp_path, row):
    with pytest.raises(ReaderError, match="line 1: column 'f' has no unit"):
        read(write(tmp_path, f"f,Zre,Zim\n{row}\n1,20,-1\n"))


def test_typographic_minus(tmp_path):
    frame = read(write(tmp_path, "time/s,U/V,I/mA\n0,3.0,\N{MINUS SIGN}1\n10,2.9,\N{MINUS SIGN}1\n")).to_frame()
    npt.assert_allclose(frame["Current / A"], -0.001)
    with pytest.raises(ReaderError, match="line 3: expected a number in column 'U/V', got 'x'"):
        read(write(tmp_path, "time/s,U/V,I/mA\n0,3.0,\N{MINUS SIGN}1\n10,x,\N{MINUS SIGN}1\n"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time/s,U/V\n0,3\n0:00:10,4\n", "got '0:00:10'; this is a clock time among numbers: export seconds, or leave"),
        ('"time/s","U/V"\n"0,5","3,1"\n', "got '0,5'; if this is a decimal comma, export with semicolons or tabs"),
    ],
)
def test_number_that_is_written_in_another_way_fails_with_advice(tmp_path, text, said):
    with pytest.raises(ReaderError, match=said):
        read(write(tmp_path, text))
