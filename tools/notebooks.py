"""Chapters in canonical form: text outputs stored, since nbval compares them; pictures and HTML left to the build.

``execute [FILE ...]`` runs notebooks and stores them canonically, ``check`` finds those that are not canonical,
``canonicalise [FILE ...]`` rewrites without running (the pre-commit hook), ``handouts`` writes student notebooks.
"""

import hashlib
import json
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python"}
# Only what a reader of the text needs; pictures, HTML and the like are rebuilt when the book is built.
KEPT = "text/plain"
LONGEST_CELL = 25


def chapters():
    """Return the paths of all chapters."""
    return sorted((ROOT / "chapters").glob("*.ipynb"))


def _output(output):
    """Return a stored output reduced to its text, or None if nothing of it is kept."""
    output = json.loads(json.dumps(output))
    output.pop("metadata", None)
    if "data" in output:
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


def canonical(notebook):
    """Return the notebook in canonical form: same content, same bytes, whoever ran it and wherever."""
    notebook = nbformat.from_dict(json.loads(json.dumps(notebook)))
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
            cell.outputs = _joined([kept for output in cell.outputs if (kept := _output(output)) is not None])
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = count
    return notebook


def _text(notebook):
    return nbformat.writes(notebook) + "\n"


def _read(path):
    return nbformat.read(path, as_version=4)


def execute(path):
    """Run one notebook in a fresh kernel and store it canonically."""
    notebook = _read(path)
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(path.parent)}}).execute()
    path.write_text(_text(canonical(notebook)), encoding="utf-8")
    return path


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
        if len(cell.source.split("\n")) > LONGEST_CELL:
            found.append(f"has a cell of over {LONGEST_CELL} lines, starting {start!r}: move code to lib")
    return [f"{path.relative_to(ROOT)} {fault}" for fault in found]


def handout(notebook):
    """Return a student's copy: solutions and stored outputs gone, a cell to work in instead."""
    cells, inside = [], False
    for cell in canonical(notebook).cells:
        if "{solution-start}" in cell.source:
            inside = True
            cells.append(nbformat.v4.new_code_cell("# your solution\n", id=f"work{len(cells)}"))
        if not inside:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
            cells.append(cell)
        if "{solution-end}" in cell.source:
            inside = False
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": LANGUAGE})


def main(action, *names):
    """Do what the command line says."""
    paths = [Path(name).resolve() for name in names] or chapters()
    if action == "execute":
        with ProcessPoolExecutor(2) as pool:
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
        folder = ROOT / "_build" / "handouts"
        folder.mkdir(parents=True, exist_ok=True)
        for path in paths:
            (folder / path.name).write_text(_text(handout(_read(path))), encoding="utf-8")
        print(f"{len(paths)} student notebooks are in {folder.relative_to(ROOT)}")
    else:
        sys.exit(f"unknown action {action!r}; allowed: execute, canonicalise, check, handouts")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
