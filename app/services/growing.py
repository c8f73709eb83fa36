"""Lines of forum records that grow into lessons: the link between the two, shown at both ends.

The link is no part of either text, so it outlives every edit of both.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from app.db import insert, transaction
from app.models import Entry, LineGrowth, User
from app.queries.forums import lines_behind, lines_named
from app.services import changes


def note(actor: User, lesson: Entry, keys: Iterable[str] | None) -> None:
    """Keep the lines from which a lesson grew ("1000001-q3"); None: leave as it was.

    Lines of records that ``actor`` may not read stay linked: the form did not show them.
    """
    if keys is None:
        return
    before = {line.part.id: line for line in lines_behind(actor, lesson)}
    after = {line.part.id: line for line in lines_named(actor, list(keys))}
    with transaction() as session:
        here = LineGrowth.entry_id == lesson.id
        gone = sorted(before.keys() - after.keys())
        session.execute(sa.delete(LineGrowth).where(here, LineGrowth.part_id.in_(gone)))
        known = set(session.scalars(sa.select(LineGrowth.part_id).where(here)))
        new = sorted(after.keys() - known)
        if new:
            rows = [{"entry_id": lesson.id, "part_id": one} for one in new]
            session.execute(insert(LineGrowth).values(rows).on_conflict_do_nothing())
        touched = {(before | after)[one].entry.id for one in (*gone, *new)}
        if touched:
            changes.append_for(sa.select(Entry.id).where(Entry.id.in_([*touched, lesson.id])))
