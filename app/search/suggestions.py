"""What to offer while a reader types: titles and tags, those that begin with the letters first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from app.search.documents import Document
from app.search.engine import Suggestion
from app.text import thai

SHORTEST = 2  # letters typed before anything is offered
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
    """Candidates in order of their folded text, each text once.  Immutable."""

    def __init__(self, offered: Iterable[Candidate] = ()) -> None:
        rows = {one[:3]: one for one in offered if one.folded}
        self._rows = sorted(rows.values())
        self._folded = [one.folded for one in self._rows]
        self._all = "\n".join(self._folded)

    def offer(self, text: str, limit: int = 8) -> list[Suggestion]:
        """At most ``limit`` candidates that begin with ``text``, then those that hold it."""
        wanted = thai.fold(text[:200]).strip()
        if len(wanted) < SHORTEST or limit < 1:
            return []
        first = bisect_left(self._folded, wanted)
        last = bisect_left(self._folded, wanted + _END)
        # Tags before titles: one tag leads to many entries.
        found = self._rows[first:last][:200]
        found.sort(key=lambda one: (one.kind != "tag", len(one.text)))
        if len(found) < limit:
            found += self._holding(wanted, limit - len(found), set(range(first, last)))
        return [Suggestion(one.text, one.kind, one.key) for one in found[:limit]]

    def _holding(self, wanted: str, most: int, but: set[int]) -> list[Candidate]:
        found: list[Candidate] = []
        place = self._all.find(wanted)
        while place >= 0 and len(found) < most:
            row = self._all.count("\n", 0, place)
            if row not in but:
                found.append(self._rows[row])
            end = self._all.find("\n", place)
            place = self._all.find(wanted, end) if end >= 0 else -1
        return found
