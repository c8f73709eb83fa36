"""A shared text in the browser: proposals, titles, locks, undoing, kinds and talk."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db import db
from app.models import Entry, Notice, Revision, User
from app.queries import entries as entry_queries
from app.services import comments, drafts, limiting, posts, worker
from app.vocabulary import EntryKind, LimitedTo, NoticeKind
from tests import factories

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


def save(actor: User, entry: Entry, **changed: str) -> None:
    draft = replace(drafts.draft_of(entry), **changed)
    posts.save(actor, entry, draft, base=entry.revision_number)


def fresh(entry: Entry) -> Entry:
    db.session.expire_all()
    found = db.session.get(Entry, entry.id)
    assert found is not None
    return found


def newest(entry: Entry) -> Revision:
    return entry_queries.revision_of(entry, fresh(entry).revision_number)


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

    def test_it_is_not_offered_where_somebody_built_on_it_and_nobody_else_may_press_it(
        self, author, page, desk_of
    ):
        other = factories.writer()
        save(other, page, body="หนึ่ง")
        undo = self.undoing(author)
        save(other, page, body="สอง")
        keeper = desk_of(author)
        assert f'action="{undo}"' not in keeper.get("/notifications").text
        late = send(keeper, "/notifications", undo)
        assert late.status_code == 302 and "compare?from=1" in late.headers["Location"]
        assert send(desk_of(other), "/account", undo).status_code == 404
        assert fresh(page).body == "สอง"


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

    send(desk_of(author), form, kind="post")
    assert reader.get(slug).headers["Location"] == f"/posts/{number}"
    assert "เคยไปมาแล้ว" in reader.get(f"/posts/{number}").text


def test_a_post_that_lacks_what_a_lesson_needs_stays_a_post_and_says_so(author, desk_of):
    post = factories.post(author)
    answer = send(desk_of(author), f"/entries/{post.number}/kind", kind="lesson")
    assert answer.status_code == 422 and f"/posts/{post.number}/edit" in answer.text
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
