"""Writing a lesson in the browser: what its forms and its page show, with JavaScript or without."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import fits, follow, press

GOAL = "อยากให้ร้านน้ำชาทุกร้านในหมู่เรามีมุมหนังสือ"
BETTER = "เจ้าของร้านช่วยกันหาหนังสือมาวางเองตั้งแต่อาทิตย์แรก"
SHORT_OF = "หน้าฝนหนังสือเปียก ยังไม่มีตู้"
AFTER = "ทำตู้ไม้ก่อนฝนปีหน้า"
QUESTIONS = ["หวังอะไรไว้", "อะไรดีกว่าที่หวัง", "อะไรยังไม่ถึงที่หวัง", "ครั้งหน้าจะทำอะไรต่อ"]
#: Headings of a full lesson; a quick one has the four that answer its questions.
HEADINGS = [
    "ความเป็นมาและบริบท",
    "เป้าหมาย",
    "สิ่งที่ทำ",
    "ผลที่เกิดขึ้น",
    "สิ่งที่ทำได้ดี / ปัจจัยความสำเร็จ",
    "ปัญหาและสิ่งที่ยังทำได้ไม่ดี",
    "ข้อเรียนรู้",
    "ก้าวต่อไปและข้อเสนอแนะ",
]
QUICK_HEADINGS = [HEADINGS[n] for n in (1, 4, 5, 7)]


def is_zoomed(page: Page) -> bool:
    return bool(page.evaluate("visualViewport.scale !== 1"))


def quick_form_is_ready(page: Page) -> None:
    """Four boxes; place and program are filled in; no book is asked for."""
    expect(page.locator("textarea[name^=box_]")).to_have_count(4)
    for question in QUESTIONS:
        expect(page.locator("main")).to_contain_text(question)
    assert page.locator("input[name=communities]:checked").input_value() == "tambon-karo"
    assert page.locator("input[name=programs]:checked").input_value() == "own-work"
    expect(page.locator("main")).to_contain_text("ต.กะหรอ")
    expect(page.locator("main")).to_contain_text("งานของชุมชนเอง")
    assert page.locator("select[name=book]").count() == 0
    expect(page.locator("#f-title")).to_be_focused()
    assert fits(page)


def gaps_are_named(page: Page, *, title: str, goal: str) -> None:
    """The year and the two boxes, in the summary that holds the focus; the text stands."""
    summary = page.locator(".error-summary")
    for name in ("ปี", "อะไรดีกว่าที่หวัง", "อะไรยังไม่ถึงที่หวัง"):
        expect(summary).to_contain_text(name)
    links = summary.locator("a").evaluate_all("links => links.map(a => a.hash)")
    assert links == ["#f-years", "#f-box_strengths", "#f-box_problems"]
    expect(summary).to_be_focused()
    expect(page.locator("#f-title")).to_have_value(title)
    expect(page.locator("#f-box_goal")).to_have_value(re.compile(rf"^\s*{re.escape(goal)}\s*$"))
    assert fits(page) and not is_zoomed(page)
    summary.locator("a").first.click()
    expect(page.locator("#f-years")).to_be_in_viewport()
    assert page.evaluate("location.hash") == links[0]


def published_quick(page: Page, title: str, goal: str) -> str:
    """The public page of the quick lesson; returns its address, to which its number leads."""
    expect(page.locator("article h1")).to_have_text(title)
    main = page.locator("main")
    answers = (*goal.split("\n"), BETTER, SHORT_OF, AFTER)
    for said in (*answers, "พ.ศ. 2549", "กะหรอ", "งานของชุมชนเอง", "ไม่มีความเห็น"):
        expect(main).to_contain_text(said)
    expect(page.locator("article .prose h2")).to_contain_text(QUICK_HEADINGS)
    expect(page.locator("main a[rel~=license]").first).to_have_text(re.compile(r"\S"))
    number = int(re.findall(r"/lessons/(\d+)/", page.url)[0])
    assert number >= 1_000_001
    assert "3092" not in page.content()
    assert fits(page) and not is_zoomed(page)
    address = page.url
    page.goto(f"/posts/{number}")
    assert page.url == address
    return address


def fill_up(page: Page, *, goal: str, js: bool) -> None:
    """Points and a principle; the missing box is named before it is taken."""
    follow(page.locator("a[href*='form=full']").first)
    expect(page.locator("textarea[name^=box_]")).to_have_count(8)
    for name, text in (("goal", goal), ("strengths", BETTER), ("next", AFTER)):
        assert page.input_value(f"#f-box_{name}").strip() == text, "nothing is typed twice"
    page.locator("details[data-box=box_context] > summary").click()  # it need not be filled
    page.fill("#f-box_context", "หมู่บ้านมีร้านน้ำชาห้าร้าน")
    page.fill("#f-box_actions", "นัดคุยที่ร้านทุกวันพระ")
    add_row(page, "points", 0, "วางหนังสือไว้ใกล้โต๊ะที่คนนั่งนาน", js=js)
    page.fill("#f-points-0-source", "จากคำบอกเล่า")
    add_row(page, "points", 1, "ให้เจ้าของร้านเป็นคนเลือกหนังสือเอง", js=js)
    page.fill("#f-points-1-source", "จากคำบอกเล่า")
    for at, name in enumerate(("k1", "k2")):  # so that a principle can name them
        expect(page.locator(f"label[for=f-points-{at}-text]")).to_contain_text(name)
    add_row(page, "principles", 0, "ของที่คนดูแลเองอยู่ได้นาน", js=js)
    page.fill("#f-principles-0-sums", "k1, k2")
    press(page, "save")
    expect(page.locator(".error-summary")).to_contain_text("ผลที่เกิดขึ้น")
    page.fill("#f-box_results", "สี่ร้านมีมุมหนังสือแล้ว")
    press(page, "save")


def add_row(page: Page, name: str, at: int, text: str, *, js: bool) -> None:
    press_row(page, f"{name}:add", js=js)
    page.locator(f"#f-{name}-{at}-text").fill(text)


def press_row(page: Page, action: str, *, js: bool) -> None:
    """A button of the rows: at once where JavaScript runs, else by way of the server."""
    button = page.locator(f"button[name=row_action][value='{action}']")
    button.click() if js else follow(button)


def full_lesson_shows(page: Page, address: str) -> None:
    """The same number, the principle under the title, eight headings, a link to each row."""
    expect(page).to_have_url(address)
    expect(page.locator("article .principles")).to_contain_text("ของที่คนดูแลเองอยู่ได้นาน")
    order = page.evaluate(
        "[...document.querySelectorAll('article h1, article .principles, article .prose')]"
        ".map(element => element.tagName === 'H1' ? 'title' : element.className.split(' ')[0])"
    )
    assert order[:2] == ["title", "principles"], order
    expect(page.locator("article .prose h2")).to_contain_text(HEADINGS)
    for anchor, text in (("k1", "ใกล้โต๊ะ"), ("k2", "เจ้าของร้าน"), ("g1", "อยู่ได้นาน")):
        open_at(page, address, anchor)
        row = page.locator(f"[id={anchor}]")
        expect(row).to_contain_text(text)
        expect(row).to_be_in_viewport()
    assert fits(page)


def open_at(page: Page, address: str, anchor: str) -> None:
    """As from a chat: the link opens a page anew, it does not move within an open one."""
    page.goto("about:blank")
    page.goto(f"{address}#{anchor}", wait_until="load")


def a_removed_row_leaves_word(page: Page, address: str, *, js: bool) -> None:
    """The link of a removed row says so, and its number is not given out again."""
    page.goto(f"{address}/edit")
    expect(page.locator("#f-principles-0-sums")).to_have_value("k1, k2")
    press_row(page, "points:remove:1", js=js)
    expect(page.locator("#f-principles-0-sums")).to_have_value("k1")
    add_row(page, "points", 1, "ถามคนอ่านทุกสิ้นเดือน", js=js)
    page.fill("#f-points-1-source", "จากคำบอกเล่า")
    press(page, "save")
    expect(page).to_have_url(address)
    open_at(page, address, "k2")
    expect(page.locator("[id=k2]")).to_contain_text("ถูกเอาออกแล้ว")
    expect(page.locator("[id=k2]")).to_be_in_viewport()
    expect(page.locator("[id=k3]")).to_contain_text("สิ้นเดือน")
