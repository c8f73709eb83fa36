"""The journal of a person: short notes, newest first."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.queries import entries as entry_queries
from app.queries import journal as queries
from app.queries import people
from app.web.caching import of_the_site, public_page
from app.web.helpers import PER_PAGE, page_number, viewer

bp = Blueprint("journal", __name__)


@bp.get("/people/<username>/journal")
@public_page(of_the_site)
def show(username: str) -> ResponseReturnValue:
    user, page = people.get_by_username(username), page_number()
    total = queries.count_notes_of(viewer(), user)
    notes = queries.notes_of(viewer(), user, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
    numbers = [note.number for note in notes]
    return render_template(
        "journal/show.html",
        user=user,
        notes=notes,
        texts=entry_queries.texts_of(viewer(), numbers),
        grown=queries.grown_among(viewer(), numbers) if viewer() is not None else set(),
        total=total,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
    )
