"""A shared text kept true: notices, titles, limits, proposals, kinds, blacked-out phrases, bin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.db import db
from app.errors import AlreadyTaken, EditConflict, Forbidden, Invalid, NotFound
from app.models import Audit, Entry, FormerTitle, Notice, Revision, User
from app.policy import Permission, can
from app.queries import entries as entry_queries
from app.queries import notices as notice_queries
from app.queries import proposals as proposal_queries
from app.services import (
    bin,
    blacking_out,
    comments,
    converting,
    drafts,
    entries,
    indexing,
    lesson_states,
    limiting,
    notices,
    posts,
    proposals,
    renaming,
    reviews,
    revisions,
    worker,
)
from app.services.entries import Draft
from app.vocabulary import (
    AuditAction,
    EntryKind,
    LessonForm,
    LessonState,
    LimitedTo,
    NoticeKind,
    ProposalStatus,
    Status,
)
from tests import factories

HERE, ELSEWHERE = "tambon-bang-chak", "tambon-karo"


@pytest.fixture
def author(app) -> User:
    return factories.writer(HERE)


@pytest.fixture
def page(author) -> Entry:
    return factories.page(author, title="วิธีทำปุ๋ยหมัก", body="กองไว้ใกล้ครัว")


@pytest.fixture
def later() -> Iterator:
    """Let the clock of the site run ahead by so many days."""
    yield lambda days: clock.freeze(clock.now() + timedelta(days=days))
    clock.freeze(None)


def save(actor: User, entry: Entry, **changed) -> Entry:
    draft = replace(drafts.draft_of(entry), **changed)
    return posts.save(actor, entry, draft, base=entry.revision_number)


def told(user: User) -> list[NoticeKind]:
    return [one.kind for one in notice_queries.inbox_of(user)]


def run_jobs() -> None:
    while worker.run_due():
        pass


class TestNotices:
    def test_the_keepers_of_a_text_are_told_of_an_edit_by_another(self, author, page):
        other = factories.writer(HERE)
        save(other, page, body="กองไว้ใต้ร่มไม้")
        save(author, page, body="กองไว้ใต้ร่มไม้ใหญ่")

        assert told(author) == [NoticeKind.EDITED]
        assert told(other) == []
        assert notice_queries.count_unread(author) == 1
        assert notices.mark_read(author) == 1
        assert notice_queries.count_unread(author) == 0

    def test_a_notice_of_a_text_out_of_sight_is_not_shown(self, author, page):
        reader = factories.user()
        with entries.transaction():
            notices.tell([reader], NoticeKind.EDITED, page, author)
        entries.hide(factories.moderator(), page, reason="ทดลอง")
        with entries.transaction():
            again = notices.tell([reader], NoticeKind.EDITED, page, author)

        assert told(reader) == [] and again == 0
        assert notice_queries.count_unread(reader) == 0
        with pytest.raises(NotFound):
            notice_queries.get_notice(reader, db.session.scalar(sa.select(Notice.id)))

    def test_an_edit_is_undone_as_a_new_revision_and_its_writer_is_told(self, author, page):
        other = factories.writer(HERE)
        save(other, page, body="ผิดทั้งหน้า", title="ชื่อผิด")
        revisions.undo_edit(author, page, 2)

        fresh = entry_queries.get_visible(None, page.number)
        assert (fresh.body, fresh.title) == ("กองไว้ใกล้ครัว", "วิธีทำปุ๋ยหมัก")
        assert fresh.revision_number == 3
        assert told(other) == [NoticeKind.UNDONE]

    def test_undoing_brings_no_text_from_before_the_publication_to_light(self, author):
        draft = factories.post(author, title="ปุ๋ย", body="ความลับของร่าง", status=Status.DRAFT)
        save(author, draft, body="ที่บอกกันได้")
        posts.publish(author, draft)
        guide = factories.user("facilitator", HERE)

        with pytest.raises(NotFound):
            revisions.undo_edit(guide, draft, 2)
        assert revisions.undo_edit(author, draft, 2).body == "ความลับของร่าง"

    def test_undoing_leaves_the_state_of_a_lesson_where_its_reason_put_it(self, author):
        lesson, shown = factories.lesson(author, communities=(HERE,)), factories.page(author)
        lesson_states.change(
            author, lesson, state=LessonState.TRIED, reason="ลองแล้ว", page=str(shown.number)
        )
        number = entry_queries.get_visible(None, lesson.number).revision_number

        assert revisions.undo_edit(author, lesson, number).state is LessonState.TRIED

    def test_an_edit_that_somebody_built_on_is_compared_and_not_undone(self, author, page):
        other = factories.writer(HERE)
        save(other, page, body="หนึ่ง")
        save(other, page, body="สอง")

        with pytest.raises(Invalid):
            revisions.undo_edit(author, page, 2)
        with pytest.raises(Forbidden):
            revisions.undo_edit(factories.user(), page, 3)


class TestRenaming:
    def test_the_old_address_and_links_by_the_old_title_lead_on(self, author, page):
        stranger = factories.writer(ELSEWHERE)
        mine = factories.post(author, title="ก", body="ดู [[วิธีทำปุ๋ยหมัก|ปุ๋ย]]")
        foreign = factories.post(
            stranger, title="ข", body="ดู [[วิธีทำปุ๋ยหมัก]]", communities=(ELSEWHERE,)
        )
        old = page.page_slug
        renaming.rename(author, page, title="ปุ๋ยหมักทำง่าย", reason="ชื่อสั้นกว่า")
        run_jobs()

        fresh = db.session.get(Entry, page.id)
        moved = entry_queries.redirect_for(f"/pages/{old}")
        assert moved is not None and moved.id == page.id and fresh.page_slug != old
        mine, foreign = db.session.get(Entry, mine.id), db.session.get(Entry, foreign.id)
        assert mine.body == "ดู [[ปุ๋ยหมักทำง่าย|ปุ๋ย]]"
        assert foreign.body == "ดู [[วิธีทำปุ๋ยหมัก]]"  # not the renamer's to edit
        for one in (mine, foreign):
            assert "wiki-missing" not in one.html and 'href="/pages/' in one.html
        assert {one.id for one in entry_queries.backlinks_to(None, fresh)} == {mine.id, foreign.id}
        newest = entries.newest_revision(fresh)
        assert "วิธีทำปุ๋ยหมัก" in newest.note and "ชื่อสั้นกว่า" in newest.note
        assert entries.newest_revision(mine).author_id == author.id
        assert entries.newest_revision(mine).note

    def test_a_second_run_of_the_repair_changes_nothing(self, author, page):
        mine = factories.post(author, title="ก", body="ดู [[วิธีทำปุ๋ยหมัก]]")
        renaming.rename(author, page, title="ปุ๋ยหมักทำง่าย")
        run_jobs()
        before = db.session.get(Entry, mine.id).revision_number
        assert renaming.repair(page.id, author.id) == 0
        assert db.session.get(Entry, mine.id).revision_number == before

    def test_a_page_may_take_its_old_title_again(self, author, page):
        old = page.page_slug
        renaming.rename(author, page, title="ชื่อกลาง")
        renaming.rename(author, page, title="วิธีทำปุ๋ยหมัก")
        run_jobs()
        fresh = db.session.get(Entry, page.id)
        assert fresh.page_slug == old
        assert entry_queries.redirect_for(f"/pages/{old}") is None
        assert entry_queries.redirect_for("/pages/ชื่อกลาง").id == page.id

    def test_an_address_that_leads_on_is_not_given_to_another_page(self, author, page):
        old = page.page_slug
        renaming.rename(author, page, title="ชื่อใหม่ของหน้า")
        newcomer = factories.page(author, title="วิธีทำปุ๋ยหมัก", body="หน้าใหม่")
        assert newcomer.page_slug not in (old, None)

    def test_a_new_text_under_the_old_title_takes_its_links(self, author, page):
        renaming.rename(author, page, title="ชื่อใหม่ของหน้า")
        newcomer = factories.page(author, title="วิธีทำปุ๋ยหมัก", body="หน้าใหม่")
        linker = factories.post(author, title="ก", body="ดู [[วิธีทำปุ๋ยหมัก]]")
        assert [one.id for one in entry_queries.backlinks_to(None, newcomer)] == [linker.id]
        assert entry_queries.backlinks_to(None, page) == []

    def test_only_who_may_edit_renames(self, page):
        with pytest.raises(Forbidden):
            renaming.rename(factories.writer(ELSEWHERE), page, title="ชื่ออื่น")
        assert db.session.scalar(sa.select(sa.func.count(FormerTitle.id))) == 0


class TestLimits:
    WHO = (
        # limited to                      who                     may edit
        (LimitedTo.FACILITATORS, "", "author", False),
        (LimitedTo.FACILITATORS, "", "writer here", False),
        (LimitedTo.FACILITATORS, "", "facilitator", True),
        (LimitedTo.COMMUNITY, ELSEWHERE, "writer here", False),
        (LimitedTo.COMMUNITY, ELSEWHERE, "writer elsewhere", True),
        (LimitedTo.COMMUNITY, HERE, "writer here", True),
        (LimitedTo.COMMUNITY, ELSEWHERE, "facilitator", True),
        (LimitedTo.COMMUNITY, HERE, "member", False),
    )

    def test_who_edits_a_limited_page(self, author, page):
        people = {
            "author": author,
            "writer here": factories.writer(HERE),
            "writer elsewhere": factories.writer(ELSEWHERE),
            "facilitator": factories.facilitator(HERE),
            "member": factories.user(),
        }
        for to, community, who, may in self.WHO:
            limiting.limit(
                people["facilitator"], page, to=to, community=community, reason="ทะเลาะกัน"
            )
            fresh = db.session.get(Entry, page.id)
            assert can(people[who], Permission.ENTRY_EDIT, fresh) is may, (to, community, who)
        limiting.open_again(people["facilitator"], page)
        assert can(author, Permission.ENTRY_EDIT, db.session.get(Entry, page.id))

    def test_a_locked_page_refuses_a_save_and_keeps_the_reason(self, author, page):
        keeper = factories.facilitator(HERE)
        limiting.limit(keeper, page, to=LimitedTo.FACILITATORS, reason="รอตรวจตัวเลข")
        with pytest.raises(Forbidden) as refused:
            save(author, page, body="แก้")
        assert refused.value.target.limit.reason == "รอตรวจตัวเลข"
        assert refused.value.target.limit.by_id == keeper.id

    def test_only_facilitators_of_the_place_limit_and_say_why(self, author, page):
        with pytest.raises(Forbidden):
            limiting.limit(author, page, to=LimitedTo.FACILITATORS, reason="x")
        with pytest.raises(Forbidden):
            limiting.limit(
                factories.facilitator(ELSEWHERE), page, to=LimitedTo.FACILITATORS, reason="x"
            )
        with pytest.raises(Invalid):
            limiting.limit(factories.facilitator(HERE), page, to=LimitedTo.FACILITATORS, reason=" ")


class TestProposals:
    @pytest.fixture
    def proposed(self, page):
        def make(actor, **changed):
            given = {"title": page.title, "body": "กองไว้ใต้ร่มไม้", "note": "ร่มดีกว่า", **changed}
            return proposals.propose(actor, page, base=page.revision_number, **given)

        return make

    def test_an_accepted_one_is_a_revision_that_names_its_proposer(self, author, page, proposed):
        stranger, keeper = factories.writer(ELSEWHERE), factories.facilitator(HERE)
        made = proposed(stranger)
        assert told(author) == [NoticeKind.PROPOSED] and NoticeKind.PROPOSED in told(keeper)
        proposals.accept(keeper, made, title=made.title, body=made.body, base=1, word="ขอบคุณ")

        fresh = db.session.get(Entry, page.id)
        newest = entries.newest_revision(fresh)
        assert fresh.body == "กองไว้ใต้ร่มไม้"
        assert newest.author_id == stranger.id and stranger.display_name in newest.note
        assert told(stranger) == [NoticeKind.ACCEPTED]
        assert notice_queries.inbox_of(stranger)[0].words["note"] == "ขอบคุณ"
        with pytest.raises(AlreadyTaken):
            proposals.refuse(keeper, made, reason="ซ้ำ")

    def test_a_refused_one_tells_why_and_changes_nothing(self, author, page, proposed):
        stranger = factories.user()
        made = proposed(stranger)
        with pytest.raises(Invalid):
            proposals.refuse(author, made, reason="")
        with pytest.raises(Forbidden):
            proposals.refuse(stranger, made, reason="เอง")
        proposals.refuse(author, made, reason="ร่มไม่จำเป็น")
        assert made.status is ProposalStatus.REFUSED
        assert told(stranger) == [NoticeKind.REFUSED]
        assert db.session.get(Entry, page.id).revision_number == 1

    def test_a_reader_without_account_proposes_by_name(self, author, page, proposed):
        with pytest.raises(Invalid):
            proposed(None)
        made = proposed(None, name="ตัวอย่าง คนอ่าน")
        proposals.accept(author, made, title=made.title, body=made.body, base=1)
        newest = entries.newest_revision(db.session.get(Entry, page.id))
        assert newest.author_id is None and newest.author_name == "ตัวอย่าง คนอ่าน"

    def test_a_page_that_moved_on_is_a_conflict(self, author, page, proposed):
        made = proposed(factories.user())
        save(author, page, body="กองไว้หลังบ้าน")
        with pytest.raises(EditConflict):
            proposals.accept(author, made, title=made.title, body=made.body, base=1)
        proposals.accept(author, made, title=made.title, body="กองไว้หลังบ้านใต้ร่มไม้", base=2)
        assert db.session.get(Entry, page.id).body == "กองไว้หลังบ้านใต้ร่มไม้"

    def test_who_may_edit_does_not_propose_and_nothing_changed_is_nothing(
        self, author, page, proposed
    ):
        with pytest.raises(Forbidden):
            proposed(author)
        with pytest.raises(Invalid):
            proposed(factories.user(), body=page.body)

    def test_a_proposal_is_read_by_its_proposer_and_by_who_may_edit(self, author, page, proposed):
        stranger = factories.user()
        made = proposed(stranger)
        for viewer, may in (
            (None, False),
            (factories.user(), False),
            (factories.writer(ELSEWHERE), False),
            (stranger, True),
            (author, True),
            (factories.writer(HERE), True),
        ):
            assert proposal_queries.is_for(viewer, made) is may
            assert bool(viewer and proposal_queries.waiting_for(viewer)) is (
                may and viewer is not stranger
            )
        entries.hide(factories.moderator(), page, reason="ทดลอง")
        with pytest.raises(NotFound):
            proposal_queries.get_proposal(stranger, made.token)


class TestKinds:
    def test_a_lesson_becomes_a_post_and_comes_back_with_its_boxes(self, author):
        lesson = factories.lesson(author)
        said = comments.add(factories.user(), lesson, "ดีมาก")
        before, number = lesson.body, lesson.number
        post = converting.convert(author, lesson, EntryKind.POST)
        assert (post.kind, post.number, post.body, post.form) == (
            EntryKind.POST,
            number,
            before,
            None,
        )
        assert "เป้าหมาย" in [heading["text"] for heading in post.headings]
        back = converting.convert(author, post, EntryKind.LESSON)
        assert (back.form, back.body) == (LessonForm.FULL, before)
        assert {part.anchor for part in back.parts if part.removed_at is None} == {"k1"}
        assert [one.id for one in entry_queries.comments_of(None, back)] == [said.id]
        assert back.revision_number == 3

    def test_a_post_becomes_a_page_and_its_page_address_leads_back(self, author):
        post = factories.post(author, title="ตลาดนัดวันเสาร์")
        page = converting.convert(author, post, EntryKind.PAGE)
        slug = page.page_slug
        assert slug == "ตลาดนัดวันเสาร์"
        again = converting.convert(author, page, EntryKind.POST)
        assert again.page_slug is None
        assert entry_queries.redirect_for(f"/pages/{slug}").id == post.id
        third = converting.convert(author, again, EntryKind.PAGE)
        assert third.page_slug == slug and entry_queries.redirect_for(f"/pages/{slug}") is None

    def test_a_public_post_says_what_a_lesson_would_lack(self, author):
        with pytest.raises(Invalid) as refused:
            converting.convert(author, factories.post(author), EntryKind.LESSON)
        assert set(refused.value.fields) == {"programs", "years"}
        with pytest.raises(Forbidden):
            converting.convert(factories.writer(HERE), factories.page(author), EntryKind.POST)


class TestBlackingOut:
    def test_a_phrase_goes_everywhere_and_the_log_does_not_tell_it(self, app, author):
        secret = "1-2345-67890"
        post = factories.post(
            author, title=f"บัตร {secret}", body=f"เลข {secret} ของเขา", contact=f"โทร {secret}"
        )
        save(author, post, body=f"ย้ายเลข {secret} ไปท้าย")
        comments.add(factories.user(), post, f"เห็น {secret} แล้ว")
        proposals.propose(
            factories.user(), post, title="บัตร", body=f"ลบ {secret}", base=2, note=secret
        )
        while indexing.catch_up():
            pass
        keeper = factories.facilitator(HERE)
        with pytest.raises(Invalid):
            blacking_out.black_out(keeper, post, phrase=secret, reason=f"มี {secret}")
        assert blacking_out.black_out(keeper, post, phrase=secret, reason="เลขบัตร") >= 5

        kept = [
            str(tuple(row))
            for table in db.metadata.sorted_tables
            for row in db.session.execute(sa.select(table))
        ]
        assert not [row for row in kept if secret in row]
        logged = db.session.scalar(sa.select(Audit).where(Audit.action == AuditAction.BLACK_OUT))
        assert (logged.actor_id, logged.reason) == (keeper.id, "เลขบัตร")
        fresh = db.session.get(Entry, post.id)
        assert blacking_out.MASK in fresh.html and fresh.revision_number == 2
        while indexing.catch_up():
            pass
        found = app.test_client().get(f"/api/v1/search?q={secret}").json
        assert fresh.number not in [hit["number"] for hit in found["hits"]]

    def test_who_may_black_out(self, author, page):
        for who, may in (
            (author, False),
            (factories.facilitator(ELSEWHERE), False),
            (factories.facilitator(HERE), True),
            (factories.moderator(), True),
        ):
            assert can(who, Permission.ENTRY_BLACK_OUT, page) is may


class TestReviews:
    def test_the_keeper_is_asked_once_when_the_day_has_passed(self, author, page, later):
        with pytest.raises(Invalid):
            reviews.set_day(author, page, reviews.today())
        reviews.set_day(author, page, reviews.today() + timedelta(days=30))
        worker.sweep()
        assert told(author) == []
        later(31)
        worker.sweep()
        worker.sweep()
        assert told(author) == [NoticeKind.REVIEW_DUE]
        reviews.confirm(author, page)
        assert db.session.get(Entry, page.id).review.due_on > reviews.today()


class TestBin:
    def test_after_thirty_days_nothing_is_left_but_the_number(self, author, later):
        secret = "เรื่องที่ลบแล้ว"
        page = factories.page(author, title=secret, body="ข้อความลบ [[หน้าอื่น]]")
        linker = factories.post(author, title="คนลิงก์", body=f"ดู [[{secret}]]")
        comments.add(factories.user(), page, "ความเห็นลบ")
        entries.bin_entry(author, page)
        later(29)
        bin.empty()
        assert db.session.get(Entry, page.id).title == secret
        later(2)
        assert bin.empty() == 1
        gone = db.session.get(Entry, page.id)
        assert gone.number == page.number and gone.title == gone.body == gone.html == ""
        for viewer in (None, author, factories.moderator(), factories.admin()):
            with pytest.raises(NotFound):
                entry_queries.get_visible(viewer, gone.number)
        assert not db.session.scalar(sa.select(Revision.id).where(Revision.entry_id == gone.id))
        assert db.session.get(Entry, linker.id) is not None
        assert entry_queries.binned_of(author) == []
        assert bin.empty() == 0

    def test_the_other_kinds_of_text_stay_in_the_bin_until_then(self, author, later):
        post = factories.post(author, status=Status.BINNED)
        later(10)
        bin.empty()
        entries.restore(author, post)
        assert entry_queries.get_visible(None, post.number).title == post.title


def test_a_new_draft_keeps_no_former_title(author):
    draft = Draft(kind=EntryKind.POST, title="ร่างแรก", body="ก")
    entry = posts.create(author, draft)
    posts.save(author, entry, replace(draft, title="ร่างสอง"), base=1)
    assert db.session.scalar(sa.select(sa.func.count(FormerTitle.id))) == 0
