"""Wiki pages (หน้าความรู้)."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from app.errors import NotFound
from app.queries import entries as entry_queries
from app.text.slugs import slugify
from app.vocabulary import EntryKind
from app.web.caching import of_the_site, public_page
from app.web.entry_pages import find_entry, note_read, show_entry, stamp
from app.web.helpers import entry_url
from app.web.search import show_list

bp = Blueprint("pages", __name__)


@bp.get("/pages")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    return show_list((EntryKind.PAGE,), room="pages")


@bp.get("/pages/<slug>")
@public_page(stamp, on_read=note_read)
def show(slug: str) -> ResponseReturnValue:
    try:
        entry = find_entry(slug=slug)
    except NotFound:
        tidy = slugify(slug)
        if tidy != slug and entry_queries.number_of_page(tidy) is not None:
            return redirect(entry_url(find_entry(slug=tidy)), 301)
        raise
    if entry.kind is not EntryKind.PAGE or entry.page_slug != slug:
        return redirect(entry_url(entry), 301)
    return show_entry(entry)
