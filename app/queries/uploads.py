"""Reading uploads: who may see one, what an entry shows, what an account keeps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.db import db
from app.errors import NotFound
from app.models import Entry, EntryUpload, Upload, User
from app.policy import Permission, can, is_author, is_facilitator_here, is_moderator, is_owner
from app.queries.entries import readable_by
from app.vocabulary import PhotoConsent, UploadKind, UploadState

#: Uploads of which bytes are kept or expected; they count against the quota.
COUNTED = (UploadState.ARRIVING, UploadState.WAITING, UploadState.READY)
#: What can be put into a text: prepared, or about to be.
USABLE = (UploadState.WAITING, UploadState.READY)


def allows(upload: Upload, viewer: User | None, *, is_editor: bool) -> bool:
    """What consent says, of an upload in an entry that ``viewer`` may read.

    yes: everyone; not asked: members; no: those who look after it.  What was withdrawn
    nobody sees.
    """
    if upload.state not in USABLE:
        return False
    if is_editor or upload.consent is PhotoConsent.YES:
        return True
    is_member = viewer is not None and viewer.is_active
    return upload.consent is PhotoConsent.NOT_ASKED and is_member


def may_see(viewer: User | None, upload: Upload) -> bool:
    """The one rule: some entry that uses it is visible, and consent allows; or one's own.

    Who else hears a recording is the matter of its voice note (queries.voice).
    """
    if upload.kind is UploadKind.VOICE:
        return is_owner(viewer, upload) and upload.state in USABLE
    is_editor = can(viewer, Permission.UPLOAD_EDIT, upload)
    if is_editor or not allows(upload, viewer, is_editor=False):
        return is_editor and upload.state in USABLE
    used = sa.select(EntryUpload.entry_id).join(Entry, Entry.id == EntryUpload.entry_id)
    return (
        db.session.scalar(
            used.where(EntryUpload.upload_id == upload.id, is_used(), readable_by(viewer)).limit(1)
        )
        is not None
    )


def is_public(upload: Upload) -> bool:
    """Whether a stranger may see it, so that every cache may keep it."""
    return may_see(None, upload)


def get_visible(viewer: User | None, upload_id: int) -> Upload:
    """The upload of that id; NotFound when missing, withdrawn or hidden from ``viewer``."""
    upload = db.session.get(Upload, upload_id) if upload_id < 2**31 else None
    if upload is None or not may_see(viewer, upload):
        raise NotFound(f"no upload {upload_id}")
    return upload


def get_own(owner: User, token: str) -> Upload:
    """The upload that ``owner`` began under ``token``."""
    upload = db.session.scalar(
        sa.select(Upload).where(Upload.token == token, Upload.owner_id == owner.id)
    )
    if upload is None:
        raise NotFound("no such upload")
    return upload


def is_used() -> sa.ColumnElement[bool]:
    return sa.or_(EntryUpload.in_text, EntryUpload.is_listed)


def used_by(entry: Entry) -> list[EntryUpload]:
    """Every use of ``entry`` in its order, whoever may see it."""
    return list(
        db.session.scalars(
            sa.select(EntryUpload)
            .where(EntryUpload.entry_id == entry.id, is_used())
            .order_by(EntryUpload.position, EntryUpload.upload_id)
        )
    )


def shown_in(viewer: User | None, entry: Entry) -> list[EntryUpload]:
    """The uses of ``entry`` that ``viewer``, who may read it, sees."""
    found = used_by(entry)
    if not found:
        return []
    looks_after = (
        is_author(viewer, entry)
        or is_facilitator_here(viewer, entry)
        or is_moderator(viewer, entry)
    )
    return [
        use
        for use in found
        if allows(use.upload, viewer, is_editor=looks_after or is_owner(viewer, use.upload))
    ]


def first_public_photo(uses: Iterable[EntryUpload]) -> Upload | None:
    """The picture for a share card: ready, and shown to everyone by consent."""
    for use in uses:
        photo = use.upload
        if (
            photo.kind is UploadKind.PHOTO
            and photo.state is UploadState.READY
            and photo.consent is PhotoConsent.YES
        ):
            return photo
    return None


def own(owner: User, *, limit: int = 60, page: int = 1) -> Sequence[Upload]:
    """What an account keeps, newest first, with the entries that use each."""
    return db.session.scalars(
        sa.select(Upload)
        .where(Upload.owner_id == owner.id, Upload.state.in_((*USABLE, UploadState.REFUSED)))
        .order_by(Upload.created_at.desc(), Upload.id.desc())
        .options(selectinload(Upload.uses).joinedload(EntryUpload.entry))
        .limit(limit)
        .offset((page - 1) * limit)
    ).all()


def count_own(owner: User) -> int:
    wanted = sa.select(sa.func.count(Upload.id)).where(
        Upload.owner_id == owner.id, Upload.state.in_((*USABLE, UploadState.REFUSED))
    )
    return db.session.scalar(wanted) or 0


def used_bytes(owner: User) -> int:
    """Bytes that an account keeps or has announced."""
    total = sa.select(sa.func.coalesce(sa.func.sum(Upload.size), 0)).where(
        Upload.owner_id == owner.id, Upload.state.in_(COUNTED)
    )
    return int(db.session.scalar(total) or 0)


def of_ids(owner: User, ids: Iterable[int]) -> dict[int, Upload]:
    """Photos and files of ``owner`` among ``ids`` that a text can use, by id."""
    wanted = [one for one in ids if 0 < one < 2**31][:200]
    if not wanted:
        return {}
    rows = db.session.scalars(
        sa.select(Upload).where(
            Upload.id.in_(wanted),
            Upload.owner_id == owner.id,
            Upload.state.in_(USABLE),
            Upload.kind != UploadKind.VOICE,
        )
    )
    return {upload.id: upload for upload in rows}


def texts_of_files(entry_ids: Sequence[int]) -> dict[int, str]:
    """The words of attached files that everyone may open, by entry, for search."""
    rows = db.session.execute(
        sa.select(EntryUpload.entry_id, Upload.name, Upload.text)
        .join(Upload, Upload.id == EntryUpload.upload_id)
        .where(
            EntryUpload.entry_id.in_(entry_ids),
            is_used(),
            Upload.kind == UploadKind.FILE,
            Upload.state == UploadState.READY,
            Upload.consent == PhotoConsent.YES,
        )
        .order_by(EntryUpload.position, EntryUpload.upload_id)
    )
    found: dict[int, str] = {}
    for entry_id, name, text in rows:
        found[entry_id] = f"{found.get(entry_id, '')}\n{name}\n{text}"
    return found


_REFERENCE = re.compile(r"\]\(upload:([0-9]{1,9})\)")


def references(body: str) -> list[int]:
    """Ids of uploads that a text names, in order, each once."""
    return list(dict.fromkeys(int(found) for found in _REFERENCE.findall(body)))
