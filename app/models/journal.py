"""The journal: which text grew out of which short note."""

from __future__ import annotations

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Growth(Base):
    """A post that was made of a short note; the note stays as it is."""

    __tablename__ = "growth"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
