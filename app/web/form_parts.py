"""The parts of the writing form that other forms of a text show as well."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from flask_babel import gettext as _

from app.text.lesson import BOXES, LEARNED, QUICK_BOXES, REQUIRED_FULL, Box, Said
from app.vocabulary import EntryKind, LessonForm
from app.web import language
from app.web.entry_forms import EntryForm


def parts_of(form: EntryForm, used: Iterable[str]) -> dict[str, Any]:
    """What writing/_boxes.html and writing/_sheets.html show of ``form``.

    :param used: ids of rows that the text has or had.
    """
    return {
        "names": names_of(form),
        "box_groups": shown_boxes(form),
        "required_boxes": required_boxes(form),
        "next_ids": form.next_ids(used),
    }


def names_of(form: EntryForm) -> dict[str, str]:
    """What the fields of ``form`` are called."""
    is_lesson, is_forum = form.kind is EntryKind.LESSON, form.has_sheets
    names = {
        "title": _("Lesson title") if is_lesson else _("Title"),
        "communities": _("Village") if is_forum else _("Place/community"),
        "programs": _("Program/work"),
        "years": _("Year"),
        "body": _("Further notes") if is_forum else _("Text"),
        "lines": _("Lines of the sheets"),
        "present": _("How many people came"),
        "group_count": _("How many groups"),
        "points": _("Points"),
        "principles": _("Principles"),
        "steps": _("Next steps"),
        "tags": _("Keywords"),
        "summary": _("Summary"),
        "tellers": _("Teller"),
        "consent_kind": _("Consent of the teller"),
        "consent_day": _("Day of the consent"),
        "consent_by": _("Who asked"),
        "participants": _("Drawn together with"),
        "coauthors": _("Co-authors"),
        "happened": _("Day of the forum") if is_forum else _("When it happened"),
        "drawn": _("When the lesson was drawn"),
        "proposed_program": _("Program/work"),
        "book": _("Book"),
        "license": _("Licence"),
        "state": _("State of the lesson"),
        "evidence": _("Evidence and records"),
        "contact": _("Contact"),
    }
    is_quick, lang = form.form is LessonForm.QUICK, language.current()
    return names | {f"box_{box.key}": box.asked(lang, quick=is_quick) for box in BOXES}


def shown_boxes(form: EntryForm) -> list[tuple[Said, list[Box]]]:
    """The boxes of this form by groups, in the order of the form.

    The quick form shows its four boxes, and any other that holds something already.
    """
    if not form.has_boxes:
        return []
    held = {key for key, text in form.boxes.items() if text.strip()}
    held |= {LEARNED} if form.rows.get("points") or form.rows.get("principles") else set()
    is_full = form.form is not LessonForm.QUICK
    shown = [box for box in BOXES if is_full or box.key in QUICK_BOXES or box.key in held]
    return [(group, list(boxes)) for group, boxes in groupby(shown, key=lambda box: box.group)]


def required_boxes(form: EntryForm) -> frozenset[str]:
    """Boxes that publishing asks for, marked with a star."""
    if form.form is LessonForm.QUICK:
        return frozenset({"goal", "next"})
    return frozenset(REQUIRED_FULL)
