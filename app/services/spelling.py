"""What a reader probably meant: the words of this site, and when to offer them.

Every process keeps a speller of the words that its index holds.  It is made beside the
requests (services.worker) when the index or the words of the site have moved; while there
is none nothing is offered.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from app.search import spelling, typed
from app.search.engine import SearchEngine
from app.search.spelling import Speller
from app.services import indexing
from app.text import thai

#: Entries of a site so small that its speller is made at once, in a request if need be.
SMALL = 3_000
#: Seconds that a speller serves although the index has moved since.
LAG_S = 60.0
#: A correction is offered where it stands in so many times more entries than what was typed.
TIMES_MORE = 10

Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class _Made:
    speller: Speller
    stamp: tuple[int, int]  # sequence of the index, version of the site's words
    at: float


class Keeper:
    """The speller of this process; kept at ``app.extensions["speller"]``."""

    def __init__(self) -> None:
        self._made: _Made | None = None
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Make the speller anew when the words have moved, at most every LAG_S."""
        made = self._made
        if made is None or time.monotonic() - made.at > LAG_S:
            self._make()

    def speller(self) -> Speller | None:
        """The speller; None while a large site's is not made yet."""
        if indexing.handle().engine().count() <= SMALL:
            self._make()
        return self._made.speller if self._made is not None else None

    def _make(self) -> None:
        with self._lock:
            engine = indexing.handle().engine()
            stamp = (engine.sequence, thai.words_version())
            if self._made is None or self._made.stamp != stamp:
                self._made = _Made(speller_of(engine), stamp, time.monotonic())


def keeper() -> Keeper:
    found: Keeper = current_app.extensions.setdefault("speller", Keeper())
    return found


def warm() -> None:
    """Have the speller ready before somebody asks; for the loop beside the requests."""
    keeper().warm()


def speller_of(engine: SearchEngine) -> Speller:
    """A speller of the words that ``engine`` holds, the names of this site included."""
    words = spelling.lexicon_of(engine.vocabulary(), thai.long_words())
    return Speller(words, engine.count(), thai.is_word)


def meant(text: str, *, total: int, count: Count) -> str | None:
    """The words that were probably meant by ``text``; None when it stands as it is.

    :param text: without typed choices.
    :param total: what ``text`` found.
    :param count: how much a query finds for this reader; words of entries that the reader
        may not see are never offered, for they count nothing.
    """
    speller = keeper().speller()
    asked = typed.read(text)
    if speller is None or not asked.words or asked.phrases or asked.without:
        return None
    switched = on_the_other_layout(asked.words, speller)
    # What finds nothing for this reader is offered only where it is made of words of the
    # language: the index also knows words of drafts.
    if switched and (
        count(switched) > 0 or (total == 0 and spelling.reads_well(switched, thai.is_word))
    ):
        return switched
    better = [
        (found.start, found.stop, meant)
        for found in speller.corrections(thai.fold(asked.words))
        if (meant := likeliest(found, count))
    ]
    if not better:
        return None
    return mended(asked.words, better)


def on_the_other_layout(words: str, speller: Speller) -> str | None:
    """``words`` as typed on the other keyboard layout, where that reads like language."""
    for switched in spelling.on_the_other_layout(words):
        if spelling.reads_well(switched, lambda word: word in speller or thai.is_word(word)):
            return switched
    return None


def likeliest(correction: spelling.Correction, count: Count) -> str | None:
    """The first meaning that stands in many more entries than what was typed."""
    least = max(1, TIMES_MORE * count(f'"{correction.typed}"'))
    return next((one for one in correction.meant if count(f'"{one}"') >= least), None)


def mended(words: str, better: list[tuple[int, int, str]]) -> str:
    """``words`` as typed with (start, stop, meant) of their folded text put in."""
    folded = thai.fold_with_positions(words)
    for first, last, meant in reversed(better):
        start, stop = folded.span(first, last)
        words = f"{words[:start]}{meant}{words[stop:]}"
    return words
