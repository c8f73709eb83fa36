"""Villages, groups, programs, tags and words: what facilitators change, and that entries follow."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import now
from app.db import db, transaction
from app.errors import Forbidden, Invalid
from app.models import Change, CommunityAncestor, Entry, ProgramHost, RightGrant, Tag
from app.queries import taxonomy as queries
from app.queries import words as word_queries
from app.queries.naming import communities_named, programs_named
from app.services import programs, taxonomy, words
from app.services.programs import ProgramDraft
from app.services.taxonomy import CommunityDraft
from app.services.words import WordDraft
from app.vocabulary import CommunityKind, Confirmation, GlossaryKind, Right, Status
from tests import factories
from tests.support.sql import sql_statements


def changes_of(entry: Entry) -> int:
    query = sa.select(sa.func.count()).select_from(Change).where(Change.entry_id == entry.id)
    return db.session.scalar(query) or 0


def village(name: str = "บ้านทดลอง", moo: int | None = 9, **more: object) -> CommunityDraft:
    return CommunityDraft(name=name, parent="tambon-bang-chak", moo=moo, **more)  # type: ignore[arg-type]


# --- communities -----------------------------------------------------------------------


def test_a_village_lies_in_its_tambon_and_all_above(app: Flask) -> None:
    made = taxonomy.add_community(factories.facilitator(), village())

    path = [step.slug for step in queries.path_of(made)]
    assert path[-2:] == ["tambon-bang-chak", made.slug]
    assert made.code == "800119-09"
    assert [one.id for one in communities_named("หมู่ 9 ต.บางจาก")] == [made.id]


def test_only_who_looks_after_the_place_adds_a_village(app: Flask) -> None:
    with pytest.raises(Forbidden):
        taxonomy.add_community(factories.facilitator("tambon-karo"), village())
    with pytest.raises(Forbidden):
        taxonomy.add_community(factories.writer(), village())


def test_two_villages_cannot_have_one_number_or_name(app: Flask) -> None:
    taxonomy.add_community(None, village())

    with pytest.raises(Invalid) as number:
        taxonomy.add_community(None, village("บ้านอื่น"))
    with pytest.raises(Invalid) as name:
        taxonomy.add_community(None, village(moo=10))

    assert set(number.value.fields) == {"moo"}
    assert set(name.value.fields) == {"name"}


def test_a_network_belongs_to_several_places_and_counts_in_each(app: Flask) -> None:
    draft = CommunityDraft(
        name="เครือข่ายทดลอง",
        kind=CommunityKind.NETWORK,
        places=("tambon-karo", "tambon-bang-chak"),
    )
    network = taxonomy.add_community(None, draft)
    factories.post(factories.writer(network.slug), communities=(network.slug,))

    counts = {row.community.slug: row.count for row in queries.communities_with_counts(None)}
    for slug in (network.slug, "tambon-karo", "amphoe-nopphitam", "tambon-bang-chak"):
        assert counts[slug] == 1
    assert counts["province-nakhon-si-thammarat"] == 1
    assert counts["amphoe-chawang"] == 0


def test_a_renamed_community_keeps_its_old_name_and_its_entries_follow(app: Flask) -> None:
    made = taxonomy.add_community(None, village())
    entry = factories.post(communities=(made.slug,))
    before = changes_of(entry)

    taxonomy.edit_community(None, made, village("บ้านชื่อใหม่"))

    assert changes_of(entry) == before + 1
    assert [one.id for one in communities_named("บ้านทดลอง")] == [made.id]
    assert [one.id for one in communities_named("บ้านชื่อใหม่")] == [made.id]


def test_a_moved_village_takes_its_groups_along(app: Flask) -> None:
    made = taxonomy.add_community(None, village())
    group = taxonomy.add_community(
        None,
        CommunityDraft(name="กลุ่มทดลอง", kind=CommunityKind.GROUP, places=(made.slug,)),
    )

    taxonomy.edit_community(None, made, CommunityDraft(name=made.name, parent="tambon-karo", moo=2))

    karo, bang_chak = factories.community("tambon-karo"), factories.community()
    assert karo.id in group.lineage and bang_chak.id not in group.lineage
    closure = db.session.scalars(
        sa.select(CommunityAncestor.ancestor_id).where(CommunityAncestor.community_id == group.id)
    )
    assert set(closure) == set(group.lineage)
    assert made.code == "802103-02"


# --- programs --------------------------------------------------------------------------


def test_a_proposed_program_is_one_however_often_it_is_typed(app: Flask) -> None:
    writer = factories.writer()

    first = programs.propose(writer, "โครงการทดลองหนึ่ง")

    assert first.confirmation is Confirmation.PROPOSED
    assert programs.propose(factories.writer(), " โครงการ ทดลองหนึ่ง ") is first
    assert queries.proposed_programs() == [first]


def test_a_merged_program_hands_over_entries_names_and_address(app: Flask) -> None:
    target = programs.add(None, ProgramDraft("โครงการจริง"))
    proposed = programs.propose(None, "โครงการพิมพ์เอง")
    both = factories.lesson(programs=(target.slug, proposed.slug))
    alone = factories.lesson(programs=(proposed.slug,))
    before = changes_of(alone)

    programs.merge(None, proposed, target)

    assert [row.slug for row in alone.programs] == [target.slug]
    assert [row.slug for row in both.programs] == [target.slug]
    assert changes_of(alone) == before + 1
    assert programs_named("โครงการพิมพ์เอง") == [target]
    assert queries.get_program(proposed.slug) is target


def test_a_refused_program_leaves_its_lessons_to_the_community(app: Flask) -> None:
    proposed = programs.propose(None, "ไม่ใช่โครงการ")
    alone = factories.lesson(programs=(proposed.slug,))

    programs.refuse(None, proposed, reason="พิมพ์ผิด")

    assert [row.slug for row in alone.programs] == ["own-work"]
    assert programs_named("ไม่ใช่โครงการ") == []


def test_a_renamed_program_is_found_by_both_names(app: Flask) -> None:
    program = programs.add(None, ProgramDraft("โครงการชื่อแรก"))

    programs.edit(None, program, ProgramDraft("โครงการชื่อหลัง"))

    assert programs_named("โครงการชื่อแรก") == programs_named("โครงการชื่อหลัง") == [program]


def test_a_writer_cannot_confirm_what_a_writer_proposed(app: Flask) -> None:
    proposed = programs.propose(factories.writer(), "โครงการทดลองสอง")

    with pytest.raises(Forbidden):
        programs.confirm(factories.writer(), proposed)
    programs.confirm(factories.facilitator("province-nakhon-si-thammarat"), proposed)

    assert proposed.confirmation is Confirmation.CONFIRMED


def test_who_may_not_edit_the_other_program_hands_over_entries_and_name_alone(app: Flask) -> None:
    guide, writer = factories.facilitator("tambon-karo"), factories.writer("tambon-karo")
    target = programs.add(None, ProgramDraft("โครงการจริง"))
    proposed = programs.propose(writer, "โครงการพิมพ์เอง")
    lesson = factories.lesson(writer, programs=(proposed.slug,))
    with transaction() as session:
        session.add(
            RightGrant(
                user_id=writer.id, right=Right.WRITER, program_id=proposed.id, granted_at=now()
            )
        )
        session.add(ProgramHost(program_id=proposed.id, name="ตัวอย่าง"))

    programs.merge(guide, proposed, target)

    assert [row.slug for row in lesson.programs] == [target.slug]
    assert programs_named("โครงการพิมพ์เอง") == [target]
    assert target.hosts == []
    assert [grant.program_id for grant in writer.grants if grant.program_id] == [proposed.id]


def test_nobody_decides_about_their_own_proposal_as_their_own_neighbour(app: Flask) -> None:
    guide = factories.facilitator("tambon-karo")
    province = factories.facilitator("province-nakhon-si-thammarat")
    own, highest = programs.propose(guide, "ของฉัน"), programs.propose(province, "ของจังหวัด")

    for decide in (
        lambda: programs.confirm(guide, own),
        lambda: programs.refuse(guide, own),
        lambda: programs.merge(guide, own, highest),
    ):
        with pytest.raises(Forbidden):
            decide()
    programs.confirm(factories.facilitator("tambon-karo"), own)
    programs.confirm(province, highest)

    assert own.confirmation is highest.confirmation is Confirmation.CONFIRMED


# --- tags ------------------------------------------------------------------------------


def test_tags_of_one_spelling_are_one(app: Flask) -> None:
    tags = taxonomy.resolve_tags(["#ปุ๋ยหมัก", "ปุ๋ยหมัก", "KM"])

    assert [tag.name for tag in tags] == ["ปุ๋ยหมัก", "KM"]
    assert taxonomy.resolve_tags(["ไม่มี"], create=False) == []


def test_a_merged_tag_moves_its_entries_and_leads_on(app: Flask) -> None:
    old = factories.post(tags=("ปุ๋ยหมักก",))
    both = factories.post(tags=("ปุ๋ยหมักก", "ปุ๋ยหมัก"))
    source, target = taxonomy.resolve_tags(["ปุ๋ยหมักก", "ปุ๋ยหมัก"])

    taxonomy.merge_tags(factories.facilitator(), source, target)

    assert [tag.name for tag in old.tags] == [tag.name for tag in both.tags] == ["ปุ๋ยหมัก"]
    assert queries.get_tag(source.slug) is target
    assert taxonomy.resolve_tags(["ปุ๋ยหมักก"]) == [target]
    assert [(row.tag, row.count) for row in queries.tags_with_counts(None)] == [(target, 2)]


def test_a_tag_cannot_be_merged_into_itself(app: Flask) -> None:
    [tag] = taxonomy.resolve_tags(["ปุ๋ยหมัก"])

    with pytest.raises(Invalid):
        taxonomy.merge_tags(None, tag, db.session.get_one(Tag, tag.id))


# --- words -----------------------------------------------------------------------------


def test_a_word_moves_the_stamp_that_search_watches(app: Flask) -> None:
    before = word_queries.version()

    word = words.add(
        factories.facilitator(), WordDraft("ทดส.", ("ทดสอบสั้น",), GlossaryKind.WHOLE_TOKEN)
    )

    assert word_queries.version() != before
    assert {"ทดส.", "ทดสอบสั้น"} <= set(word_queries.search_words())
    words.retire(None, word)
    assert "ทดส." not in word_queries.search_words()


def test_a_word_needs_a_meaning_and_is_there_once(app: Flask) -> None:
    words.add(None, WordDraft("ก.ข.", ("กอไก่ขอไข่",)))

    for draft in (WordDraft("ก.ข."), WordDraft("", ("x",)), WordDraft("ก.ข.", ("กอไก่ขอไข่",))):
        with pytest.raises(Invalid):
            words.add(None, draft)
    words.add(None, WordDraft("ก.ข.", ("อีกความหมายหนึ่ง",)))
    with pytest.raises(Forbidden):
        words.add(factories.writer(), WordDraft("ค.", ("ควาย",)))


# --- reads -----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 12])
def test_counting_every_community_costs_two_selects_at_any_size(app: Flask, size: int) -> None:
    writer = factories.writer()
    for _ in range(size):
        factories.post(writer)
    db.session.rollback()

    with sql_statements() as sql:
        rows = queries.communities_with_counts(None)

    assert {row.community.slug: row.count for row in rows}["tambon-bang-chak"] == size
    assert len([one for one in sql if one.startswith("SELECT")]) == 2


def test_drafts_count_nowhere(app: Flask) -> None:
    factories.lesson(status=Status.DRAFT, tags=("เงียบ",), years=(2551,))

    assert queries.tags_with_counts(None) == []
    assert queries.years_with_counts(None) == []
    assert not any(row.count for row in queries.programs_with_counts(None))
    assert queries.entries_about(None, year=2551) == (0, [])


def test_names_in_an_address_become_slugs(app: Flask) -> None:
    assert queries.slugs_of("community", ["ต.บางจาก", "tambon-karo", "ไม่มี"]) == {
        "tambon-bang-chak",
        "tambon-karo",
        "ไม่มี",
    }
    assert queries.slugs_of("community", ["ปากแพรก"]) == {
        "tambon-pak-phraek-thung-song",
        "tambon-pak-phraek-pak-phanang",
    }
