"""What is stored as the draft that it is, to be changed in one place and saved again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.models import Entry, Revision
from app.services.entries import Draft
from app.vocabulary import EntryKind, LessonForm, License


def draft_of(entry: Entry) -> Draft:
    """The draft that an entry is."""
    return Draft(
        kind=entry.kind,
        form=entry.form,
        title=entry.title,
        body=entry.body,
        summary=entry.summary,
        license=entry.license,
        communities=tuple(row.slug for row in entry.communities),
        programs=tuple(row.slug for row in entry.programs),
        years=entry.years,
        tags=tuple(tag.name for tag in entry.tags),
        tellers=tuple(person.name for person in entry.tellers),
        participants=tuple(person.name for person in entry.participants),
        happened_on=entry.happened_on,
        drawn_on=entry.drawn_on,
        contact=entry.contact,
        evidence=entry.evidence,
        state=entry.state,
    )


def draft_of_revision(entry: Entry, revision: Revision) -> Draft:
    """A saved version as a draft of the kind that the entry has now.

    The state of a lesson stays: it changes on a road of its own, with a reason.
    """
    header: Mapping[str, Any] = revision.header or {}
    form, license_id = header.get("form"), header.get("license")
    is_lesson = entry.kind is EntryKind.LESSON
    return Draft(
        kind=entry.kind,
        title=revision.title,
        summary=revision.summary,
        body=revision.body,
        form=(LessonForm(form) if form else entry.form) if is_lesson else None,
        license=License(license_id) if license_id else None,
        communities=tuple(header.get("communities") or ()),
        programs=tuple(header.get("programs") or ()),
        years=tuple(header.get("years") or ()),
        tags=tuple(header.get("tags") or ()),
        tellers=tuple(header.get("tellers") or ()),
        participants=tuple(header.get("with") or ()),
        happened_on=_day(header, "happened"),
        drawn_on=_day(header, "drawn"),
        contact=header.get("contact") or "",
        evidence=header.get("evidence") or "",
        state=entry.state,
    )


def _day(header: Mapping[str, Any], name: str) -> date | None:
    return date.fromisoformat(header[name]) if header.get(name) else None
