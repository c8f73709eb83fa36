"""Thai dictionary order as a string that any database can compare.

The order is that of the Royal Institute's dictionary as CLDR states it for ``th``: the
consonant before its leading vowel, tone marks only when all letters are alike, spaces and
punctuation not at all, Thai before Latin.  Numbers go by value, so หมู่ 2 stands before
หมู่ 10.

A key is made of digits and small Latin letters only.  Their order is the same under every
collation we meet (SQLite's bytes, PostgreSQL's "C" and its language collations).

Source: Unicode CLDR, common/collation/th.xml; the weights were compared with ICU's.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from app.text.cleaning import with_plain_digits

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LEVEL = "00"  # lower than every weight: the shorter of two equal beginnings comes first

_CONSONANTS = "".join(map(chr, range(0x0E01, 0x0E2F)))
_VOWELS = "\u0e4dะ\u0e31าำ\u0e34\u0e35\u0e36\u0e37\u0e38\u0e39เแโใไ\u0e3a"
_MARKS = "\u0e4e\u0e4c\u0e47\u0e48\u0e49\u0e4a\u0e4b"  # decide between equal letters
_SYMBOLS = "`^+<=>|~$฿"

_LEADING = re.compile(f"([เแโใไ])([{_CONSONANTS}])")
_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32|\u0e33([\u0e48-\u0e4b])")
_NUMBER = re.compile("([0-9\u0e50-\u0e59]+)")
_HAS_MARK = re.compile(f"[{_MARKS}\u0300-\u036f]")
_THAI_ONLY = re.compile("[\u0000-\u007f\u0e00-\u0e7f]*")


@lru_cache(maxsize=8192)
def sort_key(text: str) -> str:
    """A string that orders as ``text`` does in a Thai dictionary.

    Equal for texts that differ in spaces and punctuation only; add the record number to the
    ORDER BY where a fixed order of those matters.
    """
    text = text[:400]
    if not _THAI_ONLY.fullmatch(text):
        text = unicodedata.normalize("NFKD", text).replace("\u0e4d\u0e32", "\u0e33")
    if "\u0e4d" in text or "\u0e33" in text:
        text = _AM.sub(lambda found: f"{found[1] or found[2] or ''}\u0e33", text)
    text = text.replace("\u0e40\u0e40", "\u0e41")
    text = _LEADING.sub(r"\2\1", text)
    folded = text.casefold()
    marks = _marks(folded) if _HAS_MARK.search(folded) else ""
    capitals = "" if folded == text else _capitals(text)
    key = _primary(folded)
    return f"{key}{_LEVEL}{marks}{_LEVEL}{capitals}" if marks or capitals else key


def _primary(text: str) -> str:
    pieces = _NUMBER.split(text)
    if len(pieces) == 1:
        return text.translate(_WEIGHTS)
    pieces[0::2] = [piece.translate(_WEIGHTS) for piece in pieces[0::2]]
    pieces[1::2] = [_number(piece) for piece in pieces[1::2]]
    return "".join(pieces)


def _number(digits: str) -> str:
    """First how many digits, then which: 9 before 10."""
    value = with_plain_digits(digits).lstrip("0")
    return f"0z{_two(len(value))}{value}"


def _marks(text: str) -> str:
    """One sign per letter, or per mark: what decides when all letters are alike."""
    signs = []
    for letter in text:
        place = _MARKS.find(letter)
        if place >= 0:
            signs.append(_DIGITS[2 + place])
        elif "\u0300" <= letter <= "\u036f":
            signs.append("z")
        elif _WEIGHTS[ord(letter)]:
            signs.append("1")
    return "".join(signs).rstrip("1")


def _capitals(text: str) -> str:
    """Small letters before capitals, when nothing else differs."""
    signs = ["2" if letter != letter.casefold() else "1" for letter in text]
    return "".join(signs).rstrip("1")


def _two(number: int) -> str:
    return _DIGITS[number // 36] + _DIGITS[number % 36]


class _Weights(dict[int, str]):
    """Code point -> weight; two signs for the letters known here, seven for all others."""

    def __missing__(self, code_point: int) -> str:
        kind = unicodedata.category(chr(code_point))[0]
        weight = f"zz{_two(code_point // 1296)}{_two(code_point % 1296)}" if kind in "LN" else ""
        self[code_point] = weight
        return weight


def _weights() -> _Weights:
    weights = _Weights()
    for start, letters in (
        (1, _SYMBOLS),
        (72, _CONSONANTS),
        (130, _VOWELS),
        (180, "abcdefghijklmnopqrstuvwxyz"),
    ):
        for place, letter in enumerate(letters):
            weights[ord(letter)] = _two(start + place)
    weights[0x0E45] = weights[ord("า")]  # the long tail of ฤๅ
    weights.update(dict.fromkeys(map(ord, "ฯๆ"), ""))  # letters to Unicode, signs to a dictionary
    return weights


_WEIGHTS = _weights()
