"""Invitation on paper, first comment, a report to the moderators, a lost password."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

from playwright.sync_api import Error, Page, expect

from app.models import User
from app.services import accounts
from tests import factories
from tests.journeys.conftest import Site, Visit, fits, follow, log_in, press, send

POST = 900016
PASSWORD = "สวนสมรมหลังบ้าน9"
NEW_PASSWORD = "น้ำท่วมปีก่อนโน้น12"


def test_from_a_printed_invitation_to_a_lost_password(
    visit: Visit,
    site: Site,
    person: Callable[..., User],
    picture: Callable[[Page, str], None],
) -> None:
    desk = visit(1280, 800)
    facilitator = person("facilitator", "tambon-karo", name="ตัวอย่าง ผู้ดูแล")
    log_in(desk, facilitator)
    link = printed_invitation(desk, picture)

    phone = visit(360, 640, is_mobile=True)
    name = joins(phone, link, picture)
    comments(phone)

    reports_a_problem(visit(360, 640, js=False))
    moderator_reads_it(visit(1280, 800), person("moderator"), picture)

    code = one_time_code(desk, name, picture)
    sets_a_new_password(visit(360, 640), name, code)
    comes_in_with_it(visit(360, 640), name)
    the_code_is_spent(visit(360, 640), name, code)


def printed_invitation(desk: Page, picture: Callable[[Page, str], None]) -> str:
    """The link that the facilitator prints, with its square code."""
    desk.goto("/invitations")
    if not desk.locator("#f-community").input_value():
        desk.select_option("#f-community", "tambon-karo")
    desk.locator("input[name=right][value=writer]").check()
    desk.fill("#f-uses", "2")
    send(desk)
    picture(desk, "invitation")
    text = desk.locator("main").inner_text()
    link = re.search(r"http://127\.0\.0\.1:\d+/join/\S+", text)
    assert link, text
    assert desk.locator("main img[src^='data:image/svg+xml']").count() == 1
    return link[0]


def joins(phone: Page, link: str, picture: Callable[[Page, str], None]) -> str:
    """Sign up with a user name and a password; returns the user name."""
    name = "คนใหม่-กะหรอ"
    phone.goto(link)
    expect(phone.locator("main")).to_contain_text("กะหรอ")
    assert fits(phone)
    picture(phone, "sign-up")
    phone.fill("#f-login", name)
    phone.fill("#f-display_name", "ตัวอย่าง คนใหม่")
    phone.fill("#f-password", PASSWORD)
    phone.locator("main form .button-primary").click()  # held back: consent is not ticked
    expect(phone.locator("#f-agreed")).to_be_focused()
    assert phone.url == link
    phone.check("#f-agreed")
    send(phone)
    phone.goto("/write")
    expect(phone.locator("main")).to_contain_text("บทเรียนสั้น")  # she may write at once
    return name


def comments(phone: Page) -> None:
    phone.goto(f"/posts/{POST}")
    follow(phone.locator("a[href$='/comments/new']").first)
    phone.fill("#f-body", "ที่บ้านเราลองแล้วเหมือนกัน ได้ผลตอนหน้าแล้ง")
    send(phone)
    expect(phone.locator(".comments")).to_contain_text("ได้ผลตอนหน้าแล้ง")
    expect(phone.locator(".comments")).to_contain_text("ตัวอย่าง คนใหม่")
    assert "#c" in phone.url


def reports_a_problem(stranger: Page) -> None:
    """Without an account and without JavaScript, from the foot of the page."""
    stranger.goto(f"/posts/{POST}")
    expect(stranger.locator(".comments")).to_contain_text("ได้ผลตอนหน้าแล้ง")
    follow(stranger.locator("footer a[href^='/report']"))
    send(stranger)  # says nothing yet
    stranger.fill("#f-text", "ชื่อหมู่บ้านในย่อหน้าแรกสะกดผิด")
    send(stranger)
    stranger.wait_for_url("**/report/thanks?*")


def moderator_reads_it(page: Page, moderator: User, picture: Callable[[Page, str], None]) -> None:
    log_in(page, moderator)
    page.goto("/admin/reports")
    expect(page.locator("main")).to_contain_text("สะกดผิด")
    picture(page, "reports")


def one_time_code(desk: Page, name: str, picture: Callable[[Page, str], None]) -> str:
    """The code that the facilitator prints; she never sees a password."""
    desk.goto(f"/people/{name}/code")
    send(desk)
    picture(desk, "one-time-code")
    text = desk.locator("main").inner_text()
    code = re.search(r"\b[A-Za-z0-9]{4}-[A-Za-z0-9]{4}-[A-Za-z0-9]{4}\b", text)
    assert code, text
    return code[0]


def sets_a_new_password(page: Page, name: str, code: str) -> None:
    page.goto("/account/login")
    follow(page.locator("main a[href*='/account/reset']"))
    page.fill("#f-login", name)
    page.fill("#f-code", code.lower())
    page.fill("#f-new", NEW_PASSWORD)
    send(page)


def comes_in_with_it(page: Page, name: str) -> None:
    page.goto("/account/login")
    page.fill("#f-login", name)
    page.fill("#f-password", NEW_PASSWORD)
    send(page)
    page.goto("/drafts")
    assert "/account/login" not in page.url


def the_code_is_spent(page: Page, name: str, code: str) -> None:
    page.goto("/account/reset")
    page.fill("#f-login", name)
    page.fill("#f-code", code)
    page.fill("#f-new", PASSWORD)
    send(page)
    expect(page.locator(".error-summary, [role=alert]").first).to_be_visible()


def test_an_expired_session_keeps_the_text(visit: Visit, person: Callable[..., User]) -> None:
    page = visit(360, 640)
    writer = person("writer")
    log_in(page, writer)
    page.goto("/write/post")
    page.fill("#f-title", "ก่อนไฟดับ")
    page.fill("#f-body", "เขียนค้างไว้สามย่อหน้า")
    accounts.end_sessions(writer)  # by the site: a cookie taken away may come with a late answer
    press(page, "draft")
    expect(page.locator("main")).to_contain_text("เขียนค้างไว้สามย่อหน้า")
    page.fill("#f-login", writer.username)
    page.fill("#f-password", factories.PASSWORD)
    send(page)
    # Save is pressed again, unless the queue of this device has been quicker.
    with contextlib.suppress(Error):
        page.locator("main form .button-primary").first.click(timeout=5000)
    page.wait_for_url("**/edit")
    assert page.input_value("#f-title") == "ก่อนไฟดับ"
    assert page.input_value("#f-body").strip() == "เขียนค้างไว้สามย่อหน้า"
