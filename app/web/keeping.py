"""Nothing typed is lost: the server's copy of unsaved text, and writing without a line.

``/write/kept`` is what static/keeping.js talks to; the notice about kept text and its
buttons are plain links and forms.  ``/sw.js`` and ``/write/offline`` are public and hold
nothing of anybody.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import MultiDict

from app.errors import Closed, Forbidden, Invalid, NotFound, SignedOut
from app.policy import Permission, can
from app.queries import voice as voice_queries
from app.services import autosaves, form_tokens, presence, voice
from app.services.form_tokens import Sent
from app.text.years import BANGKOK
from app.vocabulary import EntryKind, LessonForm
from app.web import form_parts
from app.web.caching import public_page
from app.web.entry_forms import EntryForm
from app.web.entry_pages import find_entry
from app.web.helpers import actor, page_url, safe_next, viewer
from app.web.kept_texts import KeptText, kept_in
from app.web.limits import limiter
from app.web.static_files import FOLDER, folder_hash, static_url

if TYPE_CHECKING:
    from app.models import Autosave

bp = Blueprint("keeping", __name__)

#: Writers keep four times a minute; two devices and some tries have room.
KEEPING = "40 per minute"
#: Files that the page for writing without a line needs.
OFFLINE_FILES = ("site.css", "app.js", "files.js", "keeping.js", "favicon.svg")
#: Longest token of a form that is looked for.
MOST_TOKEN = 200
#: … and of the number that keeping.js gives to each press of a button.
MOST_PRESS = 64
#: What the session says of it.
ARRIVED = "arrived"
#: The form in which a recording is typed.
TYPING = re.compile(r"typing-([1-9]\d{0,8})", re.ASCII)
#: Fields that are filled in before anybody types, and tell nothing without what stands beside.
FILLED_IN = frozenset({"consent_day", "consent_by", "book"})
#: Fields of a row that hold words.
ROW_WORDS = re.compile(r"[a-z]+-\d+-(?:[a-z]+-\d+-)?(?:text|source|teller|who|due|sums|name)")
#: What a form carries and a second try need not repeat.
NOT_TYPED = frozenset({"csrf_token", "kept_form", "action", "token", "press"})


@bp.get("/write/kept")
def state() -> ResponseReturnValue:
    """Who is logged in, a fresh CSRF token, and whether a form has arrived.

    ``?token=`` names the form, ``press=`` which press of its button.
    """
    if viewer() is None:
        raise SignedOut("no session")
    token, press = request.args.get("token", ""), request.args.get("press", "")
    return jsonify(
        user=str(actor().id),
        csrf=generate_csrf(),
        arrived=form_tokens.has_been_pressed(actor(), token[:MOST_TOKEN], press[:MOST_PRESS]),
    )


@bp.put("/write/kept/<form>")
@limiter.limit(KEEPING, key_func=lambda: f"keeping:{viewer() and actor().id}")
def keep(form: str) -> ResponseReturnValue:
    """Keep what stands in a form: ``{"user", "base", "fields": [[name, value], …]}``."""
    if viewer() is None:
        raise SignedOut("no session")
    user, base, fields = sent_copy()
    if user != str(actor().id):  # the page was opened by somebody else on this device
        raise Forbidden(actor(), Permission.ENTRY_CREATE)
    try:
        at = kept(form, fields, base)
    except Forbidden as error:
        raise Closed(f"{form} is closed to {actor().id}") from error
    return jsonify(at=at.astimezone(BANGKOK).strftime("%H:%M"))


def kept(form: str, fields: list[tuple[str, str]], base: int) -> datetime:
    """Keep the fields of a form of whoever is logged in; when it was done."""
    if (typing := TYPING.fullmatch(form)) is not None:
        return voice.keep(actor(), voice_queries.get_note(actor(), int(typing[1])), fields)
    what = autosaves.what_of(form)
    is_number = what.isascii() and what.isdecimal() and len(what) < 10
    entry = find_entry(int(what)) if is_number else None
    name = form[: autosaves.LONGEST_FORM]
    at = autosaves.keep(actor(), name, fields, entry=entry, base=base).kept_at
    if entry is not None:
        presence.enter(actor(), entry)
    return at


@bp.get("/drafts/<form>")
@login_required
def show(form: str) -> ResponseReturnValue:
    """A kept text whose form is closed to its writer by now: to copy, or to propose."""
    kept = kept_in(form[: autosaves.LONGEST_FORM])
    if kept is None:
        raise NotFound(f"no kept text {form}")
    if not kept.is_closed:
        return redirect(kept.address)
    entry = kept.entry
    may_propose = entry is not None and can(actor(), Permission.ENTRY_PROPOSE, entry)
    shape = EntryForm(kind=kept.kind or EntryKind.POST, form=kept.form)
    names = form_parts.names_of(shape) | {"note": _("What is changed and why?")}
    return render_template(
        "writing/kept.html",
        kept=kept,
        entry=entry,
        names=names,
        typed_words=words_in(kept, names),
        fields=carried_from(kept),
        may_propose=may_propose,
    )


def carried_from(kept: KeptText) -> list[tuple[str, str]]:
    """The fields as the form would send them, with the revision that its writer began from."""
    fields = [(name, value) for name, value in kept.autosave.fields]
    begun = [] if "base" in dict(fields) else [("base", str(kept.autosave.base))]
    return [*fields, *begun]


def words_in(kept: KeptText, names: dict[str, str]) -> list[tuple[str, str]]:
    """(field, words) of what was typed, without choices and what the form carries for itself."""
    return [
        (name, value)
        for name, value in kept.autosave.fields
        if value.strip() and name not in FILLED_IN and (name in names or ROW_WORDS.fullmatch(name))
    ]


@bp.post("/write/kept/<form>/removal")
@login_required
def remove(form: str) -> ResponseReturnValue:
    """Throw the kept text away."""
    autosaves.remove(actor(), form[: autosaves.LONGEST_FORM])
    if "next" in request.form:  # not when keeping.js asks, whose page stays
        flash(_("Your unsaved text is thrown away."), "info")
    return redirect(safe_next(page_url("/write")))


@bp.post("/write/kept/<number:number>/leaving")
@login_required
def leave(number: int) -> ResponseReturnValue:
    """The form of a stored text was closed or left; others need not wait for its writer."""
    presence.leave(actor(), find_entry(number))
    return "", 204


@bp.get("/write/offline")
@public_page(lambda: folder_hash())
def offline() -> ResponseReturnValue:
    """The page that a browser keeps for writing without a line; nothing of anybody is in it."""
    return render_template(
        "keeping/offline.html", quick=boxes_of(LessonForm.QUICK), full=boxes_of(LessonForm.FULL)
    )


def boxes_of(form: LessonForm) -> dict[str, Any]:
    """The boxes of a form of lesson, and those that publishing asks for."""
    blank = EntryForm(kind=EntryKind.LESSON, form=form)
    boxes = [box for _group, shown in form_parts.shown_boxes(blank) for box in shown]
    return {"boxes": boxes, "needed": form_parts.required_boxes(blank)}


@bp.get("/sw.js")
def worker() -> ResponseReturnValue:
    """The service worker, below whose address all pages lie."""
    files = ",".join(f'"{static_url(name)}"' for name in OFFLINE_FILES)
    head = f'const HASH="{folder_hash()}",FILES=[{files}];\n'
    answer = Response(head + (FOLDER / "sw.js").read_text("utf-8"), mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(hashlib.sha256(answer.get_data()).hexdigest()[:24])
    return answer.make_conditional(request)


def sent_copy() -> tuple[str, int, list[tuple[str, str]]]:
    """(user, base, fields) of a PUT; Invalid when it is anything else."""
    sent: Any = request.get_json(silent=True)
    try:
        fields = [(name, value) for name, value in sent["fields"]]
        base = int(str(sent.get("base") or 0)[:9])
        good = all(isinstance(text, str) for pair in fields for text in pair)
    except (TypeError, ValueError, KeyError, AttributeError):
        good = False
    if not good:
        raise Invalid({"fields": ["fields: [[name, value], …]"]})
    return str(sent.get("user", "")), max(base, 0), fields


def kept_text(kept: Autosave) -> MultiDict[str, str]:
    """The kept fields as a form sends them."""
    return MultiDict([(name, value) for name, value in kept.fields])


def note_arrived() -> None:
    """Tell the page after this one that the form has arrived, so that it need not ask."""
    token, press = request.form.get("token", ""), request.form.get("press", "")
    if press:
        session[ARRIVED] = f"{press[:MOST_PRESS]} {token[:MOST_TOKEN]}"


@bp.app_template_global("arrived_form")
def arrived_form() -> str:
    """The press and the token of the form that this page is the answer to; told once."""
    return str(session.pop(ARRIVED, ""))


def sent_form(deed: str = "") -> Sent | None:
    """The form of this request, to tell a second try from a change; None without a token.

    What was typed tells one from another; where JavaScript runs, each press has a number too.

    :param deed: what the button asks for, where another deed with the same text is no repeat.
    """
    token = request.form.get("token", "")[:MOST_TOKEN]
    if not token:
        return None
    press = request.form.get("press", "")[:MOST_PRESS]
    digest = hashlib.sha256(b"" if press else deed.encode())
    for name, value in request.form.items(multi=True):
        if name not in NOT_TYPED:
            digest.update(f"{name}\0{value}\0".encode("utf-8", "replace"))
    return Sent(token, digest.hexdigest()[:32], press)
