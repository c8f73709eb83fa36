"""What the writing form offers while somebody types: pages to link, people, keywords, titles.

Everything is asked of the database for the one who is signed in; nothing is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request
from flask_login import login_required

from app.errors import NotFound
from app.policy import Permission, ensure
from app.queries import likeness
from app.services import rendering
from app.text.references import normalise_target
from app.text.slugs import slugify
from app.web import labels
from app.web.helpers import actor, entry_path, entry_url

if TYPE_CHECKING:
    import sqlalchemy as sa

bp = Blueprint("suggesting", __name__)

MOST_LETTERS = 300
#: Signs that end a [[link]] or stand for something in it.
NOT_IN_A_LINK = re.compile(r"[\[\]|#\n]")
#: A user name that a text can mention; another is linked by its page.
MENTIONED = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?")
TAGGED = re.compile(r"[\w\u0e00-\u0e7f-]{1,100}")


class Line(TypedDict):
    """One line of a list: what it says, what stands beside it, what it puts into the text."""

    text: str
    note: str
    insert: str


@bp.get("/write/suggest")
@login_required
def suggest() -> Response:
    """``kind`` is link, person, tag or alike; ``q`` what was typed; JSON {"lines": [...]}."""
    ensure(actor(), Permission.ENTRY_CREATE)
    kind = request.args.get("kind", "")
    if kind not in KINDS:
        raise NotFound(f"no suggestions of kind {kind!r}")
    text = request.args.get("q", "")[:MOST_LETTERS]
    answer = jsonify(lines=KINDS[kind](text))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def links(text: str) -> list[Line]:
    """Pages to link to; what is inserted leads to exactly that page."""
    rows = likeness.entries_titled(actor(), text)
    led_to = rendering.addresses_of([normalise_target(row.title) for row in rows])
    return [Line(text=row.title, note=kind_name(row), insert=link_to(row, led_to)) for row in rows]


def link_to(row: sa.Row, led_to: dict[str, str]) -> str:
    """[[title]] where that leads to the page of ``row``, else a link to its address.

    Two pages may have one title, and a title may hold a sign of the link itself.
    """
    title, path = row.title, entry_path(row)
    is_plain = NOT_IN_A_LINK.search(title) is None and "`" not in title
    if is_plain and led_to.get(normalise_target(title)) == path:
        return f"[[{title}]]"
    label = re.sub(r"([\\\[\]*`])", r"\\\1", title)
    return f"[{label}]({path})"


def people(text: str) -> list[Line]:
    """Accounts to mention."""
    return [
        Line(text=row.display_name, note=f"@{row.username}", insert=mention(row))
        for row in likeness.people_called(text)
    ]


def mention(row: sa.Row) -> str:
    """@username, or a link where the user name is none that a text can mention."""
    if MENTIONED.fullmatch(row.username):
        return f"@{row.username}"
    label = re.sub(r"([\\\[\]*`])", r"\\\1", row.display_name)
    return f"[{label}](/people/{quote(row.username)})"


def tags(text: str) -> list[Line]:
    """Keywords in use."""
    return [
        Line(text=name, note="", insert=f"#{name if TAGGED.fullmatch(name) else slugify(name)}")
        for name in likeness.tags_called(actor(), text)
    ]


def alike(text: str) -> list[dict[str, Any]]:
    """Entries with a title like that, with their addresses."""
    but = request.args.get("but", "")
    number = int(but) if but.isascii() and but.isdecimal() and len(but) < 16 else None
    return alike_lines(text, number)


def alike_lines(title: str, but: int | None = None) -> list[dict[str, Any]]:
    """Up to five entries that may have told it already: text, note, href."""
    return [
        {"text": row.title, "note": kind_name(row), "href": entry_url(row)}
        for row in likeness.entries_like(actor(), title, but=but)
    ]


def kind_name(row: sa.Row) -> str:
    """What kind of entry a line leads to."""
    return str(labels.KINDS[row.kind])


KINDS: dict[str, Callable[[str], list[Any]]] = {
    "link": links,
    "person": people,
    "tag": tags,
    "alike": alike,
}
