"""Pages that a few typed letters can mean: places, groups and programs, ready in memory.

Read once for each state of the site's words (queries.naming.names_version) and kept in the
process: a list of thousands of names is too long to be scanned in SQL at every letter.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.db import db
from app.queries import naming
from app.queries.naming import IN_FULL, LEVELS, NamedPage, fold, parts_of
from app.queries.taxonomy import LEVELS_TH
from app.text import thai
from app.vocabulary import CommunityKind

#: Which comes first among names that begin alike.
_RANKS = {
    None: 0,  # programs
    CommunityKind.PROVINCE: 0,
    CommunityKind.AMPHOE: 1,
    CommunityKind.BRANCH_AMPHOE: 1,
    CommunityKind.GROUP: 2,
    CommunityKind.NETWORK: 2,
    CommunityKind.TAMBON: 3,
    CommunityKind.VILLAGE: 4,
}
#: Places so large that a reader means them, whatever else the word says.
_LARGE = (CommunityKind.PROVINCE, CommunityKind.AMPHOE, CommunityKind.BRANCH_AMPHOE)
#: Names looked at behind one beginning.
_MOST_LOOKED_AT = 400
#: Words of a query that may be one name together, and letters of the shortest name inside one.
_MOST_TOGETHER, _SHORTEST_INSIDE = 3, 3
_LEVEL_WORD = re.compile("|".join(map(re.escape, sorted(LEVELS, key=len, reverse=True))))


@dataclass(frozen=True, slots=True)
class Signpost:
    """A page of a community or program."""

    kind: str  # "community", "program"
    slug: str
    level: CommunityKind | None = None


class Signposts:
    """All names of one site at one state of its words.  Immutable."""

    def __init__(self, rows: Iterable[NamedPage] = ()) -> None:
        self._pages: dict[str, dict[Signpost, None]] = {}
        offered: set[tuple[str, int, str, str]] = set()
        self.names: set[str] = set()
        for row in rows:
            page = Signpost(row.kind, row.slug, row.level)
            level = LEVELS_TH.get(row.level, ("",))[0] if row.level else ""
            self.names.add(row.name)
            # A short form is typed without its dots as well: กขคจ.
            for folded in {row.folded, f"{level}{row.folded}", row.folded.replace(".", "")}:
                self._pages.setdefault(folded, {})[page] = None
                offered.add((folded, _RANKS[row.level], row.kind, row.slug))
        self._rows = sorted(offered)
        self._levels = {page.slug: page.level for found in self._pages.values() for page in found}
        self._folded = [row[0] for row in self._rows]
        self._all = "\n".join(self._folded)

    def named(self, text: str) -> list[Signpost]:
        """Pages that the whole of ``text`` names; several where a name is shared."""
        for folded in dict.fromkeys((fold(text), in_full(text))):
            if found := self._pages.get(folded):
                return _largest_first(found)
        if not _LEVEL_WORD.search(text) or len(text) > 200:
            return []
        return _largest_first(  # ต.บางจาก อ.เมือง, หมู่ 7 ต.บางจาก: steps are for the database
            Signpost("community", row.slug, row.kind) for row in naming.communities_named(text)
        )

    def named_inside(self, text: str) -> list[Signpost]:
        """Pages that words of ``text`` name beyond doubt, in the order of the words.

        No other place of that size has the name, it is no village, and the word is written
        with its level, or names an amphoe, or is no ordinary word of the dictionary: คลัง
        ความรู้ does not mean ต.คลัง.
        """
        words = text.split()[:12]
        found: dict[Signpost, None] = {}
        place = 0
        while place < len(words):
            for stop in range(min(len(words), place + _MOST_TOGETHER), place, -1):
                if pages := self._beyond_doubt(" ".join(words[place:stop])):
                    found |= dict.fromkeys(pages)
                    place = stop - 1
                    break
            place += 1
        return list(found)

    def _beyond_doubt(self, text: str) -> list[Signpost]:
        folded = in_full(text)
        if len(folded) < _SHORTEST_INSIDE:
            return []
        pages = {**self._pages.get(fold(text), {}), **self._pages.get(folded, {})}
        programs = [page for page in pages if page.kind == "program"]
        places = _largest_first(page for page in pages if page.kind == "community")
        is_shared = len(places) > 1 and _RANKS[places[0].level] == _RANKS[places[1].level]
        if is_shared or (places and places[0].level is CommunityKind.VILLAGE):
            places = []
        found = [*(programs if len(programs) == 1 else ()), *places[:1]]
        if _LEVEL_WORD.match(thai.normalise(text)) is None and _is_ordinary(folded):
            return [page for page in found if page.level in _LARGE]
        return found

    def beginning(self, text: str, *, limit: int) -> list[Signpost]:
        """Pages with a name that begins with ``text``, the larger first; then any that holds it."""
        wanted = in_full(text) or fold(text)
        if len(wanted) < 2 or _LEVEL_WORD.fullmatch(wanted):
            return []
        first = bisect_left(self._folded, wanted)
        last = bisect_left(self._folded, wanted + "\U0010ffff", lo=first)
        rows = self._rows[first : min(last, first + _MOST_LOOKED_AT)]
        rows = sorted(rows, key=lambda row: (row[1], len(row[0])))
        found = dict.fromkeys(row[2:] for row in rows)
        if len(found) < limit and len(wanted) > 2:
            found |= dict.fromkeys(self._holding(wanted, limit - len(found)))
        return [Signpost(kind, slug, self._levels.get(slug)) for kind, slug in list(found)[:limit]]

    def _holding(self, wanted: str, most: int) -> list[tuple[str, str]]:
        found: dict[tuple[str, str], None] = {}
        place = self._all.find(wanted)
        while place >= 0 and len(found) < most:
            row = self._rows[self._all.count("\n", 0, place)]
            found[row[2:]] = None
            end = self._all.find("\n", place)
            place = self._all.find(wanted, end) if end >= 0 else -1
        return list(found)


def _largest_first(pages: Iterable[Signpost]) -> list[Signpost]:
    return sorted(pages, key=lambda page: _RANKS[page.level])


def _is_ordinary(folded: str) -> bool:
    """Whether the dictionary has ``folded`` as one word."""
    return thai.cut(folded) == [folded]


def in_full(text: str) -> str:
    """The folded name with its levels written out: ต.กะหรอ -> ตำบลกะหรอ."""
    return "".join(f"{IN_FULL.get(part.level, part.level)}{part.name}" for part in parts_of(text))


def current() -> Signposts:
    """The names of this site as they are now."""
    return _signposts(str(db.engine.url), naming.names_version())


@lru_cache(maxsize=4)
def _signposts(site: str, version: str) -> Signposts:
    return Signposts(naming.named_pages())
