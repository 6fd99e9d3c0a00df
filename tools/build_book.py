"""Build the book, and never let it show a number that the library would not give today.

* Nothing has changed since the last complete build: nothing is done.
* The library, the data or the locked packages have changed: all kept execution results are dropped, since
  jupyter-cache looks at a notebook's code only and would go on printing old numbers.
* Chapters run side by side, as many as there are processors; the build then finds their results.
* A build that fails leaves nothing behind that could make the next one pass; only a complete one is stamped.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build"
BOOK_STAMP = BUILD / "book.sha256"
CACHE = ROOT / ".cache" / "jupyter"
MODELS = ["lib", "data", "requirements.lock"]
SETTINGS = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
PAGES = [
    "chapters",
    "index.md",
    "_config.yml",
    "_toc.yml",
    "_ext",
    "_static",
    "tools/build_book.py",
    "tools/kernel_ports.py",
    "tools/notebooks.py",
    "tools/plain.py",
]


def fingerprint(names):
    """Return one hash over the names and contents of all files under `names`."""
    digest = hashlib.sha256(sys.version.encode())
    for name in names:
        top = ROOT / name
        files = sorted(top.rglob("*")) if top.is_dir() else [top]
        for file in files:
            path = file.relative_to(ROOT)
            # what tools keep for themselves is no source: caches and hidden files
            if file.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in path.parts):
                digest.update(str(path).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def stamped(stamp, mark):
    """Return whether `stamp` holds this mark."""
    return stamp.is_file() and stamp.read_text() == mark


def up_to_date():
    """Return whether the book that lies there is what a build would give now."""
    return stamped(BOOK_STAMP, fingerprint(MODELS + PAGES)) and (BUILD / "html" / "index.html").is_file()


def pages(node):
    """Return every file that a part of the table of contents names, in its order."""
    if isinstance(node, dict):
        return ([node["file"]] if "file" in node else []) + pages(list(node.values()))
    return [page for one in node for page in pages(one)] if isinstance(node, list) else []


def run_chapter(path):
    """Run one chapter unless its result is kept, and keep the result."""
    from jupyter_cache import get_cache
    from jupyter_cache.executors import load_executor

    executor = load_executor("local-serial", get_cache(CACHE))
    executor.run_and_cache(filter_uris=[path], timeout=SETTINGS["execute"]["timeout"])


def run_chapters():
    """Run what has no kept result, side by side; a chapter that fails is run again, and explained, by the build."""
    from jupyter_cache import get_cache

    import kernel_ports

    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    notebooks = [str(path) for page in pages(contents) if (path := ROOT / f"{page}.ipynb").is_file()]
    cache = get_cache(CACHE)
    for path in notebooks:
        cache.add_nb_to_project(path, read_data={"name": "nbformat", "type": "plugin"})
    with ProcessPoolExecutor(os.cpu_count(), initializer=kernel_ports.own) as pool:
        list(pool.map(run_chapter, notebooks))


def main():
    """Build what has to be built."""
    if up_to_date():
        print("make: the book is up to date: _build/html/index.html")
        return 0
    models, everything = fingerprint(MODELS), fingerprint(MODELS + PAGES)
    model_stamp = CACHE / "models.sha256"
    BOOK_STAMP.unlink(missing_ok=True)
    if not stamped(model_stamp, models):
        shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    model_stamp.write_text(models)
    run_chapters()
    # a page that is read again from an old doctree would not repeat its warnings
    for stale in ("html", ".doctrees", "jupyter_execute"):
        shutil.rmtree(BUILD / stale, ignore_errors=True)
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "-n", "--keep-going"]
    # the downloads below the exercises need nothing of the pages
    pack = [sys.executable, "tools/notebooks.py", "pack", BUILD / "downloads"]
    exercises = any("{exercise" in path.read_text(encoding="utf-8") for path in (ROOT / "chapters").glob("*.ipynb"))
    packing = subprocess.Popen(pack, cwd=ROOT) if exercises else None
    failed = subprocess.run(command, cwd=ROOT).returncode
    failed = (packing.wait() if packing else 0) or failed
    if packing and not failed:
        shutil.copytree(BUILD / "downloads", BUILD / "html" / "_static" / "teaching", dirs_exist_ok=True)
    if failed or not (BUILD / "html" / "index.html").is_file():
        print("make: the book was not built; the messages above say why", file=sys.stderr)
        return failed or 1
    BOOK_STAMP.write_text(everything)
    print("make: the book is built: open _build/html/index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
