"""Nothing typed is lost: the server's copy of unsaved text, and writing without a line.

``/write/kept`` is what static/keeping.js talks to; the notice about kept text and its
buttons are plain links and forms.  ``/sw.js`` and ``/write/offline`` are public and hold
nothing of anybody.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import login_required
from flask_wtf.csrf import generate_csrf
from werkzeug.datastructures import MultiDict

from app.errors import Forbidden, Invalid, SignedOut
from app.policy import Permission
from app.services import autosaves, form_tokens
from app.services.form_tokens import Sent
from app.text.lesson import BOXES, QUICK_BOXES
from app.text.years import BANGKOK
from app.web.caching import public_page
from app.web.entry_pages import find_entry
from app.web.helpers import actor, page_url, safe_next, viewer
from app.web.limits import limiter
from app.web.static_files import FOLDER, folder_hash, static_url

if TYPE_CHECKING:
    from app.models import Autosave

bp = Blueprint("keeping", __name__)

#: Writers keep four times a minute; two devices and some tries have room.
KEEPING = "40 per minute"
#: Files that the page for writing without a line needs.
OFFLINE_FILES = ("site.css", "app.js", "keeping.js", "favicon.svg")
#: Longest token of a form that is looked for.
MOST_TOKEN = 200
#: … and of the number that keeping.js gives to each press of a button.
MOST_PRESS = 64
#: What a form carries and a second try need not repeat.
NOT_TYPED = frozenset({"csrf_token", "kept_form", "action", "token"})


@bp.get("/write/kept")
def state() -> ResponseReturnValue:
    """Who is logged in, a fresh CSRF token, and whether a form has arrived.

    ``?token=`` names the form, ``press=`` which press of its button.
    """
    if viewer() is None:
        raise SignedOut("no session")
    sent = Sent(
        request.args.get("token", "")[:MOST_TOKEN], request.args.get("press", "")[:MOST_PRESS]
    )
    return jsonify(
        user=str(actor().id),
        csrf=generate_csrf(),
        arrived=form_tokens.has_arrived(actor(), sent),
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
    entry = find_entry(int(form)) if form.isascii() and form.isdecimal() else None
    kept = autosaves.keep(actor(), form[:60], fields, entry=entry, base=base)
    return jsonify(at=kept.kept_at.astimezone(BANGKOK).strftime("%H:%M"))


@bp.post("/write/kept/<form>/removal")
@login_required
def remove(form: str) -> ResponseReturnValue:
    """Throw the kept text away."""
    autosaves.remove(actor(), form[:60])
    return redirect(safe_next(page_url("/write")))


@bp.get("/write/offline")
@public_page(lambda: folder_hash())
def offline() -> ResponseReturnValue:
    """The page that a browser keeps for writing without a line; nothing of anybody is in it."""
    boxes = [box for box in BOXES if box.key in QUICK_BOXES]
    return render_template("keeping/offline.html", quick_boxes=boxes)


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


def sent_form() -> Sent | None:
    """The form of this request, to tell a second try from a change; None without a token.

    Where JavaScript runs, each press has a number; else what was typed tells one from another.
    """
    token = request.form.get("token", "")[:MOST_TOKEN]
    if not token:
        return None
    if press := request.form.get("press", "")[:MOST_PRESS]:
        return Sent(token, press)
    digest = hashlib.sha256()
    for name, value in request.form.items(multi=True):
        if name not in NOT_TYPED:
            digest.update(f"{name}\0{value}\0".encode("utf-8", "replace"))
    return Sent(token, digest.hexdigest()[:32])
