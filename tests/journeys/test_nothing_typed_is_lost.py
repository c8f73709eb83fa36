"""What was sent waits for the line and arrives once; what was typed outlives crash and log-out.

The line is a real one between browser and site: 200 kbit/s, 600 ms for an answer, and cut.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from app.db import db
from app.models import Autosave, Entry, EntryUpload, Upload, User
from app.services import accounts, limiting
from app.vocabulary import LimitedTo
from tests import factories
from tests.journeys.bad_line import SLOW, SLOWEST, cut, mend, until, until_on_device, until_ready
from tests.journeys.conftest import Site, Visit, fits, log_in, press
from tests.support import uploads as made_up
from tests.support.line import Line

GOAL = "อยากให้ทุกบ้านมีน้ำดื่มสะอาด\nไม่ต้องซื้อจากร้าน\nและไม่ต้องรอรถน้ำ"
MORE = "ปีนี้ฝนมาช้า\nโอ่งเลยแห้งไปครึ่งหนึ่ง"
AFTER = "ล้างโอ่งก่อนฝนแรก แล้วปิดฝาด้วยผ้าขาวบาง"
TYPED_ON = "ยังไม่มีฝาปิดทุกใบ"
WAITING = "รอส่ง: ไม่มีเน็ต เก็บไว้ในเครื่องนี้แล้ว มีเน็ตเมื่อไรจะส่งให้เอง"
NOTHING_WAITS = "!Object.keys(localStorage).some(key => key.startsWith('queue:'))"
PHOTO = {"name": "โอ่ง.jpg", "mimeType": "image/jpeg", "buffer": made_up.photo(size=(900, 1200))}

#: The sides on which an element, or words in it, reach out of the window.
IN_SIGHT = """line => {
  const words = document.createRange();
  words.selectNodeContents(line);
  return [line, words].map(one => one.getBoundingClientRect()).flatMap(box =>
    Object.entries({left: box.left < 0, right: box.right > innerWidth,
                    top: box.top < 0, bottom: box.bottom > innerHeight})
      .filter(([, isOut]) => isOut).map(([side]) => side));
}"""
ON_ONE_ROW = """foot => new Set([...foot.querySelectorAll('.button')]
  .map(one => Math.round(one.getBoundingClientRect().top))).size === 1"""
LABELS_OVERLAP = """bar => {
  const boxes = [...bar.querySelectorAll('.tool:not([hidden]) span')]
    .map(one => one.getBoundingClientRect());
  return boxes.slice(1).filter((box, i) => box.left < boxes[i].right + 4).map(box => box.left);
}"""


@pytest.fixture
def writer(person: Callable[..., User]) -> User:
    return person("writer", "tambon-karo", name="ตัวอย่าง ชาวโอ่งใหญ่")


def stored(title: str) -> list[Entry]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Entry).where(Entry.title == title)))


def autosaves(user: User) -> list[Autosave]:
    db.session.rollback()
    return list(db.session.scalars(db.select(Autosave).where(Autosave.user_id == user.id)))


def is_the_form(sent: Request) -> bool:
    """Whether a request carries the text, and no photo."""
    return sent.method == "POST" and "/write/" in sent.url


def test_a_lesson_published_without_a_line_survives_two_breaks_and_is_sent_once(
    phone: Page, line: Line, writer: User, picture: Callable[[Page, str], None]
) -> None:
    title = "โอ่งน้ำฝนของทุกบ้าน"
    log_in(phone, writer)
    phone.goto("/write/quick")
    status = phone.locator(".keeping")
    until_ready(phone)
    cut(phone, line)
    for name, text in (("title", title), ("years", "2549"), ("box_goal", GOAL)):
        phone.fill(f"#f-{name}", text)
    phone.fill("#f-box_strengths", MORE)
    phone.fill("#f-box_next", AFTER)
    phone.set_input_files("#pick-photos", [PHOTO])
    expect(phone.locator("#uploads .upload [data-said]")).to_have_text("รอส่ง")
    phone.locator("#uploads [data-alt]").fill("โอ่งหน้าบ้าน")
    phone.locator("#uploads [data-consent]").select_option("yes")
    phone.locator("button[value=publish]").click()
    expect(status).to_have_text(WAITING)
    assert fits(phone)
    picture(phone, "keeping-waiting")

    # Opened again, still cut: what waits is there, and can be changed.
    phone.goto("/write/quick")
    expect(phone.locator("#f-box_goal")).to_have_value(GOAL)
    expect(status).to_contain_text("รอส่ง")
    expect(phone.locator(".upload-list li")).to_have_text([re.compile("โอ่ง.jpg – รอส่ง")])
    assert fits(phone)
    phone.fill("#f-box_problems", TYPED_ON)
    until_on_device(phone, TYPED_ON)

    # The line returns and breaks in the middle of a photo, then once more under the text.
    with phone.expect_request(lambda sent: sent.method == "PUT", timeout=SLOWEST):
        mend(phone, line)
    cut(phone, line)
    expect(status).to_contain_text("รอส่ง")
    with phone.expect_request(is_the_form, timeout=SLOWEST):
        mend(phone, line)
    cut(phone, line)
    expect(status).to_contain_text("รอส่ง")
    mend(phone, line)
    until(phone, NOTHING_WAITS, SLOWEST)

    made = stored(title)
    assert [entry.status for entry in made] == ["published"]
    for text in (GOAL, MORE, AFTER, TYPED_ON):
        assert text in made[0].body
    assert autosaves(writer) == []
    used = db.select(EntryUpload.upload_id).where(EntryUpload.entry_id == made[0].id)
    photos = db.session.scalars(db.select(Upload).where(Upload.id.in_(used)))
    assert [(one.name, one.alt, one.consent) for one in photos] == [("โอ่ง.jpg", "โอ่งหน้าบ้าน", "yes")]
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
    expect(phone.locator("#f-body")).to_have_value(MORE)

    # The session ends under the open form: log in, and it goes by itself, as was said; one entry.
    accounts.end_sessions(writer)
    phone.locator("button[value=publish]").click()
    expect(phone.locator("#f-login")).to_be_visible(timeout=SLOW)
    expect(phone.locator(".notice-warn")).to_contain_text("ส่งให้เอง")
    phone.fill("#f-login", writer.username)
    phone.fill("#f-password", factories.PASSWORD)
    phone.locator("main form button.button-primary").click()
    until(phone, NOTHING_WAITS)
    made = stored(title)
    assert [entry.body for entry in made] == [MORE]

    # What has arrived is shown and said; nothing says any more that it was not saved.
    phone.wait_for_url(f"**/posts/{made[0].number}")
    expect(phone.locator("h1")).to_have_text(title)
    expect(phone.locator(".keeping")).to_have_text("ส่งแล้ว")


def test_after_publishing_back_leads_to_an_empty_form(visit: Visit, writer: User) -> None:
    title = "สะพานไม้หน้าวัด"
    page = visit(360, 640)
    log_in(page, writer)
    page.goto("/write/post")
    page.fill("#f-title", title)
    page.fill("#f-body", MORE)
    press(page, "publish")
    expect(page.locator("article h1")).to_have_text(title)

    # What was sent stands in no half of a new form, from which it would be made twice.
    page.go_back()
    expect(page.locator("#f-title")).to_have_value("")
    expect(page.locator("#f-body")).to_have_value("")
    expect(page.locator(".kept")).to_have_count(0)
    press(page, "publish")
    expect(page.locator(".error-summary")).to_contain_text("ชื่อ")
    assert [entry.status for entry in stored(title)] == ["published"]


def test_after_a_refused_publishing_the_status_line_says_where_the_text_is(
    visit: Visit, writer: User
) -> None:
    title = "คูน้ำข้างทางเดิน"
    page = visit(360, 640)
    log_in(page, writer)
    page.goto("/write/quick")
    page.fill("#f-title", title)
    page.fill("#f-years", "ปีที่น้ำแดง")
    page.fill("#f-box_goal", GOAL)
    press(page, "publish")
    status = page.locator(".keeping")
    expect(status).to_have_text(re.compile(r"^เก็บไว้ในเครื่องนี้แล้ว \d\d:\d\d น\.$"))
    assert stored(title) == []

    page.fill("#f-years", "2549")
    press(page, "publish")
    expect(page.locator(".error-summary")).to_contain_text("ครั้งหน้าจะทำอะไรต่อ")
    expect(status).to_have_text(re.compile(r"^เก็บร่างแล้ว \d\d:\d\d น\.$"))
    until(page, NOTHING_WAITS)
    expect(status).to_have_text(re.compile(r"^เก็บร่างแล้ว \d\d:\d\d น\.$"))
    assert [entry.status for entry in stored(title)] == ["draft"]


def test_what_was_left_unsent_is_offered_whole_after_going_back(visit: Visit, writer: User) -> None:
    title = "ลานตากปลาหลังบ้าน"
    page = visit(360, 640)
    log_in(page, writer)
    page.goto("/write/post")
    page.fill("#f-title", title)
    page.fill("#f-body", MORE)
    until_on_device(page, title)
    page.goto("/lessons")

    page.go_back()
    page.locator("[data-take]").click()
    expect(page.locator("#f-title")).to_have_value(title)
    expect(page.locator("#f-body")).to_have_value(MORE)
    press(page, "draft")
    assert [entry.body for entry in stored(title)] == [MORE]


#: The store of photos, held by a page that does not let go, while another would delete it.
HELD = """new Promise((done) => {
  const asked = indexedDB.open('files', 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore('waiting', { keyPath: 'id' });
  asked.onsuccess = () => {
    window.held = asked.result;
    indexedDB.deleteDatabase('files');
    done();
  };
})"""


def test_a_store_that_is_silent_does_not_keep_the_text_back(
    visit: Callable[..., Page], writer: User
) -> None:
    title = "น้ำบ่อที่ไม่เคยแห้ง"
    page = visit(1280, 800)
    log_in(page, writer)
    other = page.context.new_page()
    other.goto("/")
    other.evaluate(HELD)
    page.goto("/write/story")
    page.fill("#f-title", title)
    page.fill("#f-body", MORE)
    page.locator("button[value=publish]").click()
    page.wait_for_url(re.compile(r"/posts/\d+"), timeout=SLOWEST)
    assert [entry.body for entry in stored(title)] == [MORE]


def test_what_is_typed_while_the_form_is_being_sent_goes_with_it_or_stays(
    visit: Callable[..., Page], writer: User
) -> None:
    entry = factories.post(writer, title="บันทึกของคนเฝ้าบ่อ", body="เดิม")
    page = visit(360, 640, service_workers="block")
    log_in(page, writer)
    page.goto(f"/posts/{entry.number}/edit")
    held: list[Route] = []
    lost: list[Route] = []

    def hold_the_first(asking: Route) -> None:
        if held:
            asking.continue_()
        else:
            held.append(asking)

    def lose_the_first(sending: Route) -> None:
        if sending.request.method == "POST" and not lost:
            lost.append(sending)
            sending.abort("connectionreset")
        else:
            sending.continue_()

    page.route("**/write/kept?*", hold_the_first)
    page.route(f"**/posts/{entry.number}/edit", lose_the_first)
    page.fill("#f-body", GOAL)
    until_on_device(page, "รอรถน้ำ")
    with page.expect_request("**/write/kept?*"):
        page.locator(".buttons button[value=save]").click(no_wait_after=True)

    # The site is still being asked; the writer types on, and then the sent form is lost.
    page.fill("#f-body", f"{GOAL}\n{TYPED_ON}")
    until_on_device(page, TYPED_ON)
    with page.expect_event("requestfailed", lambda sent: sent.method == "POST"):
        held[0].continue_()

    other = page.context.new_page()
    other.goto("/account")
    until(other, NOTHING_WAITS, SLOWEST)
    made = stored("บันทึกของคนเฝ้าบ่อ")
    assert [(one.body, one.revision_number) for one in made] == [(f"{GOAL}\n{TYPED_ON}", 2)]
    other.goto(f"/posts/{entry.number}/edit")
    expect(other.locator("#f-body")).to_have_value(f"{GOAL}\n{TYPED_ON}")
    assert other.locator(".kept").count() == 0  # nothing is offered that was sent


@pytest.mark.parametrize("room", ["edit", "comments/new"])
def test_who_passes_over_an_unsent_text_and_writes_another_loses_neither(
    visit: Visit, writer: User, room: str
) -> None:
    entry = factories.post(writer, title="โอ่งของสองคน")
    address = f"/posts/{entry.number}/{room}"
    page = visit(360, 640)
    log_in(page, writer)
    for words in ("ที่พิมพ์ไว้ก่อน", "ที่พิมพ์ทีหลัง"):
        page.goto(address)
        page.fill("#f-body", words)
        until_on_device(page, words)
        page.goto("about:blank")

    page.goto(address)
    expect(page.locator(".kept [data-take]")).to_have_count(2)
    page.locator(".kept [data-take]").nth(1).click()
    expect(page.locator("#f-body")).to_have_value("ที่พิมพ์ไว้ก่อน")
    expect(page.locator(".kept [data-take]")).to_have_count(1)
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    page.goto(address)
    expect(page.locator(".kept [data-take]")).to_have_count(1)
    page.locator(".kept [data-take]").click()
    expect(page.locator("#f-body")).to_have_value("ที่พิมพ์ทีหลัง")


def test_what_a_lock_refused_is_offered_when_the_form_opens_again(
    visit: Visit, writer: User, person: Callable[..., User]
) -> None:
    text, guide = (
        factories.page(writer, title="คลองที่ล็อก"),
        person("facilitator", "tambon-bang-chak"),
    )
    page = visit(360, 640)
    log_in(page, writer)
    page.goto(f"/pages/{text.page_slug}/edit")
    page.fill("#f-body", "พิมพ์อยู่ตอนที่ถูกล็อก")
    limiting.limit(guide, text, to=LimitedTo.FACILITATORS, reason="รอตรวจ")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator("main")).to_contain_text("พิมพ์อยู่ตอนที่ถูกล็อก")
    expect(page.locator(".keeping")).to_have_count(0)

    limiting.open_again(guide, text)
    page.goto(f"/pages/{text.page_slug}/edit")
    page.locator(".kept [data-take]").click()
    expect(page.locator("#f-body")).to_have_value("พิมพ์อยู่ตอนที่ถูกล็อก")
    expect(page.locator(".keeping")).not_to_contain_text("แก้ไขไม่ได้")


def test_what_is_thrown_away_in_error_is_taken_back(visit: Visit, writer: User) -> None:
    page = visit(360, 640)
    log_in(page, writer)
    page.goto("/write/story")
    page.fill("#f-body", "ไม่ได้ตั้งใจทิ้ง")
    until_on_device(page, "ไม่ได้ตั้งใจทิ้ง")
    page.goto("about:blank")
    page.goto("/write/story")
    page.locator(".kept [data-drop]").click()
    expect(page.locator(".kept [data-gone]")).to_be_focused()
    expect(page.locator(".kept [data-take]")).to_be_hidden()
    assert fits(page)
    page.locator(".kept [data-undo]").click()
    expect(page.locator(".kept [data-take]")).to_be_focused()
    page.reload()
    page.locator(".kept [data-take]").click()
    expect(page.locator("#f-body")).to_have_value("ไม่ได้ตั้งใจทิ้ง")
    expect(page.locator("#f-body")).to_be_focused()


def typed(page: Page, address: str, title: str) -> None:
    """Type a title and wait until the server has it too."""
    page.goto(address)
    page.fill("#f-title", title)
    expect(page.locator(".keeping")).to_contain_text("เก็บร่างแล้ว")


def test_an_older_unsent_text_outlives_a_new_one_of_its_kind(
    phone: Page, line: Line, writer: User
) -> None:
    log_in(phone, writer)
    typed(phone, "/write/lesson", "ของเก่า")
    phone.goto("about:blank")
    typed(phone, "/write/lesson", "ของใหม่")
    phone.goto("about:blank")

    # Both are on the server and offered, the newest first; the older is brought back alone.
    assert len(autosaves(writer)) == 2
    phone.goto("/write/lesson")
    offers = phone.locator(".kept [data-about]")
    expect(offers).to_have_text([re.compile("^ของใหม่ · "), re.compile("^ของเก่า · ")])
    assert fits(phone)
    phone.locator(".kept [data-take]").nth(1).click()
    expect(phone.locator("#f-title")).to_have_value("ของเก่า")
    phone.locator(".buttons-sticky button[value=draft]").click()
    phone.wait_for_url("**/edit")

    # A save takes its own copy along and leaves the other.
    assert [dict(kept.fields)["title"] for kept in autosaves(writer)] == ["ของใหม่"]
    phone.goto("/write/lesson")
    expect(offers).to_have_text([re.compile("^ของใหม่ · ")])

    # Thrown away, it is gone from both places.
    with phone.expect_response("**/removal"):
        phone.locator(".kept [data-drop]").click()
    assert autosaves(writer) == []
    phone.goto("/write/lesson")
    expect(offers).to_have_count(0)
    assert len(stored("ของเก่า")) == 1


def test_beside_the_keyboard_of_a_phone_stands_whether_and_when_it_was_kept(
    visit: Visit, site: Site, writer: User, picture: Callable[[Page, str], None]
) -> None:
    page = visit(360, 330, is_mobile=True)
    log_in(page, writer)
    for language in ("th", "en"):
        page.goto(f"/write/quick?lang={language}")
        page.locator("#f-box_goal").click()
        page.keyboard.type("อยากให้ทุกบ้านมีน้ำดื่ม")
        status = page.locator(".keeping")
        expect(status).to_have_text(re.compile(r"\d\d:\d\d"))
        seen = status.evaluate(IN_SIGHT)
        assert seen == [], f"of the line are out of sight, {language}: {seen}"
        assert page.locator(".buttons-sticky").evaluate(ON_ONE_ROW), "the buttons stand in one row"
        field = page.locator("#f-box_goal").bounding_box()
        foot = page.locator(".buttons-sticky").bounding_box()
        assert field and foot and field["y"] + 40 < foot["y"], "what is typed is in sight"
        picture(page, f"keyboard-{language}")

        tools = page.locator(".tools")
        assert tools.evaluate(LABELS_OVERLAP) == []
        assert tools.evaluate("one => one.scrollWidth > one.clientWidth")
        edges = tools.evaluate("one => getComputedStyle(one).backgroundImage")
        assert edges.count("gradient") == 4, "a shadow at either end says that it scrolls"
        assert fits(page)
