"""What a co-author does about being named: she can take her name off, alone and at once."""

from __future__ import annotations

from app.clock import now
from app.db import db, transaction
from app.errors import NotFound
from app.models import Entry, User
from app.services import audit, changes, coauthoring, entries, history, notices
from app.services.drafts import Origin
from app.vocabulary import AuditAction, NoticeKind

#: Kept with the revision and read in Thai, whoever reads.
STEPPED_BACK = "ไม่เป็นผู้ร่วมเขียนแล้ว"


def step_back(actor: User, entry: Entry) -> Entry:
    """Take ``actor`` off the co-authors, as a new revision; the other keepers are told.

    :raises NotFound: she is none of them.
    """
    with transaction():
        fresh = entries.lock(entry)
        if actor.id not in coauthoring.accounts_in(fresh):
            raise NotFound(f"{actor.username} is no co-author of entry {fresh.number}")
        own = [row for row in fresh.coauthors if row.user_id == actor.id]
        fresh.people = [row for row in fresh.people if row not in own]
        fresh.edited_at, fresh.edited_by_id = now(), actor.id
        db.session.flush()
        history.add_revision(actor, fresh, Origin(note=STEPPED_BACK))
        changes.append(fresh)
        audit.record(actor, AuditAction.STEP_BACK, f"entry:{fresh.id}")
        notices.tell(notices.keepers_of(fresh), NoticeKind.STEPPED_BACK, fresh, actor)
    return fresh
