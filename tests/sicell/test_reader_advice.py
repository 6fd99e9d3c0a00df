"""Every advice that the readers give is followed here, and leads to the right numbers."""

import ast
import gzip
import re
import warnings
from pathlib import Path

import numpy as np
import numpy.testing as npt
import pytest

import sicell.readers
from sicell.readers import read

ROWS = [(60 * k, 3 + k / 100, 1.0) for k in range(31)]
NAMES = "time/s,Ewe/V,I/A"
FREQUENCY = np.logspace(3, 0, 16)
Z = 12 + 8 / (1 + 0.05j * FREQUENCY)
SWEEP = [(f"{f:.6g}", f"{z.real:.6f}", f"{-z.imag:.6f}") for f, z in zip(FREQUENCY, Z, strict=True)]
SPECTRUM = "freq/Hz,Re(Z)/Ohm,-Im(Z)/Ohm"


def table(header, rows, separator=","):
    return "\n".join([header, *(separator.join(map(str, row)) for row in rows)]) + "\n"


def cycling(header=NAMES, change=lambda t, u, i: (t, u, i), separator=","):
    return table(header, [change(*row) for row in ROWS], separator)


def stamp(t, zone=""):
    """A clock that is set back by an hour after 900 s, as in autumn."""
    minutes = 120 + t // 60 - (60 if t > 900 and not zone else 0)
    return f"2024-10-27 {minutes // 60:02d}:{minutes % 60:02d}:00{zone}"


STAMPED = "Date Time,Ewe/V,I/A"
GOOD, SWEPT = cycling(), table(SPECTRUM, SWEEP)
UNSIGNED = [(60 * k, 3.3 + (0.002 if k < 15 else -0.002) * (k % 15) / 15, 1.0) for k in range(30)]
TWICE = [(*row, number) for row in SWEEP for number in (4, 7)]
WRONG = [(f, float(re) * (3 if n == 7 else 1), float(im) * (3 if n == 7 else 1), n) for f, re, im, n in TWICE]

BOTH = table(NAMES, [*ROWS, *((1800 + t, 3.3 - t / 6000, -1.0) for t, _, _ in ROWS[1:])])
STATED = NAMES + ",State"

# A piece of the advice; what is read, with its options; what is read instead by who follows it.
ADVICE = [
    (
        "Tell what they are by columns=",
        (cycling("Zeit,Spannung,Strom"), {}),
        [
            (
                cycling("Zeit,Spannung,Strom"),
                {"columns": {"Zeit": "Test Time / s", "Spannung": "Voltage / V", "Strom": "Current / A"}},
            )
        ],
    ),
    (
        "Tell what they are by columns=",
        (table("freq/Hz,Ewe/V,Re(Z)/Ohm,what", [(*s[:1], 0, *s[1:]) for s in SWEEP]), {}),
        [
            (
                table("freq/Hz,Ewe/V,Re(Z)/Ohm,what", [(*s[:1], 0, *s[1:]) for s in SWEEP]),
                {"columns": {"what": "-Imaginary Impedance / ohm"}},
            )
        ],
    ),
    (
        "in place of the name to leave the column out",
        (cycling("time/s,Ewe/V,I/furlong"), {}),
        [
            (cycling("time/s,Ewe/V,I/furlong"), {"columns": {"I/furlong": "Current / A"}}),
            (
                cycling("time/s,Ewe/V,I/furlong,Capacity/Ah", lambda t, u, i: (t, u, i, t / 3600)),
                {"columns": {"I/furlong": None}},
            ),
        ],
    ),
    ("add a line with names and units", (GOOD.partition("\n")[2], {}), [(GOOD, {})]),
    (
        "'Test Time / mm:ss'}",
        (cycling("Time,Ewe/V,I/A", lambda t, u, i: (f"{t // 60}:00", u, i)), {}),
        [
            (
                cycling("Time,Ewe/V,I/A", lambda t, u, i: (f"{t // 60}:00", u, i)),
                {"columns": {"Time": "Test Time / mm:ss"}},
            )
        ],
    ),
    (
        "; if these are numbers of",
        (cycling("Timestamp,Ewe/V,I/A", lambda t, u, i: (1_700_000_000_000 + 1000 * t, u, i)), {}),
        [
            (
                cycling("Timestamp,Ewe/V,I/A", lambda t, u, i: (1_700_000_000_000 + 1000 * t, u, i)),
                {"columns": {"Timestamp": "Test Time / ms"}},
            )
        ],
    ),
    (
        "leave the row out of the file",
        (cycling(change=lambda t, u, i: (t, u, 99999 if t == 1800 else i)), {}),
        [(GOOD, {})],
    ),
    (
        "check its unit",
        (cycling(change=lambda t, u, i: (t, 1000 * u, i)), {}),
        [(cycling("time/s,Ewe/mV,I/A", lambda t, u, i: (t, 1000 * u, i)), {})],
    ),
    (
        "check the unit of the time",
        (cycling("Date Time,time/s,Ewe/V,I/A", lambda t, u, i: (stamp(t, "Z"), t / 60, u, i)), {}),
        [(cycling("Date Time,time/min,Ewe/V,I/A", lambda t, u, i: (stamp(t, "Z"), t / 60, u, i)), {})],
    ),
    (
        "if the clock was set back there",
        (cycling(STAMPED, lambda t, u, i: (stamp(t), u, i)), {}),
        [(GOOD, {}), (cycling(STAMPED, lambda t, u, i: (stamp(t, "+02:00"), u, i)), {})],
    ),
    (
        "if the sign separates thousands",
        (cycling("time/s;U/mV;I/A", lambda t, u, i: (t, f"{2e3 * u - 5300:,.0f}", 1), ";"), {}),
        [(cycling("time/s;U/mV;I/A", lambda t, u, i: (t, f"{2e3 * u - 5300:.0f}", 1), ";"), {})],
    ),
    (
        "rename one of them in the file",
        (cycling("time/s,Ewe/V,I/A,I/A", lambda t, u, i: (t, u, i, 5)), {}),
        [(cycling("time/s,Ewe/V,I/A,set", lambda t, u, i: (t, u, i, 5)), {})],
    ),
    (
        "leave out the one that is wrong, by",
        (cycling("time/s,Ewe/V,I/A,I/mA", lambda t, u, i: (t, u, i, 5)), {}),
        [(cycling("time/s,Ewe/V,I/A,I/mA", lambda t, u, i: (t, u, i, 5)), {"columns": {"I/mA": None}})],
    ),
    (
        "write C, D or R there",
        (table(STATED, [(*row, "?" if k == 20 else "CD"[k >= 15]) for k, row in enumerate(UNSIGNED)]), {}),
        [(table(STATED, [(*row, "CD"[k >= 15]) for k, row in enumerate(UNSIGNED)]), {})],
    ),
    (
        "add a column 'State' with C, D and R",
        (table(NAMES, UNSIGNED), {}),
        [(table(STATED, [(*row, "CD"[k >= 15]) for k, row in enumerate(UNSIGNED)]), {})],
    ),
    (
        "; if the file counts",
        (cycling(change=lambda t, u, i: (t, u, -i)), {}),
        [(cycling(change=lambda t, u, i: (t, u, -i)), {"charging": "negative"})],
    ),
    (
        "or the file's own capacity, would tell",
        (table(NAMES, [(0, 3, 0), (1800, 3.3, 1), (1860, 3.3, 0)]), {}),
        [
            (table(NAMES + ",Capacity/Ah", [(0, 3, 0, 0), (1800, 3.3, 1, 0.5), (1860, 3.3, 0, 0.5)]), {"net": True}),
            (table(NAMES + ",step time/s", [(0, 3, 0, 0), (1800, 3.3, 1, 1800), (1860, 3.3, 0, 60)]), {"net": True}),
        ],
    ),
    (
        "Check the units of time and current",
        (cycling("time/s,Ewe/V,I/A,Capacity/Ah", lambda t, u, i: (t, u, 1e3 * i, t / 3600)), {}),
        [(cycling("time/s,Ewe/V,I/mA,Capacity/Ah", lambda t, u, i: (t, u, 1e3 * i, t / 3600)), {})],
    ),
    (
        "give all its times in one form",
        (cycling("time,Ewe/V,I/A", lambda t, u, i: (f"00:{t // 60:02d}:00" if t != 600 else "soon", u, i)), {}),
        [(GOOD, {})],
    ),
    (
        "export seconds, or leave the column out",
        (cycling(change=lambda t, u, i: (t if t != 600 else "0:10:00", u, i)), {}),
        [(GOOD, {})],
    ),
    (
        "export with semicolons or tabs between the fields",
        (cycling(change=lambda t, u, i: (t, f"{u:.2f}".replace(".", ","), "1,0")), {}),
        [(cycling("time/s;Ewe/V;I/A", lambda t, u, i: (t, f"{u:.2f}".replace(".", ","), "1,0"), s), {}) for s in ";"],
    ),
    (
        "; if it has signs between thousands",
        (cycling("time/s;Ewe/V;I/mA", lambda t, u, i: (t, u, "1,000.0"), ";"), {}),
        [(cycling("time/s;Ewe/V;I/mA", lambda t, u, i: (t, u, "1000.0"), ";"), {})],
    ),
    (
        "write a name for it in front of the header, such as 'row'",
        (cycling(change=lambda t, u, i: (t // 60, t, u, i)), {}),
        [(cycling("row," + NAMES, lambda t, u, i: (t // 60, t, u, i)), {})],
    ),
    (
        "one for the last column behind it",
        (cycling(change=lambda t, u, i: (t, u, i, 25)), {}),
        [(cycling(NAMES + ",room", lambda t, u, i: (t, u, i, 25)), {})],
    ),
    ("put a line end behind it", (GOOD[:-3], {}), [(GOOD, {})]),
    ("name each column once", (cycling("time/s,time/s,Ewe/V,I/A", lambda t, u, i: (t, u, i, "")), {}), [(GOOD, {})]),
    (
        "or give each a number in a column 'cycle number'",
        (table(SPECTRUM + ",level", WRONG), {}),
        [
            (table(SPECTRUM + ",cycle number", WRONG), {}),
            (table(SPECTRUM, [row[:3] for row in WRONG[::2] + WRONG[1::2]]), {}),
        ],
    ),
    (
        "check the unit of the phase",
        (table(SPECTRUM + ",Phase/deg", [(*s, np.angle(z)) for s, z in zip(SWEEP, Z, strict=True)]), {}),
        [(table(SPECTRUM + ",Phase/rad", [(*s, np.angle(z)) for s, z in zip(SWEEP, Z, strict=True)]), {})],
    ),
    ("or an Excel workbook: export the table as CSV", (b"PK\x03\x04" + b"\0" * 60, {}), [(GOOD, {})]),
    ("a database: export the table as CSV", (b"\xd0\xcf\x11\xe0" + b"\0" * 60, {}), [(GOOD, {})]),
    ("unpack it first", (gzip.compress(GOOD.encode()), {}), [(GOOD, {})]),
    (
        "choose by half_cycle=",
        (BOTH, {"curve": {}}),
        [(BOTH, {"curve": {"half_cycle": "charge"}}), (BOTH, {"curve": {"number": 0}})],
    ),
]


def heard(path, curve=None, **options):
    """Read; return the result and all that was said, an error included."""
    options.pop("net", None)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = read(path, **options)
            if curve is not None:
                result = result.curve(**curve)
        except ValueError as error:
            return None, str(error)
    said = getattr(result, "notes", ())
    return result, " ".join([*said, *(str(one.message) for one in caught)])


@pytest.mark.parametrize("site", range(len(ADVICE)), ids=[one[0][:40] for one in ADVICE])
def test_advice_is_given_and_leads_to_the_right_numbers(tmp_path, site):
    piece, (content, options), followed = ADVICE[site]
    path = tmp_path / "mine.csv"

    def put(content):
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    put(content)
    assert piece in heard(path, **options)[1]
    for content, options in followed:
        put(content)
        result, said = heard(path, **options)
        assert result is not None, said
        assert piece not in said
        if "curve" in options:
            assert result[1][-1] == pytest.approx(0.5)
        elif "net" in options:
            assert np.ptp(result.to_frame()["Net Capacity / Ah"]) == pytest.approx(0.5)
        elif hasattr(result, "spectra"):
            npt.assert_allclose(result.spectra[0].impedance, Z, rtol=1e-4)
        elif "State" in str(content):
            assert [round(float(result.curve(number=n)[1][-1]), 3) for n in (0, 1)] == [0.233, 0.233]
        else:
            assert result.curve()[1][-1] == pytest.approx(0.5, rel=0.04)


# What advises on something else than a file's content has a test of its own, named here.
ELSEWHERE = {
    "pass its path": "test_arguments_that_are_no_file_and_no_mapping_say_what_was_expected",
    "download it first": "test_arguments_that_are_no_file_and_no_mapping_say_what_was_expected",
    "one of its files, such as": "test_arguments_that_are_no_file_and_no_mapping_say_what_was_expected",
    "Add a column 'State' with": "test_a_current_without_sign_that_nothing_tells_is_refused_and_the_advice_works",
    "pip install pyarrow": "test_parquet_without_pyarrow_says_so",
    "pip install galvani": "test_mpr_without_galvani_says_so",
    "export the file as text from EC-Lab (.mpt)": "test_a_column_of_mpr_that_galvani_does_not_know_names_a_way_out",
    "take one of .spectra": "test_several_sweeps_or_recordings_are_kept_apart",
    "take one of .tables": "test_several_sweeps_or_recordings_are_kept_apart",
    "make sure that charging is positive": "test_gamry_current_convention_that_was_not_checked_is_noted",
}
IMPERATIVE = re.compile(
    r"\b(pass|export|add a|write (a|the|one|C)|leave (the|out)|rename|choose|take one|download|unpack|put|"
    r"give (the|all|each)|pip install|make sure|[Cc]heck (the|its)|[Tt]ell what|name each|would tell|if the)\b"
)


def sentences():
    """Yield each text in the readers that a user may see, without what is filled in."""
    for path in Path(sicell.readers.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        documented = {id(node.body[0].value) for node in ast.walk(tree)
                      if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
                      and isinstance(node.body[0], ast.Expr)}  # fmt: skip
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                yield path.name, "".join(part.value for part in node.values if isinstance(part, ast.Constant))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside | documented:
                yield path.name, node.value


def test_no_advice_is_forgotten():
    pieces = [one[0] for one in ADVICE] + [*ELSEWHERE]
    forgotten = [
        f"{name}: {text}"
        for name, text in sentences()
        if text.count(" ") > 2 and IMPERATIVE.search(text) and not any(piece.strip("'}=; ") in text for piece in pieces)
    ]
    assert not forgotten, "\n".join(forgotten)


def test_what_is_tested_elsewhere_is_there():
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_reader*.py"))
    assert all(f"def {name}(" in tests for name in ELSEWHERE.values())
