"""Words out of use and back, and searches without a find made words: no restart between."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.db import db
from app.models import User
from app.queries import words as word_queries
from app.services import searches
from tests import factories
from tests.journeys.asking import ask, numbers_by_api, shown_addresses
from tests.journeys.conftest import Site, Visit, fits, follow, log_in

LATEST_S = 15


@pytest.fixture
def keeper(person: Callable[..., User]) -> User:
    return person("facilitator", "province-nakhon-si-thammarat", name="ผู้ดูแล ตัวอย่าง")


def until(what: Callable[[], bool]) -> None:
    """Wait until something holds: other processes learn words within a second or so."""
    end = time.monotonic() + LATEST_S
    while not what():
        assert time.monotonic() < end, "not within the time allowed"
        time.sleep(0.1)


def test_a_short_form_is_taken_out_and_added_again(
    visit: Visit, site: Site, keeper: User, picture: Callable[[Page, str], None]
) -> None:
    author = factories.writer()
    short = factories.post(author, title="หนึ่ง", body="เวทีนี้จัดโดยกศน.กับคนสานเสื่อกระจูด")
    long = factories.post(author, title="สอง", body="เวทีนี้จัดโดยการศึกษานอกโรงเรียนกับคนสานเสื่อกระจูด")
    site.wait_until_found(short.number, long.number)
    crossed = (
        ("กศน. คนสานเสื่อกระจูด", long.number),
        ("การศึกษานอกโรงเรียน คนสานเสื่อกระจูด", short.number),
    )

    def found(words: str, number: int) -> bool:
        # A phrase rules out finding by the other words.
        return number in numbers_by_api(site, words.split()[0], per_page="100")

    for words, number in crossed:
        assert found(words, number)
    page = visit(360, 640)
    log_in(page, keeper)
    page.goto("/glossary?q=กศน")
    short_form = page.locator(".facts > div", has=page.get_by_text("กศน.", exact=True)).first
    follow(short_form.get_by_role("link"))
    picture(page, "word-phone")
    assert fits(page)
    page.get_by_role("button", name="เลิกใช้").click()
    expect(page.locator(".flashes")).to_contain_text("กศน.")
    for words, number in crossed:
        until(lambda words=words, number=number: not found(words, number))

    page.goto("/glossary/new?short=กศน.")
    page.fill(
        "#f-expansions",
        "การศึกษานอกโรงเรียน\nการศึกษานอกระบบและการศึกษาตามอัธยาศัย\nสำนักงาน กศน.",
    )
    page.locator("input[name=kind][value=two-way]").check()
    page.fill("#f-since", "2522")
    page.fill("#f-until", "2566")
    page.locator("main form .button-primary").first.click()
    expect(page.locator(".flashes")).to_contain_text("กศน.")
    for words, number in crossed:
        until(lambda words=words, number=number: found(words, number))

    page.goto("/glossary?q=กศน")
    expect(page.locator("main")).to_contain_text("2522–2566")


def test_one_press_makes_a_search_without_a_find_a_word(
    visit: Visit, site: Site, keeper: User, picture: Callable[[Page, str], None]
) -> None:
    author = factories.writer()
    made = factories.post(author, title="กาบหมากทำจาน", body="กาบหมากแห้ง", tags=("จานกาบหมาก",))
    site.wait_until_found(made.number)
    typed = "จ๊านก๊าบหมก"
    reader = visit(360, 640)
    reader.goto("/")
    ask(reader, typed)
    assert f"/posts/{made.number}" not in shown_addresses(reader)

    page = visit(360, 640)
    log_in(page, keeper)

    def listed() -> bool:
        page.goto("/admin/searches")
        return page.locator(".unanswered li", has_text=typed).count() == 1

    until(listed)  # what was asked is written every few seconds
    picture(page, "searches-phone")
    assert fits(page)
    row = page.locator(".unanswered li", has_text=typed)
    expect(row).to_contain_text("ค้น 1 ครั้ง")
    row.get_by_role("button", name="หมายถึง “จานกาบหมาก”").click()
    expect(page.locator(".flashes")).to_contain_text(typed)
    expect(page.locator(".unanswered li", has_text=typed)).to_have_count(0)

    until(lambda: made.number in numbers_by_api(site, typed))
    ask(page, typed)
    assert f"/posts/{made.number}" in shown_addresses(page)
    db.session.rollback()
    assert typed in [word.short for word in word_queries.glossary()]


def test_a_strange_search_is_taken_off_the_list(visit: Visit, site: Site, keeper: User) -> None:
    searches.found("qxqxqx", 0)
    searches.asked("qxqxqx", "somebody")
    searches.flush()
    page = visit()
    log_in(page, keeper)
    page.goto("/admin")
    page.locator("a[href='/admin/searches']").click()
    row = page.locator(".unanswered li", has_text="qxqxqx")
    row.get_by_role("button", name="เอาออกจากรายการ").click()
    expect(page.locator(".unanswered li", has_text="qxqxqx")).to_have_count(0)
