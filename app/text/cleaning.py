"""One cleaning for every door: forms, API, import and terminal.

What cannot be stored or shown is refused with its place, never cut away in silence:
SQLite takes a NUL and PostgreSQL does not, a lone surrogate breaks both, and U+FFFF makes
a feed that no reader can parse.  Zero-width spaces and no-break spaces stay: they are what
the writer typed, and searching folds them.
"""

from __future__ import annotations

import re
import unicodedata

#: Everything that people's programs write for a new line: CR LF, CR, the vertical tab of
#: Word, the form feed of PDF, NEL and the two separators of Unicode.
_LINE_ENDS = re.compile("\r\n|[\r\v\f\u0085\u2028\u2029]")
_REFUSED = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# Tried only where a run of blanks begins: a long run inside a line costs its length once.
_TRAILING_BLANKS = re.compile(r"(?<![ \t\u00a0])[ \t\u00a0]++(?=\n|\Z)")
_BLANK_HEAD = re.compile(r"\A(?:[ \t\u00a0]*\n)+")
_THAI_DIGITS = {0x0E50 + value: str(value) for value in range(10)}


class UncleanText(ValueError):
    """A character that no text may hold.

    :ivar position: of the character, in code points from 0.
    :ivar code_point: of the character.
    """

    def __init__(self, text: str, position: int) -> None:
        self.position = position
        self.code_point = ord(text[position])
        super().__init__(f"U+{self.code_point:04X} at position {position}")


def clean_line(text: str) -> str:
    """``text`` as one line: NFC, line breaks as spaces, runs of spaces folded, trimmed.

    :raises UncleanText: NUL, other control characters, lone surrogates.
    """
    return " ".join(_checked(text).split())


def clean_text(text: str) -> str:
    """``text`` with NFC letters, "\\n" line ends, and no blanks at the ends of its lines.

    Blank lines at its beginning and end go; spaces that open the first line stay.

    :raises UncleanText: NUL, other control characters, lone surrogates.
    """
    cleaned = _TRAILING_BLANKS.sub("", _checked(text)).rstrip("\n")
    return _BLANK_HEAD.sub("", cleaned)


def _checked(text: str) -> str:
    found = _REFUSED.search(text)
    if found:
        raise UncleanText(text, found.start())
    text = _LINE_ENDS.sub("\n", text.removeprefix("\ufeff"))
    return unicodedata.normalize("NFC", text)


def is_blank(text: str) -> bool:
    """Whether nothing can be seen of ``text``: only spaces and signs of no width."""
    return not re.sub("[\\s\u00ad\u200b-\u200f\u2060\ufeff]+", "", text)


def with_plain_digits(text: str) -> str:
    """``text`` with 0 to 9 in place of the Thai digits ๐ to ๙."""
    return text.translate(_THAI_DIGITS)
