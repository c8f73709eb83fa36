"""The known word that a strange one most resembles: names, the glossary, keywords.

Words are compared by difflib, but only those that share most pairs of letters with what was
typed: comparing with all of them would take a second.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

from app.db import db
from app.queries import entries as entry_queries
from app.queries import taxonomy as taxonomy_queries
from app.queries import words as word_queries
from app.services import signposts
from app.text import thai

#: Words compared letter by letter, and how alike the best must be (difflib's ratio).
_MOST_COMPARED, _LEAST_ALIKE = 40, 0.6
#: Categories whose short forms are wrong spellings: not to be recommended.
_WRONG = "variant"


class Nearness:
    """Known words by the pairs of letters in them.  Immutable."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = {folded: word for word in words if (folded := thai.fold(word).strip())}
        self._holders: dict[str, list[str]] = {}
        for folded in self._words:
            for pair in _pairs(folded):
                self._holders.setdefault(pair, []).append(folded)

    def nearest(self, text: str) -> str:
        """The word most like ``text``; empty where none is like it, or it is known itself."""
        folded = thai.fold(text).strip()
        if folded in self._words:
            return ""
        shared = Counter(word for pair in _pairs(folded) for word in self._holders.get(pair, ()))
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(folded)
        best, most = "", _LEAST_ALIKE
        for word, _count in shared.most_common(_MOST_COMPARED):
            matcher.set_seq1(word)
            if matcher.quick_ratio() > most and (ratio := matcher.ratio()) > most:
                best, most = word, ratio
        return self._words.get(best, "")


def _pairs(folded: str) -> set[str]:
    framed = f" {folded} "
    return {framed[place : place + 2] for place in range(len(framed) - 1)}


def nearest(text: str) -> str:
    """The word of this site that is most like ``text``; empty where none is."""
    state = (str(db.engine.url), word_queries.version(), entry_queries.last_change())
    return _known(state).nearest(text)


@lru_cache(maxsize=2)
def _known(state: tuple[str, str, int]) -> Nearness:
    words = dict.fromkeys(signposts.current().names)
    words |= dict.fromkeys(row.tag.name for row in taxonomy_queries.tags_with_counts(None))
    for short, expansions, _kind, category, _note in word_queries.synonym_rows():
        words |= dict.fromkeys(expansions if category == _WRONG else (short, *expansions))
    return Nearness(words)
