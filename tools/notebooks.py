"""Chapters in canonical form: text outputs stored, since the tests compare them; pictures and HTML left to the build.

``execute [FILE ...]`` runs notebooks and stores them canonically, ``check`` finds those that are not canonical,
``canonicalise [FILE ...]`` rewrites without running (the pre-commit hook), ``pack FOLDER`` packs student notebooks and
those with solutions, and ``handouts`` does so and runs the former.
"""

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from nbclient import NotebookClient

import kernel_ports
from plain import filled, plain

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "jupyter"
HANDOUTS = ROOT / "_build" / "handouts"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python"}
# Only what a reader of the text needs; pictures, HTML and the like are rebuilt when the book is built.
KEPT = "text/plain"
LONGEST_CELL = 25
YOUR_COPY = "your-copy"
# The first cell of a download: the library lies beside it.
INSTALL = """import glob

# installs the library that lies beside this notebook, with what it needs (numpy, scipy, pandas, matplotlib)
%pip install --quiet {glob.glob("sicell-*.whl")[0]}
"""
# Directives that share a cell with nothing else; between the ends of a solution lie cells of text and of code.
ALONE = ("exercise", "exercise-start", "exercise-end", "solution", "solution-start", "solution-end")


def chapters():
    """Return the paths of all chapters."""
    return sorted((ROOT / "chapters").glob("*.ipynb"))


def _output(output):
    """Return a stored output reduced to its text, or None if nothing of it is kept."""
    output = json.loads(json.dumps(output))
    name = output.pop("metadata", {}).get("scrapbook")
    if name:
        # a number that the text quotes
        output["metadata"] = {"scrapbook": name}
    elif "data" in output:
        output["data"] = {KEPT: output["data"][KEPT]} if KEPT in output["data"] else {}
        if not output["data"]:
            return None
        output["metadata"] = {}
    return nbformat.from_dict(output)


def _joined(outputs):
    """Join pieces of one stream that only timing has split."""
    joined = []
    for output in outputs:
        same = joined and output["output_type"] == "stream" == joined[-1]["output_type"]
        if same and joined[-1]["name"] == output["name"]:
            joined[-1]["text"] += output["text"]
        else:
            joined.append(output)
    return joined


def pieces(source):
    """Split Markdown so that each exercise and each end of a solution stands alone: its pieces, in order."""
    parts, fence, alone = [[]], "", False
    for line in source.split("\n"):
        opening = None if fence else re.match(r"(`{3,}|:{3,}|~{3,})(?:\{([\w-]+)\})?", line)
        if opening:
            fence, alone = opening[1], opening[2] in ALONE
            parts += [[]] if alone else []
        parts[-1].append(line)
        if fence and not opening and line.rstrip() == fence:
            parts += [[]] if alone else []
            fence = ""
    return [text for part in parts if (text := "\n".join(part).strip("\n")).strip()]


def _split(cell):
    """Return a cell as the cells that a handout keeps or leaves out."""
    if cell.cell_type != "markdown":
        return [cell]
    return [nbformat.from_dict({**cell, "source": text}) for text in pieces(cell.source)]


def canonical(notebook):
    """Return the notebook in canonical form: same content, same bytes, whoever ran it and wherever."""
    notebook = nbformat.from_dict(json.loads(json.dumps(notebook)))
    notebook.cells = [part for cell in notebook.cells for part in _split(cell)]
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": LANGUAGE})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count, seen = 0, set()
    for cell in notebook.cells:
        cell.source = "\n".join(line.rstrip() for line in cell.source.strip("\n").split("\n"))
        name = hashlib.sha256(f"{cell.cell_type}:{cell.source}".encode()).hexdigest()[:8]
        while name in seen:
            name = hashlib.sha256(name.encode()).hexdigest()[:8]
        seen.add(name)
        cell.id = name
        kept = {key: cell.metadata[key] for key in ("mystnb", "tags") if cell.metadata.get(key)}
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            count += bool(cell.source.strip())
            cell.execution_count = count if cell.source.strip() else None
            # what a reader read off a copy of the paper is drawn, and never stored
            found = [] if YOUR_COPY in kept.get("tags", []) else cell.outputs
            cell.outputs = _joined([kept for output in found if (kept := _output(output)) is not None])
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
    return notebook


def _text(notebook):
    return nbformat.writes(notebook) + "\n"


def _read(path):
    return nbformat.read(path, as_version=4)


def _run(notebook, path):
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()


def execute(path):
    """Run one notebook in a fresh kernel and store it canonically."""
    notebook = _read(path)
    _run(notebook, path)
    path.write_text(_text(canonical(notebook)), encoding="utf-8")
    return path


def _said(cell):
    return "\n".join(output.get("text") or str(output.get("data")) for output in cell.outputs)


def stale(path):
    """Return the cells of a chapter that store another text than the book's own run gave, in words."""
    notebook = _read(path)
    try:
        executed = get_cache(CACHE).merge_match_into_notebook(notebook)[1]
    except KeyError:
        return ["the book has not run it (make book)"]
    pairs = zip(notebook.cells, canonical(executed).cells, strict=True)
    return [
        f"stored in the cell that starts {stored.source.splitlines()[0]!r}:\n{_said(stored)}\ncomputed:\n{_said(now)}"
        for stored, now in pairs
        if stored.cell_type == "code" and stored.outputs != now.outputs
    ]


def faults(path):
    """Return what keeps a notebook from being canonical, in words."""
    text = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    found = []
    if text != _text(canonical(notebook)):
        found.append("is not in canonical form (make notebooks)")
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        start = cell.source.split("\n")[0]
        prints = re.search(r"^\s*print\(", cell.source, re.M)
        if prints and not cell.outputs and "nbval-ignore-output" not in cell.metadata.get("tags", []):
            found.append(f"has no stored output for the cell that starts {start!r} (make notebooks)")
        if any(output.output_type == "error" for output in cell.outputs):
            found.append(f"stores an error in the cell that starts {start!r}")
        quoted = any("scrapbook" in output.metadata for output in cell.outputs if "metadata" in output)
        if quoted and "remove-cell" not in cell.metadata.get("tags", []):
            found.append(f"gives numbers to the text in a cell that shows, starting {start!r}: tag it remove-cell")
        if len(cell.source.split("\n")) > LONGEST_CELL:
            found.append(f"has a cell of over {LONGEST_CELL} lines, starting {start!r}: move code to lib")
    return [f"{path.relative_to(ROOT)} {fault}" for fault in found]


def handout(notebook, solutions=False):
    """Return a copy in plain Markdown without outputs: a student's, with cells to work in, or one with solutions."""
    cells, inside = [], False
    for cell in filled(canonical(notebook)).cells:
        opening = re.match(r"[`:]{3,}\{([\w-]+)\}", cell.source) if cell.cell_type == "markdown" else None
        directive = opening[1] if opening else ""
        if directive in ("solution", "solution-start"):
            if inside:
                raise ValueError(f"a solution starts within another: {cell.source!r}")
            if not solutions:
                cells.append(nbformat.v4.new_code_cell("# your solution\n", id=f"work{len(cells)}"))
            inside = directive == "solution-start"
        elif directive == "solution-end":
            if not inside:
                raise ValueError(f"a solution ends that has not started, after {(cells or [cell])[-1].source!r}")
            inside = False
        elif (inside and not solutions) or YOUR_COPY in cell.metadata.get("tags", []):
            continue
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if solutions or not directive.startswith("solution"):
            cells.append(cell)
    if inside:
        raise ValueError("the last solution has no end")
    return plain(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": LANGUAGE}))


def pack(folder):
    """Write student.zip and solutions.zip: all chapters with exercises, and the wheel that each installs first."""
    folder.mkdir(parents=True, exist_ok=True)
    exercises = [path for path in chapters() if "{exercise" in path.read_text(encoding="utf-8")]
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    with tempfile.TemporaryDirectory() as made:
        subprocess.run([*build, "--wheel-dir", made, "."], cwd=ROOT, check=True)
        (wheel,) = Path(made).glob("*.whl")
        for kind in ("student", "solutions"):
            with zipfile.ZipFile(folder / f"{kind}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
                packed.write(wheel, wheel.name)
                for path in exercises:
                    notebook = handout(_read(path), solutions=kind == "solutions")
                    notebook.cells.insert(0, nbformat.v4.new_code_cell(INSTALL, id="install"))
                    packed.writestr(path.name, _text(notebook))
    return exercises


def run_handout(path):
    """Run a student's notebook, apart from the cell that installs the library, in the folder where it lies."""
    notebook = _read(path)
    del notebook.cells[0]
    _run(notebook, path)


def main(action, *names):
    """Do what the command line says."""
    paths = [Path(name).resolve() for name in names] or chapters()
    if action == "execute":
        with ProcessPoolExecutor(2, initializer=kernel_ports.own) as pool:
            for path in pool.map(execute, paths):
                print(f"executed {path.relative_to(ROOT)}", flush=True)
    elif action == "canonicalise":
        changed = [path for path in paths if path.read_text("utf-8") != _text(canonical(_read(path)))]
        for path in changed:
            path.write_text(_text(canonical(_read(path))), encoding="utf-8")
            print(f"rewrote {path.relative_to(ROOT)}")
        return bool(changed)
    elif action == "check":
        found = [fault for path in paths for fault in faults(path)]
        print("\n".join(found) or f"{len(paths)} notebooks are canonical")
        return bool(found)
    elif action == "handouts":
        shutil.rmtree(HANDOUTS, ignore_errors=True)
        packed = pack(HANDOUTS)
        with tempfile.TemporaryDirectory() as folder:
            with zipfile.ZipFile(HANDOUTS / "student.zip") as student:
                student.extractall(folder)
            with ProcessPoolExecutor(2, initializer=kernel_ports.own) as pool:
                list(pool.map(run_handout, sorted(Path(folder).glob("*.ipynb"))))
        where = HANDOUTS.relative_to(ROOT)
        print(f"{len(packed)} student notebooks and as many with solutions are in {where}, each set as")
        print("one file with the library beside it: student.zip, solutions.zip; each student notebook was run")
    elif action == "pack":
        pack(paths[0])
    else:
        sys.exit(f"unknown action {action!r}; allowed: execute, canonicalise, check, handouts, pack")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
