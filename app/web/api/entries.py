"""Entries: list, read, write, change."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, request
from flask_babel import gettext as _
from werkzeug.exceptions import PreconditionFailed, PreconditionRequired

from app.errors import EditConflict, Invalid
from app.policy import Permission, can, ensure
from app.queries import entries as queries
from app.queries import naming
from app.queries import taxonomy as taxonomy_queries
from app.services import submissions
from app.services.drafts import KINDS_WITH_ROWS, Draft, draft_of
from app.services.telling import Consent, consents_of
from app.text.cleaning import clean_line
from app.text.years import BANGKOK, to_be
from app.vocabulary import EntryKind, LessonForm, Status, TokenScope
from app.web.api import schemas
from app.web.api.answers import Refused
from app.web.api.auth import caller_key, needs_writer, writer
from app.web.api.parsing import N_, Room, operation
from app.web.helpers import entry_path, viewer
from app.web.limits import limiter
from app.web.photos import without_photos

if TYPE_CHECKING:
    from app.models import Entry
    from app.queries.cards import Card

bp = Room("entries")

#: Changes that one account may send; publishing and comments have brakes of their own.
WRITES = "120 per minute"
#: Fields of the API whose name differs from the draft's.
IN_DRAFT = {
    "teller": "tellers",
    "with_": "participants",
    "happened": "happened_on",
    "drawn": "drawn_on",
    "groups": "group_count",
    "removed": "removed_parts",
}
MOST_KEY = 100  # letters of an Idempotency-Key
ETAG = {"ETag": {"description": "the revision", "schema": {"type": "string"}}}
LOCATION = {"Location": {"description": "where it can be read", "schema": {"type": "string"}}}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "description": "the ETag of the revision that the change began from",
    "schema": {"type": "string"},
    "example": '"3"',
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "sent again with the same key, the same entry is answered",
    "schema": {"type": "string", "maxLength": MOST_KEY, "pattern": "^[!-~]*$"},
}


@bp.get("/entries")
@bp.arguments(schemas.EntriesArgs, location="query")
@bp.response(200, schemas.EntryList)
@operation(bp, "listEntries", N_("List published entries, newest first"))
def index(args: dict[str, Any]) -> dict[str, Any]:
    page, per_page = args["page"], args["per_page"]
    wanted = chosen(args)
    total, entries = (
        taxonomy_queries.entries_about(
            viewer(), **wanted, limit=per_page, offset=(page - 1) * per_page
        )
        if wanted is not None
        else (0, [])
    )
    return {
        "total": total,
        "page": page,
        "per_page": per_page,
        "entries": [card_of(entry) for entry in entries],
    }


@bp.get("/entries/<number:number>")
@bp.response(200, schemas.EntryWhole, headers=ETAG)
@operation(bp, "readEntry", N_("Read one entry"), errors=("NOT_FOUND",))
def show(number: int) -> Response:
    return answer(queries.get_visible(viewer(), number))


@bp.post("/entries")
@needs_writer
@limiter.limit(WRITES, key_func=caller_key)
@bp.arguments(schemas.NewEntry)
@bp.response(201, schemas.EntryWhole, headers={**ETAG, **LOCATION})
@operation(
    bp,
    "createEntry",
    N_("Write an entry"),
    description=N_(
        "With “status”: “published” it is made public at once; when it lacks "
        "something for that, the answer is 422 and nothing is made."
    ),
    scope=TokenScope.WRITE,
)
@bp.doc(parameters=[IDEMPOTENCY_KEY])
def create(sent: dict[str, Any]) -> Response:
    actor = writer()
    ensure(actor, Permission.ENTRY_CREATE)
    draft = draft_from(sent, Draft(kind=sent["kind"], title=""))
    refuse_free_text(draft, None)
    status = sent.get("status", Status.DRAFT)
    key = idempotency_key()
    made = submissions.create(actor, draft, status=status, form_token=key)
    response = answer(queries.get_visible(actor, made.number), status=201)
    response.headers["Location"] = f"/api/v1/entries/{made.number}"
    return response


@bp.put("/entries/<number:number>")
@needs_writer
@limiter.limit(WRITES, key_func=caller_key)
@bp.arguments(schemas.ChangedEntry)
@bp.response(200, schemas.EntryWhole, headers=ETAG)
@operation(
    bp,
    "changeEntry",
    N_("Change an entry"),
    description=N_(
        "A field that is left out stays as it is. A published entry must stay complete."
    ),
    scope=TokenScope.WRITE,
    errors=("NOT_FOUND", "PRECONDITION_FAILED", "PRECONDITION_REQUIRED"),
)
@bp.doc(parameters=[IF_MATCH])
def change(sent: dict[str, Any], number: int) -> Response:
    actor = writer()
    entry = queries.get_visible(actor, number)
    ensure(actor, Permission.ENTRY_EDIT, entry)
    base = base_of(entry)
    if sent.get("kind", entry.kind) is not entry.kind:
        raise Invalid({"kind": [_("The kind of an entry cannot be changed.")]})
    draft = draft_from(sent, draft_of(entry))
    refuse_free_text(draft, entry)
    try:
        submissions.save(actor, entry, draft, base=base, status=sent.get("status"))
    except EditConflict as conflict:
        raise PreconditionFailed from conflict
    return answer(queries.get_visible(actor, number))


# --- what is sent ----------------------------------------------------------------------


def chosen(args: dict[str, Any]) -> dict[str, Any] | None:
    """What the address narrows the list to; None when one of its names is not known."""
    wanted: dict[str, Any] = {"kinds": args["kind"]}
    try:
        if name := clean_line(args["community"]):
            wanted["community"] = the_one(naming.communities_named(name))
        if name := clean_line(args["program"]):
            wanted["program"] = the_one(naming.programs_named(name))
        if name := clean_line(args["tag"]):
            wanted["tag"] = the_one(naming.tags_by_slug([name]).values())
        if args["year"] is not None:
            wanted["year"] = to_be(args["year"])
    except (LookupError, ValueError):  # UncleanText and "is not a year" are ValueErrors
        return None
    return wanted


def the_one(found: Iterable[Any]) -> Any:
    """What a name means; LookupError when it means nothing, or several things."""
    rows = list(found)
    if len(rows) != 1:
        raise LookupError
    return rows[0]


def draft_from(sent: dict[str, Any], before: Draft) -> Draft:
    """``before`` with the fields that were sent; null means empty."""
    empty = Draft(kind=before.kind, title="")
    changed: dict[str, Any] = {}
    for name, value in sent.items():
        if name in ("kind", "status"):
            continue
        field = IN_DRAFT.get(name, name)
        if name == "evidence":
            value = "\n".join(value)
        if name == "consent":
            value = Consent(kind=value["kind"], day=value["date"], taken_by=value["taken_by"])
        changed[field] = getattr(empty, field) if value is None else value
    return replace(before, **changed)


def refuse_free_text(draft: Draft, entry: Entry | None) -> None:
    """Free text is for lessons brought in from elsewhere; a new one follows the form.

    A free one can be carried over into the form and a quick one filled up, never back.
    """
    if draft.kind is not EntryKind.LESSON:
        return
    before = entry.form if entry is not None else None
    allowed = {
        None: (None, LessonForm.FULL, LessonForm.QUICK),
        LessonForm.FREE: tuple(LessonForm),
        LessonForm.QUICK: (LessonForm.QUICK, LessonForm.FULL),
        LessonForm.FULL: (LessonForm.FULL,),
    }[before]
    if draft.form not in allowed:
        raise Invalid({"form": [_("This lesson cannot have this form.")]})


def base_of(entry: Entry) -> int:
    """The revision that the change began from, as If-Match says it.

    A cache or compression on the way may have marked the ETag (W/"3", "3:zstd").
    """
    if not request.headers.get("If-Match", "").strip():
        raise PreconditionRequired
    sent = request.if_match
    # An empty tag is read as None.
    revisions = {tag.partition(":")[0] for tag in sent.as_set(include_weak=True) if tag}
    if not sent.star_tag and str(entry.revision_number) not in revisions:
        raise PreconditionFailed
    return entry.revision_number


def idempotency_key() -> str:
    """The key under which a request sent twice makes one entry; empty when there is none."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > MOST_KEY or not re.fullmatch("[!-~]*", key):
        said = _("At most %(number)d Latin letters, digits and signs.", number=MOST_KEY)
        raise Refused(400, {"Idempotency-Key": [said]})
    return f"api:{key}" if key else ""


# --- what is answered ------------------------------------------------------------------


def answer(entry: Entry, *, status: int = 200) -> Response:
    """An entry with its revision as the ETag."""
    response = jsonify(schemas.EntryWhole().dump(whole(entry)))
    response.status_code = status
    response.set_etag(str(entry.revision_number))
    return response


def whole(entry: Entry) -> dict[str, Any]:
    """Everything the API tells of an entry."""
    parts = entry.parts if entry.kind in KINDS_WITH_ROWS else []
    return card_of(entry) | {
        "book": entry.book.slug if entry.book else None,
        "with_": [person.name for person in entry.participants],
        "happened": entry.happened_on.isoformat() if entry.happened_on else None,
        "drawn": entry.drawn_on.isoformat() if entry.drawn_on else None,
        "present": entry.present,
        "groups": entry.group_count,
        "contact": entry.contact or "",
        "evidence": [line for line in (entry.evidence or "").split("\n") if line],
        "consents": consents_of(entry) if can(viewer(), Permission.ENTRY_EDIT, entry) else [],
        "removed": [part.anchor for part in parts if part.removed_at is not None],
        "source": entry.source,
        "body": entry.body,
        "html": without_photos(entry.html),
    }


def card_of(entry: Entry | Card) -> dict[str, Any]:
    """What a list tells of an entry."""
    author = entry.author
    return {
        "number": entry.number,
        "url": entry_path(entry),
        "kind": entry.kind,
        "form": entry.form,
        "status": entry.status,
        "revision": entry.revision_number,
        "title": entry.title,
        "summary": entry.summary,
        "author": author.display_name if author else entry.author_name,
        "author_username": author.username if author else None,
        "coauthors": [person.name for person in entry.coauthors],
        "teller": [person.name for person in entry.tellers],
        "license": entry.license,
        "communities": [row.slug for row in entry.communities],
        "programs": [row.slug for row in entry.programs],
        "years": list(entry.years),
        "tags": [tag.name for tag in entry.tags],
        "state": entry.state,
        "created": moment(entry.created_at),
        "updated": moment(entry.edited_at),
        "published": moment(entry.published_at),
        "comment_count": entry.comment_count,
        "reads": entry.reads,
    }


def moment(value: datetime | None) -> str | None:
    """ISO 8601 with the zone of Bangkok, to the second."""
    return value.astimezone(BANGKOK).isoformat(timespec="seconds") if value else None
