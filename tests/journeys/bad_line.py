"""Cutting the line of a phone, and waiting for what needs it."""

from __future__ import annotations

import time

from playwright.sync_api import Error, Page

from tests.support.line import Line

#: Milliseconds for whatever needs the line; photos take longest.  A page that was not told that
#: the line is back tries it by itself, after pauses that grow to a minute.
SLOW, SLOWEST = 60_000, 150_000


def cut(page: Page, line: Line) -> None:
    line.cut()
    page.context.set_offline(True)


def mend(page: Page, line: Line) -> None:
    line.mend()
    page.context.set_offline(False)


def until(page: Page, expression: str, most_ms: int = SLOW) -> None:
    """Wait until an expression of JavaScript holds, on this page or the next.

    The CSP keeps Playwright's own wait_for_function out, whose loop needs eval.
    """
    end = time.monotonic() + most_ms / 1000
    while time.monotonic() < end:
        try:
            if page.evaluate(expression):
                return
        except Error:  # the page was just going
            pass
        page.wait_for_timeout(100)
    raise AssertionError(f"not within {most_ms} ms: {expression}")


def until_ready(page: Page) -> None:
    """Wait until the phone opens a page without a line.

    Not until the worker has this very page: one that was just being opened when the worker
    came never gets it, and the next one does.
    """
    registration = "navigator.serviceWorker.getRegistration()"
    until(page, f"{registration}.then(one => one?.active?.state === 'activated')")


def until_on_device(page: Page, words: str) -> None:
    """Wait until the device has its copy of what was typed."""
    kept = f"Object.values(localStorage).some(kept => kept.includes({words!r}))"
    until(page, kept)
