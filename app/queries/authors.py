"""People whose texts everybody can read: authors and co-authors, and tellers and recorders.

Somebody who has published nothing is not listed: an account by itself is nobody's business.
Short notes do not count: they stand in the journal of their writer.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.db import db
from app.models import Entry, EntryPerson, User
from app.policy import WRITING_ROLES
from app.queries.entries import readable_by
from app.vocabulary import LISTED_KINDS, Status


def listed(viewer: User | None, *, limit: int, offset: int) -> tuple[int, list[tuple[User, int]]]:
    """(total, [(account, its published entries)]), in the order of the dictionary."""
    public = sa.and_(
        Entry.status == Status.PUBLISHED, Entry.kind.in_(LISTED_KINDS), readable_by(viewer)
    )
    wrote = sa.select(Entry.author_id.label("user_id"), Entry.id.label("entry_id")).where(
        public, Entry.author_id.is_not(None)
    )
    told = (
        sa.select(EntryPerson.user_id, Entry.id)
        .join(Entry, Entry.id == EntryPerson.entry_id)
        .where(public, EntryPerson.user_id.is_not(None), EntryPerson.role.in_(WRITING_ROLES))
    )
    both = sa.union(wrote, told).subquery()  # an own text told by oneself counts once
    counts = (
        sa.select(both.c.user_id, sa.func.count().label("entries"))
        .group_by(both.c.user_id)
        .subquery()
    )
    active = User.blocked_at.is_(None)
    total = db.session.scalar(
        sa.select(sa.func.count(User.id)).join(counts, counts.c.user_id == User.id).where(active)
    )
    rows = db.session.execute(
        sa.select(User, counts.c.entries)
        .join(counts, counts.c.user_id == User.id)
        .where(active)
        .options(joinedload(User.community))
        .order_by(User.sort_key, User.id)
        .limit(limit)
        .offset(offset)
    ).unique()
    return total or 0, [(row[0], row[1]) for row in rows]
