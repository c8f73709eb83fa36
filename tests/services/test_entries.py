"""The path of a saved text: revisions, conflicts, links, the bin, once and only once."""

from __future__ import annotations

import pytest

from app.db import db
from app.errors import EditConflict, Forbidden, Invalid
from app.models import Audit, Change, Entry, Link, Notice, Revision
from app.queries import entries as queries
from app.services import audit, lifecycle, worker, writing
from app.services.drafts import Draft
from app.text import lesson as lesson_text
from app.vocabulary import AuditAction, EntryKind, LessonForm, License, NoticeKind, Status
from tests import factories


def draft_of(entry: Entry, **changed: object) -> Draft:
    values = {
        "kind": entry.kind,
        "form": entry.form,
        "title": entry.title,
        "body": entry.body,
        "communities": tuple(c.slug for c in entry.communities),
        "programs": tuple(p.slug for p in entry.programs),
        "years": entry.years,
    }
    return Draft(**{**values, **changed})  # type: ignore[arg-type]


def test_new_numbers_begin_above_those_of_the_source_site_and_are_never_given_twice(app):
    first, second = factories.post(), factories.lesson()

    assert first.number == 1_000_001
    assert second.number == 1_000_002


def test_every_save_is_a_revision_and_nothing_is_overwritten(app):
    author = factories.writer()
    entry = factories.post(author, body="หนึ่ง")

    writing.save(author, entry, draft_of(entry, body="สอง"), base=1, note="เพิ่มเรื่อง")

    kept = queries.revisions_of(author, entry)
    assert [(r.number, r.body, r.note) for r in kept] == [(2, "สอง", "เพิ่มเรื่อง"), (1, "หนึ่ง", "")]


def test_saving_what_is_there_makes_no_revision(app):
    author = factories.writer()
    entry = factories.post(author)

    writing.save(author, entry, draft_of(entry), base=1)

    assert entry.revision_number == 1


def test_a_save_from_an_older_base_is_refused_with_both_texts(app):
    author, neighbour = factories.writer(), factories.writer()
    entry = factories.page(author, body="เดิม")
    writing.save(neighbour, entry, draft_of(entry, body="ของเพื่อน"), base=1)

    with pytest.raises(EditConflict) as refused:
        writing.save(author, entry, draft_of(entry, body="ของฉัน"), base=1)

    assert refused.value.mine.body == "ของฉัน"
    assert refused.value.theirs.body == "ของเพื่อน"
    assert refused.value.base.body == "เดิม"
    assert entry.body == "ของเพื่อน"


def test_a_form_sent_twice_makes_one_entry(app):
    author = factories.writer()
    draft = Draft(kind=EntryKind.POST, title="เรื่องเดียว")

    first = writing.create(author, draft, form_token="once")
    second = writing.create(author, draft, form_token="once")

    assert first.id == second.id
    assert db.session.query(Entry).count() == 1


def test_a_member_cannot_write_and_nothing_is_kept(app):
    with pytest.raises(Forbidden):
        writing.create(factories.user(), Draft(kind=EntryKind.POST, title="ลองเขียน"))

    assert db.session.query(Entry).count() == 0


def test_a_stranger_cannot_publish_someone_elses_draft(app):
    draft = factories.post(status=Status.DRAFT)

    with pytest.raises(Forbidden):
        writing.publish(factories.writer("tambon-karo"), draft)

    assert draft.status is Status.DRAFT


def test_revisions_from_before_publication_are_for_the_writers_only(app):
    author = factories.writer()
    entry = factories.post(author, body="ยังไม่พร้อม", status=Status.DRAFT)
    writing.save(author, entry, draft_of(entry, body="พร้อมแล้ว"), base=1)
    writing.publish(author, entry)
    writing.save(author, entry, draft_of(entry, body="เพิ่มอีกหน่อย"), base=2)

    assert [r.number for r in queries.revisions_of(None, entry)] == [3, 2]
    assert [r.number for r in queries.revisions_of(author, entry)] == [3, 2, 1]


def test_publish_withdraw_bin_and_restore_lead_back_to_where_it_stood(app):
    author = factories.writer()
    entry = factories.post(author)

    lifecycle.withdraw(author, entry)
    assert entry.status is Status.DRAFT
    writing.publish(author, entry)
    lifecycle.bin_entry(author, entry)
    assert entry.status is Status.BINNED
    lifecycle.restore(author, entry)

    assert entry.status is Status.PUBLISHED


def test_hiding_asks_for_a_reason_and_keeps_it(app):
    moderator, entry = factories.moderator(), factories.post()

    with pytest.raises(Invalid):
        lifecycle.hide(moderator, entry, reason="  ")
    lifecycle.hide(moderator, entry, reason="มีชื่อคนจริง")

    assert (entry.status, entry.hidden_reason) == (Status.HIDDEN, "มีชื่อคนจริง")


@pytest.mark.parametrize("deed", [lifecycle.hide, lifecycle.unhide, lifecycle.bin_entry])
def test_a_reason_with_a_sign_that_cannot_be_kept_is_asked_for_again(app, deed):
    with pytest.raises(Invalid):
        deed(factories.admin(), factories.post(), reason="ชื่อคนจริง\0")


@pytest.mark.parametrize("reason", ["", " ", "\u200b"])
def test_a_reason_that_nobody_can_read_is_none(app, reason):
    with pytest.raises(Invalid):
        lifecycle.hide(factories.moderator(), factories.post(), reason=reason)


def test_the_log_keeps_one_line_of_a_reason_and_no_more_than_can_be_read(app):
    moderator, entry = factories.moderator(), factories.post()

    lifecycle.hide(moderator, entry, reason="มีชื่อ\r\nคนจริง " + "ก" * 200_000)

    kept = db.session.scalars(db.select(Audit).where(Audit.action == AuditAction.HIDE)).one().reason
    assert kept == entry.hidden_reason
    assert kept.startswith("มีชื่อ คนจริง ก")
    assert len(kept) == audit.MOST_REASON


def test_a_red_link_turns_live_when_its_page_is_written(app):
    author = factories.writer()
    telling = factories.post(author, body="อ่านเรื่อง [[วิธีหมักปุ๋ย]] ก่อน")
    assert "redlink" in telling.html

    page = factories.page(author, title="วิธีหมักปุ๋ย")
    worker.run_due()

    db.session.refresh(telling)
    assert "redlink" not in telling.html
    assert f"/pages/{page.page_slug}" in telling.html or page.page_slug
    assert [entry.id for entry in queries.backlinks_to(None, page)] == [telling.id]


def test_links_to_record_numbers_count_as_links_too(app):
    target = factories.lesson()
    telling = factories.post(body=f"ดู [บทเรียน](/posts/{target.number})")

    assert [entry.id for entry in queries.backlinks_to(None, target)] == [telling.id]
    assert db.session.query(Link).filter_by(entry_id=telling.id, target_id=target.id).count() == 1


def test_two_pages_with_one_title_get_two_addresses(app):
    author = factories.writer()

    first, second = factories.page(author, title="ปุ๋ย"), factories.page(author, title="ปุ๋ย")

    assert first.page_slug != second.page_slug


def test_the_first_book_is_made_by_itself_and_gives_the_licence(app):
    entry = factories.post()

    assert entry.book is not None
    assert entry.license is License.CC_BY_4


def test_every_write_of_an_entry_is_in_the_change_log_in_order(app):
    author = factories.writer()
    entry = factories.post(author)
    before = queries.last_change()

    writing.save(author, entry, draft_of(entry, body="ใหม่"), base=1)

    rows = db.session.query(Change).filter(Change.sequence > before).all()
    assert {row.entry_id for row in rows} == {entry.id}
    assert queries.last_change() > before


def test_an_unknown_community_is_named_with_its_nearest(app):
    author = factories.writer()

    with pytest.raises(Invalid) as refused:
        writing.create(author, Draft(kind=EntryKind.POST, title="ก", communities=("ตำบลบางจาด",)))

    assert "บางจาก" in str(refused.value)


# --- lessons ---------------------------------------------------------------------------


def test_publishing_a_lesson_names_every_gap_and_keeps_the_draft(app):
    author = factories.writer()
    body = lesson_text.compose(lesson_text.LessonText())
    entry = writing.create(
        author, Draft(kind=EntryKind.LESSON, form=LessonForm.FULL, title="ยังว่าง", body=body)
    )

    with pytest.raises(Invalid) as refused:
        writing.publish(author, entry)

    assert set(refused.value.fields) == {
        "communities", "programs", "years", "box_goal", "box_actions", "box_results", "box_learned",
    }  # fmt: skip
    assert entry.status is Status.DRAFT
    assert entry.title == "ยังว่าง"


def test_a_quick_lesson_needs_one_of_the_two_boxes_in_the_middle(app):
    author = factories.writer()
    boxes = {box.key: "" for box in lesson_text.BOXES} | {"goal": "หวัง", "next": "ต่อไป"}
    body = lesson_text.compose(lesson_text.LessonText(boxes=boxes))
    draft = Draft(
        kind=EntryKind.LESSON, form=LessonForm.QUICK, title="สั้น", body=body,
        communities=("tambon-bang-chak",), programs=("own-work",), years=(2549,),
    )  # fmt: skip
    entry = writing.create(author, draft)

    with pytest.raises(Invalid) as refused:
        writing.publish(author, entry)
    assert set(refused.value.fields) == {"box_strengths", "box_problems"}

    filled = lesson_text.compose(lesson_text.LessonText(boxes=boxes | {"problems": "ฝนตก"}))
    writing.save(author, entry, draft_of(entry, body=filled), base=1)
    writing.publish(author, entry)
    assert entry.status is Status.PUBLISHED


def test_the_number_of_a_removed_row_is_never_given_out_again(app):
    author = factories.writer()
    entry = factories.lesson(author)
    text = lesson_text.parse(entry.body)
    point = lesson_text.Part(id="k", kind="k", text="ข้อที่สอง")
    two = lesson_text.LessonText(boxes=text.boxes, points=(*text.points, point))
    writing.save(author, entry, draft_of(entry, body=lesson_text.compose(two)), base=1)
    assert [part.anchor for part in entry.parts] == ["k1", "k2"]

    writing.save(author, entry, draft_of(entry, body=lesson_text.compose(text)), base=2)
    writing.save(author, entry, draft_of(entry, body=lesson_text.compose(two)), base=3)

    rows = {part.anchor: part.removed_at for part in entry.parts}
    assert set(rows) == {"k1", "k2", "k3"}
    assert rows["k2"] is not None
    assert rows["k3"] is None


def test_filling_a_quick_lesson_up_keeps_number_and_comments(app):
    author = factories.writer()
    boxes = {box.key: "" for box in lesson_text.BOXES} | {
        "goal": "ก",
        "strengths": "ข",
        "next": "ค",
    }
    quick = lesson_text.compose(lesson_text.LessonText(boxes=boxes))
    entry = factories.lesson(author, body=quick, form=LessonForm.QUICK)
    number = entry.number

    writing.save(
        author, entry, draft_of(entry, body=factories.lesson_body(), form=LessonForm.FULL), base=1
    )

    assert (entry.number, entry.form) == (number, LessonForm.FULL)


def test_a_proposed_program_is_published_with_and_marked(app):
    author = factories.writer()

    entry = factories.lesson(author, programs=(), proposed_program="ธนาคารขยะบ้านเรา")

    assert entry.status is Status.PUBLISHED
    assert [program.confirmation for program in entry.programs] == ["proposed"]


def test_the_day_of_an_event_gives_its_year_and_fiscal_year(app):
    from datetime import date

    entry = factories.lesson(years=(), happened_on=date(2006, 11, 15))

    assert entry.years == (2549,)
    assert entry.fiscal_year == 2550


def test_a_revision_cannot_be_counted_wrong(app):
    entry = factories.lesson()

    assert (
        db.session.query(Revision).filter_by(entry_id=entry.id).count()
        == entry.revision_number
        == 1
    )


def test_facilitators_are_told_once_of_a_program_that_a_public_text_proposes(app):
    keeper, writer = factories.facilitator(), factories.writer()
    draft = Draft(
        kind=EntryKind.POST,
        title="ปุ๋ยหมัก",
        body="ข้อความ",
        communities=("tambon-bang-chak",),
        proposed_program="โครงการปุ๋ยหมักตัวอย่าง",
    )
    entry = writing.create(writer, draft)
    assert told_programs(keeper) == []  # nobody is told of a draft
    writing.publish(writer, entry)
    lifecycle.withdraw(writer, entry)
    writing.publish(writer, entry)
    assert told_programs(keeper) == ["โครงการปุ๋ยหมักตัวอย่าง"]


def told_programs(user):
    """Names of the programs that ``user`` was told of as proposed."""
    rows = db.session.scalars(
        db.select(Notice).where(
            Notice.user_id == user.id, Notice.kind == NoticeKind.PROGRAM_PROPOSED
        )
    )
    return [row.words["name"] for row in rows]
