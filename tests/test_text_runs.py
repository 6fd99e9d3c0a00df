"""Whatever the text tells a reader to type is typed here: in a fresh process, from top to bottom."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from poetke2021 import example_files
from sicell import graphite, ncm90
from sicell.circuit import parse

ROOT = Path(__file__).resolve().parent.parent
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "index.md", *sorted((ROOT / "chapters").glob("*.md"))]
PYTHON, SHELL = ("python", "py", "python3", "pycon", "ipython"), ("sh", "bash", "shell", "console", "zsh")
# What the commands read and what they find beside them, in a folder that is not the checkout.
LINKED = ("Makefile", "pyproject.toml", "requirements.lock", ".venv", "chapters", "data", "lib", "tools")


def blocks(text):
    """Return (language, source) of each fenced block, ``{code-block} python`` and the like included."""
    found = re.findall(r"^(`{3,}|~{3,}|:{3,})(\{[\w-]+\} *)?(\w*)[^\n]*\n(.*?)^\1 *$", text, re.M | re.S)
    return [(language, source) for _, _, language, source in found]


def commands(text):
    """Return the commands of all shell blocks, as a shell would split them into lines, without comments."""
    joined = "\n".join(source for language, source in blocks(text) if language in SHELL).replace("\\\n", " ")
    lines = (shlex.join(shlex.split(line.removeprefix("$ "), comments=True)) for line in joined.split("\n"))
    return [line for line in lines if line]


def run_blocks(text, folder):
    """Run the Python blocks of a text as one program; return what each printed, or fail with its message."""
    sources = [source for language, source in blocks(text) if language in PYTHON]
    program = 'print("\\x1e")\n'.join(sources)
    environment = {**os.environ, "MPLBACKEND": "agg", "PYTHONPATH": ""}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\x1e\n")


def shown(text):
    """Return for each Python block the text block that directly follows it, or None."""
    found = re.finditer(r"^```(\w*)\n(.*?)^```$(?:\n*^```text\n(.*?)^```$)?", text, re.M | re.S)
    return [match[3] for match in found if match[1] in PYTHON]


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_python_blocks_run_in_a_fresh_process_and_print_what_is_shown(path, tmp_path):
    text = path.read_text(encoding="utf-8")
    if not any(language in PYTHON for language, _ in blocks(text)):
        return
    for printed, expected in zip(run_blocks(text, tmp_path), shown(text), strict=True):
        assert expected is None or printed.split("\n") == expected.split("\n")


def test_readme_shows_results_of_python():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(shown(text)) >= 2
    assert all(shown(text)), "each block of the README shows what it prints"


@pytest.mark.parametrize("name", ["frequency", "first.anode_potential"])
def test_a_block_that_uses_what_is_not_defined_fails(name, tmp_path):
    text = f"```python\nimport sicell\nfirst = 1\n```\n\n```python\n{name}\n```\n"
    with pytest.raises(AssertionError, match=r"NameError|AttributeError"):
        run_blocks(text, tmp_path)


@pytest.fixture
def folder(tmp_path):
    """Return a folder like a checkout in which somebody has put two files of their own."""
    for name in LINKED:
        (tmp_path / name).symlink_to(ROOT / name)
    charge = np.linspace(0, 2.1, 500)
    voltage = ncm90().potential(0.94 - charge / 2.7, "delithiation")
    voltage -= graphite().potential(0.02 + charge / 2.9, "lithiation")
    voltage += np.random.default_rng(1).normal(scale=5e-4, size=charge.size)
    lines = ["EC-Lab ASCII FILE", "Nb header lines : 3", "time/s\tEwe/V\t<I>/mA\t(Q-Qo)/mA.h"]
    lines += [f"{36000 * q:.3f}\t{u:.6f}\t0.1\t{q:.6f}" for q, u in zip(charge, voltage, strict=True)]
    (tmp_path / "my-cell.mpt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    frequency = np.geomspace(1e6, 0.01, 60)
    impedance = parse("R0-p(R1,CPE1)").impedance(frequency, [5, 20, 1e-4, 0.85])
    example_files.write_mpt(tmp_path / "my-spectrum.mpt", frequency, impedance, comment="synthetic")
    return tmp_path


ALL_COMMANDS = sorted({command for path in TEXTS for command in commands(path.read_text(encoding="utf-8"))})
IN_CI = re.findall(r"\bmake (\w+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))


def repeated(command):
    """Return whether a command is one that CI itself runs, with this test in it."""
    words = command.split()
    return words[0] == "make" and len(words) == 2 and words[1] in IN_CI


@pytest.mark.parametrize("command", [command for command in ALL_COMMANDS if not repeated(command)])
def test_shell_commands_run(command, folder):
    before = set(folder.iterdir()) | set((ROOT / "_build").rglob("*"))
    done = subprocess.run(command, cwd=folder, shell=True, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = (set(folder.iterdir()) | set((ROOT / "_build").rglob("*"))) - before
    assert made, "each of these commands makes something"
    for path in made:
        if path.is_relative_to(ROOT) and path.is_file():
            path.unlink()


def test_shell_blocks_are_found_and_the_first_two_commands_are_run_by_ci():
    assert {"make book", "make test"} <= set(ALL_COMMANDS)
    assert commands("```sh\nmake \\\n  book  # builds\n# nothing\n\n```") == ["make book"]
    assert repeated("make book")
    assert not repeated("make book now")


def test_targets_and_programs_that_a_text_names_exist():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    for path in [*TEXTS, *sorted((ROOT / "chapters").glob("*.ipynb"))]:
        text = path.read_text(encoding="utf-8")
        for target in re.findall(r"`make ([a-z]\w*)", text):
            assert target in targets, f"{path.name}: make {target}"
        for program in re.findall(r"`\.venv/bin/([\w-]+)", text):
            assert (ROOT / ".venv" / "bin" / program).exists(), f"{path.name}: .venv/bin/{program}"
