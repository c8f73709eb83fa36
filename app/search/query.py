"""What a reader asks for, parsed once from an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.search.facets import FACETS
from app.text import thai, years

SORTS = ("relevance", "newest", "oldest", "title")
PER_PAGE = 20
MOST_PER_PAGE = 100
MOST_PAGES = 10_000
#: Letters of a query that are kept; the rest of a longer one is dropped.
MOST_LETTERS = 1_000
_MOST_VALUES = 60  # of one facet; more is no reader's choice


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What the reader asked for, already cleaned.

    ``facets`` holds the choices by name of facet; years are พ.ศ. in digits, and a range is
    all its years.
    """

    text: str = ""
    facets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    without: Mapping[str, frozenset[str]] = field(default_factory=dict)  # typed as -name:choice
    sort: str = "relevance"
    page: int = 1  # from 1
    per_page: int = PER_PAGE  # hits, at most MOST_PER_PAGE

    @classmethod
    def from_args(cls, args: Any) -> SearchQuery:
        """A query from request arguments (anything with ``getlist``, or a mapping).

        ``q``, the facets of facets.py (each may repeat; ``year=2548..2550`` is a range and
        ค.ศ. is understood), ``sort``, ``page``, ``per_page``.  What cannot be read becomes
        its plain default: a search never fails on its address.
        """
        chosen = {name: _choices(name, _all(args, name)) for name in FACETS}
        sort = _first(args, "sort")
        return cls(
            text=_words(_first(args, "q")),
            facets={name: values for name, values in chosen.items() if values},
            sort=sort if sort in SORTS else SORTS[0],
            page=_number(_first(args, "page"), default=1, most=MOST_PAGES),
            per_page=_number(_first(args, "per_page"), default=PER_PAGE, most=MOST_PER_PAGE),
        )

    def args(self) -> list[tuple[str, str]]:
        """The query as pairs for an address; what is at its default is left out."""
        pairs = [("q", self.text)] if self.text else []
        for name in FACETS:
            chosen = self.facets.get(name, frozenset())
            pairs += [(name, value) for value in _told(name, chosen)]
        if self.sort != SORTS[0]:
            pairs.append(("sort", self.sort))
        if self.page > 1:
            pairs.append(("page", str(self.page)))
        if self.per_page != PER_PAGE:
            pairs.append(("per_page", str(self.per_page)))
        return pairs

    def has(self, facet: str, slug: str) -> bool:
        """Whether ``slug`` is chosen."""
        return slug in self.facets.get(facet, frozenset())

    def is_browsing(self) -> bool:
        """Whether there are no words."""
        return not self.text.strip()


def _all(args: Any, name: str) -> list[str]:
    if hasattr(args, "getlist"):
        return [str(value) for value in args.getlist(name)]
    value = args.get(name) or ()
    return [value] if isinstance(value, str) else [str(one) for one in value]


def _first(args: Any, name: str) -> str:
    values = _all(args, name)
    return values[0] if values else ""


def _words(typed: str) -> str:
    """The words of a query as typed, spaces folded; nothing where all of it is invisible."""
    text = " ".join(typed[: MOST_LETTERS * 4].split())[:MOST_LETTERS]
    return text if thai.fold(text).strip() else ""


def _choices(name: str, values: Iterable[str]) -> frozenset[str]:
    chosen: set[str] = set()
    for value in values:
        value = value.strip()[:200]
        if not value:
            continue
        chosen |= _years(value) if name in ("year", "fiscal_year") else {value}
        if len(chosen) >= _MOST_VALUES:
            break
    return frozenset(sorted(chosen)[:_MOST_VALUES])


def _years(value: str) -> set[str]:
    try:
        return {str(year) for year in years.parse_years(value, may_turn=True)}
    except ValueError:
        return set()


def _told(name: str, chosen: frozenset[str]) -> list[str]:
    """Choices for an address: three years in a row or more are told as a range."""
    values = sorted(chosen)
    if name not in ("year", "fiscal_year") or len(values) < 3:
        return values
    if int(values[-1]) - int(values[0]) == len(values) - 1:
        return [f"{values[0]}..{values[-1]}"]
    return values


def _number(text: str, *, default: int, most: int) -> int:
    """A whole number from 1 to ``most``; anything else is ``default``."""
    text = text.strip()
    if not text.isdecimal() or len(text) > 9 or not int(text) >= 1:
        return default
    return min(int(text), most)
