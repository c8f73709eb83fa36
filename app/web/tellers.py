"""Tellers without account: what they told, and the printed code with which they take it over."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from flask_login import login_required

from app.errors import Forbidden, NotFound
from app.policy import Permission
from app.queries import lessons as lesson_queries
from app.services import claims
from app.web.caching import of_the_site, public_page
from app.web.helpers import (
    PER_PAGE,
    actor,
    page_number,
    page_url,
    person_url,
    site_url,
    teller_url,
    viewer,
)
from app.web.invitations import square_code

bp = Blueprint("tellers", __name__)


@bp.get("/tellers/<name>")
@public_page(of_the_site)
def show(name: str) -> ResponseReturnValue:
    person, page = viewer(), page_number()
    total, entries = lesson_queries.told_by(
        person, name, limit=PER_PAGE, offset=(page - 1) * PER_PAGE
    )
    may_give = person is not None and bool(claims.entries_of(person, name))
    if not total and not may_give:
        user = lesson_queries.claimed_by(name)
        if user is None:
            raise NotFound(f"no teller {name}")
        return redirect(person_url(user))
    return render_template(
        "tellers/show.html",
        name=name,
        entries=entries,
        total=total,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
        code_href=teller_url(name, "/code") if may_give else "",
    )


@bp.get("/tellers/<name>/code")
@login_required
def code(name: str) -> ResponseReturnValue:
    found = claims.entries_of(actor(), name)
    if not found:
        raise Forbidden(actor(), Permission.TELLER_CLAIM, None)
    return render_template("tellers/code.html", name=name, entries=found, days=claims.CODE_DAYS)


@bp.post("/tellers/<name>/code")
@login_required
def make_code(name: str) -> ResponseReturnValue:
    made = claims.make_code(actor(), name)
    address = site_url(f"/claim/{made}")
    page = render_template(
        "tellers/made.html",
        name=name,
        code=made,
        address=address,
        short_address=site_url("/claim"),
        picture=square_code(address),
        entries=claims.entries_of(actor(), name),
        days=claims.CODE_DAYS,
        back=page_url(f"/tellers/{name}"),
    )
    return page, {"Cache-Control": "private, no-store"}
