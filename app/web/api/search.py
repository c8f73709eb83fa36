"""Search and suggestions: the same question and the same rules as the page /search."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext as _

from app.search.query import SearchQuery
from app.services import searching
from app.services.searching import Found, SearchPage
from app.text.years import parse_years
from app.web import language
from app.web.api import schemas
from app.web.api.entries import moment
from app.web.api.parsing import N_, Room, operation
from app.web.helpers import entry_path, viewer
from app.web.marks import mark
from app.web.search import name_of, unknown_choice
from app.web.search_ways import path_of

bp = Room("search")

#: Facets that the answer tells.
TOLD_FACETS = ("kind", "community", "program", "year", "tag")


@bp.get("/search")
@bp.arguments(schemas.SearchArgs, location="query")
@bp.response(200, schemas.SearchAnswer)
@operation(
    bp,
    "search",
    N_("Search, or list everything when there are no words"),
    description=N_(
        "Counts are over all hits, not the page. A facet's own choice does not shrink its own list."
    ),
)
def search(args: dict[str, Any]) -> dict[str, Any]:
    page = searching.search(viewer(), SearchQuery.from_args(request.args))
    return {
        "query": page.query.text,
        "total": page.total,
        "page": page.query.page,
        "per_page": page.query.per_page,
        "took_ms": page.took_ms,
        "did_you_mean": page.did_you_mean,
        "notes": [*page.notes, *left_out(args, page)],
        "facets": {name: choices(name, page) for name in TOLD_FACETS},
        "hits": [hit_told(found) for found in page.found],
    }


@bp.get("/suggest")
@bp.arguments(schemas.SuggestArgs, location="query")
@bp.response(200, schemas.Suggestions)
@operation(
    bp,
    "suggest",
    N_("Offer searches, places, programs, tags and titles while somebody types"),
)
def suggest(args: dict[str, Any]) -> dict[str, Any]:
    offered = searching.suggestions(viewer(), args["q"], lang=language.current())
    return {
        "suggestions": [
            {"text": one.text, "kind": one.kind, "url": path_of(one)} for one in offered
        ]
    }


def left_out(args: dict[str, Any], page: SearchPage) -> list[str]:
    """Typed choices that name nothing, and years of the address that are no years."""
    notes = [unknown_choice(piece) for piece in page.unknown]
    for text in (*args["year"], *args["fiscal_year"]):
        try:
            parse_years(text[:200], may_turn=True)
        except ValueError:
            notes.append(_("“%(value)s” is no year and was left out.", value=text[:40]))
    return notes


def choices(facet: str, page: SearchPage) -> list[dict[str, Any]]:
    """The choices of a facet with their names and counts."""
    return [
        {"slug": row.slug, "name": str(name_of(facet, row)), "count": row.count}
        for row in page.facets.get(facet, [])
    ]


def hit_told(found: Found) -> dict[str, Any]:
    """What the API tells of a hit."""
    hit, entry = found.hit, found.entry
    return {
        "number": entry.number,
        "kind": entry.kind,
        "title": entry.title,
        "url": entry_path(entry),
        "snippet_html": str(mark(hit.snippet, hit.snippet_spans)),
        "author": entry.byline,
        "created": moment(entry.created_at),
        "communities": [row.slug for row in entry.communities],
        "programs": [row.slug for row in entry.programs],
        "years": list(entry.years),
        "tags": [tag.name for tag in entry.tags],
    }
