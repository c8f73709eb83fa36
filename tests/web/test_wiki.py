"""A shared text in the browser: proposals, titles, locks, undoing, kinds and talk."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db import db, transaction
from app.models import Entry, Notice, Proposal, Revision, User
from app.queries import entries as entry_queries
from app.queries import notices as notice_queries
from app.services import blacking_out, comments, converting, drafts, limiting, worker, writing
from app.text.masking import MASK
from app.vocabulary import EntryKind, LimitedTo, NoticeKind, Status
from tests import factories
from tests.web.test_writing import fields_of, sent_from

ELSEWHERE = "tambon-karo"


@pytest.fixture
def author(app) -> User:
    return factories.writer(name="ตัวอย่าง เจ้าของหน้า")


@pytest.fixture
def page(author) -> Entry:
    return factories.page(author, title="วิธีทำปุ๋ยหมัก", body="กองไว้ใกล้ครัว")


@pytest.fixture
def desk_of(app, sign_in):
    """A browser of its own for each person; None: a reader without account."""

    def make(user: User | None) -> FlaskClient:
        browser = app.test_client()
        return browser if user is None else sign_in(browser, user)

    return make


def send(desk: FlaskClient, at: str, action: str = "", /, **typed: str) -> TestResponse:
    """Open the form at ``at`` and send it, with its token, to ``action`` (else to ``at``)."""
    opened = desk.get(at)
    assert opened.status_code == 200, (at, opened.status_code)
    token = re.search(r'name="csrf_token" value="([^"]+)"', opened.text)
    assert token, f"no form at {at}"
    return desk.post(action or at, data={"csrf_token": token[1], **typed})


def save(actor: User, entry: Entry, **changed: Any) -> None:
    draft = replace(drafts.draft_of(entry), **changed)
    writing.save(actor, entry, draft, base=entry.revision_number)


def fresh(entry: Entry) -> Entry:
    db.session.expire_all()
    found = db.session.get(Entry, entry.id)
    assert found is not None
    return found


def newest(entry: Entry) -> Revision:
    return entry_queries.get_revision(None, entry, fresh(entry).revision_number)


def black_out(entry: Entry, phrase: str) -> None:
    blacking_out.black_out(factories.moderator(), entry, phrase=phrase, reason="เลข")


def at_page(entry: Entry, rest: str = "") -> str:
    return f"/pages/{quote(entry.page_slug or '')}{rest}"


class TestProposals:
    @pytest.fixture
    def propose(self, desk_of, page):
        """Send a change of the page; returns the address of the proposal."""

        def by(user: User | None, **typed: str) -> str:
            given = {"title": page.title, "body": "กองไว้ใต้ร่มไม้", "note": "ร่มเย็นกว่า", "base": "1"}
            answer = send(desk_of(user), at_page(page, "/proposals/new"), **{**given, **typed})
            assert answer.status_code == 302, answer.text
            return answer.headers["Location"]

        return by

    def test_a_reader_without_account_proposes_and_is_named_when_it_is_taken(
        self, author, page, desk_of, propose
    ):
        where = propose(None, name="ตัวอย่าง คนอ่าน")
        assert fresh(page).body == "กองไว้ใกล้ครัว"
        assert "ร่มเย็นกว่า" in desk_of(None).get(where).text

        keeper = desk_of(author)
        assert where in keeper.get("/notifications").text
        assert where in keeper.get("/proposals").text
        send(keeper, where, title=page.title, body="กองไว้ใต้ร่มไม้", base="1", word="ขอบคุณ")

        made = newest(page)
        assert (made.body, made.number) == ("กองไว้ใต้ร่มไม้", 2)
        assert made.author_name == "ตัวอย่าง คนอ่าน" and "ร่มเย็นกว่า" in made.note
        assert "ตัวอย่าง คนอ่าน" in desk_of(None).get(at_page(page, "/history")).text
        assert "ขอบคุณ" in desk_of(None).get(where).text
        assert where not in keeper.get("/proposals").text

    def test_its_note_in_the_history_is_thai_whoever_accepts(self, author, page, desk_of, propose):
        where = propose(None, name="ตัวอย่าง คนอ่าน") + "?lang=en"
        send(desk_of(author), where, title=page.title, body="กองไว้ใต้ร่มไม้", base="1")
        assert newest(page).note == "เสนอโดย ตัวอย่าง คนอ่าน: ร่มเย็นกว่า"

    def test_a_refusal_needs_a_reason_and_the_proposer_reads_it(
        self, author, page, desk_of, propose
    ):
        member = factories.user()
        where = propose(member)
        keeper = desk_of(author)
        assert send(keeper, where, f"{where}/refusal", reason=" ").status_code == 422
        assert send(keeper, where, f"{where}/refusal", reason="ร่มไม่จำเป็น").status_code == 302

        assert fresh(page).revision_number == 1
        assert "ร่มไม่จำเป็น" in desk_of(member).get("/notifications").text
        assert "ร่มไม่จำเป็น" in desk_of(member).get(where).text

    def test_the_bell_falls_by_opening_what_it_told_of_or_by_deciding(
        self, author, page, desk_of, propose
    ):
        first, second = propose(None, name="ตัวอย่าง ก"), propose(None, name="ตัวอย่าง ข")
        keeper = desk_of(author)
        inbox = keeper.get("/notifications").text
        assert notice_queries.count_unread(author) == 2
        forms = re.findall(
            r'action="(/notifications/\d+)".*?name="next" value="([^"]*)"', inbox, re.S
        )
        action = next(action for action, leads in forms if leads == first)
        opened = send(keeper, "/notifications", action, next=first)
        assert (opened.status_code, opened.headers["Location"]) == (302, first)
        assert notice_queries.count_unread(author) == 1
        assert f'href="{first}"' in keeper.get("/notifications").text
        assert send(keeper, second, f"{second}/refusal", reason="พอแล้ว").status_code == 302
        assert notice_queries.count_unread(author) == 0

    def test_a_notice_leads_nowhere_else_and_is_read_by_its_owner_alone(
        self, author, desk_of, propose
    ):
        propose(None, name="ตัวอย่าง ก")
        notice = notice_queries.inbox_of(author)[0]
        at = f"/notifications/{notice.id}"
        send(desk_of(factories.user()), "/account", at, next="/proposals")
        assert notice_queries.count_unread(author) == 1
        away = send(desk_of(author), "/notifications", at, next="//elsewhere.example/")
        assert away.headers["Location"] == "/notifications"

    def test_the_proposer_and_other_members_decide_nothing(self, page, desk_of, propose):
        member = factories.user()
        where = propose(member)
        own = desk_of(member)
        typed = {"title": page.title, "body": "กองไว้ใต้ร่มไม้", "base": "1"}
        assert send(own, at_page(page, "/proposals/new"), where, **typed).status_code == 403
        assert fresh(page).revision_number == 1
        assert desk_of(factories.user()).get(where).status_code == 404

    def test_a_page_that_moved_on_shows_both_texts_and_keeps_the_proposed_one(
        self, author, page, desk_of, propose
    ):
        where = propose(factories.user())
        save(author, page, body="กองไว้หลังบ้าน")
        keeper = desk_of(author)
        late = send(keeper, where, title=page.title, body="กองไว้ใต้ร่มไม้หลังบ้าน", base="1")
        assert late.status_code == 409
        assert "กองไว้ใต้ร่มไม้หลังบ้าน" in late.text and "กองไว้หลังบ้าน</" in late.text
        assert fresh(page).body == "กองไว้หลังบ้าน"

    def test_what_lacks_something_comes_back_as_it_was_typed(self, page, desk_of):
        typed = {"title": page.title, "body": "พิมพ์ไว้ยาวแล้ว", "base": "1", "note": "", "name": ""}
        answer = send(desk_of(None), at_page(page, "/proposals/new"), **typed)
        assert answer.status_code == 422 and "พิมพ์ไว้ยาวแล้ว" in answer.text
        assert 'id="f-note-error"' in answer.text and 'id="f-name-error"' in answer.text

    def test_what_stood_there_before_publication_is_shown_to_its_writers_alone(
        self, author, desk_of
    ):
        post = factories.post(author, status=Status.DRAFT, body="ความลับ", contact="โทรลับ")
        save(author, post, body="ข้อความที่ใครก็อ่านได้", contact="")
        writing.publish(author, fresh(post))
        to, typed = f"/posts/{post.number}/proposals/new", {"body": "ใหม่", "contact": "ก"}
        sent = {"title": post.title, "note": "แก้", "name": "ตัวอย่าง คนอ่าน", **typed}
        stranger = desk_of(None)
        early = send(stranger, to, **sent, base="1")
        carried = send(stranger, to, **sent, base="1", carried="1")
        assert early.status_code == 404 and db.session.scalar(db.select(Proposal)) is None
        assert carried.status_code == 200 and "โทรลับ" not in carried.text

        where = send(stranger, to, **sent, base="2").headers["Location"]
        with transaction():
            db.session.execute(db.update(Proposal).values(base=1))
        facilitator = factories.facilitator()
        shown = [desk_of(who).get(where) for who in (None, facilitator, author)]
        assert [page.status_code for page in shown] == [200] * 3
        assert ["ความลับ" in page.text for page in shown] == [False, False, True]

    @pytest.mark.parametrize("who", ["a reader", "a member"])
    def test_a_second_press_makes_no_second_proposal(self, who, author, page, desk_of):
        desk = desk_of(None if who == "a reader" else factories.user())
        at = at_page(page, "/proposals/new")
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', desk.get(at).text)
        sent = {**dict(hidden), "title": page.title, "body": "กองไว้ใต้ร่มไม้", "note": "ร่ม"}
        sent["name"] = "ตัวอย่าง คนอ่าน"
        first, second = (desk.post(at, data=sent).headers["Location"] for _press in range(2))
        assert first == second
        notices = db.select(Notice).where(Notice.user_id == author.id)
        assert len(db.session.scalars(notices).all()) == 1
        changed = desk.post(at, data={**sent, "body": "กองไว้กลางแจ้ง"}).headers["Location"]
        assert changed != first and "กลางแจ้ง" in desk.get(changed).text

    def test_who_looks_again_and_again_is_told_to_wait_as_at_a_comparison(self, braked):
        looking = braked.test_client()
        page = factories.page(factories.writer())
        for at in ("/proposals/none", at_page(page, "/compare?from=1&to=9")):
            found = [looking.get(at).status_code for _ in range(41)]
            assert found == [404] * 40 + [429], at


def test_a_renamed_page_answers_at_its_old_address_and_links_are_repaired(author, page, desk_of):
    linker = factories.post(author, title="ตลาดนัด", body="ดู [[วิธีทำปุ๋ยหมัก]]")
    old = at_page(page)
    form = f"/entries/{page.number}/name"
    assert send(desk_of(author), form, title=" ").status_code == 422
    send(desk_of(author), form, title="ปุ๋ยหมักทำง่าย", reason="ชื่อสั้นกว่า")
    while worker.run_due():
        pass

    moved = desk_of(None).get(old)
    assert (moved.status_code, moved.headers["Location"]) == (301, at_page(fresh(page)))
    assert "ปุ๋ยหมักทำง่าย" in desk_of(None).get(moved.headers["Location"]).text
    assert fresh(linker).body == "ดู [[ปุ๋ยหมักทำง่าย]]"
    assert "ชื่อสั้นกว่า" in newest(page).note


def test_a_locked_page_says_who_locked_it_and_why_and_offers_to_propose(author, page, desk_of):
    keeper = factories.facilitator(name="ตัวอย่าง คุณอำนวย")
    form = f"/entries/{page.number}/limit"
    locked = send(desk_of(keeper), form, to="facilitators", reason="รอตรวจตัวเลข")
    assert locked.status_code == 302, locked.text

    refused = desk_of(author).get(at_page(page, "/edit"))
    assert refused.status_code == 403
    assert "รอตรวจตัวเลข" in refused.text and "ตัวอย่าง คุณอำนวย" in refused.text
    assert at_page(page, "/proposals/new") in refused.text
    assert desk_of(author).get(at_page(page, "/proposals/new")).status_code == 200
    assert desk_of(author).get(form).status_code == 403

    send(desk_of(keeper), form, to="all")
    assert desk_of(author).get(at_page(page, "/edit")).status_code == 200


def test_a_page_of_one_community_is_edited_by_its_writers_only(author, page, desk_of):
    keeper, there = factories.facilitator(), factories.writer(ELSEWHERE)
    limiting.limit(keeper, page, to=LimitedTo.COMMUNITY, community=ELSEWHERE, reason="ของเขา")
    edit = at_page(page, "/edit")
    found = {who: desk_of(who).get(edit).status_code for who in (author, there, keeper)}
    assert found == {author: 403, there: 200, keeper: 200}


class TestLockedMeanwhile:
    def test_what_was_typed_is_carried_into_a_proposal(self, author, page, desk_of):
        desk = desk_of(author)
        limiting.limit(factories.facilitator(), page, to=LimitedTo.FACILITATORS, reason="รอตรวจ")
        typed = {"title": page.title, "body": "ข้อความใหม่ที่พิมพ์ไว้", "note": "แก้ตัวเลข"}
        asked = send(desk, "/write/post", at_page(page, "/edit"), **typed, base="1")
        assert asked.status_code == 403
        assert 'name="carried" value="1"' in asked.text
        assert "ย้อนกลับไปคัดลอก" not in asked.text and "ส่งเป็นข้อเสนอได้เลย" in asked.text
        assert re.search(r'<span class="label">[^<]+</span><textarea[^>]*>\nข้อความใหม่', asked.text)
        to = at_page(page, "/proposals/new")
        opened = send(desk, "/write/post", to, **typed, base="1", carried="1")
        assert opened.status_code == 200
        assert "ข้อความใหม่ที่พิมพ์ไว้</textarea>" in opened.text
        assert 'value="แก้ตัวเลข"' in opened.text
        assert db.session.scalars(db.select(Proposal)).all() == []

    def test_looking_alone_keeps_nothing_typed(self, author, page, desk_of):
        limiting.limit(factories.facilitator(), page, to=LimitedTo.FACILITATORS, reason="รอตรวจ")
        answer = desk_of(author).get(at_page(page, "/edit"))
        assert answer.status_code == 403
        assert "สิ่งที่คุณพิมพ์ยังอยู่ในหน้าก่อน" not in answer.text


class TestUndoing:
    def undoing(self, user: User) -> str:
        notice = db.session.scalar(
            db.select(Notice)
            .where(Notice.user_id == user.id, Notice.kind == NoticeKind.EDITED)
            .order_by(Notice.id)
        )
        assert notice is not None
        return f"/notifications/{notice.id}/undoing"

    def test_one_tap_in_a_notice_restores_the_text_and_tells_its_writer(
        self, author, page, desk_of
    ):
        other = factories.writer()
        save(other, page, body="ผิดทั้งหน้า", title="ชื่อผิด")
        keeper = desk_of(author)
        undo = self.undoing(author)
        assert f'action="{undo}"' in keeper.get("/notifications").text
        assert send(keeper, "/notifications", undo).status_code == 302

        made = newest(page)
        assert (made.body, made.title) == ("กองไว้ใกล้ครัว", "วิธีทำปุ๋ยหมัก")
        assert (made.number, made.author_id) == (3, author.id)
        told = desk_of(other).get("/notifications").text
        assert author.display_name in told and "from=2&amp;to=3" in told

    def test_later_edits_stay(self, author, page, desk_of):
        other = factories.writer()
        save(other, page, body="ผิดทั้งหน้า")
        undo = self.undoing(author)
        save(other, page, title="ชื่อใหม่")
        keeper = desk_of(author)
        assert f'action="{undo}"' in keeper.get("/notifications").text
        assert send(keeper, "/notifications", undo).status_code == 302
        assert (fresh(page).body, page.title) == ("กองไว้ใกล้ครัว", "ชื่อใหม่")

    def test_where_somebody_built_on_it_both_texts_are_shown_and_nobody_else_may_press_it(
        self, author, page, desk_of
    ):
        other = factories.writer()
        save(other, page, body="หนึ่ง")
        undo = self.undoing(author)
        save(other, page, body="สอง")
        late = send(desk_of(author), "/notifications", undo)
        assert late.status_code == 409 and "สอง" in late.text and "กองไว้ใกล้ครัว" in late.text
        assert "จึงเลิกทำครั้งนั้นอย่างเดียวไม่ได้" in late.text
        assert "ระหว่างที่คุณเขียน" not in late.text and "<h3>ข้อความของคุณ<" not in late.text
        assert send(desk_of(other), "/account", undo).status_code == 404
        assert fresh(page).body == "สอง"

    def test_a_text_that_became_a_lesson_meanwhile_stays_complete(self, author, desk_of):
        post = factories.post(author)
        save(
            factories.facilitator(),
            post,
            body=factories.lesson_body(),
            programs=("own-work",),
            years=(2549,),
        )
        converting.convert(author, fresh(post), EntryKind.LESSON)
        answer = send(desk_of(author), "/notifications", self.undoing(author))
        assert answer.status_code == 302 and "/history" in answer.headers["Location"]
        assert fresh(post).revision_number == 3


def test_a_post_becomes_a_page_and_back_with_number_and_comments(author, desk_of):
    post = factories.post(author, title="ตลาดนัดวันเสาร์")
    comments.add(factories.user(), post, "เคยไปมาแล้ว")
    form, number = f"/entries/{post.number}/kind", post.number
    send(desk_of(author), form, kind="page")
    made = fresh(post)
    assert (made.kind, made.number) == (EntryKind.PAGE, number)
    slug = at_page(made)
    reader = desk_of(None)
    assert reader.get(f"/posts/{number}").headers["Location"] == slug
    assert "เคยไปมาแล้ว" in reader.get(f"{slug}/talk").text
    assert "ตรงนี้ผู้ช่วยกันดูแลหน้านี้คุยกัน" not in reader.get(f"{slug}/talk").text

    send(desk_of(author), form, kind="post")
    assert reader.get(slug).headers["Location"] == f"/posts/{number}"
    assert "เคยไปมาแล้ว" in reader.get(f"/posts/{number}").text


def test_a_post_that_lacks_what_a_lesson_needs_stays_a_post_and_says_so(author, desk_of):
    post = factories.post(author)
    answer = send(desk_of(author), f"/entries/{post.number}/kind", kind="lesson")
    assert answer.status_code == 422 and f"/posts/{post.number}/edit" in answer.text
    assert "ยังไม่ได้ใส่: " in answer.text and "ยังขาด" not in answer.text  # said once
    assert fresh(post).kind is EntryKind.POST


def test_the_talk_of_a_page_stands_apart_from_its_text(page, desk_of):
    member = desk_of(factories.user())
    answer = send(member, at_page(page, "/comments/new"), body="ตัวเลขนี้มาจากไหน")
    assert answer.headers["Location"].partition("#")[0] == at_page(page, "/talk")
    reader = desk_of(None)
    assert "ตัวเลขนี้มาจากไหน" in reader.get(at_page(page, "/talk")).text
    text = reader.get(at_page(page)).text
    assert "ตัวเลขนี้มาจากไหน" not in text and at_page(page, "/talk") in text


def test_the_list_of_upkeep_is_for_facilitators(author, page, desk_of):
    for who, status in ((author, 403), (factories.facilitator(), 200)):
        assert desk_of(who).get("/admin/pages").status_code == status
    factories.post(author, title="ตลาดนัด", body="ดู [[หน้าที่ยังไม่มี]]")
    lists = {"wanted": "หน้าที่ยังไม่มี", "orphan": page.title}
    for name, shown in lists.items():
        assert shown in desk_of(factories.facilitator()).get(f"/admin/pages?list={name}").text


class TestSections:
    BODY = "เริ่ม\n\n## วัสดุ\n\nใบไม้\n\n## วิธี & ลำดับ\n\nกองไว้"

    def test_each_heading_leads_those_who_may_edit_to_its_place_in_the_form(self, author, desk_of):
        page = factories.page(author, body=self.BODY)
        desk = desk_of(author)
        hrefs = re.findall(r'class="section-edit" href="([^"]+)"', desk.get(at_page(page)).text)
        assert len(hrefs) == 2
        lines = [re.findall(r'data-line="(\d+)"', desk.get(href).text) for href in hrefs]
        assert lines == [["2"], ["6"]]
        for other in ("ไม่มี", ""):
            form = desk.get(at_page(page, "/edit"), query_string={"section": other})
            assert form.status_code == 200 and "data-line" not in form.text

    def test_readers_see_no_such_way(self, author, desk_of):
        page = factories.page(author, body=self.BODY)
        for who in (None, factories.user()):
            assert "section-edit" not in desk_of(who).get(at_page(page)).text


class TestBlackingOut:
    SECRET = "1-2345-67890"

    @pytest.fixture
    def held(self, author) -> Entry:
        """A page that held the phrase in one version and holds it in its newest."""
        made = factories.page(author, title="คนในกลุ่ม", body=f"เลข {self.SECRET}")
        save(author, made, body=f"เลขของเขา {self.SECRET}")
        save(author, made, body=f"เลขของเธอ {self.SECRET}")
        return made

    def test_it_is_done_by_a_second_press_after_saying_where_the_phrase_stands(self, held, desk_of):
        desk = desk_of(factories.facilitator())
        at = f"/entries/{held.number}/blackout"
        assert "ปิดข้อความถาวร" not in desk.get(at).text
        asked = {"phrase": f" {self.SECRET}", "reason": "เลขบัตร"}
        counted = send(desk, at, **asked)
        assert counted.status_code == 200
        assert self.SECRET in fresh(held).body, "nothing is gone yet"
        assert "อยู่ 4 แห่ง" in counted.text and "ฉบับในประวัติ 3 ฉบับ" in counted.text

        other = send(desk, at, phrase="เลขของ", reason="เลขบัตร", counted=self.SECRET)
        assert "อยู่ 3 แห่ง" in other.text, "another phrase is counted first"
        assert self.SECRET in fresh(held).body

        known = re.search(r'name="counted" value="([^"]*)"', counted.text)
        assert known is not None
        done = send(desk, at, **asked, counted=known[1])
        assert done.status_code == 302
        assert self.SECRET not in fresh(held).body

    def test_a_form_that_was_open_keeps_what_was_typed_and_not_the_phrase(
        self, held, author, desk_of
    ):
        desk = desk_of(author)
        sent = sent_from(
            desk, at_page(held, "/edit"), body=f"ติดต่อ {self.SECRET} ได้เลย", action="save"
        )
        black_out(held, self.SECRET)
        assert desk.post(at_page(held, "/edit"), data=sent).status_code == 302
        assert fresh(held).body == f"ติดต่อ {MASK} ได้เลย"

    def test_what_is_asked_beside_a_black_out_holds_no_phrase_however_often_one_saves(
        self, held, author, desk_of
    ):
        desk, other = desk_of(author), factories.writer()
        at = at_page(held, "/edit")
        sent = sent_from(desk, at, body=f"ติดต่อ {self.SECRET} ได้เลย", action="save")
        black_out(held, self.SECRET)
        save(other, fresh(held), body=f"เลขประจำตัวของเธอ {MASK}")

        asked = desk.post(at, data=sent)
        assert asked.status_code == 409
        assert 'name="passage-0"' in asked.text and self.SECRET not in asked.text
        assert desk.post(at, data=fields_of(asked.text) | {"action": "save"}).status_code == 302
        assert fresh(held).body == f"ติดต่อ {MASK} ได้เลย"

    def test_both_can_be_taken_where_a_black_out_lies_between(self, held, author, desk_of):
        desk, other = desk_of(author), factories.writer()
        at = at_page(held, "/edit")
        sent = sent_from(desk, at, body=f"ติดต่อ {self.SECRET} ได้เลย", action="save")
        black_out(held, self.SECRET)
        save(other, fresh(held), body=f"เลขประจำตัวของเธอ {MASK}")

        asked = fields_of(desk.post(at, data=sent).text)
        desk.post(at, data=asked | {"action": "save", "passage-0": "both"})
        assert fresh(held).body == f"เลขประจำตัวของเธอ {MASK}\n\nติดต่อ {MASK} ได้เลย"

    def test_what_stands_nowhere_is_said_at_once(self, held, desk_of):
        at = f"/entries/{held.number}/blackout"
        answer = send(desk_of(factories.facilitator()), at, phrase="ไม่มีอยู่", reason="ลอง")
        assert answer.status_code == 422


def test_a_red_link_says_that_nobody_has_written_the_page_and_what_one_can_do(author, desk_of):
    reader, writer = (desk_of(who).get("/pages/ยังไม่มี") for who in (None, author))
    assert reader.status_code == writer.status_code == 404
    for answer in (reader, writer):
        assert "ยังไม่มีใครเขียนหน้านี้" in answer.text
    assert "เข้าสู่ระบบแล้วเริ่มเขียนได้" in reader.text
    assert "/write/page?title=" in writer.text
    assert "ยังไม่มีใครเขียนหน้านี้" not in desk_of(None).get("/posts/99999999").text
