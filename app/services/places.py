"""The tree of places: loaded from the official list, and kept consistent in one function.

The key of a place is its official code, never its name.  Loading again adds what is
missing and changes nothing that is there, so what facilitators wrote stays.
"""

from __future__ import annotations

import csv
from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from pathlib import Path

import sqlalchemy as sa

from app.clock import now
from app.db import db, transaction
from app.models import Community, CommunityAncestor, CommunityName
from app.queries.naming import ALIAS, ENGLISH, OLD_CODE, fold
from app.queries.taxonomy import GROUP_KINDS
from app.services import counters
from app.text.slugs import slugify
from app.text.sorting import sort_key
from app.vocabulary import Certainty, CommunityKind

DATA = Path(__file__).parent.parent / "data"
PROVINCE = "80"
#: The day the code list was renewed: no founding day of any place.
CODES_RENEWED = "2006-01-01"
#: Spellings of the source that nobody uses.
ENGLISH_SPELLINGS = {"Lan SaKa": "Lan Saka", "Tha yang": "Tha Yang"}

#: From the top of the tree down; groups and networks hang on places.
RANKS = {
    CommunityKind.PROVINCE: 0,
    CommunityKind.AMPHOE: 1,
    CommunityKind.BRANCH_AMPHOE: 1,
    CommunityKind.TAMBON: 2,
    CommunityKind.VILLAGE: 3,
    CommunityKind.GROUP: 4,
    CommunityKind.NETWORK: 5,
}


def load_places() -> int:
    """Add the province, its amphoe and tambon with their names; returns how many were new."""
    with transaction() as session:
        known = {row.code: row for row in session.scalars(sa.select(Community)) if row.code}
        fresh: list[Community] = []
        for level in _official_places():
            for place, parent_code in level:
                if place.code in known:
                    continue
                place.parent = known[parent_code] if parent_code else None
                known[str(place.code)] = place
                fresh.append(place)
            session.add_all(fresh)
            session.flush()
        place_in_tree(fresh)
        if _add_names(known) or fresh:
            counters.next_number("words")
        return len(fresh)


def place_in_tree(communities: Iterable[Community]) -> None:
    """Write ``lineage`` and the closure rows of ``communities``; of places and groups alike.

    They must have ids; what is above them is in the tree or among them.
    """
    ordered = sorted(communities, key=lambda community: RANKS[community.kind])
    db.session.flush()
    rows = []
    for community in ordered:
        above = community.places if community.kind in GROUP_KINDS else [community.parent]
        lineage = [community.id]
        for place in above:
            lineage += place.lineage if place is not None else []
        community.lineage = list(dict.fromkeys(lineage))
        rows += [
            {"community_id": community.id, "ancestor_id": ancestor}
            for ancestor in community.lineage
        ]
    if not rows:
        return
    ids = [community.id for community in ordered]
    db.session.execute(sa.delete(CommunityAncestor).where(CommunityAncestor.community_id.in_(ids)))
    db.session.execute(sa.insert(CommunityAncestor), rows)
    db.session.flush()


def move_in_tree(community: Community) -> None:
    """Write the tree anew for ``community`` and everything below it."""
    below = db.session.scalars(
        sa.select(Community)
        .join(CommunityAncestor, CommunityAncestor.community_id == Community.id)
        .where(CommunityAncestor.ancestor_id == community.id, Community.id != community.id)
    )
    place_in_tree([community, *below])


def add_name(
    community: Community,
    name: str,
    *,
    status: str = ALIAS,
    since: str = "",
    until: str = "",
    certainty: Certainty = Certainty.STATED,
    source: str = "",
) -> bool:
    """Give ``community`` a name; whether anything changed.  An alias that is known adds nothing.

    What is told anew about a name of the same status replaces what was told before.
    """
    folded = fold(name)
    if not folded:
        return False
    same = [row for row in community.names if row.folded == folded]
    if status == ALIAS and same:
        return False
    row = next((row for row in same if row.status == status), None)
    if row is None:
        row = CommunityName(
            name=name,
            folded=folded,
            status=status,
            since=since,
            until=until,
            certainty=certainty,
            source=source,
        )
        community.names.append(row)
        return True
    told = {"since": since, "until": until, "source": source}
    changed = {key: value for key, value in told.items() if value and getattr(row, key) != value}
    for key, value in changed.items():
        setattr(row, key, value)
    if row.certainty is not certainty:
        row.certainty = certainty
        return True
    return bool(changed)


def _official_places() -> Iterator[list[tuple[Community, str]]]:
    """(place, code of its parent), level by level."""
    import geothai  # 0.1 s and 8 MB, needed once in the life of a site

    root = geothai.province(PROVINCE)
    if root is None:
        raise LookupError(f"geothai knows no province {PROVINCE}")
    amphoe = geothai.districts(PROVINCE)
    tambon = [row for above in amphoe for row in geothai.subdistricts(above.code)]
    points = _points()
    names = {row.code: english(row.name_en) for row in amphoe}
    names |= {row.code: english(row.name_en) for row in tambon}
    shared = {name for name, count in Tally(names[row.code] for row in tambon).items() if count > 1}

    def slug_of(code: str, above: str) -> str:
        name = f"{names[code]} {names[above]}" if names[code] in shared else names[code]
        return slugify(name)

    yield [
        (
            _place(root.code, CommunityKind.PROVINCE, root.name_th, english(root.name_en)),
            "",
        )
    ]
    yield [
        (_place(row.code, CommunityKind.AMPHOE, row.name_th, names[row.code], points), PROVINCE)
        for row in amphoe
    ]
    level = []
    for row in tambon:
        place = _place(row.code, CommunityKind.TAMBON, row.name_th, names[row.code], points)
        place.slug = f"tambon-{slug_of(row.code, row.district_code)}"
        place.postcodes = ", ".join(row.postal_codes)
        level.append((place, row.district_code))
    yield level


def _place(
    code: str,
    kind: CommunityKind,
    name: str,
    name_en: str,
    points: dict[str, tuple[float, float]] | None = None,
) -> Community:
    latitude, longitude = (points or {}).get(code, (None, None))
    return Community(
        code=code,
        kind=kind,
        name=name,
        name_en=name_en,
        slug=f"{kind.value}-{slugify(name_en)}",
        sort_key=sort_key(name),
        latitude=latitude,
        longitude=longitude,
        created_at=now(),
    )


def english(name: str) -> str:
    """An English name as it is shown."""
    return ENGLISH_SPELLINGS.get(name, name)


def _add_names(places: dict[str, Community]) -> int:
    """Official, English, dated and other names, and old codes; returns how many were new."""
    have = {
        (row.community_id, row.folded, row.status)
        for row in db.session.scalars(sa.select(CommunityName))
    }
    rows = []
    for code, name, status, since, until, certainty, source in _names_to_have(places):
        place = places[code]
        key = (place.id, fold(name), status)
        if name and key not in have:
            have.add(key)
            rows.append(
                {
                    "community_id": place.id,
                    "name": name,
                    "folded": key[1],
                    "status": status,
                    "since": since,
                    "until": until,
                    "certainty": Certainty(certainty),
                    "source": source,
                }
            )
    if rows:
        db.session.execute(sa.insert(CommunityName), rows)
    return len(rows)


def _names_to_have(places: dict[str, Community]) -> Iterator[tuple[str, ...]]:
    for code, place in places.items():
        if place.code and "-" not in place.code:
            yield code, place.name, "", "", "", "stated", ""
            yield code, place.name_en, ENGLISH, "", "", "stated", ""
    for row in _table("place_names.tsv"):
        if row["code"] in places:
            yield tuple(row.values())
    from geothai.abolished import abolished_areas

    for area in abolished_areas():
        if area.code.startswith(PROVINCE):
            for successor in area.successors:
                if successor in places:
                    yield successor, area.code, OLD_CODE, "", CODES_RENEWED, "stated", "geothai"


def _points() -> dict[str, tuple[float, float]]:
    """Rough reference points by code; ต.ปากพนัง has none."""
    return {row["code"]: (float(row["lat"]), float(row["lon"])) for row in _table("places.tsv")}


def _table(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
