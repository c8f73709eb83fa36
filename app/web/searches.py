"""What readers looked for and did not find, and the words that mend it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Invalid
from app.policy import Permission, ensure
from app.queries import searches as queries
from app.search.query import SearchQuery
from app.services import nearness, searches, searching
from app.web import fields
from app.web.helpers import actor, page_url

if TYPE_CHECKING:
    from app.models import Search

bp = Blueprint("searches", __name__)

#: Searches on the page, and how many are asked once more to fill it: the list is true now.
MOST, MOST_ASKED = 50, 300


@bp.get("/admin/searches")
@login_required
def index() -> ResponseReturnValue:
    """Searches that found nothing and would find nothing now, the most asked first."""
    ensure(actor(), Permission.WORDS_EDIT)
    rows = list(islice(still_unanswered(), MOST))
    return render_template("searches/index.html", rows=rows, total=len(rows))


def still_unanswered() -> Iterator[tuple[Search, str]]:
    """(search, nearest known word or nothing) of the log, without what finds something now.

    A word was added since, or a text was written; further rows take the place of those.
    """
    for start in range(0, MOST_ASKED, MOST):
        rows = queries.unanswered(limit=MOST, offset=start)
        for row in rows:
            page = searching.search(None, SearchQuery(text=row.text, per_page=1))
            if not page.total and searches.kept_form(row.text) is not None:
                yield row, nearness.nearest(row.text) or page.did_you_mean or ""
        if len(rows) < MOST:
            return


@bp.post("/admin/searches/<number:search_id>/word")
@login_required
def make_word(search_id: int) -> ResponseReturnValue:
    """Let what was typed stand for a known word."""
    search, meaning = queries.get_search(search_id), fields.line("meaning")
    text = search.text
    try:
        searches.make_word(actor(), search, meaning)
    except Invalid as error:
        flash(" ".join(line for lines in error.fields.values() for line in lines), "bad")
    else:
        flash(_("“%(text)s” finds “%(word)s” from now on.", text=text, word=meaning), "good")
    return redirect(page_url("/admin/searches"))


@bp.post("/admin/searches/<number:search_id>/dismissal")
@login_required
def dismiss(search_id: int) -> ResponseReturnValue:
    """No word is wanted for a search."""
    search = queries.get_search(search_id)
    searches.dismiss(actor(), search)
    flash(_("“%(text)s” leaves the list.", text=search.text), "good")
    return redirect(page_url("/admin/searches"))
