"""เสนอการแก้ไข: a change by somebody who may not edit waits for somebody who may."""

from __future__ import annotations

import secrets
from dataclasses import replace

from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import AlreadyTaken, EditConflict, Invalid
from app.models import Entry, Proposal, User
from app.policy import Permission, can, ensure
from app.queries import people
from app.services import audit, drafts, entries, notices, revisions, settings, throttles
from app.services.entries import Origin
from app.text.cleaning import clean_line, clean_text, is_blank
from app.vocabulary import AuditAction, NoticeKind, ProposalStatus

MOST_NAME, MOST_NOTE = 100, 500


def propose(
    actor: User | None,
    entry: Entry,
    *,
    title: str,
    body: str,
    base: int,
    note: str,
    name: str = "",
    address: str = "",
) -> Proposal:
    """Keep a change that waits for approval, and tell those who can decide.

    :param actor: None: a reader, who gives a ``name``; ``address`` is for the brake only.
    """
    title, body = clean_line(title), clean_text(body)
    note, name = clean_line(note)[:MOST_NOTE], clean_line(name)[:MOST_NAME]
    read = entries.revision_at(entry, base)
    faults: dict[str, list[str]] = {}
    if not title:
        faults["title"] = [_("Give it a title first.")]
    if is_blank(body):
        faults["body"] = [_("There is no text yet.")]
    if read is None or (title == read.title and body.strip() == read.body.strip()):
        faults.setdefault("body", [_("Nothing is changed yet.")])
    if not note:
        faults["note"] = [_("Say in a few words what is changed and why.")]
    if actor is None and not name:
        faults["name"] = [_("Tell us your name, so that the change can carry it.")]
    if faults:
        raise Invalid(faults)
    entries.check_lengths(replace(drafts.draft_of(entry), title=title, body=body))
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_PROPOSE, fresh)
        most = int(settings.get("reports_per_hour"))
        whose = str(actor.id) if actor is not None else (address or "unknown")
        throttles.hit("propose", whose, limit=most, window_s=3600)
        made = Proposal(
            token=secrets.token_urlsafe(16),
            entry_id=fresh.id,
            base=base,
            title=title,
            body=body,
            note=note,
            author_id=actor.id if actor is not None else None,
            author_name="" if actor is not None else name,
            created_at=now(),
        )
        db.session.add(made)
        notices.tell(
            deciders_of(fresh),
            NoticeKind.PROPOSED,
            fresh,
            actor,
            actor_name=made.author_name,
            proposal=made.token,
            note=note,
        )
    return made


def deciders_of(entry: Entry) -> list[User]:
    """Who is told of a proposal: keepers and facilitators, as far as they may edit."""
    asked = [*notices.keepers_of(entry), *people.to_ask(Permission.ENTRY_EDIT, entry)]
    return [one for one in asked if can(one, Permission.ENTRY_EDIT, entry)]


def accept(
    actor: User, proposal: Proposal, *, title: str, body: str, base: int, word: str = ""
) -> Entry:
    """Make a proposal the newest revision, which names its proposer.

    ``title`` and ``body`` are what ``actor`` read last; ``base`` the revision it was read
    beside.  EditConflict when the text moved on since.
    """
    entry = proposal.entry
    draft = replace(drafts.draft_of(entry), title=clean_line(title), body=clean_text(body))
    if not draft.title or is_blank(draft.body):
        raise Invalid({"body": [_("There is no text yet.")]})
    entries.check_lengths(draft)
    draft, page = revisions.prepared(entry, draft)
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_EDIT, fresh)
        _still_open(proposal)
        if fresh.revision_number != base:
            raise EditConflict(
                mine=draft, theirs=entries.newest_revision(fresh), base=proposal.base
            )
        keepers = notices.keepers_of(fresh)
        note = _("Proposed by %(name)s: %(note)s", name=proposal.by, note=proposal.note)
        origin = Origin(note=note, author_id=proposal.author_id, author_name=proposal.author_name)
        entries.store(None, fresh, draft, page=page, origin=origin)
        fresh.edited_by_id = proposal.author_id or actor.id
        proposal.made = fresh.revision_number
        _decide(actor, proposal, ProposalStatus.ACCEPTED, word)
        notices.tell_of_edit([one for one in keepers if one.id != proposal.author_id], fresh, actor)
    return fresh


def refuse(actor: User, proposal: Proposal, *, reason: str) -> Proposal:
    """Leave the text as it is; the proposer is told why."""
    if not reason.strip():
        raise Invalid({"reason": [_("Say why; the proposer is told.")]})
    with transaction():
        fresh = entries.lock(proposal.entry)
        ensure(actor, Permission.ENTRY_EDIT, fresh)
        _still_open(proposal)
        _decide(actor, proposal, ProposalStatus.REFUSED, reason)
    return proposal


def _still_open(proposal: Proposal) -> None:
    db.session.refresh(proposal)
    if proposal.status is not ProposalStatus.OPEN:
        raise AlreadyTaken(f"proposal {proposal.id} was decided")


def _decide(actor: User, proposal: Proposal, status: ProposalStatus, word: str) -> None:
    is_accepted = status is ProposalStatus.ACCEPTED
    proposal.status, proposal.outcome = status, clean_line(word)[:MOST_NOTE]
    proposal.decided_by_id, proposal.decided_at = actor.id, now()
    action = AuditAction.PROPOSAL_ACCEPT if is_accepted else AuditAction.PROPOSAL_REFUSE
    audit.record(
        actor, action, f"entry:{proposal.entry_id}", reason=proposal.outcome, proposal=proposal.id
    )
    if proposal.author is not None:
        notices.tell(
            [proposal.author],
            NoticeKind.ACCEPTED if is_accepted else NoticeKind.REFUSED,
            proposal.entry,
            actor,
            proposal=proposal.token,
            note=proposal.outcome,
        )
