"""Forum records: what they ask for, lines that keep their numbers, lessons that grow from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.db import db
from app.errors import EditConflict, Forbidden, Invalid
from app.formats.entry_files import read_entry, write_entry
from app.formats.records import EntryRecord
from app.models import Change, LineGrowth
from app.queries import forums as forum_queries
from app.services import (
    converting,
    entries,
    history,
    importing,
    lifecycle,
    proposals,
    revisions,
    rule_books,
    submissions,
    writing,
)
from app.services.drafts import Draft, draft_of, draft_of_revision
from app.text import forum as forum_text
from app.vocabulary import EntryKind, LineSide, Status
from tests import factories

HERE = "tambon-bang-chak"
DAY = date(2006, 7, 21)


@pytest.fixture
def mali(app):
    return factories.writer(HERE)


@pytest.fixture
def chai(app):
    return factories.writer(HERE)


@pytest.fixture
def record(mali):
    return factories.forum(mali, body=factories.sheets("กลุ่มนา", "กลุ่มสวน", notes="คุยกันถึงเที่ยง"))


def lines_of(entry) -> dict[str, str]:
    db.session.expire_all()
    return {part.anchor: part.text for part in entry.parts if part.removed_at is None}


def without(body: str, anchor: str) -> str:
    return "\n".join(line for line in body.split("\n") if f"{{#{anchor}}}" not in line)


class TestWhatItAsksFor:
    @pytest.mark.parametrize(
        ("change", "named"),
        [
            ({}, set()),
            ({"happened_on": None}, {"happened"}),
            ({"communities": ()}, {"communities"}),
            ({"present": None}, {"present"}),
            ({"present": 0}, {"present"}),
            ({"body": "## กลุ่มนา\n\n## บันทึกเพิ่มเติม\n\nคุยกัน"}, {"lines"}),
            ({"group_count": None}, set()),
        ],
    )
    def test_gaps_are_named_for_a_draft_and_for_what_is_stored(self, mali, change, named):
        whole = Draft(
            kind=EntryKind.FORUM,
            title="เวที",
            body=factories.sheets(),
            happened_on=DAY,
            communities=(HERE,),
            present=40,
            group_count=4,
        )
        draft = replace(whole, **change)
        entry = writing.create(mali, draft)

        assert set(rule_books.gaps_of(draft, None, mali)) == named
        assert set(rule_books.gaps_of(draft_of(entry), entry, mali)) == named
        if named:
            with pytest.raises(Invalid) as caught:
                writing.publish(mali, entry)
            assert set(caught.value.fields) == named
        else:
            assert writing.publish(mali, entry).status is Status.PUBLISHED

    def test_its_day_gives_year_and_fiscal_year(self, record):
        assert (record.years, record.fiscal_year) == ((2549,), 2549)

    def test_without_a_title_it_is_called_by_village_and_day(self, mali):
        draft = Draft(kind=EntryKind.FORUM, title="", happened_on=DAY, communities=(HERE,))
        assert writing.create(mali, draft).title == "เวทีตำบลบางจาก 21 กรกฎาคม 2549"
        with pytest.raises(Invalid) as caught:
            writing.create(mali, replace(draft, happened_on=None))
        assert set(caught.value.fields) == {"title"}

    def test_a_line_that_is_too_long_is_refused(self, mali):
        long = "ก" * (forum_text.LINE_LIMIT + 1)
        draft = Draft(
            kind=EntryKind.FORUM, title="เวที", body=f"## ก\n\n### ปัญหา\n\n- {long} {{#q}}"
        )
        with pytest.raises(Invalid) as caught:
            writing.create(mali, draft)
        assert set(caught.value.fields) == {"lines"}

    def test_a_proposal_follows_the_same_rules(self, mali, record):
        fair = "## ก\n\n### ปัญหา\n\n- น้ำไม่พอ"
        long = fair.replace("น้ำไม่พอ", "ก" * (forum_text.LINE_LIMIT + 1))
        sent = {"title": "เวที", "base": 1}
        with pytest.raises(Invalid) as proposed:
            proposals.propose(factories.user(), record, **sent, body=long, note="เพิ่ม")
        made = proposals.propose(factories.user(), record, **sent, body=fair, note="เพิ่ม")
        with pytest.raises(Invalid) as accepted:
            proposals.accept(mali, made, **sent, body=long)
        assert set(proposed.value.fields) == set(accepted.value.fields) == {"lines"}

    def test_every_writer_of_the_community_edits_it_and_no_other(self, chai, record):
        saved = writing.save(chai, record, replace(draft_of(record), present=41), base=1)
        assert saved.present == 41
        with pytest.raises(Forbidden):
            writing.save(factories.writer("tambon-karo"), record, draft_of(saved), base=2)

    def test_it_becomes_nothing_else(self, mali, record):
        for kind in EntryKind:
            with pytest.raises(Invalid):
                converting.convert(mali, record, kind)


class TestLines:
    def test_each_is_a_row_with_its_group_and_side(self, record):
        found = [(p.anchor, p.group, p.side) for p in record.parts]
        assert found == [
            ("q1", "กลุ่มนา", LineSide.PROBLEM),
            ("q2", "กลุ่มนา", LineSide.ANSWER),
            ("q3", "กลุ่มสวน", LineSide.PROBLEM),
            ("q4", "กลุ่มสวน", LineSide.ANSWER),
        ]

    def test_a_number_is_never_given_out_again(self, mali, record):
        gone = without(record.body, "q4")
        writing.save(mali, record, replace(draft_of(record), body=gone), base=1)
        more = record.body.replace("{#q3}\n", "{#q3}\n- มีงูเข้าสวน\n")
        writing.save(mali, record, replace(draft_of(record), body=more), base=2)

        assert lines_of(record).keys() == {"q1", "q2", "q3", "q5"}
        assert {p.anchor for p in record.parts if p.removed_at} == {"q4"}

    def test_lines_of_two_people_come_together(self, mali, chai, record):
        hers = record.body.replace("{#q1}\n", "{#q1}\n- ของเธอ\n")
        his = record.body.replace("{#q3}\n", "{#q3}\n- ของเขา\n")
        hers, his = (replace(draft_of(record), body=body) for body in (hers, his))
        writing.save(mali, record, hers, base=1)
        writing.save(chai, record, his, base=1)

        found = lines_of(record)
        assert (found["q5"], found["q6"]) == ("ของเธอ", "ของเขา")
        assert len(found) == 6

    def test_one_line_changed_by_both_is_asked_for(self, mali, chai, record):
        def told(text: str) -> Draft:
            return replace(draft_of(record), body=record.body.replace("กลุ่มนามีน้ำไม่พอ", text))

        hers, his = told("น้ำแห้ง"), told("น้ำเค็ม")
        writing.save(mali, record, hers, base=1)
        with pytest.raises(EditConflict) as caught:
            writing.save(chai, record, his, base=1)
        (passage,) = caught.value.proposal.body.conflicts
        assert ("น้ำเค็ม" in passage.mine, "น้ำแห้ง" in passage.theirs) == (True, True)

    def test_the_header_is_kept_in_revisions_and_comes_back(self, mali, record):
        changed = replace(draft_of(record), present=12, group_count=3)
        writing.save(mali, record, changed, base=1)
        first, second = (history.revision_at(record, number) for number in (1, 2))
        assert (second.header["present"], second.header["groups"]) == (12, 3)
        assert draft_of_revision(record, second) == changed

        revisions.restore(mali, record, first)
        assert (record.present, record.group_count) == (40, None)
        revisions.undo(mali, record, 3)
        assert (record.present, record.group_count) == (12, 3)
        assert lines_of(record).keys() == {"q1", "q2", "q3", "q4"}


class TestGrowing:
    @pytest.fixture
    def lesson(self, mali, record):
        return factories.lesson(mali, grows_from=(f"{record.number}-q3",))

    def test_both_ends_know_the_link(self, record, lesson):
        assert forum_queries.lessons_from(None, record) == {"q3": [lesson]}
        (line,) = forum_queries.lines_behind(None, lesson)
        assert (line.entry, line.part.anchor, line.path) == (
            record,
            "q3",
            f"/posts/{record.number}#q3",
        )

    def test_it_outlives_edits_of_both(self, mali, record, lesson):
        writing.save(mali, lesson, replace(draft_of(lesson), summary="สั้น ๆ"), base=1)
        moved = forum_text.parse(record.body)
        moved = replace(moved, groups=moved.groups[::-1])
        body = forum_text.compose(moved).replace("กลุ่มสวนมีน้ำไม่พอ", "สวนขาดน้ำ")
        writing.save(mali, record, replace(draft_of(record), body=body), base=1)

        (line,) = forum_queries.lines_behind(None, lesson)
        assert (line.part.anchor, line.part.text) == ("q3", "สวนขาดน้ำ")

    def test_a_line_taken_out_stays_linked(self, mali, record, lesson):
        body = without(record.body, "q3")
        writing.save(mali, record, replace(draft_of(record), body=body), base=1)
        assert [one.part.anchor for one in forum_queries.lines_behind(None, lesson)] == ["q3"]

    @pytest.mark.parametrize(
        ("status", "for_strangers", "for_the_writer"),
        [
            (Status.DRAFT, False, True),
            (Status.PUBLISHED, True, True),
            (Status.HIDDEN, False, True),
            (Status.BINNED, False, False),
        ],
    )
    def test_a_lesson_counts_for_those_who_may_see_it(
        self, mali, record, status, for_strangers, for_the_writer
    ):
        factories.lesson(mali, status=status, grows_from=(f"{record.number}-q1",))
        assert bool(forum_queries.lessons_from(None, record)) is for_strangers
        assert bool(forum_queries.lessons_from(mali, record)) is for_the_writer
        assert not forum_queries.lessons_from(factories.writer(HERE), record) or for_strangers

    @pytest.mark.parametrize("status", [Status.DRAFT, Status.HIDDEN, Status.BINNED])
    def test_of_a_record_out_of_sight_nothing_is_told(self, mali, status):
        record = factories.forum(mali)
        lesson = factories.lesson(mali, grows_from=(f"{record.number}-q1",))
        if status is Status.DRAFT:
            lifecycle.withdraw(mali, record)
        elif status is Status.HIDDEN:
            lifecycle.hide(factories.moderator(), record, reason="ทดลอง")
        else:
            lifecycle.bin_entry(mali, record)
        assert forum_queries.lines_behind(None, lesson) == []

        # Saving meanwhile, with no line in the form, does not cut the link.
        writing.save(mali, lesson, replace(draft_of(lesson), grows_from=()), base=1)
        assert db.session.query(LineGrowth).count() == 1

    @pytest.mark.parametrize("key", ["", "q1", "1-q1", "0-q1", "{n}-q9", "{n}-k1", "{n}-q1 ", "x"])
    def test_what_names_no_line_is_left_out(self, mali, record, key):
        factories.lesson(mali, grows_from=(key.format(n=record.number),))
        assert forum_queries.lessons_from(None, record) == {}

    def test_a_form_that_says_nothing_leaves_it_and_an_empty_one_takes_it_back(
        self, mali, record, lesson
    ):
        writing.save(mali, lesson, replace(draft_of(lesson), summary="ก"), base=1)
        assert forum_queries.lessons_from(None, record) == {"q3": [lesson]}
        writing.save(mali, lesson, replace(draft_of(lesson), grows_from=()), base=2)
        assert forum_queries.lessons_from(None, record) == {}

    def test_both_pages_are_made_anew(self, mali, record):
        before = db.session.query(Change).order_by(Change.sequence.desc()).first().sequence
        version = record.version
        lesson = factories.lesson(mali, grows_from=(f"{record.number}-q1",))
        newer = db.session.query(Change.entry_id).filter(Change.sequence > before)
        assert {entry_id for (entry_id,) in newer} >= {record.id, lesson.id}
        db.session.refresh(record)
        assert record.version > version


class TestOtherDoors:
    def test_a_file_brings_it_in_and_takes_it_out_as_it_was(self, app):
        told = EntryRecord(
            kind=EntryKind.FORUM,
            number=900987,
            title="เวทีบ้านตัวอย่าง",
            body="## กลุ่มนา\n\n### ปัญหา\n\n- น้ำไม่พอ {#q2}\n\n### ทางออก\n\n- ขุดสระ {#q3}",
            happened=DAY,
            present=40,
            groups=4,
            communities=(HERE,),
            removed=("q1", "q7"),
        )
        assert read_entry(write_entry(told), path="posts/900987.md") == told

        _outcome, entry = importing.take(told)
        assert (entry.kind, entry.present, entry.group_count) == (EntryKind.FORUM, 40, 4)
        assert entry.body == told.body
        assert entries.used_part_ids(entry) == {"q1", "q2", "q3", "q7"}

    def test_a_hand_written_file_gets_its_numbers(self, app):
        body = "## กลุ่มนา\n### ปัญหา\n- น้ำไม่พอ\n- ลมแรง\n### ทางออก\n* ขุดสระ"
        _outcome, entry = importing.take(EntryRecord(kind=EntryKind.FORUM, title="เวที", body=body))
        assert lines_of(entry) == {"q1": "น้ำไม่พอ", "q2": "ลมแรง", "q3": "ขุดสระ"}

    def test_a_program_is_told_what_is_missing_and_what_is_foreign(self, mali):
        draft = Draft(kind=EntryKind.FORUM, title="เวที", body="คุยกัน", communities=(HERE,))
        with pytest.raises(Invalid) as caught:
            submissions.create(mali, draft, status=Status.PUBLISHED)
        assert set(caught.value.fields) == {"happened", "present", "body"}
        for kind in set(EntryKind) - {EntryKind.FORUM}:
            with pytest.raises(Invalid) as caught:
                submissions.create(mali, Draft(kind=kind, title="ก", present=3, group_count=2))
            assert {"present", "groups"} <= set(caught.value.fields)
