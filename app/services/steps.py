"""Next steps of lessons: open until a later entry closes them, with a link at both ends.

A step stands in the text of its lesson, so closing it is a revision of that lesson.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sqlalchemy as sa
from flask_babel import gettext as _

from app.db import db, transaction
from app.errors import Invalid, NotFound
from app.models import Entry, StepClosing, User
from app.policy import Permission, can
from app.queries.lessons import entry_named, get_step, steps_named
from app.services import audit, changes, entries, rendering
from app.services.drafts import draft_of
from app.text import lesson as lesson_text
from app.vocabulary import AuditAction, Status, StepState


def close(actor: User, entry: Entry, anchor: str, *, by: str) -> Entry:
    """Close the step ``anchor`` (n1) of a lesson.  ``by``: number, address or title of what did it.

    Raises Invalid under "by" when that is no other public page.
    """
    closer = entry_named(actor, by)
    if closer is None or closer.id == entry.id:
        said = _(
            "Name another public page of this site that closes it: its number, address or title."
        )
        raise Invalid({"by": [said]})
    return _close(actor, entry, anchor, closer)


def _close(actor: User, entry: Entry, anchor: str, closer: Entry) -> Entry:
    part = get_step(actor, entry, anchor)
    if part is None:
        raise NotFound(f"no step {anchor}")
    if part.state is StepState.CLOSED:
        return entry
    draft = draft_of(entry)
    text = lesson_text.parse(entry.body)
    steps = tuple(
        replace(step, state="closed", closed_by=str(closer.number)) if step.id == anchor else step
        for step in text.steps
    )
    draft = replace(draft, body=lesson_text.compose(replace(text, steps=steps)))
    page = rendering.render(draft.body, is_lesson=True)
    note = _("Closed the next step %(step)s: %(title)s", step=anchor, title=closer.title)[:200]
    with transaction():
        saved = entries.save(actor, entry, draft, base=entry.revision_number, note=note, page=page)
        changes.append(closer)
        audit.record(
            actor, AuditAction.STEP_CLOSE, f"entry:{saved.id}", step=anchor, by=closer.number
        )
    return saved


def note_closings(entry: Entry, keys: Iterable[str] | None) -> None:
    """Keep which steps a lesson is going to close ("1000001-n1"); None: leave as it was."""
    if keys is None:
        return
    found = steps_named(None, list(keys))
    wanted = {step.part.id for step in found if step.entry.id != entry.id}
    with transaction() as session:
        session.execute(sa.delete(StepClosing).where(StepClosing.entry_id == entry.id))
        session.add_all(StepClosing(entry_id=entry.id, part_id=one) for one in sorted(wanted))


def close_noted(actor: User | None, entry: Entry) -> None:
    """Close what a lesson said it would, now that it is public; others' lessons are left alone."""
    if actor is None or entry.status is not Status.PUBLISHED:
        return
    query = sa.select(StepClosing).where(StepClosing.entry_id == entry.id)
    for noted in db.session.scalars(query).unique().all():
        lesson, anchor = noted.part.entry, noted.part.anchor
        if can(actor, Permission.ENTRY_EDIT, lesson) and get_step(actor, lesson, anchor):
            _close(actor, lesson, anchor, entry)
    with transaction() as session:
        session.execute(sa.delete(StepClosing).where(StepClosing.entry_id == entry.id))
