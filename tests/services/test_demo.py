"""Made-up content: a few texts to read, many to measure with, and the same rows for both."""

from __future__ import annotations

import statistics

import pytest

from app.db import db
from app.models import Audit, Change, Comment, Counter, Entry, LessonPart, Revision
from app.search.query import SearchQuery
from app.services import demo, drafts, history, rendering, searching, worker
from app.services.demo_texts import MARK, SENTENCES
from app.text import lesson as lesson_text
from app.vocabulary import EntryKind, Status
from tests import factories

FEW, SOME = 20, 150
#: Left empty by a text of a few, too: none of them is about one entry of the other.
LATER = {"commented_at", "last_comment_number", "comment_count"}


def made(count: int = SOME, *, many: bool = True, seed: int = 7) -> list[Entry]:
    """Entries of one load, in the order of their numbers."""
    before = set(db.session.scalars(db.select(Entry.id)))
    (demo.load_many if many else demo.load)(count, seed=seed)
    found = db.session.scalars(db.select(Entry).order_by(Entry.number))
    return [entry for entry in found if entry.id not in before]


def test_a_few_texts_read_like_the_sentences_written_by_hand(app):
    texts = made(FEW, many=False)

    assert len(texts) == FEW
    assert all(MARK in entry.title for entry in texts)
    assert all(any(said in entry.plain for said in SENTENCES) for entry in texts)


def test_from_a_thousand_on_a_load_is_the_large_one(app, monkeypatch):
    asked = []
    monkeypatch.setattr(demo, "load_many", lambda count, **_rest: asked.append(count))

    demo.load(demo.MANY, seed=1)

    assert asked == [demo.MANY]
    assert demo.load(FEW, seed=1).entries == FEW


def test_many_texts_are_as_long_and_as_different_as_those_of_people(app):
    texts = made()

    lengths = sorted(len(entry.plain) for entry in texts)
    assert 1_200 < statistics.median(lengths) < 2_400
    assert lengths[0] < 900 and lengths[-1] > 4_000
    places = [place.slug for entry in texts for place in entry.communities]
    assert places.count(statistics.mode(places)) > 2 * len(places) / len(set(places))
    assert len({year for entry in texts for year in entry.years}) > 8
    assert len({tag.slug for entry in texts for tag in entry.tags}) > 60
    assert {entry.kind for entry in texts} == {EntryKind.POST, EntryKind.STORY, EntryKind.LESSON}


def test_the_same_seed_makes_the_same_texts(app):
    first = [(e.title, e.body, e.years) for e in made(40)]
    again = [(e.title, e.body, e.years) for e in made(40)]
    other = [(e.title, e.body, e.years) for e in made(40, seed=8)]

    assert first == again
    assert not {body for _title, body, _years in first} & {body for _title, body, _years in other}


def test_many_entries_leave_the_rows_of_a_saved_text(app):
    (few, *_), texts = made(FEW, many=False), made()

    for entry in texts:
        assert (entry.status, entry.revision_number) == (Status.PUBLISHED, 1)
        revision = db.session.scalars(db.select(Revision).filter_by(entry_id=entry.id)).one()
        assert revision.header == history.header_of(entry)
        assert (revision.body, revision.is_before_publication) == (entry.body, False)
        assert entry.book.owner_id == entry.author_id == revision.author_id
        assert db.session.scalars(db.select(Audit).filter_by(target=f"entry:{entry.id}")).one()
        assert entry.version == 1
        for column in set(Entry.__table__.columns.keys()) - LATER - {"form", "state"}:
            assert (getattr(entry, column) is None) is (getattr(few, column) is None), column


def test_many_entries_are_rendered_as_they_would_be_at_a_save(app):
    for entry in made(40):
        page = rendering.render(entry.body, is_lesson=drafts.is_in_form(entry))
        assert (entry.html, entry.plain, entry.headings) == (page.html, page.plain, page.headings)
        parts = {part.anchor for part in entry.parts if part.removed_at is None}
        assert parts == ({"k1", "g1"} if entry.kind is EntryKind.LESSON else set())
        if entry.kind is EntryKind.LESSON:
            assert lesson_text.missing(lesson_text.parse(entry.body), entry.form.value) == []
    assert db.session.scalar(db.select(db.func.count(LessonPart.id)))


def test_numbers_come_from_the_counter_and_pass_over_those_that_are_taken(app):
    counter = db.session.scalar(db.select(Counter.value).where(Counter.name == "entry"))
    taken = factories.post()
    taken.number = counter + 5
    db.session.commit()

    texts = made(40)

    assert taken.number not in {entry.number for entry in texts}
    assert len({entry.number for entry in texts}) == 40
    assert factories.post().number > texts[-1].number


def test_every_entry_stands_in_the_change_log_and_is_found(app):
    texts = made()
    logged = set(db.session.scalars(db.select(Change.entry_id)))
    assert {entry.id for entry in texts} <= logged

    worker.turn(leads=True)

    page = searching.search(None, SearchQuery(text="ข้อมูลทดลอง"))
    assert page.total == len(texts)


def test_comments_are_counted_as_they_are(app):
    texts = made()

    said = db.session.execute(
        db.select(Comment.entry_id, db.func.count(), db.func.max(Comment.created_at)).group_by(
            Comment.entry_id
        )
    ).all()
    assert 10 < len(said) < SOME / 2
    by_id = {entry.id: entry for entry in texts}
    for entry_id, count, last in said:
        entry = by_id[entry_id]
        assert (entry.comment_count, entry.last_comment_number) == (count, count)
        assert entry.commented_at == last


@pytest.mark.parametrize("many", [False, True])
def test_progress_is_told_to_the_end(app, many):
    told = []

    (demo.load_many if many else demo.load)(60, seed=3, progress=told.append)

    assert told[-1] == 60
    assert told == sorted(told)
