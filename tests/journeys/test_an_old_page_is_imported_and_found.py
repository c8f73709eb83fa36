"""A saved page comes in by the terminal command and is found by whatever people type."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.formats.pages import html_page, text_page
from tests.journeys.asking import ask, by_api, numbers_by_api, shown_addresses
from tests.journeys.conftest import Site, Visit
from tests.search.test_thai_cases import CASES, FIRST, PAGE

NUMBER = 140140
TITLE = "สามปีของการออมไปด้วยกัน"
TAIL = (
    f"หมายเลขบันทึก: {NUMBER}เขียนเมื่อ 19 ตุลาคม 2007 14:59 น. ()"
    "แก้ไขเมื่อ 11 กุมภาพันธ์ 2012 21:06 น. ()สัญญาอนุญาต: จำนวนที่อ่านจำนวนที่อ่าน:"
)


@pytest.fixture(scope="module")
def imported(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site with the old page in it, brought in twice by the terminal command."""
    file = tmp_path_factory.mktemp("saved") / "saved-page.txt"
    body = PAGE.replace(FIRST, "", 1).strip()
    first, rest = body.split("\n\n", 1)
    whole = text_page(title=TITLE, summary=FIRST, body=f"{first}\n\n{FIRST}\n\n{rest}", tail=TAIL)
    file.write_text(whole, "utf-8")
    said = site.run("content", "import", str(file))
    assert said.returncode == 0, said.stderr
    assert str(NUMBER) in said.stdout, said.stdout
    again = site.run("content", "import", str(file))
    assert "ไม่มีอะไรใหม่" in again.stdout, again.stdout
    site.wait_until_found(NUMBER)
    return site


def test_the_page_stands_as_it_was(
    visit: Visit, imported: Site, picture: Callable[[Page, str], None]
) -> None:
    page = visit()
    page.goto(f"/posts/{NUMBER}")
    picture(page, "old-page")
    expect(page.locator("article h1")).to_have_text(TITLE)
    main = page.locator("main")
    for said in ("19 ตุลาคม 2550", "11 กุมภาพันธ์ 2555", "ไม่มีความเห็น", "กลุ่มออมและชาวบ้าน"):
        expect(main).to_contain_text(said)
    assert page.locator("article").inner_text().count(FIRST[:40]) == 1
    for unwanted in ("ClassStart", "LINE ID", "จำนวนที่อ่านจำนวนที่อ่าน"):
        assert unwanted not in page.locator("article .prose").inner_text()


def test_every_query_finds_it_in_the_browser(visit: Visit, imported: Site) -> None:
    page = visit()
    missed = []
    for query, why in CASES:
        page.goto(f"/search?q={query}")
        if page.url.endswith(f"/posts/{NUMBER}"):
            assert query == str(NUMBER)  # its number leads to it at once
        elif f"/posts/{NUMBER}" not in shown_addresses(page):
            missed.append(f"{query}: {why}")
    assert not missed, "\n".join(missed)


def test_every_query_finds_it_by_the_api(imported: Site) -> None:
    missed = [why for query, why in CASES if NUMBER not in numbers_by_api(imported, query)]
    assert not missed, "\n".join(missed)


def test_the_found_words_are_marked_and_the_rule_is_named(visit: Visit, imported: Site) -> None:
    page = visit()
    page.goto("/")
    ask(page, "แผนแม่บทชุมชน ฐานของการคุยกัน")
    mine = page.locator(".card", has=page.locator(f"a[href='/posts/{NUMBER}']"))
    expect(mine.locator("mark").first).to_be_visible()
    marked = "".join(mine.locator(".card-text mark").all_inner_texts())
    assert "แผนแม่บทชุมชน" in marked, marked
    ask(page, "การศึกษานอกโรงเรียน")
    expect(page.locator(".search-notes")).to_contain_text("ค้นรวม")
    expect(page.locator(".search-notes")).to_contain_text("กศน")
    assert by_api(imported, q="การศึกษานอกโรงเรียน")["notes"]


def test_the_record_number_opens_it_and_stands_first_for_programs(
    visit: Visit, imported: Site
) -> None:
    page = visit()
    page.goto("/")
    ask(page, f"หมายเลข {NUMBER}")
    page.wait_for_url(f"**/posts/{NUMBER}")
    expect(page.locator("article h1")).to_have_text(TITLE)
    assert numbers_by_api(imported, str(NUMBER))[0] == NUMBER


def test_a_page_saved_as_html_comes_in_as_well(visit: Visit, site: Site, tmp_path: Path) -> None:
    file = tmp_path / "saved.html"
    file.write_text(html_page(style="a"), "utf-8")
    said = site.run("content", "import", str(file))
    assert said.returncode == 0, said.stderr
    site.wait_until_found(123456)
    page = visit(360, 640)
    page.goto("/")
    ask(page, "ปุ๋ยหมัก 1,200 กิโลกรัม")
    page.locator(".cards a[href='/posts/123456']").click()
    expect(page.locator("article h1")).to_contain_text("ปุ๋ยหมักบ้านสมมุติ")
    expect(page.locator("main")).to_contain_text("5 มีนาคม 2551")
