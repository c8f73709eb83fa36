"""An entry: a post, story, lesson, wiki page or forum record, and the rows that hang on it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime, closed_list, json_column
from app.vocabulary import (
    WIKI_KINDS,
    EntryKind,
    LessonForm,
    LessonState,
    License,
    LineSide,
    PartKind,
    PersonRole,
    Status,
    StepState,
)

if TYPE_CHECKING:
    from app.models.account import User
    from app.models.program import Program
    from app.models.taxonomy import Book, Community, Tag
    from app.models.wiki import EditLimit, Review

entry_community = Table(
    "entry_community",
    Base.metadata,
    Column("entry_id", ForeignKey("entry.id"), primary_key=True),
    Column("community_id", ForeignKey("community.id"), primary_key=True, index=True),
)
entry_program = Table(
    "entry_program",
    Base.metadata,
    Column("entry_id", ForeignKey("entry.id"), primary_key=True),
    Column("program_id", ForeignKey("program.id"), primary_key=True, index=True),
)
entry_tag = Table(
    "entry_tag",
    Base.metadata,
    Column("entry_id", ForeignKey("entry.id"), primary_key=True),
    Column("tag_id", ForeignKey("tag.id"), primary_key=True, index=True),
)


def credit(text: Any) -> list[str]:
    """The names to show first: the tellers', else those of all authors who are known.

    :param text: an entry, its card or its preview.
    """
    first = text.author.display_name if text.author is not None else text.author_name
    wrote = [first, *(person.name for person in text.coauthors)]
    return [person.name for person in text.tellers] or [name for name in wrote if name]


class Entry(Base):
    """One record of any kind; ``kind`` tells which.

    ``body`` is what was typed (Markdown, NFC, "\\n").  ``html``, ``plain`` and ``headings``
    are made from it at save and can be made again at any time.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index(None, "status", "published_at"),  # front page: published, newest first
        Index(None, "status", "commented_at"),  # a fresh comment lifts an entry again
        Index(None, "kind", "status", "published_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    kind: Mapped[EntryKind] = mapped_column(closed_list(EntryKind))
    form: Mapped[LessonForm | None] = mapped_column(closed_list(LessonForm))
    status: Mapped[Status] = mapped_column(closed_list(Status), default=Status.DRAFT)
    status_before_bin: Mapped[Status | None] = mapped_column(closed_list(Status))
    hidden_reason: Mapped[str] = mapped_column(default="")
    slug: Mapped[str] = mapped_column(index=True)
    page_slug: Mapped[str | None] = mapped_column(unique=True)  # pages only: their address
    title: Mapped[str]
    sort_key: Mapped[str] = mapped_column(index=True)
    folded: Mapped[str] = mapped_column(index=True)  # the title for comparing with [[links]]
    summary: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    html: Mapped[str] = mapped_column(default="")
    plain: Mapped[str] = mapped_column(default="")
    headings: Mapped[list[dict[str, Any]]] = mapped_column(json_column(), default=list)
    is_rendered: Mapped[bool] = mapped_column(default=True)  # False: shown as escaped plain text
    renderer_version: Mapped[int] = mapped_column(default=0)
    license: Mapped[License] = mapped_column(closed_list(License), default=License.CC_BY_4)
    book_id: Mapped[int | None] = mapped_column(ForeignKey("book.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    author_name: Mapped[str] = mapped_column(default="")  # where there is no account
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    state: Mapped[LessonState | None] = mapped_column(closed_list(LessonState))
    happened_on: Mapped[date | None]
    drawn_on: Mapped[date | None]
    contact: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str] = mapped_column(default="")
    fiscal_year: Mapped[int | None] = mapped_column(index=True)  # พ.ศ., from happened_on
    present: Mapped[int | None]  # forums only: how many people came
    group_count: Mapped[int | None]  # forums only: the groups they sat in
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    commented_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    binned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    comment_count: Mapped[int] = mapped_column(default=0)  # visible ones
    last_comment_number: Mapped[int] = mapped_column(default=0)  # never given out again
    reads: Mapped[int] = mapped_column(default=0)  # here; source.missing tells of earlier ones
    source: Mapped[dict[str, Any] | None] = mapped_column(
        json_column()
    )  # where it was imported from
    import_hash: Mapped[str] = mapped_column(default="")  # of the record last imported
    revision_number: Mapped[int] = mapped_column(default=0)  # the newest revision
    version: Mapped[int] = mapped_column(default=0)  # raised by everything that changes its page

    author: Mapped[User | None] = relationship(foreign_keys=[author_id], lazy="select")
    edited_by: Mapped[User | None] = relationship(foreign_keys=[edited_by_id], lazy="select")
    book: Mapped[Book | None] = relationship(lazy="select")
    communities: Mapped[list[Community]] = relationship(
        secondary=entry_community, lazy="selectin", order_by="Community.sort_key"
    )
    programs: Mapped[list[Program]] = relationship(
        secondary=entry_program, lazy="selectin", order_by="Program.position"
    )
    tags: Mapped[list[Tag]] = relationship(
        secondary=entry_tag, lazy="selectin", order_by="Tag.sort_key"
    )
    people: Mapped[list[EntryPerson]] = relationship(
        lazy="selectin",
        cascade="all, delete-orphan",
        order_by="EntryPerson.position",
        back_populates="entry",
    )
    year_rows: Mapped[list[EntryYear]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="EntryYear.year"
    )
    parts: Mapped[list[LessonPart]] = relationship(
        lazy="select",
        cascade="all, delete-orphan",
        order_by="LessonPart.position",
        back_populates="entry",
    )
    limit: Mapped[EditLimit | None] = relationship(lazy="select", cascade="all, delete-orphan")
    review: Mapped[Review | None] = relationship(lazy="select", cascade="all, delete-orphan")

    @property
    def years(self) -> tuple[int, ...]:
        """The years this entry is about, พ.ศ., in order."""
        return tuple(row.year for row in self.year_rows)

    @property
    def is_wiki(self) -> bool:
        """Whether the writers of its community edit it together."""
        return self.kind in WIKI_KINDS

    @property
    def tellers(self) -> list[EntryPerson]:
        return [person for person in self.people if person.role is PersonRole.TELLER]

    @property
    def participants(self) -> list[EntryPerson]:
        return [person for person in self.people if person.role is PersonRole.PARTICIPANT]

    @property
    def coauthors(self) -> list[EntryPerson]:
        return [person for person in self.people if person.role is PersonRole.AUTHOR]

    @property
    def credited(self) -> list[str]:
        return credit(self)

    @property
    def byline(self) -> str:
        """Who is named first, as one line; empty when nobody is known."""
        return ", ".join(credit(self))


class EntryYear(Base):
    """A year that an entry is about, พ.ศ."""

    __tablename__ = "entry_year"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, index=True)


class EntryPerson(Base):
    """Somebody who told, typed or took part, with or without an account."""

    __tablename__ = "entry_person"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    role: Mapped[PersonRole] = mapped_column(closed_list(PersonRole))
    position: Mapped[int] = mapped_column(default=0)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str]  # as written, honorific included
    honorific: Mapped[str] = mapped_column(default="")
    sort_key: Mapped[str] = mapped_column(default="", index=True)
    consent: Mapped[dict[str, Any] | None] = mapped_column(json_column())  # kind, date, taken by

    entry: Mapped[Entry] = relationship(back_populates="people", lazy="select")
    user: Mapped[User | None] = relationship(lazy="select")


class LessonPart(Base):
    """A row of a lesson or forum with a link of its own; made from the body at every save.

    ``number`` is never given out again: a row that leaves the text stays here with
    ``removed_at``, and its link says so.
    """

    __tablename__ = "lesson_part"
    __table_args__ = (
        UniqueConstraint("entry_id", "kind", "number"),
        Index(None, "kind", "state", "due"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    kind: Mapped[PartKind] = mapped_column(closed_list(PartKind))
    number: Mapped[int]
    position: Mapped[int] = mapped_column(default=0)
    text: Mapped[str]
    teller: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    sums: Mapped[list[str]] = mapped_column(
        json_column(), default=list
    )  # points a principle sums up
    who: Mapped[str] = mapped_column(default="")
    due: Mapped[str] = mapped_column(default="")  # "2550-07", พ.ศ.
    state: Mapped[StepState | None] = mapped_column(closed_list(StepState))
    closed_by: Mapped[int | None]  # number of the lesson that closed it
    told_due: Mapped[str] = mapped_column(default="", server_default="")  # the due last told of
    group: Mapped[str] = mapped_column(default="")  # of a forum: whose sheet it stood on
    side: Mapped[LineSide | None] = mapped_column(closed_list(LineSide))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    entry: Mapped[Entry] = relationship(back_populates="parts", lazy="select")

    @property
    def anchor(self) -> str:
        """The name of its link: k1, g1, n1, q1."""
        return f"{self.kind.value}{self.number}"
