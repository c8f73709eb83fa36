"""What views and templates share: addresses, labels, dates, the viewer."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, urlsplit

from flask import Flask, current_app, flash, g, request
from sqlalchemy.exc import SQLAlchemyError

from app.policy import can
from app.queries import notices as notice_queries
from app.queries.taxonomy import display_name, full_name, told_apart
from app.services import settings
from app.services.rendering import path_of
from app.text.excerpt import shortened
from app.text.years import thai_date as thai_date_text
from app.vocabulary import EntryKind
from app.web import labels, language

if TYPE_CHECKING:
    from app.models import User

PER_PAGE = 20
#: Parameters that every address of ours carries along, and their values.
CARRIED = (("lang", language.LANGUAGES), ("era", language.ERAS))
#: Letters of a word of an address that are kept as they are written there; anybody can send
#: longer ones.
LONGEST_KEPT = 200
#: Control signs, and U+FFFE and U+FFFF (XML 1.0, section 2.2).
NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


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


def entry_path(entry: Any) -> str:
    """The address of an entry without host and without query."""
    return path_of(entry.kind, entry.number, entry.slug, entry.page_slug)


def entry_url(entry: Any, view: str = "") -> str:
    """The one address of an entry, or of a view below it ("history", "edit", "revisions/3")."""
    return page_url(f"{entry_path(entry)}/{view}" if view else entry_path(entry))


def path_about(about: Any) -> str:
    """The address of an entry or a community, without host and without query."""
    is_entry = isinstance(about.kind, EntryKind)
    return entry_path(about) if is_entry else f"/communities/{quote(about.slug)}"


def name_of(about: Any) -> str:
    """What an entry or a community is called, in the page's language."""
    is_entry = isinstance(about.kind, EntryKind)
    return str(about.title) if is_entry else community_label(about)


def talk_url(about: Any, number: int | None = None) -> str:
    """Where people talk about an entry or a community, or one comment there.

    Wiki pages and communities have a page of its own for it.
    """
    is_apart = about.kind is EntryKind.PAGE or not isinstance(about.kind, EntryKind)
    home = page_url(path_about(about) + ("/talk" if is_apart else ""))
    return f"{home}#c{number}" if number is not None else f"{home}#comments"


def unread_notices() -> int:
    """How many notices the viewer has not seen; 0 where the database does not answer."""
    person = viewer()
    try:
        return notice_queries.count_unread(person) if person is not None else 0
    except SQLAlchemyError:  # the page that says so is shown all the same
        return 0


def page_url(path: str, **query: Any) -> str:
    """An address of ours with the reader's choice of language and calendar carried along."""
    pairs = [(name, str(value)) for name, value in query.items() if value is not None]
    pairs += [(name, value) for name, value in carried() if name not in query]
    return f"{path}?{query_string(pairs)}" if pairs else path


def carried() -> list[tuple[str, str]]:
    """The reader's choice of language and calendar, for forms whose address drops its query."""
    return [
        (name, request.args[name]) for name, known in CARRIED if request.args.get(name) in known
    ]


def query_string(pairs: Iterable[tuple[str, str]]) -> str:
    """``urlencode``; a page repeats the same few words of its address in every link."""
    return "&".join([f"{_quoted(name)}={_quoted(value)}" for name, value in pairs])


def _quoted(value: str) -> str:
    return _quoted_word(value) if len(value) < LONGEST_KEPT else quote_plus(value)


@lru_cache(maxsize=2048)
def _quoted_word(value: str) -> str:
    return quote_plus(value)


def site_url(path: str) -> str:
    """An absolute address, built from SITE_URL and never from the Host header."""
    return f"{current_app.config['SITE_URL']}{path}"


def community_url(community: Any) -> str:
    return page_url(path_about(community))


def program_url(program: Any) -> str:
    return page_url(f"/programs/{quote(program.slug)}")


def tag_url(tag: Any) -> str:
    return page_url(f"/tags/{quote(tag.slug)}")


def year_url(year: int) -> str:
    return page_url(f"/years/{year}")


def person_url(user: Any) -> str:
    return page_url(f"/people/{quote(user.username)}")


def teller_url(name: str, view: str = "") -> str:
    """The page of a teller without account, by the name as it is written."""
    return page_url(f"/tellers/{quote(name, safe='')}{view}")


def book_url(book: Any) -> str:
    return page_url(f"/books/{quote(book.slug)}")


def community_label(community: Any) -> str:
    """The name of a community with its level, in the page's language."""
    return display_name(community, language.current())


def place_label(community: Any) -> str:
    """The name of a place that stands alone: a village with its number and tambon."""
    if language.current() == "th":
        return told_apart(community, community.parent)
    return full_name(community, "en")


def with_args(*, drop: Iterable[str] = (), **changed: Any) -> str:
    """This page's address with some parameters set (None: removed)."""
    gone = {*drop, *changed}
    pairs = [(name, value) for name, value in request.args.items(multi=True) if name not in gone]
    for name, value in changed.items():
        values = value if isinstance(value, (list, tuple)) else [value]
        pairs += [(name, str(one)) for one in values if one is not None]
    return f"{request.path}?{query_string(pairs)}" if pairs else request.path


def with_each(name: str, choices: Iterable[list[str]]) -> list[str]:
    """``with_args(name=choice, page=None)`` for each of many choices, written out once."""
    start = with_args(drop=(name, "page"))
    glue = "&" if "?" in start else "?"
    chosen = (query_string([(name, value) for value in choice]) for choice in choices)
    return [f"{start}{glue}{added}" if added else start for added in chosen]


def lang_url(code: str) -> str:
    """This page in another language."""
    return with_args(
        lang=None if code == current_app.config["SITE_LOCALE"] and viewer() is None else code
    )


def era_url(code: str) -> str:
    """This page with years in the other calendar."""
    return with_args(era=None if code == "be" else code)


def list_page_url(page: int) -> str:
    """This list at another page."""
    return with_args(page=None if page == 1 else page)


def page_number() -> int:
    """The page asked for, from 1; anything strange is page 1."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        return 1  # int() refuses more than 4,300 digits
    return min(max(int(text), 1), 100_000)


def safe_next(default: str) -> str:
    """Where to go after a form: ``next=`` when it stays on our host, else ``default``."""
    wanted = request.form.get("next") or request.args.get("next") or ""
    return wanted if stays_here(wanted) else default


def stays_here(address: str) -> bool:
    """Whether an address that came from outside leads to a page of ours.

    Browsers read "\\" as "/", and leave out tabs and line breaks.
    """
    if not address.startswith("/") or address.startswith(("//", "/\\")):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc and all(ch.isprintable() for ch in address)


def flash_undo(text: str, action: str) -> None:
    """Say what was done, with a button that undoes it by a POST to ``action``."""
    flash({"text": text, "action": action}, "undo")  # type: ignore[arg-type]


def flash_link(text: str, title: str, href: str) -> None:
    """Say that something went well, with a link to what it was done to."""
    flash({"text": text, "title": title, "href": href}, "good")  # type: ignore[arg-type]


def form_token() -> str:
    """A fresh token for a form that makes something: sent twice, it is made once."""
    return secrets.token_urlsafe(18)


def site_name() -> str:
    return str(settings.get("site_name") or current_app.config["SITE_NAME"])


def help_contact() -> str:
    return str(settings.get("help_contact") or current_app.config["HELP_CONTACT"] or "")


def thai_date(value: date | datetime | None, *, time: bool = False, weekday: bool = False) -> str:
    """A day, or a moment with its clock time, in the page's language and calendar."""
    if not value:
        return ""
    return thai_date_text(
        value, lang=language.current(), era=language.era(), time=time, weekday=weekday
    )


def moment(text: str) -> datetime | None:
    """The moment that an ISO text names, as the source of an entry keeps it; None: no moment."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def year_label(year: int) -> str:
    """พ.ศ. 2548, or ค.ศ. 2005 where the reader wishes so."""
    if language.era() == "ce":
        return f"ค.ศ. {year - 543}" if language.current() == "th" else f"{year - 543} CE"
    return f"พ.ศ. {year}" if language.current() == "th" else f"B.E. {year}"


def number(value: int | None) -> str:
    """A count with thousands commas."""
    return f"{value:,}" if value is not None else ""


def file_size(size: int) -> str:
    """Bytes as people read them, in units that need no translation: 15 kB, 2.1 MB."""
    for unit, name in ((10**9, "GB"), (10**6, "MB")):
        if size >= unit:
            return f"{size / unit:.1f}".removesuffix(".0") + f" {name}"
    return f"{-(-size // 1000)} kB"


def xml_text(text: str) -> str:
    """``text`` without the signs that XML 1.0 does not allow."""
    return NOT_IN_XML.sub("", text)


def init_app(app: Flask) -> None:
    app.jinja_env.globals["epoch"] = datetime(1970, 1, 1, tzinfo=UTC)
    app.add_template_filter(file_size)
    app.add_template_filter(xml_text)
    app.add_template_filter(shortened)
    app.add_template_filter(thai_date)
    app.add_template_filter(moment)
    app.add_template_filter(year_label)
    app.add_template_filter(number)
    for helper in (
        entry_url,
        entry_path,
        talk_url,
        path_about,
        name_of,
        unread_notices,
        site_url,
        community_url,
        program_url,
        tag_url,
        year_url,
        person_url,
        book_url,
        teller_url,
        with_args,
        community_label,
        place_label,
        lang_url,
        era_url,
        list_page_url,
        page_url,
        carried,
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
        }
