"""Lessons: the form of eight boxes or four, its rows, and what publishing asks for."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import get_locale
from flask_babel import gettext as _

from app.errors import Invalid
from app.models import Entry, User
from app.services import growing, steps
from app.services.drafts import Draft, Faults
from app.services.rules import Rules
from app.text import lesson as lesson_text
from app.vocabulary import LessonForm, LessonState


def with_state(draft: Draft, entry: Entry | None) -> Draft:
    """``draft`` with the state that the lesson has; a change of it needs a reason and a page."""
    stands = (entry.state if entry is not None else None) or LessonState.TOLD
    if draft.state not in (None, stands):
        said = _("The state is changed on a page of its own, with a reason and a link.")
        raise Invalid({"state": [said]})
    return replace(draft, state=stands)


def numbered(draft: Draft, used: set[str]) -> Draft:
    """``draft`` with an id for every row, none of them used before, and a state."""
    draft = replace(draft, state=draft.state or LessonState.TOLD)
    if draft.form is LessonForm.FREE:
        return draft
    text = lesson_text.assign_ids(lesson_text.parse(draft.body), used | set(draft.removed_parts))
    return replace(draft, body=lesson_text.compose(text))


def gaps_of(draft: Draft) -> Faults:
    """Fields and boxes that it lacks as a public lesson: {field name: [sentence]}."""
    gaps: Faults = {}
    for name, there, label in (
        ("communities", draft.communities, _("Place/community")),
        ("programs", draft.programs or draft.proposed_program, _("Program/work")),
        ("years", draft.years or draft.happened_on, _("Year")),
    ):
        if not there:
            gaps[name] = [_("Not filled in yet: %(field)s", field=label)]
    if draft.form is LessonForm.FREE:
        return gaps
    text = lesson_text.parse(draft.body)
    missing = lesson_text.missing(text, (draft.form or LessonForm.FULL).value)
    is_quick = draft.form is LessonForm.QUICK
    if is_quick and "strengths" in missing:
        missing.insert(missing.index("strengths") + 1, "problems")  # either will do: both are named
    for key in missing:
        gaps[f"box_{key}"] = [_("Not filled in yet: %(field)s", field=_asked(key, is_quick))]
    return gaps


def _asked(key: str, is_quick: bool) -> str:
    """What stands over a box in its form, in the language of the page."""
    locale = get_locale()
    lang = locale.language if locale is not None else "th"
    return lesson_text.BOX[key].asked(lang, quick=is_quick)


def note_what_it_joins(actor: User, lesson: Entry, draft: Draft) -> None:
    """Keep which steps of others it is going to close, and from which lines it grew."""
    steps.note_closings(lesson, draft.closes)
    growing.note(actor, lesson, draft.grows_from)


RULES = Rules(
    gaps_of=gaps_of,
    over=with_state,
    numbered=numbered,
    stored=note_what_it_joins,
    afterwards=steps.close_noted,
    is_followed=steps.has_to_close,
)
