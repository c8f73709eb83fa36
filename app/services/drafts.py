"""An entry as the draft that it is, to be changed in one place and saved again."""

from __future__ import annotations

from app.models import Entry
from app.services.entries import Draft


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
