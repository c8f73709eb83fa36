"""Pages that ask for care: wanted, orphan and long untouched ones."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_required

from app.policy import Permission, ensure
from app.queries import upkeep
from app.web.helpers import actor

bp = Blueprint("wiki_lists", __name__)

LISTS = ("wanted", "orphan", "untouched")


@bp.after_request
def keep_private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/admin/pages")
@login_required
def index() -> ResponseReturnValue:
    ensure(actor(), Permission.WORDS_EDIT)
    shown = request.args.get("list", "")
    shown = shown if shown in LISTS else LISTS[0]
    entries = []
    if shown == "orphan":
        entries = upkeep.orphan_pages(actor())
    elif shown == "untouched":
        entries = upkeep.untouched_pages(actor())
    return render_template(
        "admin/pages.html",
        shown=shown,
        wanted=upkeep.wanted_pages() if shown == "wanted" else [],
        entries=entries,
    )
