"""จดสั้น: one box, a journal, and the post that grows out of a note."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from app.db import db
from app.formats.entry_files import path_of, read_entry, write_entry
from app.models import Book, Entry, Tag
from app.services import autosaves, importing, indexing, lifecycle, submissions
from app.services.drafts import Draft
from app.vocabulary import EntryKind, Status
from tests import factories
from tests.web.test_writing import fields_of

LINE = "เช้านี้แม่เล่าว่าน้ำในคลองใสขึ้น"


@pytest.fixture
def member(app):
    return factories.user(name="ตัวอย่าง คนจด")


@pytest.fixture
def desk(client, sign_in, member):
    return sign_in(client, member)


def sent_with(page: str, **changed: str) -> dict[str, object]:
    """The form of a page as a browser would send it, with ``changed`` typed into it."""
    return {**fields_of(page), **changed}


def note(desk, text: str = LINE) -> Entry:
    """A note written by the form."""
    data = sent_with(desk.get("/write/note").text, body=text, action="publish")
    assert desk.post("/write/note", data=data).status_code == 302
    return newest()


def newest() -> Entry:
    found = db.session.scalar(db.select(Entry).order_by(Entry.id.desc()).limit(1))
    assert found is not None
    return found


def test_a_member_notes_a_line_and_it_stands_in_the_journal(app, desk, member):
    page = desk.get("/write/note").text
    assert 'name="title"' not in page
    assert 'name="communities"' not in page
    assert re.findall(r'<button[^>]*button-primary[^>]*name="action"[^>]*>([^<]*)<', page) == [
        "จดสั้น"
    ]

    answer = desk.post("/write/note", data=sent_with(page, body=LINE, action="publish"))

    made = newest()
    assert answer.headers["Location"] == f"/people/{member.username}/journal"
    assert (made.kind, made.status, made.title) == (EntryKind.JOURNAL, Status.PUBLISHED, LINE)
    assert made.book is None
    stranger = app.test_client()
    journal = stranger.get(f"/people/{member.username}/journal")
    assert LINE in journal.text
    assert "Set-Cookie" not in journal.headers
    assert LINE in stranger.get(f"/people/{member.username}/journal/feed.atom").text
    assert LINE in stranger.get(f"/posts/{made.number}").text
    assert f"/people/{member.username}/journal" in stranger.get(f"/people/{member.username}").text


def test_a_note_sent_twice_is_made_once(desk):
    data = sent_with(desk.get("/write/note").text, body=LINE, action="publish")

    for _press in range(2):
        assert desk.post("/write/note", data=data).status_code == 302

    kinds = db.session.scalars(db.select(Entry.kind)).all()
    assert kinds == [EntryKind.JOURNAL]


@pytest.mark.parametrize("empty", ["", "   \n "])
def test_an_empty_note_is_not_taken_and_names_its_one_box(desk, empty):
    data = sent_with(desk.get("/write/note").text, body=empty, action="publish")

    answer = desk.post("/write/note", data=data)

    assert answer.status_code == 422
    assert "ยังไม่ได้ใส่: เนื้อหา" in answer.text
    assert "ชื่อเรื่อง" not in answer.text


def test_an_unsaved_note_of_a_member_is_kept_by_the_server(desk, member):
    kept = autosaves.keep(member, "note", [("body", LINE)])

    assert kept.form == "note"
    assert LINE in desk.get("/write/note?kept=1").text


def test_a_member_who_is_no_writer_is_offered_the_note_alone(desk):
    page = desk.get("/write").text
    assert 'href="/write/note"' in page
    assert 'href="/write/story"' not in page
    assert desk.get("/write/story").status_code == 403


@pytest.mark.parametrize(
    ("path", "is_there"),
    [
        ("/", False),
        ("/posts", False),
        ("/feed.atom", False),
        ("/search?kind=journal", True),
        ("/search", True),
        ("/api/v1/entries?kind=journal", True),
    ],
)
def test_a_note_stands_where_it_belongs(app, desk, path, is_there):
    made = note(desk)
    indexing.follow()

    page = app.test_client().get(path).text

    assert (f"/posts/{made.number}" in page) is is_there


FOREIGN = {
    "title": "หัวเรื่อง",
    "summary": "ย่อ",
    "tags": "คำโฆษณา",
    "communities": "tambon-bang-chak",
    "proposed_program": "โครงการใหม่",
    "years": "2549",
    "coauthors": "@friend",
    "coauthors_asked": "1",
    "tellers": "@friend",
    "participants": "@friend",
    "contact": "ติดต่อ",
    "evidence": "หลักฐาน",
    "happened": "2006-07-21",
}


def header_of(made: Entry) -> tuple[object, ...]:
    """What stands beside the text of an entry, empty or as a note has it."""
    rows = (made.tags, made.communities, made.programs, made.people, made.years)
    words = (made.summary, made.contact, made.evidence, made.happened_on, made.drawn_on)
    return (*(list(each) for each in rows), *words)


BARE = ([], [], [], [], [], "", "", "", None, None)


def test_a_members_note_is_a_note_whatever_else_was_sent(desk):
    """Who may only note something down makes no keyword, program, place or co-author of it."""
    factories.writer(username="friend")
    page = desk.get("/write/note").text
    answer = desk.post("/write/note", data=sent_with(page, **FOREIGN, body=LINE, action="publish"))

    made = newest()
    assert answer.status_code == 302
    assert (made.title, made.body, header_of(made)) == (LINE, LINE, BARE)
    words = db.session.scalars(db.select(Tag.name)).all()
    assert "คำโฆษณา" not in words

    page = desk.get(f"/posts/{made.number}/edit").text
    data = sent_with(page, **FOREIGN, body=f"{LINE}แล้ว", action="save")
    assert desk.post(f"/posts/{made.number}/edit", data=data).status_code == 302
    db.session.refresh(made)
    assert (made.title, made.body, header_of(made)) == (f"{LINE}แล้ว", f"{LINE}แล้ว", BARE)


def test_a_note_of_a_program_is_a_note_whatever_else_was_sent(app, member):
    factories.writer(username="friend")
    sent = Draft(
        kind=EntryKind.JOURNAL,
        title="หัวเรื่อง",
        body=LINE,
        summary="ย่อ",
        tags=("คำโฆษณา",),
        communities=("tambon-bang-chak",),
        years=(2549,),
        coauthors=("@friend",),
        tellers=("@friend",),
    )
    made = submissions.create(member, sent, status=Status.PUBLISHED)
    assert (made.title, header_of(made)) == (LINE, BARE)
    again = replace(sent, body=f"{LINE}แล้ว")
    made = submissions.save(member, made, again, base=1)
    assert (made.body, header_of(made)) == (f"{LINE}แล้ว", BARE)


def test_a_note_is_edited_in_its_one_box_and_keeps_what_a_file_gave_it(desk, member):
    head = f"kind: journal\nauthor: {member.username}\ntags: [น้ำ]\nlicense: cc0-1.0"
    text = f"---\n{head}\n---\n{LINE}\n"
    assert not importing.import_records(None, [read_entry(text, path="posts/new.md")]).problems
    made = newest()
    lifecycle.publish(member, made)
    page = desk.get(f"/posts/{made.number}/edit").text

    answer = desk.post(
        f"/posts/{made.number}/edit", data=sent_with(page, body="ฝนตกทั้งวัน", action="save")
    )

    assert answer.status_code == 302
    db.session.refresh(made)
    assert (made.title, made.body) == ("ฝนตกทั้งวัน", "ฝนตกทั้งวัน")
    assert [tag.name for tag in made.tags] == ["น้ำ"]


def test_a_post_grows_out_of_a_note_and_both_know_it(app, client, sign_in):
    writer = factories.writer()
    desk = sign_in(client, writer)
    made = note(desk)
    assert db.session.scalar(db.select(Book)) is None
    way = f"/write/post?note={made.number}"
    journal = f"/people/{writer.username}/journal"
    for at in (f"/posts/{made.number}", journal):
        assert f'href="{way}"' in desk.get(at).text, at
    assert way not in app.test_client().get(journal).text

    form = desk.get(way).text
    assert fields_of(form)["body"] == [LINE]
    assert fields_of(form)["title"] == [""]
    untitled = desk.post("/write/post", data=sent_with(form, action="publish"))
    assert untitled.status_code == 422
    assert LINE in untitled.text
    data = sent_with(untitled.text, title="คลองของเรา", action="publish")
    for _press in range(2):
        assert desk.post("/write/post", data=data).status_code == 302

    grown = newest()
    assert (grown.kind, grown.body, grown.status) == (EntryKind.POST, LINE, Status.PUBLISHED)
    assert grown.number != made.number
    assert grown.book is not None and grown.book.owner_id == writer.id
    stranger = app.test_client()
    assert f'href="/posts/{grown.number}"' in stranger.get(f"/posts/{made.number}").text
    page = stranger.get(f"/posts/{grown.number}").text
    assert f'href="/posts/{made.number}"' in page
    assert f"/books/{grown.book.slug}" in page
    assert "คลองของเรา" in stranger.get(f"/books/{grown.book.slug}").text
    assert way not in desk.get(f"/posts/{made.number}").text  # it has grown already


def test_a_draft_that_grows_leaves_no_trace_for_strangers(app, client, sign_in):
    desk = sign_in(client, factories.writer())
    made = note(desk)
    form = desk.get(f"/write/post?note={made.number}").text
    desk.post("/write/post", data=sent_with(form, title="ยังไม่บอกใคร", action="draft"))

    assert "ยังไม่บอกใคร" not in app.test_client().get(f"/posts/{made.number}").text
    assert "ยังไม่บอกใคร" in desk.get(f"/posts/{made.number}").text


def test_nobody_makes_a_post_of_anothers_note_or_of_a_post(client, sign_in, app):
    theirs = note(sign_in(client, factories.writer()))
    post = factories.post()
    desk = sign_in(app.test_client(), factories.writer())
    form = desk.get("/write/post").text

    for number, status in ((theirs.number, 403), (post.number, 404), (5, 404)):
        assert desk.get(f"/write/post?note={number}").status_code == status
        data = sent_with(form, title="ของใคร", body="x", grown_from=str(number), action="draft")
        assert desk.post("/write/post", data=data).status_code == status
    assert db.session.scalar(db.select(Entry).where(Entry.title == "ของใคร")) is None


def test_a_lesson_grows_out_of_no_note(client, sign_in, app):
    desk = sign_in(client, factories.writer())
    made = note(desk)
    form = desk.get(f"/write/lesson?note={made.number}").text
    assert "grown_from" not in form

    data = sent_with(form, title="บทเรียน", grown_from=str(made.number), action="draft")

    assert desk.post("/write/lesson", data=data).status_code == 404


def test_a_member_bins_a_note_and_brings_it_back(desk, member):
    made = note(desk)

    lifecycle.bin_entry(member, made)
    assert LINE not in desk.get(f"/people/{member.username}/journal").text
    lifecycle.restore(member, made)
    assert LINE in desk.get(f"/people/{member.username}/journal").text


def test_a_note_comes_in_from_a_file_and_goes_out_the_same(app, member):
    text = f"---\nkind: journal\nauthor: {member.username}\nlicense: cc0-1.0\n---\n{LINE}\n"
    record = read_entry(text, path="posts/new.md")

    report = importing.import_records(None, [record])

    assert not report.problems
    made = newest()
    assert (made.kind, made.title, made.book) == (EntryKind.JOURNAL, LINE, None)
    written = write_entry(replace(record, title=made.title, number=made.number))
    assert read_entry(written, path=f"posts/{made.number}.md").kind is EntryKind.JOURNAL
    assert path_of(record) == "posts/new.md"
