"""An entry as a program sends it: text and status in one step, all of it or nothing.

A form keeps a draft first and publishes afterwards, so that nobody loses what they typed.
A program keeps its own copy and wants one answer: taken, or not and why.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _

from app.db import transaction
from app.errors import Invalid
from app.models import Entry, User
from app.services import covering, drafts, forums, lifecycle, rendering, telling, writing
from app.services.drafts import Draft, Faults
from app.services.rule_books import gaps_of, prepared, rules_of
from app.text import lesson as lesson_text
from app.vocabulary import EntryKind, LessonForm, Status


def create(
    actor: User, draft: Draft, *, status: Status = Status.DRAFT, form_token: str = ""
) -> Entry:
    """Make an entry.  Nothing is made when it is to be public and lacks something."""
    check_status(status, now=Status.DRAFT)
    is_public = status is Status.PUBLISHED
    draft, page = ready(draft, None, is_public=is_public, writer=actor)
    with transaction():
        entry = writing.store_new(actor, draft, page, form_token=form_token)
        if is_public and entry.published_at is None:  # not when sent again
            lifecycle.publish(actor, entry)
            writing.promise(actor, entry)
    writing.follow_up(actor, entry)
    return entry


def save(
    actor: User, entry: Entry, draft: Draft, *, base: int, status: Status | None = None
) -> Entry:
    """Store a new revision and bring the entry to ``status`` (None: where it stands).

    Raises EditConflict when somebody saved since ``base``; then nothing has changed.
    """
    check_status(status, now=entry.status)
    wanted = status or entry.status
    draft = covering.covered(entry, draft, since=base)
    draft, page = ready(draft, entry, is_public=wanted is Status.PUBLISHED, writer=actor)
    with transaction():
        fresh = writing.store_over(actor, entry, draft, page, base=base)
        if wanted is Status.PUBLISHED and fresh.status is not Status.PUBLISHED:
            lifecycle.publish(actor, fresh)
            writing.promise(actor, fresh)
        elif wanted is Status.DRAFT and fresh.status is Status.PUBLISHED:
            lifecycle.withdraw(actor, fresh)
    writing.follow_up(actor, fresh)
    return fresh


def ready(
    draft: Draft, entry: Entry | None, *, is_public: bool, writer: User
) -> tuple[Draft, rendering.Page]:
    """``draft`` as it will be stored, and its page; Invalid names everything wrong with it."""
    refuse_foreign_fields(draft)
    is_lesson = draft.kind is EntryKind.LESSON
    rules = rules_of(draft.kind)
    draft = rules.titled(replace(draft, form=draft.form or LessonForm.FULL) if is_lesson else draft)
    if faults := rules.faults_of(draft):
        raise Invalid(by_field(faults))
    if is_lesson:
        check_form(draft)
    draft, page = prepared(entry, draft)
    gaps = gaps_of(draft, entry, writer) if is_public else {}
    if is_public and is_lesson and not draft.body.strip():
        gaps.setdefault("body", [_("There is no text yet.")])
    if gaps:
        raise Invalid(by_field(gaps))
    return draft, page


def by_field(gaps: Faults) -> Faults:
    """Boxes of a lesson and lines of a forum are told under the field that holds them, the body."""
    found: Faults = {}
    for name, said in gaps.items():
        field = "body" if name.startswith("box_") or name == forums.LINES else name
        found.setdefault("consent" if name == telling.FIELD else field, []).extend(said)
    return found


def check_status(status: Status | None, *, now: Status) -> None:
    """A writer moves an entry between draft and published; the rest is not a writer's."""
    if status not in (None, now, Status.DRAFT, Status.PUBLISHED):
        raise Invalid({"status": [_("Choose draft or published.")]})


def refuse_foreign_fields(draft: Draft) -> None:
    """Only lessons have a form and a state, only forums a number of people and groups."""
    of_lessons = {"form": draft.form, "state": draft.state}
    of_forums = {"present": draft.present, "groups": draft.group_count}
    foreign: list[tuple[dict[str, Any], str]] = []
    if draft.kind is not EntryKind.LESSON:
        foreign.append((of_lessons, _("Only a lesson has this.")))
    if draft.kind is not EntryKind.FORUM:
        foreign.append((of_forums, _("Only a forum record has this.")))
    if draft.kind not in drafts.KINDS_WITH_ROWS:
        foreign.append(({"removed": draft.removed_parts}, _("Only a lesson has this.")))
    if faults := {
        name: [said] for given, said in foreign for name, value in given.items() if value
    }:
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
