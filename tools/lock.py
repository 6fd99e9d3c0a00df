"""Resolve the dependencies of ``pyproject.toml`` and write the two hashed, universal lock files (needs uv)."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by `make lock` from pyproject.toml; do not edit by hand.\n"
WHEELS = ["--only-binary", ":all:"]
# One peer's dependency (odfpy, of pyimpspec) comes as source only; the book and the tests never need it.
LOCKS = {
    "requirements.lock": ["--group", "book", "--group", "test", "--group", "lint", "--group", "build", *WHEELS],
    "requirements-peers.lock": ["--group", "peers", "-c", "requirements.lock"],
}


def main():
    """Write each lock; an existing one is kept as far as it still fits."""
    if not shutil.which("uv"):
        sys.exit("make: uv is needed to resolve the dependencies; install it with: python3 -m pip install uv")
    for name, groups in LOCKS.items():
        command = ["uv", "pip", "compile", "--quiet", "--no-config", "--universal", "--generate-hashes", "--no-header"]
        command += ["--fork-strategy", "fewest", "--python-version", "3.11"]
        command += ["--no-emit-index-url", "--output-file", name, *groups, "pyproject.toml", *sys.argv[1:]]
        subprocess.run(command, cwd=ROOT, check=True)
        lock = ROOT / name
        lock.write_text(HEADER + re.sub(r"\A(#.*\n)*", "", lock.read_text()))
        print(f"make: wrote {name}")


if __name__ == "__main__":
    main()
