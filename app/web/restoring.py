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
from app.services import entries, lessons, merging, posts, rendering
from app.services.entries import Draft
from app.text.cleaning import UncleanText, clean_line
from app.text.diff import compare_words
from app.vocabulary import EntryKind, Status
from app.web import conflicts
from app.web.entry_forms import EntryForm
from app.web.entry_pages import find_entry
from app.web.helpers import actor, entry_url
from app.web.versions import header_rows
from app.web.writing import show_conflict

if TYPE_CHECKING:
    from app.models import Entry, Revision

bp = Blueprint("restoring", __name__)

DEEDS = {"restore": merging.restore, "undo": merging.undo}


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
        saved = DEEDS[deed](actor(), entry, found, note=reason_typed(), prepare=rules_for(entry))
    except Invalid as error:
        return show(entry, found, deed, errors=error.fields)
    except EditConflict as conflict:
        form = EntryForm.of_entry(entry)
        return show_conflict(entry, form, conflict)
    if saved.revision_number == newest:
        flash(_("Nothing changed: the text is so already."), "info")
    elif deed == "undo":
        flash(_("The edit is undone, as a new version. No version is gone."), "good")
    else:
        flash(_("That version is the newest again. No version is gone."), "good")
    return redirect(entry_url(saved))


def rules_for(entry: Entry) -> merging.Prepare:
    """What a stored text of this kind goes through; a public one must stay complete."""
    is_lesson = entry.kind is EntryKind.LESSON

    def prepare(draft: Draft) -> tuple[Draft, rendering.Page]:
        if entry.status is Status.PUBLISHED:
            gaps = lessons.gaps_of(draft) if is_lesson else posts.gaps_of(draft)
            if gaps:
                raise Invalid(gaps)
        return lessons.prepared(draft, entry=entry) if is_lesson else posts.prepared(draft)

    return prepare


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
    newest = entries.newest_revision(entry)
    before: Revision | None = newest
    after: Revision | None = revision
    if deed == "undo":
        before, after = revision, entries.revision_at(entry, revision.number - 1)
    if before is None or after is None:
        raise NotFound("nothing stood before the first revision")
    page = render_template(
        "history/restore.html",
        entry=entry,
        revision=revision,
        deed=deed,
        errors=errors or {},
        reasons=conflicts.REASONS,
        title_lines=compare_words(before.title, after.title),
        summary_lines=compare_words(before.summary, after.summary),
        lines=compare_words(before.body, after.body),
        changed_header=header_rows(before.header, after.header),
        action=entry_url(entry, f"revisions/{revision.number}/{deed}"),
        back=entry_url(entry, "history"),
    )
    return page, 422 if errors else 200
