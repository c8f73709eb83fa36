"""Lessons: the form of eight boxes or four, its rows, and what publishing asks for."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from flask_babel import gettext as _

from app.db import transaction
from app.errors import Invalid
from app.models import Entry, User
from app.services import entries, merging, rendering, steps, telling
from app.services.entries import Draft, Origin
from app.services.form_tokens import Sent
from app.text import lesson as lesson_text
from app.vocabulary import LessonForm, LessonState


def create(
    actor: User | None,
    draft: Draft,
    *,
    form_token: str = "",
    digest: str = "",
    origin: Origin | None = None,
) -> Entry:
    """Store a new draft lesson; a title is needed, so that it can be found again."""
    check(draft)
    draft = numbered(with_state(draft, None), used=set())
    page = rendering.render(draft.body, is_lesson=draft.form is not LessonForm.FREE)
    with transaction():
        made = entries.create(
            actor, draft, form_token=form_token, digest=digest, origin=origin, page=page
        )
        steps.note_closings(made, draft.closes)
    return made


def save(
    actor: User | None,
    entry: Entry,
    draft: Draft,
    *,
    base: int | None,
    note: str = "",
    sent: Sent | None = None,
) -> Entry:
    """Store a new revision, merged with what was saved since ``base``.

    Raises EditConflict when both changed the same; a published lesson must stay complete.
    """
    prepare = partial(prepared, entry=entry)
    saved = merging.save(actor, entry, draft, base=base, note=note, sent=sent, prepare=prepare)
    with transaction():
        steps.note_closings(saved, draft.closes)
    steps.close_noted(actor, saved)
    return saved


def prepared(draft: Draft, *, entry: Entry) -> tuple[Draft, rendering.Page]:
    """The draft as it is stored for ``entry``, its rows numbered, and its page."""
    check(draft)
    draft = numbered(with_state(draft, entry), used=entries.used_part_ids(entry))
    return draft, rendering.render(draft.body, is_lesson=draft.form is not LessonForm.FREE)


def publish(actor: User | None, entry: Entry) -> Entry:
    """Make it public; Invalid names every gap, and the draft stays as it is."""
    missing = missing_for_publishing(entry) | telling.gaps(actor, entry)
    if missing:
        raise Invalid(missing)
    published = entries.publish(actor, entry)
    steps.close_noted(actor, published)
    return published


def with_state(draft: Draft, entry: Entry | None) -> Draft:
    """``draft`` with the state that the lesson has; a change of it needs a reason and a page."""
    stands = (entry.state if entry is not None else None) or LessonState.TOLD
    if draft.state not in (None, stands):
        said = _("The state is changed on a page of its own, with a reason and a link.")
        raise Invalid({"state": [said]})
    return replace(draft, state=stands)


def numbered(draft: Draft, *, used: set[str]) -> Draft:
    """``draft`` with an id for every row, none of them used before, and a state."""
    draft = replace(draft, state=draft.state or LessonState.TOLD)
    if draft.form is LessonForm.FREE:
        return draft
    text = lesson_text.assign_ids(lesson_text.parse(draft.body), used | set(draft.removed_parts))
    return replace(draft, body=lesson_text.compose(text))


def check(draft: Draft) -> None:
    """What even a draft must have."""
    if not draft.title:
        raise Invalid({"title": [_("Give it a title first.")]})
    entries.check_lengths(draft)


def missing_for_publishing(entry: Entry) -> dict[str, list[str]]:
    """Fields and boxes that the lesson still lacks: {field name: [sentence]}."""
    return _gaps(
        has_community=bool(entry.communities),
        has_program=bool(entry.programs),
        has_year=bool(entry.year_rows),
        body=entry.body,
        form=entry.form,
    )


def gaps_of(draft: Draft) -> dict[str, list[str]]:
    """The same for a draft that is about to replace a published text."""
    return _gaps(
        has_community=bool(draft.communities),
        has_program=bool(draft.programs or draft.proposed_program),
        has_year=bool(draft.years or draft.happened_on),
        body=draft.body,
        form=draft.form,
    )


def _gaps(
    *, has_community: bool, has_program: bool, has_year: bool, body: str, form: LessonForm | None
) -> dict[str, list[str]]:
    faults: dict[str, list[str]] = {}
    for name, there, label in (
        ("communities", has_community, _("Place/community")),
        ("programs", has_program, _("Program/work")),
        ("years", has_year, _("Year")),
    ):
        if not there:
            faults[name] = [_("Not filled in yet: %(field)s", field=label)]
    if form is LessonForm.FREE:
        return faults
    text = lesson_text.parse(body)
    labels = {box.key: box.label for box in lesson_text.BOXES}
    missing = lesson_text.missing(text, (form or LessonForm.FULL).value)
    if form is LessonForm.QUICK and "strengths" in missing:
        missing.append("problems")  # either of the two boxes will do: both are named
    for key in missing:
        faults[f"box_{key}"] = [_("Not filled in yet: %(field)s", field=labels[key])]
    return faults
