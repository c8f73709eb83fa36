"""Years, short forms, broken letters, filters, suggestions and what must not be found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.services import comments
from app.vocabulary import Status
from tests import factories
from tests.journeys.asking import (
    ask,
    by_api,
    numbers_by_api,
    shown_addresses,
    shown_titles,
    shown_total,
)
from tests.journeys.conftest import Site, Visit, fits, follow, log_in, press

YEARS = ("๒๕๕๐", "พ.ศ. 2550", "ค.ศ. 2007", "2007", "2550", "ปี50")
SHORT = "เวทีนี้จัดโดยกศน.ของอำเภอแห่งหนึ่งกับคนทอผ้า"
LONG = "เวทีนี้จัดโดยการศึกษานอกโรงเรียนของอำเภออีกแห่งกับคนทอผ้า"
COUNCIL = "เงินก้อนแรกมาจากอบต.แล้วค่อยสมทบกันเองกับคนทอผ้า"
COUNCIL_LONG = "เงินก้อนแรกมาจากองค์การบริหารส่วนตำบลแล้วค่อยสมทบกันเองกับคนทอผ้า"
RARE = "ฟักแฟงแตงไทยเจ็ดสี"
BENEATH = "ไส้เดือนแดงพันธุ์แอฟริกา"


@pytest.fixture(scope="module")
def written(site: Site) -> dict[str, int]:
    """Posts that say the same in other words, and some that nobody may find."""
    author = factories.writer()
    numbers = {
        # At no place: names of places are searched too, the province is เมืองคอน as well.
        name: factories.post(author, title=f"คนทอผ้าเล่า {name}", body=text, communities=()).number
        for name, text in (
            ("short", SHORT),
            ("long", LONG),
            ("council", COUNCIL),
            ("council-long", COUNCIL_LONG),
            ("broken", "คืนนั้นคุณอํานวยชวนกันตั้งวงเเก้จนกับคนทอผ้า"),
            ("elsewhere", "ไปขอนแก่นดูถนนคอนกรีตกับคนทอผ้าสามสิบคน"),
            ("farming", "เรียนเกษตรอินทรีย์กับคนทอผ้าสองวัน"),
            ("organic", "คุยเรื่องชุมชนอินทรีย์กับคนทอผ้าห้าวัน"),
        )
    }
    said = factories.post(author, title="คนทอผ้าเล่า ใต้เรื่อง", body="วันนี้ไม่มีอะไร")
    comments.add(factories.user(), said, f"บ้านเราเลี้ยง{BENEATH}ได้ผลดี")
    numbers["commented"] = said.number
    for status in (Status.DRAFT, Status.WAITING, Status.HIDDEN, Status.BINNED):
        made = factories.post(author, title=f"ลับ {status}", body=RARE, status=status)
        numbers[status.value] = made.number
    site.wait_until_found(*(number for name, number in numbers.items() if name not in list(Status)))
    return numbers


def all_addresses(page: Page, words: str) -> set[str]:
    """Paths of every hit, over all pages of results."""
    found: set[str] = set()
    page.goto(f"/search?q={words}&per_page=100")
    while True:
        found |= set(shown_addresses(page))
        further = page.locator(".pagination a[rel=next], nav.pages a[rel=next]")
        if not further.count():
            return found
        follow(further.first)


def test_a_year_is_the_same_in_every_form(visit: Visit, site: Site, written: object) -> None:
    page = visit()
    shown = {year: all_addresses(page, year) for year in YEARS}
    assert shown["2550"]
    assert len(set(map(frozenset, shown.values()))) == 1, {y: len(s) for y, s in shown.items()}
    told = {year: frozenset(numbers_by_api(site, year)) for year in YEARS}
    assert len(set(told.values())) == 1, {year: len(found) for year, found in told.items()}


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("การศึกษานอกโรงเรียน คนทอผ้า", "short"),
        ("กศน. คนทอผ้า", "long"),
        ("องค์การบริหารส่วนตำบล คนทอผ้า", "council"),
        ("อบต. คนทอผ้า", "council-long"),
    ],
)
def test_short_form_and_long_form_find_each_other(
    visit: Visit, site: Site, written: dict[str, int], words: str, name: str
) -> None:
    page = visit()
    page.goto("/")
    ask(page, words)
    assert f"/posts/{written[name]}" in shown_addresses(page)
    assert written[name] in numbers_by_api(site, words)


@pytest.mark.parametrize(
    ("broken", "right"),
    [("คุณอํานวย", "คุณอำนวย"), ("เเก้จน", "แก้จน")],
    ids=["sara am as two signs", "two sara e"],
)
def test_broken_letters_find_what_right_ones_find(
    visit: Visit, site: Site, written: dict[str, int], broken: str, right: str
) -> None:
    page = visit()
    assert all_addresses(page, broken) == all_addresses(page, right)
    found = numbers_by_api(site, broken)
    assert found == numbers_by_api(site, right)
    assert written["broken"] in found


@pytest.mark.parametrize(
    ("words", "found", "missed"),
    [
        ("ขอนแก่น", "elsewhere", "organic"),
        ("เมืองคอน", None, "elsewhere"),
        ("เกษตรอินทรีย์", "farming", "organic"),
        ("ชุมชนอินทรีย์", "organic", "farming"),
    ],
    ids=["its twin", "คอน is not ขอนแก่น", "farming is no program", "the program is no farming"],
)
def test_letters_of_another_word_are_no_find(
    visit: Visit, written: dict[str, int], words: str, found: str | None, missed: str
) -> None:
    shown = all_addresses(visit(), words)
    assert shown
    assert found is None or f"/posts/{written[found]}" in shown
    assert f"/posts/{written[missed]}" not in shown


def test_an_empty_result_leads_on(
    visit: Visit, site: Site, picture: Callable[[Page, str], None]
) -> None:
    page = visit(360, 640)
    page.goto("/")
    ask(page, "ฆฆซซ zzzz 2549")
    expect(page.locator(".empty-title")).to_contain_text("ไม่พบ")
    picture(page, "search-nothing-phone")
    assert fits(page)
    ways = page.locator(".ways")
    expect(ways).to_contain_text("“ฆฆซซ zzzz” โดยไม่ระบุปี")
    expect(ways.locator("a[href^='/communities/']").first).to_be_visible()
    ways.locator("a[href='/years/2549']").click()
    expect(page.locator("h1")).to_contain_text("2549")


def test_typed_filters_give_the_list_of_the_pressed_ones(
    visit: Visit, site: Site, picture: Callable[[Page, str], None]
) -> None:
    page = visit()
    page.goto("/search?community=tambon-bang-chak&year=2548")
    pressed, count = shown_titles(page), shown_total(page)
    assert pressed

    page.goto("/")
    ask(page, "ชุมชน:บางจาก ปี:๒๕๔๘")
    assert (shown_titles(page), shown_total(page)) == (pressed, count)
    expect(page.locator("#q-main")).to_have_value("ชุมชน:บางจาก ปี:๒๕๔๘")
    expect(page.locator(".chips-selected a.chip")).to_have_count(2)
    picture(page, "search-typed")

    follow(page.locator(".chips-selected .chip-year"))
    expect(page.locator("#q-main")).to_have_value("ชุมชน:บางจาก")
    assert shown_total(page) >= count
    page.get_by_text("ล้างตัวกรอง").first.click()
    expect(page.locator("#q-main")).to_have_value("")
    assert not page.locator(".chips-selected").count()


def test_a_word_that_stands_only_in_a_comment_is_found_and_says_so(
    visit: Visit, site: Site, written: dict[str, int], picture: Callable[[Page, str], None]
) -> None:
    page = visit(360, 640)
    page.goto("/")
    ask(page, BENEATH)
    card = page.locator(".card", has=page.locator(f"a[href='/posts/{written['commented']}']"))
    expect(card.locator(".found-in")).to_have_text("พบในความเห็น")
    expect(card.locator(".card-text mark").first).to_be_visible()
    picture(page, "search-comment-phone")


def test_a_program_stands_first_and_offers_what_became_of_it(
    visit: Visit, site: Site, picture: Callable[[Page, str], None]
) -> None:
    page = visit(360, 640)
    page.goto("/")
    ask(page, "SML")
    box = page.locator(".named-program").first
    expect(box.locator("a").first).to_have_attribute("href", "/programs/sml")
    expect(box).to_contain_text("กลายเป็น")
    expect(box.locator(".certainty").first).to_have_text("ยังไม่ได้รับการยืนยัน")
    picture(page, "search-program-phone")
    assert fits(page)
    box.locator("a").first.click()
    expect(page.locator("h1")).to_contain_text("หมู่บ้าน")


def test_suggestions_are_chosen_with_the_keyboard_alone(
    visit: Visit, site: Site, picture: Callable[[Page, str], None]
) -> None:
    page = visit(360, 640)
    page.goto("/")
    box = page.locator("#q-home")
    box.focus()
    box.press_sequentially("บางจ")
    lines = page.locator("#q-home-suggestions [role=option]")
    expect(lines.first).to_be_visible()
    expect(page.locator("#live")).to_contain_text("คำแนะนำ")
    picture(page, "suggestions-phone")
    assert fits(page)
    assert box.get_attribute("aria-expanded") == "true"

    page.keyboard.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    expect(box).to_have_value("บางจ")  # what was typed stays
    page.keyboard.press("Escape")
    expect(lines).to_have_count(0)
    assert box.get_attribute("aria-expanded") == "false"
    expect(box).to_be_focused()

    box.press_sequentially("าก")
    expect(lines.first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/communities/tambon-bang-chak")


def test_enter_searches_what_was_typed_whatever_is_offered(visit: Visit, site: Site) -> None:
    page = visit()
    page.goto("/lessons?lang=en")
    page.locator("#site-search").press_sequentially("แผน")
    expect(page.locator("#site-search-suggestions [role=option]").first).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    expect(page.locator("#q-main")).to_have_value("แผน")


def test_a_suggestion_is_pressed_with_a_finger_and_keeps_the_language(
    visit: Visit, site: Site
) -> None:
    page = visit(360, 640)
    page.goto("/?lang=en")
    page.locator("#site-search").press_sequentially("Bang Cha")
    line = page.locator("#site-search-suggestions [role=option]", has_text="Bang Chak Subdistrict")
    line.first.tap()
    page.wait_for_url("**/communities/tambon-bang-chak?lang=en")


def test_a_slow_line_never_holds_up_typing(visit: Visit, site: Site) -> None:
    """Answers that never come: the box takes letters, and Enter searches."""
    page = visit(360, 640)
    page.route("**/api/v1/suggest**", lambda _route: None)
    page.goto("/")
    box = page.locator("#q-home")
    box.press_sequentially("แผนชุมชน")
    expect(box).to_have_value("แผนชุมชน")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?**")
    assert shown_total(page)


def test_facets_narrow_count_and_can_be_shared(
    visit: Visit, site: Site, picture: Callable[[Page, str], None]
) -> None:
    """ต.บางจาก, a program, a year: counts equal lists, and the address is enough."""
    page = visit()
    page.goto("/search")
    for facet, slug in (("community", "tambon-bang-chak"), ("year", "2548")):
        choice = page.locator(f".facet-{facet} a[href*='{facet}={slug}']")
        count = int(choice.locator(".count").inner_text())
        choice.click()
        page.wait_for_url(f"**{facet}={slug}*")
        assert shown_total(page) == count
        counts_are_true(page)
    assert {"community", "year"} == {
        name
        for name in ("community", "program", "year", "tag")
        if page.locator(f".chips-selected .chip-{name}").count()
    }
    picture(page, "facets")
    titles, address = shown_titles(page), page.url
    assert titles

    api = by_api(site, community="tambon-bang-chak", year="2548")
    assert api["total"] == shown_total(page)

    other = visit(360, 640)
    other.goto(address)
    assert shown_titles(other) == titles

    page.locator(".cards .card-title a").first.click()
    expect(page.locator("article h1")).to_have_text(titles[0])
    page.go_back()
    page.get_by_text("ล้างตัวกรอง").first.click()
    page.wait_for_url(lambda url: "community=" not in url)
    assert not page.locator(".chips-selected").count()


def counts_are_true(page: Page) -> None:
    """Every filter that is offered finds something; a few are followed and counted."""
    here = page.url
    offered = page.locator(".facet a").evaluate_all(
        "all => all.map(a => [a.href, a.getAttribute('aria-current'),"
        " Number(a.querySelector('.count').textContent)])"
    )
    assert offered
    assert all(count > 0 for _, _, count in offered), "a filter leads to an empty page"
    narrowing = [(href, count) for href, current, count in offered if not current]
    for href, count in narrowing[:: max(1, len(narrowing) // 4)]:
        page.goto(href)
        # A second value of one facet widens the list: then it holds at least its own.
        total = shown_total(page)
        assert total == count or (is_widened(href) and total >= count), (href, count, total)
    page.goto(here)


def is_widened(address: str) -> bool:
    names = [pair.partition("=")[0] for pair in address.partition("?")[2].split("&")]
    return len(names) != len(set(names))


def test_what_is_not_public_is_not_found(visit: Visit, site: Site, written: dict[str, int]) -> None:
    stranger = visit()
    stranger.goto("/")
    ask(stranger, RARE)
    secret = {f"/posts/{written[s.value]}" for s in Status if s is not Status.PUBLISHED}
    assert not secret & set(shown_addresses(stranger))
    assert RARE not in stranger.locator("main .cards").all_inner_texts()
    assert not set(written.values()) & set(numbers_by_api(site, RARE))
    for path in secret:
        answer = stranger.goto(path)
        assert answer is not None and answer.status == 404


def test_a_new_text_is_found_at_once(visit: Visit, site: Site, person: Callable) -> None:
    """Written, published, and found within a second or little more."""
    author = person("writer")
    page = visit()
    log_in(page, author)
    page.goto("/write/post")
    page.fill("#f-title", "เรือพายลำใหม่ของบ้านเหนือ")
    page.fill("#f-body", "ต่อเรือด้วยไม้ตะเคียนทองสามสิบแปดวัน")
    press(page, "publish")
    page.wait_for_url("**/posts/*")
    number = int(page.url.rpartition("/")[2])
    site.wait_until_found(number)
    ask(page, "ตะเคียนทองสามสิบแปดวัน")
    assert f"/posts/{number}" in shown_addresses(page)
