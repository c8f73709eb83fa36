"""What views and templates share: addresses, labels, dates, the viewer."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, current_app, g, request, url_for
from flask_wtf.csrf import generate_csrf

from app.models import User
from app.policy import can
from app.services import settings
from app.text.years import thai_date as thai_date_text
from app.vocabulary import EntryKind
from app.web import labels, language
from app.web.caching import has_session

PER_PAGE = 20


def viewer() -> User | None:
    """Who is looking; None without account."""
    found: User | None = getattr(g, "viewer", None)
    return found


def actor() -> User:
    """Who is acting; only in views that ask for a log-in."""
    found = viewer()
    if found is None:
        raise RuntimeError("this view lacks @login_required")
    return found


def entry_url(entry: Any, *, external: bool = False, anchor: str | None = None) -> str:
    """The one address of an entry."""
    if entry.kind is EntryKind.PAGE and entry.page_slug:
        url = url_for("pages.show", slug=entry.page_slug, _anchor=anchor)
    elif entry.kind is EntryKind.LESSON:
        url = url_for("lessons.show", number=entry.number, slug=entry.slug, _anchor=anchor)
    else:
        url = url_for("posts.show", number=entry.number, _anchor=anchor)
    return site_url(url) if external else url


def entry_room_url(entry: Any, room: str, **values: Any) -> str:
    """An address below an entry's own: ``history``, ``links``, ``revisions``, ``compare``, ``comments``."""
    return url_for(f"history.{room}", number=entry.number, **values)


def site_url(path: str) -> str:
    """An absolute address, built from SITE_URL and never from the Host header."""
    return f"{current_app.config['SITE_URL']}{path}"


def community_url(community: Any) -> str:
    return url_for("communities.show", slug=community.slug)


def program_url(program: Any) -> str:
    return url_for("programs.show", slug=program.slug)


def tag_url(tag: Any) -> str:
    return url_for("tags.show", slug=tag.slug)


def year_url(year: int) -> str:
    return url_for("years.show", year=year)


def person_url(user: Any) -> str:
    return url_for("people.show", username=user.username)


def book_url(book: Any) -> str:
    return url_for("books.show", slug=book.slug)


def with_args(*, drop: Iterable[str] = (), **changed: Any) -> str:
    """This page's address with some parameters set (None: removed)."""
    gone = {*drop, *changed}
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name not in gone]
    for name, value in changed.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        pairs += [(name, str(one)) for one in values if one is not None]
    query = urlencode(pairs)
    return f"{request.path}?{query}" if query else request.path


def lang_url(code: str) -> str:
    """This page in another language."""
    return with_args(
        lang=None if code == current_app.config["SITE_LOCALE"] and viewer() is None else code
    )


def era_url(code: str) -> str:
    """This page with years in the other calendar."""
    return with_args(era=None if code == "be" else code)


def page_url(page: int) -> str:
    """This list at another page."""
    return with_args(page=None if page == 1 else page)


def page_number() -> int:
    """The page asked for, from 1; anything strange is page 1."""
    text = request.args.get("page", "1")
    return min(int(text), 100_000) if text.isascii() and text.isdecimal() and int(text) > 0 else 1


def safe_next(default: str) -> str:
    """Where to go after a form: ``next=`` when it stays on our host, else ``default``."""
    wanted = request.form.get("next") or request.args.get("next") or ""
    parts = urlsplit(wanted)
    ours = (
        wanted.startswith("/")
        and not wanted.startswith(("//", "/\\"))
        and not parts.scheme
        and not parts.netloc
    )
    return wanted if ours and all(ch.isprintable() for ch in wanted) else default


def form_token() -> str:
    """A fresh token for a form that makes something: sent twice, it is made once."""
    return secrets.token_urlsafe(18)


def site_name() -> str:
    return str(settings.get("site_name") or current_app.config["SITE_NAME"])


def help_contact() -> str:
    return str(settings.get("help_contact") or current_app.config["HELP_CONTACT"] or "")


def thai_date(value: date | datetime | None) -> str:
    """A day for people, in the page's language and calendar."""
    return thai_date_text(value, lang=language.current(), era=language.era()) if value else ""


def thai_datetime(value: datetime | None) -> str:
    """A moment for people: day and clock in Bangkok."""
    return (
        thai_date_text(value, lang=language.current(), era=language.era(), time=True)
        if value
        else ""
    )


def year_label(year: int) -> str:
    """พ.ศ. 2548, or ค.ศ. 2005 where the reader wishes so."""
    if language.era() == "ce":
        return f"ค.ศ. {year - 543}" if language.current() == "th" else f"{year - 543} CE"
    return f"พ.ศ. {year}" if language.current() == "th" else f"B.E. {year}"


def number(value: int | None) -> str:
    """A count with thousands commas."""
    return f"{value:,}" if value is not None else ""


def init_app(app: Flask) -> None:
    app.add_template_filter(thai_date)
    app.add_template_filter(thai_datetime)
    app.add_template_filter(year_label)
    app.add_template_filter(number)
    for helper in (
        entry_url,
        entry_room_url,
        site_url,
        community_url,
        program_url,
        tag_url,
        year_url,
        person_url,
        book_url,
        with_args,
        lang_url,
        era_url,
        page_url,
        form_token,
    ):
        app.add_template_global(helper)

    @app.context_processor
    def every_page() -> dict[str, Any]:
        """What base.html shows on every page."""
        person = viewer()
        return {
            "viewer": person,
            "site_name": site_name(),
            "help_contact": help_contact(),
            "footer_links": settings.get("footer_links"),
            "lang": language.current(),
            "era": language.era(),
            "labels": labels,
            "can": lambda permission, target=None: can(person, permission, target),
            "csrf_field": csrf_token_for_forms,
            "is_private": has_session(),
        }


def csrf_token_for_forms() -> str:
    """The CSRF token; makes a session, so it stands on form pages only."""
    return generate_csrf()
