"""Brakes that count in the database, so that they hold over all processes and restarts."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from app.clock import now
from app.db import transaction
from app.errors import RateLimited
from app.models import Throttle


def hit(what: str, whose: str, *, limit: int, window_s: int) -> None:
    """Count one try; RateLimited after ``limit`` within ``window_s`` seconds.

    ``whose`` (an address, a name) is kept only as a keyed hash.
    """
    if not current_app.config.get("RATE_LIMITS", True):
        return
    key = _key(what, whose)
    with transaction() as session:
        row = session.get(Throttle, key)
        if row is None:
            session.add(Throttle(key=key, since=now(), count=1))
            return
        age = (now() - row.since).total_seconds()
        if age >= window_s:
            row.since, row.count = now(), 1
            return
        if row.count >= limit:
            raise RateLimited(max(1, int(window_s - age)))
        row.count += 1


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
