"""แจ้งเตือน: one line for each person whom something concerns.

``tell`` is called inside the transaction of the deed, so nobody is told of what did not
happen.  Nobody is told of their own deed, nor of what they may not read.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.clock import now
from app.db import db, transaction
from app.models import Entry, Notice, User
from app.policy import WRITING_ROLES, Permission, can
from app.vocabulary import NoticeKind, Status

#: Days after which a notice that was read is forgotten.
KEPT_DAYS = 180


def tell(
    users: Iterable[User],
    kind: NoticeKind,
    entry: Entry,
    actor: User | None,
    *,
    actor_name: str = "",
    **words: Any,
) -> int:
    """Tell each of ``users`` once; returns how many were told.

    :param actor: whose deed it is (None: a reader without account, ``actor_name``, or the
        machine); never told.
    :param words: what the line says beside names and title, plain values.
    """
    told = {user.id: user for user in users if actor is None or user.id != actor.id}
    count = 0
    for user in told.values():
        if not user.is_active or not can(user, Permission.ENTRY_READ, entry):
            continue
        count += 1
        db.session.add(
            Notice(
                user_id=user.id,
                kind=kind,
                entry_id=entry.id,
                actor_id=actor.id if actor is not None else None,
                actor_name=actor_name,
                words=words,
                created_at=now(),
            )
        )
    return count


def keepers_of(entry: Entry) -> list[User]:
    """Who looks after a text: its author, and teller and recorder with an account."""
    ids = {person.user_id for person in entry.people if person.role in WRITING_ROLES}
    wanted = {one for one in (entry.author_id, *ids) if one is not None}
    if not wanted:
        return []
    return list(db.session.scalars(sa.select(User).where(User.id.in_(wanted))))


def tell_of_edit(keepers: Iterable[User], entry: Entry, actor: User | None) -> None:
    """Tell the keepers of a public text that ``actor`` made its newest revision."""
    if entry.status is Status.PUBLISHED and actor is not None:
        tell(keepers, NoticeKind.EDITED, entry, actor, revision=entry.revision_number)


def mark_read(actor: User, notice_id: int | None = None) -> int:
    """Note that ``actor`` has seen one notice, or all of them; returns how many were new."""
    unread = sa.update(Notice).where(Notice.user_id == actor.id, Notice.read_at.is_(None))
    if notice_id is not None:
        unread = unread.where(Notice.id == notice_id)
    with transaction() as session:
        return len(session.execute(unread.values(read_at=now()).returning(Notice.id)).all())


def sweep() -> None:
    """Forget what was read long ago."""
    before = now() - timedelta(days=KEPT_DAYS)
    with transaction() as session:
        session.execute(sa.delete(Notice).where(Notice.read_at < before))
