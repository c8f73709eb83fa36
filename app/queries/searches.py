"""Reading what was asked of search, and what is offered while somebody types."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.db import db
from app.errors import NotFound
from app.models import Entry, Search, User
from app.queries.entries import asked_last, readable_by
from app.vocabulary import Status

#: A search is offered to others when it was asked so often, on more than one day.
LEAST_TIMES = 3


def unanswered(*, limit: int = 100, offset: int = 0) -> list[Search]:
    """Searches that found nothing when last asked, the most asked first."""
    query = (
        sa.select(Search)
        .where(_is_unanswered())
        .order_by(Search.times.desc(), Search.last_day.desc(), Search.id)
        .limit(limit)
        .offset(offset)
    )
    return list(db.session.scalars(query))


def count_unanswered() -> int:
    """How many searches ``unanswered`` could give."""
    return (
        db.session.scalar(sa.select(sa.func.count()).select_from(Search).where(_is_unanswered()))
        or 0
    )


def _is_unanswered() -> sa.ColumnElement[bool]:
    return sa.and_(Search.last_total == 0, Search.is_dismissed.is_(False))


def get_search(search_id: int) -> Search:
    """One row; NotFound when it is gone, perhaps because somebody gave it a word."""
    row = db.session.get(Search, search_id)
    if row is None:
        raise NotFound(f"no search {search_id}")
    return row


def often_asked(*, limit: int) -> list[str]:
    """Texts of searches that many asked and that found something public, the most asked first."""
    query = (
        sa.select(Search.text)
        .where(
            Search.times_found >= LEAST_TIMES,
            Search.last_total > 0,
            Search.first_day < Search.last_day,
        )
        .order_by(Search.times_found.desc(), Search.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def titles_of(viewer: User | None, entry_ids: Sequence[int]) -> dict[int, sa.Row]:
    """{id: (title, kind, number, slug, page_slug)} of published entries: one light statement.

    A list of suggestions is asked for at every letter; whole entries are not loaded for it.
    """
    if not entry_ids:
        return {}
    columns = (Entry.id, Entry.title, Entry.kind, Entry.number, Entry.slug, Entry.page_slug)
    query = sa.select(*columns).where(
        Entry.id.in_(entry_ids),
        asked_last(sa.and_(Entry.status == Status.PUBLISHED, readable_by(viewer))),
    )
    return {row.id: row for row in db.session.execute(query)}
