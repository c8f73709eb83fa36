"""Going back to an earlier release and forward again, with rows of everything that is new since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import downgrade, upgrade

from app.db import db, end_read, transaction
from app.models import Entry
from app.services import (
    beginning,
    blacking_out,
    coauthors,
    comments,
    growing,
    jobs,
    journal,
    notices,
    series,
    settings,
    voice,
    writing,
)
from app.services.drafts import Draft
from app.vocabulary import EntryKind, JobKind, NoticeKind, Status
from tests import factories
from tests.conftest import make_site
from tests.services.test_voice import AGREED, SPEAKER, TEXT, kept

#: The kinds that the code of revision 0007 has a word for.
KNOWN = {
    "entry.kind": {"post", "story", "lesson", "page"},
    "entry_person.role": {"teller", "recorder", "participant"},
    "lesson_part.kind": {"k", "g", "n"},
    "notice.kind": {"edited", "undone", "proposed", "accepted", "refused", "review_due"},
    "job.kind": {"mail", "rerender", "upload", "repair_links"},
}


def write_everything_new() -> None:
    """At least one row in every table, column and kind that came after 0007."""
    writer, friend = factories.writer(), factories.user(username="friend")
    record, lesson = factories.forum(writer), factories.lesson(writer)
    growing.note(writer, lesson, [f"{record.number}-q1"])
    note = writing.create(writer, Draft(kind=EntryKind.JOURNAL, title="", body="จดไว้ก่อน"))
    journal.grow(writer, note, Draft(kind=EntryKind.POST, title="โตแล้ว", body="ยาวขึ้น"))
    made = factories.post(writer, coauthors=("@friend",))
    left = factories.post(writer, coauthors=("@friend",))
    coauthors.step_back(friend, left)
    series.begin(writer, "ชุดตัวอย่าง", made)
    beginning.mark(writer, made)
    blacking_out.black_out(factories.moderator(), made, phrase=made.body[:9], reason="ชื่อ")
    comments.add(friend, factories.community(), "สวัสดี", form_token="talked-once")
    told = factories.post(writer, status=Status.DRAFT, tellers=(SPEAKER,))
    spoken = kept(writer, told)
    voice.note_consent(writer, spoken, AGREED)
    voice.queue(writer, spoken)
    voice.submit(friend, spoken, TEXT)
    with transaction():
        words = {"step": "n1", "text": "ทำต่อ", "due": "2550-01"}
        notices.tell([friend], NoticeKind.STEP_DUE, lesson, None, **words)
        notices.tell([friend], NoticeKind.PROGRAM_PROPOSED, lesson, writer, program="ใหม่")
        jobs.enqueue(JobKind.FOLLOW_UP, "follow_up:1", {"entry": lesson.id, "actor": writer.id})


def found(column: str) -> set[str]:
    table, name = column.split(".")
    return set(db.session.scalars(sa.text(f"SELECT DISTINCT {name} FROM {table}")))


def texts() -> list[tuple[object, ...]]:
    query = sa.text("SELECT number, title, body, status FROM entry ORDER BY number")
    return [tuple(row) for row in db.session.execute(query)]


def go_back_and_forward() -> None:
    """Take the database of this site to 0007 and to the newest revision again."""
    write_everything_new()
    before = texts()
    assert all(found(column) - known for column, known in KNOWN.items())
    db.session.remove()

    downgrade(revision="0007")

    assert texts() == before
    assert {column: found(column) - known for column, known in KNOWN.items()} == {
        column: set() for column in KNOWN
    }
    assert not [one for one in found("audit.action") if one.startswith(("voice", "step_back"))]
    end_read()
    db.session.remove()

    upgrade()

    assert texts() == before
    kinds = set(db.session.scalars(sa.select(Entry.kind)).all())
    assert kinds == {EntryKind.POST, EntryKind.LESSON}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Flask]:
    settings.forget()
    app = make_site(tmp_path / "site")
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    settings.forget()


def test_on_sqlite_every_text_stays_and_nothing_unknown_is_left(site: Flask) -> None:
    go_back_and_forward()

    assert not db.session.execute(sa.text("PRAGMA foreign_key_check")).all()
