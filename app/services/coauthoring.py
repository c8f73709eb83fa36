"""Co-authors: people with an account who wrote a text together with its author.

They are named by the author alone, are told of it, and can take their name off again
(services/coauthors.py): nobody stands under a public text without knowing.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from flask_babel import gettext as _

from app.db import db
from app.errors import Invalid
from app.models import Entry, EntryPerson, User
from app.policy import is_author
from app.queries import people as people_queries
from app.services import notices
from app.text.sorting import sort_key
from app.vocabulary import NoticeKind, PersonRole

MOST = 20


def people_for(
    actor: User | None, entry: Entry, names: tuple[str, ...] | None
) -> list[EntryPerson]:
    """The rows of those named: @username, user name, or the name of one account.

    :param actor: None: an import, which may name people without account.
    :param names: None: nothing was said, and the rows stay as they are.
    :raises Invalid: a name that is nobody's, or not the author's to give.
    """
    before = list(entry.coauthors)
    if names is None:
        return before
    rows = [_row(actor, name, before) for name in dict.fromkeys(names)]
    rows = [row for row in rows if row.user_id is None or row.user_id != entry.author_id]
    found = list({row.user_id or row.name: row for row in rows}.values())
    if len(found) > MOST:
        raise Invalid({"coauthors": [_("At most %(n)d people.", n=MOST)]})
    if {id(row) for row in found} != {id(row) for row in before} and not may_name(actor, entry):
        raise Invalid({"coauthors": [_("Only the author says who wrote it too.")]})
    return found


def may_name(actor: User | None, entry: Entry) -> bool:
    """Whether ``actor`` says who wrote ``entry``: its author, or a writer where it has none."""
    if actor is None or entry.author_id == actor.id:
        return True
    return entry.author_id is None and is_author(actor, entry)


def name_of(entry: Entry, name: str) -> str:
    """The name under which whoever a form names as ``name`` stands in ``entry``, or would."""
    return _row(None, name, entry.coauthors).name


def _row(actor: User | None, name: str, before: Collection[EntryPerson]) -> EntryPerson:
    known = next((row for row in before if row.name == name), None)
    if known is not None:
        return known
    user = people_queries.find_by_username(name.removeprefix("@"))
    user = user or people_queries.find_by_display_name(name)
    if user is not None and (known := _row_of(user, before)):
        return known  # whose account was blocked since wrote it all the same
    if actor is not None and (user is None or not user.is_active):
        said = _("There is no account “%(name)s”. Type @ and the user name.", name=name)
        raise Invalid({"coauthors": [said]})
    if user is None:
        return EntryPerson(role=PersonRole.AUTHOR, name=name, sort_key=sort_key(name))
    return EntryPerson(
        role=PersonRole.AUTHOR,
        name=user.display_name,
        sort_key=user.sort_key,
        user_id=user.id,
    )


def _row_of(user: User, rows: Collection[EntryPerson]) -> EntryPerson | None:
    return next((row for row in rows if row.user_id == user.id), None)


def accounts_in(entry: Entry) -> frozenset[int]:
    """Ids of the accounts that are named as co-authors."""
    return frozenset(row.user_id for row in entry.coauthors if row.user_id is not None)


def tell_new(actor: User | None, entry: Entry, before: frozenset[int]) -> None:
    """Tell those who were not named ``before``."""
    if new := accounts_in(entry) - before:
        users = db.session.scalars(sa.select(User).where(User.id.in_(new))).unique()
        notices.tell(users, NoticeKind.COAUTHOR, entry, actor)
