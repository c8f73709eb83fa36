"""Numbers that only rise."""

from __future__ import annotations

import sqlalchemy as sa

from app.db import db
from app.models import Counter

#: Where each counter starts: the first number given out is one more.
STARTS = {"entry": 1_000_000, "change": 0, "proposed_program": 0, "words": 0}


def next_number(name: str) -> int:
    """Take the next number of counter ``name``; its row stays locked until the commit.

    So two transactions that take a number commit in the order of their numbers, on
    SQLite and on PostgreSQL alike.
    """
    return take(name, 1)


def take(name: str, count: int) -> int:
    """Take ``count`` numbers at once; returns the last of them."""
    taken = db.session.execute(
        sa.update(Counter)
        .where(Counter.name == name)
        .values(value=Counter.value + count)
        .returning(Counter.value)
        .execution_options(synchronize_session=False)
    ).scalar()
    if taken is None:
        raise LookupError(f"counter {name!r} is missing; the first migration makes it")
    return int(taken)
