"""Errors become pages (or JSON, below /api) here and nowhere else.

Every page says what happened, what to do, and that the text is safe.
"""

from __future__ import annotations

import logging
import re
import secrets
import sqlite3
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app import queries
from app.errors import AppError, Busy, EditConflict, Forbidden, Invalid, RateLimited
from app.policy import Permission, can
from app.queries import people
from app.text.cleaning import UncleanText
from app.web import form_parts, resuming
from app.web.entry_forms import EntryForm
from app.web.helpers import page_url, person_url, viewer

log = logging.getLogger(__name__)

#: Signs of an address that was cut or encoded wrongly.
BROKEN = ("\x00", "\ufffd")
#: Templates in app/templates/errors.
PAGES = frozenset({400, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503, 507})


def init_app(app: Flask) -> None:
    app.register_error_handler(AppError, on_app_error)
    app.register_error_handler(CSRFError, on_csrf_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(UncleanText, on_unclean_text)
    app.register_error_handler(OperationalError, on_database_error)
    app.register_error_handler(Exception, on_bug)

    @app.before_request
    def refuse_broken_addresses() -> ResponseReturnValue | None:
        """NUL and broken encoding in an address are 400, before any query sees them."""
        words = [request.path, *(word for pair in request.args.items(multi=True) for word in pair)]
        broken = any(sign in word for word in words for sign in BROKEN)
        return page(400) if broken or not is_utf8(request.query_string) else None


def is_utf8(query: bytes) -> bool:
    """Whether the arguments of an address are UTF-8; Werkzeug shows what is not as %FF."""
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        return False
    return True


def on_app_error(error: AppError) -> ResponseReturnValue:
    queries.start_anew()
    extra: dict[str, Any] = {}
    if isinstance(error, RateLimited):
        extra["retry_after"] = error.retry_after
    if isinstance(error, Busy):
        extra["retry_after"] = error.retry_after
    if isinstance(error, Invalid):
        extra["errors"] = error.fields
    if isinstance(error, Forbidden):
        extra["permission"] = error.permission
        extra["whom"] = whom_to_ask(error)
        is_edit = error.permission == Permission.ENTRY_EDIT
        extra["to_propose"] = error.target if is_edit and may_propose(error) else None
        if extra["to_propose"] is not None:
            form = EntryForm(kind=error.target.kind, form=error.target.form)
            names = form_parts.names_of(form)
            extra["names"] = names | {"note": _("What is changed and why?")}
    if isinstance(error, EditConflict):
        extra["conflict"] = error
    return page(error.status, **extra)


def whom_to_ask(error: Forbidden) -> list[tuple[str, str]]:
    """(name, address) of people who can give the right that lacked."""
    if viewer() is None:
        return []
    found = people.to_ask(error.permission, error.target)
    return [(person.display_name, person_url(person)) for person in found]


def may_propose(error: Forbidden) -> bool:
    """Whether whoever may not edit can propose the change instead."""
    is_entry = hasattr(error.target, "revision_number")  # a book is edited by the same right
    return is_entry and can(viewer(), Permission.ENTRY_PROPOSE, error.target)


def on_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """The session ended under an open form: the text is kept, "press save again"."""
    if is_for_programs():
        return as_json(400)
    return resuming.on_stale_form()


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code is not None and error.code < 400:
        return error
    extra: dict[str, Any] = {}
    if isinstance(error, RequestEntityTooLarge):
        extra["limit_mb"] = 16
    if error.code == 429:
        extra["retry_after"] = 60
    response = page(error.code or 500, **extra)
    if error.code == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return response


def on_unclean_text(error: UncleanText) -> ResponseReturnValue:
    """Broken encoding: 400 in addresses, 422 in fields."""
    is_field = request.method not in ("GET", "HEAD") and bool(request.form or request.is_json)
    said = _("The text holds signs that cannot be kept. Type them again: %(what)s", what=str(error))
    return page(422 if is_field else 400, errors={"text": [said]})


def on_database_error(error: OperationalError) -> ResponseReturnValue:
    queries.start_anew()
    if isinstance(error.orig, sqlite3.OperationalError) and "full" in str(error.orig):
        return page(507, retry_after=300)
    log.warning("the database did not answer: %s", error.orig)
    return page(503, retry_after=5)


def on_bug(error: Exception) -> ResponseReturnValue:
    """Anything nobody foresaw: a short reference number, and nothing of our insides."""
    queries.start_anew()
    reference = secrets.token_hex(4)
    log.exception("reference %s: %s %s", reference, request.method, request.path)
    return page(500, reference=reference)


def kept_fields() -> list[tuple[str, str]]:
    """What was typed into the form that could not be taken, without secrets."""
    try:
        return list(resuming.KeptForm.of_request().fields)
    except RequestEntityTooLarge:  # nothing of it was read; the browser's own copy remains
        return []


def page(status: int, **context: Any) -> Response:
    """The page (or JSON) of an error."""
    if is_for_programs():
        return as_json(status, **context)
    context.setdefault("words", words_of_address() if status == 404 else "")
    context.setdefault("is_unwritten", status == 404 and is_page_address())
    context.setdefault("create_href", address_to_create() if status == 404 else "")
    context.setdefault(
        "fields", kept_fields() if request.method == "POST" and status != 404 else []
    )
    name = f"errors/{status if status in PAGES else 500}.html"
    response = make_response(
        render_template(
            name,
            status=status,
            errors=context.pop("errors", {}),
            **context,
        ),
        status,
    )
    if context.get("retry_after"):
        response.headers["Retry-After"] = str(context["retry_after"])
    return response


def is_for_programs() -> bool:
    """Whether the one who asked reads JSON: the API, and the script of the writing form."""
    is_kept = request.path.startswith("/write/kept") and request.method != "POST"
    return is_kept or request.path.startswith("/api/")


def as_json(status: int, **context: Any) -> Response:
    """``{"error": {"code", "message", "fields"}}`` of contract section 4."""
    from app.web.api.answers import error_answer

    return error_answer(
        status,
        fields=context.get("errors") or {},
        retry_after=context.get("retry_after"),
        reference=context.get("reference", ""),
    )


def is_page_address() -> bool:
    """Whether the address is that of a knowledge page, as a red link leads to."""
    return re.fullmatch(r"/pages/[^/]+", request.path) is not None


def address_to_create() -> str:
    """Where the missing page of a red link is begun, for those who may write."""
    if not is_page_address() or not can(viewer(), Permission.ENTRY_CREATE):
        return ""
    return page_url("/write/page", title=words_of_address())


def words_of_address() -> str:
    """What somebody may have looked for, read from an address that leads nowhere."""
    last = request.path.rstrip("/").rpartition("/")[2]
    return last.replace("-", " ").replace("_", " ").replace("+", " ")[:100]
