"""Lessons."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from app.vocabulary import EntryKind
from app.web.caching import of_the_site, public_page
from app.web.entry_pages import find_entry, note_read, show_entry
from app.web.entry_pages import stamp as entry_stamp
from app.web.helpers import entry_url
from app.web.search import show_list

bp = Blueprint("lessons", __name__)


@bp.get("/lessons")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    return show_list((EntryKind.LESSON,), room="lessons")


@bp.get("/lessons/<number:number>")
def by_number(number: int) -> ResponseReturnValue:
    return redirect(entry_url(find_entry(number)), 301)


def stamp(number: int, slug: str) -> object:
    """A page under a wrong slug is a redirect and is not kept; the address is in the key."""
    return entry_stamp(number)


@bp.get("/lessons/<number:number>/<slug>")
@public_page(stamp, on_read=note_read)
def show(number: int, slug: str) -> ResponseReturnValue:
    entry = find_entry(number)
    if entry.kind is not EntryKind.LESSON or slug != entry.slug:
        return redirect(entry_url(entry), 301)
    return show_entry(entry)
