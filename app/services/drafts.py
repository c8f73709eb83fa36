"""What somebody wants an entry to be: the draft and its limits.

And what is stored as the draft that it is, to be changed in one place and saved again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from app.clock import today
from app.models import Entry, Revision
from app.services import rendering, telling
from app.text import forum as forum_text
from app.text import lesson as lesson_text
from app.text.years import MOST_AHEAD
from app.vocabulary import EntryKind, LessonForm, LessonState, License

#: What is wrong or lacking: {field name: sentences for people}.
Faults = dict[str, list[str]]

MOST_TITLE = 300  # code points
MOST_SUMMARY = 2_000
MOST_BODY = 400_000  # an honest text of 340,000 letters renders in 0.12 s
MOST_PROGRAMS = 3
#: Kinds whose text holds rows with links of their own.
KINDS_WITH_ROWS = frozenset({EntryKind.LESSON, EntryKind.FORUM})


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person, a program or a file wants an entry to be.

    Texts are already cleaned (text.cleaning); years are พ.ศ.; communities, programs and
    tags are slugs or names that ``taxonomy`` resolves.
    """

    kind: EntryKind
    title: str
    body: str = ""
    summary: str = ""
    form: LessonForm | None = None
    license: License | None = None  # None: the book's
    communities: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    proposed_program: str = ""  # a name typed under "not in the list"
    years: tuple[int, ...] = ()
    tags: tuple[str, ...] = ()
    tellers: tuple[str, ...] = ()
    consent: telling.Consent | None = None  # of tellers who have no account and none noted yet
    renew_consent: bool = False  # note it anew for all of them
    participants: tuple[str, ...] = ()
    coauthors: tuple[str, ...] | None = None  # None: as they are
    happened_on: date | None = None
    drawn_on: date | None = None
    present: int | None = None  # of a forum: how many people came
    group_count: int | None = None
    contact: str = ""
    evidence: str = ""
    state: LessonState | None = None
    closes: tuple[str, ...] | None = None  # steps of other lessons: 1000001-n1; None: as noted
    grows_from: tuple[str, ...] | None = None  # lines of forums: 1000001-q1; None: as noted
    book: str = ""
    page_slug: str = ""
    removed_parts: tuple[str, ...] = field(default=())  # ids that must not be given out again


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an imported entry comes from: what a person at the keyboard cannot say."""

    number: int | None = None
    author_id: int | None = None
    author_name: str = ""
    created: datetime | None = None
    updated: datetime | None = None
    source: Mapping[str, Any] | None = None
    note: str = ""
    import_hash: str = ""


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
        present=entry.present,
        group_count=entry.group_count,
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
        present=header.get("present"),
        group_count=header.get("groups"),
        contact=header.get("contact") or "",
        evidence=header.get("evidence") or "",
        state=entry.state,
    )


def _day(header: Mapping[str, Any], name: str) -> date | None:
    return date.fromisoformat(header[name]) if header.get(name) else None


def is_in_form(text: Draft | Entry) -> bool:
    """Whether the body is the lesson form's, to be shown box by box."""
    return text.kind is EntryKind.LESSON and text.form is not LessonForm.FREE


def reworded(
    body: str, kind: EntryKind, form: LessonForm | None, change: Callable[[str], str]
) -> str:
    """``body`` with ``change`` made in its words; what the machine reads in a form stays."""
    if kind is EntryKind.FORUM:
        return forum_text.reworded(body, change)
    if kind is EntryKind.LESSON and form is not LessonForm.FREE:
        return lesson_text.reworded(body, change)
    return change(body)


def page_of(text: Draft | Entry) -> rendering.Page:
    """The page of a text, rendered; slow, so before any transaction."""
    return rendering.render(text.body, is_lesson=is_in_form(text))


def faults_of(draft: Draft) -> Faults:
    """What keeps even a draft from being stored: no title, or beyond a limit."""
    faults = beyond_limits(draft)
    return faults if draft.title else {"title": [no_title()]} | faults


def no_title() -> str:
    return _("Give it a title first.")


def beyond_limits(draft: Draft) -> Faults:
    """What is longer than a page can bear, and days that lie too far ahead."""
    faults = far_days(draft)
    for name, text, most in (
        ("title", draft.title, MOST_TITLE),
        ("summary", draft.summary, MOST_SUMMARY),
        ("body", draft.body, MOST_BODY),
    ):
        if len(text) > most:
            faults[name] = [_("Too long: %(n)d letters; at most %(most)d.", n=len(text), most=most)]
    if len(draft.programs) + bool(draft.proposed_program) > MOST_PROGRAMS:
        faults["programs"] = [_("At most three programs.")]
    return faults


def far_days(draft: Draft) -> Faults:
    """Days more than a year ahead, mostly a slip of the year; what is told of has been."""
    said = _("This day lies more than a year ahead. Look at the year.")
    days = {"happened": draft.happened_on, "drawn": draft.drawn_on}
    latest = today() + MOST_AHEAD
    return {name: [said] for name, day in days.items() if day is not None and day > latest}
