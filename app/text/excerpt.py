"""The stretch of a text that shows why it was found, cut where Thai may be cut."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from app.text.thai import word_starts

Span = tuple[int, int]

#: How far a cut may move to fall on a space, in code points.
_REACH = 14

_LEADING_VOWELS = frozenset("เแโใไ")
#: Vowels that belong to the letter before them.  UAX #29 parts ะ า ๅ from it; a reader does not.
_TRAILING_VOWELS = frozenset("\u0e30\u0e32\u0e33\u0e45")
_JOINER = "\u200d"
#: Marks of Markdown that are no words: before a line, around words, and the two kinds of links.
_LINE_MARK = re.compile(r"^\s*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s*)+")
_WORD_MARK = re.compile(r"\*{1,3}|_{2,3}|~~|`+")
_PAGE_LINK = re.compile(r"!?\[\[(?:[^\]|\n]*\|)?([^\]\n]*)\]\]")
_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
#: Code points of a line that are looked at for a title.  Looking for links takes as long as the
#: square of what is looked through, and a line may be a whole text.
_LINE_HEAD = 1000


class Snippet(NamedTuple):
    """A stretch of text and the matches inside it."""

    text: str
    spans: list[Span]  # sorted, not overlapping, in code points of ``text``
    start: int  # where ``text`` began in the whole
    stop: int

    @property
    def is_empty(self) -> bool:
        return not self.text


def window(text: str, spans: Sequence[Span], *, width: int = 160) -> Snippet:
    """The stretch of ``text`` with the most letters of distinct matched words.

    :param spans: matches as (start, stop) code points; sorted, and an overlap is joined.
    :param width: wanted length in code points; cut only between grapheme clusters, at a
        space where one is near, so a Thai vowel or tone mark never loses its letter.
    :returns: the stretch and its spans, shifted to start at 0; the head of ``text`` when
        ``spans`` is empty.
    :raises ValueError: if a span lies outside ``text``.

    Source: Unicode Standard Annex #29 (grapheme clusters).
    """
    for start, stop in spans:
        if not 0 <= start <= stop <= len(text):
            raise ValueError(f"the span {start}..{stop} lies outside a text of {len(text)} letters")
    joined = joined_spans(spans)
    first = _best_start(text, joined, width)
    start, stop = _cut_well(text, first, width)
    kept = [(max(a, start), min(b, stop)) for a, b in joined if a < stop and b > start]
    return Snippet(text[start:stop], [(a - start, b - start) for a, b in kept], start, stop)


def shortened(text: str, most: int = 80) -> str:
    """``text`` for a heading: at most ``most`` code points, the last … where some are left out."""
    if len(text) <= most:
        return text
    stop = most - 1
    while stop and not is_border(text, stop):
        stop -= 1
    # Where one letter carries a hundred marks there is no border; it is cut all the same.
    return f"{text[: stop or most - 1].rstrip()}…"


def first_words(markdown: str, most: int = 60) -> str:
    """The first line that says something, without its marks, cut at a word: a title.

    :param most: code points that it may have, the … included.
    :returns: empty when there are no words in any line.
    """
    heads = (line[:_LINE_HEAD] for line in markdown.split("\n"))
    lines = (_WORD_MARK.sub("", _without_links(head)).strip() for head in heads)
    line = next((line for line in lines if any(letter.isalnum() for letter in line)), "")
    line = " ".join(line.split())
    if len(line) <= most:
        return line
    stop = max(word_starts(line[:most]), default=0)
    return f"{line[:stop].rstrip()}…" if stop else shortened(line, most)


def _without_links(line: str) -> str:
    return _LINK.sub(r"\1", _PAGE_LINK.sub(r"\1", _LINE_MARK.sub("", line)))


def around(text: str, spans: Sequence[Span], *, width: int = 160) -> Span:
    """(start, stop) of the stretch that ``window`` would show, not yet cut at words.

    A little wider on both sides, and cut between grapheme clusters.
    """
    start = max(0, _best_start(text, joined_spans(spans), width) - _REACH)
    return grapheme_span(text, start, min(len(text), start + width + 2 * _REACH))


def joined_spans(spans: Sequence[Span]) -> list[Span]:
    """``spans`` sorted, without empty ones, overlapping and touching ones made one."""
    joined: list[Span] = []
    for start, stop in sorted(spans):
        if start == stop:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def is_border(text: str, place: int) -> bool:
    """Whether ``text`` may be cut before ``text[place]``.

    A border of grapheme clusters, and for Thai a little stricter: a vowel written before
    or after its letter stays with it.
    """
    if place <= 0 or place >= len(text):
        return True
    before, after = text[place - 1], text[place]
    if after < "\u0300":
        return not (before == "\r" and after == "\n") and before != _JOINER
    if after in _TRAILING_VOWELS or after in ("\u200c", _JOINER) or before == _JOINER:
        return False
    if before in _LEADING_VOWELS and "\u0e01" <= after <= "\u0e2e":
        return False
    if unicodedata.category(after)[0] == "M" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return False
    return not (_is_flag_half(before) and _is_flag_half(after) and _odd_flags_before(text, place))


def grapheme_span(text: str, start: int, stop: int) -> Span:
    """(start, stop) widened to the borders around it."""
    while not is_border(text, start):
        start -= 1
    while not is_border(text, stop):
        stop += 1
    return start, stop


def _is_flag_half(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"


def _odd_flags_before(text: str, place: int) -> bool:
    count = 0
    while place > count and _is_flag_half(text[place - count - 1]):
        count += 1
    return count % 2 == 1


def _best_start(text: str, spans: Sequence[Span], width: int) -> int:
    """Where the window with the most distinct matches begins; earlier wins a tie."""
    if not spans or len(text) <= width:
        return 0
    stops = [stop for _, stop in spans]
    words = [text[a:b].casefold() for a, b in spans]
    best, best_worth = 0, (0, 0)
    for index, (start, _) in enumerate(spans):
        last = max(bisect_right(stops, start + width), index + 1)
        distinct = set(words[index:last])
        # Of equal numbers of words the longer ones tell more: 13ล้าน before two of ล้าน.
        worth = (sum(map(len, distinct)), last - index)
        if worth > best_worth:
            best, best_worth = index, worth
    last = max(bisect_right(stops, spans[best][0] + width), best + 1)
    room = width - (min(stops[last - 1], spans[best][0] + width) - spans[best][0])
    return max(0, min(spans[best][0] - room // 3, len(text) - width))


def _cut_well(text: str, start: int, width: int) -> Span:
    stop = min(len(text), start + width)
    if start > 0:
        space = text.rfind(" ", max(0, start - _REACH), start + 1)
        start = space + 1 if space >= 0 else _word_start(text, start)
    if stop < len(text):
        space = text.find(" ", stop - 1, stop + _REACH)
        stop = space if space >= 0 else _word_start(text, stop)
    while not is_border(text, start):
        start -= 1
    while not is_border(text, stop):
        stop -= 1
    return start, max(start, stop)


def _word_start(text: str, place: int) -> int:
    """The beginning of the word around ``place``, so that no excerpt begins in mid-word."""
    first = max(0, place - 2 * _REACH)
    starts = word_starts(text[first : place + _REACH])
    # The first word of the piece may itself be cut.
    return max((first + start for start in starts[1:] if first + start <= place), default=place)
