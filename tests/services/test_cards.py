"""Cards: a list shows of its entries what the entries say, and asks the database little."""

from __future__ import annotations

from operator import attrgetter

import pytest

from app.db import db, transaction
from app.models import Entry
from app.queries import cards
from app.queries import entries as queries
from app.queries.taxonomy import display_name
from app.search.query import SearchQuery
from app.services import indexing, lifecycle, searching
from app.vocabulary import Status
from tests import factories
from tests.support.sql import sql_statements

#: What a card and its entry call the same.
SAME = attrgetter(
    *("id", "number", "kind", "form", "status", "state", "slug", "page_slug", "title", "summary"),
    *("license", "created_at", "edited_at", "published_at", "comment_count", "reads"),
    *("revision_number", "author_name", "byline"),
)


def told(entry):
    """Everything that a list can show of an entry or card, as values that compare."""
    return (
        SAME(entry),
        entry.author and (entry.author.username, entry.author.display_name),
        [(row.slug, display_name(row), display_name(row, "en")) for row in entry.communities],
        [(row.slug, row.label, row.confirmation) for row in entry.programs],
        [(row.slug, row.name) for row in entry.tags],
        [person.name for person in entry.tellers],
        list(entry.years),
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"years": (2551, 2548, 2550), "tags": ("ฟืน", "กล้วย", "ปุ๋ย")},
        {"communities": ("tambon-karo", "tambon-bang-chak"), "programs": ("own-work",)},
        {"communities": ("province-nakhon-si-thammarat",), "proposed_program": "ธนาคารเมล็ดพันธุ์"},
        {"tellers": ("นางสมมุติ ใจดี", "นายตัวอย่าง ขยันเรียน"), "participants": ("นายทดลอง รักบ้าน",)},
    ],
    ids=["plain", "years and tags", "places and programs", "a proposed program", "tellers"],
)
def test_a_card_says_what_its_entry_says(app, fields):
    entry = factories.lesson(**fields)

    (card,) = queries.by_numbers(None, [entry.number])

    assert told(card) == told(entry)


def test_a_card_tells_the_name_of_a_writer_without_account(app):
    entry = factories.post()
    with transaction():
        entry.author, entry.author_name = None, "คนเล่าสมมุติ"

    (card,) = queries.by_numbers(None, [entry.number])

    assert card.author is None
    assert card.byline == "คนเล่าสมมุติ"


def test_cards_stand_in_the_order_that_was_asked_for(app):
    author = factories.writer()
    numbers = [factories.post(author, title=f"เรื่องที่ {n}").number for n in range(4)]
    wanted = [numbers[2], numbers[0], numbers[3], 999_999_999]

    assert [card.number for card in queries.by_numbers(None, wanted)] == wanted[:3]
    assert queries.by_numbers(None, []) == []


def test_a_list_of_cards_costs_two_statements_and_reads_no_text(app):
    author = factories.writer()
    for n in range(12):
        factories.post(author, title=f"เรื่องที่ {n}", tags=("ปุ๋ย",), years=(2549,))

    with sql_statements() as sent:
        found = cards.of(db.select(Entry))

    assert len(found) == 12
    assert len([text for text in sent if text.startswith("SELECT")]) == 2
    assert not [text for text in sent if "entry.html" in text or "entry.body" in text]


def test_sqlite_begins_with_the_numbers_and_not_with_all_that_is_published(app):
    """The plan itself: with the other one every page walks through the whole site."""
    number = factories.post().number
    with sql_statements() as sent:
        queries.by_numbers(None, [number])
    asked = next(text for text in sent if "FROM entry " in text)

    plan = db.session.connection().exec_driver_sql(
        f"EXPLAIN QUERY PLAN {asked}", (number, "published", 1, 0, 1)
    )

    steps = [row.detail for row in plan]
    assert [step for step in steps if "entry USING" in step and "(number=?)" in step], steps


def test_what_was_hidden_leaves_the_results_before_the_index_follows(app):
    author = factories.writer()
    shown, gone = factories.post(author, title="กล้วยฉาบ"), factories.post(author, title="กล้วยตาก")
    while indexing.catch_up():
        pass
    lifecycle.hide(factories.moderator(), gone, reason="ลอง")

    def found(viewer):
        page = searching.search(viewer, SearchQuery(text="กล้วย"))
        return {one.entry.number for one in page.found}

    assert gone.status is Status.HIDDEN
    assert found(None) == found(factories.user()) == {shown.number}
    assert found(author) == {shown.number, gone.number}
