"""Which place, group, program or tag a name means.

People write "ต.บางจาก", "ตำบลบางจาก อำเภอเมืองนครศรีธรรมราช", "หมู่ 7 ต.บางจาก", a slug, an
old name or an official code.  A name that two places share gives both: who asks decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from app.db import db
from app.models import Community, CommunityName, Counter, Program, ProgramName, Tag
from app.text.slugs import slugify
from app.text.thai import normalise
from app.vocabulary import CommunityKind, Confirmation

#: ``CommunityName.status`` of names that are neither official nor dated.  The row of the
#: name in force has the empty status.
ALIAS, OLD_CODE, ENGLISH = "alias", "old code", "english"

#: The counter that moves with every change of a word or name.
WORDS = "words"

_AMPHOE = (CommunityKind.AMPHOE, CommunityKind.BRANCH_AMPHOE)
#: Words for a level, in the form that ``normalise`` leaves, and the kinds they allow.
LEVELS: dict[str, tuple[CommunityKind, ...]] = {
    "จังหวัด": (CommunityKind.PROVINCE,),
    "จ.": (CommunityKind.PROVINCE,),
    "กิ่งอำเภอ": _AMPHOE,
    "กิ่ง อ.": _AMPHOE,
    "กิ่งอ.": _AMPHOE,
    "อำเภอ": _AMPHOE,
    "อ.": _AMPHOE,
    "ตำบล": (CommunityKind.TAMBON,),
    "ต.": (CommunityKind.TAMBON,),
    "หมู่บ้าน": (CommunityKind.VILLAGE,),
    "หมู่ที่": (CommunityKind.VILLAGE,),
    "หมู่": (CommunityKind.VILLAGE,),
    "ม.": (CommunityKind.VILLAGE,),
}
IN_FULL = {"จ.": "จังหวัด", "กิ่ง อ.": "กิ่งอำเภอ", "กิ่งอ.": "กิ่งอำเภอ", "อ.": "อำเภอ", "ต.": "ตำบล"}
#: Where the next level begins: at the start, after a space or a digit.
_LEVEL = re.compile(rf"(?:^|(?<=[\s\d]))({'|'.join(map(re.escape, LEVELS))})")


class Part(NamedTuple):
    """One step of a name: "ตำบล" and "บางจาก"; the level is empty where none was written."""

    level: str
    name: str


def fold(name: str) -> str:
    """``name`` as names are compared: normal form without spaces."""
    return normalise(name).replace(" ", "")


def parts_of(text: str) -> list[Part]:
    """The steps of a name, the smallest place first.

    >>> parts_of("ต.บางจาก อ.เมือง")
    [Part(level='ต.', name='บางจาก'), Part(level='อ.', name='เมือง')]
    """
    text = normalise(text)
    heads = list(_LEVEL.finditer(text))
    if not heads:
        return [Part("", fold(text))] if text else []
    first = heads[0].start()
    parts = [Part("", fold(text[:first]))] if text[:first].strip() else []
    ends = [head.start() for head in heads[1:]] + [len(text)]
    parts += [
        Part(head[1], fold(text[head.end() : end])) for head, end in zip(heads, ends, strict=True)
    ]
    return [part for part in parts if part.name]


def communities_named(text: str) -> list[Community]:
    """Communities that ``text`` can mean, in Thai order; several where a name is shared."""
    text = text.strip()
    if not text or len(text) > 300:
        return []
    found = _by_slug_or_code(text)
    if not found:
        found = _with_names({fold(text), _in_full(text), *_english(text)})
    if not found:
        found = _by_parts(parts_of(text))
    return sorted(found, key=lambda community: (community.sort_key, community.id))


def _by_slug_or_code(text: str) -> list[Community]:
    query = sa.select(Community).where(
        sa.or_(Community.slug == text.lower(), Community.code == text)
    )
    return _known(query)


def _in_full(text: str) -> str:
    """The folded name with its levels written out: ต.กะหรอ อ.ท่าศาลา -> ตำบลกะหรออำเภอท่าศาลา."""
    return "".join(f"{IN_FULL.get(part.level, part.level)}{part.name}" for part in parts_of(text))


def _english(text: str) -> set[str]:
    """The English forms of a name: "Bang Chak Subdistrict" -> bangchak."""
    bare = re.sub(r"(?i)\s+(subdistrict|district|province)$", "", text.strip())
    return {fold(bare)} if bare != text else set()


def _with_names(
    folded: Iterable[str], kinds: Iterable[CommunityKind] | None = None
) -> list[Community]:
    named = sa.select(CommunityName.community_id).where(CommunityName.folded.in_(set(folded)))
    query = sa.select(Community).where(Community.id.in_(named))
    if kinds is not None:
        query = query.where(Community.kind.in_(tuple(kinds)))
    return _known(query)


def _by_parts(parts: list[Part]) -> list[Community]:
    """Read the first step and keep what lies within all the others."""
    if not parts:
        return []
    first, above = parts[0], parts[1:]
    if first.name.isdecimal() and LEVELS.get(first.level) == (CommunityKind.VILLAGE,):
        return _by_village_number(int(first.name), above)
    found = _called(first)
    for part in above:
        places = {place.id for place in _called(part)}
        found = [community for community in found if places & set(community.lineage[1:])]
    return found


def _called(part: Part) -> list[Community]:
    """Communities of one step; an official name may be kept with its level or without."""
    kinds = LEVELS.get(part.level)
    forms = {part.name}
    if kinds == _AMPHOE:
        forms |= {f"กิ่งอำเภอ{part.name}", f"อำเภอ{part.name}"}
    return _with_names(forms, kinds)


def _by_village_number(number: int, above: list[Part]) -> list[Community]:
    """หมู่ 7 of a tambon: villages are told apart by code, <tambon>-<number>."""
    codes = [
        f"{tambon.code}-{number:02}"
        for tambon in _by_parts(above)
        if tambon.kind is CommunityKind.TAMBON
    ]
    return _known(sa.select(Community).where(Community.code.in_(codes))) if codes else []


def _known(query: sa.Select[Community]) -> list[Community]:
    query = query.where(Community.confirmation != Confirmation.REFUSED)
    return list(db.session.scalars(query))


def programs_named(text: str) -> list[Program]:
    """Programs that ``text`` (slug, name, alias, old name) can mean; merged ones lead on."""
    if not text.strip() or len(text) > 300:
        return []
    query = sa.select(Program).where(Program.slug == text.strip().lower())
    found = list(db.session.scalars(query))
    if not found:
        known = sa.select(ProgramName.program_id).where(ProgramName.folded == fold(text))
        query = sa.select(Program).where(Program.id.in_(known))
        found = list(db.session.scalars(query))
    found = list(dict.fromkeys(followed(program) for program in found))
    kept = [program for program in found if program.confirmation is not Confirmation.REFUSED]
    return sorted(kept, key=lambda program: (program.position, program.sort_key))


def followed(program: Program) -> Program:
    """The program that ``program`` was merged into, or itself."""
    seen: set[int] = set()
    while program.merged_into_id is not None and program.id not in seen:
        seen.add(program.id)
        program = db.session.get_one(Program, program.merged_into_id)
    return program


def tags_by_slug(names: Iterable[str]) -> dict[str, Tag]:
    """Tags by the slug that was asked for; merged ones lead on."""
    slugs = {slugify(name) for name in names}
    if not slugs:
        return {}
    found = {tag.slug: tag for tag in db.session.scalars(sa.select(Tag).where(Tag.slug.in_(slugs)))}
    return {slug: followed_tag(tag) for slug, tag in found.items()}


def followed_tag(tag: Tag) -> Tag:
    """The tag that ``tag`` was merged into, or itself."""
    seen: set[int] = set()
    while tag.merged_into_id is not None and tag.id not in seen:
        seen.add(tag.id)
        tag = db.session.get_one(Tag, tag.merged_into_id)
    return tag


def all_community_names() -> list[str]:
    """Every name by which a community can be called, for "did you mean"."""
    query = sa.select(CommunityName.name).where(CommunityName.status != OLD_CODE)
    return list(db.session.scalars(query))


def all_program_names() -> list[str]:
    """Every name by which a program can be called, for "did you mean"."""
    query = (
        sa.select(ProgramName.name)
        .join(Program, Program.id == ProgramName.program_id)
        .where(Program.confirmation != Confirmation.REFUSED)
    )
    return list(db.session.scalars(query))


def names_version() -> str:
    """A stamp that moves with every change of a word or name, from any process."""
    value = db.session.scalar(sa.select(Counter.value).where(Counter.name == WORDS))
    return str(value or 0)
