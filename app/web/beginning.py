"""แม่แบบ: texts that a writer begins new ones from, marked and unmarked at the text itself."""

from __future__ import annotations

from flask import Blueprint, flash, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Invalid
from app.services import beginning
from app.web.entry_pages import find_entry
from app.web.helpers import actor, entry_url, page_url

bp = Blueprint("beginning", __name__)


@bp.post("/entries/<number:number>/template")
@login_required
def mark(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    try:
        beginning.mark(actor(), entry)
    except Invalid as error:
        flash(str(error), "warn")
        return redirect(entry_url(entry))
    flash(_("It is one of your templates now; you find it under Write."), "good")
    return redirect(page_url("/write"))


@bp.post("/entries/<number:number>/template/removal")
@login_required
def unmark(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    beginning.unmark(actor(), entry)
    flash(_("It is no template any more; the text itself stays."), "info")
    return redirect(entry_url(entry))
