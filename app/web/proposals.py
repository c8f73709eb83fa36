"""เสนอการแก้ไข: a form for anybody, and a page on which those who may edit decide.

Both show the boxes, sheets or text of the writing form, and read them as it does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import EditConflict, Invalid
from app.policy import Permission, can, ensure
from app.queries import entries as entry_queries
from app.queries import proposals as queries
from app.services import autosaves, entries, history, merging, proposals
from app.text.diff import compare_words
from app.vocabulary import ProposalStatus
from app.web import conflicts, form_faults, form_parts
from app.web.entry_forms import EntryForm
from app.web.entry_pages import find_entry
from app.web.fields import line
from app.web.helpers import actor, entry_url, form_token, page_url, viewer
from app.web.limits import ANEW, limiter
from app.web.versions import FORM_FIELDS, header_rows, text_changes
from app.web.writing import form_of

if TYPE_CHECKING:
    from app.models import Entry, Proposal, Revision
    from app.services.drafts import Draft, Faults

bp = Blueprint("proposals", __name__)


@bp.get("/posts/<number:number>/proposals/new")
@bp.get("/lessons/<number:number>/<slug>/proposals/new")
@bp.get("/pages/<slug>/proposals/new")
def begin(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = find_entry(number, slug if number is None else None)
    if can(viewer(), Permission.ENTRY_EDIT, entry):
        return redirect(entry_url(entry, "edit"))
    ensure(viewer(), Permission.ENTRY_PROPOSE, entry)
    return show_form(entry, EntryForm.of_entry(entry))


@bp.post("/posts/<number:number>/proposals/new")
@bp.post("/lessons/<number:number>/<slug>/proposals/new")
@bp.post("/pages/<slug>/proposals/new")
def create(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = find_entry(number, slug if number is None else None)
    if request.form.get("website"):  # a field that people do not see
        return redirect(entry_url(entry))
    if "carried" in request.form:
        return show_carried(entry)
    form = sent_text(entry)
    used = entries.used_part_ids(entry)
    if action := request.form.get("row_action"):
        form.row_action(action, used=used)
        return show_form(entry, form)
    try:
        draft, faults = form.read(used=used)
        form_faults.refuse(faults)
        made = proposals.propose(
            viewer(),
            entry,
            title=draft.title,
            body=draft.body,
            note=line("note"),
            name=line("name"),
            base=form.base,
            address=request.remote_addr or "",
            form_token=form.values["token"],
        )
    except Invalid as error:
        return show_form(entry, form, error.fields), 422
    if viewer() is not None:
        # Carried from a form of the writing desk that was closed meanwhile, it is sent now.
        autosaves.remove(actor(), autosaves.form_named(entry.number, form.values["token"]))
        flash(_("Your change waits for approval. You will be told what comes of it."), "good")
    return redirect(page_url(f"/proposals/{made.token}"))


def sent_text(entry: Entry) -> EntryForm:
    """The title and text that were sent.

    The form showed every box that held something, so one that is missing is empty.
    """
    form = EntryForm.from_request(entry.kind, entry.form, request.form)
    form.keep_unsent("")
    return form


def show_carried(entry: Entry) -> str:
    """What was typed into the writing form of a text that was locked meanwhile, to be proposed."""
    ensure(viewer(), Permission.ENTRY_PROPOSE, entry)
    form = EntryForm.from_request(entry.kind, form_of(entry), request.form)
    form.keep_unsent(entry.body)
    draft, _faults = form.read(used=entries.used_part_ids(entry))
    left = left_behind(entry, form, draft)
    form.values["note"] = form.note
    if form.form is not entry.form:  # carried into the form of eight boxes, which is no proposal
        form.form = entry.form
        form.show_text(draft.title, draft.body)
    return show_form(entry, form, left=left)


def left_behind(entry: Entry, form: EntryForm, draft: Draft) -> list[tuple[Any, str, str]]:
    """(field, before, typed) of what was typed beside title and text, which no proposal holds."""
    began = entry_queries.revision_for(viewer(), entry, form.base)
    if began is None:
        return []
    header = history.header_of_draft(entry, merging.by_name(entry, draft))
    typed = {
        name: value for name, value in header.items() if FORM_FIELDS.get(name, name) in request.form
    }
    rows = header_rows(began.header, {**began.header, **typed})
    names = form_parts.names_of(form)
    if "summary" in request.form and draft.summary != began.summary:
        rows.append((names["summary"], began.summary or "–", draft.summary or "–"))
    if draft.proposed_program:
        rows.append((names["proposed_program"], "–", draft.proposed_program))
    return rows


def show_form(
    entry: Entry,
    form: EntryForm,
    errors: Faults | None = None,
    *,
    left: list[tuple[Any, str, str]] | None = None,
) -> str:
    """The form of a proposal; ``left``: what was typed elsewhere and is no part of it."""
    form.values["token"] = form.values.get("token") or form_token()
    return render_template(
        "proposals/form.html",
        entry=entry,
        form=form,
        name=request.form.get("name", ""),
        errors=form_faults.in_order(form.kind, errors or {}),
        changed_header=left or [],
        **form_parts.parts_of(form, entries.used_part_ids(entry)),
        with_session=True,
    )


@bp.get("/proposals")
@login_required
def index() -> ResponseReturnValue:
    person = actor()
    return render_template(
        "proposals/index.html", waiting=queries.waiting_for(person), own=queries.made_by(person)
    )


@bp.get("/proposals/<token>")
@limiter.limit(ANEW)
def show(token: str) -> ResponseReturnValue:
    return show_proposal(queries.get_proposal(viewer(), token))


@bp.post("/proposals/<token>")
@login_required
def accept(token: str) -> ResponseReturnValue:
    found = queries.get_proposal(actor(), token)
    entry = found.entry
    form = sent_text(entry)
    theirs = conflicts.revision_numbered(request.form.get("theirs", ""), entry)
    used = entries.used_part_ids(entry)
    if action := request.form.get("row_action"):
        form.row_action(action, used=used)
        return show_proposal(found, form=form, theirs=theirs)
    try:
        draft, faults = form.read(used=used)
        form_faults.refuse(faults)
        if request.form.get("action") == "settle":
            draft = conflicts.chosen(entry, form, draft, theirs, mine=_("Take the proposed"))
        proposals.accept(
            actor(),
            found,
            title=draft.title,
            body=draft.body,
            base=form.base,
            word=line("word"),
        )
    except Invalid as error:
        return show_proposal(found, form=form, theirs=theirs, errors=error.fields), 422
    except EditConflict as conflict:
        flash(_("Somebody saved in between. Look at both texts once more."), "warn")
        found = queries.get_proposal(actor(), token)
        conflicts.bring_together(found.entry, form, conflict)
        return show_proposal(found, form=form, theirs=conflict.theirs, meets=conflict), 409
    if found.made is None:
        flash(_("The text says this already. The proposal is accepted."), "good")
    else:
        flash(_("The change is in the text, in the name of its proposer."), "good")
    return redirect(entry_url(entry))


@bp.get("/proposals/<token>/refusal")
@login_required
def refusal(token: str) -> ResponseReturnValue:
    """The page that asked for a reason, opened again by its address."""
    return redirect(page_url(f"/proposals/{token}"))


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
    found: Proposal,
    *,
    form: EntryForm | None = None,
    theirs: Revision | None = None,
    meets: EditConflict | None = None,
    errors: Faults | None = None,
) -> str:
    """What would change, and the forms to decide for those who may.

    :param form: what the decider sent; else the proposed text, merged with what was saved
        since.  ``theirs``: the version that it was merged with and that it meets; ``meets``: the
        conflict with it, where it was met just now.
    """
    entry = found.entry
    base = entry_queries.revision_for(viewer(), entry, found.base)
    is_open = found.status is ProposalStatus.OPEN
    may_decide = is_open and can(viewer(), Permission.ENTRY_EDIT, entry)
    is_edited = form is not None
    deciding: dict[str, Any] = {}
    if may_decide:
        if form is None:
            form, meets = merged_form(found)
            theirs = meets.theirs if meets is not None else None
        deciding = {
            "form": form,
            **form_parts.parts_of(form, entries.used_part_ids(entry)),
            **conflicts.beside(form, entry, theirs, meets=meets),
        }
    return render_template(
        "proposals/show.html",
        proposal=found,
        entry=entry,
        title_lines=compare_words(base.title, found.title) if base else [],
        summary_lines=[],
        changed_header=[],
        changes=text_changes(entry.kind, base.body if base else "", found.body),
        is_open=is_open,
        may_decide=may_decide,
        has_moved=entry.revision_number != found.base,
        is_edited=is_edited,
        word=request.form.get("word", ""),
        errors=form_faults.in_order(entry.kind, errors or {}),
        **deciding,
        with_session=True,
    )


def merged_form(found: Proposal) -> tuple[EntryForm, EditConflict | None]:
    """The proposed text in its form, merged with what was saved since.

    With it the conflict with the newest version, where a person has to choose.
    """
    entry = found.entry
    form = EntryForm.of_entry(entry)
    meets = proposals.meeting(entry, title=found.title, body=found.body, base=found.base)
    if not meets.proposal.is_clean:
        conflicts.bring_together(entry, form, meets)
        return form, meets
    form.show_text(meets.proposal.draft.title, meets.proposal.body.text)
    return form, None
