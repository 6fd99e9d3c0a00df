"""The chapters as a reader's browser runs them, without a network: each gives the text that is stored."""

import functools
import http.server
import os
import shutil
import threading

import nbformat
import pytest

import lite

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None
)
ARGUMENTS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run"]
SITE = lite.TARGET / "run"
needs_site = [
    pytest.mark.edition,
    pytest.mark.skipif(not SITE.is_dir(), reason="not built: make lite"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium found"),
]
# Run all cells, from the second on if the first set of parameters is given, and return what each printed.
RUN = """async (parameters) => {
  const app = window.jupyterapp;
  const wait = async (what) => { while (!what()) await new Promise((done) => setTimeout(done, 200)); };
  await wait(() => app.shell.currentWidget?.content?.model?.cells?.length);
  const panel = app.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await wait(() => panel.sessionContext.session?.kernel?.status === 'idle');
  for (const cell of panel.content.model.cells) {
    if (parameters && (cell.getMetadata('tags') ?? []).includes('parameters')) {
      cell.sharedModel.setSource(cell.sharedModel.getSource() + '\\n' + parameters);
    }
  }
  await app.commands.execute('notebook:run-all-cells');
  return panel.content.model.toJSON().cells;
}"""

# What matplotlib says on its first start anywhere.
FIRST_START = "Matplotlib is building the font cache"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def open_chapter():
    """Return a function that opens a chapter in a new profile; a request to another server is refused and noted."""
    from playwright.sync_api import sync_playwright

    handler = functools.partial(Quiet, directory=str(lite.TARGET))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.server_address[1]}"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS + sandbox)

        def open_one(name):
            context = browser.new_context()
            outside = []

            def look(route):
                if route.request.url.startswith((home, "data:", "blob:")):
                    route.continue_()
                else:
                    outside.append(route.request.url)
                    route.abort()

            context.route("**/*", look)
            tab = context.new_page()
            tab.set_default_timeout(570_000)
            tab.goto(f"{home}/chapters/{name}.html")
            tab.get_by_role("link", name="Run this chapter").click()
            tab.wait_for_function("window.jupyterapp")
            return tab, outside

        yield open_one
        browser.close()
    server.shutdown()


def text_of(cell):
    """Return the text that a cell shows, pieces of one stream joined."""
    parts = []
    for output in cell.get("outputs", []):
        if output["output_type"] == "stream":
            if FIRST_START in output["text"]:
                continue
            parts.append(output["text"] if isinstance(output["text"], str) else "".join(output["text"]))
        elif output["output_type"] == "error":
            parts.append(f"{output['ename']}: {output['evalue']}")
        else:
            plain = output["data"].get("text/plain", "")
            parts.append(plain if isinstance(plain, str) else "".join(plain))
    return "\n".join(part.rstrip() for part in parts).strip()


def differences(stored, shown):
    """Return each code cell that shows another text than the one that is stored."""
    pairs = zip(
        (c for c in stored if c["cell_type"] == "code"), (c for c in shown if c["cell_type"] == "code"), strict=True
    )
    found = []
    for one, other in pairs:
        ignored = "nbval-ignore-output" in one["metadata"].get("tags", [])
        before, after = text_of(one), text_of(other)
        failed = any(output["output_type"] == "error" for output in other.get("outputs", []))
        if failed or (not ignored and before != after):
            found.append(f"{''.join(one['source'])[:80]!r}\nstored:\n{before}\nshown:\n{after}")
    return found


@pytest.mark.parametrize("path", lite.chapters(), ids=lambda path: path.stem)
class TestEachChapter:
    pytestmark = needs_site

    def test_runs_without_a_network_and_gives_the_stored_text(self, path, open_chapter):
        tab, outside = open_chapter(path.stem)
        shown = tab.evaluate(RUN, None)
        tab.context.close()
        found = differences(nbformat.read(path, 4).cells, shown)
        assert not found, "\n\n".join(found)
        assert outside == []
