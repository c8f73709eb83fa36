"""แม่แบบ: texts that a writer begins new ones from.  A mark of theirs; the text does not change."""

from __future__ import annotations

from flask_babel import gettext as _

from app.clock import now
from app.db import db, insert, transaction
from app.errors import Invalid
from app.models import Entry, User, WritingTemplate
from app.policy import Permission, ensure
from app.queries import entries as entry_queries

#: Templates of one writer: more would be a list to search instead of a choice.
MOST = 12


def mark(actor: User, entry: Entry) -> None:
    """Make ``entry`` a template of ``actor``; twice is once.

    :raises Invalid: the actor has MOST already.
    """
    with transaction() as session:
        ensure(actor, Permission.ENTRY_EDIT, entry)
        if session.get(WritingTemplate, (actor.id, entry.id)) is not None:
            return
        if len(entry_queries.templates_of(actor)) >= MOST:
            said = _("You have %(most)d templates; take one away first.", most=MOST)
            raise Invalid({"template": [said]})
        row = {"user_id": actor.id, "entry_id": entry.id, "created_at": now()}
        session.execute(insert(WritingTemplate).values(row).on_conflict_do_nothing())


def unmark(actor: User, entry: Entry) -> None:
    """Take the mark of ``actor`` away again."""
    with transaction() as session:
        found = session.get(WritingTemplate, (actor.id, entry.id))
        if found is not None:
            session.delete(found)


def is_marked(actor: User, entry: Entry) -> bool:
    return db.session.get(WritingTemplate, (actor.id, entry.id)) is not None
