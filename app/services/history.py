"""What is kept of every saving: the revisions of an entry, and what each of them holds."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.db import db
from app.errors import NotFound
from app.models import Entry, Revision, User
from app.policy import Permission, can
from app.services import coauthoring, telling
from app.services.drafts import Draft, Origin


def snapshot(entry: Entry) -> dict[str, Any]:
    """Everything a revision keeps, as plain values with the names of the front matter."""
    return {
        "title": entry.title,
        "summary": entry.summary,
        "body": entry.body,
        **header_of(entry),
    }


def header_of(entry: Entry) -> dict[str, Any]:
    """What a revision keeps beside title, summary and body."""
    return {
        "kind": entry.kind.value,
        "form": entry.form.value if entry.form else None,
        "license": entry.license.value if entry.license else None,
        "communities": sorted(community.slug for community in entry.communities),
        "programs": sorted(program.slug for program in entry.programs),
        "years": list(entry.years),
        "tags": sorted(tag.name for tag in entry.tags),
        "tellers": [person.name for person in entry.tellers],
        "consent": telling.consents_of(entry),
        "with": [person.name for person in entry.participants],
        "coauthors": [person.name for person in entry.coauthors],
        "happened": entry.happened_on.isoformat() if entry.happened_on else None,
        "drawn": entry.drawn_on.isoformat() if entry.drawn_on else None,
        "present": entry.present,
        "groups": entry.group_count,
        "contact": entry.contact or "",
        "evidence": entry.evidence or "",
        "state": entry.state.value if entry.state else None,
    }


def header_of_draft(entry: Entry, draft: Draft) -> dict[str, Any]:
    """What a saved version would tell of ``draft`` beside title, summary and text.

    Consent and state are left out: they change on roads of their own.
    """
    said: dict[str, Any] = {
        "license": draft.license.value if draft.license else None,
        "communities": list(draft.communities),
        "programs": list(draft.programs),
        "years": list(draft.years),
        "tags": list(draft.tags),
        "tellers": list(draft.tellers),
        "with": list(draft.participants),
        "happened": draft.happened_on.isoformat() if draft.happened_on else None,
        "drawn": draft.drawn_on.isoformat() if draft.drawn_on else None,
        "present": draft.present,
        "groups": draft.group_count,
        "contact": draft.contact,
        "evidence": draft.evidence,
    }
    if draft.coauthors is not None:
        said["coauthors"] = [coauthoring.name_of(entry, name) for name in draft.coauthors]
    return said


def add_revision(actor: User | None, entry: Entry, origin: Origin) -> Revision:
    """Keep the entry as it is now as its newest revision."""
    entry.revision_number = (entry.revision_number or 0) + 1
    revision = Revision(
        entry_id=entry.id,
        number=entry.revision_number,
        title=entry.title,
        summary=entry.summary,
        body=entry.body,
        header=header_of(entry),
        author_id=actor.id if actor is not None else origin.author_id,
        author_name="" if actor is not None else origin.author_name,
        note=origin.note,
        is_before_publication=entry.published_at is None,
        created_at=entry.edited_at,
    )
    db.session.add(revision)
    return revision


def newest_revision(entry: Entry) -> Revision | None:
    return revision_at(entry, entry.revision_number)


def revision_at(entry: Entry, number: int) -> Revision | None:
    return db.session.scalar(
        sa.select(Revision).where(Revision.entry_id == entry.id, Revision.number == number)
    )


def revision_before(actor: User, entry: Entry, number: int) -> Revision:
    """The revision that ``number`` followed, where ``actor`` may read it.

    Raises NotFound at the first one, and where a text from before the first publication
    would come to light by undoing what followed.
    """
    found = revision_at(entry, number - 1)
    if found is None or (
        found.is_before_publication and not can(actor, Permission.ENTRY_READ_EARLIER, entry)
    ):
        raise NotFound(f"nothing to go back to before revision {number}")
    return found


def show_newest_revision(entry: Entry) -> None:
    """What is published first is in the history for all; what came before is its writers'."""
    revision = newest_revision(entry)
    if revision is not None:
        revision.is_before_publication = False
