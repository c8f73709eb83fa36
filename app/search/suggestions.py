"""What to offer while a reader types: titles and tags, those that begin with the letters first."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.search.documents import Document
from app.search.engine import Suggestion
from app.text import thai

SHORTEST = 2  # letters typed before anything is offered
#: Candidates with one beginning that are compared.
MOST_LOOKED_AT = 200
#: The place of what no single document stands for.
OF_NO_PLACE = -1
_END = "\U0010ffff"


class Candidate(NamedTuple):
    """Something that may be offered, with the folded text by which it is looked up."""

    folded: str
    kind: str
    text: str
    key: str


def candidates(document: Document) -> Iterator[Candidate]:
    """What a public document adds; nothing for others."""
    if "public" not in document.audience:
        return
    offered = [("title", document.title, document.key)]
    names = document.tag_names or document.tags
    offered += [("tag", name, slug) for slug, name in zip(document.tags, names, strict=False)]
    for kind, text, key in offered:
        yield Candidate(thai.fold(text).strip(), kind, text, key)


class Suggestions:
    """Candidates in order of their folded text, each with its place.  Immutable.

    :param offered: (place of the document, candidate); OF_NO_PLACE for what many share.
    """

    def __init__(self, offered: Iterable[tuple[int, Candidate]] = ()) -> None:
        self._rows = sorted((one, place) for place, one in offered if one.folded)
        self._folded = [one.folded for one, _ in self._rows]

    def beginning(self, wanted: str) -> Iterator[tuple[Candidate, int]]:
        """Those that begin with ``wanted``, at most MOST_LOOKED_AT."""
        first = bisect_left(self._folded, wanted)
        last = bisect_left(self._folded, wanted + _END)
        yield from self._rows[first : min(last, first + MOST_LOOKED_AT)]

    @cached_property
    def _all(self) -> str:
        return "\n".join(self._folded)

    @cached_property
    def _starts(self) -> list[int]:
        """Where each row begins in ``_all``."""
        return [0, *accumulate(len(folded) + 1 for folded in self._folded)]

    def holding(self, wanted: str, most: int) -> Iterator[tuple[Candidate, int]]:
        """At most ``most`` that hold ``wanted``, but not at their beginning."""
        place = self._all.find(wanted)
        while place >= 0 and most > 0:
            row = bisect_right(self._starts, place) - 1
            if place > self._starts[row]:
                yield self._rows[row]
                most -= 1
            place = self._all.find(wanted, self._starts[row + 1])


def offer(
    lists: Iterable[tuple[Suggestions, NDArray[np.bool_]]], text: str, limit: int
) -> list[Suggestion]:
    """At most ``limit`` candidates that begin with ``text``, then those that hold it.

    :param lists: rows, each with which places count; tags come before titles, for one tag
        leads to many entries, and each text comes once.
    """
    wanted = thai.fold(text[:200]).strip()
    if len(wanted) < SHORTEST or limit < 1:
        return []
    known = list(lists)
    chosen: dict[tuple[str, str], Suggestion] = {}
    for find in (Suggestions.beginning, partial(Suggestions.holding, most=4 * limit)):
        found = [
            one
            for rows, live in known
            for one, place in find(rows, wanted)
            if place == OF_NO_PLACE or live[place]
        ]
        found.sort(key=lambda one: (one.kind != "tag", len(one.text), one))
        for one in found:
            if len(chosen) >= limit:
                return list(chosen.values())
            row = Suggestion(one.text, one.kind, one.key)
            chosen.setdefault((one.kind, one.folded), row)
    return list(chosen.values())
