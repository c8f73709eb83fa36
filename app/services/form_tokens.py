"""Forms that are sent twice: the second press lands on what the first one made."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

import sqlalchemy as sa

from app.clock import now
from app.db import db, insert, transaction
from app.models import Entry, FormToken, User

#: Days after which nobody presses again on a page that was left open.
KEPT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Sent:
    """One form as it was sent.

    :ivar content: a digest that tells a second try from a change.
    :ivar press: which press of its button it was, where JavaScript counts them.
    """

    token: str
    content: str
    press: str = ""

    @property
    def digest(self) -> str:
        """What is remembered of it: the same press with another text is no second try."""
        return f"{self.press}:{self.content}"


class MadeMeanwhile(Exception):
    """Another press of the same form, with another text, made its entry in this moment."""


def claim(actor: User, token: str) -> FormToken:
    """The row of a form's token, made at the first press; call inside a transaction.

    A second press at the same moment waits for the first, and then finds what it made.
    """
    row = {"token": token, "user_id": actor.id, "at": now()}
    db.session.execute(insert(FormToken).values(row).on_conflict_do_nothing())
    return db.session.scalars(
        sa.select(FormToken).where(FormToken.token == token, FormToken.user_id == actor.id)
    ).one()


def address_of(token: str, *sent: str) -> str:
    """The end of an address that nobody guesses, for what a form makes without an account.

    The same form with the same texts has the same address, so a second press is found by it.
    """
    if not token:
        return secrets.token_urlsafe(16)
    return sha256("\0".join((token, *sent)).encode()).hexdigest()[:32]


def has_arrived(actor: User, sent: Sent) -> bool:
    """Whether this form, as it was sent, saved something."""
    return bool(sent.token) and _has_saved(actor, sent.token, FormToken.digest == sent.digest)


def has_been_pressed(actor: User, token: str, press: str) -> bool:
    """Whether this press of the button of a form saved something."""
    if not token or not press:
        return False
    return _has_saved(actor, token, FormToken.digest.startswith(f"{press}:", autoescape=True))


def _has_saved(actor: User, token: str, is_it: sa.ColumnElement[bool]) -> bool:
    query = sa.select(FormToken.entry_id).where(
        FormToken.token == token, FormToken.user_id == actor.id, is_it
    )
    return db.session.scalar(query) is not None


def note_saved(row: FormToken, entry: Entry, digest: str) -> None:
    """Remember on the row of a token what its form saved."""
    row.entry_id, row.revision, row.digest = entry.id, entry.revision_number, digest


def sweep() -> None:
    """Forget the tokens of long ago."""
    with transaction() as session:
        session.execute(
            sa.delete(FormToken).where(FormToken.at < now() - timedelta(days=KEPT_DAYS))
        )
