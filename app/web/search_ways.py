"""What to try when nothing was found: never a page that leads nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from flask_babel import gettext as _

from app.queries import taxonomy as taxonomy_queries
from app.services import searches, searching, signposts
from app.services.searching import SearchPage, Suggested
from app.text.excerpt import shortened
from app.web import language
from app.web.helpers import entry_path, page_url, viewer, with_args, year_label

#: Words of a query that are looked at one by one, and ways that are offered of each sort.
MOST_WORDS, MOST_WAYS = 6, 6
#: Names of pages that one word may mean.
MOST_OF_A_NAME = 3
#: Places that most is told about, and words that are asked often.
FEW = 5

#: Kind of a suggestion -> the first step of its address.
ROOMS = {"community": "communities", "program": "programs", "tag": "tags"}

Way = tuple[str, str]  # (text, address)


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways on from an empty result."""

    searches: list[Way] = field(default_factory=list)  # the same search, a little wider
    pages: list[Way] = field(default_factory=list)  # places, programs, years of the words
    near: list[Way] = field(default_factory=list)  # tags and titles that hold one of the words
    places: list[Way] = field(default_factory=list)  # where most is told
    words: list[Way] = field(default_factory=list)  # what others ask, or the tags used most


def ways_on(page: SearchPage, without_filters: str) -> Ways:
    """Ways on from ``page``, which found nothing.

    :param without_filters: the address of the same words alone; empty when nothing narrows.
    """
    words = page.words.split()
    wider: list[Way] = []
    plain = " ".join(word for word in words if not searching.is_year(word))
    if plain and plain != page.words:
        without_year = page.query.text.replace(page.words, plain, 1)
        wider.append(
            (
                _("“%(text)s” without the year", text=shortened(plain)),
                with_args(q=without_year, page=None),
            )
        )
    if without_filters and page.words:
        wider.append((_("“%(text)s” without filters", text=shortened(page.words)), without_filters))
    return Ways(
        searches=wider,
        pages=pages_of(words),
        near=near_to([word for word in words if not searching.is_year(word)]),
        places=busiest(),
        words=asked_often(),
    )


def pages_of(words: list[str]) -> list[Way]:
    """Pages that single words can mean, however many share the name."""
    known = signposts.current()
    found: dict[str, str] = {}
    for word in words[:MOST_WORDS]:
        found |= dict(named(known.named(word)[:MOST_OF_A_NAME]))
        if (year := searching.year_of(word)) is not None:
            found[f"/years/{year}"] = year_label(year)
    return [(name, page_url(path)) for path, name in list(found.items())[:MOST_WAYS]]


def named(pages: list[signposts.Signpost]) -> list[tuple[str, str]]:
    """(path, name) of pages."""
    slugs = {
        kind: [page.slug for page in pages if page.kind == kind]
        for kind in ("community", "program")
    }
    names = taxonomy_queries.names_of_facets(slugs, lang=language.current())
    return [
        (path_of(Suggested("", page.kind, slug=page.slug)), names[page.kind][page.slug])
        for page in pages
        if page.slug in names[page.kind]
    ]


def near_to(words: list[str]) -> list[Way]:
    """Tags and titles that hold one of the words."""
    found: dict[str, str] = {}
    for word in words[:MOST_WORDS]:
        for one in searching.suggestions(viewer(), word, limit=4):
            if one.kind in ("tag", "title"):
                found.setdefault(path_of(one), one.text)
    return [(text, page_url(path)) for path, text in list(found.items())[:MOST_WAYS]]


def busiest() -> list[Way]:
    """The places that most is told about."""
    rows = taxonomy_queries.busiest_communities(viewer(), limit=FEW)
    lang = language.current()
    return [
        (
            taxonomy_queries.display_name(row.community, lang),
            page_url(f"/communities/{row.community.slug}"),
        )
        for row in rows
    ]


def asked_often() -> list[Way]:
    """What others ask most; on a young site the tags used most."""
    texts = [row.text for row in searches.often()[:FEW]]
    texts = texts or [row.tag.name for row in taxonomy_queries.top_tags(viewer(), limit=FEW)]
    return [(text, page_url("/search", q=text)) for text in texts]


def path_of(one: Suggested) -> str:
    """The address that a suggestion leads to, without host and without the reader's choices."""
    if one.kind == "title":
        return entry_path(one.entry)
    if one.kind == "search":
        return f"/search?{urlencode([('q', one.text)])}"
    return f"/{ROOMS[one.kind]}/{quote(one.slug)}"
