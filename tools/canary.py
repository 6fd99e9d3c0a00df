"""Build the book with the newest Sphinx, theme and MyST, chapters executed: what will break is known before it does.

Jupyter Book 1 holds Sphinx at 7, so it writes its settings as a ``conf.py`` and Sphinx alone builds from that, in an
environment and a folder of its own. Each warning is listed, and one that is not explained here fails.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".cache" / "canary"
SOURCES = ["chapters", "index.md", "_config.yml", "_toc.yml", "_ext", "_static", "data", "lib", "tools"]
SOURCES += ["CITATION.cff", "LICENSE", "LICENSE-TEXT", "README.md", "pyproject.toml"]
# What the book's extensions are called where packages are published.
NEWEST = ["sphinx", "sphinx-book-theme", "myst-nb", "sphinx-exercise", "sphinx-mathjax-offline", "sphinxcontrib-bibtex"]
NEWEST += ["sphinx-comments", "sphinx-copybutton", "sphinx-design", "sphinx-external-toc", "sphinx-togglebutton"]
NEWEST += [
    "sphinx-jupyterbook-latex",
    "sphinx-multitoc-numbering",
    "sphinx-thebe",
    "linkify-it-py",
    "ipykernel",
    "pyyaml",
]
SHOWN = ("sphinx", "sphinx-book-theme", "myst-nb", "myst-parser", "docutils", "numpy", "matplotlib")
# A warning that is no fault of the book: its pattern, and the reason.
EXPLAINED: dict[str, str] = {}


def run(*command, **options):
    """Run a command and return its output, errors included; stop if it fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"make: this failed: {' '.join(map(str, command))}\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout


def environment():
    """Make an environment with the newest of everything; return its Python."""
    python = WORK / "venv" / "bin" / "python"
    run(sys.executable, "-m", "venv", WORK / "venv")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--upgrade"]
    run(*pip, *NEWEST, WORK / "book")
    versions = run(python, "-m", "pip", "list", "--format=freeze", "--disable-pip-version-check")
    found = dict(line.lower().split("==") for line in versions.split() if "==" in line)
    print("make: built with " + ", ".join(f"{name} {found.get(name, '?')}" for name in SHOWN), flush=True)
    return python


def settings():
    """Write ``conf.py`` as Jupyter Book gives it, without Jupyter Book and with our extensions where they are."""
    run(Path(sys.executable).with_name("jupyter-book"), "config", "sphinx", ".", cwd=WORK / "book")
    conf = WORK / "book" / "conf.py"
    text = conf.read_text(encoding="utf-8").replace("'jupyter_book', ", "")
    head = "import sys\nfrom pathlib import Path\n\nsys.path.insert(0, str(Path(__file__).parent / '_ext'))\n"
    # this page asks which Jupyter Book is installed, and here there is none
    tail = "\nnb_execution_excludepatterns = ['chapters/execution.ipynb']\n"
    conf.write_text(head + text + tail, encoding="utf-8")


def main():
    """Build and count warnings."""
    start = time.monotonic()
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "book").mkdir(parents=True)
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, WORK / "book" / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        else:
            shutil.copy(source, WORK / "book")
    python = environment()
    settings()
    build = [python, "-m", "sphinx", "-n", "-q", "-b", "html", ".", WORK / "html"]
    done = subprocess.run(
        [str(part) for part in build], cwd=WORK / "book", capture_output=True, text=True, env=os.environ
    )
    lines = [line for line in done.stderr.split("\n") if re.search(r"WARNING|ERROR|CRITICAL|Deprecat", line)]
    explained = {line for line in lines if any(re.search(pattern, line) for pattern in EXPLAINED)}
    left = [line for line in lines if line not in explained]
    print("\n".join(left))
    pages = len(list((WORK / "html").rglob("*.html")))
    size = sum(path.stat().st_size for path in (WORK / "html").rglob("*") if path.is_file()) / 1e6
    taken = time.monotonic() - start
    print(f"make: {pages} pages, {size:.0f} MB, {taken:.0f} s, {len(left)} warnings, {len(explained)} explained ones")
    if done.returncode and not left:
        print(done.stderr[-3000:])
    return bool(done.returncode or left)


if __name__ == "__main__":
    sys.exit(main())
