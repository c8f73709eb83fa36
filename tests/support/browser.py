"""A browser for the tests: the Chromium of this machine, started alike everywhere."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

#: Nothing but the pages under test may use the network; the sandbox needs rights that a
#: container does not give.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    # A microphone that beeps, and that every page may use as far as its own headers allow.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)

MISSING = (
    "no Chromium found. Install one (Debian: sudo apt install chromium fonts-thai-tlwg) or "
    "name its program: CHROMIUM=/path/to/chromium bin/test"
)


def chromium() -> str | None:
    """The program of a Chromium: ``CHROMIUM``, then the PATH, then the usual places."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if os.access(named, os.X_OK) else None
    on_path = (shutil.which(name) for name in NAMES)
    installed = (place for place in PLACES if os.access(place, os.X_OK))
    return next((found for found in [*on_path, *installed] if found), None) or _of_playwright()


def _of_playwright() -> str | None:
    """The browser that ``playwright install chromium`` fetched, if somebody ran it."""
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    found = sorted(cache.glob("chromium-*/chrome-linux*/chrome")) if cache.is_dir() else []
    return str(found[-1]) if found else None


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """A running browser for ``chromium()``; ask for that first."""
    with sync_playwright() as tools:
        browser = tools.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
