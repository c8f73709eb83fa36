"""Who knows about something: the people behind the entries on it.

Every count passes through the visible-to rule.  Nobody's address or number is read; the way
to a person is the page of the person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import lazyload

from app.db import db
from app.models import Comment, Entry, EntryPerson, User
from app.queries.entries import asked_last, readable_by
from app.vocabulary import CommentStatus, PersonRole, Status

#: People that are told; entries there must be before anybody is.
MOST, LEAST_ENTRIES = 5, 3
#: An answer shows less than a text of one's own.
_TEXT, _ANSWER = 3, 1


@dataclass(frozen=True, slots=True)
class Knower:
    """Somebody with reasons: how many entries written and told, how many answers."""

    user: User | None  # None: a teller without account
    name: str
    wrote: int
    told: int
    answered: int


def numbered(numbers: Sequence[int]) -> sa.ColumnElement[bool]:
    """The condition "one of these record numbers", for the functions below."""
    return Entry.number.in_(list(numbers))


def people_in(viewer: User | None, total: int, condition: sa.ColumnElement[bool]) -> list[Knower]:
    """``people_on`` for a list of ``total`` entries; nobody where that is too few to tell."""
    return people_on(viewer, condition) if total >= LEAST_ENTRIES else []


def people_on(
    viewer: User | None, condition: sa.ColumnElement[bool], *, limit: int = MOST
) -> list[Knower]:
    """Who wrote, told and answered most among the published entries: two statements.

    Tellers are people with or without account.  An author's name without one is left out:
    it may be an office, or the words "starter content".
    """
    entries = (
        sa.select(Entry.id, Entry.author_id)
        .where(
            condition, asked_last(sa.and_(Entry.status == Status.PUBLISHED, readable_by(viewer)))
        )
        .cte("entries")
    )
    deeds = sa.union_all(
        _deeds("wrote", entries.c.author_id, entries.c.id, sa.literal("")).where(
            entries.c.author_id.is_not(None)
        ),
        _deeds("told", EntryPerson.user_id, entries.c.id, EntryPerson.name)
        .select_from(entries)
        .join(EntryPerson, EntryPerson.entry_id == entries.c.id)
        .where(EntryPerson.role == PersonRole.TELLER),
        _deeds("answered", Comment.author_id, Comment.id, sa.literal(""))
        .select_from(entries)
        .join(Comment, Comment.entry_id == entries.c.id)
        .where(Comment.status == CommentStatus.VISIBLE, Comment.author_id.is_not(None)),
    ).subquery()
    # An account is one person whatever name stands at an entry.
    name = sa.case((deeds.c.user_id.is_(None), deeds.c.name), else_="").label("called")
    counts = [
        sa.func.count(sa.distinct(sa.case((deeds.c.deed == deed, deeds.c.what)))).label(deed)
        for deed in ("wrote", "told", "answered")
    ]
    weight = _TEXT * (counts[0] + counts[1]) + _ANSWER * counts[2]
    query = (
        sa.select(deeds.c.user_id, name, *counts)
        .outerjoin(User, User.id == deeds.c.user_id)
        .where(User.blocked_at.is_(None))
        .group_by(deeds.c.user_id, name)
        .order_by(weight.desc(), deeds.c.user_id, name)
        .limit(limit)
    )
    rows = db.session.execute(query).all()
    ids = [row.user_id for row in rows if row.user_id is not None]
    named = sa.select(User).where(User.id.in_(ids)).options(lazyload(User.grants))
    users = {user.id: user for user in db.session.scalars(named)}
    return [
        Knower(
            user=users.get(row.user_id),
            name=users[row.user_id].display_name if row.user_id else row.called,
            wrote=row.wrote,
            told=row.told,
            answered=row.answered,
        )
        for row in rows
    ]


def _deeds(deed: str, user_id: Any, what: Any, name: Any) -> sa.Select[Any]:
    return sa.select(
        sa.literal(deed).label("deed"),
        user_id.label("user_id"),
        what.label("what"),
        name.label("name"),
    )
