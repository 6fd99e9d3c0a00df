"""Make the built pages complete in themselves: no request leaves the reader's machine.

Sphinx takes MathJax from a CDN and the theme takes thebe from another. MathJax is copied out of a locked package into
the book; thebe, which needs a server, is dropped. A few attributes that screen readers need are added on the way.
"""

import re
import shutil
import sysconfig
from pathlib import Path

PARTS = ("tex-mml-chtml.js", "output/chtml/fonts/woff-v2", "input/tex/extensions")


def _source():
    # the package's folder has dashes in its name, so it cannot be imported
    return Path(sysconfig.get_path("purelib")) / "sphinx-mathjax-offline" / "static" / "mathjax"


def copy_mathjax(app, exception):
    """Copy the parts of MathJax that the pages use."""
    if exception or app.builder.format != "html":
        return
    target = Path(app.outdir) / "_static" / "mathjax"
    for part in PARTS:
        source = _source() / part
        destination = target / part
        destination.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, destination, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, destination)


def drop_thebe(app, pagename, templatename, context, doctree):
    """Remove thebe's script and style from a page."""

    def wanted(asset):
        said = f"{getattr(asset, 'filename', asset)} {getattr(asset, 'attributes', '')}"
        return "thebe" not in said.lower()

    for kind in ("script_files", "css_files"):
        if kind in context:
            context[kind] = [asset for asset in context[kind] if wanted(asset)]


# What the writers of tables and bibliographies leave for screen readers to stumble over, and what it becomes.
MENDED = (
    # a DataFrame leaves the corner above its index empty, which is announced as an empty header
    (re.compile(r"<th(?: (?:class|scope)=\"\w*\")*>\s*</th>"), "<td></td>"),
    # a list whose items have another role is no list
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),
    (re.compile(r' role="doc-biblioentry"'), ""),
)


def mend_roles(app, pagename, templatename, context, doctree):
    """Correct roles in a page's body that accessibility checkers object to."""
    if context.get("body"):
        for pattern, replacement in MENDED:
            context["body"] = pattern.sub(replacement, context["body"])


def name_toggles(app, exception):
    """Give the arrows that unfold the table of contents a name that can be spoken."""
    if exception or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        named = text.replace('<summary><span class="toctree-toggle"', f'{NAMED}<span class="toctree-toggle"')
        if named != text:
            page.write_text(named, encoding="utf-8")


NAMED = '<summary aria-label="Pages of this section">'


def setup(app):
    """Register with Sphinx."""
    app.config.mathjax_path = "mathjax/tex-mml-chtml.js"
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("html-page-context", mend_roles, priority=900)
    app.connect("build-finished", copy_mathjax)
    app.connect("build-finished", name_toggles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
