"""The chapter on one's own cell runs on other files that are given as parameters, with its code unchanged."""

from pathlib import Path

import numpy as np
import papermill
import pytest

from sicell import graphite, ncm90

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


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mine")
    place = np.linspace(0, 1, 400)
    files = {
        "full_cell": write(folder / "fresh.csv", *cell(FRESH, 1), back=True),
        "full_cell_aged": write(folder / "aged.csv", *cell(AGED, 2)),
        # On charge the cathode gives lithium and the anode takes it.
        "positive_half_cell": write(folder / "cathode.csv", 3 * place, ncm90().potential(1 - place, "delithiation")),
        "negative_half_cell": str(folder / "anode.csv"),
        "half_cycle": "charge",
    }
    # A table without time and current, lithiated: as digitised from a figure.
    rows = zip(graphite().potential(place, "lithiation"), 350 * place, strict=True)
    lines = ["Potential (V),Capacity (mAh)", *(f"{u:.6f},{q:.4f}" for u, q in rows)]
    (folder / "anode.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = papermill.execute_notebook(
        CHAPTER, folder / "out.ipynb", parameters=files, kernel_name="python3", progress_bar=False, log_output=False
    )
    texts = [output.text for one in done.cells for output in one.get("outputs", []) if output.output_type == "stream"]
    return "\n".join(texts)


def number(text, line, position):
    row = next(row for row in text.splitlines() if row.strip().startswith(line))
    return float(row.split()[position])


def test_windows_of_the_files_are_found(outputs):
    assert number(outputs, "capacity_negative", 1) == pytest.approx(2.9, rel=0.02)
    assert number(outputs, "capacity_positive", 1) == pytest.approx(2.7, rel=0.02)
    assert number(outputs, "y_0", 1) == pytest.approx(0.94, abs=0.015)
    assert "FullCellFit(charge of 2.1," in outputs


def test_losses_between_the_files_are_found(outputs):
    lithium = [truth["negative"] * truth["x"] + truth["positive"] * truth["y"] for truth in (FRESH, AGED)]
    assert number(outputs, "LLI", 1) == pytest.approx(100 * (1 - lithium[1] / lithium[0]), abs=1.5)
    assert number(outputs, "LAM_PE", 1) == pytest.approx(10, abs=1.5)
    assert number(outputs, "LAM_NE", 1) == pytest.approx(0, abs=2)


def test_exercises_keep_their_own_data(outputs):
    assert "rms 1.0 and 1.1 mV" in outputs
