"""People with an account: what they may do, what they agreed to, how they get in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, UtcDateTime, closed_list
from app.vocabulary import Right, TokenScope

if TYPE_CHECKING:
    from app.models.program import Program
    from app.models.taxonomy import Community


class User(UserMixin, Base):
    """An account.  Needs a user name or a telephone number, never an e-mail address."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)  # lower case, Thai allowed; in addresses
    phone: Mapped[str | None] = mapped_column(unique=True)  # digits only; never shown
    email: Mapped[str | None]  # never shown
    password_hash: Mapped[str | None]  # argon2id; None until the first password is set
    display_name: Mapped[str]
    honorific: Mapped[str] = mapped_column(default="")
    sort_key: Mapped[str] = mapped_column(
        index=True
    )  # text.sorting.sort_key(name without honorific)
    about: Mapped[str] = mapped_column(default="")
    duty: Mapped[str] = mapped_column(default="")
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    school: Mapped[str] = mapped_column(default="")  # สำนักวิชา of a faculty member
    field: Mapped[str] = mapped_column(default="")
    is_faculty: Mapped[bool] = mapped_column(default=False)  # the badge อาจารย์, confirmed
    locale: Mapped[str] = mapped_column(default="th")
    session_epoch: Mapped[int] = mapped_column(default=1)  # raised to end all sessions
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    grants: Mapped[list[RightGrant]] = relationship(
        back_populates="user",
        lazy="selectin",
        foreign_keys="RightGrant.user_id",
        cascade="all, delete-orphan",
    )
    community: Mapped[Community | None] = relationship(lazy="select")

    @property
    def is_active(self) -> bool:
        """Flask-Login: whether the account may be used."""
        return self.blocked_at is None

    def get_id(self) -> str:
        """Flask-Login: account and epoch, so that raising the epoch ends every session."""
        return f"{self.id}.{self.session_epoch}"


class RightGrant(Base):
    """One right of one account; writer and facilitator hold at a community or a program."""

    __tablename__ = "right_grant"
    __table_args__ = (
        UniqueConstraint("user_id", "right", "community_id", "program_id"),
        CheckConstraint("community_id IS NULL OR program_id IS NULL", name="one_scope"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    right: Mapped[Right] = mapped_column(closed_list(Right))
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    program_id: Mapped[int | None] = mapped_column(ForeignKey("program.id"), index=True)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship(
        back_populates="grants", foreign_keys=[user_id], lazy="select"
    )
    community: Mapped[Community | None] = relationship(lazy="joined")
    program: Mapped[Program | None] = relationship(lazy="select")


class Invitation(Base):
    """A printed link: whoever opens it may sign up, with the right written on it."""

    __tablename__ = "invitation"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(
        unique=True
    )  # SHA-256 of the token; the token is shown once
    right: Mapped[Right] = mapped_column(closed_list(Right))
    community_id: Mapped[int | None] = mapped_column(ForeignKey("community.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    uses_left: Mapped[int] = mapped_column(default=1)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_first_admin: Mapped[bool] = mapped_column(default=False)

    community: Mapped[Community | None] = relationship(lazy="select")


class ResetCode(Base):
    """A one-time code with which a member sets a new password; the giver never sees it."""

    __tablename__ = "reset_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="select")


class ClaimCode(Base):
    """A one-time code with which a teller takes over what was written down in their name."""

    __tablename__ = "claim_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]  # of the teller, as written
    code_hash: Mapped[str] = mapped_column(unique=True)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))

    created_by: Mapped[User] = relationship(foreign_keys=[created_by_id], lazy="select")


class ApiToken(Base):
    """A key for programs; shown once, kept as a hash."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(default="")
    token_hash: Mapped[str] = mapped_column(unique=True)
    scope: Mapped[TokenScope] = mapped_column(closed_list(TokenScope))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship(lazy="select")


class ConsentText(Base):
    """One version of what people agree to at sign-up; versions are never changed."""

    __tablename__ = "consent_text"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(unique=True)
    text_th: Mapped[str]
    text_en: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Consent(Base):
    """Who agreed to which version, and when."""

    __tablename__ = "consent"
    __table_args__ = (UniqueConstraint("user_id", "text_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    text_id: Mapped[int] = mapped_column(ForeignKey("consent_text.id"))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)

    text: Mapped[ConsentText] = relationship(lazy="select")
