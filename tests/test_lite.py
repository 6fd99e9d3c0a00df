"""The chapters as a reader's browser runs them, without a network: each gives the text that is stored."""

import functools
import http.server
import re
import threading
import zipfile

import nbformat
import numpy as np
import pytest

import chromium
import lite
import plain
from poetke2021.example_files import write_mpt
from sicell.circuit import parse

SITE = lite.TARGET / "run"
needs_site = [
    pytest.mark.edition,
    pytest.mark.skipif(not SITE.is_dir(), reason="not built: make lite"),
    pytest.mark.skipif(chromium.PATH is None, reason=chromium.MISSING),
]
# Run all cells, with a line more in the one for parameters if there is one, and return them with what they showed.
RUN = """async (line) => {
  const app = window.jupyterapp;
  const wait = async (what) => { while (!what()) await new Promise((done) => setTimeout(done, 200)); };
  await wait(() => app.shell.currentWidget?.content?.model?.cells?.length);
  const panel = app.shell.currentWidget;
  await panel.context.ready;
  await panel.sessionContext.ready;
  await wait(() => panel.sessionContext.session?.kernel?.status === 'idle');
  const cells = [...panel.content.model.cells];
  const about = cells.findIndex((cell) => cell.sharedModel.getSource().startsWith('## Your file'));
  if (line) {
    const parameters = cells[about + 1].sharedModel;
    parameters.setSource(parameters.getSource() + '\\n' + line);
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
    handler = functools.partial(Quiet, directory=str(lite.TARGET))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    home = f"http://127.0.0.1:{server.server_address[1]}"
    with chromium.launched() as browser:

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


NUMBER = re.compile(r"(?<![\w.])[-−+]?\d+(?:\.(\d+))?(?:e([-+]?\d+))?")


def alike(stored, shown):
    """Return whether two texts agree but for one unit of a number's last digit: older libraries round elsewhere."""
    if stored == shown:
        return True
    if NUMBER.sub("#", " ".join(stored.split())) != NUMBER.sub("#", " ".join(shown.split())):
        return False
    for one, other in zip(NUMBER.finditer(stored), NUMBER.finditer(shown), strict=True):
        unit = 10.0 ** (int(one[2] or 0) - len(one[1] or ""))
        if abs(float(one[0].replace("−", "-")) - float(other[0].replace("−", "-"))) > 1.01 * unit:
            return False
    return True


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("R0 12.4 ± 0.2, hit", True),
        ("R0  12.5 ± 0.2, hit", True),
        ("R0 12.6 ± 0.2, hit", False),
        ("R0 12.4 ± 0.2, miss", False),
        ("R0 12.4", False),
        ("R0 -12.4 ± 0.2, hit", False),
    ],
)
def test_one_unit_of_the_last_digit_is_alike(shown, expected):
    assert alike("R0 12.4 ± 0.2, hit", shown) is expected


def source_of(cell):
    """Return the code of a cell, however it is stored."""
    return cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def differences(stored, shown):
    """Return each code cell that shows another text than the one that is stored."""
    before = {source_of(cell): cell for cell in stored if cell["cell_type"] == "code"}
    code = [cell for cell in shown if cell["cell_type"] == "code"]
    assert len(code) > 3
    found = []
    for cell in code:
        source, said = source_of(cell), text_of(cell)
        failed = any(output["output_type"] == "error" for output in cell.get("outputs", []))
        if source in before:
            one = before[source]
            ignored = "nbval-ignore-output" in one["metadata"].get("tags", [])
            failed |= not ignored and not alike(text_of(one), said)
        if failed:
            found.append(f"{source[:80]!r}\nstored:\n{text_of(before.get(source, {}))}\nshown:\n{said}")
    return found


def drop(tab, path):
    """Drop a file on the list of files, as a reader does by the button above it."""
    with tab.expect_file_chooser() as chooser:
        tab.locator("[data-command='filebrowser:upload'], [title^='Upload Files']").first.click()
    chooser.value.set_files(path)
    tab.get_by_role("listitem", name=path.name).wait_for()


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


CIRCUIT = parse("R0-p(R1,CPE1)")
FREQUENCY = np.logspace(5, -1, 61)
VALUES = {"R0": 12.0, "R1": 47.0, "CPE1_0": 2e-5, "CPE1_1": 0.88}


def spectrum_file(path, outlier=False):
    """Write a synthetic spectrum as EC-Lab writes text, with 0.2 % of noise, one point off by a fifth if asked for."""
    noise = np.random.default_rng(5).standard_normal((2, 61))
    impedance = CIRCUIT.impedance(FREQUENCY, VALUES)
    impedance = impedance + 0.002 * abs(impedance) * (noise[0] + 1j * noise[1])
    if outlier:
        impedance[30] *= 1.2
    return write_mpt(path, FREQUENCY, impedance, comment="synthetic", decimal=",")


@pytest.fixture
def run_on(open_chapter):
    """Return a function that drops a file into *Your own spectrum*, runs all and returns what was shown."""

    def run(path):
        tab, outside = open_chapter("own-spectrum")
        tab.wait_for_selector(".jp-Notebook")
        drop(tab, path)
        shown = tab.evaluate(RUN, f'file = {path.name!r}; circuit = "R0-p(R1,CPE1)"')
        tab.context.close()
        assert outside == []
        return "\n".join(text_of(cell) for cell in shown if cell["cell_type"] == "code")

    return run


class TestAFileOfOnesOwn:
    pytestmark = needs_site

    def test_is_fitted(self, run_on, tmp_path):
        text = run_on(spectrum_file(tmp_path / "mine.mpt"))
        assert "no contradiction found" in text
        for name in ("R0", "R1"):
            fitted, lower, upper = map(
                float, re.search(rf"^{name} +([\d.]+) \(([\d.]+) to ([\d.]+)\)", text, re.M).groups()
            )
            assert fitted == pytest.approx(VALUES[name], rel=0.01)
            assert lower < fitted < upper
        assert "Error" not in text

    def test_with_an_outlier_has_it_named(self, run_on, tmp_path):
        text = run_on(spectrum_file(tmp_path / "outlier.mpt", outlier=True))
        assert "NOT VALID" in text
        assert "100 Hz" in text

    def test_that_is_broken_is_refused_with_the_line(self, run_on, tmp_path):
        whole = spectrum_file(tmp_path / "whole.mpt").read_bytes().split(b"\r\n")
        broken = tmp_path / "broken.mpt"
        broken.write_bytes(b"\r\n".join([*whole[:20], whole[20].replace(b"E", b"?", 1), *whole[21:]]))
        text = run_on(broken)
        assert "broken.mpt" in text
        assert "line 21" in text
        assert "95 % interval" not in text


def test_a_wheel_with_another_hash_stops_the_build(tmp_path):
    name = "numpy-2.0.2-cp312-cp312-pyodide_2024_0_wasm32.whl"
    lock = {"packages": {"numpy": {"file_name": name, "sha256": lite.sha256(b"as published")}}}
    for content in (b"as published", b"tampered with"):
        with zipfile.ZipFile(tmp_path / "carrier.whl", "w") as carrier:
            carrier.writestr(f"assets/{name}", content)
        if content == b"as published":
            assert lite.verified(lock, tmp_path / "carrier.whl") == {name: content}
        else:
            with pytest.raises(SystemExit, match=name):
                lite.verified(lock, tmp_path / "carrier.whl")


@pytest.mark.parametrize("path", lite.chapters(), ids=lambda path: path.stem)
def test_a_chapter_for_a_browser_is_plain_and_has_no_outputs(path):
    cells = lite.notebook(path).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert plain.left(text) == []
    assert not any(cell.outputs for cell in cells if cell.cell_type == "code")
    if "own-file" in {cell.id for cell in cells}:
        own = [cell.id for cell in cells].index("own-file")
        assert cells[own + 1].cell_type == "code"
        assert "Exercises" not in text
