"""A note-taker writes for somebody without account; the teller takes it over; years pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.clock import today
from app.db import db, transaction
from app.models import Entry, User
from app.queries import lessons as lesson_queries
from app.services import changes
from tests import factories
from tests.journeys.conftest import Site, Visit, fits, follow, log_in, press, send
from tests.support import uploads as made_up

TELLER = "นางตัวอย่าง ใจดี"
#: Presses beside the typing that a quick lesson with two photos may take.
MOST_TAPS = 12
#: Taps within the phone's own picker: two photos and "done".
IN_THE_PICKER = 3


@pytest.fixture
def recorder(person: Callable[..., User]) -> User:
    return person("writer", "tambon-karo", name="ตัวอย่าง คนจด")


@pytest.fixture
def guide(person: Callable[..., User]) -> User:
    return person("facilitator", "tambon-karo", name="ตัวอย่าง คนดูแล")


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
    for how in ("ลงชื่อบนกระดาษ", "ด้วยวาจา"):
        page.get_by_label(how).check()
    expect(page.locator("#f-consent_day")).to_have_value(today().isoformat())
    expect(page.locator("#f-consent_by")).to_have_value("ตัวอย่าง คนจด")
    press(page, "publish")

    # The teller stands first, the recorder second.
    who = page.locator(".meta-who")
    expect(who).to_have_text(re.compile(rf"ผู้เล่า\s+{TELLER}\s*.*บันทึกโดย\s+ตัวอย่าง คนจด"))
    address = page.url
    assert fits(page)
    picture(page, "teller-first")

    # The index lists her under ตัวอย่าง, before ถนอม, and not under นาง.
    factories.post(factories.writer(name="ถนอม คนถัดไป"))
    stranger = visit(360, 640)
    stranger.goto("/people")
    names = stranger.locator("main li a").all_inner_texts()
    mine, next_one = (
        next(at for at, name in enumerate(names) if wanted in name)
        for wanted in (TELLER, "ถนอม คนถัดไป")
    )
    assert mine < next_one, names

    # The code is printed once, signs somebody up, and does not work twice.
    page.locator(".meta-who a", has_text=TELLER).click()
    follow(page.get_by_role("link", name="รหัสสำหรับผู้เล่า"))
    send(page)
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
    with page.expect_file_chooser() as chooser:
        tap("[data-pick-photos]")
    chooser.value.set_files(
        [
            {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": made_up.photo()}
            for name in ("ก", "ข")
        ]
    )
    tap(".buttons-sticky button[value=publish]")  # nobody waits for the photos
    page.wait_for_url(re.compile(r"/lessons/\d+/"))
    assert taps + IN_THE_PICKER <= MOST_TAPS
    expect(page.locator("figure.photo")).to_have_count(2)

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
    follow(page.locator("a[href*='/steps/n1']"))
    follow(page.locator("main a[href*='closes=']"))
    assert page.locator("input[name=closes]:checked").count() == 1
    fill_quick(page, "ทีมตั้งแล้ว", "2550")
    assert fits(page)
    press(page, "publish")
    second = page.url
    chain = page.locator(".chain li")
    expect(chain).to_have_count(2)
    expect(chain.nth(0)).to_contain_text("ปีแรกของทีม")
    expect(chain.nth(0)).to_contain_text("นำไปสู่ ทีมตั้งแล้ว")
    expect(chain.nth(1)).to_contain_text("พ.ศ. 2550")
    expect(chain.nth(1)).to_contain_text("ต่อเนื่องจาก ปีแรกของทีม: ตั้งทีมคุณอำนวยตำบล")
    expect(chain.nth(1)).to_have_attribute("aria-current", "true")
    assert fits(page)
    picture(page, "chain")
    chain.nth(0).get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(first)
    page.goto("/communities/tambon-karo")
    expect(page.locator("main")).not_to_contain_text("ตั้งทีมคุณอำนวยตำบล")
    page.goto(first)
    expect(page.locator("article .prose")).to_contain_text("ปิดแล้ว")
    assert page.locator(".step-list").count() == 0
    picture(page, "step-closed")

    # A state without a reason is refused; with one it is kept and dated.
    follow(page.locator("a[href$='/state']"))
    page.locator("input[name=state][value=confirmed]").check()
    send(page)
    expect(page.locator(".error-summary")).to_contain_text("เหตุผล")
    assert page.locator("input[name=state][value=confirmed]").is_checked()
    page.fill("#f-reason", "ไปดูที่หมู่บ้านแล้ว ทำได้จริง")
    page.fill("#f-page", urlsplit(second).path)
    assert fits(page)
    picture(page, "lesson-state")
    send(page)
    steps = page.locator(".state-changes")
    expect(steps).to_contain_text("ไปดูที่หมู่บ้านแล้ว")
    expect(steps.get_by_role("link", name="ทีมตั้งแล้ว")).to_be_visible()
    expect(steps.locator("time")).to_have_attribute("datetime", re.compile(r"^\d{4}-\d\d-\d\d"))
    expect(page.locator(".entry-head")).to_contain_text("ยืนยันแล้ว")
    assert fits(page)
    picture(page, "lesson-confirmed")

    # Three years on nobody has confirmed it anew, and readers are told.
    stranger = visit(360, 640)
    unconfirmed = "ไม่มีใครยืนยันบทเรียนนี้มา 3 ปีแล้ว"
    stranger.goto(first)
    expect(stranger.locator("main")).not_to_contain_text(unconfirmed)
    let_three_years_pass(first)
    stranger.goto(first)
    expect(stranger.locator("main")).to_contain_text(unconfirmed)
    assert fits(stranger)
    picture(stranger, "lesson-unconfirmed")


def let_three_years_pass(address: str) -> None:
    """As if the lesson at ``address`` had been published and confirmed so long ago."""
    number = int(re.findall(r"/lessons/(\d+)/", address)[0])
    past = timedelta(days=3 * 365 + 2)
    with transaction():
        lesson = db.session.scalars(db.select(Entry).where(Entry.number == number)).unique().one()
        assert lesson.published_at is not None
        lesson.published_at -= past
        for change in lesson_queries.state_changes_of(lesson):
            change.at -= past
        changes.append(lesson)
