"""The lists beside the results.  To add a facet, add a line to FACETS: that is all.

The engines take the values of every document from here, ``query.py`` reads the parameter
of the same name, and the counts come back under it.  A new line needs a rebuild of the
index, which happens by itself: FACETS is part of the index's fingerprint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.search.documents import Document


@dataclass(frozen=True, slots=True)
class Facet:
    """One list: its parameter, what a document adds to it, and how much of it is told."""

    name: str
    values: Callable[[Document], Iterable[str]]
    most: int = 400  # counts that are told, the highest first; chosen ones always


@dataclass(frozen=True, slots=True)
class FacetCount:
    """One choice and the number of hits that have it, over all hits."""

    slug: str
    count: int


FACETS: Mapping[str, Facet] = {
    facet.name: facet
    for facet in (
        Facet("kind", lambda document: (document.kind,)),
        Facet("community", lambda document: document.communities),
        Facet("program", lambda document: document.programs),
        Facet("year", lambda document: map(str, document.years)),
        Facet("fiscal_year", lambda document: map(str, document.fiscal_years)),
        Facet("tag", lambda document: document.tags, most=100),
        Facet("author", lambda document: document.authors, most=100),
        Facet("state", lambda document: (document.state,)),
    )
}


def values_of(document: Document) -> dict[str, tuple[str, ...]]:
    """What ``document`` adds to each facet; empty values add nothing."""
    return {
        name: tuple(dict.fromkeys(value for value in facet.values(document) if value))
        for name, facet in FACETS.items()
    }


def told(counts: Mapping[str, int], facet: Facet, chosen: frozenset[str]) -> list[FacetCount]:
    """The counts of one facet as a result tells them: highest first, then by slug."""
    known = [(-count, slug) for slug, count in counts.items() if count or slug in chosen]
    rows = [FacetCount(slug, -count) for count, slug in sorted(known)]
    kept = rows[: facet.most]
    kept += [row for row in rows[facet.most :] if row.slug in chosen]
    missing = chosen - {row.slug for row in kept}
    return kept + [FacetCount(slug, 0) for slug in sorted(missing)]
