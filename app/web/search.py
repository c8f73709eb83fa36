"""Search and browse: one page for both, and the lists of kinds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.queries.naming import communities_named, programs_named
from app.search.query import SearchQuery
from app.services import searching
from app.services.searching import NamedCount, SearchPage
from app.text.years import to_be
from app.vocabulary import EntryKind
from app.web import labels, language
from app.web.caching import of_the_site, public_page
from app.web.helpers import (
    community_label,
    community_url,
    program_url,
    viewer,
    with_args,
    with_each,
    year_label,
)
from app.web.marks import mark

bp = Blueprint("search", __name__)

#: Choices of one facet that a page holds; the list shows the first few and folds the rest.
MOST_CHOICES = 40
#: Names looked up, and ways on that are offered, where nothing was found.
MOST_NAMES, MOST_WAYS = 8, 6
#: Facets beside the results, in this order.
SHOWN_FACETS = ("kind", "community", "program", "year", "fiscal_year", "tag", "state")


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a filter: its count, and the address that switches it on or off."""

    name: Any  # may still have to be translated
    slug: str
    count: int
    href: str
    selected: bool


@bp.get("/search")
@public_page(of_the_site)
def results() -> ResponseReturnValue:
    query = SearchQuery.from_args(request.args)
    page = searching.search(viewer(), query, lang=language.current())
    return render(page, room="search", fixed=())


def show_list(kinds: Iterable[EntryKind], *, room: str) -> ResponseReturnValue:
    """A list of some kinds, with the same filters as search."""
    query = SearchQuery.from_args(request.args)
    values = frozenset(kind.value for kind in kinds)
    chosen = query.facets.get("kind", frozenset()) & values or values
    query = replace(query, facets={**query.facets, "kind": chosen})
    fixed = ("kind",) if len(values) == 1 else ()
    page = searching.search(viewer(), query, lang=language.current())
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
    """The page of results.

    :param fixed: facets that are not offered.
    :param implied: choices that the list itself makes, not shown as chosen.
    """
    implied = implied or {}
    chosen = {
        name: [value for value in sorted(values) if value not in implied.get(name, frozenset())]
        for name, values in page.query.facets.items()
    }
    sort = page.query.sort
    if sort == "relevance" and not page.query.text:
        sort = "newest"  # what browsing means by it
    return render_template(
        "search/results.html",
        room=room,
        page=page,
        query=page.query,
        groups=[facet_items(name, page, chosen) for name in SHOWN_FACETS if name not in fixed],
        chips=[chip for name, values in chosen.items() for chip in chips_of(name, values, page)],
        clear_href=with_args(drop=(*labels.FACETS, "page")),
        sorts=[
            (text, with_args(sort=name, page=None), sort == name)
            for name, text in labels.SORTS.items()
            if name != "relevance" or page.query.text
        ],
        ways_on=[] if page.total or not page.query.text else ways_on(page.query),
        results=[(found, *marked(found)) for found in page.found],
        hidden=[(n, v) for n, v in request.args.items(multi=True) if n not in ("q", "page")],
    )


def ways_on(query: SearchQuery) -> list[tuple[str, str]]:
    """(text, address) of what to try when nothing was found.

    The same words without the year, without filters, and the pages of places and programs
    that the words name.
    """
    ways: list[tuple[str, str]] = []
    words = query.text.split()
    without_year = " ".join(word for word in words if not is_year(word))
    if without_year and without_year != query.text:
        said = _("“%(text)s” without the year", text=without_year)
        ways.append((said, with_args(q=without_year, page=None)))
    for name in dict.fromkeys([query.text, without_year, *words][:MOST_NAMES]):
        ways += [(community_label(one), community_url(one)) for one in communities_named(name)]
        ways += [(one.label, program_url(one)) for one in programs_named(name)]
    return list(dict.fromkeys(ways))[:MOST_WAYS]


def is_year(word: str) -> bool:
    """Whether a word of a query is a year in any of its forms."""
    try:
        to_be(word)
    except ValueError:
        return False
    return True


def facet_items(name: str, page: SearchPage, chosen: dict[str, list[str]]) -> dict[str, Any]:
    """One group of filters: every choice with its count and the address that switches it."""
    mine = chosen.get(name, [])
    rows = page.facets.get(name, [])
    rows = [row for row in rows if row.slug in mine] + [row for row in rows if row.slug not in mine]
    rows = rows[: MOST_CHOICES + len(mine)]
    hrefs = with_each(
        name,
        (
            [one for one in mine if one != row.slug] if row.slug in mine else [*mine, row.slug]
            for row in rows
        ),
    )
    items = [
        Choice(name_of(name, row), row.slug, row.count, href, row.slug in mine)
        for row, href in zip(rows, hrefs, strict=True)
    ]
    return {"name": name, "title": labels.FACETS[name], "entries": items}


def with_choice(facet: str, values: list[str]) -> str:
    """This list with other choices of one facet, from its first page."""
    changed: dict[str, Any] = {facet: values, "page": None}
    return with_args(**changed)


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
            "href": with_choice(facet, [other for other in values if other != value]),
        }
        for value in values
    ]


def marked(found: searching.Found) -> tuple[Any, Any]:
    """(title, excerpt) of a hit with what was found marked; None: the summary says it better."""
    hit = found.hit
    title = mark(found.entry.title, hit.title_spans)
    says_more = hit.snippet and (hit.snippet_spans or not found.entry.summary)
    return title, mark(hit.snippet, hit.snippet_spans) if says_more else None
