"""What to offer while a reader types, from the terms of a tantivy index.

Beginnings are looked up in the ordered list of terms.  What stands inside a title is looked
for in one text of all titles, made when it is first asked for: two bytes a letter.
"""

from __future__ import annotations

import threading
from functools import cached_property

from tantivy import Query

from app.search.engine import Suggestion
from app.search.engines.tantivy_query import Terms
from app.search.suggestions import SHORTEST
from app.text import thai

#: Candidates with one beginning that are looked at: the most frequent tags, then titles.
MOST_BEGINNING = 200
_PARTED = "\x1f"


class Offers:
    """Titles and tags of the public documents of one commit."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._lock = threading.Lock()

    def offer(self, text: str, limit: int = 8) -> list[Suggestion]:
        """At most ``limit`` candidates that begin with ``text``, then those that hold it."""
        wanted = thai.fold(text[:200]).strip().replace("\n", " ")
        if len(wanted) < SHORTEST or limit < 1:
            return []
        wanted = wanted.encode("utf-8", "replace").decode("utf-8")
        found = self._beginning(wanted, MOST_BEGINNING)
        # Tags before titles: one tag leads to many entries.
        found.sort(key=lambda one: (one.kind != "tag", len(one.text)))
        if len(found) < limit:
            found += self._holding(wanted, limit - len(found))
        return found[:limit]

    def _beginning(self, wanted: str, most: int) -> list[Suggestion]:
        rows = self.terms.searcher.terms_with_prefix("offered", wanted, self._alive, limit=most)
        offered: dict[tuple[str, str], Suggestion] = {}
        for term, _ in rows:
            _, kind, text, key = term.split(_PARTED, 3)
            offered.setdefault((kind, text), Suggestion(text, kind, key))
        return list(offered.values())

    @property
    def _alive(self) -> Query | None:
        return Query.all_query() if self.terms.has_deleted else None

    def _holding(self, wanted: str, most: int) -> list[Suggestion]:
        found: list[Suggestion] = []
        with self._lock:
            lines = self._lines
        place = lines.find(wanted)
        while place >= 0 and len(found) < most:
            first, stop = lines.rfind("\n", 0, place) + 1, lines.find("\n", place)
            if first < place:  # what begins so was told already
                found += self._beginning(lines[first:stop] + _PARTED, most)
            place = lines.find(wanted, stop)
        return found

    @cached_property
    def _lines(self) -> str:
        """All folded titles and tags in their order, a line each."""
        rows = self.terms.searcher.terms_with_prefix("folded", "", self._alive)
        return "".join(f"{term}\n" for term in sorted(term for term, _ in rows))
