"""Earlier versions made the newest again, and single edits taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import EditConflict, Invalid, NotFound
from app.policy import Permission, ensure
from app.queries import entries as entry_queries
from app.services import drafts, history, revisions
from app.text.cleaning import UncleanText, clean_line
from app.web import conflicts
from app.web.entry_forms import EntryForm
from app.web.entry_pages import find_entry
from app.web.helpers import actor, entry_url
from app.web.versions import comparison
from app.web.writing import show_conflict, show_form

if TYPE_CHECKING:
    from app.models import Entry, Revision

bp = Blueprint("restoring", __name__)


@bp.get("/posts/<number:number>/revisions/<number:revision>/<any(restore,undo):deed>")
@bp.get("/lessons/<number:number>/<slug>/revisions/<number:revision>/<any(restore,undo):deed>")
@bp.get("/pages/<slug>/revisions/<number:revision>/<any(restore,undo):deed>")
@login_required
def ask(
    revision: int, deed: str, number: int | None = None, slug: str | None = None
) -> ResponseReturnValue:
    entry = find_entry(number, slug if number is None else None)
    ensure(actor(), Permission.ENTRY_EDIT, entry)
    return show(entry, entry_queries.get_revision(actor(), entry, revision), deed)


@bp.post("/posts/<number:number>/revisions/<number:revision>/<any(restore,undo):deed>")
@bp.post("/lessons/<number:number>/<slug>/revisions/<number:revision>/<any(restore,undo):deed>")
@bp.post("/pages/<slug>/revisions/<number:revision>/<any(restore,undo):deed>")
@login_required
def do(
    revision: int, deed: str, number: int | None = None, slug: str | None = None
) -> ResponseReturnValue:
    entry = find_entry(number, slug if number is None else None)
    ensure(actor(), Permission.ENTRY_EDIT, entry)
    found = entry_queries.get_revision(actor(), entry, revision)
    newest = entry.revision_number
    try:
        if deed == "undo":
            saved = revisions.undo(actor(), entry, found.number, note=reason_typed())
        else:
            saved = revisions.restore(actor(), entry, found, note=reason_typed())
    except Invalid as error:
        if deed == "restore":
            return show_to_fill_up(entry, found, error)
        return show(entry, found, deed, errors=error.fields)
    except EditConflict as conflict:
        if deed == "undo":
            return show_undoing(entry, found.number, conflict)
        return show_conflict(entry, EntryForm.of_entry(entry), conflict)
    return back_to(saved, newest, deed)


def show_undoing(entry: Entry, number: int, conflict: EditConflict) -> ResponseReturnValue:
    """Revision ``number`` cannot be undone alone: the form, with what stood before it."""
    form = EntryForm.of_entry(entry)
    form.values["undone"] = str(number)
    return show_conflict(entry, form, conflict)


def show_to_fill_up(entry: Entry, revision: Revision, lacking: Invalid) -> ResponseReturnValue:
    """A version that lacks what a public text needs, in the form where it is filled up."""
    form = EntryForm.of_entry(entry)
    form.show_draft(drafts.draft_of_revision(entry, revision))
    form.values["note"] = revisions.note_of_restoring(revision, reason_typed())
    said = _("That version lacks what a public text needs. It stands in this form: fill it up.")
    flash(said, "warn")
    return show_form(form, entry=entry, missing=lacking.fields)


def back_to(saved: Entry, newest: int, deed: str) -> ResponseReturnValue:
    """The text after ``deed``, and what came of it since revision ``newest``."""
    if saved.revision_number == newest:
        flash(_("Nothing changed: the text is so already."), "info")
    elif deed == "undo":
        flash(_("The edit is undone, as a new version. No version is gone."), "good")
    else:
        flash(_("That version is the newest again. No version is gone."), "good")
    return redirect(entry_url(saved))


def reason_typed() -> str:
    """The reason that was typed or tapped."""
    typed = request.form.get("note") or request.form.get("reason", "")
    try:
        return clean_line(typed)[:200]
    except UncleanText:
        return ""


def show(
    entry: Entry, revision: Revision, deed: str, errors: dict[str, list[str]] | None = None
) -> ResponseReturnValue:
    """What would change, a reason, and one button."""
    newest = history.newest_revision(entry)
    before: Revision | None = newest
    after: Revision | None = revision
    if deed == "undo":
        before, after = revision, history.revision_at(entry, revision.number - 1)
    if before is None or after is None:
        raise NotFound("nothing stood before the first revision")
    page = render_template(
        "history/restore.html",
        entry=entry,
        revision=revision,
        deed=deed,
        errors=errors or {},
        reasons=conflicts.REASONS,
        **comparison(entry.kind, before, after),
        action=entry_url(entry, f"revisions/{revision.number}/{deed}"),
        back=entry_url(entry, "history"),
    )
    return page, 422 if errors else 200
