"""What readers looked for and did not find, and the words that mend it."""

from __future__ import annotations

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

bp = Blueprint("searches", __name__)

#: Searches on the page; each is asked once more, so that the list is true now.
MOST = 50


@bp.get("/admin/searches")
@login_required
def index() -> ResponseReturnValue:
    """Searches that found nothing and would find nothing now, the most asked first."""
    ensure(actor(), Permission.WORDS_EDIT)
    rows = []
    for row in queries.unanswered(limit=MOST):
        page = searching.search(None, SearchQuery(text=row.text, per_page=1))
        if page.total and not page.corrected:
            continue  # found since: a word was added, or a text was written
        near = nearness.nearest(row.text) or page.corrected or page.did_you_mean or ""
        rows.append((row, near))
    return render_template("searches/index.html", rows=rows, total=len(rows))


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
