"""Run every test: the library, the data, the repository, the built book and, by nbval, the chapters.

What is given on the command line goes to pytest in place of everything: ``make test ARGS="tests/test_ledger.py -k x"``.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(arguments):
    """Run pytest over what was asked for, or over all there is."""
    command = [sys.executable, "-m", "pytest"]
    if not arguments:
        notebooks = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "chapters").glob("*.ipynb"))]
        # the cells of one notebook belong to one process; so do the tests of one file, which share a browser
        command += ["tests", "lib/sicell", "--doctest-modules", "--nbval", *notebooks, "-n", "2", "--dist", "loadfile"]
        command += ["--cov", "sicell", "--cov-report", "term-missing:skip-covered", "-q"]
    return subprocess.run(command + arguments, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
