"""Run every test: the library, the data, the repository, the built book, and the chapters as the book has run them.

What is given on the command line goes to pytest in place of everything: ``make test ARGS="tests/test_ledger.py -k x"``.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The tests of one file belong to one process: they share a browser. Files begin in the order of conftest.py.
PARALLEL = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-q"]
COVERAGE = ["--cov", "--cov-report", "term-missing:skip-covered", "--cov-fail-under", "95"]


def pytest(*arguments):
    """Run pytest and return its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT).returncode


def main(arguments):
    """Run pytest over what was asked for, or over all there is."""
    return pytest(*(arguments or ["tests", "lib", "--doctest-modules", *COVERAGE, *PARALLEL]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
