"""Language and calendar of a page.

A reader without account chooses by the address (``?lang=en``, ``?era=ce``); links carry
the choice along, so a public page needs no cookie.  A member's language is kept with the
account and gives way to the address.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import flask_babel
from babel import Locale
from flask import Flask, current_app, g, has_request_context, request
from flask_babel import get_locale
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup, escape

from app.text import form_words

LANGUAGES = ("th", "en")
ERAS = ("be", "ce")

#: A stretch of Thai, with the figures and Latin words between its words.
_THAI = re.compile(r"[\u0e01-\u0e7f](?:[^<>&]*[\u0e01-\u0e7f])?")
#: The heading of a group of a forum below which nothing stands.
_BARE_GROUP = re.compile(r"<h2\b(?:(?!</h2>).)*</h2>(?=\s*(?:<h2\b|\Z))", re.DOTALL)


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
    if not has_request_context() or "era" not in request.args:
        return "be"  # asking first costs less than a missing key: 40 years stand on a page
    asked = request.args["era"]
    return asked if asked in ERAS else "be"


def current() -> str:
    """The language in force, as flask-babel sees it."""
    locale = _locale()
    return locale.language if locale else "th"


def _locale() -> Locale | None:
    """``get_locale()``; what it found before is taken from where it keeps it.

    A page asks two hundred times, and three looks into ``g`` each time were 0.3 ms of it.
    """
    kept: Locale | None = getattr(getattr(g, "_flask_babel", None), "babel_locale", None)
    return kept or get_locale()


def of_form(html: str, entry: Any) -> Markup:
    """The stored page of ``entry`` with the words of its form in the page's language."""
    form = _form_of(entry)
    if form == "forum":
        html = _BARE_GROUP.sub(_with_words, html)
    if current() == "en":
        html = form_words.in_english(form, html, era=era())
    return Markup(html)


def _with_words(found: re.Match[str]) -> str:
    said = escape(flask_babel.gettext("Nothing was written yet"))
    return f'{found[0]}<p class="note" lang="{current()}">{said}</p>'


def thai_marked(text: Any) -> Any:
    """On an English page: ``text`` with its Thai stretches in ``<span lang="th">``.

    Markup with tags of its own stays as it is, for it says its languages itself.
    """
    if current() == "th" or not text or not _THAI.search(str(text)):
        return text
    shown = str(escape(text))
    return shown if "<" in shown else Markup(_THAI.sub(r'<span lang="th">\g<0></span>', shown))


def heading_of_form(text: str, entry: Any) -> str:
    """A heading of ``entry``, in the page's language where it is one of its form."""
    return heading_of(_form_of(entry), text)


def heading_of(form: str, text: str) -> str:
    """The heading ``text`` of a text that follows ``form``, in the page's language."""
    return form_words.heading_in_english(form, text) if current() == "en" else text


def _form_of(entry: Any) -> str:
    """Which form the text follows; empty for none."""
    return "" if entry.form == "free" else str(entry.kind.value)


@pass_eval_context
def gettext(context: EvalContext, text: str, /, **variables: Any) -> str:
    """``_`` of the templates: what flask-babel says, looked up once for each language.

    A page asks a hundred times, and each time flask-babel finds its catalog anew (8 µs).
    """
    locale = _locale()
    if locale is None:
        said = flask_babel.gettext(text)
    elif variables:
        said = _said(locale.language, text)
    else:
        return _said_whole(locale.language, text, bool(context.autoescape))
    return (Markup(said) if context.autoescape else said) % variables


@lru_cache(maxsize=4096)
def _said(lang: str, text: str) -> str:
    """``text`` in the language in force, which is ``lang``, its variables not filled in."""
    return flask_babel.gettext(text)


@lru_cache(maxsize=4096)
def _said_whole(lang: str, text: str, is_markup: bool) -> str:
    """A text without variables; "%%" is a percent sign, as in those that have some."""
    said = _said(lang, text)
    return (Markup(said) if is_markup else said) % {}


def init_app(app: Flask) -> None:
    app.add_template_filter(of_form)
    app.add_template_filter(thai_marked)
    app.add_template_filter(heading_of_form)
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"] = gettext

    @app.url_defaults
    def carry_choice(endpoint: str, values: dict[str, Any]) -> None:
        """Let every link of a page keep the language and calendar that its address chose."""
        if not has_request_context() or endpoint in ("static", None) or endpoint.startswith("api"):
            return
        for name, known in (("lang", LANGUAGES), ("era", ERAS)):
            asked = request.args.get(name)
            if asked in known:
                values.setdefault(name, asked)
