"""Comments: a form page of their own, so that public pages need no session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import login_required

from app.errors import Invalid
from app.policy import Permission, ensure
from app.queries import taxonomy
from app.queries.comments import get_comment
from app.services import comments
from app.vocabulary import CommentStatus
from app.web.entry_pages import find_entry
from app.web.helpers import actor, form_token, name_of, path_about, talk_url

if TYPE_CHECKING:
    from app.models import Community, Entry

bp = Blueprint("comments", __name__)


def find_about(
    number: int | None = None, slug: str | None = None, community: str | None = None
) -> Entry | Community:
    """What an address speaks of: an entry by number or slug, or a community."""
    if community is not None:
        return taxonomy.get_community(community)
    return find_entry(number, slug if number is None else None)


def show(
    view: str, about: Entry | Community, *, errors: dict[str, list[str]] | None = None, **more: Any
) -> ResponseReturnValue:
    """One of the forms about an entry or a community."""
    page = render_template(
        f"comments/{view}.html",
        title=name_of(about),
        about=path_about(about),
        back=talk_url(about),
        errors=errors or {},
        **more,
    )
    return page, 422 if errors else 200


@bp.get("/posts/<number:number>/comments/new")
@bp.get("/lessons/<number:number>/<slug>/comments/new")
@bp.get("/pages/<slug>/comments/new")
@bp.get("/communities/<community>/comments/new")
@login_required
def begin(**address: Any) -> ResponseReturnValue:
    about = find_about(**address)
    ensure(actor(), Permission.COMMENT_ADD, about)
    return show("form", about, text="", token=form_token())


@bp.post("/posts/<number:number>/comments/new")
@bp.post("/lessons/<number:number>/<slug>/comments/new")
@bp.post("/pages/<slug>/comments/new")
@bp.post("/communities/<community>/comments/new")
@login_required
def create(**address: Any) -> ResponseReturnValue:
    about = find_about(**address)
    text, token = request.form.get("body", ""), request.form.get("token", "")
    try:
        comment = comments.add(actor(), about, text, form_token=token)
    except Invalid as error:
        return show("form", about, errors=error.fields, text=text, token=token)
    flash(_("Your comment stands here now."), "good")
    return redirect(talk_url(about, comment.number))


@bp.get("/posts/<number:number>/comments/<number:comment>/removal")
@bp.get("/lessons/<number:number>/<slug>/comments/<number:comment>/removal")
@bp.get("/pages/<slug>/comments/<number:comment>/removal")
@bp.get("/communities/<community>/comments/<number:comment>/removal")
@login_required
def removal(comment: int, **address: Any) -> ResponseReturnValue:
    about = find_about(**address)
    found = get_comment(actor(), about, comment)
    ensure(actor(), Permission.COMMENT_REMOVE, found)
    return show("removal", about, comment=found)


@bp.post("/posts/<number:number>/comments/<number:comment>/removal")
@bp.post("/lessons/<number:number>/<slug>/comments/<number:comment>/removal")
@bp.post("/pages/<slug>/comments/<number:comment>/removal")
@bp.post("/communities/<community>/comments/<number:comment>/removal")
@login_required
def remove(comment: int, **address: Any) -> ResponseReturnValue:
    about = find_about(**address)
    comments.remove(actor(), get_comment(actor(), about, comment))
    flash(_("Your comment is removed."), "info")
    return redirect(talk_url(about))


@bp.get("/posts/<number:number>/comments/<number:comment>/hiding")
@bp.get("/lessons/<number:number>/<slug>/comments/<number:comment>/hiding")
@bp.get("/pages/<slug>/comments/<number:comment>/hiding")
@bp.get("/communities/<community>/comments/<number:comment>/hiding")
@login_required
def hiding(comment: int, **address: Any) -> ResponseReturnValue:
    about = find_about(**address)
    found = get_comment(actor(), about, comment)
    ensure(actor(), Permission.COMMENT_HIDE, found)
    return show("hiding", about, comment=found, reason="")


@bp.post("/posts/<number:number>/comments/<number:comment>/hiding")
@bp.post("/lessons/<number:number>/<slug>/comments/<number:comment>/hiding")
@bp.post("/pages/<slug>/comments/<number:comment>/hiding")
@bp.post("/communities/<community>/comments/<number:comment>/hiding")
@login_required
def hide(comment: int, **address: Any) -> ResponseReturnValue:
    about = find_about(**address)
    found = get_comment(actor(), about, comment)
    reason = request.form.get("reason", "")
    act = comments.unhide if found.status is CommentStatus.HIDDEN else comments.hide
    try:
        act(actor(), found, reason=reason)
    except Invalid as error:
        return show("hiding", about, errors=error.fields, comment=found, reason=reason)
    flash(_("Done; the reason stands in the log."), "good")
    return redirect(talk_url(about))
