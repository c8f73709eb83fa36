"""What to offer while a reader types: titles and tags, those that begin with the letters first."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from app.search.documents import Document
from app.search.engine import Suggestion
from app.text import thai

SHORTEST = 2  # letters typed before anything is offered
_END = "\U0010ffff"


def candidates(document: Document) -> Iterator[Suggestion]:
    """What a public document adds; nothing for others."""
    if "public" not in document.audience:
        return
    yield Suggestion(document.title, "title", document.key)
    names = document.tag_names or document.tags
    for slug, name in zip(document.tags, names, strict=False):
        yield Suggestion(name, "tag", slug)


class Suggestions:
    """Candidates in order of their folded text.  Immutable."""

    def __init__(self, offered: Iterable[Suggestion] = ()) -> None:
        rows = {(thai.fold(one.text).strip(), one.kind, one.text): one for one in offered}
        self._rows = [rows[key] for key in sorted(rows)]
        self._folded = [key[0] for key in sorted(rows)]
        self._all = "\n".join(self._folded)

    def offer(self, text: str, limit: int = 8) -> list[Suggestion]:
        """At most ``limit`` candidates that begin with ``text``, then those that hold it."""
        wanted = thai.fold(text[:200]).strip()
        if len(wanted) < SHORTEST or limit < 1:
            return []
        first = bisect_left(self._folded, wanted)
        last = bisect_left(self._folded, wanted + _END)
        # Tags before titles: one tag leads to many entries.
        found = sorted(
            self._rows[first:last][:200], key=lambda one: (one.kind != "tag", len(one.text))
        )
        if len(found) < limit:
            found += self._holding(wanted, limit - len(found), set(range(first, last)))
        return found[:limit]

    def _holding(self, wanted: str, most: int, but: set[int]) -> list[Suggestion]:
        found: list[Suggestion] = []
        place = self._all.find(wanted)
        while place >= 0 and len(found) < most:
            row = self._all.count("\n", 0, place)
            if row not in but:
                found.append(self._rows[row])
            end = self._all.find("\n", place)
            place = self._all.find(wanted, end) if end >= 0 else -1
        return found
