"""Two photos from a phone on a line that breaks: both arrive, one of three fails alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from app.models import User
from tests.journeys.conftest import Site, Visit, fits, log_in
from tests.support import uploads as made


def test_photos_arrive_although_a_part_is_lost(
    visit: Visit,
    site: Site,
    person: Callable[..., User],
    picture: Callable[[Page, str], None],
) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, person("writer", "tambon-karo"))
    page.goto("/write/post")
    page.fill("#f-title", "ภาพจากวงน้ำชา")
    page.fill("#f-body", "เช้านี้ที่ร้านน้ำชา")

    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if route.request.method == "PUT" and not lost:
            lost.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/uploads/parts/**", lose_the_first)
    page.set_input_files(
        "#pick-photos",
        [
            {"name": "หนึ่ง.jpg", "mimeType": "image/jpeg", "buffer": made.photo(size=(2400, 1600))},
            {"name": "สอง.jpg", "mimeType": "image/jpeg", "buffer": made.photo(size=(900, 1200))},
            {"name": "เสีย.jpg", "mimeType": "image/jpeg", "buffer": made.SVG},
        ],
    )
    rows = page.locator("#uploads .upload")
    expect(rows).to_have_count(3)
    expect(page.locator("#uploads canvas")).to_have_count(2)
    expect(page.locator("#uploads input[name=uploads][type=hidden]")).to_have_count(
        2, timeout=20_000
    )
    assert lost, "a part was lost on the way"
    expect(rows.nth(2)).to_have_class(re.compile("upload-failed"), timeout=20_000)
    expect(rows.nth(2)).to_contain_text("ไม่ใช่ภาพที่แสดงได้")
    assert fits(page)
    picture(page, "photos-sent")

    rows.nth(0).locator("[data-alt]").fill("คนนั่งล้อมวงที่ร้านน้ำชา")
    rows.nth(0).locator("[data-consent]").select_option("yes")
    expect(rows.nth(0).locator("[data-said]")).to_have_text(re.compile("เก็บแล้ว|ส่งถึงแล้ว"))
    for n in (0, 1):  # both are prepared
        expect(rows.nth(n).locator("[data-said]")).to_have_text("ส่งถึงแล้ว", timeout=20_000)
    rows.nth(0).locator("[data-put]").click()
    assert "![คนนั่งล้อมวงที่ร้านน้ำชา](upload:" in page.input_value("#f-body")
    page.locator(".buttons button[name=action][value=publish]").click()
    page.wait_for_url(re.compile(r"/posts/\d+"))
    expect(page.locator("figure.photo img")).to_have_count(2)
    assert fits(page)
    picture(page, "photos-published")

    stranger = visit(1280, 800)
    stranger.goto(page.url)
    shown = stranger.locator("figure.photo img")
    expect(shown).to_have_count(1)
    assert shown.get_attribute("alt") == "คนนั่งล้อมวงที่ร้านน้ำชา"
    assert shown.evaluate("image => image.complete && image.naturalWidth > 0")
