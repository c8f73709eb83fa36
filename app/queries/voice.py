"""Reading voice notes: of a draft by its writers, in the queue by every member."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.db import db
from app.errors import NotFound
from app.models import Entry, Upload, User, VoiceNote
from app.policy import Permission, can
from app.queries.uploads import USABLE
from app.vocabulary import Status, UploadKind, UploadState, VoiceState

#: Where an entry stands of which recordings may be typed: neither hidden nor binned.
IN_HANDS = (Status.DRAFT, Status.WAITING, Status.PUBLISHED)


def get_note(viewer: User | None, note_id: int) -> VoiceNote:
    """The note of that id; NotFound when missing, or when it is no matter of ``viewer``."""
    note = db.session.get(VoiceNote, note_id) if note_id < 2**31 else None
    if note is None or not can(viewer, Permission.VOICE_SEE, note):
        raise NotFound(f"no voice note {note_id}")
    return note


def get_to_approve(viewer: User, note_id: int) -> VoiceNote:
    """The same, also for who approved it: a second press of the button finds it again."""
    note = db.session.get(VoiceNote, note_id) if note_id < 2**31 else None
    if note is not None and note.approved_by_id == viewer.id:
        return note
    return get_note(viewer, note_id)


def get_to_hear(viewer: User | None, note_id: int) -> VoiceNote:
    """A note that ``viewer`` may listen to, and of which there is something to hear."""
    note = get_note(viewer, note_id)
    if note.upload.state is not UploadState.READY or not can(viewer, Permission.VOICE_HEAR, note):
        raise NotFound(f"nothing to hear of voice note {note_id}")
    return note


def get_own_upload(owner: User, upload_id: int) -> Upload:
    """A recording that ``owner`` sent and that is there; NotFound for anything else."""
    found = db.session.scalar(
        sa.select(Upload).where(
            Upload.id == upload_id,
            Upload.owner_id == owner.id,
            Upload.kind == UploadKind.VOICE,
            Upload.state.in_(USABLE),
        )
    )
    if found is None:
        raise NotFound(f"no recording {upload_id}")
    return found


def of_sound(owner: User, entry: Entry, sha256: str) -> VoiceNote | None:
    """The newest note of an entry with these very bytes of ``owner``, if they are there."""
    return db.session.scalar(
        sa.select(VoiceNote)
        .join(Upload, Upload.id == VoiceNote.upload_id)
        .where(
            VoiceNote.entry_id == entry.id,
            Upload.owner_id == owner.id,
            Upload.sha256 == sha256,
            Upload.state.in_(USABLE),
        )
        .order_by(VoiceNote.id.desc())
        .limit(1)
    )


def of_entry(entry: Entry) -> Sequence[VoiceNote]:
    """What was recorded for an entry, the oldest first; what was withdrawn left no sound."""
    query = (
        sa.select(VoiceNote)
        .where(VoiceNote.entry_id == entry.id)
        .options(joinedload(VoiceNote.typist), joinedload(VoiceNote.claimed_by))
        .order_by(VoiceNote.created_at, VoiceNote.id)
    )
    return db.session.scalars(query).unique().all()


def typists_of(entry: Entry) -> list[User]:
    """Who typed what was said for an entry, each once, in the order of approval."""
    query = (
        sa.select(User)
        .join(VoiceNote, VoiceNote.typist_id == User.id)
        .where(VoiceNote.entry_id == entry.id, VoiceNote.state == VoiceState.APPROVED)
        .order_by(VoiceNote.approved_at, VoiceNote.id)
    )
    return list(dict.fromkeys(db.session.scalars(query).unique()))


def _within_sight(state: VoiceState) -> sa.Select[VoiceNote]:
    """The SQL twin of policy.is_within_sight, for notes in one state."""
    return (
        sa.select(VoiceNote)
        .join(Entry, Entry.id == VoiceNote.entry_id)
        .join(Upload, Upload.id == VoiceNote.upload_id)
        .where(
            VoiceNote.state == state,
            Entry.status.in_(IN_HANDS),
            Upload.state == UploadState.READY,
        )
        .options(contains_eager(VoiceNote.entry), contains_eager(VoiceNote.upload))
    )


def to_be_typed(*, limit: int = 50, offset: int = 0) -> Sequence[VoiceNote]:
    """The queue ฝากพิมพ์, the oldest first; every member may see it."""
    query = (
        _within_sight(VoiceState.QUEUED)
        .options(joinedload(VoiceNote.claimed_by))
        .order_by(VoiceNote.queued_at, VoiceNote.id)
        .limit(limit)
        .offset(offset)
    )
    return db.session.scalars(query).unique().all()


def to_be_approved(viewer: User, *, most: int = 200) -> list[VoiceNote]:
    """What was typed and waits for ``viewer``, the oldest first."""
    query = (
        _within_sight(VoiceState.TYPED)
        .options(joinedload(VoiceNote.typist))
        .order_by(VoiceNote.typed_at, VoiceNote.id)
        .limit(most)
    )
    found = db.session.scalars(query).unique()
    return [note for note in found if can(viewer, Permission.VOICE_APPROVE, note)]


def typed_by(viewer: User, *, limit: int = 20) -> Sequence[VoiceNote]:
    """What ``viewer`` has typed, the newest first."""
    query = (
        sa.select(VoiceNote)
        .join(Entry, Entry.id == VoiceNote.entry_id)
        .where(VoiceNote.typist_id == viewer.id, Entry.status.in_(IN_HANDS))
        .order_by(VoiceNote.typed_at.desc(), VoiceNote.id.desc())
        .limit(limit)
    )
    return db.session.scalars(query).unique().all()
