"""What to offer while a reader types, from the terms of a tantivy index.

Beginnings are looked up in the ordered list of terms.  What stands inside a title is looked
for in one text of all titles, made when it is first asked for: two bytes a letter.
"""

from __future__ import annotations

import threading
from functools import cached_property, partial

from tantivy import Query

from app.search.engine import Suggestion
from app.search.engines.tantivy_index import clean
from app.search.engines.tantivy_query import Terms
from app.search.suggestions import MOST_LOOKED_AT, SHORTEST, Candidate
from app.text import thai

_PARTED = "\x1f"


class Offers:
    """Titles and tags of the public documents of one commit."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._lock = threading.Lock()

    def offer(self, text: str, limit: int = 8) -> list[Suggestion]:
        """At most ``limit`` candidates that begin with ``text``, then those that hold it.

        Tags come before titles, for one tag leads to many entries, and each text comes once.
        """
        wanted = clean(thai.fold(text[:200]).strip().replace("\n", " "))
        if len(wanted) < SHORTEST or limit < 1:
            return []
        chosen: dict[tuple[str, str], Suggestion] = {}
        for find in (self._beginning, partial(self._holding, most=4 * limit)):
            found = sorted(find(wanted), key=lambda one: (one.kind != "tag", len(one.text), one))
            for one in found:
                chosen.setdefault((one.kind, one.folded), Suggestion(one.text, one.kind, one.key))
            if len(chosen) >= limit:
                break
        return list(chosen.values())[:limit]

    def _beginning(self, wanted: str) -> list[Candidate]:
        rows = self.terms.searcher.terms_with_prefix(
            "offered", wanted, self._alive, limit=MOST_LOOKED_AT
        )
        parted = (term.split(_PARTED, 3) for term, _ in rows)
        return [Candidate(folded, kind, text, key) for folded, kind, text, key in parted]

    @property
    def _alive(self) -> Query | None:
        return Query.all_query() if self.terms.has_deleted else None

    def _holding(self, wanted: str, most: int) -> list[Candidate]:
        found: list[Candidate] = []
        with self._lock:
            lines = self._lines
        place = lines.find(wanted)
        while place >= 0 and len(found) < most:
            first, stop = lines.rfind("\n", 0, place) + 1, lines.find("\n", place)
            if first < place:  # what begins so was told already
                found += self._beginning(lines[first:stop] + _PARTED)
            place = lines.find(wanted, stop)
        return found[:most]

    @cached_property
    def _lines(self) -> str:
        """All folded titles and tags in their order, a line each."""
        rows = self.terms.searcher.terms_with_prefix("folded", "", self._alive)
        return "".join(f"{term}\n" for term in sorted(term for term, _ in rows))
