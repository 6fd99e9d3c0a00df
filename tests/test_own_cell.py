"""The chapter on one's own cell runs on other files that are given as parameters, with its code unchanged."""

import re
from pathlib import Path

import numpy as np
import papermill
import pytest

from sicell import graphite, ncm90, silicon

CHAPTER = Path(__file__).resolve().parent.parent / "chapters" / "own-cell.ipynb"
# In mAh, and stoichiometries: what the written files hold.
FRESH = {"negative": 2.9, "positive": 2.7, "x": 0.02, "y": 0.94, "charge": 2.1}
AGED = {"negative": 2.9, "positive": 2.43, "x": 0.02, "y": 0.93, "charge": 1.8}


def write(path, charge, voltage, back=False):
    """Write a charge as a European spreadsheet does: semicolons and decimal commas, milliampere and millivolt.

    With `back` a rest and the way back follow, 40 mV lower, which is not to be fitted.
    """
    hours = charge / 0.1
    rows = [(t, 0.1, v) for t, v in zip(hours, voltage, strict=True)]
    if back:
        rows += [(hours[-1] + 0.5, 0.0, voltage[-1] - 0.02)]
        rows += [(2 * hours[-1] + 1 - t, -0.1, v - 0.04) for t, v in zip(hours[::-1], voltage[::-1], strict=True)]
    text = ["Time[h];I[mA];U[mV]"]
    text += [f"{t:.6f};{i:.6f};{1e3 * v:.4f}".replace(".", ",") for t, i, v in rows]
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return str(path)


def cell(truth, seed):
    charge = np.linspace(0, truth["charge"], 500)
    x, y = truth["x"] + charge / truth["negative"], truth["y"] - charge / truth["positive"]
    voltage = ncm90().potential(y, "delithiation") - graphite().potential(x, "lithiation")
    return charge, voltage + np.random.default_rng(seed).normal(scale=5e-4, size=charge.size)


def run(folder, parameters):
    """Run the chapter as it stands; return all that it prints and all tables, as text."""
    done = papermill.execute_notebook(
        CHAPTER, folder / "out.ipynb", parameters=parameters, kernel_name="python3", progress_bar=False,
        log_output=False,
    )  # fmt: skip
    outputs = [output for one in done.cells for output in one.get("outputs", [])]
    return "\n".join(output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs)


def half_cell(path, material, way, size):
    """Write a table without time and current, as digitised from a figure."""
    rows = zip(material.potential(np.linspace(0, 1, 400), way), np.linspace(0, size, 400), strict=True)
    lines = ["Potential (V),Capacity (mAh)", *(f"{u:.6f},{q:.4f}" for u, q in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mine")
    place = np.linspace(0, 1, 400)
    files = {
        "full_cell": write(folder / "fresh.csv", *cell(FRESH, 1), back=True),
        "full_cell_aged": write(folder / "aged.csv", *cell(AGED, 2)),
        # On charge the cathode gives lithium and the anode takes it.
        "positive_half_cell": write(folder / "cathode.csv", 3 * place, ncm90().potential(1 - place, "delithiation")),
        "negative_half_cell": half_cell(folder / "anode.csv", graphite(), "lithiation", 350),
        "half_cycle": "charge",
    }
    return run(folder, files)


def blended(path, share, size, seed):
    """Write a charge of a cell of silicon and graphite with three electrodes, as EC-Lab exports it in Europe.

    The reference electrode reads 15 mV too high.
    """
    place, potential = np.linspace(0, 1, 500), np.linspace(2.5, 0.009, 100_001)
    parts = [part.lithiation(potential, "lithiation") for part in (silicon(), graphite())]
    parts = [(one - one[0]) / (one[-1] - one[0]) for one in parts]
    generator = np.random.default_rng(seed)
    anode = np.interp(0.03 + 0.8 * place, share * parts[0] + (1 - share) * parts[1], potential)
    cathode = ncm90().potential(0.93 - 0.75 * place, "delithiation")
    anode, cathode = (one + 0.015 + generator.normal(scale=5e-4, size=500) for one in (anode, cathode))
    charge = 0.8 * size * place
    columns = 3600 * charge, cathode, anode, cathode - anode, np.ones(500), charge
    rows = ["\t".join(f"{value:.6f}".replace(".", ",") for value in row) for row in zip(*columns, strict=True)]
    names = "time/s\tEwe/V\tEce/V\tEwe-Ece/V\tI/mA\t(Q-Qo)/mA.h"
    path.write_text("\n".join(["EC-Lab ASCII FILE", "Nb header lines : 3", names, *rows]) + "\n", encoding="cp1252")
    return str(path)


@pytest.fixture(scope="module")
def three_electrodes_and_a_blend(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blend")
    # Half of the silicon is lost, and nothing else.
    files = {
        "full_cell": blended(folder / "fresh.mpt", 0.12, 3.0, 1),
        "full_cell_aged": blended(folder / "aged.mpt", 0.06 / 0.94, 0.94 * 3.0, 2),
        "positive_half_cell": half_cell(folder / "cathode.csv", ncm90(), "delithiation", 3),
        "negative_half_cell": half_cell(folder / "graphite.csv", graphite(), "lithiation", 350),
        "silicon_half_cell": half_cell(folder / "silicon.csv", silicon(), "lithiation", 3500),
        "reactions": 12,
    }
    return run(folder, files)


def number(text, line, position):
    row = next(row for row in text.splitlines() if row.strip().startswith(line))
    return float(row.split()[position].replace("−", "-"))


def test_windows_of_the_files_are_found(outputs):
    assert number(outputs, "capacity_negative", 1) == pytest.approx(2.9, rel=0.02)
    assert number(outputs, "capacity_positive", 1) == pytest.approx(2.7, rel=0.02)
    assert number(outputs, "y_0", 1) == pytest.approx(0.94, abs=0.015)
    assert re.search(r"^first cell +fresh\.csv +500 +2\.10 ", outputs, re.M), "the charge, not the way back"
    assert re.search(r"^first cell +charge ", outputs, re.M)


def test_losses_between_the_files_are_found(outputs):
    lithium = [truth["negative"] * truth["x"] + truth["positive"] * truth["y"] for truth in (FRESH, AGED)]
    assert number(outputs, "LLI", 1) == pytest.approx(100 * (1 - lithium[1] / lithium[0]), abs=1.5)
    assert number(outputs, "LAM_PE", 1) == pytest.approx(10, abs=1.5)
    assert number(outputs, "LAM_NE", 1) == pytest.approx(0, abs=2)


def test_exercises_keep_their_own_data(outputs):
    assert "rms 1.0 and 1.1 mV" in outputs


def test_potentials_of_a_third_electrode_are_used_and_its_offset_is_found(three_electrodes_and_a_blend):
    text = three_electrodes_and_a_blend
    assert "measured potential of" in text
    assert number(text, "is off by", 3) == pytest.approx(15, abs=1)


def test_a_blend_has_its_share_and_the_losses_of_its_parts(three_electrodes_and_a_blend):
    text = three_electrodes_and_a_blend
    assert number(text, "share_Si", 1) == pytest.approx(0.12, abs=0.01)
    assert number(text, "LAM_Si", 1) == pytest.approx(50, abs=5)
    assert number(text, "LAM_C", 1) == pytest.approx(0, abs=2)
