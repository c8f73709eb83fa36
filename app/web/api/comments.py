"""Comments under an entry: list and write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify

from app.queries import comments as comment_queries
from app.queries import entries as queries
from app.services import comments
from app.vocabulary import EntryKind, TokenScope
from app.web.api import schemas
from app.web.api.auth import caller_key, needs_writer, writer
from app.web.api.entries import (
    IDEMPOTENCY_KEY,
    LOCATION,
    WRITES,
    idempotency_key,
    moment,
)
from app.web.api.parsing import N_, Room, operation
from app.web.helpers import entry_path, viewer
from app.web.limits import limiter

if TYPE_CHECKING:
    from app.models import Comment, Entry

bp = Room("comments")


@bp.get("/entries/<number:number>/comments")
@bp.arguments(schemas.PageArgs, location="query")
@bp.response(200, schemas.CommentList)
@operation(
    bp, "listComments", N_("List the comments of an entry, oldest first"), errors=("NOT_FOUND",)
)
def index(args: dict[str, Any], number: int) -> dict[str, Any]:
    page, per_page = args["page"], args["per_page"]
    entry = queries.get_visible(viewer(), number)
    rows = comment_queries.comments_of(viewer(), entry)
    shown = rows[(page - 1) * per_page : page * per_page]
    return {
        "total": len(rows),
        "page": page,
        "per_page": per_page,
        "comments": [told(row, entry) for row in shown],
    }


@bp.post("/entries/<number:number>/comments")
@needs_writer
@limiter.limit(WRITES, key_func=caller_key)
@bp.arguments(schemas.NewComment)
@bp.response(201, schemas.CommentTold, headers=LOCATION)
@operation(
    bp,
    "createComment",
    N_("Say something under a published entry"),
    scope=TokenScope.WRITE,
    errors=("NOT_FOUND",),
)
@bp.doc(parameters=[IDEMPOTENCY_KEY])
def create(sent: dict[str, Any], number: int) -> Response:
    actor = writer()
    entry = queries.get_visible(actor, number)
    key = idempotency_key()
    made = comments.add(actor, entry, sent["body"], form_token=key)
    data = told(made, entry)
    response = jsonify(schemas.CommentTold().dump(data))
    response.status_code = 201
    response.headers["Location"] = data["url"]
    return response


def told(comment: Comment, entry: Entry) -> dict[str, Any]:
    """What the API tells of a comment."""
    author = comment.author
    path = entry_path(entry)
    if entry.kind is EntryKind.PAGE:  # its talk is a page of its own
        path += "/talk"
    return {
        "number": comment.number,
        "url": f"{path}#c{comment.number}",
        "author": author.display_name if author else comment.author_name,
        "author_username": author.username if author else None,
        "body": comment.body,
        "html": comment.html,
        "status": comment.status,
        "created": moment(comment.created_at),
    }
