"""Link the names in a chapter's code to the page that describes them: the first time that a cell uses each."""

import ast
import re
from functools import cache
from importlib import import_module

from bs4 import BeautifulSoup

OWN = ("sicell", "companion", "poetke2021")
BLOCK = re.compile(r'(<div class="cell_input[^>]*>.*?<pre>)(.*?)(?=</pre>)', re.S)


@cache
def found(name):
    """Return what a dotted name stands for, or nothing."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            thing = import_module(".".join(parts[:cut]))
        except ImportError:
            continue
        for part in parts[cut:]:
            thing = getattr(thing, part, None)
        return thing
    return None


def imported(code):
    """Return the dotted name behind each name that a piece of code imports from the library."""
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except SyntaxError:
        return {}
    names = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {one.asname: one.name for one in node.names if one.asname}
            names |= {one.name.split(".")[0]: one.name.split(".")[0] for one in node.names if not one.asname}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return {name: whole for name, whole in names.items() if whole.split(".")[0] in OWN}


def described(env):
    """Return page and anchor of each function and class that an API page describes, by what it is."""
    objects = env.get_domain("py").objects.items()
    places = {name: (one.docname, one.node_id) for name, one in objects if one.objtype in ("function", "class")}
    return {id(thing): place for name, place in places.items() if (thing := found(name)) is not None}


def link(app, pagename, templatename, context, doctree):
    """Wrap the names of a page's code in links."""
    body = context.get("body") or ""
    if "cell_input" not in body or pagename.startswith("chapters/api"):
        return
    if not hasattr(app, "described_names"):
        app.described_names = described(app.env)
    names = {}

    def linked(match):
        page, seen = BeautifulSoup(f"<pre>{match[2]}</pre>", "html.parser"), set()
        block = page.pre
        names.update(imported(block.get_text()))
        tokens = block.find_all("span", class_=["n", "o"])
        for at, token in enumerate(tokens):
            chain, whole = [token], names.get(token.get_text())
            if whole is None or (at and tokens[at - 1].get_text() == "."):
                continue
            while id(found(whole)) not in app.described_names:
                more = tokens[at + len(chain) : at + len(chain) + 2]
                if len(more) < 2 or more[0].get_text() != ".":
                    break
                chain += more
                whole += f".{more[1].get_text()}"
            place = app.described_names.get(id(found(whole)))
            if place and whole not in seen:
                seen.add(whole)
                address = f"{app.builder.get_relative_uri(pagename, place[0])}#{place[1]}"
                around = page.new_tag("a", href=address, attrs={"class": "code-link"})
                token.insert_before(around)
                around.extend(one.extract() for one in chain)
        return match[1] + block.decode_contents()

    context["body"] = BLOCK.sub(linked, body)


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", link, priority=850)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
