"""Bringing content in: once, whole, with names for what was refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import formats
from app.db import db
from app.models import Entry
from app.services import importing, writing
from app.services.drafts import Draft
from app.vocabulary import EntryKind, LessonForm, License, Status
from tests import factories

PAGE = """ปลูกผักข้างบ้านด้วยกัน


เราอยากให้ทุกบ้านมีผักกินโดยไม่ต้องซื้อ จึงชวนกันปลูกข้างรั้ว

หมู่บ้านของเรามีที่ว่างข้างบ้านอยู่2ด้านคือ
1)ริมรั้ว
2)หลังครัว

เราอยากให้ทุกบ้านมีผักกินโดยไม่ต้องซื้อ จึงชวนกันปลูกข้างรั้ว

ปี2550เริ่มจาก12บ้านครับ

หมายเลขบันทึก: 150123เขียนเมื่อ 19 ตุลาคม 2007 14:59 น. ()แก้ไขเมื่อ 11 กุมภาพันธ์ 2012 21:06 น. ()สัญญาอนุญาต: จำนวนที่อ่านจำนวนที่อ่าน:


ความเห็น (0)

ไม่มีความเห็น

พบปัญหาการใช้งานกรุณาแจ้ง LINE ID @gotoknow
ClassStart
"""  # noqa: E501 - the tail of such a page is one line


def imported(path: Path) -> importing.Report:
    return importing.import_records(None, formats.read(path))


@pytest.fixture
def saved_page(tmp_path: Path) -> Path:
    path = tmp_path / "page.txt"
    path.write_text(PAGE, "utf-8")
    return path


def test_a_saved_page_comes_in_whole(app, saved_page):
    report = imported(saved_page)

    entry = db.session.query(Entry).one()
    assert (report.added, report.problems) == (1, [])
    assert (entry.number, entry.title, entry.status) == (
        150123,
        "ปลูกผักข้างบ้านด้วยกัน",
        Status.PUBLISHED,
    )
    assert entry.created_at.isoformat() == "2007-10-19T07:59:00+00:00"
    assert entry.edited_at.isoformat() == "2012-02-11T14:06:00+00:00"
    assert entry.summary.startswith("เราอยากให้ทุกบ้าน")
    assert entry.body.startswith("หมู่บ้านของเรา")
    assert entry.body.count("เราอยากให้ทุกบ้าน") == 1
    assert "ClassStart" not in entry.body
    assert entry.license is License.NOT_RECORDED
    assert set(entry.source["missing"]) >= {"author", "license", "reads"}
    assert (entry.communities, entry.programs, entry.years) == (
        [],
        [],
        (),
    )  # proposals wait for a person
    assert entry.revision_number == 1


def test_importing_it_again_changes_nothing(app, saved_page):
    imported(saved_page)

    again = imported(saved_page)

    assert (again.added, again.changed, again.same) == (0, 0, 1)
    assert db.session.query(Entry).one().revision_number == 1


def test_old_addresses_lead_to_it(app, client, saved_page):
    imported(saved_page)

    assert client.get("/posts/150123").status_code == 200
    moved = client.get("/blog/anything/150123")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/posts/150123")


def test_its_page_says_what_the_source_did_not_tell(app, client, saved_page):
    imported(saved_page)

    page = client.get("/posts/150123").get_data(as_text=True)

    for words in (
        "ไม่ระบุสัญญาอนุญาต",
        "ไม่ทราบจำนวนที่อ่าน",
        "ไม่มีความเห็น",
        "19 ตุลาคม 2550",
        "11 กุมภาพันธ์ 2555",
    ):
        assert words in page


def write(folder: Path, name: str, front: str, body: str = "ข้อความ") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"---\n{front}\n---\n{body}\n", "utf-8")


def test_a_bad_file_is_named_with_its_line_and_the_rest_comes_in(app, tmp_path):
    write(tmp_path, "posts/900901.md", "number: 900901\nkind: post\ntitle: ดี")
    write(tmp_path, "posts/900902.md", "number: 900902\nkind: post\ntitle: [เสีย")
    write(
        tmp_path,
        "posts/900903.md",
        "number: 900903\nkind: post\ntitle: ที่ไม่รู้จัก\ncommunities: [ตำบลบางจาด]",
    )

    report = imported(tmp_path)

    assert report.added == 1
    assert len(report.problems) == 2
    assert any("posts/900902.md" in said for said in report.problems)
    assert any("posts/900903.md" in said and "บางจาก" in said for said in report.problems)


def test_a_lesson_that_does_not_fill_the_form_comes_in_as_free_text(app, tmp_path):
    front = "number: 900910\nkind: lesson\nform: full\ntitle: เก่า\nyears: [2549]\n"
    front += "communities: [tambon-bang-chak]\nprograms: [own-work]"
    write(tmp_path, "lessons/900910.md", front, "## เล่าตามสบาย\n\nข้อความเดิม")

    imported(tmp_path)

    entry = db.session.query(Entry).one()
    assert (entry.form, entry.status) == (LessonForm.FREE, Status.PUBLISHED)
    assert "ข้อความเดิม" in entry.body


def test_a_number_taken_by_something_else_is_named(app, tmp_path):
    entry = factories.post()
    write(tmp_path, f"posts/{entry.number}.md", f"number: {entry.number}\nkind: post\ntitle: ชน")

    report = imported(tmp_path)

    assert report.added == 0
    assert str(entry.number) in report.problems[0]
    assert entry.title != "ชน"


def test_a_newer_file_is_a_revision_but_never_over_what_people_wrote(app, tmp_path):
    write(tmp_path, "posts/900920.md", "number: 900920\nkind: post\ntitle: ก", "หนึ่ง")
    imported(tmp_path)
    write(tmp_path, "posts/900920.md", "number: 900920\nkind: post\ntitle: ก", "สอง")
    assert imported(tmp_path).changed == 1

    entry = db.session.query(Entry).one()
    facilitator = factories.facilitator("province-nakhon-si-thammarat")
    writing.save(facilitator, entry, Draft(kind=EntryKind.POST, title="ก", body="ของคน"), base=2)
    write(tmp_path, "posts/900920.md", "number: 900920\nkind: post\ntitle: ก", "สาม")
    report = imported(tmp_path)

    assert (report.changed, len(report.problems)) == (0, 1)
    assert entry.body == "ของคน"


def test_a_dry_run_changes_nothing(app, saved_page):
    report = importing.import_records(None, formats.read(saved_page), dry_run=True)

    assert report.added == 1
    assert db.session.query(Entry).count() == 0


def test_the_starter_library_tells_the_story_and_leads_to_no_empty_page(library):
    client = library.test_client()

    for path in (
        "/",
        "/lessons",
        "/posts",
        "/pages/timeline",
        "/lessons/900024",
        "/programs/pilot-3-tambon",
        "/years/2548",
    ):
        assert client.get(path, follow_redirects=True).status_code == 200, path
    assert db.session.query(Entry).filter_by(status=Status.PUBLISHED).count() == 34
    assert db.session.query(Entry).filter_by(form=LessonForm.FREE).count() == 0
