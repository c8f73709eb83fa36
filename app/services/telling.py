"""Tellers: those who know and do not type, and their consent to be published.

A teller without account is published once somebody has noted that they agreed: spoken or
signed, on which day, and who asked.  The note hangs on the teller's row of each entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import sqlalchemy as sa
from flask_babel import gettext as _

from app.db import db
from app.models import Entry, EntryPerson, Revision, User
from app.vocabulary import ConsentKind, PersonRole, Status

#: Where the form asks for it; errors are told under this name.
FIELD = "consent_kind"
#: Where a version keeps names.
ROLES_NAMED = ("tellers", "with")
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
    """What this module asks of a draft (``drafts.Draft``, which imports this module)."""

    @property
    def tellers(self) -> tuple[str, ...]: ...
    @property
    def consent(self) -> Consent | None: ...
    @property
    def renew_consent(self) -> bool: ...


def told_apart(entry: Entry | None, typed: Sequence[str]) -> tuple[dict[str, User], set[str]]:
    """({name as it is typed: its account}, what is a name though it looks like an account).

    What is stored as a name stays a name, whoever takes it as a user name later: a teller
    with an account is a writer of the text.

    :param entry: where they are named; None: a new one.
    """
    left = {name for name in typed if name.startswith("@")}
    if not left:
        return {}, set()
    people = entry.people if entry is not None else []
    users = {f"@{one.user.username}": one.user for one in people if one.user is not None}
    found = {name: users[name.lower()] for name in left if name.lower() in users}
    left -= found.keys()
    names = {one.name for one in people} & left
    names |= {one for one in left - names if entry is not None and has_stood(entry, one)}
    if left := left - names:
        wanted = [name[1:].lower() for name in left]
        asked = db.session.scalars(sa.select(User).where(User.username.in_(wanted))).unique()
        users = {f"@{one.username}": one for one in asked}
        found |= {name: users[name.lower()] for name in left if name.lower() in users}
    return found, names


#: Versions looked at for a name; more hold it only where it stood for long, and then each does.
MOST_LOOKED_AT = 5


def has_stood(entry: Entry, name: str) -> bool:
    """Whether an earlier version names somebody so, as teller or participant.

    The database looks for the name as JSON writes it: a history may have thousands of versions.
    """
    holds = sa.cast(Revision.header, sa.Text).contains(json.dumps(name), autoescape=True)
    headers = db.session.scalars(
        sa.select(Revision.header)
        .where(Revision.entry_id == entry.id, holds)
        .order_by(Revision.number)
        .limit(MOST_LOOKED_AT)
    )
    return any(name in (header.get(role) or ()) for header in headers for role in ROLES_NAMED)


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


def gaps_of(draft: Told, entry: Entry | None, writer: User | None) -> dict[str, list[str]]:
    """What is missing before a draft may be public in the name of its tellers.

    A public entry stays as it is, old ones without a consent too; new tellers are asked for.
    Who types their own name as the teller has agreed by typing.

    :param entry: what the draft is, or is going to be, stored in; None: a new one of ``writer``.
    """
    if draft.consent is not None:
        return {}
    stored = entry.tellers if entry is not None else []
    is_public = entry is not None and entry.status is Status.PUBLISHED
    lacking = {
        one.name for one in stored if not (is_public or one.user_id is not None or one.consent)
    }
    agreed = {one.name for one in stored} - lacking
    if author := entry.author if entry is not None else writer:
        agreed.add(author.display_name)
    accounts, _kept = told_apart(entry, draft.tellers)
    asked = [name for name in dict.fromkeys(draft.tellers) if name not in accounts]
    names = [name for name in asked if name not in agreed]
    if not names:
        return {}
    said = _(
        "Fill in “Consent of the teller”: %(names)s has no account, so note how they agreed, "
        "when and to whom.",
        names=", ".join(names),
    )
    return {FIELD: [said]}
