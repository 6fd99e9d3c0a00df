"""Run every benchmark of this folder, one after another: ``make bench``, or ``make bench ARGS="--quick"``.

Each benchmark is a program of its own that measures the library and a peer in one run, on one core, and prints a table.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(arguments):
    """Run the benchmarks that are named, or all; return how many failed."""
    names = [name for name in arguments if not name.startswith("-")]
    options = [option for option in arguments if option.startswith("-")]
    programs = sorted(path for path in HERE.glob("*.py") if path.stem != "run" and not path.stem.startswith("_"))
    known = {path.stem: path for path in programs}
    for name in names:
        if name not in known:
            sys.exit(f"no benchmark named {name!r}; there are: {', '.join(known)}")
    failed = 0
    for name in names or known:
        print(f"\n=== {name}", flush=True)
        failed += subprocess.run([sys.executable, str(known[name]), *options], cwd=HERE.parent).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
