"""What keeps a shared text true: notices, proposals, limits, former titles, reviews,
what was blacked out."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime, closed_list, json_column
from app.vocabulary import LimitedTo, NoticeKind, ProposalStatus

if TYPE_CHECKING:
    from app.models.account import User
    from app.models.entry import Entry
    from app.models.taxonomy import Community


class Notice(Base):
    """One line in the inbox of an account: something happened to an entry, or in a community.

    ``words`` holds what the line says beside names and title, by keys of its kind
    (services/notices.py); the title itself is read from the entry when it is shown.
    """

    __tablename__ = "notice"
    __table_args__ = (Index(None, "user_id", "read_at"), Index(None, "user_id", "created_at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[NoticeKind] = mapped_column(closed_list(NoticeKind))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"), index=True)
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    actor_name: Mapped[str] = mapped_column(default="")  # a reader without account
    words: Mapped[dict[str, Any]] = mapped_column(json_column(), default=dict)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    entry: Mapped[Entry | None] = relationship(lazy="select")
    community: Mapped[Community | None] = relationship(lazy="select")
    actor: Mapped[User | None] = relationship(foreign_keys=[actor_id], lazy="select")


class Proposal(Base):
    """เสนอการแก้ไข: a whole text as somebody without the right to edit would have it."""

    __tablename__ = "proposal"
    __table_args__ = (Index(None, "status", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(unique=True)  # the end of its address, not to be guessed
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    base: Mapped[int]  # number of the revision that the proposer read
    title: Mapped[str]
    body: Mapped[str]
    note: Mapped[str] = mapped_column(default="")  # what is changed and why
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    author_name: Mapped[str] = mapped_column(default="")  # of a reader without account
    status: Mapped[ProposalStatus] = mapped_column(
        closed_list(ProposalStatus), default=ProposalStatus.OPEN
    )
    outcome: Mapped[str] = mapped_column(default="")  # a word with it; the reason of a refusal
    made: Mapped[int | None]  # number of the revision that came of it
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    entry: Mapped[Entry] = relationship(lazy="select")
    author: Mapped[User | None] = relationship(foreign_keys=[author_id], lazy="select")
    decided_by: Mapped[User | None] = relationship(foreign_keys=[decided_by_id], lazy="select")

    @property
    def by(self) -> str:
        """The name of whoever proposed."""
        return self.author.display_name if self.author else self.author_name


class EditLimit(Base):
    """Who alone may edit a text for now, and who decided so, when and why."""

    __tablename__ = "edit_limit"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    to: Mapped[LimitedTo] = mapped_column(closed_list(LimitedTo))
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    reason: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    by: Mapped[User | None] = relationship(lazy="select")
    community: Mapped[Community | None] = relationship(lazy="select")


class BlackOut(Base):
    """A phrase that was blacked out of an entry: never itself, only what it is known by."""

    __tablename__ = "black_out"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    revision: Mapped[int]  # the newest one when it was done
    length: Mapped[int]  # code points
    digest: Mapped[str]  # keyed (text/masking.py)


class FormerTitle(Base):
    """A title that an entry had: links that name it still lead on."""

    __tablename__ = "former_title"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    title: Mapped[str]
    folded: Mapped[str] = mapped_column(index=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)


class Review(Base):
    """The day on which the keepers of a text are asked whether it still holds."""

    __tablename__ = "review"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    due_on: Mapped[date] = mapped_column(index=True)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    set_by: Mapped[User | None] = relationship(lazy="select")
