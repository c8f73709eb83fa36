"""Comments under entries and on the talk pages of communities: write, remove, hide."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, overload

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid, NotFound
from app.models import Comment, Community, CommunityComment, Entry, FormToken, User
from app.policy import Permission, ensure
from app.queries import people
from app.queries.comments import kind_about
from app.services import (
    audit,
    changes,
    entries,
    form_tokens,
    notices,
    rendering,
    settings,
    throttles,
)
from app.text.cleaning import clean_text, is_blank
from app.vocabulary import AuditAction, CommentStatus, NoticeKind

MOST_LETTERS = 20_000


@overload
def add(actor: User, about: Entry, text: str, *, form_token: str = "") -> Comment: ...
@overload
def add(actor: User, about: Community, text: str, *, form_token: str = "") -> CommunityComment: ...
def add(actor: User, about: Entry | Community, text: str, *, form_token: str = "") -> Any:
    """Say something under an entry, or on the talk page of a community.

    Sent twice with one ``form_token``, it is said once; another text from the same form, as
    after the browser's "back", is another comment.  The facilitators of the community are told.
    """
    body, page = checked(text)
    with transaction():
        fresh = lock(about)
        ensure(actor, Permission.COMMENT_ADD, fresh)
        pressed = form_tokens.claim(actor, form_token) if form_token else None
        digest = sha256(body.encode()).hexdigest()
        said = made_by(pressed, fresh) if pressed is not None else None
        if said is not None and pressed is not None and pressed.digest in ("", digest):
            return said
        brake(actor)
        comment = new_comment(fresh, body, page)
        comment.author_id = actor.id
        db.session.flush()
        if pressed is not None:
            note_made(pressed, comment, digest)
        if isinstance(fresh, Entry):
            recount(fresh)
        else:
            guides = people.to_ask(Permission.COMMUNITY_EDIT, fresh)
            notices.tell(guides, NoticeKind.TALKED, fresh, actor, comment=comment.number)
    return comment


@overload
def new_comment(about: Entry, body: str, page: rendering.Page) -> Comment: ...
@overload
def new_comment(about: Community, body: str, page: rendering.Page) -> CommunityComment: ...
@overload
def new_comment(
    about: Entry | Community, body: str, page: rendering.Page
) -> Comment | CommunityComment: ...
def new_comment(about: Entry | Community, body: str, page: rendering.Page) -> Any:
    """A comment row with the next number of its place; call inside a transaction."""
    about.last_comment_number += 1
    own = {"entry_id" if isinstance(about, Entry) else "community_id": about.id}
    comment = kind_about(about)(
        **own,
        number=about.last_comment_number,
        body=body,
        html=page.html,
        plain=page.plain,
        created_at=now(),
    )
    db.session.add(comment)
    return comment


def lock(about: Entry | Community) -> Entry | Community:
    """Read an entry or a community anew inside the transaction: its next number is given once."""
    if isinstance(about, Entry):
        return entries.lock(about)
    return db.session.scalars(
        sa.select(Community)
        .where(Community.id == about.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def made_by(pressed: FormToken, about: Entry | Community) -> Comment | CommunityComment | None:
    """What the form of this token said before."""
    if isinstance(about, Entry):
        return db.session.get(Comment, pressed.comment_id or 0)
    return db.session.get(CommunityComment, pressed.community_comment_id or 0)


def note_made(pressed: FormToken, comment: Comment | CommunityComment, digest: str) -> None:
    """Remember on the row of a token what its form said."""
    pressed.digest = digest
    if isinstance(comment, Comment):
        pressed.comment_id = comment.id
    else:
        pressed.community_comment_id = comment.id


def checked(text: str) -> tuple[str, rendering.Page]:
    """What was typed, cleaned, and what it shows; Invalid when it is empty or too long."""
    body = clean_text(text)
    if is_blank(body):
        raise Invalid({"body": [_("There is no text yet.")]})
    if len(body) > MOST_LETTERS:
        said = _("Too long: %(n)d letters; at most %(most)d.", n=len(body), most=MOST_LETTERS)
        raise Invalid({"body": [said]})
    return body, rendering.render(body, is_lesson=False)


def brake(actor: User) -> None:
    """The brake against floods of one account (settings: comments_per_hour)."""
    most = int(settings.get("comments_per_hour"))
    throttles.hit("comment", str(actor.id), limit=most, window_s=3600)


def remove(actor: User, comment: Comment | CommunityComment) -> None:
    """Take one's own comment away; its number is never given out again."""
    _set_status(
        actor, comment, CommentStatus.REMOVED, Permission.COMMENT_REMOVE, AuditAction.COMMENT_REMOVE
    )


def hide(actor: User, comment: Comment | CommunityComment, *, reason: str) -> None:
    """Take a comment out of readers' sight; moderators still see it."""
    reason = audit.reason_needed(reason)
    _set_status(
        actor,
        comment,
        CommentStatus.HIDDEN,
        Permission.COMMENT_HIDE,
        AuditAction.COMMENT_HIDE,
        reason=reason,
    )


def unhide(actor: User, comment: Comment | CommunityComment, *, reason: str) -> None:
    """Show a hidden comment again."""
    reason = audit.reason_needed(reason)
    _set_status(
        actor,
        comment,
        CommentStatus.VISIBLE,
        Permission.COMMENT_HIDE,
        AuditAction.COMMENT_UNHIDE,
        reason=reason,
    )


def recount(entry: Entry) -> None:
    """Bring the count of visible comments and the time of the last one in line."""
    db.session.flush()
    count, last = db.session.execute(
        sa.select(sa.func.count(Comment.id), sa.func.max(Comment.created_at)).where(
            Comment.entry_id == entry.id, Comment.status == CommentStatus.VISIBLE
        )
    ).one()
    entry.comment_count, entry.commented_at = count, last
    changes.append(entry)


def _set_status(
    actor: User,
    comment: Comment | CommunityComment,
    status: CommentStatus,
    permission: Permission,
    action: AuditAction,
    *,
    reason: str = "",
) -> None:
    with transaction():
        about = lock(comment.about)
        if comment.status is CommentStatus.REMOVED:  # its author took it away meanwhile
            raise NotFound(f"comment {comment.id} was removed")
        ensure(actor, permission, comment)
        comment.status, comment.reason = status, reason
        audit.record(actor, action, target_of(comment), reason=reason)
        if isinstance(about, Entry):
            recount(about)


def target_of(comment: Comment | CommunityComment) -> str:
    """How the log names a comment."""
    kind = "comment" if isinstance(comment, Comment) else "community_comment"
    return f"{kind}:{comment.id}"
