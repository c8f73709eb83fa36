"""Posts, stories and forum records; ``/posts/<number>`` also leads to every other entry."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from app.vocabulary import EntryKind
from app.web.caching import of_the_site, public_page
from app.web.entry_pages import find_entry, note_read, show_entry, stamp
from app.web.helpers import entry_url
from app.web.search import show_list

bp = Blueprint("posts", __name__)

#: What is told day by day, and listed together.
POST_KINDS = (EntryKind.POST, EntryKind.STORY, EntryKind.FORUM)


@bp.get("/posts")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    return show_list(POST_KINDS, room="posts")


@bp.get("/posts/<number:number>")
@public_page(stamp, on_read=note_read)
def show(number: int) -> ResponseReturnValue:
    entry = find_entry(number)
    if entry.kind in (EntryKind.LESSON, EntryKind.PAGE):
        return redirect(entry_url(entry), 301)
    return show_entry(entry)


@bp.get("/blog/<book>/<number:number>")
def old_address(book: str, number: int) -> ResponseReturnValue:
    """The address that an entry had at the site it was imported from."""
    return redirect(entry_url(find_entry(number)), 301)
