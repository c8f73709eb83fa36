"""Programs, their names over time, who hosted and paid them, and what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime, closed_list
from app.vocabulary import Certainty, Confirmation, ProgramLinkKind

if TYPE_CHECKING:
    from app.models.account import User


class Program(Base):
    """A program, project, or the community's own work."""

    __tablename__ = "program"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    short_name: Mapped[str] = mapped_column(default="")  # for chips and filters
    sort_key: Mapped[str] = mapped_column(index=True)
    is_core: Mapped[bool] = mapped_column(default=False)  # first in lists
    position: Mapped[int] = mapped_column(default=1000)
    years: Mapped[str] = mapped_column(default="")  # as told: "2548–2549"
    mechanism: Mapped[str] = mapped_column(default="")  # กลไก
    note: Mapped[str] = mapped_column(default="")
    confirmation: Mapped[Confirmation] = mapped_column(
        closed_list(Confirmation), default=Confirmation.CONFIRMED
    )
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"), index=True)
    import_hash: Mapped[str] = mapped_column(default="")  # of the record last imported
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    proposed_by: Mapped[User | None] = relationship(lazy="select")
    names: Mapped[list[ProgramName]] = relationship(
        lazy="select",
        cascade="all, delete-orphan",
        order_by="ProgramName.id",
        back_populates="program",
    )
    hosts: Mapped[list[ProgramHost]] = relationship(
        lazy="select", cascade="all, delete-orphan", order_by="ProgramHost.year"
    )
    money: Mapped[list[MoneyFact]] = relationship(
        lazy="select",
        cascade="all, delete-orphan",
        order_by="MoneyFact.id",
        back_populates="program",
    )

    @property
    def label(self) -> str:
        """The name for chips and filters."""
        return self.short_name or self.name


class ProgramName(Base):
    """A name that a program had or has, official or in use."""

    __tablename__ = "program_name"
    __table_args__ = (UniqueConstraint("program_id", "folded"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    name: Mapped[str]
    folded: Mapped[str] = mapped_column(index=True)
    since: Mapped[str] = mapped_column(default="")
    until: Mapped[str] = mapped_column(default="")
    certainty: Mapped[Certainty] = mapped_column(closed_list(Certainty), default=Certainty.STATED)
    source: Mapped[str] = mapped_column(default="")

    program: Mapped[Program] = relationship(back_populates="names", lazy="select")


class ProgramHost(Base):
    """Who ran a program in one year (0: the year is not told)."""

    __tablename__ = "program_host"

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    year: Mapped[int] = mapped_column(default=0)  # พ.ศ.
    name: Mapped[str]
    certainty: Mapped[Certainty] = mapped_column(closed_list(Certainty), default=Certainty.STATED)
    source: Mapped[str] = mapped_column(default="")


class ProgramLink(Base):
    """An arrow of the graph: ``origin`` led to ``outcome``, or (funded_by) paid for it.

    ``origin_id`` is None where the payer is no program of ours; ``origin_name`` tells it.
    """

    __tablename__ = "program_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    origin_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"), index=True)
    origin_name: Mapped[str] = mapped_column(default="")
    outcome_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    kind: Mapped[ProgramLinkKind] = mapped_column(closed_list(ProgramLinkKind))
    year: Mapped[str] = mapped_column(default="")
    certainty: Mapped[Certainty] = mapped_column(closed_list(Certainty), default=Certainty.STATED)
    source: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")

    origin: Mapped[Program | None] = relationship(foreign_keys=[origin_id], lazy="select")
    outcome: Mapped[Program] = relationship(foreign_keys=[outcome_id], lazy="select")


class MoneyFact(Base):
    """One sum with its year, scope and source.  Sums of different scope are never added."""

    __tablename__ = "money_fact"

    id: Mapped[int] = mapped_column(primary_key=True)
    program_id: Mapped[int] = mapped_column(ForeignKey("program.id"), index=True)
    code: Mapped[str] = mapped_column(default="")  # M1 …
    amount: Mapped[int | None] = mapped_column(BigInteger)  # baht
    year: Mapped[str] = mapped_column(default="")
    is_fiscal_year: Mapped[bool] = mapped_column(default=False)
    what: Mapped[str] = mapped_column(default="")
    money_kind: Mapped[str] = mapped_column(default="")
    channel: Mapped[str] = mapped_column(default="")
    scope: Mapped[str] = mapped_column(default="")
    is_approximate: Mapped[bool] = mapped_column(default=False)
    spending: Mapped[str] = mapped_column(default="")  # planned | spent | unknown
    certainty: Mapped[Certainty] = mapped_column(closed_list(Certainty), default=Certainty.STATED)
    source: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")

    program: Mapped[Program] = relationship(back_populates="money", lazy="select")
