"""Photos and files made on the spot, good ones and hostile ones."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image

from tests.support import sounds

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Override PartName="{part}" ContentType="application/vnd.openxmlformats-'
    'officedocument.{kind}.main+xml"/></Types>'
)
RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="{part}"/></Relationships>'
)
WORDS = (
    '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/'
    'wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body>'
    "</w:document>"
)
CELLS = (
    '<?xml version="1.0"?><sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<si><t>{text}</t></si></sst>"
)


def photo(kind: str = "JPEG", size: tuple[int, int] = (640, 400), *, orientation: int = 1) -> bytes:
    """A gradient; a JPEG carries GPS, a camera's name and a comment."""
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    image.paste((200, 30, 60), (0, 0, size[0] // 4, size[1] // 4))
    out = io.BytesIO()
    if kind == "JPEG":
        exif = Image.Exif()
        exif[0x0112], exif[0x010F] = orientation, "SECRET-CAMERA"
        exif.get_ifd(0x8825)[2] = (8.0, 25.0, 30.0)
        image.save(out, kind, exif=exif, comment=b"SECRET-COMMENT", quality=85)
    else:
        image.save(out, kind)
    return out.getvalue()


def archive(members: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


def docx(text: str = "คำ", **more: bytes | str) -> bytes:
    part = "word/document.xml"
    return archive(
        {
            "[Content_Types].xml": CONTENT_TYPES.format(
                part=f"/{part}", kind="wordprocessingml.document"
            ),
            "_rels/.rels": RELATIONS.format(part=part),
            part: WORDS.format(text=text),
            **more,
        }
    )


def xlsx(text: str = "คำ") -> bytes:
    part = "xl/workbook.xml"
    return archive(
        {
            "[Content_Types].xml": CONTENT_TYPES.format(
                part=f"/{part}", kind="spreadsheetml.sheet"
            ),
            "_rels/.rels": RELATIONS.format(part=part),
            "xl/sharedStrings.xml": CELLS.format(text=text),
        }
    )


def pdf(text: str = "villagers", *, extra: bytes = b"", kids: bytes = b"3 0 R") -> bytes:
    """A PDF of one page, with a good table of objects."""
    stream = f"BT /F1 12 Tf 20 100 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R " + extra + b">>",
        b"<< /Type /Pages /Count 1 /Kids [" + kids + b"] >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(stream)).encode() + b" >>\nstream\n" + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += str(number).encode() + b" 0 obj\n" + content + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    head = b"xref\n0 6\n0000000000 65535 f \n"
    end = b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    return out + head + table + end


def locked_pdf() -> bytes:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf())))
    writer.encrypt("secret", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG that says it is so large, with whatever pixels."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def broken_png() -> bytes:
    good = bytearray(photo("PNG"))
    good[len(good) // 2] ^= 0xFF
    return bytes(good)


def stored(name: str, size: int) -> bytes:
    """An archive with one member that unpacks to ``size`` zero bytes."""
    return docx(**{name: bytes(size)})


ENTITIES = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
PAGE = b"<!doctype html><script>alert(1)</script>"

#: why -> (name, content, kind that the sender says, status)
Case = tuple[str, Callable[[], bytes], str, int]
HOSTILE: dict[str, Case] = {
    "no bytes": ("a.jpg", lambda: b"", "photo", 422),
    "over the limit": ("a.jpg", lambda: b"\xff\xd8\xff" + bytes(20_000_001), "photo", 413),
    "a pixel bomb as PNG": ("a.png", lambda: png(60_000, 60_000), "photo", 413),
    "41 megapixels of nothing": ("a.png", lambda: png(8_200, 5_000), "photo", 413),
    "one row, very long": ("a.png", lambda: png(2_000_000, 1), "photo", 413),
    "a pixel bomb as GIF": (
        "a.gif",
        lambda: (
            b"GIF89a"
            + struct.pack("<HH", 65_535, 65_535)
            + b"\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\0;"
        ),
        "photo",
        413,
    ),
    "a PNG without pixels": ("a.png", lambda: png(800, 800), "photo", 422),
    "a PNG with a wrong checksum": ("a.png", broken_png, "photo", 422),
    "half a JPEG": ("a.jpg", lambda: photo()[: len(photo()) // 2], "photo", 422),
    "the head of a JPEG": ("a.jpg", lambda: photo()[:20], "photo", 422),
    "half a WebP": ("a.webp", lambda: photo("WEBP")[:300], "photo", 422),
    "half a PNG": ("a.png", lambda: photo("PNG")[:400], "photo", 422),
    "SVG as JPEG": ("a.jpg", lambda: SVG, "photo", 415),
    "SVG": ("a.svg", lambda: SVG, "photo", 415),
    "HTML as JPEG": ("a.jpg", lambda: PAGE, "photo", 415),
    "GIF and script at once": ("a.gif", lambda: b"GIF89a/*" + PAGE + b"*/", "photo", 422),
    "JPEG and HTML at once": ("a.jpg", lambda: b"\xff\xd8\xff" + PAGE, "photo", 422),
    "HEIC as JPEG": ("a.jpg", lambda: b"\0\0\0\x18ftypheic" + bytes(64), "photo", 415),
    "TIFF as JPEG": ("a.jpg", lambda: photo("TIFF"), "photo", 415),
    "a program as JPEG": ("a.jpg", lambda: b"\x7fELF" + bytes(500), "photo", 415),
    "PDF as photo": ("a.jpg", pdf, "photo", 415),
    "a photo as PDF": ("a.pdf", photo, "file", 415),
    "HTML before PDF": ("a.pdf", lambda: PAGE + pdf(), "file", 415),
    "a PDF with a script": (
        "a.pdf",
        lambda: pdf(extra=b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >> "),
        "file",
        415,
    ),
    "a PDF whose pages turn in a circle": ("a.pdf", lambda: pdf(kids=b"2 0 R"), "file", 422),
    "half a PDF": ("a.pdf", lambda: pdf()[:200], "file", 422),
    "a PDF with a password": ("a.pdf", locked_pdf, "file", 422),
    "a zip bomb as Word": ("a.docx", lambda: stored("word/a.xml", 90_000_000), "file", 413),
    "five thousand members": (
        "a.docx",
        lambda: docx(**{f"word/{n}.xml": "" for n in range(5_000)}),
        "file",
        413,
    ),
    "a path out of the archive": ("a.docx", lambda: docx(**{"../../a.xml": "x"}), "file", 422),
    "Word with macros": ("a.docx", lambda: docx(**{"word/vbaProject.bin": "x"}), "file", 415),
    "entities in Word": ("a.docx", lambda: docx(**{"word/styles.xml": ENTITIES}), "file", 422),
    "another archive as Word": ("a.docx", lambda: archive({"a.exe": "MZ"}), "file", 415),
    "old Word": (
        "a.doc",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        "file",
        415,
    ),
    "a path as name": ("../../etc/passwd.jpg", photo, "photo", 422),
    "a Windows path as name": ("C:\\a\\b.jpg", photo, "photo", 422),
    "NUL in the name": ("a\x00.jpg", photo, "photo", 422),
    "a name that reads backwards": ("a\u202egpj.exe", photo, "photo", 422),
    "ESC in the name": ("a\x1b[2J.jpg", photo, "photo", 422),
    "markup in the name": ("<img src=x>.jpg", photo, "photo", 422),
    "two dots as name": ("..", photo, "photo", 422),
    "a name of 300 letters": ("ก" * 300 + ".jpg", photo, "photo", 422),
    **sounds.HOSTILE,
}
