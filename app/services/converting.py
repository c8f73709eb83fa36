"""Another kind for an entry: number, history and comments stay, its addresses lead on."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import EditConflict, Invalid
from app.models import Entry, Redirect, Revision, User
from app.policy import Permission, ensure
from app.services import (
    audit,
    changes,
    drafts,
    entries,
    history,
    linking,
    notices,
    renaming,
    rule_books,
)
from app.services.drafts import Draft, Origin
from app.text import lesson as lesson_text
from app.vocabulary import AuditAction, EntryKind, LessonForm, LessonState, Status

#: What each kind can become.
WAYS: dict[EntryKind, tuple[EntryKind, ...]] = {
    EntryKind.POST: (EntryKind.LESSON, EntryKind.PAGE),
    EntryKind.STORY: (EntryKind.LESSON, EntryKind.PAGE),
    EntryKind.LESSON: (EntryKind.POST,),
    EntryKind.PAGE: (EntryKind.POST,),
    EntryKind.FORUM: (),  # its lines grow into lessons; it stays the record of a day
    EntryKind.JOURNAL: (),  # it stays, and a post grows out of it (services/journal.py)
}
FORMS = (LessonForm.FULL, LessonForm.QUICK)


def convert(actor: User, entry: Entry, to: EntryKind) -> Entry:
    """Make ``entry`` another kind, as a new revision.

    The boxes of a lesson become headings, and boxes again when it comes back.  Invalid
    names what a public lesson still lacks.
    """
    if to not in WAYS[entry.kind]:
        raise Invalid({"kind": [_("This kind of text cannot become that one.")]})
    base, draft = entry.revision_number, draft_as(entry, to)
    is_public_lesson = entry.status is Status.PUBLISHED and to is EntryKind.LESSON
    if is_public_lesson and (missing := rule_books.rules_of(to).gaps_of(draft)):
        raise Invalid(missing)
    state = draft.state
    draft, page = rule_books.prepared(entry, replace(draft, state=None))
    draft = replace(draft, state=state)  # it was given for a reason, when this was a lesson before
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_CONVERT, fresh)
        if fresh.revision_number != base:
            raise EditConflict(mine=draft, theirs=history.newest_revision(fresh), base=None)
        was, keepers = fresh.kind, notices.keepers_of(fresh)
        fresh.kind = to
        _move_address(fresh, was)
        entries.apply_header(actor, fresh, draft)
        entries.apply_text(fresh, draft, page)
        _bring_parts(fresh, draft)
        fresh.edited_at, fresh.edited_by_id = now(), actor.id
        db.session.flush()
        history.add_revision(actor, fresh, Origin(note=NOTES[to]))
        linking.relink(fresh, page)
        changes.append(fresh)
        linking.ask_to_relink(fresh)
        linking.render_again_if_stale(fresh, page)
        audit.record(actor, AuditAction.CONVERT, f"entry:{fresh.id}", was=was.value, now=to.value)
        notices.tell_of_edit(keepers, fresh, actor)
    return fresh


#: Notes are kept with the revision and read in Thai, whoever reads.
NOTES = {
    EntryKind.POST: "เปลี่ยนเป็นบันทึก",
    EntryKind.LESSON: "เปลี่ยนเป็นบทเรียน",
    EntryKind.PAGE: "เปลี่ยนเป็นหน้าความรู้",
}


def draft_as(entry: Entry, to: EntryKind) -> Draft:
    """The text as the other kind would hold it; the body stays as it stands.

    A body under the headings of the form is a lesson of the form, any other a free one.
    """
    draft = replace(drafts.draft_of(entry), kind=to, form=None, state=None)
    if to is not EntryKind.LESSON:
        return draft
    before = _last_lesson(entry)
    header = before.header if before is not None else {}
    state = LessonState(header["state"]) if header.get("state") else LessonState.TOLD
    return replace(draft, form=_form_of(entry.body, header.get("form")), state=state)


def _form_of(body: str, earlier: str | None) -> LessonForm:
    text = lesson_text.parse(body)
    if not lesson_text.is_in_form(body) and not (text.lead and earlier):
        return LessonForm.FREE
    order = (LessonForm(earlier),) if earlier else FORMS
    complete = [one for one in order if not lesson_text.missing(text, one.value)]
    return complete[0] if complete else LessonForm.FREE


def _last_lesson(entry: Entry) -> Revision | None:
    """The newest revision of the time when the entry was a lesson."""
    rows = db.session.scalars(
        sa.select(Revision).where(Revision.entry_id == entry.id).order_by(Revision.number.desc())
    )
    return next(
        (one for one in rows if (one.header or {}).get("kind") == EntryKind.LESSON.value), None
    )


def _move_address(entry: Entry, was: EntryKind) -> None:
    """A page gives up its address, which leads on, or takes an earlier one again."""
    if was is EntryKind.PAGE and entry.page_slug:
        old, entry.page_slug = entry.page_slug, None
        db.session.flush()
        renaming.leave_redirect(entry, old)
    elif entry.kind is EntryKind.PAGE:
        wanted = linking.free_page_slug(entry.slug, entry.number, entry)
        path = f"/pages/{wanted}"
        db.session.execute(sa.delete(Redirect).where(Redirect.path == path))
        entry.page_slug = wanted


def _bring_parts(entry: Entry, draft: Draft) -> None:
    """Rows of a lesson; those of a text that is none any more are kept as removed."""
    if draft.kind is EntryKind.LESSON:
        entries.apply_parts(entry, draft)
        return
    for part in entry.parts:
        part.removed_at = part.removed_at or now()
