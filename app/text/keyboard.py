"""The Thai keyboard: letters typed with the other layout switched on, and neighbouring keys.

Source: TIS 820-2538 (Kedmanee), key by key beside the US layout.
"""

from __future__ import annotations

_US = "1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
_THAI = "ๅ/-ภถุึคตจขชๆไำพะัีรนยบลฃฟหกดเ้่าสวงผปแอิืทมใฝ"
_US_SHIFTED = '!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
_THAI_SHIFTED = '+๑๒๓๔ู฿๕๖๗๘๙๐"ฎฑธํ๊ณฯญฐ,ฅฤฆฏโฌ็๋ษศซ.()ฉฮฺ์?ฒฬฦ'

_TO_THAI = str.maketrans(_US + _US_SHIFTED, _THAI + _THAI_SHIFTED)
_TO_LATIN = str.maketrans(_THAI + _THAI_SHIFTED, _US + _US_SHIFTED)

#: How many keys the rows hold, and how far each is set in, in key widths.
_ROWS = ((12, 0.0), (13, 0.5), (11, 0.75), (10, 1.25))


def to_thai(text: str) -> str:
    """What the same keys give on the Thai layout: ``l;ylfu`` is สวัสดี."""
    return text.translate(_TO_THAI)


def to_latin(text: str) -> str:
    """What the same keys give on the US layout: ``ฟหก`` is ``asd``."""
    return text.translate(_TO_LATIN)


def _places(layout: str) -> dict[str, tuple[float, int]]:
    places: dict[str, tuple[float, int]] = {}
    start = 0
    for row, (count, inset) in enumerate(_ROWS):
        for column, letter in enumerate(layout[start : start + count]):
            places[letter] = (column + inset, row)
        start += count
    return places


_PLACES = {**_places(_US), **_places(_US_SHIFTED), **_places(_THAI), **_places(_THAI_SHIFTED)}


def are_neighbours(one: str, other: str) -> bool:
    """Whether two letters lie on one key or on keys that touch."""
    here, there = _PLACES.get(one), _PLACES.get(other)
    if here is None or there is None:
        return False
    return abs(here[0] - there[0]) <= 1.0 and abs(here[1] - there[1]) <= 1
