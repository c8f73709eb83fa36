"""Going back: an earlier version made the newest again, and one edit taken back.

Both are savings: they go the road of ``writing.save`` and make a new revision, never by
deleting.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from app.errors import Invalid, NotFound
from app.models import Entry, Revision, User
from app.policy import Permission, ensure
from app.services import audit, drafts, history, notices, rendering, writing
from app.services.drafts import Draft
from app.services.rule_books import prepared, rules_of
from app.vocabulary import AuditAction, NoticeKind, Status

#: Notes are kept with the revision and read in Thai, whoever reads.
RESTORED = "กลับไปใช้ฉบับที่ {number}"
UNDONE = "เลิกทำการแก้ไขฉบับที่ {number}"


def restore(actor: User, entry: Entry, revision: Revision, *, note: str = "") -> Entry:
    """Make ``revision``, its header too, the newest one.  No revision is gone."""
    ensure(actor, Permission.ENTRY_EDIT, entry)
    said = note_of_restoring(revision, note)
    base, draft = entry.revision_number, drafts.draft_of_revision(entry, revision)
    return writing.save(actor, entry, draft, base=base, note=said, prepare=complete)


def note_of_restoring(revision: Revision, note: str) -> str:
    """What is kept of why ``revision`` became the newest again."""
    return writing.noted(RESTORED.format(number=revision.number), note)


def undo(actor: User, entry: Entry, number: int, *, note: str = "") -> Entry:
    """Take back what revision ``number`` changed, and keep what was changed after it.

    The keepers of the text are told, and whoever made the edit.

    :raises NotFound: there is no such edit, or nothing before it that ``actor`` may read.
    :raises Invalid: the text is public and would not be complete any more.
    :raises EditConflict: something later changed the same place.
    """
    ensure(actor, Permission.ENTRY_EDIT, entry)
    undone = history.revision_at(entry, number)
    if undone is None:
        raise NotFound(f"no revision {number} to undo")
    before = history.revision_before(actor, entry, number)
    # What stood before is "mine", begun from the revision: the merge keeps all later edits.
    return writing.save(
        actor,
        entry,
        drafts.draft_of_revision(entry, before),
        base=number,
        note=writing.noted(UNDONE.format(number=number), note),
        prepare=complete,
        record=partial(record_undoing, number, undone.author),
    )


def record_undoing(
    number: int, undone: User | None, actor: User, entry: Entry, keepers: Sequence[User]
) -> None:
    """The log and the notices of an undoing, in the transaction that stores it."""
    audit.record(actor, AuditAction.UNDO, f"entry:{entry.id}", revision=number)
    others = [one for one in keepers if undone is None or one.id != undone.id]
    notices.tell_of_edit(others, entry, actor)
    if undone is not None:
        notices.tell([undone], NoticeKind.UNDONE, entry, actor, revision=entry.revision_number)


def complete(entry: Entry, draft: Draft) -> tuple[Draft, rendering.Page]:
    """The draft made ready by the rules of its kind; a public text must stay complete."""
    if entry.status is Status.PUBLISHED and (gaps := rules_of(entry.kind).gaps_of(draft)):
        raise Invalid(gaps)
    return prepared(entry, draft)
