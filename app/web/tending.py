"""Looking after a text: its title, its kind, who may edit it, when it is looked through."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import login_required

from app.errors import Invalid
from app.policy import Permission, ensure
from app.queries import taxonomy as taxonomy_queries
from app.services import blacking_out, converting, limiting, renaming, reviews
from app.text.years import parse_day
from app.vocabulary import EntryKind, LimitedTo
from app.web import language
from app.web.entry_pages import find_entry
from app.web.fields import line
from app.web.helpers import actor, entry_url, page_url

if TYPE_CHECKING:
    from app.models import Entry

bp = Blueprint("tending", __name__)

#: View of /entries/<number>/<view> -> the right that it asks for.
VIEWS = {
    "name": Permission.ENTRY_EDIT,
    "limit": Permission.ENTRY_LIMIT,
    "kind": Permission.ENTRY_CONVERT,
    "review": Permission.ENTRY_EDIT,
    "blackout": Permission.ENTRY_BLACK_OUT,
}


def show(view: str, entry: Entry, errors: dict[str, list[str]] | None = None, **more: Any) -> Any:
    """The form of a view; with what was typed where it could not be taken."""
    ensure(actor(), VIEWS[view], entry)
    page = render_template(
        f"tending/{view}.html", entry=entry, errors=errors or {}, values=request.form, **more
    )
    return page, 422 if errors else 200


@bp.get("/entries/<number:number>/name")
@login_required
def name(number: int) -> ResponseReturnValue:
    return show("name", find_entry(number))


@bp.post("/entries/<number:number>/name")
@login_required
def rename(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    try:
        entry = renaming.rename(actor(), entry, title=line("title"), reason=line("reason"))
    except Invalid as error:
        return show("name", entry, error.fields)
    flash(_("It has a new title. The old address leads here, and links are repaired."), "good")
    return redirect(entry_url(entry))


@bp.get("/entries/<number:number>/limit")
@login_required
def limit(number: int) -> ResponseReturnValue:
    return show(
        "limit", find_entry(number), places=taxonomy_queries.place_options(language.current())
    )


@bp.post("/entries/<number:number>/limit")
@login_required
def set_limit(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    if line("to") == "all":
        limiting.open_again(actor(), entry)
        flash(_("It is open for editing again."), "good")
        return redirect(entry_url(entry))
    known = line("to") in list(LimitedTo)
    to = LimitedTo(line("to")) if known else LimitedTo.FACILITATORS
    try:
        limiting.limit(actor(), entry, to=to, reason=line("reason"), community=line("community"))
    except Invalid as error:
        return show(
            "limit", entry, error.fields, places=taxonomy_queries.place_options(language.current())
        )
    flash(_("Done. Those who want to edit see your reason."), "good")
    return redirect(entry_url(entry))


@bp.get("/entries/<number:number>/kind")
@login_required
def kind(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    return show("kind", entry, ways=converting.WAYS[entry.kind])


@bp.post("/entries/<number:number>/kind")
@login_required
def convert(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    wanted = line("kind")
    try:
        to = EntryKind(wanted) if wanted in list(EntryKind) else entry.kind
        entry = converting.convert(actor(), entry, to)
    except Invalid as error:
        return show("kind", entry, error.fields, ways=converting.WAYS[entry.kind])
    flash(_("It is another kind now; number, history and comments stayed."), "good")
    return redirect(entry_url(entry))


@bp.get("/entries/<number:number>/review")
@login_required
def review(number: int) -> ResponseReturnValue:
    return show("review", find_entry(number))


@bp.post("/entries/<number:number>/review")
@login_required
def set_review(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    try:
        if request.form.get("holds"):
            reviews.confirm(actor(), entry)
        else:
            reviews.set_day(actor(), entry, day_of(line("due_on")))
    except Invalid as error:
        return show("review", entry, error.fields)
    flash(_("Noted. Its keepers will be asked on that day."), "good")
    return redirect(entry_url(entry))


def day_of(typed: str) -> date | None:
    """The day of a date field; None when it is empty."""
    try:
        return parse_day(typed) if typed else None
    except ValueError:
        raise Invalid({"due_on": [_("“%(text)s” is not a day.", text=typed[:40])]}) from None


@bp.get("/entries/<number:number>/blackout")
@login_required
def blackout(number: int) -> ResponseReturnValue:
    return show("blackout", find_entry(number))


@bp.post("/entries/<number:number>/blackout")
@login_required
def black_out(number: int) -> ResponseReturnValue:
    """First say where the phrase stands; what was counted goes with the second press."""
    entry = find_entry(number)
    asked = {"phrase": line("phrase"), "reason": line("reason")}
    try:
        if not asked["phrase"] or line("counted") != asked["phrase"]:
            found = blacking_out.count(actor(), entry, **asked)
            return show("blackout", entry, found=found)
        count = blacking_out.black_out(actor(), entry, **asked)
    except Invalid as error:
        return show("blackout", entry, error.fields)
    flash(
        ngettext("Blacked out in %(num)d place.", "Blacked out in %(num)d places.", count), "good"
    )
    return redirect(page_url(f"/posts/{number}"))
