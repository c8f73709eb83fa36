"""The front page: what this place is, what is new in it, how to find something."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.queries import entries as entry_queries
from app.queries import taxonomy as taxonomy_queries
from app.vocabulary import EntryKind
from app.web.caching import of_the_site, public_page
from app.web.helpers import viewer

bp = Blueprint("home", __name__)

NEWEST, COMMENTED = 6, 4
TOLD_KINDS = (EntryKind.POST, EntryKind.STORY, EntryKind.LESSON)


@bp.get("/")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    person = viewer()
    return render_template(
        "home/index.html",
        newest=entry_queries.newest(person, kinds=TOLD_KINDS, limit=NEWEST),
        commented=entry_queries.freshly_commented(person, limit=COMMENTED),
        years=taxonomy_queries.years_with_counts(person),
        programs=[row for row in taxonomy_queries.programs_with_counts(person) if row.count][:8],
        communities=taxonomy_queries.busiest_communities(person, limit=10),
        total=entry_queries.count_published(),
    )
