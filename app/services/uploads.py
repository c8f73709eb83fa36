"""Photos, files and recordings: received in parts, looked at, prepared by the worker, withdrawn.

``begin`` gives a token, ``append`` adds bytes at an offset, ``finish`` looks at the whole
and answers at once; a job makes the sizes of a photo or takes the text of a document.  A
line that breaks costs the part under way: whoever sends asks how much is here and goes on.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid, Refused
from app.formats import uploaded
from app.formats.uploaded import Unusable
from app.models import EntryUpload, Upload, User
from app.policy import Permission, ensure
from app.queries import uploads as upload_queries
from app.services import audit, changes, jobs, settings, throttles
from app.services import upload_files as files
from app.text.cleaning import UncleanText, clean_line
from app.vocabulary import AuditAction, JobKind, PhotoConsent, UploadKind, UploadState

MEGABYTE = 1_000_000
MOST_BYTES = 20 * MEGABYTE  # of one photo or file
#: Bytes of one part: ten seconds on a line of 200 kbit/s, and the most that is taken.
PART_BYTES, MOST_PART_BYTES = 256 * 1024, 2 * 1024 * 1024
MOST_NAME = 150  # letters
MOST_ALT = 500
#: What has not arrived by then is forgotten.
ARRIVING_FOR = timedelta(days=1)

#: Path separators, controls, and the marks that turn the order of letters around.
_BAD_IN_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def begin(actor: User, *, name: str, size: int, kind: UploadKind) -> Upload:
    """Announce a photo or file of ``size`` bytes.

    :raises Refused: for its name or size, or because the quota is full.
    """
    ensure(actor, Permission.UPLOAD_CREATE)
    cleaned = checked_name(name)
    if size <= 0:
        raise Refused(422, _("This file is empty. Choose another one."))
    if size > MOST_BYTES:
        raise too_big()
    throttles.hit(
        "upload", str(actor.id), limit=int(settings.get("uploads_per_hour")), window_s=3600
    )
    token = secrets.token_urlsafe(24)
    with transaction():
        db.session.execute(sa.select(User.id).where(User.id == actor.id).with_for_update())
        if upload_queries.used_bytes(actor) + size > quota():
            raise Refused(
                413,
                _(
                    "Your room of %(mb)d MB for photos and files is full. Delete some on the "
                    "page of your files, then send this one again. Your text is safe.",
                    mb=quota() // MEGABYTE,
                ),
            )
        upload = Upload(
            owner_id=actor.id,
            token=token,
            kind=kind,
            state=UploadState.ARRIVING,
            name=cleaned,
            size=size,
            # A document is attached to be read; a picture may show somebody.
            consent=PhotoConsent.YES if kind is UploadKind.FILE else PhotoConsent.NOT_ASKED,
            created_at=now(),
        )
        db.session.add(upload)
        files.begin(token)
    return upload


def too_big() -> Refused:
    return Refused(
        413,
        _(
            "This is larger than %(mb)d MB. Make it smaller, or choose another one.",
            mb=MOST_BYTES // MEGABYTE,
        ),
    )


def quota() -> int:
    """Bytes that one account may keep."""
    return int(settings.get("upload_quota_mb")) * MEGABYTE


def checked_name(name: str) -> str:
    """A file name that is safe to show and to send; Refused for one that hides something."""
    try:
        cleaned = clean_line(name)
    except UncleanText:
        cleaned = ""
    if (
        not cleaned
        or len(cleaned) > MOST_NAME
        or cleaned.strip(". ") == ""
        or cleaned.startswith("..")
        or _BAD_IN_NAME.search(name)
    ):
        raise Refused(
            422,
            _(
                "The name of this file holds signs that cannot be kept, or is too long. "
                "Give it a short plain name and send it again."
            ),
        )
    return cleaned


def append(actor: User, token: str, *, offset: int, data: bytes) -> int:
    """Add a part; returns how much is here, which tells where to go on.

    A part at another place than the end is not taken.
    """
    upload = upload_queries.get_own(actor, token)
    if upload.state is not UploadState.ARRIVING:
        return upload.size
    if len(data) > MOST_PART_BYTES or offset + len(data) > upload.size:
        raise too_big()
    return files.append(token, offset, data)


def arrived(actor: User, token: str) -> int:
    """Bytes of an upload that are here."""
    upload = upload_queries.get_own(actor, token)
    return files.arrived(token) if upload.state is UploadState.ARRIVING else upload.size


def finish(actor: User, token: str) -> Upload:
    """Look at what has arrived and hand it to the worker.  Asked twice, it is done once.

    :raises Refused: it is not of a kind that is taken, or not whole; nothing of it is kept.
    """
    upload = upload_queries.get_own(actor, token)
    if upload.state is not UploadState.ARRIVING:
        return upload
    if files.arrived(token) != upload.size:
        raise Refused(409, _("Not all of it has arrived yet. It goes on by itself."))
    try:
        looked = _look(upload.kind, files.part_of(token))
    except Unusable as fault:
        cancel(actor, token)
        raise refusal(fault.code) from fault
    sha256 = files.sha256_of(files.part_of(token))
    with transaction():
        upload = upload_queries.get_own(actor, token)
        if upload.state is UploadState.ARRIVING:
            upload.state, upload.sha256, upload.mime = UploadState.WAITING, sha256, looked.mime
            upload.width, upload.height = looked.width, looked.height
            upload.seconds = looked.seconds
            jobs.enqueue(JobKind.UPLOAD, f"upload:{upload.id}", {"upload": upload.id})
            audit.record(actor, AuditAction.UPLOAD, f"upload:{upload.id}")
    return upload


def _look(kind: UploadKind, path: Path) -> uploaded.Looked:
    look = {
        UploadKind.PHOTO: uploaded.look_at_photo,
        UploadKind.FILE: uploaded.look_at_file,
        UploadKind.VOICE: uploaded.look_at_sound,
    }
    return look[kind](path)


def receive(actor: User, *, name: str, stream: IO[bytes], kind: UploadKind | None) -> Upload:
    """Take a whole file at once, as a plain form sends it.

    :param kind: None: whatever its content says.
    """
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(0)
    if kind is None:
        kind = _kind_of(stream.read(64))
        stream.seek(0)
    token = begin(actor, name=name, size=size, kind=kind).token
    offset = 0
    while data := stream.read(MOST_PART_BYTES):
        offset = append(actor, token, offset=offset, data=data)
    return finish(actor, token)


def _kind_of(head: bytes) -> UploadKind:
    try:
        uploaded.photo_type(head)
    except Unusable as fault:
        return UploadKind.PHOTO if fault.code == "heic" else UploadKind.FILE
    return UploadKind.PHOTO


def cancel(actor: User, token: str) -> None:
    """Forget an upload that has not been finished."""
    with transaction() as session:
        upload = upload_queries.get_own(actor, token)
        is_arriving = upload.state is UploadState.ARRIVING
        if is_arriving:
            session.delete(upload)
    if is_arriving:
        files.drop_part(token)


def refusal(code: str) -> Refused:
    """What to say of a file that is not taken, and with which status."""
    damaged = _("This file is damaged or not whole. Take it again from where it came from.")
    sentences = {
        "heic": (
            415,
            _(
                "Photos of the kind HEIC cannot be read here. On the phone choose "
                "Settings, Camera, Formats, Most Compatible, or send it as JPEG."
            ),
        ),
        "not_a_photo": (415, _("This is no photo that can be shown: JPEG, PNG, WebP or GIF.")),
        "unknown_file": (
            415,
            _("This kind of file is not taken: PDF, Word or Excel (.docx, .xlsx)."),
        ),
        "old_office": (
            415,
            _("Old .doc and .xls files are not taken. Save it as .docx, .xlsx or PDF."),
        ),
        "unknown_sound": (
            415,
            _(
                "This is no recording that can be played: WebM or Ogg (Opus), "
                "M4A (AAC), MP3 or WAV."
            ),
        ),
        "video": (415, _("There is a picture in this recording. Send the sound alone.")),
        "too_long": (
            413,
            _(
                "This is longer than %(minutes)d minutes. Send it in parts.",
                minutes=uploaded.MOST_SECONDS // 60,
            ),
        ),
        "macros": (415, _("This file carries programs (macros). Save it without them.")),
        "active": (415, _("This PDF carries programs or other files. Print it to a new PDF.")),
        "pixels": (
            413,
            _(
                "This photo has more than %(mp)d megapixels. Make it smaller first.",
                mp=uploaded.MOST_PIXELS // 1_000_000,
            ),
        ),
        "bomb": (413, _("Unpacked, this file is far too large. Save it anew, or as PDF.")),
        "locked": (422, _("This file has a password. Save it without one.")),
        "slow": (422, _("This file is too hard to read. Save it anew, or as PDF.")),
    }
    status, said = sentences.get(code, (422, damaged))
    return Refused(status, said)


def describe(
    actor: User, upload: Upload, *, alt: str, consent: PhotoConsent, has_child: bool
) -> Upload:
    """Keep the words for a photo, whether the people in it agreed, and the child mark."""
    try:
        cleaned = clean_line(alt)
    except UncleanText as error:
        raise Invalid({"alt": [_("The text holds signs that cannot be kept.")]}) from error
    if len(cleaned) > MOST_ALT:
        said = _("Too long: %(n)d letters; at most %(most)d.", n=len(cleaned), most=MOST_ALT)
        raise Invalid({"alt": [said]})
    with transaction():
        upload = _locked(upload)
        ensure(actor, Permission.UPLOAD_EDIT, upload)
        if upload.consent is not consent:
            audit.record(
                actor, AuditAction.UPLOAD_CONSENT, f"upload:{upload.id}", consent=consent.value
            )
        upload.alt, upload.consent, upload.has_child = cleaned, consent, has_child
        _tell_entries(upload)
    return upload


def withdraw(actor: User, upload: Upload, *, reason: str = "") -> Upload:
    """Make it vanish: every size, every page; the row stays to say so."""
    with transaction():
        upload = _locked(upload)
        ensure(actor, Permission.UPLOAD_EDIT, upload)
        take_away(actor, upload, reason=reason)
    return upload


def take_away(actor: User | None, upload: Upload, *, reason: str = "") -> None:
    """``withdraw``, in the transaction of somebody who has asked whether ``actor`` may.

    Nobody gets it any more once that is committed; then a job deletes its bytes, which no
    rollback would bring back.

    :param actor: None: the machine, which empties the bin.
    """
    said = audit.clean_reason(reason)
    upload = _locked(upload)
    if upload.state is UploadState.WITHDRAWN:
        return
    upload.state, upload.withdrawn_at = UploadState.WITHDRAWN, now()
    upload.alt = upload.name = upload.text = ""
    audit.record(actor, AuditAction.UPLOAD_WITHDRAW, f"upload:{upload.id}", reason=said)
    _tell_entries(upload)
    jobs.enqueue(JobKind.UPLOAD, f"upload:{upload.id}", {"upload": upload.id})


def _locked(upload: Upload) -> Upload:
    return db.session.execute(
        sa.select(Upload)
        .where(Upload.id == upload.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def _others_keep(sha256: str) -> bool:
    wanted = sa.select(Upload.id).where(
        Upload.sha256 == sha256, Upload.state.in_(upload_queries.USABLE)
    )
    return db.session.scalar(wanted.limit(1)) is not None


def _tell_entries(upload: Upload) -> None:
    """The pages and search documents of the entries that use it differ from now on."""
    changes.append_for(
        sa.select(EntryUpload.entry_id).where(
            EntryUpload.upload_id == upload.id, upload_queries.is_used()
        )
    )


# -- the worker's part ------------------------------------------------------------------------


def prepare(upload_id: int) -> None:
    """Make the sizes of a photo, take the text of a document, strip a recording; twice is once.

    Of an upload that was withdrawn the bytes are deleted.  Nobody but the one worker writes
    or deletes what is kept, so an upload of the same content is not met half-way.
    """
    upload = db.session.get(Upload, upload_id)
    if upload is not None and upload.state is UploadState.WITHDRAWN:
        _forget_bytes(upload)
    if upload is None or upload.state is not UploadState.WAITING:
        return
    token, sha256 = upload.token, upload.sha256
    kind, text, fault = upload.kind, "", ""
    size = (upload.width, upload.height)
    try:
        if kind is UploadKind.PHOTO:
            size = _make_sizes(token, sha256, size)
        elif kind is UploadKind.VOICE:
            _strip_sound(token, sha256)
        else:
            text = _take_text(token, sha256, upload.mime)
    except (Unusable, FileNotFoundError) as error:
        fault = error.code if isinstance(error, Unusable) else "damaged"
    with transaction():
        upload = _locked(upload)
        if upload.state is UploadState.WAITING:
            upload.state = UploadState.REFUSED if fault else UploadState.READY
            upload.fault, upload.text = fault, text
            upload.width, upload.height = size
            upload.size = 0 if fault else files.kept_bytes(sha256)
            _tell_entries(upload)
    files.drop_part(token)  # if it was withdrawn meanwhile, its job comes again


def _forget_bytes(upload: Upload) -> None:
    if upload.sha256 and not _others_keep(upload.sha256):
        files.forget(upload.sha256)
    files.drop_part(upload.token)


def _make_sizes(token: str, sha256: str, size: tuple[int, int]) -> tuple[int, int]:
    if files.is_kept(sha256, is_photo=True):
        known = db.session.execute(
            sa.select(Upload.width, Upload.height).where(
                Upload.sha256 == sha256, Upload.state == UploadState.READY
            )
        ).first()
        if known is not None:
            return known.width, known.height
    made = files.workshop(token)
    made.mkdir(parents=True, exist_ok=True)
    size = uploaded.prepare_photo(files.part_of(token), made)
    for side in uploaded.SIZES:
        files.keep(made / f"{side}.webp", sha256, f"{side}.webp")
    return size


def _strip_sound(token: str, sha256: str) -> None:
    if files.is_kept(sha256, is_photo=False):
        return
    made = files.workshop(token)
    made.mkdir(parents=True, exist_ok=True)
    uploaded.prepare_sound(files.part_of(token), made / "sound")
    files.keep(made / "sound", sha256, "file")


def _take_text(token: str, sha256: str, mime: str) -> str:
    if not files.is_kept(sha256, is_photo=False):
        files.keep(files.part_of(token), sha256, "file")
    try:
        return uploaded.text_of(files.file_of(sha256), mime)
    except Unusable:
        return ""  # it can be opened by people, though not searched


def sweep() -> None:
    """Forget what began to arrive and never did."""
    old = sa.select(Upload).where(
        Upload.state == UploadState.ARRIVING, Upload.created_at < now() - ARRIVING_FOR
    )
    with transaction() as session:
        gone = session.scalars(old).all()
        tokens = [upload.token for upload in gone]
        for upload in gone:
            session.delete(upload)
    for token in tokens:
        files.drop_part(token)


def ids_of(words: Iterable[str]) -> list[int]:
    """Upload ids that a form carries; anything else is left out."""
    return [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 10]
