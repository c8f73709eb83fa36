"""A note-taker writes for somebody without account; the teller takes it over; years pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.models import User
from tests.journeys.conftest import Site, Visit, fits, log_in

TELLER = "นางตัวอย่าง ใจดี"
#: Presses beside the typing that a quick lesson may take (issue: lessons, done when).
MOST_TAPS = 12


@pytest.fixture
def recorder(person: Callable[..., User]) -> User:
    return person("writer", "tambon-karo", name="ตัวอย่าง คนจด")


@pytest.fixture
def guide(person: Callable[..., User]) -> User:
    return person("facilitator", "tambon-karo", name="ตัวอย่าง คนดูแล")


def press(page: Page, action: str) -> None:
    """Press a button of the form; the script that keeps it sends it, so the page follows later."""
    with page.expect_navigation():
        page.locator(f".buttons button[name=action][value={action}]").click()


def fill_quick(page: Page, title: str, year: str = "2549") -> None:
    page.fill("#f-title", title)
    page.fill("#f-years", year)
    page.fill("#f-box_goal", "อยากให้ทุกบ้านมีปุ๋ยใช้เอง")
    page.fill("#f-box_strengths", "เพื่อนบ้านมาช่วยกัน")
    page.fill("#f-box_next", "ตั้งทีม")


def test_a_teller_without_account_is_asked_named_and_takes_over(
    visit: Visit, site: Site, recorder: User, picture: Callable[[Page, str], None]
) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, recorder)
    page.goto("/write/quick")
    fill_quick(page, "ปุ๋ยหมักของป้า")
    page.locator("details.teller > summary").click()
    page.fill("#f-tellers", TELLER)

    # Without consent it is kept, not published, and the field is named.
    press(page, "publish")
    summary = page.locator(".error-summary")
    expect(summary).to_contain_text("ความยินยอมของผู้เล่า")
    expect(page.locator("#f-consent_kind")).to_contain_text(TELLER)
    assert fits(page)
    picture(page, "teller-consent-asked")
    page.get_by_label("ด้วยวาจา").check()
    expect(page.locator("#f-consent_by")).to_have_value("ตัวอย่าง คนจด")
    press(page, "publish")

    # The teller stands first, the recorder second.
    who = page.locator(".meta-who")
    expect(who).to_have_text(re.compile(rf"ผู้เล่า\s+{TELLER}\s*.*บันทึกโดย\s+ตัวอย่าง คนจด"))
    address = page.url
    assert fits(page)
    picture(page, "teller-first")
    stranger = visit(360, 640)
    stranger.goto("/people")
    names = stranger.locator("main li a").all_inner_texts()
    assert any(TELLER in name for name in names)

    # The code is printed once, signs somebody up, and does not work twice.
    page.locator(".meta-who a", has_text=TELLER).click()
    page.get_by_role("link", name="รหัสสำหรับผู้เล่า").click()
    page.locator("main form button.button-primary").click()
    code = page.locator(".code").inner_text()
    assert fits(page)
    picture(page, "teller-code")
    teller = visit(360, 640, is_mobile=True)
    teller.goto("/claim")
    teller.fill("#f-code", code.upper().replace("-", " "))
    teller.locator("main form button.button-primary").click()
    expect(teller.locator("main")).to_contain_text("ปุ๋ยหมักของป้า")
    assert fits(teller)
    picture(teller, "teller-claims")
    teller.fill("#f-login", "yai-jaidee")
    teller.fill("#f-password", "ปลาทูว่ายน้ำ7")
    teller.fill("#f-display_name", TELLER)
    teller.locator("#f-agreed").check()
    teller.locator("main form button.button-primary").click()
    teller.wait_for_url("**/people/yai-jaidee*")
    expect(teller.locator("main")).to_contain_text("ปุ๋ยหมักของป้า")
    teller.goto(f"{address}/edit")
    teller.fill("#f-box_strengths", "ฉันเล่าเองว่าเพื่อนบ้านมาช่วย")
    press(teller, "save")
    expect(teller.locator("article")).to_contain_text("ฉันเล่าเอง")
    stranger.goto(f"/claim/{code}")
    expect(stranger.locator("h1")).not_to_contain_text("สมัคร")
    assert stranger.locator("#f-password").count() == 0


def test_a_quick_lesson_takes_few_taps_and_the_next_one_begins_by_itself(
    visit: Visit, recorder: User
) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, recorder)
    taps = 0

    def tap(selector: str) -> None:
        nonlocal taps
        taps += 1
        page.locator(selector).tap()

    def write(selector: str, text: str) -> None:
        tap(selector)  # a thumb goes to the field first
        page.keyboard.insert_text(text)

    tap("a[href='/write']")
    tap("a[href='/write/quick']")
    expect(page.locator("#f-title")).to_be_focused()
    page.keyboard.insert_text("แตะน้อยก็เล่าได้")  # the title has the focus
    write("#f-years", "2549")
    write("#f-box_goal", "ก")
    write("#f-box_strengths", "ข")
    write("#f-box_next", "ค")
    tap(".buttons button[value=publish]")
    page.wait_for_url(re.compile(r"/lessons/\d+/"))
    assert taps <= MOST_TAPS

    # Paper after paper, by keys alone: the header stands already, the focus is in the title.
    page.goto("/write/quick")
    for number in (1, 2):
        expect(page.locator("#f-title")).to_be_focused()
        expect(page.locator("#f-title")).to_have_value("")
        expect(page.locator("#f-years")).to_have_value("2549")
        assert page.locator("input[name=communities]:checked").input_value() == "tambon-karo"
        page.keyboard.insert_text(f"จากกระดาษแผ่นที่ {number}")
        with page.expect_navigation():
            page.keyboard.press("Control+Shift+S")
    page.goto("/drafts")
    for number in (1, 2):
        expect(page.locator("main")).to_contain_text(f"จากกระดาษแผ่นที่ {number}")


def test_a_step_stays_open_until_a_later_lesson_closes_it_and_a_state_has_its_reason(
    visit: Visit, guide: User, picture: Callable[[Page, str], None]
) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, guide)
    page.goto("/write/quick")
    fill_quick(page, "ปีแรกของทีม")
    page.locator("button[name=row_action][value='steps:add']").click()
    page.fill("#f-steps-0-text", "ตั้งทีมคุณอำนวยตำบล")
    page.fill("#f-steps-0-due", "2550-07")
    press(page, "publish")
    first = page.url

    page.goto("/steps")
    expect(page.locator("main")).to_contain_text("ตั้งทีมคุณอำนวยตำบล")
    page.goto("/communities/tambon-karo")
    step = page.locator(".step-list")
    expect(step).to_contain_text("ตั้งทีมคุณอำนวยตำบล")
    expect(step).to_contain_text("ถึงกำหนดแล้ว")
    assert fits(page)
    picture(page, "steps-open")

    # From the step to the lesson that closes it.
    page.goto(first)
    page.locator("a[href*='/steps/n1']").click()
    page.locator("main a[href*='closes=']").click()
    assert page.locator("input[name=closes]:checked").count() == 1
    fill_quick(page, "ทีมตั้งแล้ว", "2550")
    assert fits(page)
    press(page, "publish")
    second = page.url
    expect(page.locator("main")).to_contain_text("ตั้งทีมคุณอำนวยตำบล")
    page.goto("/communities/tambon-karo")
    expect(page.locator("main")).not_to_contain_text("ตั้งทีมคุณอำนวยตำบล")
    page.goto(first)
    expect(page.locator("article .prose")).to_contain_text("ปิดแล้ว")
    assert page.locator(".step-list").count() == 0
    picture(page, "step-closed")

    # A state without a reason is refused; with one it is kept and dated.
    page.locator("a[href$='/state']").click()
    page.locator("input[name=state][value=confirmed]").check()
    page.locator("main form button.button-primary").click()
    expect(page.locator(".error-summary")).to_contain_text("เหตุผล")
    assert page.locator("input[name=state][value=confirmed]").is_checked()
    page.fill("#f-reason", "ไปดูที่หมู่บ้านแล้ว ทำได้จริง")
    page.fill("#f-page", urlsplit(second).path)
    assert fits(page)
    picture(page, "lesson-state")
    page.locator("main form button.button-primary").click()
    expect(page.locator(".state-changes")).to_contain_text("ไปดูที่หมู่บ้านแล้ว")
    expect(page.locator(".entry-head")).to_contain_text("ยืนยันแล้ว")
    assert fits(page)
    picture(page, "lesson-confirmed")
