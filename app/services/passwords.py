"""Passwords, and the one-time codes that a facilitator prints for who lost theirs."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid
from app.models import ResetCode, User
from app.policy import Permission, ensure
from app.queries import people
from app.services import audit, credentials, throttles
from app.vocabulary import AuditAction

#: argon2id with 19 MiB and two passes (OWASP password storage, 2023).
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
#: Verified when no such account exists, so that the answer takes as long.
NOBODYS_HASH = HASHER.hash("nobody has this password")
SHORTEST_PASSWORD = 8
#: What is tried first on every log-in form of the world.
GUESSED_FIRST = frozenset(
    {"12345678", "123456789", "1234567890", "0123456789", "87654321", "password", "password1"}
    | {"qwertyui", "qwertyuiop", "iloveyou", "abcd1234", "abcdefgh", "11223344", "12341234"}
)
LONGEST_PASSWORD = 200
RESET_HOURS = 72
LOG_IN_TRIES, LOG_IN_WINDOW_S = 10, 900
RESET_TRIES, RESET_WINDOW_S = 10, 3600


def fault_of_password(password: str) -> str | None:
    """What is wrong with a new password, or None."""
    if len(password) < SHORTEST_PASSWORD:
        return _("At least %(n)d letters or digits.", n=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        return _("At most %(n)d letters.", n=LONGEST_PASSWORD)
    if len(set(password)) < 3 or password.lower() in GUESSED_FIRST:
        return _("Too easy to guess: use more different letters.")
    return None


def verified(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


def change_password(actor: User, *, old: str, new: str) -> User:
    """Set a new password; every other session of the account ends."""
    throttles.hit("password", str(actor.id), limit=LOG_IN_TRIES, window_s=LOG_IN_WINDOW_S)
    if not verified(actor.password_hash or NOBODYS_HASH, old):
        raise Invalid({"old": [_("This is not your password of today.")]})
    if reason := fault_of_password(new):
        raise Invalid({"new": [reason]})
    with transaction():
        set_password(actor, new)
        audit.record(actor, AuditAction.PASSWORD, f"user:{actor.id}")
    return actor


def set_password(user: User, password: str) -> None:
    """A new password: sessions of before end, and codes that were given count no more."""
    user.password_hash = HASHER.hash(password)
    user.session_epoch += 1
    forget_reset_codes(user)


def forget_reset_codes(user: User) -> None:
    db.session.execute(
        sa.delete(ResetCode).where(ResetCode.user_id == user.id, ResetCode.used_at.is_(None))
    )


def give_reset_code(actor: User | None, user: User) -> str:
    """A one-time code with which ``user`` sets a new password; shown once, for printing."""
    code = credentials.printed_code(3)
    with transaction() as session:
        if actor is not None:
            ensure(actor, Permission.PEOPLE_RESET, user)
        forget_reset_codes(user)
        session.add(
            ResetCode(
                user_id=user.id,
                code_hash=credentials.hash_of(code),
                created_by_id=actor.id if actor is not None else None,
                created_at=now(),
                expires_at=now() + timedelta(hours=RESET_HOURS),
            )
        )
        audit.record(actor, AuditAction.RESET_CODE, f"user:{user.id}")
    return code


def use_reset_code(login: str, code: str, password: str, *, address: str = "") -> User:
    """Set a new password with a one-time code; says the same for every reason to refuse."""
    throttles.hit("reset", address or "unknown", limit=RESET_TRIES, window_s=RESET_WINDOW_S)
    if reason := fault_of_password(password):
        raise Invalid({"password": [reason]})
    with transaction() as session:
        user = people.find_by_login(*credentials.login_names(login))
        row = session.scalar(
            sa.select(ResetCode)
            .where(ResetCode.code_hash == credentials.hash_of(credentials.tidy_code(code)))
            .with_for_update()
        )
        if (
            user is None
            or row is None
            or row.user_id != user.id
            or row.used_at
            or row.expires_at < now()
            or not user.is_active
        ):
            raise Invalid({"code": [_("Name and code do not fit, or the code has been used.")]})
        row.used_at = now()
        set_password(user, password)
        audit.record(user, AuditAction.PASSWORD, f"user:{user.id}")
    return user
