"""Recordings made on the spot, each with a SECRET in its tags; and hostile ones."""

from __future__ import annotations

import struct
from collections.abc import Callable

SECRET = b"SECRET-PLACE"
PAGE = b"<!doctype html><script>alert(1)</script>"


def wav(seconds: float = 2.0) -> bytes:
    samples = bytes(int(8000 * seconds))
    info = b"INFOIART" + struct.pack("<I", len(SECRET)) + SECRET
    chunks = [
        (b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)),
        (b"LIST", info),
        (b"data", samples),
    ]
    body = b"WAVE" + b"".join(name + struct.pack("<I", len(c)) + c for name, c in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def mp3(frames: int = 80) -> bytes:
    """Frames of 32 kbit/s at 24 kHz (0.024 s), an ID3v2 tag before and an ID3v1 tag behind."""
    frame = bytes([0xFF, 0xF3, 0x44, 0xC4]) + bytes(92)
    text = b"\x00" + SECRET
    inner = b"TPE1" + struct.pack(">IH", len(text), 0) + text
    head = b"ID3\x03\x00\x00" + bytes([0, 0, 0, len(inner)]) + inner
    return head + frame * frames + (b"TAG" + SECRET).ljust(128, b"\0")


def ogg(seconds: int = 3) -> bytes:
    """An Opus stream of one page a second."""
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 312, 48_000, 0, 0)
    tags = b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<II", 1, len(SECRET))
    pages = [ogg_page(head, 0, 0, kind=2), ogg_page(tags + SECRET, 0, 1)]
    for second in range(1, seconds + 1):
        pages.append(ogg_page(b"\xf8\xff\xfe" * 60, 48_000 * second + 312, second + 1))
    return b"".join(pages)


def ogg_page(packet: bytes, position: int, number: int, *, kind: int = 0) -> bytes:
    lengths = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
    head = b"OggS" + struct.pack("<BBqIII", 0, kind, position, 7, number, 0)
    return head + bytes([len(lengths)]) + lengths + packet


def element(identity: str, content: bytes) -> bytes:
    return bytes.fromhex(identity) + (1 << 56 | len(content)).to_bytes(8, "big") + content


def webm(
    seconds: int = 2, *, kind: int = 2, codec: bytes = b"A_OPUS", said: float | None = None
) -> bytes:
    """One cluster with a block each second; the head need not say how long it is."""
    blocks = b"".join(
        element("a3", b"\x81" + struct.pack(">hB", 1000 * second, 0x80) + b"\xf8\xff\xfe")
        for second in range(seconds + 1)
    )
    length = element("4489", struct.pack(">d", said)) if said is not None else b""
    info = element("2ad7b1", (1_000_000).to_bytes(3, "big")) + element("7ba9", SECRET) + length
    track = element("83", bytes([kind])) + element("86", codec) + element("536e", SECRET)
    tag = element("7373", element("67c8", element("45a3", b"GPS") + element("4487", SECRET)))
    segment = b"".join(
        [
            element("1549a966", info),
            element("1654ae6b", element("ae", track)),
            element("1254c367", tag),
            element("1f43b675", element("e7", b"\0") + blocks),
        ]
    )
    return element("1a45dfa3", element("4282", b"webm")) + element("18538067", segment)


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def m4a(
    seconds: int = 4, *, handler: bytes = b"soun", codec: bytes = b"mp4a", scale: int = 1000
) -> bytes:
    head = box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, scale, scale * seconds) + bytes(80))
    media = b"".join(
        [
            box(b"mdhd", struct.pack(">IIIII", 0, 0, 0, 48_000, 0) + bytes(4)),
            box(b"hdlr", bytes(8) + handler + bytes(13)),
            box(
                b"minf",
                box(b"stbl", box(b"stsd", bytes(4) + struct.pack(">I", 1) + box(codec, bytes(28)))),
            ),
        ]
    )
    place = box(b"udta", box(b"\xa9xyz", SECRET))
    moov = box(b"moov", head + box(b"trak", box(b"mdia", media)) + place)
    return box(b"ftyp", b"M4A \0\0\0\0M4A ") + moov + box(b"mdat", bytes(400))


#: kind -> (bytes, seconds, MIME type)
GOOD: dict[str, tuple[Callable[[], bytes], float, str]] = {
    "WebM": (webm, 2.0, "audio/webm"),
    "Ogg": (ogg, 3.0, "audio/ogg"),
    "M4A": (m4a, 4.0, "audio/mp4"),
    "MP3": (mp3, 1.92, "audio/mpeg"),
    "WAV": (wav, 2.0, "audio/wav"),
}

#: why -> (name, content, kind that the sender says, status), as in support/uploads.py
HOSTILE: dict[str, tuple[str, Callable[[], bytes], str, int]] = {
    "HTML as WebM": ("a.webm", lambda: PAGE, "voice", 415),
    "HTML behind the head of WebM": ("a.webm", lambda: b"\x1a\x45\xdf\xa3" + PAGE, "voice", 422),
    "HTML behind the head of MP3": ("a.mp3", lambda: b"ID3\x03\0\0\0\0\0\0" + PAGE, "voice", 422),
    "HTML behind a good MP3": ("a.mp3", lambda: mp3()[:-128] + PAGE, "voice", 422),
    "HTML behind a good Ogg": ("a.ogg", lambda: ogg() + PAGE, "voice", 422),
    "a photo as recording": ("a.webm", lambda: b"\xff\xd8\xff\xe0" + bytes(90), "voice", 415),
    "a program as recording": ("a.mp3", lambda: b"\x7fELF" + bytes(500), "voice", 415),
    "a recording as photo": ("a.jpg", webm, "photo", 415),
    "a recording as file": ("a.pdf", mp3, "file", 415),
    "HEIC as recording": ("a.m4a", lambda: b"\0\0\0\x18ftypheic" + bytes(12), "voice", 415),
    "AVI as WAV": ("a.wav", lambda: b"RIFF\x10\0\0\0AVI " + bytes(64), "voice", 415),
    "a film as WebM": ("a.webm", lambda: webm(kind=1, codec=b"V_VP8"), "voice", 415),
    "a film as M4A": ("a.m4a", lambda: m4a(handler=b"vide"), "voice", 415),
    "AMR in MP4": ("a.m4a", lambda: m4a(codec=b"samr"), "voice", 415),
    "Matroska": ("a.webm", lambda: webm().replace(b"webm", b"matr", 1), "voice", 415),
    "Vorbis in Ogg": ("a.ogg", lambda: ogg_page(b"\x01vorbis" + bytes(23), 0, 0), "voice", 415),
    "half a WebM": ("a.webm", lambda: webm()[:-9], "voice", 422),
    "half an Ogg": ("a.ogg", lambda: ogg()[:-9], "voice", 422),
    "half an M4A": ("a.m4a", lambda: m4a()[:-9], "voice", 422),
    "half a WAV": ("a.wav", lambda: wav()[:-9], "voice", 422),
    "the head of an MP3": ("a.mp3", lambda: mp3()[:40], "voice", 422),
    "nine days by its head": ("a.webm", lambda: webm(said=8e8), "voice", 413),
    "more ticks than there is time": ("a.webm", lambda: webm(said=float("inf")), "voice", 422),
    "no number of ticks": ("a.webm", lambda: webm(said=float("nan")), "voice", 422),
    "a century as M4A": ("a.m4a", lambda: m4a(3600 * 1000), "voice", 413),
    "a box of four gigabytes": (
        "a.m4a",
        lambda: box(b"ftyp", b"M4A ") + struct.pack(">I4s", 0xFFFFFFFF, b"moov") + bytes(64),
        "voice",
        422,
    ),
    "boxes within boxes": (
        "a.m4a",
        lambda: box(b"ftyp", b"M4A ") + nested(40),
        "voice",
        422,
    ),
    "an empty WAV": ("a.wav", lambda: wav(0), "voice", 422),
    "a path as name of a recording": ("../../etc/passwd.webm", webm, "voice", 422),
    "a recording over the limit": ("a.webm", lambda: webm() + bytes(20_000_001), "voice", 413),
}


def nested(depth: int) -> bytes:
    return box(b"moov", nested(depth - 1)) if depth else b""
