"""Who knows about something: people and communities behind the entries on it.

Every count passes through the visible-to rule.  Nobody's address or number is read; the way
to a person is the page of the person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.db import rows_of
from app.models import Comment, Community, Entry, EntryPerson, User, entry_community
from app.queries.entries import asked_last, readable_by
from app.vocabulary import CommentStatus, Confirmation, PersonRole, Status

#: People and communities that are told; entries there must be before anybody is.
MOST, LEAST_ENTRIES = 5, 3
#: An answer shows less than a text of one's own.
_TEXT, _ANSWER = 3, 1
#: No parameter: PostgreSQL would not see that it is the same in SELECT and in GROUP BY.
_NOBODY: sa.ColumnClause[str] = sa.literal_column("''", sa.String)


class Account(NamedTuple):
    """What is told of an account beside a name."""

    username: str
    display_name: str
    is_faculty: bool


@dataclass(frozen=True, slots=True)
class Knower:
    """Somebody with reasons: how many entries written and told, how many answers."""

    user: Account | None  # None: a teller without account
    name: str
    wrote: int
    told: int
    answered: int


def people_in(viewer: User | None, total: int, condition: sa.ColumnElement[bool]) -> list[Knower]:
    """Who wrote, told and answered most in a list; nobody where it is too short to tell.

    :param total: how many entries meet ``condition``.
    """
    return _read(_statement(viewer, condition)) if total >= LEAST_ENTRIES else []


def people_on(viewer: User | None, numbers: Sequence[int]) -> list[Knower]:
    """Who wrote, told and answered most among these record numbers: one statement.

    Tellers are people with or without account.  An author's name without one is left out:
    it may be an office, or the words "starter content".
    """
    query = _ON_NUMBERS_FOR_ALL if viewer is None else _statement(viewer, _NUMBERED)
    return _read(query, {"numbers": list(numbers)})


def communities_on(viewer: User | None, numbers: Sequence[int]) -> list[tuple[str, int]]:
    """(slug, entries) of the communities that most of these entries name: one statement."""
    query = _NAMED_FOR_ALL if viewer is None else _named(viewer)
    return [(row[0], row[1]) for row in rows_of(query, {"numbers": list(numbers)})]


def _read(query: sa.Select[Any], given: Mapping[str, Any] | None = None) -> list[Knower]:
    return [
        Knower(
            Account(row.username, row.display_name, row.is_faculty) if row.username else None,
            name=row.display_name or row.called,
            wrote=row.wrote,
            told=row.told,
            answered=row.answered,
        )
        for row in rows_of(query, given)
    ]


def _statement(viewer: User | None, condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    """People of the published entries that meet ``condition``, the busiest first."""
    deeds = _deeds_at(viewer, condition)
    # An account is one person whatever name stands at an entry.
    called = sa.case((deeds.c.user_id.is_(None), deeds.c.name), else_=_NOBODY).label("called")
    wrote, told, answered = (
        sa.func.count(sa.distinct(sa.case((deeds.c.deed == deed, deeds.c.what)))).label(deed)
        for deed in ("wrote", "told", "answered")
    )
    return (
        sa.select(User.username, User.display_name, User.is_faculty, called, wrote, told, answered)
        .select_from(deeds)
        .outerjoin(User, User.id == deeds.c.user_id)
        .where(User.blocked_at.is_(None))
        .group_by(User.id, called)
        .order_by((_TEXT * (wrote + told) + _ANSWER * answered).desc(), User.id, called)
        .limit(MOST)
    )


def _deeds_at(viewer: User | None, condition: sa.ColumnElement[bool]) -> sa.Subquery:
    """(deed, user_id, what, name): a row for everything that somebody wrote, told, answered."""
    entries = sa.select(Entry.id, Entry.author_id).where(condition, _is_public(viewer))
    of = entries.cte("entries")

    def deed(name: str, user_id: Any, what: Any, called: Any) -> sa.Select[Any]:
        columns = (user_id.label("user_id"), what.label("what"), called.label("name"))
        return sa.select(sa.literal(name).label("deed"), *columns).select_from(of)

    return sa.union_all(
        deed("wrote", of.c.author_id, of.c.id, _NOBODY).where(of.c.author_id.is_not(None)),
        deed("wrote", EntryPerson.user_id, of.c.id, _NOBODY)
        .join(EntryPerson, EntryPerson.entry_id == of.c.id)
        .where(EntryPerson.role == PersonRole.AUTHOR, EntryPerson.user_id.is_not(None)),
        deed("told", EntryPerson.user_id, of.c.id, EntryPerson.name)
        .join(EntryPerson, EntryPerson.entry_id == of.c.id)
        .where(EntryPerson.role == PersonRole.TELLER),
        deed("answered", Comment.author_id, Comment.id, _NOBODY)
        .join(Comment, Comment.entry_id == of.c.id)
        .where(Comment.status == CommentStatus.VISIBLE, Comment.author_id.is_not(None)),
    ).subquery()


def _named(viewer: User | None) -> sa.Select[str, int]:
    uses = sa.func.count()
    return (
        sa.select(Community.slug, uses)
        .join(entry_community, entry_community.c.community_id == Community.id)
        .join(Entry, Entry.id == entry_community.c.entry_id)
        .where(_NUMBERED, _is_public(viewer), Community.confirmation != Confirmation.REFUSED)
        .group_by(Community.id)
        .order_by(uses.desc(), Community.sort_key)
        .limit(MOST)
    )


def _is_public(viewer: User | None) -> sa.ColumnElement[bool]:
    return asked_last(sa.and_(Entry.status == Status.PUBLISHED, readable_by(viewer)))


_NUMBERED = Entry.number.in_(sa.bindparam("numbers", expanding=True))
#: Made once: every search page of readers without account asks them.
_ON_NUMBERS_FOR_ALL = _statement(None, _NUMBERED)
_NAMED_FOR_ALL = _named(None)
