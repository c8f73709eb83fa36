"""A shared text kept true: notices, titles, limits, proposals, kinds, blacked-out phrases, bin."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask_babel import force_locale

from app import clock
from app.db import db, transaction
from app.errors import AlreadyTaken, EditConflict, Forbidden, Invalid, NotFound, RateLimited
from app.models import (
    Audit,
    BlackOut,
    Comment,
    Entry,
    FormerTitle,
    Notice,
    Redirect,
    Revision,
    Tag,
    Upload,
    User,
)
from app.policy import Permission, can
from app.queries import comments as comment_queries
from app.queries import entries as entry_queries
from app.queries import notices as notice_queries
from app.queries import proposals as proposal_queries
from app.services import (
    attaching,
    autosaves,
    bin,
    blacking_out,
    claims,
    coauthors,
    comments,
    converting,
    covering,
    drafts,
    entries,
    history,
    indexing,
    lesson_states,
    lifecycle,
    limiting,
    notices,
    proposals,
    renaming,
    reviews,
    revisions,
    steps,
    submissions,
    telling,
    uploads,
    worker,
    writing,
)
from app.services.drafts import Draft
from app.text import forum as forum_text
from app.text import lesson as lesson_text
from app.text.masking import MASK
from app.text.sorting import sort_key
from app.vocabulary import (
    AuditAction,
    ConsentKind,
    EntryKind,
    LessonForm,
    LessonState,
    LimitedTo,
    NoticeKind,
    PhotoConsent,
    ProposalStatus,
    Status,
    UploadKind,
)
from tests import factories
from tests.support.meanwhile import saved_meanwhile
from tests.support.uploads import photo as make_photo

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
    return writing.save(actor, entry, draft, base=entry.revision_number)


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
        lifecycle.hide(factories.moderator(), page, reason="ทดลอง")
        with entries.transaction():
            again = notices.tell([reader], NoticeKind.EDITED, page, author)

        assert told(reader) == [] and again == 0
        assert notice_queries.count_unread(reader) == 0
        with pytest.raises(NotFound):
            notice_queries.get_notice(reader, db.session.scalar(sa.select(Notice.id)))

    def test_an_edit_is_undone_as_a_new_revision_and_its_writer_is_told(self, author, page):
        other = factories.writer(HERE)
        save(other, page, body="ผิดทั้งหน้า", title="ชื่อผิด")
        revisions.undo(author, page, 2)

        fresh = entry_queries.get_visible(None, page.number)
        assert (fresh.body, fresh.title) == ("กองไว้ใกล้ครัว", "วิธีทำปุ๋ยหมัก")
        assert fresh.revision_number == 3
        assert told(other) == [NoticeKind.UNDONE]
        logged = list(
            db.session.scalars(sa.select(Audit.action).order_by(Audit.id.desc()).limit(2))
        )
        assert logged[0] is AuditAction.UNDO
        assert logged[1] is AuditAction.SAVE  # of the edit, not of the undoing

    def test_a_keeper_is_told_when_another_undoes_and_the_undone_only_once(self, author, page):
        teller, guide = factories.writer(HERE), factories.facilitator(HERE)
        save(author, page, tellers=(f"@{teller.username}",))
        save(teller, page, body="ผิดทั้งหน้า")
        was = len(told(author))
        revisions.undo(guide, page, 3)
        assert told(author)[: -was or None].count(NoticeKind.EDITED) == 1
        assert told(teller).count(NoticeKind.UNDONE) == 1

    def test_undoing_brings_no_text_from_before_the_publication_to_light(self, author):
        draft = factories.post(author, title="ปุ๋ย", body="ความลับของร่าง", status=Status.DRAFT)
        save(author, draft, body="ที่บอกกันได้")
        writing.publish(author, draft)
        guide = factories.user("facilitator", HERE)

        with pytest.raises(NotFound):
            revisions.undo(guide, draft, 2)
        assert revisions.undo(author, draft, 2).body == "ความลับของร่าง"

    def test_undoing_leaves_the_state_of_a_lesson_where_its_reason_put_it(self, author):
        lesson, shown = factories.lesson(author, communities=(HERE,)), factories.page(author)
        lesson_states.change(
            author, lesson, state=LessonState.TRIED, reason="ลองแล้ว", page=str(shown.number)
        )
        number = entry_queries.get_visible(None, lesson.number).revision_number

        assert revisions.undo(author, lesson, number).state is LessonState.TRIED

    def test_undoing_twice_changes_nothing_and_tells_nobody_again(self, author, page):
        other = factories.writer(HERE)
        save(other, page, body="ผิดทั้งหน้า")
        for _twice in range(2):
            revisions.undo(author, page, 2)
        assert entry_queries.get_visible(None, page.number).revision_number == 3
        assert told(other) == [NoticeKind.UNDONE]


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
        newest = history.newest_revision(fresh)
        assert "วิธีทำปุ๋ยหมัก" in newest.note and "ชื่อสั้นกว่า" in newest.note
        assert history.newest_revision(mine).author_id == author.id
        assert history.newest_revision(mine).note

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

    def test_what_somebody_saved_meanwhile_stays(self, author, page, monkeypatch):
        saved_meanwhile(monkeypatch, drafts, page, author, summary="สรุปของคนอื่น", tags=("ปุ๋ย",))
        fresh = renaming.rename(author, page, title="ชื่อใหม่ของหน้า")
        assert (fresh.title, fresh.summary) == ("ชื่อใหม่ของหน้า", "สรุปของคนอื่น")
        assert [tag.name for tag in fresh.tags] == ["ปุ๋ย"]

    def test_a_link_is_repaired_in_the_text_that_somebody_saved_meanwhile(
        self, author, page, monkeypatch
    ):
        linker = factories.post(author, title="ก", body="ดู [[วิธีทำปุ๋ยหมัก]]")
        renaming.rename(author, page, title="ปุ๋ยหมักทำง่าย")
        saved_meanwhile(monkeypatch, drafts, linker, author, body="ไปดู [[วิธีทำปุ๋ยหมัก]] กัน")
        assert renaming.repair(page.id, author.id) == 1
        assert db.session.get(Entry, linker.id).body == "ไปดู [[ปุ๋ยหมักทำง่าย]] กัน"

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
        newest = history.newest_revision(fresh)
        assert fresh.body == "กองไว้ใต้ร่มไม้"
        assert newest.author_id == stranger.id and stranger.display_name in newest.note
        assert told(stranger) == [NoticeKind.ACCEPTED]
        assert notice_queries.inbox_of(stranger)[0].words["note"] == "ขอบคุณ"
        with pytest.raises(AlreadyTaken):
            proposals.refuse(keeper, made, reason="ซ้ำ")

    def test_what_stands_there_already_is_accepted_and_stays_its_writers_work(
        self, author, page, proposed
    ):
        stranger = factories.user()
        made = proposed(stranger)
        save(author, page, body=made.body)
        proposals.accept(author, made, title=made.title, body=made.body, base=1)

        fresh = db.session.get(Entry, page.id)
        assert (fresh.revision_number, fresh.edited_by_id) == (2, author.id)
        assert (made.status, made.made) == (ProposalStatus.ACCEPTED, None)
        assert told(stranger) == [NoticeKind.ACCEPTED]

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
        newest = history.newest_revision(db.session.get(Entry, page.id))
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
        lifecycle.hide(factories.moderator(), page, reason="ทดลอง")
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
        assert [one.id for one in comment_queries.comments_of(None, back)] == [said.id]
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


#: What is blacked out here, and a consent of a teller that names somebody else.
SECRET = "1-2345-67890"
SAID_BY_ONE = telling.Consent(ConsentKind.SPOKEN, date(2007, 2, 1), "นายตัวอย่าง")


def stored_of(entry: Entry) -> str:
    return str(history.snapshot(db.session.get(Entry, entry.id)))


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
        assert MASK in fresh.html and fresh.revision_number == 3
        while indexing.catch_up():
            pass
        found = app.test_client().get(f"/api/v1/search?q={secret}").json
        assert fresh.number not in [hit["number"] for hit in found["hits"]]

    FORMS = (
        # what somebody made of the text before it was blacked out    what they changed
        ({"title": "ชื่อใหม่"}, "only another field"),
        ({"body": f"ก่อนหน้า\n\nโทร {SECRET} นะ\n\nต่อท้าย"}, "text before and behind"),
        ({"body": f"โทร {SECRET} นะ และ {SECRET} อีกที"}, "the phrase once more"),
        ({"body": f"ติดต่อ {SECRET} ได้เลย"}, "all words around it"),
        ({"body": f"ก่อน\n\n{SECRET}\n\nหลัง"}, "a paragraph of its own"),
        ({"title": f"บัตร {SECRET}"}, "the phrase in the title"),
        ({"summary": f"โทร {SECRET}"}, "the phrase elsewhere"),
        ({"contact": SECRET, "evidence": f"ตาม {SECRET}"}, "the phrase in two fields"),
        ({"tellers": ("นายตัวอย่าง", "นางเพิ่มมา")}, "a teller more"),
        ({"participants": ("นายตัวอย่าง", "นางเพิ่มมา")}, "a participant more"),
        ({"tags": ("นายตัวอย่าง", "เกษตร")}, "a keyword more"),
        ({"consent": SAID_BY_ONE, "renew_consent": True}, "who asked the teller"),
    )

    @pytest.mark.parametrize("base", [1, 0], ids=["the version of the form", "no version"])
    @pytest.mark.parametrize(("changed", "_what"), FORMS)
    def test_a_form_that_was_open_does_not_bring_it_back(self, author, changed, _what, base):
        entry = factories.post(
            author,
            body=f"โทร {SECRET} นะ",
            tellers=("นายตัวอย่าง",),
            participants=("นายตัวอย่าง",),
            tags=("นายตัวอย่าง",),
        )
        mine = replace(drafts.draft_of(entry), **changed)
        guide = factories.moderator()
        blacking_out.black_out(guide, entry, phrase=SECRET, reason="เลข")
        blacking_out.black_out(guide, entry, phrase="นายตัวอย่าง", reason="ไม่ยินยอม")

        is_as_theirs = "consent" in changed  # masked, nothing of it differs that is to be chosen
        is_taken = bool(base) or is_as_theirs
        asked = contextlib.nullcontext() if is_taken else pytest.raises(EditConflict)
        with asked as conflict:
            writing.save(author, entry, mine, base=base)

        offered = f"{conflict.value.mine} {conflict.value.proposal}" if conflict else ""
        for told in (stored_of(entry), offered):
            assert SECRET not in told and "นายตัวอย่าง" not in told
        assert db.session.get(Entry, entry.id).revision_number == 3 + is_taken

    def test_what_was_added_beside_a_name_that_is_out_is_kept(self, author):
        entry = factories.post(author, tellers=("นายตัวอย่าง",), tags=("นายตัวอย่าง",))
        mine = replace(
            drafts.draft_of(entry),
            tellers=("นายตัวอย่าง", "นางเพิ่มมา"),
            tags=("นายตัวอย่าง", "เกษตร"),
            consent=SAID_BY_ONE,
        )
        blacking_out.black_out(factories.moderator(), entry, phrase="นายตัวอย่าง", reason="ไม่ยินยอม")
        saved = writing.save(author, entry, mine, base=1)
        assert [one.name for one in saved.tellers] == [MASK, "นางเพิ่มมา"]
        assert [one.name for one in saved.tags] == ["เกษตร"]

    def test_a_phrase_that_only_an_old_version_held_stays_out_too(self, author):
        entry = factories.post(author, body=f"โทร {SECRET} นะ")
        mine = replace(drafts.draft_of(entry), body=f"โทร {SECRET} นะ\n\nต่อท้าย")
        save(author, entry, body="โทรหาที่ทำการ")
        blacking_out.black_out(factories.moderator(), entry, phrase=SECRET, reason="เลข")
        assert db.session.get(Entry, entry.id).revision_number == 2

        with contextlib.suppress(EditConflict):
            writing.save(author, entry, mine, base=1)
        assert SECRET not in stored_of(entry)

    def test_a_keyword_goes_and_its_page_with_it_unless_others_have_it(self, author):
        entry = factories.post(author, tags=("นายตัวอย่าง", "นางตัวอย่าง"))
        factories.post(author, tags=("นางตัวอย่าง",))
        guide = factories.moderator()
        for phrase, rows in (("นายตัวอย่าง", 2), ("นางตัวอย่าง", 3)):
            assert blacking_out.count(guide, entry, phrase=phrase, reason="ชื่อ").rows == rows
            blacking_out.black_out(guide, entry, phrase=phrase, reason="ชื่อ")
        assert db.session.get(Entry, entry.id).tags == []
        assert db.session.scalars(sa.select(Tag.name)).all() == ["นางตัวอย่าง"]

    @pytest.mark.parametrize("old", ["โทร {} นะ\n\nย่อหน้าสอง", "โทร {} นะ\n\nไปที่ทำการกลุ่มทุกวัน"])
    def test_words_put_in_the_place_of_a_mask_that_stood_already_are_kept(self, author, old):
        guide = factories.moderator()
        entry = factories.post(author, body=old.format(SECRET))
        blacking_out.black_out(guide, entry, phrase=SECRET, reason="เลข")
        base, seen = entry.revision_number, drafts.draft_of(entry)
        save(author, entry, summary="จากอีกหน้าต่าง")

        mine = replace(seen, body=seen.body.replace(MASK, "ที่ทำการกลุ่ม"))
        assert writing.save(author, entry, mine, base=base).body == old.format("ที่ทำการกลุ่ม")

    def test_of_rows_that_begin_and_end_alike_only_the_one_that_holds_it_is_masked(self, author):
        row = "- ติดต่อกลุ่มเกษตรกร {} ในเวลาราชการเท่านั้น\n"
        rows = row.format("คุณประธาน") + row.format(SECRET)
        entry = factories.post(author, body=rows)
        mine = replace(drafts.draft_of(entry), body=f"{rows}\nต่อท้าย")
        blacking_out.black_out(factories.moderator(), entry, phrase=SECRET, reason="เลข")
        saved = writing.save(author, entry, mine, base=1)
        assert saved.body == row.format("คุณประธาน") + row.format(MASK) + "\nต่อท้าย"

    def test_whoever_types_it_into_a_form_opened_later_is_left_alone(self, author):
        """It was blacked out in error, or means another: a new form is its writer's own."""
        entry = factories.post(author, body="พบป้าแดงที่ตลาด")
        blacking_out.black_out(factories.moderator(), entry, phrase="ป้าแดง", reason="ชื่อ")
        assert save(author, entry, body="พบป้าแดงร้านน้ำ").body == "พบป้าแดงร้านน้ำ"
        base, seen = entry.revision_number, drafts.draft_of(entry)
        save(author, entry, summary="จากอีกหน้าต่าง")
        mine = replace(seen, body=f"{seen.body}\n\nป้าแดงเล่า")
        assert writing.save(author, entry, mine, base=base).body == mine.body

    def test_an_account_named_in_the_form_stays_that_account(self, author):
        friend = factories.user(username="somchai")
        entry = factories.post(author, participants=("@somchai",))
        mine = replace(drafts.draft_of(entry), participants=("@somchai", "นางเพิ่มมา"))
        save(author, entry, body="อยู่กับ somchai ทั้งวัน")
        blacking_out.black_out(factories.moderator(), entry, phrase="somchai", reason="ชื่อ")
        saved = writing.save(author, entry, mine, base=1)
        assert [one.user_id for one in saved.participants] == [friend.id, None]

    def test_what_is_kept_of_it_tells_nothing_and_goes_with_the_entry(self, author, later):
        entries_with_it = [factories.post(author, body=f"โทร {SECRET}") for _ in range(2)]
        for entry in entries_with_it:
            blacking_out.black_out(factories.moderator(), entry, phrase=SECRET, reason="เลข")
        kept = db.session.scalars(sa.select(BlackOut)).all()
        assert [(one.revision, one.length) for one in kept] == [(2, len(SECRET))] * 2
        assert len({one.digest for one in kept}) == 2, "two rows never tell that they are alike"

        lifecycle.bin_entry(author, entries_with_it[0])
        later(31)
        assert bin.empty() == 1
        left = db.session.scalars(sa.select(BlackOut.entry_id)).all()
        assert left == [entries_with_it[1].id]

    def test_a_proposal_from_a_page_read_before_does_not_keep_it(self, author):
        entry = factories.post(author, body=f"โทร {SECRET} นะครับพี่น้อง")
        given = dict(title=entry.title, note="แก้", name="ผู้อ่าน")
        blacking_out.black_out(factories.moderator(), entry, phrase=SECRET, reason="เลข")

        for body in ("ใหม่\n\nโทร {} นะครับพี่น้อง", "เบอร์ {} จ้า"):
            made = proposals.propose(None, entry, body=body.format(SECRET), base=1, **given)
            assert made.body == body.format(MASK)
        given["note"] = f"เอา {SECRET} ออก"
        made = proposals.propose(None, entry, body="ใหม่", base=1, **given)
        told = db.session.execute(sa.select(Notice.__table__)).all()
        assert made.note == f"เอา {MASK} ออก" and SECRET not in str(told)
        newest = entry.revision_number
        made = proposals.propose(None, entry, body="เบอร์ใหม่", base=newest, **given)
        assert made.body == "เบอร์ใหม่"

    def test_what_the_machine_reads_is_no_word(self, author):
        entry = factories.lesson(author, contact="full-moon ปี 2549")
        typed = [("contact", "full-moon"), ("form", "full"), ("body", "body")]
        autosaves.keep(author, str(entry.number), typed, entry=entry, base=1)
        keeper = factories.moderator()
        for phrase in ("full", "2549", "body", "contact"):
            with contextlib.suppress(Invalid):
                blacking_out.black_out(keeper, entry, phrase=phrase, reason="คำ")

        fresh = db.session.get_one(Entry, entry.id)
        before = drafts.draft_of_revision(fresh, history.revision_at(fresh, 1))
        assert (before.form, before.years) == (LessonForm.FULL, (2549,))
        assert before.contact == f"{MASK}-moon ปี {MASK}"
        kept = autosaves.of(author, str(entry.number))
        assert kept.fields == [["contact", f"{MASK}-moon"], ["form", "full"], ["body", MASK]]

    def test_a_phrase_beside_the_text_is_known_in_a_form_of_that_very_revision(self, author):
        entry = factories.post(author, body="หนึ่ง")
        comments.add(factories.user(), entry, "โทร 1-2345-67890")
        mine = replace(drafts.draft_of(entry), body="โทร 1-2345-67890 นะ")
        blacking_out.black_out(factories.moderator(), entry, phrase="1-2345-67890", reason="เลข")
        assert entry.revision_number == 1
        assert covering.covered(entry, mine, since=1).body == f"โทร {MASK} นะ"
        save(author, entry, body="สอง")
        assert covering.covered(entry, mine, since=2).body == mine.body

    def test_an_unsaved_text_brings_no_blacked_out_phrase_back(self, author):
        """What one types over the newest revision, and has not saved when it is blacked out."""
        entry = factories.post(author, body="หนึ่ง")
        typed = [("body", f"โทร {SECRET}")]
        autosaves.keep(author, str(entry.number), typed, entry=entry, base=1)
        mine = replace(drafts.draft_of(entry), body=f"โทร {SECRET}", tags=(SECRET, "เกษตร"))
        blacking_out.black_out(factories.moderator(), entry, phrase=SECRET, reason="เลข")

        saved = writing.save(author, entry, mine, base=1)
        assert (saved.body, [one.name for one in saved.tags]) == (f"โทร {MASK}", ["เกษตร"])

    @pytest.mark.parametrize("road", [writing.save, submissions.save])
    def test_nor_does_one_that_is_being_stored_when_it_is_blacked_out(
        self, author, monkeypatch, road
    ):
        entry = factories.post(author, body="หนึ่ง")
        autosaves.keep(author, str(entry.number), [("body", SECRET)], entry=entry, base=1)
        mine, keeper = replace(drafts.draft_of(entry), body=f"โทร {SECRET}"), factories.moderator()
        store_over = writing.store_over

        def black_out_first(*args, **more):
            monkeypatch.setattr(writing, "store_over", store_over)
            blacking_out.black_out(keeper, entry, phrase=SECRET, reason="เลข")
            return store_over(*args, **more)

        monkeypatch.setattr(writing, "store_over", black_out_first)
        with contextlib.suppress(EditConflict):  # whoever sends it reads the newest and sends again
            road(author, entry, mine, base=1)
        kept = db.session.execute(sa.select(Revision.body, Revision.note)).all()
        assert SECRET not in str(kept)
        assert road is submissions.save or kept[-1] == (f"โทร {MASK}", "")

    def test_the_note_of_a_saving_tells_no_blacked_out_phrase(self, author):
        entry = factories.post(author, body=f"โทร {SECRET}")
        mine = replace(drafts.draft_of(entry), body="โทรหาที่ทำการ")
        blacking_out.black_out(factories.moderator(), entry, phrase=SECRET, reason="เลข")
        writing.save(author, entry, mine, base=1, note=f"เอา {SECRET} ออก")
        notes = db.session.scalars(sa.select(Revision.note)).all()
        assert not [one for one in notes if SECRET in one]

    def test_a_name_is_blacked_out_of_former_addresses_and_titles(self, author):
        name = "Somchai Jaidee"
        page = factories.page(author, title=f"สูตรของ {name}")
        renaming.rename(author, page, title="สูตรปุ๋ย")
        renaming.rename(author, page, title="สูตรปุ๋ยหมัก")
        counted = blacking_out.count(factories.moderator(), page, phrase=name, reason="ไม่ยินยอม")
        blacking_out.black_out(factories.moderator(), page, phrase=name, reason="ไม่ยินยอม")

        folded = db.session.scalars(sa.select(FormerTitle.folded)).all()
        paths = db.session.scalars(sa.select(Redirect.path)).all()
        assert (folded, paths) == (["สูตรปุ๋ย"], ["/pages/สูตรปุ๋ย"]), "others lead on"
        assert counted.rows >= 4  # former title, former address, two revisions

    def test_an_address_that_its_title_left_is_given_up_too(self, author):
        name = "Somchai Jaidee"
        page = factories.page(author, title=f"สูตรของ {name} {'ยาวมาก' * 20}", body="หนึ่ง")
        long_title = page.page_slug
        page = save(author, page, title="สูตรปุ๋ย")
        assert page.page_slug == long_title, "a saving moves no page"
        blacking_out.black_out(factories.moderator(), page, phrase=name, reason="ไม่ยินยอม")
        assert db.session.get_one(Entry, page.id).page_slug == "สูตรปุ๋ย"

    def test_a_photos_words_are_blacked_out_of_its_pages(self, app, author):
        entry, other = factories.post(author, body="หนึ่ง"), factories.post(author, body="สอง")
        photo = uploads.receive(
            author, name=f"{SECRET}.jpg", stream=BytesIO(make_photo()), kind=UploadKind.PHOTO
        )
        worker.run_due()
        agreed = {"consent": PhotoConsent.YES, "has_child": False}
        uploads.describe(author, photo, alt=f"ป้ายเบอร์ {SECRET}", **agreed)
        with transaction():
            db.session.get_one(Upload, photo.id).text = f"โทร {SECRET}"
            for one in (entry, other):
                attaching.list_beneath(author, entries.lock(one), [photo.id])
        client, version = app.test_client(), db.session.get_one(Entry, other.id).version
        assert SECRET in client.get(f"/posts/{other.number}").text
        keeper = factories.moderator()
        assert blacking_out.count(keeper, entry, phrase=SECRET, reason="เลข").rows == 1
        blacking_out.black_out(keeper, entry, phrase=SECRET, reason="เลข")

        for one in (entry, other):
            assert SECRET not in client.get(f"/posts/{one.number}").text
        kept = db.session.get_one(Upload, photo.id)
        assert (kept.alt, kept.text) == (f"ป้ายเบอร์ {MASK}", f"โทร {MASK}")
        assert kept.name == f"{MASK}.jpg" and kept.sha256
        assert db.session.get_one(Entry, other.id).version > version

    def test_a_tellers_name_is_blacked_out_of_the_log(self, author):
        name = "นางตัวอย่าง ใจดี"
        entry = factories.post(author, tellers=(name,))
        claims.make_code(author, name)
        blacking_out.black_out(factories.moderator(), entry, phrase=name, reason="ไม่ยินยอม")
        logged = db.session.execute(sa.select(Audit.__table__)).all()
        assert not [row for row in logged if name in str(tuple(row))]

    def test_a_reason_in_the_log_does_not_tell_what_is_blacked_out(self, author):
        page = factories.page(author, title="เบอร์โทร")
        renaming.rename(author, page, title="เบอร์", reason=f"เดิมมี {SECRET}")
        said = comments.add(factories.user(), page, "โทรได้")
        comments.hide(factories.moderator(), said, reason=f"เบอร์ {SECRET}")
        blacking_out.black_out(factories.moderator(), page, phrase=SECRET, reason="เลข")
        logged = db.session.execute(sa.select(Audit.__table__)).all()
        assert not [row for row in logged if SECRET in str(tuple(row))]

    def test_who_did_what_to_what_stays_in_the_log(self, author):
        page, guide = factories.page(author), factories.facilitator(HERE)
        limiting.limit(guide, page, to=LimitedTo.FACILITATORS, reason="entry ปิดไว้ก่อน")

        def deeds() -> list[tuple]:
            rows = sa.select(Audit.target, Audit.action, Audit.details).order_by(Audit.id)
            return [tuple(row) for row in db.session.execute(rows)]

        before = deeds()
        for phrase in ("entry", "facilitators"):
            with contextlib.suppress(Invalid):
                blacking_out.black_out(factories.moderator(), page, phrase=phrase, reason="คำ")
        after = [row for row in deeds() if row[1] is not AuditAction.BLACK_OUT]
        assert after == before

    def test_the_markup_of_comments_is_no_word(self, author):
        entry = factories.post(author, body="nofollow แปลว่าไม่ตาม")
        comments.add(factories.user(), entry, "ดู https://example.org/a นะ")
        before = db.session.scalars(sa.select(Comment.html)).one()
        blacking_out.black_out(factories.moderator(), entry, phrase="nofollow", reason="คำ")
        assert db.session.scalars(sa.select(Comment.html)).one() == before

    def test_a_phrase_that_stands_in_markup_alone_stands_nowhere(self, author):
        entry = factories.post(author, title="Green Tea", body="ดู https://example.org/a นะ")
        for phrase in ("nofollow", "href", "green"):  # the address has small letters
            with pytest.raises(Invalid):
                blacking_out.black_out(factories.moderator(), entry, phrase=phrase, reason="คำ")
        assert MASK not in str(db.session.execute(sa.select(Entry.__table__)).all())

    def test_what_is_said_while_the_page_is_made_is_made_anew_too(self, author, monkeypatch):
        entry, friend = factories.post(author, body=f"โทร {SECRET}"), factories.user()
        keeper, rendered = factories.moderator(), blacking_out._rendered

        def said_meanwhile(*args):
            monkeypatch.setattr(blacking_out, "_rendered", rendered)
            made = rendered(*args)
            save(author, entry, body=f"เบอร์ {SECRET}")
            comments.add(friend, entry, f"จด {SECRET} แล้ว")
            return made

        monkeypatch.setattr(blacking_out, "_rendered", said_meanwhile)
        blacking_out.black_out(keeper, entry, phrase=SECRET, reason="เลข")
        fresh = db.session.get_one(Entry, entry.id)
        said = db.session.scalars(sa.select(Comment)).one()
        assert MASK in fresh.html and MASK in said.html
        assert SECRET not in f"{fresh.html} {fresh.plain} {said.body} {said.html} {said.plain}"

    def test_a_phrase_in_a_heading_of_the_form_leaves_the_form_whole(self, author):
        lesson = factories.lesson(author)
        label = lesson_text.BOX["goal"].label
        body = lesson.body.replace(f"## {label}\n\n", f"## {label}\n\nตาม{label}นี้ ")
        lesson = save(author, lesson, body=body)
        before = lesson_text.parse(lesson.body)
        blacking_out.black_out(factories.moderator(), lesson, phrase=label, reason="คำ")
        fresh = db.session.get_one(Entry, lesson.id)
        after = lesson_text.parse(fresh.body)
        assert after.boxes == before.boxes | {"goal": before.boxes["goal"].replace(label, MASK)}
        assert after.parts == before.parts and f">{label}" in fresh.html
        old = history.revision_at(fresh, 1)
        assert lesson_text.parse(old.body).boxes.keys() == before.boxes.keys()
        assert f"## {label}" in old.body

    def test_a_year_in_the_mark_of_a_row_is_no_word(self, author):
        text = lesson_text.parse(factories.lesson_body())
        step = lesson_text.Part(
            id="n1", kind="n", text="ทำต่อปี 2550", who="คนปี 2550", due="2550-07", state="open"
        )
        body = lesson_text.compose(replace(text, steps=(step,)))
        lesson = factories.lesson(author, body=body, contact="บ้านเลขที่ 2550")
        mine = replace(drafts.draft_of(lesson), summary="ใหม่")
        blacking_out.black_out(factories.moderator(), lesson, phrase="2550", reason="เลข")
        masked = replace(step, text=f"ทำต่อปี {MASK}", who=f"คนปี {MASK}")
        assert lesson_text.parse(db.session.get_one(Entry, lesson.id).body).steps == (masked,)
        saved = writing.save(author, lesson, mine, base=1)  # what only a digest is known of, too
        assert lesson_text.parse(saved.body).steps == (masked,) and saved.summary == "ใหม่"

    def test_a_label_of_a_forum_is_no_word(self, author):
        line = lesson_text.Part(id="q1", kind="q", text="ปัญหาน้ำ")
        group = forum_text.Group("กลุ่มปัญหา", (line,))
        body = forum_text.compose(forum_text.ForumText((group,), "บันทึกปัญหา"))
        forum = factories.forum(author, body=body)
        blacking_out.black_out(factories.moderator(), forum, phrase="ปัญหา", reason="คำ")
        after = forum_text.parse(db.session.get_one(Entry, forum.id).body)
        (made,) = after.groups
        assert (made.name, made.problems[0].text) == (f"กลุ่ม{MASK}", f"{MASK}น้ำ")
        assert after.notes == f"บันทึก{MASK}" and made.problems[0].id == "q1"

    def test_the_keys_by_which_titles_and_names_are_sorted_are_made_anew(self, author):
        entry = factories.post(author, title="นางตัวอย่าง ใจดี", tellers=("นางตัวอย่าง ใจดี",))
        keys = entry.sort_key, entry.tellers[0].sort_key
        blacking_out.black_out(factories.moderator(), entry, phrase="ตัวอย่าง", reason="ไม่ยินยอม")
        fresh = db.session.get_one(Entry, entry.id)
        assert fresh.sort_key == sort_key(fresh.title) != keys[0]
        assert fresh.tellers[0].sort_key != keys[1]

    def test_trying_one_phrase_after_the_other_is_braked(self, app, author, monkeypatch):
        monkeypatch.setitem(app.config, "RATE_LIMITS", True)
        monkeypatch.setattr(blacking_out, "MOST_TRIES", 2)
        entry, keeper = factories.post(author), factories.moderator()
        for _try in range(2):
            with pytest.raises(Invalid):
                blacking_out.count(keeper, entry, phrase="ป้าแดง", reason="ลอง")
        with pytest.raises(RateLimited):
            blacking_out.black_out(keeper, entry, phrase="ป้าแดง", reason="ลอง")

    @pytest.mark.parametrize("reason", ["", " ", "\u200b"])
    def test_a_reason_that_nobody_can_read_is_none(self, author, page, reason):
        keeper = factories.moderator()
        offered = proposals.propose(
            None, page, title=page.title, body="ใหม่", base=1, note="แก้", name="ผู้อ่าน"
        )
        for deed in (
            lambda: blacking_out.count(keeper, page, phrase=page.body[:6], reason=reason),
            lambda: limiting.limit(author, page, to=LimitedTo.FACILITATORS, reason=reason),
            lambda: proposals.refuse(author, offered, reason=reason),
        ):
            with pytest.raises(Invalid):
                deed()

    def test_counting_tells_nothing_of_what_others_typed_and_did_not_save(self, author):
        entry = factories.post(author, body="ข้อความ")
        autosaves.keep(author, str(entry.number), [("body", "ป้าแดงบอกมา")], entry=entry, base=1)
        with pytest.raises(Invalid):
            blacking_out.count(factories.moderator(), entry, phrase="ป้าแดง", reason="ลอง")

    def test_a_passage_that_was_blacked_out_can_be_undone(self, author):
        entry = factories.post(author, body="หนึ่ง")
        save(author, entry, body="หนึ่ง\n\nโทร 1-2345-67890 นะ")
        blacking_out.black_out(factories.moderator(), entry, phrase="1-2345-67890", reason="เลข")
        assert revisions.undo(author, entry, 2).body == "หนึ่ง"

    def test_who_may_black_out(self, author, page):
        for who, may in (
            (author, False),
            (factories.facilitator(ELSEWHERE), False),
            (factories.facilitator(HERE), True),
            (factories.moderator(), True),
        ):
            assert can(who, Permission.ENTRY_BLACK_OUT, page) is may


def rename_for_note(author: User) -> Entry:
    return renaming.rename(author, factories.page(author, title="เดิม"), title="ใหม่")


def repair_for_note(author: User) -> Entry:
    linker = factories.post(author, title="ก", body="ดู [[เดิม]]")
    rename_for_note(author)
    run_jobs()
    return linker


def step_back_for_note(author: User) -> Entry:
    friend = factories.writer()
    made = factories.post(author, coauthors=(f"@{friend.username}",))
    return coauthors.step_back(friend, made)


def close_for_note(author: User) -> Entry:
    step = lesson_text.Part(id="n1", kind="n", text="ทำต่อ", state="open")
    lesson = factories.lesson(author)
    body = lesson_text.compose(replace(lesson_text.parse(lesson.body), steps=(step,)))
    lesson = save(author, lesson, body=body)
    return steps.close(author, lesson, "n1", by=str(factories.post(author, title="ทำแล้ว").number))


def black_out_for_note(author: User) -> Entry:
    entry = factories.post(author, body="โทร 1-2345-67890")
    blacking_out.black_out(factories.moderator(), entry, phrase="1-2345-67890", reason="เลข")
    return entry


NOTES = (
    (rename_for_note, "เปลี่ยนชื่อจาก “เดิม” เป็น “ใหม่”"),
    (repair_for_note, "แก้ลิงก์ หน้านั้นเปลี่ยนชื่อเป็น “ใหม่”"),
    (step_back_for_note, "ไม่เป็นผู้ร่วมเขียนแล้ว"),
    (close_for_note, "ปิดก้าวต่อไป n1: ทำแล้ว"),
    (black_out_for_note, "ปิดข้อความบางส่วน"),
    (
        lambda author: converting.convert(author, factories.post(author), EntryKind.PAGE),
        "เปลี่ยนเป็นหน้าความรู้",
    ),
    (
        lambda author: converting.convert(author, factories.page(author), EntryKind.POST),
        "เปลี่ยนเป็นบันทึก",
    ),
    (
        lambda author: converting.convert(
            author, factories.post(author, status=Status.DRAFT), EntryKind.LESSON
        ),
        "เปลี่ยนเป็นบทเรียน",
    ),
)


@pytest.mark.parametrize(("deed", "note"), NOTES, ids=[row[1] for row in NOTES])
def test_the_history_is_thai_whatever_the_language_of_who_acts(author, deed, note):
    with force_locale("en"):
        entry = deed(author)
    assert history.newest_revision(db.session.get(Entry, entry.id)).note == note


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
        lifecycle.bin_entry(author, page)
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

    def test_no_notice_goes_on_telling_of_what_is_erased(self, author, later):
        page, reader = factories.page(author), factories.facilitator()
        with transaction():
            notices.tell([reader], NoticeKind.STEP_DUE, page, None, step="n1", text="คำลับ")
            notices.tell([reader], NoticeKind.VOICE_TYPED, page, None, voice=1)
        lifecycle.bin_entry(author, page)
        later(31)
        bin.empty()
        assert db.session.scalars(sa.select(Notice)).all() == []

    def test_a_notice_about_nothing_is_neither_shown_nor_kept(self, app):
        reader = factories.user()
        with transaction():
            for kind in (NoticeKind.STEP_DUE, NoticeKind.VOICE_TYPED):
                row = Notice(user_id=reader.id, kind=kind, created_at=clock.now())
                db.session.add(row)
        assert told(reader) == [] and notice_queries.count_unread(reader) == 0
        notices.sweep()
        assert db.session.scalars(sa.select(Notice)).all() == []

    def test_the_other_kinds_of_text_stay_in_the_bin_until_then(self, author, later):
        post = factories.post(author, status=Status.BINNED)
        later(10)
        bin.empty()
        lifecycle.restore(author, post)
        assert entry_queries.get_visible(None, post.number).title == post.title


def test_a_new_draft_keeps_no_former_title(author):
    draft = Draft(kind=EntryKind.POST, title="ร่างแรก", body="ก")
    entry = writing.create(author, draft)
    writing.save(author, entry, replace(draft, title="ร่างสอง"), base=1)
    assert db.session.scalar(sa.select(sa.func.count(FormerTitle.id))) == 0
