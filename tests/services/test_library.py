"""What communities.yaml, programs.yaml and glossary.yaml leave behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app.formats.records import (
    CommunityRecord,
    GlossaryRecord,
    LinkRecord,
    MoneyRecord,
    NameRecord,
    ProgramRecord,
)
from app.queries import taxonomy as queries
from app.queries import words as word_queries
from app.queries.naming import communities_named
from app.services import library, places, taxonomy, words
from app.services.library import Applied
from app.vocabulary import CommunityKind, Confirmation, ProgramLinkKind
from tests import factories

VILLAGE = CommunityRecord(
    name="บ้านทดลอง",
    slug="village-ban-thotlong",
    kind=CommunityKind.VILLAGE,
    parent="tambon-bang-chak",
    code="800119-09",
    aliases=("หมู่ 9 ตำบลบางจาก",),
    path="communities.yaml",
    line=3,
)
GROUP = CommunityRecord(
    name="กลุ่มทดลอง",
    slug="group-thotlong",
    kind=CommunityKind.GROUP,
    places=("village-ban-thotlong",),
)
PLACE = CommunityRecord(
    name="อำเภอนบพิตำ",
    slug="amphoe-nopphitam",
    kind=CommunityKind.AMPHOE,
    about="เป็นกิ่งอำเภอจนถึงปี 2550",
    names=(NameRecord(name="กิ่งอำเภอนบพิตำ", status="กิ่งอำเภอ", until="2007-09-08"),),
)
EARLIER = ProgramRecord(
    name="โครงการแรก",
    slug="first",
    aliases=("แรกสุด",),
    became=(LinkRecord(target="second", kind=ProgramLinkKind.CONTINUES, year="2549"),),
    money=(MoneyRecord(code="M1", amount=13_000_000, approximate=True, year="2549"),),
    core=True,
)
LATER = ProgramRecord(
    name="โครงการหลัง",
    slug="second",
    funded_by=(LinkRecord(target="เงินออมของสมาชิก", kind=ProgramLinkKind.FUNDED_BY),),
)
WORD = GlossaryRecord(short="ทดส.", expansion=("ทดสอบสั้น",))


@pytest.mark.parametrize(
    ("apply", "records"),
    [
        (library.apply_communities, [VILLAGE, GROUP, PLACE]),
        (library.apply_programs, [EARLIER, LATER]),
        (library.apply_glossary, [WORD]),
    ],
    ids=["communities", "programs", "words"],
)
def test_the_same_file_again_changes_nothing(
    app: Flask, apply: Callable[[list[object]], Applied], records: list[object]
) -> None:
    first = apply(records)
    stamp = word_queries.version()
    again = apply(records)

    assert not first.problems
    assert len(first.added) + len(first.changed) == len(records)
    assert again.is_nothing and again.same == len(records)
    assert word_queries.version() == stamp


def test_a_group_may_stand_before_its_village(app: Flask) -> None:
    report = library.apply_communities([GROUP, VILLAGE])

    assert report.added == ["บ้านทดลอง", "กลุ่มทดลอง"]
    group = communities_named("กลุ่มทดลอง")[0]
    assert factories.community("tambon-bang-chak").id in group.lineage


def test_a_record_with_the_name_of_a_built_in_place_adds_to_that_place(app: Flask) -> None:
    report = library.apply_communities([replace(PLACE, slug="another-slug")])

    assert report.added == [] and len(report.changed) == 1
    place = factories.community("amphoe-nopphitam")
    assert place.about.startswith("เป็นกิ่งอำเภอ")
    assert [row.until for row in place.names if row.status == "กิ่งอำเภอ"] == ["2007-09-08"]
    assert places.load_places() == 0
    assert [row.until for row in place.names if row.status == "กิ่งอำเภอ"] == ["2007-09-08"]


def test_what_a_facilitator_changed_stays_when_the_file_comes_again(app: Flask) -> None:
    library.apply_communities([VILLAGE])
    made = communities_named("บ้านทดลอง")[0]
    taxonomy.edit_community(None, made, taxonomy.CommunityDraft(name="บ้านทดลอง", about="แก้แล้ว"))

    assert library.apply_communities([VILLAGE]).is_nothing
    assert made.about == "แก้แล้ว"
    report = library.apply_communities([replace(VILLAGE, about="ฉบับใหม่")])
    assert report.changed and made.about == "ฉบับใหม่"


def test_an_unknown_parent_is_named_with_file_line_and_nearest_name(app: Flask) -> None:
    report = library.apply_communities([replace(VILLAGE, parent="ตำบลบางจา"), PLACE])

    [problem] = report.problems
    assert (problem.path, problem.line) == ("communities.yaml", 3)
    assert "บางจาก" in problem.reason
    assert len(report.changed) == 1  # the others come in


def test_made_as_proposed_when_asked(app: Flask) -> None:
    library.apply_communities([VILLAGE], confirmation=Confirmation.PROPOSED)
    library.apply_programs([LATER], confirmation=Confirmation.PROPOSED)

    assert communities_named("บ้านทดลอง")[0].confirmation is Confirmation.PROPOSED
    assert queries.get_program("second").confirmation is Confirmation.PROPOSED


def test_the_history_of_a_program_is_told_from_both_ends(app: Flask) -> None:
    library.apply_programs([EARLIER, LATER])

    before = queries.graph_of(queries.get_program("first"))
    after = queries.graph_of(queries.get_program("second"))

    assert [link.outcome.slug for link in before.became] == ["second"]
    assert [link.origin.slug for link in after.came_from if link.origin] == ["first"]
    assert [link.origin_name for link in after.funded_by] == ["เงินออมของสมาชิก"]
    assert queries.get_program("first").money[0].is_approximate


def test_a_step_that_is_told_no_more_goes(app: Flask) -> None:
    library.apply_programs([EARLIER, LATER])

    library.apply_programs([replace(EARLIER, became=()), LATER])

    assert queries.graph_of(queries.get_program("first")).became == []
    assert len(queries.graph_of(queries.get_program("second")).funded_by) == 1


def test_core_programs_stand_first_in_the_order_of_the_file(app: Flask) -> None:
    library.apply_programs([LATER, EARLIER])

    slugs = [slug for slug, _name in queries.program_options(factories.user())]
    assert slugs.index("first") < slugs.index("second")


def test_a_word_told_otherwise_is_replaced_and_a_retired_one_stays_away(app: Flask) -> None:
    library.apply_glossary([WORD])
    library.apply_glossary([replace(WORD, expansion=("ทดสอบยาว",))])

    rows = [row for row in word_queries.glossary() if row.short == "ทดส."]
    assert [row.expansions for row in rows] == [["ทดสอบยาว"]]
    words.retire(None, rows[0])
    assert library.apply_glossary([replace(WORD, expansion=("ทดสอบยาว",))]).is_nothing
    assert "ทดส." not in word_queries.search_words()


def test_a_short_form_with_two_bodies_has_two_rows(app: Flask) -> None:
    report = library.apply_glossary([WORD, replace(WORD, expansion=("ทดลองส่ง",))])

    assert report.added == ["ทดส.", "ทดส."]
