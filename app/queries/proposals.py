"""Reading proposals: by those who may decide, and by whoever made them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.db import db
from app.errors import NotFound
from app.models import Entry, Proposal, User
from app.policy import Permission, can
from app.queries.entries import readable_by
from app.vocabulary import ProposalStatus


def _of_readable(viewer: User | None) -> sa.Select[Proposal]:
    return (
        sa.select(Proposal)
        .join(Entry, Entry.id == Proposal.entry_id)
        .where(readable_by(viewer))
        .options(contains_eager(Proposal.entry), joinedload(Proposal.author))
    )


def get_proposal(viewer: User | None, token: str) -> Proposal:
    """The proposal at an address; NotFound when missing or not for ``viewer``.

    One by a reader without account is also shown to whoever has its address, for a reader
    has no other way to learn what came of it.
    """
    found = db.session.scalar(_of_readable(viewer).where(Proposal.token == token))
    if found is None or not is_for(viewer, found):
        raise NotFound("no such proposal")
    return found


def is_for(viewer: User | None, proposal: Proposal) -> bool:
    """Whether ``viewer`` may read a proposal of an entry that they may read."""
    if proposal.author_id is None:
        return True
    is_own = viewer is not None and viewer.id == proposal.author_id
    return is_own or can(viewer, Permission.ENTRY_EDIT, proposal.entry)


def waiting_at(viewer: User | None, entry: Entry) -> list[Proposal]:
    """Open proposals for an entry, the oldest first, for those who may edit it."""
    if not can(viewer, Permission.ENTRY_EDIT, entry):
        return []
    query = (
        sa.select(Proposal)
        .where(Proposal.entry_id == entry.id, Proposal.status == ProposalStatus.OPEN)
        .options(joinedload(Proposal.author))
        .order_by(Proposal.created_at)
    )
    return list(db.session.scalars(query).unique())


def waiting_for(viewer: User, *, limit: int = 200) -> list[Proposal]:
    """Open proposals that ``viewer`` may decide, the oldest first."""
    query = (
        _of_readable(viewer)
        .where(Proposal.status == ProposalStatus.OPEN)
        .order_by(Proposal.created_at)
        .limit(limit)
    )
    found = db.session.scalars(query).unique()
    return [one for one in found if can(viewer, Permission.ENTRY_EDIT, one.entry)]


def made_by(viewer: User, *, limit: int = 50) -> list[Proposal]:
    """What ``viewer`` has proposed, the newest first."""
    query = (
        _of_readable(viewer)
        .where(Proposal.author_id == viewer.id)
        .order_by(Proposal.created_at.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query).unique())
