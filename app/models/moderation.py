"""Reports of readers, and the log of deeds."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime, closed_list, json_column
from app.vocabulary import AuditAction, ReportStatus

if TYPE_CHECKING:
    from app.models.account import User
    from app.models.entry import Entry


class Report(Base):
    """แจ้งปัญหา: what a reader found wrong, about an entry, a comment or any page."""

    __tablename__ = "report"
    __table_args__ = (Index(None, "status", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(default="")  # path of the page
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"), index=True)
    text: Mapped[str]
    contact: Mapped[str] = mapped_column(default="")
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    status: Mapped[ReportStatus] = mapped_column(
        closed_list(ReportStatus), default=ReportStatus.OPEN
    )
    outcome: Mapped[str] = mapped_column(default="")
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    entry: Mapped[Entry | None] = relationship(lazy="select")
    reporter: Mapped[User | None] = relationship(foreign_keys=[reporter_id], lazy="select")


class Audit(Base):
    """Who did what, to what, when and why.

    Only ever added to; no service changes a row, but that a phrase blacked out of an entry is
    masked in the reasons and names of its deeds.
    """

    __tablename__ = "audit"
    __table_args__ = (Index(None, "target"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    action: Mapped[AuditAction] = mapped_column(closed_list(AuditAction))
    target: Mapped[str]  # "entry:42", "user:7"
    reason: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(json_column(), default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    actor: Mapped[User | None] = relationship(lazy="select")
