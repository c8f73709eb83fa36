"""Recordings of drafts, on their way to becoming text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime, closed_list, json_column
from app.vocabulary import VoiceState

if TYPE_CHECKING:
    from app.models.account import User
    from app.models.entry import Entry
    from app.models.upload import Upload


class VoiceNote(Base):
    """What somebody said for a draft; with their consent others hear it and type it.

    ``text`` is what was typed: read by who typed it, by the writers of the entry and by
    those who may approve it, until it stands in the entry.
    """

    __tablename__ = "voice_note"
    #: Texts kept in forms, on devices too, and notices name a note by its id.
    __table_args__ = (Index(None, "state", "queued_at"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"), unique=True)
    speaker: Mapped[str]  # the name, as written
    speaker_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    language: Mapped[str] = mapped_column(default="")  # as the recorder calls it
    consent: Mapped[dict[str, Any] | None] = mapped_column(json_column())  # kind, date, taken by
    state: Mapped[VoiceState] = mapped_column(closed_list(VoiceState), default=VoiceState.KEPT)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    queued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claimed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    typist_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    text: Mapped[str] = mapped_column(default="", deferred=True)
    typed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(default="")  # why the typed text was sent back
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    entry: Mapped[Entry] = relationship(lazy="select")
    upload: Mapped[Upload] = relationship(lazy="joined")
    claimed_by: Mapped[User | None] = relationship(foreign_keys=[claimed_by_id], lazy="select")
    typist: Mapped[User | None] = relationship(foreign_keys=[typist_id], lazy="select")
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id], lazy="select")
