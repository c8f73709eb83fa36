"""Next steps of lessons: open until a later entry closes them, with a link at both ends.

A step stands in the text of its lesson, so closing it is a revision of that lesson.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from flask_babel import gettext as _

from app.db import db, transaction
from app.errors import Invalid, NotFound
from app.models import Entry, LessonPart, StepClosing, User
from app.policy import Permission, can, communities_of, programs_of
from app.queries import people
from app.queries.lessons import (
    entry_named,
    get_step,
    months_ago,
    steps_fallen_due,
    steps_named,
)
from app.services import audit, changes, entries, notices
from app.services.drafts import draft_of, page_of
from app.text import lesson as lesson_text
from app.vocabulary import AuditAction, NoticeKind, PartKind, Status, StepState

#: Kept with the revision and read in Thai, whoever reads.
CLOSED = "ปิดก้าวต่อไป {step}: {title}"
#: Months after which nobody is told any more that a step fell due.
LATEST_MONTHS = 2
#: Steps told of in one transaction: other writers wait for it.
AT_ONCE = 50


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
    def closed(lesson: Entry) -> entries.Made | None:
        part = get_step(actor, lesson, anchor)
        if part is None:
            raise NotFound(f"no step {anchor}")
        if part.state is StepState.CLOSED:
            return None
        text = lesson_text.parse(lesson.body)
        steps = tuple(
            replace(step, state="closed", closed_by=str(closer.number))
            if step.id == anchor
            else step
            for step in text.steps
        )
        draft = replace(draft_of(lesson), body=lesson_text.compose(replace(text, steps=steps)))
        note = CLOSED.format(step=anchor, title=closer.title)
        return entries.Made(draft, page_of(draft), note[:200])

    def record(actor: User, lesson: Entry, keepers: Sequence[User]) -> None:
        entries.record_saving(actor, lesson, keepers)
        changes.append(closer)
        notices.note_answered(NoticeKind.STEP_DUE, lesson, step=anchor)
        audit.record(
            actor, AuditAction.STEP_CLOSE, f"entry:{lesson.id}", step=anchor, by=closer.number
        )

    return entries.change(actor, entry, closed, record=record) or entry


def tell_of_due() -> int:
    """Tell of every open step whose month has come, once for each month; returns how many.

    The facilitators of the lesson's community are told, and those who wrote it.  What was
    due before LATEST_MONTHS is no news: it came in with a text of earlier years.
    """
    _pass_over_old()
    told = 0
    while count := _tell_of_some():
        told += count
    db.session.expire_all()
    return told


def _pass_over_old() -> None:
    """Note what was due long before as told."""
    old = sa.update(LessonPart).where(
        LessonPart.kind == PartKind.STEP,
        LessonPart.state == StepState.OPEN,
        LessonPart.due != "",
        LessonPart.due < months_ago(LATEST_MONTHS),
        LessonPart.due != LessonPart.told_due,
    )
    with transaction() as session:
        session.execute(
            old.values(told_due=LessonPart.due), execution_options={"synchronize_session": False}
        )


def _tell_of_some() -> int:
    with transaction():
        due = steps_fallen_due(limit=AT_ONCE)
        told = _whom_to_tell({step.entry.id: step.entry for step in due})
        for step in due:
            part = step.part
            words = {"step": part.anchor, "text": part.text, "due": part.due}
            notices.tell(told[step.entry.id], NoticeKind.STEP_DUE, step.entry, None, **words)
            part.told_due = part.due
    return len(due)


def _whom_to_tell(found: Mapping[int, Entry]) -> dict[int, list[User]]:
    """Facilitators and keepers of each lesson; those of one place are asked for once."""
    keepers = notices.keepers_of_each(found.values())
    asked: dict[tuple[frozenset[int], ...], list[User]] = {}
    told = {}
    for number, lesson in found.items():
        where = (*communities_of(lesson), programs_of(lesson))
        if where not in asked:
            asked[where] = people.to_ask(Permission.LESSON_CONFIRM, lesson)
        told[number] = [*asked[where], *keepers[number]]
    return told


def note_closings(entry: Entry, keys: Iterable[str] | None) -> None:
    """Keep which steps a lesson is going to close ("1000001-n1"); None: leave as it was."""
    if keys is None:
        return
    found = steps_named(None, list(keys))
    wanted = {step.part.id for step in found if step.entry.id != entry.id}
    with transaction() as session:
        session.execute(sa.delete(StepClosing).where(StepClosing.entry_id == entry.id))
        session.add_all(StepClosing(entry_id=entry.id, part_id=one) for one in sorted(wanted))


def has_to_close(actor: User, entry: Entry) -> bool:
    """Whether a public lesson said that it closes steps, and ``actor`` may close one of them."""
    return entry.status is Status.PUBLISHED and any(
        _is_left_open(part) and can(actor, Permission.ENTRY_EDIT, part.entry)
        for part in _noted(entry)
    )


def close_noted(actor: User, entry: Entry) -> None:
    """Close what a lesson said it would, now that it is public.

    A step of others that ``actor`` may not close stays noted: whoever may closes it with
    their next saving.  So does what is noted by a saving that comes in between.
    """
    if entry.status is not Status.PUBLISHED:
        return
    done = []
    for part in _noted(entry):
        lesson, anchor = part.entry, part.anchor
        if _is_left_open(part):
            if not can(actor, Permission.ENTRY_EDIT, lesson):
                continue
            if get_step(actor, lesson, anchor):
                _close(actor, lesson, anchor, entry)
        done.append(part.id)
    with transaction() as session:
        noted = StepClosing.entry_id == entry.id
        session.execute(sa.delete(StepClosing).where(noted, StepClosing.part_id.in_(done)))


def _noted(entry: Entry) -> Sequence[LessonPart]:
    query = sa.select(LessonPart).join(StepClosing, StepClosing.part_id == LessonPart.id)
    return db.session.scalars(query.where(StepClosing.entry_id == entry.id)).all()


def _is_left_open(part: LessonPart) -> bool:
    return part.state is StepState.OPEN and part.removed_at is None
