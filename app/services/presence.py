"""Who is editing an entry now: noted when the form opens, gone when it is saved."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app.clock import now
from app.db import db, insert, transaction
from app.models import Entry, Presence, User
from app.policy import Permission, can, ensure

#: After so long without a sign somebody has left the form, or lies the phone in a pocket.  A
#: sign is opening it, and every copy kept on the server while somebody types.
MINUTES = 10


def enter(actor: User, entry: Entry) -> None:
    """Note that ``actor`` has the form of ``entry`` open; called again, it is still open."""
    with transaction():
        ensure(actor, Permission.ENTRY_EDIT, entry)
        moment = now()
        db.session.execute(
            sa.delete(Presence).where(Presence.seen_at < moment - timedelta(minutes=MINUTES))
        )
        row = {"entry_id": entry.id, "user_id": actor.id, "since": moment, "seen_at": moment}
        db.session.execute(
            insert(Presence)
            .values(row)
            .on_conflict_do_update(index_elements=["entry_id", "user_id"], set_={"seen_at": moment})
        )


def leave(actor: User, entry: Entry) -> None:
    """The form was saved or left."""
    with transaction():
        db.session.execute(
            sa.delete(Presence).where(Presence.entry_id == entry.id, Presence.user_id == actor.id)
        )


def others(actor: User, entry: Entry) -> list[Presence]:
    """Who else edits ``entry`` now, the first first; told only to those who may edit it."""
    if not can(actor, Permission.ENTRY_EDIT, entry):
        return []
    return list(
        db.session.scalars(
            sa.select(Presence)
            .where(
                Presence.entry_id == entry.id,
                Presence.user_id != actor.id,
                Presence.seen_at >= now() - timedelta(minutes=MINUTES),
            )
            .order_by(Presence.since)
        )
    )
