"""Recordings as strangers send them: known by content, measured, rid of what they tell.

Nothing is decoded.  Each kind is walked by its own lengths, which must lead exactly to its
end; what names people, places or days is blanked in its place, so that nothing moves.

    audio/webm  Opus       Matroska elements; tags, attachments and names become Void
    audio/ogg   Opus       pages; the comments of the second packet become padding
    audio/mp4   AAC, Opus  boxes; udta, meta and uuid become free
    audio/mpeg  layer III  frames alone; ID3 and APE tags around them are left out
    audio/wav   PCM        the chunks fmt and data alone

It imports nothing of ours: ``uploaded_child.py`` loads it by its name alone.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

WEBM, OGG, MP4 = "audio/webm", "audio/ogg", "audio/mp4"
MP3, WAV = "audio/mpeg", "audio/wav"


class Fault(Exception):
    """A recording that is not taken.

    ``code``: unknown_sound (of another kind), video (there is a picture in it), damaged.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording without what it told beside its sound."""

    mime: str
    seconds: float
    content: bytes


def sound_type(head: bytes) -> str:
    """The MIME type of a recording by its first bytes (at least 12).

    :raises Fault: unknown_sound.
    """
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return WEBM
    if head[:4] == b"OggS":
        return OGG
    if head[4:8] == b"ftyp":
        return MP4
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return WAV
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return MP3
    raise Fault("unknown_sound")


def cleaned(content: bytes) -> Sound:
    """``content`` measured, and without what it told.

    :raises Fault: unknown_sound, video, damaged.
    """
    mime = sound_type(content[:12])
    try:
        seconds, kept = _KINDS[mime](bytearray(content))
    except (struct.error, IndexError) as error:
        raise Fault("damaged", "it ends too early") from error
    if not (math.isfinite(seconds) and seconds > 0):
        raise Fault("damaged", "no sound")
    return Sound(mime, seconds, bytes(kept))


# -- WebM --------------------------------------------------------------------------------------

_EBML, _DOC_TYPE, _SEGMENT = 0x1A45DFA3, 0x4282, 0x18538067
_INFO, _TRACKS, _CLUSTER = 0x1549A966, 0x1654AE6B, 0x1F43B675
_SCALE, _DURATION = 0x2AD7B1, 0x4489
_TRACK, _TRACK_KIND, _CODEC = 0xAE, 0x83, 0x86
_AUDIO_TRACK = 2
_TIME, _BLOCK, _GROUP, _GROUP_BLOCK = 0xE7, 0xA3, 0xA0, 0xA1
_VOID, _CHECKSUM = 0xEC, 0xBF
#: Chapters, tags, attachments.
_TELLING_PARTS = frozenset({0x1043A770, 0x1254C367, 0x1941A469, _VOID, _CHECKSUM})
#: Of Info: title, day, names of files; of a track: its name.
_TELLING_FIELDS = frozenset({0x7BA9, 0x4461, 0x7384, 0x3C83AB, 0x3E83BB, 0x536E, _VOID, _CHECKSUM})
#: What ends a cluster that does not say how long it is: seek head, cues and the parts above.
_PARTS = _TELLING_PARTS - {_VOID, _CHECKSUM} | {0x114D9B74, 0x1C53BB6B, _INFO, _TRACKS, _CLUSTER}


@dataclass(frozen=True, slots=True)
class _Element:
    id: int
    start: int  # of its head
    body: int
    end: int
    is_open: bool  # it does not say how long it is


def _webm(data: bytearray) -> tuple[float, bytearray]:
    head = _element(data, 0, len(data))
    doc_type = [one for one in _elements(data, head.body, head.end) if one.id == _DOC_TYPE]
    if not doc_type or _text(data, doc_type[0]) != b"webm":
        raise Fault("unknown_sound", "Matroska that is no WebM")
    segment = _element(data, head.end, len(data))
    if segment.id != _SEGMENT:
        raise Fault("damaged", "no segment")
    scale, said, last, has_track = 1_000_000, 0.0, -1, False
    at = segment.body
    while at < segment.end:
        part = _element(data, at, segment.end)
        at = part.end
        if part.id == _INFO:
            scale, said = _info(data, part)
        elif part.id == _TRACKS:
            _check_tracks(data, part)
            has_track = True
        elif part.id == _CLUSTER:
            last_here, at = _last_block(data, part)
            last = max(last, last_here)
        elif part.id in _TELLING_PARTS:
            _make_void(data, part)
    if not has_track or last < 0:
        raise Fault("damaged", "no sound")
    return max(said, last, 1) * scale / 1e9, data[: segment.end]


def _element(data: bytearray, at: int, end: int) -> _Element:
    identity, body = _number(data, at, keeps_marker=True)
    size, body = _number(data, body, keeps_marker=False)
    is_open = size is None
    stop = end if size is None else body + size
    if identity is None or stop > end:
        raise Fault("damaged", f"an element at {at}")
    return _Element(identity, at, body, stop, is_open)


def _elements(data: bytearray, at: int, end: int) -> Iterator[_Element]:
    while at < end:
        found = _element(data, at, end)
        yield found
        at = found.end


def _number(data: bytearray, at: int, *, keeps_marker: bool) -> tuple[int | None, int]:
    """A number of one to eight bytes and where it ends; None: "unknown", all ones."""
    length = 9 - data[at].bit_length()
    if length > (4 if keeps_marker else 8) or at + length > len(data):
        raise Fault("damaged", f"a number at {at}")
    value = int.from_bytes(data[at : at + length], "big")
    if keeps_marker:
        return value, at + length
    value &= (1 << 7 * length) - 1
    return (None if value == (1 << 7 * length) - 1 else value), at + length


def _text(data: bytearray, one: _Element) -> bytes:
    return bytes(data[one.body : one.end]).rstrip(b"\0")


def _whole(data: bytearray, one: _Element) -> int:
    return int.from_bytes(data[one.body : one.end][:8], "big")


def _info(data: bytearray, info: _Element) -> tuple[int, float]:
    """Nanoseconds of one tick, and the length in ticks as the head says it."""
    scale, said = 1_000_000, 0.0
    for one in _elements(data, info.body, info.end):
        if one.id == _SCALE:
            scale = _whole(data, one)
        elif one.id == _DURATION and one.end - one.body in (4, 8):
            form = ">f" if one.end - one.body == 4 else ">d"
            said = struct.unpack_from(form, data, one.body)[0]
        elif one.id in _TELLING_FIELDS:
            _make_void(data, one)
    return scale, said


def _check_tracks(data: bytearray, tracks: _Element) -> None:
    for track in _elements(data, tracks.body, tracks.end):
        if track.id in _TELLING_FIELDS:
            _make_void(data, track)
        if track.id != _TRACK:
            continue
        for one in _elements(data, track.body, track.end):
            if one.id == _TRACK_KIND and _whole(data, one) != _AUDIO_TRACK:
                raise Fault("video")
            if one.id == _CODEC and _text(data, one) != b"A_OPUS":
                raise Fault("unknown_sound", "not Opus")
            if one.id in _TELLING_FIELDS:
                _make_void(data, one)


def _last_block(data: bytearray, cluster: _Element) -> tuple[int, int]:
    """(when the last block of a cluster begins, in ticks; where the cluster ends)."""
    began, last, at = 0, -1, cluster.body
    while at < cluster.end:
        one = _element(data, at, cluster.end)
        if cluster.is_open and one.id in _PARTS:
            return last, at
        if one.id == _TIME:
            began = _whole(data, one)
        elif one.id == _BLOCK:
            last = max(last, began + _offset(data, one))
        elif one.id == _GROUP:
            blocks = [b for b in _elements(data, one.body, one.end) if b.id == _GROUP_BLOCK]
            last = max([last, *(began + _offset(data, block) for block in blocks)])
        elif one.id in (_VOID, _CHECKSUM):
            _make_void(data, one)
        at = one.end
    return last, cluster.end


def _offset(data: bytearray, block: _Element) -> int:
    _track, at = _number(data, block.body, keeps_marker=False)
    return int(struct.unpack_from(">h", data, at)[0])


def _make_void(data: bytearray, one: _Element) -> None:
    """Turn an element into one that says nothing and is as long."""
    length = one.end - one.start
    if length > 8:
        head = bytes([_VOID]) + (1 << 56 | length - 9).to_bytes(8, "big")
    else:
        head = bytes([_VOID, 0x80 | length - 2])
    data[one.start : one.end] = head + bytes(length - len(head))


# -- Ogg ---------------------------------------------------------------------------------------

_OPUS_RATE = 48_000


@dataclass(frozen=True, slots=True)
class _Page:
    start: int
    body: int
    end: int
    position: int  # samples at its end; -1: no packet ends here
    serial: int
    ends_packet: bool  # … and no other begins on this page
    packets: int  # that end on it


def _ogg(data: bytearray) -> tuple[float, bytearray]:
    first = _page(data, 0)
    if data[first.body : first.body + 8] != b"OpusHead" or first.packets != 1:
        raise Fault("unknown_sound", "not Opus")
    skipped = struct.unpack_from("<H", data, first.body + 10)[0]
    at = _blank_comments(data, first.end, first.serial)
    last = 0
    while at < len(data):
        page = _page(data, at)
        if page.serial != first.serial:
            raise Fault("unknown_sound", "more than one stream")
        last, at = max(last, page.position), page.end
    return (last - skipped) / _OPUS_RATE, data


def _page(data: bytearray, at: int) -> _Page:
    if data[at : at + 5] != b"OggS\0":
        raise Fault("damaged", f"no page at {at}")
    position, serial = struct.unpack_from("<qI", data, at + 6)
    lengths = data[at + 27 : at + 27 + data[at + 26]]
    body = at + 27 + data[at + 26]
    end = body + sum(lengths)
    if end > len(data):
        raise Fault("damaged", "it ends within a page")
    packets = sum(length < 255 for length in lengths)
    return _Page(at, body, end, position, serial, bool(lengths) and lengths[-1] < 255, packets)


def _blank_comments(data: bytearray, at: int, serial: int) -> int:
    """Empty the second packet of a stream: no vendor, no comment; returns where it ends."""
    page = _page(data, at)
    if data[page.body : page.body + 8] != b"OpusTags" or page.end - page.body < 16:
        raise Fault("damaged", "no comments")
    keep = page.body + 8
    while True:
        if page.serial != serial or page.packets > 1:
            raise Fault("damaged", "sound beside the comments")
        data[keep : page.end] = bytes(page.end - keep)
        _seal(data, page)
        if page.packets:
            return page.end
        page = _page(data, page.end)
        keep = page.body


def _seal(data: bytearray, page: _Page) -> None:
    """Write the checksum of a page anew."""
    data[page.start + 22 : page.start + 26] = bytes(4)
    check = 0
    for byte in data[page.start : page.end]:
        check = (check << 8) & 0xFFFFFFFF ^ _CHECKS[check >> 24 ^ byte]
    struct.pack_into("<I", data, page.start + 22, check)


def _check_of(byte: int) -> int:
    check = byte << 24
    for _bit in range(8):
        check = (check << 1) ^ (0x04C11DB7 if check & 0x80000000 else 0)
    return check & 0xFFFFFFFF


_CHECKS: Final = tuple(_check_of(byte) for byte in range(256))


# -- MP4 ---------------------------------------------------------------------------------------

_HOLDERS = frozenset(
    {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"mvex", b"moof", b"traf", b"edts", b"dinf"}
)
_TELLING_BOXES = frozenset({b"udta", b"meta", b"uuid", b"free", b"skip", b"wide"})
_DEEPEST = 8


class _Times:
    """What the boxes tell of the length, put together as they come."""

    def __init__(self) -> None:
        self.scale = self.length = 0  # of the movie head
        self.track_scale = self.usual = self.usual_here = 0
        self.of_fragments = 0  # in ticks of the track
        self.has_sound = self.has_data = False

    @property
    def seconds(self) -> float:
        whole = self.length / self.scale if self.scale else 0.0
        pieces = self.of_fragments / self.track_scale if self.track_scale else 0.0
        return max(whole, pieces)


def _mp4(data: bytearray) -> tuple[float, bytearray]:
    times = _Times()
    _boxes(data, 0, len(data), times, depth=0)
    if not (times.has_sound and times.has_data):
        raise Fault("unknown_sound", "no sound in it")
    return times.seconds, data


def _boxes(data: bytearray, at: int, end: int, times: _Times, *, depth: int) -> None:
    if depth > _DEEPEST:
        raise Fault("damaged", "boxes within boxes")
    while at < end:
        size, kind, body = *struct.unpack_from(">I4s", data, at), at + 8
        if size == 1:
            size, body = struct.unpack_from(">Q", data, body)[0], at + 16
        stop = end if size == 0 else at + size
        if stop < body or stop > end:
            raise Fault("damaged", f"a box at {at}")
        if kind in _HOLDERS:
            _boxes(data, body, stop, times, depth=depth + 1)
        elif kind in _TELLING_BOXES:
            data[at + 4 : at + 8] = b"free"
            data[body:stop] = bytes(stop - body)
        elif kind in _READERS:
            _READERS[kind](data, body, times)
        at = stop


def _read_movie_head(data: bytearray, at: int, times: _Times) -> None:
    form, place = (">IQ", at + 20) if data[at] == 1 else (">II", at + 12)
    times.scale, length = struct.unpack_from(form, data, place)
    unknown = (1 << 64) - 1 if data[at] == 1 else (1 << 32) - 1
    times.length = 0 if length == unknown else length


def _read_track_head(data: bytearray, at: int, times: _Times) -> None:
    times.track_scale = struct.unpack_from(">I", data, at + (20 if data[at] == 1 else 12))[0]


def _read_handler(data: bytearray, at: int, times: _Times) -> None:
    handler = bytes(data[at + 8 : at + 12])
    if handler != b"soun":
        raise Fault("video" if handler == b"vide" else "unknown_sound", repr(handler))
    times.has_sound = True


def _read_codec(data: bytearray, at: int, times: _Times) -> None:
    if bytes(data[at + 12 : at + 16]) not in (b"mp4a", b"Opus"):
        raise Fault("unknown_sound", "neither AAC nor Opus")


def _read_usual(data: bytearray, at: int, times: _Times) -> None:
    times.usual = struct.unpack_from(">I", data, at + 12)[0]


def _read_fragment(data: bytearray, at: int, times: _Times) -> None:
    flags = int.from_bytes(data[at + 1 : at + 4], "big")
    place = at + 8 + 8 * bool(flags & 1) + 4 * bool(flags & 2)
    times.usual_here = struct.unpack_from(">I", data, place)[0] if flags & 8 else times.usual


def _read_run(data: bytearray, at: int, times: _Times) -> None:
    flags = int.from_bytes(data[at + 1 : at + 4], "big")
    count = struct.unpack_from(">I", data, at + 4)[0]
    if not flags & 0x100:
        times.of_fragments += count * times.usual_here
        return
    place = at + 8 + 4 * bool(flags & 1) + 4 * bool(flags & 4)
    width = 4 * (flags >> 8 & 15).bit_count()
    for _sample in range(count):
        times.of_fragments += struct.unpack_from(">I", data, place)[0]
        place += width


def _note_data(data: bytearray, at: int, times: _Times) -> None:
    times.has_data = True


_READERS: Final[dict[bytes, Callable[[bytearray, int, _Times], None]]] = {
    b"mvhd": _read_movie_head,
    b"mdhd": _read_track_head,
    b"hdlr": _read_handler,
    b"stsd": _read_codec,
    b"trex": _read_usual,
    b"tfhd": _read_fragment,
    b"trun": _read_run,
    b"mdat": _note_data,
}


# -- MP3 ---------------------------------------------------------------------------------------

#: kbit/s of layer III by index, MPEG 1 and MPEG 2 / 2.5.
_RATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_RATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_HERTZ = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_FEWEST_FRAMES = 3
_MOST_LEFT = 64_000  # bytes of tags behind the last frame


def _mp3(data: bytearray) -> tuple[float, bytearray]:
    at = 0
    while data[at : at + 3] == b"ID3":
        size = 0
        for byte in data[at + 6 : at + 10]:
            size = size << 7 | byte & 127
        at += 10 + size + 10 * bool(data[at + 5] & 16)
    start, seconds, frames = at, 0.0, 0
    while (frame := _frame(data, at)) is not None:
        length, lasting = frame
        at, seconds, frames = at + length, seconds + lasting, frames + 1
    left = bytes(data[at:])
    if frames < _FEWEST_FRAMES or (left.strip(b"\0") and not _is_tag(left)):
        raise Fault("damaged", f"{frames} frames, then {len(left)} bytes")
    return seconds, data[start:at]


def _frame(data: bytearray, at: int) -> tuple[int, float] | None:
    """(bytes, seconds) of the frame at a place; None where there is none, or not the whole."""
    if at + 4 > len(data) or data[at] != 0xFF or data[at + 1] & 0xE6 != 0xE2:
        return None
    version, rate, hertz = data[at + 1] >> 3 & 3, data[at + 2] >> 4, data[at + 2] >> 2 & 3
    if version == 1 or rate in (0, 15) or hertz == 3:
        return None
    samples = 1152 if version == 3 else 576
    bits = 1000 * (_RATES_1 if version == 3 else _RATES_2)[rate]
    length = samples // 8 * bits // _HERTZ[version][hertz] + (data[at + 2] >> 1 & 1)
    if at + length > len(data):
        return None
    return length, samples / _HERTZ[version][hertz]


def _is_tag(left: bytes) -> bool:
    return len(left) <= _MOST_LEFT and left.startswith((b"TAG", b"APETAGEX", b"LYRICS"))


# -- WAV ---------------------------------------------------------------------------------------

_PCM = frozenset({1, 3, 0xFFFE})


def _wav(data: bytearray) -> tuple[float, bytearray]:
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, at)
        if at + 8 + size > len(data):
            raise Fault("damaged", f"a chunk at {at}")
        if kind in (b"fmt ", b"data"):
            chunks.setdefault(kind, bytes(data[at + 8 : at + 8 + size]))
        at += 8 + size + (size & 1)
    if len(chunks) < 2:
        raise Fault("damaged", "no sound")
    form, _channels, _hertz, speed = struct.unpack_from("<HHII", chunks[b"fmt "])
    if form not in _PCM or not speed:
        raise Fault("unknown_sound", "not PCM")
    kept = b"".join(
        kind + struct.pack("<I", len(chunk)) + chunk + bytes(len(chunk) & 1)
        for kind, chunk in ((b"fmt ", chunks[b"fmt "]), (b"data", chunks[b"data"]))
    )
    whole = b"RIFF" + struct.pack("<I", 4 + len(kept)) + b"WAVE" + kept
    return len(chunks[b"data"]) / speed, bytearray(whole)


_KINDS: Final[dict[str, Callable[[bytearray], tuple[float, bytearray]]]] = {
    WEBM: _webm,
    OGG: _ogg,
    MP4: _mp4,
    MP3: _mp3,
    WAV: _wav,
}
