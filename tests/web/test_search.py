"""The page of results, its feed, and what facilitators see of searches."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db import db
from app.models import Search, User
from app.queries import words as word_queries
from app.search.engine import Hit
from app.services import searches, searching, words, worker
from app.services.searching import Found
from app.services.words import WordDraft
from app.vocabulary import GlossaryKind, Status
from app.web import searches as web_searches
from app.web.marks import mark
from app.web.search import marked
from tests import factories

SignIn = Callable[[FlaskClient, User], FlaskClient]
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def search(client: FlaskClient, text: str, **more: str) -> str:
    answer = client.get(f"/search?{urlencode({'q': text, **more})}")
    assert answer.status_code == 200, answer.status_code
    return answer.get_data(as_text=True)


def total(page: str) -> int:
    found = re.search(r"พบ (\d+) เรื่อง", page)
    assert found is not None
    return int(found[1])


def chips(page: str) -> dict[str, str]:
    """Filters in use: what each is called, and where its link leads."""
    row = re.search(r'<ul class="chips chips-selected".*?</ul>', page, re.S)
    links = re.findall(
        r'<a class="chip chip-\w+" href="([^"]*)".*?<span lang="th">(.*?)</span>',
        row[0] if row else "",
    )
    return {name: unescape(href) for href, name in links}


def send(client: FlaskClient, address: str, to: str, **data: str) -> TestResponse:
    """Send a form of the page at ``address``."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(address).text)
    assert token is not None, f"{address} has no form"
    return client.post(to, data={**data, "csrf_token": token[1]})


@pytest.fixture
def reader(library):
    return library.test_client()


# --- filters -----------------------------------------------------------------------------


def test_a_chip_takes_its_typed_piece_away(reader):
    typed = "เวที ชุมชน:บางจาก ปี:2548..2550"
    page = search(reader, typed)
    assert f'value="{typed}"' in page  # the box keeps what was typed
    shown = chips(page)
    assert set(shown) == {"ตำบลบางจาก", "พ.ศ. 2548–พ.ศ. 2550"}

    wider = reader.get(shown["ตำบลบางจาก"]).text

    assert set(chips(wider)) == {"พ.ศ. 2548–พ.ศ. 2550"}
    assert 'value="เวที ปี:2548..2550"' in wider
    assert total(wider) >= total(page)


def test_a_facet_shows_typed_choices_as_chosen_and_switches_them_off(reader):
    page = search(reader, "เวที ชุมชน:บางจาก")
    row = re.search(
        r'<li><a href="([^"]*)" rel="nofollow" aria-current="true">(?:(?!</li>).)*ตำบลบางจาก',
        page,
        re.S,
    )
    assert row is not None

    without = reader.get(unescape(row[1])).text

    assert total(without) == total(search(reader, "เวที"))
    assert not chips(without)


def test_clearing_the_filters_clears_typed_ones_too(reader):
    page = search(reader, "เวที ชุมชน:บางจาก -ชนิด:บันทึก", year="2548")
    assert "ไม่เอา บันทึก" in chips(page)

    clear = re.search(r'<a class="button button-link" href="([^"]*)">ล้างตัวกรอง', page)
    cleared = reader.get(unescape(clear[1])).text

    assert total(cleared) == total(search(reader, "เวที"))
    assert not chips(cleared)


def test_the_page_says_what_it_read_as_plain_words(reader):
    assert "“ชุมชน:เมืองบาดาล” ไม่ตรงกับชื่อที่รู้จัก" in search(reader, "ชุมชน:เมืองบาดาล เวที")
    assert "อ่านเป็นข้อความธรรมดา" in search(reader, "เวที* (ชุมชน)")
    assert "อ่านเป็นข้อความธรรมดา" not in search(reader, "เวที")


def test_a_find_in_a_comment_says_so(app):
    entry = factories.post(title="เวที")
    hit = Hit("entry:1", entry.number, 1.0, snippet="ไส้เดือน<b>", snippet_spans=[(0, 8)])
    with app.test_request_context("/search?q=x"):
        _title, plain = marked(Found(hit, entry))
        _title, said = marked(
            Found(Hit("entry:1", entry.number, 1.0, "", [], "ไส้เดือน<b>", [(0, 8)], True), entry)
        )

    assert plain == "<mark>ไส้เดือน</mark>&lt;b&gt;"
    assert said.startswith('<span class="found-in">พบในความเห็น</span>')
    assert "<mark>ไส้เดือน</mark>&lt;b&gt;" in said


@pytest.mark.parametrize(
    ("text", "spans", "shown"),
    [
        ("การ์ด", [(0, 3)], "<mark>การ์</mark>ด"),
        ("ทำเก็บ", [(0, 1), (2, 4)], "<mark>ทำเก็</mark>บ"),
        ("<น้ำ>", [(1, 2)], "&lt;<mark>น้ำ</mark>&gt;"),
        ("เวที", [], "เวที"),
    ],
    ids=["a killer", "vowels around", "tone and sara am", "nothing"],
)
def test_a_mark_never_parts_a_letter_from_its_signs(text, spans, shown):
    assert mark(text, spans) == shown


def test_marks_of_a_page_end_where_letters_end(app, client):
    factories.post(title="ทำการ์ดจากการงาน", body="ส่งการ์ดอวยพร จัดการเก็บน้ำ เขียนการ์ดอีกใบ")
    worker.turn(leads=True)

    for text in ("การ", "การ์ด", "เก", "น้"):
        behind = re.findall(r"</mark>(.)", search(client, text), re.S)
        assert behind, text
        assert not [letter for letter in behind if re.match("[\u0e31-\u0e3a\u0e47-\u0e4e]", letter)]


# --- long and empty ----------------------------------------------------------------------


def test_a_long_query_is_shortened_wherever_it_is_repeated(reader):
    text = "ฆฆซซ" * 200
    page = search(reader, text)

    assert f'value="{text}"' in page  # the box keeps what was typed
    assert page.count(text) == 2  # that of the head and that of the page
    shown = text[:79] + "…"
    assert f"<title>{shown} ·" in page
    assert f"ไม่พบ “{shown}”" in page


def test_nothing_but_invisible_signs_is_no_query(reader):
    page = search(reader, "\u200b\u200d\ufeff")

    assert "“”" not in page and "“\u200b" not in page
    assert "<title>ค้นหาและเลือกดู ·" in page
    assert total(page) == total(reader.get("/search").text)


# --- jumps, doors, ways on ---------------------------------------------------------------


@pytest.mark.parametrize("room", ["search", "posts", "lessons"])
def test_a_record_number_jumps_to_its_entry(reader, room):
    answer = reader.get(f"/{room}?q={quote('หมายเลข ๙๐๐๐๑๖')}&lang=en")

    assert (answer.status_code, answer.location) == (302, "/posts/900016?lang=en")
    assert reader.get("/search?q=900016&kind=post").status_code == 200


def test_a_hidden_number_and_a_missing_one_look_the_same(app, client):
    hidden = factories.post(title="ลับ", status=Status.HIDDEN).number
    worker.turn(leads=True)

    pages = [search(client, str(number)) for number in (hidden, hidden + 500)]

    assert pages[0].replace(str(hidden), "N") == pages[1].replace(str(hidden + 500), "N")


def test_the_page_of_a_place_stands_before_the_results(reader):
    page = search(reader, "ต.บางจาก")

    named = page.index('<ul class="named-pages"')
    assert page.index("/communities/tambon-bang-chak", named) < page.index(
        '<p class="result-count"'
    )
    assert '<ul class="named-pages"' not in search(reader, "ต.บางจาก", page="2")
    assert '<ul class="named-pages"' not in search(reader, "เวทีชาวบ้าน")


def test_a_program_leads_to_its_successor_and_says_what_is_not_confirmed(reader):
    page = search(reader, "SML")
    box = re.search(r'<ul class="named-pages".*?</ul>', page, re.S)

    assert box is not None
    assert "/programs/sml" in box[0]
    assert "กลายเป็น" in box[0]
    assert "ยังไม่ได้รับการยืนยัน" in box[0]
    assert "/programs/yudee-misuk" in search(reader, "งบซีอีโอ")


def test_an_empty_result_leads_on(reader):
    page = search(reader, "ฆฆซซ zzzz 2549")

    assert "ไม่พบ “ฆฆซซ zzzz 2549”" in page
    ways = page[page.index('<div class="ways">') :]
    for way in (
        "“ฆฆซซ zzzz” โดยไม่ระบุปี",
        'href="/years/2549"',
        'href="/communities/tambon-bang-chak"',
        "คำที่ใช้กันบ่อย",
    ):
        assert way in ways
    assert 'href="/write"' in page


def test_an_empty_result_with_filters_leads_out_of_them(reader):
    page = search(reader, "เวที ชุมชน:บางจาก", year="2499")

    assert total_or_none(page) == 0
    href = re.search(r'<a href="([^"]*)">“เวที” โดยไม่ใช้ตัวกรอง', page)
    assert href is not None
    assert total(reader.get(unescape(href[1])).text) > 0


def total_or_none(page: str) -> int:
    return int(re.search(r'class="result-count"[^>]*>\D*(\d+)', page)[1])


def test_every_way_on_opens(reader):
    page = search(reader, "ฆฆซซ zzzz 2549")
    ways = page[page.index('<div class="ways">') : page.index("<footer")]
    links = [unescape(href) for href in re.findall(r'<a href="([^"]*)"', ways)]

    assert links
    for href in links:
        assert reader.get(href).status_code == 200, href


def test_related_searches_lead_to_results(reader):
    page = search(reader, "บัญชีครัวเรือน")
    row = re.search(r'<nav class="related-searches".*?</nav>', page, re.S)
    links = [unescape(href) for href in re.findall(r'href="(/search[^"]*)"', row[0])]

    assert 0 < len(links) <= 8
    for href in links:
        assert total(reader.get(href).text) > 0, href


# --- feed --------------------------------------------------------------------------------


def test_a_search_can_be_followed(app, client):
    old = factories.post(title="ปุ๋ยเก่า", tags=("ปุ๋ย",))
    new = factories.post(title="ปุ๋ยใหม่")
    factories.post(title="ปุ๋ยที่อื่น", communities=("tambon-karo",))
    worker.turn(leads=True)
    page = search(client, "ปุ๋ย ชุมชน:บางจาก")

    links = re.findall(r'href="(?:http://127\.0\.0\.1:8000)(/search/feed\.atom[^"]*)"', page)
    assert len(links) == 2 and len(set(links)) == 1  # for programs, and for people
    feed = ElementTree.fromstring(client.get(unescape(links[0])).data)

    numbers = [entry.find("a:id", ATOM).text for entry in feed.findall("a:entry", ATOM)]
    assert [number.rpartition("/")[2] for number in numbers] == [str(new.number), str(old.number)]


def test_a_feed_has_one_id_however_its_choices_are_ordered(reader):
    ids = {
        ElementTree.fromstring(reader.get(f"/search/feed.atom?{args}").data).find("a:id", ATOM).text
        for args in (
            f"q={quote('เวที')}&year=2548&community=tambon-bang-chak",
            f"community=tambon-bang-chak&q={quote('เวที')}&year=2005&sort=title&page=3",
            f"lang=en&year=2548&q={quote('เวที')}&community={quote('ตำบลบางจาก')}",
        )
    }

    assert len(ids) == 1


def test_broken_encoding_is_no_search(reader):
    answer = reader.get("/search?q=%FF%FE")

    assert answer.status_code == 400
    assert "%FF" not in answer.text


# --- the log -----------------------------------------------------------------------------


def rows() -> dict[str, tuple[int, int, int]]:
    searches.flush()
    return {
        row.text: (row.times, row.times_found, row.last_total)
        for row in db.session.scalars(sa.select(Search))
    }


def test_a_kept_page_counts_for_every_visitor(app, client):
    factories.post(title="หอยนางรม")
    worker.turn(leads=True)
    for agent in ("one", "two", "two", "three"):
        client.get("/search?q=หอยนางรม", headers={"User-Agent": agent})
        client.get("/search?q=zzqq", headers={"User-Agent": agent})

    assert rows() == {"หอยนางรม": (3, 3, 1), "zzqq": (3, 0, 0)}


def test_the_same_words_with_a_filter_do_not_change_what_they_found(app, client):
    factories.post(title="หอยนางรม")
    worker.turn(leads=True)
    for n, address in enumerate(("q=หอยนางรม", "q=หอยนางรม&year=2499", "q=หอยนางรม")):
        client.get(f"/search?{address}", headers={"User-Agent": f"visitor {n}"})

    assert rows() == {"หอยนางรม": (2, 2, 1)}


def test_a_member_counts_like_anybody(app, client, sign_in):
    member = sign_in(client, factories.user())
    member.get("/search?q=zzqq")
    app.test_client().get("/search?q=zzqq", headers={"User-Agent": "another"})

    assert rows() == {"zzqq": (2, 0, 0)}


def test_a_find_of_ones_own_draft_is_none_for_the_log(app, client, sign_in):
    author = factories.writer()
    factories.post(author, title="ลูกประดอง", status=Status.DRAFT)
    worker.turn(leads=True)

    page = search(sign_in(client, author), "ลูกประดอง")

    assert total(page) == 1
    assert rows() == {"ลูกประดอง": (1, 0, 0)}


@pytest.mark.parametrize(
    "address",
    [
        "/search?q=หอย&page=2",
        "/search?q=หอย&year=2549",
        "/search?q=หอย+ปี:2549",
        "/search?q=0812345678",
        "/search",
        "/posts?q=หอย",
        "/api/v1/search?q=หอย",
    ],
)
def test_other_pages_are_not_counted(app, client, address):
    client.get(address)

    assert rows() == {}


# --- facilitators ------------------------------------------------------------------------


@pytest.fixture
def keeper(client, sign_in):
    return sign_in(client, factories.facilitator("province-nakhon-si-thammarat"))


def asked(app, *texts: str) -> None:
    for n, text in enumerate(texts):
        for visitor in range(len(texts) - n):
            app.test_client().get(
                f"/search?{urlencode({'q': text})}", headers={"User-Agent": f"visitor {visitor}"}
            )
    searches.flush()


def test_searches_without_a_find_are_listed_the_most_asked_first(app, keeper):
    factories.post(title="หอยนางรม", tags=("ปุ๋ยหมัก",))
    worker.turn(leads=True)
    asked(app, "ปุ่ยมก", "หอยนางรม", "zzqq")

    page = keeper.get("/admin/searches").text

    assert page.index("ปุ่ยมก") < page.index("zzqq")
    assert "หอยนางรม" not in page
    assert "ค้น 3 ครั้ง" in page
    assert "หมายถึง “ปุ๋ยหมัก”" in page
    assert "/admin/searches" in keeper.get("/admin").text


def test_what_was_mended_by_itself_is_not_listed(app, keeper):
    factories.post(title="สวัสดีชาวนคร")
    worker.turn(leads=True)
    asked(app, "l;ylfu")
    asked(app, "password:x")
    assert "แสดงผลของ “สวัสดี” แทน" in search(keeper, "l;ylfu")
    keeper.get("/search?q=l;ylfu&exact=1")

    assert rows() == {}
    assert "ทุกคำค้นพบ" in keeper.get("/admin/searches").text


def test_searches_that_find_something_now_leave_room_for_others(app, keeper, monkeypatch):
    monkeypatch.setattr(web_searches, "MOST", 2)
    asked(app, "หอยนางรม", "หอยนางรมสด", "ลูกประดอง", "zzqq")
    factories.post(title="หอยนางรมสด")
    worker.turn(leads=True)

    page = keeper.get("/admin/searches").text

    assert "ลูกประดอง" in page and "zzqq" in page
    assert "หอยนางรม" not in page


def test_a_search_that_would_find_something_now_is_not_listed(app, keeper):
    asked(app, "หอยนางรม")
    assert "หอยนางรม" in keeper.get("/admin/searches").text

    factories.post(title="หอยนางรม")
    worker.turn(leads=True)

    assert "หอยนางรม" not in keeper.get("/admin/searches").text


def test_one_press_mends_a_search(app, keeper):
    entry = factories.post(title="เวทีทำปุ๋ยหมัก", tags=("ปุ๋ยหมัก",))
    worker.turn(leads=True)
    asked(app, "ปุ่ยมก")
    assert numbers("ปุ่ยมก") == set()
    form = re.search(r'action="(/admin/searches/\d+/word)"', keeper.get("/admin/searches").text)

    answer = send(keeper, "/admin/searches", form[1], meaning="ปุ๋ยหมัก")
    worker.turn(leads=True)

    assert (answer.status_code, answer.location) == (302, "/admin/searches")
    assert numbers("ปุ่ยมก") == {entry.number}
    assert form[1] not in keeper.get("/admin/searches").text


def test_a_press_dismisses_a_search_and_a_link_opens_the_form(app, keeper):
    asked(app, "zzqq")
    search_id = db.session.scalar(sa.select(Search.id))
    form = re.search(r'href="(/glossary/new\?[^"]*)"', keeper.get("/admin/searches").text)
    prefilled = keeper.get(unescape(form[1])).text
    assert 'name="short" value="zzqq"' in prefilled
    assert re.search(r'value="one-way" checked', prefilled)
    assert re.search(r'value="variant" selected', prefilled)

    send(keeper, "/admin/searches", f"/admin/searches/{search_id}/dismissal")

    assert "zzqq" not in keeper.get("/admin/searches").text.replace("“zzqq”", "")


def test_the_list_is_for_those_who_keep_the_words(client, sign_in):
    assert client.get("/admin/searches").status_code in (302, 401)
    assert sign_in(client, factories.writer()).get("/admin/searches").status_code == 403


# --- the glossary ------------------------------------------------------------------------


def test_a_word_is_removed_and_added_again_with_its_dates(app, keeper):
    short = factories.post(title="เวทีของกศน.อำเภอ")
    long = factories.post(title="เวทีของการศึกษานอกโรงเรียน")
    fields = {"short": "กศน.", "expansions": "การศึกษานอกโรงเรียน", "kind": "two-way"}
    send(keeper, "/glossary/new", "/glossary/new", **fields)
    worker.turn(leads=True)
    both = {short.number, long.number}
    assert numbers("กศน.") == numbers("การศึกษานอกโรงเรียน") == both

    [word] = word_queries.glossary()
    edit = f"/glossary/{word.id}/edit"
    send(keeper, edit, f"/glossary/{word.id}/retirement")
    worker.turn(leads=True)
    assert numbers("กศน.") == {short.number}
    assert numbers("การศึกษานอกโรงเรียน") == {long.number}
    assert "กศน." in keeper.get("/glossary?category=retired").text
    assert "กศน." not in app.test_client().get("/glossary?category=retired").text

    again = send(keeper, "/glossary/new", "/glossary/new", **fields, until="2566")
    worker.turn(leads=True)

    assert again.status_code == 302
    assert numbers("กศน.") == numbers("การศึกษานอกโรงเรียน") == both
    page = keeper.get(edit).text
    assert "2566" in page
    history = page[page.index('id="history"') :]
    assert "เลิกใช้" in history
    assert history.count("กศน.: การศึกษานอกโรงเรียน") == 2


def numbers(text: str) -> set[int]:
    page = searching.search(None, searching.SearchQuery(text=text))
    return {found.entry.number for found in page.found}


def test_a_word_shows_its_other_rows(app, keeper):
    words.add(None, WordDraft("คสช.", ("เครือข่ายสุขภาพชุมชน",), GlossaryKind.WHOLE_TOKEN))
    other = words.add(None, WordDraft("คสช", ("คณะกรรมการสุขภาพ",), GlossaryKind.WHOLE_TOKEN))
    [first] = [row for row in word_queries.glossary() if row.id != other.id]

    assert f"/glossary/{other.id}/edit" in keeper.get(f"/glossary/{first.id}/edit").text


def test_a_page_beyond_the_last_leads_back_to_the_first(app, client):
    factories.post(title="ปุ๋ยหมักจากใบไม้")
    worker.turn(leads=True)

    page = search(client, "ปุ๋ยหมัก", page="9999")

    assert total(page) == 1
    assert "เลยหน้าสุดท้ายแล้ว" in page and "ไม่พบ" not in page
