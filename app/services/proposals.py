"""เสนอการแก้ไข: a change by somebody who may not edit waits for somebody who may."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import AlreadyTaken, EditConflict, Invalid, NotFound
from app.models import Entry, Proposal, Revision, User
from app.policy import Permission, can, ensure
from app.queries import entries as entry_queries
from app.queries import people
from app.services import (
    audit,
    covering,
    drafts,
    entries,
    form_tokens,
    history,
    merging,
    notices,
    rule_books,
    settings,
    throttles,
)
from app.services.drafts import Draft, Faults, Origin
from app.services.rendering import Page
from app.text.cleaning import clean_line, clean_text, is_blank
from app.vocabulary import AuditAction, NoticeKind, ProposalStatus, Status

MOST_NAME, MOST_NOTE = 100, 500
#: The note of its revision; kept with it and read in Thai, whoever accepts.
PROPOSED = "เสนอโดย {name}: {note}"


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
    form_token: str = "",
) -> Proposal:
    """Keep a change that waits for approval, and tell those who can decide.

    Sent twice with one ``form_token``, it is made once.

    :param actor: None: a reader, who gives a ``name``; ``address`` is for the brake only.
    :raises NotFound: ``base`` is no version that ``actor`` may read.
    """
    title, body = clean_line(title), clean_text(body)
    note, name = clean_line(note)[:MOST_NOTE], clean_line(name)[:MOST_NAME]
    read = entry_queries.get_revision(actor, entry, base)
    by = f"user:{actor.id}" if actor is not None else name
    token = form_tokens.address_of(form_token, str(entry.id), by, title, body, note)
    title, body, note, name = _covered(entry, read, title, body, note, name)
    faults = faults_of(entry, title=title, body=body, read=read)
    if not note:
        faults["note"] = [_("Say in a few words what is changed and why.")]
    if actor is None and not name:
        faults["name"] = [_("Tell us your name, so that the change can carry it.")]
    if faults:
        raise Invalid(faults)
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.ENTRY_PROPOSE, fresh)
        if sent := db.session.scalar(sa.select(Proposal).where(Proposal.token == token)):
            return sent
        most = int(settings.get("reports_per_hour"))
        whose = str(actor.id) if actor is not None else (address or "unknown")
        throttles.hit("propose", whose, limit=most, window_s=3600)
        title, body, note, name = _covered(fresh, read, title, body, note, name)
        made = Proposal(
            token=token,
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


def _covered(entry: Entry, read: Revision, title: str, body: str, *beside: str) -> tuple[str, ...]:
    """What was typed on a page of the version ``read``, without what was blacked out since."""
    typed = replace(drafts.draft_of_revision(entry, read), title=title, body=body)
    typed = covering.covered(entry, typed, since=read.number)
    lines = (covering.covered_line(entry, one, since=read.number) for one in beside)
    return (typed.title, typed.body, *lines)


def faults_of(entry: Entry, *, title: str, body: str, read: Revision) -> Faults:
    """What keeps a text from being proposed for ``entry``, begun from the version ``read``."""
    if not title:
        return {"title": [drafts.no_title()]}
    if is_blank(body):
        return {"body": [_("There is no text yet.")]}
    if title == read.title and body.strip() == read.body.strip():
        return {"body": [_("Nothing is changed yet.")]}
    draft = replace(drafts.draft_of(entry), title=title, body=body)
    return rule_books.rules_of(entry.kind).faults_of(draft) | emptied(entry, draft)


def emptied(entry: Entry, draft: Draft) -> Faults:
    """What a public text has and ``draft`` lacks, for it stays complete.

    What it lacks already is no fault of a proposal, which changes title and text alone.
    """
    if entry.status is not Status.PUBLISHED:
        return {}
    gaps_of = rule_books.rules_of(entry.kind).gaps_of
    lacking = gaps_of(drafts.draft_of(entry))
    return {name: said for name, said in gaps_of(draft).items() if name not in lacking}


def deciders_of(entry: Entry) -> list[User]:
    """Who is told of a proposal: keepers and facilitators, as far as they may edit."""
    asked = [*notices.keepers_of(entry), *people.to_ask(Permission.ENTRY_EDIT, entry)]
    return [one for one in asked if can(one, Permission.ENTRY_EDIT, entry)]


def accept(
    actor: User, proposal: Proposal, *, title: str, body: str, base: int, word: str = ""
) -> Entry:
    """Make a proposal the newest revision, which names its proposer.

    What stands there already is accepted too, and then no revision came of it.

    :param title: it and ``body`` are what ``actor`` read last, beside revision ``base``.
        What was saved since is merged in, as for every saving.
    :raises EditConflict: what was saved since changed the same place.
    """
    entry = proposal.entry
    ensure(actor, Permission.ENTRY_EDIT, entry)
    _still_open(proposal)
    title, body = clean_line(title), clean_text(body)
    if not title or is_blank(body):
        raise Invalid({"body": [_("There is no text yet.")]})
    for _try in range(entries.MOST_TRIES):
        found = meeting(entry, title=title, body=body, base=base)
        if not found.proposal.is_clean:
            raise found
        made = replace(
            drafts.draft_of(entry), title=found.proposal.draft.title, body=found.proposal.body.text
        )
        if lost := emptied(entry, made):
            raise Invalid(lost)
        made, page = rule_books.prepared(entry, made)
        with transaction():
            fresh = entries.lock(entry)
            ensure(actor, Permission.ENTRY_EDIT, fresh)
            _still_open(proposal)
            at = fresh.revision_number
            if at == found.theirs.number and made == covering.covered(fresh, made, since=at):
                word = covering.covered_line(fresh, word, since=merging.known_from(fresh, base))
                _store(actor, proposal, fresh, made, page, word)
                return fresh
    raise found


def _store(
    actor: User, proposal: Proposal, entry: Entry, draft: Draft, page: Page, word: str
) -> None:
    keepers = notices.keepers_of(entry)
    note = PROPOSED.format(name=proposal.by, note=proposal.note)
    origin = Origin(note=note, author_id=proposal.author_id, author_name=proposal.author_name)
    if entries.store(None, entry, draft, page=page, origin=origin):
        entry.edited_by_id = proposal.author_id or actor.id
        proposal.made = entry.revision_number
        others = [one for one in keepers if one.id != proposal.author_id]
        notices.tell_of_edit(others, entry, actor)
    _decide(actor, proposal, ProposalStatus.ACCEPTED, word)


def meeting(entry: Entry, *, title: str, body: str, base: int) -> EditConflict:
    """A text begun from revision ``base`` beside the newest one, and what both make together.

    Its proposal is clean where a decider need not choose.
    """
    began = history.revision_at(entry, base)
    stands = drafts.draft_of(entry) if began is None else drafts.draft_of_revision(entry, began)
    mine = replace(stands, title=title, body=body)
    newest = history.newest_revision(entry)
    if newest is None:
        raise NotFound(f"entry {entry.id} has no text yet")
    return merging.meeting(entry, mine, base=base, newest=newest)


def refuse(actor: User, proposal: Proposal, *, reason: str) -> Proposal:
    """Leave the text as it is; the proposer is told why."""
    reason = audit.clean_reason(reason)
    if is_blank(reason):
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
    notices.note_answered(NoticeKind.PROPOSED, proposal=proposal.token)
    if proposal.author is not None:
        notices.tell(
            [proposal.author],
            NoticeKind.ACCEPTED if is_accepted else NoticeKind.REFUSED,
            proposal.entry,
            actor,
            proposal=proposal.token,
            note=proposal.outcome,
        )
