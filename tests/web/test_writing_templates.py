"""Beginning a new text from one that the writer marked as a template."""

from __future__ import annotations

import pytest

from app.services import beginning, lifecycle
from app.vocabulary import Status
from tests import factories
from tests.web.test_writing import fields_of


@pytest.fixture
def writer(app):
    return factories.writer()


@pytest.fixture
def desk(client, sign_in, writer):
    return sign_in(client, writer)


def begun_from(desk, what: str, number: int) -> dict[str, list[str]]:
    answer = desk.get(f"/write/{what}?template={number}")
    assert answer.status_code == 200
    return fields_of(answer.get_data(as_text=True))


def mark(desk, number: int, removal: str = "", **how):
    """Press the button at the text."""
    token = fields_of(desk.get("/write/post").text)["csrf_token"]
    address = f"/entries/{number}/template{removal}"
    return desk.post(address, data={"csrf_token": token}, **how)


def test_a_lesson_begins_from_a_template_without_what_belongs_to_its_time(desk, writer):
    old = factories.lesson(writer, title="ประชุมกลุ่มประจำเดือน", years=(2549,))
    assert mark(desk, old.number).status_code == 302
    page = desk.get("/write").get_data(as_text=True)
    assert f"/write/lesson?template={old.number}" in page

    fields = begun_from(desk, "lesson", old.number)
    assert fields["title"] == ["ประชุมกลุ่มประจำเดือน"]
    assert fields["box_goal"][0].strip()
    assert fields["points-0-text"][0].strip()
    assert fields["points-0-source"] == [""]
    assert fields["base"] == ["0"]
    assert fields["tellers"] == [""]


def test_a_story_begins_from_a_template_of_its_own_kind_alone(desk, writer):
    old = factories.post(writer, title="บันทึกรายวัน", body="เช้า\n\nเย็น")
    mark(desk, old.number)
    assert begun_from(desk, "post", old.number)["body"][0].strip() == "เช้า\n\nเย็น"
    assert begun_from(desk, "page", old.number)["body"][0].strip() == ""


def test_a_template_is_its_writers_own(app, desk, writer, sign_in):
    old = factories.post(writer, title="แบบของฉัน", body="ลับ", status=Status.DRAFT)
    mark(desk, old.number)
    other = sign_in(app.test_client(), factories.writer())
    assert "แบบของฉัน" not in other.get("/write").get_data(as_text=True)
    assert begun_from(other, "post", old.number)["body"][0].strip() == ""
    assert mark(other, old.number).status_code == 404


def test_a_mark_taken_away_or_a_text_in_the_bin_is_offered_no_more(desk, writer):
    old = factories.post(writer, title="แบบเก่า")
    kept = factories.post(writer, title="แบบที่ใช้อยู่")
    for one in (old, kept):
        mark(desk, one.number)
        mark(desk, one.number)
    mark(desk, old.number, "/removal")
    page = desk.get("/write").get_data(as_text=True)
    assert f"template={old.number}" not in page
    assert page.count(f"template={kept.number}") == 1
    lifecycle.bin_entry(writer, kept)
    assert f"template={kept.number}" not in desk.get("/write").get_data(as_text=True)


def test_a_list_of_templates_stays_a_choice(desk, writer):
    for _ in range(beginning.MOST):
        beginning.mark(writer, factories.post(writer))
    answer = mark(desk, factories.post(writer).number, follow_redirects=True)
    assert "แม่แบบครบ" in answer.get_data(as_text=True)
