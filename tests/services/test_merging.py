"""Two people at one entry: what both changed comes together, and nothing is overwritten."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.db import db
from app.errors import EditConflict, Forbidden, Invalid, NotFound
from app.models import Entry, Revision, User
from app.services import drafts, history, presence, revisions, writing
from app.services.drafts import Draft
from app.text import lesson as lesson_text
from app.vocabulary import LessonForm, Status
from tests import factories

TEXT = "เช้าวันพุธเราคุยกัน\n\nแล้วเดินดูแปลงผัก\n\nบ่ายกลับบ้าน"


@pytest.fixture
def mali(app) -> User:
    return factories.writer()


@pytest.fixture
def chai(app) -> User:
    return factories.writer()


@pytest.fixture
def page(mali) -> Entry:
    return factories.page(mali, body=TEXT)


def draft_of(entry: Entry, number: int = 1, **changed) -> Draft:
    revision = history.revision_at(entry, number)
    assert revision is not None
    return replace(drafts.draft_of_revision(entry, revision), **changed)


def fresh(entry: Entry) -> Entry:
    db.session.expire_all()
    return entry


def revisions_of(entry: Entry) -> list[Revision]:
    query = sa.select(Revision).where(Revision.entry_id == entry.id).order_by(Revision.number)
    return list(db.session.scalars(query))


class TestSaving:
    def test_different_paragraphs_are_both_kept_with_one_revision_each(self, mali, chai, page):
        hers = draft_of(page, body=TEXT.replace("วันพุธ", "วันศุกร์"))
        his = draft_of(page, body=TEXT + "\n\nเย็นทำบัญชี")
        writing.save(mali, page, hers, base=1)
        writing.save(chai, page, his, base=1, note="เพิ่มข้อมูล")

        assert fresh(page).body == TEXT.replace("วันพุธ", "วันศุกร์") + "\n\nเย็นทำบัญชี"
        kept = revisions_of(page)
        assert [one.author_id for one in kept] == [mali.id, mali.id, chai.id]
        assert kept[1].body == hers.body
        assert kept[2].note == "เพิ่มข้อมูล · รวมกับฉบับที่ 2 ซึ่งมีผู้บันทึกไว้ก่อน"

    def test_of_one_sentence_the_second_is_offered_both_and_loses_nothing(self, mali, chai, page):
        hers = draft_of(page, body=TEXT.replace("วันพุธ", "วันศุกร์"))
        his = draft_of(page, body=TEXT.replace("วันพุธ", "วันอาทิตย์") + "\n\nเย็นทำบัญชี")
        writing.save(mali, page, hers, base=1)
        with pytest.raises(EditConflict) as caught:
            writing.save(chai, page, his, base=1)

        conflict = caught.value
        assert conflict.mine.body == his.body
        assert (conflict.theirs.number, conflict.theirs.body) == (2, hers.body)
        assert (conflict.base.number, conflict.base.body) == (1, TEXT)
        assert conflict.proposal.draft.body == his.body  # mine where both changed
        assert not conflict.proposal.is_clean
        (passage,) = conflict.proposal.body.conflicts
        assert "วันศุกร์" in passage.theirs and "วันอาทิตย์" in passage.mine
        assert len(revisions_of(fresh(page))) == 2

    def test_what_stands_beside_the_text_comes_together(self, mali, chai, page):
        writing.save(mali, page, draft_of(page, tags=("ปุ๋ย",), years=(2549,)), base=1)
        writing.save(chai, page, draft_of(page, tags=("ครัว",), title="ปุ๋ยหมักข้างครัว"), base=1)

        header = history.header_of(fresh(page))
        assert page.title == "ปุ๋ยหมักข้างครัว"
        assert (sorted(header["tags"]), header["years"]) == (["ครัว", "ปุ๋ย"], [2549])

    def test_a_field_that_both_changed_is_asked_for_by_name(self, mali, chai, page):
        writing.save(mali, page, draft_of(page, title="ชื่อหนึ่ง", tags=("ปุ๋ย",)), base=1)
        with pytest.raises(EditConflict) as caught:
            writing.save(chai, page, draft_of(page, title="ชื่อสอง"), base=1)

        proposal = caught.value.proposal
        assert proposal.fields == ("title",)
        assert (proposal.draft.title, proposal.draft.tags) == ("ชื่อสอง", ("ปุ๋ย",))

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("title", "ชื่อใหม่"),
            ("summary", "สรุป"),
            ("tags", ("ปุ๋ย",)),
            ("contact", "ที่ศาลา"),
            ("body", "ข้อความอื่น"),
            ("body", ""),
        ],
    )
    @pytest.mark.parametrize("base", [0, 7])
    def test_without_what_it_began_from_all_that_differs_is_asked_for(
        self, mali, page, base, name, value
    ):
        with pytest.raises(EditConflict) as raised:
            writing.save(mali, page, draft_of(page, **{name: value}), base=base)

        assert getattr(raised.value.mine, name) == value
        assert name in raised.value.proposal.fields or not raised.value.proposal.body.is_clean
        assert fresh(page).revision_number == 1

    def test_without_what_it_began_from_the_same_text_is_saved(self, mali, page):
        assert writing.save(mali, page, draft_of(page), base=0).revision_number == 1

    def test_rows_of_a_lesson_keep_their_numbers(self, mali, chai):
        entry = factories.lesson(mali)
        text = lesson_text.parse(entry.body)

        def with_point(said: str) -> Draft:
            point = lesson_text.Part(id="k2", kind="k", text=said, source="จากคำบอกเล่า")
            body = lesson_text.compose(replace(text, points=(*text.points, point)))
            return draft_of(entry, body=body)

        hers, his = with_point("ข้อของเธอ"), with_point("ข้อของเขา")
        writing.save(mali, entry, hers, base=1)
        writing.save(chai, entry, his, base=1)

        points = {part.id: part.text for part in lesson_text.parse(fresh(entry).body).points}
        assert (points["k2"], points["k3"]) == ("ข้อของเธอ", "ข้อของเขา")

    def test_what_each_took_out_alone_leaves_a_public_lesson_complete(self, mali, chai):
        boxes = {"goal": "หวัง", "strengths": "ดีกว่า", "problems": "ไม่ถึง", "next": "ต่อไป"}
        lesson = factories.lesson(mali, form=LessonForm.QUICK, body=quick(**boxes))
        hers = draft_of(lesson, body=quick(**{**boxes, "strengths": ""}))
        his = draft_of(lesson, body=quick(**{**boxes, "problems": ""}))
        writing.save(mali, lesson, hers, base=1)  # one of the two is enough
        with pytest.raises(EditConflict):
            writing.save(chai, lesson, his, base=1)

        assert fresh(lesson).body == hers.body
        assert len(revisions_of(lesson)) == 2


def quick(**boxes: str) -> str:
    empty = {box.key: "" for box in lesson_text.BOXES}
    return lesson_text.compose(lesson_text.LessonText(boxes={**empty, **boxes}))


class TestGoingBack:
    def test_an_earlier_text_and_its_header_become_a_new_revision(self, mali, chai, page):
        writing.save(chai, page, draft_of(page, body="ผิด", title="ผิด", tags=("ผิด",)), base=1)
        first = history.revision_at(page, 1)
        revisions.restore(mali, page, first, note="เขียนทับ")

        assert (fresh(page).body, page.title) == (TEXT, "วิธีทำปุ๋ยหมัก")
        kept = revisions_of(page)
        assert [one.body for one in kept] == [TEXT, "ผิด", TEXT]
        assert kept[2].note == "กลับไปใช้ฉบับที่ 1 · เขียนทับ"
        assert not history.header_of(page).get("tags")

    def test_one_edit_is_taken_back_and_later_ones_stay(self, mali, chai, page):
        wrong, later = TEXT.replace("แปลงผัก", "โรงงาน"), "\n\nเย็นทำบัญชี"
        writing.save(chai, page, draft_of(page, body=wrong), base=1)
        writing.save(mali, page, draft_of(page, 2, body=wrong + later), base=2)
        revisions.undo(mali, page, 2)

        assert fresh(page).body == TEXT + later
        assert "เลิกทำการแก้ไขฉบับที่ 2" in revisions_of(page)[3].note

    def test_an_edit_that_was_edited_again_is_asked_about(self, mali, chai, page):
        writing.save(chai, page, draft_of(page, body=TEXT.replace("แปลงผัก", "โรงงาน")), base=1)
        again = draft_of(page, 2, body=TEXT.replace("แปลงผัก", "โรงสี"))
        writing.save(mali, page, again, base=2)
        with pytest.raises(EditConflict):
            revisions.undo(mali, page, 2)
        assert len(revisions_of(fresh(page))) == 3

    def test_before_the_first_revision_stands_nothing(self, mali, page):
        for number in (1, 9):
            with pytest.raises(NotFound):
                revisions.undo(mali, page, number)

    def test_only_who_may_edit_goes_back(self, page):
        with pytest.raises(Forbidden):
            revisions.restore(factories.user(), page, history.revision_at(page, 1))
        with pytest.raises(Forbidden):
            revisions.undo(factories.user(), page, 1)

    def test_a_public_lesson_never_becomes_incomplete(self, mali):
        entry = factories.lesson(mali, body=factories.lesson_body(results=""), status=Status.DRAFT)
        writing.save(mali, entry, draft_of(entry, body=factories.lesson_body()), base=1)
        writing.publish(mali, entry)
        first = history.revision_at(entry, 1)
        for deed in (
            lambda: revisions.restore(mali, entry, first),
            lambda: revisions.undo(mali, entry, 2),
        ):
            with pytest.raises(Invalid) as caught:
                deed()
            assert "box_results" in caught.value.fields
        assert "ทำได้ประมาณสิบบ้าน" in fresh(entry).body


class TestPresence:
    def test_others_see_who_writes_until_they_leave(self, mali, chai, page):
        presence.enter(mali, page)
        presence.enter(mali, page)

        assert [one.user_id for one in presence.others(chai, page)] == [mali.id]
        assert presence.others(mali, page) == []
        assert presence.others(factories.user(), page) == []  # only told to those who may edit
        presence.leave(mali, page)
        assert presence.others(chai, page) == []
