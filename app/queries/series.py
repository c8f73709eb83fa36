"""Reading series.  Only what the viewer may read stands in one, and leaves a trace.

Parts are numbered as the public sees them, so that everybody calls a part by one number; one
that is not public yet has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.db import db
from app.errors import NotFound
from app.models import Entry, Series, SeriesPart, User
from app.queries import cards
from app.queries.cards import Card
from app.queries.entries import visible_to, written_by
from app.vocabulary import LISTED_KINDS, Status

#: Own texts that are offered for a series.
MOST_OFFERED = 100
IN_HAND = (Status.DRAFT, Status.WAITING, Status.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Part:
    """A text of a series; ``number`` from 1, None while it is not public."""

    number: int | None
    entry: Card


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands in its series, and its public neighbours."""

    series: Series
    number: int | None
    total: int
    previous: Card | None
    next: Card | None


def parts_of(viewer: User | None, series: Series) -> list[Part]:
    """The parts that ``viewer`` may read, in their order."""
    query = (
        visible_to(viewer)
        .join(SeriesPart, SeriesPart.entry_id == Entry.id)
        .where(SeriesPart.series_id == series.id, Entry.status != Status.BINNED)
        .order_by(SeriesPart.position, Entry.id)
    )
    parts, number = [], 0
    for card in cards.of(query):
        is_public = card.status is Status.PUBLISHED
        number += is_public
        parts.append(Part(number if is_public else None, card))
    return parts


def out_of_sight(viewer: User, series: Series) -> list[int]:
    """Record numbers of the parts that ``viewer`` may not read, in their order."""
    readable = visible_to(viewer).with_only_columns(Entry.id)
    query = (
        sa.select(Entry.number)
        .join(SeriesPart, SeriesPart.entry_id == Entry.id)
        .where(SeriesPart.series_id == series.id, Entry.id.not_in(readable))
        .order_by(SeriesPart.position, Entry.id)
    )
    return list(db.session.scalars(query))


def part_numbered(viewer: User, series: Series, number: int) -> Entry:
    """A part that ``viewer`` may read, or of her own series any; NotFound otherwise."""
    query = sa.select(Entry) if series.owner_id == viewer.id else visible_to(viewer)
    found = db.session.scalar(
        query.join(SeriesPart, SeriesPart.entry_id == Entry.id).where(
            SeriesPart.series_id == series.id, Entry.number == number
        )
    )
    if found is None:
        raise NotFound(f"no part {number} in series {series.id}")
    return found


def place_of(viewer: User | None, entry: Entry) -> Place | None:
    """Where ``entry``, which ``viewer`` reads, stands; None where it is in no series."""
    series = db.session.scalar(
        sa.select(Series).join(SeriesPart).where(SeriesPart.entry_id == entry.id)
    )
    if series is None:
        return None
    parts = parts_of(viewer, series)
    at = next((i for i, part in enumerate(parts) if part.entry.id == entry.id), None)
    if at is None:  # in the bin
        return None
    before = [part.entry for part in parts[:at] if part.number is not None]
    after = [part.entry for part in parts[at + 1 :] if part.number is not None]
    return Place(
        series,
        number=parts[at].number,
        total=sum(part.number is not None for part in parts),
        previous=before[-1] if before else None,
        next=after[0] if after else None,
    )


def get(viewer: User | None, series_id: int) -> Series:
    """A series; NotFound when missing, or when ``viewer`` may read nothing of it."""
    found = db.session.scalar(
        sa.select(Series).where(Series.id == series_id).options(joinedload(Series.owner))
    )
    if found is None:
        raise NotFound(f"no series {series_id}")
    is_own = viewer is not None and found.owner_id == viewer.id
    if not is_own and not parts_of(viewer, found):
        raise NotFound(f"nothing to read in series {series_id}")
    return found


def owned_by(user: User) -> list[Series]:
    """The series of ``user``, by title."""
    query = sa.select(Series).where(Series.owner_id == user.id)
    return list(db.session.scalars(query.order_by(Series.title, Series.id)))


def to_offer(viewer: User) -> list[Card]:
    """What ``viewer`` writes and is in no series yet, the last edited first."""
    query = (
        visible_to(viewer)
        .where(
            written_by(viewer),
            Entry.status.in_(IN_HAND),
            Entry.kind.in_(LISTED_KINDS),
            Entry.id.not_in(sa.select(SeriesPart.entry_id)),
        )
        .order_by(Entry.edited_at.desc(), Entry.id.desc())
        .limit(MOST_OFFERED)
    )
    return cards.of(query)
