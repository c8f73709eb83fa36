"""Reading what happens to lessons over the years: states, open steps, who told without account."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.clock import now, today
from app.db import db
from app.models import (
    Community,
    CommunityAncestor,
    Entry,
    EntryPerson,
    LessonPart,
    LessonStateChange,
    StepClosing,
    User,
    entry_community,
)
from app.queries import cards, rows
from app.queries.cards import Card
from app.queries.entries import visible_to, with_card
from app.text.thai import normalise
from app.vocabulary import (
    EntryKind,
    LessonForm,
    LessonState,
    PartKind,
    PersonRole,
    Status,
    StepState,
)

#: After so many years without a confirmation a lesson is marked.
YEARS_UNCONFIRMED = 3
#: Entries after which a chain is followed no further.
MOST_CHAINED = 60
_OF_PAGE = re.compile(r"/pages/([^/]+)/?")
_NUMBERED = re.compile(r"(?:/(?:posts|lessons)/)?(\d{1,9})(?:/.*)?")


def entry_named(viewer: User | None, typed: str) -> Entry | None:
    """The public entry that a record number, an address of ours or [[a title]] means."""
    text = typed.strip()
    parts = urlsplit(text) if text.startswith(("http://", "https://", "/")) else None
    path = unquote(parts.path) if parts is not None else text
    title = text.removeprefix("[[").removesuffix("]]")
    if found := _NUMBERED.fullmatch(path):
        condition = Entry.number == int(found[1])
    elif found := _OF_PAGE.fullmatch(path):
        condition = Entry.page_slug == found[1]
    elif folded := normalise(title).replace(" ", ""):
        condition = sa.or_(Entry.folded == folded, Entry.page_slug == title)
    else:
        return None
    query = visible_to(viewer).where(condition, Entry.status == Status.PUBLISHED)
    return db.session.scalars(query.order_by(Entry.id).limit(1)).unique().first()


# --- states ----------------------------------------------------------------------------


def state_changes_of(entry: Entry) -> list[LessonStateChange]:
    """The steps of a lesson from told to confirmed and on, newest first."""
    query = (
        sa.select(LessonStateChange)
        .where(LessonStateChange.entry_id == entry.id)
        .options(joinedload(LessonStateChange.author), joinedload(LessonStateChange.shown_by))
        .order_by(LessonStateChange.id.desc())
    )
    return list(db.session.scalars(query).unique())


def is_unconfirmed_long(entry: Entry, changes: Collection[LessonStateChange]) -> bool:
    """Whether nobody has confirmed the lesson for three years, since it was published or since."""
    if entry.state is LessonState.NO_LONGER or entry.status is not Status.PUBLISHED:
        return False
    confirmed = [change.at for change in changes if change.state is LessonState.CONFIRMED]
    last = max(confirmed, default=entry.published_at)
    return last is not None and _years_after(last, YEARS_UNCONFIRMED) <= now()


def _years_after(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year + years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year + years, month=3, day=1)


# --- next steps ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A next step that nobody has closed, and the lesson that promised it."""

    part: LessonPart
    entry: Entry

    @property
    def key(self) -> str:
        """How a form names it: 1000001-n1."""
        return rows.key_of(self.entry, self.part)

    @property
    def is_due(self) -> bool:
        """Whether its month has come."""
        return bool(self.part.due) and self.part.due <= this_month()


def this_month() -> str:
    """The month as steps are dated: 2550-07."""
    return months_ago(0)


def months_ago(number: int) -> str:
    """The month so many before this one, as steps are dated."""
    day = today()
    year, month = divmod(day.year * 12 + day.month - 1 - number, 12)
    return f"{year + 543}-{month + 1:02}"


def open_steps(
    viewer: User | None,
    *,
    within: Collection[int] | None = None,
    slugs: Collection[str] | None = None,
    limit: int = 100,
) -> list[OpenStep]:
    """Open steps of public lessons, the first due first, those without a month last.

    ``within``: ids of communities, what lies below included; ``slugs``: the same by slug.
    """
    query = _steps(viewer).where(LessonPart.state == StepState.OPEN)
    at = sa.select(entry_community.c.entry_id).join(
        CommunityAncestor, CommunityAncestor.community_id == entry_community.c.community_id
    )
    if within is not None:
        query = query.where(Entry.id.in_(at.where(CommunityAncestor.ancestor_id.in_(within))))
    if slugs is not None:
        ids = sa.select(Community.id).where(Community.slug.in_(slugs))
        query = query.where(Entry.id.in_(at.where(CommunityAncestor.ancestor_id.in_(ids))))
    query = query.order_by(LessonPart.due == "", LessonPart.due, LessonPart.id).limit(limit)
    return _read(query)


def steps_fallen_due(*, limit: int) -> list[OpenStep]:
    """Open steps of public lessons whose month has come, and nobody was told yet."""
    return _read(
        _steps(None)
        .where(
            LessonPart.state == StepState.OPEN,
            LessonPart.due != "",
            LessonPart.due <= this_month(),
            LessonPart.due != LessonPart.told_due,
        )
        .order_by(LessonPart.due, LessonPart.id)
        .limit(limit)
    )


def get_step(viewer: User | None, entry: Entry, anchor: str) -> LessonPart | None:
    """A step of a lesson by its link, n1; None when there is none."""
    if not re.fullmatch(r"n[1-9][0-9]{0,5}", anchor):
        return None
    query = _steps(viewer).where(Entry.id == entry.id, LessonPart.number == int(anchor[1:]))
    found = _read(query)
    return found[0].part if found else None


def steps_named(viewer: User | None, keys: Collection[str]) -> list[OpenStep]:
    """Open steps by the names that forms give them, 1000001-n1; what means nothing is left out."""
    if not keys:
        return []
    named = rows.named(PartKind.STEP, keys)
    return _read(_steps(viewer).where(LessonPart.state == StepState.OPEN, named))


def steps_to_close(entry: Entry) -> list[str]:
    """The steps that a draft is going to close, as a form names them."""
    query = sa.select(StepClosing).where(StepClosing.entry_id == entry.id)
    found = db.session.scalars(query).unique()
    return [f"{one.part.entry.number}-{one.part.anchor}" for one in found]


def _steps(viewer: User | None) -> sa.Select[LessonPart, Entry]:
    return (
        visible_to(viewer)
        .with_only_columns(LessonPart, Entry)
        .join(LessonPart, LessonPart.entry_id == Entry.id)
        .where(
            Entry.status == Status.PUBLISHED,
            Entry.kind == EntryKind.LESSON,
            Entry.form != LessonForm.FREE,
            LessonPart.kind == PartKind.STEP,
            LessonPart.removed_at.is_(None),
        )
    )


def _read(query: sa.Select[LessonPart, Entry]) -> list[OpenStep]:
    return [OpenStep(part, entry) for part, entry in db.session.execute(query).unique()]


# --- chains ----------------------------------------------------------------------------


class Closing(NamedTuple):
    """A next step of one lesson that another entry closed; both by record number."""

    lesson: int
    anchor: str
    text: str
    closer: int


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of a chain: what it continues, and what it leads to."""

    entry: Card
    continues: tuple[tuple[Closing, Card], ...]
    leads_to: tuple[Card, ...]


def chain_of(viewer: User | None, entry: Entry) -> list[Link]:
    """บทเรียนต่อเนื่อง: what ``entry`` grew from and what grew from it, the earliest year first.

    From each lesson to the entries that closed its next steps; empty when there are none
    that ``viewer`` may read.
    """
    closings: set[Closing] = set()
    numbers = earlier = later = {entry.number}
    while (earlier or later) and len(numbers) < MOST_CHAINED:
        found = _closings(viewer, lessons=later, closers=earlier)
        closings |= found
        earlier = {one.lesson for one in found if one.closer in earlier} - numbers
        later = {one.closer for one in found if one.lesson in later} - numbers
        numbers = numbers | earlier | later
    if not closings:
        return []
    public = visible_to(viewer).where(Entry.status == Status.PUBLISHED)
    cards_by = {card.number: card for card in cards.of(public.where(Entry.number.in_(numbers)))}
    seen = sorted(one for one in closings if {one.lesson, one.closer} <= cards_by.keys())
    chained = {number for one in seen for number in (one.lesson, one.closer)}
    in_order = sorted((cards_by[number] for number in chained), key=_told_in)
    return [
        Link(
            card,
            tuple((one, cards_by[one.lesson]) for one in seen if one.closer == card.number),
            tuple(other for other in in_order if _leads(seen, card, other)),
        )
        for card in in_order
    ]


def _closings(
    viewer: User | None, *, lessons: Collection[int], closers: Collection[int]
) -> set[Closing]:
    """The closed steps of public ``lessons``, and those that ``closers`` closed."""
    query = _steps(viewer).where(
        LessonPart.state == StepState.CLOSED,
        sa.or_(Entry.number.in_(lessons), LessonPart.closed_by.in_(closers)),
    )
    columns = (Entry.number, LessonPart.number, LessonPart.text, LessonPart.closed_by)
    closings = db.session.execute(query.with_only_columns(*columns))
    return {
        Closing(lesson, f"n{step}", text, closer)
        for lesson, step, text, closer in closings
        if closer is not None
    }


def _told_in(card: Card) -> tuple[int, int]:
    """Where a chain has an entry: by its first year, without one by its record number."""
    return min(card.years, default=9999), card.number


def _leads(closings: Collection[Closing], card: Card, other: Card) -> bool:
    return any((one.lesson, one.closer) == (card.number, other.number) for one in closings)


# --- tellers without account -----------------------------------------------------------


def told_in_the_name(name: str) -> sa.ColumnElement[bool]:
    """Entries that somebody without account told under exactly that name."""
    return Entry.id.in_(
        sa.select(EntryPerson.entry_id).where(
            EntryPerson.name == name,
            EntryPerson.role == PersonRole.TELLER,
            EntryPerson.user_id.is_(None),
        )
    )


def told_by(viewer: User | None, name: str, *, limit: int, offset: int) -> tuple[int, list[Card]]:
    """(total, public entries) of a teller without account, newest first."""
    query = visible_to(viewer).where(told_in_the_name(name), Entry.status == Status.PUBLISHED)
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    newest = query.order_by(Entry.published_at.desc(), Entry.id.desc())
    return total, cards.of(newest.limit(limit).offset(offset))


def unclaimed(name: str) -> list[Entry]:
    """Entries of every status told in that name, without asking who looks."""
    query = with_card(sa.select(Entry)).where(told_in_the_name(name)).order_by(Entry.id)
    return list(db.session.scalars(query).unique())


def claimed_by(name: str) -> User | None:
    """The one account that took over that name; None when there is none, or several."""
    query = sa.select(User).where(
        User.id.in_(
            sa.select(EntryPerson.user_id).where(
                EntryPerson.name == name, EntryPerson.role == PersonRole.TELLER
            )
        )
    )
    found = list(db.session.scalars(query.limit(2)).unique())
    return found[0] if len(found) == 1 else None
