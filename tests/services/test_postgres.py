"""The same rules on PostgreSQL: migrations up and down, saving, searching, counting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from app.db import db
from app.errors import EditConflict
from app.models import Entry
from app.queries import entries as queries
from app.queries import taxonomy as taxonomy_queries
from app.search.query import SearchQuery
from app.services import comments, indexing, posts, reading, searching, settings, taxonomy, worker
from app.services.entries import Draft
from app.vocabulary import EntryKind, Status
from tests import factories
from tests.conftest import make_site
from tests.support import postgres


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    server = postgres.server()
    if server is None:
        pytest.skip(postgres.MISSING)
    with postgres.database(server) as url:
        settings.forget()
        app = make_site(tmp_path / "site", DATABASE_URL=url)
        with app.app_context():
            yield app
            db.session.remove()
            app.extensions["search_index"].replace(None)
            db.engine.dispose()
        settings.forget()
        reading.forget()


def test_writing_searching_and_reading_work(site):
    author = factories.writer()
    entry = factories.lesson(author, title="ปุ๋ยหมักใต้ต้นไม้")
    factories.post(author, status=Status.DRAFT)
    comments.add(factories.user(), entry, "ลองแล้วได้ผล")
    worker.turn(leads=True)

    page = searching.search(None, SearchQuery(text="ปุ๋ยหมัก"))

    assert [hit.entry.number for hit in page.found] == [entry.number]
    assert (
        site.test_client().get(f"/posts/{entry.number}", follow_redirects=True).status_code == 200
    )
    assert [e.number for e in queries.newest(None)] == [entry.number]
    assert queries.related_to(None, entry) == []


def test_a_save_from_an_older_base_is_refused(site):
    author = factories.writer()
    entry = factories.post(author)
    posts.save(author, entry, Draft(kind=EntryKind.POST, title="สอง", body="ก"), base=1)

    with pytest.raises(EditConflict):
        posts.save(author, entry, Draft(kind=EntryKind.POST, title="สาม", body="ข"), base=1)


def test_a_lost_index_answers_from_the_database(site):
    entry = factories.post(title="ขนมลาบ้านหอยราก")

    page = searching.search(None, SearchQuery(text="หอยราก"))
    if not page.is_from_database:
        indexing.catch_up()
        page = searching.search(None, SearchQuery(text="หอยราก"))

    assert [hit.entry.number for hit in page.found] == [entry.number]


def test_the_migrations_go_down_and_up_again(site):
    db.session.remove()

    downgrade(revision="base")
    assert sa.inspect(db.engine).get_table_names() == ["alembic_version"]
    upgrade()

    assert db.session.query(Entry).count() == 0


def test_names_are_read_and_words_are_merged(site):
    post = factories.post(tags=("ปุ๋ยหมักก", "ปุ๋ยหมัก"))
    source, target = taxonomy.resolve_tags(["ปุ๋ยหมักก", "ปุ๋ยหมัก"])

    taxonomy.merge_tags(factories.facilitator(), source, target)

    assert [tag.name for tag in post.tags] == ["ปุ๋ยหมัก"]
    assert [place.slug for place in taxonomy.communities_named("ต.กะหรอ อ.ท่าศาลา")] == [
        "tambon-karo"
    ]
    assert [row.count for row in taxonomy_queries.busiest_communities(None)] == [1]


def test_cards_and_filters_say_the_same_there(site):
    author = factories.writer()
    entry = factories.lesson(
        author,
        title="เตาเผาถ่านใต้ต้นจาก",
        communities=("tambon-karo", "tambon-bang-chak"),
        proposed_program="ธนาคารเมล็ดพันธุ์",
        tags=("ฟืน", "กล้วย"),
        tellers=("นางสมมุติ ใจดี",),
        years=(2551, 2549),
    )
    draft = factories.post(author, title="เตาเผาถ่านอีกเตา", status=Status.DRAFT)
    worker.turn(leads=True)

    for viewer, numbers in ((None, {entry.number}), (author, {entry.number, draft.number})):
        page = searching.search(viewer, SearchQuery(text="เตาเผาถ่าน"))
        assert {found.entry.number for found in page.found} == numbers
    card = next(found.entry for found in page.found if found.entry.number == entry.number)
    assert [row.slug for row in card.communities] == [row.slug for row in entry.communities]
    assert [row.label for row in card.programs] == [row.label for row in entry.programs]
    assert [row.name for row in card.tags] == [row.name for row in entry.tags]
    assert (card.years, card.byline) == ([2549, 2551], "นางสมมุติ ใจดี")
    assert {row.name for row in page.facets["tag"]} == {"ฟืน", "กล้วย"}
    assert "ตำบลกะหรอ" in {row.name for row in page.facets["community"]}
