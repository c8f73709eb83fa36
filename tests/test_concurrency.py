"""Several processes at once: nothing is lost, nothing is doubled."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path

import pytest

import config
from app import create_app
from app.db import db
from app.errors import EditConflict
from app.models import Change, Comment, Entry, Revision
from app.services import comments, writing
from app.services.drafts import Draft
from app.vocabulary import EntryKind
from tests import factories

WRITERS, TIMES = 6, 8


def in_processes(folder: Path, work: Callable[..., int], *args: object) -> list[int]:
    """Run ``work(*args)`` in WRITERS fresh processes at once; what each returned."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(WRITERS) as pool:
        jobs = [pool.apply_async(_run, (str(folder), work, n, args)) for n in range(WRITERS)]
        return [job.get(timeout=120) for job in jobs]


def _run(folder: str, work: Callable[..., int], n: int, args: tuple[object, ...]) -> int:
    app = create_app(config.Test(DATA_DIR=Path(folder)))
    with app.app_context():
        return work(n, *args)


def comment_often(n: int, number: int, user_id: int) -> int:
    from app.models import User

    entry = db.session.query(Entry).filter_by(number=number).one()
    user = db.session.get(User, user_id)
    for i in range(TIMES):
        comments.add(user, entry, f"ความเห็น {n}-{i}")
    return TIMES


def save_from_one_base(n: int, number: int, user_id: int) -> int:
    from app.models import User

    entry = db.session.query(Entry).filter_by(number=number).one()
    user = db.session.get(User, user_id)
    draft = Draft(kind=EntryKind.POST, title="หน้าเดียวกัน", body=f"ของคนที่ {n}")
    try:
        writing.save(user, entry, draft, base=1)
    except EditConflict:
        return 0
    return 1


def send_one_form(n: int, user_id: int) -> int:
    from app.models import User

    user = db.session.get(User, user_id)
    return writing.create(user, Draft(kind=EntryKind.POST, title="กดซ้ำ"), form_token="same").number


@pytest.fixture
def folder(app) -> Path:
    return Path(app.config["DATA_DIR"])


def test_comments_of_many_processes_are_all_kept_and_counted(app, folder):
    entry, member = factories.post(), factories.user()
    number, member_id = entry.number, member.id
    db.session.rollback()

    assert sum(in_processes(folder, comment_often, number, member_id)) == WRITERS * TIMES

    db.session.expire_all()
    kept = db.session.query(Comment).all()
    assert len({comment.number for comment in kept}) == len(kept) == WRITERS * TIMES
    assert db.session.query(Entry).one().comment_count == WRITERS * TIMES
    sequences = [row.sequence for row in db.session.query(Change).order_by(Change.sequence)]
    assert sequences == list(range(1, len(sequences) + 1))


def test_of_many_saves_from_one_base_one_is_taken_and_the_others_are_told(app, folder):
    author = factories.writer()
    entry = factories.post(author)
    number, author_id = entry.number, author.id
    db.session.rollback()

    assert sum(in_processes(folder, save_from_one_base, number, author_id)) == 1

    db.session.expire_all()
    assert db.session.query(Revision).count() == 2


def test_one_form_sent_from_many_processes_makes_one_entry(app, folder):
    author = factories.writer()
    author_id = author.id
    db.session.rollback()

    numbers = in_processes(folder, send_one_form, author_id)

    db.session.expire_all()
    assert len(set(numbers)) == 1
    assert db.session.query(Entry).count() == 1
