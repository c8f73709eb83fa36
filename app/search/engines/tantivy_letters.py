"""Texts as rows of overlapping grams, in which any run of letters is a phrase.

Tantivy looks for a phrase by the positions of its terms.  A text is written here as one
term for each letter, the letter and the two that follow, so a needle is in the text exactly
where the grams of the needle stand one after the other.

What may touch a needle becomes letters too: where a run of Thai letters, Latin letters or
digits begins or ends, a mark is set, and so "กศน where no Thai letter touches it" is the
phrase ``<กศน>``.  Marks inside a needle follow from its letters.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.search.letters import SEPARATOR, encode, gram_bytes

_OTHER, THAI, LATIN, DIGIT = range(4)
#: Digits behind a decimal point are another class: 2550 does not stand in 1.2550.
_DECIMAL = 4
_MARKS = 0x100  # codes of marks, above all bytes
_BEGIN = np.array([0, *range(_MARKS, _MARKS + 4)], np.uint16)  # by class; 0 is no mark
_END = np.array([0, *range(_MARKS + 4, _MARKS + 7), _MARKS + 6], np.uint16)
_POINT = ord(".")


def _classes() -> NDArray[np.uint8]:
    kinds = np.zeros(256, np.uint8)
    kinds[0xA1:0xDB] = kinds[0xE0:0xEF] = THAI
    kinds[0x61:0x7B] = kinds[0x80:0xA0] = kinds[0xFE] = LATIN
    kinds[0x30:0x3A] = DIGIT
    return kinds


def _symbols() -> NDArray[np.uint8]:
    """One sign for each letter and mark: ASCII for the frequent ones, which halves the work.

    White space parts the terms and is no sign; bytes that no text of ours holds share one.
    """
    frequent = [*range(0xA1, 0xDB), *range(0xE0, 0xEF), *range(0x30, 0x3A), *range(0x61, 0x7B)]
    frequent += [0x20, 0x0A, 0x1F, 0x2D, 0x2E, *range(_MARKS, _MARKS + 7)]
    rare = [*range(0x21, 0x2D), 0x2F, *range(0x3A, 0x61), *range(0x7B, 0x7F), *range(0x80, 0xA0)]
    rare += [0xDF, *range(0xEF, 0xFC), 0xFE]
    signs = [sign for sign in range(1, 0xFF) if sign not in b"\t\n\x0c\r "]
    symbols = np.full(_MARKS + 7, 0xFF, np.uint8)
    symbols[[*frequent, *rare]] = signs[: len(frequent) + len(rare)]
    return symbols


_CLASS_OF = _classes()
_SYMBOL_OF = _symbols()
_SPACE = 0x20
#: Signs that begin and end runs.
BEGINS = _SYMBOL_OF[_BEGIN[1:]].tobytes().decode("latin-1")
ENDS = _SYMBOL_OF[_END[1:4]].tobytes().decode("latin-1")


def class_of(letter: str) -> int:
    """THAI, LATIN, DIGIT, or 0 for signs and nothing at all."""
    encoded = encode(letter)
    return int(_CLASS_OF[encoded[0]]) if encoded else _OTHER


def begin(kind: int) -> bytes:
    """The sign where a run of the class ``kind`` begins; nothing where it has none."""
    return bytes([_SYMBOL_OF[_BEGIN[kind]]]) if kind else b""


def end(kind: int) -> bytes:
    """The sign where such a run ends."""
    return bytes([_SYMBOL_OF[_END[kind]]]) if kind else b""


def marked(encoded: bytes) -> NDArray[np.uint8]:
    """``encoded`` (letters.encode) as signs, with marks between its letters."""
    return _marked(encoded)[0]


def _marked(encoded: bytes) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """The same, with the place of each letter."""
    letters = np.frombuffer(encoded, np.uint8)
    places = np.arange(len(letters))
    kinds = _CLASS_OF[letters]
    borders = np.flatnonzero(kinds[1:] != kinds[:-1]) + 1
    if not len(borders):
        return _SYMBOL_OF[letters], places
    left, right = kinds[borders - 1], kinds[borders]
    decimal = (right == DIGIT) & (letters[borders - 1] == _POINT) & (borders > 1)
    right[decimal & (kinds[borders - 2] == DIGIT)] = _DECIMAL
    ends, begins = left > 0, right > 0
    added = np.zeros(len(letters), np.intp)
    added[borders] = ends.astype(np.intp) + begins
    places += np.cumsum(added)
    signs = np.empty(int(places[-1]) + 1, np.uint8)
    signs[places] = _SYMBOL_OF[letters]
    before = places[borders] - 1
    signs[before[begins]] = _SYMBOL_OF[_BEGIN[right[begins]]]
    signs[(before - begins)[ends]] = _SYMBOL_OF[_END[left[ends]]]
    return signs, places


def gram_text(encoded: bytes, title: int) -> tuple[str, str]:
    """All grams of a text in their order, parted by spaces, and those of its title.

    :param encoded: a text that ends with a sign, as those of ``IndexTerms.text`` do.
    :param title: where the title ends in it.
    """
    first = begin(int(_CLASS_OF[encoded[0]]))
    inside, places = _marked(encoded)
    signs = np.frombuffer(first + inside.tobytes() + b"\xff\xff", np.uint8)
    rows = np.full((len(signs) - 2, 4), _SPACE, np.uint8)
    rows[:, 0], rows[:, 1], rows[:, 2] = signs[:-2], signs[1:-1], signs[2:]
    whole = rows.tobytes().decode("latin-1")
    return whole, whole[: 4 * (len(first) + int(places[title]) + 1)]


@lru_cache(maxsize=8192)
def needle(text: str, before: bytes = b"", after: bytes = b"") -> str:
    """The signs of ``text`` (folded), between marks that must stand around it."""
    return (before + marked(encode(text)).tobytes() + after).decode("latin-1")


@lru_cache(maxsize=8192)
def gram_needle(key: int) -> str:
    """The signs of a gram (letters.grams): three letters, or two at the end of a run."""
    letters = gram_bytes(key)
    if letters[2] == SEPARATOR:
        return (marked(letters[:2]).tobytes() + end(int(_CLASS_OF[letters[1]]))).decode("latin-1")
    return marked(letters).tobytes().decode("latin-1")
