"""Comparing the search index with the database, and bringing it back.

The database is the truth.  A document is missing, or there is one too many, or it is of an
older version of its entry; what changed since the sequence that the index holds is no
difference, for the index has yet to come to it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.db import db, end_read, transaction
from app.errors import SearchUnavailable
from app.models import Change, Entry
from app.queries import entries as entry_queries
from app.search.engine import IndexUnusable
from app.services import changes, indexing, rebuilding
from app.vocabulary import Status

#: Entries read from the database at once.
PAGE = 10_000
#: Entries named in one statement.
BATCH = 500
#: Entries that are named to a person.
MOST_NAMED = 10
#: Seconds that a running site gets to follow.
PATIENCE_S = 30.0

Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a check found; entries by id, sorted."""

    engine: str
    documents: int  # in the index
    behind: int  # changes that the index has yet to come to
    missing: tuple[int, ...] = ()
    extra: tuple[int, ...] = ()  # in the index, but binned or not in the database at all
    stale: tuple[int, ...] = ()  # of another version than the entry

    @property
    def ids(self) -> list[int]:
        return sorted({*self.missing, *self.extra, *self.stale})

    @property
    def is_equal(self) -> bool:
        """Whether the index holds what the database holds, now and not only later."""
        return not self.ids and not self.behind


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check ended."""

    found: Difference | None  # None: there was no index that could be compared
    unusable: str = ""  # why, in that case
    left: Difference | None = None  # after repairing

    @property
    def is_good(self) -> bool:
        """Whether index and database are equal now."""
        now = self.left or self.found
        return now is not None and not now.ids


def check(*, alone: bool, dry_run: bool, told: Told | None = None) -> Outcome:
    """Compare index and database, and repair what differs.

    :param alone: this process is the one that writes the index.
    :param dry_run: change nothing.
    :param told: called with the number of entries compared.
    """
    unusable = ""
    try:
        rebuilding.verify()
        if alone and not dry_run:
            indexing.handle().refresh()
            indexing.follow()
    except (IndexUnusable, SearchUnavailable) as cause:
        unusable = str(cause)
        if dry_run:
            return Outcome(None, unusable)
        rebuilding.carry_out() if alone else rebuilding.ask()
    if not alone:
        wait_for_the_site()
    try:
        found = compare(told)
        if not found.ids or dry_run:
            return Outcome(found, unusable)
        repair(found, alone=alone)
        if not alone:
            wait_for_the_site()
        return Outcome(found, unusable, compare())
    except SearchUnavailable as cause:
        return Outcome(None, str(cause))


def compare(told: Told | None = None) -> Difference:
    """Compare key and version of every document with every entry that is not binned.

    :param told: called with the number of entries compared.
    :raises SearchUnavailable: if there is no index to compare.
    """
    held = indexing.handle()
    try:
        held.refresh()
        return _compared(told)
    except IndexUnusable as cause:
        raise SearchUnavailable(str(cause)) from cause


def _compared(told: Told | None) -> Difference:
    held = indexing.handle()
    engine = held.engine()
    # The engine stands still between two refreshes; what changes later is found by its sequence.
    found, sequence = engine.versions(), engine.sequence
    documents = len(found)
    missing, stale = [], []
    for done, (entry_id, version) in enumerate(_entries(), 1):
        of_index = found.pop(f"entry:{entry_id}", None)
        if of_index is None:
            missing.append(entry_id)
        elif of_index != version:
            stale.append(entry_id)
        if told is not None and done % 1000 == 0:
            told(done)
    end_read()
    extra = [int(key.partition(":")[2]) for key in found if key.partition(":")[2].isdecimal()]
    later = _changed_after(sequence, {*missing, *stale, *extra})
    end_read()
    return Difference(
        engine=held.name,
        documents=documents,
        behind=max(0, entry_queries.last_change() - sequence),
        missing=tuple(one for one in missing if one not in later),
        extra=tuple(sorted(one for one in extra if one not in later)),
        stale=tuple(one for one in stale if one not in later),
    )


def _entries() -> Iterable[tuple[int, int]]:
    """(id, version) of every entry that has a document."""
    last = 0
    while True:
        rows = db.session.execute(
            sa.select(Entry.id, Entry.version)
            .where(Entry.id > last, Entry.status != Status.BINNED)
            .order_by(Entry.id)
            .limit(PAGE)
        ).all()
        yield from ((row.id, row.version) for row in rows)
        end_read()
        if len(rows) < PAGE:
            return
        last = rows[-1].id


def _changed_after(sequence: int, ids: set[int]) -> set[int]:
    if not ids:
        return set()
    changed = sa.select(Change.entry_id).where(Change.sequence > sequence).distinct()
    return set(db.session.scalars(changed)) & ids


def repair(difference: Difference, *, alone: bool) -> None:
    """Bring the documents of ``difference`` to what the entries are.

    :param alone: this process is the one that writes the index; otherwise the change log
        tells the one that is.
    :raises IndexUnusable, OSError: if the index cannot be written.
    """
    if alone:
        held = indexing.handle()
        with held.writing:
            for ids in _batches(difference.ids):
                engine = held.engine()
                engine.apply(list(indexing.batch_for(ids)), sequence=engine.sequence)
                end_read()
        return
    living = set()
    for ids in _batches(difference.ids):
        with transaction() as session:
            known = sa.select(Entry.id).where(Entry.id.in_(ids))
            living |= set(session.scalars(known))
            changes.append_for(known)
    if set(difference.ids) - living:
        # No change can name an entry that is not in the database: only a rebuild forgets it.
        rebuilding.ask()


def _batches(ids: list[int]) -> Iterable[list[int]]:
    return (ids[at : at + BATCH] for at in range(0, len(ids), BATCH))


def wait_for_the_site(told: Told | None = None) -> bool:
    """Wait until the running site's index has come to where the log is now.

    :param told: called again and again with the number of changes it is still behind.
    :returns: False when it did not within PATIENCE_S.
    """
    wanted = entry_queries.last_change()
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        behind = wanted - _sequence()
        if behind <= 0 and not indexing.handle().wishes.rebuild():
            return True
        if told is not None:
            told(max(0, behind))
        time.sleep(0.1)
    return False


def _sequence() -> int:
    held = indexing.handle()
    try:
        held.refresh()
        return held.engine().sequence
    except (SearchUnavailable, IndexUnusable):
        held.replace(None)
        return 0


def numbers_of(ids: Iterable[int]) -> list[int]:
    """Record numbers of the first MOST_NAMED entries, for naming them to a person."""
    wanted = list(ids)[:MOST_NAMED]
    found = db.session.scalars(
        sa.select(Entry.number).where(Entry.id.in_(wanted)).order_by(Entry.number)
    )
    return list(found)
