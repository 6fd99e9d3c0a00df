"""Files that lie, and files that are only unusual: each kind with numbers that are known beforehand."""

import ast
import re
import warnings

import numpy as np
import numpy.testing as npt
import pandas as pd
import pytest

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
