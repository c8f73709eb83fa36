"""Comparing two texts by lines, and changed lines by Thai words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from difflib import SequenceMatcher
from itertools import chain
from typing import Any

from markupsafe import Markup, escape

from app.text.thai import segment

#: Letters of one line beyond which its words are not compared.
MOST_LETTERS = 4_000
#: Bytes of changed lines, before and after, beyond which none of their words are compared:
#: two texts of 100 kB that share nothing.  Ten times as much needed seconds at every look.
MOST_BYTES = 220_000
#: Pairs of equal pieces that are looked at in one comparison.
MOST_PAIRS = 20_000
#: Lines that are shown around a change.
CONTEXT = 2
_BLANK = re.compile(r"(?:<(?:ins|del)>)?\s*(?:</(?:ins|del)>)?")


def compare_words(older: str, newer: str, *, is_by_words: bool = True) -> list[tuple[str, Markup]]:
    """Lines of the comparison: (sign, escaped text) with sign "+", "-" or " ".

    Changed words stand in ``<del>`` and ``<ins>``.  Unchanged stretches are cut to a few
    lines around each change; a cut shows as an ellipsis.  An empty text has no line, and
    blank lines that came or went are told only where nothing else changed.

    :param is_by_words: False: changed lines are marked whole, as they are where much changed.
    """
    before, after = (text.split("\n") if text else [] for text in (older, newer))
    lines: list[tuple[str, Markup]] = []
    matcher = matcher_of(before, after)
    replaced = [code for code in matcher.get_opcodes() if code[0] == "replace"]
    pairs = (zip(before[i1:i2], after[j1:j2], strict=False) for _tag, i1, i2, j1, j2 in replaced)
    is_by_words = is_by_words and are_short(chain.from_iterable(chain.from_iterable(pairs)))
    compare = _words if is_by_words else _wholes
    for group in matcher.get_grouped_opcodes(CONTEXT):
        if lines:
            lines.append((" ", Markup("…")))
        for tag, i1, i2, j1, j2 in group:
            lines += _lines(tag, before[i1:i2], after[j1:j2], compare)
    told = [line for line in lines if line[0] == " " or not _BLANK.fullmatch(line[1])]
    return told if any(sign != " " for sign, _text in told) else lines


def are_short(texts: Iterable[str]) -> bool:
    """Whether the words of all these changed texts can be compared while a reader waits."""
    return sum(len(text.encode()) for text in texts) <= MOST_BYTES


def _lines(
    tag: str,
    before: Sequence[str],
    after: Sequence[str],
    compare: Callable[[str, str], tuple[Markup, Markup]],
) -> list[tuple[str, Markup]]:
    if tag == "equal":
        return [(" ", Markup(escape(line))) for line in before]
    paired = min(len(before), len(after)) if tag == "replace" else 0
    lines: list[tuple[str, Markup]] = []
    for old, new in zip(before[:paired], after[:paired], strict=True):
        was, now = compare(old, new)
        lines += [("-", was), ("+", now)]
    lines += [("-", Markup("<del>{}</del>").format(line)) for line in before[paired:]]
    lines += [("+", Markup("<ins>{}</ins>").format(line)) for line in after[paired:]]
    return lines


def _wholes(old: str, new: str) -> tuple[Markup, Markup]:
    """One changed line, twice, with no word told apart."""
    return Markup("<del>{}</del>").format(old), Markup("<ins>{}</ins>").format(new)


def _words(old: str, new: str) -> tuple[Markup, Markup]:
    """One changed line, twice: what left it and what came."""
    if len(old) > MOST_LETTERS or len(new) > MOST_LETTERS:
        return _wholes(old, new)
    before, after = pieces(old), pieces(new)
    was, now = Markup(), Markup()
    for tag, i1, i2, j1, j2 in matcher_of(before, after).get_opcodes():
        left, right = "".join(before[i1:i2]), "".join(after[j1:j2])
        if tag == "equal":
            was, now = was + escape(left), now + escape(right)
            continue
        if left:
            was += Markup("<del>{}</del>").format(left)
        if right:
            now += Markup("<ins>{}</ins>").format(right)
    return was, now


def matcher_of(before: list[str], after: list[str]) -> SequenceMatcher[str]:
    """A matcher that ends: beyond MOST_PAIRS only the common beginning and end are told.

    difflib takes cubic time where a few pieces stand again and again: one line of 1,800
    words, two of them by turns, needed more than a minute, and any reader can ask for it.
    """
    held = Counter(after)
    pairs = sum(count * held[piece] for piece, count in Counter(before).items())
    if pairs > MOST_PAIRS:
        return CoarseMatcher(before, after)
    return SequenceMatcher(None, before, after, autojunk=False)


class CoarseMatcher(SequenceMatcher[str]):
    """Looks at the common beginning and end alone."""

    def __init__(self, before: list[str], after: list[str]) -> None:
        super().__init__()  # it is given nothing to look through
        self.codes = _coarse(before, after)

    def get_opcodes(self) -> Any:
        return self.codes


def _coarse(before: list[str], after: list[str]) -> list[tuple[str, int, int, int, int]]:
    """The opcodes of a CoarseMatcher."""
    least = min(len(before), len(after))
    head = next((n for n in range(least) if before[n] != after[n]), least)
    rest = least - head
    tail = next((n for n in range(rest) if before[-1 - n] != after[-1 - n]), rest)
    stop, end = len(before) - tail, len(after) - tail
    middle = "replace" if stop > head and end > head else "delete" if stop > head else "insert"
    codes = [("equal", 0, head, 0, head)] if head else []
    if stop > head or end > head:
        codes.append((middle, head, stop, head, end))
    return codes + ([("equal", stop, len(before), end, len(after))] if tail else [])


def pieces(text: str) -> list[str]:
    """``text`` cut into words and what lies between them; joined they are ``text`` again."""
    found, end = [], 0
    for token in segment(text):
        if token.start > end:
            found.append(text[end : token.start])
        if token.stop > end:
            found.append(text[max(end, token.start) : token.stop])
            end = token.stop
    if end < len(text):
        found.append(text[end:])
    return found
