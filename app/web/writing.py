"""Writing: choose a form, write, look at it, keep it, publish it, edit it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby
from types import ModuleType
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.clock import now, today
from app.errors import EditConflict, Invalid, NotFound
from app.policy import Permission, can, ensure
from app.queries import entries as entry_queries
from app.queries import lessons as lesson_queries
from app.queries import people as people_queries
from app.queries import taxonomy as taxonomy_queries
from app.services import (
    attaching,
    autosaves,
    entries,
    lessons,
    posts,
    presence,
    previewing,
    telling,
)
from app.services.entries import Draft
from app.text.lesson import BOXES, LEARNED, QUICK_BOXES, REQUIRED_FULL, Box
from app.text.years import BANGKOK
from app.vocabulary import EntryKind, LessonForm, License, Status
from app.web import conflicts, entry_pages, labels, photos, suggesting
from app.web.entry_forms import EntryForm
from app.web.entry_pages import find_entry
from app.web.helpers import actor, entry_url, flash_undo, form_token, page_url, safe_next
from app.web.keeping import kept_text, sent_form
from app.web.uploads import chosen_in_form

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from app.models import Autosave, Entry, Revision

bp = Blueprint("writing", __name__)

#: What can be begun at /write/<what>.
BEGINNINGS: dict[str, tuple[EntryKind, LessonForm | None]] = {
    "story": (EntryKind.STORY, None),
    "post": (EntryKind.POST, None),
    "page": (EntryKind.PAGE, None),
    "quick": (EntryKind.LESSON, LessonForm.QUICK),
    "lesson": (EntryKind.LESSON, LessonForm.FULL),
}


#: Open next steps that the form of a lesson offers to close.
MOST_STEPS = 20


@bp.get("/write")
@login_required
def choose() -> ResponseReturnValue:
    ensure(actor(), Permission.ENTRY_CREATE)
    return render_template("writing/choose.html", drafts=entry_queries.drafts_of(actor())[:5])


@bp.get("/drafts")
@login_required
def drafts() -> ResponseReturnValue:
    return render_template(
        "writing/drafts.html",
        drafts=entry_queries.drafts_of(actor()),
        binned=entry_queries.binned_of(actor()),
    )


@bp.get("/write/<what>")
@login_required
def begin(what: str) -> ResponseReturnValue:
    ensure(actor(), Permission.ENTRY_CREATE)
    kind, lesson_form = beginning(what)
    last = entry_queries.newest_by(actor())
    form = EntryForm.blank(kind, lesson_form, actor(), token=form_token(), like=last)
    if closes := lesson_queries.steps_named(actor(), request.args.getlist("closes")):
        form.closes = [step.key for step in closes]
        form.repeat_header(closes[0].entry)
        form.values["years"] = ""  # what closes a step belongs to a later year
    form.values["title"] = request.args.get("title", "")[:300]
    if request.args.get("book") in {book.slug for book in people_queries.books_of(actor())}:
        form.values["book"] = request.args["book"]
    if place := request.args.get("community"):
        form.communities = [place]
    if program := request.args.get("program"):
        form.programs = [program]
    if year := request.args.get("year"):
        form.values["years"] = year[:20]
    waiting = autosaves.waiting(actor(), what)
    if waiting is not None and "kept" in request.args:
        form = EntryForm.from_request(kind, lesson_form, kept_text(waiting))
    return show_form(form, what=what, waiting=waiting)


@bp.post("/write/<what>")
@login_required
def create(what: str) -> ResponseReturnValue:
    ensure(actor(), Permission.ENTRY_CREATE)
    kind, lesson_form = beginning(what)
    form = EntryForm.from_request(kind, lesson_form, request.form)
    made = entry_queries.made_by_form(actor(), form.values["token"])
    if made is not None:  # sent before, then changed after the browser's "back"
        answer = take(made, form, base=1)
        if not isinstance(answer, tuple):  # it is saved, and no form is shown again
            autosaves.remove(actor(), what)
        return answer
    if action := request.form.get("row_action"):
        form.row_action(action)
        return show_form(form, what=what)
    try:
        draft = form.to_draft()
        if request.form.get("action") == "preview":
            return show_preview(form, draft, what=what)
        if not draft.title:
            return show_form(form, what=what, missing=faults_without_title(draft, None))
        sent = sent_form()
        entry = rules_of(kind).create(
            actor(),
            draft,
            form_token=sent.token if sent else "",
            digest=sent.digest if sent else "",
        )
    except Invalid as error:
        return show_form(form, what=what, errors=error.fields)
    autosaves.remove(actor(), what)
    return after_save(entry)


@bp.get("/posts/<number:number>/edit")
@bp.get("/lessons/<number:number>/<slug>/edit")
@bp.get("/pages/<slug>/edit")
@login_required
def edit(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = find_entry(number, slug if number is None else None)
    ensure(actor(), Permission.ENTRY_EDIT, entry)
    presence.enter(actor(), entry)
    wanted = LessonForm.FULL if request.args.get("form") == "full" else None
    form = EntryForm.of_entry(entry, form=wanted if can_become_full(entry) else None)
    waiting = autosaves.waiting(actor(), str(entry.number), entry)
    if waiting is not None and "kept" in request.args:
        typed = kept_text(waiting)
        form = EntryForm.from_request(entry.kind, form_of(entry, typed), typed)
        form.keep_unsent(entry.body)
    form.closes = lesson_queries.steps_to_close(entry)
    return show_form(form, entry=entry, waiting=waiting)


@bp.post("/posts/<number:number>/edit")
@bp.post("/lessons/<number:number>/<slug>/edit")
@bp.post("/pages/<slug>/edit")
@login_required
def save(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = find_entry(number, slug if number is None else None)
    ensure(actor(), Permission.ENTRY_EDIT, entry)
    form = EntryForm.from_request(entry.kind, form_of(entry), request.form)
    return take(entry, form, base=form.base)


def take(entry: Entry, form: EntryForm, *, base: int) -> ResponseReturnValue:
    """Do with the form of a stored entry what its button asked for."""
    theirs = conflicts.revision_numbered(request.form.get("theirs", ""), entry)
    form.keep_unsent(entry.body)
    used = entries.used_part_ids(entry)
    if action := request.form.get("row_action"):
        presence.enter(actor(), entry)
        form.row_action(action, used=used)
        return show_form(form, entry=entry, theirs=theirs)
    try:
        draft = form.to_draft(used=used)
        if request.form.get("action") == "settle":
            draft = conflicts.chosen(entry, form, draft, theirs)
        if request.form.get("action") == "preview":
            return show_preview(form, draft, entry=entry, theirs=theirs)
        if not draft.title:
            return show_form(
                form, entry=entry, missing=faults_without_title(draft, entry), theirs=theirs
            )
        if entry.status is Status.PUBLISHED and (missing := gaps(draft, entry)):
            return show_form(form, entry=entry, missing=missing, theirs=theirs)
        entry = rules_of(entry.kind).save(
            actor(), entry, draft, base=base, note=form.note, sent=sent_form()
        )
    except Invalid as error:
        return show_form(form, entry=entry, errors=error.fields, theirs=theirs)
    except EditConflict as conflict:
        return show_conflict(entry, form, conflict)
    presence.leave(actor(), entry)
    autosaves.remove(actor(), str(entry.number))
    return after_save(entry)


@bp.post("/entries/<number:number>/publication")
@login_required
def publish(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    try:
        rules_of(entry.kind).publish(actor(), entry)
    except Invalid as error:
        return show_form(EntryForm.of_entry(entry), entry=entry, missing=error.fields, is_kept=True)
    flash(_("It is public now."), "good")
    return redirect(entry_url(entry))


@bp.post("/entries/<number:number>/withdrawal")
@login_required
def withdraw(number: int) -> ResponseReturnValue:
    entry = entries.withdraw(actor(), find_entry(number))
    flash(_("It is a draft again; only its writers see it."), "info")
    return redirect(entry_url(entry))


@bp.post("/entries/<number:number>/bin")
@login_required
def bin_it(number: int) -> ResponseReturnValue:
    entries.bin_entry(actor(), find_entry(number))
    said = _("It lies in the bin for thirty days. You can bring it back until then.")
    flash_undo(said, page_url(f"/entries/{number}/restoration"))
    return redirect(page_url("/drafts"))


@bp.post("/entries/<number:number>/restoration")
@login_required
def restore(number: int) -> ResponseReturnValue:
    entry = entries.restore(actor(), find_entry(number))
    flash(_("It is back where it was."), "good")
    return redirect(entry_url(entry))


@bp.get("/entries/<number:number>/hiding")
@login_required
def hiding(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    ensure(actor(), Permission.ENTRY_HIDE, entry)
    return render_template("writing/hiding.html", entry=entry, errors={}, reason="")


@bp.post("/entries/<number:number>/hiding")
@login_required
def hide(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    reason = request.form.get("reason", "")
    try:
        if entry.status is Status.HIDDEN:
            entries.unhide(actor(), entry, reason=reason)
        else:
            entries.hide(actor(), entry, reason=reason)
    except Invalid as error:
        shown = render_template(
            "writing/hiding.html", entry=entry, errors=error.fields, reason=reason
        )
        return shown, 422
    flash(_("Done; the reason stands in the log."), "good")
    return redirect(safe_next(entry_url(entry)))


def beginning(what: str) -> tuple[EntryKind, LessonForm | None]:
    if what not in BEGINNINGS:
        raise NotFound(f"nothing to begin called {what}")
    return BEGINNINGS[what]


def kept_as(entry: Entry | None, what: str, theirs: Revision | None) -> str:
    """The name of the copy that the browser keeps of this form while somebody types.

    The form after a conflict is another one: it holds rows of both.
    """
    name = str(entry.number) if entry is not None else what
    return f"{actor().id}:{name}:{theirs.number}" if theirs is not None else f"{actor().id}:{name}"


def rules_of(kind: EntryKind) -> ModuleType:
    """The rule book of a kind: its create, save and publish."""
    return lessons if kind is EntryKind.LESSON else posts


def can_become_full(entry: Entry) -> bool:
    """Whether a lesson can be carried into the form of eight boxes."""
    return entry.form in (LessonForm.QUICK, LessonForm.FREE)


def form_of(entry: Entry, typed: MultiDict[str, str] | None = None) -> LessonForm | None:
    """The lesson form that was sent: a quick or free one can have been carried into the full."""
    typed = request.form if typed is None else typed
    if can_become_full(entry) and typed.get("form") == LessonForm.FULL.value:
        return LessonForm.FULL
    return entry.form


def gaps(draft: Draft, entry: Entry | None) -> dict[str, list[str]]:
    """What this text would lack as a public one."""
    of_kind = lessons.gaps_of(draft) if draft.kind is EntryKind.LESSON else posts.gaps_of(draft)
    return of_kind | telling.gaps_of(draft, entry, actor())


def faults_without_title(draft: Draft, entry: Entry | None) -> dict[str, list[str]]:
    """What to say of a text that has no title: even a draft needs one to be found again."""
    said = {"title": [_("Give it a title first.")]}
    return (
        {**said, **gaps(draft, entry), **said}
        if request.form.get("action", "").startswith("publish")
        else said
    )


def after_save(entry: Entry) -> ResponseReturnValue:
    """Publish when asked, else say that the draft is kept."""
    if (chosen := chosen_in_form()) is not None:
        attaching.list_beneath(actor(), entry, chosen)
    action = request.form.get("action", "")
    if not action.startswith("publish"):
        public = entry.status is Status.PUBLISHED
        at = now().astimezone(BANGKOK).strftime("%H:%M")
        draft_kept = _("The draft is kept, %(time)s.", time=at)
        kept = _("Your changes are saved.") if public else draft_kept
        flash(kept, "good")
        if action == "next":
            return redirect(page_url(f"/write/{begun_as(entry)}"))
        return redirect(entry_url(entry) if public else entry_url(entry, "edit"))
    try:
        rules_of(entry.kind).publish(actor(), entry)
    except Invalid as error:
        return show_form(EntryForm.of_entry(entry), entry=entry, missing=error.fields, is_kept=True)
    flash(_("It is public now."), "good")
    if action == "publish-next":
        return redirect(page_url(f"/write/{begun_as(entry)}"))
    return redirect(entry_url(entry))


def begun_as(entry: Entry) -> str:
    """The form in which the next one like ``entry`` is written: its name at /write."""
    if entry.kind is not EntryKind.LESSON:
        return entry.kind.value
    return "quick" if entry.form is LessonForm.QUICK else "lesson"


def show_preview(
    form: EntryForm,
    draft: Draft,
    *,
    what: str = "",
    entry: Entry | None = None,
    theirs: Revision | None = None,
) -> ResponseReturnValue:
    """The text as readers will see it: over its form, or alone when the editor asks for that.

    :raises Invalid: a field that could not be saved either.
    """
    seen = previewing.preview(actor(), draft, entry)
    shown = {
        "preview": seen,
        "preview_text": photos.for_writer(actor(), seen.html, entry),
        "preview_minutes": entry_pages.minutes_to_read(seen.plain),
        "preview_evidence": entry_pages.evidence_of(seen),
        "alike": suggesting.alike_lines(seen.title, entry.number if entry is not None else None),
    }
    if request.form.get("only") == "preview":
        return render_template("writing/_preview.html", **{**shown, "alike": []})
    return show_form(form, what=what, entry=entry, preview=shown, theirs=theirs)


def show_form(
    form: EntryForm,
    *,
    what: str = "",
    entry: Entry | None = None,
    errors: dict[str, list[str]] | None = None,
    missing: dict[str, list[str]] | None = None,
    is_kept: bool = False,
    preview: dict[str, Any] | None = None,
    theirs: Revision | None = None,
    waiting: Autosave | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    """The writing form, with everything that was typed.

    :param errors: what cannot be taken; ``missing``: what publishing still asks for, both
        {field: sentences}.  ``is_kept``: the text is stored, though not public.
    :param preview: what writing/_preview.html shows.
    :param theirs: the version that somebody saved in between.
    :param waiting: the writer's text that the server kept and that was never saved.
    """
    missing = missing or {}
    errors = {**(errors or {}), **missing}
    if errors and request.form.get("only") == "preview":
        return render_template("writing/_faults.html", errors=errors, missing=[], names={}), 422
    form.values["token"] = form.values.get("token") or form_token()
    is_mine = entry is None or entry.author_id == actor().id
    page = render_template(
        "writing/form.html",
        form=form,
        entry=entry,
        errors=errors,
        missing=list(missing),
        is_kept=is_kept,
        **(preview or {}),
        **conflicts.beside(form, entry, theirs),
        editors=presence.others(actor(), entry) if entry is not None else [],
        can_become_full=entry is not None and can_become_full(entry),
        action=entry_url(entry, "edit") if entry is not None else page_url(f"/write/{what}"),
        keep=kept_as(entry, what, theirs),
        kept_form=str(entry.number) if entry is not None else what,
        waiting=waiting,
        is_taken="kept" in request.args,
        box_groups=shown_boxes(form),
        required_boxes=required_boxes(form),
        places=Choices.of(taxonomy_queries.place_options(), form.communities),
        works=Choices.of([("", taxonomy_queries.program_options())], form.programs),
        books=people_queries.books_of(actor()) if is_mine else [],
        reasons=conflicts.REASONS,
        licenses=list(License),
        **about_tellers(form, entry),
        closable=steps_to_offer(form, entry),
    )
    return page, 422 if errors else status


def about_tellers(form: EntryForm, entry: Entry | None) -> dict[str, Any]:
    """What the form shows of tellers: the consents noted, and what is filled in beforehand."""
    form.values.setdefault("consent_day", today().isoformat())
    form.values.setdefault("consent_by", actor().display_name)
    return {
        "consents": telling.consents_of(entry) if entry is not None else [],
        "consent_kinds": list(labels.CONSENT_KINDS.items()),
    }


def steps_to_offer(form: EntryForm, entry: Entry | None) -> list[lesson_queries.OpenStep]:
    """Open steps of the lesson's places that it may close; those that were ticked stand first."""
    if form.kind is not EntryKind.LESSON:
        return []
    person = actor()
    found = lesson_queries.steps_named(person, form.closes)
    found += lesson_queries.open_steps(person, slugs=form.communities, limit=MOST_STEPS)
    own = entry.id if entry is not None else None
    mine = {
        step.key: step
        for step in found
        if step.entry.id != own and can(person, Permission.ENTRY_EDIT, step.entry)
    }
    return list(mine.values())


@dataclass(frozen=True, slots=True)
class Choices:
    """Options of a picker with the chosen ones first, and what the chosen are called."""

    chosen: list[tuple[str, str]]
    rest: list[tuple[str, list[tuple[str, str]]]]

    @classmethod
    def of(
        cls, groups: list[tuple[str, list[tuple[str, str]]]], chosen: Collection[str]
    ) -> Choices:
        found = [pair for _group, pairs in groups for pair in pairs if pair[0] in chosen]
        return cls(
            chosen=[(slug, name.lstrip("– ")) for slug, name in dict(found).items()],
            rest=[
                (group, [pair for pair in pairs if pair not in found]) for group, pairs in groups
            ],
        )

    @property
    def options(self) -> list[Any]:
        """As ui.picker takes them: in groups where there are groups."""
        if [group for group, _pairs in self.rest] == [""]:
            return [*self.chosen, *self.rest[0][1]]
        first = [(_("Chosen"), self.chosen)] if self.chosen else []
        return [*first, *self.rest]

    @property
    def names(self) -> str:
        return ", ".join(name for _slug, name in self.chosen)


def shown_boxes(form: EntryForm) -> list[tuple[str, list[Box]]]:
    """The boxes of this form by groups, in the order of the form.

    The quick form shows its four boxes, and any other that holds something already.
    """
    if not form.has_boxes:
        return []
    held = {key for key, text in form.boxes.items() if text.strip()}
    held |= {LEARNED} if form.rows.get("points") or form.rows.get("principles") else set()
    is_full = form.form is not LessonForm.QUICK
    shown = [box for box in BOXES if is_full or box.key in QUICK_BOXES or box.key in held]
    return [(group, list(boxes)) for group, boxes in groupby(shown, key=lambda box: box.group)]


def required_boxes(form: EntryForm) -> frozenset[str]:
    """Boxes that publishing asks for, marked with a star."""
    if form.form is LessonForm.QUICK:
        return frozenset({"goal", "next"})
    return frozenset(REQUIRED_FULL)


def show_conflict(entry: Entry, form: EntryForm, conflict: EditConflict) -> ResponseReturnValue:
    """Somebody saved in between and both changed the same: both texts, and a proposal."""
    conflicts.bring_together(entry, form, conflict)
    return show_form(form, entry=entry, theirs=conflict.theirs, status=409)
