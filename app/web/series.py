"""Series: a page for each, and the forms in which its owner names and orders it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Invalid, NotFound
from app.policy import Permission, can, ensure
from app.queries import series as queries
from app.services import series as verbs
from app.web.caching import of_the_site, public_page
from app.web.entry_pages import find_entry
from app.web.fields import line, whole_number
from app.web.helpers import actor, entry_url, page_url, safe_next, viewer

if TYPE_CHECKING:
    from app.models import Entry, Series

bp = Blueprint("series", __name__)

#: What the buttons of a part say -> how far it moves.
STEPS = {"up": -1, "down": 1}


@bp.get("/series/<number:series_id>")
@public_page(of_the_site)
def show(series_id: int) -> ResponseReturnValue:
    series = queries.get(viewer(), series_id)
    return render_template(
        "series/show.html", series=series, parts=queries.parts_of(viewer(), series)
    )


@bp.get("/series/new")
@login_required
def begin() -> ResponseReturnValue:
    ensure(actor(), Permission.ENTRY_CREATE)
    return show_new(entry_named(request.args.get("entry", "")))


@bp.post("/series/new")
@login_required
def create() -> ResponseReturnValue:
    entry = entry_named(request.form.get("entry", ""))
    try:
        series = verbs.begin(actor(), request.form.get("title", ""), entry)
    except Invalid as error:
        return show_new(entry, errors=error.fields)
    flash(_("The series is there. Put in its parts and bring them in order."), "good")
    return redirect(edit_url(series))


@bp.get("/series/<number:series_id>/edit")
@login_required
def edit(series_id: int) -> ResponseReturnValue:
    return show_edit(own_series(series_id))


@bp.post("/series/<number:series_id>/edit")
@login_required
def rename(series_id: int) -> ResponseReturnValue:
    series = own_series(series_id)
    try:
        verbs.rename(actor(), series, request.form.get("title", ""))
    except Invalid as error:
        return show_edit(series, errors=error.fields)
    flash(_("The series has its new name."), "good")
    return redirect(edit_url(series))


@bp.post("/series/<number:series_id>/parts")
@login_required
def add(series_id: int) -> ResponseReturnValue:
    series = own_series(series_id)
    try:
        number = whole_number("entry")
        if number is None:
            raise Invalid({"entry": [_("Choose a text.")]})
        verbs.add(actor(), series, find_entry(number))
    except Invalid as error:
        return show_edit(series, errors=error.fields)
    flash(_("It is the last part now."), "good")
    return redirect(edit_url(series))


@bp.post("/series/<number:series_id>/parts/<number:number>/place")
@login_required
def move(series_id: int, number: int) -> ResponseReturnValue:
    step = STEPS.get(line("step"))
    if step is None:
        raise NotFound("a part moves up or down")
    series = own_series(series_id)
    verbs.move(actor(), series, find_entry(number), by=step)
    return redirect(f"{edit_url(series)}#part-{number}")


@bp.post("/series/<number:series_id>/parts/<number:number>/removal")
@login_required
def remove(series_id: int, number: int) -> ResponseReturnValue:
    series = queries.get(actor(), series_id)
    entry = queries.part_numbered(actor(), series, number)
    verbs.remove(actor(), series, entry)
    flash(_("It is no part of the series any more; the text stays as it is."), "info")
    is_own = can(actor(), Permission.SERIES_EDIT, series)
    return redirect(safe_next(edit_url(series) if is_own else entry_url(entry)))


@bp.post("/series/<number:series_id>/dissolution")
@login_required
def dissolve(series_id: int) -> ResponseReturnValue:
    series = own_series(series_id)
    title = series.title
    verbs.dissolve(actor(), series)
    flash(_("The series “%(title)s” is dissolved; its texts stay.", title=title), "info")
    return redirect(page_url("/account"))


def edit_url(series: Series) -> str:
    return page_url(f"/series/{series.id}/edit")


def own_series(series_id: int) -> Series:
    """A series that the actor may change."""
    series = queries.get(actor(), series_id)
    ensure(actor(), Permission.SERIES_EDIT, series)
    return series


def entry_named(number: str) -> Entry | None:
    """The entry with which a series begins; None where no number was given."""
    if not number:
        return None
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise NotFound(f"no entry {number!r}")
    entry = find_entry(int(number))
    ensure(actor(), Permission.ENTRY_SERIES, entry)
    return entry


def show_new(
    entry: Entry | None, *, errors: dict[str, list[str]] | None = None
) -> ResponseReturnValue:
    page = render_template(
        "series/new.html",
        entry=entry,
        title=request.form.get("title", ""),
        others=queries.owned_by(actor()) if entry is not None else [],
        longest=verbs.LONGEST_TITLE,
        errors=errors or {},
    )
    return page, 422 if errors else 200


def show_edit(series: Series, *, errors: dict[str, list[str]] | None = None) -> ResponseReturnValue:
    page = render_template(
        "series/edit.html",
        series=series,
        title=request.form.get("title", series.title),
        parts=queries.parts_of(actor(), series),
        out_of_sight=queries.out_of_sight(actor(), series),
        offered=queries.to_offer(actor()),
        longest=verbs.LONGEST_TITLE,
        errors=errors or {},
    )
    return page, 422 if errors else 200
