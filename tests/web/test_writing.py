"""Writing without JavaScript: what is sent, what is stored, what comes back."""

from __future__ import annotations

import re
import threading
from dataclasses import replace

import pytest

from app.clock import now
from app.db import db, transaction
from app.models import Entry, EntryUpload, Revision, Upload, User
from app.services import autosaves, converting, lifecycle, previewing, rule_books, writing
from app.services.drafts import MOST_BODY, Draft
from app.text import lesson as lesson_text
from app.vocabulary import (
    EntryKind,
    LessonForm,
    PhotoConsent,
    Status,
    StepState,
    UploadKind,
    UploadState,
)
from tests import factories

TYPED = {
    "title": "ทำปุ๋ยหมักให้ได้ทุกบ้าน",
    "communities": "tambon-bang-chak",
    "programs": "own-work",
    "years": "2549",
    "rows": ["points", "principles", "steps"],
    "box_context": "ปุ๋ยแพง",
    "box_goal": "อยากให้ทุกบ้านทำเอง",
    "box_actions": "นัดกันเดือนละครั้ง",
    "box_results": "ทำได้ประมาณสิบบ้าน",
    "box_learned": "",
    "box_next": "ข้อเสนอแนะของเรา",
    "points-0-id": "",
    "points-0-text": "กองปุ๋ยไว้ใกล้ครัว",
    "points-0-source": "จากคำบอกเล่า",
}


@pytest.fixture
def writer(app):
    return factories.writer()


@pytest.fixture
def desk(client, sign_in, writer):
    """A browser in which a writer of ต.บางจาก is logged in."""
    return sign_in(client, writer)


def fields_of(html: str) -> dict[str, list[str]]:
    """Fields of the writing form as a browser would send them again."""
    form = re.search(r'<form class="form form-wide".*?</form>', html, re.S)
    assert form is not None
    text = re.sub(r"<template.*?</template>", "", form[0], flags=re.S)
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", text):
        values = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if values.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        if "name" in values:
            found.setdefault(values["name"], []).append(values.get("value", ""))
    for name, typed in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', text, re.S
    ):
        found.setdefault(name, []).append(typed)
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', text, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found.setdefault(name, []).append(chosen[1] if chosen else "")
    return found


def begun(desk, what: str, **changed) -> dict[str, object]:
    """TYPED in a new form of that kind, with the form's own tokens."""
    form = fields_of(desk.get(f"/write/{what}").text)
    return {**TYPED, "token": form["token"], "csrf_token": form["csrf_token"], **changed}


def sent_from(desk, path: str, **changed) -> dict[str, object]:
    """The form at ``path`` as a browser sends it, with what was changed in it."""
    return {**fields_of(desk.get(path).text), **changed}


def photo_of(owner: User) -> Upload:
    """A photo that ``owner`` has sent."""
    with transaction() as session:
        made = Upload(
            owner_id=owner.id,
            token="photo",
            kind=UploadKind.PHOTO,
            state=UploadState.READY,
            name="photo.jpg",
            size=1,
            consent=PhotoConsent.YES,
            created_at=now(),
        )
        session.add(made)
    return made


def stored(title: str) -> Entry:
    found = db.session.scalar(db.select(Entry).where(Entry.title == title))
    assert found is not None
    return found


def send_rows(desk, sent: dict[str, object]) -> str:
    """The form again, after one of its row buttons."""
    return desk.post("/write/lesson", data=sent).text


def written(desk, **changed) -> Entry:
    """A draft lesson made by the form."""
    answer = desk.post("/write/lesson", data=begun(desk, "lesson", action="draft", **changed))
    assert answer.status_code == 302, answer.text
    return stored(str(changed.get("title", TYPED["title"])))


class TestGaps:
    """Publishing names everything that is missing and keeps what was typed."""

    def test_faults_and_gaps_are_named_in_one_answer(self, desk):
        sent = begun(desk, "lesson", action="publish", box_results="", years="ปีหน้า")
        sent |= {"points-0-text": "", "points-0-source": "", "principles-0-text": "ข้อสรุป"}
        page = desk.post("/write/lesson", data=sent).text
        assert re.search(r"ยังไม่ได้ใส่: [^<]*ผล[^<]*, ข้อเรียนรู้<", page), page
        assert "ข้อสรุปที่ 1 ยังไม่บอก" in page or "ยังไม่บอกว่าสรุปจากขุมความรู้ข้อใด" in page
        assert "“ปีหน้า”" in page

    def test_gaps_stand_in_the_order_of_the_page(self, desk):
        sent = begun(desk, "quick", action="publish", box_goal="", box_next="", title="")
        page = desk.post("/write/quick", data=sent).text
        summary = page[page.index("error-summary") :]
        links = re.findall(r'<a href="#f-([a-z_]+)"', summary[: summary.index("</ul>")])
        assert links == ["title", "box_goal", "box_strengths", "box_problems", "box_next"]
        assert summary.count("(ใส่ช่องนี้หรืออีกช่องก็พอ)") == 2

    @pytest.mark.parametrize(
        ("what", "emptied", "named"),
        [
            ("lesson", ("years", "box_actions"), "ยังไม่ได้ใส่: ปี, สิ่งที่ทำ"),
            ("lesson", ("communities",), "ยังไม่ได้ใส่: พื้นที่/ชุมชน"),
            ("lesson", ("programs",), "ยังไม่ได้ใส่: โครงการ/งาน"),
            ("lesson", ("points-0-text", "points-0-source"), "ยังไม่ได้ใส่: ข้อเรียนรู้"),
            ("lesson", ("title", "years"), "ยังไม่ได้ใส่: ชื่อบทเรียน, ปี"),
            ("quick", ("years",), "ยังไม่ได้ใส่: ปี, อะไรดีกว่าที่หวัง, อะไรยังไม่ถึงที่หวัง"),
        ],
    )
    def test_a_lesson_names_each_gap(self, desk, what, emptied, named):
        sent = begun(desk, what, action="publish")
        sent.update(dict.fromkeys(emptied, ""))
        if "communities" in emptied:
            del sent["communities"]
        if "programs" in emptied:
            del sent["programs"]
        answer = desk.post(f"/write/{what}", data=sent)
        assert answer.status_code == 422
        assert named in answer.text
        back = fields_of(answer.text)
        assert back["box_goal"] == [TYPED["box_goal"]]
        assert back["box_next"] == [TYPED["box_next"]]

    @pytest.mark.parametrize("lang", ["th", "en"])
    def test_each_language_asks_in_its_own_words_and_the_headings_stay(self, desk, lang):
        sent = begun(desk, "quick", action="publish", box_goal="")
        page = desk.post(f"/write/quick?lang={lang}", data=sent).text
        goal, learned = lesson_text.BOX["goal"], lesson_text.BOX["learned"]
        other = {"en": "th", "th": "en"}[lang]
        for said in (goal.question, goal.hint, learned.name, learned.group):
            assert said.of(lang) in page
            assert said.of(other) not in page
        assert f"## {learned.label}\n\n- {TYPED['points-0-text']}" in stored(TYPED["title"]).body

    def test_each_gap_leads_to_its_field(self, desk):
        sent = begun(desk, "lesson", years="", box_actions="", action="publish")
        page = desk.post("/write/lesson", data=sent).text
        for target in ("f-years", "f-box_actions"):
            assert f'href="#{target}"' in page
            assert re.search(rf'id="{target}"[^>]*aria-invalid="true"', page)

    def test_the_text_is_kept_as_a_draft_and_can_be_published_then(self, desk):
        sent = begun(desk, "lesson", years="", action="publish")
        answer = desk.post("/write/lesson", data=sent)
        assert "เก็บร่างแล้ว แต่ยังไม่ได้เผยแพร่" in answer.text
        entry = stored(TYPED["title"])
        assert entry.status is Status.DRAFT
        again = {**fields_of(answer.text), "years": "๒๕๔๙", "action": "publish"}
        answer = desk.post(f"/posts/{entry.number}/edit", data=again)
        assert answer.status_code == 302
        db.session.expire_all()
        assert (entry.status, list(entry.years)) == (Status.PUBLISHED, [2549])
        assert [part.anchor for part in entry.parts] == ["k1"]

    def test_a_published_lesson_stays_complete(self, desk, writer):
        entry = factories.lesson(writer)
        sent = {**fields_of(desk.get(f"/lessons/{entry.number}/{entry.slug}/edit").text)}
        sent.update({"box_goal": [""], "action": ["save"]})
        answer = desk.post(f"/lessons/{entry.number}/{entry.slug}/edit", data=sent)
        assert answer.status_code == 422
        assert "ยังไม่ได้ใส่: เป้าหมาย" in answer.text

    def test_a_post_needs_a_title_and_a_text(self, desk):
        sent = begun(desk, "story", title="", action="publish")
        answer = desk.post("/write/story", data=sent)
        assert answer.status_code == 422
        assert "ยังไม่ได้ใส่: ชื่อเรื่อง, เนื้อหา" in answer.text


class TestRows:
    """Rows are added, moved and removed by buttons that send the form."""

    def row_texts(self, html: str, name: str) -> list[str]:
        found = fields_of(html)
        return [v[0] for key, v in found.items() if re.fullmatch(rf"{name}-\d+-text", key)]

    @pytest.mark.parametrize(
        ("action", "after"),
        [
            ("points:add", ["ก", "ข", "ค", ""]),
            ("points:remove:1", ["ก", "ค"]),
            ("points:up:2", ["ก", "ค", "ข"]),
            ("points:up:0", ["ก", "ข", "ค"]),
            ("points:down:0", ["ข", "ก", "ค"]),
            ("points:down:2", ["ก", "ข", "ค"]),
            ("points:remove:99", ["ก", "ข", "ค"]),
            ("nonsense", ["ก", "ข", "ค"]),
        ],
    )
    def test_a_row_button(self, desk, action, after):
        rows = {f"points-{i}-text": text for i, text in enumerate("กขค")}
        sent = begun(desk, "lesson", **rows, row_action=action)
        answer = desk.post("/write/lesson", data=sent)
        assert answer.status_code == 200
        assert self.row_texts(answer.text, "points") == after
        back = fields_of(answer.text)
        assert back["box_results"] == [TYPED["box_results"]]
        assert back["years"] == ["2549"]
        assert db.session.scalar(db.select(Entry)) is None

    @pytest.mark.parametrize("what", ["post", "story", "quick", "lesson", "forum"])
    def test_a_row_button_that_the_form_does_not_have_changes_nothing(self, desk, what):
        sent = {"csrf_token": fields_of(desk.get(f"/write/{what}").text)["csrf_token"]}
        sent |= {"row_action": "points:add", "title": "โอ่ง"}
        answer = desk.post(f"/write/{what}", data=sent)
        assert answer.status_code == 200
        assert fields_of(answer.text)["title"] == ["โอ่ง"]
        assert self.row_texts(answer.text, "points") == []

    def test_a_stranger_who_proposes_has_no_row_buttons_either(self, client, writer):
        where = f"/posts/{factories.post(writer).number}/proposals/new"
        sent = fields_of(client.get(where).text) | {"row_action": "points:add", "title": ["โอ่ง"]}
        answer = client.post(where, data=sent)
        assert answer.status_code == 200
        assert fields_of(answer.text)["title"] == ["โอ่ง"]

    @pytest.mark.parametrize("sent_id", ["k1๒", "k٣", "k" + "9" * 5000, "K1", "ก"])
    def test_a_row_whose_number_is_none_gets_another(self, desk, sent_id):
        rows = {"points-0-id": sent_id, "points-1-id": "k12", "points-1-text": "ข้อสอง"}
        entry = written(desk, **rows)
        assert sorted(part.anchor for part in entry.parts) == ["k12", "k13"]
        assert sorted(part.id for part in lesson_text.parse(entry.body).parts) == ["k12", "k13"]

    def test_a_line_of_a_forum_whose_number_is_none_gets_another(self, desk):
        form = fields_of(desk.get("/write/forum").text)
        form |= {"title": "เวทีหมู่บ้าน", "groups-0-problems-0-id": "q1๒"}
        form |= {"groups-0-problems-0-text": "น้ำไม่พอ", "action": "draft"}
        desk.post("/write/forum", data=form)
        entry = db.session.scalars(db.select(Entry)).one()
        assert [part.anchor for part in entry.parts] == ["q1"]

    def test_a_gap_in_the_numbers_loses_no_row(self, desk):
        rows = {"points-3-text": "ข", "points-7-text": "ค", "points-0-text": "ก"}
        sent = begun(desk, "lesson", **rows, row_action="steps:add")
        assert self.row_texts(desk.post("/write/lesson", data=sent).text, "points") == list("กขค")

    def test_a_removed_row_leaves_its_number_behind(self, desk):
        entry = written(desk, **{"points-1-text": "ข้อสอง"})
        form = fields_of(desk.get(f"/posts/{entry.number}/edit").text)
        sent = {**form, "row_action": "points:remove:0"}
        left = fields_of(desk.post(f"/posts/{entry.number}/edit", data=sent).text)
        added = fields_of(
            desk.post(f"/posts/{entry.number}/edit", data={**left, "row_action": "points:add"}).text
        )
        assert added["points-1-id"] == ["k3"]
        added["points-1-text"] = ["ข้อสาม"]
        desk.post(f"/posts/{entry.number}/edit", data={**added, "action": "draft"})
        db.session.expire_all()
        assert {p.anchor: p.removed_at is None for p in entry.parts} == {
            "k1": False,
            "k2": True,
            "k3": True,
        }

    def test_a_point_that_goes_is_named_by_no_principle(self, desk):
        rows = {f"points-{i}-id": f"k{i + 1}" for i in range(2)}
        rows |= {"points-0-text": "ก", "points-1-text": "ข"}
        rows |= {"principles-0-text": "สรุปทั้งสอง", "principles-0-sums": "k1, k2"}
        rows |= {"principles-1-text": "สรุปข้อเดียว", "principles-1-sums": "k2"}
        sent = begun(desk, "lesson", **rows, row_action="points:remove:1")
        left = fields_of(desk.post("/write/lesson", data=sent).text)
        assert [left[f"principles-{i}-sums"] for i in (0, 1)] == [["k1"], [""]]
        answer = desk.post("/write/lesson", data={**left, "action": "draft"})
        assert answer.status_code == 422
        assert "แก่นความรู้ข้อที่ 2" in answer.text and "ช่อง “สรุปจากขุมความรู้”" in answer.text
        assert fields_of(answer.text)["principles-1-text"] == ["สรุปข้อเดียว"]
        filled = {**left, "principles-1-sums": ["k1"], "action": "draft"}
        assert desk.post("/write/lesson", data=filled).status_code == 302

    def test_the_link_of_a_removed_row_says_so(self, desk, writer, app):
        entry = factories.lesson(writer)
        form = fields_of(desk.get(f"/posts/{entry.number}/edit", follow_redirects=True).text)
        form["points-0-id"], form["points-0-text"] = ["k9"], ["ข้อใหม่"]
        desk.post(f"/posts/{entry.number}/edit", data={**form, "action": "save"})
        page = app.test_client().get(f"/lessons/{entry.number}/{entry.slug}").text
        assert re.search(r'id="k1"[^>]*>[^<]*k1: ข้อนี้ถูกเอาออกแล้ว', page)

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ({"points-1-source": "ไม่มีข้อความ"}, "ข้อที่ 2 ยังไม่มีข้อความ"),
            ({"points-1-text": "ย" * 201}, "ไม่เกิน 200 ตัวอักษร"),
            ({"principles-0-text": "ข้อสรุป"}, "ยังไม่บอกว่าสรุปจากขุมความรู้ข้อใด"),
            ({"principles-0-text": "ก", "principles-0-sums": "k7"}, "ไม่มีขุมความรู้ k7"),
            ({"steps-0-text": "ทำต่อ", "steps-0-due": "เมื่อว่าง"}, "ใส่เดือนที่ครบกำหนด เช่น กรกฎาคม 2550"),
        ],
    )
    def test_a_row_that_cannot_be_taken(self, desk, row, said):
        sent = begun(desk, "lesson", **row, action="draft")
        answer = desk.post("/write/lesson", data=sent)
        assert answer.status_code == 422
        assert said in answer.text
        back = fields_of(answer.text)
        assert all(back[name] == [typed] for name, typed in row.items())

    def test_the_field_of_a_month_is_long_enough_for_its_name(self, desk):
        form = begun(desk, "lesson", row_action="steps:add")
        fields = re.findall(r'<input [^>]*name="steps-\d+-due"[^>]*>', send_rows(desk, form))
        assert fields
        assert all(int(re.search(r'maxlength="(\d+)"', one)[1]) >= 20 for one in fields)

    def test_a_range_turned_round_is_asked_back(self, desk):
        answer = desk.post(
            "/write/lesson", data=begun(desk, "lesson", years="2549-2540", action="publish")
        )
        assert answer.status_code == 422
        assert "ใส่ปีก่อนหน้าไว้ก่อน" in answer.text
        assert not db.session.scalars(db.select(Entry)).all()

    def test_a_month_is_read_in_many_forms(self, desk):
        entry = written(desk, **{"steps-0-text": "นัดใหม่", "steps-0-due": "ก.ค. 2550"})
        assert [p.due for p in entry.parts if p.anchor == "n1"] == ["2550-07"]


class TestPreview:
    @pytest.mark.parametrize("what", ["lesson", "quick", "story", "post", "page"])
    def test_it_stores_nothing_and_keeps_everything(self, desk, what):
        sent = begun(desk, what, body="เช้านี้ **ฝนตก**", tags="ปุ๋ย", summary="ย่อ")
        sent["action"] = "preview"
        answer = desk.post(f"/write/{what}", data=sent)
        assert answer.status_code == 200
        assert "ตัวอย่าง: ผู้อ่านจะเห็นแบบนี้" in answer.text
        assert "<strong>ฝนตก</strong>" in answer.text or what in ("lesson", "quick")
        back = fields_of(answer.text)
        shown = {name for name in sent if name in back} - {"action", "csrf_token", "rows"}
        assert {"title", "tags", "summary", "token"} <= shown
        for name in shown - {"token", "points-0-id"}:  # a new row gets its number
            assert back[name] == [sent[name]], name
        assert back["token"] == sent["token"]
        assert db.session.scalar(db.select(Entry)) is None

    @pytest.mark.parametrize("what", ["post", "lesson", "forum"])
    def test_what_is_too_long_to_be_saved_is_not_shown_either(self, desk, what, monkeypatch):
        def refuse(draft: Draft) -> None:
            raise AssertionError(f"{len(draft.body)} letters were rendered")

        monkeypatch.setattr(previewing, "page_of", refuse)
        long = "ก" * (MOST_BODY + 1)
        sent = begun(desk, what, body=long, box_context=long, action="preview")
        answer = desk.post(f"/write/{what}", data=sent)
        assert answer.status_code == 422
        assert "ยาวเกินไป" in answer.text


class TestNothingIsLost:
    @pytest.mark.parametrize(
        ("name", "typed", "said"),
        [
            ("years", "สองห้าห้าศูนย์", "เป็นปีไม่ได้"),
            ("happened", "เมื่อวาน", "เลือกวันที่ หรือเว้นว่างไว้"),
            ("title", "ก" * 301, "ยาวเกินไป"),
            ("box_goal", "ก\x07ข", "เครื่องหมายที่เก็บไม่ได้"),
            ("license", "my-own", "ไม่ใช่ตัวเลือกที่มี"),
            ("communities", "no-such-place", "no-such-place"),
        ],
    )
    def test_a_field_that_cannot_be_taken(self, desk, name, typed, said):
        sent = begun(desk, "lesson", **{"action": "draft", name: typed})
        answer = desk.post("/write/lesson", data=sent)
        assert answer.status_code == 422
        assert said in answer.text
        assert f'href="#f-{name}"' in answer.text
        back = fields_of(answer.text)
        assert back["box_actions"] == [TYPED["box_actions"]]
        if name not in ("license", "communities", "box_goal"):
            assert back[name] == [typed]

    def test_a_form_sent_twice_makes_one_entry(self, desk):
        sent = begun(desk, "lesson", action="draft")
        for _time in range(2):
            assert desk.post("/write/lesson", data=sent).status_code == 302
        assert len(db.session.scalars(db.select(Entry)).all()) == 1

    def test_a_form_sent_again_with_other_text_is_saved(self, desk):
        sent = begun(desk, "lesson", action="draft")
        desk.post("/write/lesson", data=sent)
        desk.post("/write/lesson", data={**sent, "box_goal": "เปลี่ยนใจแล้ว"})
        entry = stored(TYPED["title"])
        assert lesson_text.parse(entry.body).boxes["goal"] == "เปลี่ยนใจแล้ว"
        assert entry.revision_number == 2

    def test_a_form_sent_again_leaves_alone_what_later_ones_saved(self, desk, writer):
        entry = factories.post(writer, status=Status.DRAFT)
        path = f"/posts/{entry.number}/edit"
        first = sent_from(desk, path, title="ครั้งแรก", press="1", uploads_form="1")
        assert desk.post(path, data=first).status_code == 302
        photo = photo_of(writer)
        second = sent_from(desk, path, title="ครั้งหลัง", uploads_form="1", uploads=str(photo.id))
        assert desk.post(path, data=second).status_code == 302
        autosaves.keep(writer, str(entry.number), [("body", "พิมพ์ค้างไว้")], entry=entry, base=3)
        assert desk.post(path, data=first).status_code == 302
        db.session.expire_all()
        assert entry.title == "ครั้งหลัง"
        assert db.session.scalars(db.select(EntryUpload.is_listed)).all() == [True]
        kept = autosaves.of(writer, str(entry.number))
        assert kept is not None and kept.fields == [["body", "พิมพ์ค้างไว้"]]

    def test_a_form_sent_again_closes_no_step_that_was_unticked_since(self, desk, writer):
        step = lesson_text.Part(id="n1", kind="n", text="ทำต่อ", state="open")
        told = replace(lesson_text.parse(factories.lesson_body()), steps=(step,))
        other = factories.lesson(writer, body=lesson_text.compose(told))
        entry = factories.lesson(writer, title="ปิดก้าว", status=Status.DRAFT)
        path = f"/lessons/{entry.number}/{entry.slug}/edit"
        ticked = {"closes_asked": "1", "closes": f"{other.number}-n1"}
        first = sent_from(desk, path, title="ปิดก้าว", press="1", **ticked)
        assert desk.post(path, data=first).status_code == 302
        second = sent_from(desk, path, title="ไม่ปิดแล้ว", action="publish") | {"closes": []}
        assert desk.post(path, data=second).status_code == 302
        assert desk.post(path, data=first).status_code == 302
        db.session.expire_all()
        assert entry.status is Status.PUBLISHED
        assert [part.state for part in other.parts if part.anchor == "n1"] == [StepState.OPEN]

    def test_a_form_sent_again_publishes_nothing_that_was_withdrawn_since(self, desk):
        sent = begun(desk, "lesson", action="publish")
        assert desk.post("/write/lesson", data=sent).status_code == 302
        entry = stored(TYPED["title"])
        assert entry.status is Status.PUBLISHED
        token = {"csrf_token": sent["csrf_token"]}
        assert desk.post(f"/entries/{entry.number}/withdrawal", data=token).status_code == 302
        assert desk.post("/write/lesson", data=sent).status_code == 302
        db.session.expire_all()
        assert entry.status is Status.DRAFT

    def test_a_draft_is_published_by_the_same_form(self, desk):
        sent = begun(desk, "lesson", action="draft")
        desk.post("/write/lesson", data=sent)
        assert stored(TYPED["title"]).status is Status.DRAFT
        desk.post("/write/lesson", data={**sent, "action": "publish"})
        db.session.expire_all()
        assert stored(TYPED["title"]).status is Status.PUBLISHED

    def test_boxes_that_the_quick_form_does_not_ask_for_stay(self, desk, writer):
        body = factories.lesson_body(next="ทำต่อ", strengths="ดี")
        entry = factories.lesson(writer, form=LessonForm.QUICK, body=body)
        path = f"/lessons/{entry.number}/{entry.slug}/edit"
        form = fields_of(desk.get(path).text)
        unseen = ("box_context", "box_actions", "box_results", "box_learned", "rows")
        sent = {name: v for name, v in form.items() if name not in unseen and "points" not in name}
        answer = desk.post(path, data={**sent, "box_goal": "ใหม่", "action": "save"})
        assert answer.status_code == 302
        db.session.expire_all()
        text = lesson_text.parse(entry.body)
        assert text.boxes["goal"] == "ใหม่"
        assert text.boxes["actions"] == "นัดกันเดือนละครั้ง"
        assert [point.id for point in text.points] == ["k1"]

    def test_a_draft_says_when_it_was_kept(self, desk):
        sent = begun(desk, "lesson", action="draft")
        page = desk.post("/write/lesson", data=sent, follow_redirects=True).text
        assert re.search(r"เก็บร่างแล้ว \d\d:\d\d น\.", page)


class TestConflict:
    """Somebody saved in between: 409, both texts, and the way to save them together."""

    def test_both_texts_of_a_post(self, desk, writer):
        entry = factories.post(writer, body="แถวแรก")
        form = fields_of(desk.get(f"/posts/{entry.number}/edit").text)
        draft = Draft(kind=EntryKind.POST, title=entry.title, body="ของเขา", tags=("ใหม่",))
        writing.save(factories.facilitator(), entry, draft, base=1)
        answer = desk.post(
            f"/posts/{entry.number}/edit", data={**form, "body": "ของฉัน", "action": "save"}
        )
        assert answer.status_code == 409
        assert "ของเขา" in answer.text
        assert "ส่วนอื่นที่เปลี่ยน" in answer.text
        again = fields_of(answer.text)
        assert (again["body"], again["base"]) == (["ของฉัน"], ["2"])
        assert again["token"] == form["token"]
        again["body"] = ["ของเขา\n\nของฉัน"]
        answer = desk.post(f"/posts/{entry.number}/edit", data={**again, "action": "save"})
        assert answer.status_code == 302
        db.session.expire_all()
        assert entry.body == "ของเขา\n\nของฉัน"
        assert entry.revision_number == 3

    def test_a_form_that_does_not_say_what_it_began_from_is_asked_about(self, desk, writer):
        entry = factories.post(writer, contact="ที่ศาลา")
        path = f"/posts/{entry.number}/edit"
        answer = desk.post(path, data=sent_from(desk, path, title="ชื่อใหม่", contact="", base=""))
        assert answer.status_code == 409
        assert fields_of(answer.text)["title"] == ["ชื่อใหม่"]
        assert entry.title in answer.text and "ที่ศาลา" in answer.text
        again = {**fields_of(answer.text), "action": "save"}
        assert desk.post(path, data=again).status_code == 302
        db.session.expire_all()
        assert (entry.title, entry.contact) == ("ชื่อใหม่", "")

    @pytest.fixture
    def crossed(self, desk, writer):
        """A lesson that two people opened; both added a point, the other saved first."""
        entry = factories.lesson(writer)
        path = f"/lessons/{entry.number}/{entry.slug}/edit"
        mine = fields_of(desk.get(path).text)
        theirs = {**mine, "box_goal": ["เป้าของเขา"], "points-1-id": ["k2"]}
        theirs |= {"points-1-text": ["ข้อของเขา"], "action": ["save"]}
        assert desk.post(path, data=theirs).status_code == 302
        mine |= {"box_goal": ["เป้าของฉัน"], "box_results": ["ผลของฉัน"]}
        mine |= {"points-1-id": ["k2"], "action": ["save"]}
        mine |= {"points-1-text": ["ข้อของฉัน"]}
        mine |= {"principles-0-text": ["แก่นของฉัน"], "principles-0-sums": ["k1, k2"]}
        return entry, path, desk.post(path, data=mine)

    def test_the_boxes_of_a_lesson_come_back_with_theirs_beside(self, crossed):
        _entry, _path, answer = crossed
        assert answer.status_code == 409
        back = fields_of(answer.text)
        assert back["box_results"] == ["ผลของฉัน"]
        assert "เป้าของเขา" in answer.text
        assert back["base"] == ["2"]

    def test_a_number_that_both_gave_is_told_apart(self, crossed):
        _entry, _path, answer = crossed
        back = fields_of(answer.text)
        assert (back["points-1-id"], back["points-1-text"]) == (["k3"], ["ข้อของฉัน"])
        assert (back["points-2-id"], back["points-2-text"]) == (["k2"], ["ข้อของเขา"])
        assert back["principles-0-sums"] == ["k1, k3"]

    def test_saving_from_there_keeps_both(self, desk, crossed):
        entry, path, answer = crossed
        back = fields_of(answer.text)
        answer = desk.post(path, data={**back, "action": "save"})
        assert answer.status_code == 302
        db.session.expire_all()
        text = lesson_text.parse(entry.body)
        assert {point.id: point.text for point in text.points} == {
            "k1": "กองปุ๋ยไว้ใกล้ครัวแล้วได้ทำทุกวัน",
            "k2": "ข้อของเขา",
            "k3": "ข้อของฉัน",
        }
        assert text.boxes["results"] == "ผลของฉัน"
        assert all(part.removed_at is None for part in entry.parts)

    @pytest.mark.parametrize("pressed", [{"row_action": "steps:add"}, {"action": "preview"}])
    def test_theirs_stays_in_sight_after_other_buttons(self, desk, crossed, pressed):
        _entry, path, answer = crossed
        page = desk.post(path, data={**fields_of(answer.text), **pressed}).text
        assert "เป้าของเขา" in page
        assert fields_of(page)["base"] == ["2"]


class TestConverted:
    """The form of a text that became another kind since it was opened."""

    @pytest.mark.parametrize("is_back", [True, False], ids=["browser's back", "form left open"])
    def test_boxes_come_back_in_the_form_of_a_post(self, desk, writer, is_back):
        sent = sent_from(desk, "/write/lesson", **TYPED, action="publish")
        desk.post("/write/lesson", data=sent)
        entry = stored(TYPED["title"])
        path = f"/lessons/{entry.number}/{entry.slug}/edit"
        typed = sent if is_back else sent_from(desk, path)
        converting.convert(writer, entry, EntryKind.POST)
        to = "/write/lesson" if is_back else path
        answer = desk.post(to, data={**typed, "box_goal": "เปลี่ยนใจแล้ว"})
        assert answer.status_code == 422
        assert "เปลี่ยนเป็นประเภทอื่น" in answer.text
        form = fields_of(answer.text)
        assert "เปลี่ยนใจแล้ว" in form["body"][0] and "box_goal" not in form
        again = desk.post(f"/posts/{entry.number}/edit", data={**form, "action": "save"})
        assert again.status_code == 302
        db.session.expire_all()
        assert (entry.kind, entry.form) == (EntryKind.POST, None)
        assert "เปลี่ยนใจแล้ว" in entry.body and TYPED["box_actions"] in entry.body


class TestFullForm:
    def test_a_quick_lesson_is_filled_up_under_its_number(self, desk, writer):
        quick = {"title": "เวทีแรก", "box_goal": "หวัง", "box_strengths": "ดี", "box_next": "ต่อ"}
        sent = begun(desk, "quick", **quick, action="publish")
        for name in ("box_context", "box_actions", "box_results", "box_learned"):
            del sent[name]
        sent = {name: value for name, value in sent.items() if not name.startswith("points-")}
        assert desk.post("/write/quick", data={**sent, "rows": ["steps"]}).status_code == 302
        entry = stored("เวทีแรก")
        assert (entry.form, entry.status) == (LessonForm.QUICK, Status.PUBLISHED)
        page = desk.get(f"/lessons/{entry.number}/{entry.slug}").text
        assert f"/lessons/{entry.number}/" in page and "form=full" in page
        path = f"/lessons/{entry.number}/{entry.slug}/edit"
        form = fields_of(desk.get(f"{path}?form=full").text)
        assert (form["form"], form["box_goal"]) == (["full"], ["หวัง"])
        form |= {"box_actions": ["ทำ"], "box_results": ["ผล"], "points-0-text": ["ข้อ"]}
        assert desk.post(path, data={**form, "action": "save"}).status_code == 302
        number = entry.number
        db.session.expire_all()
        assert (entry.form, entry.number) == (LessonForm.FULL, number)
        assert lesson_text.parse(entry.body).boxes["next"] == "ต่อ"

    def test_a_free_lesson_invites_its_writers_into_the_form(self, desk, writer, app):
        body = "คำนำก่อนหัวข้อ\n\n## เป้าหมาย\nอยากรู้\n\n## เรื่องอื่น\nอื่น ๆ"
        entry = factories.lesson(writer, form=LessonForm.FREE, body=body)
        path = f"/lessons/{entry.number}/{entry.slug}"
        assert "ย้ายเข้าแบบฟอร์มบทเรียน" in desk.get(path).text
        assert "ย้ายเข้าแบบฟอร์มบทเรียน" not in app.test_client().get(path).text
        form = fields_of(desk.get(f"{path}/edit?form=full").text)
        assert form["box_context"] == ["คำนำก่อนหัวข้อ"]
        assert form["box_goal"] == ["อยากรู้\n\n## เรื่องอื่น\nอื่น ๆ"]
        assert fields_of(desk.get(f"{path}/edit").text)["body"] == [body]

    def test_the_form_of_a_post_has_no_boxes_even_when_asked(self, desk, writer):
        entry = factories.post(writer)
        assert "box_goal" not in desk.get(f"/posts/{entry.number}/edit?form=full").text


class TestBeginning:
    def test_a_red_link_leads_to_a_page_that_writers_can_begin(self, desk, app):
        answer = desk.get("/pages/วิธีทำปุ๋ยหมัก")
        assert answer.status_code == 404
        link = re.search(r'href="(/write/page\?[^"]*)"', answer.text)
        assert link is not None
        form = fields_of(desk.get(link[1].replace("&amp;", "&")).text)
        assert form["title"] == ["วิธีทำปุ๋ยหมัก"]
        assert "/write/page" not in app.test_client().get("/pages/วิธีทำปุ๋ยหมัก").text

    def test_what_an_address_can_fill_in(self, desk):
        page = desk.get("/write/quick?title=ก&community=tambon-tha-rai&program=sml&year=2549").text
        form = fields_of(page)
        assert form["title"] == ["ก"]
        assert form["communities"] == ["tambon-tha-rai"]
        assert form["years"] == ["2549"]

    def test_a_blank_lesson_knows_its_writer(self, desk):
        form = fields_of(desk.get("/write/lesson").text)
        assert form["communities"] == ["tambon-bang-chak"]
        assert form["programs"] == ["own-work"]
        assert "state" not in form  # it has a page of its own, which asks for a reason

    def test_the_books_of_others_cannot_be_asked_for(self, desk):
        form = fields_of(desk.get("/write/story?book=somebody-else").text)
        assert form["book"] == [""]

    def test_only_known_beginnings(self, desk):
        assert desk.get("/write/poem").status_code == 404

    @pytest.mark.parametrize("what", ["story", "post", "page", "quick", "lesson"])
    def test_what_is_needed_is_marked(self, desk, what):
        page = desk.get(f"/write/{what}").text
        assert re.search(r'id="f-title"[^>]*aria-required="true"', page)
        marked = set(re.findall(r">([^<>]+?) <span class=\"required\">", page))
        assert len(marked) == {"quick": 6, "lesson": 8}.get(what, 2), marked


def test_taking_back_to_draft_can_be_undone(desk, writer):
    entry = factories.lesson(writer)
    token = fields_of(desk.get("/write/post").text)["csrf_token"]
    withdrawal = f"/entries/{entry.number}/withdrawal"
    page = desk.post(withdrawal, data={"csrf_token": token}, follow_redirects=True).text
    assert db.session.get(Entry, entry.id).status is Status.DRAFT
    flashes = page[page.index('class="flashes"') :]
    undo = re.search(r'<form[^>]* action="([^"]*)".*?เลิกทำ', flashes, re.S)
    assert undo is not None and undo[1] == f"/entries/{entry.number}/publication"
    desk.post(undo[1], data={"csrf_token": token})
    assert db.session.get(Entry, entry.id).status is Status.PUBLISHED


def test_a_save_with_nothing_changed_makes_no_revision(desk, writer):
    entry = factories.lesson(writer)
    path = f"/lessons/{entry.number}/{entry.slug}/edit"
    form = fields_of(desk.get(path).text)
    assert desk.post(path, data={**form, "action": "save"}).status_code == 302
    assert len(db.session.scalars(db.select(Revision)).all()) == 1


def test_who_only_reads_a_text_gets_no_form_by_publishing_it(client, sign_in, writer):
    entry = factories.lesson(writer)
    with transaction() as session:
        session.get_one(Entry, entry.id).programs = []  # it lacks something, so a form would come
    sign_in(client, factories.user())
    token = {"csrf_token": csrf_of(client)}
    answer = client.post(f"/entries/{entry.number}/publication", data=token)
    assert answer.status_code == 403


def test_a_facilitator_is_told_what_a_waiting_text_lacks(client, sign_in, writer):
    entry = factories.lesson(writer, status=Status.WAITING)
    with transaction() as session:
        session.get_one(Entry, entry.id).programs = []
    sign_in(client, factories.facilitator())
    token = {"csrf_token": csrf_of(client)}
    path = f"/entries/{entry.number}/publication"
    page = client.post(path, data=token, follow_redirects=True).text
    assert "ยังไม่ได้ใส่: โครงการ/งาน" in page
    assert 'name="box_goal"' not in page


def csrf_of(client) -> str:
    """The token of any form that is shown to whoever is logged in."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', client.get("/").text)
    assert found is not None
    return found[1]


def test_the_quick_form_calls_a_box_by_its_question_wherever_it_is_missing(desk):
    answer = desk.post(
        "/write/quick", data=begun(desk, "quick", action="publish", box_goal="", points="")
    )
    assert answer.status_code == 422
    assert "ยังไม่ได้ใส่: อะไรดีกว่าที่หวัง" in answer.text
    assert "ยังไม่ได้ใส่: สิ่งที่ทำได้ดี" not in answer.text


def test_a_draft_that_lacks_something_is_kept_and_the_status_line_says_when(desk):
    answer = desk.post("/write/quick", data=begun(desk, "quick", action="publish", box_next=""))
    assert answer.status_code == 422
    line = re.search(r'<p class="keeping"[^>]*>([^<]*)</p>', answer.text)
    assert line is not None and re.fullmatch(r"เก็บร่างแล้ว \d\d:\d\d น\.", line[1])


def test_only_a_text_that_was_public_is_asked_what_was_changed(desk, writer):
    refused = desk.post("/write/quick", data=begun(desk, "quick", action="publish", box_next=""))
    assert 'name="note"' not in refused.text
    draft = factories.post(writer, status=Status.DRAFT)
    public = factories.post(writer)
    assert 'name="note"' not in desk.get(f"/posts/{draft.number}/edit").text
    assert 'name="note"' in desk.get(f"/posts/{public.number}/edit").text
    lifecycle.withdraw(writer, public)
    assert 'name="note"' in desk.get(f"/posts/{public.number}/edit").text


def test_the_faults_stand_above_the_word_that_a_quick_lesson_can_be_filled_up(desk):
    page = desk.post("/write/quick", data=begun(desk, "quick", action="publish", box_next="")).text
    assert page.index("error-summary") < page.index("?form=full")


@pytest.mark.parametrize(
    ("lang", "nobody"), [("th", "ผู้เล่า: ฉันเล่าเอง"), ("en", "Teller: I tell it myself")]
)
def test_the_fold_of_the_teller_says_who_tells_it(desk, writer, client, sign_in, lang, nobody):
    told = factories.post(writer, tellers=("นางตัวอย่าง ใจดี",))
    own = factories.post(writer, title="เล่าเอง")

    def fold(address: str) -> str:
        page = desk.get(f"{address}?lang={lang}").text
        found = re.search(r'class="fold teller".*?<summary>(.*?)</summary>', page, re.S)
        assert found
        return re.sub("<[^>]*>", "", found[1]).strip()

    assert fold("/write/story") == nobody
    assert fold(f"/posts/{own.number}/edit") == nobody
    assert fold(f"/posts/{told.number}/edit") == nobody.split(":")[0] + ": นางตัวอย่าง ใจดี"


def test_signs_of_markdown_are_told_only_where_no_buttons_make_them(desk):
    page = desk.get("/write/post").text
    assert "**" in page and "**" not in re.sub(r"<noscript>.*?</noscript>", "", page, flags=re.S)


def test_an_english_page_says_where_it_is_thai(desk, writer):
    post = factories.post(writer, title="ทำปุ๋ย SML เอง")
    title = '<span lang="th">ทำปุ๋ย SML เอง</span>'
    history = desk.get(f"/posts/{post.number}/history?lang=en").text
    assert f'<p class="lead">{title}</p>' in history
    form = desk.get(f"/posts/{post.number}/edit?lang=en").text
    assert f"<h1>Edit: {title}</h1>" in form
    thai = desk.get(f"/posts/{post.number}/history").text
    assert '<p class="lead">ทำปุ๋ย SML เอง</p>' in thai


def test_examples_in_the_fields_are_in_the_language_of_the_page(desk):
    assert 'placeholder="กรกฎาคม 2550"' in desk.get("/write/lesson").text
    english = desk.get("/write/lesson?lang=en").text
    assert 'placeholder="July 2007"' in english and "กรกฎาคม 2550" not in english


def test_an_english_form_names_places_in_english(desk):
    page = desk.get("/write/quick?lang=en").text
    assert "Bang Chak Subdistrict" in page and "ตำบลบางจาก" not in page


def test_publishing_with_the_form_that_kept_the_draft_publishes(desk, writer):
    entry = factories.post(writer, body="หนึ่ง")
    lifecycle.withdraw(writer, entry)
    path = f"/posts/{entry.number}/edit"
    sent = sent_from(desk, path, body="สอง")
    desk.post(path, data={**sent, "action": "draft"})
    desk.post(path, data={**sent, "action": "publish"})  # the browser's "back", no JavaScript
    assert fresh(entry).status is Status.PUBLISHED


def test_a_new_draft_kept_and_then_published_is_published(desk):
    sent = begun(desk, "post", title="เรื่องใหม่", body="ข้อความ")
    desk.post("/write/post", data={**sent, "action": "draft"})
    desk.post("/write/post", data={**sent, "action": "publish"})
    assert stored("เรื่องใหม่").status is Status.PUBLISHED


def test_a_press_with_another_text_is_no_second_try(desk, writer):
    entry = factories.post(writer, body="หนึ่ง")
    path = f"/posts/{entry.number}/edit"
    sent = sent_from(desk, path, body="สอง", action="save", press="p1")
    desk.post(path, data=sent)
    answer = desk.post(path, data={**sent, "body": "สอง และสาม"})
    assert answer.status_code == 409, "both are shown, for the form was begun before the first"
    assert "สอง และสาม" in answer.text


def test_what_follows_a_saving_is_done_by_the_second_try_of_one_that_was_cut_short(
    desk, writer, monkeypatch
):
    """The text was stored, and the process died before the step that it closes was closed."""
    step = lesson_text.Part(id="n1", kind="n", text="ทำต่อ", state="open")
    told = replace(lesson_text.parse(factories.lesson_body()), steps=(step,))
    other = factories.lesson(writer, body=lesson_text.compose(told))
    entry = factories.lesson(writer, title="ปิดก้าว")
    path = f"/lessons/{entry.number}/{entry.slug}/edit"
    ticked = {"closes_asked": "1", "closes": f"{other.number}-n1"}
    sent = sent_from(desk, path, title="ปิดก้าวแล้ว", action="save", press="1", **ticked)

    def die(_actor, _lesson):
        raise KeyboardInterrupt

    rules = rule_books.RULES[EntryKind.LESSON]
    with monkeypatch.context() as cut:
        cut.setitem(rule_books.RULES, EntryKind.LESSON, replace(rules, afterwards=die))
        with pytest.raises(KeyboardInterrupt):
            desk.post(path, data=sent)
    assert fresh(entry).title == "ปิดก้าวแล้ว"

    assert desk.post(path, data=sent).status_code == 302
    assert [part.state.value for part in fresh(other).parts if part.anchor == "n1"] == ["closed"]


def test_a_longer_text_sent_while_the_first_press_is_on_its_way_is_kept(
    app, desk, writer, sign_in, monkeypatch
):
    """The line hangs; more is typed and sent again; both reach the server at one time."""
    first = sent_from(desk, "/write/post", title="ฝน", body="สั้น", action="draft", press="p1")
    second = first | {"body": "สั้น แล้วพิมพ์ต่ออีกยาวมาก", "press": "p2"}
    other, begun = sign_in(app.test_client(), writer), []
    first["csrf_token"] = fields_of(other.get("/write/post").text)["csrf_token"]
    prepared = writing.prepared

    def send_first() -> None:
        with app.app_context():
            assert other.post("/write/post", data=first).status_code == 302
            db.session.remove()

    def slow(entry, draft):
        begun.append(draft)
        if len(begun) == 1:
            thread = threading.Thread(target=send_first)
            thread.start()
            thread.join()
        return prepared(entry, draft)

    monkeypatch.setattr(writing, "prepared", slow)
    assert desk.post("/write/post", data=second).status_code == 302
    db.session.rollback()
    (entry,) = db.session.scalars(db.select(Entry)).unique()
    assert (entry.body, entry.revision_number) == ("สั้น แล้วพิมพ์ต่ออีกยาวมาก", 2)


@pytest.mark.parametrize("action", ["next", "publish-next"])
def test_who_writes_the_next_record_can_go_back_to_the_last(desk, action):
    sent = sent_from(desk, "/write/story", title="เรื่องที่หนึ่ง", body="ข", action=action)
    answer = desk.post("/write/story", data=sent, follow_redirects=True)
    assert answer.request.path == "/write/story"
    number = db.session.scalar(db.select(Entry.number).where(Entry.title == "เรื่องที่หนึ่ง"))
    assert f'<a href="/posts/{number}" lang="th">เรื่องที่หนึ่ง</a>' in answer.text


@pytest.mark.parametrize("typed", ["k1, k2", "K1 k๒", "1,๒", " k1\n2 "])
def test_points_are_named_as_people_type_them(desk, typed):
    rows = {f"points-{at}-text": f"ข้อ {at}" for at in (0, 1)}
    rows |= {"principles-0-text": "สรุปทั้งสอง", "principles-0-sums": typed}
    sent = sent_from(desk, "/write/lesson", title="นับข้อ", action="draft", **rows)
    assert desk.post("/write/lesson", data=sent).status_code == 302
    entry = db.session.scalar(db.select(Entry).where(Entry.title == "นับข้อ"))
    assert [part.sums for part in entry.parts if part.sums] == [["k1", "k2"]]


@pytest.mark.parametrize(
    ("action", "press", "is_told"),
    [
        ("draft", "p1", True),
        ("publish", "p1", True),
        ("draft", "", False),
        ("preview", "p1", False),
    ],
)
def test_the_page_after_a_saving_names_the_press_that_arrived_once(desk, action, press, is_told):
    """So a browser that loses the line now does not say that the text still waits."""
    sent = sent_from(desk, "/write/story", title="ก", body="ข", action=action, press=press)
    answer = desk.post("/write/story", data=sent, follow_redirects=True)
    (token,) = sent["token"]
    named = f'data-arrived="{press} {token}"'
    assert (named in answer.text) is is_told
    assert "data-arrived" not in desk.get("/drafts").text


def fresh(entry: Entry) -> Entry:
    db.session.rollback()
    return db.session.get_one(Entry, entry.id)
