"""A printed code with which a teller takes over what others wrote down in their name.

It reaches the entries told under exactly that name at which whoever printed it may give
codes, on the day it is used: a namesake elsewhere is left alone.
"""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Forbidden, Invalid
from app.models import ClaimCode, Entry, User
from app.policy import Permission, can
from app.queries.lessons import unclaimed
from app.services import accounts, audit, changes, credentials, throttles
from app.services.accounts import SignUp
from app.vocabulary import AuditAction, PersonRole

CODE_DAYS = 90
TRIES, WINDOW_S = 20, 3600


def entries_of(maker: User, name: str) -> list[Entry]:
    """What a code of ``maker`` for the teller ``name`` reaches."""
    return [entry for entry in unclaimed(name) if can(maker, Permission.TELLER_CLAIM, entry)]


def make_code(actor: User, name: str) -> str:
    """A one-time code for a teller, shown once; an older one of the same hand ends."""
    found = entries_of(actor, name)
    if not found:
        raise Forbidden(actor, Permission.TELLER_CLAIM, None)
    code = credentials.printed_code(4)
    with transaction() as session:
        session.execute(
            sa.delete(ClaimCode).where(
                ClaimCode.name == name,
                ClaimCode.created_by_id == actor.id,
                ClaimCode.used_at.is_(None),
            )
        )
        session.add(
            ClaimCode(
                name=name,
                code_hash=credentials.hash_of(code),
                created_by_id=actor.id,
                created_at=now(),
                expires_at=now() + timedelta(days=CODE_DAYS),
            )
        )
        for entry in found:
            audit.record(actor, AuditAction.CLAIM_CODE, f"entry:{entry.id}", name=name)
    return code


def usable(code: str, *, address: str = "") -> ClaimCode | None:
    """The row behind a code that still counts; None otherwise, whatever the reason."""
    throttles.hit("claim", address or "unknown", limit=TRIES, window_s=WINDOW_S)
    return _usable(code)


def _usable(code: str) -> ClaimCode | None:
    row = db.session.scalar(
        sa.select(ClaimCode)
        .where(ClaimCode.code_hash == credentials.hash_of(credentials.tidy_code(code)))
        .with_for_update(of=ClaimCode)
    )
    if row is None or row.used_at is not None or row.expires_at < now():
        return None
    return row if entries_of(row.created_by, row.name) else None


def claim(actor: User, code: str) -> list[Entry]:
    """Give ``actor`` what was told under the name on the code."""
    with transaction():
        return _take(actor, code)


def sign_up(form: SignUp, *, code: str, address: str = "") -> User | None:
    """Make an account by a code, and give it what the code reaches; as ``accounts.sign_up``."""

    def take(user: User) -> None:
        _take(user, code)

    return accounts.sign_up(form, address=address, welcome=take)


def _take(user: User, code: str) -> list[Entry]:
    row = _usable(code)
    if row is None:
        raise Invalid({"code": [_("This code has been used or is too old. Ask for a new one.")]})
    if row.created_by_id == user.id:
        raise Invalid({"code": [_("This code is for the teller; you printed it yourself.")]})
    found = entries_of(row.created_by, row.name)
    for entry in found:
        for person in entry.people:
            is_meant = person.role is PersonRole.TELLER and person.name == row.name
            if is_meant and person.user_id is None:
                person.user_id = user.id
        if user.community_id is None and entry.communities:
            user.community_id = entry.communities[0].id
        changes.append(entry)
        audit.record(user, AuditAction.CLAIM, f"entry:{entry.id}", name=row.name)
    row.used_at, row.used_by_id = now(), user.id
    return found
