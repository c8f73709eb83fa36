"""The server's side of "nothing typed is lost": what static/keeping.js is answered."""

from __future__ import annotations

import re

import pytest

from app.db import db
from app.models import Autosave, Entry
from app.services import autosaves
from tests import factories

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


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null"])
def test_what_is_no_copy_is_refused(desk, body):
    answer = desk.put(
        "/write/kept/story", data=body, content_type="application/json", headers=token_of(desk)
    )
    assert answer.status_code == 422


def test_a_save_removes_the_kept_text_and_a_second_try_finds_the_first(desk, writer):
    desk.put("/write/kept/story", json=copy_of(writer), headers=token_of(desk))
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

    assert count() == 0
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
