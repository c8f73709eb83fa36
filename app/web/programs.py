"""Programs: the list, a page for each, and what facilitators decide about them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Invalid, NotFound
from app.policy import Permission, can, ensure
from app.queries import knowing
from app.queries import taxonomy as queries
from app.queries.naming import programs_named
from app.services import programs
from app.services.programs import ProgramDraft
from app.vocabulary import Certainty, Confirmation
from app.web import fields
from app.web.caching import of_the_site, public_page
from app.web.helpers import PER_PAGE, actor, page_number, page_url, program_url, viewer

if TYPE_CHECKING:
    from app.models import Program

bp = Blueprint("programs", __name__)


@bp.get("/programs")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    rows = queries.programs_with_counts(viewer())
    proposed = Confirmation.PROPOSED
    return render_template(
        "programs/index.html",
        core=[row for row in rows if row.program.is_core],
        others=in_thai_order(
            [r for r in rows if not r.program.is_core and r.program.confirmation is not proposed]
        ),
        proposed=in_thai_order([r for r in rows if r.program.confirmation is proposed]),
        decides=can(viewer(), Permission.PROGRAM_EDIT),
    )


def in_thai_order(rows: list[queries.ProgramCount]) -> list[queries.ProgramCount]:
    return sorted(rows, key=lambda row: (row.program.sort_key, row.program.id))


@bp.get("/programs/<slug>")
@public_page(of_the_site)
def show(slug: str) -> ResponseReturnValue:
    try:
        program = queries.get_program(slug)
    except NotFound:
        named = programs_named(slug)
        if len(named) != 1:
            raise
        return redirect(program_url(named[0]), 301)
    if program.slug != slug:
        return redirect(program_url(program), 301)
    person, page = viewer(), page_number()
    total, entries = queries.entries_about(
        person, program=program, limit=PER_PAGE, offset=(page - 1) * PER_PAGE
    )
    here = queries.about_program(program)
    return render_template(
        "programs/show.html",
        program=program,
        entries=entries,
        total=total,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        graph=queries.graph_of(program),
        names=[row for row in program.names if row.since or row.until],
        aliases=other_names(program),
        years=queries.years_of(person, program=program),
        communities=queries.communities_where(person, here),
        has_doubt=has_doubt(program),
        people=knowing.people_in(person, total, here),
    )


def other_names(program: Program) -> list[str]:
    """Names without dates, other than those in the heading."""
    shown = {program.name, program.short_name}
    return [
        row.name for row in program.names if row.name not in shown and not (row.since or row.until)
    ]


def has_doubt(program: Program) -> bool:
    """Whether anything told about the program itself is not confirmed."""
    rows: list[Any] = [*program.names, *program.hosts, *program.money]
    return any(row.certainty is not Certainty.STATED for row in rows)


# --- forms -----------------------------------------------------------------------------


@bp.get("/programs/new")
@login_required
def begin() -> ResponseReturnValue:
    ensure(actor(), Permission.PROGRAM_EDIT)
    return show_form({})


@bp.post("/programs/new")
@login_required
def create() -> ResponseReturnValue:
    ensure(actor(), Permission.PROGRAM_EDIT)
    try:
        program = programs.add(actor(), draft_from_form())
    except Invalid as error:
        return show_form(request.form.to_dict(), errors=error.fields), 422
    flash(_("“%(name)s” is added.", name=program.name), "good")
    return redirect(program_url(program))


@bp.get("/programs/<slug>/edit")
@login_required
def edit(slug: str) -> ResponseReturnValue:
    program = queries.get_program(slug)
    ensure(actor(), Permission.PROGRAM_EDIT, program)
    values = {
        "name": program.name,
        "short_name": program.short_name,
        "years": program.years,
        "mechanism": program.mechanism,
        "note": program.note,
    }
    return show_form(values, program=program)


@bp.post("/programs/<slug>/edit")
@login_required
def save(slug: str) -> ResponseReturnValue:
    program = queries.get_program(slug)
    ensure(actor(), Permission.PROGRAM_EDIT, program)
    try:
        programs.edit(actor(), program, draft_from_form())
    except Invalid as error:
        return show_form(request.form.to_dict(), program=program, errors=error.fields), 422
    flash(_("Saved. Entries of this program follow within a moment."), "good")
    return redirect(program_url(program))


def draft_from_form() -> ProgramDraft:
    return ProgramDraft(
        name=fields.line("name"),
        short_name=fields.line("short_name"),
        aliases=fields.lines("aliases"),
        years=fields.line("years"),
        mechanism=fields.line("mechanism"),
        note=fields.text("note"),
    )


def show_form(
    values: dict[str, Any],
    *,
    program: Program | None = None,
    errors: dict[str, list[str]] | None = None,
) -> str:
    return render_template(
        "programs/form.html",
        values=values,
        program=program,
        errors=errors or {},
        back=program_url(program) if program else page_url("/programs"),
    )


@bp.get("/programs/<slug>/decision")
@login_required
def consider(slug: str) -> ResponseReturnValue:
    """Confirm, merge or refuse a proposed program; merge any other."""
    program = queries.get_program(slug)
    ensure_decides(program)
    return show_decision(program, {"decision": "confirm" if is_proposed(program) else "merge"})


@bp.post("/programs/<slug>/decision")
@login_required
def decide(slug: str) -> ResponseReturnValue:
    program = queries.get_program(slug)
    ensure_decides(program)
    try:
        landing = act_on(program, fields.line("decision"))
    except Invalid as error:
        return show_decision(program, request.form.to_dict(), errors=error.fields), 422
    return redirect(landing)


def act_on(program: Program, decision: str) -> str:
    """Do what was decided; returns where to go."""
    if decision == "confirm":
        programs.confirm(actor(), program)
        flash(_("“%(name)s” is confirmed.", name=program.name), "good")
        return program_url(program)
    if decision == "refuse":
        programs.refuse(actor(), program, reason=fields.line("reason"))
        flash(
            _(
                "“%(name)s” is refused; its entries are the community's own work.",
                name=program.name,
            ),
            "good",
        )
        return page_url("/programs")
    if decision != "merge":
        raise Invalid({"decision": [_("Choose what to do.")]})
    found = [row for row in programs_named(fields.line("into")) if row is not program]
    if len(found) != 1:
        raise Invalid({"into": [_("Choose another program to merge into.")]})
    programs.merge(actor(), program, found[0])
    flash(
        _("“%(name)s” is now part of “%(other)s”.", name=program.name, other=found[0].name), "good"
    )
    return program_url(found[0])


def ensure_decides(program: Program) -> None:
    """A proposed program is decided about near its proposer; any other is edited."""
    wanted = Permission.PROGRAM_DECIDE if is_proposed(program) else Permission.PROGRAM_EDIT
    ensure(actor(), wanted, program)


def is_proposed(program: Program) -> bool:
    return program.confirmation is Confirmation.PROPOSED


def show_decision(
    program: Program, values: dict[str, Any], *, errors: dict[str, list[str]] | None = None
) -> str:
    known = queries.program_options(actor())
    others = [(slug, name) for slug, name in known if slug != program.slug]
    total, entries = queries.entries_about(viewer(), program=program, limit=5)
    return render_template(
        "programs/decision.html",
        program=program,
        values=values,
        errors=errors or {},
        others=others,
        is_proposed=is_proposed(program),
        total=total,
        entries=entries,
    )
