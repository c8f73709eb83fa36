"""What the writing form offers while somebody types, and the weight of its scripts."""

from __future__ import annotations

import gzip
from urllib.parse import urlencode

import pytest

from app.db import db
from app.models import Entry
from app.vocabulary import Status
from app.web import static_files
from tests import factories
from tests.web.test_writing import begun

#: What the editor may weigh on the wire: a phone on a slow line fetches it once.
MOST_BYTES = 25_000
SCRIPTS = ("editor.js", "editor.css", "files.js", "keeping.js", "uploads.js")


@pytest.fixture
def writer(app):
    return factories.writer(username="writes-here", name="ตัวอย่าง คนเขียน")


@pytest.fixture
def desk(client, sign_in, writer):
    return sign_in(client, writer)


def offered(desk, kind: str, text: str, **more: object) -> list[dict[str, str]]:
    answer = desk.get("/write/suggest?" + urlencode({"kind": kind, "q": text, **more}))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    lines: list[dict[str, str]] = answer.get_json()["lines"]
    return lines


def texts(lines: list[dict[str, str]]) -> list[str]:
    return [line["text"] for line in lines]


class TestWhoIsOffered:
    @pytest.mark.parametrize("kind", ["link", "alike", "tag"])
    @pytest.mark.parametrize("status", [Status.DRAFT, Status.HIDDEN, Status.BINNED])
    def test_what_another_keeps_from_readers_is_never_offered(self, desk, kind, status):
        factories.post(title="ปุ๋ยหมักลับ", status=status, tags=("ปุ๋ยหมักลับ",))
        assert offered(desk, kind, "ปุ๋ยหมักลับ") == []

    def test_what_is_public_is_offered_a_moment_later(self, desk):
        factories.post(title="ปุ๋ยหมักบ้านคีรี", tags=("ปุ๋ยหมัก",))
        assert texts(offered(desk, "link", "ปุ๋ยหมัก")) == ["ปุ๋ยหมักบ้านคีรี"]
        assert texts(offered(desk, "alike", "ปุ๋ยหมักที่บ้านคีรี")) == ["ปุ๋ยหมักบ้านคีรี"]
        assert texts(offered(desk, "tag", "ปุ๋ย")) == ["ปุ๋ยหมัก"]

    def test_ones_own_draft_is_a_like_named_text_but_not_the_one_being_written(self, desk, writer):
        mine = factories.post(writer, title="ปุ๋ยหมักบ้านคีรี", status=Status.DRAFT)
        assert texts(offered(desk, "alike", "ปุ๋ยหมักบ้านคีรี")) == ["ปุ๋ยหมักบ้านคีรี"]
        assert offered(desk, "alike", "ปุ๋ยหมักบ้านคีรี", but=mine.number) == []
        assert offered(desk, "link", "ปุ๋ยหมัก") == [], "others could not follow the link"

    def test_a_stranger_is_asked_to_log_in_and_a_member_may_not(self, app, sign_in):
        factories.post(title="ปุ๋ยหมักบ้านคีรี")
        address = "/write/suggest?" + urlencode({"kind": "link", "q": "ปุ๋ย"})
        stranger = app.test_client().get(address)
        assert stranger.status_code == 302
        assert "/account/login" in stranger.headers["Location"]
        member = sign_in(app.test_client(), factories.user()).get(address)
        assert member.status_code == 403
        for answer in (stranger, member):
            assert "บ้านคีรี" not in answer.text

    def test_a_kind_that_there_is_not_is_missing(self, desk):
        assert desk.get("/write/suggest?kind=password&q=a").status_code == 404


class TestWhatIsInserted:
    def test_a_link_leads_to_the_page_that_was_chosen(self, desk):
        """Two pages of one title, and a title with a sign of the link itself."""
        one = factories.post(title="ปุ๋ยหมัก")
        assert offered(desk, "link", "ปุ๋ยหมัก")[0]["insert"] == "[[ปุ๋ยหมัก]]"
        factories.post(title="ปุ๋ยหมัก")
        both = {line["insert"] for line in offered(desk, "link", "ปุ๋ยหมัก")}
        assert len(both) == 2
        assert any(f"/posts/{one.number}" in text or text == "[[ปุ๋ยหมัก]]" for text in both)
        factories.post(title="ถัง [สีฟ้า]")
        assert offered(desk, "link", "ถัง")[0]["insert"].startswith(r"[ถัง \[สีฟ้า\]](/posts/")

    def test_people_are_found_by_name_or_user_name(self, desk):
        for typed in ("writes", "คนเขียน"):
            assert [line["insert"] for line in offered(desk, "person", typed)] == ["@writes-here"]
        factories.user(username="ชื่อไทย", name="ตัวอย่าง ชื่อไทย")
        assert offered(desk, "person", "ชื่อไทย")[0]["insert"].startswith("[ตัวอย่าง ชื่อไทย](/people/")


class TestPreviewAlone:
    def test_it_is_a_part_of_a_page_and_stores_nothing(self, desk):
        sent = begun(desk, "story", title="เช้านี้", body="**ฝนตก**", action="preview")
        answer = desk.post("/write/story", data={**sent, "only": "preview"})
        assert answer.status_code == 200
        assert "<strong>ฝนตก</strong>" in answer.text
        assert 'class="preview"' in answer.text
        for part in ("<html", "<form", "<script", sent["csrf_token"][0]):
            assert part not in answer.text
        assert db.session.scalar(db.select(Entry)) is None

    def test_what_cannot_be_taken_is_named_in_place_of_the_page(self, desk):
        sent = begun(desk, "lesson", years="สมัยก่อน", action="preview", only="preview")
        answer = desk.post("/write/lesson", data=sent)
        assert answer.status_code == 422
        assert "error-summary" in answer.text and "#f-years" in answer.text
        assert "<html" not in answer.text


def test_the_editor_weighs_little():
    files = [static_files.served_text(static_files.FOLDER / name) for name in SCRIPTS]
    assert sum(len(gzip.compress(one, mtime=0)) for one in files) <= MOST_BYTES
