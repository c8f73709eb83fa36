"""What was asked of search, counted; nothing of who asked."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Search(Base):
    """One question of readers, however often it was asked.

    There is no column for a person, an address or a time of day, and none may be added:
    a row says what people look for, never who.  ``last_total`` counts public entries.
    """

    __tablename__ = "search"
    __table_args__ = (Index(None, "last_total", "times"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    folded: Mapped[str] = mapped_column(unique=True)  # text.thai.fold: one row for all spellings
    text: Mapped[str]  # as it was first typed
    times: Mapped[int] = mapped_column(default=0)
    times_found: Mapped[int] = mapped_column(default=0)  # of them with something public
    last_total: Mapped[int] = mapped_column(default=0)
    first_day: Mapped[date]
    last_day: Mapped[date] = mapped_column(index=True)
    is_dismissed: Mapped[bool] = mapped_column(default=False)  # no word is wanted for it
