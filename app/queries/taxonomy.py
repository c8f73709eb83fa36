"""Reading places, groups, programs, years and tags: their pages, lists, counts and choices.

Every list is in Thai dictionary order (``sort_key``).  A count is of the published entries
that the viewer may read; at a place it includes what lies below it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from app.db import db, rows_of
from app.errors import NotFound
from app.models import (
    Community,
    CommunityAncestor,
    Counter,
    Entry,
    EntryYear,
    Program,
    ProgramHost,
    ProgramLink,
    Tag,
    User,
    community_place,
    entry_community,
    entry_program,
    entry_tag,
)
from app.policy import Permission, can
from app.queries import cards
from app.queries.cards import Card, CardCommunity
from app.queries.entries import asked_last, readable_by, visible_to
from app.queries.naming import (
    WORDS,
    communities_named,
    followed,
    followed_tag,
    programs_named,
    tags_by_slug,
)
from app.text.slugs import slugify
from app.vocabulary import (
    PLACE_KINDS,
    CommunityKind,
    Confirmation,
    EntryKind,
    ProgramLinkKind,
    Status,
)

#: Words for the levels of places in Thai, long and short.
LEVELS_TH: dict[CommunityKind, tuple[str, str]] = {
    CommunityKind.PROVINCE: ("จังหวัด", "จ."),
    CommunityKind.AMPHOE: ("อำเภอ", "อ."),
    CommunityKind.BRANCH_AMPHOE: ("กิ่งอำเภอ", "กิ่ง อ."),
    CommunityKind.TAMBON: ("ตำบล", "ต."),
}
LEVELS_EN: dict[CommunityKind, str] = {
    CommunityKind.PROVINCE: "Province",
    CommunityKind.AMPHOE: "District",
    CommunityKind.BRANCH_AMPHOE: "Minor District",
    CommunityKind.TAMBON: "Subdistrict",
}
#: Slugs of the levels: tambon-bang-chak.
LEVEL_SLUGS: dict[CommunityKind, str] = {
    CommunityKind.PROVINCE: "province",
    CommunityKind.AMPHOE: "amphoe",
    CommunityKind.BRANCH_AMPHOE: "amphoe",
    CommunityKind.TAMBON: "tambon",
    CommunityKind.VILLAGE: "village",
    CommunityKind.GROUP: "group",
    CommunityKind.NETWORK: "network",
}
GROUP_KINDS = (CommunityKind.GROUP, CommunityKind.NETWORK)
#: Who proposed a program and where they are at home: by this it is decided who decides.
WITH_PROPOSER = (selectinload(Program.proposed_by).joinedload(User.community),)
_AMPHOE_KINDS = (CommunityKind.AMPHOE, CommunityKind.BRANCH_AMPHOE)


@dataclass(frozen=True, slots=True)
class CommunityCount:
    community: Community
    count: int


@dataclass(frozen=True, slots=True)
class ProgramCount:
    program: Program
    count: int


@dataclass(frozen=True, slots=True)
class YearCount:
    year: int  # พ.ศ.
    count: int


@dataclass(frozen=True, slots=True)
class TagCount:
    tag: Tag
    count: int


@dataclass(frozen=True, slots=True)
class ProgramGraph:
    """What leads to a program, what it became, and whose money it used."""

    came_from: list[ProgramLink]
    became: list[ProgramLink]
    funded_by: list[ProgramLink]
    funds: list[ProgramLink]
    related: list[ProgramLink]


# --- names for people ------------------------------------------------------------------


def display_name(
    community: Community | CardCommunity, lang: str = "th", *, short: bool = False
) -> str:
    """The name with its level: ตำบลบางจาก, ต.บางจาก, Bang Chak Subdistrict.

    A tambon that shares its name with another tells its amphoe; its slug does so too.
    """
    if lang == "en" and community.name_en:
        level = LEVELS_EN.get(community.kind, "")
        name = f"{community.name_en} {level}".strip()
    else:
        words = LEVELS_TH.get(community.kind, ("", ""))
        name = f"{words[1] if short else words[0]}{community.name}"
    is_shared = community.kind is CommunityKind.TAMBON and _shares_its_name(
        community.slug, community.name_en
    )
    if is_shared and community.parent is not None:
        return (
            f"{name}, {community.parent.name_en}"
            if lang == "en"
            else f"{name} อ.{community.parent.name}"
        )
    return name


@lru_cache(maxsize=1024)
def _shares_its_name(slug: str, name_en: str) -> bool:
    """Whether a tambon of that slug had to be told apart from another of its name."""
    return bool(name_en) and slug != f"tambon-{slugify(name_en)}"


def full_name(community: Community, lang: str = "th") -> str:
    """The name with the places above it: ตำบลบางจาก อำเภอเมืองนครศรีธรรมราช."""
    steps = [
        step for step in reversed(path_of(community)) if step.kind is not CommunityKind.PROVINCE
    ]
    if not steps:
        return display_name(community, lang)
    if lang == "en":
        return ", ".join(
            f"{step.name_en or step.name} {LEVELS_EN.get(step.kind, '')}".strip() for step in steps
        )
    return " ".join(f"{LEVELS_TH.get(step.kind, ('',))[0]}{step.name}" for step in steps)


# --- places and groups -----------------------------------------------------------------


def province() -> Community | None:
    """The root of the places; None before they are loaded."""
    return db.session.scalar(sa.select(Community).where(Community.kind == CommunityKind.PROVINCE))


def get_community(slug: str) -> Community:
    """A place or group by slug, with its names, parent and places; NotFound otherwise."""
    query = (
        sa.select(Community)
        .where(Community.slug == slug, Community.confirmation != Confirmation.REFUSED)
        .options(
            selectinload(Community.names),
            joinedload(Community.parent),
            selectinload(Community.places).joinedload(Community.parent),
        )
    )
    community = db.session.scalar(query)
    if community is None:
        raise NotFound(f"no community {slug}")
    return community


def path_of(community: Community) -> list[Community]:
    """From the province down to ``community``; of a group by its first place."""
    chain = list(community.lineage)
    rows = {
        row.id: row
        for row in db.session.scalars(sa.select(Community).where(Community.id.in_(chain)))
    }
    path = [community]
    step: Community | None = community
    while step is not None and len(path) <= len(chain):
        above = step.parent_id
        if above is None and step.kind in GROUP_KINDS:
            above = next((cid for cid in step.lineage[1:]), None)
        step = rows.get(above) if above is not None else None
        if step is not None:
            path.append(step)
    return path[::-1]


def children_of(community: Community) -> list[Community]:
    """Places directly below."""
    return _communities(Community.parent_id == community.id)


def groups_of(place: Community) -> list[Community]:
    """Groups and networks at home in ``place`` or below it."""
    return _communities(
        Community.kind.in_(GROUP_KINDS),
        Community.id != place.id,  # a group is among its own ancestors
        Community.id.in_(
            sa.select(CommunityAncestor.community_id).where(
                CommunityAncestor.ancestor_id == place.id
            )
        ),
    )


def groups_at(place: Community) -> list[Community]:
    """Groups and networks linked to ``place`` itself."""
    return _communities(
        Community.id.in_(
            sa.select(community_place.c.community_id).where(community_place.c.place_id == place.id)
        )
    )


def _communities(*conditions: sa.ColumnElement[bool]) -> list[Community]:
    query = (
        sa.select(Community)
        .where(Community.confirmation != Confirmation.REFUSED, *conditions)
        .options(joinedload(Community.parent))
        .order_by(Community.sort_key, Community.id)
    )
    return list(db.session.scalars(query))


def count_at(viewer: User | None) -> dict[int, int]:
    """Entries at each community, those below it included, by id of the community."""
    query = (
        sa.select(
            CommunityAncestor.ancestor_id, sa.func.count(sa.distinct(entry_community.c.entry_id))
        )
        .join(entry_community, entry_community.c.community_id == CommunityAncestor.community_id)
        .join(Entry, Entry.id == entry_community.c.entry_id)
        .where(_public(viewer))
        .group_by(CommunityAncestor.ancestor_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}


def communities_with_counts(
    viewer: User | None, *conditions: sa.ColumnElement[bool]
) -> list[CommunityCount]:
    """All communities with the number of entries at and below each: two statements."""
    counts = count_at(viewer)
    return [CommunityCount(row, counts.get(row.id, 0)) for row in _communities(*conditions)]


def with_counts(viewer: User | None, communities: Sequence[Community]) -> list[CommunityCount]:
    """Counts beside some communities: one statement."""
    counts = count_at(viewer) if communities else {}
    return [CommunityCount(row, counts.get(row.id, 0)) for row in communities]


def busiest_communities(viewer: User | None, *, limit: int = 10) -> list[CommunityCount]:
    """Tambon, villages, groups and networks with the most entries, the most first."""
    counts = count_at(viewer)
    large = (CommunityKind.PROVINCE, *_AMPHOE_KINDS)
    rows = _communities(Community.id.in_(list(counts)), Community.kind.not_in(large))
    rows.sort(key=lambda row: -counts[row.id])  # stable: Thai order among equals
    return [CommunityCount(row, counts[row.id]) for row in rows[:limit]]


def place_options(lang: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The place picker: (amphoe, [(slug, name) of itself, its tambon, their villages]).

    The province stands first; groups and networks stand under the amphoe of their first
    place.  One statement.
    """
    query = (
        sa.select(
            Community.id,
            Community.slug,
            Community.kind,
            Community.name,
            Community.name_en,
            Community.code,
            Community.parent_id,
            Community.lineage,
        )
        .where(Community.confirmation != Confirmation.REFUSED)
        .order_by(Community.sort_key, Community.id)
    )
    rows = list(db.session.execute(query))
    by_id = {row.id: row for row in rows}
    below: dict[int | None, list[sa.Row]] = {}
    for row in rows:
        above = row.lineage[1] if len(row.lineage) > 1 else None
        below.setdefault(above, []).append(row)

    def options(row: sa.Row, depth: int) -> list[tuple[str, str]]:
        above = by_id.get(row.parent_id)
        here = [(row.slug, f"{'– ' * depth}{told_apart(row, above, lang)}")]
        deeper = depth if row.kind in _AMPHOE_KINDS else depth + 1
        for child in below.get(row.id, []):
            here += options(child, deeper)
        return here

    groups: list[tuple[str, list[tuple[str, str]]]] = []
    for root in below.get(None, []):
        name = _with_level(root, lang)
        own = [row for row in below.get(root.id, []) if row.kind not in _AMPHOE_KINDS]
        groups.append(
            (name, [(root.slug, name), *((row.slug, told_apart(row, None, lang)) for row in own)])
        )
        for row in below.get(root.id, []):
            if row.kind in _AMPHOE_KINDS and row.id in by_id:
                groups.append((_with_level(row, lang), options(row, 0)))
    return groups


def _with_level(row: sa.Row | Community, lang: str) -> str:
    if lang == "en" and row.name_en:
        return f"{row.name_en} {LEVELS_EN.get(row.kind, '')}".strip()
    return f"{LEVELS_TH.get(row.kind, ('',))[0]}{row.name}"


def told_apart(row: sa.Row | Community, above: sa.Row | Community | None, lang: str = "th") -> str:
    """The name of a place that stands alone, as a choice does once its list is narrowed.

    A tambon of a shared name tells its amphoe, a village its number and its tambon.
    """
    name = _with_level(row, lang)
    is_english = lang == "en" and bool(above and above.name_en)
    if row.kind is CommunityKind.TAMBON and above and _shares_its_name(row.slug, row.name_en):
        return f"{name}, {above.name_en}" if is_english else f"{name} อ.{above.name}"
    if row.kind is CommunityKind.VILLAGE and above:
        _place, _dash, moo = (row.code or "").rpartition("-")
        has_number = bool(_place) and moo.isdecimal()
        if has_number and row.name.startswith("หมู่"):  # it has no name but its number
            return name if is_english else f"หมู่ที่ {int(moo)} ต.{above.name}"
        if is_english:
            return f"{name}{f' (Moo {int(moo)})' if has_number else ''}, {above.name_en}"
        number = f"หมู่ที่ {int(moo)} " if has_number else ""
        return f"{number}{name} ต.{above.name}"
    return name


def kind_of(slug: str) -> CommunityKind | None:
    """The level of the community with that slug; None when there is none."""
    return db.session.scalar(sa.select(Community.kind).where(Community.slug == slug))


def tambon_options(lang: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Tambon by amphoe, for the form of a new village."""
    return [
        (amphoe, [(slug, name) for slug, name in places if slug.startswith("tambon-")])
        for amphoe, places in place_options(lang)
        if any(slug.startswith("tambon-") for slug, _name in places)
    ]


# --- programs --------------------------------------------------------------------------


def get_program(slug: str) -> Program:
    """A program by slug with names, hosts and money; merged ones lead on; NotFound otherwise."""
    query = (
        sa.select(Program)
        .where(Program.slug == slug)
        .options(
            selectinload(Program.names), selectinload(Program.hosts), selectinload(Program.money)
        )
    )
    program = db.session.scalar(query)
    if program is None:
        raise NotFound(f"no program {slug}")
    program = followed(program)
    if program.confirmation is Confirmation.REFUSED:
        raise NotFound(f"no program {slug}")
    return program


def programs_with_counts(viewer: User | None) -> list[ProgramCount]:
    """Programs, core ones first and then in Thai order, with their entries.

    Two statements, and two more with the proposers for a viewer who may decide.
    """
    query = (
        sa.select(entry_program.c.program_id, sa.func.count())
        .join(Entry, Entry.id == entry_program.c.entry_id)
        .where(_public(viewer))
        .group_by(entry_program.c.program_id)
    )
    counts = {row[0]: row[1] for row in db.session.execute(query)}
    found = _programs(*WITH_PROPOSER) if viewer is not None else _programs()
    rows = [ProgramCount(program, counts.get(program.id, 0)) for program in found]
    # A name proposed in a draft is nobody's business until a text with it is public.
    return [row for row in rows if row.count or may_see_proposed(viewer, row.program)]


def may_see_proposed(viewer: User | None, program: Program) -> bool:
    """Whether ``viewer`` may know of a program that no public text carries yet."""
    if program.confirmation is Confirmation.CONFIRMED:
        return True
    return viewer is not None and (
        program.proposed_by_id == viewer.id
        or can(viewer, Permission.PROGRAM_EDIT, program)
        or can(viewer, Permission.PROGRAM_DECIDE, program)
    )


def program_options(viewer: User, *, chosen: Collection[str] = ()) -> list[tuple[str, str]]:
    """(slug, name) of the programs that ``viewer`` may choose, core ones first: one statement.

    A name that waits for a facilitator is offered to whoever proposed it and where it is
    ``chosen`` already; to all once it is confirmed.
    """
    return [
        (program.slug, program.label)
        for program in _programs()
        if program.confirmation is Confirmation.CONFIRMED
        or program.proposed_by_id == viewer.id
        or program.slug in chosen
    ]


def proposed_programs() -> list[Program]:
    """Programs that wait for a facilitator, the oldest first."""
    query = (
        sa.select(Program)
        .where(Program.confirmation == Confirmation.PROPOSED, Program.merged_into_id.is_(None))
        .options(*WITH_PROPOSER)
        .order_by(Program.created_at, Program.id)
    )
    return list(db.session.scalars(query))


def _programs(*options: ExecutableOption) -> list[Program]:
    query = (
        sa.select(Program)
        .where(Program.confirmation != Confirmation.REFUSED, Program.merged_into_id.is_(None))
        .options(*options)
        .order_by(Program.is_core.desc(), Program.position, Program.sort_key, Program.id)
    )
    return list(db.session.scalars(query))


def graph_of(program: Program) -> ProgramGraph:
    """Every step and payer at ``program``, with the other ends loaded: one statement."""
    query = (
        sa.select(ProgramLink)
        .where(sa.or_(ProgramLink.origin_id == program.id, ProgramLink.outcome_id == program.id))
        .options(joinedload(ProgramLink.origin), joinedload(ProgramLink.outcome))
        .order_by(ProgramLink.year, ProgramLink.id)
    )
    links = list(db.session.scalars(query))
    money = [link for link in links if link.kind is ProgramLinkKind.FUNDED_BY]
    related = [link for link in links if link.kind is ProgramLinkKind.RELATED]
    steps = [link for link in links if link not in money and link not in related]
    return ProgramGraph(
        came_from=[link for link in steps if link.outcome_id == program.id],
        became=[link for link in steps if link.origin_id == program.id],
        funded_by=[link for link in money if link.outcome_id == program.id],
        funds=[link for link in money if link.origin_id == program.id],
        related=related,
    )


# --- years and tags --------------------------------------------------------------------


def years_with_counts(viewer: User | None) -> list[YearCount]:
    """Years that entries are about, the earliest first."""
    query = (
        sa.select(EntryYear.year, sa.func.count())
        .join(Entry, Entry.id == EntryYear.entry_id)
        .where(_public(viewer))
        .group_by(EntryYear.year)
        .order_by(EntryYear.year)
    )
    return [YearCount(row[0], row[1]) for row in db.session.execute(query)]


def fiscal_years_with_counts(viewer: User | None) -> list[YearCount]:
    """Fiscal years of the days on which things happened, the earliest first."""
    query = (
        sa.select(Entry.fiscal_year, sa.func.count())
        .where(_public(viewer), Entry.fiscal_year.is_not(None))
        .group_by(Entry.fiscal_year)
        .order_by(Entry.fiscal_year)
    )
    rows = db.session.execute(query)
    return [YearCount(year, count) for year, count in rows if year is not None]


def get_tag(slug: str) -> Tag:
    """A tag by slug; merged ones lead on; NotFound otherwise."""
    tag = db.session.scalar(sa.select(Tag).where(Tag.slug == slug))
    if tag is None:
        raise NotFound(f"no tag {slug}")
    return followed_tag(tag)


def tags_with_counts(viewer: User | None) -> list[TagCount]:
    """Tags in use, in Thai order."""
    return _tag_counts(viewer, sa.select(Tag).order_by(Tag.sort_key, Tag.id))


def tags_in_use(viewer: User | None, slugs: Iterable[str]) -> set[str]:
    """Those of ``slugs`` under which ``viewer`` finds a published entry: one statement."""
    wanted = set(slugs)
    if not wanted:
        return set()
    # One entry is enough: a tag of thousands costs no more than a tag of one.
    carried = (
        sa.exists()
        .where(entry_tag.c.tag_id == Tag.id, Entry.id == entry_tag.c.entry_id)
        .where(asked_last(_public(viewer)))
        .correlate(Tag)
    )
    query = sa.select(Tag.slug).where(Tag.slug.in_(wanted), carried)
    return set(db.session.scalars(query))


def top_tags(viewer: User | None, *, limit: int = 40) -> list[TagCount]:
    """The tags used most, to offer in a form; the most used first."""
    return sorted(tags_with_counts(viewer), key=lambda row: -row.count)[:limit]


def _tag_counts(viewer: User | None, tags: sa.Select[Tag]) -> list[TagCount]:
    counts = (
        sa.select(entry_tag.c.tag_id, sa.func.count().label("uses"))
        .join(Entry, Entry.id == entry_tag.c.entry_id)
        .where(_public(viewer))
        .group_by(entry_tag.c.tag_id)
        .subquery()
    )
    query = tags.add_columns(counts.c.uses).join(counts, counts.c.tag_id == Tag.id)
    return [TagCount(row[0], row[1]) for row in db.session.execute(query)]


# --- entries of a page -----------------------------------------------------------------


def entries_about(
    viewer: User | None,
    *,
    community: Community | None = None,
    program: Program | None = None,
    year: int | None = None,
    fiscal_year: int | None = None,
    tag: Tag | None = None,
    kinds: Iterable[EntryKind] = (),
    limit: int = 20,
    offset: int = 0,
) -> tuple[int, list[Card]]:
    """(total, published entries of all that is given, newest first)."""
    query = visible_to(viewer).where(
        Entry.status == Status.PUBLISHED,
        *_about(community=community, program=program, year=year, tag=tag),
    )
    if fiscal_year is not None:
        query = query.where(Entry.fiscal_year == fiscal_year)
    if kinds:
        query = query.where(Entry.kind.in_(tuple(kinds)))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    newest_first = query.order_by(Entry.published_at.desc(), Entry.id.desc())
    return total, cards.of(newest_first.limit(limit).offset(offset))


def count_about(
    *,
    community: Community | None = None,
    program: Program | None = None,
    year: int | None = None,
    tag: Tag | None = None,
) -> int:
    """How many published entries ``entries_about`` would give anybody in all."""
    query = sa.select(sa.func.count(Entry.id)).where(
        Entry.status == Status.PUBLISHED,
        *_about(community=community, program=program, year=year, tag=tag),
    )
    return db.session.scalar(query) or 0


def _about(
    *, community: Community | None, program: Program | None, year: int | None, tag: Tag | None
) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if community is not None:
        conditions.append(about_community(community))
    if program is not None:
        conditions.append(about_program(program))
    if year is not None:
        conditions.append(about_year(year))
    if tag is not None:
        conditions.append(about_tag(tag))
    return conditions


def entries_at(community: Community) -> sa.Select[int]:
    """Ids of entries at ``community`` or below it, whatever their status."""
    return (
        sa.select(entry_community.c.entry_id)
        .join(
            CommunityAncestor,
            CommunityAncestor.community_id == entry_community.c.community_id,
        )
        .where(CommunityAncestor.ancestor_id == community.id)
        .distinct()
    )


def entries_in(program: Program) -> sa.Select[int]:
    """Ids of entries of ``program``, whatever their status."""
    return sa.select(entry_program.c.entry_id).where(entry_program.c.program_id == program.id)


def entries_tagged(tag: Tag) -> sa.Select[int]:
    """Ids of entries with ``tag``, whatever their status."""
    return sa.select(entry_tag.c.entry_id).where(entry_tag.c.tag_id == tag.id)


def years_of(
    viewer: User | None, *, community: Community | None = None, program: Program | None = None
) -> list[YearCount]:
    """Years of the entries of a community or program, the earliest first."""
    query = (
        sa.select(EntryYear.year, sa.func.count())
        .join(Entry, Entry.id == EntryYear.entry_id)
        .where(_public(viewer))
        .group_by(EntryYear.year)
        .order_by(EntryYear.year)
    )
    if community is not None:
        query = query.where(Entry.id.in_(entries_at(community)))
    if program is not None:
        query = query.where(Entry.id.in_(entries_in(program)))
    return [YearCount(row[0], row[1]) for row in db.session.execute(query)]


def programs_where(viewer: User | None, condition: sa.ColumnElement[bool]) -> list[ProgramCount]:
    """Programs of the published entries that meet ``condition``, with how many."""
    query = (
        sa.select(Program, sa.func.count())
        .join(entry_program, entry_program.c.program_id == Program.id)
        .join(Entry, Entry.id == entry_program.c.entry_id)
        .where(_public(viewer), condition)
        .group_by(Program.id)
        .order_by(Program.is_core.desc(), Program.position, Program.sort_key)
    )
    return [ProgramCount(row[0], row[1]) for row in db.session.execute(query)]


def communities_where(
    viewer: User | None, condition: sa.ColumnElement[bool], *, limit: int = 12
) -> list[CommunityCount]:
    """Communities named by the published entries that meet ``condition``; the most first."""
    uses = sa.func.count()
    query = (
        sa.select(Community, uses)
        .join(entry_community, entry_community.c.community_id == Community.id)
        .join(Entry, Entry.id == entry_community.c.entry_id)
        .where(condition, asked_last(_public(viewer)))
        .group_by(Community.id)
        .order_by(uses.desc(), Community.sort_key)
        .limit(limit)
    )
    return [CommunityCount(row[0], row[1]) for row in db.session.execute(query)]


def writers_at(
    viewer: User | None, condition: sa.ColumnElement[bool], *, limit: int = 12
) -> list[tuple[User, int]]:
    """Accounts that wrote the published entries that meet ``condition``; the most first."""
    uses = sa.func.count()
    query = (
        sa.select(User, uses)
        .join(Entry, Entry.author_id == User.id)
        .where(_public(viewer), condition)
        .group_by(User.id)
        .order_by(uses.desc(), User.sort_key)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def hosts_in(year: int) -> list[tuple[Program, ProgramHost]]:
    """Who ran which program in a year (พ.ศ.), core programs first."""
    query = (
        sa.select(Program, ProgramHost)
        .join(ProgramHost, ProgramHost.program_id == Program.id)
        .where(
            ProgramHost.year == year,
            Program.confirmation != Confirmation.REFUSED,
            Program.merged_into_id.is_(None),
        )
        .order_by(Program.is_core.desc(), Program.position, ProgramHost.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


def about_community(community: Community) -> sa.ColumnElement[bool]:
    """The condition "at this community or below it", for programs_where and writers_at."""
    return Entry.id.in_(entries_at(community))


def about_program(program: Program) -> sa.ColumnElement[bool]:
    """The condition "of this program"."""
    return Entry.id.in_(entries_in(program))


def about_tag(tag: Tag) -> sa.ColumnElement[bool]:
    """The condition "with this tag"."""
    return Entry.id.in_(entries_tagged(tag))


def about_year(year: int) -> sa.ColumnElement[bool]:
    """The condition "about this year"."""
    return Entry.id.in_(sa.select(EntryYear.entry_id).where(EntryYear.year == year))


def _public(viewer: User | None) -> sa.ColumnElement[bool]:
    """What lists and counts speak of: published, and readable by the viewer."""
    return sa.and_(Entry.status == Status.PUBLISHED, readable_by(viewer))


# --- facets ----------------------------------------------------------------------------


def slugs_of(facet: str, chosen: Iterable[str]) -> frozenset[str]:
    """The slugs behind what an address says: Thai names are read, merged slugs lead on.

    A name that several share means all of them; an unknown one stays as it is and finds
    nothing.
    """
    wanted = list(chosen)
    if facet == "community":
        known = set(db.session.scalars(sa.select(Community.slug).where(Community.slug.in_(wanted))))
        named = [
            {row.slug for row in communities_named(text)} or {text}
            for text in wanted
            if text not in known
        ]
    elif facet == "program":
        known = set()
        named = [{row.slug for row in programs_named(text)} or {text} for text in wanted]
    elif facet == "tag":
        known, tags = set(), tags_by_slug(wanted)
        named = [{tags[slugify(text)].slug} if slugify(text) in tags else {text} for text in wanted]
    else:
        return frozenset(wanted)
    return frozenset(known.union(*named))


def names_of_facets(
    slugs: Mapping[str, Sequence[str]], *, lang: str = "th"
) -> dict[str, dict[str, str]]:
    """{facet: {slug: name}} for the choices of a search page; a slug without a name is left out.

    Names of communities and programs are read once for all pages, until one changes; all
    that a page asks beside is one statement.
    """
    names: dict[str, dict[str, str]] = {facet: {} for facet in slugs}
    if not any(slugs.values()):
        return names
    wanted = {"tags": list(slugs.get("tag", ())), "authors": list(slugs.get("author", ()))}
    version = "0"
    for what, slug, name in rows_of(_NAMES, wanted):
        if what == "version":
            version = name
        else:
            names[what][slug] = name
    if slugs.get("community") or slugs.get("program"):
        known = _names_in_use(db.engine, version, lang)
        for facet in ("community", "program"):
            told = known[facet]
            names[facet] = {slug: told[slug] for slug in slugs.get(facet, ()) if slug in told}
    for facet in ("year", "fiscal_year"):
        names[facet] = {slug: f"พ.ศ. {slug}" for slug in slugs.get(facet, ())}
    return names


#: (facet, slug, name) of some tags and authors, and the version of the other names.
_NAMES: sa.CompoundSelect[str, str, str] = sa.union_all(
    sa.select(
        sa.literal_column("'version'").label("what"),
        sa.literal_column("''").label("slug"),
        sa.cast(Counter.value, sa.String).label("name"),
    ).where(Counter.name == WORDS),
    sa.select(sa.literal_column("'tag'"), Tag.slug, Tag.name).where(
        Tag.slug.in_(sa.bindparam("tags", expanding=True))
    ),
    sa.select(sa.literal_column("'author'"), User.username, User.display_name).where(
        User.username.in_(sa.bindparam("authors", expanding=True))
    ),
)


@lru_cache(maxsize=16)
def _names_in_use(site: sa.Engine, version: str, lang: str) -> dict[str, dict[str, str]]:
    """{facet: {slug: name for people}} of one site at one state of its words."""
    communities = {row.slug: display_name(row, lang) for row in _communities()}
    programs = {row.slug: row.label for row in db.session.scalars(sa.select(Program))}
    return {"community": communities, "program": programs}


def is_place(community: Community) -> bool:
    """Whether it is a place of the tree rather than a group or network."""
    return community.kind in PLACE_KINDS
