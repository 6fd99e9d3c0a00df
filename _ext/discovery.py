"""What search engines are told: description and JSON-LD on the first page, a sitemap where the book has an address.

The address is ``html_baseurl`` of ``_config.yml``; with it Sphinx also gives each page its canonical link.
"""

import json
import sys
from html import escape
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "tools"))

import metadata


def describe(app, pagename, templatename, context, doctree):
    """Put description and JSON-LD into the head of the first page."""
    if pagename == app.config.root_doc and (Path(app.srcdir) / "CITATION.cff").is_file():
        told = metadata.page_data()
        text = json.dumps(told, ensure_ascii=False).replace("</", "<\\/")
        context["metatags"] += f'\n<meta name="description" content="{escape(told["description"])}">'
        context["metatags"] += f'\n<script type="application/ld+json">{text}</script>'


def write_sitemap(app, exception):
    """List every page by its full address."""
    home = app.config.html_baseurl
    if exception or not home or app.builder.format != "html":
        return
    pages = sorted(app.builder.get_target_uri(name) for name in app.env.found_docs)
    places = "".join(f"<url><loc>{escape(home.rstrip('/'))}/{escape(page)}</loc></url>\n" for page in pages)
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}'
    (Path(app.outdir) / "sitemap.xml").write_text(f"{text}</urlset>\n", encoding="utf-8")


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", describe)
    app.connect("build-finished", write_sitemap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
