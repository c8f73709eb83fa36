"""Reading forum records: their lines, and the lessons that grew from them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from app.db import db
from app.models import Entry, LessonPart, LineGrowth, User
from app.queries import rows
from app.queries.entries import visible_to
from app.vocabulary import EntryKind, PartKind, Status


@dataclass(frozen=True, slots=True)
class ForumLine:
    """A line of a forum record, and the record."""

    part: LessonPart
    entry: Entry

    @property
    def key(self) -> str:
        """How a form names it: 1000001-q3."""
        return rows.key_of(self.entry, self.part)

    @property
    def path(self) -> str:
        """The address of the line, without host."""
        return f"/posts/{self.entry.number}#{self.part.anchor}"


def lines_named(viewer: User | None, keys: Collection[str]) -> list[ForumLine]:
    """Lines by the names that forms give them; what means nothing is left out.

    One that was taken out of its record since still counts: its link says so.
    """
    return _read(_lines(viewer).where(rows.named(PartKind.LINE, keys))) if keys else []


def lines_behind(viewer: User | None, lesson: Entry) -> list[ForumLine]:
    """The lines from which a lesson grew."""
    grown = sa.select(LineGrowth.part_id).where(LineGrowth.entry_id == lesson.id)
    return _read(_lines(viewer).where(LessonPart.id.in_(grown)))


def lessons_from(viewer: User | None, record: Entry) -> dict[str, list[Entry]]:
    """{anchor of a line: the lessons grown from it} of those that ``viewer`` may read."""
    query = (
        visible_to(viewer)
        .with_only_columns(LessonPart.number, Entry)
        .join(LineGrowth, LineGrowth.entry_id == Entry.id)
        .join(LessonPart, LessonPart.id == LineGrowth.part_id)
        .where(
            LessonPart.entry_id == record.id,
            LessonPart.kind == PartKind.LINE,
            Entry.kind == EntryKind.LESSON,
            Entry.status != Status.BINNED,
        )
        .order_by(LessonPart.number, Entry.id)
    )
    found: dict[str, list[Entry]] = {}
    for number, lesson in db.session.execute(query).unique():
        found.setdefault(f"{PartKind.LINE.value}{number}", []).append(lesson)
    return found


def _lines(viewer: User | None) -> sa.Select[LessonPart, Entry]:
    return (
        visible_to(viewer)
        .with_only_columns(LessonPart, Entry)
        .join(LessonPart, LessonPart.entry_id == Entry.id)
        .where(
            Entry.kind == EntryKind.FORUM,
            Entry.status == Status.PUBLISHED,
            LessonPart.kind == PartKind.LINE,
        )
        .order_by(Entry.id, LessonPart.number)
    )


def _read(query: sa.Select[LessonPart, Entry]) -> list[ForumLine]:
    return [ForumLine(part, entry) for part, entry in db.session.execute(query).unique()]
