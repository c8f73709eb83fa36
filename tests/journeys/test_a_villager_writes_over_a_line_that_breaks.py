"""A villager's first lesson on a phone, over a slow line that is cut for real: nothing is lost.

One walk from log-in to a name that others choose, each step where the one before it ended.
What the lesson's own forms and page must show stands in tests/journeys/lessons.py.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from app.clock import now
from app.db import db
from app.models import Entry, EntryUpload, Upload, User
from app.services import upload_files
from app.text.years import BANGKOK
from app.vocabulary import Status, UploadState
from tests import factories
from tests.journeys.bad_line import SLOW, SLOWEST, cut, mend, until_on_device, until_ready
from tests.journeys.conftest import Site, Visit, fits, follow, log_in, press
from tests.journeys.lessons import (
    AFTER,
    BETTER,
    GOAL,
    SHORT_OF,
    a_removed_row_leaves_word,
    fill_up,
    full_lesson_shows,
    gaps_are_named,
    is_zoomed,
    published_quick,
    quick_form_is_ready,
)
from tests.journeys.test_every_page_is_clean import grave_on
from tests.support import uploads as made_up
from tests.support.line import Line

TITLE = "มุมหนังสือในร้านน้ำชาบ้านคีรี"
THREE_LINES = f"{GOAL}\nเด็กเลิกเรียนแล้วมานั่งอ่าน\nคนแก่มีเรื่องเล่าให้ฟัง"
FIVE_LINES = f"{THREE_LINES}\nพิมพ์ต่อตอนเน็ตหลุด\nบรรทัดที่ห้าก็ยังอยู่"
OFFLINE = "ไม่มีเน็ต – เก็บไว้ในเครื่องนี้"
KEPT = re.compile(r"^เก็บร่างแล้ว \d\d:\d\d น\.$")
LINE_OF_THE_DAY = "เช้านี้แม่เล่าว่าน้ำในคลองใสขึ้น เพราะทุกบ้านเลิกทิ้งขยะ"
PROGRAM = "โรงเรียนชาวนาบ้านตัวอย่าง"
#: Pixels of a photo from a phone that was held upright and writes the camera's own way down.
SIDEWAYS, UPRIGHT = (2400, 1800), (900, 1200)
MOST_PHOTO_BYTES = 400_000


@dataclass
class Walk:
    """Who walks, on what, and where the walk stands."""

    writer: User
    phone: Page
    line: Line
    site: Site
    visit: Visit
    person: Callable[..., User]
    picture: Callable[[Page, str], None]

    @property
    def status(self) -> Locator:
        return self.phone.locator(".keeping")


@pytest.fixture
def walk(
    phone: Page,
    line: Line,
    site: Site,
    visit: Visit,
    person: Callable[..., User],
    picture: Callable[[Page, str], None],
) -> Walk:
    writer = person("writer", "tambon-karo", name="ตัวอย่าง ชาวกะหรอ")
    return Walk(writer, phone, line, site, visit, person, picture)


def test_a_lesson_a_note_and_a_new_name_from_one_phone(walk: Walk) -> None:
    the_front_page_is_whole(walk)
    a_quick_lesson_is_chosen(walk)
    the_keyboard_leaves_room(walk)
    number = the_draft_is_kept_and_nobody_elses(walk)
    the_line_is_cut_while_she_writes(walk)
    the_tab_is_opened_again_without_a_line(walk)
    text_and_photos_arrive_once(walk, number)
    gaps_are_asked_for(walk)
    one_year_however_it_is_written(walk)
    address = what_was_previewed_is_published(walk, number)
    the_quick_lesson_becomes_a_full_one(walk, address)
    a_removed_row_leaves_word(walk.phone, address, js=True)
    like_named_ones_are_offered(walk)
    a_note_grows_into_a_post(walk)
    a_typed_program_is_confirmed_and_offered(walk)


def the_front_page_is_whole(walk: Walk) -> None:
    phone = walk.phone
    log_in(phone, walk.writer)
    assert urlsplit(phone.url).path == "/"
    expect(phone.locator("html")).to_have_attribute("lang", "th")
    expect(phone.locator("main")).to_contain_text("ล่าสุด")
    drawn = "[...document.images].every(image => image.complete && image.naturalWidth > 0)"
    assert phone.evaluate(drawn)
    assert fits(phone)


def a_quick_lesson_is_chosen(walk: Walk) -> None:
    phone = walk.phone
    follow(phone.locator("a[href='/write']"))
    for choice in ("เล่าเรื่อง", "บทเรียนสั้น", "อื่น ๆ"):
        expect(phone.get_by_text(choice).first).to_be_visible()
    follow(phone.locator("a[href='/write/quick']"))
    quick_form_is_ready(phone)


def the_keyboard_leaves_room(walk: Walk) -> None:
    """With the keyboard of the phone open, title, text and the save button are within reach."""
    phone = walk.phone
    phone.set_viewport_size({"width": 360, "height": 300})
    draft = phone.locator(".buttons-sticky button[value=draft]")
    for field in ("#f-title", "#f-box_goal"):
        phone.locator(field).click()
        for reached in (phone.locator(field), draft):
            expect(reached).to_be_in_viewport(ratio=0.3)
    expect(phone.locator(".tools")).to_be_in_viewport(ratio=0.3)
    assert fits(phone) and not is_zoomed(phone)
    walk.picture(phone, "lesson-keyboard")
    phone.set_viewport_size({"width": 360, "height": 640})


def the_draft_is_kept_and_nobody_elses(walk: Walk) -> int:
    """Kept by itself with the time in Bangkok; as a draft it has an address, for her alone."""
    phone = walk.phone
    until_ready(phone)
    phone.fill("#f-title", TITLE)
    began = now()
    phone.locator("#f-box_goal").click()
    phone.keyboard.insert_text(THREE_LINES)
    expect(walk.status).to_have_text(KEPT, timeout=30_000)
    minutes = minutes_between(began, now())
    assert any(minute in walk.status.inner_text() for minute in minutes), minutes
    walk.picture(phone, "lesson-kept")

    press(phone, "draft")
    number = int(re.findall(r"/(?:lessons|posts)/(\d+)\b", phone.url)[0])
    stranger = walk.visit(360, 640)
    answer = stranger.goto(f"/posts/{number}")
    assert answer is not None and answer.status == 404
    assert TITLE not in stranger.content()
    return number


def minutes_between(start: datetime, end: datetime) -> list[str]:
    minutes = range(int((end - start).total_seconds() // 60) + 2)
    return [f"{(start + timedelta(minutes=n)).astimezone(BANGKOK):%H:%M}" for n in minutes]


def the_line_is_cut_while_she_writes(walk: Walk) -> None:
    phone = walk.phone
    cut(phone, walk.line)
    expect(walk.status).to_contain_text(OFFLINE)
    phone.locator("#f-box_goal").press("Control+End")
    phone.keyboard.insert_text(FIVE_LINES.removeprefix(THREE_LINES))
    expect(phone.locator("#f-box_goal")).to_have_value(FIVE_LINES)
    sideways = made_up.photo(size=SIDEWAYS, orientation=6)
    phone.set_input_files(
        "#pick-photos",
        [
            {"name": "มุม.jpg", "mimeType": "image/jpeg", "buffer": sideways},
            {"name": "ตู้.jpg", "mimeType": "image/jpeg", "buffer": made_up.photo(size=UPRIGHT)},
        ],
    )
    expect(phone.locator("#uploads .upload [data-said]")).to_have_text(["รอส่ง", "รอส่ง"])
    expect(walk.status).to_contain_text(OFFLINE)
    assert fits(phone)
    walk.picture(phone, "lesson-photos-wait")
    until_on_device(phone, FIVE_LINES.rpartition("\n")[2])


def the_tab_is_opened_again_without_a_line(walk: Walk) -> None:
    context, at = walk.phone.context, walk.phone.url
    walk.phone.close()
    walk.phone = phone = context.new_page()
    phone.goto(at)
    expect(phone.locator("#f-box_goal")).to_have_value(FIVE_LINES)
    expect(phone.locator("#f-title")).to_have_value(TITLE)
    waiting = [re.compile("มุม.jpg – รอส่ง"), re.compile("ตู้.jpg – รอส่ง")]
    expect(phone.locator(".upload-list li")).to_have_text(waiting)
    expect(walk.status).to_contain_text(OFFLINE)
    assert fits(phone)
    walk.picture(phone, "lesson-without-a-line")


def text_and_photos_arrive_once(walk: Walk, number: int) -> None:
    """The line comes back, breaks under a photo, and comes back again."""
    phone = walk.phone
    with phone.expect_request(lambda sent: sent.method == "PUT", timeout=SLOWEST):
        mend(phone, walk.line)
    cut(phone, walk.line)
    said = phone.locator("#uploads .upload [data-said]")
    expect(said.filter(has_text="ส่งแล้ว")).to_have_count(0)
    mend(phone, walk.line)
    expect(said).to_have_text(["ส่งแล้ว", "ส่งแล้ว"], timeout=SLOWEST)
    expect(phone.locator("#f-box_goal")).to_have_value(FIVE_LINES)
    expect(walk.status).to_have_text(KEPT, timeout=30_000)
    walk.picture(phone, "lesson-photos-sent")
    db.session.rollback()
    texts = db.select(Entry.number).where(Entry.author_id == walk.writer.id)
    assert db.session.scalars(texts).all() == [number]
    # What was announced and broke off before its first byte is swept, and is nobody's photo.
    photos = db.select(Upload.name).where(
        Upload.owner_id == walk.writer.id, Upload.state != UploadState.ARRIVING
    )
    assert sorted(db.session.scalars(photos)) == ["ตู้.jpg", "มุม.jpg"]


def gaps_are_asked_for(walk: Walk) -> None:
    phone = walk.phone
    phone.fill("#f-box_next", AFTER)
    press(phone, "publish")
    gaps_are_named(phone, title=TITLE, goal=FIVE_LINES)
    expect(phone.locator("#f-box_next")).to_have_value(AFTER)
    expect(phone.locator("#uploads .upload")).to_have_count(2)
    walk.picture(phone, "lesson-gaps")


def one_year_however_it_is_written(walk: Walk) -> None:
    phone = walk.phone
    phone.fill("#f-box_strengths", BETTER)
    phone.fill("#f-box_problems", SHORT_OF)
    for typed in ("๒๕๔๙", "2549", "2006", "ปี49"):
        phone.fill("#f-years", typed)
        expect(previewed(phone).locator(".chip-year")).to_have_text(re.compile("2549"))
        phone.locator("[data-seen-off]").click()


def previewed(phone: Page) -> Locator:
    """The preview, which lies over the form, as the text stands now."""
    phone.locator(".buttons-sticky button[value=preview]").click()
    seen = phone.locator("dialog.seen")
    expect(seen).to_be_visible()  # it opens with what the server answered
    return seen


def what_was_previewed_is_published(walk: Walk, number: int) -> str:
    phone = walk.phone
    seen = previewed(phone)
    expect(seen.locator(".prose")).to_contain_text(AFTER)
    shown = [seen.locator(part).first.inner_text() for part in (".prose", ".entry-head")]
    assert fits(phone) and not is_zoomed(phone)
    walk.picture(phone, "lesson-preview")
    phone.locator("[data-seen-off]").click()
    press(phone, "publish")
    address = published_quick(phone, TITLE, FIVE_LINES)
    assert f"/lessons/{number}/" in address
    page = phone.locator("article")
    assert page.locator(".prose").inner_text() == shown[0]
    for line in shown[1].splitlines():
        expect(page.locator(".entry-head")).to_contain_text(line)
    walk.picture(phone, "lesson-published")
    the_photos_are_upright_small_and_silent(walk, number)
    return address


def the_photos_are_upright_small_and_silent(walk: Walk, number: int) -> None:
    """Each once, in every size without a word of the camera."""
    photos = photos_of(number)
    assert sorted(one.name for one in photos) == ["ตู้.jpg", "มุม.jpg"]
    for one in photos:
        assert one.height > one.width, "it lies on its side"
        for path in upload_files.folder_of(one.sha256).iterdir():
            data = path.read_bytes()
            assert len(data) <= MOST_PHOTO_BYTES
            assert not Image.open(io.BytesIO(data)).getexif()
    walk.phone.reload()
    expect(walk.phone.locator("figure.photo")).to_have_count(2)


def photos_of(number: int) -> list[Upload]:
    """The photos of an entry, once the site has prepared them all."""
    entry = db.select(Entry.id).where(Entry.number == number).scalar_subquery()
    used = db.select(EntryUpload.upload_id).where(EntryUpload.entry_id == entry)
    end = time.monotonic() + SLOW / 1000
    while time.monotonic() < end:
        db.session.rollback()
        found = list(db.session.scalars(db.select(Upload).where(Upload.id.in_(used))))
        if all(one.state is UploadState.READY for one in found):
            return found
        time.sleep(0.1)
    raise AssertionError("the photos were never prepared")


def the_quick_lesson_becomes_a_full_one(walk: Walk, address: str) -> None:
    expect(walk.phone.get_by_role("link", name="เติมเป็นบทเรียนเต็ม").first).to_be_visible()
    fill_up(walk.phone, goal=FIVE_LINES, js=True)
    full_lesson_shows(walk.phone, address)
    walk.picture(walk.phone, "lesson-full")


def like_named_ones_are_offered(walk: Walk) -> None:
    """Five at most, all public: a draft of somebody else is not among them."""
    for n in range(5):
        factories.lesson(walk.writer, title=f"มุมหนังสือในร้านน้ำชาแห่งที่ {n}")
    other = factories.writer(at="tambon-karo")
    factories.post(other, title="มุมหนังสือลับในร้านน้ำชา", status=Status.DRAFT)
    phone = walk.phone
    phone.goto("/write/quick")
    phone.locator("#f-title").press_sequentially("มุมหนังสือร้านน้ำชา")
    told = phone.locator(".alike")
    expect(told).to_contain_text("อาจมีคนเล่าไว้แล้ว")
    expect(told.locator("a")).to_have_count(5)
    expect(told.locator("a").first).to_have_attribute("target", "_blank")
    expect(told).not_to_contain_text("ลับ")
    walk.picture(phone, "lesson-alike")


def a_note_grows_into_a_post(walk: Walk) -> None:
    """Two taps and the line itself; later the text is kept, a title asked for, both linked."""
    phone = walk.phone
    phone.goto("/")
    follow(phone.locator("main a[href='/write/note']"))
    expect(phone.locator("#f-body")).to_be_focused()
    phone.keyboard.insert_text(LINE_OF_THE_DAY)
    press(phone, "publish")
    assert urlsplit(phone.url).path == f"/people/{walk.writer.username}/journal"
    expect(phone.locator("main")).to_contain_text(LINE_OF_THE_DAY)
    assert fits(phone) and not grave_on(phone)
    walk.picture(phone, "journal")
    a_stranger_finds_it_in_the_journal_alone(walk)

    follow(phone.locator("main .card-by a").first)
    note = urlsplit(phone.url).path
    assert fits(phone)
    walk.picture(phone, "note")
    follow(phone.get_by_role("link", name="ขยายเป็นบันทึก"))
    expect(phone.locator("#f-body")).to_have_value(LINE_OF_THE_DAY)
    expect(phone.locator("#f-title")).to_be_focused()
    press(phone, "publish")
    expect(phone.locator(".error-summary")).to_contain_text("ชื่อ")
    expect(phone.locator("#f-body")).to_have_value(LINE_OF_THE_DAY)
    phone.fill("#f-title", "คลองของเราใสขึ้น")
    assert fits(phone)
    walk.picture(phone, "note-grows")
    press(phone, "publish")

    expect(phone.locator("article .prose")).to_contain_text(LINE_OF_THE_DAY)
    post = urlsplit(phone.url).path
    assert post != note and post.startswith("/posts/")
    follow(phone.locator(f"a[href='{note}']"))
    follow(phone.locator(f"article a[href='{post}']").first)
    assert fits(phone) and not grave_on(phone)
    walk.picture(phone, "post-of-a-note")

    # It lies in her first book, which nobody had to make.
    books = phone.locator("article a[href^='/books/']")
    expect(books).to_have_count(1)
    follow(books)
    expect(phone.locator("main")).to_contain_text("คลองของเราใสขึ้น")
    follow(phone.get_by_role("link", name=walk.writer.display_name).first)
    expect(phone.locator("a[href^='/books/']")).to_have_count(1)


def a_stranger_finds_it_in_the_journal_alone(walk: Walk) -> None:
    stranger = walk.visit(360, 640)
    stranger.goto(f"/people/{walk.writer.username}")
    follow(stranger.get_by_role("link", name="จดสั้น 1 ข้อ"))
    expect(stranger.locator("main")).to_contain_text(LINE_OF_THE_DAY)
    stranger.goto("/")
    expect(stranger.locator("main")).not_to_contain_text(LINE_OF_THE_DAY)


def a_typed_program_is_confirmed_and_offered(walk: Walk) -> None:
    """The lesson is public with the name, which stands proposed until a facilitator says yes."""
    phone = walk.phone
    phone.goto("/write/quick")
    phone.fill("#f-title", "นาแปลงแรกของโรงเรียนชาวนา")
    phone.locator("summary", has_text="งานของชุมชนเอง").click()
    phone.get_by_label("ไม่มีในรายการ – พิมพ์ชื่อ").fill(PROGRAM)
    phone.fill("#f-years", "2549")
    phone.fill("#f-box_goal", "อยากให้ทุกบ้านทำนาเป็น")
    phone.fill("#f-box_strengths", "ผู้เฒ่ามาสอนเอง")
    phone.fill("#f-box_next", "ขยายไปอีกแปลง")
    press(phone, "publish")
    expect(phone.locator("article h1")).to_have_text("นาแปลงแรกของโรงเรียนชาวนา")
    expect(phone.locator("main")).to_contain_text("เสนอ")
    proposed = phone.locator("main a", has_text=PROGRAM).first
    address = str(proposed.get_attribute("href"))

    stranger = walk.visit(360, 640)
    stranger.goto(address)
    expect(stranger.locator("h1")).to_contain_text(PROGRAM)
    expect(stranger.locator("main")).to_contain_text("รอผู้ดูแลชุมชน")
    assert fits(stranger)
    walk.picture(stranger, "program-proposed")
    other = walk.visit(360, 640, is_mobile=True)
    log_in(other, walk.person("writer", "tambon-bang-chak"))
    other.goto("/write/quick")
    expect(other.locator(".choice", has_text=PROGRAM)).to_have_count(0)

    guide = walk.visit(360, 640, is_mobile=True)
    log_in(guide, walk.person("facilitator", "tambon-karo"))
    guide.goto(address)
    follow(guide.locator("main a[href*='/decision']"))
    guide.locator("input[name=decision][value=confirm]").check()
    assert fits(guide)
    follow(guide.locator("main form button.button-primary"))
    assert urlsplit(guide.url).path.startswith("/programs/")
    other.reload()
    expect(other.locator(".choice", has_text=PROGRAM)).to_have_count(1)

    stranger.goto("/years/2561")
    expect(stranger.locator("main")).to_contain_text("ยังไม่มีใครเล่า เขียนเป็นคนแรก")
    assert fits(stranger)
