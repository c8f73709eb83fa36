"""เสนอการแก้ไข: a form for anybody, and a page on which those who may edit decide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import EditConflict, Invalid
from app.policy import Permission, can, ensure
from app.queries import entries as entry_queries
from app.queries import proposals as queries
from app.services import proposals
from app.text.diff import compare_words
from app.vocabulary import ProposalStatus
from app.web.entry_pages import find_entry
from app.web.fields import line, text
from app.web.helpers import actor, entry_url, page_url, viewer

if TYPE_CHECKING:
    from app.models import Entry, Proposal

bp = Blueprint("proposals", __name__)


@bp.get("/posts/<number:number>/proposals/new")
@bp.get("/lessons/<number:number>/<slug>/proposals/new")
@bp.get("/pages/<slug>/proposals/new")
def begin(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = find_entry(number, slug if number is None else None)
    if can(viewer(), Permission.ENTRY_EDIT, entry):
        return redirect(entry_url(entry, "edit"))
    ensure(viewer(), Permission.ENTRY_PROPOSE, entry)
    values = {"title": entry.title, "body": entry.body, "base": entry.revision_number}
    return show_form(entry, values)


@bp.post("/posts/<number:number>/proposals/new")
@bp.post("/lessons/<number:number>/<slug>/proposals/new")
@bp.post("/pages/<slug>/proposals/new")
def create(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = find_entry(number, slug if number is None else None)
    if request.form.get("website"):  # a field that people do not see
        return redirect(entry_url(entry))
    base = request.form.get("base", "")
    try:
        made = proposals.propose(
            viewer(),
            entry,
            title=line("title"),
            body=text("body"),
            note=line("note"),
            name=line("name"),
            base=int(base) if base.isascii() and base.isdecimal() and len(base) < 9 else 0,
            address=request.remote_addr or "",
        )
    except Invalid as error:
        return show_form(entry, request.form.to_dict(), error.fields), 422
    if viewer() is not None:
        flash(_("Your change waits for approval. You will be told what comes of it."), "good")
    return redirect(page_url(f"/proposals/{made.token}"))


def show_form(
    entry: Entry, values: Mapping[str, object], errors: dict[str, list[str]] | None = None
) -> str:
    return render_template(
        "proposals/form.html", entry=entry, values=values, errors=errors or {}, with_session=True
    )


@bp.get("/proposals")
@login_required
def index() -> ResponseReturnValue:
    person = actor()
    return render_template(
        "proposals/index.html", waiting=queries.waiting_for(person), own=queries.made_by(person)
    )


@bp.get("/proposals/<token>")
def show(token: str) -> ResponseReturnValue:
    return show_proposal(queries.get_proposal(viewer(), token))


@bp.post("/proposals/<token>")
@login_required
def accept(token: str) -> ResponseReturnValue:
    found = queries.get_proposal(actor(), token)
    base = request.form.get("base", "")
    try:
        entry = proposals.accept(
            actor(),
            found,
            title=line("title"),
            body=text("body"),
            base=int(base) if base.isascii() and base.isdecimal() and len(base) < 9 else 0,
            word=line("word"),
        )
    except Invalid as error:
        return show_proposal(found, errors=error.fields), 422
    except EditConflict:
        flash(_("Somebody saved in between. Look at both texts once more."), "warn")
        found = queries.get_proposal(actor(), token)
        return show_proposal(found, mine=text("body")), 409
    flash(_("The change is in the text, in the name of its proposer."), "good")
    return redirect(entry_url(entry))


@bp.post("/proposals/<token>/refusal")
@login_required
def refuse(token: str) -> ResponseReturnValue:
    found = queries.get_proposal(actor(), token)
    try:
        proposals.refuse(actor(), found, reason=request.form.get("reason", ""))
    except Invalid as error:
        return show_proposal(found, errors=error.fields), 422
    flash(_("The text stays as it is; the proposer is told why."), "info")
    return redirect(page_url("/proposals"))


def show_proposal(
    found: Proposal, *, mine: str | None = None, errors: dict[str, list[str]] | None = None
) -> str:
    """What would change, and the forms to decide for those who may.

    Where the text moved on, it stands beside the proposed one, which stays editable.
    """
    entry = found.entry
    base = entry_queries.revision_of(entry, found.base)
    may_decide = can(viewer(), Permission.ENTRY_EDIT, entry)
    return render_template(
        "proposals/show.html",
        proposal=found,
        entry=entry,
        title_lines=compare_words(base.title, found.title) if base else [],
        lines=compare_words(base.body if base else "", found.body),
        is_open=found.status is ProposalStatus.OPEN,
        may_decide=may_decide and found.status is ProposalStatus.OPEN,
        has_moved=entry.revision_number != found.base,
        mine=found.body if mine is None else mine,
        newest=entry_queries.revision_of(entry, entry.revision_number),
        errors=errors or {},
        with_session=True,
    )
