"""Who points at whom, and old addresses that still lead on."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Link(Base):
    """A [[wiki link]] or a link to an entry of ours found in an entry's text."""

    __tablename__ = "link"
    __table_args__ = (Index(None, "folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    target: Mapped[str]  # as written
    folded: Mapped[str]  # for comparing with titles
    target_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"), index=True)


class Redirect(Base):
    """An address that once worked; ``path`` has no host."""

    __tablename__ = "redirect"

    id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(unique=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
