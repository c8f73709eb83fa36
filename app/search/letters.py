"""Folded text as bytes, one for each Thai letter, and its grams: three letters in a row."""

from __future__ import annotations

import codecs
import re

import numpy as np
from numpy.typing import NDArray

_DIGIT_0 = 0x80  # of the base-32 digits that spell other letters


def _spell(error: UnicodeError) -> tuple[bytes, int]:
    """Letters that TIS-620 lacks: 0xFE and five digits; signs are one separator."""
    assert isinstance(error, UnicodeEncodeError)
    out = bytearray()
    for letter in error.object[error.start : error.end]:
        if letter.isalnum():
            out.append(0xFE)
            out += bytes(_DIGIT_0 + (ord(letter) >> shift & 31) for shift in (20, 15, 10, 5, 0))
        else:
            out.append(0x1F)
    return bytes(out), error.end


codecs.register_error("app.search.spell", _spell)
_CONTROLS = re.compile("[\x80-\xa0]")


def encode(folded: str) -> bytes:
    """Folded text with one byte for each Thai letter: a third of UTF-8, and quick to scan."""
    return _CONTROLS.sub(" ", folded).encode("tis-620", "app.search.spell")


_SPELT = re.compile("\ufffd([\x80-\x9f]{5})")


def decode(encoded: bytes) -> str:
    """The folded text of ``encode``; signs beyond ASCII have become one separator."""
    text = encoded.decode("tis-620", "replace")
    return _SPELT.sub(_spelt, text) if "\ufffd" in text else text


def _spelt(match: re.Match[str]) -> str:
    value = 0
    for digit in match[1]:
        value = value << 5 | (ord(digit) - _DIGIT_0)
    return chr(min(value, 0x10FFFF))


#: The third byte of a gram that ends a run.
SEPARATOR = 0x03
_IS_LETTER: NDArray[np.bool_] = np.zeros(256, np.bool_)
for _first, _last in (
    (0x30, 0x39),
    (0x61, 0x7A),
    (0x80, 0x9F),
    (0xA1, 0xDA),
    (0xE0, 0xEE),
    (0xFE, 0xFE),
):
    _IS_LETTER[_first : _last + 1] = True


def grams(encoded: bytes) -> NDArray[np.uint32]:
    """Every three letters in a row, each once, as sorted numbers.

    The end of a run is a letter too: "งบ" at the end of a run has the gram งบ + end, and a
    run of two letters is found by the grams that begin with it.
    """
    letters = np.frombuffer(encoded + b"\x03", np.uint8)
    if len(letters) < 3:
        return np.zeros(0, np.uint32)
    good = _IS_LETTER[letters]
    wide = np.where(good, letters, SEPARATOR).astype(np.uint32)
    keys = (wide[:-2] << 16) | (wide[1:-1] << 8) | wide[2:]
    found = np.sort(keys[good[:-2] & good[1:-1]])  # quicker than unique, which hashes
    is_new = np.ones(len(found), np.bool_)
    np.not_equal(found[1:], found[:-1], out=is_new[1:])
    return found[is_new]


def gram_bytes(key: int) -> bytes:
    """The three bytes of a gram."""
    return key.to_bytes(3, "big")


def grams_of(text: str) -> tuple[int, ...]:
    """Grams that every text holding ``text`` (folded) has."""
    encoded = encode(text)
    inner = grams(encoded)
    return tuple(int(key) for key in inner if key & 0xFF != SEPARATOR)
