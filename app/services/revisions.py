"""Going back: a revision as a draft again, and the undoing of one edit."""

from __future__ import annotations

from flask_babel import gettext as _

from app.db import transaction
from app.errors import Invalid, NotFound
from app.models import Entry, User
from app.policy import Permission, ensure
from app.services import audit, drafts, entries, lessons, notices, rendering
from app.services.entries import Draft, Origin
from app.vocabulary import (
    AuditAction,
    EntryKind,
    LessonForm,
    NoticeKind,
)


def prepared(entry: Entry, draft: Draft) -> tuple[Draft, rendering.Page]:
    """``draft`` with the ids of its rows, and what its page shows; before any transaction."""
    if draft.kind is EntryKind.LESSON:
        draft = lessons.numbered(draft, used=entries.used_part_ids(entry))
    in_form = draft.kind is EntryKind.LESSON and draft.form is not LessonForm.FREE
    return draft, rendering.render(draft.body, is_lesson=in_form)


def undo_edit(actor: User, entry: Entry, number: int) -> Entry:
    """Take back the edit that made revision ``number``, as a new revision.

    Only the newest edit is undone so; Invalid when somebody went on writing since, for
    then the two versions are to be compared.  Whoever made the edit is told.
    """
    ensure(actor, Permission.ENTRY_EDIT, entry)
    undone = entries.revision_at(entry, number)
    if undone is None:
        raise NotFound(f"no revision {number} to undo")
    before = entries.revision_before(actor, entry, number)
    draft, page = prepared(entry, drafts.draft_of_revision(entry, before))
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_EDIT, fresh)
        if fresh.revision_number != number:
            raise Invalid({"revision": [_("Somebody went on writing since; compare first.")]})
        keepers = notices.keepers_of(fresh)
        note = _("Undid version %(number)d", number=number)
        entries.store(actor, fresh, draft, page=page, origin=Origin(note=note))
        audit.record(actor, AuditAction.UNDO, f"entry:{fresh.id}", revision=number)
        notices.tell_of_edit([one for one in keepers if one.id != undone.author_id], fresh, actor)
        if undone.author is not None:
            notices.tell(
                [undone.author], NoticeKind.UNDONE, fresh, actor, revision=fresh.revision_number
            )
    return fresh
