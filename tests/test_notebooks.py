"""The chapters as notebooks: canonical, complete, and caught when a stored number is wrong."""

import importlib.util
import re
import socket
import subprocess
import sys
import zipfile
from contextlib import ExitStack
from itertools import zip_longest
from pathlib import Path

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

import kernel_ports
import plain

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
def test_an_exercise_says_how_hard_it_is_and_its_solution_what_it_teaches(path):
    cells = nbformat.read(path, 4).cells
    for at, cell in enumerate(cells):
        begun = re.match(r"`{3,}\{exercise(?:-start)?\} (.*)", cell.source)
        assert bool(begun) == bool(re.match(r"`{3,}\{exercise(?!-end)", cell.source)), cell.source
        if not begun:
            continue
        level = begun[1].split(", ")[-1]
        assert level in ("easy", "medium", "hard", "open"), cell.source
        end = next(n for n in range(at, len(cells)) if "{solution-end}" in cells[n].source)
        task = "".join(one.source for one in cells[at:end] if "{solution" not in one.source)
        assert cells[end - 1].cell_type == "markdown", f"no lesson after the code: {cell.source}"
        assert ("**Rubric.**" in task) == (level == "open"), cell.source
        # whoever has to compute is told with which function or table
        if any(one.cell_type == "code" for one in cells[at:end]) and level != "open":
            assert re.search(r"\*Hint:\*.*`", task), cell.source


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_the_limits_begin_with_a_short_list_which_the_page_leaves_open(path):
    if path.stem in ("execution", "ledger"):
        pytest.skip("a report, not a chapter")
    text = "\n\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown")
    limits = re.search(r"^## Limits of validity\n\n((?:- .+\n)+)\n", text, re.M)
    assert limits, "a list right below the heading is not folded (_ext/fold.py)"
    assert 2 <= len(limits[1].splitlines()) <= 4


def test_a_chapter_and_the_page_for_lecturers_say_the_same_times_level_and_what_to_read_before():
    page = (ROOT / "chapters" / "lecturers.md").read_text(encoding="utf-8")
    row = r"^\| \{doc\}`([\w-]+)` \| (\d+), (\d+) \| ([^|]+) \| ([^|]+) \|"
    said = {
        name: (*facts, set(re.findall(r"<([\w-]+)>", before))) for name, *facts, before in re.findall(row, page, re.M)
    }
    own = {}
    for path in CHAPTERS:
        text = nbformat.read(path, 4).cells[0].source
        if facts := re.search(r"(\d+) minutes to (?:read|play), (\d+) to work through[^·]*· ([^·]+) ·", text):
            own[path.stem] = facts.groups()
            necessary = re.search(r"^Necessary: ([^.]*)", text, re.M)
            if necessary:
                assert said[path.stem][3] == set(re.findall(r"\{doc\}`([\w-]+)`", necessary[1])), path.stem
    assert {name: facts[:3] for name, facts in said.items()} == own


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


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_no_colour_is_the_key_to_a_figure(path):
    """A dark page inverts a figure, and not everyone sees a hue: captions name shapes (carbon black is a substance)."""
    colors = r"(?<!carbon )\b(light|dark|black|white|gr[ae]y|red|green|blue|purple|pink|orange|yellow|colou?red)\b"
    figures = [cell.metadata["mystnb"] for cell in nbformat.read(path, 4).cells if "mystnb" in cell.metadata]
    texts = [text for one in figures for kind in ("figure", "image") for text in one.get(kind, {}).values()]
    assert [text for text in texts if re.search(colors, text, re.I)] == []


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


def test_a_number_that_the_text_quotes_is_stored_and_follows_the_computation(tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "ROOT", tmp_path)
    code = "from companion.tables import glue\n\nhalf = {} / 2\nglue(1, half=half)"
    texts = {}
    for number in (3, 5):
        cells = [
            nbformat.v4.new_code_cell(code.format(number), metadata={"tags": ["remove-cell"]}),
            nbformat.v4.new_markdown_cell("Half of it is {glue:text}`half`."),
        ]
        path = tmp_path / f"{number}.ipynb"
        path.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
        tool.execute(path)
        assert tool.faults(path) == []
        texts[number] = sources(tool.handout(nbformat.read(path, 4)))
    assert texts == {3: "Half of it is 1.5.", 5: "Half of it is 2.5."}
    shown = nbformat.read(path, 4)
    shown.cells[0].metadata = {}
    path.write_text(nbformat.writes(tool.canonical(shown)) + "\n")
    assert any("tag it remove-cell" in fault for fault in tool.faults(path))


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
    student, full = (sources(tool.handout(nbformat.read(path, 4), solutions)) for solutions in (False, True))
    for text in (student, full):
        assert re.findall(r"^### Exercise (\d+)", text, re.M) == [str(n + 1) for n in range(len(labels))]
        # no role and no directive is left that a Jupyter without the book's tools would show as it is written
        assert plain.left(text) == []
    assert student.count("# your solution") == len(labels)
    assert full.count("**Solution of Exercise") == len(labels)
    assert "# your solution" not in full
    assert "**Solution of" not in student
    for line in solution:
        left = student.split("\n").count(line)
        assert left <= lines.count(line) - solution.count(line), line


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handouts")
    return folder, {path.name for path in tool.pack(folder)}


def test_handouts_are_two_files_each_with_every_chapter_and_the_library_that_it_installs(packed):
    folder, chapters = packed
    assert chapters == {path.name for path in CHAPTERS if path.stem not in ("execution", "ledger")}
    for kind in ("student", "solutions"):
        with zipfile.ZipFile(folder / f"{kind}.zip") as pack:
            (wheel,) = set(pack.namelist()) - chapters
            assert wheel.startswith("sicell-")
            for name in chapters:
                written = nbformat.reads(pack.read(name), 4)
                assert "%pip install" in written.cells[0].source
                assert not any(cell.get("outputs") for cell in written.cells)


# The quickest two; `make handouts` runs all of them.
@pytest.mark.parametrize("chapter", ["introduction", "np-explorer"])
def test_handout_runs(chapter, packed, tmp_path):
    with zipfile.ZipFile(packed[0] / "student.zip") as pack:
        pack.extract(f"{chapter}.ipynb", tmp_path)
    tool.run_handout(tmp_path / f"{chapter}.ipynb")
    written = nbformat.read(tmp_path / f"{chapter}.ipynb", 4)
    written.cells[1:] = [nbformat.v4.new_code_cell("raise SystemError('a handout that fails')")]
    nbformat.write(written, tmp_path / "wrong.ipynb")
    with pytest.raises(CellExecutionError, match="a handout that fails"):
        tool.run_handout(tmp_path / "wrong.ipynb")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            "see {doc}`balancing` and {doc}`that page <half-cells>`",
            "see *Balancing and the third electrode* and *that page*",
        ),
        ("the {term}`n/p ratio`, {term}`empty <lithiation>`", "the n/p ratio, empty"),
        ("{cite:p}`poetke2021`", "(Poetke et al., 2021)"),
        (r"{math}`\ce{Li15Si4}` and {math}`x^2`", r"$\mathrm{Li_{15}Si_{4}}$ and $x^2$"),
        (r"{math}`\ce{Li_{3.5}Si}`", r"$\mathrm{Li_{3.5}Si}$"),
        ("```{math}\n:label: eq-one\na = b\n```\nby {eq}`eq-one`", "$$\na = b\n\\tag{1}\n$$\nby (1)"),
        (
            "```{admonition} Note well\n:class: tip\nFirst.\n\nSecond.\n```",
            "> **Note well**\n>\n> First.\n>\n> Second.",
        ),
        (":::{note}\nOne.\n:::", "> **Note**\n>\n> One."),
        ("(target)=\n## Title", "## Title"),
    ],
)
def test_what_only_the_book_understands_becomes_plain_markdown(written, said):
    assert sources(tool.handout(as_one_cell(written))) == said


def as_one_cell(*texts):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("\n".join(texts))])


def test_handout_of_a_cell_that_holds_everything():
    text = (
        "```{exercise}\n:label: ex-one\nHow much?\n```"
        + "\n```{solution-start} ex-one\n```\n42\n```{solution-end}\n```\nMore."
    )
    closed = ":::{exercise}\n:label: ex-two\nHow many?\n:::\n:::{solution} ex-two\nSeven.\n:::"
    kept = [cell.source for cell in tool.handout(as_one_cell(text, closed)).cells]
    assert kept == [
        "### Exercise 1\n\nHow much?",
        "# your solution\n",
        "More.",
        "### Exercise 2\n\nHow many?",
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


def test_a_process_never_runs_out_of_ports_that_nobody_gave_back_and_a_fork_takes_its_own():
    ports = kernel_ports.PortsOfThisProcess()
    first = [ports.find_available_port("127.0.0.1") for _ in range(3 * kernel_ports.BLOCK)]
    assert all(len(set(first[i : i + 50])) == 50 for i in range(len(first) - 50))
    ports._owner -= 1  # as a fork finds it
    assert ports.find_available_port("127.0.0.1") not in first


def test_a_port_that_is_listened_on_is_not_offered_and_more_kernels_than_ports_is_said():
    ports = kernel_ports.PortsOfThisProcess()
    with ExitStack() as kernels:
        for _ in range(kernel_ports.BLOCK - 1):
            kernels.enter_context(socket.create_server(("127.0.0.1", ports.find_available_port("127.0.0.1"))))
        with pytest.raises(OSError, match="in use by kernels"):
            ports.find_available_port("127.0.0.1")
    assert ports.find_available_port("127.0.0.1")


GREEK = "alpha|Gamma|Delta|varepsilon|theta|lambda|nu|rho|sigma|tau|chi|omega"
NO_SYMBOL = r"\\(?:text|mathrm|ce|begin|end)\{(?:[^{}]|\{[^{}]*\})*\}|:label:.*|\\underbrace"


def letters(formula):
    """Return the letters and Greek letters of a formula, without words, units and the names of elements."""
    formula = re.sub(NO_SYMBOL, " ", formula)
    greek = re.findall(rf"\\({GREEK})(?![A-Za-z])", formula)
    return {*greek, *re.findall("[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", formula))}


def test_letters_of_a_formula_are_read():
    assert letters(r"x(E) = \sum_j \frac{X_j}{1 + \exp[F/(R T \omega_j)]} \ \mathrm{mAh} \ce{Li}") == set("xEjXFRT") | {
        "omega"
    }


@pytest.mark.parametrize("path", CHAPTERS, ids=name)
def test_each_letter_of_a_formula_is_on_the_page_of_symbols(path):
    page = (ROOT / "chapters" / "symbols.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    known = {"j", "s", "e"}  # an index or the imaginary unit; swept; Euler's number
    for row in rows:
        if "{doc}" not in row or f"`{path.stem}`" in row:
            known |= letters(" ".join(re.findall(r"\$([^$]+)\$", row)))
    text = "\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown")
    used = set().union(*map(letters, re.findall(r"```\{math\}\n(.*?)```", text, re.S)), set())
    assert used - known == set()
