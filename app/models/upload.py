"""What people send from their devices, and which entries use it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime, closed_list
from app.vocabulary import PhotoConsent, UploadKind, UploadState

if TYPE_CHECKING:
    from app.models.account import User
    from app.models.entry import Entry


class Upload(Base):
    """A photo, file or recording of one account.

    The bytes lie in files named after ``sha256`` (of what was sent), so that the same
    content is stored once; of a photo only the prepared sizes are kept.  ``token`` names
    the half-sent file while parts arrive.
    """

    __tablename__ = "upload"
    __table_args__ = (Index(None, "owner_id", "state", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    token: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[UploadKind] = mapped_column(closed_list(UploadKind))
    state: Mapped[UploadState] = mapped_column(closed_list(UploadState), index=True)
    name: Mapped[str] = mapped_column(default="")  # as sent, cleaned; never a path
    mime: Mapped[str] = mapped_column(default="")  # by content, not as sent
    size: Mapped[int]  # bytes as sent; once ready, bytes kept
    sha256: Mapped[str] = mapped_column(default="", index=True)
    width: Mapped[int] = mapped_column(default=0)  # of the largest size kept, pixels
    height: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[int] = mapped_column(default=0)  # of a recording
    alt: Mapped[str] = mapped_column(default="")  # what the picture shows, in words
    consent: Mapped[PhotoConsent] = mapped_column(
        closed_list(PhotoConsent), default=PhotoConsent.NOT_ASKED
    )
    has_child: Mapped[bool] = mapped_column(default=False)
    text: Mapped[str] = mapped_column(default="", deferred=True)  # of a file, for search
    fault: Mapped[str] = mapped_column(default="")  # why the worker refused it, as a code
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    owner: Mapped[User] = relationship(lazy="select")
    uses: Mapped[list[EntryUpload]] = relationship(
        lazy="select", back_populates="upload", cascade="all, delete-orphan"
    )

    @property
    def entries(self) -> list[Entry]:
        """The entries that use it now."""
        return [use.entry for use in self.uses if use.is_used]


class EntryUpload(Base):
    """An entry that uses an upload, in its text or listed beneath it.

    The row stays when the text lets go of it, so that an undo by another writer of the
    entry brings the picture back.
    """

    __tablename__ = "entry_upload"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    upload_id: Mapped[int] = mapped_column(ForeignKey("upload.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0)
    caption: Mapped[str] = mapped_column(default="")
    in_text: Mapped[bool] = mapped_column(default=False)
    is_listed: Mapped[bool] = mapped_column(default=False)

    entry: Mapped[Entry] = relationship(lazy="select")
    upload: Mapped[Upload] = relationship(lazy="joined", back_populates="uses")

    @property
    def is_used(self) -> bool:
        return self.in_text or self.is_listed
