"""Every save, kept for ever."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime, json_column

if TYPE_CHECKING:
    from app.models.account import User
    from app.models.entry import Entry


class Revision(Base):
    """One saved version of an entry: immutable.

    ``header`` holds all that is saved beside title, summary and body, with the names of
    the front matter (contract section 5).
    """

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("entry_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    number: Mapped[int]  # from 1 within the entry
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    header: Mapped[dict[str, Any]] = mapped_column(json_column(), default=dict)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    author_name: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    is_before_publication: Mapped[bool] = mapped_column(default=False)  # seen by the writers only
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    entry: Mapped[Entry] = relationship(lazy="select")
    author: Mapped[User | None] = relationship(lazy="select")
