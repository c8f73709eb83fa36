"""Comments: a form page of their own, so that public pages need no session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Invalid
from app.policy import Permission, ensure
from app.queries import entries as entry_queries
from app.services import comments
from app.vocabulary import CommentStatus
from app.web.entry_pages import find_entry
from app.web.helpers import actor, form_token, talk_url

if TYPE_CHECKING:
    from app.models import Entry

bp = Blueprint("comments", __name__)


def entry_of(number: int | None, slug: str | None) -> Entry:
    return find_entry(number, slug if number is None else None)


@bp.get("/posts/<number:number>/comments/new")
@bp.get("/lessons/<number:number>/<slug>/comments/new")
@bp.get("/pages/<slug>/comments/new")
@login_required
def begin(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = entry_of(number, slug)
    ensure(actor(), Permission.COMMENT_ADD, entry)
    return render_template(
        "comments/form.html", entry=entry, text="", errors={}, token=form_token()
    )


@bp.post("/posts/<number:number>/comments/new")
@bp.post("/lessons/<number:number>/<slug>/comments/new")
@bp.post("/pages/<slug>/comments/new")
@login_required
def create(number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = entry_of(number, slug)
    text, token = request.form.get("body", ""), request.form.get("token", "")
    try:
        comment = comments.add(actor(), entry, text, form_token=token)
    except Invalid as error:
        shown = render_template(
            "comments/form.html", entry=entry, text=text, errors=error.fields, token=token
        )
        return shown, 422
    flash(_("Your comment stands under the text."), "good")
    return redirect(talk_url(entry, comment.number))


@bp.get("/posts/<number:number>/comments/<number:comment>/removal")
@bp.get("/lessons/<number:number>/<slug>/comments/<number:comment>/removal")
@bp.get("/pages/<slug>/comments/<number:comment>/removal")
@login_required
def removal(
    comment: int, number: int | None = None, slug: str | None = None
) -> ResponseReturnValue:
    entry = entry_of(number, slug)
    found = entry_queries.get_comment(actor(), entry, comment)
    ensure(actor(), Permission.COMMENT_REMOVE, found)
    return render_template("comments/removal.html", entry=entry, comment=found)


@bp.post("/posts/<number:number>/comments/<number:comment>/removal")
@bp.post("/lessons/<number:number>/<slug>/comments/<number:comment>/removal")
@bp.post("/pages/<slug>/comments/<number:comment>/removal")
@login_required
def remove(comment: int, number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = entry_of(number, slug)
    comments.remove(actor(), entry_queries.get_comment(actor(), entry, comment))
    flash(_("Your comment is removed."), "info")
    return redirect(talk_url(entry))


@bp.get("/posts/<number:number>/comments/<number:comment>/hiding")
@bp.get("/lessons/<number:number>/<slug>/comments/<number:comment>/hiding")
@bp.get("/pages/<slug>/comments/<number:comment>/hiding")
@login_required
def hiding(comment: int, number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = entry_of(number, slug)
    found = entry_queries.get_comment(actor(), entry, comment)
    ensure(actor(), Permission.COMMENT_HIDE, found)
    return render_template("comments/hiding.html", entry=entry, comment=found, errors={}, reason="")


@bp.post("/posts/<number:number>/comments/<number:comment>/hiding")
@bp.post("/lessons/<number:number>/<slug>/comments/<number:comment>/hiding")
@bp.post("/pages/<slug>/comments/<number:comment>/hiding")
@login_required
def hide(comment: int, number: int | None = None, slug: str | None = None) -> ResponseReturnValue:
    entry = entry_of(number, slug)
    found = entry_queries.get_comment(actor(), entry, comment)
    reason = request.form.get("reason", "")
    act = comments.unhide if found.status is CommentStatus.HIDDEN else comments.hide
    try:
        act(actor(), found, reason=reason)
    except Invalid as error:
        shown = render_template(
            "comments/hiding.html", entry=entry, comment=found, errors=error.fields, reason=reason
        )
        return shown, 422
    flash(_("Done; the reason stands in the log."), "good")
    return redirect(talk_url(entry))
