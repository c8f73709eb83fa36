"""Forum records on pages: the form without JavaScript, the page, what grows, who sees it."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from app.db import db
from app.models import Entry
from app.services import indexing, lifecycle, writing
from app.services.drafts import draft_of
from app.text import forum as forum_text
from app.vocabulary import EntryKind, Status
from tests import factories
from tests.web.test_writing import fields_of

TYPED = {
    "title": "",
    "happened": "2006-07-21",
    "communities": "tambon-bang-chak",
    "present": "๔๐",
    "group_count": "4",
    "groups-0-name": "กลุ่มนา",
    "groups-0-problems-0-id": "",
    "groups-0-problems-0-text": "น้ำไม่พอ",
    "groups-0-problems-1-text": "",
    "groups-0-answers-0-text": "ขุดสระ",
    "groups-1-name": "กลุ่มสวน",
    "groups-1-problems-4-text": "ลมแรง",  # a gap in the numbers loses none
    "body": "คุยกันถึงเที่ยง",
}
FIELD = re.compile(r'<(?:input|textarea)[^>]* name="(groups-[^"]*)"[^>]*>')


@pytest.fixture
def writer(app):
    return factories.writer()


@pytest.fixture
def desk(client, sign_in, writer):
    return sign_in(client, writer)


def send(desk, path: str, typed: dict[str, object]):
    """Send a form, with the token that its page carries."""
    token = re.search(r'name="csrf_token" value="([^"]*)"', desk.get("/write/forum").text)
    assert token is not None
    return desk.post(path, data={"csrf_token": token[1], **typed})


def only_entry() -> Entry:
    db.session.expire_all()
    return db.session.scalars(db.select(Entry)).one()


def sheet_fields(page: str) -> dict[str, str]:
    """Fields of the sheets, as a browser without JavaScript would send them again."""
    depth, shown = 0, []
    for piece in re.split(r"(</?template[^>]*>)", page):
        if piece.startswith("<template"):
            depth += 1
        elif piece.startswith("</template"):
            depth -= 1
        elif not depth:
            shown.append(piece)
    text = "".join(shown)
    found = dict(re.findall(r'<input[^>]* name="(groups-[^"]*)" value="([^"]*)"', text))
    found |= dict(
        re.findall(r'<textarea[^>]* name="(groups-[^"]*)"[^>]*>\n(.*?)</textarea>', text, re.S)
    )
    assert set(found) == {name for name in FIELD.findall(text)}
    return {name: html.unescape(value) for name, value in found.items()}


class TestTheForm:
    def test_a_thai_year_in_the_calendar_is_the_year_that_was_meant(self, desk):
        send(desk, "/write/forum", TYPED | {"happened": "2549-07-21", "action": "publish"})
        entry = only_entry()
        assert entry.status is Status.PUBLISHED
        assert entry.happened_on.isoformat() == "2006-07-21"

    def test_the_usual_name_of_a_group_is_thai_in_the_text_wherever_it_was_moved(self, desk):
        moved = {  # the first group was taken out by its button
            "groups-0-name": "Group 2",
            "groups-1-name": "Group 7",  # nobody wrote anything in it
            "groups-1-problems-4-text": "",
        }
        send(desk, "/write/forum?lang=en", TYPED | moved | {"action": "draft"})
        groups = forum_text.parse(only_entry().body).groups
        assert [group.name for group in groups] == ["กลุ่มที่ 2"]

    @pytest.mark.parametrize(
        ("lang", "said", "place"),
        [("th", "ยังไม่ได้จดอะไร", "พื้นที่"), ("en", "Nothing was written yet", "Area")],
    )
    def test_a_group_with_a_name_alone_says_so_on_the_page(self, desk, lang, said, place):
        named = {"groups-2-name": "กลุ่มสวน", "action": "publish"}
        send(desk, "/write/forum", TYPED | named)
        page = desk.get(f"/posts/{only_entry().number}?lang={lang}").text
        text = page[page.index('class="prose"') :]
        assert text.count(said) == 1 and text.index("กลุ่มสวน") < text.index(said)
        assert f"<dt>{place}</dt>" in page  # a tambon is no village

    def test_an_empty_form_is_asked_for_all_but_a_title(self, desk):
        page = send(desk, "/write/forum", {"title": "", "action": "publish"}).text
        assert "ยังไม่ได้ใส่: วันที่จัดเวที, หมู่บ้าน, " in page
        summary = page[page.index("error-summary") :]
        links = re.findall(r'<a href="#f-([a-z_]+)"', summary[: summary.index("</ul>")])
        assert links == ["happened", "communities", "present", "lines"]

    def test_a_day_far_ahead_is_asked_back(self, desk):
        typed = TYPED | {"happened": "2599-07-21", "action": "publish"}
        answer = send(desk, "/write/forum", typed)
        assert answer.status_code == 422
        assert "วันที่นี้อยู่ล่วงหน้าเกินหนึ่งปี" in answer.text
        assert db.session.scalars(db.select(Entry)).all() == []

    def test_what_was_typed_is_stored_and_published(self, desk):
        answer = send(desk, "/write/forum", TYPED | {"action": "publish"})

        entry = only_entry()
        assert answer.headers["Location"] == f"/posts/{entry.number}"
        assert (entry.kind, entry.status) == (EntryKind.FORUM, Status.PUBLISHED)
        assert (entry.present, entry.group_count, entry.years) == (40, 4, (2549,))
        assert entry.title == "เวทีตำบลบางจาก 21 กรกฎาคม 2549"
        text = forum_text.parse(entry.body)
        assert [(group.name, len(group.lines)) for group in text.groups] == [
            ("กลุ่มนา", 2),
            ("กลุ่มสวน", 1),
        ]
        assert [line.id for line in text.lines] == ["q1", "q2", "q3"]
        assert text.notes == "คุยกันถึงเที่ยง"

    def test_it_opens_with_one_group_and_room_for_both_sides(self, desk):
        assert sheet_fields(desk.get("/write/forum").text) == {
            "groups-0-id": "",
            "groups-0-name": "กลุ่มที่ 1",
            "groups-0-problems-0-id": "",
            "groups-0-problems-0-text": "",
            "groups-0-answers-0-id": "",
            "groups-0-answers-0-text": "",
        }

    @pytest.mark.parametrize(
        ("button", "expected"),
        [
            ("groups:add", {"groups-2-name": "กลุ่มที่ 3", "groups-2-answers-0-text": ""}),
            ("groups:remove:0", {"groups-0-name": "กลุ่มสวน", "groups-1-name": None}),
            ("groups:up:1", {"groups-0-name": "กลุ่มสวน", "groups-1-problems-0-text": "น้ำไม่พอ"}),
            ("groups:down:0", {"groups-0-problems-0-text": "ลมแรง"}),
            ("groups-0-problems:add", {"groups-0-problems-2-text": ""}),
            ("groups-0-problems:down:0", {"groups-0-problems-1-text": "น้ำไม่พอ"}),
            ("groups-0-answers:remove:0", {"groups-0-answers-0-text": ""}),
            ("groups-9-answers:add", {"groups-0-answers-0-text": "ขุดสระ"}),
            ("groups-0-notes:add", {"groups-0-answers-0-text": "ขุดสระ"}),
            ("points:add", {"groups-0-answers-0-text": "ขุดสระ"}),
        ],
    )
    def test_buttons_change_groups_and_lines_and_lose_nothing(self, desk, button, expected):
        page = send(desk, "/write/forum", TYPED | {"row_action": button}).text
        fields = sheet_fields(page)

        assert {name: fields.get(name) for name in expected} == expected
        assert "คุยกันถึงเที่ยง" in page and 'value="๔๐"' in page
        assert db.session.scalar(db.select(Entry)) is None

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"present": "สี่สิบ"}, "present"),
            ({"present": "-1"}, "present"),
            ({"present": "9" * 5000}, "present"),
            ({"group_count": "4.5"}, "group_count"),
            ({"happened": "เมื่อวาน"}, "happened"),
            ({"communities": "no-such-place"}, "communities"),
            ({"groups-0-problems-0-text": "ก" * 301}, "lines"),
            ({"groups-0-name": "กลุ่ม\x07"}, "lines"),
            ({f"groups-{n}-name": f"ก{n}" for n in range(40)}, "lines"),
            ({f"groups-0-problems-{n}-text": f"ก{n}" for n in range(70)}, "lines"),
        ],
    )
    def test_what_cannot_be_taken_is_named_at_its_field(self, desk, change, field):
        answer = send(desk, "/write/forum", TYPED | change | {"action": "publish"})

        assert answer.status_code == 422
        assert f'href="#f-{field}"' in answer.text
        assert "ลมแรง" in answer.text and "คุยกันถึงเที่ยง" in answer.text

    def test_every_gap_is_named_and_the_draft_is_kept(self, desk):
        typed = {"title": "เวที", "communities": "tambon-bang-chak", "action": "publish"}
        answer = send(desk, "/write/forum", typed)

        assert answer.status_code == 422
        for field in ("happened", "present", "lines"):
            assert f'href="#f-{field}"' in answer.text
        assert sheet_fields(answer.text)["groups-0-name"] == "กลุ่มที่ 1"
        assert only_entry().status is Status.DRAFT

    def test_the_preview_shows_day_village_and_lines(self, desk):
        page = send(desk, "/write/forum", TYPED | {"action": "preview", "only": "preview"}).text
        for said in ("วันศุกร์ที่ 21 กรกฎาคม 2549", "ตำบลบางจาก", "40 คน", "4 กลุ่ม", "ลมแรง"):
            assert said in page
        assert "ถอดเป็นบทเรียนแล้ว" not in page

    def test_a_template_gives_its_lines_without_their_numbers(self, desk, writer):
        entry = factories.forum(writer, body=factories.sheets("กลุ่มนา", notes="คุยกันถึงเที่ยง"))
        send(desk, f"/entries/{entry.number}/template", {})
        page = desk.get(f"/write/forum?template={entry.number}").text
        fields = sheet_fields(page)
        assert fields["groups-0-problems-0-text"] == "กลุ่มนามีน้ำไม่พอ"
        assert fields["groups-0-problems-0-id"] == ""
        assert "คุยกันถึงเที่ยง" in page

    def test_saved_lines_keep_their_numbers_through_the_form(self, desk, writer):
        entry = factories.forum(writer, body=factories.sheets("กลุ่มนา", "กลุ่มสวน"))
        fields = sheet_fields(desk.get(f"/posts/{entry.number}/edit").text)
        assert fields["groups-1-problems-0-id"] == "q3"
        head = {name: value for name, value in TYPED.items() if not name.startswith("groups-")}
        typed = head | fields | {"groups-1-problems-0-text": "สวนขาดน้ำ", "base": "1"}
        send(desk, f"/posts/{entry.number}/edit", typed | {"action": "save"})

        saved = forum_text.parse(only_entry().body)
        assert [line.id for line in saved.lines] == ["q1", "q2", "q3", "q4"]
        assert saved.groups[1].problems[0].text == "สวนขาดน้ำ"

    def test_two_at_one_line_choose_and_lose_nothing(self, desk, writer):
        entry = factories.forum(writer, title="เวทีของเรา")
        typed = TYPED | sheet_fields(desk.get(f"/posts/{entry.number}/edit").text)
        typed |= {"title": "เวทีของเรา", "base": "1", "token": "ก" * 20}
        theirs = entry.body.replace("กลุ่มนามีน้ำไม่พอ", "น้ำเค็ม").replace(
            "### ทางออก", "- งูเข้านา {#q3}\n\n### ทางออก"
        )
        writing.save(factories.writer(), entry, replace(draft_of(entry), body=theirs), base=1)
        mine = {"groups-0-problems-0-text": "น้ำแห้ง", "action": "save"}
        asked = send(desk, f"/posts/{entry.number}/edit", typed | mine)

        assert asked.status_code == 409
        assert "น้ำเค็ม" in asked.text and "น้ำแห้ง" in asked.text
        fields = sheet_fields(asked.text)
        assert "งูเข้านา" in fields.values()
        hidden = {
            name: html.unescape(re.search(rf'name="{name}" value="([^"]*)"', asked.text)[1])
            for name in ("theirs", "began", "mine", "base", "token")
        }
        settled = typed | fields | hidden | {"passage-0": "theirs", "action": "settle"}
        answer = send(desk, f"/posts/{entry.number}/edit", settled)
        assert answer.status_code == 302, answer.text
        found = {line.id: line.text for line in forum_text.parse(only_entry().body).lines}
        assert found["q1"] == "น้ำเค็ม"
        assert "งูเข้านา" in found.values() and "ลมแรง" in found.values()

    @pytest.mark.parametrize(
        ("choice", "name"),
        [("mine", "ชาวนา"), ("theirs", "คนทำนา"), ("both", "คนทำนา / ชาวนา")],
    )
    def test_two_new_names_of_one_group_are_to_be_chosen(self, desk, writer, choice, name):
        entry = factories.forum(writer, title="เวทีของเรา", body=factories.sheets("กลุ่มนา", "กลุ่มสวน"))
        at = f"/posts/{entry.number}/edit"
        typed = TYPED | {"title": "เวทีของเรา", "base": "1", "token": "ก" * 20, "action": "save"}
        typed = {one: said for one, said in typed.items() if not one.startswith("groups-")}
        typed |= sheet_fields(desk.get(at).text)
        theirs = entry.body.replace("## กลุ่มนา", "## คนทำนา")
        writing.save(factories.writer(), entry, replace(draft_of(entry), body=theirs), base=1)
        asked = send(desk, at, typed | {"groups-0-name": "ชาวนา"})

        assert asked.status_code == 409
        assert "ชื่อกลุ่ม" in asked.text and "คนทำนา" in asked.text
        hidden = {
            name: html.unescape(re.search(rf'name="{name}" value="([^"]*)"', asked.text)[1])
            for name in ("theirs", "began", "mine", "base", "token")
        }
        chosen = {"passage-0": choice, "action": "settle"}
        send(desk, at, typed | sheet_fields(asked.text) | hidden | chosen)
        groups = forum_text.parse(only_entry().body).groups
        assert [group.name for group in groups] == [name, "กลุ่มสวน"]


class TestThePage:
    @pytest.fixture
    def record(self, writer):
        return factories.forum(writer, body=factories.sheets("กลุ่มนา", "กลุ่มสวน"), group_count=2)

    def test_it_tells_day_village_people_and_lines(self, client, record):
        page = client.get(f"/posts/{record.number}").text
        for said in (
            "บันทึกเวที",
            "วันศุกร์ที่ 21 กรกฎาคม 2549",
            "ปีงบประมาณ พ.ศ. 2549",
            "40 คน",
            "2 กลุ่ม",
            "0 จาก 4 ข้อถอดเป็นบทเรียนแล้ว",
        ):
            assert said in page
        assert re.findall(r'<li class="part line" id="(q\d)">', page) == ["q1", "q2", "q3", "q4"]
        english = client.get(f"/posts/{record.number}?lang=en").text
        for said in ("Forum record", "Friday, 21 July 2549", "0 of 4 lines", "40 people"):
            assert said in english

    def test_only_writers_are_led_to_the_lesson_form(self, client, sign_in, record):
        link = f'href="/write/quick?line={record.number}-q3"'
        assert html.escape(link, quote=False) not in client.get(f"/posts/{record.number}").text
        sign_in(client, factories.user())
        assert link not in client.get(f"/posts/{record.number}").text
        sign_in(client, factories.writer("tambon-karo"))
        assert link in client.get(f"/posts/{record.number}").text

    def test_a_draft_lesson_is_no_strangers_business(self, client, sign_in, writer, record):
        lesson = factories.lesson(
            writer,
            title="สระน้ำร่วมกัน",
            status=Status.DRAFT,
            grows_from=(f"{record.number}-q2", f"{record.number}-q3"),
        )
        page = client.get(f"/posts/{record.number}").text
        assert "0 จาก 4" in page and "สระน้ำร่วมกัน" not in page

        writing.publish(writer, lesson)
        page = client.get(f"/posts/{record.number}").text
        assert "2 จาก 4" in page and page.count('class="growth"') == 2
        lifecycle.hide(factories.moderator(), lesson, reason="ทดลอง")
        assert "0 จาก 4" in client.get(f"/posts/{record.number}").text

        sign_in(client, writer)
        page = client.get(f"/posts/{record.number}").text
        assert "2 จาก 4" in page and "สระน้ำร่วมกัน" in page

    def test_a_list_in_the_notes_is_no_line(self, client, writer):
        body = factories.sheets(notes="- ของเหลือ {#q9}\n- ซ้ำ {#q1}")
        record = factories.forum(writer, body=body)
        factories.lesson(writer, grows_from=(f"{record.number}-q1",))
        page = client.get(f"/posts/{record.number}").text
        assert "1 จาก 2" in page
        assert page.count('class="growth"') == 1

    def test_a_line_that_was_taken_out_says_so(self, client, writer, record):
        body = "\n".join(line for line in record.body.split("\n") if "{#q3}" not in line)
        factories.lesson(writer, grows_from=(f"{record.number}-q3",))
        writing.save(writer, record, replace(draft_of(record), body=body), base=1)
        page = client.get(f"/posts/{record.number}").text
        assert "0 จาก 3" in page
        assert re.search(r'<li id="q3" class="note">', page)

    def test_a_record_out_of_sight_is_not_found_nor_told_by_its_lessons(
        self, client, writer, record
    ):
        lesson = factories.lesson(writer, grows_from=(f"{record.number}-q3",))
        address = f"/lessons/{lesson.number}/{lesson.slug}"
        assert "ต่อยอดจากเวที" in client.get(address).text
        lifecycle.withdraw(writer, record)
        assert client.get(f"/posts/{record.number}").status_code == 404
        assert "ต่อยอดจากเวที" not in client.get(address).text
        assert record.title not in client.get(address).text

    def test_another_kind_is_not_offered(self, desk, record):
        page = desk.get(f"/posts/{record.number}").text
        assert f"/entries/{record.number}/kind" not in page
        assert f"/entries/{record.number}/name" in page


class TestTheLessonForm:
    @pytest.mark.parametrize("what", ["quick", "lesson"])
    def test_it_opens_with_the_line_and_what_the_record_knows(self, desk, what):
        record = factories.forum(factories.writer(), proposed_program="งานตัวอย่าง")
        page = desk.get(f"/write/{what}?line={record.number}-q2").text

        assert "กลุ่มนาขุดสระร่วมกัน" in page
        program = record.programs[0].slug
        for checked in ("tambon-bang-chak", program, f"{record.number}-q2"):
            assert re.search(rf'value="{checked}" checked', page), checked
        assert re.search(r'id="f-years" name="years" value="2549"', page)
        assert f"/posts/{record.number}#q2</textarea>" in page

    def test_of_a_line_nobody_may_read_nothing_is_shown(self, desk, writer):
        other = factories.forum(factories.writer("tambon-karo"), status=Status.DRAFT)
        page = desk.get(f"/write/quick?line={other.number}-q1").text
        assert 'name="grows"' not in page and other.title not in page

    def test_the_link_is_kept_and_taken_back_by_the_form(self, desk, writer):
        record = factories.forum(writer)
        key = f"{record.number}-q1"
        lesson = factories.lesson(writer, grows_from=(key,))
        edit = f"/lessons/{lesson.number}/{lesson.slug}/edit"
        assert f'value="{key}" checked' in desk.get(edit).text

        whole = {
            "title": lesson.title,
            "communities": "tambon-bang-chak",
            "programs": "own-work",
            "years": "2549",
            "grows_asked": "1",
            "base": "1",
            "action": "save",
        }
        send(desk, edit, whole | {"grows": key, "summary": "สั้น"})
        assert "1 จาก 2" in desk.get(f"/posts/{record.number}").text
        send(desk, edit, whole | {"base": "2", "summary": "สั้นกว่า"})
        assert "0 จาก 2" in desk.get(f"/posts/{record.number}").text

    def test_an_unticked_line_stays_listed_when_the_form_comes_back(self, desk, writer):
        record = factories.forum(writer)
        key = f"{record.number}-q1"
        lesson = factories.lesson(writer, grows_from=(key,))
        edit = f"/lessons/{lesson.number}/{lesson.slug}/edit"
        typed = fields_of(desk.get(edit).text)
        assert typed.pop("grows") == [key]

        again = desk.post(edit, data={**typed, "title": "", "action": "save"})
        assert again.status_code == 422
        assert f'value="{key}"' in again.text and f'value="{key}" checked' not in again.text
        data = {**fields_of(again.text), "title": lesson.title, "action": "save"}
        assert desk.post(edit, data=data).status_code == 302

        assert "0 จาก 2" in desk.get(f"/posts/{record.number}").text

    def test_the_evidence_calls_the_record_by_its_title(self, client, writer):
        record = factories.forum(writer, title="เวทีบ้านเรา")
        lesson = factories.lesson(writer, evidence=f"/posts/{record.number}#q1")
        page = client.get(f"/lessons/{lesson.number}/{lesson.slug}").text
        assert f'<a href="/posts/{record.number}#q1">เวทีบ้านเรา</a>' in page


class TestLists:
    def test_it_stands_in_lists_feed_and_search_under_its_kind(self, client, writer):
        record = factories.forum(writer, title="เวทีบ้านเรา")
        factories.post(writer, title="วงน้ำชา")
        indexing.rebuild()
        for path in ("/", "/posts", "/feed.atom", "/posts/feed.atom", "/search?q=ขุดสระร่วมกัน"):
            assert "เวทีบ้านเรา" in client.get(path).text, path
        page = client.get("/search?kind=forum").text
        assert "เวทีบ้านเรา" in page and "วงน้ำชา" not in page
        assert "บันทึกเวที" in page
        assert "เวทีบ้านเรา" in client.get("/search?q=ประเภท:บันทึกเวที").text
        assert (
            client.get(f"/lessons/{record.number}")
            .headers["Location"]
            .endswith(f"/posts/{record.number}")
        )

    def test_the_history_says_what_changed_beside_the_lines(self, client, writer):
        record = factories.forum(writer)
        writing.save(writer, record, replace(draft_of(record), present=41, group_count=4), base=1)
        page = client.get(f"/posts/{record.number}/compare?from=1&to=2").text
        for said in ("จำนวนผู้เข้าร่วม", "40", "41", "จำนวนกลุ่ม"):
            assert said in page
