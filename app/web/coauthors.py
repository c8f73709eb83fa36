"""Stepping back as a co-author: one tap, from the notice or from the text itself."""

from __future__ import annotations

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.policy import Permission, can
from app.services import coauthors
from app.web.entry_pages import find_entry
from app.web.helpers import actor, entry_url, page_url

bp = Blueprint("coauthors", __name__)


@bp.post("/entries/<number:number>/stepping-back")
@login_required
def step_back(number: int) -> ResponseReturnValue:
    entry = coauthors.step_back(actor(), find_entry(number))
    flash(_("Your name stands there no longer."), "good")
    is_seen = can(actor(), Permission.ENTRY_READ, entry)
    return redirect(entry_url(entry) if is_seen else page_url("/notifications"))
