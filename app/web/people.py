"""People: a page for each, and what facilitators and moderators do for an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Forbidden, Invalid
from app.policy import Permission, can, ensure
from app.queries import entries as entry_queries
from app.queries import journal as journal_queries
from app.queries import people
from app.queries import taxonomy as taxonomy_queries
from app.services import accounts, passwords, rights
from app.vocabulary import SCOPED_RIGHTS, Right
from app.web import language
from app.web.account import community_of
from app.web.caching import of_the_site, public_page
from app.web.helpers import PER_PAGE, actor, page_number, page_url, person_url, viewer

if TYPE_CHECKING:
    from app.models import Community, Program, RightGrant, User

bp = Blueprint("people", __name__)

PEOPLE_PER_PAGE = 60
#: Rights that are given on the rights page; every account is a member by itself.
GIVEN_RIGHTS = (Right.WRITER, Right.FACILITATOR, Right.MODERATOR, Right.ADMIN)


@bp.get("/people")
@public_page(of_the_site)
def index() -> ResponseReturnValue:
    page, total = page_number(), people.count_tellers()
    return render_template(
        "people/index.html",
        rows=people.tellers(limit=PEOPLE_PER_PAGE, offset=(page - 1) * PEOPLE_PER_PAGE),
        total=total,
        page=page,
        pages=max(1, -(-total // PEOPLE_PER_PAGE)),
    )


@bp.get("/people/<username>")
@public_page(of_the_site)
def show(username: str) -> ResponseReturnValue:
    user, page = people.get_by_username(username), page_number()
    total = entry_queries.count_by_author(viewer(), user)
    return render_template(
        "people/show.html",
        user=user,
        entries=entry_queries.by_author(
            viewer(), user, limit=PER_PAGE, offset=(page - 1) * PER_PAGE
        ),
        total=total,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        notes=journal_queries.count_notes_of(viewer(), user),
        books=people.books_of(user),
        rights=[grant for grant in people.rights_of(user) if grant.right is not Right.WRITER],
        deeds=deeds_for(user),
    )


def deeds_for(user: User) -> list[tuple[str, str]]:
    """(text, address) of what the viewer may do for the account of ``user``."""
    person, at = viewer(), f"/people/{user.username}"
    if person is None:
        return []
    deeds = []
    if may_change_rights(person):
        deeds.append((_("Rights"), page_url(f"{at}/rights")))
    if can(person, Permission.PEOPLE_RESET, user):
        deeds.append((_("One-time code"), page_url(f"{at}/code")))
    if can(person, Permission.BADGE_GRANT):
        deeds.append((_("Badge of faculty"), page_url(f"{at}/badge")))
    if can(person, Permission.PEOPLE_BLOCK) and person.id != user.id:
        words = _("Let in again") if user.blocked_at else _("Block")
        deeds.append((words, page_url(f"{at}/block")))
    return deeds


def may_change_rights(person: User) -> bool:
    """Whether ``person`` looks after a community or program, or the site."""
    return can(person, Permission.SITE_SET) or any(
        grant.right is Right.FACILITATOR for grant in person.grants
    )


# --- rights ----------------------------------------------------------------------------


@bp.get("/people/<username>/rights")
@login_required
def right_list(username: str) -> ResponseReturnValue:
    return show_rights(people.get_by_username(username))


@bp.post("/people/<username>/rights")
@login_required
def give_right(username: str) -> ResponseReturnValue:
    user = people.get_by_username(username)
    try:
        right = chosen_right()
        place, program = chosen_scope(right)
        rights.grant(actor(), user, right, community=place, program=program)
    except Invalid as error:
        return show_rights(user, errors=error.fields)
    flash(_("%(name)s has the right now.", name=user.display_name), "good")
    return redirect(page_url(f"/people/{user.username}/rights"))


@bp.post("/people/<username>/rights/<number:grant_id>/removal")
@login_required
def take_right(username: str, grant_id: int) -> ResponseReturnValue:
    user = people.get_by_username(username)
    grant = people.get_grant(user, grant_id)
    try:
        rights.revoke(actor(), user, grant.right, community=grant.community, program=grant.program)
    except Invalid as error:
        return show_rights(user, errors=error.fields)
    flash(_("The right of %(name)s has ended.", name=user.display_name), "info")
    return redirect(page_url(f"/people/{user.username}/rights"))


def chosen_right() -> Right:
    text = request.form.get("right", "")
    if text not in [right.value for right in GIVEN_RIGHTS]:
        raise Invalid({"right": [_("Choose a right.")]})
    return Right(text)


def chosen_scope(right: Right) -> tuple[Community | None, Program | None]:
    """The community or program of the form; rights of the site have none."""
    if right not in SCOPED_RIGHTS:
        return None, None
    kind, _colon, slug = request.form.get("scope", "").partition(":")
    if not slug:
        raise Invalid({"scope": [_("Choose the community or program.")]})
    if kind == "program":
        return None, taxonomy_queries.get_program(slug)
    return community_of(slug, field="scope"), None


def show_rights(user: User, *, errors: dict[str, list[str]] | None = None) -> ResponseReturnValue:
    scopes = scopes_in_reach()
    everywhere = can(actor(), Permission.SITE_SET)
    page = render_template(
        "people/rights.html",
        user=user,
        grants=[(grant, may_take(grant)) for grant in people.rights_of(user)],
        rights=GIVEN_RIGHTS if everywhere else GIVEN_RIGHTS[:2],
        scopes=scopes,
        form=request.form,
        everywhere=everywhere,
        errors=errors or {},
    )
    return page, 422 if errors else 200


def may_take(grant: RightGrant) -> bool:
    """Whether the actor may end this right."""
    if grant.right not in SCOPED_RIGHTS:
        return can(actor(), Permission.SITE_SET)
    return can(actor(), Permission.RIGHT_GRANT, grant.community or grant.program)


def scopes_in_reach() -> list[tuple[str, list[tuple[str, str]]]]:
    """(group, [("community:slug", name)]) of where the actor may give rights."""
    person = actor()
    if not may_change_rights(person):
        raise Forbidden(person, Permission.RIGHT_GRANT, person.community)
    groups = [
        (group, [(f"community:{slug}", name) for slug, name in places])
        for group, places in people.places_within(people.reach_of(person), language.current())
    ]
    mine = people.program_slugs_of(person)
    programs = [
        (f"program:{slug}", name)
        for slug, name in taxonomy_queries.program_options(person)
        if mine is None or slug in mine
    ]
    return [*groups, (_("Programs and work"), programs)] if programs else groups


# --- a lost password -------------------------------------------------------------------


@bp.get("/people/<username>/code")
@login_required
def code(username: str) -> ResponseReturnValue:
    user = people.get_by_username(username)
    ensure(actor(), Permission.PEOPLE_RESET, user)
    return render_template("people/code.html", user=user, code="", hours=passwords.RESET_HOURS)


@bp.post("/people/<username>/code")
@login_required
def make_code(username: str) -> ResponseReturnValue:
    user = people.get_by_username(username)
    made = passwords.give_reset_code(actor(), user)
    return render_template("people/code.html", user=user, code=made, hours=passwords.RESET_HOURS)


# --- badge and block -------------------------------------------------------------------


@bp.get("/people/<username>/badge")
@login_required
def badge(username: str) -> ResponseReturnValue:
    ensure(actor(), Permission.BADGE_GRANT)
    return render_template("people/badge.html", user=people.get_by_username(username))


@bp.post("/people/<username>/badge")
@login_required
def set_badge(username: str) -> ResponseReturnValue:
    user = people.get_by_username(username)
    accounts.set_faculty(
        actor(),
        user,
        confirmed=request.form.get("confirmed") == "1",
        school=request.form.get("school", ""),
        field=request.form.get("field", ""),
    )
    flash(_("Done; it stands in the log."), "good")
    return redirect(person_url(user))


@bp.get("/people/<username>/block")
@login_required
def blocking(username: str) -> ResponseReturnValue:
    ensure(actor(), Permission.PEOPLE_BLOCK)
    return show_block(people.get_by_username(username))


@bp.post("/people/<username>/block")
@login_required
def block(username: str) -> ResponseReturnValue:
    user, reason = people.get_by_username(username), request.form.get("reason", "")
    try:
        if user.blocked_at is not None:
            accounts.unblock(actor(), user, reason=reason)
        else:
            accounts.block(actor(), user, reason=reason)
    except Invalid as error:
        return show_block(user, errors=error.fields), 422
    flash(_("Done; the reason stands in the log."), "good")
    return redirect(person_url(user))


def show_block(user: User, errors: dict[str, list[str]] | None = None) -> str:
    return render_template(
        "people/block.html", user=user, reason=request.form.get("reason", ""), errors=errors or {}
    )
