"""Writing: choose a form, write, look at it, keep it, publish it, edit it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.clock import now, today
from app.errors import EditConflict, Invalid, NotFound
from app.policy import Permission, can, ensure, to_create
from app.queries import entries as entry_queries
from app.queries import forums as forum_queries
from app.queries import lessons as lesson_queries
from app.queries import people as people_queries
from app.queries import taxonomy as taxonomy_queries
from app.services import (
    attaching,
    autosaves,
    entries,
    form_tokens,
    journal,
    lifecycle,
    presence,
    previewing,
    telling,
    writing,
)
from app.services.drafts import Draft, is_in_form
from app.services.entries import Beside
from app.services.form_tokens import Sent
from app.services.rule_books import rules_of
from app.text.sections import line_of
from app.text.years import BANGKOK, ERA_OFFSET
from app.vocabulary import EntryKind, LessonForm, License, Status
from app.web import (
    conflicts,
    entry_pages,
    form_faults,
    form_parts,
    labels,
    language,
    photos,
    suggesting,
)
from app.web.entry_forms import BEGINNINGS, EntryForm
from app.web.entry_pages import find_entry
from app.web.helpers import (
    actor,
    entry_url,
    flash_link,
    flash_undo,
    form_token,
    page_url,
    safe_next,
)
from app.web.keeping import kept_text, note_arrived, sent_form
from app.web.kept_texts import KeptText, kept_of, kept_texts
from app.web.uploads import chosen_in_form
from app.web.voice import voice_notes_of

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from app.models import Entry, Revision, User

bp = Blueprint("writing", __name__)

#: Open next steps that the form of a lesson offers to close.
MOST_STEPS = 20


@bp.get("/write")
@login_required
def choose() -> ResponseReturnValue:
    ensure(actor(), Permission.NOTE_CREATE)
    templates = [(one, begun_as(one)) for one in entry_queries.templates_of(actor())]
    return render_template(
        "writing/choose.html", drafts=entry_queries.drafts_of(actor())[:5], templates=templates
    )


@bp.get("/drafts")
@login_required
def drafts() -> ResponseReturnValue:
    return render_template(
        "writing/drafts.html",
        kept=kept_texts(),
        drafts=entry_queries.drafts_of(actor()),
        binned=entry_queries.binned_of(actor()),
    )


@bp.get("/write/<what>")
@login_required
def begin(what: str) -> ResponseReturnValue:
    kind, lesson_form = beginning(what)
    ensure(actor(), to_create(kind))
    last = entry_queries.newest_by(actor())
    form = EntryForm.blank(kind, lesson_form, actor(), token=form_token(), like=last)
    if template := template_named(request.args.get("template", ""), what):
        form.begin_from(template)
    if closes := lesson_queries.steps_named(actor(), request.args.getlist("closes")):
        form.closes = [step.key for step in closes]
        form.repeat_header(closes[0].entry)
        form.values["years"] = ""  # what closes a step belongs to a later year
    if lines := forum_queries.lines_named(actor(), request.args.getlist("line")):
        grow_from(form, lines)
    if title := request.args.get("title"):
        form.values["title"] = title[:300]
    if kind in journal.GROWS_INTO and (number := request.args.get("note")):
        note = note_to_grow(number)
        form.values |= {"body": note.body, "grown_from": str(note.number)}
    if request.args.get("book") in {book.slug for book in people_queries.books_of(actor())}:
        form.values["book"] = request.args["book"]
    if place := request.args.get("community"):
        form.communities = [place]
    if program := request.args.get("program"):
        form.programs = [program]
    if year := request.args.get("year"):
        form.values["years"] = year[:20]
    waiting = kept_of(what)
    if taken := asked_back(waiting):
        form = EntryForm.from_request(kind, lesson_form, kept_text(taken.autosave))
    return show_form(form, what=what, waiting=waiting)


@bp.post("/write/<what>")
@login_required
def create(what: str) -> ResponseReturnValue:
    kind, lesson_form = beginning(what)
    ensure(actor(), to_create(kind))
    form = EntryForm.from_request(kind, lesson_form, request.form)
    copy = autosaves.form_named(what, form.values["token"])
    if (again := taken_again(form, copy)) is not None:
        return again
    if action := request.form.get("row_action"):
        form.row_action(action)
        return show_form(form, what=what)
    try:
        draft, faults = form.read()
        draft = rules_of(draft.kind).titled(draft)
        if request.form.get("action") == "preview":
            form_faults.refuse_unfit(draft, faults)
            return show_preview(form, draft, what=what)
        errors, missing = form_faults.all_wrong(draft, faults, None, publishes=is_to_be_public())
        if errors or missing:
            return show_form(form, what=what, errors=errors, missing=missing)
        entry = stored(form, draft, beside=with_text(copy))
    except Invalid as error:
        return show_form(form, what=what, errors=error.fields)
    except form_tokens.MadeMeanwhile:  # by a press that was still on its way
        again = taken_again(form, copy)
        assert again is not None
        return again
    return after_save(entry)


def taken_again(form: EntryForm, copy: str) -> ResponseReturnValue | None:
    """What a form of a new text does that made its entry before; None when it did not.

    It was sent, and then changed: after the browser's "back", or while it was on its way.

    :param copy: the name of its unsaved text.
    """
    made = entry_queries.made_by_form(actor(), form.values["token"])
    if made is None:
        return None
    return take(made, form, base=1, copies=(copy, copy_of(made, form)))


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
    form.closes = lesson_queries.steps_to_close(entry)
    form.grows = [line.key for line in forum_queries.lines_behind(actor(), entry)]
    waiting = kept_of(str(entry.number))
    if taken := asked_back(waiting):
        typed = kept_text(taken.autosave)
        form = EntryForm.from_request(entry.kind, form_of(entry, typed), typed)
        form.keep_unsent(entry.body)
    return show_form(form, entry=entry, waiting=waiting)


@bp.post("/posts/<number:number>/edit")
@bp.post("/lessons/<number:number>/<slug>/edit")
@bp.post("/pages/<slug>/edit")
@login_required
def save(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = find_entry(number, slug if number is None else None)
    ensure(actor(), Permission.ENTRY_EDIT, entry)
    form = EntryForm.from_request(kind_sent(entry), form_of(entry), request.form)
    return take(entry, form, base=form.base, copies=(copy_of(entry, form),))


def take(entry: Entry, form: EntryForm, *, base: int, copies: Sequence[str]) -> ResponseReturnValue:
    """Do with the form of a stored entry what its button asked for.

    :param copies: names of the unsaved texts that this form saves.
    """
    sent = form_sent()
    if sent and is_saving() and form_tokens.has_arrived(actor(), sent):
        writing.follow_up(actor(), entry)  # the first time may have been cut short
        return after_save(entry, is_repeat=True)
    if form.kind is not entry.kind:
        return show_converted(entry, form, base=base)
    theirs = conflicts.revision_numbered(request.form.get("theirs", ""), entry)
    form.keep_unsent(entry.body)
    used = entries.used_part_ids(entry)
    if action := request.form.get("row_action"):
        presence.enter(actor(), entry)
        form.row_action(action, used=used)
        return show_form(form, entry=entry, theirs=theirs)
    try:
        draft, faults = form.read(used=used)
        draft = rules_of(entry.kind).titled(draft)
        if theirs is not None and not faults:  # whichever button was pressed: the choice is meant
            form_faults.refuse_unfit(draft, faults)
            draft = conflicts.chosen(entry, form, draft, theirs, mine=_("Take mine"))
        if request.form.get("action") == "preview":
            form_faults.refuse_unfit(draft, faults)
            return show_preview(form, draft, entry=entry, theirs=theirs)
        errors, missing = form_faults.all_wrong(draft, faults, entry, publishes=is_to_be_public())
        if errors or missing:
            return show_form(form, entry=entry, errors=errors, missing=missing, theirs=theirs)
        entry = writing.save(
            actor(),
            entry,
            draft,
            base=base,
            note=form.note,
            sent=sent,
            beside=with_text(*copies),
        )
    except Invalid as error:
        return show_form(form, entry=entry, errors=error.fields, theirs=theirs)
    except EditConflict as conflict:
        return show_conflict(entry, form, conflict)
    presence.leave(actor(), entry)
    return after_save(entry)


@bp.post("/entries/<number:number>/publication")
@login_required
def publish(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    try:
        writing.publish(actor(), entry)
    except Invalid as error:
        return show_gaps(entry, error)
    flash(_("It is public now."), "good")
    return redirect(entry_url(entry))


@bp.post("/entries/<number:number>/withdrawal")
@login_required
def withdraw(number: int) -> ResponseReturnValue:
    entry = lifecycle.withdraw(actor(), find_entry(number))
    said = _("It is a draft again; only its writers see it.")
    flash_undo(said, page_url(f"/entries/{number}/publication"))
    return redirect(entry_url(entry))


@bp.post("/entries/<number:number>/bin")
@login_required
def bin_it(number: int) -> ResponseReturnValue:
    lifecycle.bin_entry(actor(), find_entry(number))
    said = _("It lies in the bin for thirty days. You can bring it back until then.")
    flash_undo(said, page_url(f"/entries/{number}/restoration"))
    return redirect(page_url("/drafts"))


@bp.post("/entries/<number:number>/restoration")
@login_required
def restore(number: int) -> ResponseReturnValue:
    entry = lifecycle.restore(actor(), find_entry(number))
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
            lifecycle.unhide(actor(), entry, reason=reason)
        else:
            lifecycle.hide(actor(), entry, reason=reason)
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


def template_named(number: str, what: str) -> Entry | None:
    """The template of the actor with that number, if it begins this kind of text."""
    mine = {str(one.number): one for one in entry_queries.templates_of(actor())} if number else {}
    found = mine.get(number)
    return found if found is not None and begun_as(found) == what else None


def note_to_grow(number: str) -> Entry:
    """The short note that the form of a post begins from."""
    if not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise NotFound(f"no note {number!r}")
    note = find_entry(int(number))
    if note.kind is not EntryKind.JOURNAL:
        raise NotFound(f"entry {number} is no note")
    ensure(actor(), Permission.NOTE_GROW, note)
    return note


def stored(form: EntryForm, draft: Draft, *, beside: Beside) -> Entry:
    """A new draft of what was sent, linked to the note that it grew out of."""
    sent = form_sent()
    pressed = {"form_token": sent.token, "digest": sent.digest} if sent else {}
    if number := form.values["grown_from"]:
        return journal.grow(actor(), note_to_grow(number), draft, beside=beside, **pressed)
    return writing.create(actor(), draft, beside=beside, **pressed)


def with_text(*copies: str) -> Beside:
    """What a saving does beside the text: lists the uploads chosen, forgets unsaved ``copies``."""
    chosen = chosen_in_form()

    def keep(person: User, entry: Entry) -> None:
        if chosen is not None:
            attaching.list_beneath(person, entry, chosen)
        for copy in copies:
            autosaves.remove(person, copy)

    return keep


def copy_of(entry: Entry, form: EntryForm) -> str:
    """The name of the unsaved text of this form of a stored entry."""
    return autosaves.form_named(entry.number, form.values["token"])


def asked_back(waiting: Sequence[KeptText]) -> KeptText | None:
    """The kept text that the address asks for (``?kept=``)."""
    return next((one for one in waiting if one.mark == request.args.get("kept")), None)


def kept_as(form: EntryForm, entry: Entry | None, what: str, theirs: Revision | None) -> str:
    """The name of the copy that the browser keeps of this form while somebody types.

    Each form has its own, so that several lie side by side.  The form after a conflict is
    another one: it holds rows of both.
    """
    name = copy_of(entry, form) if entry else autosaves.form_named(what, form.values["token"])
    return f"{actor().id}:{name}:{theirs.number}" if theirs is not None else f"{actor().id}:{name}"


def section_line(entry: Entry | None, form: EntryForm) -> int | None:
    """The line of the text at which ``?section=`` opens the form."""
    if entry is None or "section" not in request.args:
        return None
    links = [heading["id"] for heading in entry.headings]
    return line_of(form.values.get("body", ""), links, request.args["section"])


def grow_from(form: EntryForm, lines: list[forum_queries.ForumLine]) -> None:
    """Begin a lesson with lines of a forum record as its source, at its place and in its year."""
    record = lines[0].entry
    form.grows = [line.key for line in lines]
    form.repeat_header(record)
    if record.happened_on is not None:
        form.values["years"] = str(record.happened_on.year + ERA_OFFSET)
    form.values["evidence"] = "\n".join(line.path for line in lines)


def kind_sent(entry: Entry) -> EntryKind:
    """The kind whose form was sent: boxes are of a lesson, whatever became of it since."""
    has_boxes = any(name.startswith("box_") for name in request.form)
    if has_boxes and entry.kind in (EntryKind.POST, EntryKind.PAGE):
        return EntryKind.LESSON
    if not has_boxes and is_in_form(entry) and "body" in request.form:
        return EntryKind.POST
    return entry.kind


def show_converted(entry: Entry, form: EntryForm, *, base: int) -> ResponseReturnValue:
    """What was typed in the form of another kind, in the form that its entry has now."""
    draft, faults = form.read(used=entries.used_part_ids(entry))
    body = draft.body if form.has_boxes else form.values["body"]
    now_form = EntryForm.from_request(entry.kind, entry.form, request.form)
    now_form.show_text(form.values["title"], body)
    now_form.values["base"] = str(base)
    said = _(
        "This text became another kind meanwhile. What you typed stands in its form of today:"
        " look it through, then save."
    )
    return show_form(now_form, entry=entry, errors={**faults, "body": [said]})


def can_become_full(entry: Entry) -> bool:
    """Whether a lesson can be carried into the form of eight boxes."""
    return entry.form in (LessonForm.QUICK, LessonForm.FREE)


def form_of(entry: Entry, typed: MultiDict[str, str] | None = None) -> LessonForm | None:
    """The lesson form that was sent: a quick or free one can have been carried into the full."""
    typed = request.form if typed is None else typed
    if can_become_full(entry) and typed.get("form") == LessonForm.FULL.value:
        return LessonForm.FULL
    return entry.form


def is_to_be_public() -> bool:
    """Whether the button that was pressed publishes."""
    return request.form.get("action", "").startswith("publish")


def form_sent() -> Sent | None:
    """This form as it was sent: kept as a draft before, the same text is published all the same."""
    return sent_form("publish" if is_to_be_public() else "")


def is_saving() -> bool:
    """Whether the button that was pressed saves the form as it was sent."""
    other = request.form.get("action") in ("preview", "settle")
    return not other and "row_action" not in request.form


def after_save(entry: Entry, *, is_repeat: bool = False) -> ResponseReturnValue:
    """Publish when asked, else say that the draft is kept.

    :param is_repeat: the form was sent before, as it is; it publishes what never was public,
        for the first time may have been cut short, and brings back nothing withdrawn since.
    """
    note_arrived()
    action = request.form.get("action", "")
    if not is_to_be_public() or (is_repeat and entry.published_at is not None):
        public = entry.status is Status.PUBLISHED
        draft_kept = _("The draft is kept, %(time)s.", time=time_now())
        kept = _("Your changes are saved.") if public else draft_kept
        if action == "next":
            flash_link(kept, entry.title, entry_url(entry))
            return redirect(page_url(f"/write/{begun_as(entry)}"))
        flash(kept, "good")
        return redirect(entry_url(entry) if public else entry_url(entry, "edit"))
    try:
        writing.publish(actor(), entry)
    except Invalid as error:
        return show_gaps(entry, error)
    if action == "publish-next":
        flash_link(_("It is public now."), entry.title, entry_url(entry))
        return redirect(page_url(f"/write/{begun_as(entry)}"))
    flash(_("It is public now."), "good")
    if entry.kind is EntryKind.JOURNAL:
        return redirect(page_url(f"/people/{actor().username}/journal"))
    return redirect(entry_url(entry))


def time_now() -> str:
    """The time of day as a status line says it."""
    return now().astimezone(BANGKOK).strftime("%H:%M")


def show_gaps(entry: Entry, lacking: Invalid) -> ResponseReturnValue:
    """The form of a stored text with what publishing asks for; who may not write is told it."""
    if not can(actor(), Permission.ENTRY_EDIT, entry):
        flash(" ".join(said for each in lacking.fields.values() for said in each), "warn")
        return redirect(entry_url(entry))
    return show_form(EntryForm.of_entry(entry), entry=entry, missing=lacking.fields, is_kept=True)


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
        "preview_uploads": photos.for_writer(actor(), seen.html, entry, chosen_in_form() or ()),
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
    meets: EditConflict | None = None,
    waiting: Sequence[KeptText] = (),
    status: int = 200,
) -> ResponseReturnValue:
    """The writing form, with everything that was typed.

    :param errors: what cannot be taken; ``missing``: what publishing still asks for, both
        {field: sentences}.  ``is_kept``: the text is stored, though not public.
    :param preview: what writing/_preview.html shows.
    :param theirs: the version that somebody saved in between.
    :param meets: the conflict with it, where this saving met it.
    :param waiting: texts of the writer that the server kept and that were never saved.
    """
    missing = form_faults.in_order(form.kind, missing or {})
    errors = form_faults.in_order(form.kind, {**(errors or {}), **missing})
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
        kept_at=time_now() if is_kept else "",
        **(preview or {}),
        **conflicts.beside(form, entry, theirs, meets=meets),
        editors=presence.others(actor(), entry) if entry is not None else [],
        can_become_full=entry is not None and can_become_full(entry),
        section_line=section_line(entry, form),
        action=entry_url(entry, "edit") if entry is not None else page_url(f"/write/{what}"),
        keep=kept_as(form, entry, what, theirs),
        waiting=waiting,
        is_taken="kept" in request.args,
        **form_parts.parts_of(form, entries.used_part_ids(entry) if entry is not None else ()),
        places=Choices.of(taxonomy_queries.place_options(language.current()), form.communities),
        works=works_for(form),
        is_mine=is_mine,
        books=people_queries.books_of(actor()) if is_mine else [],
        reasons=conflicts.REASONS,
        licenses=list(License),
        **about_tellers(form, entry),
        closable=steps_to_offer(form, entry),
        recorded=voice_notes_of(entry) if entry is not None else [],
        sources=forum_queries.lines_named(actor(), {*form.grows_offered, *form.grows}),
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


def works_for(form: EntryForm) -> Choices:
    """The programs that whoever writes may choose, with what the text has already."""
    offered = taxonomy_queries.program_options(actor(), chosen=form.programs)
    return Choices.of([("", offered)], form.programs)


def show_conflict(entry: Entry, form: EntryForm, conflict: EditConflict) -> ResponseReturnValue:
    """Somebody saved in between and both changed the same: both texts, and a proposal."""
    conflicts.bring_together(entry, form, conflict)
    return show_form(form, entry=entry, theirs=conflict.theirs, meets=conflict, status=409)
