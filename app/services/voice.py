"""Voice notes: recorded for a draft, typed by others in ฝากพิมพ์, approved before they count.

    attach -> note_consent -> queue -> (claim, keep) -> submit -> approve
                               ^                          |
                               +------ send_back ---------+

Whoever recorded or told it takes it back at any time; nothing of it is public before
``approve``, and then it is as public as its entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import IO

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import AlreadyTaken, Busy, Invalid, NotFound, Refused
from app.models import Entry, User, VoiceNote
from app.policy import Permission, can, ensure
from app.queries import people
from app.queries import voice as queries
from app.services import (
    audit,
    autosaves,
    covering,
    drafts,
    entries,
    form_tokens,
    notices,
    rule_books,
    uploads,
)
from app.services.drafts import Draft, Origin
from app.services.form_tokens import Sent
from app.services.telling import Consent
from app.text import forum as forum_text
from app.text import lesson as lesson_text
from app.text.cleaning import clean_line, clean_text, is_blank
from app.vocabulary import (
    VOICE_IN_QUEUE,
    AuditAction,
    EntryKind,
    LessonForm,
    NoticeKind,
    Status,
    UploadKind,
    UploadState,
    VoiceState,
)

MOST_NAME, MOST_LANGUAGE = 100, 60
MOST_TEXT = 100_000  # letters; an hour of quick speech has half of that
#: Whoever types keeps the note so long after the last sign of life; then it is free again.
CLAIMED_FOR = timedelta(minutes=30)
#: Boxes of a lesson that take a paragraph; the others are made of rows.
BOXES = tuple(box for box in lesson_text.BOXES if box.key not in ("learned", "next"))
USUAL_BOX = "actions"
#: Kept with the revision and read in Thai, whoever reads.
TOLD = "เสียงเล่าของ {speaker} พิมพ์โดย {typist}"


# -- the draft's side ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class About:
    """Who speaks in a recording, and how.

    :ivar speaker: a name; a teller's or the recorder's own leads to the account.
    """

    speaker: str
    language: str = ""

    def checked(self) -> About:
        """The same, cleaned; Invalid when nobody is named or a line is too long."""
        speaker, language = clean_line(self.speaker), clean_line(self.language)
        if not speaker:
            raise Invalid({"speaker": [_("Say who speaks in it.")]})
        _check_length("speaker", speaker, MOST_NAME)
        _check_length("language", language, MOST_LANGUAGE)
        return About(speaker, language)


def attach_file(
    actor: User,
    entry: Entry,
    about: About,
    *,
    name: str,
    stream: IO[bytes],
    form_token: str = "",
) -> VoiceNote:
    """Take a whole recording from a plain form, and put it beside a draft.

    The same recording sent twice with one ``form_token`` is one note.
    """
    about = about.checked()
    ensure(actor, Permission.VOICE_ADD, entry)
    upload = uploads.receive(actor, name=name, stream=stream, kind=UploadKind.VOICE)
    with transaction():
        if form_token:
            pressed = form_tokens.claim(actor, form_token)
            is_repeat = (pressed.entry_id, pressed.digest) == (entry.id, upload.sha256)
            if is_repeat and (known := queries.of_sound(actor, entry, upload.sha256)):
                uploads.take_away(actor, upload)
                return known
            form_tokens.note_saved(pressed, entry, upload.sha256)
        return attach(actor, entry, about, upload.id)


def attach(actor: User, entry: Entry, about: About, upload_id: int) -> VoiceNote:
    """Put a recording that ``actor`` has sent beside a draft.  Asked twice, it is done once.

    :raises Refused: it lies beside another text.
    """
    about = about.checked()
    with transaction():
        fresh = entries.lock(entry)
        ensure(actor, Permission.VOICE_ADD, fresh)
        upload = queries.get_own_upload(actor, upload_id)
        known = db.session.scalar(sa.select(VoiceNote).where(VoiceNote.upload_id == upload.id))
        if known is not None and known.entry_id != fresh.id:
            raise Refused(409, _("This recording is kept with another text. Send another one."))
        if known is not None:
            return known
        known_here = [actor, *(one.user for one in fresh.tellers if one.user)]
        account = _account_of(about.speaker, known_here)
        note = VoiceNote(
            entry_id=fresh.id,
            upload_id=upload.id,
            speaker=account.display_name if account else about.speaker,
            speaker_id=account.id if account else None,
            language=about.language,
            state=VoiceState.KEPT,
            created_at=now(),
        )
        db.session.add(note)
    return note


def _account_of(name: str, known: Sequence[User]) -> User | None:
    return next((one for one in known if name in (one.display_name, f"@{one.username}")), None)


def _check_length(field: str, text: str, most: int) -> None:
    if len(text) > most:
        said = _("Too long: %(n)d letters; at most %(most)d.", n=len(text), most=most)
        raise Invalid({field: [said]})


def note_consent(actor: User, note: VoiceNote, consent: Consent) -> VoiceNote:
    """Keep that the speaker agreed that members hear it and type it."""
    _check_length("consent_by", consent.taken_by, MOST_NAME)
    with transaction():
        locked = _locked(note)
        ensure(actor, Permission.VOICE_QUEUE, locked)
        locked.consent = consent.kept()
        _record(actor, AuditAction.VOICE_CONSENT, locked)
    return locked


def queue(actor: User, note: VoiceNote) -> VoiceNote:
    """Put it into ฝากพิมพ์; Invalid without the speaker's consent."""
    with transaction():
        locked = _locked(note)
        ensure(actor, Permission.VOICE_QUEUE, locked)
        if not locked.consent:
            raise Invalid({"consent_kind": [_("Note first that the speaker agreed.")]})
        if locked.state is VoiceState.KEPT:
            locked.state, locked.queued_at = VoiceState.QUEUED, now()
            _record(actor, AuditAction.VOICE_QUEUE, locked)
    return locked


def take_back(actor: User, note: VoiceNote, *, ends_consent: bool = False) -> VoiceNote:
    """Take it out of ฝากพิมพ์ at once, with what was typed of it.

    :param ends_consent: the speaker no longer agrees.
    """
    with transaction():
        locked = _locked(note)
        ensure(actor, Permission.VOICE_WITHDRAW, locked)
        if locked.state in VOICE_IN_QUEUE:
            locked.state, locked.queued_at = VoiceState.KEPT, None
            locked.typist_id = locked.typed_at = locked.claimed_by_id = locked.claimed_at = None
            locked.text = locked.reason = ""
            autosaves.forget(locked)
        if ends_consent:
            locked.consent = None
        _record(actor, AuditAction.VOICE_TAKE_BACK, locked, ends_consent=ends_consent)
    return locked


def remove(actor: User, note: VoiceNote) -> None:
    """Take the recording away wholly: its bytes, and its note unless a text came of it."""
    with transaction():
        locked = _locked(note)
        ensure(actor, Permission.VOICE_WITHDRAW, locked)
        uploads.take_away(actor, locked.upload)
        autosaves.forget(locked)
        if locked.state is not VoiceState.APPROVED:
            notices.forget_voice(locked)
            db.session.delete(locked)


def erase_of(entry: Entry) -> None:
    """Take away what was recorded for an entry, in the transaction that erases it.

    Nobody else's text holds it, as it may a photo.  The note is locked before its upload, as
    ``remove`` does: otherwise each could wait for the other.
    """
    of_entry = sa.select(VoiceNote).where(VoiceNote.entry_id == entry.id).order_by(VoiceNote.id)
    for note in db.session.scalars(of_entry.with_for_update(of=VoiceNote)).unique().all():
        autosaves.forget(note)
        uploads.take_away(None, note.upload)


# -- the typist's side --------------------------------------------------------------------------


def is_free(note: VoiceNote, viewer: User) -> bool:
    """Whether nobody else is typing it now."""
    if note.claimed_by_id in (None, viewer.id):
        return True
    return note.claimed_at is None or free_from(note) <= now()


def free_from(note: VoiceNote) -> datetime:
    """When a claimed note is anybody's again, unless its typist goes on."""
    assert note.claimed_at is not None
    return note.claimed_at + CLAIMED_FOR


def claim(actor: User, note: VoiceNote) -> VoiceNote:
    """Tell the others who types it now; AlreadyTaken while somebody else does."""
    with transaction():
        locked = _locked(note)
        ensure(actor, Permission.VOICE_TYPE, locked)
        if not is_free(locked, actor):
            raise AlreadyTaken(f"voice note {locked.id} is being typed")
        locked.claimed_by_id, locked.claimed_at = actor.id, now()
    return locked


def release(actor: User, note: VoiceNote) -> VoiceNote:
    """Leave it to others; what was typed stays kept for whoever typed it."""
    with transaction():
        locked = _locked(note)
        if locked.claimed_by_id == actor.id:
            locked.claimed_by_id = locked.claimed_at = None
    return locked


def keep(
    actor: User,
    note: VoiceNote,
    fields: Sequence[tuple[str, str]],
    *,
    sent: Sent | None = None,
) -> datetime:
    """Keep what is typed so far, for its typist alone, and go on holding the note."""
    with transaction():
        locked = _locked(note)
        kept = autosaves.keep(actor, autosaves.form_of(locked), fields, note=locked)
        if is_free(locked, actor):
            locked.claimed_by_id, locked.claimed_at = actor.id, now()
        if sent is not None:
            form_tokens.note_saved(form_tokens.claim(actor, sent.token), locked.entry, sent.digest)
    return kept.kept_at


def kept_text(actor: User, note: VoiceNote) -> str:
    """What ``actor`` has typed of it so far, or what was sent back to them."""
    kept = autosaves.of(actor, autosaves.form_of(note))
    if kept is not None:
        return dict(kept.fields).get("text", "")
    return note.text if note.typist_id == actor.id else ""


def submit(actor: User, note: VoiceNote, text: str, *, sent: Sent | None = None) -> VoiceNote:
    """Hand in the typed text: it waits for the teller or a facilitator, who are told.

    AlreadyTaken while somebody else types it, or when they were quicker.
    """
    text = checked_text(text)
    with transaction():
        locked = _locked(note)
        pressed = form_tokens.claim(actor, sent.token) if sent is not None else None
        if (
            pressed
            and sent
            and (pressed.entry_id, pressed.digest) == (locked.entry_id, sent.digest)
        ):
            return locked
        if locked.state is VoiceState.TYPED or not is_free(locked, actor):
            raise AlreadyTaken(f"voice note {locked.id} is typed by somebody else")
        ensure(actor, Permission.VOICE_TYPE, locked)
        text = _covered(locked.entry, text)
        locked.state, locked.text, locked.reason = VoiceState.TYPED, text, ""
        locked.typist_id, locked.typed_at = actor.id, now()
        locked.claimed_by_id = locked.claimed_at = None
        autosaves.remove(actor, autosaves.form_of(locked))
        _record(actor, AuditAction.VOICE_TYPE, locked)
        notices.tell(
            approvers_of(locked), NoticeKind.VOICE_TYPED, locked.entry, actor, voice=locked.id
        )
        if pressed is not None and sent is not None:
            form_tokens.note_saved(pressed, locked.entry, sent.digest)
    return locked


def checked_text(text: str) -> str:
    """A typed text, cleaned; Invalid when it is empty or too long."""
    text = clean_text(text).strip()
    if is_blank(text):
        raise Invalid({"text": [_("There is no text yet.")]})
    _check_length("text", text, MOST_TEXT)
    return text


# -- approving ----------------------------------------------------------------------------------


def approvers_of(note: VoiceNote) -> list[User]:
    """Who is told of a typed text: speaker and tellers with an account, and facilitators."""
    ids = {note.speaker_id, *(person.user_id for person in note.entry.tellers)} - {None}
    tellers = db.session.scalars(sa.select(User).where(User.id.in_(ids))).unique()
    asked = [*tellers, *people.to_ask(Permission.VOICE_APPROVE, note.entry)]
    return [one for one in asked if can(one, Permission.VOICE_APPROVE, note)]


def approve(actor: User, note: VoiceNote, text: str, *, box: str = USUAL_BOX) -> Entry:
    """Put the text, as ``actor`` mended it, into the entry as a paragraph of its own.

    It is the newest revision, in the name of its typist; typist and recorder are told.
    Pressed twice, it is done once.

    :param box: where it stands in a lesson of boxes.
    """
    text = checked_text(text)
    if _is_approved(actor, note, text):
        return note.entry
    ensure(actor, Permission.VOICE_APPROVE, note)
    for _try in range(entries.MOST_TRIES):
        entry, base = note.entry, note.entry.revision_number
        text = _covered(entry, text)
        draft = _with_paragraph(drafts.draft_of(entry), text, box)
        draft, page = rule_books.prepared(entry, draft)
        with transaction():
            fresh, locked = entries.lock(entry), _locked(note)
            if _is_approved(actor, locked, text):  # by the first press, a moment ago
                return fresh
            ensure(actor, Permission.VOICE_APPROVE, locked)
            if fresh.status is Status.PUBLISHED:
                ensure(actor, Permission.ENTRY_EDIT, fresh)
            if fresh.revision_number != base or _covered(fresh, text) != text:
                continue
            keepers = notices.keepers_of(fresh)
            entries.store(None, fresh, draft, page=page, origin=_origin_of(locked))
            _note_approval(actor, locked, text)
            notices.tell_of_edit(keepers, fresh, actor)
        return fresh
    raise Busy()


def _is_approved(actor: User, note: VoiceNote, text: str) -> bool:
    """Whether ``actor`` has approved it with this very text."""
    is_theirs = note.state is VoiceState.APPROVED and note.approved_by_id == actor.id
    return is_theirs and note.text == _covered(note.entry, text)


def _covered(entry: Entry, text: str) -> str:
    """``text`` without what was ever blacked out of the entry.

    The pages of a recording say of no version that they began from it.
    """
    return covering.covered_line(entry, text, since=0)


def _with_paragraph(draft: Draft, text: str, box: str) -> Draft:
    if draft.kind is EntryKind.FORUM:
        forum = forum_text.parse(draft.body)
        notes = _joined(forum.notes, text)
        return replace(draft, body=forum_text.compose(replace(forum, notes=notes)))
    if draft.form in (None, LessonForm.FREE):
        return replace(draft, body=_joined(draft.body, text))
    if box not in {one.key for one in BOXES}:
        raise Invalid({"box": [_("This is not one of the choices.")]})
    parts = lesson_text.parse(draft.body)
    boxes = {**parts.boxes, box: _joined(parts.boxes.get(box, ""), text)}
    return replace(draft, body=lesson_text.compose(replace(parts, boxes=boxes)))


def _joined(before: str, text: str) -> str:
    return f"{before.rstrip()}\n\n{text}".lstrip()


def _origin_of(note: VoiceNote) -> Origin:
    typist = note.typist.display_name if note.typist else ""
    said = TOLD.format(speaker=note.speaker, typist=typist)
    return Origin(note=said, author_id=note.typist_id)


def _note_approval(actor: User, note: VoiceNote, text: str) -> None:
    note.state, note.text = VoiceState.APPROVED, text
    note.approved_by_id, note.approved_at = actor.id, now()
    _record(actor, AuditAction.VOICE_APPROVE, note, typist=note.typist_id)
    notices.note_answered(NoticeKind.VOICE_TYPED, voice=note.id)
    told = [one for one in (note.typist, note.upload.owner) if one is not None]
    notices.tell(told, NoticeKind.VOICE_APPROVED, note.entry, actor, voice=note.id)


def send_back(actor: User, note: VoiceNote, *, reason: str) -> VoiceNote:
    """Put it into the queue again; the typist is told why, and finds their text in the form."""
    ensure(actor, Permission.VOICE_APPROVE, note)
    reason = audit.clean_reason(reason)
    if is_blank(reason):
        raise Invalid({"reason": [_("Say why; the typist is told.")]})
    with transaction():
        locked = _locked(note)
        ensure(actor, Permission.VOICE_APPROVE, locked)
        locked.state, locked.reason = VoiceState.QUEUED, reason
        _keep_for_typist(locked)
        _record(actor, AuditAction.VOICE_SEND_BACK, locked, reason=reason)
        notices.note_answered(NoticeKind.VOICE_TYPED, voice=locked.id)
        if locked.typist is not None:
            notices.tell(
                [locked.typist],
                NoticeKind.VOICE_SENT_BACK,
                locked.entry,
                actor,
                voice=locked.id,
                note=reason,
            )
    return locked


def _keep_for_typist(note: VoiceNote) -> None:
    """Lay the text that is sent back beside its typist's unsaved texts.

    Anybody may type the recording now, and the note holds one text.
    """
    typist, form = note.typist, autosaves.form_of(note)
    may_type = typist is not None and can(typist, Permission.VOICE_TYPE, note)
    if typist is not None and may_type and autosaves.of(typist, form) is None:
        autosaves.keep(typist, form, [("text", note.text)], note=note)


def _locked(note: VoiceNote) -> VoiceNote:
    found = db.session.scalar(
        sa.select(VoiceNote)
        .where(VoiceNote.id == note.id)
        .with_for_update(of=VoiceNote)
        .execution_options(populate_existing=True)
    )
    if found is None or found.upload.state is UploadState.WITHDRAWN:
        raise NotFound(f"voice note {note.id} is gone")
    return found


def _record(
    actor: User, action: AuditAction, note: VoiceNote, *, reason: str = "", **details: object
) -> None:
    audit.record(actor, action, f"entry:{note.entry_id}", reason=reason, voice=note.id, **details)
