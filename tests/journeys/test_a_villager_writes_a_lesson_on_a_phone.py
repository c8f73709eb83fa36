"""From log-in to a published lesson on a small screen; without JavaScript; by keys alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.models import User
from tests.journeys.conftest import Site, Visit, fits, log_in

GOAL = "อยากให้ร้านน้ำชาทุกร้านในหมู่เรามีมุมหนังสือ"
BETTER = "เจ้าของร้านช่วยกันหาหนังสือมาวางเองตั้งแต่อาทิตย์แรก"
SHORT_OF = "หน้าฝนหนังสือเปียก ยังไม่มีตู้"
AFTER = "ทำตู้ไม้ก่อนฝนปีหน้า"


@pytest.fixture
def writer(person: Callable[..., User]) -> User:
    return person("writer", "tambon-karo", name="ตัวอย่าง ชาวกะหรอ")


def press(page: Page, action: str) -> None:
    """A button at the foot of the form: publish, draft, preview or save."""
    page.locator(f".buttons button[name=action][value={action}]").click()
    page.wait_for_load_state()


def is_zoomed(page: Page) -> bool:
    return bool(page.evaluate("visualViewport.scale !== 1"))


@pytest.mark.parametrize("js", [True, False], ids=["javascript", "without javascript"])
def test_a_quick_lesson_becomes_a_full_one(
    visit: Visit, site: Site, writer: User, picture: Callable[[Page, str], None], js: bool
) -> None:
    page = visit(360, 640, js=js, is_mobile=True)
    page.goto("/")
    assert fits(page)
    log_in(page, writer)
    assert fits(page)

    # เขียน -> บทเรียนสั้น
    page.locator("a[href='/write']").click()
    expect(page.locator("main")).to_contain_text("บทเรียนสั้น")
    page.locator("a[href='/write/quick']").click()
    quick_form_is_ready(page)

    # Gaps are named, and nothing typed is lost.
    title = f"มุมหนังสือในร้านน้ำชา {'มี' if js else 'ไม่มี'}สคริปต์"
    page.fill("#f-title", title)
    page.fill("#f-box_goal", GOAL)
    page.fill("#f-box_next", AFTER)
    press(page, "publish")
    gaps_are_named(page, title)
    picture(page, f"lesson-gaps-{'js' if js else 'plain'}")

    # One year, however it is written.
    page.fill("#f-box_strengths", BETTER)
    page.fill("#f-box_problems", SHORT_OF)
    for typed in ("2549", "2006", "ปี49", "๒๕๔๙"):
        page.fill("#f-years", typed)
        press(page, "draft")
        expect(page.locator("#f-years")).to_have_value("2549")

    press(page, "preview")
    expect(page.locator(".preview")).to_contain_text(SHORT_OF)
    assert fits(page) and not is_zoomed(page)
    picture(page, f"lesson-preview-{'js' if js else 'plain'}")
    if js:  # it lies over the form
        page.locator("[data-seen-off]").click()
    press(page, "publish")
    address = published_quick(page, title)
    picture(page, f"lesson-published-{'js' if js else 'plain'}")

    fill_up(page, js=js)
    full_lesson_shows(page, address)
    picture(page, f"lesson-full-{'js' if js else 'plain'}")
    a_removed_row_leaves_word(page, address, js=js)


def quick_form_is_ready(page: Page) -> None:
    """Four boxes; place and program are filled in; no book is asked for."""
    asked = page.locator("textarea[name^=box_]")
    assert asked.count() == 4
    for question in ("หวังอะไรไว้", "อะไรดีกว่าที่หวัง", "อะไรยังไม่ถึงที่หวัง", "ครั้งหน้าจะทำอะไรต่อ"):
        expect(page.locator("main")).to_contain_text(question)
    assert page.locator("input[name=communities]:checked").input_value() == "tambon-karo"
    assert page.locator("input[name=programs]:checked").input_value() == "own-work"
    assert page.locator("select[name=book]").count() == 0
    assert page.locator("#f-title").evaluate("field => field === document.activeElement")
    assert fits(page)


def gaps_are_named(page: Page, title: str) -> None:
    """The year and the two boxes, in the summary that holds the focus; the text stands."""
    summary = page.locator(".error-summary")
    for name in ("ปี", "อะไรดีกว่าที่หวัง", "อะไรยังไม่ถึงที่หวัง"):
        expect(summary).to_contain_text(name)
    links = summary.locator("a").evaluate_all("links => links.map(a => a.hash)")
    assert links == ["#f-years", "#f-box_strengths", "#f-box_problems"]
    assert page.evaluate("document.activeElement.classList.contains('error-summary')")
    assert page.input_value("#f-title") == title
    assert page.input_value("#f-box_goal").strip() == GOAL
    assert fits(page) and not is_zoomed(page)
    summary.locator("a").first.click()
    assert page.evaluate("location.hash") in links


def published_quick(page: Page, title: str) -> str:
    """The public page of the quick lesson; returns its address."""
    expect(page.locator("article h1")).to_have_text(title)
    main = page.locator("main")
    for said in (
        GOAL,
        BETTER,
        SHORT_OF,
        AFTER,
        "พ.ศ. 2549",
        "กะหรอ",
        "งานของชุมชนเอง",
        "ไม่มีความเห็น",
    ):
        expect(main).to_contain_text(said)
    assert page.locator("main a[rel~=license]").count() >= 1
    number = int(re.findall(r"/lessons/(\d+)/", page.url)[0])
    assert number >= 1_000_001
    assert "3092" not in page.content()
    assert fits(page) and not is_zoomed(page)
    address = page.url
    page.goto(f"/posts/{number}")
    assert page.url == address
    return address


def fill_up(page: Page, *, js: bool) -> None:
    """Points and a principle; the missing box is named before it is taken."""
    page.locator("a[href*='form=full']").first.click()
    assert page.locator("textarea[name^=box_]").count() == 8
    assert page.input_value("#f-box_goal").strip() == GOAL
    page.locator("details[data-box=box_context] > summary").click()  # it need not be filled
    page.fill("#f-box_context", "หมู่บ้านมีร้านน้ำชาห้าร้าน")
    page.fill("#f-box_actions", "นัดคุยที่ร้านทุกวันพระ")
    add_row(page, "points", 0, "วางหนังสือไว้ใกล้โต๊ะที่คนนั่งนาน", js=js)
    page.fill("#f-points-0-source", "จากคำบอกเล่า")
    add_row(page, "points", 1, "ให้เจ้าของร้านเป็นคนเลือกหนังสือเอง", js=js)
    page.fill("#f-points-1-source", "จากคำบอกเล่า")
    add_row(page, "principles", 0, "ของที่คนดูแลเองอยู่ได้นาน", js=js)
    page.fill("#f-principles-0-sums", "k1, k2")
    press(page, "save")
    expect(page.locator(".error-summary")).to_contain_text("ผลที่เกิดขึ้น")
    page.fill("#f-box_results", "สี่ร้านมีมุมหนังสือแล้ว")
    press(page, "save")


def add_row(page: Page, name: str, at: int, text: str, *, js: bool) -> None:
    page.locator(f"button[name=row_action][value='{name}:add']").click()
    field = page.locator(f"#f-{name}-{at}-text")
    if not js:
        page.wait_for_load_state()
    field.fill(text)


def full_lesson_shows(page: Page, address: str) -> None:
    page.wait_for_url(address)
    expect(page.locator("article .principles")).to_contain_text("ของที่คนดูแลเองอยู่ได้นาน")
    order = page.evaluate(
        "[...document.querySelectorAll('article h1, article .principles, article .prose')]"
        ".map(element => element.tagName === 'H1' ? 'title' : element.className.split(' ')[0])"
    )
    assert order[:2] == ["title", "principles"], order
    headings = page.locator("article .prose h2").all_inner_texts()
    assert len(headings) == 8, headings
    for anchor, text in (("k1", "ใกล้โต๊ะ"), ("k2", "เจ้าของร้าน"), ("g1", "อยู่ได้นาน")):
        # As from a chat: the link opens a page anew, it does not move within an open one.
        page.goto("about:blank")
        page.goto(f"{address}#{anchor}", wait_until="load")
        row = page.locator(f"[id={anchor}]")
        expect(row).to_contain_text(text)
        expect(row).to_be_in_viewport()
    assert fits(page)


def a_removed_row_leaves_word(page: Page, address: str, *, js: bool) -> None:
    """The link of a removed row says so, and its number is not given out again."""
    page.goto(f"{address.rstrip('/')}/edit")
    page.fill("#f-principles-0-sums", "k1")
    page.locator("button[name=row_action][value='points:remove:1']").click()
    if not js:
        page.wait_for_load_state()
    add_row(page, "points", 1, "ถามคนอ่านทุกสิ้นเดือน", js=js)
    page.fill("#f-points-1-source", "จากคำบอกเล่า")
    press(page, "save")
    page.wait_for_url(address)
    page.goto(f"{address}#k2")
    expect(page.locator("[id=k2]")).to_contain_text("ถูกเอาออกแล้ว")
    expect(page.locator("[id=k3]")).to_contain_text("สิ้นเดือน")


def test_the_keyboard_alone_is_enough(visit: Visit, writer: User) -> None:
    """Tab, letters, arrows, space and Enter: from the front page to a public lesson."""
    page = visit(1280, 800)
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList.contains('skip')")
    tab_to(page, "a[href='/account/login'], a[href^='/account/login']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/login*")
    type_into(page, "#f-login", writer.username)
    type_into(page, "#f-password", "ปลาทูว่ายน้ำ7")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url)

    tab_to(page, "a[href='/write']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/write")
    tab_to(page, "a[href='/write/quick']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/write/quick")
    title = "เขียนด้วยแป้นพิมพ์อย่างเดียว"
    type_into(page, "#f-title", title)
    type_into(page, "#f-years", "2549")
    type_into(page, "#f-box_goal", GOAL)
    type_into(page, "#f-box_strengths", BETTER)
    type_into(page, "#f-box_next", AFTER)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/lessons/\d+/"))
    expect(page.locator("article h1")).to_have_text(title)

    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "site-search"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("e")
    page.wait_for_url("**/edit")


def tab_to(page: Page, selector: str, most: int = 900) -> None:
    """Press Tab until the element has the focus, and see that the focus shows."""
    for _ in range(most):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            break
        page.keyboard.press("Tab")
    else:
        raise AssertionError(f"Tab never came to {selector}")
    outline = page.evaluate(
        "(() => { const s = getComputedStyle(document.activeElement);"
        " return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; })()"
    )
    assert outline, f"the focus on {selector} does not show"


def type_into(page: Page, selector: str, text: str) -> None:
    tab_to(page, selector)
    page.keyboard.type(text)
