"""The log of deeds.  Rows are added in the transaction of the deed and never changed.

One thing alone goes over them: the mask over a phrase that is blacked out (``blacking_out``),
in reasons and names; who did what, to what and when stays.
"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from app.clock import now
from app.db import db
from app.errors import Invalid
from app.models import Audit, User
from app.text.cleaning import UncleanText, clean_line, is_blank
from app.vocabulary import AuditAction

#: Letters of a reason that the log keeps.
MOST_REASON = 500


def clean_reason(reason: str) -> str:
    """A reason as the log keeps it: one line, and no longer than others can read.

    :raises Invalid: a sign that cannot be kept.
    """
    try:
        return clean_line(reason)[:MOST_REASON]
    except UncleanText as error:
        said = _("There is a sign that cannot be kept: %(what)s. Type it again.", what=str(error))
        raise Invalid({"reason": [said]}) from error


def reason_needed(reason: str) -> str:
    """``clean_reason`` for a deed that nobody does without saying why."""
    said = clean_reason(reason)
    if is_blank(said):
        raise Invalid({"reason": [_("Say why; the reason goes into the log.")]})
    return said


def record(
    actor: User | None, action: AuditAction, target: str, *, reason: str = "", **details: Any
) -> None:
    """Note that ``actor`` (None: the machine) did ``action`` to ``target`` ("entry:42")."""
    db.session.add(
        Audit(
            actor_id=actor.id if actor is not None else None,
            action=action,
            target=target,
            reason=reason,
            details=details,
            at=now(),
        )
    )
