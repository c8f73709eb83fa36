"""A facilitator takes a village forum down on a phone; two of its lines become lessons."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.models import User
from tests.journeys.conftest import Site, Visit, fits, follow, log_in, press
from tests.support import uploads as made

HERE, VILLAGE = "tambon-na-khian", "village-ban-thung-not"
SHEETS = {
    "กลุ่มนา": (
        ("น้ำไม่พอทำนาปรัง", "ปุ๋ยเคมีขึ้นราคา", "ขายข้าวได้ราคาต่ำ"),
        ("ขุดสระรวมของหมู่บ้าน", "ทำปุ๋ยหมักใช้เอง", "รวมกันขายข้าวสาร"),
    ),
    "กลุ่มเย็บผ้า": (
        ("งานเข้ามาไม่สม่ำเสมอ", "จักรเก่าเสียบ่อย", "ไม่มีคนทำบัญชี"),
        ("รับงานร่วมกับตำบลใกล้เคียง", "ตั้งกองทุนซ่อมจักร", "ให้ลูกหลานช่วยจดบัญชี"),
    ),
}


@pytest.fixture
def facilitator(person: Callable[..., User]) -> User:
    return person("facilitator", HERE, name="ตัวอย่าง คุณอำนวย")


def test_twelve_lines_of_a_forum_and_two_lessons(
    visit: Visit,
    site: Site,
    facilitator: User,
    picture: Callable[[Page, str], None],
) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, facilitator)

    # เขียน -> อื่น ๆ -> บันทึกเวที
    page.goto("/write")
    page.get_by_text("อื่น ๆ").click()
    follow(page.get_by_role("link", name="บันทึกเวที"))
    assert fits(page)
    picture(page, "forum-empty")

    press(page, "publish")
    expect(page.locator(".error-summary a[href='#f-happened']").first).to_be_visible()
    assert page.locator(".error-summary a[href='#f-title']").count() == 0, "it may stay empty"
    page.fill("#f-title", "ยังไม่มีอะไร")
    press(page, "publish")
    summary = page.locator(".error-summary")
    for name in ("เก็บร่างแล้ว แต่ยังไม่ได้เผยแพร่", "วันที่จัดเวที", "จำนวนผู้เข้าร่วม", "ปัญหาและทางออก"):
        expect(summary).to_contain_text(name)
    assert fits(page)
    picture(page, "forum-gaps")

    fill_head(page)
    page.fill("#f-title", "")
    fill_sheets(page)
    page.fill("#f-body", "นัดคุยกันอีกครั้งหลังเก็บเกี่ยว")
    assert fits(page)
    picture(page, "forum-filled")
    add_sheets(page)
    press(page, "publish")
    page.wait_for_url(re.compile(r"/posts/\d+$"))
    address = urlsplit(page.url).path
    record_is_shown(page)
    assert fits(page)
    picture(page, "forum-published")

    # Two lines become lessons, one in either form.
    first = grow(page, address, "q1", "น้ำไม่พอทำนาปรัง", form="quick", picture=picture)
    second = grow(page, address, "q11", "ตั้งกองทุนซ่อมจักร", form="lesson", picture=picture)
    page.goto(address)
    expect(page.locator("main")).to_contain_text("2 จาก 12 ข้อถอดเป็นบทเรียนแล้ว")
    assert fits(page)
    picture(page, "forum-grown")

    # A reader without account sees both ends, and no way to write.
    stranger = visit(1280, 800)
    stranger.goto(address)
    for anchor, lesson in (("q1", first), ("q11", second)):
        line = stranger.locator(f"#{anchor}")
        expect(line).to_contain_text("ต่อยอดจากเวที")
        expect(line.locator(".growth a")).to_have_attribute("href", lesson)
    expect(stranger.get_by_text("ถอดเป็นบทเรียน", exact=True)).to_have_count(0)
    expect(stranger.locator("main")).to_contain_text("2 จาก 12 ข้อถอดเป็นบทเรียนแล้ว")
    picture(stranger, "forum-stranger")
    stranger.locator("#q11 .growth a").click()
    back = stranger.locator("section", has_text="ต่อยอดจากเวที").get_by_role("link")
    expect(back.first).to_have_attribute("href", f"{address}#q11")
    picture(stranger, "forum-lesson")
    back.first.click()
    expect(stranger.locator("#q11")).to_be_in_viewport()

    # The record is found, by its lines and by its kind.
    site.wait_until_found(int(address.rsplit("/", 1)[1]))
    stranger.goto("/search?q=กองทุนซ่อมจักร&kind=forum")
    expect(stranger.locator(".card .kind-forum")).to_have_text("บันทึกเวที")


def test_both_groups_come_back_from_this_device(visit: Visit, facilitator: User) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, facilitator)
    page.goto("/write/forum")
    fill_sheets(page)
    page.wait_for_function(
        "() => Object.values(localStorage).some(kept => kept.includes('ให้ลูกหลานช่วยจดบัญชี'))"
    )
    page.goto("/")
    page.goto("/write/forum")
    page.locator(".kept button").first.click()
    expect(page.locator("#f-groups-1-answers-2-text")).to_have_value("ให้ลูกหลานช่วยจดบัญชี")

    # A group moves with all its lines, and goes on growing under its new number.
    page.locator("button[value='groups:up:1']").click()
    expect(page.locator("#f-groups-0-name")).to_have_value("กลุ่มเย็บผ้า")
    expect(page.locator("#f-groups-1-problems-1-text")).to_have_value("ปุ๋ยเคมีขึ้นราคา")
    page.locator("button[value='groups-0-problems:add']").click()
    page.fill("#f-groups-0-problems-3-text", "ผ้าขึ้นราคา")
    page.locator("button[value='groups-0-problems:up:3']").click()
    expect(page.locator("#f-groups-0-problems-2-text")).to_have_value("ผ้าขึ้นราคา")
    page.locator("button[value='groups:remove:1']").click()
    expect(page.locator("#f-groups-1-name")).to_have_count(0)
    page.fill("#f-title", "เวทีเล็ก")
    press(page, "draft")
    page.wait_for_url(re.compile(r"/posts/\d+/edit"))
    expect(page.locator("[name$='-text']:visible")).to_have_count(7)
    assert fits(page)


def fill_head(page: Page) -> None:
    page.fill("#f-happened", "2006-07-21")
    if page.locator("details.chosen > summary", has_text="หมู่บ้าน").count():
        page.locator("details.chosen > summary", has_text="หมู่บ้าน").click()
        page.locator("input[name=communities]:checked").uncheck()
    page.locator(f"input[name=communities][value='{VILLAGE}']").check()
    page.fill("#f-present", "๔๐")
    page.fill("#f-group_count", "4")


def fill_sheets(page: Page) -> None:
    """Both groups with their six lines, rows added by their buttons."""
    for n, (name, sides) in enumerate(SHEETS.items()):
        if n:
            page.locator("button[value='groups:add']").click()
        page.fill(f"#f-groups-{n}-name", name)
        for side, lines in zip(("problems", "answers"), sides, strict=True):
            for i, text in enumerate(lines):
                if i:
                    page.locator(f"button[value='groups-{n}-{side}:add']").click()
                page.fill(f"#f-groups-{n}-{side}-{i}-text", text)


def add_sheets(page: Page) -> None:
    """Photos of two sheets, which everybody may see."""
    page.set_input_files(
        "#pick-photos",
        [
            {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": made.photo(size=(1200, 900))}
            for n in (1, 2)
        ],
    )
    rows = page.locator("#uploads .upload")
    for n in (0, 1):
        expect(rows.nth(n).locator("[data-said]")).to_have_text("ส่งแล้ว")
        rows.nth(n).locator("[data-consent]").select_option("yes")
        expect(rows.nth(n).locator("[data-said]")).to_have_text("เก็บแล้ว")


def record_is_shown(page: Page) -> None:
    main = page.locator("main")
    expect(page.locator("article h1")).to_have_text("เวทีหมู่ที่ 3 บ้านทุ่งโหนด ต.นาเคียน 21 กรกฎาคม 2549")
    for said in (
        "วันศุกร์ที่ 21 กรกฎาคม 2549",
        "ปีงบประมาณ พ.ศ. 2549",
        "หมู่ที่ 3 บ้านทุ่งโหนด ต.นาเคียน",
        "40 คน",
        "4 กลุ่ม",
        "0 จาก 12 ข้อถอดเป็นบทเรียนแล้ว",
        "นัดคุยกันอีกครั้งหลังเก็บเกี่ยว",
    ):
        expect(main).to_contain_text(said)
    lines = page.locator(".prose li.line")
    wanted = [text for sides in SHEETS.values() for side in sides for text in side]
    assert lines.evaluate_all("lines => lines.map(line => line.id)") == [
        f"q{n}" for n in range(1, 13)
    ]
    for n, text in enumerate(wanted):
        expect(lines.nth(n)).to_contain_text(text)
    expect(page.locator("figure.photo img")).to_have_count(2)


def grow(
    page: Page,
    address: str,
    anchor: str,
    text: str,
    *,
    form: str,
    picture: Callable[[Page, str], None],
) -> str:
    """A lesson drawn from a line, published; returns its address."""
    page.goto(address)
    page.locator(f"#{anchor} a.grow").click()
    if form == "lesson":
        page.locator(".sources a", has_text="เต็ม 8 ช่อง").click()
    number = address.rsplit("/", 1)[1]
    expect(page.locator(".sources")).to_contain_text(text)
    expect(page.locator(f"input[name=grows][value='{number}-{anchor}']")).to_be_checked()
    expect(page.locator("#f-years")).to_have_value("2549")
    expect(page.locator("details.chosen", has_text="บ้านทุ่งโหนด")).to_have_count(1)
    assert page.input_value("#f-evidence").strip() == f"{address}#{anchor}"
    assert fits(page)
    picture(page, f"forum-{form}-form")
    page.fill("#f-title", f"บทเรียนจากเวที: {text}")
    page.fill("#f-box_goal", "ให้ทุกบ้านเห็นทางออกเดียวกัน")
    if form == "quick":
        page.fill("#f-box_strengths", "มากันครบทุกกลุ่ม")
        page.fill("#f-box_next", "นัดดูแปลงด้วยกัน")
    else:
        page.fill("#f-box_actions", "คุยกันทีละกลุ่ม")
        page.fill("#f-box_results", "ได้กองทุนประมาณสิบบ้าน")
        page.locator("button[value='points:add']").click()
        page.fill("#f-points-0-text", "ให้คนใช้จักรเป็นคนเก็บเงินเอง")
    press(page, "publish")
    page.wait_for_url(re.compile(r"/lessons/\d+/[^/]*$"))
    expect(page.locator("section", has_text="ต่อยอดจากเวที").first).to_contain_text(text)
    assert fits(page)
    return urlsplit(page.url).path
