"""Where the bytes of uploads lie: half-sent ones by token, kept ones by content.

    uploads/parts/<token>            what has arrived so far
    uploads/<ab>/<sha256>/<name>     480.webp, 1280.webp, 2048.webp, or "file"

Kept files come into being whole: written elsewhere, synced, renamed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from pathlib import Path

from flask import current_app

from app.formats.uploaded import SIZES


def root() -> Path:
    return Path(current_app.config["UPLOADS_DIR"])


def part_of(token: str) -> Path:
    """The half-sent file of a token of ours."""
    return root() / "parts" / token


def folder_of(sha256: str) -> Path:
    return root() / sha256[:2] / sha256


def size_of(sha256: str, side: int) -> Path:
    """One size of a photo."""
    return folder_of(sha256) / f"{side}.webp"


def file_of(sha256: str) -> Path:
    """A document as it was sent."""
    return folder_of(sha256) / "file"


def begin(token: str) -> None:
    """An empty file for what will arrive."""
    part_of(token).parent.mkdir(parents=True, exist_ok=True)
    part_of(token).touch(exist_ok=False)


def arrived(token: str) -> int:
    """Bytes of a token that are here."""
    try:
        return part_of(token).stat().st_size
    except FileNotFoundError:
        return 0


def append(token: str, offset: int, data: bytes) -> int:
    """Add ``data`` at ``offset`` if exactly so much is here; returns how much is here then."""
    with part_of(token).open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # the same part, sent twice at once, is written once
        here = file.seek(0, os.SEEK_END)
        if here != offset:
            return here
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
        return here + len(data)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def drop_part(token: str) -> None:
    part_of(token).unlink(missing_ok=True)
    shutil.rmtree(workshop(token), ignore_errors=True)


def workshop(token: str) -> Path:
    """A folder for what is being made of a token."""
    return part_of(token).with_suffix(".made")


def is_kept(sha256: str, *, is_photo: bool) -> bool:
    """Whether everything of this content is here already."""
    if not is_photo:
        return file_of(sha256).is_file()
    return all(size_of(sha256, side).is_file() for side in SIZES)


def keep(made: Path, sha256: str, name: str) -> None:
    """Move a finished file to its place, to last."""
    folder_of(sha256).mkdir(parents=True, exist_ok=True)
    with made.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(made, folder_of(sha256) / name)
    handle = os.open(folder_of(sha256), os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def kept_bytes(sha256: str) -> int:
    return sum(file.stat().st_size for file in folder_of(sha256).iterdir())


def forget(sha256: str) -> None:
    """Delete everything of a content."""
    shutil.rmtree(folder_of(sha256), ignore_errors=True)
