"""Run every test: the library, the data, the repository and the built book; then, by nbval, the chapters.

What is given on the command line goes to pytest in place of everything: ``make test ARGS="tests/test_ledger.py -k x"``.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The cells of one notebook belong to one process; so do the tests of one file, which share a browser.
PARALLEL = ["-n", "2", "--dist", "loadfile", "-q"]
# The notebooks run apart, since nbval would count what they execute as covered.
COVERAGE = ["--cov", "--cov-report", "term-missing:skip-covered", "--cov-fail-under", "95"]


def pytest(*arguments):
    """Run pytest and return its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT).returncode


def main(arguments):
    """Run pytest over what was asked for, or over all there is."""
    if arguments:
        return pytest(*arguments)
    notebooks = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "chapters").glob("*.ipynb"))
    library = pytest("tests", "lib", "--doctest-modules", *COVERAGE, *PARALLEL)
    return pytest("--nbval", *notebooks, *PARALLEL) or library


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
