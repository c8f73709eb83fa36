"""A lesson from a phone on a bad line: cut while typing, cut while sending, sent once.

The line is a real one between browser and site: 400 kbit/s, 600 ms for an answer, and cut.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from app.db import db
from app.models import Autosave, Entry, User
from tests import factories
from tests.journeys.conftest import Site, Watched, fits, log_in
from tests.support.line import Line, line_to

GOAL = "อยากให้ทุกบ้านมีน้ำดื่มสะอาด\nไม่ต้องซื้อจากร้าน\nและไม่ต้องรอรถน้ำ"
MORE = "ปีนี้ฝนมาช้า\nโอ่งเลยแห้งไปครึ่งหนึ่ง"
AFTER = "ล้างโอ่งก่อนฝนแรก แล้วปิดฝาด้วยผ้าขาวบาง"
OFFLINE = "ไม่มีเน็ต – เก็บไว้ในเครื่องนี้"
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


def cut(page: Page, line: Line) -> None:
    line.cut()
    page.context.set_offline(True)


def mend(page: Page, line: Line) -> None:
    line.mend()
    page.context.set_offline(False)


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


def autosaves(user: User) -> list[Autosave]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Autosave).where(Autosave.user_id == user.id)))


def test_a_lesson_survives_two_cuts_and_is_sent_once(
    phone: Page, line: Line, writer: User, picture: Callable[[Page, str], None]
) -> None:
    title = "โอ่งน้ำฝนของทุกบ้าน"
    log_in(phone, writer)
    phone.goto("/write/quick")
    status = phone.locator(".keeping")
    until(phone, "navigator.serviceWorker.controller !== null")

    # With a line: kept on the server within thirty seconds, with the time in Bangkok.
    phone.fill("#f-title", title)
    phone.fill("#f-years", "2549")
    phone.fill("#f-box_goal", GOAL)
    expect(status).to_have_text(re.compile(r"^เก็บร่างแล้ว \d\d:\d\d น\.$"), timeout=30_000)
    assert [kept.form for kept in autosaves(writer)] == ["quick"]
    assert stored(title) == []
    picture(phone, "keeping-kept")

    # Cut: typing goes on, and says where the text is; publishing waits.
    cut(phone, line)
    expect(status).to_contain_text(OFFLINE, timeout=SLOW)
    phone.fill("#f-box_strengths", MORE)
    phone.fill("#f-box_next", AFTER)
    phone.locator("button[value=publish]").click()
    expect(status).to_contain_text("รอส่ง", timeout=SLOW)
    assert fits(phone)
    picture(phone, "keeping-waiting")

    # The tab is opened again, still cut: everything is there, and can be changed.
    phone.goto("/write/quick")
    expect(phone.locator("#f-box_strengths")).to_have_value(MORE, timeout=SLOW)
    expect(phone.locator("#f-box_goal")).to_have_value(GOAL, timeout=SLOW)
    expect(status).to_contain_text("รอส่ง", timeout=SLOW)
    assert fits(phone)
    picture(phone, "keeping-offline")
    phone.fill("#f-box_problems", "ยังไม่มีฝาปิดทุกใบ")
    phone.wait_for_timeout(1500)  # the copy on the device

    # The line returns and breaks in the middle of sending, twice.
    with phone.expect_request(lambda sent: sent.method == "POST"):
        mend(phone, line)
    cut(phone, line)
    expect(phone.locator(".keeping")).to_contain_text("รอส่ง", timeout=SLOW)
    mend(phone, line)
    until(phone, NOTHING_WAITS)

    made = stored(title)
    assert len(made) == 1
    assert made[0].status == "published"
    for text in (GOAL, MORE, AFTER, "ยังไม่มีฝาปิดทุกใบ"):
        assert text in made[0].body
    assert autosaves(writer) == []
    phone.goto("/write/quick")
    assert phone.locator(".kept").count() == 0  # nothing is offered that was sent
    assert len(stored(title)) == 1


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
