"""Asking the search of a served site: in the browser, and by the API."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

from playwright.sync_api import Page

from tests.journeys.conftest import Site

NUMBER_IN_ADDRESS = re.compile(r"/(?:posts|lessons)/(\d+)")


def ask(page: Page, words: str) -> None:
    """Type words into the search box of the page and press Enter."""
    page.fill("#site-search", words)
    with page.expect_navigation():
        page.press("#site-search", "Enter")


def shown_total(page: Page) -> int:
    """The number of entries that the page of results names."""
    return int(re.sub(r"\D", "", page.locator(".result-count").inner_text()) or 0)


def shown_titles(page: Page) -> list[str]:
    return page.locator(".cards .card-title").all_inner_texts()


def shown_addresses(page: Page) -> list[str]:
    """Paths of the entries on this page of results, without the reader's choices."""
    found = page.locator(".cards .card-title a").evaluate_all("all => all.map(a => a.pathname)")
    return [str(path) for path in found]


def by_api(site: Site, **query: str | list[str]) -> dict[str, object]:
    """The whole answer of the API to a search."""
    pairs = urlencode({"per_page": "100", **query}, doseq=True)
    answer: dict[str, object] = json.loads(site.text(f"/api/v1/search?{pairs}"))
    return answer


def numbers_by_api(site: Site, words: str, **query: str | list[str]) -> list[int]:
    """Record numbers that the API finds, best first."""
    items = by_api(site, q=words, **query)["hits"]
    assert isinstance(items, list)
    return [item["number"] for item in items]
