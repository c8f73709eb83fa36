"""The bin: after thirty days what lies in it is gone for good.

The row of an entry stays as an empty draft of nobody, which no one can read: so its
number, and its id in the log, are never given out again.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app.clock import now
from app.db import Base, db, transaction
from app.models import Audit, Change, Entry, Notice
from app.services import audit, autosaves, changes, entries, voice
from app.vocabulary import AuditAction, Status

KEPT_DAYS = 30
#: Tables that go on naming an entry by its id: the change log still has to tell of it.
KEPT_TABLES = frozenset({Change.__tablename__, Audit.__tablename__})
#: Columns that may be empty, and yet the row says nothing without what one of them names.
ABOUT_IT = frozenset(map(str, (Notice.__table__.c.entry_id, Notice.__table__.c.community_id)))


def empty() -> int:
    """Erase what lies in the bin longer than KEPT_DAYS; returns how many entries."""
    before = now() - timedelta(days=KEPT_DAYS)
    old = sa.select(Entry).where(Entry.status == Status.BINNED, Entry.binned_at < before)
    waiting = list(db.session.scalars(old).unique())
    for entry in waiting:
        with transaction():
            fresh = entries.lock(entry)
            if fresh.status is Status.BINNED and fresh.binned_at and fresh.binned_at < before:
                _erase(fresh)
    return len(waiting)


def _erase(entry: Entry) -> None:
    audit.record(None, AuditAction.ERASE, f"entry:{entry.id}")
    autosaves.forget(entry)
    voice.erase_of(entry)
    db.session.flush()
    forget_rows(Entry.__table__, sa.select(sa.literal(entry.id)))
    db.session.expire(entry)
    for name in ("title", "slug", "sort_key", "folded", "summary", "body", "html", "plain"):
        setattr(entry, name, "")
    entry.contact = entry.evidence = entry.author_name = entry.hidden_reason = ""
    entry.headings, entry.source, entry.page_slug = [], None, None
    entry.book = entry.author = entry.edited_by = None
    entry.author_id = entry.edited_by_id = entry.book_id = None
    entry.status, entry.status_before_bin, entry.binned_at = Status.DRAFT, None, None
    entry.revision_number = entry.comment_count = entry.reads = 0
    entry.state = entry.happened_on = entry.drawn_on = entry.fiscal_year = None
    changes.append(entry)


def forget_rows(table: sa.FromClause, ids: sa.Select[int]) -> None:
    """Remove the rows of every table that name these rows of ``table``, and theirs.

    A row that can do without (a link that turns red, a report, a file of the writer's)
    stays and forgets the name; a notice can not.
    """
    for other in reversed(Base.metadata.sorted_tables):
        if other.name in KEPT_TABLES or other is table:
            continue
        for column in other.columns:
            if any(key.column.table is table for key in column.foreign_keys):
                _forget_by(other, column, ids)


def _forget_by(table: sa.Table, column: sa.Column[int], ids: sa.Select[int]) -> None:
    if column.nullable and str(column) not in ABOUT_IT:
        db.session.execute(sa.update(table).where(column.in_(ids)).values({column: None}))
        return
    if "id" in table.columns:
        rows = db.session.scalars(sa.select(table.c.id).where(column.in_(ids))).all()
        for start in range(0, len(rows), 500):
            forget_rows(
                table, sa.select(table.c.id).where(table.c.id.in_(rows[start : start + 500]))
            )
    db.session.execute(sa.delete(table).where(column.in_(ids)))
