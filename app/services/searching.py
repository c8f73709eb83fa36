"""Searching: the reader's question, the index's answer, the database's last word."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from app.errors import NotFound, SearchUnavailable
from app.models import Entry, User
from app.queries import entries as entry_queries
from app.queries import searches as search_queries
from app.queries import taxonomy as taxonomy_queries
from app.queries.cards import Card
from app.search import typed
from app.search.engine import Hit, IndexUnusable, SearchEngine, Suggestion
from app.search.facets import FACETS, FacetCount
from app.search.query import SearchQuery
from app.services import choices, indexing, searches, signposts, spelling
from app.services.choices import Read, TypedChoice
from app.text import thai
from app.text.years import to_be

log = logging.getLogger(__name__)

#: Searches offered beside a result.
MOST_RELATED = 8
#: A search that is nothing but a record number: 140116, #140116, หมายเลข ๑๔๐๑๑๖.
_NUMBER = re.compile("(#|หมายเลข(?:บันทึก)?|บันทึก(?:ที่)?|no\\.?)? ?:? ?([0-9]{1,15})")
#: Lines of suggestions of each kind; what one kind leaves free goes to the others.
_SHARES = {"search": 2, "page": 3, "tag": 2, "title": 8}


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
    """One line to offer while a reader types."""

    text: str
    kind: str  # "search", "community", "program", "tag", "title"
    entry: Any = None  # of a title: its kind, number, slug and page_slug
    slug: str = ""  # of a community, program or tag


@dataclass(frozen=True, slots=True)
class SearchPage:
    """What a search page or the API shows.

    ``query`` holds the text as typed and every choice, typed or of the address;
    ``addressed`` the choices of the address alone, ``typed`` the others.
    """

    query: SearchQuery
    total: int
    found: list[Found]
    facets: dict[str, list[NamedCount]]
    notes: list[str] = field(default_factory=list)
    did_you_mean: str | None = None
    corrected: str | None = None  # nothing was found for the query; this is what is shown
    took_ms: float = 0.0
    is_from_database: bool = False  # the index is being built: plain words, no facets
    words: str = ""  # what is looked for: the query without its typed choices
    addressed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    typed: tuple[TypedChoice, ...] = ()
    unknown: tuple[str, ...] = ()  # typed choices that name nothing; read as plain words
    is_plain: bool = False  # signs of a query language were typed; they are read as text
    best: tuple[int, ...] = ()  # numbers of the highest hits, whatever the page
    related: tuple[str, ...] = ()  # words to try

    @property
    def followed(self) -> SearchQuery:
        """The search as its feed names it: text as typed, choices of the address in slugs."""
        return SearchQuery(text=self.query.text, facets=self.addressed)

    @property
    def pages(self) -> int:
        """Number of pages, at least one."""
        return max(1, -(-self.total // self.query.per_page))


def search(
    viewer: User | None, query: SearchQuery, *, lang: str = "th", corrects: bool = False
) -> SearchPage:
    """Search or, without words, browse; places are named in ``lang``.

    Never fails for want of an index.

    :param corrects: where nothing is found, show what was probably meant instead.
    """
    started = time.perf_counter()
    query = with_known_places(query)
    read = choices.read(query)
    try:
        page = _from_index(viewer, read, lang=lang)
        if corrects and page.did_you_mean and not page.total:
            page = _corrected(viewer, query, page, lang=lang)
    except (SearchUnavailable, IndexUnusable, OSError) as cause:
        log.warning("search answers from the database: %s", cause)
        page = _from_database(viewer, read.asked)
    return replace(
        page,
        query=replace(query, facets=read.asked.facets, without=read.asked.without),
        words=read.text,
        addressed=query.facets,
        typed=read.typed,
        unknown=read.unknown,
        is_plain=page.is_plain or read.is_plain,
        took_ms=round((time.perf_counter() - started) * 1000, 1),
    )


def _corrected(
    viewer: User | None, query: SearchQuery, page: SearchPage, *, lang: str
) -> SearchPage:
    """What was probably meant in place of an empty ``page``, if it finds something."""
    assert page.did_you_mean is not None
    meant = choices.read(replace(query, text=page.did_you_mean))
    instead = _from_index(viewer, meant, lang=lang)
    return replace(instead, corrected=page.did_you_mean) if instead.total else page


def entry_called(viewer: User | None, text: str) -> Entry | None:
    """The entry whose record number is the whole of ``text``, if ``viewer`` may read it.

    Digits alone that are a year (2550) are no number here: many numbers of old posts look
    like years.  With # or หมายเลข before them they are.
    """
    found = _NUMBER.fullmatch(thai.fold(text[:60]).strip())
    if found is None or (not found[1] and is_year(found[2])):
        return None
    try:
        return entry_queries.get_visible(viewer, int(found[2]))
    except NotFound:
        return None


def year_of(word: str) -> int | None:
    """The year, พ.ศ., that a word of a query is in any of its forms; None when it is none."""
    try:
        return to_be(word)
    except ValueError:
        return None


def is_year(word: str) -> bool:
    """Whether a word of a query is a year."""
    return year_of(word) is not None


def suggestions(
    viewer: User | None, text: str, *, limit: int = 8, lang: str = "th"
) -> list[Suggested]:
    """What to offer while ``text`` is typed: searches of others, pages, tags and titles.

    Titles and tags come from the index, which may lag behind: the database is asked whether
    a title may still be seen and whether a tag is still in use.
    """
    text = " ".join(text.split())[:200]
    if len(thai.fold(text).strip()) < 2:
        return []
    offered = _offered(text, limit)
    groups = {
        "search": [Suggested(one, "search") for one in searches.often_beginning(text, limit=4)],
        "page": _pages(text, limit=6, lang=lang),
        "tag": _tags(viewer, [one for one in offered if one.kind == "tag"]),
        "title": _titles(viewer, [one for one in offered if one.kind == "title"]),
    }
    return _shared_out(groups, limit)


def _offered(text: str, limit: int) -> list[Suggestion]:
    try:
        return indexing.handle().engine().suggest(text, limit + _SHARES["tag"])
    except (SearchUnavailable, IndexUnusable, OSError):
        return []


def _pages(text: str, *, limit: int, lang: str) -> list[Suggested]:
    pages = signposts.current().beginning(text, limit=limit)
    slugs = {
        kind: [page.slug for page in pages if page.kind == kind]
        for kind in ("community", "program")
    }
    names = taxonomy_queries.names_of_facets(slugs, lang=lang)
    return [
        Suggested(names[page.kind][page.slug], page.kind, slug=page.slug)
        for page in pages
        if page.slug in names[page.kind]
    ]


def _tags(viewer: User | None, offered: list[Suggestion]) -> list[Suggested]:
    in_use = taxonomy_queries.tags_in_use(viewer, [one.key for one in offered])
    return [Suggested(one.text, "tag", slug=one.key) for one in offered if one.key in in_use]


def _titles(viewer: User | None, offered: list[Suggestion]) -> list[Suggested]:
    ids = {one.key: int(one.key.partition(":")[2]) for one in offered}
    known = search_queries.titles_of(viewer, list(ids.values()))
    return [
        Suggested(known[ids[one.key]].title, "title", entry=known[ids[one.key]])
        for one in offered
        if ids[one.key] in known
    ]


def _shared_out(groups: dict[str, list[Suggested]], limit: int) -> list[Suggested]:
    """At most ``limit`` lines, each text once, some of each kind."""
    taken: dict[str, Suggested] = {}
    first = {name: rows[: _SHARES[name]] for name, rows in groups.items()}
    for one in chain(*first.values(), *groups.values()):
        taken.setdefault(thai.fold(one.text).strip(), one)
    chosen = set(list(taken)[:limit])
    return [  # each kind together, whatever share it got
        one
        for rows in groups.values()
        for one in rows
        if (key := thai.fold(one.text).strip()) in chosen and taken[key] is one
    ]


def with_known_places(query: SearchQuery) -> SearchQuery:
    """``query`` with Thai names of communities and programs turned into their slugs."""
    facets = dict(query.facets)
    for name in ("community", "program"):
        if chosen := facets.get(name):
            facets[name] = taxonomy_queries.slugs_of(name, chosen)
    return replace(query, facets=facets)


def _from_index(viewer: User | None, read: Read, *, lang: str) -> SearchPage:
    engine = indexing.handle().engine()
    exclude = indexing.pending_hidden_from(viewer, engine.sequence)
    audience = indexing.tokens_of(viewer)
    result = engine.search(read.asked, audience=audience, exclude=exclude)
    meant = None
    if result.is_unsure and read.asked.page == 1:

        def count(text: str) -> int:
            asked = SearchQuery(text=text, per_page=1)
            return engine.search(asked, audience=audience, exclude=exclude).total

        meant = spelling.meant(read.text, total=result.total, count=count)
    entries = entry_queries.by_numbers(viewer, [hit.number for hit in result.hits])
    by_number = {entry.number: entry for entry in entries}
    facets = named(result.facets, lang=lang)
    related: tuple[str, ...] = ()
    if read.text and read.asked.page == 1:
        told = [text for text in result.related if _finds(engine, text)]
        related = _related(read, told, facets.get("tag", ()))
    return SearchPage(
        query=read.asked,
        total=result.total,
        found=[Found(hit, by_number[hit.number]) for hit in result.hits if hit.number in by_number],
        facets=facets,
        notes=list(result.notes),
        did_you_mean=read.with_choices(meant) if meant else None,
        is_plain=result.is_plain,
        best=result.best,
        related=related,
    )


def _finds(engine: SearchEngine, text: str) -> bool:
    """Whether everybody finds something for a word that the glossary calls related."""
    asked = SearchQuery(text=text, per_page=1)
    return engine.search(asked, audience=indexing.tokens_of(None)).total > 0


def _related(read: Read, told: Iterable[str], tags: Iterable[NamedCount]) -> tuple[str, ...]:
    """Words to try: what the glossary calls related, what others asked, tags of the hits."""
    asked = thai.fold(read.text).strip()
    chosen = read.asked.facets.get("tag", frozenset())
    near = [row.name for row in tags if row.count and row.slug not in chosen][:MOST_RELATED]
    found: dict[str, str] = {}
    for text in chain(told, searches.often_sharing(read.text, limit=3), near):
        folded = thai.fold(text).strip()
        if folded and folded not in asked:
            found.setdefault(folded, text)
    return tuple(found.values())[:MOST_RELATED]


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
    asked = typed.read(query.text)
    total, entries = entry_queries.matching(
        viewer,
        [*asked.words.split(), *asked.phrases],
        facets={name: frozenset(map(str, chosen)) for name, chosen in query.facets.items()},
        limit=query.per_page,
        offset=(query.page - 1) * query.per_page,
        without=asked.without,
        without_facets={name: frozenset(slugs) for name, slugs in query.without.items()},
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
