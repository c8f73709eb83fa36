"""History of an entry: its versions, two of them compared, and what links here."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.queries import entries as entry_queries
from app.services import rendering
from app.vocabulary import EntryKind, LessonForm
from app.web import entry_pages
from app.web.caching import of_the_site, public_page
from app.web.entry_pages import find_entry
from app.web.helpers import entry_url, page_number, viewer
from app.web.limits import ANEW, limiter
from app.web.versions import comparison

if TYPE_CHECKING:
    from app.models import Entry, Revision

bp = Blueprint("history", __name__)

PER_PAGE = 50


def stamp(revision: int | None = None, **address: Any) -> Hashable:
    """What a kept page of the history depends on: the entry, and for links the others too."""
    mark = entry_pages.stamp(**address)
    return None if mark is None else (mark, of_the_site())


def entry_of(number: int | None, slug: str | None) -> Entry:
    return find_entry(number, slug if number is None else None)


@bp.get("/posts/<number:number>/history")
@bp.get("/lessons/<number:number>/<slug>/history")
@bp.get("/pages/<slug>/history")
@public_page(stamp)
def index(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = entry_of(number, slug)
    offset = (page_number() - 1) * PER_PAGE
    revisions = entry_queries.revisions_of(viewer(), entry, limit=PER_PAGE + 1, offset=offset)
    return render_template(
        "history/index.html",
        entry=entry,
        revisions=revisions[:PER_PAGE],
        has_more=len(revisions) > PER_PAGE,
        page=page_number(),
        deeds_at=partial(deeds_at, entry),
    )


@bp.get("/posts/<number:number>/revisions/<number:revision>")
@bp.get("/lessons/<number:number>/<slug>/revisions/<number:revision>")
@bp.get("/pages/<slug>/revisions/<number:revision>")
@public_page(stamp)
@limiter.limit(ANEW)
def show(revision: int, number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = entry_of(number, slug)
    found = entry_queries.get_revision(viewer(), entry, revision)
    in_form = entry.kind is EntryKind.LESSON and found.header.get("form") != LessonForm.FREE.value
    page = rendering.render(found.body, is_lesson=in_form)
    return render_template(
        "history/revision.html",
        entry=entry,
        revision=found,
        page=page,
        deeds_at=partial(deeds_at, entry),
    )


@bp.get("/posts/<number:number>/compare")
@bp.get("/lessons/<number:number>/<slug>/compare")
@bp.get("/pages/<slug>/compare")
@public_page(stamp)
@limiter.limit(ANEW)
def compare(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = entry_of(number, slug)
    newest = entry.revision_number
    older, newer = sorted((asked("from", max(1, newest - 1)), asked("to", newest)))
    first = entry_queries.get_revision(viewer(), entry, older)
    second = entry_queries.get_revision(viewer(), entry, newer)
    return render_template(
        "history/compare.html",
        entry=entry,
        older=first,
        newer=second,
        **comparison(entry.kind, first, second),
        back=entry_url(entry, "history"),
    )


@bp.get("/posts/<number:number>/links")
@bp.get("/lessons/<number:number>/<slug>/links")
@bp.get("/pages/<slug>/links")
@public_page(stamp)
def links(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = entry_of(number, slug)
    return render_template(
        "history/links.html", entry=entry, backlinks=entry_queries.backlinks_to(viewer(), entry)
    )


def deeds_at(entry: Entry, revision: Revision) -> list[tuple[str, str]]:
    """(label, address) of what may be done with a version by who may edit the entry."""
    at = f"revisions/{revision.number}"
    deeds = []
    if revision.number != entry.revision_number:
        deeds.append((_("Go back to this version"), entry_url(entry, f"{at}/restore")))
    if revision.number > 1:
        deeds.append((_("Undo this edit"), entry_url(entry, f"{at}/undo")))
    return deeds


def asked(name: str, default: int) -> int:
    """A version number from the address; anything strange is the default."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else default
