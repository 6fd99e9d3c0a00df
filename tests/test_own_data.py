"""A chapter run on somebody's own file: by papermill as it stands, and as a report."""

import importlib.util
import json
import os
import re
import subprocess
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import papermill
import pytest
from bs4 import BeautifulSoup

from poetke2021 import spectra
from sicell import readers
from sicell.circuit import parse

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = ROOT / "chapters" / "own-spectrum.ipynb"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
COLUMNS = '{"Messfrequenz": "Frequency / kHz"}'
TRUTH = {"R0": 0.02, "R1": 0.05, "C1": 0.3}


def load_tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = load_tool("report")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with two spectra of a large cell in one table: milliohms, decimal commas, rising frequencies."""
    folder = tmp_path_factory.mktemp("own")
    frequency = np.geomspace(0.05, 5e3, 41)
    lines = ["Messfrequenz;Z' (mΩ);-Z'' (mΩ)"]
    for number, factor in enumerate((1.0, 2.0)):
        exact = parse("R0-p(R1,C1)").impedance(frequency, [TRUTH["R0"], factor * TRUTH["R1"], TRUTH["C1"]])
        noisy = spectra.add_noise(exact, 0.003, seed=number)
        lines += [
            f"{f / 1e3:.8f};{1e3 * z.real:.6f};{-1e3 * z.imag:.6f}".replace(".", ",")
            for f, z in zip(frequency, noisy, strict=True)
        ]
    (folder / "large cell.csv").write_bytes(
        "\r\n".join(lines).encode("cp1252", errors="replace").replace(b"m?", b"mOhm")
    )
    return folder


def test_chapter_runs_unchanged_on_another_file_and_circuit(folder, tmp_path):
    parameters = {"file": str(folder / "large cell.csv"), "circuit": "R0-p(R1,C1)", "which": 1, "columns": COLUMNS}
    parameters |= {"alternatives": "", "output": str(tmp_path / "tables")}
    done = papermill.execute_notebook(
        str(CHAPTER), str(tmp_path / "out.ipynb"), parameters=parameters, cwd=str(tmp_path), progress_bar=False
    )
    table = pd.read_csv(tmp_path / "tables" / "large cell-1-parameters.csv", index_col=0)
    for name, value in (TRUTH | {"R1": 2 * TRUTH["R1"]}).items():
        assert table.loc[name, "lower"] < value < table.loc[name, "upper"]
        assert table.loc[name, "value"] == pytest.approx(value, rel=0.02)
    facts = pd.read_csv(tmp_path / "tables" / "large cell-1-facts.csv", index_col=0)["value"]
    assert facts["file"] == "large cell.csv"
    assert facts["Kramers-Kronig"] == "no contradiction found"
    again = readers.read(tmp_path / "tables" / "large cell-1-spectrum.csv").spectrum
    assert np.allclose(
        again.impedance, readers.read(folder / "large cell.csv", columns=json.loads(COLUMNS)).spectra[1].impedance
    )
    source = [cell.source for cell in nbformat.read(CHAPTER, 4).cells]
    assert [cell.source for cell in done.cells if "injected-parameters" not in cell.metadata.get("tags", [])] == source


@pytest.fixture(scope="module")
def report(folder, tmp_path_factory):
    build = tmp_path_factory.mktemp("build")
    given = tool.parse("""file='large cell.csv' circuit=R0-p(R1,C1) alternatives="R0-C1; R0-p(R1,CPE1)" which=0""")
    given |= tool.parse(f"columns='{COLUMNS}'")
    return tool.make("chapters/own-spectrum.ipynb", given, folder, build)


def test_report_is_one_file_that_needs_no_network(report):
    page = report.read_text(encoding="utf-8")
    assert report.name == "own-spectrum-large cell.html"
    without_scripts = re.sub(r"<script>.*?</script>", "", page, flags=re.S)
    loads = re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=[\"']([^\"']*)", without_scripts)
    assert [one for one in loads if not one.startswith("data:")] == []
    assert "@import" not in without_scripts
    assert "<script src" not in page
    assert "cdn" not in without_scripts.lower()


def test_report_shows_results_and_nothing_of_sphinx_or_teaching(report):
    page = re.sub(r"<script>.*?</script>", "", report.read_text(encoding="utf-8"), flags=re.S)
    assert "<h1>Your own spectrum</h1>" in page
    assert "<td>R0-p(R1,C1)</td>" in page
    assert page.count("<figcaption>Figure ") == page.count('role="img"') == page.count("<figure>") == 5
    assert "large cell.csv" in page
    assert "Limits of validity" in page
    for raw in (
        "{term}",
        "{doc}",
        "{cite",
        "{numref}",
        "```",
        "admonition",
        "Exercise",
        "Before you start",
        "papermill",
        "1. Read the file",
        "Summary</h2>",
    ):
        assert raw not in page, raw
    assert "Murbach" in page
    names = re.findall(r' id="([^"]+)"', page)
    assert len(names) == len(set(names))


def test_report_puts_tables_and_notebook_beside_itself(report):
    names = {path.name for path in report.parent.iterdir()}
    assert names >= {"own-spectrum-large cell.ipynb", "large cell-0-parameters.csv", "large cell-0-facts.csv"}
    assert not any("prepared" in name for name in names)


def test_a_second_report_of_a_file_leaves_the_first(tmp_path):
    cell = nbformat.v4.new_code_cell('file = ""\nsize = 1\noutput = ""', metadata={"tags": ["parameters"]})
    cells = [cell, nbformat.v4.new_code_cell("print(size, output)")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), tmp_path / "small.ipynb")
    (tmp_path / "a.csv").write_text("1")
    build = tmp_path / "build"
    first, second, again = (
        tool.make("small.ipynb", {"file": "a.csv", "size": size}, tmp_path, build) for size in ("3", "4", "3")
    )
    assert [first.name, second.name, again.name] == ["small-a.html", "small-a-2.html", "small-a.html"]
    assert "4 " + str(build / "small-a-2") in second.read_text(encoding="utf-8")
    assert "3 " + str(build) in first.read_text(encoding="utf-8")


def test_report_of_a_file_that_cannot_be_read_ends_with_the_readers_message(tmp_path):
    (tmp_path / "bad.csv").write_text("freq/Hz;Re(Z)/furlong;-Im(Z)/Ohm\n1;2;3\n")
    parameters = nbformat.v4.new_code_cell('file = ""', metadata={"tags": ["parameters"]})
    cells = [parameters, nbformat.v4.new_code_cell("from sicell import readers\n\nreaders.read(file)")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), tmp_path / "small.ipynb")
    said = r"small\.ipynb stopped: ReaderError: bad\.csv, line 1: column 'Re\(Z\)/furlong' has the unit 'furlong'"
    with pytest.raises(SystemExit, match=said):
        tool.make("small.ipynb", {"file": "bad.csv"}, tmp_path, tmp_path / "build")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("file=my.mpt circuit=R0-p(R1,CPE1)", {"file": "my.mpt", "circuit": "R0-p(R1,CPE1)"}),
        ("""file="my file.mpt" which=2""", {"file": "my file.mpt", "which": "2"}),
        ("a=1.5 b=true c=None d=a=b e=", {"a": "1.5", "b": "true", "c": "None", "d": "a=b", "e": ""}),
    ],
)
def test_parameters_are_quoted_as_in_a_shell(text, expected):
    assert tool.parse(text) == expected


def test_values_become_numbers_where_they_look_like_numbers():
    assert [tool.value_of(text) for text in ("1.5", "2", "true", "None", "a=b", "")] == [1.5, 2, True, None, "a=b", ""]


def test_a_text_stays_a_text_and_a_failed_run_leaves_no_old_page(tmp_path):
    cells = [nbformat.v4.new_code_cell('file = ""\ncount = 1', metadata={"tags": ["parameters"]})]
    cells.append(nbformat.v4.new_code_cell("raise RuntimeError(repr((file, count)))"))
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), tmp_path / "small.ipynb")
    (tmp_path / "small.html").write_text("another run")
    with pytest.raises(SystemExit, match=r"RuntimeError: \('42', 3\)\n.*as far as it came it is .*small\.ipynb"):
        tool.make("small.ipynb", {"file": "42", "count": "3"}, tmp_path, tmp_path)
    assert not (tmp_path / "small.html").exists()


@pytest.mark.parametrize("text", ["my.mpt", "file=my file.mpt", "=x", "a b=1"])
def test_parameters_that_are_no_pairs_fail(text):
    with pytest.raises(SystemExit, match="PARAMETERS must be name=value"):
        tool.parse(text)


def test_unbalanced_quotes_fail():
    with pytest.raises(SystemExit, match="PARAMETERS cannot be read"):
        tool.parse('file="my.mpt')


@pytest.mark.parametrize(
    ("notebook", "given", "said"),
    [
        ("nothing.ipynb", {}, "NOTEBOOK must be a notebook, got 'nothing.ipynb'; for example one of .*own-spectrum"),
        ("chapters/glossary.md", {}, "NOTEBOOK must be a notebook"),
        ("chapters/impedance.ipynb", {}, "has no cell with the tag parameters; these have: .*own-spectrum"),
        ("own-spectrum", {"files": "x"}, "has no parameter 'files'; it has file, columns, which, circuit"),
    ],
)
def test_report_of_what_cannot_be_run_fails(tmp_path, notebook, given, said):
    with pytest.raises(SystemExit, match=said):
        tool.make(notebook, given, tmp_path, tmp_path / "build")


def test_report_without_a_notebook_lists_those_there_are(monkeypatch):
    monkeypatch.delenv("REPORT_NOTEBOOK", raising=False)
    with pytest.raises(SystemExit, match=r"say which chapter, for example\n  make report .*\n(.*\n)*.*own-spectrum"):
        tool.main()


def test_make_hands_parameters_on_untouched(tmp_path):
    """Neither make nor the shell may act on quotes, parentheses, dollars or semicolons."""
    given = """file="my file.mpt" circuit=R0-p(R1,CPE1) x=$HOME;ls 'y=a b'"""
    command = ["make", "--no-print-directory", "-C", str(ROOT), "-o", ".venv/.installed", "report"]
    command += ["PY=printenv REPORT_PARAMETERS REPORT_CALLED_FROM #", "NOTEBOOK=n", f"PARAMETERS={given}"]
    environment = {**os.environ, "PWD": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == [given, str(tmp_path)]


def test_sphinx_becomes_what_it_looks_like():
    text = (
        "See {numref}`fig-a`, {numref}`the plot <fig-b>`, {doc}`impedance`, {doc}`here <balancing>`, "
        "{term}`separator`,\n{term}`arcs <semicircle>`, {cite:p}`boukamp1995,schonleber2014`,\n"
        "{eq}`eq-x`, {math}`x^2`, {py:func}`~sicell.eis.fit`.\n\n"
        "```{math}\n:label: eq-x\ny = x\n```\n\n```{admonition} Mind the gap\n:class: tip\nIt is wide.\n```\n\n"
        ":::{note}\nA note.\n:::\n\n```{div} chapter-facts\n10 minutes\n```\n\n(target)=\n\n**Next:** {doc}`glossary`\n"
    )
    figure = {"mystnb": {"figure": {"name": "fig-a", "caption": "A."}}}
    cells = [nbformat.v4.new_code_cell("figure", metadata=figure), nbformat.v4.new_markdown_cell(text)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    page = BeautifulSoup(tool.page(notebook, {}, "one.ipynb"), "html.parser").main.get_text()
    assert "See Figure 1, the plot, Impedance, here, separator,\narcs, (Boukamp, 1995; Schönleber et al., 2014)" in page
    assert "(1), $x^2$, sicell.eis.fit." in page
    assert "$$\ny = x\n\\tag{1}\n$$" in page
    assert "Mind the gap\nIt is wide." in page
    assert "Note\nA note." in page
    for gone in ("10 minutes", "target", "Next", ":label:", ":class:", "{eq}"):
        assert gone not in page
