"""Who is looking: Flask-Login's session, and CSRF tokens on every form."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, g, request
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect

from app.queries import people
from app.web.caching import has_session

login_manager = LoginManager()
csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    app.config.setdefault("REMEMBER_COOKIE_DURATION", timedelta(days=30))
    app.config.setdefault("PERMANENT_SESSION_LIFETIME", timedelta(days=30))
    login_manager.init_app(app)
    login_manager.login_view = "account.log_in"
    login_manager.user_loader(people.by_session_id)
    csrf.init_app(app)

    @app.before_request
    def note_viewer() -> None:
        """``g.viewer``: the account that looks, or None; a visitor without cookie costs nothing."""
        g.viewer = None
        if request.endpoint != "static" and has_session() and current_user.is_authenticated:
            g.viewer = current_user._get_current_object()
