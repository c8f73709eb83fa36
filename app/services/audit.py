"""The log of deeds.  Rows are added in the transaction of the deed and never changed."""

from __future__ import annotations

from typing import Any

from app.clock import now
from app.db import db
from app.models import Audit, User
from app.vocabulary import AuditAction


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
