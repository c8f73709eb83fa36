"""Invitations: a printed link or square code with which somebody signs up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Forbidden, Invalid
from app.policy import Permission
from app.queries import people
from app.services import invitations
from app.vocabulary import Right
from app.web import language
from app.web.account import community_of, show_sign_up, take_sign_up
from app.web.helpers import actor, page_url, site_url, viewer

if TYPE_CHECKING:
    from app.models import Invitation

bp = Blueprint("invitations", __name__)

#: Rights that an invitation can carry.
RIGHTS = (Right.WRITER, Right.FACILITATOR, Right.MEMBER)


@bp.after_request
def keep_private(response: Response) -> Response:
    """The address of an invitation is a key: it is neither kept nor told to other sites."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/invitations")
@login_required
def index() -> ResponseReturnValue:
    return show_form({})


@bp.post("/invitations")
@login_required
def create() -> ResponseReturnValue:
    right, uses = request.form.get("right", ""), request.form.get("uses", "")
    slug = request.form.get("community", "")
    try:
        faults = {}
        if right not in [one.value for one in RIGHTS]:
            faults["right"] = [_("Choose a right.")]
        if not uses.isdecimal() or not 1 <= int(uses[:6]) <= invitations.MOST_USES:
            faults["uses"] = [_("Between 1 and %(most)d people.", most=invitations.MOST_USES)]
        place = community_of(slug)
        if place is None:
            faults["community"] = [_("Choose a community.")]
        if faults:
            raise Invalid(faults)
        token = invitations.invite(actor(), place, right=Right(right), uses=int(uses))
    except Invalid as error:
        return show_form(error.fields)
    address = site_url(f"/join/{token}")
    return render_template(
        "invitations/made.html",
        address=address,
        picture=square_code(address),
        community=place,
        right=Right(right),
        uses=int(uses),
        days=invitations.INVITATION_DAYS,
    )


@bp.post("/invitations/<number:invitation_id>/revocation")
@login_required
def revoke(invitation_id: int) -> ResponseReturnValue:
    invitations.revoke(actor(), invitation_id)
    flash(_("The invitation counts no more."), "info")
    return redirect(page_url("/invitations"))


def show_form(errors: dict[str, list[str]]) -> ResponseReturnValue:
    places = places_in_reach()
    page = render_template(
        "invitations/index.html",
        places=places,
        rights=RIGHTS,
        form=request.form,
        one=places[0][1][0][0] if len(places) == 1 and len(places[0][1]) == 1 else "",
        most=invitations.MOST_USES,
        invitations=people.invitations_of(actor()),
        errors=errors,
    )
    return page, 422 if errors else 200


def places_in_reach() -> list[tuple[str, list[tuple[str, str]]]]:
    """The place select, with those that the actor looks after; Forbidden when there is none."""
    reach = people.reach_of(actor())
    if reach is not None and not reach:
        raise Forbidden(actor(), Permission.PEOPLE_INVITE, actor().community)
    return people.places_within(reach, language.current())


def square_code(text: str) -> str:
    """A QR code as the address of a picture; medium correction, as printed paper gets creased."""
    code = segno.make(text, error="m", micro=False)
    return code.svg_data_uri(scale=6, border=4, light="white", xmldecl=False)


# --- whoever was invited ---------------------------------------------------------------


@bp.get("/join/<token>")
def join(token: str) -> ResponseReturnValue:
    if viewer() is not None:
        return render_template("invitations/signed_in.html")
    found = invitations.usable(token)
    if found is None:
        return show_gone()
    return show_sign_up(action=page_url(f"/join/{token}"), invitation=found)


@bp.post("/join/<token>")
def accept(token: str) -> ResponseReturnValue:
    if viewer() is not None:
        return render_template("invitations/signed_in.html")
    found: Invitation | None = invitations.usable(token)
    if found is None:
        return show_gone()
    return take_sign_up(token=token, action=page_url(f"/join/{token}"), invitation=found)


def show_gone() -> ResponseReturnValue:
    """An invitation that is used up, too old, called back or never was: all the same page."""
    page = render_template("invitations/gone.html", whom=people.to_ask(None), with_session=True)
    return page, 410
