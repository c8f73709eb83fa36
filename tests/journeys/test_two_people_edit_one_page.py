"""Two writers, their teller, a facilitator and a neighbour at one lesson, on five phones."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from app.models import Entry, User
from app.vocabulary import Right
from tests import factories
from tests.journeys.conftest import Site, Visit, fits, follow, log_in, press

HERE, ELSEWHERE = "tambon-bang-chak", "tambon-karo"
TITLE, NEW_TITLE = "ปุ๋ยหมักของทุกบ้าน", "ปุ๋ยหมักทำง่ายทุกบ้าน"
GOAL, RESULTS = "อยากให้ทุกบ้านทำปุ๋ยหมักใช้เอง", "ทำได้ประมาณสิบบ้าน"


@dataclass
class Desk:
    """One person at a phone of their own."""

    user: User
    page: Page

    @property
    def name(self) -> str:
        return self.user.display_name

    def open(self, address: str) -> Page:
        self.page.goto(address)
        assert fits(self.page), f"{address} is wider than a phone"
        return self.page

    def press(self, within: Locator | Page, words: str) -> None:
        """Press the button that says ``words``, and be on the page that follows."""
        follow(within.get_by_role("button", name=words, exact=True))
        assert fits(self.page), f"the page after “{words}” is wider than a phone"

    def follow(self, within: Locator | Page, words: str) -> None:
        follow(within.get_by_role("link", name=words, exact=True).first)
        assert fits(self.page), f"the page behind “{words}” is wider than a phone"

    def send(self, action: str) -> None:
        """A button at the foot of the writing form."""
        press(self.page, action)

    def notice(self, *words: str) -> Locator:
        """The notice that says all of ``words``."""
        found = self.open("/notifications").locator(".row-list li")
        for one in words:
            found = found.filter(has_text=one)
        return found.first


@dataclass
class Table:
    """Who meets at the lesson, and where it stands."""

    mali: Desk
    chai: Desk
    teller: Desk
    guide: Desk
    neighbour: Desk
    lesson: str

    def text(self) -> Locator:
        return self.mali.open(self.lesson).locator("article .prose").first

    def history(self) -> Locator:
        return self.mali.open(f"{self.lesson}/history").locator(".history li")


@pytest.fixture
def table(visit: Visit, site: Site) -> Table:
    def sit(right: Right, at: str, name: str) -> Desk:
        user = factories.user(right, at, name=name)
        page = visit(360, 640, is_mobile=True)
        log_in(page, user)
        return Desk(user, page)

    mali = sit(Right.WRITER, HERE, "ตัวอย่าง มะลิ")
    teller = sit(Right.WRITER, HERE, "ตัวอย่าง คนเล่า")
    entry: Entry = factories.lesson(
        mali.user, title=TITLE, communities=(HERE,), tellers=(f"@{teller.user.username}",)
    )
    return Table(
        mali=mali,
        chai=sit(Right.WRITER, HERE, "ตัวอย่าง ชัย"),
        teller=teller,
        guide=sit(Right.FACILITATOR, HERE, "ตัวอย่าง คุณอำนวย"),
        neighbour=sit(Right.WRITER, ELSEWHERE, "ตัวอย่าง เพื่อนบ้าน"),
        lesson=f"/lessons/{entry.number}/{entry.slug}",
    )


def test_a_lesson_is_kept_together(
    table: Table, site: Site, picture: Callable[[Page, str], None]
) -> None:
    both_write_and_one_edit_is_undone(table, picture)
    both_change_one_sentence(table, picture)
    versions_are_compared_and_one_comes_back(table, picture)
    a_neighbour_proposes(table, picture)
    the_lesson_is_locked_and_opened(table, picture)
    other = a_page_links_to_it(table)
    it_gets_another_title(table, other)
    people_talk_beside_the_texts(table, other, picture)


def both_write_and_one_edit_is_undone(table: Table, picture: Callable[[Page, str], None]) -> None:
    mali, chai, teller = table.mali, table.chai, table.teller
    mali.open(f"{table.lesson}/edit")
    beside = chai.open(f"{table.lesson}/edit").locator(".notice", has_text=mali.name)
    expect(beside).to_contain_text(re.compile(r"\d\d:\d\d"))
    picture(chai.page, "e3-somebody-else-writes")

    mali.page.fill("#f-box_goal", f"{GOAL} ทั้งตำบล")
    mali.send("save")
    chai.page.fill("#f-box_results", f"{RESULTS} ภายในปีแรก")
    chai.send("save")
    expect(table.text()).to_contain_text(f"{GOAL} ทั้งตำบล")
    expect(mali.page.locator("article .prose").first).to_contain_text("ภายในปีแรก")
    expect(mali.page.locator(".meta-when")).to_contain_text(f"แก้ไขล่าสุดโดย {chai.name}")
    expect(table.history()).to_have_count(3)

    # The recorder and the teller are told; the teller undoes it in one tap.
    expect(mali.notice("แก้ไข", chai.name)).to_be_visible()
    told = teller.notice("แก้ไข", chai.name)
    picture(teller.page, "e3-notices")
    teller.press(told, "เลิกทำการแก้ไขนี้")
    expect(table.text()).not_to_contain_text("ภายในปีแรก")
    expect(mali.page.locator("article .prose").first).to_contain_text(f"{GOAL} ทั้งตำบล")
    expect(table.history()).to_have_count(4)
    expect(chai.notice("เลิกทำ", teller.name)).to_be_visible()


def both_change_one_sentence(table: Table, picture: Callable[[Page, str], None]) -> None:
    mali, chai = table.mali, table.chai
    for desk in (mali, chai):
        desk.open(f"{table.lesson}/edit")
    mali.page.fill("#f-box_results", "ทำได้ประมาณยี่สิบบ้าน")
    mali.send("save")
    chai.page.fill("#f-box_results", "ทำได้ประมาณสามสิบบ้าน")
    chai.send("save")
    passage = chai.page.locator(".passage")
    expect(passage).to_have_count(1)
    for words in ("ทำได้ประมาณยี่สิบบ้าน", "ทำได้ประมาณสามสิบบ้าน"):
        expect(passage.locator(".kept-text", has_text=words).first).to_be_visible()
    assert fits(chai.page)
    queue = "Object.keys(localStorage).filter(key => key.startsWith('queue:'))"
    assert chai.page.evaluate(queue) == [], "what came back with both texts is not sent again"
    picture(chai.page, "e3-both-texts")

    passage.locator("input[value=mine]").check()
    chai.send("settle")
    expect(table.text()).to_contain_text("สามสิบบ้าน")
    expect(mali.page.locator("article .prose").first).not_to_contain_text("ยี่สิบบ้าน")
    table.history()
    mali.follow(mali.page.locator(".history"), "ฉบับที่ 5")
    expect(mali.page.locator("article .prose")).to_contain_text("ยี่สิบบ้าน")


def versions_are_compared_and_one_comes_back(
    table: Table, picture: Callable[[Page, str], None]
) -> None:
    mali = table.mali
    table.history()
    for side, number in (("from", 5), ("to", 6)):
        mali.page.locator(f".history input[name={side}][value='{number}']").check()
    mali.press(mali.page.locator(".history"), "เปรียบเทียบ")
    assert mali.page.locator(".diff del").all_inner_texts() == ["ยี่สิบ"]
    assert mali.page.locator(".diff ins").all_inner_texts() == ["สามสิบ"]
    expect(mali.page.locator("main h2").first).to_have_text("ผลที่เกิดขึ้น")
    expect(mali.page.locator("main")).not_to_contain_text("##")
    picture(mali.page, "e3-compared")

    rows = table.history()
    expect(rows).to_have_count(6)
    restore = rows.last.get_by_role("link", name="กลับไปใช้ฉบับนี้")
    with mali.page.expect_navigation():
        restore.click()
    mali.page.fill("#f-note", "ตัวเลขแรกถูกแล้ว")
    mali.press(mali.page.locator("main"), "กลับไปใช้ฉบับนี้")
    expect(mali.page.locator("article .prose").first).to_contain_text(RESULTS)
    rows = table.history()
    expect(rows).to_have_count(7)
    expect(rows.first).to_contain_text("ตัวเลขแรกถูกแล้ว")
    picture(mali.page, "e3-history")


def a_neighbour_proposes(table: Table, picture: Callable[[Page, str], None]) -> None:
    neighbour, guide = table.neighbour, table.guide
    for words, note in (("สิบสองบ้าน", "นับใหม่แล้ว"), ("ร้อยบ้าน", "น่าจะร้อย")):
        neighbour.open(table.lesson)
        tabs = neighbour.page.locator(".tabs")
        expect(tabs).not_to_contain_text(re.compile(r"^แก้ไข$"))
        neighbour.follow(tabs, "เสนอการแก้ไข")
        results = neighbour.page.locator("#f-box_results")
        expect(results).to_have_value(re.compile("ทำได้ประมาณ"))
        results.fill(f"ทำได้ประมาณ{words}")
        picture(neighbour.page, "e3-proposing")
        neighbour.page.fill("#f-note", note)
        neighbour.press(neighbour.page.locator("main"), "ส่งข้อเสนอ")
        expect(neighbour.page.locator(".diff ins")).to_have_text(words.removesuffix("บ้าน"))
        expect(table.text()).not_to_contain_text(words)

        guide.press(guide.notice(note), "ดูข้อเสนอ")
        expect(guide.page.locator(".section-head + .diff")).to_have_count(1)
        expect(guide.page.locator("main h3").first).to_have_text("ผลที่เกิดขึ้น")
        expect(guide.page.locator("main")).not_to_contain_text("##")
        picture(guide.page, "e3-proposal")
        if words == "สิบสองบ้าน":
            guide.page.fill("#f-word", "ขอบคุณที่นับให้")
            guide.press(guide.page.locator("main"), "รับการแก้ไข")
            expect(table.text()).to_contain_text(words)
            expect(table.history().first).to_contain_text(neighbour.name)
            expect(neighbour.notice("ขอบคุณที่นับให้")).to_be_visible()
        else:
            guide.page.fill("#f-reason", "ยังไม่มีใครเห็นร้อยบ้าน")
            guide.press(guide.page.locator("main"), "ไม่รับ")
            told = neighbour.notice("ยังไม่มีใครเห็นร้อยบ้าน")
            neighbour.press(told, "ดูข้อเสนอ")
            expect(neighbour.page.locator(".notice")).to_contain_text("ยังไม่มีใครเห็นร้อยบ้าน")
            expect(table.text()).not_to_contain_text(words)


def the_lesson_is_locked_and_opened(table: Table, picture: Callable[[Page, str], None]) -> None:
    chai, guide = table.chai, table.guide
    chai.open(f"{table.lesson}/edit")
    chai.page.fill("#f-box_results", "เขียนค้างไว้ก่อนล็อก")
    guide.open(table.lesson)
    guide.follow(guide.page.locator(".deeds"), "ล็อกหรือจำกัดผู้แก้ไข")
    guide.page.fill("#f-reason", "รอผลจากเวทีหมู่บ้าน")
    guide.press(guide.page.locator("form"), "ล็อกหรือจำกัดผู้แก้ไข")

    chai.send("save")
    expect(chai.page.locator("main")).to_contain_text(guide.name)
    expect(chai.page.locator("main")).to_contain_text("รอผลจากเวทีหมู่บ้าน")
    kept = chai.page.locator("main textarea[readonly]")
    expect(kept.filter(has_text="เขียนค้างไว้ก่อนล็อก")).to_be_visible()
    expect(kept.filter(has_text=HERE)).to_have_count(0)  # chosen, not typed
    picture(chai.page, "e3-locked")
    expect(table.text()).not_to_contain_text("เขียนค้างไว้ก่อนล็อก")
    expect(chai.open(table.lesson).locator(".notice")).to_contain_text("รอผลจากเวทีหมู่บ้าน")
    assert chai.page.locator(".tabs a[href$='/edit']").count() == 0

    # What the lock kept out is told by its title on every page, until its writer lets it go.
    chai.open("/")
    told = chai.page.locator(".keeping")
    expect(told).to_contain_text(f"{TITLE}: ตอนนี้หน้านี้แก้ไขไม่ได้")
    picture(chai.page, "e3-closed")
    follow(told.get_by_role("button", name="ลองส่งอีกครั้ง"))
    expect(kept.filter(has_text="เขียนค้างไว้ก่อนล็อก")).to_be_visible()
    chai.open("/")
    told.get_by_role("button", name="ไม่ต้องบอกอีก").click()
    expect(told).to_have_count(0)
    chai.open("/drafts")
    expect(chai.page.locator("main h1")).to_be_visible()
    expect(told).to_have_count(0)

    guide.open(table.lesson)
    guide.follow(guide.page.locator(".deeds"), "ล็อกหรือจำกัดผู้แก้ไข")
    guide.press(guide.page.locator("main"), "เปิดให้แก้ไขอีกครั้ง")
    assert chai.open(f"{table.lesson}/edit").locator("#f-box_results").count() == 1


def a_page_links_to_it(table: Table) -> str:
    """A second text that names the lesson by its title; returns its address."""
    page = table.mali.open("/write/page")
    page.fill("#f-title", "หน้ารวมเรื่องปุ๋ย")
    page.locator("#f-body").press_sequentially("อ่านต่อที่ [[ปุ")
    offered = page.locator("#editor-suggestions [role=option]", has_text=TITLE)
    offered.first.click()
    expect(page.locator("#f-body")).to_have_value(re.compile(re.escape(f"[[{TITLE}]]")))
    table.mali.send("publish")
    other = urlsplit(page.url).path
    assert other.startswith("/pages/")
    table.mali.follow(page.locator("article .prose"), TITLE)
    assert unquote(urlsplit(page.url).path) == table.lesson
    assert page.locator("aside, .side").get_by_role("link", name="หน้ารวมเรื่องปุ๋ย").count() == 1
    page = table.mali.open(f"{table.lesson}/links")
    expect(page.locator("main")).to_contain_text("หน้ารวมเรื่องปุ๋ย")
    return other


def it_gets_another_title(table: Table, other: str) -> None:
    mali = table.mali
    old = table.lesson
    mali.open(old)
    mali.follow(mali.page.locator(".deeds"), "เปลี่ยนชื่อ")
    mali.page.fill("#f-title", NEW_TITLE)
    mali.page.fill("#f-reason", "ชื่อสั้นกว่า")
    mali.press(mali.page.locator("main"), "เปลี่ยนชื่อ")
    table.lesson = unquote(urlsplit(mali.page.url).path)
    assert table.lesson != old

    expect(table.neighbour.open(old).locator("h1")).to_have_text(NEW_TITLE)
    reader = table.neighbour
    reader.open(other)
    link = reader.page.locator("article .prose a[href^='/lessons/']")
    with reader.page.expect_navigation():
        link.click()
    expect(reader.page.locator("h1")).to_have_text(NEW_TITLE)
    step = table.history().first
    for words in (TITLE, NEW_TITLE, "ชื่อสั้นกว่า"):
        expect(step).to_contain_text(words)


def people_talk_beside_the_texts(
    table: Table, other: str, picture: Callable[[Page, str], None]
) -> None:
    for home, words in (
        (table.lesson, "ความเห็นใต้บทเรียน"),
        (other, "พูดคุยเรื่องหน้าความรู้"),
        (f"/communities/{HERE}", "พูดคุยเรื่องของตำบล"),
    ):
        neighbour = table.neighbour
        neighbour.open(home)
        talk = neighbour.page.locator("main").get_by_role("link", name=re.compile("^พูดคุย")).first
        follow(talk)
        neighbour.follow(neighbour.page.locator(".comments"), "แสดงความเห็น")
        neighbour.page.fill("#f-body", words)
        neighbour.press(neighbour.page.locator("main"), "ส่งความเห็น")
        expect(neighbour.page.locator("#c1")).to_contain_text(words)
        picture(neighbour.page, f"e3-talk-{home.split('/')[1]}")
        if home != table.lesson:
            assert neighbour.page.url.split("#")[0].endswith("/talk")
            expect(neighbour.open(home).locator("main")).not_to_contain_text(words)
    table.guide.press(table.guide.notice("หน้าพูดคุย"), "อ่านและตอบ")
    expect(table.guide.page.locator("#c1")).to_contain_text("พูดคุยเรื่องของตำบล")


def test_a_heading_leads_to_its_place_in_the_form(
    visit: Visit, site: Site, picture: Callable[[Page, str], None]
) -> None:
    writer = factories.user(Right.WRITER, HERE, name="ตัวอย่าง คนแก้ทีละตอน")
    filler = "\n\n".join(f"ย่อหน้าที่ {n} เล่ายาวพอให้ต้องเลื่อนหน้าจอลงไปหลายครั้ง" for n in range(40))
    entry = factories.page(writer, title="หน้ายาว", body=f"{filler}\n\n## วัสดุ\n\nใบไม้\n\n{filler}")
    page = visit(360, 640, is_mobile=True)
    log_in(page, writer)
    page.goto(f"/pages/{entry.page_slug}")
    link = page.get_by_role("link", name="แก้ไข: วัสดุ")
    assert (link.bounding_box() or {})["height"] >= 44
    assert fits(page)
    picture(page, "section-link")
    with page.expect_navigation():
        link.click()
    body = page.locator("#f-body")
    expect(body).to_be_focused()
    start = body.evaluate("field => field.value.slice(field.selectionStart).split('\\n')[0]")
    assert start == "## วัสดุ"
    assert body.evaluate("field => field.scrollTop") > 0
    expect(body).to_be_in_viewport(ratio=0.3)
    page.keyboard.type("ก่อนหน้า ")
    assert "ก่อนหน้า ## วัสดุ" in page.input_value("#f-body")
