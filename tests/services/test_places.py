"""The tree of places, and who is meant by a name."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.db import db
from app.errors import Invalid
from app.models import Community, CommunityAncestor, CommunityName
from app.queries import taxonomy as queries
from app.queries.naming import communities_named, parts_of
from app.services import places, taxonomy
from app.vocabulary import CommunityKind
from tests import factories

#: name                                            what it means
NAMES = [
    ("tambon-bang-chak", ["tambon-bang-chak"]),
    ("บางจาก", ["tambon-bang-chak"]),
    ("ต.บางจาก", ["tambon-bang-chak"]),
    ("ต. บางจาก", ["tambon-bang-chak"]),
    ("ตำบลบางจาก อำเภอเมืองนครศรีธรรมราช", ["tambon-bang-chak"]),
    ("ต.บางจาก อ.เมือง จ.นครศรีธรรมราช", ["tambon-bang-chak"]),
    ("ต.บางจาก อ.ฉวาง", []),
    ("Bang Chak Subdistrict", ["tambon-bang-chak"]),
    ("800119", ["tambon-bang-chak"]),
    ("ปากแพรก", ["tambon-pak-phraek-thung-song", "tambon-pak-phraek-pak-phanang"]),
    ("ต.ปากแพรก อ.ปากพนัง", ["tambon-pak-phraek-pak-phanang"]),
    ("ฉวาง", ["amphoe-chawang", "tambon-chawang"]),
    ("อ.ฉวาง", ["amphoe-chawang"]),
    ("อำเภอทุ่งสง", ["amphoe-thung-song"]),
    ("ต.ทุ่งสง อ.นาบอน", ["tambon-thung-song"]),
    ("กิ่งอำเภอนบพิตำ", ["amphoe-nopphitam"]),
    ("กิ่ง อ.นบพิตำ", ["amphoe-nopphitam"]),
    ("อ.นบพิตำ", ["amphoe-nopphitam"]),
    ("ต.กะหรอ อ.ท่าศาลา", ["tambon-karo"]),
    ("ตำบลกะหรอ กิ่งอำเภอนบพิตำ", ["tambon-karo"]),
    ("800805", ["tambon-karo"]),
    ("มะม่วง ๒ ต้น", ["tambon-mamuang-song-ton"]),
    ("ท่าพญา", ["tambon-tha-phaya"]),
    ("ตะลุมพุก", ["tambon-laem-talumphuk"]),
    ("จังหวัดนครศรีธรรมราช", ["province-nakhon-si-thammarat"]),
    ("ที่ไหนก็ไม่รู้", []),
    ("", []),
    ("ต.", []),
]


def test_the_tree_has_one_province_23_amphoe_and_170_tambon(app: Flask) -> None:
    rows = db.session.execute(sa.select(Community.kind, sa.func.count()).group_by(Community.kind))
    counts = {kind: count for kind, count in rows}

    assert counts == {
        CommunityKind.PROVINCE: 1,
        CommunityKind.AMPHOE: 23,
        CommunityKind.TAMBON: 170,
    }


def test_loading_again_adds_nothing_and_changes_nothing(app: Flask) -> None:
    before = db.session.scalar(sa.select(sa.func.count()).select_from(CommunityName))

    assert places.load_places() == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CommunityName)) == before


def test_english_names_are_spelt_as_people_write_them(app: Flask) -> None:
    assert factories.community("amphoe-lan-saka").name_en == "Lan Saka"
    assert factories.community("tambon-tha-yang").name_en == "Tha Yang"
    assert factories.community("amphoe-chulabhorn").name_en == "Chulabhorn"


def test_the_closure_and_the_lineage_say_the_same(app: Flask) -> None:
    closure: dict[int, set[int]] = {}
    for row in db.session.scalars(sa.select(CommunityAncestor)):
        closure.setdefault(row.community_id, set()).add(row.ancestor_id)

    for community in db.session.scalars(sa.select(Community)):
        assert closure[community.id] == set(community.lineage)
        assert community.lineage[0] == community.id


@pytest.mark.parametrize(("name", "slugs"), NAMES, ids=[row[0] or "nothing" for row in NAMES])
def test_a_name_means(app: Flask, name: str, slugs: list[str]) -> None:
    assert sorted(row.slug for row in communities_named(name)) == sorted(slugs)


def test_the_steps_of_a_name_are_read_without_spaces_too() -> None:
    assert [tuple(part) for part in parts_of("หมู่ ๗ ต.บางจาก")] == [("หมู่", "7"), ("ต.", "บางจาก")]


def test_an_unknown_name_is_refused_with_the_nearest_ones(app: Flask) -> None:
    with pytest.raises(Invalid) as refused:
        taxonomy.resolve_communities(["ต.บางจา"])

    assert "บางจาก" in refused.value.fields["communities"][0]


def test_a_shared_name_asks_which_amphoe(app: Flask) -> None:
    with pytest.raises(Invalid) as refused:
        taxonomy.resolve_communities(["ปากแพรก"])

    said = refused.value.fields["communities"][0]
    assert "อำเภอทุ่งสง" in said and "อำเภอปากพนัง" in said


@pytest.mark.parametrize(
    ("slug", "lang", "short", "shown"),
    [
        ("tambon-bang-chak", "th", False, "ตำบลบางจาก"),
        ("tambon-bang-chak", "th", True, "ต.บางจาก"),
        ("tambon-bang-chak", "en", False, "Bang Chak Subdistrict"),
        ("amphoe-thung-song", "th", True, "อ.ทุ่งสง"),
        ("tambon-pak-phraek-thung-song", "th", False, "ตำบลปากแพรก อ.ทุ่งสง"),
        ("province-nakhon-si-thammarat", "en", False, "Nakhon Si Thammarat Province"),
    ],
)
def test_a_name_is_shown_with_its_level(
    app: Flask, slug: str, lang: str, short: bool, shown: str
) -> None:
    assert queries.display_name(factories.community(slug), lang, short=short) == shown


def test_the_way_to_a_place_begins_at_the_province(app: Flask) -> None:
    path = queries.path_of(factories.community("tambon-karo"))

    assert [step.slug for step in path] == [
        "province-nakhon-si-thammarat",
        "amphoe-nopphitam",
        "tambon-karo",
    ]


def test_the_place_picker_lists_every_place_once_in_one_statement(
    app: Flask,
) -> None:
    groups = queries.place_options("th")
    slugs = [slug for _group, rows in groups for slug, _name in rows]

    assert len(slugs) == len(set(slugs)) == 194
    assert groups[0][0] == "จังหวัดนครศรีธรรมราช"
    assert ("tambon-karo", "ตำบลกะหรอ") in dict(groups)["อำเภอนบพิตำ"]


def test_a_village_without_a_name_is_told_by_its_number_and_once(library: Flask) -> None:
    def told(lang: str) -> dict[str, str]:
        return {
            slug: name.strip("– ")
            for _group, rows in queries.place_options(lang)
            for slug, name in rows
        }

    assert told("th")["village-karo-moo-1"] == "หมู่ที่ 1 ต.กะหรอ"
    assert told("th")["village-ban-u-thong"] == "หมู่ที่ 6 บ้านอู่ทอง ต.กะหรอ"
    assert told("en")["village-karo-moo-1"] == "Karo, Moo 1"
