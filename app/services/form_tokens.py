"""Forms that are sent twice: the second press lands on what the first one made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.clock import now
from app.db import db, insert, transaction
from app.models import Entry, FormToken, User

#: Days after which nobody presses again on a page that was left open.
KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Sent:
    """One form as it was sent: its token, and a digest that tells a second try from a change."""

    token: str
    digest: str


def claim(actor: User, token: str) -> FormToken:
    """The row of a form's token, made at the first press; call inside a transaction.

    A second press at the same moment waits for the first, and then finds what it made.
    """
    row = {"token": token, "user_id": actor.id, "at": now()}
    db.session.execute(insert(FormToken).values(row).on_conflict_do_nothing())
    return db.session.scalars(
        sa.select(FormToken).where(FormToken.token == token, FormToken.user_id == actor.id)
    ).one()


def has_arrived(actor: User, sent: Sent) -> bool:
    """Whether this form, as it was sent by this press, saved something."""
    if not sent.token or not sent.digest:
        return False
    found = db.session.scalar(
        sa.select(FormToken.entry_id).where(
            FormToken.token == sent.token,
            FormToken.user_id == actor.id,
            FormToken.digest == sent.digest,
        )
    )
    return found is not None


def note_saved(row: FormToken, entry: Entry, digest: str) -> None:
    """Remember on the row of a token what its form saved."""
    row.entry_id, row.revision, row.digest = entry.id, entry.revision_number, digest


def sweep() -> None:
    """Forget the tokens of long ago."""
    with transaction() as session:
        session.execute(
            sa.delete(FormToken).where(FormToken.at < now() - timedelta(days=KEPT_DAYS))
        )
