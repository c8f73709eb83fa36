"""The likely word behind a misspelt one: what "did you mean" offers.

A noisy channel over the words that the collection holds: a reading of the query costs what
its words tell (rare words more) and what was mistyped (a tone or a letter of the same sound
less than another letter).  A reading with corrections is offered where it costs clearly
less than the query as it stands.

Words one or two edits away are found by what they have in common when letters are left out
of both (the symmetric deletes of W. Garbe, 2012), kept as sorted hashes in arrays: about
14 MB and 0.4 s for 60,000 words.  Whatever the hashes say is measured again by letters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.search.letters import encode
from app.text import keyboard, thai

#: Letters of a word that may be corrected; shorter ones have too many neighbours.
SHORTEST, LONGEST = 3, 24
#: From so many letters on two edits are looked for, below one.
LONG_WORD = 5
#: Words kept at most, the most frequent ones.
MOST_WORDS = 60_000
#: Words of a query that one correction may span: a wrong letter cuts a word into pieces.
MOST_TOKENS = 5
#: Readings of a stretch that are carried on.
MOST_READINGS = 3
#: Queries whose corrections are remembered.
MOST_ANSWERED = 500
#: Nearest words that are measured letter by letter.
MOST_MEASURED = 200

#: What one whole edit costs, in the unit of the logarithm of a word's rarity.
EDIT = 8.0
#: What a word costs that the dictionary knows and the collection does not hold, and what a
#: stretch costs that nobody knows, with something for each letter.
ABSENT, UNKNOWN, UNKNOWN_LETTER = 10.0, 12.0, 1.0
#: What every word costs: a wrong letter often cuts one word into several known ones.
WORD = 1.5
#: By how much a corrected reading must be cheaper to be offered.
MARGIN = 1.5

_SAME_SOUND = ("สศษซ", "ทธฑฒถฐ", "ตฏดฎ", "นณ", "พภผ", "คขฃฅฆ", "รลฬ", "ยญ", "บป", "ฟฝ", "ชฉฌ")
_SAME_SHAPE = (
    "\u0e48\u0e49\u0e4a\u0e4b\u0e47",
    "\u0e34\u0e35\u0e36\u0e37",
    "\u0e38\u0e39",
    "เแ",
    "ใไ",
    "าะ",
    "ำา",
    "ชข",
    "ฃข",
)
_GROUPS = (*_SAME_SOUND, *_SAME_SHAPE)
#: Marks that are easily left out or typed too much.
_LIGHT = frozenset("\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e31")
_PLAIN_WORD = re.compile(f"[{thai.THAI}]+|[a-z]+")

Ids = NDArray[np.int32]


class Near(NamedTuple):
    """A word of the collection near a stretch of a query."""

    word: str
    edits: float  # weighted; 1.0 is one ordinary wrong letter


class Correction(NamedTuple):
    """``text[start:stop]`` of a query is ``typed``; ``meant`` are likely, the likeliest first."""

    start: int
    stop: int
    typed: str
    meant: tuple[str, ...]


def _close_pairs() -> frozenset[tuple[str, str]]:
    pairs = {pair for group in _GROUPS for pair in combinations(group, 2)}
    return frozenset(pairs | {(b, a) for a, b in pairs})


_CLOSE = _close_pairs()


@lru_cache(maxsize=8192)
def _swap_cost(one: str, other: str) -> float:
    if one == other:
        return 0.0
    if (one, other) in _CLOSE:
        return 0.4
    return 0.8 if keyboard.are_neighbours(one, other) else 1.0


def _gap_cost(letter: str, before: str) -> float:
    """A letter that is missing or too much; one that was typed twice is half an error."""
    return 0.5 if letter in _LIGHT or letter == before else 1.0


def distance(typed: str, word: str, *, most: float = 2.0) -> float:
    """Weighted edits between two words; ``most`` + 1 where they are further apart.

    Optimal string alignment: letters left out, added, replaced, or swapped with the next
    (R. Lowrance and R. Wagner, 1975), with lower costs for Thai letters of one sound.
    """
    rows: list[list[float]] = [[0.0]]
    for column, letter in enumerate(word):
        rows[0].append(rows[0][column] + _gap_cost(letter, word[column - 1] if column else ""))
    for at, letter in enumerate(typed, 1):
        above = rows[-1]
        before = typed[at - 2] if at > 1 else ""
        row = [above[0] + _gap_cost(letter, before)]
        for column, other in enumerate(word, 1):
            beside = word[column - 2] if column > 1 else ""
            cost = min(
                above[column - 1] + _swap_cost(letter, other),
                above[column] + _gap_cost(letter, before),
                row[-1] + _gap_cost(other, beside),
            )
            if letter == beside and before == other:
                cost = min(cost, rows[-2][column - 2] + 0.7)
            row.append(cost)
        if min(row) > most:
            return most + 1.0
        rows.append(row)
    return rows[-1][-1]


class Speller:
    """Knows the words of a collection.  Immutable; make a new one when the words change.

    :param words: folded word -> number of documents that hold it, at least 1.
    :param documents: how many documents there are.
    :param is_known: whether a word is in the dictionary, whatever the collection holds.
    """

    def __init__(
        self, words: Mapping[str, int], documents: int, is_known: Callable[[str], bool]
    ) -> None:
        kept = sorted(words.items(), key=lambda item: (-item[1], item[0]))
        self._counts = dict(words)
        self._documents = max(documents, 1)
        self._is_known = is_known
        candidates = [word for word, _ in kept if _may_be_offered(word)]
        self._words = candidates[:MOST_WORDS]
        self._hashes, self._ids = _deletes_of_all(self._words)
        self._answered: dict[str, tuple[Correction, ...]] = {}

    def __contains__(self, word: str) -> bool:
        return word in self._counts

    def nearest(self, typed: str, limit: int = 5) -> list[Near]:
        """Words of the collection within one or two edits of ``typed`` (folded), best first."""
        if not _may_be_offered(typed):
            return []
        wanted = _deletes(np.frombuffer(encode(typed), np.uint8).reshape(1, -1))[0]
        first = np.searchsorted(self._hashes, wanted, side="left").tolist()
        stop = np.searchsorted(self._hashes, wanted, side="right").tolist()
        runs = [self._ids[a:b] for a, b in zip(first, stop, strict=True) if a < b]
        ids = set(np.concatenate(runs).tolist()) if runs else set()
        most = 2.0 if len(typed) >= LONG_WORD else 1.0
        found = []
        for place in sorted(ids)[:MOST_MEASURED]:  # the most frequent first
            word = self._words[place]
            edits = distance(typed, word, most=most)
            if 0 < edits <= most:
                found.append(Near(word, edits))
        found.sort(key=lambda near: self._cost(near.word) + EDIT * near.edits)
        return found[:limit]

    def _cost(self, word: str) -> float:
        count = self._counts.get(word)
        if count:
            return WORD + math.log((self._documents + 1) / count)
        if self._is_known(word):
            return WORD + ABSENT
        return WORD + UNKNOWN + UNKNOWN_LETTER * len(word)

    def corrections(self, text: str) -> tuple[Correction, ...]:
        """Stretches of ``text`` (folded) that are likely misspelt, with what was meant."""
        known = self._answered.get(text)
        if known is None:
            if len(self._answered) > MOST_ANSWERED:
                self._answered.clear()
            known = self._answered[text] = tuple(self._corrections(text))
        return known

    def _corrections(self, text: str) -> Iterator[Correction]:
        for match in thai.RUNS.finditer(text):
            better = self._better(match[0])
            if better:
                yield Correction(match.start(), match.end(), match[0], better)

    def _better(self, run: str) -> tuple[str, ...]:
        """One run in other readings that cost clearly less, the cheapest first."""
        if len(run) > 60 or not _PLAIN_WORD.fullmatch(run) or run in self._counts:
            return ()
        tokens = [token.text for token in thai.segment(run)]
        if "".join(tokens) != run:
            return ()
        as_it_stands = sum(map(self._cost, tokens))
        best: list[list[tuple[float, str]]] = [[(0.0, "")]]
        for stop in range(1, len(tokens) + 1):
            readings = {
                (before + cost, said + word)
                for start in range(max(0, stop - MOST_TOKENS), stop)
                for cost, word in self._readings(tokens, start, stop)
                for before, said in best[start]
            }
            best.append(sorted(readings)[:MOST_READINGS])
        likely = (word for cost, word in best[-1] if cost + MARGIN < as_it_stands)
        return tuple(dict.fromkeys(word for word in likely if word != run))

    def _readings(self, tokens: list[str], start: int, stop: int) -> Iterator[tuple[float, str]]:
        text = "".join(tokens[start:stop])
        if stop - start == 1 or text in self._counts:
            yield self._cost(text), text
        if text in self._counts or len(text) > LONGEST:
            return
        for near in self.nearest(text, 3):
            yield self._cost(near.word) + EDIT * near.edits, near.word


def lexicon_of(vocabulary: Mapping[str, int], long_words: Iterable[str]) -> dict[str, int]:
    """The words that a speller may offer: word (folded) -> about how many documents hold it.

    :param vocabulary: atoms of an index with their documents; its tokens for years, tags and
        lone letters are left out.
    :param long_words: words that an index holds in parts; one of which a part is missing is
        in no document.
    """
    words = {word: count for word, count in vocabulary.items() if _PLAIN_WORD.fullmatch(word)}
    for word in long_words:
        counts = [vocabulary.get(atom, 0) for atom in thai.cut(word)]
        rarest = min(counts, default=0)
        if rarest:
            words.setdefault(word, max(1, rarest // 2))
    return words


def _may_be_offered(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and _PLAIN_WORD.fullmatch(word) is not None


# --- words with letters left out, as hashes ----------------------------------------------

_P = 0x9E3779B97F4A7C15  # odd, so that it can be divided by modulo 2 ** 64
_ONCE = np.uint64(pow(_P, -1, 1 << 64))
_POWERS = np.array([pow(_P, place, 1 << 64) for place in range(LONGEST)], np.uint64)


def _deletes_of_all(words: list[str]) -> tuple[NDArray[np.uint32], Ids]:
    """(hashes, words by place), sorted by hash: ``_deletes`` of all words at once."""
    by_length: dict[int, list[int]] = {}
    encoded = [encode(word) for word in words]
    for place, letters in enumerate(encoded):
        by_length.setdefault(len(letters), []).append(place)
    hashes: list[NDArray[np.uint32]] = []
    ids: list[Ids] = []
    for length, places in by_length.items():
        table = np.frombuffer(b"".join(encoded[p] for p in places), np.uint8)
        own = np.array(places, np.int32)
        found = _deletes(table.reshape(-1, length))
        hashes.append(found.reshape(-1))
        ids.append(np.repeat(own, found.shape[1]))
    if not hashes:
        return np.zeros(0, np.uint32), np.zeros(0, np.int32)
    all_hashes, all_ids = np.concatenate(hashes), np.concatenate(ids)
    order = np.argsort(all_hashes, kind="stable")
    return all_hashes[order], all_ids[order]


def _deletes(table: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Of words of one length, a row each: hashes with no letter, each one and, in long words,
    each two of them left out; a column each.

    The hash of letters c0 c1 … is the sum of (c + 1) * P ** place, modulo 2 ** 64: what
    stands behind a letter left out is divided by P, so every column is a difference of sums.
    """
    rows, length = table.shape
    sums = np.zeros((rows, length + 1), np.uint64)
    np.cumsum((table.astype(np.uint64) + 1) * _POWERS[:length], axis=1, out=sums[:, 1:])
    behind = (sums[:, length:] - sums) * _ONCE
    columns = [sums[:, length:], sums[:, :length] + behind[:, 1:]]
    if length >= LONG_WORD:
        first, second = np.triu_indices(length, 1)
        between = (sums[:, second] - sums[:, first + 1]) * _ONCE
        columns.append(sums[:, first] + between + behind[:, second + 1] * _ONCE)
    total = np.concatenate(columns, axis=1)
    return ((total ^ (total >> np.uint64(29))) >> np.uint64(32)).astype(np.uint32)


# --- the other layout --------------------------------------------------------------------


def on_the_other_layout(text: str) -> Iterable[str]:
    """What the query would be had the keyboard been switched: l;ylfu -> สวัสดี."""
    if re.search(f"[{thai.THAI}]", text):
        latin = keyboard.to_latin(text)
        if latin.isascii():
            yield latin.lower()
    elif text.isascii() and re.search("[a-z]", text, re.IGNORECASE):
        yield keyboard.to_thai(text)


def reads_well(text: str, is_known: Callable[[str], bool]) -> bool:
    """Whether ``text`` is made of words: most of its letters stand in words of two or more."""
    folded = thai.fold(text)
    tokens = thai.segment(folded)
    letters = sum(len(token.text) for token in tokens)
    good = sum(len(token.text) for token in tokens if len(token.text) > 1 and is_known(token.text))
    return letters >= 2 and good >= 0.8 * len(folded.replace(" ", ""))
