"""Recordings: told apart by content, measured, and rid of what they tell."""

from __future__ import annotations

import zlib

import pytest

from app.formats import sounds
from tests.support import sounds as made


@pytest.mark.parametrize("kind", made.GOOD)
def test_a_recording_is_measured_and_tells_nothing_beside_its_sound(kind: str) -> None:
    content, seconds, mime = made.GOOD[kind]
    data = content()
    assert made.SECRET in data
    sound = sounds.cleaned(data)
    assert sound.mime == mime
    assert sound.seconds == pytest.approx(seconds, abs=0.01)
    assert made.SECRET not in sound.content
    again = sounds.cleaned(sound.content)
    assert again == sound, "what is kept is a good recording itself, with nothing left to take"


def test_nothing_moves_where_others_point_into_it() -> None:
    for make in (made.webm, made.ogg, made.m4a):
        data = make()
        assert len(sounds.cleaned(data).content) == len(data)


def test_the_pages_of_ogg_carry_a_true_checksum() -> None:
    content = sounds.cleaned(made.ogg()).content
    start = content.index(b"OggS", 4)
    end = content.index(b"OggS", start + 4)
    page = bytearray(content[start:end])
    said = int.from_bytes(page[22:26], "little")
    page[22:26] = bytes(4)
    # The same polynomial as zlib's, but neither turned around nor complemented.
    turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in page)
    check = zlib.crc32(turned, 0xFFFFFFFF) ^ 0xFFFFFFFF
    assert said == int(f"{check:032b}"[::-1], 2)


def test_an_mp4_in_pieces_is_as_long_as_its_runs() -> None:
    """As browsers record: the head says 0, each piece how long its samples are."""
    whole = made.m4a(0)
    usual = made.box(b"mvex", made.box(b"trex", bytes(12) + (960).to_bytes(4, "big") + bytes(8)))
    head = made.box(b"tfhd", (0).to_bytes(4, "big") + bytes(4))
    run = made.box(b"trun", (0).to_bytes(4, "big") + (100).to_bytes(4, "big"))
    each = (7).to_bytes(4, "big")
    own = made.box(b"trun", (0x300).to_bytes(4, "big") + (1).to_bytes(4, "big") + each * 2)
    piece = made.box(b"moof", made.box(b"traf", head + run + own))
    sound = sounds.cleaned(whole + made.box(b"moov", usual) + piece)
    assert sound.seconds == pytest.approx((100 * 960 + 7) / 48_000)


def test_a_webm_of_unknown_length_is_as_long_as_its_last_block() -> None:
    """As browsers record: neither the segment nor its clusters say where they end."""
    data = made.webm(3)
    for name in ("18538067", "1f43b675"):
        at = data.index(bytes.fromhex(name)) + 4
        data = data[:at] + b"\x01" + b"\xff" * 7 + data[at + 8 :]
    assert sounds.cleaned(data + data[data.index(bytes.fromhex("1f43b675")) :]).seconds == 3
