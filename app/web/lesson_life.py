"""A lesson over the years: its state with reasons, and its next steps until they are closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Forbidden, Invalid, NotFound
from app.policy import Permission, ensure
from app.queries import lessons as lesson_queries
from app.queries import people
from app.services import lesson_states, steps
from app.vocabulary import EntryKind, LessonState, StepState
from app.web.entry_pages import find_entry
from app.web.helpers import actor, entry_path, entry_url, page_url

if TYPE_CHECKING:
    from app.models import Entry

bp = Blueprint("lesson_life", __name__)


def find_lesson(number: int) -> Entry:
    """The lesson of an address, to be changed; NotFound for other kinds."""
    entry = find_entry(number)
    if entry.kind is not EntryKind.LESSON:
        raise NotFound(f"{number} is no lesson")
    ensure(actor(), Permission.ENTRY_EDIT, entry)
    return entry


@bp.get("/lessons/<number:number>/<slug>/state")
@login_required
def state(number: int, slug: str) -> ResponseReturnValue:
    return show_state(find_lesson(number))


@bp.post("/lessons/<number:number>/<slug>/state")
@login_required
def change_state(number: int, slug: str) -> ResponseReturnValue:
    entry, form = find_lesson(number), request.form
    wanted = form.get("state", "")
    known = wanted in [one.value for one in LessonState]
    try:
        lesson_states.change(
            actor(),
            entry,
            state=LessonState(wanted) if known else None,
            reason=form.get("reason", ""),
            page=form.get("page", ""),
        )
    except Invalid as error:
        return show_state(entry, errors=error.fields)
    flash(_("The state is kept with its reason."), "good")
    return redirect(entry_url(entry))


def show_state(entry: Entry, errors: dict[str, list[str]] | None = None) -> ResponseReturnValue:
    page = render_template(
        "lesson_life/state.html",
        entry=entry,
        offered=lesson_states.offered_to(actor(), entry),
        changes=lesson_queries.state_changes_of(entry),
        form=request.form,
        errors=errors or {},
    )
    return page, 422 if errors else 200


@bp.get("/lessons/<number:number>/<slug>/steps/<anchor>")
@login_required
def step(number: int, slug: str, anchor: str) -> ResponseReturnValue:
    return show_step(find_lesson(number), anchor)


@bp.post("/lessons/<number:number>/<slug>/steps/<anchor>")
@login_required
def close_step(number: int, slug: str, anchor: str) -> ResponseReturnValue:
    entry = find_lesson(number)
    try:
        steps.close(actor(), entry, anchor, by=request.form.get("by", ""))
    except Invalid as error:
        return show_step(entry, anchor, errors=error.fields)
    flash(_("The step is closed, with a link at both ends."), "good")
    return redirect(f"{entry_url(entry)}#{anchor}")


def show_step(
    entry: Entry, anchor: str, errors: dict[str, list[str]] | None = None
) -> ResponseReturnValue:
    part = lesson_queries.get_step(actor(), entry, anchor)
    if part is None:
        raise NotFound(f"no step {anchor}")
    page = render_template(
        "lesson_life/step.html",
        entry=entry,
        part=part,
        is_open=part.state is StepState.OPEN,
        action=page_url(f"{entry_path(entry)}/steps/{anchor}"),
        write_href=page_url("/write/quick", closes=f"{entry.number}-{anchor}"),
        by=request.form.get("by", ""),
        errors=errors or {},
    )
    return page, 422 if errors else 200


@bp.get("/steps")
@login_required
def mine() -> ResponseReturnValue:
    """Open steps of the communities that a facilitator looks after; an administrator's are all."""
    person = actor()
    reach = people.reach_of(person)
    if reach is not None and not reach:
        raise Forbidden(person, Permission.LESSON_CONFIRM, person.community)
    found = lesson_queries.open_steps(person, within=reach, limit=300)
    return render_template("lesson_life/steps.html", steps=found)
