"""Language and calendar of a page.

A reader without account chooses by the address (``?lang=en``, ``?era=ce``); links carry
the choice along, so a public page needs no cookie.  A member's language is kept with the
account and gives way to the address.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, has_request_context, request
from flask_babel import get_locale

LANGUAGES = ("th", "en")
ERAS = ("be", "ce")


def chosen() -> str:
    """The language of this answer: th or en."""
    default = str(current_app.config["SITE_LOCALE"])
    if not has_request_context():
        return default
    asked = request.args.get("lang", "")
    if asked in LANGUAGES:
        return asked
    viewer = getattr(g, "viewer", None)
    if viewer is not None and viewer.locale in LANGUAGES:
        return str(viewer.locale)
    return default


def era() -> str:
    """The calendar of this answer: be (พ.ศ.) or ce (ค.ศ.)."""
    asked = request.args.get("era", "") if has_request_context() else ""
    return asked if asked in ERAS else "be"


def current() -> str:
    """The language in force, as flask-babel sees it."""
    locale = get_locale()
    return locale.language if locale else "th"


def init_app(app: Flask) -> None:
    @app.url_defaults
    def carry_choice(endpoint: str, values: dict[str, Any]) -> None:
        """Let every link of a page keep the language and calendar that its address chose."""
        if not has_request_context() or endpoint in ("static", None) or endpoint.startswith("api"):
            return
        for name, known in (("lang", LANGUAGES), ("era", ERAS)):
            asked = request.args.get(name)
            if asked in known:
                values.setdefault(name, asked)
