"""`make lab`: JupyterLab on the chapters, with the kernel of the environment that has the library."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from jupyter_client import BlockingKernelClient

ROOT = Path(__file__).resolve().parent.parent
pytestmark = [
    pytest.mark.edition,
    pytest.mark.skipif(not (ROOT / ".venv" / ".installed-lab").exists(), reason="not installed (make lab)"),
]


def ask(server, path="", data=None):
    head = {"Authorization": f"token {server['token']}"}
    return urllib.request.urlopen(urllib.request.Request(server["url"] + path, data, head), timeout=60)


@pytest.fixture
def server(tmp_path):
    """The running server as its own record names it; it is ended by its process id."""
    # its port is whichever is free; its records are kept apart from those of the reader's own servers
    own = {**os.environ, "JUPYTER_RUNTIME_DIR": str(tmp_path), "ARGS": "--no-browser --allow-root"}
    with open(tmp_path / "log", "w") as log:
        process = subprocess.Popen(["make", "lab"], cwd=ROOT, env=own, stdout=log, stderr=log, start_new_session=True)
    try:
        for _ in range(600):
            if records := list(tmp_path.glob("jpserver-*.json")):
                break
            assert process.poll() is None, (tmp_path / "log").read_text()
            time.sleep(0.1)
        yield json.loads(records[0].read_text())
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def test_it_opens_on_the_chapters_asks_for_no_news_and_its_kernel_has_the_library(server, tmp_path):
    listed = {one["name"] for one in json.load(ask(server, "api/contents/chapters"))["content"]}
    assert {path.name for path in (ROOT / "chapters").glob("*.ipynb")} <= listed
    assert "/lab/tree/chapters" in ask(server).url
    news = json.load(ask(server, "lab/api/settings/@jupyterlab/apputils-extension:notification"))
    assert news["schema"]["properties"]["fetchNews"]["default"] == "false"

    started = json.load(ask(server, "api/kernels", b"{}"))
    client = BlockingKernelClient(connection_file=str(tmp_path / f"kernel-{started['id']}.json"))
    client.load_connection_file()
    client.start_channels()
    said = []
    client.execute_interactive("import poetke2021, sys; print(sys.prefix)", timeout=60, output_hook=said.append)
    client.stop_channels()
    assert [one["content"].get("text", "").strip() for one in said if one["msg_type"] == "stream"] == [sys.prefix]
