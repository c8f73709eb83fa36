"""What people say under an entry."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime, closed_list
from app.vocabulary import CommentStatus

if TYPE_CHECKING:
    from app.models.account import User
    from app.models.entry import Entry


class Comment(Base):
    """One comment; its link is ``#c<number>`` under its entry and never given out again."""

    __tablename__ = "comment"
    __table_args__ = (
        UniqueConstraint("entry_id", "number"),
        Index(None, "entry_id", "status", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
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
    source_id: Mapped[str] = mapped_column(default="")  # its number at the site it came from
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    entry: Mapped[Entry] = relationship(lazy="select")
    author: Mapped[User | None] = relationship(lazy="select")
