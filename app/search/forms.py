"""How a word may stand in a text: letters that are found one by one, with conditions.

A form is looked for in folded text (text/thai.py).  Engines look for its ``core`` first,
a plain run of letters, and ask ``stands_in`` of the few texts that hold it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from app.search.letters import encode
from app.text import thai

_PIECE = re.compile(r"\S+")


class _Letters(NamedTuple):
    """How a pattern names letters: in text, or in the bytes that an index keeps."""

    thai: str
    latin: str
    escape: Callable[[str], str]


_TEXT = _Letters(f"[{thai.THAI}]", "[^\\W\\d_\u0e00-\u0e7f]", re.escape)
_BYTES = _Letters(
    "[\xa1-\xda\xe0-\xee]",
    "[a-z\x80-\x9f\xfe]",
    lambda text: re.escape(encode(text).decode("latin-1")),
)


@dataclass(frozen=True)
class Form:
    """One way to write something.

    ``weight`` says how near it is to what was typed (1.0 is the same).  ``alone`` forms
    count only where no Thai letter touches them or their dot is written; ``dotted`` ones
    need the dot.  ``longer`` are letters that, standing before, make another short form of
    it (อ before พม.); ``not_before`` and ``not_after`` are endings and beginnings that make
    another word of it (เมืองนคร + ปฐม).  ``inside_latin`` lets Latin letters touch.
    """

    text: str
    weight: float = 1.0
    alone: bool = False
    dotted: bool = False
    longer: frozenset[str] = frozenset()
    not_before: frozenset[str] = frozenset()
    not_after: frozenset[str] = frozenset()
    inside_latin: bool = False

    @cached_property
    def core(self) -> str:
        """The longest run of letters that every text with the form holds."""
        return max(_PIECE.findall(self.text) or [""], key=len)

    @cached_property
    def is_plain(self) -> bool:
        """Whether holding ``core`` is all there is to it."""
        conditions = self.alone or self.dotted or self.not_before or self.not_after
        return not conditions and self.core == self.text and not _edge(self.text, self.inside_latin)

    @property
    def has_other_words(self) -> bool:
        """Whether letters around it make another word of it."""
        return bool(self.not_before or self.not_after)

    @cached_property
    def pattern(self) -> str:
        """The form as the source of a regular expression over folded text."""
        return self._source(_TEXT)

    @cached_property
    def encoded_pattern(self) -> bytes:
        """The same over the bytes of ``letters.encode``."""
        return self._source(_BYTES).encode("latin-1")

    def _source(self, letters: _Letters) -> str:
        # A space may be missing or be a hyphen: UKM 11, UKM-11, UKM11.
        body = "[ -]*".join(map(letters.escape, _PIECE.findall(self.text)))
        if self.is_short_form:
            return self._short_form(body.removesuffix("\\."), letters)
        if self.alone:
            body = f"(?<!{letters.thai}){body}(?!{letters.thai})"
        before, after = _borders(self.text, self.inside_latin, letters)
        before += "".join(f"(?<!{letters.escape(word)})" for word in sorted(self.not_after))
        after += "".join(f"(?!{letters.escape(word)})" for word in sorted(self.not_before))
        return before + body + after

    def _short_form(self, body: str, letters: _Letters) -> str:
        if len(self.text) <= 2:  # one letter: ต. อ. จ.
            return f"(?<!{letters.thai}){body}\\."
        # With its dot it may touch the word before it (ผ่านทางกศน.), but not a letter that
        # makes a longer short form of it, nor a vowel that belongs to its first letter.
        other = "".join(f"(?<!{letters.escape(more)})" for more in sorted(self.longer))
        touching = f"(?<![{letters.escape('เแโใไ')}]){other}{body}\\."
        if self.dotted:
            return touching
        return f"(?:{touching}|(?<!{letters.thai}){body}(?!{letters.thai}))"

    def stands_in(self, folded: str) -> bool:
        """Whether ``folded`` holds the form."""
        if self.is_plain:
            return self.text in folded
        return compiled(self.pattern).search(folded) is not None

    @cached_property
    def is_short_form(self) -> bool:
        """Whether it counts with its dot or alone, and only so: อบต."""
        return self.alone and self.text.endswith(".")

    @cached_property
    def needles(self) -> tuple[str, ...]:
        """Runs of letters one of which stands in every text with the form."""
        return (self.core.removesuffix("."),) if self.alone else (self.core,)


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> re.Pattern[str]:
    """The compiled pattern, kept for the next text."""
    return re.compile(pattern)


@lru_cache(maxsize=4096)
def compiled_bytes(pattern: bytes) -> re.Pattern[bytes]:
    """The same over bytes."""
    return re.compile(pattern)


def any_of(forms: Iterable[Form]) -> re.Pattern[str] | None:
    """One pattern for all ``forms``, longer ones first; None when there are none."""
    sources = dict.fromkeys(
        form.pattern for form in sorted(forms, key=lambda form: -len(form.text))
    )
    return compiled("|".join(sources)) if sources else None


def _edge(text: str, inside_latin: bool) -> bool:
    return any(_borders(text, inside_latin))


def _borders(text: str, inside_latin: bool, letters: _Letters = _TEXT) -> tuple[str, str]:
    """What may not stand before and after: digits beside digits, Latin beside Latin."""
    before = after = ""
    if text[:1].isdigit():
        before = r"(?<![0-9])(?<![0-9]\.)"
    elif _is_latin(text[:1]) and not inside_latin:
        before = f"(?<!{letters.latin})"
    if text[-1:].isdigit():
        after = "(?![0-9])"
    elif _is_latin(text[-1:]) and not inside_latin:
        after = f"(?!{letters.latin})"
    return before, after


def _is_latin(letter: str) -> bool:
    return letter.isalpha() and not "\u0e00" <= letter <= "\u0e7f"
