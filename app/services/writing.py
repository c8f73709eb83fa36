"""The one road of a written text, whatever its kind: create, save, publish.

What differs by kind are its rules (``rule_books``).  When somebody saved meanwhile, body and
header are merged with theirs (``merging``) and stored as one more revision of the saver;
where both changed the same, EditConflict carries my draft, theirs, the base and a proposal.

Rendering is slow and stays outside the transaction, so a save reads, merges, renders, and
then stores only if nobody came in between; else it begins again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from app.db import db, end_read, transaction
from app.errors import EditConflict, Invalid
from app.models import Entry, User
from app.policy import Permission, ensure
from app.services import covering, entries, jobs, lifecycle, merging, rendering
from app.services.drafts import Draft, draft_of
from app.services.entries import Beside, Record, record_saving
from app.services.form_tokens import Sent
from app.services.rule_books import gaps_of, prepared, rules_of
from app.vocabulary import JobKind, Status

log = logging.getLogger(__name__)

#: Notes are kept with the revision and read in Thai, whoever reads.
MERGED = "รวมกับฉบับที่ {number} ซึ่งมีผู้บันทึกไว้ก่อน"
MOST_NOTE = 300

#: Makes a draft ready for an entry: (entry, draft) -> the draft as it is stored, and its page.
Prepare = Callable[[Entry, Draft], tuple[Draft, rendering.Page]]


def create(
    actor: User,
    draft: Draft,
    *,
    form_token: str = "",
    digest: str = "",
    beside: Beside | None = None,
) -> Entry:
    """Store a new draft.  Sent twice with one ``form_token``, it is made once.

    :param beside: keeps what else was sent, in the transaction that stores the text.
    :raises Invalid: it cannot be taken; a title is needed, so that it can be found again.
    """
    ready, page = prepared(None, draft)
    return store_new(actor, ready, page, form_token=form_token, digest=digest, beside=beside)


def store_new(
    actor: User,
    ready: Draft,
    page: rendering.Page,
    *,
    form_token: str = "",
    digest: str = "",
    beside: Beside | None = None,
) -> Entry:
    """Store a prepared draft as a new entry, and what its kind keeps beside it."""
    kept = kept_beside(ready, beside)
    return entries.create(
        actor, ready, form_token=form_token, digest=digest, page=page, beside=kept
    )


def kept_beside(ready: Draft, beside: Beside | None) -> Beside:
    """Keeps what the kind of a draft has beside its text, and what else was sent with it.

    What is to follow is asked for there too, so that no end of the process loses it.
    """

    def keep(actor: User, entry: Entry) -> None:
        rules_of(ready.kind).stored(actor, entry, ready)
        if beside is not None:
            beside(actor, entry)
        promise(actor, entry)

    return keep


def save(
    actor: User,
    entry: Entry,
    draft: Draft,
    *,
    base: int | None,
    note: str = "",
    sent: Sent | None = None,
    prepare: Prepare = prepared,
    record: Record = record_saving,
    beside: Beside | None = None,
) -> Entry:
    """Store a new revision, merged with what was saved since revision ``base``.

    What was blacked out since ``base`` is masked in the draft and the note, whether or not
    somebody saved: a phrase typed into an open form stands in no revision.

    :param prepare: asks more of the draft than the rules of its kind.
    :param record: what is logged and who is told, in the transaction that stores it.
    :param beside: keeps there what else was sent, and not when the form is sent again.
    :raises EditConflict: both changed the same place, or a public text would lack what
        neither took out alone; it carries the proposal.
    """
    since = merging.known_from(entry, base)
    note = covering.covered_line(entry, note, since=since)
    ready, page = prepare(entry, covering.covered(entry, draft, since=since))
    mine, at, said = ready, base, note
    for _try in range(entries.MOST_TRIES):
        try:
            saved = store_over(
                actor,
                entry,
                ready,
                page,
                base=at,
                note=said,
                sent=sent,
                record=record,
                beside=beside,
            )
        except EditConflict as conflict:
            found = merging.meeting(entry, mine, base=base, newest=conflict.theirs)
        else:
            follow_up(actor, saved)
            return saved
        if not found.proposal.is_clean or takes_too_much(entry, mine, found.proposal.draft):
            raise found
        ready, page = prepare(entry, found.proposal.draft)
        at = found.theirs.number
        note = covering.covered_line(entry, note, since=since)
        said = noted(note, MERGED.format(number=at)) if at != base else note
    raise found


def takes_too_much(entry: Entry, mine: Draft, merged: Draft) -> bool:
    """Whether a public text, merged, lacks what ``mine`` has or has instead."""
    gaps_by_kind = rules_of(mine.kind).gaps_of
    return entry.status is Status.PUBLISHED and bool(
        gaps_by_kind(merged).keys() - gaps_by_kind(mine).keys()
    )


def store_over(
    actor: User,
    entry: Entry,
    ready: Draft,
    page: rendering.Page,
    *,
    base: int | None,
    note: str = "",
    sent: Sent | None = None,
    record: Record = record_saving,
    beside: Beside | None = None,
) -> Entry:
    """Store a prepared draft as the newest revision, and what its kind keeps beside it.

    :raises EditConflict: somebody saved since ``base``, or blacked out what it holds.
    """
    return entries.save(
        actor,
        entry,
        ready,
        base=base,
        note=note,
        sent=sent,
        page=page,
        record=record,
        beside=kept_beside(ready, beside),
    )


def publish(actor: User, entry: Entry) -> Entry:
    """Make it public; Invalid names every gap, and the draft stays as it is."""
    with transaction():
        fresh = entries.lock(entry)  # what is asked is what becomes public
        ensure(actor, Permission.ENTRY_PUBLISH, fresh)
        if gaps := gaps_of(draft_of(fresh), fresh, actor):
            raise Invalid(gaps)
        published = lifecycle.publish(actor, fresh)
        promise(actor, published)
    follow_up(actor, published)
    return published


def follow_up(actor: User, entry: Entry) -> None:
    """What follows a saving in transactions of its own; done again, it changes nothing.

    The text is stored, whatever comes of this: a failure is logged and not told as one of
    the saving, and the job that was promised tries again.
    """
    number = entry.number
    try:
        rules_of(entry.kind).afterwards(actor, entry)
    except Exception:  # boundary: Invalid, too, would be taken for a fault of the text
        log.exception("what follows the saving of entry %s is left to its job", number)
        end_read()


def promise(actor: User, entry: Entry) -> None:
    """Have done what follows a saving, in its transaction, should the process end before it.

    Each who saved has a job of their own: one may do what another may not.
    """
    if rules_of(entry.kind).is_followed(actor, entry):
        wanted = {"entry": entry.id, "actor": actor.id}
        jobs.enqueue(JobKind.FOLLOW_UP, f"follow_up:{entry.id}:{actor.id}", wanted)


def keep_promise(entry_id: int, actor_id: int) -> None:
    """``follow_up`` as a job; who or what is gone since has nothing to follow."""
    actor, entry = db.session.get(User, actor_id), db.session.get(Entry, entry_id)
    if actor is not None and entry is not None:
        rules_of(entry.kind).afterwards(actor, entry)


def noted(*parts: str) -> str:
    """The note of a revision, of what there is to say."""
    return " · ".join(part for part in parts if part)[:MOST_NOTE]
