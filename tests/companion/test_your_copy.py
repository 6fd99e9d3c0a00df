"""A figure that a reader read off a copy of the paper; every file here is invented."""

import re
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

import companion
from companion import ledger, your_copy
from poetke2021 import electrodes
from poetke2021.half_cells import figures as half_cells
from sicell import balancing, half_cell

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "data" / "yours").glob("*.template.csv"))
X, Y, LIMITS = "capacity / mAh g-1 (Si-C)", "voltage / V", (-1, 6)
SCALES = {X: 1.0, "capacity / mAh cm-2": {"first": 0.01, "second": 0.02}}
OURS = {
    "first": pd.DataFrame({"x": [100.0, 50.0, 0.0], "y": [0.0, 0.5, 1.0]}),
    "second": pd.DataFrame({"x": [0.0, 100.0], "y": [1.0, 2.0]}),
}


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Let the paper's data lie where an invented figure can be put; return how to put one."""
    paper = companion.paper()
    monkeypatch.setattr("companion._paper._registered", [replace(paper, folders=(*paper.folders, tmp_path))])

    def write(text, name="figure-0"):
        (tmp_path / "yours").mkdir(exist_ok=True)
        (tmp_path / "yours" / f"{name}.csv").write_text("# invented\n" + text, encoding="utf-8")

    return write


def test_nothing_is_shown_where_there_is_no_file(written):
    assert your_copy.compare("figure-0", OURS, SCALES, Y, LIMITS) is None


def test_differences_are_yours_minus_computed_and_points_beyond_the_curve_are_counted(written):
    written(f"curve,{X},{Y}\nfirst,10,0.95\nfirst, 50,0.4\nfirst,101,0\nsecond,20,1.2\n")
    figure, table = your_copy.compare("figure-0", OURS, SCALES, Y, LIMITS)
    assert [row[:1] + row[1:3] for row in table.rows] == [("first", "2", "1"), ("second", "1", "0")]
    assert table.rows[0][3:] == ("−0.025", "−0.100", "50")
    assert float(table.rows[1][3]) == 0
    assert [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes] == ["first", "second"]
    points = figure.axes[0].lines[1].get_xydata()
    np.testing.assert_allclose(points, [[10, 0.95], [50, 0.4], [101, 0]])


def test_our_curve_is_drawn_in_the_unit_of_the_header_with_a_factor_for_each_curve(written):
    written(f"curve,capacity / mAh cm-2,{Y}\nfirst,0.5,0.5\nsecond,1,1.5\n")
    figure, table = your_copy.compare("figure-0", OURS, SCALES, Y, LIMITS)
    assert [float(row[3]) for row in table.rows] == [0, 0]
    assert [axes.lines[0].get_xdata()[-1] for axes in figure.axes] == [1, 2]


def test_a_curve_whose_points_all_lie_beyond_ours_has_no_difference(written):
    written(f"curve,{X},{Y}\nfirst,200,0.5\n")
    assert your_copy.compare("figure-0", OURS, SCALES, Y, LIMITS)[1].rows[0][1:4] == ("0", "1", "–")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"curve,{X}\nfirst,1\n", "the header must be 'curve,capacity"),
        (f"curve,capacity / mAh,{Y}\nfirst,1,1\n", "got 'curve,capacity / mAh,voltage / V'"),
        (f"curve,{X},{Y}\n", "there must be a point below the header"),
        (f"curve,{X},{Y}\nfirst,1,1\nthird,1,1\n", "point 2: curve must be one of first, second, got 'third'"),
        (f'curve,{X},{Y}\nfirst,"1,5",1\n', "numbers with a decimal point, got '1,5' and '1'"),
        (f"curve,{X},{Y}\nfirst,1\n", "point 1: x and y must be numbers"),
        (f"curve,{X},{Y}\nfirst,1,350\n", "voltage / V must be between -1 and 6, got 350"),
        ("", "figure-0.csv: the header must be"),
    ],
)
def test_what_is_not_understood_is_said_with_its_place(text, said, written):
    written(text)
    with pytest.raises(ValueError, match=re.escape(said)):
        your_copy.compare("figure-0", OURS, SCALES, Y, LIMITS)


def cells(chapter):
    notebook = nbformat.read(ROOT / "chapters" / f"{chapter}.ipynb", 4)
    return [cell.source for cell in notebook.cells if "your-copy" in cell.metadata.get("tags", [])]


@pytest.fixture(scope="module")
def chapters():
    """What the chapters have computed when their cells compare: a half-cell, a pair of cells, a row of ratios."""
    run = half_cell.cycle(
        electrodes.si_c(), irreversible_fraction=0.268, upper_cutoff=1.5, current_density=0.07, mass_loading=8.0
    )
    _, data = half_cells.first_cycles(run, {})
    pair, many = (balancing.FullCell(electrodes.ncm90(), electrodes.si_c(), one) for one in ([1.3, 2.0], [1.1, 2.0]))
    loss = balancing.Loss.fixed(0.158)
    first = many.first_cycle(4.25, 1.5, loss=loss, warn=False)
    cycle = pair.first_cycle(4.25, 1.5, loss=loss, warn=False)
    balance = {"cells": pair, "cycle": cycle, "many": many, "hypotheses": {"set by the anode, calibrated": first}}
    return {"half-cells": {"data": data}, "balancing": balance}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem.split(".")[0])
def test_each_template_is_understood_by_the_chapter_that_draws_it(template, written, chapters):
    """A point on each curve that the template names, under each title that it names, is taken and drawn."""
    *notes, header = template.read_text(encoding="utf-8").splitlines()
    name = template.name.removesuffix(".template.csv")
    said = "\n".join(notes)
    curves = re.split(r", | or ", re.sub(r" \(.*?\)", "", re.search(r"curve: (.*?)[.;](?:\s|$)", said)[1]))
    titles = [*re.findall(r'"(capacity [^"]+)"', said), header.split(",")[1]]
    chapter = "half-cells" if name == "figure-4a" else "balancing"
    (source,) = [one for one in cells(chapter) if f'"{name}"' in one]
    for title in titles:
        points = "\n".join(f"{curve},1.5,0.5" for curve in curves)
        written(f"curve,{title},{header.split(',')[2]}\n{points}\n", name)
        shown = []
        known = {"ledger": ledger, "pd": pd, "your_copy": your_copy, "display": lambda *what: shown.extend(what)}  # noqa: B023
        exec(source, known | chapters[chapter])
        figure, table = shown
        assert [row[0] for row in table.rows] == curves
        assert len(figure.axes) == len(curves)
