"""What strangers send: known by content, and opened only in a limited child.

Decoders are where hostile files bite, so nothing but their first bytes is looked at in
this process.  Each file gets a child process of its own with limits on CPU time, memory
and what it may write; a child that is stopped takes nothing with it.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.formats import sounds

#: Longest side in pixels of each size that is kept: lists, pages, large.
SIZES: Final = (480, 1280, 2048)
MOST_PIXELS: Final = 40_000_000
MOST_SECONDS: Final = 3600  # of a recording
#: Seconds of CPU for a first look, which somebody waits for, and for the work behind.
CHECK_CPU_S, WORK_CPU_S = 2.0, 10.0
#: Seconds after which a child is ended although a busy machine gave it no CPU.
CHECK_WALL_S, WORK_WALL_S = 8.0, 60.0

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PHOTOS: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/gif": "GIF"}
FILES: Final = {PDF: "pdf", DOCX: "docx", XLSX: "xlsx"}

_HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


class Unusable(Exception):
    """A file that is not taken; ``code`` names the reason for a sentence elsewhere.

    heic, not_a_photo, unknown_file, old_office, unknown_sound, video: of a kind that is not
    taken; pixels, bomb: too large once unpacked; too_long; macros, active: it carries programs;
    locked: it has a password; damaged; slow: it needs more time than it may have.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Looked:
    """What a first look tells: the type by content; pixels of a photo; seconds of a recording."""

    mime: str
    width: int = 0
    height: int = 0
    seconds: int = 0


def photo_type(head: bytes) -> str:
    """The MIME type of a photo by its first bytes (at least 32).

    :raises Unusable: heic, not_a_photo.
    """
    if head[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "image/gif"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        raise Unusable("heic")
    raise Unusable("not_a_photo")


def look_at_photo(path: Path) -> Looked:
    """Open a photo without keeping anything of it.

    :raises Unusable: heic, not_a_photo, pixels, damaged, slow.
    """
    mime = photo_type(_head(path))
    told = _ask(["look-photo", str(path), PHOTOS[mime]], CHECK_CPU_S, CHECK_WALL_S)
    return Looked(mime, int(told["width"]), int(told["height"]))


def look_at_file(path: Path) -> Looked:
    """Tell the type of a document by its content.

    :raises Unusable: unknown_file, old_office, bomb, macros, active, locked, damaged, slow.
    """
    head = _head(path)
    if head[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise Unusable("old_office")
    if head[:5] != b"%PDF-" and head[:4] != b"PK\x03\x04":
        raise Unusable("unknown_file")
    verb = "look-pdf" if head[:1] == b"%" else "look-office"
    return Looked(str(_ask([verb, str(path)], CHECK_CPU_S, CHECK_WALL_S)["mime"]))


def look_at_sound(path: Path) -> Looked:
    """Tell the kind of a recording by its content, and how long it is; at least one second.

    :raises Unusable: unknown_sound, video, too_long, damaged, slow.
    """
    try:
        sounds.sound_type(_head(path))
    except sounds.Fault as fault:
        raise Unusable(fault.code) from fault
    told = _ask(["look-sound", str(path)], CHECK_CPU_S, CHECK_WALL_S)
    if told["seconds"] > MOST_SECONDS:
        raise Unusable("too_long", f"{told['seconds']:.0f} s")
    return Looked(str(told["mime"]), seconds=max(1, round(told["seconds"])))


def prepare_sound(path: Path, made: Path) -> None:
    """Write a recording to ``made`` without what it told beside its sound.

    :raises Unusable: damaged, slow.
    """
    _ask(["make-sound", str(path), str(made)], WORK_CPU_S, WORK_WALL_S)


def prepare_photo(path: Path, folder: Path) -> tuple[int, int]:
    """Write ``<size>.webp`` for each of SIZES into ``folder``: upright, without metadata.

    :returns: (width, height) of the largest, in pixels.
    :raises Unusable: pixels, damaged, slow.
    """
    mime = photo_type(_head(path))
    words = ["make-photo", str(path), PHOTOS[mime], str(folder)]
    told = _ask(words, WORK_CPU_S, WORK_WALL_S)
    return int(told["width"]), int(told["height"])


def text_of(path: Path, mime: str) -> str:
    """The words of a document, for search; at most some 100,000 letters.

    :raises Unusable: damaged, slow, locked.
    """
    return str(_ask(["text", str(path), FILES[mime]], WORK_CPU_S, WORK_WALL_S)["text"])


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64)


def _ask(words: list[str], cpu_s: float, wall_s: float) -> dict[str, Any]:
    # By its path and with -P: as a module it would import the whole site.
    script = Path(__file__).with_name("uploaded_child.py")
    command = [sys.executable, "-P", str(script), str(cpu_s), *words]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=wall_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise Unusable("slow", "wall") from error
    if done.returncode in (-signal.SIGPROF, -signal.SIGXCPU):
        raise Unusable("slow", "cpu")
    try:
        told: dict[str, Any] = json.loads(done.stdout)
    except ValueError as error:
        raise Unusable("damaged", done.stderr.decode("utf-8", "replace")[-200:]) from error
    if "code" in told:
        raise Unusable(str(told["code"]), str(told.get("detail", "")))
    return told
