"""A teller with a printed code: sign up with it, or take the entries over when signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.errors import Invalid
from app.queries import people
from app.services import claims, credentials
from app.web.account import show_sign_up, take_sign_up
from app.web.helpers import page_url, person_url, viewer

if TYPE_CHECKING:
    from app.models import ClaimCode

bp = Blueprint("claims", __name__)


@bp.after_request
def keep_private(response: Response) -> Response:
    """The address holds a key: it is neither kept nor told to other sites."""
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@bp.get("/claim")
def begin() -> ResponseReturnValue:
    return render_template("claims/begin.html", errors={}, code="", with_session=True)


@bp.post("/claim")
def find() -> ResponseReturnValue:
    code = credentials.tidy_code(request.form.get("code", "")[:60])
    if claims.usable(code, address=request.remote_addr or "") is None:
        said = _(
            "This code was not found. Look at the letters on the paper once more; "
            "it may also have been used or be too old. Then ask for a new one."
        )
        page = render_template(
            "claims/begin.html", errors={"code": [said]}, code=code, with_session=True
        )
        return page, 422
    return redirect(page_url(f"/claim/{code}"))


@bp.get("/claim/<code>")
def show(code: str) -> ResponseReturnValue:
    row = claims.usable(code, address=request.remote_addr or "")
    return show_code(code, row) if row is not None else show_gone()


@bp.post("/claim/<code>")
def take(code: str) -> ResponseReturnValue:
    row = claims.usable(code, address=request.remote_addr or "")
    if row is None:
        return show_gone()
    person = viewer()
    if person is None:
        return take_sign_up(
            token="", code=code, action=page_url(f"/claim/{code}"), **about(code, row)
        )
    try:
        found = claims.claim(person, code)
    except Invalid as error:
        return show_code(code, row, errors=error.fields)
    flash(_("It is yours now: %(n)d entries.", n=len(found)), "good")
    return redirect(person_url(person))


def show_code(
    code: str, row: ClaimCode, *, errors: dict[str, list[str]] | None = None
) -> ResponseReturnValue:
    action = page_url(f"/claim/{code}")
    if viewer() is None:
        return show_sign_up(action=action, **about(code, row))
    page = render_template(
        "claims/mine.html", action=action, errors=errors or {}, **about(code, row)
    )
    return page, 422 if errors else 200


def about(code: str, row: ClaimCode) -> dict[str, Any]:
    """What the pages say of a code: whose entries, which, and the way in for an account."""
    return {
        "claim": row,
        "claimed": claims.entries_of(row.created_by, row.name),
        "log_in_href": page_url("/account/login", next=f"/claim/{code}"),
    }


def show_gone() -> ResponseReturnValue:
    """Used, too old, or never was: all the same page."""
    page = render_template("invitations/gone.html", whom=people.to_ask(None), with_session=True)
    return page, 410
