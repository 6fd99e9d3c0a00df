"""Create ``.venv`` from a hash-locked file; uses uv when it is there and pip when it is not.

Runs under whatever Python the reader has, so it needs nothing but the standard library, and explains itself when that
Python will not do.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)


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


def run(*command, **environment):
    """Run one command quietly; on failure its own words are shown and everything stops."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        sys.stderr.write(done.stdout)
        stop("this failed: " + " ".join(map(str, command)))


def usable(python):
    """Return whether an environment is there, of the Python that runs this, and with pip."""
    probe = "import pip, sys; print(sys.version_info[:2] == (%d, %d))" % sys.version_info[:2]  # noqa: UP031
    if not python.exists():
        return False
    done = subprocess.run([python, "-c", probe], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.stdout.strip() == "True"


def main(lock):
    """Install what `lock` pins, then the project itself, and leave a stamp that make compares with the lock."""
    check_python()
    folder = ROOT / ".venv"
    python = folder / "bin" / "python"
    stamp = folder / (".installed" if lock == "requirements.lock" else ".installed-peers")
    uv = shutil.which("uv")
    print(f"make: installing {lock} into .venv with {'uv' if uv else 'pip'}; this is done once", flush=True)
    if not usable(python):
        if folder.is_symlink():
            folder.unlink()
        shutil.rmtree(folder, ignore_errors=True)
        run(sys.executable, "-m", "venv", folder)
    if uv:
        installer = (uv, "pip", "install", "--quiet", "--python", python)
        run(*installer, "--require-hashes", "-r", lock, UV_PYTHON_DOWNLOADS="never")
        run(*installer, "--no-deps", "--no-build-isolation", "--offline", "-e", ".", UV_PYTHON_DOWNLOADS="never")
    else:
        installer = (python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
        wheels = ["--only-binary=:all:"] if lock == "requirements.lock" else []
        run(*installer, *wheels, "--require-hashes", "-r", lock)
        run(*installer, "--no-deps", "--no-build-isolation", "--no-index", "-e", ".")
    # kernels of the book: the reader's own start-up files stay out, and a notice about transport stays off stderr
    profile = folder / "ipython" / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text("c = get_config()\nc.IPKernelApp.log_level = 40\n")
    stamp.touch()


if __name__ == "__main__":
    main(sys.argv[1])
