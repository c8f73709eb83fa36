"""A text from a phone on a bad line: a closed page and an ended session keep it.

The line is a real one between browser and site: 400 kbit/s, 600 ms for an answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from app.db import db
from app.models import Entry, User
from tests import factories
from tests.journeys.conftest import Site, Watched, log_in
from tests.support.line import Line, line_to

MORE = "ปีนี้ฝนมาช้า\nโอ่งเลยแห้งไปครึ่งหนึ่ง"
NOTHING_WAITS = "!Object.keys(localStorage).some(key => key.startsWith('queue:'))"
#: Milliseconds for whatever needs the line.
SLOW = 15_000


@pytest.fixture
def writer(person: Callable[..., User]) -> User:
    return person("writer", "tambon-karo", name="ตัวอย่าง ชาวโอ่งใหญ่")


@pytest.fixture
def line(site: Site) -> Iterator[Line]:
    with line_to(urlsplit(site.url).port or 0, kbit_s=400, delay_ms=300) as made:
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
    page = context.new_page()
    watched.watch(page)
    yield page
    context.close()
    assert not watched.faults, "\n".join(watched.faults)


def until(page: Page, expression: str) -> None:
    """Wait until an expression of JavaScript holds, on this page or the next.

    The CSP keeps Playwright's own wait_for_function out, whose loop needs eval.
    """
    end = time.monotonic() + SLOW / 1000
    while time.monotonic() < end:
        try:
            if page.evaluate(expression):
                return
        except Error:  # the page was just going
            pass
        page.wait_for_timeout(100)
    raise AssertionError(f"not within {SLOW} ms: {expression}")


def stored(title: str) -> list[Entry]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Entry).where(Entry.title == title)))


def test_a_crash_and_an_expired_session_keep_the_text(
    phone: Page, line: Line, writer: User
) -> None:
    title = "บัญชีครัวเรือนของป้า"
    log_in(phone, writer)
    phone.goto("/write/story")
    phone.fill("#f-title", title)
    phone.fill("#f-body", MORE)
    phone.wait_for_timeout(1500)
    phone.goto("about:blank")

    # Opened again after a crash: the text is offered.
    phone.goto("/write/story")
    phone.locator("[data-take]").click()
    expect(phone.locator("#f-body")).to_have_value(MORE, timeout=SLOW)

    # The session ends under the open form: log in, press once more, one entry.
    phone.context.clear_cookies()
    phone.locator("button[value=publish]").click()
    expect(phone.locator("#f-login")).to_be_visible(timeout=SLOW)
    phone.fill("#f-login", writer.username)
    phone.fill("#f-password", factories.PASSWORD)
    phone.locator("main form button.button-primary").click()
    until(phone, NOTHING_WAITS)
    made = stored(title)
    assert [entry.body for entry in made] == [MORE]
