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
from app.models import Community, Entry, Notice, User, VoiceNote
from app.policy import WRITING_ROLES, Permission, can
from app.vocabulary import VOICE_NOTICES, NoticeKind, Status

#: Days after which a notice that was read is forgotten.
KEPT_DAYS = 180


def tell(
    users: Iterable[User],
    kind: NoticeKind,
    about: Entry | Community,
    actor: User | None,
    *,
    actor_name: str = "",
    **words: Any,
) -> int:
    """Tell each of ``users`` once; returns how many were told.

    :param about: an entry, told to those who may read it, or a community.
    :param actor: whose deed it is (None: a reader without account, ``actor_name``, or the
        machine); never told.
    :param words: what the line says beside names and title, plain values.
    """
    told = {user.id: user for user in users if actor is None or user.id != actor.id}
    is_entry = isinstance(about, Entry)
    count = 0
    for user in told.values():
        is_open = not is_entry or kind in VOICE_NOTICES
        if not user.is_active or not (is_open or can(user, Permission.ENTRY_READ, about)):
            continue
        count += 1
        db.session.add(
            Notice(
                user_id=user.id,
                kind=kind,
                entry_id=about.id if is_entry else None,
                community_id=None if is_entry else about.id,
                actor_id=actor.id if actor is not None else None,
                actor_name=actor_name,
                words=words,
                created_at=now(),
            )
        )
    return count


def keepers_of(entry: Entry) -> list[User]:
    """Who looks after a text: its authors, and teller and recorder with an account."""
    return keepers_of_each([entry])[entry.id]


def keepers_of_each(texts: Iterable[Entry]) -> dict[int, list[User]]:
    """Who looks after each of ``texts``, by id of the entry: one statement for all."""
    wanted = {entry.id: _keeping(entry) for entry in texts}
    everybody = frozenset().union(*wanted.values())
    if not everybody:
        return {number: [] for number in wanted}
    found = db.session.scalars(sa.select(User).where(User.id.in_(everybody))).all()
    return {number: [user for user in found if user.id in ids] for number, ids in wanted.items()}


def _keeping(entry: Entry) -> frozenset[int]:
    ids = {person.user_id for person in entry.people if person.role in WRITING_ROLES}
    return frozenset(one for one in (entry.author_id, *ids) if one is not None)


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


def note_answered(kind: NoticeKind, entry: Entry | None = None, **words: str | int) -> None:
    """Note as seen what asked for the deed that is done, whomever it asked; in its transaction.

    :param entry: what the notice is about, where ``words`` do not tell it from others.
    """
    asked = sa.update(Notice).where(Notice.kind == kind, Notice.read_at.is_(None))
    if entry is not None:
        asked = asked.where(Notice.entry_id == entry.id)
    for name, value in words.items():
        said = Notice.words[name]
        is_number = isinstance(value, int)
        asked = asked.where((said.as_integer() if is_number else said.as_string()) == value)
    db.session.execute(asked.values(read_at=now()))


def forget_voice(note: VoiceNote) -> None:
    """Forget what was told of a recording; in the transaction that deletes it."""
    told = sa.select(Notice).where(Notice.entry_id == note.entry_id, Notice.kind.in_(VOICE_NOTICES))
    for notice in db.session.scalars(told):
        if notice.words.get("voice") == note.id:
            db.session.delete(notice)


def sweep() -> None:
    """Forget what was read long ago, and what is about nothing that is there any more."""
    before = now() - timedelta(days=KEPT_DAYS)
    is_orphan = sa.and_(Notice.entry_id.is_(None), Notice.community_id.is_(None))
    with transaction() as session:
        session.execute(sa.delete(Notice).where(sa.or_(Notice.read_at < before, is_orphan)))
