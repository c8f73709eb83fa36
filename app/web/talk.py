"""พูดคุย: the talk of a wiki page or of a community, apart from its text."""

from __future__ import annotations

from collections.abc import Hashable

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from app.policy import Permission, can
from app.queries import comments as comment_queries
from app.queries import taxonomy
from app.vocabulary import EntryKind
from app.web import entry_pages
from app.web.caching import of_the_site, public_page
from app.web.helpers import entry_url, talk_url, viewer

bp = Blueprint("talk", __name__)


def stamp(slug: str) -> Hashable:
    return entry_pages.stamp(slug=slug)


@bp.get("/pages/<slug>/talk")
@public_page(stamp)
def show(slug: str) -> ResponseReturnValue:
    entry = entry_pages.find_entry(slug=slug)
    if entry.kind is not EntryKind.PAGE:
        return redirect(talk_url(entry), 301)
    if entry.page_slug != slug:
        return redirect(entry_url(entry, "talk"), 301)
    return render_template(
        "talk/show.html",
        entry=entry,
        comments=comment_queries.comments_of(viewer(), entry),
        can_edit=can(viewer(), Permission.ENTRY_EDIT, entry),
        actions_of=entry_pages.comment_actions,
    )


def community_stamp(slug: str) -> Hashable:
    """A comment that comes or goes changes no entry, so the comments are asked for."""
    return of_the_site(), comment_queries.numbers_shown(slug)


@bp.get("/communities/<slug>/talk")
@public_page(community_stamp)
def of_community(slug: str) -> ResponseReturnValue:
    community = taxonomy.get_community(slug)
    return render_template(
        "talk/community.html",
        community=community,
        steps=taxonomy.path_of(community),
        comments=comment_queries.comments_of(viewer(), community),
        actions_of=entry_pages.comment_actions,
    )
