"""Explaining a search over the index of this site."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from app.errors import SearchUnavailable
from app.search import explain as explaining
from app.search.engine import IndexUnusable
from app.search.engines.snapshot import Snapshot
from app.search.explain import EntryTold, Explanation, UnitTold
from app.search.query import SearchQuery
from app.search.registry import open_engine
from app.services import choices, indexing, searching

__all__ = ["EntryTold", "Explanation", "UnitTold", "explain", "reads_all"]

PUBLIC = frozenset({"public"})


def reads_all() -> bool:
    """Whether explaining has to read every entry: the engine in use keeps no arrays."""
    return not isinstance(getattr(indexing.handle().engine(), "snapshot", None), Snapshot)


def explain(
    text: str,
    *,
    first: int = 5,
    number: int | None = None,
    told: Callable[[int], None] | None = None,
) -> Explanation:
    """What a search for ``text`` does, as a reader without account sees it.

    :param first: hits to explain.
    :param number: the record number of one entry to explain instead, found or not.
    :param told: called with the number of entries read, where the engine in use keeps no
        arrays and a passing index has to be made.
    :raises SearchUnavailable: if there is no index.
    """
    query = choices.read(searching.with_known_places(SearchQuery.from_args({"q": text}))).asked
    try:
        engine = indexing.handle().engine()
        snapshot = getattr(engine, "snapshot", None)
        if isinstance(snapshot, Snapshot):
            return explaining.explain(snapshot, query, audience=PUBLIC, first=first, number=number)
        return _over_a_passing_index(query, first=first, number=number, told=told)
    except IndexUnusable as cause:
        raise SearchUnavailable(str(cause)) from cause


def _over_a_passing_index(
    query: SearchQuery, *, first: int, number: int | None, told: Callable[[int], None] | None
) -> Explanation:
    """The same where the engine in use keeps no arrays to look into."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine("whoosh", Path(folder), create=True)
        engine.rebuild(indexing.all_documents(), sequence=0, progress=told)
        snapshot: Snapshot = getattr(engine, "snapshot")  # noqa: B009  # not of the protocol
        return explaining.explain(snapshot, query, audience=PUBLIC, first=first, number=number)
