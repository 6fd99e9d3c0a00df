"""The browser of this machine: where it is, and how it starts without a word to the network."""

import os
import shutil
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATH = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
MISSING = "no Chromium found: install it (Debian, Ubuntu: apt install chromium) or set $CHROMIUM"
ARGUMENTS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # as root it does not start in its sandbox
    *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
)


@contextmanager
def launched(*arguments):
    """Start it by playwright, with further arguments, and end it afterwards."""
    if PATH is None:
        raise SystemExit(f"make: {MISSING}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PATH, args=[*ARGUMENTS, *arguments])
        yield browser
        browser.close()
