"""The build: warnings and errors fail it, it never shows stale numbers, and it does nothing twice."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from companion.tables import TableView, table

ROOT = Path(__file__).resolve().parent.parent
NUMBER = "The ratio is"


def notebook(path, *sources):
    cells = [nbformat.v4.new_markdown_cell("# A chapter")]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def test_a_table_without_verdicts_says_nothing_of_hits():
    spec = importlib.util.spec_from_file_location("fold", ROOT / "_ext" / "fold.py")
    fold = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fold)

    def said(view):
        return fold.score(BeautifulSoup(view._repr_html_(), "html.parser"))

    assert said(table({"quantity": ["amplitude"], "printed": ["10 mV"]})) == ""
    rows = (("a", "✓"), ("b", "✓"), ("c", "✗"))
    assert said(TableView("Board", ("claim", "verdict"), rows, marks=("hit", "hit", "miss"))) == ": 2 hits, 1 miss"


@pytest.fixture
def small_book(tmp_path, monkeypatch):
    """A checkout with the real tools, library and data, and a book of one chapter that prints one claim."""
    for name in ("tools", "_ext", "_static", "lib", "data"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("_config.yml", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n  - file: chapters/one\n")
    (tmp_path / "index.md").write_text("# A small book\n\nText.\n")
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "references.bib").write_text("")
    code = f"from companion import ledger\nprint('{NUMBER}', ledger.value('np-ratio-rate-test'))"
    notebook(tmp_path / "chapters" / "one.ipynb", code)
    # the copy's library, not the one that is installed
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "lib"))
    return tmp_path


def build(folder):
    command = [sys.executable, str(folder / "tools" / "build_book.py")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def page(folder):
    return (folder / "_build" / "html" / "chapters" / "one.html").read_text(encoding="utf-8")


def replace(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_numbers_are_never_stale_and_nothing_is_done_twice(small_book):
    code, output = build(small_book)
    assert code == 0, output
    assert f"{NUMBER} 1.3" in page(small_book)

    # what tests and editors leave behind is no reason to build again
    for litter in (".pytest_cache", ".hypothesis", ".ruff_cache", "lib/sicell/__pycache__"):
        (small_book / litter).mkdir(exist_ok=True)
        (small_book / litter / "litter.md").write_text("# litter\n\n{doc}`nowhere`\n")
    code, output = build(small_book)
    assert (code, "up to date" in output) == (0, True), output

    # a change in the data shows
    line = next(
        row
        for row in (small_book / "data/paper/claims.csv").read_text().split("\n")
        if row.startswith("np-ratio-rate-test,")
    )
    replace(small_book / "data/paper/claims.csv", line, line.replace(",1.3,", ",1.4,"))
    code, output = build(small_book)
    assert code == 0, output
    assert f"{NUMBER} 1.4" in page(small_book)

    # a change in the library shows
    replace(small_book / "lib/companion/ledger.py", "    return found.value\n", "    return 10 * found.value\n")
    code, output = build(small_book)
    assert code == 0, output
    assert f"{NUMBER} 14.0" in page(small_book)


def test_what_is_wrong_fails_the_build_each_time_until_it_is_repaired(small_book):
    text, chapter = small_book / "index.md", small_book / "chapters" / "one.ipynb"
    text.write_text("# A small book\n\n{doc}`chapters/nowhere`\n")
    for _ in range(2):
        code, output = build(small_book)
        assert code != 0
        assert "nowhere" in output
        assert "the book was not built" in output
    text.write_text("# A small book\n\nText.\n")
    notebook(chapter, "raise RuntimeError('this model broke')")
    for _ in range(2):
        code, output = build(small_book)
        assert code != 0
        assert "this model broke" in output
    notebook(chapter, "import warnings\nwarnings.warn('not to be trusted')")
    code, output = build(small_book)
    assert code != 0
    assert "stderr" in output
    notebook(chapter, "print('all is well')")
    code, output = build(small_book)
    assert code == 0, output


@pytest.mark.book
def test_running_the_tests_leaves_the_book_of_this_checkout_up_to_date():
    """`make book test book` builds once: nothing that tests write counts as a change."""
    spec = importlib.util.spec_from_file_location("build_book", ROOT / "tools" / "build_book.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.up_to_date(), "run: make book"
