"""Create ``.venv`` with exactly what a lock pins, whichever pip is at hand and whatever has been published since.

A lock is complete, so nothing is resolved: neither the installer nor a later release can change what is installed. A
pinned and hashed uv installs it; where that cannot be had, or where pip has been told of a mirror or a proxy (uv does
not ask pip), pip does. An environment whose installation was interrupted is made anew.

Runs under whatever Python the reader has, so it needs nothing but the standard library, and explains itself when that
Python will not do.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".venv"
PYTHON = FOLDER / "bin" / "python"
UNFINISHED = FOLDER / ".unfinished"
BASE = "requirements.lock"
PEERS = "requirements-peers.lock"
EDITIONS = "requirements-editions.lock"
LAB = "requirements-lab.lock"
STAMPS = {
    BASE: FOLDER / ".installed",
    PEERS: FOLDER / ".installed-peers",
    EDITIONS: FOLDER / ".installed-editions",
    LAB: FOLDER / ".installed-lab",
}
UV_LOCK = "requirements-uv.lock"
# A package that happens to carry wheels for a browser; tools/lite.py compares them with Pyodide's own lock.
BROWSER_LOCK = "requirements-browser.lock"
# The oldest pip that a Python 3.11 brought and the newest: what the test of this script installs with.
PIPS = FOLDER / "pips"
PIP_LOCKS = ("requirements-pip-oldest.lock", "requirements-pip-newest.lock")
OLDEST = (3, 11)
PIP = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input")
EXACT = ("--quiet", "--no-deps", "--require-hashes")
# What pip says, in any of its releases, when nobody answers, and when those who answer have nothing.
NO_ANSWER = re.compile(r"Retrying \(|connection broken|ConnectionError|ConnectTimeout|Max retries exceeded|ProxyError")
NOT_OFFERED = re.compile(r"requirement (\S+) \(from versions: none\)")


class Failed(Exception):
    """A command failed; carries what it said."""


def stop(message):
    """Say in one line what is missing, and stop."""
    sys.exit("make: " + message)


def check_python():
    """Refuse a Python that is too old or cannot make an environment."""
    if sys.version_info < OLDEST:
        needed, found = ".".join(map(str, OLDEST)), ".".join(map(str, sys.version_info[:2]))
        stop(
            f"Python {needed} or newer is needed and {sys.executable} is {found}; install it (python.org, or your "
            "system's packages) or name one: make PYTHON=python3.12"
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        stop(
            "this Python has no venv module; install it (Debian, Ubuntu: apt install python3-venv) "
            "or name another Python: make PYTHON=python3.12"
        )


def run(*command):
    """Run one command quietly and return its output; raise Failed with its own words if it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, "UV_PYTHON_DOWNLOADS": "never"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise Failed(f"{done.stdout}\nmake: this failed: {' '.join(map(str, command))}")
    return done.stdout


def usable():
    """Return whether a finished environment is there, of the Python that runs this, and with pip."""
    probe = "import pip, sys; print(sys.version_info[:2] == (%d, %d))" % sys.version_info[:2]  # noqa: UP031
    if UNFINISHED.exists() or not PYTHON.exists():
        return False
    done = subprocess.run([str(PYTHON), "-c", probe], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.stdout.strip() == "True"


def renew():
    """Make the environment anew, marked as unfinished from the first file on."""
    if FOLDER.is_symlink():
        FOLDER.unlink()
    elif FOLDER.exists():
        shutil.rmtree(FOLDER)
    FOLDER.mkdir()
    UNFINISHED.touch()
    run(sys.executable, "-m", "venv", FOLDER)


def fetch_uv(folder):
    """Fetch the pinned uv into `folder`; return the program, or None where pip has to do."""
    told = re.findall(r"^(\S+)\.(index-url|no-index|proxy)=", run(*PIP, "config", "list"), re.M)
    if told and told != [(":env:", "no-index")]:
        return None  # uv would not look where pip has been told to look; of a folder of wheels install() tells it
    try:
        run(*PIP, "install", *EXACT, "--only-binary=:all:", "--retries", "2", "--target", folder, "-r", UV_LOCK)
    except Failed as failure:
        if NO_ANSWER.search(str(failure)):
            raise
        return None  # no uv for this kind of machine
    return Path(folder) / "bin" / "uv"


def contents():
    """Return what tells whether an installer has touched the environment."""
    packages = next(FOLDER.glob("lib/python*/site-packages"))
    entries = [*packages.iterdir(), *(FOLDER / "bin").iterdir()]
    return {(entry.name, entry.lstat().st_mtime_ns) for entry in entries}


def install(lock):
    """Install what `lock` pins: what is there already is kept, and nothing that the lock does not name is added."""
    what = (*EXACT, "--no-build-isolation", "-r", lock)
    try:
        run(*PIP, "--isolated", "install", "--no-index", *what)
        return  # all there: no network is needed
    except Failed:
        pass
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        uv = fetch_uv(folder)
        before = contents()
        wheels = os.environ.get("PIP_FIND_LINKS")
        offline = ("--no-index", "--find-links", wheels) if wheels and "PIP_NO_INDEX" in os.environ else ()
        if uv:
            try:
                run(uv, "pip", "install", "--no-config", "--python", PYTHON, *offline, *what)
                return
            except Failed:
                if contents() != before:
                    raise  # it stopped half-way, and pip would take that for installed
        run(*PIP, "install", "--no-compile", *what)  # Python compiles what is used when it is used


def fill(locks):
    """Install the locks and the project itself, and prove that nothing is missing or at odds."""
    UNFINISHED.touch()
    for lock in locks:
        install(lock)
    run(*PIP, "check")
    run(*PIP, "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation", "-e", ".")
    # kernels of the book: the reader's own start-up files stay out, and a notice about transport stays off stderr
    profile = FOLDER / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text("c = get_config()\nc.IPKernelApp.log_level = 40\n")
    UNFINISHED.unlink()
    for lock in locks:
        STAMPS[lock].touch()


def explain(failure, what):
    """Stop with one line if only the network is missing, and with the installer's own words otherwise."""
    if NO_ANSWER.search(str(failure)):
        stop(
            f"{what} needs the network, and the package index does not answer; connect and give the same command again"
        )
    missing = NOT_OFFERED.search(str(failure))
    if missing:
        stop(f"{what} needs {missing.group(1)}, which no package index and no folder that pip knows of offers")
    sys.stderr.write(str(failure) + "\n")
    sys.exit(1)


def main(lock):
    """Install what `lock` pins, then the project itself, and leave a stamp that make compares with the lock."""
    check_python()
    what = f"installing {lock} into .venv"
    print(f"make: {what}; this is done once", flush=True)
    try:
        if usable():
            before = contents()
            try:
                fill([lock])
                return
            except Failed as failure:
                if contents() == before:
                    UNFINISHED.unlink()
                    explain(failure, what)
        renew()
        fill([BASE] if lock == BASE else [BASE, lock])
    except Failed as failure:
        explain(failure, what)
    except KeyboardInterrupt:
        stop("interrupted; the same command begins again")


def make_wheelhouse():
    """Fetch every wheel that this Python on this machine needs for book and tests, to install without a network."""
    folder = ROOT / "wheelhouse"
    try:
        for lock in (BASE, UV_LOCK, *PIP_LOCKS):
            run(*PIP, "download", *EXACT, "--only-binary=:all:", "--dest", folder, "-r", lock)
    except Failed as failure:
        explain(failure, "filling the folder wheelhouse")
    size = sum(wheel.stat().st_size for wheel in folder.glob("*.whl"))
    print(
        f"make: wheelhouse has {size / 1e6:.0f} MB; PIP_NO_INDEX=1 PIP_FIND_LINKS=wheelhouse make test needs no network"
    )


def fetch_pips():
    """Fetch the wheels of two releases of pip; without a network say so in one line, and the test says so again."""
    PIPS.mkdir(exist_ok=True)
    try:
        for lock in PIP_LOCKS:
            run(*PIP, "download", *EXACT, "--only-binary=:all:", "--retries", "2", "--dest", PIPS, "-r", lock)
        (PIPS / ".fetched").touch()
    except Failed as failure:
        reason = "the package index does not answer" if NO_ANSWER.search(str(failure)) else str(failure)
        print("make: the two pips that test the set-up were not fetched, so that test is skipped:", reason, flush=True)


if __name__ == "__main__":
    {"pips": fetch_pips, "wheelhouse": make_wheelhouse}.get(sys.argv[1], lambda: main(sys.argv[1]))()
