"""Seconds until pages are whole on a phone at the end of a slow line.

    .venv/bin/python bench/writing/slow_line.py [how often]

Serves a site with the starter library as bin/serve does, puts a line of 200 kbit/s and 600 ms
between it and Chromium at 360 x 640, logs a writer in and measures from the press of the button,
or from opening the address, until everything on the page has come (the load event).  Cold: a
browser that has nothing of the site.  Bytes are all that came down the line meanwhile, heads
and what the service worker fetches included.  Medians; figures stand in README.md.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize

sys.path.insert(0, str(Path(__file__).parents[2]))

from bench import site as bench_site
from tests.journeys.bad_line import until_ready
from tests.support import browser as chrome
from tests.support.line import Line, line_to

KBIT_S, ANSWER_MS = 200, 600
LESSON = "/posts/900023"
USER, PASSWORD = "bench", "a-long-enough-password"
Took = dict[str, list[tuple[float, int]]]


def main(times: int) -> None:
    took: Took = {}
    with tempfile.TemporaryDirectory() as folder:
        env = bench_site.environment(Path(folder))
        bench_site.run(["-c", bench_site.PREPARE], env)
        account = ["users", "create", USER, "--right", "writer", "--community", "tambon-karo"]
        account += ["--display-name", "Bench", "--password-stdin"]
        bench_site.run(["-m", "app", *account], env, said=f"{PASSWORD}\n")
        server = [sys.executable, "-m", "app.serving"]
        with (
            bench_site.serving(server, env, int(env["PORT"])) as (_pid, port),
            line_to(port, kbit_s=KBIT_S, delay_ms=ANSWER_MS / 2) as line,
            chrome.launched() as browser,
        ):
            for _ in range(times):
                one_phone(browser, line, took)
    print(f"{KBIT_S} kbit/s, {ANSWER_MS} ms, median of {times}")
    for what, found in took.items():
        seconds = statistics.median(one for one, _bytes in found)
        kilobytes = statistics.median(size for _one, size in found) / 1000
        print(f"{what}: {seconds:.1f} s, {kilobytes:.0f} kB")


def one_phone(browser: Browser, line: Line, took: Took) -> None:
    """From the log-in page to the form; then the front page by a browser that kept nothing."""
    url = f"http://127.0.0.1:{line.port}"
    page = new_phone(browser, url)
    measure(line, took, "log-in page, cold", lambda: page.goto("/account/login"))
    page.fill("#f-login", USER)
    page.fill("#f-password", PASSWORD)
    measure(line, took, "front page after log-in", lambda: log_in(page))
    # From here on the service worker fetches what it keeps for a cut line.
    until_ready(page)
    measure(line, took, "front page, warm", lambda: page.goto("/"))
    measure(line, took, "lesson", lambda: page.goto(LESSON))
    measure(line, took, "quick lesson form", lambda: page.goto("/write/quick"))
    cold = new_phone(browser, url, storage_state=page.context.storage_state())
    measure(line, took, "front page, logged in, cold", lambda: cold.goto("/"))
    for one in (page, cold):
        one.context.close()


def new_phone(browser: Browser, url: str, **more: Any) -> Page:
    """A browser that has nothing of the site but what ``storage_state`` says."""
    screen = ViewportSize(width=360, height=640)
    context = browser.new_context(
        base_url=url, viewport=screen, is_mobile=True, has_touch=True, locale="th-TH", **more
    )
    context.set_default_timeout(120_000)
    return context.new_page()


def measure(line: Line, took: Took, what: str, go: Callable[[], object]) -> None:
    """Seconds until ``go`` is done, and the bytes that came down the line until then."""
    began, before = time.perf_counter(), line.carried["down"]
    go()
    seconds = time.perf_counter() - began
    took.setdefault(what, []).append((seconds, line.carried["down"] - before))


def log_in(page: Page) -> None:
    with page.expect_navigation():
        page.locator("main form button.button-primary").click()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
