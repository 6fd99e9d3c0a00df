"""How much a reader has before them: words, figures, code and screens of each page of the built book.

``measure_pages.py [PAGE ...]`` prints a table. The *main path* is what a page shows when it opens: its running prose
without code, output, tables, exercises, hints, solutions, questions, explorables and folded parts; captions are counted
apart. Screens are those of a telephone (390 x 844 px), folded parts closed, on all pages but those of *Reference*.
"""

import sys
from pathlib import Path

import yaml
from bs4 import BeautifulSoup

import chromium

ROOT = Path(__file__).resolve().parent.parent
BOOK = ROOT / "_build" / "html"
PHONE = {"width": 390, "height": 844}
# What is no prose, or does not show when the page opens.
ASIDE = (
    "pre, table, script, style, svg, noscript, .headerlink, .cell_output > .output:not(.text_html), .figure-data, "
    ".exercise, .solution, .board, .board-key, .ledger, form.question, .explorable, details:not([open]), .dropdown, nav"
)
LIMITS = {"words": 1500, "figures": 12, "code": 1100, "screens": 250}


def pages():
    """Return each page that is no reference, in the book's order, and whether it is a chapter with code."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    parts = [part for part in toc["parts"] if part["caption"] != "Reference"]
    names = [toc["root"], *(chapter["file"] for part in parts for chapter in part["chapters"])]
    return {name: (ROOT / f"{name}.ipynb").is_file() for name in names}


def measure(text):
    """Return words and figures of the main path and visible lines of code of one page.

    Parameters
    ----------
    text : str
        HTML of the page.
    """
    article = BeautifulSoup(text, "html.parser").select_one("article")
    code = [pre for pre in article.select(".cell_input pre") if not pre.find_parent(_folded)]
    lines = sum(len(pre.get_text().strip("\n").split("\n")) for pre in code)
    for element in article.select(ASIDE):
        element.decompose()
    # a formula counts as one word, however it is written
    for element in article.select(".math"):
        element.replace_with("formula")
    figures = article.select("figure")
    captions = sum(len(each.extract().get_text(" ").split()) for each in figures)
    words = len(article.get_text(" ").split())
    return {"words": words, "captions": captions, "figures": len(figures), "code": lines}


def _folded(element):
    return (element.name == "details" and not element.has_attr("open")) or "dropdown" in element.get("class", [])


def screens(names):
    """Return how many screens of a telephone each page has."""
    with chromium.launched() as browser:
        tab = browser.new_context(viewport=PHONE).new_page()
        found = {}
        for name in names:
            tab.goto((BOOK / f"{name}.html").as_uri(), wait_until="load")
            tab.wait_for_function("!window.MathJax?.startup || MathJax.startup.promise.then(() => true)")
            found[name] = tab.evaluate("document.documentElement.scrollHeight") / PHONE["height"]
    return found


def main(*names):
    """Print the table; return whether a limit is passed."""
    known = pages()
    short = {name.split("/")[-1]: name for name in known}
    if unknown := [name for name in names if name not in short]:
        sys.exit(f"PAGE must be among {', '.join(short)}, got {', '.join(unknown)}")
    chosen = {name: known[name] for name in known if not names or name.split("/")[-1] in names}
    height = screens(chosen)
    rows = {name: measure((BOOK / f"{name}.html").read_text(encoding="utf-8")) for name in chosen}
    print(f"{'page':38}{'words':>7}{'captions':>10}{'figures':>9}{'code':>7}{'screens':>9}")
    for name, row in rows.items():
        print(f"{name:38}{row['words']:7}{row['captions']:10}{row['figures']:9}{row['code']:7}{height[name]:9.1f}")
    code, tall = sum(row["code"] for row in rows.values()), sum(height.values())
    words, figures = (max(row[what] for row in rows.values()) for what in ("words", "figures"))
    total = {"words": words, "figures": figures, "code": code, "screens": tall}
    print(f"{'most, most, sum, sum':38}{words:7}{'':10}{figures:9}{code:7}{tall:9.1f}")
    print(f"{'limit':38}{LIMITS['words']:7}{'':10}{LIMITS['figures']:9}{LIMITS['code']:7}{LIMITS['screens']:9}")
    return any(total[what] > limit for what, limit in LIMITS.items())


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
