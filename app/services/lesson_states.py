"""How far a lesson has proved itself: told, tried, confirmed, used elsewhere, no longer works.

Every step has a reason and a page that shows it, and stays with its day and its author.
"""

from __future__ import annotations

from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid
from app.models import Entry, LessonStateChange, User
from app.policy import Permission, can, ensure
from app.queries.lessons import entry_named
from app.services import audit, changes, entries, history
from app.services.drafts import Origin
from app.text.cleaning import UncleanText, clean_text
from app.vocabulary import AuditAction, EntryKind, LessonState, Status

LONGEST_REASON = 2_000  # letters


def change(
    actor: User, entry: Entry, *, state: LessonState | None, reason: str, page: str
) -> LessonStateChange:
    """Move a public lesson to ``state``.  ``page``: number, address or [[title]] of what shows it.

    Invalid names every gap.  Only a facilitator of its place confirms; a confirmed lesson is
    confirmed anew in the same way.
    """
    ensure(actor, Permission.ENTRY_EDIT, entry)
    faults: dict[str, list[str]] = {}
    said = _reason(reason, faults)
    shown_by = entry_named(actor, page)
    if shown_by is None or shown_by.id == entry.id:
        faults["page"] = [
            _("Name another public page of this site that shows it: its number, address or title.")
        ]
    faults |= _faults_of_state(actor, entry, state)
    if faults or state is None or shown_by is None:
        raise Invalid(faults)
    with transaction() as session:
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_EDIT, fresh)
        if state is LessonState.CONFIRMED:
            ensure(actor, Permission.LESSON_CONFIRM, fresh)
        made = LessonStateChange(
            entry_id=fresh.id,
            before=fresh.state or LessonState.TOLD,
            state=state,
            reason=said,
            shown_by_id=shown_by.id,
            author_id=actor.id,
            at=now(),
        )
        session.add(made)
        if fresh.state is not state:
            fresh.state, fresh.edited_at, fresh.edited_by_id = state, now(), actor.id
            history.add_revision(actor, fresh, Origin(note=said[:200]))
        changes.append(fresh)
        audit.record(
            actor, AuditAction.LESSON_STATE, f"entry:{fresh.id}", reason=said, state=state.value
        )
    db.session.expire(entry)
    return made


def offered_to(actor: User, entry: Entry) -> list[LessonState]:
    """The states to which ``actor`` may move the lesson now."""
    may_confirm = can(actor, Permission.LESSON_CONFIRM, entry)
    return [
        state
        for state in LessonState
        if (state is not entry.state or state is LessonState.CONFIRMED)
        and (state is not LessonState.CONFIRMED or may_confirm)
    ]


def _reason(reason: str, faults: dict[str, list[str]]) -> str:
    try:
        said = clean_text(reason).strip()
    except UncleanText as error:
        faults["reason"] = [
            _("There is a sign that cannot be kept: %(what)s. Type it again.", what=str(error))
        ]
        return ""
    if not said:
        faults["reason"] = [_("Say why: what was seen, where and when.")]
    elif len(said) > LONGEST_REASON:
        faults["reason"] = [
            _("Too long: %(n)d letters; at most %(most)d.", n=len(said), most=LONGEST_REASON)
        ]
    return said


def _faults_of_state(actor: User, entry: Entry, state: LessonState | None) -> dict[str, list[str]]:
    if entry.kind is not EntryKind.LESSON or entry.status is not Status.PUBLISHED:
        return {"state": [_("Publish the lesson first; then its state can change.")]}
    if state is LessonState.CONFIRMED and not can(actor, Permission.LESSON_CONFIRM, entry):
        return {"state": [_("Only a facilitator of the community confirms a lesson.")]}
    if state not in offered_to(actor, entry):
        return {"state": [_("Choose a state that differs from the one of today.")]}
    return {}
