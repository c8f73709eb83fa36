"""Comments: write, remove, hide."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid, NotFound
from app.models import Comment, Entry, User
from app.policy import Permission, ensure
from app.services import audit, changes, entries, form_tokens, rendering, settings, throttles
from app.text.cleaning import clean_text, is_blank
from app.vocabulary import AuditAction, CommentStatus

MOST_LETTERS = 20_000


def add(actor: User, entry: Entry, text: str, *, form_token: str = "") -> Comment:
    """Say something under an entry.  Sent twice with one ``form_token``, it is said once."""
    body = clean_text(text)
    if is_blank(body):
        raise Invalid({"body": [_("There is no text yet.")]})
    if len(body) > MOST_LETTERS:
        raise Invalid(
            {
                "body": [
                    _("Too long: %(n)d letters; at most %(most)d.", n=len(body), most=MOST_LETTERS)
                ]
            }
        )
    page = rendering.render(body, is_lesson=False)
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.COMMENT_ADD, fresh)
        pressed = form_tokens.claim(actor, form_token) if form_token else None
        if pressed is not None and (said := db.session.get(Comment, pressed.comment_id or 0)):
            return said
        throttles.hit(
            "comment", str(actor.id), limit=int(settings.get("comments_per_hour")), window_s=3600
        )
        comment = new_comment(fresh, body, page)
        comment.author_id = actor.id
        db.session.flush()
        if pressed is not None:
            pressed.comment_id = comment.id
        fresh.commented_at = comment.created_at
        recount(fresh)
    return comment


def new_comment(entry: Entry, body: str, page: rendering.Page) -> Comment:
    """A comment row with the next number of its entry; call inside a transaction."""
    entry.last_comment_number += 1
    comment = Comment(
        entry_id=entry.id,
        number=entry.last_comment_number,
        body=body,
        html=page.html,
        plain=page.plain,
        created_at=now(),
    )
    db.session.add(comment)
    return comment


def remove(actor: User, comment: Comment) -> None:
    """Take one's own comment away; its number is never given out again."""
    _set_status(
        actor, comment, CommentStatus.REMOVED, Permission.COMMENT_REMOVE, AuditAction.COMMENT_REMOVE
    )


def hide(actor: User, comment: Comment, *, reason: str) -> None:
    """Take a comment out of readers' sight; moderators still see it."""
    if not reason.strip():
        raise Invalid({"reason": [_("Say why; the reason goes into the log.")]})
    _set_status(
        actor,
        comment,
        CommentStatus.HIDDEN,
        Permission.COMMENT_HIDE,
        AuditAction.COMMENT_HIDE,
        reason=reason,
    )


def unhide(actor: User, comment: Comment, *, reason: str) -> None:
    """Show a hidden comment again."""
    if not reason.strip():
        raise Invalid({"reason": [_("Say why; the reason goes into the log.")]})
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
    comment: Comment,
    status: CommentStatus,
    permission: Permission,
    action: AuditAction,
    *,
    reason: str = "",
) -> None:
    with transaction():
        fresh = entries.lock(comment.entry)
        if comment.status is CommentStatus.REMOVED:  # its author took it away meanwhile
            raise NotFound(f"comment {comment.id} was removed")
        ensure(actor, permission, comment)
        comment.status, comment.reason = status, reason
        audit.record(actor, action, f"comment:{comment.id}", reason=reason)
        recount(fresh)
