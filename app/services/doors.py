"""The page that a query names: shown before the entries that only mention it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from app.db import db
from app.errors import NotFound
from app.models import Program, ProgramLink
from app.queries import entries as entry_queries
from app.queries import naming
from app.queries import taxonomy as queries
from app.services import signposts
from app.text.years import to_be
from app.vocabulary import Certainty, ProgramLinkKind

#: Pages shown before the results.
MOST = 4


@dataclass(frozen=True, slots=True)
class Step:
    """A program before or after another, as its family tree tells it."""

    name: str
    slug: str  # empty: no program of ours
    kind: ProgramLinkKind
    year: str
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Door:
    """A page of a community, program, tag or year."""

    kind: str  # "community", "program", "tag", "year"
    slug: str
    name: str
    where: str = ""  # the places above a community; the years of a program, as told
    count: int = 0  # published entries
    came_from: tuple[Step, ...] = ()
    became: tuple[Step, ...] = ()


def named_by(text: str, *, lang: str = "th") -> list[Door]:
    """Pages that ``text`` names, or that words of it name beyond doubt.

    They are the same for every reader: what is only proposed is not told.

    :param text: what is looked for, without typed choices.
    """
    text = text.strip(' "“”„')
    if not text or len(text) > 300:
        return []
    known = signposts.current()
    pages = known.named(text) or known.named_inside(text)
    named = [(page.kind, page.slug) for page in pages]
    named += [("tag", slug) for slug in naming.tags_by_slug([text])]
    named += _year(text)
    if not named:
        return []
    state = (str(db.engine.url), entry_queries.last_change(), naming.names_version())
    doors = (_door(state, kind, slug, lang) for kind, slug in named)
    return [door for door in doors if door is not None][:MOST]


def _year(text: str) -> list[tuple[str, str]]:
    try:
        return [("year", str(to_be(text)))]
    except ValueError:
        return []


@lru_cache(maxsize=512)
def _door(state: tuple[str, int, str], kind: str, slug: str, lang: str) -> Door | None:
    """The page of that kind and slug as it is in one state of the site; None when it is gone."""
    try:
        if kind == "program":
            return _program(slug)
        if kind == "community":
            return _community(slug, lang)
        return _tag(slug) if kind == "tag" else _of_year(slug)
    except NotFound:
        return None


def _community(slug: str, lang: str) -> Door:
    found = queries.get_community(slug)
    return Door(
        "community",
        slug,
        queries.display_name(found, lang),
        where=queries.full_name(found, lang),
        count=queries.count_about(community=found),
    )


def _program(slug: str) -> Door:
    found = queries.get_program(slug)
    graph = queries.graph_of(found)
    return Door(
        "program",
        found.slug,
        found.name,
        where=found.years,
        count=queries.count_about(program=found),
        came_from=_steps(found, graph.came_from),
        became=_steps(found, graph.became),
    )


def _steps(program: Program, links: Iterable[ProgramLink]) -> tuple[Step, ...]:
    steps = []
    for link in links:
        other = link.outcome if link.origin_id == program.id else link.origin
        if other is not None and not queries.may_see_proposed(None, other):
            continue
        name, slug = (other.label, other.slug) if other else (link.origin_name, "")
        steps.append(Step(name, slug, link.kind, link.year, link.certainty))
    return tuple(steps)


def _tag(slug: str) -> Door | None:
    found = queries.get_tag(slug)
    count = queries.count_about(tag=found)
    return Door("tag", found.slug, found.name, count=count) if count else None


def _of_year(slug: str) -> Door | None:
    count = queries.count_about(year=int(slug))
    return Door("year", slug, slug, count=count) if count else None
