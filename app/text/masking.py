"""A mask over a phrase that must not be read, and over one of which only a digest is known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Set
from typing import Final

MASK: Final = "█████"  # of one length, which tells nothing
#: Letters of the shortest phrase.
LEAST_LETTERS: Final = 4
#: Of a digest, and of one letter as it is digested: as many for each, so that a text is
#: encoded once, whatever stretch of it is looked at.
DIGEST_BYTES, LETTER_BYTES = 16, 4
ENCODING = "utf-32-le"


def masked(text: str, phrase: str) -> str:
    """``text`` with the mask over every ``phrase`` in it."""
    return text.replace(phrase, MASK)


def digest(phrase: str, key: bytes) -> bytes:
    """By which a phrase is known again, and which nobody without ``key`` can try out."""
    return hashlib.blake2b(_encoded(phrase), key=key, digest_size=DIGEST_BYTES).digest()


def covered(text: str, known: Mapping[int, Set[bytes]], key: bytes) -> str:
    """``text`` with the mask over every phrase of which the digest is known.

    Long ones first, for a short one may stand inside; one pass over the text for each length.

    :param known: {length of a phrase: the digests of those so long}.
    """
    for length in sorted(known, reverse=True):
        text = _covered(text, length, known[length], key)
    return text


def _covered(text: str, length: int, digests: Set[bytes], key: bytes) -> str:
    signs, width = memoryview(_encoded(text)), length * LETTER_BYTES
    begun = hashlib.blake2b(key=key, digest_size=DIGEST_BYTES)
    made, done = [], 0
    for at in range(len(text) - length + 1):
        if at < done:
            continue
        window, start = begun.copy(), at * LETTER_BYTES
        window.update(signs[start : start + width])
        if window.digest() in digests:
            made += [text[done:at], MASK]
            done = at + length
    return "".join([*made, text[done:]])


def _encoded(text: str) -> bytes:
    return text.encode(ENCODING, "surrogatepass")
