"""Reading accounts.  Nothing here gives out a telephone number or an e-mail address."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import db
from app.errors import NotFound
from app.models import ApiToken, Book, Consent, ConsentText, Entry, RightGrant, User
from app.vocabulary import Right, Status


def by_session_id(session_id: str) -> User | None:
    """Flask-Login: the account of a session, unless its sessions were ended since."""
    user_id, _, epoch = session_id.partition(".")
    if not (user_id.isdecimal() and epoch.isdecimal()):
        return None
    user = db.session.get(User, int(user_id))
    if user is None or str(user.session_epoch) != epoch or not user.is_active:
        return None
    return user


def get_by_username(username: str) -> User:
    """The account of that user name; NotFound when there is none."""
    user = find_by_username(username)
    if user is None:
        raise NotFound(f"no account {username}")
    return user


def find_by_username(username: str) -> User | None:
    return db.session.scalar(sa.select(User).where(User.username == username.lower()))


def find_by_name_or_phone(login: str) -> User | None:
    """The account somebody means at the log-in form."""
    digits = "".join(ch for ch in login if ch.isdigit())
    conditions = [User.username == login.lower()]
    if len(digits) >= 9:
        conditions.append(User.phone == digits)
    return db.session.scalar(sa.select(User).where(sa.or_(*conditions)).order_by(User.id))


def find_by_display_name(name: str) -> User | None:
    """The one account shown under that name; None when there is none or several."""
    found = db.session.scalars(sa.select(User).where(User.display_name == name).limit(2)).all()
    return found[0] if len(found) == 1 else None


def listed(*, limit: int = 50, offset: int = 0, text: str = "") -> list[User]:
    """Accounts by name, in the order of the dictionary."""
    query = sa.select(User).order_by(User.sort_key, User.id)
    if text:
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{escaped}%"
        query = query.where(
            sa.or_(
                User.username.ilike(like, escape="\\"), User.display_name.ilike(like, escape="\\")
            )
        )
    return list(db.session.scalars(query.limit(limit).offset(offset)).unique())


def members_within(community_id: int) -> list[User]:
    """Accounts that hold a right at a community."""
    query = (
        sa.select(User)
        .where(
            User.id.in_(
                sa.select(RightGrant.user_id).where(RightGrant.community_id == community_id)
            )
        )
        .order_by(User.sort_key)
    )
    return list(db.session.scalars(query).unique())


def books_of(user: User) -> list[Book]:
    return list(
        db.session.scalars(sa.select(Book).where(Book.owner_id == user.id).order_by(Book.id))
    )


def get_book(slug: str) -> Book:
    book = db.session.scalar(sa.select(Book).where(Book.slug == slug))
    if book is None:
        raise NotFound(f"no book {slug}")
    return book


def count_of_entries(user: User) -> int:
    """Published entries of which ``user`` is the author."""
    query = sa.select(sa.func.count(Entry.id)).where(
        Entry.author_id == user.id, Entry.status == Status.PUBLISHED
    )
    return db.session.scalar(query) or 0


def tokens_of(user: User) -> list[ApiToken]:
    """Keys for programs that still work, newest first."""
    query = (
        sa.select(ApiToken)
        .where(ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.created_at.desc())
    )
    return list(db.session.scalars(query))


def consent_in_force() -> ConsentText | None:
    """The newest version of what people agree to."""
    return db.session.scalar(sa.select(ConsentText).order_by(ConsentText.version.desc()).limit(1))


def consents_of(user: User) -> list[Consent]:
    query = sa.select(Consent).where(Consent.user_id == user.id).order_by(Consent.given_at)
    return list(db.session.scalars(query))


def has_agreed(user: User) -> bool:
    """Whether ``user`` agreed to the version in force."""
    text = consent_in_force()
    if text is None:
        return True
    return (
        db.session.scalar(
            sa.select(Consent.id).where(Consent.user_id == user.id, Consent.text_id == text.id)
        )
        is not None
    )


def is_empty() -> bool:
    """Whether nobody has an account yet."""
    return db.session.scalar(sa.select(User.id).limit(1)) is None


def has_admin() -> bool:
    return (
        db.session.scalar(sa.select(RightGrant.id).where(RightGrant.right == Right.ADMIN).limit(1))
        is not None
    )
