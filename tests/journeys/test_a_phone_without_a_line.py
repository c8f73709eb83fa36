"""A phone without a line: made ready when somebody logs in, and what it can write then.

The line is a real one between browser and site: 200 kbit/s, 600 ms for an answer, and cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.models import User
from tests.journeys.bad_line import SLOWEST, cut, mend, until, until_on_device, until_ready
from tests.journeys.conftest import Visit, fits, log_in
from tests.support import uploads as made_up
from tests.support.line import Line

GOAL = "อยากให้ทุกบ้านมีน้ำดื่มสะอาด\nไม่ต้องซื้อจากร้าน\nและไม่ต้องรอรถน้ำ"
AFTER = "ล้างโอ่งก่อนฝนแรก แล้วปิดฝาด้วยผ้าขาวบาง"
PHOTO = {"name": "โอ่ง.jpg", "mimeType": "image/jpeg", "buffer": made_up.photo(size=(900, 1200))}


@pytest.fixture
def writer(person: Callable[..., User]) -> User:
    return person("writer", "tambon-karo", name="ตัวอย่าง ชาวโอ่งใหญ่")


#: Addresses of all that the service worker keeps.
KEPT_PAGES = """(async () => {
  const names = await caches.keys();
  const kept = await Promise.all(names.map(async name => (await caches.open(name)).keys()));
  return kept.flat().map(({url}) => new URL(url).pathname);
})()"""


def test_a_phone_that_never_saw_a_form_can_write_without_a_line(
    phone: Page, line: Line, writer: User
) -> None:
    log_in(phone, writer)
    until_ready(phone)
    phone.goto("/write")
    phone.goto("/drafts")
    cut(phone, line)
    phone.goto("/write/quick")
    phone.fill("#f-box_goal", GOAL)
    until_on_device(phone, "รอรถน้ำ")

    pages = {path for path in phone.evaluate(KEPT_PAGES) if not path.startswith("/static/")}
    assert pages == {"/write/offline"}, "a page of somebody was kept"


def labels(page: Page) -> list[str]:
    return [text.strip() for text in page.locator("main form .label").all_inner_texts()]


def test_the_page_without_a_line_is_the_form_that_was_asked_for(
    phone: Page, line: Line, writer: User, picture: Callable[[Page, str], None]
) -> None:
    log_in(phone, writer)
    until_ready(phone)
    cut(phone, line)
    main_fields_only = phone.get_by_text("มีเฉพาะช่องหลัก")
    phone.goto("/write/quick")
    expect(phone.locator("h1")).to_have_text("บทเรียนสั้น – ไม่มีเน็ต")
    expect(main_fields_only).to_be_hidden()
    assert labels(phone)[:2] == ["ชื่อบทเรียน (จำเป็น)", "ปี (จำเป็น)"]
    assert len(labels(phone)) == 6
    label = phone.locator("main form .label").first
    expect(label).to_have_css("font-weight", "700")
    button = phone.get_by_role("link", name="ลองใหม่").bounding_box()
    first = label.bounding_box()
    assert button and first and first["y"] - button["y"] - button["height"] >= 16
    assert fits(phone)
    picture(phone, "without-a-line-quick")

    for what, heading, number in (
        ("post", "เขียนบันทึก", 2),
        ("note", "จดสั้น", 1),
        ("forum", "เขียนบันทึกเวที", 4),
    ):
        phone.goto(f"/write/{what}")
        expect(phone.locator("h1")).to_have_text(f"{heading} – ไม่มีเน็ต")
        assert len(labels(phone)) == number

    phone.goto("/write/lesson")
    expect(phone.locator("h1")).to_have_text("บทเรียนเต็ม 8 ช่อง – ไม่มีเน็ต")
    expect(main_fields_only).to_be_visible()
    assert len(labels(phone)) == 10
    assert fits(phone)
    picture(phone, "without-a-line-lesson")
    phone.fill("#f-title", "สวนยางหลังบ้าน")
    phone.fill("#f-box_actions", AFTER)
    phone.fill("#f-box_goal", GOAL)
    until_on_device(phone, "รอรถน้ำ")
    mend(phone, line)

    # The line is back: the full form has it all.
    expect(phone.locator("button[value=publish]")).to_be_visible(timeout=SLOWEST)
    assert phone.url.endswith("/write/lesson")
    for name, text in (("title", "สวนยางหลังบ้าน"), ("box_actions", AFTER), ("box_goal", GOAL)):
        expect(phone.locator(f"#f-{name}")).to_have_value(text)


def test_without_a_line_no_field_stands_alone_that_says_nothing_by_itself(
    phone: Page, line: Line, writer: User
) -> None:
    log_in(phone, writer)
    phone.goto("/write/quick")
    until_ready(phone)
    asked_by = phone.locator("[name=consent_by]").input_value()
    phone.fill("#f-title", "โอ่งของป้า")
    until_on_device(phone, "โอ่งของป้า")
    cut(phone, line)
    phone.goto("/write/quick")

    expect(phone.locator("#f-title")).to_have_value("โอ่งของป้า")
    expect(phone.locator("h1")).to_have_text("บทเรียนสั้น – ไม่มีเน็ต")
    assert labels(phone)[:2] == ["ชื่อบทเรียน (จำเป็น)", "ปี (จำเป็น)"]
    assert len(labels(phone)) == 6
    kept = phone.locator("input[type=hidden][name=consent_by]")
    expect(kept).to_have_value(asked_by)


def test_a_stranger_fetches_nothing_for_writing(visit: Visit) -> None:
    page = visit(360, 640)
    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    page.goto("/", wait_until="networkidle")
    assert not [url for url in asked if url.endswith(("/sw.js", "/keeping.js", "/write/offline"))]
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0


def test_a_phone_whose_line_broke_while_it_was_made_ready_is_made_ready_later(
    phone: Page, line: Line, writer: User
) -> None:
    registered = "navigator.serviceWorker.getRegistrations()"
    log_in(phone, writer)
    until(phone, f"{registered}.then(all => all.some(one => one.installing))")
    line.cut()
    until(phone, f"{registered}.then(all => all.length === 0)")
    line.mend()
    until_ready(phone)


def test_the_page_without_a_line_gives_way_to_the_real_one_by_itself(
    phone: Page, line: Line, writer: User
) -> None:
    log_in(phone, writer)
    phone.goto("/write/quick")
    until_ready(phone)
    cut(phone, line)
    phone.goto("/write/quick")
    phone.fill("#f-title", "พิมพ์ตอนไม่มีเน็ต")
    phone.set_input_files("#pick-photos", [PHOTO])
    expect(phone.locator(".upload-list li")).to_have_text([re.compile("รอส่ง")])
    mend(phone, line)

    expect(phone.locator("button[value=publish]")).to_be_visible(timeout=SLOWEST)
    expect(phone.locator("#f-title")).to_have_value("พิมพ์ตอนไม่มีเน็ต")
    expect(phone.locator("#uploads input[name=uploads][type=hidden]")).to_have_count(
        1, timeout=SLOWEST
    )
    expect(phone.locator(".keeping")).to_contain_text("เก็บร่างแล้ว")
