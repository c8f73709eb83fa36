"""Who is looking: Flask-Login's session, and CSRF tokens on every form."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, g, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect

from app.queries import people
from app.web import resuming
from app.web.caching import has_session
from app.web.helpers import page_url

login_manager = LoginManager()
csrf = CSRFProtect()

#: How long somebody stays logged in who wished so; counted from the last visit.
STAY = timedelta(days=30)
#: Rooms in which nobody is held up by a changed text: what one needs to leave, or to tell us.
NEVER_ASKED = frozenset({None, "account", "reports", "invitations"})
#: Rooms whose pages are forms: asked before typing.
FORM_ROOMS = frozenset({"writing", "comments"})


def init_app(app: Flask) -> None:
    app.config["PERMANENT_SESSION_LIFETIME"] = STAY
    login_manager.init_app(app)
    login_manager.user_loader(people.by_session_id)
    login_manager.unauthorized_handler(resuming.on_signed_out)

    @app.before_request
    def note_viewer() -> None:
        """``g.viewer``: the account that looks, or None; a visitor without cookie costs nothing."""
        g.viewer = None
        if request.endpoint != "static" and has_session() and current_user.is_authenticated:
            g.viewer = current_user._get_current_object()

    csrf.init_app(app)  # after note_viewer: the page about a stale form knows who looks

    @app.before_request
    def ask_for_consent() -> ResponseReturnValue | None:
        """A changed text of consent comes before the next writing, not before reading."""
        if g.viewer is None or request.blueprint in NEVER_ASKED or not is_writing():
            return None
        if not people.must_agree(g.viewer):
            return None
        if request.method == "GET":
            here = request.full_path.rstrip("?")
            return redirect(page_url("/account/consent", next=here))
        return resuming.show_consent(resuming.KeptForm.of_request()), 403


def is_writing() -> bool:
    """Whether this request changes something, or opens the form that will."""
    return request.method not in ("GET", "HEAD") or request.blueprint in FORM_ROOMS
