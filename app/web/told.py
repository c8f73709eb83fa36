"""Dates, years and sources as the taxonomy keeps them: as text, the way a source told them."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from flask import Blueprint
from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.text.years import thai_month
from app.web import language
from app.web.helpers import thai_date, year_label


def told_year(value: str | int) -> str:
    """A year (พ.ศ.) as digits in the reader's calendar; other words stay."""
    text = str(value)
    if not (text.isascii() and text.isdecimal() and len(text) == 4):
        return text
    return str(int(text) - 543) if language.era() == "ce" else text


def told_date(value: str) -> str:
    """An ISO day or a year for people; other words stay."""
    try:
        return thai_date(date.fromisoformat(value))
    except ValueError:
        pass
    is_year = value.isascii() and value.isdecimal() and len(value) == 4
    return year_label(int(value)) if is_year else value


def told_month(value: str) -> str:
    """The month of a next step, 2550-07, for people; other words stay."""
    try:
        return thai_month(value, lang=language.current(), era=language.era())
    except ValueError:
        return value


def told_span(since: str, until: str) -> str:
    """2548–2549, "from 2549" or "until 2549"."""
    if since and until:
        return told_year(since) if since == until else f"{told_year(since)}–{told_year(until)}"
    if since:
        return _("from %(when)s", when=told_date(since))
    return _("until %(when)s", when=told_date(until)) if until else ""


def sources(told: str) -> Markup:
    """Links to the addresses in ``told``; other words stay words."""
    parts = [_source(part) for part in told.split()]
    return Markup(" ") + Markup(" · ").join(parts) if parts else Markup("")


def _source(part: str) -> Markup:
    where = urlsplit(part)
    if where.scheme not in ("http", "https") or not where.netloc:
        return escape(part)
    name = f"{where.netloc.removeprefix('www.')}{where.path.rstrip('/')}"
    return Markup('<a class="note" href="{}" rel="noopener noreferrer">{}</a>').format(part, name)


def add_to(bp: Blueprint) -> None:
    """Let the templates use these words."""
    bp.add_app_template_filter(told_year)
    bp.add_app_template_filter(told_date)
    bp.add_app_template_filter(told_month)
    bp.add_app_template_global(told_span)
    bp.add_app_template_global(sources)
