"""From log-in to a published lesson on a small screen without JavaScript; and by keys alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.models import User
from tests.journeys.conftest import Visit, fits, follow, log_in, press
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


@pytest.fixture
def writer(person: Callable[..., User]) -> User:
    return person("writer", "tambon-karo", name="ตัวอย่าง ชาวกะหรอ")


def test_a_quick_lesson_becomes_a_full_one_without_javascript(
    visit: Visit, writer: User, picture: Callable[[Page, str], None]
) -> None:
    page = visit(360, 640, js=False, is_mobile=True)
    log_in(page, writer)
    page.goto("/write")
    follow(page.locator("a[href='/write/quick']"))
    quick_form_is_ready(page)

    # Gaps are named, and nothing typed is lost.
    title = "มุมหนังสือในร้านน้ำชา ไม่มีสคริปต์"
    page.fill("#f-title", title)
    page.fill("#f-box_goal", GOAL)
    page.fill("#f-box_next", AFTER)
    press(page, "publish")
    gaps_are_named(page, title=title, goal=GOAL)
    picture(page, "lesson-gaps-plain")

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
    picture(page, "lesson-preview-plain")
    press(page, "publish")
    address = published_quick(page, title, GOAL)
    picture(page, "lesson-published-plain")

    fill_up(page, goal=GOAL, js=False)
    full_lesson_shows(page, address)
    picture(page, "lesson-full-plain")
    a_removed_row_leaves_word(page, address, js=False)


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
