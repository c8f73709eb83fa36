"""The log of searches: what is kept, what never is, and what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from app import clock
from app.db import db
from app.errors import Forbidden, Invalid
from app.models import Search
from app.queries import searches as queries
from app.queries import words as word_queries
from app.search.query import SearchQuery
from app.services import nearness, searches, searching, words, worker
from app.services.words import WordDraft
from app.vocabulary import GlossaryKind
from tests import factories

KEPT = [
    # text, is kept, why
    ("ปุ๋ยหมัก", True, "words"),
    ("พ.ศ. 2550", True, "a year is what people look for"),
    ("เวที 2548 2549 2550", True, "years in a row are no telephone number"),
    ("งบ 13 ล้าน", True, "a sum"),
    ("", False, "nothing"),
    ("140116", False, "a number alone"),
    ("0812345678", False, "a telephone number"),
    ("โทร ๐๘๑-๒๓๔ ๕๖๗๘", False, "a telephone number in Thai digits, parted"),
    ("ป้าแดง 075 673501", False, "a telephone number beside a name"),
    ("1 8001 23456 78 9", False, "an identity number, parted"),
    ("somebody@example.org", False, "an e-mail address"),
    ("line @somebody", False, "a user name"),
    ("ชุมชน:บางจาก เวที", False, "a filter"),
    ("ก" * 200, False, "a long text was pasted"),
    ("อ. ก ข", False, "lone letters"),
    ("ๆ ์ !? 12", False, "marks and signs"),
    ("อา", True, "a word of two letters"),
    ("KM", True, "two Latin letters"),
    ("พ.ร.บ.", True, "a short form with dots"),
    ("password:x", False, "a field of a query language"),
    ("%FF%FE", False, "escapes of an address"),
    ("เวที\x01", False, "a control character"),
    ("<script>alert(1)</script>", False, "markup"),
    ("../../etc/passwd", False, "a path out of a folder"),
    ("/wp-admin/setup", False, "a path"),
    ("wp-login.php", False, "the name of a program"),
    ("เว็บ gotoknow.org", False, "the name of a host"),
    ("อสม./กศน.", True, "a slash between short forms"),
    ("ไม่:มี", True, "a colon between Thai words"),
]


@pytest.mark.parametrize(("text", "is_kept", "why"), KEPT, ids=[case[2] for case in KEPT])
def test_what_is_kept_of_a_search(text, is_kept, why):
    assert (searches.kept_form(text) is not None) is is_kept, why


def ask(text: str, *visitors: str, total: int | None = 0) -> None:
    """Ask for ``text`` once for each visitor, and write it down."""
    searches.found(text, total)
    for visitor in visitors:
        searches.asked(text, visitor)
    searches.flush()


def row_of(text: str) -> Search | None:
    db.session.rollback()
    return db.session.scalar(sa.select(Search).where(Search.text == text))


@pytest.fixture
def on_day():
    """Let it be a day of November 2569, at noon in Bangkok."""

    def go(day: int, *, after: int = 0) -> None:
        noon = datetime(2026, 11, day, 5, tzinfo=UTC)
        clock.freeze(noon + timedelta(days=after))

    yield go
    clock.freeze(None)


def test_spellings_of_one_search_are_one_row(app):
    ask("คุณอำนวย", "one")
    ask("คุณอํานวย", "two")
    ask("  คุณอำนวย ", "three")

    [row] = db.session.scalars(sa.select(Search))
    assert (row.text, row.times, row.times_found, row.last_total) == ("คุณอำนวย", 3, 0, 0)


def test_a_visitor_who_repeats_a_search_counts_once(app):
    ask("ปุ๋ยหมัก", "one", "one", "two", total=4)
    ask("ปุ๋ยหมัก", "one", total=5)

    row = row_of("ปุ๋ยหมัก")
    assert (row.times, row.times_found, row.last_total) == (2, 2, 4)


def test_the_table_has_no_place_for_a_person(app):
    assert {column.name for column in Search.__table__.columns} == {
        "id",
        "folded",
        "text",
        "times",
        "times_found",
        "last_total",
        "first_day",
        "last_day",
        "is_dismissed",
    }


def test_what_could_not_be_written_is_written_the_next_time(app, monkeypatch):
    searches.found("หอยนางรม", 0)
    searches.asked("หอยนางรม", "one")
    with monkeypatch.context() as broken:
        broken.setattr(searches, "_counted", lambda *_row: sa.text("SELECT no_such_column"))
        with pytest.raises(sa.exc.OperationalError):
            searches.flush()
    searches.asked("หอยนางรม", "two")

    assert searches.flush() == 2
    assert row_of("หอยนางรม").times == 2


def test_only_what_many_asked_on_several_days_is_offered_to_others(app, on_day):
    on_day(1)
    ask("ปุ๋ยหมักใบไม้", "one", "two", total=3)
    ask("ปุ๋ยหมักวันเดียว", "one", "two", "three", total=3)
    ask("ปุ๋ยหมักไม่พบ", "one", "two")
    on_day(2)
    ask("ปุ๋ยหมักใบไม้", "three", total=3)
    ask("ปุ๋ยหมักไม่พบ", "three")
    searches._often.cache_clear()

    offered = searching.suggestions(None, "ปุ๋ย")

    assert [(one.kind, one.text) for one in offered] == [("search", "ปุ๋ยหมักใบไม้")]
    assert searches.often_sharing("ปุ๋ยคอก", limit=3) == ["ปุ๋ยหมักใบไม้"]


def test_old_and_many_searches_are_forgotten(app, on_day, monkeypatch):
    on_day(1)
    ask("ข้าวสังข์หยด", "one", "two")
    on_day(1, after=searches.KEPT_DAYS + 1)
    ask("ปลาดุกร้า", "one", "two")
    ask("ลูกประ", "one")
    monkeypatch.setattr(searches, "MOST_KEPT", 1)

    searches.sweep()

    assert list(db.session.scalars(sa.select(Search.text))) == ["ปลาดุกร้า"]


def test_a_corrected_search_is_not_counted(app):
    ask("l;ylfu", "one", total=None)
    assert row_of("l;ylfu") is None

    ask("l;ylfu", "two", total=0)
    ask("l;ylfu", "three", total=None)

    assert row_of("l;ylfu").times == 1


def test_what_would_not_be_kept_today_is_forgotten(app, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(searches, "kept_form", str)
        ask("password:x", "one")
    ask("ปลาดุกร้า", "one")

    searches.sweep()

    assert list(db.session.scalars(sa.select(Search.text))) == ["ปลาดุกร้า"]


# --- facilitators ------------------------------------------------------------------------


def test_one_press_makes_a_search_a_word_and_it_finds(app):
    entry = factories.post(title="เครือข่ายยมนา", body="ชาวสวนยางพาราตั้งกลุ่ม")
    worker.turn(leads=True)
    ask("ยมณาเน็ต", "one", total=0)
    facilitator = factories.facilitator()

    word = searches.make_word(facilitator, row_of("ยมณาเน็ต"), "เครือข่ายยมนา")
    worker.turn(leads=True)

    assert (word.kind, word.category) == (GlossaryKind.ONE_WAY, "variant")
    assert row_of("ยมณาเน็ต") is None
    page = searching.search(None, SearchQuery(text="ยมณาเน็ต"))
    assert [found.entry.number for found in page.found] == [entry.number]


def test_a_dismissed_search_leaves_the_list_also_when_it_is_asked_again(app):
    ask("asdfgh", "one")
    searches.dismiss(factories.facilitator(), row_of("asdfgh"))
    ask("asdfgh", "two")

    assert queries.unanswered() == []
    assert row_of("asdfgh").times == 2


def test_words_are_for_those_who_look_after_them(app):
    ask("ยมณา", "one")
    search = row_of("ยมณา")

    with pytest.raises(Forbidden):
        searches.make_word(factories.writer(), search, "ยมนา")
    with pytest.raises(Forbidden):
        searches.dismiss(factories.writer(), search)
    with pytest.raises(Invalid):
        searches.make_word(factories.facilitator(), search, " ")
    assert word_queries.glossary() == []


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("บางจาด", "บางจาก"),
        ("องค์การบริหารส่วนตำบน", "องค์การบริหารส่วนตำบล"),
        ("ปุ๋ยหมกั", "ปุ๋ยหมัก"),
        ("บางจาก", ""),
        ("zzzz", ""),
    ],
    ids=["a place", "the glossary", "a keyword", "known itself", "nothing like it"],
)
def test_the_nearest_known_word(app, typed, near):
    words.add(None, WordDraft("อบต.", ("องค์การบริหารส่วนตำบล",), GlossaryKind.WHOLE_TOKEN))
    factories.post(tags=("ปุ๋ยหมัก",))

    assert nearness.nearest(typed) == near


def test_a_word_out_of_use_can_be_added_again(app):
    actor = factories.facilitator()
    draft = WordDraft("กศน.", ("การศึกษานอกโรงเรียน",), GlossaryKind.WHOLE_TOKEN)
    first = words.add(actor, draft)
    words.retire(actor, first)

    again = words.add(
        actor, WordDraft("กศน.", ("การศึกษานอกโรงเรียน",), GlossaryKind.TWO_WAY, until="2566")
    )

    assert again.id == first.id
    assert (again.is_retired, again.kind, again.until) == (False, GlossaryKind.TWO_WAY, "2566")
    with pytest.raises(Invalid):
        words.add(actor, draft)
