"""Brakes that count in the database, so that they hold over all processes and restarts."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from app.clock import now
from app.db import insert, transaction
from app.errors import RateLimited
from app.models import Throttle


def hit(what: str, whose: str, *, limit: int, window_s: int) -> None:
    """Count one try; RateLimited after ``limit`` within ``window_s`` seconds.

    ``whose`` (an address, a name) is kept only as a keyed hash.
    """
    if not current_app.config.get("RATE_LIMITS", True):
        return
    present = now()
    row = insert(Throttle).values(key=_key(what, whose), since=present, count=1)
    is_over = Throttle.since <= present - timedelta(seconds=window_s)
    counted = row.on_conflict_do_update(  # one statement: tries at one moment all count
        index_elements=[Throttle.key],
        set_={
            "since": sa.case((is_over, row.excluded.since), else_=Throttle.since),
            "count": sa.case((is_over, 1), else_=Throttle.count + 1),
        },
    ).returning(Throttle.since, Throttle.count)
    with transaction() as session:
        since, count = session.execute(counted).one()
        if count > limit:
            raise RateLimited(max(1, int(window_s - (present - since).total_seconds())))


def clear(what: str, whose: str) -> None:
    """Forget the tries, for example after a log-in that worked."""
    with transaction() as session:
        session.execute(sa.delete(Throttle).where(Throttle.key == _key(what, whose)))


def sweep() -> None:
    """Remove counts older than a day."""
    with transaction() as session:
        session.execute(sa.delete(Throttle).where(Throttle.since < now() - timedelta(days=1)))


def _key(what: str, whose: str) -> str:
    secret = str(current_app.config["SECRET_KEY"])
    return f"{what}:{hashlib.sha256(f'{secret}|{whose}'.encode()).hexdigest()[:32]}"
