"""An entry as a program sends it: text and status in one step, all of it or nothing.

A form keeps a draft first and publishes afterwards, so that nobody loses what they typed.
A program keeps its own copy and wants one answer: taken, or not and why.
"""

from __future__ import annotations

import re
from dataclasses import replace

from flask_babel import gettext as _

from app.db import transaction
from app.errors import Invalid
from app.models import Entry, User
from app.services import entries, lessons, posts, rendering, telling
from app.services.entries import Draft
from app.text import lesson as lesson_text
from app.vocabulary import EntryKind, LessonForm, Status


def create(
    actor: User, draft: Draft, *, status: Status = Status.DRAFT, form_token: str = ""
) -> Entry:
    """Make an entry.  Nothing is made when it is to be public and lacks something."""
    check_status(status, now=Status.DRAFT)
    draft = ready(draft, is_public=status is Status.PUBLISHED, used=set(), writer=actor)
    page = rendering.render(draft.body, is_lesson=is_in_form(draft))
    with transaction():
        entry = entries.create(actor, draft, form_token=form_token, page=page)
        if status is Status.PUBLISHED and entry.published_at is None:  # not when sent again
            entries.publish(actor, entry)
    return entry


def save(
    actor: User, entry: Entry, draft: Draft, *, base: int, status: Status | None = None
) -> Entry:
    """Store a new revision and bring the entry to ``status`` (None: where it stands).

    Raises EditConflict when somebody saved since ``base``; then nothing has changed.
    """
    check_status(status, now=entry.status)
    wanted = status or entry.status
    used = entries.used_part_ids(entry)
    draft = ready(draft, is_public=wanted is Status.PUBLISHED, used=used, entry=entry)
    page = rendering.render(draft.body, is_lesson=is_in_form(draft))
    with transaction():
        fresh = entries.save(actor, entry, draft, base=base, page=page)
        if wanted is Status.PUBLISHED and fresh.status is not Status.PUBLISHED:
            entries.publish(actor, fresh)
        elif wanted is Status.DRAFT and fresh.status is Status.PUBLISHED:
            entries.withdraw(actor, fresh)
    return fresh


def ready(
    draft: Draft,
    *,
    is_public: bool,
    used: set[str],
    entry: Entry | None = None,
    writer: User | None = None,
) -> Draft:
    """``draft`` as it will be stored; Invalid names everything that is wrong with it."""
    if draft.kind is not EntryKind.LESSON:
        refuse_lesson_fields(draft)
        posts.check(draft)
        gaps = posts.gaps_of(draft) if is_public else {}
    else:
        draft = replace(draft, form=draft.form or LessonForm.FULL)
        lessons.check(draft)
        check_form(draft)
        draft = lessons.numbered(lessons.with_state(draft, entry), used=used)
        gaps = lessons.gaps_of(draft) if is_public else {}
        if is_public and not draft.body.strip():
            gaps.setdefault("body", [_("There is no text yet.")])
    if is_public:
        gaps |= telling.gaps_of(draft, entry, writer)
    if gaps:
        raise Invalid(by_field(gaps))
    return draft


def by_field(gaps: dict[str, list[str]]) -> dict[str, list[str]]:
    """The boxes of a lesson are told under the one field that holds them, the body."""
    found: dict[str, list[str]] = {}
    for name, said in gaps.items():
        field = "body" if name.startswith("box_") else name
        found.setdefault("consent" if name == telling.FIELD else field, []).extend(said)
    return found


def check_status(status: Status | None, *, now: Status) -> None:
    """A writer moves an entry between draft and published; the rest is not a writer's."""
    if status not in (None, now, Status.DRAFT, Status.PUBLISHED):
        raise Invalid({"status": [_("Choose draft or published.")]})


def refuse_lesson_fields(draft: Draft) -> None:
    """Only lessons have a form, a state and rows."""
    said = [_("Only a lesson has this.")]
    given = {"form": draft.form, "state": draft.state, "removed": draft.removed_parts}
    if faults := {name: said for name, value in given.items() if value}:
        raise Invalid(faults)


def check_form(draft: Draft) -> None:
    """The text of a lesson in the form has the form's headings, and rows without faults."""
    if draft.form is LessonForm.FREE or not draft.body.strip():
        return
    if not lesson_text.is_in_form(draft.body):
        labels = ", ".join(f"## {box.label}" for box in lesson_text.BOXES)
        said = _("A lesson is written under these headings, each once: %(labels)s", labels=labels)
        raise Invalid({"body": [said]})
    text = lesson_text.parse(draft.body)
    faults = [told(fault) for fault in lesson_text.faults(text)]
    faults += [
        _("%(part)s: the number of a row has at most six digits.", part=part.id)
        for part in text.parts
        if len(part.id.strip("kgn-")) > 6
    ]
    faults += [
        _("%(part)s: closed_by is the number of a lesson.", part=part.id)
        for part in text.steps
        if part.closed_by and not re.fullmatch(r"\d{1,9}", part.closed_by)
    ]
    if faults:
        raise Invalid({"body": faults})


def told(fault: lesson_text.Fault) -> str:
    """What is wrong with a row, in a sentence."""
    if fault.code == "too_long":
        return _(
            "%(part)s: a row is one sentence of at most %(n)d letters.",
            part=fault.part,
            n=lesson_text.POINT_LIMIT,
        )
    if fault.code == "no_point":
        return _("%(part)s: a principle names the points that it sums up.", part=fault.part)
    if fault.code == "unknown_point":
        return _(
            "%(part)s: there is no point %(name)s in this lesson.",
            part=fault.part,
            name=fault.value,
        )
    if fault.code == "bad_due":
        return _("%(part)s: write the month as 2550-07 (B.E. year, month).", part=fault.part)
    return _("%(part)s: the state of a step is open or closed.", part=fault.part)


def is_in_form(draft: Draft) -> bool:
    """Whether the body is the lesson form's, to be shown box by box."""
    return draft.kind is EntryKind.LESSON and draft.form is not LessonForm.FREE
