"""A post with JavaScript off; the other language and calendar; the old addresses."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Response, expect

from tests.journeys.conftest import Site, Visit, follow

POST = 900016
MOST_BYTES = 150_000


def test_without_javascript_the_text_is_whole_and_light(visit: Visit, site: Site) -> None:
    with_it, without = visit(360, 640), visit(360, 640, js=False)
    answers: list[Response] = []
    without.on("response", lambda answer: answers.append(answer))
    without.goto(f"/posts/{POST}", wait_until="networkidle")
    with_it.goto(f"/posts/{POST}")
    text = without.locator("article.entry .reading .prose").inner_text()
    assert len(text) > 500
    assert text == with_it.locator("article.entry .reading .prose").inner_text()
    sent = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers}
    assert sum(sent.values()) < MOST_BYTES, sent
    fonts = [url for url in sent if url.endswith(".woff2")]
    assert fonts and all(url.startswith(site.url) for url in fonts), fonts
    assert any("thai" in url for url in fonts)
    # Every letter that matters is drawn with the face that came along.
    face = with_it.evaluate("document.fonts.check('17px Sarabun', 'ปี่ ที่ น้ำ')")
    assert face


def test_english_labels_and_common_era_years(visit: Visit) -> None:
    page = visit()
    page.goto(f"/posts/{POST}")
    title = page.locator("article h1").inner_text()
    page.locator("footer a[hreflang=en]").click()
    page.wait_for_url("**lang=en*")
    assert page.locator("html").get_attribute("lang") == "en"
    expect(page.locator("article h1")).to_have_text(title)
    expect(page.locator("header.site-head")).to_contain_text("Log in")
    page.goto("/years/2550?lang=en")
    expect(page.locator("main h1")).to_contain_text("2550")
    page.locator("footer a[href*='era=ce']").click()
    page.wait_for_url("**era=ce*")
    expect(page.locator("main h1")).to_contain_text("2007")
    page.goto("/posts?era=ce")
    chips = page.locator("main .chip-year").all_inner_texts()
    assert chips and all("25" not in chip for chip in chips), chips
    # The choice travels along the links of the page.
    follow(page.locator(".cards .card-title a").first)
    assert "era=ce" in page.url


@pytest.mark.parametrize("book", ["anything", "ร้านน้ำชา", "a.b-c"])
@pytest.mark.parametrize("host", ["", "www."])
def test_an_old_address_leads_to_the_post(site: Site, host: str, book: str) -> None:
    """http, with and without www: the answer is not built from the Host header."""
    from urllib.parse import quote

    here = urlsplit(site.url)
    line = http.client.HTTPConnection(here.netloc, timeout=10)
    line.request("GET", f"/blog/{quote(book)}/{POST}", headers={"Host": f"{host}blog.example"})
    answer = line.getresponse()
    answer.read()
    line.close()
    assert answer.status == 301
    target = answer.headers["Location"]
    assert "blog.example" not in target
    assert urlsplit(target).path == f"/posts/{POST}"


def test_the_browser_follows_an_old_address(visit: Visit, site: Site) -> None:
    page = visit()
    page.goto(f"/blog/anything/{POST}")
    assert page.url == f"{site.url}/posts/{POST}"
    expect(page.locator("article h1")).to_be_visible()
