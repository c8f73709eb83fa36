"""Keys of programs: made, taken back, and whose they are."""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa

from app.clock import now
from app.db import db, transaction
from app.errors import Forbidden, NotFound, SignedOut
from app.models import ApiToken, User
from app.policy import Permission
from app.services import audit, credentials
from app.text.cleaning import clean_line
from app.vocabulary import AuditAction, TokenScope

#: How often the use of a key is written down: a busy program must not write at each call.
TOKEN_NOTED_EVERY = timedelta(hours=1)


def make(actor: User | None, user: User, *, scope: TokenScope, name: str = "") -> str:
    """A key for programs; shown once."""
    token = f"nst_{secrets.token_urlsafe(32)}"
    with transaction() as session:
        if actor is not None and actor.id != user.id:
            raise Forbidden(actor, Permission.SITE_SET, user)
        session.add(
            ApiToken(
                user_id=user.id,
                name=clean_line(name)[:100],
                token_hash=credentials.hash_of(token),
                scope=scope,
                created_at=now(),
            )
        )
        audit.record(actor, AuditAction.TOKEN, f"user:{user.id}", scope=scope.value)
    return token


def revoke(actor: User, token_id: int) -> None:
    with transaction() as session:
        row = session.get(ApiToken, token_id)
        if row is None or row.user_id != actor.id:
            raise NotFound(f"no token {token_id}")
        row.revoked_at = now()


def user_of(token: str) -> tuple[User, TokenScope]:
    """Who a key belongs to and what it may do; SignedOut when it does not count."""
    row = db.session.scalar(
        sa.select(ApiToken).where(ApiToken.token_hash == credentials.hash_of(token))
    )
    if row is None or row.revoked_at is not None or not row.user.is_active:
        raise SignedOut("this token does not count")
    if row.last_used_at is None or now() - row.last_used_at > TOKEN_NOTED_EVERY:
        with transaction():
            row.last_used_at = now()
    return row.user, row.scope
