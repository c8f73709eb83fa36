"""Search and browse: one page for both, and the lists of kinds."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.queries import knowing
from app.queries import taxonomy as taxonomy_queries
from app.search import typed
from app.search.query import SearchQuery
from app.services import doors, reading, searches, searching
from app.services.choices import TypedChoice
from app.services.searching import NamedCount, SearchPage
from app.text.excerpt import shortened
from app.vocabulary import EntryKind, Status
from app.web import labels, language
from app.web.caching import has_session, of_the_site, public_page
from app.web.helpers import (
    entry_url,
    page_url,
    site_url,
    viewer,
    with_args,
    with_each,
    year_label,
)
from app.web.marks import mark
from app.web.search_ways import ways_on

bp = Blueprint("search", __name__)

#: Choices of one facet that a page holds; the list shows the first few and folds the rest.
MOST_CHOICES = 40
#: Facets beside the results, in this order.
SHOWN_FACETS = ("kind", "community", "program", "year", "fiscal_year", "tag", "author", "state")
#: Facets whose choices have names in the database.
NAMED_FACETS = ("community", "program", "tag", "author")
#: Years in a row from which on they are told as a span.
LEAST_SPAN = 3

Choices = dict[str, list[str]]


def note_search(_stamp: Hashable = None) -> None:
    """Count what was asked, once for each visitor and hour."""
    query = SearchQuery.from_args(request.args)
    if request.method == "GET" and is_counted(query):
        visitor = reading.visitor_hash(
            str(current_app.config["SECRET_KEY"]),
            request.remote_addr or "",
            request.user_agent.string,
        )
        searches.asked(query.text, visitor)


def is_counted(query: SearchQuery) -> bool:
    """Whether it is the first page of a search of the whole site without filters.

    A reader who wants the words as they stand, whatever was shown instead, asks a second time.
    """
    return bool(query.text) and query.page == 1 and not query.facets and "exact" not in request.args


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a filter: its count, and the address that switches it on or off."""

    name: Any  # may still have to be translated
    slug: str
    count: int
    href: str
    selected: bool


@bp.get("/search")
@public_page(of_the_site, on_read=note_search)
def results() -> ResponseReturnValue:
    query = SearchQuery.from_args(request.args)
    if (there := address_called(query)) is not None:
        return redirect(there)
    corrects = "exact" not in request.args
    page = searching.search(viewer(), query, lang=language.current(), corrects=corrects)
    if is_counted(query):
        searches.found(query.text, None if page.corrected else public_total(page))
    if has_session():
        note_search()
    return render(page, room="search", fixed=())


def address_called(query: SearchQuery) -> str | None:
    """Where a query leads that is a record number and nothing else."""
    if not query.text or query.facets:
        return None
    entry = searching.entry_called(viewer(), query.text)
    return entry_url(entry) if entry is not None else None


def public_total(page: SearchPage) -> int:
    """How many entries a first page found that anybody may read.

    0 where all that it shows is private.
    """
    public = sum(found.entry.status == Status.PUBLISHED for found in page.found)
    if not public:
        return 0
    return page.total - (len(page.found) - public)


def show_list(kinds: Iterable[EntryKind], *, room: str) -> ResponseReturnValue:
    """A list of some kinds, with the same filters as search."""
    query = SearchQuery.from_args(request.args)
    if (there := address_called(query)) is not None:
        return redirect(there)
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
    chosen = without_implied(page.query.facets, implied or {})
    chips = chips_of(page, without_implied(page.addressed, implied or {}))
    sort = page.query.sort
    if sort == "relevance" and not page.words:
        sort = "newest"  # what browsing means by it
    words_alone = with_args(
        drop=(*labels.FACETS, "page"), q=typed.without_pieces(page.query.text, pieces(page)) or None
    )
    is_first = page.query.page == 1 and bool(page.words)
    return render_template(
        "search/results.html",
        room=room,
        page=page,
        query=page.query,
        told=shortened(page.query.text),
        groups=[facet_items(name, page, chosen) for name in SHOWN_FACETS if name not in fixed],
        chips=chips,
        clear_href=words_alone,
        sorts=[
            (text, with_args(sort=name, page=None), sort == name)
            for name, text in labels.SORTS.items()
            if name != "relevance" or page.words
        ],
        doors=doors.named_by(page.words, lang=language.current()) if is_first else [],
        ways=ways_on(page, words_alone if chips else "") if not page.total else None,
        results=[(found, *marked(found)) for found in page.found],
        unknown=[unknown_choice(piece) for piece in page.unknown],
        hidden=[(n, v) for n, v in request.args.items(multi=True) if n not in ("q", "page")],
        related=[(text, page_url("/search", q=text)) for text in page.related],
        feed=feed_address(page, room, is_plain=not chips and not page.query.text),
        **knowers(page if is_first else None),
    )


def without_implied(facets: Any, implied: dict[str, frozenset[str]]) -> Choices:
    return {
        name: [value for value in sorted(values) if value not in implied.get(name, frozenset())]
        for name, values in facets.items()
    }


def pieces(page: SearchPage) -> list[str]:
    """The stretches of the query that choose something."""
    return [one.piece for one in page.typed]


def knowers(page: SearchPage | None) -> dict[str, Any]:
    """Who wrote, told and answered most among the best hits, and the communities they name."""
    if page is None or page.total < knowing.LEAST_ENTRIES or not page.best:
        return {"people": [], "communities": []}
    counts = knowing.communities_on(viewer(), page.best)
    slugs = [slug for slug, _count in counts]
    names = taxonomy_queries.names_of_facets({"community": slugs}, lang=language.current())
    return {
        "people": knowing.people_on(viewer(), page.best),
        "communities": [
            ("community", names["community"][slug], page_url(f"/communities/{slug}"), count)
            for slug, count in counts
            if slug in names["community"]
        ],
    }


def feed_address(page: SearchPage, room: str, *, is_plain: bool) -> str:
    """The feed of this search; of a room when nothing narrows it."""
    if is_plain and room in ("posts", "lessons"):
        return site_url(f"/{room}/feed.atom")
    return site_url(feed_path(page.followed))


def feed_path(query: SearchQuery, at: str = "/search/feed.atom") -> str:
    """One address for one search, in whatever order its choices were made."""
    pairs = query.args()
    return f"{at}?{urlencode(pairs)}" if pairs else at


# --- filters -----------------------------------------------------------------------------


def facet_items(name: str, page: SearchPage, chosen: Choices) -> dict[str, Any]:
    """One group of filters: every choice with its count and the address that switches it."""
    mine = chosen.get(name, [])
    rows = page.facets.get(name, [])
    rows = [row for row in rows if row.slug in mine] + [row for row in rows if row.slug not in mine]
    rows = rows[: MOST_CHOICES + len(mine)]
    asked = asked_for(page, name)
    widened = iter(with_each(name, ([*asked, row.slug] for row in rows if row.slug not in mine)))
    items = [
        Choice(
            name=name_of(name, row),
            slug=row.slug,
            count=row.count,
            href=without_choice(page, name, row.slug) if row.slug in mine else next(widened),
            selected=row.slug in mine,
        )
        for row in rows
    ]
    return {"name": name, "title": labels.FACETS[name], "entries": items}


def without_choice(page: SearchPage, facet: str, slug: str) -> str:
    """This list without one choice, wherever it was made."""
    gone = [
        one for one in page.typed if one.facet == facet and slug in one.slugs and not one.is_without
    ]
    kept = {other for one in gone for other in one.slugs}.union(asked_for(page, facet)) - {slug}
    text = typed.without_pieces(page.query.text, (one.piece for one in gone))
    return changed(facet, sorted(kept), **({"q": text or None} if gone else {}))


def asked_for(page: SearchPage, facet: str) -> list[str]:
    """Choices of one facet that the address makes; a list's own kinds are not among them."""
    if not request.args.getlist(facet):
        return []
    return sorted(page.addressed.get(facet, frozenset()))


def changed(facet: str, values: list[str], **more: Any) -> str:
    """This address with other choices of one facet, from its first page."""
    return with_args(**{**more, facet: values, "page": None})


def name_of(facet: str, row: NamedCount) -> Any:
    """What a choice of a facet is called."""
    if facet == "kind":
        return labels.KINDS.get(row.slug, row.name)
    if facet == "state":
        return labels.STATES.get(row.slug, row.name)
    if facet in ("year", "fiscal_year") and row.slug.isdecimal():
        return year_label(int(row.slug))
    return row.name


def chips_of(page: SearchPage, addressed: Choices) -> list[dict[str, Any]]:
    """The filters that are on, each with the address that takes it away.

    First those of the address, one for each choice; then those that were typed, one for
    each stretch of the query.
    """
    asked = (page.query.facets, page.query.without)
    wanted = {name: [slug for one in asked for slug in one.get(name, ())] for name in NAMED_FACETS}
    names = taxonomy_queries.names_of_facets(wanted, lang=language.current())

    def called(facet: str, slug: str) -> str:
        return str(name_of(facet, NamedCount(slug, names.get(facet, {}).get(slug, slug), 0)))

    chips = [
        {"kind": facet, "name": called(facet, slug), "href": without_choice(page, facet, slug)}
        for facet, values in addressed.items()
        for slug in values
    ]
    for one in page.typed:
        covered = set(addressed.get(one.facet, ()))
        if one.is_without or not covered.issuperset(one.slugs):
            name = _typed_name(one, [called(one.facet, slug) for slug in one.slugs])
            left = typed.without_pieces(page.query.text, [one.piece])
            href = with_args(q=left or None, page=None)
            chips.append({"kind": one.facet, "name": name, "href": href})
    return chips


def _typed_name(one: TypedChoice, names: list[str]) -> str:
    """What a typed choice is called: a span of years, or the few that share a name."""
    if one.facet in ("year", "fiscal_year") and len(names) >= LEAST_SPAN:
        name = f"{names[0]}–{names[-1]}"
    else:
        name = " · ".join(names[:LEAST_SPAN])
    return _("without %(name)s", name=name) if one.is_without else name


def unknown_choice(piece: str) -> str:
    """What is said of a typed choice that is none."""
    return _(
        "“%(text)s” names nothing known here; it was searched as plain words.",
        text=shortened(piece),
    )


def marked(found: searching.Found) -> tuple[Any, Any]:
    """(title, excerpt) of a hit with what was found marked; None: the summary says it better."""
    hit = found.hit
    title = mark(found.entry.title, hit.title_spans)
    says_more = hit.snippet and (hit.snippet_spans or not found.entry.summary)
    excerpt = mark(hit.snippet, hit.snippet_spans) if says_more else None
    if (hit.in_comments or hit.in_files) and excerpt is not None:
        said = _("Found in a comment") if hit.in_comments else _("Found in an attached file")
        where = Markup('<span class="found-in">{}</span> ').format(said)
        excerpt = where + Markup('<span class="said">{}</span>').format(excerpt)
    return title, excerpt
