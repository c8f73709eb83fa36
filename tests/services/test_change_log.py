"""The change log: whoever follows it skips nothing, on SQLite and on PostgreSQL."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.db import db, end_read, transaction
from app.models import Change, Counter, Entry
from app.search.engines.memory import MemoryEngine
from app.services import changes, indexing, reading, settings
from app.vocabulary import Status
from tests import factories
from tests.conftest import make_site
from tests.support import postgres

ENTRIES, WRITERS, TIMES = 12, 120, 3
#: What a write does: one entry, many at once, or a change of mind after taking a number.
DEEDS = ("one", "one", "one", "many", "rollback")


class Regret(Exception):
    """Somebody thinks better of it."""


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request, tmp_path: Path) -> Iterator[Flask]:
    if request.param == "sqlite":
        yield from opened(make_site(tmp_path / "site"))
        return
    server = postgres.server()
    if server is None:
        pytest.skip(postgres.MISSING)
    with postgres.database(server) as url:
        yield from opened(make_site(tmp_path / "site", DATABASE_URL=url))


@pytest.fixture
def on_postgresql(tmp_path: Path) -> Iterator[Flask]:
    server = postgres.server()
    if server is None:
        pytest.skip(postgres.MISSING)
    with postgres.database(server) as url:
        yield from opened(make_site(tmp_path / "site", DATABASE_URL=url))


def opened(app: Flask) -> Iterator[Flask]:
    settings.forget()
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
    settings.forget()
    reading.forget()


def write_often(app: Flask, seed: int, ids: list[int]) -> int:
    """TIMES writes in a context of its own; returns the sequences that were committed."""
    dice, written = random.Random(seed), 0
    with app.app_context():
        for _ in range(TIMES):
            try:
                written += write(dice, ids)
            except sa.exc.OperationalError:  # the database was busy for too long: not written
                pass
            except Regret:
                pass
        db.session.remove()
    return written


def write(dice: random.Random, ids: list[int]) -> int:
    deed = dice.choice(DEEDS)
    with transaction() as session:
        if deed == "many":
            chosen = sa.select(Entry.id).where(Entry.id.in_(dice.sample(ids, 5)))
            written = changes.append_for(chosen)
        else:
            changes.append(session.get(Entry, dice.choice(ids)))
            written = 1
        threading.Event().wait(dice.random() * 0.004)  # between the number and the commit
        if deed == "rollback":
            raise Regret
    return written


class Follower(threading.Thread):
    """Reads the log as an index does, again and again, and keeps what it came across."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.app, self.done = app, threading.Event()
        self.seen: list[int] = []
        self.engine = MemoryEngine()

    def run(self) -> None:
        with self.app.app_context():
            while not self.done.is_set():
                self.look()
            self.look()
            while indexing.apply_newer(self.engine):
                pass
            db.session.remove()

    def look(self) -> None:
        end_read()
        newest = self.seen[-1] if self.seen else 0
        self.seen += db.session.scalars(
            sa.select(Change.sequence).where(Change.sequence > newest).order_by(Change.sequence)
        ).all()
        indexing.apply_newer(self.engine, limit=7)


def versions() -> dict[str, int]:
    end_read()
    rows = db.session.execute(sa.select(Entry.id, Entry.version)).all()
    return {f"entry:{row.id}": row.version for row in rows}


def test_followers_beside_a_hundred_writers_skip_no_change(site):
    author = factories.writer()
    ids = [factories.post(author, title=f"เรื่องที่ {n}").id for n in range(ENTRIES)]
    before = db.session.scalar(sa.select(sa.func.count()).select_from(Change))
    end_read()
    followers = [Follower(site), Follower(site)]
    for follower in followers:
        follower.start()

    with ThreadPoolExecutor(WRITERS) as writers:
        written = sum(writers.map(lambda seed: write_often(site, seed, ids), range(WRITERS)))
    for follower in followers:
        follower.done.set()
        follower.join()

    kept = db.session.scalars(sa.select(Change.sequence).order_by(Change.sequence)).all()
    assert len(kept) == before + written
    assert written > WRITERS * TIMES / 2  # most of them came through
    for follower in followers:
        assert follower.seen == kept
        assert follower.engine.sequence == kept[-1]
        assert follower.engine.versions() == versions()


def test_numbers_that_were_taken_back_leave_no_hole(site):
    entry = factories.post()
    newest = db.session.scalar(sa.select(sa.func.max(Change.sequence)))

    with pytest.raises(Regret), transaction():
        changes.append(entry)
        changes.append_for(sa.select(Entry.id))
        raise Regret
    with transaction():
        changes.append(entry)

    end_read()
    assert db.session.scalar(sa.select(sa.func.max(Change.sequence))) == newest + 1
    assert db.session.get(Counter, "change").value == newest + 1


def waiting_for_a_lock() -> int:
    end_read()
    said = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    return int(db.session.scalar(sa.text(said)) or 0)


def test_a_long_transaction_is_not_overtaken(on_postgresql):
    author = factories.writer()
    first, second = factories.post(author), factories.post(author)
    first_id, second_id = first.id, second.id
    newest = db.session.scalar(sa.select(sa.func.max(Change.sequence)))
    end_read()
    has_number, may_commit = threading.Event(), threading.Event()

    def long() -> None:
        with on_postgresql.app_context(), transaction() as session:
            changes.append(session.get(Entry, first_id))
            has_number.set()
            may_commit.wait(30)

    def short() -> None:
        has_number.wait(30)
        with on_postgresql.app_context(), transaction() as session:
            changes.append(session.get(Entry, second_id))

    with ThreadPoolExecutor(2) as threads:
        jobs = [threads.submit(long), threads.submit(short)]
        has_number.wait(30)
        while not waiting_for_a_lock() and not jobs[1].done():
            threading.Event().wait(0.01)
        seen = db.session.scalars(sa.select(Change.sequence).where(Change.sequence > newest)).all()
        may_commit.set()
        for job in jobs:
            job.result(timeout=30)

    assert seen == []  # the short one waited for the long one, and nobody saw a gap
    end_read()
    rows = db.session.execute(
        sa.select(Change.sequence, Change.entry_id).where(Change.sequence > newest)
    ).all()
    assert sorted(map(tuple, rows)) == [(newest + 1, first_id), (newest + 2, second_id)]


def test_a_bin_in_the_middle_of_a_batch_is_followed(site):
    author = factories.writer()
    kept, gone = factories.post(author), factories.post(author)
    engine = MemoryEngine()
    while indexing.apply_newer(engine, limit=1):
        pass
    assert engine.count() == 2

    with transaction() as session:
        session.get(Entry, gone.id).status = Status.BINNED
        changes.append_for(sa.select(Entry.id))
    while indexing.apply_newer(engine, limit=1):
        pass

    assert set(engine.versions()) == {f"entry:{kept.id}"}
