"""Counting readers honestly: not the writers, not the same visitor twice a day.

A visit is noted in memory and written every few seconds, so that reading never waits
for a write.  What is kept of a visitor is a hash keyed with the day, useless tomorrow.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from datetime import timedelta

import sqlalchemy as sa

from app.clock import now
from app.db import db, transaction
from app.models import Entry, Visit
from app.text.years import BANGKOK

#: Visits kept in memory at the most; more are not counted rather than slowing a reader.
MOST_WAITING = 50_000

#: Visits written at once: a statement of SQLite carries at most 32,766 values.
MOST_WRITTEN = 10_000

_waiting: set[tuple[int, str]] = set()
_lock = threading.Lock()


def note(entry_id: int, visitor: str) -> None:
    """Somebody opened an entry; ``visitor`` comes from ``visitor_hash``."""
    with _lock:
        if len(_waiting) < MOST_WAITING:
            _waiting.add((entry_id, visitor))


def visitor_hash(secret: str, address: str, agent: str) -> str:
    """A name for today's visitor that tells nobody who it was."""
    day = now().astimezone(BANGKOK).date().isoformat()
    return hmac.new(
        f"{secret}|{day}".encode(), f"{address}|{agent}".encode(), hashlib.sha256
    ).hexdigest()[:24]


def flush() -> int:
    """Write what is waiting; returns how many reads were new today."""
    with _lock:
        batch = sorted(_waiting)[:MOST_WRITTEN]
        _waiting.difference_update(batch)
    if not batch:
        return 0
    try:
        return _write(batch)
    except BaseException:
        with _lock:  # kept for the next time
            _waiting.update(batch)
        raise


def _write(batch: list[tuple[int, str]]) -> int:
    """Store the visits of ``batch`` that are new today, and count them."""
    today = now().astimezone(BANGKOK).date()
    with transaction() as session:
        ids = {entry_id for entry_id, _visitor in batch}
        known = {
            (row.entry_id, row.visitor)
            for row in session.execute(
                sa.select(Visit.entry_id, Visit.visitor).where(
                    Visit.day == today, Visit.entry_id.in_(ids)
                )
            )
        }
        alive = set(session.scalars(sa.select(Entry.id).where(Entry.id.in_(ids))))
        fresh = [row for row in batch if row not in known and row[0] in alive]
        for entry_id, visitor in fresh:
            session.add(Visit(entry_id=entry_id, day=today, visitor=visitor))
        counts: dict[int, int] = {}
        for entry_id, _visitor in fresh:
            counts[entry_id] = counts.get(entry_id, 0) + 1
        for entry_id, count in counts.items():
            session.execute(
                sa.update(Entry)
                .where(Entry.id == entry_id)
                .values(reads=Entry.reads + count)
                .execution_options(synchronize_session=False)
            )
    return len(fresh)


def sweep() -> None:
    """Forget the visits of days that are over."""
    today = now().astimezone(BANGKOK).date()
    with transaction():
        db.session.execute(sa.delete(Visit).where(Visit.day < today - timedelta(days=1)))


def forget() -> None:
    """Drop what is waiting; for tests that share a process."""
    with _lock:
        _waiting.clear()
