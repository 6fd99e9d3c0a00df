"""The chapters as notebooks: canonical, complete, and caught when a stored number is wrong."""

import importlib.util
import re
import subprocess
import sys
from itertools import zip_longest
from pathlib import Path

import nbformat
import pytest

import kernel_ports

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


def load_tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tool = load_tool("notebooks")


def name(path):
    return path.stem


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_chapter_is_canonical(path):
    assert tool.faults(path) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_chapter_has_its_anatomy(path):
    if path.stem in ("execution", "ledger"):
        pytest.skip("a report, not a chapter")
    text = "\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown")
    for heading in ("You will learn", "Before you start", "Exercises", "Limits of validity", "Summary"):
        assert re.search(rf"^#+ .*{heading}|\*\*{heading}|admonition.*{heading}", text, re.M), heading
    exercises = len(re.findall(r"\{exercise(?:-start)?\}", text))
    assert 3 <= exercises <= 6
    assert len(re.findall(r"\{solution(?:-start)?\}", text)) == exercises


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_cells_are_short_and_hold_no_model(path):
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            assert len(cell.source.split("\n")) <= 25
            assert not re.search(r"^\s*(def|class) ", cell.source, re.M), cell.source.split("\n")[0]


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_figures_have_caption_alternative_text_name_and_data(path):
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    for cell, following in zip_longest(cells, cells[1:]):
        if cell.source.endswith("\nfigure"):
            settings = cell.metadata.get("mystnb", {})
            assert len(settings["image"]["alt"].split()) >= 8
            assert settings["figure"]["caption"]
            assert settings["figure"]["name"].startswith("fig-")
            assert "plotting.download(" in following.source, "the numbers behind a figure can be downloaded"


@pytest.mark.book
@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_chapter_stores_what_the_book_computed(path):
    """The book ran each chapter; that this was with the library as it stands is what its stamp says (test_build)."""
    assert tool.stale(path) == []


def test_a_changed_number_and_a_chapter_that_was_not_run_are_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "CACHE", tmp_path / "cache")
    cells = [nbformat.v4.new_code_cell("print(round(7.64 * 0.6, 3), 'mg')"), nbformat.v4.new_code_cell("2 + 2")]
    path = tmp_path / "small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    tool.execute(path)
    text = path.read_text()
    assert "4.584" in text
    assert tool.stale(path) == ["the book has not run it (make book)"]
    tool.get_cache(tool.CACHE).cache_notebook_file(path, check_validity=False)
    assert tool.stale(path) == []
    path.write_text(text.replace("4.584", "4.585"))
    (said,) = tool.stale(path)
    assert "4.585 mg" in said
    assert "4.584 mg" in said
    path.write_text(text.replace('"4"', '"5"'))
    assert len(tool.stale(path)) == 1


def test_a_notebook_stripped_of_its_outputs_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    cell = nbformat.v4.new_code_cell("print(1)")
    path = tmp_path / "stripped.ipynb"
    path.write_text(nbformat.writes(tool.canonical(nbformat.v4.new_notebook(cells=[cell]))) + "\n")
    assert any("has no stored output" in fault for fault in tool.faults(path))


def test_canonical_form_keeps_text_and_drops_pictures():
    outputs = [
        nbformat.v4.new_output(
            "display_data", {"image/svg+xml": "<svg/>", "text/plain": "<Figure>"}, metadata={"a": 1}
        ),
        nbformat.v4.new_output("display_data", {"text/html": "<b>x</b>"}),
        nbformat.v4.new_output("stream", name="stdout", text="one\n"),
        nbformat.v4.new_output("stream", name="stdout", text="two\n"),
    ]
    cell = nbformat.v4.new_code_cell("print(1)", outputs=outputs, execution_count=17, metadata={"scrolled": True})
    notebook = tool.canonical(
        nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": {"name": "mine", "display_name": "My own"}})
    )
    assert [dict(output.get("data", {})) or output.text for output in notebook.cells[0].outputs] == [
        {"text/plain": "<Figure>"},
        "one\ntwo\n",
    ]
    assert notebook.cells[0].execution_count == 1
    assert notebook.cells[0].metadata == {}
    assert notebook.metadata.kernelspec.name == "python3"
    assert tool.canonical(notebook) == notebook


def test_an_exercise_shares_its_cell_with_nothing():
    text = """## Exercises

```{exercise}
:label: ex-one
A fence within a fence:
~~~
```{solution-start} no-directive
~~~
```
```{solution-start} ex-one
:class: dropdown
```
Forty-two.
```{solution-end}
```
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])
    sources = [cell.source for cell in tool.canonical(notebook).cells]
    assert [source.split("\n")[0] for source in sources] == [
        "## Exercises",
        "```{exercise}",
        "```{solution-start} ex-one",
        "Forty-two.",
        "```{solution-end}",
    ]
    assert sources[1].endswith("~~~\n```")
    assert tool.canonical(tool.canonical(notebook)) == tool.canonical(notebook)


def sources(notebook):
    return "\n".join(cell.source for cell in notebook.cells)


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_handout_of_a_chapter_has_every_exercise_and_no_solution(path):
    if path.stem in ("execution", "ledger"):
        pytest.skip("a report, not a chapter")
    chapter = nbformat.read(path, 4)
    lines, solution, inside = sources(chapter).split("\n"), [], False
    for line in lines:
        inside |= "{solution-start}" in line
        solution += [line] if inside and len(line) > 5 and line.strip("`") else []
        inside &= "{solution-end}" not in line
    labels = re.findall(r"\{exercise(?:-start)?\}[^\n]*\n:label: (\S+)", "\n".join(lines))
    assert len(labels) == sum("{solution-start}" in line for line in lines) > 0
    handout = sources(tool.handout(chapter))
    assert re.findall(r"\{exercise(?:-start)?\}[^\n]*\n:label: (\S+)", handout) == labels
    assert handout.count("# your solution") == len(labels)
    for line in solution:
        left = handout.split("\n").count(line)
        assert left == lines.count(line) - solution.count(line), line


# The quickest two; `make handouts` runs all of them.
@pytest.mark.parametrize("chapter", ["introduction", "np-explorer"])
def test_handout_runs(chapter, tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "HANDOUTS", tmp_path)
    written = tool.write_handout(ROOT / "chapters" / f"{chapter}.ipynb")
    assert "# your solution" in sources(nbformat.read(written, 4))
    assert tool.write_handout(ROOT / "chapters" / "execution.ipynb") is None


def as_one_cell(*texts):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("\n".join(texts))])


def test_handout_of_a_cell_that_holds_everything():
    exercise = "```{exercise}\n:label: ex-one\nHow much?\n```"
    text = exercise + "\n```{solution-start} ex-one\n```\n42\n```{solution-end}\n```\nMore."
    closed = ":::{exercise}\nHow many?\n:::\n:::{solution} ex-two\nSeven.\n:::"
    kept = [cell.source for cell in tool.handout(as_one_cell(text, closed)).cells]
    assert kept == [
        exercise,
        "# your solution\n",
        "More.",
        ":::{exercise}\nHow many?\n:::",
        "# your solution\n",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("```{solution-start} ex-one\n```\n42", "the last solution has no end"),
        ("Well.\n```{solution-end}\n```", "a solution ends that has not started, after 'Well.'"),
        ("```{solution-start} a\n```\n1\n```{solution-start} b\n```", "a solution starts within another"),
    ],
)
def test_handout_of_unpaired_solutions_fails(text, said):
    with pytest.raises(ValueError, match=said):
        tool.handout(as_one_cell(text))


def test_no_two_processes_start_kernels_on_the_same_port():
    asked = (
        "import kernel_ports as k; from jupyter_client.connect import LocalPortCache as C; k.own();"
        "print(*(C.instance().find_available_port('127.0.0.1') for _ in range(20)), flush=True); input()"
    )
    command, streams = [sys.executable, "-c", asked], {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    running = [subprocess.Popen(command, cwd=ROOT / "tools", text=True, **streams) for _ in range(4)]
    ports = [int(port) for one in running for port in one.stdout.readline().split()]
    for one in running:
        one.communicate("\n")
    assert len(set(ports)) == len(ports) == 80
    # where no system looks for the port of a connection
    assert max(ports) < 32768


def test_a_process_that_gives_ports_back_never_runs_out_and_a_fork_takes_its_own():
    ports = kernel_ports.PortsOfThisProcess()
    first = []
    for _ in range(3 * kernel_ports.BLOCK):
        first.append(ports.find_available_port("127.0.0.1"))
        ports.return_port(first[-1])
    ports._owner -= 1  # as a fork finds it
    assert ports.find_available_port("127.0.0.1") not in first


def test_more_kernels_than_ports_is_said():
    ports = kernel_ports.PortsOfThisProcess()
    given = {ports.find_available_port("127.0.0.1") for _ in range(kernel_ports.BLOCK - 1)}
    assert len(given) == kernel_ports.BLOCK - 1
    with pytest.raises(OSError, match="in use by kernels"):
        ports.find_available_port("127.0.0.1")
