"""A line of the day without a line or JavaScript, a second author, and a story in parts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.models import User
from tests.journeys.conftest import Visit, fits, follow, log_in, press, send
from tests.journeys.test_every_page_is_clean import grave_on


@pytest.fixture
def writer(person: Callable[..., User]) -> User:
    return person("writer", "tambon-karo", name="ตัวอย่าง คนจด")


@pytest.fixture
def friend(person: Callable[..., User]) -> User:
    return person(username="friend-of-karo", name="ตัวอย่าง คนร่วม")


def test_a_note_waits_for_the_line_and_arrives_once(visit: Visit, writer: User) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, writer)
    page.goto("/write/note")
    page.fill("#f-body", "จดไว้ตอนไม่มีเน็ต")
    page.context.set_offline(True)
    page.locator(".buttons button[name=action][value=publish]").click()
    expect(page.locator("[data-keeping]")).to_contain_text("รอส่ง")

    page.context.set_offline(False)

    page.wait_for_url(f"**/people/{writer.username}/journal")
    expect(page.get_by_text("จดไว้ตอนไม่มีเน็ต")).to_have_count(1)


def test_a_member_notes_without_javascript_and_in_english(
    visit: Visit, person: Callable[..., User]
) -> None:
    page = visit(js=False)
    log_in(page, person())
    page.goto("/write?lang=en")
    page.get_by_role("link", name="Short note").last.click()
    page.fill("#f-body", "A line of the day")
    page.locator(".buttons button[value=publish]").click()
    expect(page.locator("h1")).to_contain_text("Journal of")
    expect(page.locator("main")).to_contain_text("A line of the day")


def test_a_second_author_is_told_edits_and_steps_back(
    visit: Visit, writer: User, friend: User, picture: Callable[[Page, str], None]
) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, writer)
    page.goto("/write/post")
    page.fill("#f-title", "เขียนด้วยกันสองคน")
    page.fill("#f-body", "เราสองคนเล่าเรื่องเดียวกัน")
    page.locator("summary", has_text="ข้อมูลเพิ่มเติม").click()
    page.locator("#f-coauthors").press_sequentially("@คนร่วม")
    page.locator("#editor-suggestions [role=option]").first.click()
    expect(page.locator("#f-coauthors")).to_have_value(re.compile("@friend-of-karo"))
    picture(page, "co-author-named")
    press(page, "publish")
    names = page.locator(".meta-who a.person")
    expect(names).to_have_text(["ตัวอย่าง คนจด", "ตัวอย่าง คนร่วม"])
    assert fits(page)
    picture(page, "two-authors")
    post = page.url

    other = visit(360, 640, is_mobile=True)
    log_in(other, friend)
    other.goto("/notifications")
    expect(other.locator("main")).to_contain_text("ผู้ร่วมเขียน")
    assert fits(other)
    picture(other, "co-author-told")
    other.goto(f"{post}/edit")
    other.fill("#f-body", "เราสองคนเล่าเรื่องเดียวกัน และช่วยกันแก้")
    press(other, "save")
    expect(other.locator("article .prose")).to_contain_text("ช่วยกันแก้")
    other.goto("/notifications")
    with other.expect_navigation():
        other.get_by_role("button", name="ถอนชื่อจากผู้ร่วมเขียน").click()
    expect(other.locator(".meta-who a.person")).to_have_text(["ตัวอย่าง คนจด"])
    page.goto("/notifications")
    expect(page.locator("main")).to_contain_text("ถอนชื่อจากผู้ร่วมเขียน")


def test_three_posts_are_read_as_parts_in_the_order_of_their_writer(
    visit: Visit, writer: User, picture: Callable[[Page, str], None]
) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, writer)
    for letter in "กขค":
        page.goto("/write/post")
        page.fill("#f-title", f"คลองของเรา {letter}")
        page.fill("#f-body", "น้ำใสขึ้นทุกปี")
        press(page, "publish")
    follow(page.get_by_role("link", name="ใส่ในเรื่องหลายตอน"))
    page.fill("#f-title", "สามปีของคลอง")
    assert fits(page)
    picture(page, "series-new")
    send(page)
    for letter in "กข":
        page.select_option("#f-entry", label=f"คลองของเรา {letter}")
        follow(page.get_by_role("button", name="ใส่เป็นตอนสุดท้าย"))
    for _ in "กข":
        follow(page.get_by_role("button", name="เลื่อนลง: คลองของเรา ค"))
    expect(page.locator("li.row a")).to_have_text([f"คลองของเรา {one}" for one in "กขค"])
    assert fits(page) and not grave_on(page)
    picture(page, "series-edit")

    stranger = visit(360, 640)
    stranger.goto(page.url.removesuffix("/edit").partition("#")[0].removesuffix("/edit"))
    expect(stranger.locator(".part-number")).to_have_text(["ตอนที่ 1", "ตอนที่ 2", "ตอนที่ 3"])
    assert fits(stranger) and not grave_on(stranger)
    picture(stranger, "series")
    stranger.locator(".card-title a").first.click()
    expect(stranger.locator(".kin")).to_contain_text("ตอนที่ 1 จาก 3 ของชุด สามปีของคลอง")
    stranger.locator("a[rel=next]").click()
    expect(stranger.locator("h1")).to_have_text("คลองของเรา ข")
    assert fits(stranger) and not grave_on(stranger)
    picture(stranger, "series-part")
    stranger.locator("a[rel=prev]").click()
    expect(stranger.locator("h1")).to_have_text("คลองของเรา ก")
