"""Voice notes of a draft, and ฝากพิมพ์: the queue in which members type them.

The pages of the writers lie under /entries/<number>/voice, those of a note under
/typing/<note>.  A recording is sent as photos are (static/voice.js), or whole by the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.clock import today
from app.errors import AlreadyTaken, Invalid, NotFound, Refused
from app.policy import Permission, can, ensure, is_author
from app.queries import voice as queries
from app.services import autosaves, uploads, voice
from app.services.voice import About
from app.vocabulary import EntryKind, LessonForm, UploadState, VoiceState
from app.web import labels, language
from app.web.entry_forms import consent_in
from app.web.entry_pages import find_entry
from app.web.fields import line
from app.web.headers import allow_sound
from app.web.helpers import (
    actor,
    entry_url,
    form_token,
    list_page_url,
    page_number,
    page_url,
    safe_next,
    viewer,
)
from app.web.keeping import note_arrived, sent_form
from app.web.uploads import sealed

if TYPE_CHECKING:
    from app.models import Entry, VoiceNote

bp = Blueprint("voice", __name__)

PER_PAGE = 30


@bp.app_template_filter("lasting")
def lasting(seconds: int) -> str:
    """How long a recording is: 3:05."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def voice_notes_of(entry: Entry) -> list[VoiceNote]:
    """What was recorded for an entry and can be heard; for its writers alone."""
    if not is_author(viewer(), entry):
        return []
    return [note for note in queries.of_entry(entry) if is_there(note)]


def is_there(note: VoiceNote) -> bool:
    return note.upload.state in (UploadState.WAITING, UploadState.READY)


# -- the draft's side ---------------------------------------------------------------------------


@bp.get("/entries/<number:number>/voice")
@login_required
def index(number: int) -> ResponseReturnValue:
    return show_index(own_entry(number))


@bp.post("/entries/<number:number>/voice")
@login_required
def attach(number: int) -> ResponseReturnValue:
    """A recording that has arrived in parts (``upload``), or a whole one (``sound``)."""
    entry = own_entry(number)
    about = About(request.form.get("speaker", ""), request.form.get("language", ""))
    file = request.files.get("sound")
    try:
        if ids := uploads.ids_of([request.form.get("upload", "")]):
            voice.attach(actor(), entry, about, ids[0])
        elif file is not None and file.filename:
            token = request.form.get("token", "")
            voice.attach_file(
                actor(), entry, about, name=file.filename, stream=file.stream, form_token=token
            )
        else:
            raise Refused(422, _("Record something or choose a file first."))
    except Refused as error:
        return show_index(entry, errors={"sound": [error.said]}), error.status
    except Invalid as error:
        return show_index(entry, errors=error.fields), 422
    flash(_("The recording is kept with the draft. Only its writers hear it."), "good")
    return redirect(page_url(f"/entries/{number}/voice"))


def own_entry(number: int) -> Entry:
    """The entry, for its writers; the others do not learn that anything was recorded."""
    entry = find_entry(number)
    if not is_author(actor(), entry):
        raise NotFound(f"no recordings of entry {number}")
    return entry


def show_index(entry: Entry, errors: dict[str, list[str]] | None = None) -> str:
    may_add = can(actor(), Permission.VOICE_ADD, entry)
    may_add = may_add and can(actor(), Permission.UPLOAD_CREATE)
    allow_sound(records=may_add)
    tellers = [person.name for person in entry.tellers]
    values = request.form.to_dict()
    if errors and "sound" in errors:
        values.pop("upload", None)  # it cannot be taken, so another one is to be sent
    return render_template(
        "voice/index.html",
        entry=entry,
        notes=voice_notes_of(entry),
        may_add=may_add,
        most=uploads.MOST_BYTES,
        names=tellers or [actor().display_name],
        values=values,
        token=request.form.get("token") or form_token(),
        errors=errors or {},
    )


@bp.get("/typing/<number:note>/consent")
@login_required
def consent(note: int) -> ResponseReturnValue:
    found = queries.get_note(actor(), note)
    ensure(actor(), Permission.VOICE_QUEUE, found)
    usual = {"consent_day": today().isoformat(), "consent_by": actor().display_name}
    return show_consent(found, usual)


@bp.post("/typing/<number:note>/consent")
@login_required
def note_consent(note: int) -> ResponseReturnValue:
    found = queries.get_note(actor(), note)
    try:
        voice.note_consent(actor(), found, consent_in(request.form))
        if request.form.get("action") == "queue":
            voice.queue(actor(), found)
    except Invalid as error:
        return show_consent(found, request.form, error.fields), 422
    flash(said_of(found), "good")
    return redirect(voice_page(found))


def show_consent(
    note: VoiceNote, values: Mapping[str, str], errors: dict[str, list[str]] | None = None
) -> str:
    return render_template(
        "voice/consent.html",
        note=note,
        values=values,
        kinds=list(labels.CONSENT_KINDS.items()),
        errors=errors or {},
    )


def said_of(note: VoiceNote) -> str:
    if note.state is VoiceState.QUEUED:
        return _("It stands in the typing queue now: members hear it and type it.")
    return _("The consent is noted.")


@bp.post("/typing/<number:note>/queue")
@login_required
def queue(note: int) -> ResponseReturnValue:
    found = queries.get_note(actor(), note)
    try:
        found = voice.queue(actor(), found)
    except Invalid as error:
        return show_consent(found, {}, error.fields), 422
    flash(said_of(found), "good")
    return redirect(voice_page(found))


@bp.post("/typing/<number:note>/withdrawal")
@login_required
def take_back(note: int) -> ResponseReturnValue:
    found = queries.get_note(actor(), note)
    found = voice.take_back(actor(), found, ends_consent="ends_consent" in request.form)
    flash(_("It is out of the typing queue; nobody else hears it any more."), "info")
    return redirect(voice_page(found))


@bp.post("/typing/<number:note>/removal")
@login_required
def remove(note: int) -> ResponseReturnValue:
    found = queries.get_note(actor(), note)
    back = voice_page(found)
    voice.remove(actor(), found)
    flash(_("The recording is deleted for good."), "info")
    return redirect(back)


def voice_page(note: VoiceNote) -> str:
    """Where somebody goes on after a deed: to the writers' page, or to the queue."""
    is_mine = is_author(actor(), note.entry)
    return page_url(f"/entries/{note.entry.number}/voice" if is_mine else "/typing")


# -- the queue ----------------------------------------------------------------------------------


@bp.get("/typing")
@login_required
def waiting() -> ResponseReturnValue:
    page = page_number()
    rows = queries.to_be_typed(limit=PER_PAGE + 1, offset=(page - 1) * PER_PAGE)
    return render_template(
        "voice/queue.html",
        notes=rows[:PER_PAGE],
        is_free=lambda note: voice.is_free(note, actor()),
        to_approve=queries.to_be_approved(actor()),
        typed=queries.typed_by(actor()),
        page=page,
        pages=page + 1 if len(rows) > PER_PAGE else page,
        url_of_page=list_page_url,
    )


@bp.get("/typing/<number:note>")
@login_required
def show(note: int) -> ResponseReturnValue:
    try:
        return show_note(queries.get_note(actor(), note))
    except NotFound:
        return show_gone("")


@bp.get("/typing/<number:note>/sound")
@login_required
def sound(note: int) -> ResponseReturnValue:
    """The recording, or the part of it that a player asks for."""
    return sealed(queries.get_to_hear(actor(), note).upload)


@bp.post("/typing/<number:note>/claim")
@login_required
def claim(note: int) -> ResponseReturnValue:
    found = queries.get_note(actor(), note)
    try:
        voice.claim(actor(), found)
    except AlreadyTaken:
        flash(_("Somebody else has just begun to type this one."), "warn")
    return redirect(page_url(f"/typing/{note}"))


@bp.post("/typing/<number:note>/release")
@login_required
def release(note: int) -> ResponseReturnValue:
    voice.release(actor(), queries.get_note(actor(), note))
    return redirect(page_url("/typing"))


@bp.post("/typing/<number:note>")
@login_required
def submit(note: int) -> ResponseReturnValue:
    """Hand in what was typed, or keep it (``action=keep``)."""
    typed = request.form.get("text", "")
    try:
        found = queries.get_note(actor(), note)
    except NotFound:  # taken back under an open form
        return show_gone(typed)
    try:
        if request.form.get("action") == "keep":
            voice.keep(actor(), found, [("text", typed)], sent=sent_form("keep"))
            note_arrived()
            flash(_("Kept. Only you see it until you hand it in."), "good")
            return redirect(page_url(f"/typing/{note}"))
        voice.submit(actor(), found, typed, sent=sent_form("submit"))
    except Invalid as error:
        return show_note(found, typed=typed, errors=error.fields), 422
    except AlreadyTaken:
        said = _("Somebody else has taken this one meanwhile. Your text stands here to be copied.")
        return show_note(found, typed=typed, errors={"text": [said]}), 409
    note_arrived()
    flash(_("Thank you. Your text waits until the teller or a facilitator has read it."), "good")
    return redirect(page_url("/typing"))


@bp.post("/typing/<number:note>/approval")
@login_required
def approve(note: int) -> ResponseReturnValue:
    text = request.form.get("text", "")
    try:
        found = queries.get_to_approve(actor(), note)
    except NotFound:  # accepted by somebody else under an open form
        return show_gone(text)
    box = request.form.get("box", voice.USUAL_BOX)
    try:
        entry = voice.approve(actor(), found, text, box=box)
    except Invalid as error:
        return show_note(found, typed=text, errors=error.fields), 422
    flash(_("The text stands in the entry, and its typist is named."), "good")
    reads = can(actor(), Permission.ENTRY_READ, entry)
    return redirect(entry_url(entry) if reads else page_url("/typing"))


@bp.post("/typing/<number:note>/refusal")
@login_required
def send_back(note: int) -> ResponseReturnValue:
    found = queries.get_note(actor(), note)
    try:
        voice.send_back(actor(), found, reason=line("reason"))
    except Invalid as error:
        return show_note(found, errors=error.fields), 422
    flash(_("It stands in the queue again; the typist is told why."), "info")
    return redirect(safe_next(page_url("/typing")))


def show_gone(text: str) -> ResponseReturnValue:
    """A recording that is typed, taken back or never was; ``text``: what was typed of it here."""
    return render_template("voice/gone.html", text=text), 404


def show_note(
    note: VoiceNote, *, typed: str | None = None, errors: dict[str, list[str]] | None = None
) -> str:
    """The page of a note, with what its viewer may do: type it, approve it, or see it wait."""
    person = actor()
    allow_sound()
    return render_template(
        "voice/note.html",
        note=note,
        can_hear=can(person, Permission.VOICE_HEAR, note),
        errors=errors or {},
        token=form_token(),
        **(approval_of(note, typed) if can(person, Permission.VOICE_APPROVE, note) else {}),
        **typing_of(note, typed),
    )


def typing_of(note: VoiceNote, typed: str | None) -> dict[str, Any]:
    """What the page shows for typing: mode "type", "taken" by somebody else, or none."""
    person = actor()
    kept = autosaves.of(person, autosaves.form_of(note)) is not None
    text = typed if typed is not None else voice.kept_text(person, note)
    mode = ""
    if can(person, Permission.VOICE_TYPE, note):
        is_mine = note.claimed_by_id == person.id
        free = voice.is_free(note, person)
        mode = "type" if is_mine and free else "free" if free else "taken"
    return {
        "own": text if kept and typed is None and mode in ("", "taken") else "",
        "mode": "copy" if typed is not None and mode in ("", "taken") else mode,
        "text": text,
        "free_from": voice.free_from(note) if mode == "taken" else None,
        "keep": f"{person.id}:{autosaves.form_of(note)}",
        "reads": can(person, Permission.VOICE_READ, note),
    }


def approval_of(note: VoiceNote, typed: str | None) -> dict[str, Any]:
    has_boxes = note.entry.kind is EntryKind.LESSON and note.entry.form is not LessonForm.FREE
    lang = language.current()
    return {
        "may_approve": True,
        "approved_text": typed if typed is not None else note.text,
        "boxes": [(box.key, box.name.of(lang)) for box in voice.BOXES] if has_boxes else [],
        "usual_box": request.form.get("box", voice.USUAL_BOX),
    }
