"""The change log: what the search index and the page caches follow.

A row is written in the transaction that causes it.  Sequences come from one counter row
that stays locked until the commit, so they become visible in order.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from app.clock import now
from app.db import db, transaction
from app.models import Change, Entry
from app.services import counters


def append(entry: Entry) -> None:
    """This entry's page and search document may differ from now on."""
    db.session.flush()
    append_for(sa.select(Entry.id).where(Entry.id == entry.id))
    db.session.expire(entry, ["version"])


def append_for(entry_ids: sa.Select[int]) -> int:
    """The same for every entry of a select of ids; returns how many.

    Two statements whatever the number of entries: a rename of a place that thousands
    of entries carry costs the same as one edit.
    """
    db.session.flush()
    wanted = entry_ids.subquery()
    count = db.session.scalar(sa.select(sa.func.count()).select_from(wanted)) or 0
    if not count:
        return 0
    first = counters.take("change", count) - count
    numbered = sa.select(
        (sa.func.row_number().over(order_by=wanted.c[0]) + first).label("sequence"),
        wanted.c[0].label("entry_id"),
        sa.literal(now(), type_=Change.__table__.c.at.type).label("at"),
    )
    db.session.execute(sa.insert(Change).from_select(["sequence", "entry_id", "at"], numbered))
    db.session.execute(
        sa.update(Entry)
        .where(Entry.id.in_(sa.select(wanted.c[0])))
        .values(version=Entry.version + 1)
        .execution_options(synchronize_session=False)
    )
    return count


def sweep() -> None:
    """Forget changes that a later one of the same entry makes needless.

    Whoever follows the log reads an entry as it is now, so the last change of each is
    enough, and the log is never longer than there are entries.
    """
    later = aliased(Change)
    outdone = sa.exists().where(later.entry_id == Change.entry_id, later.sequence > Change.sequence)
    with transaction() as session:
        session.execute(
            sa.delete(Change).where(outdone).execution_options(synchronize_session=False)
        )
