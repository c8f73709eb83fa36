"""Posts, stories, wiki pages and short notes: their titles, and what publishing asks for."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext as _

from app.models import Entry
from app.services import drafts
from app.services.drafts import Draft, Faults
from app.services.rules import Rules
from app.text.cleaning import is_blank
from app.text.excerpt import first_words, shortened
from app.vocabulary import EntryKind


def titled(draft: Draft) -> Draft:
    """A short note has no title of its own: its first words stand for it."""
    if draft.kind is not EntryKind.JOURNAL:
        return draft
    return replace(draft, title=first_words(draft.body) or shortened(" ".join(draft.body.split())))


def as_note(draft: Draft, entry: Entry | None) -> Draft:
    """A short note is its text alone, whatever else was sent with it.

    Every member may write one: by it nobody makes keywords, programs, or co-authors.  What a
    file gave it, or had noted before, stays.
    """
    if draft.kind is not EntryKind.JOURNAL:
        return draft
    known = drafts.draft_of(entry) if entry is not None else Draft(kind=draft.kind, title="")
    license_id = draft.license or known.license
    return replace(known, title=draft.title, body=draft.body, license=license_id)


def faults_of(draft: Draft) -> Faults:
    """What keeps even a draft from being stored; a note is nothing but its text."""
    if draft.kind is not EntryKind.JOURNAL:
        return drafts.faults_of(draft)
    return drafts.beyond_limits(draft) | (gaps_of(draft) if is_blank(draft.body) else {})


def gaps_of(draft: Draft) -> Faults:
    """What it lacks as a public text, with a sentence each."""
    gaps: Faults = {}
    if is_blank(draft.title) and draft.kind is not EntryKind.JOURNAL:
        gaps["title"] = [drafts.no_title()]
    if is_blank(draft.body):
        gaps["body"] = [_("Not filled in yet: %(field)s", field=_("Text"))]
    return gaps


RULES = Rules(titled=titled, over=as_note, faults_of=faults_of, gaps_of=gaps_of)
