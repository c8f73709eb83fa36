"""The process that opens one file of a stranger, tells about it as JSON, and ends.

Started by ``app/formats/uploaded.py`` as a plain script, with its CPU seconds first.  It
imports nothing of ours but ``sounds``, which lies beside it and imports nothing itself;
libraries are imported by the verb that needs them.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import sys
import unicodedata
import warnings
import zipfile
from typing import Any

MOST_PIXELS = 40_000_000
SIZES = (480, 1280, 2048)
WEBP_QUALITY = 80
MEMORY_LIMIT = 1 << 30  # bytes of address space: 40 megapixels twice, with room
MOST_WRITTEN = 64 << 20  # bytes of one file
MOST_LETTERS = 100_000  # of a document's text
MOST_PAGES = 500
MOST_MEMBERS = 4_000  # files inside an office document
MOST_UNPACKED = 120 << 20  # bytes of them together
MOST_RATIO = 150  # unpacked to packed, of a member larger than 1 MiB

TYPES = {
    "wordprocessingml.document.main+xml": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    ),
    "spreadsheetml.sheet.main+xml": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    ),
}


class Refused(Exception):
    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def main(cpu_s: float, verb: str, *words: str) -> dict[str, Any]:
    limit(cpu_s)
    try:
        return VERBS[verb](*words)
    except Refused as refused:
        return {"code": refused.code, "detail": refused.detail}
    except (Exception, MemoryError) as error:  # boundary: whatever a decoder stumbles over
        return {"code": "damaged", "detail": f"{type(error).__name__}: {error}"[:200]}


def limit(cpu_s: float) -> None:
    """SIGPROF ends this process when its CPU time is used up."""
    signal.setitimer(signal.ITIMER_PROF, cpu_s)
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
        resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_WRITTEN, MOST_WRITTEN))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, OSError, ValueError):  # not every system has the limits
        pass


# -- photos ------------------------------------------------------------------------------------


def opened(path: str, kind: str) -> Any:
    """The first frame of a photo of a named format, not decoded yet."""
    from PIL import Image, ImageFile

    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # our own limit says which fault it is
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    image = Image.open(path, formats=[kind])
    if image.width * image.height > MOST_PIXELS or max(image.size) > 30_000:
        raise Refused("pixels", f"{image.width}x{image.height}")
    return image


def look_photo(path: str, kind: str) -> dict[str, Any]:
    """Read every byte of it once, as small as the format allows."""
    image = opened(path, kind)
    size = image.size
    if kind == "PNG":
        image.verify()  # the checksums of all chunks
        image = opened(path, kind)
    elif kind == "JPEG":
        image.draft("RGB", (size[0] // 8 or 1, size[1] // 8 or 1))
    image.load()
    return {"width": size[0], "height": size[1]}


def make_photo(path: str, kind: str, folder: str) -> dict[str, Any]:
    from PIL import Image, ImageOps

    image = opened(path, kind)
    if kind == "JPEG":
        image.draft("RGB", (SIZES[-1], SIZES[-1]))
    image.load()
    profile = image.info.get("icc_profile")
    orientation = image.getexif().get(0x0112, 1)
    image = plain(image)
    image.thumbnail((SIZES[-1], SIZES[-1]), Image.Resampling.BICUBIC, reducing_gap=1.5)
    image = in_common_colours(image, profile)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.info = {"exif": exif.tobytes()} if orientation != 1 else {}
    image = ImageOps.exif_transpose(image)
    largest = image.size
    for side in reversed(SIZES):
        image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
        image.info = {}
        target = os.path.join(folder, f"{side}.webp")
        image.save(
            target, "WEBP", quality=WEBP_QUALITY, method=2, exif=b"", icc_profile=b"", xmp=b""
        )
    return {"width": largest[0], "height": largest[1]}


def plain(image: Any) -> Any:
    """The pixels alone, as RGB or RGBA."""
    has_alpha = image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")


def in_common_colours(image: Any, profile: bytes | None) -> Any:
    """Brought from the camera's colours to sRGB, as pages expect; as it is where that fails."""
    if not profile or len(profile) > 1 << 20:
        return image
    try:
        import io

        from PIL import ImageCms

        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode=image.mode)
    except Exception:  # boundary: a strange profile is no reason to lose a photo
        return image


# -- documents ---------------------------------------------------------------------------------


def reader_of(path: str) -> Any:
    import logging

    logging.disable(logging.CRITICAL)
    from pypdf import PdfReader

    reader = PdfReader(path, strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Refused("locked")
    return reader


def look_pdf(path: str) -> dict[str, Any]:
    with open(path, "rb") as file:
        content = file.read()
    if b"%%EOF" not in content[-2048:]:
        raise Refused("damaged", "no end")
    if re.search(rb"/(?:JavaScript|Launch|EmbeddedFile|RichMedia)\b", content):
        raise Refused("active")
    reader = reader_of(path)
    if len(reader.pages) == 0:
        raise Refused("damaged", "no pages")
    reader.pages[0].mediabox  # noqa: B018  a tree of pages that leads nowhere raises here
    return {"mime": "application/pdf"}


def look_office(path: str) -> dict[str, Any]:
    with checked(path) as archive:
        with archive.open("[Content_Types].xml") as file:
            types = file.read(1 << 20).decode("utf-8", "replace")
        if any("vbaProject" in name for name in archive.namelist()) or "macroEnabled" in types:
            raise Refused("macros")
        for sign, mime in TYPES.items():
            if sign in types:
                for member in archive.infolist():
                    refuse_entities(archive, member)
                return {"mime": mime}
    raise Refused("unknown_file", "no Word or Excel")


def checked(path: str) -> zipfile.ZipFile:
    """An archive whose directory promises nothing unreasonable."""
    archive = zipfile.ZipFile(path)
    members = archive.infolist()
    if len(members) > MOST_MEMBERS or sum(one.file_size for one in members) > MOST_UNPACKED:
        raise Refused("bomb")
    for one in members:
        if one.file_size > 1 << 20 and one.file_size > MOST_RATIO * max(1, one.compress_size):
            raise Refused("bomb", one.filename)
        if one.filename.startswith(("/", "\\")) or ".." in one.filename.split("/"):
            raise Refused("damaged", "a path")
        if one.flag_bits & 1:
            raise Refused("locked")
    if "[Content_Types].xml" not in archive.namelist():
        raise Refused("unknown_file", "another archive")
    return archive


def refuse_entities(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Office programs write no DOCTYPE; one can only do harm."""
    if member.filename.lower().endswith((".xml", ".rels")):
        with archive.open(member) as file:
            head = file.read(4096)
        if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
            raise Refused("damaged", "a document type")


def text(path: str, kind: str) -> dict[str, Any]:
    found = {"pdf": text_of_pdf, "docx": text_of_docx, "xlsx": text_of_xlsx}[kind](path)
    cleaned = "".join(
        sign
        for sign in unicodedata.normalize("NFC", found[: 2 * MOST_LETTERS])
        if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs", "Co", "Cn")
    )
    lines = (" ".join(line.split()) for line in cleaned.split("\n"))
    return {"text": "\n".join(line for line in lines if line)[:MOST_LETTERS]}


def text_of_pdf(path: str) -> str:
    pieces: list[str] = []
    letters = 0
    for number, page in enumerate(reader_of(path).pages):
        if number >= MOST_PAGES or letters > MOST_LETTERS:
            break
        pieces.append(page.extract_text())
        letters += len(pieces[-1])
    return "\n".join(pieces)


def text_of_docx(path: str) -> str:
    import mammoth

    checked(path).close()
    with open(path, "rb") as file:
        return str(mammoth.extract_raw_text(file).value)


def text_of_xlsx(path: str) -> str:
    with checked(path) as archive:
        names = archive.namelist()
        wanted = [name for name in ("xl/sharedStrings.xml",) if name in names]
        wanted += sorted(name for name in names if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name))
        pieces: list[str] = []
        letters = 0
        for name in wanted:
            for piece in cells(archive, name):
                pieces.append(piece)
                letters += len(piece)
                if letters > MOST_LETTERS:
                    return "\n".join(pieces)
    return "\n".join(pieces)


def cells(archive: zipfile.ZipFile, name: str) -> Any:
    """The texts (<t>) of a part of a workbook; numbers tell a search nothing."""
    from lxml import etree

    with archive.open(name) as file:
        events = etree.iterparse(
            file, events=("end",), resolve_entities=False, no_network=True, huge_tree=False
        )
        for _event, element in events:
            if etree.QName(element).localname == "t" and element.text:
                yield element.text
            element.clear()


# -- recordings --------------------------------------------------------------------------------


def sound_of(path: str) -> Any:
    """A recording without what it told: sounds.Sound."""
    sys.path.append(os.path.dirname(__file__))
    sounds = importlib.import_module("sounds")
    with open(path, "rb") as file:
        content = file.read()
    try:
        return sounds.cleaned(content)
    except sounds.Fault as fault:
        raise Refused(fault.code, fault.detail) from fault


def look_sound(path: str) -> dict[str, Any]:
    sound = sound_of(path)
    return {"mime": sound.mime, "seconds": sound.seconds}


def make_sound(path: str, made: str) -> dict[str, Any]:
    with open(made, "wb") as file:
        file.write(sound_of(path).content)
    return {}


VERBS: dict[str, Any] = {
    "look-photo": look_photo,
    "make-photo": make_photo,
    "look-pdf": look_pdf,
    "look-office": look_office,
    "text": text,
    "look-sound": look_sound,
    "make-sound": make_sound,
}


if __name__ == "__main__":
    answer = main(float(sys.argv[1]), *sys.argv[2:])
    sys.stdout.write(json.dumps(answer))
