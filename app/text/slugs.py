"""Names for addresses: Thai stays Thai, everything that is no letter or digit is a hyphen."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: The letter am typed as two signs, a tone typed after it, sara e twice for sara ae; a slug
#: of either spelling is the same.  NFC mends none of them.
_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32|\u0e33([\u0e48-\u0e4b])")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_NOT_THAI_OR_LATIN = re.compile("[^\u0000-\u007f\u0e00-\u0e7f]")
_BETWEEN = re.compile("[^0-9a-z\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59]+")


@lru_cache(maxsize=4096)
def slugify(text: str, *, limit: int = 80, fallback: str = "untitled") -> str:
    """``text`` as a part of an address: lower case, words joined by hyphens.

    Thai letters, vowels, tone marks and digits stay; so do the letters of other scripts.

    :param limit: most code points; cut between grapheme clusters, at a hyphen when one
        stands in the last third.
    :param fallback: what a text without any letter or digit becomes; never empty.
    """
    text = unicodedata.normalize("NFC", text[: limit * 8]).casefold().translate(_INVISIBLE)
    if "\u0e4d" in text or "\u0e33" in text:
        text = _AM.sub(_am, text)
    text = text.replace("\u0e40\u0e40", "\u0e41")
    is_plain = _NOT_THAI_OR_LATIN.search(text) is None
    slug = _BETWEEN.sub("-", text) if is_plain else _any_script(text)
    return _cut(_headed(slug), limit).strip("-") or fallback


def grapheme_border(text: str, position: int) -> int:
    """The last place at or before ``position`` where ``text`` may be cut.

    Never before a combining mark or sara am: a Thai vowel or tone mark keeps its letter.

    Source: Unicode Standard Annex #29, extended grapheme clusters, for the scripts used here.
    """
    if position >= len(text):
        return len(text)
    while position > 0 and _clings(text[position], text[position - 1]):
        position -= 1
    return position


def _clings(letter: str, before: str) -> bool:
    return (
        letter == "\u0e33"
        or letter == "\u200d"
        or before == "\u200d"
        or unicodedata.category(letter) in ("Mn", "Me", "Mc")
    )


def _am(match: re.Match[str]) -> str:
    return (match[1] or match[2] or "") + "\u0e33"


def _any_script(text: str) -> str:
    """The slower way, for a text with letters that are neither Thai nor plain Latin."""
    kept = [
        letter if _BETWEEN.match(letter) is None or _is_word(letter) else "-" for letter in text
    ]
    return re.sub("-+", "-", "".join(kept))


def _is_word(letter: str) -> bool:
    return ord(letter) > 0x7F and unicodedata.category(letter)[0] in "LMN" and letter not in "ฯๆ๏"


def _headed(slug: str) -> str:
    """``slug`` without the hyphens, vowel signs and tone marks that nothing stands before."""
    start = 0
    while start < len(slug) and (slug[start] == "-" or _clings(slug[start], "")):
        start += 1
    return slug[start:]


def _cut(slug: str, limit: int) -> str:
    if len(slug) <= limit:
        return slug
    end = grapheme_border(slug, limit)
    hyphen = slug.rfind("-", limit - limit // 3, end + 1)
    return slug[: hyphen if hyphen > 0 else end]
