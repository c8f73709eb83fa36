"""The pages that readers meet: what they answer, say, weigh, and never do."""

from __future__ import annotations

import gzip
import re
from urllib.parse import quote

import pytest

from app.db import db, transaction
from app.models import Entry, Revision
from app.services import comments, history, rights, writing
from app.services.drafts import Draft
from app.text.diff import MOST_BYTES
from app.vocabulary import EntryKind, LessonForm, License, Right, Status
from app.web.versions import text_changes
from tests import factories

#: A lesson with eight boxes, a quick one, a post and a page of the starter library.
LESSON, QUICK, POST, PAGE = "/posts/900024", "/posts/900023", "/posts/900018", "/pages/timeline"

#: address, what the page says in Thai, what it says in English
READERS_PAGES = [
    ("/", "จากสามตำบลสู่ทั้งจังหวัด", "From three tambons to the whole province"),
    ("/posts", "บันทึกและเรื่องเล่า", "Posts and stories"),
    ("/lessons", "คลังบทเรียน", "Lesson library"),
    ("/pages", "หน้าความรู้", "Knowledge pages"),
    (LESSON, "แก่นความรู้", "The heart of it"),
    (QUICK, "บทเรียนสั้น", "Quick lesson"),
    (POST, "หมายเลขบันทึก", "Record number"),
    (PAGE, "สารบัญ", "Contents"),
    ("/search?q=คุณอำนวย", "ผลการค้นหา", "Search results"),
    ("/search", "ค้นหาและเลือกดู", "Search and browse"),
    (f"{POST}/history", "ประวัติการแก้ไข", "History"),
    (f"{POST}/links", "หน้าอื่นที่ลิงก์มาหน้านี้", "What links here"),
    (f"{POST}/compare?from=1&to=1", "สองฉบับเหมือนกัน", "The two versions are the same."),
    ("/report", "พบปัญหาอะไร", "What is wrong?"),
    ("/report/thanks", "ขอบคุณ", "Thank you"),
]


@pytest.fixture
def reader(library):
    """A browser without account on a site with the starter library."""
    return library.test_client()


def opened(client, address: str, **args: str):
    answer = client.get(address, query_string=None, follow_redirects=True)
    if args:
        sign = "&" if "?" in address else "?"
        pairs = "&".join(f"{name}={value}" for name, value in args.items())
        answer = client.get(f"{address}{sign}{pairs}", follow_redirects=True)
    return answer


@pytest.mark.parametrize(("address", "thai", "english"), READERS_PAGES)
class TestReadersPages:
    def test_it_speaks_both_languages(self, reader, address, thai, english):
        for lang, said, other in (("th", thai, english), ("en", english, thai)):
            path = address
            if lang == "en" and address.startswith("/posts/9") and "/" not in address[8:]:
                path = reader.get(address, follow_redirects=True).request.path
            answer = opened(reader, path, **({"lang": "en"} if lang == "en" else {}))
            assert answer.status_code == 200
            assert f'<html lang="{lang}">' in answer.text
            assert said in answer.text
            if lang == "th":
                assert other not in answer.text

    def test_it_needs_no_session_and_no_inline_script(self, reader, address, thai, english):
        answer = reader.get(address, follow_redirects=True)
        if not address.startswith("/report"):
            assert "Set-Cookie" not in answer.headers
        assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*ld\+json)", answer.text)
        assert not re.search(r'\sstyle="|\son[a-z]+="', answer.text)
        assert len(re.findall(r"<h1[ >]", answer.text)) == 1
        ids = re.findall(r'\sid="([^"]*)"', answer.text)
        assert len(ids) == len(set(ids)), sorted(one for one in ids if ids.count(one) > 1)


class TestHome:
    def test_the_timeline_can_be_entered(self, reader):
        page = reader.get("/").text
        doors = re.findall(r'<li><a href="([^"]*)"><span class="timeline-year">', page)
        assert doors == ["/years/2548", "/years/2549", "/years/2550", "/years/2551", "/years"]
        for door in doors:
            assert reader.get(door).status_code == 200

    def test_every_example_finds_something(self, reader):
        page = reader.get("/").text
        examples = re.findall(r'href="(/search\?q=[^"]*)"', page)
        assert len(examples) >= 3
        for example in examples:
            assert "ไม่พบ" not in reader.get(example).text

    def test_chips_count_what_their_pages_hold(self, reader):
        page = reader.get("/").text
        chip = re.search(r'href="(/communities/tambon-bang-chak)">.*?class="count">(\d+)<', page)
        assert chip is not None
        assert int(chip[2]) > 1

    def test_years_follow_the_calendar_that_was_asked_for(self, reader):
        page = reader.get("/?era=ce").text
        assert "ค.ศ. 2005" in page

    def test_an_empty_site_invites(self, client):
        answer = client.get("/")
        assert answer.status_code == 200
        assert "ยังไม่มีใครเล่า เขียนเป็นคนแรก" in answer.text


class TestSearchPage:
    def test_a_filter_narrows_and_can_be_taken_away(self, reader):
        page = reader.get("/search?q=เวที").text
        total = int(re.search(r"พบ (\d+) เรื่อง", page)[1])
        links = re.findall(r'<li><a href="([^"]*)" rel="nofollow"><span class="tick">', page)
        narrow = next(link for link in links if "community=" in link).replace("&amp;", "&")
        narrowed = reader.get(narrow).text
        assert int(re.search(r"พบ (\d+) เรื่อง", narrowed)[1]) <= total
        chip = re.search(r'<a class="chip chip-community" href="([^"]*)" rel="nofollow">', narrowed)
        back = reader.get(chip[1].replace("&amp;", "&")).text
        assert int(re.search(r"พบ (\d+) เรื่อง", back)[1]) == total

    def test_long_facets_are_folded(self, reader):
        page = reader.get("/search").text
        groups = re.findall(r'<details class="facet facet-(\w+)".*?</ul>', page, re.S)
        assert {"kind", "community", "program", "year"} <= set(groups)
        first = re.search(r'class="facet facet-year".*?</ul>', page, re.S)[0]
        assert first.count("<li>") <= 10
        assert "facet-rest" in page

    def test_places_are_named_in_the_language_of_the_page(self, reader):
        assert "Bang Chak" in reader.get("/search?lang=en").text
        assert "ตำบลบางจาก" in reader.get("/search").text

    def test_no_hit_offers_ways_on(self, reader):
        page = reader.get("/search?q=ปลาวาฬดำน้ำลึก&year=2548").text
        assert "ไม่มีเรื่องที่ตรงกับตัวกรองเหล่านี้" in page
        page = reader.get("/search?q=qqzzxxjj+ปี48").text
        if "ไม่พบ" in page:
            assert "โดยไม่ระบุปี" in page

    def test_browsing_shows_summaries_and_newest_first(self, reader):
        page = reader.get("/lessons").text
        assert re.search(r'aria-current="true">ล่าสุด', page)
        assert "ก่อนทำ เป้าหมาย" not in page

    @pytest.mark.parametrize(
        "query",
        [
            "q=" + "ก" * 2000,
            "page=0",
            "page=99999999999",
            "sort=nonsense",
            "year=abc",
            "kind=",
            "q=%00",
        ],
    )
    def test_a_strange_address_is_no_fault(self, reader, query):
        assert reader.get(f"/search?{query}").status_code in (200, 400)


class TestEntryPage:
    def test_a_page_of_ten_kilobytes_weighs_little(self, app):
        body = ("เช้านี้เราคุยกันเรื่องปุ๋ยหมักและบัญชีครัวเรือน ใครทำอะไรได้บ้างก็เล่าให้ฟัง " * 45)[:3400]
        body = "\n\n".join(f"## ตอนที่ {n}\n{body[n * 340 : n * 340 + 340]}" for n in range(10))
        entry = factories.post(body=body)
        assert 9_000 < len(entry.body.encode()) < 12_000
        answer = app.test_client().get(
            f"/posts/{entry.number}", headers={"Accept-Encoding": "gzip"}
        )
        sent = answer.data if "Content-Encoding" in answer.headers else gzip.compress(answer.data)
        assert len(sent) <= 20_000

    @pytest.mark.parametrize("address", [LESSON, QUICK, POST, PAGE, "/", "/search", "/lessons"])
    def test_html_stays_within_its_budget(self, reader, address):
        answer = reader.get(address, follow_redirects=True)
        assert len(gzip.compress(answer.data)) <= 20_000

    def test_what_an_imported_page_does_not_tell_is_said(self, client, app):
        entry = factories.post(license=License.NOT_RECORDED)
        entry.source = {"system": "GotoKnow", "missing": ["reads", "license"]}
        db.session.commit()
        page = client.get(f"/posts/{entry.number}").text
        assert "ไม่ระบุสัญญาอนุญาต" in page
        assert "ไม่ทราบจำนวนที่อ่าน" in page
        assert "ไม่มีความเห็น" in page

    def test_evidence_is_links_with_names(self, client):
        other = factories.post(title="บันทึกต้นเรื่อง")
        told = f"/posts/{other.number} https://www.example.org/a?b=1 สมุดของกลุ่ม"
        entry = factories.lesson(evidence=told)
        page = client.get(f"/posts/{entry.number}", follow_redirects=True).text
        assert f'<a href="/posts/{other.number}">บันทึกต้นเรื่อง</a>' in page
        assert ">example.org/a?b=1</a>" in page
        assert "<li>สมุดของกลุ่ม</li>" in page

    def test_empty_boxes_are_offered_to_writers_only(self, client, sign_in, app):
        author = factories.writer()
        entry = factories.lesson(author)
        path = f"/lessons/{entry.number}/{quote(entry.slug)}"
        assert "ช่วยเติม" not in app.test_client().get(path).text
        page = sign_in(client, author).get(path).text
        assert "ช่วยเติม" in page
        assert f'href="{path}/edit#f-box_context"' in page

    @pytest.mark.parametrize(
        ("status", "code", "said"),
        [
            (Status.DRAFT, 200, "นี่คือร่าง เห็นเฉพาะผู้เขียน"),
            (Status.WAITING, 200, "รอตรวจ ผู้อ่านยังไม่เห็น"),
            (Status.HIDDEN, 200, "ซ่อนจากผู้อ่านอยู่ เหตุผล: ทดลอง"),
            (Status.BINNED, 200, "อยู่ในถังขยะ ผู้อ่านไม่เห็น"),
        ],
    )
    def test_where_a_text_stands_is_said_to_its_writer(
        self, client, sign_in, app, status, code, said
    ):
        author = factories.writer()
        entry = factories.post(author, status=status)
        answer = sign_in(client, author).get(f"/posts/{entry.number}")
        assert answer.status_code == code
        assert said in answer.text
        assert app.test_client().get(f"/posts/{entry.number}").status_code == 404


class TestHistoryPages:
    @pytest.fixture
    def changed(self, app):
        author = factories.writer()
        entry = factories.lesson(author)
        writing.save(
            author,
            entry,
            Draft(
                kind=EntryKind.LESSON,
                form=LessonForm.FULL,
                title=entry.title,
                body=factories.lesson_body(goal="เป้าใหม่"),
                communities=("tambon-tha-rai",),
                programs=("own-work",),
                years=(2549, 2550),
                license=License.CC0,
            ),
            base=1,
            note="แก้เป้าหมาย",
        )
        return entry

    def test_versions_are_listed_with_their_notes(self, client, changed):
        page = client.get(f"/posts/{changed.number}/history").text
        assert "แก้เป้าหมาย" in page
        assert "ฉบับที่ 2" in page

    def test_fields_are_named_in_words(self, client, changed):
        answer = client.get(f"/posts/{changed.number}/compare?from=1&to=2")
        told = re.search(r'<dl class="facts">.*?</dl>', answer.text, re.S)[0]
        for said in ("พื้นที่/ชุมชน", "ตำบลบางจาก", "ตำบลท่าไร่", "พ.ศ. 2549, พ.ศ. 2550", "CC0 1.0"):
            assert said in told
        for raw in ("communities", "tambon-", "license", "cc0"):
            assert raw not in told
        assert "<ins>" in answer.text

    def test_long_changes_in_many_boxes_are_told_by_lines_as_in_one(self, app):
        lines = ["กองไว้ใกล้ครัวแล้วได้ทำ"] * (MOST_BYTES // 180)
        was, now = "\n".join(lines), "\n".join(lines).replace("ใกล้", "ไกล")

        def told(**boxes: tuple[str, str]) -> list[bool]:
            """Whether the words of a changed line are told apart, a box at a time."""
            older, newer = (
                factories.lesson_body(**{name: pair[at] for name, pair in boxes.items()})
                for at in (0, 1)
            )
            changes = text_changes(EntryKind.LESSON, older, newer)
            return ["กองไว้<del>" in lines[0][1] for _label, lines in changes]

        assert told(goal=(was, now)) == [True]
        assert told(goal=(was, now), actions=(was, now)) == [False, False]

    def test_early_versions_are_for_writers(self, client, sign_in, app):
        author = factories.writer()
        entry = factories.post(author, title="ก่อนเผยแพร่", status=Status.DRAFT)
        draft = Draft(kind=EntryKind.POST, title="เผยแพร่", body="ข้อความ")
        writing.publish(author, writing.save(author, entry, draft, base=1))
        early = f"/posts/{entry.number}/revisions/1"
        assert client.get(early).status_code == 404
        assert client.get(f"/posts/{entry.number}/revisions/2").status_code == 200
        assert client.get(f"/posts/{entry.number}/revisions/99").status_code == 404
        assert "ก่อนเผยแพร่" not in client.get(f"/posts/{entry.number}/history").text
        assert sign_in(app.test_client(), author).get(early).status_code == 200


class TestTalkAndReports:
    def test_a_comment_is_written_once_and_linked(self, client, sign_in):
        entry, member = factories.post(), factories.user()
        desk = sign_in(client, member)
        path = f"/posts/{entry.number}/comments/new"
        page = desk.get(path).text
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        sent = {**fields, "body": "ขอบคุณที่เล่า"}
        first = desk.post(path, data=sent)
        assert first.headers["Location"].endswith(f"/posts/{entry.number}#c1")
        assert desk.post(path, data=sent).headers["Location"] == first.headers["Location"]
        shown = desk.get(f"/posts/{entry.number}").text
        assert shown.count("ขอบคุณที่เล่า") == 1
        assert 'id="c1"' in shown

    def test_an_empty_comment_is_named(self, client, sign_in):
        entry = factories.post()
        desk = sign_in(client, factories.user())
        path = f"/posts/{entry.number}/comments/new"
        token = re.search(r'name="csrf_token" value="([^"]*)"', desk.get(path).text)[1]
        answer = desk.post(path, data={"csrf_token": token, "body": " "})
        assert answer.status_code == 422
        assert "ยังไม่มีเนื้อหา" in answer.text

    def test_removing_asks_and_names_the_comment(self, client, sign_in):
        entry, member = factories.post(), factories.user()
        comments.add(member, entry, "พิมพ์ผิด")
        desk = sign_in(client, member)
        path = f"/posts/{entry.number}/comments/1/removal"
        page = desk.get(path).text
        assert "ลบความเห็นที่ 1" in page
        token = re.search(r'name="csrf_token" value="([^"]*)"', page)[1]
        assert desk.post(path, data={"csrf_token": token}).status_code == 302
        assert "พิมพ์ผิด" not in desk.get(f"/posts/{entry.number}").text

    def test_a_report_knows_its_page_and_keeps_its_text(self, client):
        entry = factories.post()
        page = client.get(f"/report?about=/posts/{entry.number}").text
        assert f'value="/posts/{entry.number}"' in page
        token = re.search(r'name="csrf_token" value="([^"]*)"', page)[1]
        sent = {"csrf_token": token, "about": f"/posts/{entry.number}", "contact": "x@example.org"}
        answer = client.post("/report", data={**sent, "text": ""})
        assert answer.status_code == 422
        assert 'value="x@example.org"' in answer.text
        answer = client.post("/report", data={**sent, "text": "ปีผิด"})
        thanks = client.get(answer.headers["Location"]).text
        assert re.search(rf'href="/posts/{entry.number}">[^<]*</a>', thanks)

    @pytest.mark.parametrize(
        "elsewhere", ["//example.org", "https://example.org", "/\\example.org"]
    )
    def test_thanks_leads_to_no_other_site(self, client, elsewhere):
        page = client.get("/report/thanks", query_string={"about": elsewhere}).text
        main = page.split("<main")[1].split("</main>")[0]
        assert "example.org" not in main


class TestDrafts:
    def test_a_draft_can_be_binned_and_brought_back(self, client, sign_in):
        author = factories.writer()
        entry = factories.post(author, title="ร่างของฉัน ก", status=Status.DRAFT)
        desk = sign_in(client, author)
        for verb, said in (("bin", "ย้ายไปถังขยะแล้ว"), ("restoration", "กู้คืนกลับที่เดิมแล้ว")):
            page = desk.get("/drafts").text
            assert "ร่างของฉัน ก" in page
            token = re.search(r'name="csrf_token" value="([^"]*)"', page)[1]
            answer = desk.post(
                f"/entries/{entry.number}/{verb}",
                data={"csrf_token": token},
                follow_redirects=True,
            )
            assert said in answer.text
        assert db.session.get(Entry, entry.id).status is Status.DRAFT

    def test_strangers_see_no_drafts(self, client, sign_in):
        factories.post(title="ลับ", status=Status.DRAFT)
        assert "ลับ" not in sign_in(client, factories.writer()).get("/drafts").text


def test_the_first_version_is_no_edit(client):
    entry = factories.post()
    assert entry.edited_at == entry.created_at
    assert "แก้ไขล่าสุด" not in client.get(f"/posts/{entry.number}").text
    writing.save(
        entry.author, entry, Draft(kind=EntryKind.POST, title=entry.title, body="ใหม่"), base=1
    )
    assert "แก้ไขล่าสุดโดย" in client.get(f"/posts/{entry.number}").text
    assert len(db.session.scalars(db.select(Revision)).all()) == 2
    assert history.newest_revision(entry).number == 2


@pytest.mark.parametrize(
    "path",
    [
        "/entries/{page}/limit",
        "/account/profile",
        "/communities/new",
        "/invitations",
        "/people/{person}/rights",
    ],
)
def test_places_are_named_in_the_language_of_the_page_wherever_they_are_chosen(
    client, sign_in, path
):
    page, person, keeper = factories.page(), factories.user(), factories.facilitator()
    with transaction():
        rights.add_grant(keeper, Right.ADMIN, by=None)
    keeper = sign_in(client, keeper)
    at = path.format(page=page.number, person=person.username)
    for lang, name, other in (("th", "ตำบลบางจาก", "Bang Chak"), ("en", "Bang Chak", "ตำบลบางจาก")):
        shown = keeper.get(f"{at}?lang={lang}").text
        options = "".join(re.findall(r"<option[^>]*>[^<]*", shown))
        assert name in options and other not in options
