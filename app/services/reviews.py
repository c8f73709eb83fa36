"""The day on which a text is looked through again, and the asking when it has come."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid
from app.models import Entry, Review, User
from app.policy import Permission, ensure
from app.queries import people
from app.services import audit, changes, entries, notices
from app.text.years import BANGKOK
from app.vocabulary import AuditAction, NoticeKind, Status


def today() -> date:
    """The day in Thailand."""
    return now().astimezone(BANGKOK).date()


def set_day(actor: User, entry: Entry, due_on: date | None) -> Entry:
    """Have the keepers of a text asked on ``due_on`` whether it still holds; None: not."""
    if due_on is not None and due_on <= today():
        raise Invalid({"due_on": [_("Choose a day that is still to come.")]})
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_EDIT, fresh)
        _put(actor, fresh, due_on)
    return fresh


def confirm(actor: User, entry: Entry) -> Entry:
    """It still holds: ask again a year from today."""
    day = today()
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_EDIT, fresh)
        # The 29th of February has no anniversary in most years.
        _put(actor, fresh, date(day.year + 1, day.month, min(day.day, 28)))
        notices.note_answered(NoticeKind.REVIEW_DUE, fresh)
    return fresh


def _put(actor: User, entry: Entry, due_on: date | None) -> None:
    if due_on is None:
        entry.review = None
    else:
        entry.review = entry.review or Review(entry_id=entry.id)
        entry.review.due_on, entry.review.asked_at = due_on, None
        entry.review.set_by_id = actor.id
    said = due_on.isoformat() if due_on else ""
    audit.record(actor, AuditAction.REVIEW, f"entry:{entry.id}", due=said)
    changes.append(entry)


def ask() -> int:
    """Ask the keepers of every text whose day has come; returns of how many texts.

    Where no keeper has an account, the facilitators of its community are asked.
    """
    waiting = sa.select(Entry).join(Review, Review.entry_id == Entry.id)
    waiting = waiting.where(
        Review.due_on <= today(), Review.asked_at.is_(None), Entry.status == Status.PUBLISHED
    )
    with transaction() as session:
        due = list(session.scalars(waiting).unique())
        for entry in due:
            asked = notices.keepers_of(entry) or people.to_ask(Permission.ENTRY_EDIT, entry)
            if entry.review is not None:
                notices.tell(
                    asked, NoticeKind.REVIEW_DUE, entry, None, due=entry.review.due_on.isoformat()
                )
                entry.review.asked_at = now()
    db.session.expire_all()
    return len(due)
