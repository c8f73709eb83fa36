"""Two photos from a phone: both arrive over a line that breaks, and consent rules who sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, expect

from app.models import User
from tests.journeys.conftest import Site, Visit, fits, log_in
from tests.support import uploads as made

#: Where words and consent of a photo go once it has arrived.
IS_ABOUT_A_PHOTO = re.compile(r"/uploads/\d+/edit(\?|$)")


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
    expect(page.locator("#uploads input[name=uploads][type=hidden]")).to_have_count(2)
    assert lost, "a part was lost on the way"
    expect(rows.nth(2)).to_have_class(re.compile("upload-failed"))
    expect(rows.nth(2)).to_contain_text("ไม่ใช่ภาพที่แสดงได้")
    assert fits(page)
    picture(page, "photos-sent")

    for n in (0, 1):  # both are prepared
        expect(rows.nth(n).locator("[data-said]")).to_have_text("ส่งแล้ว")
    rows.nth(0).locator("[data-alt]").fill("คนนั่งล้อมวงที่ร้านน้ำชา")
    with page.expect_response(IS_ABOUT_A_PHOTO):
        rows.nth(0).locator("[data-consent]").select_option("yes")
    expect(rows.nth(0).locator("[data-said]")).to_have_text("เก็บแล้ว")
    rows.nth(0).locator("[data-put]").click()
    expect(page.locator("#f-body")).to_have_value(
        re.compile(re.escape("![คนนั่งล้อมวงที่ร้านน้ำชา](upload:"))
    )
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
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")


def test_consent_rules_who_sees_a_photo_and_can_be_taken_back(
    visit: Visit,
    site: Site,
    person: Callable[..., User],
    picture: Callable[[Page, str], None],
) -> None:
    page = visit(360, 640, is_mobile=True)
    log_in(page, person("writer", "tambon-karo"))
    page.goto("/write/post")
    page.fill("#f-title", "เด็กช่วยกันปลูกต้นไม้")
    page.fill("#f-body", "ปลูกหลังโรงเรียน")
    photos = [made.photo(size=(900, 600)), made.photo(size=(600, 900))]
    page.set_input_files(
        "#pick-photos",
        [
            {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": data}
            for n, data in enumerate(photos)
        ],
    )
    rows = page.locator("#uploads .upload")
    expect(rows).to_have_count(2)
    for n in (0, 1):
        expect(rows.nth(n).locator("[data-said]")).to_have_text("ส่งแล้ว")
    rows.nth(0).locator("[data-alt]").fill("มือเล็ก ๆ กับต้นกล้า")
    with page.expect_response(IS_ABOUT_A_PHOTO):
        rows.nth(0).locator("[data-consent]").select_option("yes")
    with page.expect_response(IS_ABOUT_A_PHOTO):
        rows.nth(0).locator("[data-child]").check()
    expect(rows.nth(0).locator("[data-said]")).to_have_text("เก็บแล้ว")
    page.locator(".buttons-sticky button[value=publish]").click()
    page.wait_for_url(re.compile(r"/posts/\d+"))
    address = page.url

    # Its editors see the child mark; a member both photos, a stranger only the one agreed to.
    expect(page.locator(".photo-marks").first).to_contain_text("มีเด็กอยู่ในภาพ")
    member, stranger = visit(360, 640), visit(360, 640)
    log_in(member, person("member"))
    for who, count in ((member, 2), (stranger, 1)):
        who.goto(address)
        expect(who.locator("figure.photo img")).to_have_count(count)
        expect(who.locator("main")).not_to_contain_text("มีเด็กอยู่ในภาพ")
    shown = stranger.locator("figure.photo img")
    addresses = [part.split()[0] for part in str(shown.get_attribute("srcset")).split(",")]
    addresses.append(str(stranger.locator("figure.photo a").get_attribute("href")))
    for one in addresses:
        assert stranger.request.get(one).status == 200
    path = urlsplit(address).path
    card = re.findall(r'property="og:image" content="([^"]+)"', site.text(path))
    assert len(card) == 1 and stranger.request.get(urlsplit(card[0]).path).status == 200

    # The people in it take their yes back: gone from the page and in every size, at once.
    page.locator(".photo-marks a").first.click()
    page.locator("input[name=consent][value=no]").check()
    page.locator("main form button.button-primary").first.click()
    page.wait_for_url("**/account/files*")
    for one in addresses:
        assert stranger.request.get(one).status == 404
    stranger.goto(address)
    expect(stranger.locator("figure.photo")).to_have_count(0)
    assert "มือเล็ก" not in site.text(path) and "og:image" not in site.text(path)
    assert stranger.request.get(urlsplit(card[0]).path).status == 404
    assert addresses[-1].rpartition("/")[0] not in site.text("/posts/feed.atom")
    assert fits(page)
    picture(page, "photo-withdrawn")


def test_a_file_that_is_refused_is_told_in_the_language_of_the_page(
    visit: Visit, person: Callable[..., User]
) -> None:
    page = visit(360, 640)
    log_in(page, person("writer"))
    drawing = {"name": "map.svg", "mimeType": "image/svg+xml", "buffer": b"<svg/>"}
    for lang, said in (("th", "แฟ้มนี้ไม่ใช่ภาพ"), ("en", "no photo that can be shown")):
        page.goto(f"/write/story?lang={lang}")
        page.set_input_files("#pick-photos", [drawing])
        row = page.locator("#uploads .upload")
        expect(row.locator("[data-said]")).to_contain_text(said)
        expect(row.locator("[data-retry]")).to_be_hidden()  # it would be refused again
