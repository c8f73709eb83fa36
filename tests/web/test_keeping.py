"""The server's side of "nothing typed is lost": what static/keeping.js is answered."""

from __future__ import annotations

import re

import pytest

from app.db import db
from app.models import Autosave, Entry
from app.services import autosaves, lifecycle, limiting, presence, rights
from app.vocabulary import LimitedTo
from tests import factories
from tests.support.sql import sql_statements

SECRET = "ความลับที่ยังไม่ได้เก็บ"


@pytest.fixture
def writer(app):
    return factories.writer()


@pytest.fixture
def desk(client, sign_in, writer):
    return sign_in(client, writer)


def token_of(client) -> dict[str, str]:
    """The header that keeping.js sends, from a page that this browser was shown."""
    seen = client.get("/account/login", follow_redirects=True).text
    state = client.get("/write/kept")
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', seen)
    return {"X-CSRFToken": state.json["csrf"] if state.status_code == 200 else found[1]}


def copy_of(user, **changed):
    return {
        "user": str(user.id),
        "base": "0",
        "fields": [["title", "โอ่ง"], ["body", SECRET]],
    } | changed


def count() -> int:
    db.session.rollback()
    return db.session.scalar(db.select(db.func.count()).select_from(Autosave)) or 0


def test_a_kept_text_is_offered_and_brought_back_to_its_writer_alone(app, desk, writer, sign_in):
    answer = desk.put("/write/kept/story", json=copy_of(writer), headers=token_of(desk))
    assert answer.status_code == 200
    assert set(answer.json) == {"at"}

    assert "kept=1" in desk.get("/write/story").text
    assert SECRET in desk.get("/write/story?kept=1").text
    for other in (factories.writer(), factories.admin()):
        theirs = sign_in(app.test_client(), other)
        assert "kept=1" not in theirs.get("/write/story").text
        assert SECRET not in theirs.get("/write/story?kept=1").text
        assert theirs.post("/write/kept/story/removal", headers=token_of(theirs)).status_code == 302
    assert count() == 1


def test_several_new_texts_of_one_kind_are_offered_each_by_itself(desk, writer):
    for token, body in (("a" * 24, "ของเก่า"), ("b" * 24, "ของใหม่")):
        fields = [["body", body], ["token", token]]
        copy = copy_of(writer, fields=fields)
        desk.put(f"/write/kept/story:{token}", json=copy, headers=token_of(desk))

    offered = desk.get("/write/story").text
    assert offered.index("kept=" + "b" * 24) < offered.index("kept=" + "a" * 24)
    for token, body in (("a" * 24, "ของเก่า"), ("b" * 24, "ของใหม่")):
        taken = desk.get(f"/write/story?kept={token}").text
        assert f'data-keep="{writer.id}:story:{token}"' in taken
        assert body in taken

    desk.post(f"/write/kept/story:{'a' * 24}/removal", headers=token_of(desk))
    assert [one.form for one in autosaves.all_of(writer)] == [f"story:{'b' * 24}"]


def test_several_texts_of_one_entry_lie_side_by_side_and_a_save_takes_its_own(desk, writer):
    """Whoever passes over an older text and writes a new one loses neither."""
    entry = factories.page(writer, title="คลองหน้าบ้าน")
    path = f"/pages/{entry.page_slug}/edit"
    for token, body in (("a" * 24, "ของเก่า"), ("b" * 24, "ของใหม่")):
        copy = copy_of(writer, fields=[["body", body], ["token", token], ["base", "1"]])
        form = f"{entry.number}:{token}"
        assert desk.put(f"/write/kept/{form}", json=copy, headers=token_of(desk)).status_code == 200

    shown = desk.get(path).text
    assert shown.index("kept=" + "b" * 24) < shown.index("kept=" + "a" * 24)
    taken = desk.get(f"{path}?kept={'b' * 24}").text
    assert f'data-keep="{writer.id}:{entry.number}:{"b" * 24}"' in taken and "ของใหม่" in taken
    assert "ของเก่า" not in taken

    sent = {"title": entry.title, "body": "ของใหม่", "token": "b" * 24, "base": "1"}
    answer = desk.post(path, data=sent | {"action": "save"}, headers=token_of(desk))
    assert answer.status_code == 302
    shown = desk.get(path).text
    assert "kept=" + "a" * 24 in shown and "kept=" + "b" * 24 not in shown
    taken = desk.get(f"{path}?kept={'a' * 24}").text
    assert "ของเก่า" in taken and 'name="base" value="1"' in taken


def test_the_page_of_drafts_lists_what_was_kept_by_itself(app, desk, writer, sign_in):
    entry = factories.post(writer, title="เรื่องของบ้าน")
    assert "?kept=" not in desk.get("/drafts").text
    desk.put("/write/kept/quick:t1", json=copy_of(writer), headers=token_of(desk))
    desk.put(
        f"/write/kept/{entry.number}",
        json=copy_of(writer, fields=[["title", "แก้ไว้"]], base="1"),
        headers=token_of(desk),
    )

    shown = desk.get("/drafts").text

    assert "โอ่ง" in shown
    assert "/write/quick?kept=t1" in shown
    assert "/write/kept/quick:t1/removal" in shown
    assert "แก้ไว้ในร่าง ยังไม่อยู่ในเรื่อง" in shown
    assert f"/posts/{entry.number}/edit?kept=1" in shown
    assert "ไม่มีร่าง" not in shown
    assert "?kept=" not in sign_in(app.test_client(), factories.writer()).get("/drafts").text


def test_a_text_of_a_page_that_was_locked_since_is_listed_shown_and_proposed(
    app, desk, writer, sign_in
):
    """The phone is gone; the server has the text, and its writer may not edit any more."""
    page = factories.page(factories.writer(), title="สูตรปุ๋ย")
    form, words = f"{page.number}:{'t' * 24}", "พิมพ์มาทั้งเย็น"
    fields = [("title", "สูตรใหม่"), ("body", words), ("token", "t" * 24), ("note", "แก้สูตร")]
    autosaves.keep(writer, form, fields, entry=page, base=1)
    limiting.limit(factories.facilitator(), page, to=LimitedTo.FACILITATORS, reason="ทะเลาะกัน")

    listed = desk.get("/drafts").text
    assert "สูตรใหม่" in listed and f"/drafts/{form}" in listed and "edit?kept=" not in listed
    shown = desk.get(f"/drafts/{form}")
    assert shown.status_code == 200
    for said in ("สูตรใหม่", words, "แก้สูตร", "ทะเลาะกัน"):
        assert said in shown.text
    stranger = sign_in(app.test_client(), factories.admin())
    assert stranger.get(f"/drafts/{form}").status_code == 404

    carried = re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', shown.text)
    to = f"/pages/{page.page_slug}/proposals/new"
    opened = desk.post(to, data=dict(carried) | {"base": "1"}, headers=token_of(desk))
    assert ("carried", "1") in carried and ("base", "1") in carried
    assert opened.status_code == 200 and f"{words}</textarea>" in opened.text
    sent = dict(fields) | {"base": "1"}
    answer = desk.post(to, data=sent, headers=token_of(desk))
    assert answer.status_code == 302
    assert words in desk.get(answer.headers["Location"]).text
    assert autosaves.all_of(writer) == []


def test_a_text_of_a_form_that_is_open_is_shown_in_its_form(desk, writer):
    entry = factories.post(writer)
    autosaves.keep(writer, str(entry.number), [("body", "ใหม่")], entry=entry, base=1)
    answer = desk.get(f"/drafts/{entry.number}")
    assert answer.headers["Location"].endswith(f"/posts/{entry.number}/edit?kept=1")
    assert desk.get("/drafts/story:none").status_code == 404


def test_a_text_stays_in_reach_of_whoever_lost_the_right_or_the_sight(desk, writer):
    """Nothing of the entry is told to who may not read it; what they typed is theirs."""
    page = factories.page(factories.writer(), title="ชื่อลับไปแล้ว")
    autosaves.keep(writer, str(page.number), [("body", "ที่พิมพ์ไว้")], entry=page, base=1)
    autosaves.keep(writer, "story:t1", [("title", "เรื่องใหม่")])
    lifecycle.hide(factories.moderator(), page, reason="รอตรวจ")
    for one in list(writer.grants):
        rights.revoke(factories.admin(), writer, one.right, community=one.community)

    listed = desk.get("/drafts").text
    assert "ที่พิมพ์ไว้" in listed and "เรื่องใหม่" in listed
    assert "ชื่อลับไปแล้ว" not in listed
    shown = desk.get(f"/drafts/{page.number}").text
    assert "ที่พิมพ์ไว้" in shown and "ชื่อลับไปแล้ว" not in shown and "proposals/new" not in shown
    assert "เรื่องใหม่" in desk.get("/drafts/story:t1").text


def test_the_page_of_drafts_asks_as_often_for_many_kept_texts_as_for_two(desk, writer):
    def keep_more(count: int) -> None:
        for _each in range(count):
            entry = factories.post(writer)
            autosaves.keep(writer, str(entry.number), [("body", "ยังไม่บันทึก")], entry=entry, base=1)
            autosaves.keep(writer, f"post:{entry.number}", [("body", "เรื่องใหม่")])

    def asked() -> int:
        with sql_statements() as sent:
            assert desk.get("/drafts").status_code == 200
        return len(sent)

    keep_more(2)
    asked()  # what is read once for the site
    few = asked()
    keep_more(6)
    # Twelve more texts; now and then the site itself asks for one thing more.
    assert min(asked() for _ in range(3)) <= few + 1


def test_a_stranger_keeps_and_learns_nothing(client, writer):
    assert (
        client.put("/write/kept/story", json=copy_of(writer), headers=token_of(client)).status_code
        == 401
    )
    assert client.get("/write/kept").status_code == 401
    assert count() == 0


def test_a_page_of_somebody_else_on_this_device_is_not_kept_under_this_name(desk):
    answer = desk.put("/write/kept/story", json=copy_of(factories.writer()), headers=token_of(desk))

    assert answer.status_code == 403
    assert count() == 0


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ([["body", "ก" * (autosaves.MOST_BYTES // 3 + 1)]], 413),
        ([["tags", "น้ำ"]] * (autosaves.MOST_FIELDS + 1), 413),
        ([["<b>", "คำ"]], 422),
        ([["body"]], 422),
        ([["body", 1]], 422),
        ("body", 422),
        (None, 422),
    ],
)
def test_what_no_form_holds_is_refused_in_json(desk, writer, fields, status):
    answer = desk.put(
        "/write/kept/story", json=copy_of(writer, fields=fields), headers=token_of(desk)
    )

    assert answer.status_code == status
    assert "error" in answer.json
    assert count() == 0


def test_a_text_locked_while_somebody_writes_is_told_from_another_writer(desk, writer):
    page = factories.page(factories.writer(), title="คลองหน้าบ้าน")
    where, copy = f"/write/kept/{page.number}", copy_of(writer, base="1")
    assert desk.put(where, json=copy, headers=token_of(desk)).status_code == 200
    limiting.limit(factories.facilitator(), page, to=LimitedTo.FACILITATORS, reason="รอตรวจ")

    answer = desk.put(where, json=copy, headers=token_of(desk))

    assert answer.status_code == 423
    assert answer.json["error"]["code"] == "closed"
    assert count() == 1  # what was kept before stays


@pytest.mark.parametrize("form", ["9" * 20, "9" * 5000, "٣", "note:" + "x" * 300])
def test_a_form_that_no_text_has_is_refused(desk, writer, form):
    answer = desk.put(f"/write/kept/{form}", json=copy_of(writer), headers=token_of(desk))

    assert answer.status_code == 422
    assert count() == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null"])
def test_what_is_no_copy_is_refused(desk, body):
    answer = desk.put(
        "/write/kept/story", data=body, content_type="application/json", headers=token_of(desk)
    )
    assert answer.status_code == 422


def test_a_save_removes_the_kept_text_and_a_second_try_finds_the_first(desk, writer):
    own, other = f"story:{'t' * 24}", f"story:{'u' * 24}"
    for form in (own, other):
        desk.put(f"/write/kept/{form}", json=copy_of(writer), headers=token_of(desk))
    sent = {
        "title": "โอ่ง",
        "body": SECRET,
        "communities": "tambon-bang-chak",
        "token": "t" * 24,
        "press": "p1",
        "base": "0",
        "action": "draft",
    }
    asked = f"/write/kept?token={'t' * 24}&press="
    assert desk.get(asked + "p1").json["arrived"] is False

    for _try in range(2):
        assert desk.post("/write/story", data=sent, headers=token_of(desk)).status_code == 302

    assert [one.form for one in autosaves.all_of(writer)] == [other]
    assert len(list(db.session.scalars(db.select(Entry).where(Entry.title == "โอ่ง")))) == 1
    assert desk.get(asked + "p1").json["arrived"] is True
    assert desk.get(asked + "p2").json["arrived"] is False


def test_the_page_without_a_line_and_the_worker_hold_nothing_of_anybody(client):
    page, worker = client.get("/write/offline"), client.get("/sw.js")

    assert "data-no-line" in page.text
    for answer in (page, worker):
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert "csrf_token" not in answer.text


def test_who_types_is_named_to_others_until_the_form_is_left(app, desk, writer, sign_in):
    other = factories.writer()
    entry = factories.page(writer)
    sent = copy_of(writer, base="1")
    assert (
        desk.put(f"/write/kept/{entry.number}", json=sent, headers=token_of(desk)).status_code
        == 200
    )
    assert [one.user_id for one in presence.others(other, entry)] == [writer.id]

    left = desk.post(f"/write/kept/{entry.number}/leaving", headers=token_of(desk))

    assert left.status_code == 204
    assert presence.others(other, entry) == []
