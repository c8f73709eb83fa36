"""A served site and a browser for the journeys.

``site``    the starter library, served by the real server with its worker; shared by all
``visit``   opens a page of the browser: ``visit(360, 640)``, ``visit(js=False)``
``phone``   a phone at the end of a poor ``line``, which tests/journeys/bad_line.py cuts
Every page opened by these is watched: a request to another host, an error of JavaScript
or a breach of the CSP fails the test, whatever it was about.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    expect,
)

import config
from app import create_app
from app.db import db
from app.models import User
from app.services import settings
from tests import factories
from tests.journeys.bad_line import SLOW, SLOWEST
from tests.support import browser as chrome
from tests.support.late import LATE_MS
from tests.support.line import Line, line_to
from tests.support.postgres import free_port

ROOT = config.ROOT
START_S, INDEX_S = 60, 30
#: Milliseconds that a page may take; a busy machine is slow, and waiting costs a good run nothing.
WAIT_MS = 30_000
expect.set_options(timeout=WAIT_MS)
#: SCREENSHOTS=folder bin/test tests/journeys keeps pictures of what is tested.
PICTURES = os.environ.get("SCREENSHOTS", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)


@dataclass
class Site:
    """A served site, and its database for what a test prepares beforehand."""

    url: str
    folder: Path
    app: Flask

    def wait_until_found(self, *numbers: int) -> None:
        """Wait until the worker has brought these entries into the index."""
        missing = set(numbers)
        until = time.monotonic() + INDEX_S
        while missing and time.monotonic() < until:
            found = json.loads(self.text("/api/v1/search?sort=newest&per_page=100"))["hits"]
            missing -= {hit["number"] for hit in found}
            missing -= {number for number in missing if self._finds(number)}
            time.sleep(0.05)
        assert not missing, f"not found within {INDEX_S} s: {missing}"

    def _finds(self, number: int) -> bool:
        hits = json.loads(self.text(f"/api/v1/search?q={number}"))["hits"]
        return number in {hit["number"] for hit in hits}

    def text(self, path: str) -> str:
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return str(answer.read().decode())

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """bin/flask with ``words``, on this site."""
        return subprocess.run(
            [sys.executable, "-m", "app", *words],
            cwd=ROOT,
            env=environment(self.folder, urlsplit(self.url).port or 0),
            capture_output=True,
            text=True,
            timeout=60,
        )


def environment(folder: Path, port: int) -> dict[str, str]:
    return os.environ | {
        "DATA_DIR": str(folder),
        "CONTENT_DIR": "",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_WORKERS": "1",
        "RATE_LIMITS": "off",
        "SITE_URL": f"http://127.0.0.1:{port}",
    }


@pytest.fixture(scope="package")
def site(library_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("served") / "site"
    shutil.copytree(library_site, folder)
    with served(folder) as url:
        settings.forget()
        app = create_app(config.Test(DATA_DIR=folder, SITE_URL=url))
        with app.app_context():
            yield Site(url, folder, app)
            db.session.remove()
            db.engine.dispose()
        settings.forget()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which the site of ``folder`` answers."""
    port = free_port()
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.support.late" if LATE_MS else "app.serving"],
            cwd=ROOT,
            env=environment(folder, port),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(f"{url}/readyz", server, folder / "server.log")
            yield url
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and server.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.1)
    raise AssertionError(f"the site did not start:\n{log.read_text()}")


@pytest.fixture(scope="package")
def running() -> Iterator[Browser]:
    if chrome.chromium() is None:
        pytest.skip(chrome.MISSING)
    with chrome.launched() as browser:
        yield browser


@dataclass
class Watched:
    """What a browser window did that it must not do."""

    host: str
    faults: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("request", self.on_request)
        page.on("console", self.on_console)
        page.on("pageerror", lambda error: self.faults.append(f"JavaScript: {error}"))

    def on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.faults.append(f"a request left the site: {request.url}")

    def on_console(self, message: ConsoleMessage) -> None:
        # The browser notes every answer of 400 and above by itself; tests ask for some.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")


Visit = Callable[..., Page]


@pytest.fixture
def visit(running: Browser, site: Site) -> Iterator[Visit]:
    """Open a window of a stranger; each call is another browser without cookies."""
    opened: list[BrowserContext] = []
    watched = Watched(urlsplit(site.url).netloc)

    def open_window(width: int = 1280, height: int = 800, *, js: bool = True, **more: Any) -> Page:
        context = running.new_context(
            base_url=site.url,
            viewport={"width": width, "height": height},
            has_touch=width < 500,
            java_script_enabled=js,
            locale="th-TH",
            **more,
        )
        context.set_default_timeout(WAIT_MS)
        opened.append(context)
        page = context.new_page()
        watched.watch(page)
        return page

    yield open_window
    for context in opened:
        context.close()
    assert not watched.faults, "\n".join(watched.faults)


@pytest.fixture
def line(site: Site) -> Iterator[Line]:
    """200 kbit/s, and 600 ms until an answer."""
    with line_to(urlsplit(site.url).port or 0, kbit_s=200, delay_ms=300) as made:
        yield made


@pytest.fixture
def phone(running: Browser, line: Line) -> Iterator[Page]:
    """A phone at the end of the line."""
    url = f"http://127.0.0.1:{line.port}"
    watched = Watched(urlsplit(url).netloc)
    context = running.new_context(
        base_url=url,
        viewport={"width": 360, "height": 640},
        has_touch=True,
        is_mobile=True,
        locale="th-TH",
    )
    context.set_default_timeout(SLOW)
    context.set_default_navigation_timeout(SLOWEST)
    context.on("page", watched.watch)
    yield context.new_page()
    context.close()
    assert not watched.faults, "\n".join(watched.faults)


@pytest.fixture
def picture(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keep a picture of a page, when SCREENSHOTS names a folder for them."""

    def keep(page: Page, name: str) -> None:
        if PICTURES:
            Path(PICTURES).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)

    return keep


@pytest.fixture
def person(site: Site) -> Callable[..., User]:
    """Make somebody with a right: ``person("writer", "tambon-karo")``."""

    def make(right: str = "member", at: str | None = None, **fields: Any) -> User:
        return factories.user(right, at, **fields)

    return make


def log_in(page: Page, user: User) -> None:
    """Log in by the form, as people do."""
    page.goto("/account/login")
    page.fill("#f-login", user.username)
    page.fill("#f-password", factories.PASSWORD)
    page.locator("main form button.button-primary").click()
    page.wait_for_url(lambda url: "/account/login" not in url)


def follow(target: Locator) -> None:
    """Press what leads to another page, and wait until that page is there.

    A bare ``click()`` returns while the old page still stands.  That is enough before an
    ``expect(...)``, which waits, and too early for an ``assert``, which looks at once.
    """
    with target.page.expect_navigation():
        target.click()


def press(page: Page, action: str) -> None:
    """A button at the foot of the writing form that sends it: publish, draft or save."""
    follow(page.locator(f".buttons button[name=action][value={action}]"))


def send(page: Page) -> None:
    """The main button of the form of this page."""
    follow(page.locator("main form .button-primary").first)


def fits(page: Page) -> bool:
    """Whether the page is no wider than its window."""
    page.wait_for_load_state("domcontentloaded")
    return bool(
        page.evaluate(
            "document.scrollingElement.scrollWidth <= document.documentElement.clientWidth"
        )
    )
