"""The search: chapters come before the library's pages, and what was found is shown also in a book opened from a disk.

A browser lets no page read another one from the disk, so the words around a hit come from one file of texts.
"""

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup

TEXTS = "search_texts.js"
SCRIPT = """
if (location.protocol === "file:") {
  const ask = window.fetch;
  window.fetch = (address, ...rest) => {
    const page = new URL(address, location).href.replace(/#.*/, ""), top = new URL(".", location).href;
    const text = SEARCH_TEXTS[page.replace(top, "")];
    if (text === undefined) return ask(address, ...rest);
    const main = document.createElement("div");
    main.setAttribute("role", "main");
    main.textContent = text;
    return Promise.resolve(new Response(main.outerHTML));
  };
}
"""


def add_texts(app, pagename, templatename, context, doctree):
    """Load the texts on the page of results, and nowhere else."""
    if pagename == "search":
        app.add_js_file(TEXTS, priority=100)


def write_texts(app, exception):
    """Write the text of each page, without code and formulas."""
    if exception or app.builder.format != "html":
        return
    top, texts = Path(app.outdir), {}
    for document in sorted(app.env.found_docs):
        page = top / f"{document}.html"
        article = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select_one("article")
        for element in article.select("pre, script, style, svg, .math, .headerlink"):
            element.decompose()
        texts[f"{document}.html"] = re.sub(r"\s+", " ", article.get_text(" ")).strip()
    content = f"const SEARCH_TEXTS = {json.dumps(texts, ensure_ascii=False)};\n{SCRIPT}"
    (top / "_static" / TEXTS).write_text(content, encoding="utf-8")


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", add_texts)
    app.connect("build-finished", write_texts)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
