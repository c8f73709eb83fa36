"""Places, groups and tags: who is meant by a name, and what facilitators change.

A change of a name or place appends a change for every entry it touches, so search and
pages follow by themselves.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from flask_babel import gettext as _

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid
from app.models import Community, Program, Tag, User, entry_tag
from app.policy import Permission, ensure
from app.queries.naming import (
    all_community_names,
    all_program_names,
    communities_named,
    fold,
    programs_named,
    tags_by_slug,
)
from app.queries.taxonomy import (
    LEVEL_SLUGS,
    children_of,
    entries_at,
    entries_tagged,
    full_name,
    groups_at,
)
from app.services import audit, changes, places, words
from app.services.programs import propose as propose_program
from app.text.cleaning import clean_line
from app.text.slugs import slugify
from app.text.sorting import sort_key
from app.vocabulary import AuditAction, CommunityKind

__all__ = [
    "CommunityDraft",
    "add_community",
    "communities_named",
    "edit_community",
    "merge_tags",
    "nearest",
    "programs_named",
    "propose_program",
    "resolve_communities",
    "resolve_programs",
    "resolve_tags",
]

LONGEST_NAME, LONGEST_ABOUT, LONGEST_TAG, MOST_TAGS = 200, 4000, 80, 30
#: Status of a name that a community had before somebody renamed it.
FORMER = "ชื่อเดิม"
ADDED_KINDS = (CommunityKind.VILLAGE, CommunityKind.GROUP, CommunityKind.NETWORK)

Thing = TypeVar("Thing", Community, Program)


# --- who is meant by a name ------------------------------------------------------------


def resolve_communities(names: Sequence[str]) -> list[Community]:
    """The communities that slugs or names mean, in the order given, each once.

    Invalid names what is not known with the nearest known names, and asks where a name
    is shared.
    """
    return _resolved(
        names,
        field="communities",
        find=communities_named,
        known=all_community_names,
        describe=full_name,
    )


def resolve_programs(names: Sequence[str]) -> list[Program]:
    """The same for programs; merged ones lead on."""
    return _resolved(
        names,
        field="programs",
        find=programs_named,
        known=all_program_names,
        describe=lambda program: program.label,
    )


def _resolved(
    names: Sequence[str],
    *,
    field: str,
    find: Callable[[str], list[Thing]],
    known: Callable[[], list[str]],
    describe: Callable[[Thing], str],
) -> list[Thing]:
    found: list[Thing] = []
    faults: list[str] = []
    for name in names:
        meant = find(name)
        if len(meant) == 1:
            found += meant
        elif meant:
            choices = ", ".join(f"{describe(one)} ({one.slug})" for one in meant)
            faults.append(
                _("“%(name)s” can mean: %(choices)s. Which one?", name=name, choices=choices)
            )
        else:
            faults.append(unknown(name, known()))
    if faults:
        raise Invalid({field: faults})
    return list(dict.fromkeys(found))


def unknown(name: str, known: Iterable[str]) -> str:
    """A sentence about a name that is not known, with the nearest ones that are."""
    near = nearest(name, known)
    if near:
        return _(
            "“%(name)s” is not known. The nearest names are: %(names)s.",
            name=name,
            names=", ".join(near),
        )
    return _("“%(name)s” is not known.", name=name)


def nearest(name: str, among: Iterable[str], *, limit: int = 3) -> list[str]:
    """The names of ``among`` that look most like ``name``; levels (ต., ตำบล) do not count."""
    by_folded: dict[str, str] = {}
    for one in among:
        by_folded.setdefault(_bare(one), one)
    close = difflib.get_close_matches(_bare(name)[:100], list(by_folded), n=limit, cutoff=0.5)
    return [by_folded[folded] for folded in close]


def _bare(name: str) -> str:
    return re.sub(r"^(จังหวัด|กิ่งอำเภอ|อำเภอ|ตำบล|หมู่บ้าน|กิ่งอ\.|[จอต]\.)", "", fold(name))


def resolve_tags(names: Sequence[str], *, create: bool = True) -> list[Tag]:
    """Tags by name or slug, each once; new ones are made unless ``create`` is False."""
    cleaned = [name for name in (clean_line(name).lstrip("#").strip() for name in names) if name]
    too_long = [name for name in cleaned if len(name) > LONGEST_TAG]
    if too_long:
        raise Invalid({"tags": [_("At most %(number)d letters.", number=LONGEST_TAG)]})
    if len(cleaned) > MOST_TAGS:
        raise Invalid({"tags": [_("At most %(number)d keywords.", number=MOST_TAGS)]})
    known = tags_by_slug(cleaned)
    found: list[Tag] = []
    for name in cleaned:
        slug = slugify(name)
        if slug not in known and create:
            known[slug] = Tag(name=name, slug=slug, sort_key=sort_key(name)[:500])
            db.session.add(known[slug])
        if slug in known:
            found.append(known[slug])
    if create:
        db.session.flush()
    return list(dict.fromkeys(found))


# --- villages, groups and networks -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class CommunityDraft:
    """What a form says about a community; texts already cleaned.

    A village has a ``parent`` (slug of its tambon) and maybe ``moo`` (หมู่ที่); a group or
    network has ``places`` (slugs).
    """

    name: str
    kind: CommunityKind = CommunityKind.VILLAGE
    name_en: str = ""
    about: str = ""
    aliases: tuple[str, ...] = ()
    parent: str = ""
    moo: int | None = None
    places: tuple[str, ...] = ()


def add_community(actor: User | None, draft: CommunityDraft) -> Community:
    """Add a village, group or network.  Invalid names each fault."""
    with transaction() as session:
        parent, homes = _where(draft)
        if actor is not None:
            for place in homes:
                ensure(actor, Permission.COMMUNITY_EDIT, place)
        check(draft)
        refuse_double(draft, homes, None)
        community = Community(
            kind=draft.kind,
            code=village_code(parent, draft.moo),
            slug=free_slug(draft, homes),
            name=draft.name,
            sort_key=sort_key(draft.name)[:500],
            parent=parent,
            places=[] if parent is not None else homes,
            created_at=now(),
        )
        session.add(community)
        write(community, draft)
        places.place_in_tree([community])
        words.touch()
        audit.record(
            actor, AuditAction.COMMUNITY_SAVE, f"community:{community.id}", name=draft.name
        )
        return community


def edit_community(actor: User | None, community: Community, draft: CommunityDraft) -> Community:
    """Change a community.  A name it had stays with it; moving it moves what lies below.

    The level of an official place and what it belongs to cannot be changed here.
    """
    with transaction() as session:
        if actor is not None:
            ensure(actor, Permission.COMMUNITY_EDIT, community)
        check(draft)
        changes.append_for(entries_at(community))
        if community.kind in ADDED_KINDS:
            _move(actor, community, draft)
        if community.name != draft.name:
            refuse_double(draft, community.places or [community.parent], community)
            _keep_former_name(community)
            community.name, community.sort_key = draft.name, sort_key(draft.name)[:500]
        write(community, draft)
        session.flush()
        words.touch()
        audit.record(
            actor, AuditAction.COMMUNITY_SAVE, f"community:{community.id}", name=draft.name
        )
        return community


def _where(draft: CommunityDraft) -> tuple[Community | None, list[Community]]:
    """(tambon of a village or None, the places whose facilitators may add to them)."""
    if draft.kind not in ADDED_KINDS:
        raise Invalid({"kind": [_("Villages, groups and networks can be added.")]})
    if draft.kind is CommunityKind.VILLAGE:
        found = communities_named(draft.parent)
        tambon = [place for place in found if place.kind is CommunityKind.TAMBON]
        if len(tambon) != 1:
            raise Invalid({"parent": [_("Choose the tambon of the village.")]})
        return tambon[0], tambon
    homes = resolve_communities(draft.places)
    if not homes or any(place.kind in places.GROUP_KINDS for place in homes):
        raise Invalid({"places": [_("Choose at least one place.")]})
    return None, homes


def _move(actor: User | None, community: Community, draft: CommunityDraft) -> None:
    """Put a village, group or network where ``draft`` says, if it says so."""
    if community.kind is CommunityKind.VILLAGE:
        if not draft.parent:
            return
        parent, homes = _where(draft)
        code = village_code(parent, draft.moo, own=community)
        if parent is community.parent and code == community.code:
            return
        community.parent, community.code = parent, code
    else:
        if not draft.places:
            return
        _parent, homes = _where(draft)
        community.kind = draft.kind
        if {place.id for place in homes} == {place.id for place in community.places}:
            return
        community.places = homes
    if actor is not None:
        for place in homes:
            ensure(actor, Permission.COMMUNITY_EDIT, place)
    places.move_in_tree(community)


def _keep_former_name(community: Community) -> None:
    year = str(now().year + 543)
    for row in community.names:
        if row.status == "" and row.folded == fold(community.name):
            row.status, row.until = FORMER, year
            return
    places.add_name(community, community.name, status=FORMER, until=year)


def write(community: Community, draft: CommunityDraft) -> None:
    """What a form may change in any community."""
    community.name_en, community.about = draft.name_en, draft.about
    places.add_name(community, community.name, status="")
    if draft.name_en:
        places.add_name(community, draft.name_en, status=places.ENGLISH)
    wanted = {fold(alias) for alias in draft.aliases}
    community.names = [
        row for row in community.names if row.status != places.ALIAS or row.folded in wanted
    ]
    for alias in draft.aliases:
        places.add_name(community, alias)


def check(draft: CommunityDraft) -> None:
    """What a community must have; Invalid names each fault."""
    faults: dict[str, list[str]] = {}
    if not fold(draft.name):
        faults["name"] = [_("Write the name.")]
    elif len(draft.name) > LONGEST_NAME:
        faults["name"] = [_("At most %(number)d letters.", number=LONGEST_NAME)]
    if len(draft.about) > LONGEST_ABOUT:
        faults["about"] = [_("At most %(number)d letters.", number=LONGEST_ABOUT)]
    if draft.moo is not None and not 1 <= draft.moo <= 99:
        faults["moo"] = [_("The number of a village is between 1 and 99.")]
    if faults:
        raise Invalid(faults)


def refuse_double(
    draft: CommunityDraft, homes: Sequence[Community | None], community: Community | None
) -> None:
    """Invalid when the same place has a village or group of this name already."""
    beside: list[Community] = []
    for place in homes:
        if place is not None:
            beside += [*children_of(place), *groups_at(place)]
    if any(fold(one.name) == fold(draft.name) and one is not community for one in beside):
        raise Invalid({"name": [_("“%(name)s” is there already.", name=draft.name)]})


def village_code(
    parent: Community | None, moo: int | None, *, own: Community | None = None
) -> str | None:
    """<tambon>-<หมู่, two digits>; Invalid when another village has it."""
    if parent is None or moo is None:
        return None
    code = f"{parent.code}-{moo:02}"
    other = db.session.scalar(sa.select(Community).where(Community.code == code))
    if other is not None and other is not own:
        raise Invalid(
            {"moo": [_("Number %(number)d is “%(name)s” already.", number=moo, name=other.name)]}
        )
    return code


def free_slug(draft: CommunityDraft, homes: Sequence[Community]) -> str:
    """A slug that nothing has: village-<name>, then with the place, then with a number."""
    level = LEVEL_SLUGS[draft.kind]
    base = f"{level}-{slugify(draft.name_en or draft.name)}"
    place = homes[0].slug.partition("-")[2] if homes else ""
    wanted = [base, f"{base}-{place}"] + [f"{base}-{place}-{number}" for number in range(2, 100)]
    taken = set(db.session.scalars(sa.select(Community.slug).where(Community.slug.in_(wanted))))
    return next(slug for slug in wanted if slug not in taken)


# --- tags ------------------------------------------------------------------------------


def forget_unused(tags: Sequence[Tag]) -> None:
    """Delete those that no text has any more; in the transaction that took them out."""
    db.session.flush()
    ids = [tag.id for tag in tags]
    used = (
        sa.select(entry_tag.c.tag_id)
        .where(entry_tag.c.tag_id.in_(ids))
        .union(sa.select(Tag.merged_into_id).where(Tag.merged_into_id.in_(ids)))
    )
    kept = set(db.session.scalars(used))
    for tag in tags:
        if tag.id not in kept:
            db.session.delete(tag)
    db.session.flush()


def merge_tags(actor: User | None, source: Tag, target: Tag) -> None:
    """Make two spellings one: entries follow, and the old address leads on."""
    with transaction() as session:
        words.allow(actor)
        if source is target or target.merged_into_id is not None:
            raise Invalid({"into": [_("Choose another keyword to merge into.")]})
        changes.append_for(entries_tagged(source))
        has = entry_tag.alias("has")
        wanted = sa.select(entry_tag.c.entry_id, sa.literal(target.id)).where(
            entry_tag.c.tag_id == source.id,
            ~sa.exists().where(has.c.entry_id == entry_tag.c.entry_id, has.c.tag_id == target.id),
        )
        session.execute(entry_tag.insert().from_select(["entry_id", "tag_id"], wanted))
        session.execute(entry_tag.delete().where(entry_tag.c.tag_id == source.id))
        session.execute(
            sa.update(Tag).where(Tag.merged_into_id == source.id).values(merged_into_id=target.id)
        )
        source.merged_into_id = target.id
        audit.record(actor, AuditAction.TAG_MERGE, f"tag:{source.id}", into=target.id)
