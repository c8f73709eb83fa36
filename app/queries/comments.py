"""Reading comments: under an entry, or on the talk page of a community.

Those of a community belong to no entry and stand in no list of them.
"""

from __future__ import annotations

from typing import Any, overload

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.db import db
from app.errors import NotFound
from app.models import Comment, Community, CommunityComment, Entry, User
from app.policy import Permission, can
from app.vocabulary import CommentStatus


@overload
def comments_of(viewer: User | None, about: Entry) -> list[Comment]: ...
@overload
def comments_of(viewer: User | None, about: Community) -> list[CommunityComment]: ...
def comments_of(viewer: User | None, about: Entry | Community) -> Any:
    """What was said, oldest first; hidden comments for those who may hide them."""
    kind = kind_about(about)
    query = _of(about).options(joinedload(kind.author)).order_by(kind.created_at, kind.id)
    return [comment for comment in db.session.scalars(query) if is_shown(viewer, comment)]


def get_comment(
    viewer: User | None, about: Entry | Community, number: int
) -> Comment | CommunityComment:
    """A comment by its number; NotFound when removed or not for ``viewer``."""
    comment = db.session.scalar(_of(about).where(kind_about(about).number == number))
    if comment is None or not is_shown(viewer, comment):
        raise NotFound(f"no comment {number}")
    return comment


def is_shown(viewer: User | None, comment: Comment | CommunityComment) -> bool:
    """Whether ``viewer`` sees a comment: a hidden one shows to those who may hide it."""
    if comment.status is CommentStatus.HIDDEN:
        return can(viewer, Permission.COMMENT_HIDE, comment)
    return comment.status is CommentStatus.VISIBLE


def numbers_shown(slug: str) -> tuple[int, ...]:
    """Numbers of the comments on the talk page of a community that everybody sees."""
    query = (
        sa.select(CommunityComment.number)
        .join(Community, Community.id == CommunityComment.community_id)
        .where(Community.slug == slug, CommunityComment.status == CommentStatus.VISIBLE)
    )
    return tuple(db.session.scalars(query.order_by(CommunityComment.number)))


def kind_about(about: Entry | Community) -> type[Comment] | type[CommunityComment]:
    """The table that holds what is said about ``about``."""
    return Comment if isinstance(about, Entry) else CommunityComment


def _of(about: Entry | Community) -> sa.Select[Any]:
    if isinstance(about, Entry):
        return sa.select(Comment).where(Comment.entry_id == about.id)
    return sa.select(CommunityComment).where(CommunityComment.community_id == about.id)
