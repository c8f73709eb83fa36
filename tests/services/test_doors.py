"""The page that a query names, who knows about it, and what is offered while one types."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.db import db, transaction
from app.models import EntryPerson
from app.queries import knowing
from app.search.query import SearchQuery
from app.services import (
    comments,
    doors,
    indexing,
    lifecycle,
    programs,
    searching,
    signposts,
    worker,
)
from app.services.programs import ProgramDraft
from app.vocabulary import Certainty, PersonRole, Status
from tests import factories
from tests.conftest import opened
from tests.support.sql import sql_statements


@pytest.fixture(scope="module")
def library(library_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The starter library; nothing is changed in it."""
    folder = tmp_path_factory.mktemp("doors") / "site"
    shutil.copytree(library_site, folder)
    yield from opened(folder)


NAMED = [
    # query, pages in order, why
    ("บางจาก", ["tambon-bang-chak"], "a bare name"),
    ("ต.บางจาก", ["tambon-bang-chak"], "with its level, short"),
    ("ตำบลบางจาก", ["tambon-bang-chak"], "with its level"),
    ("ต.บางจาก อ.เมืองนครศรีธรรมราช", ["tambon-bang-chak"], "with the place above"),
    ("Bang Chak", ["tambon-bang-chak"], "in English"),
    ('"บางจาก"', ["tambon-bang-chak"], "in quotation marks"),
    ("กิ่งอำเภอนบพิตำ", ["amphoe-nopphitam"], "an old name"),
    ("เมืองคอน", ["province-nakhon-si-thammarat"], "another name"),
    ("ปากพนัง", ["amphoe-pak-phanang", "tambon-pak-phanang"], "a shared name, the larger first"),
    (
        "ปากแพรก",
        ["tambon-pak-phraek-thung-song", "tambon-pak-phraek-pak-phanang"],
        "a shared name",
    ),
    ("sml", ["sml"], "a program"),
    ("งบซีอีโอ", ["ceo"], "another name of a program"),
    ("2549", ["2549"], "a year"),
    ("ปี49", ["2549"], "a year in another form"),
    ("บัญชีครัวเรือน", ["บัญชีครัวเรือน"], "a keyword"),
    ("บางจาก 2548", ["tambon-bang-chak"], "one of several words"),
    ("เวที อำเภอขนอม", ["amphoe-khanom"], "one of several words, with its level"),
    ("คลัง ความรู้", [], "one of several words that is an ordinary word"),
    ("ปากแพรก 2549", [], "one of several words that two places share"),
    ("เวทีชาวบ้าน", [], "no name"),
    ("", [], "nothing"),
]


@pytest.mark.parametrize(("text", "slugs", "why"), NAMED, ids=[case[2] for case in NAMED])
def test_pages_that_a_query_names(library, text, slugs, why):
    assert [door.slug for door in doors.named_by(text)] == slugs, why


def test_a_door_tells_where_it_is_and_how_much_is_there(library):
    [door] = doors.named_by("บางจาก")
    listed = searching.search(None, SearchQuery.from_args({"community": "tambon-bang-chak"}))

    assert (door.name, door.where) == ("ตำบลบางจาก", "ตำบลบางจาก อำเภอเมืองนครศรีธรรมราช")
    assert door.count == listed.total > 0
    assert doors.named_by("บางจาก", lang="en")[0].name == "Bang Chak Subdistrict"


def test_a_program_offers_its_successor_with_its_doubt(library):
    [sml], [ceo] = doors.named_by("SML"), doors.named_by("งบซีอีโอ")

    steps = {step.slug: step.certainty for step in sml.became}
    assert steps
    assert Certainty.INFERRED in steps.values()
    assert [step.slug for step in ceo.became] == ["yudee-misuk"]


def test_a_door_asks_the_database_once_for_each_state_of_the_site(library):
    doors.named_by("ต.บางจาก")
    with sql_statements() as sql:
        doors.named_by("ต.บางจาก")

    assert len(sql) <= 4


def test_what_is_only_proposed_is_no_door_and_no_suggestion(app):
    programs.propose(factories.writer(), "โครงการลับเฉพาะ")
    assert doors.named_by("โครงการลับเฉพาะ") == []
    assert searching.suggestions(None, "โครงการลับ") == []

    programs.add(None, ProgramDraft("โครงการเปิดเผย"))
    assert [door.name for door in doors.named_by("โครงการเปิดเผย")] == ["โครงการเปิดเผย"]
    assert [one.text for one in searching.suggestions(None, "โครงการเปิด")] == ["โครงการเปิดเผย"]


# --- who knows ---------------------------------------------------------------------------


def test_people_are_told_with_their_reasons_the_busiest_first(app):
    writer, reader = factories.writer(name="มากเรื่อง"), factories.user(name="ตอบบ่อย")
    posts = [factories.post(writer, title=f"ปุ๋ย {n}") for n in range(3)]
    other = factories.post(factories.writer(name="เรื่องเดียว"), title="ปุ๋ยเรื่องเดียว")
    for entry in posts:
        comments.add(reader, entry, "ลองแล้ว")
    comments.add(reader, other, "ลองอีก")
    with transaction():
        teller = EntryPerson(role=PersonRole.TELLER, name="นางตัวอย่าง ใจดี", sort_key="ตัวอย่าง")
        posts[0].people.append(teller)

    numbers = [entry.number for entry in (*posts, other)]
    db.session.rollback()

    with sql_statements() as sql:
        rows = knowing.people_on(None, numbers)

    assert sum(statement != "BEGIN" for statement in sql) == 1
    told = [(row.name, row.wrote, row.told, row.answered) for row in rows]
    assert told[0] == ("มากเรื่อง", 3, 0, 0)
    assert ("ตอบบ่อย", 0, 0, 4) in told
    assert ("เรื่องเดียว", 1, 0, 0) in told
    assert ("นางตัวอย่าง ใจดี", 0, 1, 0) in told
    assert next(row for row in rows if row.told).user is None


def test_hidden_texts_hidden_answers_and_blocked_people_tell_nobody(app):
    writer, reader = factories.writer(), factories.user()
    blocked = factories.writer(blocked_at=factories.post(writer).created_at)
    shown = factories.post(writer)
    hidden = factories.post(factories.writer(name="ของที่ซ่อน"), status=Status.HIDDEN)
    draft = factories.post(factories.writer(name="ร่าง"), status=Status.DRAFT)
    answer = comments.add(reader, shown, "ถูกซ่อน")
    comments.hide(factories.moderator(), answer, reason="ลอง")
    with transaction():
        of_blocked = factories.post(factories.writer())
        of_blocked.author_id = blocked.id
    numbers = [entry.number for entry in (shown, hidden, draft, of_blocked)]

    rows = knowing.people_on(None, numbers)

    assert [row.user.username for row in rows] == [writer.username]


def test_an_address_or_a_number_is_never_told(app, client):
    author = factories.writer(name="มีเบอร์", email="me@example.org", phone="0800000001")
    for n in range(3):
        factories.post(author, title=f"เรื่องแตงโม {n}", tags=("แตงโม",))
    worker.turn(leads=True)

    for address in ("/search?q=แตงโม", "/tags/แตงโม", "/communities/tambon-bang-chak"):
        page = client.get(address).text
        assert "เขียน 3 เรื่อง" in page
        assert f"/people/{author.username}" in page
        assert "me@example.org" not in page and "0800000001" not in page


# --- suggestions -------------------------------------------------------------------------


def test_suggestions_are_of_every_kind_and_each_text_stands_once(library):
    offered = searching.suggestions(None, "แผน")
    kinds = [one.kind for one in offered]

    assert {"program", "tag", "title"} <= set(kinds)
    assert kinds == sorted(kinds, key=["search", "program", "community", "tag", "title"].index)
    assert len({one.text for one in offered}) == len(offered) <= 8


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("บางจ", "tambon-bang-chak"),
        ("ต.บางจ", "tambon-bang-chak"),
        ("ตำบลบางจ", "tambon-bang-chak"),
        ("เมืองคอ", "province-nakhon-si-thammarat"),
        ("sm", "sml"),
    ],
)
def test_a_page_is_offered_by_any_of_its_names(library, typed, slug):
    assert slug in [one.slug for one in searching.suggestions(None, typed)]


@pytest.mark.parametrize("typed", ["", "ก", " ก ", "ๆ", "ต."])
def test_fewer_than_two_letters_offer_nothing(library, typed):
    assert searching.suggestions(None, typed) == []


def test_names_are_in_the_language_of_the_page(library):
    offered = searching.suggestions(None, "บางจาก", lang="en")

    assert "Bang Chak Subdistrict" in [one.text for one in offered]


def test_a_title_that_was_hidden_a_moment_ago_is_not_offered(app):
    entry = factories.post(title="ลูกประต้มเกลือ")
    worker.turn(leads=True)
    assert [one.kind for one in searching.suggestions(None, "ลูกประ")] == ["title"]

    lifecycle.hide(factories.moderator(), entry, reason="ลอง")

    assert searching.suggestions(None, "ลูกประ") == []


def test_names_are_offered_while_there_is_no_index(library, monkeypatch):
    def gone(_handle):
        raise OSError("no folder")

    monkeypatch.setattr(indexing.IndexHandle, "engine", gone)

    assert searching.suggestions(None, "ตำบลบางจาก")[0].slug == "tambon-bang-chak"


def test_names_are_read_once_for_each_state_of_the_words(library):
    signposts.current()
    db.session.rollback()
    with sql_statements() as sql:
        signposts.current().beginning("บาง", limit=8)

    assert sum(statement != "BEGIN" for statement in sql) == 1  # which state it is
