"""Reading journals: the short notes of a person, and what grew out of them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.db import db
from app.models import Entry, Growth, User
from app.queries import cards
from app.queries.cards import Card
from app.queries.entries import readable_by, visible_to
from app.vocabulary import EntryKind, Status


def notes_of(viewer: User | None, user: User, *, limit: int, offset: int = 0) -> list[Card]:
    """Published notes of ``user``, newest first."""
    query = _notes_of(viewer, user).order_by(Entry.published_at.desc(), Entry.id.desc())
    return cards.of(query.limit(limit).offset(offset))


def count_notes_of(viewer: User | None, user: User) -> int:
    """How many notes ``notes_of`` would give in all."""
    query = _notes_of(viewer, user).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(query)) or 0


def _notes_of(viewer: User | None, user: User) -> sa.Select[Entry]:
    return visible_to(viewer).where(
        Entry.kind == EntryKind.JOURNAL,
        Entry.author_id == user.id,
        Entry.status == Status.PUBLISHED,
    )


def grown_from(viewer: User | None, entry: Entry) -> list[Entry]:
    """The texts that grew out of a note, and that ``viewer`` may read; the first made first."""
    query = (
        visible_to(viewer)
        .join(Growth, Growth.entry_id == Entry.id)
        .where(Growth.note_id == entry.id, Entry.status != Status.BINNED)
        .order_by(Entry.id)
    )
    return list(db.session.scalars(query).unique())


def grown_among(viewer: User | None, numbers: Sequence[int]) -> set[int]:
    """Which of the notes with these numbers a text grew out of that ``viewer`` may read."""
    made = visible_to(viewer).where(Entry.status != Status.BINNED).with_only_columns(Entry.id)
    query = (
        sa.select(Entry.number)
        .join(Growth, Growth.note_id == Entry.id)
        .where(Entry.number.in_(numbers), Growth.entry_id.in_(made))
    )
    return set(db.session.scalars(query))


def note_behind(viewer: User | None, entry: Entry) -> Entry | None:
    """The note that ``entry`` grew out of, where ``viewer`` may read it."""
    query = (
        sa.select(Entry)
        .join(Growth, Growth.note_id == Entry.id)
        .where(Growth.entry_id == entry.id, readable_by(viewer), Entry.status != Status.BINNED)
    )
    return db.session.scalars(query).unique().first()
