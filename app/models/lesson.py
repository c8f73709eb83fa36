"""Where a lesson comes from and what happens to it: its forum, its states, what it closes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime, closed_list
from app.vocabulary import LessonState

if TYPE_CHECKING:
    from app.models.account import User
    from app.models.entry import Entry, LessonPart


class LessonStateChange(Base):
    """One step of a lesson from told to confirmed and on; only ever added to."""

    __tablename__ = "lesson_state_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    before: Mapped[LessonState] = mapped_column(closed_list(LessonState))
    state: Mapped[LessonState] = mapped_column(closed_list(LessonState))
    reason: Mapped[str]
    shown_by_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)  # the linked page
    author_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    shown_by: Mapped[Entry] = relationship(foreign_keys=[shown_by_id], lazy="select")
    author: Mapped[User] = relationship(lazy="select")


class StepClosing(Base):
    """A next step that a lesson is going to close when it is published."""

    __tablename__ = "step_closing"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("lesson_part.id"), primary_key=True, index=True)

    part: Mapped[LessonPart] = relationship(lazy="joined")


class LineGrowth(Base):
    """A line of a forum record that grew into a lesson."""

    __tablename__ = "line_growth"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("lesson_part.id"), primary_key=True, index=True)
