"""Invitations: printed links by which people sign up, with a right at a community."""

from __future__ import annotations

import secrets
from datetime import timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid, NotFound
from app.models import Community, Invitation, User
from app.policy import Permission, can, ensure
from app.queries import people
from app.services import audit, credentials, rights
from app.vocabulary import SCOPED_RIGHTS, AuditAction, Right

INVITATION_DAYS = 30
#: People who can sign up with one invitation.
MOST_USES = 200


def accept(invitation: Invitation, user: User) -> None:
    """Use an invitation up and give what stands on it."""
    invitation.uses_left -= 1
    user.community_id = invitation.community_id
    rights.add_grant(
        user, invitation.right, community_id=invitation.community_id, by=invitation.created_by_id
    )
    if invitation.is_first_admin:
        rights.add_grant(user, Right.ADMIN, by=None)
        province = db.session.scalar(
            sa.select(Community.id).where(Community.parent_id.is_(None), Community.code == "80")
        )
        if province is not None:
            # The first person must be able to write, and to invite others into communities.
            rights.add_grant(user, Right.FACILITATOR, community_id=province, by=None)


def invite(
    actor: User | None,
    community: Community | None,
    *,
    right: Right = Right.WRITER,
    uses: int = 1,
    first_admin: bool = False,
) -> str:
    """A token for a printed link; whoever opens it may sign up.  Shown once."""
    token = secrets.token_urlsafe(16)
    if not 1 <= uses <= MOST_USES:
        raise Invalid({"uses": [_("Between 1 and %(most)d people.", most=MOST_USES)]})
    if right not in (Right.MEMBER, Right.WRITER, Right.FACILITATOR):
        raise Invalid({"right": [_("This right is not given by invitation.")]})
    if community is None and right in SCOPED_RIGHTS:
        raise Invalid({"community": [_("A writer or facilitator needs a community.")]})
    with transaction() as session:
        if actor is not None:
            ensure(actor, Permission.PEOPLE_INVITE, community)
        session.add(
            Invitation(
                token_hash=credentials.hash_of(token),
                right=right,
                community_id=community.id if community else None,
                created_by_id=actor.id if actor is not None else None,
                created_at=now(),
                expires_at=now() + timedelta(days=INVITATION_DAYS),
                uses_left=uses,
                is_first_admin=first_admin,
            )
        )
        audit.record(
            actor,
            AuditAction.INVITE,
            f"community:{community.id if community else 0}",
            right=right.value,
        )
    return token


def usable(token: str) -> Invitation | None:
    """The invitation behind a token, when it still counts."""
    row = db.session.scalar(
        sa.select(Invitation)
        .where(Invitation.token_hash == credentials.hash_of(token))
        .with_for_update(of=Invitation)
    )
    if row is None or row.revoked_at or row.uses_left < 1 or row.expires_at < now():
        return None
    if row.is_first_admin and people.has_admin():
        return None
    return row if may_still_invite(row) else None


def may_still_invite(invitation: Invitation) -> bool:
    """Whether whoever made the invitation still has the right to; the machine always has."""
    if invitation.created_by_id is None:
        return True
    maker = db.session.get(User, invitation.created_by_id)
    return can(maker, Permission.PEOPLE_INVITE, invitation.community)


def revoke(actor: User, invitation_id: int) -> None:
    """Let a printed invitation count no more."""
    with transaction() as session:
        row = session.get(Invitation, invitation_id)
        if row is None or (row.created_by_id != actor.id and not can(actor, Permission.SITE_SET)):
            raise NotFound(f"no invitation {invitation_id}")
        row.revoked_at = now()
        audit.record(actor, AuditAction.INVITE, f"invitation:{row.id}", revoked=True)


def first_admin_token() -> str:
    """A one-time link for the first administrator of an empty site; older ones end."""
    with transaction() as session:
        session.execute(sa.delete(Invitation).where(Invitation.is_first_admin.is_(True)))
    return invite(None, None, right=Right.MEMBER, first_admin=True)
