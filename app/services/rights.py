"""Rights: who gives them, at which community or program, and who takes them back."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Forbidden, Invalid
from app.models import Community, Program, RightGrant, User
from app.policy import Permission, can, ensure
from app.services import audit, passwords
from app.vocabulary import SCOPED_RIGHTS, AuditAction, Right


def grant(
    actor: User | None,
    user: User,
    right: Right,
    *,
    community: Community | None = None,
    program: Program | None = None,
) -> None:
    """Give a right; writer and facilitator hold at a community or program."""
    check_scope(right, community, program)
    with transaction():
        ensure_may_change(actor, right, community or program)
        add_grant(
            user,
            right,
            community_id=community.id if community else None,
            program_id=program.id if program else None,
            by=actor.id if actor is not None else None,
        )
        audit.record(
            actor,
            AuditAction.RIGHT_GRANT,
            f"user:{user.id}",
            right=right.value,
            at=scope_name(community, program),
        )


def revoke(
    actor: User | None,
    user: User,
    right: Right,
    *,
    community: Community | None = None,
    program: Program | None = None,
) -> None:
    """Take a right back; the last administrator keeps theirs."""
    check_scope(right, community, program)
    with transaction() as session:
        ensure_may_change(actor, right, community or program)
        if right is Right.ADMIN and not _other_admins(user):
            raise Invalid({"right": [_("The last administrator cannot be removed.")]})
        for row in list(user.grants):
            if (
                row.right is right
                and row.community_id == (community.id if community else None)
                and row.program_id == (program.id if program else None)
            ):
                user.grants.remove(row)
        session.flush()
        audit.record(
            actor,
            AuditAction.RIGHT_REMOVE,
            f"user:{user.id}",
            right=right.value,
            at=scope_name(community, program),
        )


def check_scope(right: Right, community: Community | None, program: Program | None) -> None:
    if (right in SCOPED_RIGHTS) != bool(community or program):
        raise Invalid(
            {
                "right": [
                    _("Writers and facilitators need a community or program; others have none.")
                ]
            }
        )


def ensure_may_change(actor: User | None, right: Right, scope: Community | Program | None) -> None:
    """Facilitators appoint writers and facilitators of their own; administrators all."""
    if actor is None:
        return
    if right not in SCOPED_RIGHTS and not can(actor, Permission.SITE_SET):
        raise Forbidden(actor, Permission.RIGHT_GRANT, scope)
    ensure(actor, Permission.RIGHT_GRANT, scope)


def add_grant(
    user: User,
    right: Right,
    *,
    community_id: int | None = None,
    program_id: int | None = None,
    by: int | None,
) -> None:
    """Add the row of a right unless it is there."""
    if right is Right.MEMBER or (right in SCOPED_RIGHTS and not (community_id or program_id)):
        return  # every account is a member
    if right not in SCOPED_RIGHTS:
        community_id = program_id = None
    for row in user.grants:
        if (row.right, row.community_id, row.program_id) == (right, community_id, program_id):
            return
    user.grants.append(
        RightGrant(
            right=right,
            community_id=community_id,
            program_id=program_id,
            granted_by_id=by,
            granted_at=now(),
        )
    )
    if right not in SCOPED_RIGHTS:
        passwords.forget_reset_codes(user)  # facilitators give no codes for these accounts
    db.session.flush()


def scope_name(community: Community | None, program: Program | None) -> str:
    return (community or program).slug if (community or program) else ""  # type: ignore[union-attr]


def _other_admins(user: User) -> bool:
    """Whether somebody else can administer; locks those rights, so that two do not both go."""
    query = (
        sa.select(RightGrant.id)
        .join(User, User.id == RightGrant.user_id)
        .where(
            RightGrant.right == Right.ADMIN,
            RightGrant.user_id != user.id,
            User.blocked_at.is_(None),
        )
        .with_for_update(of=RightGrant)
    )
    return bool(db.session.scalars(query).all())
