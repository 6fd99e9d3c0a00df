"""The set-up as a reader meets it: a small registry on disk that has moved on since the lock was written.

The registry holds an empty stand-in for each package of ``requirements.lock`` that asks for another with an extra, and
for all that they need: under its name, in its locked version, with its true requirements; and a newer release of each.
"""

import ast
import builtins
import hashlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PIPS = ROOT / ".venv" / "pips"
NEWER = "2999.0"
NOBODY = "http://127.0.0.1:9/simple"
SET_UP = [sys.executable, "tools/set_up.py", "requirements.lock"]
# What the editable install of the project calls; the stand-in needs no more.
BACKEND = """
import os, time, zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    if os.environ.get("HANG"):
        open("hanging", "w").close()
        time.sleep(600)
    with zipfile.ZipFile(folder + "/sicell-0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("sicell-0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: sicell\\nVersion: 0\\n")
        wheel.writestr("sicell-0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("sicell-0.dist-info/RECORD", "")
    return "sicell-0-py3-none-any.whl"
"""


def load(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stand_in(folder, name, version, requires=(), extras=()):
    """Write an empty wheel; return its path."""
    stem = f"{name.replace('-', '_')}-{version}"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Provides-Extra: {extra}" for extra in extras] + [f"Requires-Dist: {one}" for one in requires]
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{stem}.dist-info/METADATA", "\n".join(lines) + "\n")
        wheel.writestr(f"{stem}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{stem}.dist-info/RECORD", "")
        if name == "hatchling":
            wheel.writestr("hatchling/build.py", BACKEND)
    return path


def pinned(lock):
    """Return name -> requirement of all that a lock pins for this Python."""
    lines = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ").split("\n")
    found = [Requirement(line.split(" --hash")[0]) for line in lines if re.match(r"\w", line)]
    return {canonicalize_name(one.name): one for one in found if not one.marker or one.marker.evaluate()}


def needs(name, extras=()):
    """Return the requirements of an installed package that hold here, with those of some of its extras."""
    found = map(Requirement, distribution(name).requires or ())
    asked = [{"extra": one} for one in ("", *extras)]
    return [one for one in found if not one.marker or any(map(one.marker.evaluate, asked))]


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """Write the registry; return its address, the lock with the stand-ins' hashes, and what that pins here."""
    locked = pinned("requirements.lock")
    chosen = set()
    todo = [Requirement(name) for name in locked if name == "hatchling" or any(one.extras for one in needs(name))]
    while todo:
        one = todo.pop()
        chosen.add(name := canonicalize_name(one.name))
        todo += [other for other in needs(name, one.extras) if canonicalize_name(other.name) not in chosen]
    top = tmp_path_factory.mktemp("registry")
    lock, pins = ["--only-binary :all:"], {}
    for name in sorted(chosen):
        (pins[name],) = {one.version for one in locked[name].specifier}
        facts = distribution(name)
        about = facts.requires or (), facts.metadata.get_all("Provides-Extra") or ()
        folder = top / name
        folder.mkdir()
        wheels = [stand_in(folder, name, version, *about) for version in (pins[name], NEWER)]
        marks = [hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheels]
        links = [f'<a href="{one.name}#sha256={mark}">{one.name}</a>' for one, mark in zip(wheels, marks, strict=True)]
        (folder / "index.html").write_text("<!DOCTYPE html><html><body>" + "\n".join(links) + "</body></html>")
        lock.append(f"{locked[name]} --hash=sha256:{marks[0]}")
    return top.as_uri(), "\n".join(lock) + "\n", pins


@pytest.fixture
def checkout(tmp_path, registry):
    """A checkout with what the set-up reads, locked to the stand-ins."""
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "set_up.py", tmp_path / "tools")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copy(ROOT / "requirements-uv.lock", tmp_path)
    (tmp_path / "requirements.lock").write_text(registry[1])
    return tmp_path


def outside(registry):
    """The environment of a reader whose pip knows one registry, the one on disk."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_", "VIRTUAL_ENV"))}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": registry[0], "PIP_NO_CACHE_DIR": "1"}


def set_up(checkout, environment):
    done = subprocess.run(SET_UP, cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def installed(checkout):
    """Return name -> version of what is in the environment, as its files say."""
    folders = (checkout / ".venv").glob("lib/python*/site-packages/*.dist-info")
    found = dict(folder.name.removesuffix(".dist-info").rsplit("-", 1) for folder in folders)
    return {canonicalize_name(name): version for name, version in found.items()}


def with_pip(checkout, wheel):
    """Make the environment that a Python with this pip would have made."""
    python = checkout / ".venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", checkout / ".venv"], check=True)
    install = ("install", "--quiet", "--no-index", "--no-deps", wheel)
    subprocess.run([python, wheel / "pip", *install], check=True, env={**os.environ, "PIP_CONFIG_FILE": os.devnull})
    return python


@pytest.mark.parametrize("which", ["oldest", "newest"])
def test_the_registry_a_year_from_now_gives_what_the_lock_says(which, checkout, registry):
    """Every package has a newer release, also those that are required with an extra: the lock stays the lock."""
    (version,) = re.findall(r"^pip==(\S+)", (ROOT / f"requirements-pip-{which}.lock").read_text(), re.M)
    wheel = PIPS / f"pip-{version}-py3-none-any.whl"
    if not wheel.is_file():
        reason = f"pip {version} is not there; with a network `make test` fetches it"
        if os.environ.get("SICELL_REQUIRE_PIPS"):
            pytest.fail(reason)
        pytest.skip(reason)
    python = with_pip(checkout, wheel)
    code, output = set_up(checkout, outside(registry))
    assert code == 0, output
    found = installed(checkout)
    assert found.pop("pip") == version
    assert found.pop("sicell") == "0"
    assert found == registry[2]
    assert found.keys() >= {canonicalize_name(one.name) for name in found for one in needs(name) if one.extras} > set()
    # and the registry has moved on: who asks without the lock gets something else
    aside = checkout / "aside"
    ask = ("-m", "pip", "install", "--quiet", "--no-deps", "--target", aside, "coverage")
    subprocess.run([python, *ask], check=True, env=outside(registry))
    assert [one.name for one in aside.glob("*.dist-info")] == [f"coverage-{NEWER}.dist-info"]


def test_an_installation_that_was_killed_is_made_anew(checkout, registry):
    environment = outside(registry)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(SET_UP, cwd=checkout, env={**environment, "HANG": "1"}, start_new_session=True, **quiet)
    while not (checkout / "hanging").exists():
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    # the worst that it can leave: a package that calls itself installed and is not
    (packages,) = (checkout / ".venv").glob("lib/python*/site-packages")
    shutil.rmtree(packages / "hatchling")
    code, output = set_up(checkout, environment)
    assert code == 0, output
    assert (packages / "hatchling" / "build.py").is_file()
    assert installed(checkout).items() >= registry[2].items()
    assert (checkout / ".venv" / ".installed").exists()

    # a finished one is kept, and what is missing in it is added; even without a network if nothing is
    (packages / "own.py").write_text("")
    code, output = set_up(checkout, {**environment, "PIP_INDEX_URL": NOBODY})
    assert code == 0, output
    shutil.rmtree(next(packages.glob("coverage-*.dist-info")))
    before = sorted(packages.iterdir())
    code, output = set_up(checkout, {**environment, "PIP_INDEX_URL": NOBODY})
    assert (code, sorted(packages.iterdir())) == (1, before), output
    code, output = set_up(checkout, environment)
    assert code == 0, output
    assert installed(checkout).items() >= registry[2].items()
    assert (packages / "own.py").exists()

    # what an earlier lock left, and what contradicts the present one, goes
    leftover = stand_in(checkout, "leftover", "1.0", [f"coverage=={NEWER}"])
    with zipfile.ZipFile(leftover) as wheel:
        wheel.extractall(packages)
    shutil.rmtree(next(packages.glob("coverage-*.dist-info")))
    code, output = set_up(checkout, environment)
    assert code == 0, output
    assert "leftover" not in installed(checkout)


def test_without_a_network_one_line_says_what_needs_it(checkout, registry):
    code, output = set_up(checkout, {**outside(registry), "PIP_INDEX_URL": NOBODY, "PIP_RETRIES": "1"})
    assert code != 0
    first, last = output.strip().split("\n")
    assert first == "make: installing requirements.lock into .venv; this is done once"
    assert last.startswith("make: installing requirements.lock into .venv needs the network")
    assert not (checkout / ".venv" / ".installed").exists()


def test_old_python_gives_one_line(monkeypatch):
    tool = load("set_up")
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"Python 3\.11 or newer is needed and .* is 3\.9; install it") as stop:
        tool.check_python()
    assert "\n" not in str(stop.value)


def test_python_without_venv_gives_one_line(monkeypatch):
    tool = load("set_up")
    real = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "ensurepip":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(SystemExit, match=r"has no venv module; install it .*python3-venv") as stop:
        tool.check_python()
    assert "\n" not in str(stop.value)


def test_set_up_script_runs_on_an_old_python():
    """It must be able to say that a Python is too old, so it may use no newer syntax itself."""
    ast.parse((ROOT / "tools" / "set_up.py").read_text(encoding="utf-8"), feature_version=(3, 7))
