"""A series: texts of one matter, in the order in which they are read."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime

if TYPE_CHECKING:
    from app.models.account import User
    from app.models.entry import Entry


class Series(Base):
    """The name of a series, and whose it is."""

    __tablename__ = "series"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    title: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    owner: Mapped[User] = relationship(lazy="select")
    parts: Mapped[list[SeriesPart]] = relationship(
        lazy="select", cascade="all, delete-orphan", order_by="SeriesPart.position"
    )


class SeriesPart(Base):
    """An entry in a series; an entry is in one at most.

    ``position`` orders the parts; the number that readers see counts the public ones.
    """

    __tablename__ = "series_part"
    __table_args__ = (Index(None, "series_id", "position"),)

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    series_id: Mapped[int] = mapped_column(ForeignKey("series.id"))
    position: Mapped[int]

    entry: Mapped[Entry] = relationship(lazy="select")
