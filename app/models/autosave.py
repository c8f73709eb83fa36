"""What the writing desk keeps for one person: unsaved text, and texts to begin from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime, json_column


class Autosave(Base):
    """What stands in one form of one person; removed when the form is saved."""

    __tablename__ = "autosave"
    __table_args__ = (UniqueConstraint("user_id", "form"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    form: Mapped[str]  # "quick" or the number of an entry, ":" and the token of the form
    fields: Mapped[list[list[str]]] = mapped_column(json_column())  # (name, value) as sent
    base: Mapped[int] = mapped_column(default=0)  # the revision that the writer began from
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class WritingTemplate(Base):
    """A text that somebody begins new ones from; a mark of theirs that nobody else sees."""

    __tablename__ = "writing_template"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
