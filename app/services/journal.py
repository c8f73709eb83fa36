"""จดสั้น: short notes in the journal of their writer, and the posts that grow out of them.

A note is made, saved and published by the rules of ``posts``; here is what only a note has.
"""

from __future__ import annotations

from app.db import transaction
from app.errors import NotFound
from app.models import Entry, Growth, User
from app.policy import Permission, ensure
from app.services import changes, entries, writing
from app.services.drafts import Draft
from app.services.entries import Beside
from app.services.rule_books import prepared
from app.vocabulary import EntryKind

#: What a note can become; its text is free.
GROWS_INTO = (EntryKind.POST, EntryKind.STORY)


def grow(
    actor: User,
    note: Entry,
    draft: Draft,
    *,
    form_token: str = "",
    digest: str = "",
    beside: Beside | None = None,
) -> Entry:
    """Make a text of a note: a new draft with a title of its own, linked to the note.

    :raises NotFound: ``note`` is no short note, or the draft nothing that grows out of one.
    """
    if note.kind is not EntryKind.JOURNAL or draft.kind not in GROWS_INTO:
        raise NotFound(f"no {draft.kind} grows out of entry {note.number}")
    draft, page = prepared(None, draft)
    with transaction() as session:
        fresh = entries.lock(note)
        ensure(actor, Permission.NOTE_GROW, fresh)
        entry = writing.store_new(
            actor, draft, page, form_token=form_token, digest=digest, beside=beside
        )
        if session.get(Growth, entry.id) is None:  # not when the form is sent again
            session.add(Growth(entry_id=entry.id, note_id=fresh.id))
            changes.append(fresh)
    return entry
