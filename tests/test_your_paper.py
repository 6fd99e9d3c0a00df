"""The page for authors of another paper is followed to the letter: files made, book built, evidence checked."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "chapters" / "your-paper.md").read_text(encoding="utf-8")


def follow(folder):
    """Write what the page says, in its order: a path on a line of its own before a block, or rows to add."""
    pattern = r"^(Add these rows to )?`([\w./]+)`\n\n(`{3,})\w+\n(.*?)^\3$"
    for add, path, _, content in re.findall(pattern, PAGE, re.M | re.S):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text((target.read_text(encoding="utf-8") if add else "") + content, encoding="utf-8")


def commands():
    """Return the commands of the section on building, each as a shell would split it."""
    (block,) = re.findall(r'```text\nexport PYTHONPATH="\$PWD"\n(.*?)```', PAGE, re.S)
    return [shlex.split(line) for line in block.strip().split("\n")]


def run(folder, command):
    programs = {"python": [sys.executable], "jupyter-book": [str(Path(sys.executable).with_name("jupyter-book"))]}
    # as `make` sets it for the book: a notice of ipykernel about transport stays off the page
    environment = {**os.environ, "PYTHONPATH": str(folder), "IPYTHONDIR": str(ROOT / ".venv" / "ipython")}
    return subprocess.run(
        [*programs[command[0]], *command[1:]], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_the_page_has_about_600_words():
    prose = re.sub(r"^(`{3,}).*?^\1$", "", PAGE, flags=re.M | re.S)
    assert 450 < len(prose.split()) < 700


def test_a_newcomer_who_follows_the_page_has_a_book_with_a_hit(tmp_path):
    follow(tmp_path)
    assert len(commands()) == 4
    said = []
    for command in commands():
        done = run(tmp_path, command)
        assert done.returncode == 0, f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        said.append(done.stdout)
    page = (tmp_path / "_build" / "html" / "chapters" / "electrode.html").read_text(encoding="utf-8")
    assert 'id="claim-electrode-area"' in page
    assert "✓ hit" in page
    kept = json.loads((tmp_path / "first.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in kept["claims"]] == ["electrode-area", "electrode-diameter"]
    assert kept["claims"][0]["computed"]["read_set"] == ["electrode-diameter"]
    assert "2 claims computed again, 0 differences" in said[2]
    assert "mypaper/electrode.py" in said[3]
    # a tolerance that is widened afterwards is named
    table = tmp_path / "mypaper" / "claims.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",0.005,", ",0.5,"), encoding="utf-8")
    done = run(tmp_path, commands()[2])
    assert done.returncode == 1
    assert "electrode-area: tolerance 0.005, now 0.5" in done.stdout


def test_an_empty_ledger_is_a_ledger(tmp_path):
    follow(tmp_path)
    table = tmp_path / "mypaper" / "claims.csv"
    table.write_text(table.read_text(encoding="utf-8").split("\n")[0] + "\n", encoding="utf-8")
    (tmp_path / "mypaper" / "electrode.py").write_text("", encoding="utf-8")
    done = run(tmp_path, ["python", "-m", "companion", "--paper", "mypaper", "export"])
    assert json.loads(done.stdout)["claims"] == []


@pytest.mark.parametrize("package", ["nopaper"])
def test_a_paper_that_is_not_there_fails_with_its_name(tmp_path, package):
    done = run(tmp_path, ["python", "-m", "companion", "--paper", package, "export"])
    assert done.returncode == 2
    assert done.stderr == "companion: No module named 'nopaper'\n"
