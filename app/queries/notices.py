"""Reading notices.  One about an entry that was taken out of sight is not shown.

Those about recordings name no entry: whoever types need not be able to read the draft.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.db import db
from app.errors import NotFound
from app.models import Entry, Notice, User
from app.queries.entries import readable_by
from app.vocabulary import VOICE_NOTICES


def _shown_to(viewer: User) -> sa.Select[Notice]:
    return (
        sa.select(Notice)
        .outerjoin(Entry, Entry.id == Notice.entry_id)
        .where(
            Notice.user_id == viewer.id,
            sa.or_(
                Notice.community_id.is_not(None),
                readable_by(viewer),
                sa.and_(Notice.kind.in_(VOICE_NOTICES), Notice.entry_id.is_not(None)),
            ),
        )
    )


def inbox_of(viewer: User, *, limit: int = 50, offset: int = 0) -> list[Notice]:
    """What ``viewer`` was told, the newest first, with entry or community, and actor."""
    query = (
        _shown_to(viewer)
        .options(
            contains_eager(Notice.entry),
            joinedload(Notice.community),
            joinedload(Notice.actor),
        )
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return list(db.session.scalars(query).unique())


def count_unread(viewer: User) -> int:
    """How many lines ``viewer`` has not seen."""
    unread = _shown_to(viewer).where(Notice.read_at.is_(None))
    return db.session.scalar(unread.with_only_columns(sa.func.count(Notice.id))) or 0


def get_notice(viewer: User, notice_id: int) -> Notice:
    """One notice of ``viewer``; NotFound when it is none of theirs."""
    found = db.session.scalar(_shown_to(viewer).where(Notice.id == notice_id))
    if found is None:
        raise NotFound(f"no notice {notice_id}")
    return found
