"""แจ้งเตือน: what happened to one's texts, with the deed that each line asks for."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_login import login_required

from app.errors import EditConflict, Invalid, NotFound
from app.queries import notices as queries
from app.services import notices, revisions
from app.vocabulary import NoticeKind
from app.web.helpers import actor, entry_url, page_number, page_url, safe_next
from app.web.restoring import back_to, show_undoing

bp = Blueprint("notices", __name__)

PER_PAGE = 50


@bp.get("/notifications")
@login_required
def index() -> ResponseReturnValue:
    page = page_number()
    rows = queries.inbox_of(actor(), limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE)
    return render_template(
        "notices/index.html",
        notices=rows[:PER_PAGE],
        unread=queries.count_unread(actor()),
        page=page,
        has_more=len(rows) > PER_PAGE,
    )


@bp.post("/notifications")
@login_required
def read_all() -> ResponseReturnValue:
    notices.mark_read(actor())
    return redirect(page_url("/notifications"))


@bp.post("/notifications/<number:notice>")
@login_required
def go(notice: int) -> ResponseReturnValue:
    """Open what a notice tells of, by ``next``; it is no news after that."""
    notices.mark_read(actor(), notice)
    return redirect(safe_next(page_url("/notifications")))


@bp.post("/notifications/<number:notice>/undoing")
@login_required
def undo(notice: int) -> ResponseReturnValue:
    """One tap: the edit that the notice tells of is taken back, and later ones stay."""
    found = queries.get_notice(actor(), notice)
    entry = found.entry
    if found.kind is not NoticeKind.EDITED or entry is None:
        raise NotFound(f"notice {notice} tells of no edit")
    revision = int(found.words["revision"])
    newest = entry.revision_number
    try:
        saved = revisions.undo(actor(), entry, revision)
    except Invalid as error:
        flash(" ".join(said for told in error.fields.values() for said in told), "warn")
        return redirect(entry_url(entry, "history"))
    except EditConflict as conflict:
        return show_undoing(entry, revision, conflict)
    notices.mark_read(actor(), notice)
    return back_to(saved, newest, "undo")
