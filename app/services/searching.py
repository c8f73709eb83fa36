"""Searching: the reader's question, the index's answer, the database's last word."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace

from app.errors import SearchUnavailable
from app.models import Entry, User
from app.queries import entries as entry_queries
from app.queries import taxonomy as taxonomy_queries
from app.queries.cards import Card
from app.search.engine import Hit, IndexUnusable
from app.search.facets import FACETS, FacetCount
from app.search.query import SearchQuery
from app.services import indexing

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """One hit with the entry behind it."""

    hit: Hit
    entry: Card


@dataclass(frozen=True, slots=True)
class NamedCount:
    """One choice of a facet with its name for people."""

    slug: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Suggested:
    """One line to offer while a reader types: a title with its entry, or a tag."""

    text: str
    kind: str  # "title", "tag"
    entry: Entry | None = None
    slug: str = ""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What a search page or the API shows."""

    query: SearchQuery
    total: int
    found: list[Found]
    facets: dict[str, list[NamedCount]]
    notes: list[str] = field(default_factory=list)
    did_you_mean: str | None = None
    took_ms: float = 0.0
    is_from_database: bool = False  # the index is being built: plain words, no facets

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(1, -(-self.total // self.query.per_page))


def search(viewer: User | None, query: SearchQuery, *, lang: str = "th") -> SearchPage:
    """Search or, without words, browse; places are named in ``lang``.

    Never fails for want of an index.
    """
    started = time.perf_counter()
    query = with_known_places(query)
    try:
        page = _from_index(viewer, query, lang=lang)
    except (SearchUnavailable, IndexUnusable, OSError) as cause:
        log.warning("search answers from the database: %s", cause)
        page = _from_database(viewer, query)
    return replace(page, took_ms=round((time.perf_counter() - started) * 1000, 1))


def suggestions(viewer: User | None, text: str, *, limit: int = 8) -> list[Suggested]:
    """What to offer while ``text`` is typed; nothing while there is no index.

    The index may lag behind, so the database is asked whether a title may still be seen
    and whether a tag is still in use.
    """
    try:
        offered = indexing.handle().engine().suggest(text, limit)
    except (SearchUnavailable, IndexUnusable, OSError):
        return []
    ids = [int(one.key.partition(":")[2]) for one in offered if one.kind == "title"]
    entries = {f"entry:{entry.id}": entry for entry in entry_queries.by_ids(viewer, ids)}
    tags = taxonomy_queries.tags_in_use(viewer, [one.key for one in offered if one.kind == "tag"])
    return [
        Suggested(one.text, one.kind, entry=entries.get(one.key), slug=one.key)
        for one in offered
        if one.key in entries or one.key in tags
    ]


def with_known_places(query: SearchQuery) -> SearchQuery:
    """``query`` with Thai names of communities and programs turned into their slugs."""
    facets = dict(query.facets)
    for name in ("community", "program"):
        if chosen := facets.get(name):
            facets[name] = taxonomy_queries.slugs_of(name, chosen)
    return replace(query, facets=facets)


def _from_index(viewer: User | None, query: SearchQuery, *, lang: str) -> SearchPage:
    engine = indexing.handle().engine()
    exclude = indexing.pending_hidden_from(viewer, engine.sequence)
    result = engine.search(query, audience=indexing.tokens_of(viewer), exclude=exclude)
    entries = entry_queries.by_numbers(viewer, [hit.number for hit in result.hits])
    by_number = {entry.number: entry for entry in entries}
    return SearchPage(
        query=query,
        total=result.total,
        found=[Found(hit, by_number[hit.number]) for hit in result.hits if hit.number in by_number],
        facets=named(result.facets, lang=lang),
        notes=list(result.notes),
        did_you_mean=result.did_you_mean,
    )


def named(facets: dict[str, list[FacetCount]], *, lang: str) -> dict[str, list[NamedCount]]:
    """Facet counts with the names of what they count, in a fixed number of statements."""
    names = taxonomy_queries.names_of_facets(
        {name: [row.slug for row in rows] for name, rows in facets.items()}, lang=lang
    )
    return {
        name: [NamedCount(row.slug, names[name].get(row.slug, row.slug), row.count) for row in rows]
        for name, rows in facets.items()
    }


def _from_database(viewer: User | None, query: SearchQuery) -> SearchPage:
    total, entries = entry_queries.matching(
        viewer,
        query.text.split(),
        facets={name: frozenset(map(str, chosen)) for name, chosen in query.facets.items()},
        limit=query.per_page,
        offset=(query.page - 1) * query.per_page,
    )
    found = [
        Found(
            Hit(
                key=f"entry:{entry.id}", number=entry.number, score=0.0, snippet=entry.summary[:200]
            ),
            entry,
        )
        for entry in entries
    ]
    return SearchPage(
        query=query,
        total=total,
        found=found,
        facets={name: [] for name in FACETS},
        is_from_database=True,
    )
