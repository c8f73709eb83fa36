"""Lessons and forum records are compared, and changes of them proposed, in their boxes."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from app.db import db
from app.models import Entry, Proposal, User
from app.queries import entries as entry_queries
from app.services import drafts, limiting, writing
from app.text import lesson as lesson_text
from app.vocabulary import LessonForm, LimitedTo
from tests import factories
from tests.web.test_writing import fields_of

#: Marks of the stored text that nobody reads.
RAW = re.compile(r"##|\{#|source=&#34;|state=")
NOTE = {"note": "นับใหม่แล้ว", "name": "ตัวอย่าง คนอ่าน"}


@pytest.fixture
def author(app) -> User:
    return factories.writer(name="ตัวอย่าง เจ้าของเรื่อง")


@pytest.fixture
def lesson(author) -> Entry:
    return factories.lesson(author)


@pytest.fixture
def keeper(app, sign_in, author):
    """The browser of the one who decides."""
    return sign_in(app.test_client(), author)


def at(entry: Entry, rest: str = "") -> str:
    home = f"/lessons/{entry.number}/{entry.slug}" if entry.form else f"/posts/{entry.number}"
    return home + rest


def fresh(entry: Entry) -> Entry:
    db.session.expire_all()
    return db.session.get_one(Entry, entry.id)


def save(actor: User, entry: Entry, *words: tuple[str, str], **fields) -> None:
    """Store ``entry`` with other words in its text."""
    body = fresh(entry).body
    for old, new in words:
        assert old in body
        body = body.replace(old, new)
    draft = replace(drafts.draft_of(entry), body=body, **fields)
    writing.save(actor, entry, draft, base=entry.revision_number)


def words_of(html: str) -> str:
    """The page in words, without marks of HTML."""
    main = re.search(r"<main.*?</main>", html, re.S)
    assert main is not None
    text = re.sub(r"<(script|style|template)\b.*?</\1>", "", main[0], flags=re.S)
    return unescape(re.sub(r"<[^>]+>", "", text))


def headings(html: str) -> list[str]:
    return [unescape(found) for found in re.findall(r"<h[23]>(.*?)</h[23]>", html)]


def propose(client, entry: Entry, **typed: str) -> str:
    """Change boxes of a proposal's form and send it; returns the address of what came of it."""
    form = fields_of(client.get(at(entry, "/proposals/new")).text)
    answer = client.post(at(entry, "/proposals/new"), data={**form, **NOTE, **typed})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


class TestComparing:
    def test_a_lesson_names_boxes_rows_and_fields(self, client, author, lesson):
        point = "กองปุ๋ยไว้ใกล้ครัวแล้วได้ทำทุกวัน"
        save(
            author,
            lesson,
            ("ประมาณสิบบ้าน", "ประมาณยี่สิบบ้าน"),
            (point, "กองปุ๋ยไว้หลังบ้านแล้วได้ทำทุกวัน"),
            ("จากคำบอกเล่า", "สมุดจดของกลุ่ม"),
        )
        page = client.get(at(lesson, "/compare?from=1&to=2")).text
        said = words_of(page)
        results, learned = (lesson_text.BOX[key].label for key in ("results", "learned"))
        assert [one for one in headings(page) if one in (results, learned)] == [results, learned]
        assert "ขุมความรู้ k1" in said and "ขุมความรู้ k1 · มาจากไหน" in said
        assert re.findall(r"<ins>(.*?)</ins>", page)[0] == "ยี่สิบ"
        assert not RAW.search(page)
        assert lesson_text.BOX["goal"].label not in headings(page)

    def test_what_changed_beside_the_text_stands_above_it(self, client, author, lesson):
        save(author, lesson, ("สิบบ้าน", "ยี่สิบบ้าน"), years=(2550,), title="ปุ๋ยหมักยี่สิบบ้าน")
        page = client.get(at(lesson, "/compare?from=1&to=2")).text
        places = [page.index(said) for said in ("<ins>ยี่สิบ", "พ.ศ. 2550", "ผลที่เกิดขึ้น")]
        assert places[1] < places[2]

    def test_a_forum_names_groups_and_lines(self, client, author):
        record = factories.forum(author, body=factories.sheets("กลุ่มนา", "กลุ่มสวน"))
        body = record.body.replace("กลุ่มนาขุดสระร่วมกัน", "กลุ่มนาขุดบ่อร่วมกัน")
        writing.save(author, record, replace(drafts.draft_of(record), body=body), base=1)
        page = client.get(at(record, "/compare?from=1&to=2")).text
        assert "กลุ่มนา" in headings(page) and "กลุ่มสวน" not in headings(page)
        assert "ทางออก q2" in words_of(page)
        assert not RAW.search(page)


class TestProposing:
    def test_the_form_has_the_boxes_and_rows_of_the_lesson_and_no_field_beside_them(
        self, client, lesson
    ):
        page = client.get(at(lesson, "/proposals/new")).text
        form = fields_of(page)
        assert form["box_results"] == ["ทำได้ประมาณสิบบ้าน"]
        assert form["points-0-text"] == ["กองปุ๋ยไว้ใกล้ครัวแล้วได้ทำทุกวัน"]
        assert not {"body", "communities", "years", "tellers", "license"} & form.keys()
        assert not RAW.search(page)

    def test_a_changed_box_is_proposed_and_all_else_stays(self, client, lesson):
        before = lesson.body
        propose(client, lesson, box_results="ทำได้ประมาณยี่สิบบ้าน")
        made = db.session.scalars(db.select(Proposal)).one()
        assert made.body == before.replace("สิบบ้าน", "ยี่สิบบ้าน")
        assert (made.title, made.base, fresh(lesson).body) == (lesson.title, 1, before)

    def test_a_row_is_added_without_javascript(self, client, lesson):
        where = at(lesson, "/proposals/new")
        form = fields_of(client.get(where).text)
        again = client.post(where, data={**form, **NOTE, "row_action": "points:add"})
        assert again.status_code == 200
        form = fields_of(again.text)
        assert (form["points-1-id"], form["note"]) == (["k2"], [NOTE["note"]])
        answer = client.post(where, data={**form, "points-1-text": "กลับกองทุกสัปดาห์"})
        assert answer.status_code == 302
        made = db.session.scalars(db.select(Proposal)).one()
        assert [part.id for part in lesson_text.parse(made.body).points] == ["k1", "k2"]

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({}, "body"),
            ({"box_next": "ทำต่อ", "box_goal": " "}, "box_goal"),
            ({"points-0-text": "ก" * 201}, "points"),
            ({"points-0-text": ""}, "points"),
            ({"box_results": "สิบสองบ้าน", "title": ""}, "title"),
        ],
        ids=["nothing", "an empty box", "a long row", "a row without words", "no title"],
    )
    def test_what_cannot_be_taken_comes_back_with_its_field(self, client, lesson, typed, field):
        where = at(lesson, "/proposals/new")
        form = fields_of(client.get(where).text)
        answer = client.post(where, data={**form, **NOTE, **typed})
        assert answer.status_code == 422
        assert f'href="#f-{field}"' in answer.text and f'id="f-{field}"' in answer.text
        assert db.session.scalars(db.select(Proposal)).all() == []

    def test_a_line_of_a_forum_is_changed_as_a_line(self, client, author):
        record = factories.forum(author)
        form = fields_of(client.get(at(record, "/proposals/new")).text)
        assert form["groups-0-answers-0-text"] == ["กลุ่มนาขุดสระร่วมกัน"]
        where = propose(client, record, **{"groups-0-answers-0-text": "ขุดบ่อร่วมกัน"})
        page = client.get(where).text
        assert "ทางออก q2" in words_of(page) and not RAW.search(page)

    def test_the_quick_form_keeps_a_box_that_it_shows_besides_and_empties_it_when_asked(
        self, client, author
    ):
        body = factories.lesson_body(context="ปุ๋ยแพง", strengths="ช่วยกัน", next="ไปดูงาน")
        lesson = factories.lesson(author, form=LessonForm.QUICK, body=body)
        where = propose(client, lesson, box_context="")
        said = words_of(client.get(where).text)
        assert lesson_text.BOX["context"].label in said
        made = db.session.scalars(db.select(Proposal)).one()
        assert lesson_text.parse(made.body).boxes["context"] == ""
        assert lesson_text.parse(made.body).boxes["actions"] == "นัดกันเดือนละครั้ง"


class TestLockedMeanwhile:
    def test_boxes_are_carried_and_what_stands_beside_them_is_named(self, keeper, lesson):
        form = fields_of(keeper.get(at(lesson, "/edit")).text)
        limiting.limit(factories.facilitator(), lesson, to=LimitedTo.FACILITATORS, reason="รอตรวจ")
        typed = {**form, "box_results": "สิบสองบ้าน", "years": "2551", "summary": "สั้นลง"}
        typed |= {"note": "", "reason": "แก้คำผิด"}
        opened = keeper.post(at(lesson, "/proposals/new"), data={**typed, "carried": "1"})
        assert opened.status_code == 200
        again = fields_of(opened.text)
        assert (again["box_results"], again["note"]) == (["สิบสองบ้าน"], ["แก้คำผิด"])
        notice = re.search(r'<div class="notice notice-warn".*?</dl>', opened.text, re.S)
        assert notice is not None
        for said in ("พ.ศ. 2551", "สั้นลง"):
            assert said in notice[0]
        for untouched in ("พื้นที่/ชุมชน", "ผู้เล่า", "สัญญาอนุญาต"):
            assert untouched not in notice[0]

    def test_nothing_is_named_where_only_boxes_were_changed(self, keeper, lesson):
        form = fields_of(keeper.get(at(lesson, "/edit")).text)
        limiting.limit(factories.facilitator(), lesson, to=LimitedTo.FACILITATORS, reason="รอตรวจ")
        typed = {**form, "box_results": "สิบสองบ้าน", "carried": "1"}
        opened = keeper.post(at(lesson, "/proposals/new"), data=typed)
        assert "notice-warn" not in opened.text


class TestConflict:
    """The writing form after somebody saved in between speaks of boxes and rows as well."""

    @pytest.mark.parametrize("kind", ["lesson", "forum"])
    def test_a_row_that_both_changed_is_told_in_words(self, author, keeper, lesson, kind):
        if kind == "lesson":
            entry, field, named = lesson, "points-0-text", "ขุมความรู้ k1"
        else:
            entry, field = factories.forum(author), "groups-0-answers-0-text"
            named = "บรรทัดในแผ่นเวที q2"
        form = fields_of(keeper.get(at(entry, "/edit")).text)
        theirs = {**form, field: "ที่เขาเขียน", "action": "save"}
        assert keeper.post(at(entry, "/edit"), data=theirs).status_code == 302
        form["token"] = ["another"]
        page = keeper.post(at(entry, "/edit"), data={**form, field: "ที่ฉันเขียน", "action": "save"})
        assert page.status_code == 409
        legend = re.search(r"<legend>(ช่วงที่.*?)</legend>", page.text)
        assert legend is not None and legend[1].endswith(named)
        assert words_of(page.text).count("ที่เขาเขียน") == 2
        assert "##" not in words_of(page.text) and "{#" not in words_of(page.text)


class TestDeciding:
    @pytest.fixture
    def proposed(self, client, lesson) -> str:
        return propose(client, lesson, box_results="ทำได้ประมาณยี่สิบบ้าน")

    def accept(self, keeper, where: str, **typed: str):
        form = fields_of(keeper.get(where).text)
        names = {name for name in form if not name.startswith("passage-")}
        sent = {name: form[name] for name in names}
        return keeper.post(where, data={**sent, "action": "accept", **typed})

    def test_the_page_tells_the_changed_box_in_words(self, client, keeper, proposed):
        for reader in (client, keeper):
            page = reader.get(proposed).text
            told = page[: page.index("<form")] if "<form" in page else page
            assert lesson_text.BOX["results"].label in headings(page)
            assert re.findall(r"<(?:ins|del)>(.*?)</", page) == ["สิบ", "ยี่สิบ"]
            assert lesson_text.BOX["goal"].label not in headings(told)
            assert not RAW.search(page)

    def test_one_press_takes_it(self, keeper, lesson, proposed):
        before = lesson.body
        assert self.accept(keeper, proposed).status_code == 302
        assert fresh(lesson).body == before.replace("สิบบ้าน", "ยี่สิบบ้าน")

    def test_the_decider_mends_it_in_its_box(self, keeper, lesson, proposed):
        self.accept(keeper, proposed, box_results="ทำได้สิบเก้าบ้าน")
        assert "ทำได้สิบเก้าบ้าน" in fresh(lesson).body

    def test_a_row_button_of_the_decider_keeps_what_was_typed(self, keeper, lesson, proposed):
        page = self.accept(keeper, proposed, row_action="points:add", word="ขอบคุณ").text
        form = fields_of(page)
        assert (form["points-1-id"], form["word"]) == (["k2"], ["ขอบคุณ"])
        assert fresh(lesson).revision_number == 1

    @pytest.mark.parametrize("is_late", [True, False], ids=["saved before", "saved meanwhile"])
    def test_one_press_takes_it_with_what_was_saved_in_another_box(
        self, author, keeper, lesson, proposed, is_late
    ):
        old = fields_of(keeper.get(proposed).text)
        save(author, lesson, ("อยากให้ทุกบ้าน", "อยากให้ครึ่งตำบล"), years=(2550,))
        sent = fields_of(keeper.get(proposed).text) if is_late else old
        answer = keeper.post(proposed, data={**sent, "action": "accept"})
        assert answer.status_code == 302
        made = fresh(lesson)
        assert "อยากให้ครึ่งตำบล" in made.body and "ยี่สิบบ้าน" in made.body
        assert made.years == (2550,)

    @pytest.mark.parametrize(("choice", "stands"), [("mine", "ยี่สิบ"), ("theirs", "สามสิบ")])
    def test_where_both_changed_one_box_the_decider_chooses(
        self, author, keeper, lesson, proposed, choice, stands
    ):
        save(author, lesson, ("สิบบ้าน", "สามสิบบ้าน"))
        page = keeper.get(proposed).text
        passage = re.search(r'<fieldset class="passage">.*?</fieldset>', page, re.S)
        assert passage is not None
        for said in (lesson_text.BOX["results"].label, "ยี่สิบบ้าน", "สามสิบบ้าน", "ที่เสนอมา"):
            assert said in passage[0]
        assert not RAW.search(page.replace(fields_of(page)["mine"][0], ""))
        answer = self.accept(keeper, proposed, action="settle", **{"passage-0": choice})
        assert answer.status_code == 302, answer.text
        assert f"ทำได้ประมาณ{stands}บ้าน" in fresh(lesson).body

    def test_a_row_that_both_changed_is_called_by_its_kind(self, client, author, keeper, lesson):
        point = "กองปุ๋ยไว้ใกล้ครัวแล้วได้ทำทุกวัน"
        where = propose(client, lesson, **{"points-0-text": "กองไว้ใกล้ครัว"})
        save(author, lesson, (point, "กองไว้หลังครัว"))
        legend = re.search(r"<legend>(ช่วงที่.*?)</legend>", keeper.get(where).text)
        assert legend is not None and legend[1].endswith("ขุมความรู้ k1")

    def test_a_title_that_both_changed_is_shown_beside_the_proposed_one(
        self, client, author, keeper, lesson
    ):
        where = propose(client, lesson, title="ชื่อที่เสนอ")
        save(author, lesson, title="ชื่อที่เก็บไป")
        page = keeper.get(where).text
        assert fields_of(page)["title"] == ["ชื่อที่เสนอ"] and "ชื่อที่เก็บไป" in page
        assert self.accept(keeper, where).status_code == 302
        assert fresh(lesson).title == "ชื่อที่เสนอ"

    def test_a_public_lesson_stays_complete(self, keeper, lesson, proposed):
        answer = self.accept(keeper, proposed, box_goal="")
        assert answer.status_code == 422 and 'href="#f-box_goal"' in answer.text
        assert fresh(lesson).revision_number == 1

    def test_the_header_that_was_saved_stays(self, author, keeper, lesson, proposed):
        before = entry_queries.get_revision(None, lesson, 1)
        self.accept(keeper, proposed)
        after = entry_queries.get_revision(None, fresh(lesson), 2)
        assert before is not None and after is not None
        assert after.header == before.header


def test_an_english_page_says_the_words_of_the_form_in_english(keeper, lesson, author):
    save(author, lesson, ("ทำได้ประมาณสิบบ้าน", "ทำได้ประมาณยี่สิบบ้าน"))
    page = keeper.get(at(lesson, "?lang=en")).text
    assert ">What came of it<" in page and ">Doing<" in page
    assert ">Background<" in page  # the list of boxes that are empty
    assert "ผลที่เกิดขึ้น" not in words_of(page)
    assert "ผลที่เกิดขึ้น" in words_of(keeper.get(at(lesson)).text)
    compared = headings(keeper.get(at(lesson, "/compare?from=1&to=2&lang=en")).text)
    assert "What came of it" in compared
    assert "What came of it" in keeper.get(at(lesson, "/revisions/1?lang=en")).text


def test_a_group_that_nobody_named_is_called_in_the_language_of_the_form(keeper):
    form = fields_of(keeper.get("/write/forum?lang=en").text)
    assert form["groups-0-name"] == ["Group 1"]
    sent = {
        **form,
        "title": "เวทีบ้านตัวอย่าง",
        "communities": "tambon-bang-chak",
        "groups-0-problems-0-text": "น้ำไม่พอ",
        "action": "draft",
    }
    assert keeper.post("/write/forum?lang=en", data=sent).status_code == 302
    made = db.session.scalar(db.select(Entry).where(Entry.title == "เวทีบ้านตัวอย่าง"))
    assert made is not None
    assert made.body.startswith("## กลุ่มที่ 1\n")


def test_the_head_of_the_proposal_names_a_field_once(keeper, client, lesson):
    form = fields_of(client.get(at(lesson, "/proposals/new")).text)
    answer = client.post(at(lesson, "/proposals/new"), data={**form, **NOTE, "note": ""})
    assert answer.status_code == 422
    assert re.findall(r'<a href="#f-note">(.*?)</a>', answer.text) == ["บอกสั้น ๆ ว่าแก้อะไร เพราะอะไร"]


def test_a_stranger_can_copy_the_address_of_a_proposal(client, lesson):
    made = propose(client, lesson, box_goal="อยากให้ทุกบ้านลองทำ")
    page = client.get(made).text
    assert re.search(rf'data-copy="[^"]*{re.escape(made)}"', page)
