"""The search page: what it costs does not grow with the site."""

from __future__ import annotations

import pytest

from app.services import indexing
from app.web.caching import PageStore
from tests import factories
from tests.support.sql import sql_statements

ASKED = (
    "/search",
    "/search?q=ปุ๋ย",
    "/search?q=ปุ๋ย&year=2549",
    "/search?q=ปุ๋ย&community=tambon-bang-chak&program=own-work&tag=ฟืน&sort=newest",
    "/lessons",
    "/search?lang=en",
)


def fill(author, count):
    for n in range(count):
        factories.lesson(author, title=f"ปุ๋ยหมักกองที่ {n}", years=(2549,), tags=("ฟืน", f"คำ {n}"))
    while indexing.catch_up():
        pass


def statements(app, path):
    """SQL statements of one reading with nothing kept; settings are looked at now and then."""

    def once():
        app.extensions["page_store"] = PageStore()
        with sql_statements() as sent:
            assert app.test_client().get(path).status_code == 200
        return [text for text in sent if not text.startswith("BEGIN")]

    return min((once() for _ in range(3)), key=len)


def test_a_search_page_asks_the_database_as_often_at_60_entries_as_at_10(app):
    author = factories.writer()
    fill(author, 10)
    few = {path: len(statements(app, path)) for path in ASKED}
    fill(author, 50)
    many = {path: len(statements(app, path)) for path in ASKED}

    assert many == few


@pytest.mark.parametrize("path", ["/search", "/posts", "/lessons", "/lessons?lang=en"])
def test_browsing_asks_for_a_stamp_the_cards_and_names_and_nothing_else(app, path):
    """Newest change; what is hidden meanwhile; two for the cards; names of the filters."""
    author = factories.writer()
    fill(author, 3)
    factories.post(author)
    while indexing.catch_up():
        pass
    app.test_client().get(path)

    asked = statements(app, path)

    assert len(asked) == 5, asked
