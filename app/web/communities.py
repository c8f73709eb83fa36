"""Places, groups and networks: the tree, a page for each, and the forms that change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Invalid, NotFound
from app.policy import Permission, ensure
from app.queries import knowing
from app.queries import lessons as lesson_queries
from app.queries import taxonomy as queries
from app.queries.comments import numbers_shown
from app.queries.naming import ALIAS, ENGLISH, OLD_CODE, communities_named
from app.services import taxonomy
from app.services.taxonomy import ADDED_KINDS, CommunityDraft
from app.vocabulary import CommunityKind
from app.web import fields, language, told
from app.web.caching import of_the_site, public_page
from app.web.helpers import PER_PAGE, actor, community_url, page_number, page_url, viewer

if TYPE_CHECKING:
    from app.models import Community

bp = Blueprint("communities", __name__)
told.add_to(bp)
#: Open next steps that the page of a community shows.
MOST_STEPS = 30


@bp.get("/communities")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    rows = queries.communities_with_counts(viewer())
    by_parent: dict[int | None, list[queries.CommunityCount]] = {}
    for row in rows:
        by_parent.setdefault(row.community.parent_id, []).append(row)
    root = next((row for row in rows if row.community.kind is CommunityKind.PROVINCE), None)
    return render_template(
        "communities/index.html",
        root=root,
        amphoe=by_parent.get(root.community.id, []) if root else [],
        below=by_parent,
        groups=[row for row in rows if row.community.kind in queries.GROUP_KINDS],
        told=[row for row in rows if row.count and row.community.kind is CommunityKind.TAMBON],
    )


@bp.get("/communities/<slug>")
@public_page(of_the_site)
def show(slug: str) -> ResponseReturnValue:
    try:
        community = queries.get_community(slug)
    except NotFound:
        return by_name(slug)
    person, page = viewer(), page_number()
    total, entries = queries.entries_about(
        person, community=community, limit=PER_PAGE, offset=(page - 1) * PER_PAGE
    )
    here = queries.about_community(community)
    return render_template(
        "communities/show.html",
        community=community,
        steps=queries.path_of(community),
        entries=entries,
        total=total,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        open_steps=lesson_queries.open_steps(person, within=[community.id], limit=MOST_STEPS),
        talk_count=len(numbers_shown(community.slug)),
        children=queries.with_counts(person, queries.children_of(community)),
        groups=queries.with_counts(person, queries.groups_of(community)),
        programs=queries.programs_where(person, here),
        years=queries.years_of(person, community=community),
        people=knowing.people_in(person, total, here),
        writers=queries.writers_at(person, here),
        names=names_over_time(community),
        aliases=[row.name for row in community.names if row.status == ALIAS],
        old_codes=[row.name for row in community.names if row.status == OLD_CODE],
        can_be_moved=community.kind in ADDED_KINDS,
    )


def by_name(name: str) -> ResponseReturnValue:
    """A Thai or old name leads to the community; a shared one asks which."""
    found = communities_named(name)
    if len(found) == 1:
        return redirect(community_url(found[0]), 301)
    if not found:
        raise NotFound(f"no community {name}")
    choices = [(one, queries.full_name(one)) for one in found]
    return render_template("communities/which.html", name=name, choices=choices)


def names_over_time(community: Community) -> list[Any]:
    """Names with a status or dates of their own; old codes stand in a row of their own."""
    plain = ("", ALIAS, ENGLISH)
    names = [row for row in community.names if row.status != OLD_CODE]
    return [row for row in names if row.status not in plain or row.since or row.until]


# --- forms -----------------------------------------------------------------------------


@bp.get("/communities/new")
@login_required
def begin() -> ResponseReturnValue:
    ensure(actor(), Permission.WORDS_EDIT)
    place = request.args.get("place", "")
    is_tambon = queries.kind_of(place) is CommunityKind.TAMBON
    values = {
        "kind": request.args.get("kind", "village" if is_tambon or not place else "group"),
        "parent": place if is_tambon else "",
        "places": [place] if place else [],
    }
    return show_form(values)


@bp.post("/communities/new")
@login_required
def create() -> ResponseReturnValue:
    ensure(actor(), Permission.WORDS_EDIT)
    try:
        community = taxonomy.add_community(actor(), draft_from_form())
    except Invalid as error:
        return show_form(typed(), errors=error.fields), 422
    flash(_("“%(name)s” is added.", name=community.name), "good")
    return redirect(community_url(community))


@bp.get("/communities/<slug>/edit")
@login_required
def edit(slug: str) -> ResponseReturnValue:
    community = queries.get_community(slug)
    ensure(actor(), Permission.COMMUNITY_EDIT, community)
    code = community.code or ""
    values = {
        "name": community.name,
        "name_en": community.name_en,
        "about": community.about,
        "aliases": "\n".join(row.name for row in community.names if row.status == ALIAS),
        "kind": community.kind.value,
        "parent": community.parent.slug if community.parent else "",
        "moo": int(code.rpartition("-")[2]) if "-" in code else "",
        "places": [place.slug for place in community.places],
    }
    return show_form(values, community=community)


@bp.post("/communities/<slug>/edit")
@login_required
def save(slug: str) -> ResponseReturnValue:
    community = queries.get_community(slug)
    ensure(actor(), Permission.COMMUNITY_EDIT, community)
    try:
        taxonomy.edit_community(actor(), community, draft_from_form(community))
    except Invalid as error:
        return show_form(typed(), community=community, errors=error.fields), 422
    flash(_("Saved. Entries of this community follow within a moment."), "good")
    return redirect(community_url(community))


def draft_from_form(community: Community | None = None) -> CommunityDraft:
    """The fields as a draft; Invalid when one of them is not of its kind."""
    kinds = {kind.value: kind for kind in ADDED_KINDS}
    kind = kinds.get(fields.line("kind"))
    if community is not None and (kind is None or CommunityKind.VILLAGE in (kind, community.kind)):
        kind = community.kind  # a village stays one; a group may become a network
    if kind is None:
        raise Invalid({"kind": [_("Choose what it is.")]})
    return CommunityDraft(
        name=fields.line("name"),
        kind=kind,
        name_en=fields.line("name_en"),
        about=fields.text("about"),
        aliases=fields.lines("aliases"),
        parent=fields.line("parent"),
        moo=fields.whole_number("moo"),
        places=fields.chosen("places"),
    )


def typed() -> dict[str, Any]:
    """What was sent, to show it again."""
    return {**request.form.to_dict(), "places": request.form.getlist("places")}


def show_form(
    values: dict[str, Any],
    *,
    community: Community | None = None,
    errors: dict[str, list[str]] | None = None,
) -> str:
    return render_template(
        "communities/form.html",
        values=values,
        community=community,
        errors=errors or {},
        tambon=queries.tambon_options(language.current()),
        places=[
            (
                group,
                [
                    (slug, name)
                    for slug, name in rows
                    if not slug.startswith(("group-", "network-"))
                ],
            )
            for group, rows in queries.place_options(language.current())
        ],
        back=community_url(community) if community else page_url("/communities"),
    )
