"""แจ้งปัญหา: any reader, with or without account, from every page."""

from __future__ import annotations

import re

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from app.errors import Invalid, NotFound
from app.queries import entries as entry_queries
from app.services import reports
from app.web.helpers import help_contact, page_url, viewer

bp = Blueprint("reports", __name__)

#: A path of ours, as the link "report a problem" writes it; nothing else becomes a link.
ON_THIS_SITE = re.compile(r"/(?![/\\])[^\s\\]{0,499}")
ENTRY_PATH = re.compile(r"/(?:posts|lessons)/(\d{1,15})\b")


@bp.get("/report")
def begin() -> ResponseReturnValue:
    return show(about=request.args.get("about", "")[:500])


@bp.post("/report")
def create() -> ResponseReturnValue:
    about, text = request.form.get("about", ""), request.form.get("text", "")
    if request.form.get("website"):  # a field that people do not see
        return redirect(page_url("/report/thanks"))
    try:
        reports.add(
            viewer(),
            about=about,
            text=text,
            contact=request.form.get("contact", ""),
            number=number_in(about),
            address=request.remote_addr or "",
        )
    except Invalid as error:
        return show(about=about, errors=error.fields), 422
    return redirect(page_url("/report/thanks", about=about[:500]))


@bp.get("/report/thanks")
def thanks() -> ResponseReturnValue:
    about = request.args.get("about", "")
    back = about if ON_THIS_SITE.fullmatch(about) else None
    return render_template("reports/thanks.html", contact=help_contact(), back=back)


def show(*, about: str, errors: dict[str, list[str]] | None = None) -> str:
    return render_template(
        "reports/form.html",
        about=about,
        text=request.form.get("text", ""),
        reply_to=request.form.get("contact", ""),
        errors=errors or {},
        with_session=True,
    )


def number_in(about: str) -> int | None:
    """The record number of the entry a report is about, when the reporter may see it."""
    found = ENTRY_PATH.search(about)
    if found is None:
        return None
    try:
        return entry_queries.get_visible(viewer(), int(found[1])).number
    except NotFound:
        return None
