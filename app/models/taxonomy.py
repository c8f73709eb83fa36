"""Places and groups, tags, books: what entries are arranged by."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Column, ForeignKey, Index, Table, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime, closed_list, json_column
from app.vocabulary import PLACE_KINDS, Certainty, CommunityKind, Confirmation, License

if TYPE_CHECKING:
    from app.models.account import User

#: The places that a group or a network belongs to.
community_place = Table(
    "community_place",
    Base.metadata,
    Column("community_id", ForeignKey("community.id"), primary_key=True),
    Column("place_id", ForeignKey("community.id"), primary_key=True, index=True),
)


class Community(Base):
    """A place of the tree, or a group or network of people linked to places.

    ``lineage`` and the closure table say the same thing twice, for two readers: policy
    decides without a query, SQL filters without walking a tree.  services.taxonomy
    writes both in one function.
    """

    __tablename__ = "community"
    __table_args__ = (Index(None, "kind", "sort_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    code: Mapped[str | None] = mapped_column(unique=True)  # official code; villages <tambon>-<no>
    kind: Mapped[CommunityKind] = mapped_column(closed_list(CommunityKind))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    name: Mapped[str]  # bare: บางจาก; shown with its level
    name_en: Mapped[str] = mapped_column(default="")
    sort_key: Mapped[str] = mapped_column(index=True)
    about: Mapped[str] = mapped_column(default="")
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    postcodes: Mapped[str] = mapped_column(default="")
    lineage: Mapped[list[int]] = mapped_column(
        json_column(), default=list
    )  # ids: self and all above
    confirmation: Mapped[Confirmation] = mapped_column(
        closed_list(Confirmation), default=Confirmation.CONFIRMED
    )
    import_hash: Mapped[str] = mapped_column(default="")  # of the record last imported
    last_comment_number: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    parent: Mapped[Community | None] = relationship(remote_side=[id], lazy="select")
    names: Mapped[list[CommunityName]] = relationship(
        back_populates="community",
        lazy="select",
        cascade="all, delete-orphan",
        order_by="CommunityName.id",
    )
    places: Mapped[list[Community]] = relationship(
        secondary=community_place,
        primaryjoin="Community.id == community_place.c.community_id",
        secondaryjoin="Community.id == community_place.c.place_id",
        lazy="select",
    )

    @property
    def is_place(self) -> bool:
        return self.kind in PLACE_KINDS


class CommunityAncestor(Base):
    """Closure of the tree: one row for a community and each one above it, itself included."""

    __tablename__ = "community_ancestor"

    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), primary_key=True)
    ancestor_id: Mapped[int] = mapped_column(
        ForeignKey("community.id"), primary_key=True, index=True
    )


class CommunityName(Base):
    """A name that a community had or has: official with dates, or an alias people use."""

    __tablename__ = "community_name"
    __table_args__ = (UniqueConstraint("community_id", "folded", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    community_id: Mapped[int] = mapped_column(ForeignKey("community.id"), index=True)
    name: Mapped[str]
    folded: Mapped[str] = mapped_column(index=True)  # text.thai.normalise(name) without spaces
    status: Mapped[str] = mapped_column(default="")  # กิ่งอำเภอ, alias, old code …
    since: Mapped[str] = mapped_column(default="")  # ISO date or พ.ศ. year as the source says it
    until: Mapped[str] = mapped_column(default="")
    certainty: Mapped[Certainty] = mapped_column(closed_list(Certainty), default=Certainty.STATED)
    source: Mapped[str] = mapped_column(default="")

    community: Mapped[Community] = relationship(back_populates="names", lazy="select")


class Tag(Base):
    """A free word; two spellings can be merged and the old address still leads on."""

    __tablename__ = "tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    sort_key: Mapped[str] = mapped_column(index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("tag.id"), index=True)


class Book(Base):
    """A member's named book of posts (สมุด); the first one is made by itself."""

    __tablename__ = "book"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    title: Mapped[str]
    about: Mapped[str] = mapped_column(default="")
    license: Mapped[License] = mapped_column(closed_list(License), default=License.CC_BY_4)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    owner: Mapped[User | None] = relationship(lazy="select")
