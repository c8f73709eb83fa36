"""แจ้งเตือน: what happened to one's texts, with the deed that each line asks for."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Invalid, NotFound
from app.queries import notices as queries
from app.services import notices, revisions
from app.vocabulary import NoticeKind
from app.web.helpers import actor, entry_url, page_number, page_url

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


@bp.post("/notifications/<number:notice>/undoing")
@login_required
def undo(notice: int) -> ResponseReturnValue:
    """One tap: the edit that the notice tells of is taken back."""
    found = queries.get_notice(actor(), notice)
    if found.kind is not NoticeKind.EDITED:
        raise NotFound(f"notice {notice} tells of no edit")
    revision, entry = int(found.words["revision"]), found.entry
    try:
        revisions.undo_edit(actor(), entry, revision)
    except Invalid:
        flash(_("Somebody went on writing since. Compare the versions first."), "warn")
        compare = entry_url(entry, "compare")
        return redirect(f"{compare}{'&' if '?' in compare else '?'}from={revision - 1}")
    notices.mark_read(actor(), notice)
    flash(_("The change is undone; it stays in the history."), "good")
    return redirect(entry_url(entry))
