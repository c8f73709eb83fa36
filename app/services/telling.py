"""Tellers: those who know and do not type, and their consent to be published.

A teller without account is published once somebody has noted that they agreed: spoken or
signed, on which day, and who asked.  The note hangs on the teller's row of each entry.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from flask_babel import gettext as _

from app.models import Entry, EntryPerson, User
from app.vocabulary import ConsentKind, PersonRole, Status

#: Where the form asks for it; errors are told under this name.
FIELD = "consent_kind"
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Consent:
    """That a teller agreed: how, on which day, and who asked."""

    kind: ConsentKind
    day: date
    taken_by: str

    def kept(self) -> dict[str, str]:
        """As it is stored, with the names of the front matter."""
        return {"kind": self.kind.value, "date": self.day.isoformat(), "taken_by": self.taken_by}


class Told(Protocol):
    """What this module asks of a draft (``entries.Draft``, which imports this module)."""

    @property
    def tellers(self) -> tuple[str, ...]: ...
    @property
    def consent(self) -> Consent | None: ...
    @property
    def renew_consent(self) -> bool: ...


def note_consent(people: Iterable[EntryPerson], draft: Told) -> None:
    """Keep the draft's consent for the tellers who need one and have none.

    What was noted before stays as it is, unless the draft asks to note it anew: a teller who
    is added later must not move the day on which another one agreed.
    """
    for person in people:
        if person.role is not PersonRole.TELLER or person.user_id is not None:
            continue
        if draft.consent is not None and (person.consent is None or draft.renew_consent):
            person.consent = draft.consent.kept()


def consents_of(entry: Entry) -> list[dict[str, Any]]:
    """What was noted, by teller: {name, kind, date, taken_by}."""
    return [{"name": one.name, **one.consent} for one in entry.tellers if one.consent]


def gaps(actor: User | None, entry: Entry) -> dict[str, list[str]]:
    """What is missing before a person may publish ``entry`` in the name of its tellers."""
    if actor is None:  # an import: consent was a matter of the place where it was published
        return {}
    names = [one.name for one in entry.tellers if one.user_id is None and not one.consent]
    return _asked_for(_without_the_writer(names, entry.author))


def gaps_of(draft: Told, entry: Entry | None, writer: User | None) -> dict[str, list[str]]:
    """The same for a draft that is about to replace, or to become, a public text.

    A public entry stays as it is, old ones without a consent too; new tellers are asked for.
    """
    is_public = entry is not None and entry.status is Status.PUBLISHED
    known = {
        one.name
        for one in (entry.tellers if entry is not None else ())
        if is_public or one.user_id is not None or one.consent
    }
    if draft.consent is not None:
        return {}
    names = [name for name in draft.tellers if not name.startswith("@") and name not in known]
    author = entry.author if entry is not None else writer
    return _asked_for(_without_the_writer(names, author))


def _without_the_writer(names: list[str], writer: User | None) -> list[str]:
    """Who types their own name as the teller has agreed by typing."""
    return [name for name in names if writer is None or name != writer.display_name]


def _asked_for(names: list[str]) -> dict[str, list[str]]:
    if not names:
        return {}
    said = _(
        "Fill in “Consent of the teller”: %(names)s has no account, so note how they agreed, "
        "when and to whom.",
        names=", ".join(names),
    )
    return {FIELD: [said]}
