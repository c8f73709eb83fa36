"""Which uploads an entry uses: named by its text, or listed beneath it.

A right to read an entry opens what it uses.  So nobody attaches what is not theirs: an
upload comes to an entry by its owner, and stays known there for the other writers.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.db import db, transaction
from app.models import Entry, EntryUpload, User
from app.queries import uploads as upload_queries
from app.services import changes

#: Uploads of one entry, in its text and beneath it.
MOST_OF_ENTRY = 100


def follow_text(actor: User | None, entry: Entry) -> None:
    """Bring the uses in line with the text; in the transaction that stores it."""
    named = upload_queries.references(entry.body)[:MOST_OF_ENTRY]
    if not named and entry.revision_number <= 1:
        return
    known = _known(entry)
    for use in known.values():
        use.in_text = use.upload_id in named
    _add(actor, entry, known, named)
    for position, upload_id in enumerate(named):
        if upload_id in known:
            known[upload_id].position, known[upload_id].in_text = position, True


def list_beneath(actor: User, entry: Entry, ids: Sequence[int]) -> None:
    """Show exactly these uploads with ``entry``, whether its text names them or not.

    It joins the transaction that stores the text, which asked whether ``actor`` may.
    """
    wanted = list(dict.fromkeys(ids))[:MOST_OF_ENTRY]
    with transaction():
        known = _known(entry)
        before = [(use.upload_id, use.is_listed) for use in known.values()]
        for use in known.values():
            use.is_listed = use.upload_id in wanted
        _add(actor, entry, known, wanted)
        for position, upload_id in enumerate(wanted):
            if upload_id in known:
                use = known[upload_id]
                use.is_listed = True
                use.position = use.position if use.in_text else 1_000 + position
        if before != [(use.upload_id, use.is_listed) for use in known.values()]:
            changes.append(entry)


def _known(entry: Entry) -> dict[int, EntryUpload]:
    rows = db.session.scalars(
        sa.select(EntryUpload)
        .where(EntryUpload.entry_id == entry.id)
        .order_by(EntryUpload.upload_id)
    )
    return {use.upload_id: use for use in rows}


def _add(
    actor: User | None, entry: Entry, known: dict[int, EntryUpload], wanted: Sequence[int]
) -> None:
    new = [upload_id for upload_id in wanted if upload_id not in known]
    if actor is None or not new:
        return
    for upload_id in upload_queries.of_ids(actor, new):
        use = EntryUpload(entry_id=entry.id, upload_id=upload_id, in_text=False, is_listed=False)
        db.session.add(use)
        known[upload_id] = use
