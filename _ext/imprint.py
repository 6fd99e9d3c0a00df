"""What a reader may do with the book and where its data are: foot of each page, repository buttons, data tables.

The address of the repository stands in one place, ``repository: url`` of ``_config.yml``; while it is empty no button
appears. In the footer ``{root}`` is the way from a page to the top of the book.
"""

import csv
import json
import shutil
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive

BUTTONS = ("use_repository_button", "use_issues_button")


def add_buttons(app, config):
    """Show the buttons that lead to the repository if it has an address."""
    options = config.html_theme_options
    if options.get("repository_url"):
        options.update(dict.fromkeys(BUTTONS, True))


def fill_footer(app, pagename, templatename, context, doctree):
    """Let the footer's links start at the page."""
    if context.get("theme_extra_footer"):
        context["theme_extra_footer"] = context["theme_extra_footer"].replace("{root}", context["content_root"])


def copy_data(app, exception):
    """Put the data package beside the pages, under the names that it has in the repository."""
    if not exception and app.builder.format == "html":
        # what a reader reads off a copy of the paper is not published; the templates for it are
        own = [path.name for path in (Path(app.srcdir) / "data" / "yours").glob("*") if ".template." not in path.name]
        ignored = shutil.ignore_patterns("__pycache__", "*.py", ".*", *own)
        target = Path(app.outdir) / "data"
        shutil.copytree(Path(app.srcdir) / "data", target, ignore=ignored, dirs_exist_ok=True)


class DataTables(Directive):
    """List the tables of ``data/datapackage.json``: title, link, length and description of each."""

    def run(self):
        """Return the list."""
        environment = self.state.document.settings.env
        folder = Path(environment.srcdir) / "data"
        package = folder / "datapackage.json"
        environment.note_dependency(str(package))
        root = "../" * environment.docname.count("/")
        entries = nodes.definition_list()
        for resource in json.loads(package.read_text(encoding="utf-8"))["resources"]:
            path = folder / resource["path"]
            environment.note_dependency(str(path))
            with path.open(encoding="utf-8", newline="") as file:
                rows = sum(1 for _ in csv.reader(file)) - 1
            where = f"data/{resource['path']}"
            term = nodes.term("", "", nodes.Text(f"{resource['title']}, {rows} rows: "))
            term += nodes.reference("", "", nodes.literal(text=where), refuri=root + where, internal=False)
            text = nodes.definition("", nodes.paragraph(text=resource["description"]))
            entries += nodes.definition_list_item("", term, text)
        return [entries]


def setup(app):
    """Register with Sphinx."""
    app.add_directive("data-tables", DataTables)
    app.connect("config-inited", add_buttons)
    app.connect("html-page-context", fill_footer, priority=900)
    app.connect("build-finished", copy_data)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
