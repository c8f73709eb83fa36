"""What people say under an entry, and on the page of a community."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from app.db import Base, UtcDateTime, closed_list
from app.vocabulary import CommentStatus

if TYPE_CHECKING:
    from app.models.account import User
    from app.models.entry import Entry
    from app.models.taxonomy import Community


class Said:
    """Words of one person; their link is ``#c<number>``, and the number never given out again."""

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    author_name: Mapped[str] = mapped_column(default="")  # imported: no account
    body: Mapped[str]
    html: Mapped[str]
    plain: Mapped[str]
    status: Mapped[CommentStatus] = mapped_column(
        closed_list(CommentStatus), default=CommentStatus.VISIBLE
    )
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @declared_attr
    def author(cls) -> Mapped[User | None]:
        return relationship(lazy="select")


class Comment(Said, Base):
    """One comment under an entry."""

    __tablename__ = "comment"
    __table_args__ = (
        UniqueConstraint("entry_id", "number"),
        Index(None, "entry_id", "status", "created_at"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    source_id: Mapped[str] = mapped_column(default="")  # its number at the site it came from

    entry: Mapped[Entry] = relationship(lazy="select")

    @property
    def about(self) -> Entry:
        return self.entry


class CommunityComment(Said, Base):
    """One comment on the talk page of a community; it belongs to no entry."""

    __tablename__ = "community_comment"
    __table_args__ = (UniqueConstraint("community_id", "number"),)

    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)

    community: Mapped[Community] = relationship(lazy="select")

    @property
    def about(self) -> Community:
        return self.community
