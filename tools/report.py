"""One self-contained HTML file of a chapter run on one's own data: ``make report NOTEBOOK=… PARAMETERS="file=my.mpt"``.

The chapter must have a cell with the tag ``parameters``. What teaches (exercises, hints how to run it) is left out, the
rest is executed by papermill where make was called, so that relative paths mean what they look like, and turned into
HTML by nbconvert. Pictures and, if there is any formula, MathJax are inside the file: it needs no network.
"""

import base64
import html
import os
import re
import shlex
import sys
import sysconfig
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import nbformat
import papermill
from nbconvert import HTMLExporter
from papermill.exceptions import PapermillExecutionError

from plain import FENCE, Numbers, caption, filled, markdown

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "_build" / "report"
TEACHING = ("Exercises", "Summary")
DROPPED_ADMONITIONS = ("You will learn", "Before you start")
BOOK_ONLY = "book-only"
MATH = re.compile(r"\$[^$\n]+\$|\$\$|\\begin\{")

STYLE = """
:root { color-scheme: light dark; --line: #c8ccd2; --quiet: #555d68; --plate: transparent; }
@media (prefers-color-scheme: dark) { :root { --line: #4a5058; --quiet: #aab2bd; --plate: #fff; } }
body { font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; margin: 0 auto;
  max-width: 46rem; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0.5rem 0; } h2 { font-size: 1.35rem; margin-top: 2.2rem; }
a.anchor-link { display: none; }
table { border-collapse: collapse; font-size: 0.9rem; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: 0.25rem 0.9rem 0.25rem 0; text-align: left;
  vertical-align: top; }
td, code { overflow-wrap: anywhere; }
pre { font: 0.82rem/1.45 ui-monospace, "DejaVu Sans Mono", Consolas, monospace; overflow-x: auto;
  border-left: 3px solid var(--line); padding: 0.2rem 0 0.2rem 0.9rem; margin: 0.8rem 0; }
blockquote { border-left: 3px solid var(--line); margin: 1rem 0; padding: 0 0 0 0.9rem; }
figure { margin: 1.4rem 0; } figure > div { background: var(--plate); border-radius: 6px; }
figure svg, figure img { display: block; height: auto; margin: 0 auto; max-width: 100%; }
figcaption, footer, .figure-data { color: var(--quiet); font-size: 0.9rem; }
.figure-data { margin-top: -0.8rem; } .facts th { font-weight: 600; white-space: nowrap; }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 0.6rem; }
.jp-RenderedHTMLCommon > :first-child { margin-top: 0; }
[data-mime-type="application/vnd.jupyter.stderr"] pre { border-left-color: #c2500a; }
@media print { body { max-width: none; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
"""


def stop(message):
    """End with one line instead of a traceback."""
    sys.exit(f"report: {message}")


def value_of(text):
    """Return a parameter as number, truth value or None if it looks like one, else as text."""
    special = {"true": True, "false": False, "none": None}
    if text.lower() in special:
        return special[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def parse(text):
    """Return the parameters in a text such as ``file=my.mpt circuit="R0-p(R1, C1)"``, quoted as in a shell."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        stop(f"PARAMETERS cannot be read ({error}): {text}")
    pairs = {}
    for word in words:
        name, sign, value = word.partition("=")
        if not sign or not name.isidentifier():
            stop(f'PARAMETERS must be name=value, separated by spaces, got {word!r}; quote what has spaces: name="a b"')
        pairs[name] = value
    return pairs


def has_tag(cell, tag):
    """Return whether a cell has a tag."""
    return tag in cell.metadata.get("tags", [])


def runnable(folder=ROOT / "chapters"):
    """Return the chapters that can be run on one's own data."""
    return [
        path
        for path in sorted(folder.glob("*.ipynb"))
        if any(has_tag(cell, "parameters") for cell in nbformat.read(path, 4).cells)
    ]


def without_teaching(notebook):
    """Return the notebook without exercises and without what only makes sense in the book.

    One cell may hold several sections; each is kept or dropped by its own heading.
    """
    quiet = "import warnings\n\nwarnings.formatwarning = lambda message, *_, **__: f'Warning: {message}\\n'"
    kept, inside = [nbformat.v4.new_code_cell(quiet)], False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts = []
            for part in re.split(r"^(?=## )", cell.source, flags=re.M):
                if heading := re.match(r"##\s+(.+)", part):
                    inside = heading[1].strip() in TEACHING
                if not inside:
                    parts.append(part)
            cell = nbformat.from_dict({**cell, "source": "".join(parts)})
            if not cell.source.strip():
                continue
        if (not inside or cell.cell_type == "markdown") and not has_tag(cell, BOOK_ONLY):
            kept.append(cell)
    return nbformat.v4.new_notebook(cells=kept, metadata=notebook.metadata)


def only_results(text):
    """Return Markdown without what teaches or leads on: exercises, pictures, what one will learn, the next chapter."""

    def kept(match):
        kind, title = match[2], match[3].strip()
        gone = kind in ("div", "image", "figure") or title in DROPPED_ADMONITIONS or re.match("exercise|solution", kind)
        return "" if gone else match[0]

    return FENCE.sub(kept, re.sub(r"^\*\*Next:\*\*.*$", "", text, flags=re.M))


def figure_cell(cell, number):
    """Turn the picture of a figure cell into HTML with alternative text and a numbered caption."""
    settings = cell.metadata.get("mystnb", {})
    caption = " ".join(settings["figure"]["caption"].split())
    alternative = html.escape(settings.get("image", {}).get("alt", caption), quote=True)
    for output in cell.outputs:
        data = output.get("data", {})
        if svg := data.get("image/svg+xml"):
            picture = re.sub(r"^.*?(?=<svg)", "", "".join(svg), flags=re.S)
            # every picture's parts have names of their own, lest one picture's clipping acts on another
            picture = re.sub(r'(id="|href="#|url\(#)', rf"\g<1>f{number}-", picture)
            body = f'<div role="img" aria-label="{alternative}">{picture}</div>'
        elif png := data.get("image/png"):
            body = f'<div><img alt="{alternative}" src="data:image/png;base64,{"".join(png)}"></div>'
        else:
            continue
        output["data"] = {
            "text/html": f"<figure>{body}<figcaption>Figure {number}. {html.escape(caption)}</figcaption></figure>"
        }


def facts(parameters, source):
    """Return the table at the top of a report."""
    rows = [*parameters.items(), ("made", f"{datetime.now():%Y-%m-%d %H:%M}"), ("by", f"sicell {version('sicell')}")]
    rows.append(("from", source))
    cells = "".join(
        f"<tr><th scope='row'>{html.escape(str(name))}</th><td>{html.escape(str(value)) or '–'}</td></tr>"
        for name, value in rows
    )
    return f'<table class="facts">{cells}</table>'


def mathjax():
    """Return MathJax as a script to be put into a page."""
    code = Path(sysconfig.get_path("purelib")) / "sphinx-mathjax-offline" / "static" / "mathjax" / "tex-svg.js"
    settings = '{tex: {inlineMath: [["$", "$"]]}, svg: {scale: 0.9}, options: {enableMenu: false}}'
    return f"<script>MathJax = {settings};</script>\n<script>{code.read_text(encoding='utf-8')}</script>"


def page(notebook, parameters, source):
    """Return an executed notebook as one HTML page."""
    notebook = filled(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = only_results(cell.source)
    numbers, title, formulas = Numbers(notebook), source, False
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = markdown(cell.source, numbers)
            formulas = formulas or bool(MATH.search(cell.source))
            if heading := re.search(r"^# (.+)\n?", cell.source, re.M):
                title = heading[1]
                cell.source = cell.source.replace(heading[0], "", 1)
        elif is_figure(cell):
            figure_cell(cell, numbers.of[caption(cell)["name"]][1])
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" or cell.source.strip()]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=notebook.metadata)
    exporter = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True)
    body, _ = exporter.from_notebook_node(notebook)
    # in a page of its own a heading needs no link to itself
    body = re.sub(r'<a class="anchor-link"[^>]*>.*?</a>', "", body)
    plain_title = html.escape(re.sub(r"[*_`$]", "", title))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{plain_title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<link rel="icon" href="data:image/svg+xml;base64,{icon()}">\n<style>{STYLE}</style>\n'
        f"{mathjax() if formulas else ''}</head>\n<body>\n<main>\n<h1>{plain_title}</h1>\n{facts(parameters, source)}\n"
        f"{body}\n</main>\n<footer>The executed notebook, with all code, lies beside this file.</footer>\n"
        "</body>\n</html>\n"
    )


def icon():
    """Return the book's icon for the page's tab."""
    return base64.b64encode((ROOT / "_static" / "favicon.svg").read_bytes()).decode()


def is_figure(cell):
    """Return whether a cell shows a figure with a caption."""
    return cell.cell_type == "code" and "figure" in cell.metadata.get("mystnb", {})


def free(build, chapter, parameters, where):
    """Return the path of a report, named after the chapter and the first file among the parameters, and a folder.

    A run with the same parameters takes the place of the earlier one; with others it gets a number behind the name, and
    a folder of its own for its tables.
    """
    measured = [str(one) for one in parameters.values() if (where / str(one)).is_file()]
    stem = "-".join([chapter, *(Path(name).stem for name in measured[:1])])
    name, number = stem, 1
    while made_with(build / f"{name}.ipynb") not in (None, facts_of(parameters, where)):
        number += 1
        name = f"{stem}-{number}"
    return build / f"{name}.html", build if number == 1 else build / name


def facts_of(parameters, where):
    """Return what tells one run from another."""
    return {name: str(value) for name, value in parameters.items() if name != "output"} | {"where": str(where)}


def made_with(executed):
    """Return what tells the run that wrote a notebook from others; None if that was no report."""
    try:
        found = nbformat.read(executed, 4).metadata.get("report")
    except (OSError, ValueError, nbformat.reader.NotJSONError):
        return None
    return dict(found) if found else None


def make(notebook, parameters, where, build=BUILD):
    """Run a chapter with parameters in a folder; return the path of its report."""
    source = Path(notebook)
    source = next(
        (path for path in (where / source, ROOT / source, ROOT / "chapters" / f"{source}.ipynb") if path.is_file()),
        None,
    )
    names = ", ".join(str(path.relative_to(ROOT)) for path in runnable())
    if source is None or source.suffix != ".ipynb":
        stop(f"NOTEBOOK must be a notebook, got {notebook!r}; for example one of {names}")
    content = nbformat.read(source, 4)
    if not any(has_tag(cell, "parameters") for cell in content.cells):
        stop(f"{notebook} has no cell with the tag parameters; these have: {names}")
    known = {name: one["default"] for name, one in papermill.inspect_notebook(str(source)).items()}
    for name in parameters:
        if name not in known:
            stop(f"{notebook} has no parameter {name!r}; it has {', '.join(known)}")
    # where the chapter's own value is a text, 42 is one too
    parameters = {
        name: value if known[name][:1] in ("'", '"') else value_of(value) for name, value in parameters.items()
    }
    build.mkdir(parents=True, exist_ok=True)
    target, folder = free(build, source.stem, parameters, where)
    said = facts_of(parameters, where)
    if "output" in known:
        parameters = {"output": str(folder), **parameters}
    prepared, executed = target.with_suffix(".prepared.ipynb"), target.with_suffix(".ipynb")
    # a run that fails must not leave another run's page beside its notebook
    target.unlink(missing_ok=True)
    without = without_teaching(content)
    without.metadata["report"] = said
    nbformat.write(without, prepared)
    try:
        run = papermill.execute_notebook(
            str(prepared), str(executed), parameters=parameters, cwd=str(where), progress_bar=False, log_output=False
        )
    except PapermillExecutionError as error:
        stop(f"{notebook} stopped: {error.ename}: {error.evalue}\nreport: as far as it came it is {executed}")
    finally:
        prepared.unlink()
    shown = {**{name: value for name, value in parameters.items() if name != "output"}}
    target.write_text(page(run, shown, source.name), encoding="utf-8")
    return target


def main():
    """Make the report that the environment variables ask for that the Makefile sets."""
    notebook = os.environ.get("REPORT_NOTEBOOK", "")
    where = Path(os.environ.get("REPORT_CALLED_FROM") or ".").resolve()
    if not notebook:
        names = "\n  ".join(str(path.relative_to(ROOT)) for path in runnable())
        stop(
            f'say which chapter, for example\n  make report NOTEBOOK=… PARAMETERS="file=my.mpt"\nwith one of\n  {names}'
        )
    target = make(notebook, parse(os.environ.get("REPORT_PARAMETERS", "")), where)
    print(f"make: the report is {os.path.relpath(target, where)}")


if __name__ == "__main__":
    main()
