"""The front page: what this place is, what is new in it, how to find something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.queries import entries as entry_queries
from app.queries import taxonomy as taxonomy_queries
from app.queries.taxonomy import YearCount
from app.vocabulary import EntryKind
from app.web.caching import of_the_site, public_page
from app.web.helpers import (
    community_label,
    community_url,
    page_url,
    program_url,
    viewer,
    year_label,
    year_url,
)

if TYPE_CHECKING:
    from app.models import User

bp = Blueprint("home", __name__)

NEWEST, COMMENTED = 5, 4
PROGRAMS, COMMUNITIES = 8, 10
TOLD_KINDS = (EntryKind.POST, EntryKind.STORY, EntryKind.LESSON, EntryKind.FORUM)

#: The story so far, by year (พ.ศ.): heading and one sentence.  Its long form, with sources,
#: is the page "timeline" of the starter library.
STORY: dict[int, tuple[Any, Any]] = {
    2548: (
        _l("Three tambons begin"),
        _l("Bang Chak, Tha Rai and Mamuang Song Ton try it with their finance groups."),
    ),
    2549: (
        _l("The whole province joins"),
        _l("Village forums and household accounts; a roadmap of six years."),
    ),
    2550: (
        _l("The budget is cut, the work goes on"),
        _l("Facilitators of every amphoe learn to draw lessons from stories."),
    ),
    2551: (
        _l("Baht-a-day groups and young people"),
        _l("Three baht-a-day groups are known; youth of the south begin work of their own."),
    ),
}


@bp.get("/")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    person = viewer()
    years = taxonomy_queries.years_with_counts(person)
    return render_template(
        "home/index.html",
        newest=entry_queries.newest(person, kinds=TOLD_KINDS, limit=NEWEST),
        commented=entry_queries.freshly_commented(person, limit=COMMENTED),
        example_chips=example_chips(person),
        timeline=timeline(years),
        program_chips=program_chips(person),
        community_chips=community_chips(person),
        total=entry_queries.count_published(),
    )


def timeline(years: Sequence[YearCount]) -> list[dict[str, Any]]:
    """The way from the pilot to today: a door for each year of the story, one for all since."""
    counts = {row.year: row.count for row in years}
    items = [
        {
            "year": year_label(year),
            "title": title,
            "text": text,
            "href": year_url(year),
            "count": counts.get(year),
        }
        for year, (title, text) in STORY.items()
    ]
    items.append(
        {
            "year": _("Since then, until today"),
            "title": _("Your turn to tell"),
            "text": _("What came after, and what is being learned now, is written here by all."),
            "href": page_url("/years"),
            "count": None,
        }
    )
    return items


def example_chips(person: User | None) -> list[tuple[str, str, str]]:
    """A few searches that find something here: words of the library, and a place with a year."""
    words = [row.tag.name for row in taxonomy_queries.top_tags(person, limit=3)]
    for row in taxonomy_queries.busiest_communities(person, limit=1):
        told = taxonomy_queries.years_of(person, community=row.community)
        words.append(f"{row.community.name} {told[0].year}" if told else row.community.name)
    return [("kind", word, page_url("/search", q=word)) for word in words]


def program_chips(person: User | None) -> list[tuple[str, str, str, int]]:
    """Programs that something is told about, core ones first."""
    rows = [row for row in taxonomy_queries.programs_with_counts(person) if row.count]
    return [
        ("program", row.program.label, program_url(row.program), row.count)
        for row in rows[:PROGRAMS]
    ]


def community_chips(person: User | None) -> list[tuple[str, str, str, int]]:
    """Tambon, villages and groups that most is told about."""
    rows = taxonomy_queries.busiest_communities(person, limit=COMMUNITIES)
    return [
        ("community", community_label(row.community), community_url(row.community), row.count)
        for row in rows
    ]
