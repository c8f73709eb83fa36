"""Choices typed into the search box (ชุมชน:บางจาก, year:2548..2550), in slugs.

What is typed and what the address says narrow a search in the same way; a choice that
names nothing known is no choice: its words are looked for instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from app.queries import naming, people
from app.search import typed
from app.search.query import SearchQuery
from app.search.typed import Choice
from app.text.years import parse_years
from app.vocabulary import EntryKind, LessonState

Facets = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class TypedChoice:
    """One choice as it was typed, and what it chose."""

    piece: str  # the stretch of the query
    facet: str
    slugs: tuple[str, ...]
    is_without: bool = False  # all that lacks it


@dataclass(frozen=True, slots=True)
class Read:
    """A query with its typed choices resolved."""

    asked: SearchQuery  # for an engine: words alone, every choice among the facets
    typed: tuple[TypedChoice, ...] = ()
    unknown: tuple[str, ...] = ()  # stretches that name nothing known; their words are asked
    is_plain: bool = False  # signs of other query languages, read as text

    @property
    def text(self) -> str:
        """What is looked for, without the choices."""
        return self.asked.text

    def with_choices(self, words: str) -> str:
        """Other words with the choices that were typed beside these."""
        return " ".join([words, *(choice.piece for choice in self.typed)])


def read(query: SearchQuery) -> Read:
    """Part the choices of ``query.text`` from its words.

    :param query: with facets of the address, already in slugs.
    """
    parts = typed.read(query.text)
    chosen: list[TypedChoice] = []
    unknown: list[Choice] = []
    for choice in parts.choices:
        slugs = slugs_for(choice)
        if slugs:
            chosen.append(TypedChoice(choice.typed, choice.facet, slugs, choice.is_without))
        else:
            unknown.append(choice)
    text = query.text
    for choice in unknown:
        text = typed.replaced(text, choice.typed, _as_words(choice))
    text = typed.without_pieces(text, (one.piece for one in chosen))
    asked = replace(
        query,
        text=text,
        facets=_with(query.facets, (one for one in chosen if not one.is_without)),
        without=_with(query.without, (one for one in chosen if one.is_without)),
    )
    told = tuple(choice.typed for choice in unknown)
    return Read(asked, tuple(chosen), told, parts.is_plain)


def _as_words(choice: Choice) -> str:
    """The words of a choice that chose nothing; a ruled-out one goes on ruling out."""
    value = choice.value.replace(":", " ")
    return f'-"{value}"' if choice.is_without else value


def _with(facets: Facets, chosen: Iterable[TypedChoice]) -> dict[str, frozenset[str]]:
    together = dict(facets)
    for one in chosen:
        together[one.facet] = together.get(one.facet, frozenset()).union(one.slugs)
    return together


def slugs_for(choice: Choice) -> tuple[str, ...]:
    """The slugs that a typed value means; none when it names nothing known."""
    value = choice.value
    match choice.facet:
        case "community":
            return tuple(row.slug for row in naming.communities_named(value))
        case "program":
            return tuple(row.slug for row in naming.programs_named(value))
        case "tag":
            return tuple(tag.slug for tag in naming.tags_by_slug([value]).values())
        case "author":
            return tuple(people.usernames_called(value))
        case "kind":
            return (value.lower(),) if value.lower() in list(EntryKind) else ()
        case "state":
            return (value.lower(),) if value.lower() in list(LessonState) else ()
        case "year" | "fiscal_year":
            return tuple(map(str, parse_years(value, may_turn=True)))
    return ()
