"""Search and browse: one page for both, and the lists of kinds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.search.query import SearchQuery
from app.services import searching
from app.services.searching import NamedCount, SearchPage
from app.vocabulary import EntryKind
from app.web import labels
from app.web.caching import of_the_site, public_page
from app.web.helpers import viewer, with_args, year_label
from app.web.marks import mark

bp = Blueprint("search", __name__)

#: Facets beside the results, in this order.
SHOWN_FACETS = ("kind", "community", "program", "year", "fiscal_year", "tag", "state")


@bp.get("/search")
@public_page(of_the_site)
def results() -> ResponseReturnValue:
    query = SearchQuery.from_args(request.args)
    return render(searching.search(viewer(), query), room="search", fixed=())


def show_list(kinds: Iterable[EntryKind], *, room: str) -> ResponseReturnValue:
    """A list of some kinds, with the same filters as search."""
    query = SearchQuery.from_args(request.args)
    values = frozenset(kind.value for kind in kinds)
    chosen = query.facets.get("kind", frozenset()) & values or values
    query = replace(query, facets={**query.facets, "kind": chosen})
    fixed = ("kind",) if len(values) == 1 else ()
    page = searching.search(viewer(), query)
    return render(
        page, room=room, fixed=fixed, implied={"kind": values} if chosen == values else {}
    )


def render(
    page: SearchPage,
    *,
    room: str,
    fixed: tuple[str, ...],
    implied: dict[str, frozenset[str]] | None = None,
) -> str:
    """The page of results; ``fixed`` facets are not offered, ``implied`` choices not shown as chosen."""
    implied = implied or {}
    chosen = {
        name: [value for value in sorted(values) if value not in implied.get(name, frozenset())]
        for name, values in page.query.facets.items()
    }
    return render_template(
        "search/results.html",
        room=room,
        page=page,
        query=page.query,
        groups=[facet_items(name, page, chosen) for name in SHOWN_FACETS if name not in fixed],
        chips=[chip for name, values in chosen.items() for chip in chips_of(name, values, page)],
        clear_href=with_args(drop=(*labels.FACETS, "page")),
        sorts=[
            (text, with_args(sort=name, page=None), page.query.sort == name)
            for name, text in labels.SORTS.items()
            if name != "relevance" or page.query.text
        ],
        results=[(found, *marked(found)) for found in page.found],
        hidden=[(n, v) for n, v in request.args.items(multi=True) if n not in ("q", "page")],
    )


def facet_items(name: str, page: SearchPage, chosen: dict[str, list[str]]) -> dict[str, Any]:
    """One group of filters: every choice with its count and the address that switches it."""
    mine = chosen.get(name, [])
    items = []
    for row in page.facets.get(name, []):
        selected = row.slug in mine
        values = [value for value in mine if value != row.slug] if selected else [*mine, row.slug]
        items.append(
            {
                "name": name_of(name, row),
                "slug": row.slug,
                "count": row.count,
                "href": with_args(**{name: values, "page": None}),
                "selected": selected,
            }
        )
    return {"name": name, "title": labels.FACETS[name], "entries": items}


def name_of(facet: str, row: NamedCount) -> Any:
    """What a choice of a facet is called."""
    if facet == "kind":
        return labels.KINDS.get(row.slug, row.name)
    if facet == "state":
        return labels.STATES.get(row.slug, row.name)
    if facet in ("year", "fiscal_year") and row.slug.isdecimal():
        return year_label(int(row.slug))
    return row.name


def chips_of(facet: str, values: list[str], page: SearchPage) -> list[dict[str, Any]]:
    """The filters that are on, each with the address that takes it away."""
    known = {row.slug: row for row in page.facets.get(facet, [])}
    return [
        {
            "kind": facet,
            "name": name_of(facet, known.get(value) or NamedCount(value, value, 0)),
            "href": with_args(
                **{facet: [other for other in values if other != value], "page": None}
            ),
        }
        for value in values
    ]


def marked(found: searching.Found) -> tuple[Any, Any]:
    """(title, excerpt) of a hit with what was found marked."""
    title = mark(found.entry.title, found.hit.title_spans)
    return title, mark(found.hit.snippet, found.hit.snippet_spans) if found.hit.snippet else None
