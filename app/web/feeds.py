"""Feeds, sitemap, robots and manifest: what programs read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.queries import entries as entry_queries
from app.queries import journal as journal_queries
from app.queries import people as people_queries
from app.queries import series as series_queries
from app.queries import taxonomy as taxonomy_queries
from app.search.query import SearchQuery
from app.services import searching
from app.vocabulary import LISTED_KINDS, EntryKind
from app.web import language
from app.web.caching import of_the_site, public_page
from app.web.helpers import community_label, entry_path, site_name, site_url
from app.web.labels import KINDS
from app.web.posts import POST_KINDS
from app.web.search import feed_path

if TYPE_CHECKING:
    from app.queries.cards import Card

bp = Blueprint("feeds", __name__)

MOST = 30
#: Addresses in one sitemap file (the protocol allows 50,000).
MOST_ADDRESSES = 20_000


@bp.get("/feed.atom")
@public_page(of_the_site)
def site() -> ResponseReturnValue:
    return feed(site_name(), entry_queries.newest(None, kinds=LISTED_KINDS, limit=MOST), at="/")


@bp.get("/posts/feed.atom")
@public_page(of_the_site)
def posts() -> ResponseReturnValue:
    found = entry_queries.newest(None, kinds=POST_KINDS, limit=MOST)
    return feed(str(KINDS[EntryKind.POST]), found, at="/posts")


@bp.get("/lessons/feed.atom")
@public_page(of_the_site)
def lessons() -> ResponseReturnValue:
    found = entry_queries.newest(None, kinds=(EntryKind.LESSON,), limit=MOST)
    return feed(str(KINDS[EntryKind.LESSON]), found, at="/lessons")


@bp.get("/search/feed.atom")
@public_page(of_the_site)
def search() -> ResponseReturnValue:
    """A search that can be followed: its newest hits.

    However its choices are ordered in the address, the feed has one id.
    """
    query = SearchQuery.from_args(
        {**request.args.to_dict(flat=False), "sort": ["newest"], "page": ["1"]}
    )
    page = searching.search(None, query, lang=language.current())
    title = _("Search: %(text)s", text=query.text) if query.text else site_name()
    return feed(
        title, [found.entry for found in page.found], at=feed_path(page.followed, at="/search")
    )


@bp.get("/communities/<slug>/feed.atom")
@public_page(of_the_site)
def community(slug: str) -> ResponseReturnValue:
    found = taxonomy_queries.get_community(slug)
    _total, entries = taxonomy_queries.entries_about(None, community=found, limit=MOST)
    return feed(community_label(found), entries, at=f"/communities/{slug}")


@bp.get("/programs/<slug>/feed.atom")
@public_page(of_the_site)
def program(slug: str) -> ResponseReturnValue:
    found = taxonomy_queries.get_program(slug)
    _total, entries = taxonomy_queries.entries_about(None, program=found, limit=MOST)
    return feed(found.name, entries, at=f"/programs/{slug}")


@bp.get("/tags/<slug>/feed.atom")
@public_page(of_the_site)
def tag(slug: str) -> ResponseReturnValue:
    found = taxonomy_queries.get_tag(slug)
    _total, entries = taxonomy_queries.entries_about(None, tag=found, limit=MOST)
    return feed(found.name, entries, at=f"/tags/{slug}")


@bp.get("/years/<int(min=2400, max=2700):year>/feed.atom")
@public_page(of_the_site)
def year(year: int) -> ResponseReturnValue:
    _total, entries = taxonomy_queries.entries_about(None, year=year, limit=MOST)
    return feed(_("Year %(year)s", year=year), entries, at=f"/years/{year}")


@bp.get("/people/<username>/feed.atom")
@public_page(of_the_site)
def person(username: str) -> ResponseReturnValue:
    found = people_queries.get_by_username(username)
    entries = entry_queries.by_author(None, found, limit=MOST)
    return feed(found.display_name, entries, at=f"/people/{username}")


@bp.get("/people/<username>/journal/feed.atom")
@public_page(of_the_site)
def journal(username: str) -> ResponseReturnValue:
    found = people_queries.get_by_username(username)
    notes = journal_queries.notes_of(None, found, limit=MOST)
    title = _("Journal of %(name)s", name=found.display_name)
    return feed(title, notes, at=f"/people/{username}/journal")


@bp.get("/books/<slug>/feed.atom")
@public_page(of_the_site)
def book(slug: str) -> ResponseReturnValue:
    found = people_queries.get_book(slug)
    return feed(found.title, entry_queries.in_book(None, found, limit=MOST), at=f"/books/{slug}")


@bp.get("/series/<number:series_id>/feed.atom")
@public_page(of_the_site)
def series(series_id: int) -> ResponseReturnValue:
    """The parts of a series, the newest of the order first."""
    found = series_queries.get(None, series_id)
    parts = [part.entry for part in series_queries.parts_of(None, found)]
    return feed(found.title, parts[: -MOST - 1 : -1], at=f"/series/{series_id}")


@bp.get("/sitemap.xml")
@public_page(of_the_site)
def sitemap() -> ResponseReturnValue:
    rows = entry_queries.public_addresses(limit=MOST_ADDRESSES)
    return xml(
        "feeds/sitemap.xml",
        "application/xml",
        rows=[(entry_path(row), row.edited_at) for row in rows],
    )


@bp.get("/robots.txt")
def robots() -> ResponseReturnValue:
    lines = [
        "User-agent: *",
        "Disallow: /search",
        "Disallow: /account",
        "Disallow: /admin",
        "Disallow: /report",
    ]
    lines += ["", f"Sitemap: {site_url('/sitemap.xml')}", ""]
    return Response("\n".join(lines), mimetype="text/plain")


@bp.get("/manifest.webmanifest")
def manifest() -> ResponseReturnValue:
    answer = render_template("feeds/manifest.json", name=site_name())
    return Response(answer, mimetype="application/manifest+json")


def feed(title: str, entries: Sequence[Card], *, at: str) -> Response:
    """An Atom feed of ``entries``, newest first, with their texts."""
    texts = entry_queries.texts_of(None, [entry.number for entry in entries])
    entries = [entry for entry in entries if entry.number in texts]
    updated = max((entry.edited_at for entry in entries), default=None)
    return xml(
        "feeds/feed.xml",
        "application/atom+xml",
        title=title,
        entries=entries,
        texts=texts,
        at=at,
        updated=updated,
    )


def xml(template: str, mimetype: str, **context: Any) -> Response:
    return Response(render_template(template, **context), mimetype=mimetype)
