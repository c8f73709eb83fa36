"""Earlier versions as the newest, single edits taken back, and the choice between two texts."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from app.db import db
from app.services import drafts, writing
from app.services.history import newest_revision, revision_at
from app.vocabulary import Status
from tests import factories
from tests.web.test_writing import fields_of

TEXT = "เช้าวันพุธเราคุยกัน\n\nแล้วเดินดูแปลงผัก"


@pytest.fixture
def writer(app):
    return factories.writer()


@pytest.fixture
def desk(client, sign_in, writer):
    return sign_in(client, writer)


@pytest.fixture
def page(writer):
    return factories.page(writer, body=TEXT)


def save(page, body: str, base: int):
    draft = drafts.draft_of_revision(page, revision_at(page, base))
    writing.save(factories.writer(), page, replace(draft, body=body), base=base)


def pressed(desk, path: str, **typed):
    token = re.search(r'name="csrf_token" value="([^"]*)"', desk.get(path).text)
    assert token is not None
    return desk.post(path, data={"csrf_token": token[1], **typed})


def body_of(page) -> str:
    db.session.expire_all()
    return page.body


class TestGoingBack:
    def test_a_version_that_lacks_something_stands_in_the_form_to_be_filled_up(self, desk, writer):
        lesson = factories.lesson(writer, status=Status.DRAFT, body="## เป้าหมาย\n\nน้ำพอทั้งปี")
        whole = replace(drafts.draft_of(lesson), body=factories.lesson_body())
        writing.save(writer, lesson, whole, base=1)
        writing.publish(writer, lesson)
        path = f"/lessons/{lesson.number}/{lesson.slug}/revisions/1/restore"

        answer = pressed(desk, path, note="ของเดิมดีกว่า")
        assert answer.status_code == 422
        assert "เติมให้ครบแล้วกดเก็บ" in answer.text
        typed = fields_of(answer.text)
        assert typed["box_goal"] == ["น้ำพอทั้งปี"]
        assert typed["box_results"] == [""]
        assert "ของเดิมดีกว่า" in typed["note"][0]
        assert body_of(lesson) == whole.body, "nothing is stored yet"

        boxes = {
            name: ["ใส่แล้ว"] for name in typed if name.startswith("box_") and typed[name] == [""]
        }
        filled = {"action": "save", "points-0-text": "เก็บน้ำฝน", "points-0-source": "จากคำบอกเล่า"}
        edit = f"/lessons/{lesson.number}/{lesson.slug}/edit"
        assert desk.post(edit, data=typed | boxes | filled).status_code == 302
        assert "น้ำพอทั้งปี" in body_of(lesson) and lesson.revision_number == 3

    def test_a_version_is_shown_before_it_becomes_the_newest(self, desk, page):
        save(page, TEXT.replace("วันพุธ", "วันศุกร์"), 1)
        path = f"/pages/{page.page_slug}/revisions/1/restore"
        asked = desk.get(path).text
        assert "ศุกร์</del>" in asked and "พุธ</ins>" in asked
        assert newest_revision(page).number == 2

        assert pressed(desk, path, note="เขาจำวันผิด").status_code == 302
        assert body_of(page) == TEXT
        assert newest_revision(page).note == "กลับไปใช้ฉบับที่ 1 · เขาจำวันผิด"
        assert "revisions/2/restore" in desk.get(f"/pages/{page.page_slug}/history").text

    def test_an_edit_is_undone_and_later_ones_stay(self, desk, page):
        wrong = TEXT.replace("วันพุธ", "วันศุกร์")
        save(page, wrong, 1)
        save(page, wrong + "\n\nเย็นทำบัญชี", 2)
        answer = pressed(desk, f"/pages/{page.page_slug}/revisions/2/undo")
        assert answer.status_code == 302
        assert body_of(page) == TEXT + "\n\nเย็นทำบัญชี"

    def test_an_edit_that_was_built_on_is_offered_with_both_texts(self, desk, page):
        save(page, TEXT.replace("แปลงผัก", "โรงงาน"), 1)
        save(page, TEXT.replace("แปลงผัก", "โรงสี"), 2)
        answer = pressed(desk, f"/pages/{page.page_slug}/revisions/2/undo")
        assert answer.status_code == 409
        assert "โรงสี" in answer.text and "แปลงผัก" in answer.text
        assert newest_revision(page).number == 3

        back = {**fields_of(answer.text), "action": "settle", "passage-0": "mine"}
        path = f"/pages/{page.page_slug}/edit"
        assert desk.post(path, data=back).status_code == 302
        assert body_of(page) == TEXT

    @pytest.mark.parametrize("deed", ["restore", "undo"])
    def test_only_who_may_edit_is_asked(self, client, sign_in, page, deed):
        save(page, "ใหม่", 1)
        path = f"/pages/{page.page_slug}/revisions/2/{deed}"
        assert client.get(path).status_code == 302  # to the log-in
        sign_in(client, factories.user())
        assert client.get(path).status_code == 403
        assert client.post(path).status_code in (400, 403)
        assert newest_revision(page).number == 2

    @pytest.mark.parametrize("way", ["9/restore", "1/undo"])
    def test_what_is_not_there_cannot_be_gone_back_to(self, desk, page, way):
        assert desk.get(f"/pages/{page.page_slug}/revisions/{way}").status_code == 404

    def test_a_public_lesson_stays_complete(self, desk, writer):
        entry = factories.lesson(
            writer, body=factories.lesson_body(results=""), status=Status.DRAFT
        )
        path = f"/lessons/{entry.number}/{entry.slug}"
        form = fields_of(desk.get(f"{path}/edit").text)
        form |= {"box_results": ["ได้สิบบ้าน"], "action": ["publish"]}
        assert desk.post(f"{path}/edit", data=form).status_code == 302
        answer = pressed(desk, f"{path}/revisions/1/restore")
        assert answer.status_code == 422
        assert "notice-bad" in answer.text
        assert "ได้สิบบ้าน" in body_of(entry)


class TestChoosing:
    """Both changed one sentence: theirs, mine or both, by a radio button."""

    MINE, THEIRS = TEXT.replace("วันพุธ", "วันศุกร์"), TEXT.replace("วันพุธ", "วันอาทิตย์")

    @pytest.fixture
    def offered(self, desk, page):
        """(address, fields) of the form that came back after a conflict."""
        path = f"/pages/{page.page_slug}/edit"
        form = fields_of(desk.get(path).text)
        save(page, self.THEIRS, 1)
        answer = desk.post(path, data={**form, "body": self.MINE, "action": "save"})
        assert answer.status_code == 409
        assert re.findall(r'name="passage-0" value="(\w+)"', answer.text) == [
            *("theirs", "mine", "both")
        ]
        return path, fields_of(answer.text)

    @pytest.mark.parametrize(
        ("choice", "text"),
        [
            ("mine", MINE),
            ("theirs", THEIRS),
            ("both", THEIRS.replace("\n\n", "\n\nเช้าวันศุกร์เราคุยกัน\n\n")),
        ],
    )
    @pytest.mark.parametrize("button", ["settle", "save"])
    def test_a_choice_is_what_either_button_saves(self, desk, page, offered, choice, text, button):
        path, form = offered
        answer = desk.post(path, data={**form, "action": button, "passage-0": choice})
        assert answer.status_code == 302
        assert body_of(page) == text

    def test_a_choice_leaves_what_was_typed_elsewhere(self, desk, page, offered):
        path, form = offered
        typed = f"{form['body'][0]}\n\nเย็นทำบัญชี"
        sent = {**form, "body": typed, "action": "settle", "passage-0": "theirs"}
        assert desk.post(path, data=sent).status_code == 302
        assert body_of(page) == f"{self.THEIRS}\n\nเย็นทำบัญชี"

    def test_a_passage_chosen_and_typed_over_is_asked_about_again(self, desk, page, offered):
        path, form = offered
        typed = form["body"][0].replace("วันศุกร์", "วันพระ")
        sent = {**form, "body": typed, "action": "settle", "passage-0": "theirs"}
        answer = desk.post(path, data=sent)
        assert answer.status_code == 422
        assert fields_of(answer.text)["body"] == [typed]
        assert 'value="theirs" checked' in answer.text
        assert "“ใช้ของฉัน”" in answer.text
        assert body_of(page) == self.THEIRS
        assert desk.post(path, data={**sent, "passage-0": "mine"}).status_code == 302
        assert body_of(page) == typed
