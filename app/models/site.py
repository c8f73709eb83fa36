"""What the machine needs: counters, the change log, jobs, settings, brakes, visits, words."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, UtcDateTime, closed_list, json_column
from app.vocabulary import GlossaryKind, JobKind, JobState


class Counter(Base):
    """A number that only rises; taking the next one locks its row until the commit."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class Change(Base):
    """This entry's search document may differ now: written in the transaction of the cause.

    ``sequence`` comes from a counter row, so sequences commit in order on every database
    and an index that follows them skips none.
    """

    __tablename__ = "change"

    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Job(Base):
    """Work for later, written in the transaction that asks for it (an outbox)."""

    __tablename__ = "job"
    __table_args__ = (Index(None, "state", "run_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[JobKind] = mapped_column(closed_list(JobKind))
    key: Mapped[str] = mapped_column(unique=True)  # the same work is asked for once
    payload: Mapped[dict[str, Any]] = mapped_column(json_column(), default=dict)
    state: Mapped[JobState] = mapped_column(closed_list(JobState), default=JobState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    error: Mapped[str] = mapped_column(default="")


class Setting(Base):
    """A value that administrators change; its default stands in services/settings.py."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(json_column())


class Throttle(Base):
    """How often something was tried in a window of time, for all processes together."""

    __tablename__ = "throttle"

    key: Mapped[str] = mapped_column(primary_key=True)  # "login:<hash>"; never a bare address
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    count: Mapped[int] = mapped_column(default=0)


class FormToken(Base):
    """A form that was sent once: the second press lands on what the first one made."""

    __tablename__ = "form_token"
    __table_args__ = (UniqueConstraint("token", "user_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("entry.id"), index=True)
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id"))
    community_comment_id: Mapped[int | None] = mapped_column(ForeignKey("community_comment.id"))
    revision: Mapped[int | None]  # of the entry, that this form saved
    digest: Mapped[str] = mapped_column(default="", server_default="")  # of what was sent
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class Visit(Base):
    """A reader of an entry on a day, as a keyed hash that is useless tomorrow."""

    __tablename__ = "visit"

    entry_id: Mapped[int] = mapped_column(ForeignKey("entry.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    visitor: Mapped[str] = mapped_column(primary_key=True)


class GlossaryWord(Base):
    """A short form or synonym that search knows, and that facilitators look after."""

    __tablename__ = "glossary_word"
    __table_args__ = (UniqueConstraint("short", "expansion_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    short: Mapped[str]
    sort_key: Mapped[str] = mapped_column(index=True)
    expansions: Mapped[list[str]] = mapped_column(json_column(), default=list)
    expansion_key: Mapped[str]  # expansions joined, to tell two bodies of one short form apart
    kind: Mapped[GlossaryKind] = mapped_column(closed_list(GlossaryKind))
    category: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    since: Mapped[str] = mapped_column(default="")
    until: Mapped[str] = mapped_column(default="")
    is_retired: Mapped[bool] = mapped_column(default=False)  # kept, so that no import revives it
    import_hash: Mapped[str] = mapped_column(default="")  # of the record last imported
