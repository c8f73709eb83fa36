"""A text becomes another kind and back, loses a phrase for good, and returns from the bin."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.clock import now
from app.db import db, transaction
from app.models import Entry, User
from app.services import comments
from tests import factories
from tests.journeys.conftest import Site, Visit, fits, follow, log_in, send

HERE = "tambon-karo"
SAID = "บ้านเราก็ทำแบบนี้"


@pytest.fixture
def keeper(person: Callable[..., User]) -> User:
    return person("facilitator", HERE, name="ตัวอย่าง คุณอำนวย")


@pytest.fixture
def desk(visit: Visit, keeper: User) -> Page:
    """The phone of the facilitator, who wrote the text as well."""
    page = visit(360, 640, is_mobile=True)
    log_in(page, keeper)
    return page


@pytest.fixture
def stranger(visit: Visit) -> Page:
    return visit(360, 640)


def deed(page: Page, words: str) -> None:
    """A link or button of what a member may do with the entry that is open."""
    deeds = page.locator(".deeds").locator("a, button").filter(has_text=re.compile(words))
    follow(deeds.first)
    assert fits(page), f"the page behind “{words}” is wider than a phone"


def become(page: Page, address: str, words: str) -> str:
    """Make the text another kind; returns where it stands then."""
    page.goto(address)
    deed(page, "เปลี่ยนชนิด")
    follow(page.get_by_role("button", name=words))
    expect(page.locator(".flashes")).to_contain_text("ประวัติ")
    return urlsplit(page.url).path


def test_a_post_becomes_a_lesson_and_a_page_and_keeps_what_hangs_on_it(
    site: Site, desk: Page, keeper: User, stranger: Page, picture: Callable[[Page, str], None]
) -> None:
    body = factories.lesson_body()
    post = factories.post(
        keeper,
        title="ปุ๋ยหมักของทุกบ้านในหมู่",
        body=body,
        communities=(HERE,),
        programs=("own-work",),
        years=(2549,),
    )
    number = post.number
    comments.add(factories.user(), post, SAID)
    first = f"/posts/{number}"

    def stands(at: str, revisions: int) -> None:
        """The number leads to where it stands; text, history and comments are there."""
        for known in {first, at}:
            stranger.goto(known)
            assert urlsplit(stranger.url).path == at
        expect(stranger.locator("article h1")).to_have_text("ปุ๋ยหมักของทุกบ้านในหมู่")
        expect(stranger.locator("article .prose").first).to_contain_text("นัดกันเดือนละครั้ง")
        expect(stranger.locator(".facts").first).to_contain_text(str(number))
        talk = f"{at}/talk" if at.startswith("/pages/") else at
        stranger.goto(talk)
        expect(stranger.locator("#c1")).to_contain_text(SAID)
        stranger.goto(f"{at}/history")
        expect(stranger.locator(".history li")).to_have_count(revisions)
        assert fits(stranger)

    lesson = become(desk, first, "บทเรียน")
    assert lesson.startswith(f"/lessons/{number}/")
    picture(desk, "kind-lesson")
    stands(lesson, 2)
    expect(desk.locator("article .prose h2").first).to_contain_text("เป้าหมาย")
    assert become(desk, lesson, "บันทึก") == first
    stands(first, 3)
    stranger.goto(lesson)
    assert urlsplit(stranger.url).path == first

    page = become(desk, first, "หน้าความรู้")
    assert page.startswith("/pages/")
    picture(desk, "kind-page")
    stands(page, 4)
    assert become(desk, page, "บันทึก") == first
    stands(first, 5)
    stranger.goto(page)
    assert urlsplit(stranger.url).path == first


def test_a_phrase_goes_from_every_revision_and_the_log_does_not_tell_it(
    site: Site,
    desk: Page,
    keeper: User,
    stranger: Page,
    visit: Visit,
    person: Callable[..., User],
    picture: Callable[[Page, str], None],
) -> None:
    phrase = "0 0000 00000 00 0"
    page = factories.page(
        keeper, title="ที่ติดต่อกลุ่มปุ๋ย", body=f"ถามได้ที่ {phrase} ทุกเช้า", communities=(HERE,)
    )
    comments.add(factories.user(), page, f"ลองแล้ว {phrase} ติดต่อได้")
    at = f"/pages/{page.page_slug}"
    desk.goto(f"{at}/edit")
    desk.fill("#f-body", f"ถามได้ที่ {phrase} ทุกเช้าและเย็น")
    follow(desk.locator(".buttons button[value=save]"))

    deed(desk, "ปิดข้อความ")
    desk.fill("#f-phrase", phrase)
    desk.fill("#f-reason", f"เลขของ {phrase}")
    send(desk)
    expect(desk.locator(".error-summary")).to_be_visible()  # the log would tell it
    desk.fill("#f-reason", "เลขประจำตัวของคนในกลุ่ม")
    send(desk)
    expect(desk.locator("main")).to_contain_text("อยู่ 4 แห่ง")  # said before it is done
    assert fits(desk)
    picture(desk, "black-out")
    follow(desk.locator("main form button.button-danger"))
    expect(desk.locator("article .prose").first).to_contain_text("█████ ทุกเช้าและเย็น")

    for seen in ("", "/revisions/1", "/revisions/2", "/compare?from=1&to=2", "/talk", "/history"):
        stranger.goto(f"{at}{seen}")
        expect(stranger.locator("main")).to_be_visible()
        assert phrase not in stranger.content(), seen
    stranger.goto(f"{at}/revisions/1")
    expect(stranger.locator("article .prose, .prose").first).to_contain_text("█████ ทุกเช้า")

    log = visit(360, 640, is_mobile=True)
    log_in(log, person("moderator"))
    log.goto("/admin/log?action=black_out")
    row = log.locator("tbody tr", has_text=str(page.number))
    expect(row).to_contain_text("เลขประจำตัวของคนในกลุ่ม")
    expect(row).to_contain_text(keeper.display_name)
    assert phrase not in log.content()
    picture(log, "black-out-log")


def test_what_was_deleted_is_gone_for_readers_and_comes_back_whole(
    site: Site, desk: Page, keeper: User, stranger: Page, picture: Callable[[Page, str], None]
) -> None:
    post = factories.post(keeper, title="เรื่องที่ลบแล้วเอาคืน", communities=(HERE,))
    comments.add(factories.user(), post, SAID)
    at = f"/posts/{post.number}"

    def gone() -> bool:
        answer = stranger.goto(at)
        return answer is not None and answer.status == 404 and SAID not in stranger.content()

    def back() -> None:
        expect(desk.locator("article h1")).to_have_text("เรื่องที่ลบแล้วเอาคืน")
        stranger.goto(at)
        expect(stranger.locator("#c1")).to_contain_text(SAID)

    # Undone at once, by the notice that says what was done.
    desk.goto(at)
    deed(desk, "^ลบ")
    expect(desk.locator(".flashes")).to_contain_text("ถังขยะ")
    picture(desk, "bin-undo")
    assert gone()
    follow(desk.locator(".flashes").get_by_role("button", name="เลิกทำ"))
    back()

    # Later, from the bin among the drafts.
    deed(desk, "^ลบ")
    assert gone()
    desk.goto("/drafts")
    row = desk.locator("li", has_text="เรื่องที่ลบแล้วเอาคืน")
    assert fits(desk)
    picture(desk, "bin")
    follow(row.get_by_role("button", name="กู้คืน"))
    back()


def test_a_wanted_an_orphan_and_an_untouched_page_stand_in_their_lists_alone(
    site: Site, desk: Page, keeper: User, picture: Callable[[Page, str], None]
) -> None:
    wanted = "หน้าที่ยังไม่มีใครเขียน"
    orphan = factories.page(keeper, title="หน้าที่ไม่มีใครลิงก์มา")
    old = factories.page(keeper, title="หน้าที่ไม่มีใครแตะปีกว่า")
    factories.post(keeper, title="ดูสองหน้า", body=f"อ่าน [[{wanted}]] กับ [[{old.title}]]")
    with transaction():
        found = db.session.get(Entry, old.id)
        assert found is not None
        found.edited_at = now() - timedelta(days=366)
    lists = {"wanted": wanted, "orphan": orphan.title, "untouched": old.title}

    desk.goto("/admin")
    follow(desk.locator("main a[href='/admin/pages']"))
    for name, titled in lists.items():
        if name != "wanted":
            follow(desk.locator(f"main a[href='/admin/pages?list={name}']"))
        expect(desk.locator("main")).to_contain_text(titled)
        for other in set(lists.values()) - {titled}:
            expect(desk.locator("main")).not_to_contain_text(other)
        assert fits(desk)
        picture(desk, f"pages-{name}")

    # From a wanted title to writing it.
    desk.goto("/admin/pages")
    follow(desk.get_by_role("link", name=wanted))
    expect(desk.locator("#f-title")).to_have_value(wanted)
