"""The JSON API: what it answers, to whom, and what it says when it cannot."""

from __future__ import annotations

import json

import pytest

from app.db import db
from app.services import access_tokens, accounts, comments, indexing, lifecycle, settings
from app.vocabulary import EntryKind, LessonForm, Status, TokenScope
from tests import factories
from tests.support.sql import sql_statements

POST = {"kind": "post", "title": "บ่อน้ำท้ายสวน", "body": "เราขุดบ่อด้วยกันสามวัน"}


def token_of(user, scope: TokenScope = TokenScope.WRITE) -> dict[str, str]:
    """The head of a request that ``user`` makes."""
    return {"Authorization": f"Bearer {access_tokens.make(user, user, scope=scope)}"}


def fields_of(response) -> set[str]:
    return set(response.get_json()["error"]["fields"])


def indexed() -> None:
    while indexing.catch_up():
        pass


# --- reading ---------------------------------------------------------------------------


def test_search_has_the_shape_of_the_contract(app, client):
    factories.post(
        title="นำร่อง 3 ตำบล", body="เริ่มที่ <ตำบล> แรก", years=(2548,), tags=("องค์กรการเงินชุมชน",)
    )
    indexed()

    answer = client.get("/api/v1/search?q=ตำบล&year=2005").get_json()

    assert list(answer) == [
        "query",
        "total",
        "page",
        "per_page",
        "took_ms",
        "did_you_mean",
        "notes",
        "facets",
        "hits",
    ]
    assert (answer["query"], answer["total"], answer["page"], answer["per_page"]) == (
        "ตำบล",
        1,
        1,
        20,
    )
    assert list(answer["facets"]) == ["kind", "community", "program", "year", "tag"]
    assert answer["facets"]["kind"] == [{"slug": "post", "name": "บันทึก", "count": 1}]
    assert answer["facets"]["year"] == [{"slug": "2548", "name": "พ.ศ. 2548", "count": 1}]
    assert {"slug": "tambon-bang-chak", "name": "ตำบลบางจาก", "count": 1} in answer["facets"][
        "community"
    ]
    hit = answer["hits"][0]
    assert set(hit) == {
        "number",
        "kind",
        "title",
        "url",
        "snippet_html",
        "author",
        "created",
        "communities",
        "programs",
        "years",
        "tags",
    }
    assert hit["url"] == f"/posts/{hit['number']}"
    assert "&lt;<mark>ตำบล</mark>&gt;" in hit["snippet_html"]
    assert hit["created"].endswith("+07:00")
    assert (hit["years"], hit["tags"]) == ([2548], ["องค์กรการเงินชุมชน"])


def test_a_facet_of_the_search_counts_all_hits_and_keeps_its_own_list(app, client):
    author = factories.writer()
    factories.post(author, title="เรื่องหนึ่ง")
    factories.post(author, title="เรื่องสอง", kind=EntryKind.STORY)
    indexed()

    answer = client.get("/api/v1/search?kind=story&per_page=1").get_json()

    assert answer["total"] == 1
    counts = {row["slug"]: row["count"] for row in answer["facets"]["kind"]}
    assert counts == {"post": 1, "story": 1}


def test_a_year_that_is_none_is_left_out_and_told(app, client):
    factories.post()
    indexed()

    answer = client.get("/api/v1/search?year=เมื่อวาน").get_json()

    assert answer["total"] == 1
    assert any("เมื่อวาน" in note for note in answer["notes"])


def test_suggestions_offer_titles_and_tags_with_their_addresses(app, client):
    entry = factories.post(title="ปุ๋ยหมักของย่า", tags=("ปุ๋ยหมัก",))
    indexed()

    offered = client.get("/api/v1/suggest?q=ปุ๋ยห").get_json()["suggestions"]

    assert {(one["kind"], one["text"]) for one in offered} == {
        ("tag", "ปุ๋ยหมัก"),
        ("title", "ปุ๋ยหมักของย่า"),
    }
    assert {one["url"] for one in offered if one["kind"] == "title"} == {f"/posts/{entry.number}"}
    assert all(client.get(one["url"]).status_code == 200 for one in offered)


def test_what_was_just_hidden_is_not_suggested_although_the_index_lags(app, client):
    entry = factories.post(title="ปุ๋ยหมักของย่า", tags=("ปุ๋ยหมัก",))
    indexed()
    assert client.get("/api/v1/suggest?q=ปุ๋ยห").get_json()["suggestions"]

    lifecycle.hide(factories.moderator(), entry, reason="ทดลอง")

    assert client.get("/api/v1/suggest?q=ปุ๋ยห").get_json()["suggestions"] == []


@pytest.mark.parametrize(
    ("status", "public"),
    [
        (Status.PUBLISHED, 200),
        (Status.DRAFT, 404),
        (Status.WAITING, 404),
        (Status.HIDDEN, 404),
        (Status.BINNED, 404),
    ],
)
def test_hidden_looks_like_missing(app, client, status, public):
    author = factories.writer()
    entry = factories.post(author, status=status)
    indexed()
    mine = token_of(author, TokenScope.READ)

    found = client.get(f"/api/v1/entries/{entry.number}")
    missing = client.get("/api/v1/entries/999999999999999")

    assert found.status_code == public
    assert client.get(f"/api/v1/entries/{entry.number}", headers=mine).status_code == 200
    assert client.get(f"/api/v1/entries/{entry.number}/comments").status_code == public
    listed = client.get("/api/v1/entries").get_json()
    assert listed["total"] == (1 if public == 200 else 0)
    assert client.get("/api/v1/search").get_json()["total"] == listed["total"]
    if public == 404:
        assert found.get_json() == missing.get_json()


def test_lists_narrow_by_what_the_address_says(app, client):
    author = factories.writer()
    factories.post(author, title="ก", tags=("น้ำ",), years=(2548,))
    factories.lesson(author, title="ข", years=(2550,))

    def total(query: str) -> int:
        return client.get(f"/api/v1/entries?{query}").get_json()["total"]

    assert total("") == 2
    assert total("kind=lesson") == total("program=own-work") == total("year=2007") == 1
    assert total("tag=น้ำ") == 1
    assert total("community=ตำบลบางจาก อำเภอเมืองนครศรีธรรมราช") == 2
    assert total("community=amphoe-mueang-nakhon-si-thammarat") == 2
    assert total("community=ไม่มีที่นี่") == total("program=ไม่มี") == total("tag=ไม่มี") == 0


@pytest.mark.parametrize("name", ["communities", "programs", "tags", "people"])
def test_taxonomy_comes_in_pages(app, client, name):
    author = factories.writer()
    factories.lesson(author, tags=("น้ำ", "ดิน"))
    factories.post(factories.writer("tambon-khlong-noi"), tags=("ป่า",))

    whole = client.get(f"/api/v1/{name}?per_page=100").get_json()
    second = client.get(f"/api/v1/{name}?per_page=1&page=2").get_json()

    assert list(whole) == ["total", "page", "per_page", name]
    assert (second["page"], second["per_page"]) == (2, 1)
    assert second[name] == whole[name][1:2]
    counts = [row["count"] for row in whole[name]]
    assert any(counts) or whole["total"] > 100


def test_people_are_those_who_published_and_nothing_private_is_told(app, client):
    author = factories.writer(phone="0800000000", email="someone@example.org")
    factories.post(author)
    factories.user()

    answer = client.get("/api/v1/people")

    assert [person["username"] for person in answer.get_json()["people"]] == [author.username]
    assert "0800000000" not in answer.text and "example.org" not in answer.text


@pytest.mark.parametrize("path", ["entries", "communities", "programs", "tags", "people", "search"])
def test_a_list_costs_the_same_statements_at_any_size(app, client, path):
    author = factories.writer()
    factories.lesson(author, tags=("น้ำ",))
    indexed()
    with sql_statements() as few:
        client.get(f"/api/v1/{path}")
    for number in range(12):
        other = factories.writer()
        factories.lesson(other, title=f"เรื่องที่ {number}", tags=(f"คำ{number}",))
    indexed()

    with sql_statements() as many:
        answer = client.get(f"/api/v1/{path}?per_page=100")

    assert answer.status_code == 200
    assert len(many) <= len(few) + 1


# --- who calls -------------------------------------------------------------------------


def test_a_session_does_not_count(app, client, sign_in):
    author = factories.writer()
    draft = factories.post(author, status=Status.DRAFT)
    browser = sign_in(app.test_client(), author)

    assert browser.get(f"/api/v1/entries/{draft.number}").status_code == 404
    answer = browser.post("/api/v1/entries", json=POST)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_that_may_only_read_cannot_write(app, client):
    answer = client.post(
        "/api/v1/entries", json=POST, headers=token_of(factories.writer(), TokenScope.READ)
    )

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "forbidden")


def test_a_token_that_ended_does_not_even_read(app, client):
    author = factories.writer()
    head = token_of(author)
    assert client.get("/api/v1/entries", headers=head).status_code == 200

    accounts.block(factories.moderator(), author, reason="ทดลอง")

    assert client.get("/api/v1/entries", headers=head).status_code == 401
    assert client.get("/api/v1/entries", headers={"Authorization": "Bearer x"}).status_code == 401


def test_who_may_not_write_is_refused_before_the_text_is_read(app, client):
    member = factories.user()

    assert client.post("/api/v1/entries", json={"kind": 5}).status_code == 401
    assert client.post("/api/v1/entries", json=POST, headers=token_of(member)).status_code == 403


def test_what_a_token_opens_is_kept_by_no_cache(app, client):
    answer = client.get("/api/v1/entries", headers=token_of(factories.writer()))

    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Authorization" in answer.headers["Vary"]
    assert "Set-Cookie" not in answer.headers


# --- writing ---------------------------------------------------------------------------


def test_an_entry_is_made_and_answered_whole(app, client):
    author = factories.writer()
    sent = POST | {
        "communities": ["ต.บางจาก อ.เมืองนครศรีธรรมราช"],
        "years": [2005, "ค.ศ. 2006"],
        "tags": ["บ่อน้ำ"],
        "teller": "นางตัวอย่าง ใจดี",
        "evidence": ["https://example.org/a"],
    }

    answer = client.post("/api/v1/entries", json=sent, headers=token_of(author))
    made = answer.get_json()

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/entries/{made['number']}"
    assert answer.headers["ETag"] == '"1"'
    assert (made["status"], made["revision"], made["years"]) == ("draft", 1, [2548, 2549])
    assert made["communities"] == ["tambon-bang-chak"]
    assert (made["teller"], made["author_username"]) == (["นางตัวอย่าง ใจดี"], author.username)
    read = client.get(answer.headers["Location"], headers=token_of(author))
    assert read.get_json() == made


def test_a_post_is_published_at_once_when_asked(app, client):
    made = client.post(
        "/api/v1/entries", json=POST | {"status": "published"}, headers=token_of(factories.writer())
    ).get_json()

    assert made["status"] == "published"
    assert client.get(made["url"]).status_code == 200


def test_a_forum_record_is_published_with_numbers_for_its_lines(app, client):
    writer = factories.writer()
    sent = {
        "kind": "forum",
        "title": "เวทีบ้านตัวอย่าง",
        "body": "## กลุ่มนา\n### ปัญหา\n- น้ำไม่พอ\n### ทางออก\n- ขุดสระ",
        "happened": "2006-07-21",
        "present": 40,
        "groups": 4,
        "communities": ["tambon-bang-chak"],
        "removed": ["q1"],
        "status": "published",
    }
    made = client.post("/api/v1/entries", json=sent, headers=token_of(writer))
    assert made.status_code == 201, made.json
    assert made.json["url"] == f"/posts/{made.json['number']}"
    assert (made.json["present"], made.json["groups"], made.json["removed"]) == (40, 4, ["q1"])
    assert "- น้ำไม่พอ {#q2}" in made.json["body"] and "- ขุดสระ {#q3}" in made.json["body"]

    for change, field in (
        ({"present": -1}, "present"),
        ({"present": None}, "present"),
        ({"body": "คุยกัน"}, "body"),
        ({"body": f"## ก\n### ปัญหา\n- {'ก' * 301}"}, "body"),
        ({"kind": "post", "removed": []}, "groups"),
    ):
        answer = client.post("/api/v1/entries", json=sent | change, headers=token_of(writer))
        assert answer.status_code in (400, 422), change
        assert field in fields_of(answer), change


def test_a_lesson_that_lacks_something_is_not_published_and_not_made(app, client):
    author = factories.writer()
    sent = {"kind": "lesson", "title": "ยังไม่ครบ", "status": "published"}

    answer = client.post("/api/v1/entries", json=sent, headers=token_of(author))

    assert answer.status_code == 422
    assert fields_of(answer) == {"communities", "programs", "years", "body"}
    assert entries_of(author) == 0


def test_a_lesson_published_too_fast_is_not_made(app, client):
    settings.put(None, "entries_per_hour", 1)
    app.config["RATE_LIMITS"] = True
    author = factories.writer()
    head = token_of(author)
    sent = POST | {"status": "published"}
    assert client.post("/api/v1/entries", json=sent, headers=head).status_code == 201

    answer = client.post("/api/v1/entries", json=sent, headers=head)

    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 3600
    assert answer.get_json()["error"]["code"] == "too_fast"
    assert entries_of(author) == 1


def entries_of(author) -> int:
    """How many entries ``author`` has, whatever their status."""
    db.session.rollback()
    return db.session.scalar(
        db.text("select count(*) from entry where author_id = :id"), {"id": author.id}
    )


def test_a_full_lesson_is_published_with_ids_for_its_rows(app, client):
    body = factories.lesson_body().replace("{#k1", "{#k")
    sent = {
        "kind": "lesson",
        "title": "ทำปุ๋ย",
        "body": body,
        "status": "published",
        "communities": ["tambon-bang-chak"],
        "programs": ["own-work"],
        "years": [2549],
    }

    made = client.post(
        "/api/v1/entries", json=sent, headers=token_of(factories.writer())
    ).get_json()

    assert (made["status"], made["form"], made["state"]) == ("published", "full", "told")
    assert "{#k1 " in made["body"]


NOT_IN_FORM = [
    # change                                                        field    why
    ({"body": "ไม่มีหัวข้อ"}, "body", "none of the eight headings"),
    ({"form": "free", "body": "ก"}, "form", "free text is for what comes from elsewhere"),
    ({"body": "## ข้อเรียนรู้\n- ก {#g1}"}, "body", "a principle without points"),
    ({"body": "## ก้าวต่อไปและข้อเสนอแนะ\n- ก {#n1 due=7-2550}"}, "body", "a month that is none"),
    ({"body": "## ก้าวต่อไปและข้อเสนอแนะ\n- ก {#n1 state=maybe}"}, "body", "a state that is none"),
    (
        {"body": "## ก้าวต่อไปและข้อเสนอแนะ\n- ก {#n1 closed_by=99999999999999999999}"},
        "body",
        "a number that fits no column",
    ),
    ({"body": "## ข้อเรียนรู้\n- ก {#k9999999}"}, "body", "a row number of seven digits"),
    ({"removed": ["x1"]}, "removed", "an id that is none"),
]


@pytest.mark.parametrize(
    ("change", "field", "why"), NOT_IN_FORM, ids=[case[2] for case in NOT_IN_FORM]
)
def test_a_lesson_follows_its_form(app, client, change, field, why):
    sent = {"kind": "lesson", "title": "ก"} | change

    answer = client.post("/api/v1/entries", json=sent, headers=token_of(factories.writer()))

    assert (answer.status_code, fields_of(answer)) == (422, {field}), why


def test_a_request_sent_twice_makes_one_entry(app, client):
    head = token_of(factories.writer()) | {"Idempotency-Key": "12ab"}

    first = client.post("/api/v1/entries", json=POST, headers=head)
    second = client.post("/api/v1/entries", json=POST, headers=head)

    assert first.get_json()["number"] == second.get_json()["number"]


def test_a_change_needs_the_revision_it_began_from(app, client):
    author = factories.writer()
    entry = factories.post(author)
    address, head = f"/api/v1/entries/{entry.number}", token_of(author)
    read = client.get(address, headers=head)

    blind = client.put(address, json={"title": "ใหม่"}, headers=head)
    mine = client.put(
        address, json={"title": "ใหม่"}, headers=head | {"If-Match": read.headers["ETag"]}
    )
    late = client.put(
        address, json={"title": "สาย"}, headers=head | {"If-Match": read.headers["ETag"]}
    )

    assert (blind.status_code, mine.status_code, late.status_code) == (428, 200, 412)
    assert mine.headers["ETag"] == '"2"'
    now = client.get(address).get_json()
    assert (now["title"], now["revision"]) == ("ใหม่", 2)


@pytest.mark.parametrize("etag", ['W/"1"', '"1:zstd"', '"9", "1"', "*"])
def test_an_etag_changed_on_the_way_is_understood(app, client, etag):
    author = factories.writer()
    entry = factories.post(author)

    answer = client.put(
        f"/api/v1/entries/{entry.number}",
        json={"title": "ใหม่"},
        headers=token_of(author) | {"If-Match": etag},
    )

    assert answer.status_code == 200


def test_what_was_read_can_be_sent_back_as_it_is(app, client):
    author = factories.writer()
    teller = factories.user(name="นางตัวอย่าง ใจดี")
    entry = factories.lesson(
        author, tags=("น้ำ",), tellers=(f"@{teller.username}",), evidence="ก\nข", contact="ที่ศาลา"
    )
    address, head = f"/api/v1/entries/{entry.number}", token_of(author)
    read = client.get(address, headers=head).get_json()

    answer = client.put(address, json=read, headers=head | {"If-Match": '"1"'})

    assert answer.status_code == 200
    assert answer.get_json() == read  # nothing changed, so no revision either
    assert [person.user_id for person in entry.tellers] == [teller.id]


def test_fields_left_out_stay_and_null_empties(app, client):
    author = factories.writer()
    entry = factories.post(author, tags=("น้ำ",), contact="ที่ศาลา")

    changed = client.put(
        f"/api/v1/entries/{entry.number}",
        json={"contact": None},
        headers=token_of(author) | {"If-Match": '"1"'},
    ).get_json()

    assert (changed["contact"], changed["tags"]) == ("", ["น้ำ"])


def test_a_change_moves_between_draft_and_public(app, client):
    author = factories.writer()
    entry = factories.post(author, status=Status.DRAFT)
    address, head = f"/api/v1/entries/{entry.number}", token_of(author) | {"If-Match": "*"}

    public = client.put(address, json={"status": "published"}, headers=head).get_json()
    assert public["status"] == "published" and client.get(address).status_code == 200
    draft = client.put(address, json={"status": "draft"}, headers=head).get_json()

    assert draft["status"] == "draft" and client.get(address).status_code == 404
    assert client.put(address, json={"status": "hidden"}, headers=head).status_code == 422


def test_a_published_lesson_stays_complete(app, client):
    author = factories.writer()
    entry = factories.lesson(author)

    answer = client.put(
        f"/api/v1/entries/{entry.number}",
        json={"years": [], "body": ""},
        headers=token_of(author) | {"If-Match": "*"},
    )

    assert (answer.status_code, fields_of(answer)) == (422, {"years", "body"})


def test_another_writer_may_not_change_a_post_but_may_change_a_page(app, client):
    post, page = factories.post(), factories.page()
    head = token_of(factories.writer()) | {"If-Match": "*"}

    assert client.put(f"/api/v1/entries/{post.number}", json={}, headers=head).status_code == 403
    assert client.put(f"/api/v1/entries/{page.number}", json={}, headers=head).status_code == 200


def test_the_kind_stays_and_a_full_lesson_does_not_become_free_text(app, client):
    author = factories.writer()
    entry = factories.lesson(author, form=LessonForm.FULL)
    address, head = f"/api/v1/entries/{entry.number}", token_of(author) | {"If-Match": "*"}

    assert fields_of(client.put(address, json={"kind": "post"}, headers=head)) == {"kind"}
    assert fields_of(client.put(address, json={"form": "free"}, headers=head)) == {"form"}


def test_a_comment_is_said_once_and_listed(app, client):
    entry = factories.post()
    person = factories.user()
    address = f"/api/v1/entries/{entry.number}/comments"
    head = token_of(person) | {"Idempotency-Key": "c1"}

    made = client.post(address, json={"body": "ขอบคุณ **มาก**"}, headers=head)
    client.post(address, json={"body": "ขอบคุณ **มาก**"}, headers=head)
    listed = client.get(address).get_json()

    assert made.status_code == 201
    assert made.headers["Location"] == f"/posts/{entry.number}#c1"
    assert listed["total"] == 1
    assert listed["comments"] == [made.get_json()]
    assert listed["comments"][0]["author_username"] == person.username


def test_a_hidden_comment_is_seen_by_those_who_may_hide_it(app, client):
    author = factories.writer()
    entry = factories.post(author)
    said = comments.add(factories.user(), entry, "ไม่ดี")
    comments.hide(author, said, reason="ทดลอง")
    address = f"/api/v1/entries/{entry.number}/comments"

    assert client.get(address).get_json()["total"] == 0
    assert (
        client.get(address, headers=token_of(author)).get_json()["comments"][0]["status"]
        == "hidden"
    )


# --- what cannot be taken --------------------------------------------------------------

BAD = [
    # body                                                   status  field       why
    (b'{"kind": "post", "title": "\\ud800"}', 422, "title", "a lone surrogate"),
    (b'{"kind": "post", "title": "a\\u0000b"}', 422, "title", "NUL"),
    (b'{"kind": "post", "title": "x", "\\ud800": 1}', 422, "\ud800", "a surrogate as a name"),
    (b'{"kind": "post", "title": 5}', 422, "title", "a number for text"),
    (b'{"kind": "post", "title": null}', 422, "title", "null for text"),
    (b'{"kind": "post", "title": " "}', 422, "title", "blanks for a title"),
    (b'{"kind": "post"}', 422, "title", "no title"),
    (b'{"kind": "poem", "title": "x"}', 422, "kind", "a kind that is none"),
    (b'{"kind": ["post"], "title": "x"}', 422, "kind", "a list for a word"),
    (b'{"kind": "post", "title": "x", "tags": {"a": 1}}', 422, "tags", "an object for a list"),
    (b'{"kind": "post", "title": "x", "tags": [[[[1]]]]}', 422, "tags.0", "lists in a list"),
    (b'{"kind": "post", "title": "x", "years": [true]}', 422, "years.0", "true for a year"),
    (b'{"kind": "post", "title": "x", "years": [2548, 12]}', 422, "years.1", "12 for a year"),
    (b'{"kind": "post", "title": "x", "years": [1e400]}', 422, "years.0", "infinity"),
    (b'{"kind": "post", "title": "x", "years": [NaN]}', 422, "years.0", "NaN"),
    (
        b'{"kind": "post", "title": "x", "years": [' + b"9" * 6000 + b"]}",
        422,
        "years.0",
        "6,000 digits",
    ),
    (b'{"kind": "post", "title": "x", "years": ["2400..2700"]}', 422, "years.0", "300 years"),
    (b'{"kind": "post", "title": "x", "happened": "2550-02-31"}', 422, "happened", "31 February"),
    (
        b'{"kind": "post", "title": "x", "communities": ["nowhere"]}',
        422,
        "communities",
        "unknown place",
    ),
    (b'{"kind": "post", "title": "x", "book": "not-mine"}', 422, "book", "a book of nobody"),
    (b'{"kind": "post", "title": "x", "form": "full"}', 422, "form", "a form for a post"),
    (b'{"kind": "post", "title": "x", "colour": 1}', 422, "colour", "a name that is none"),
    (b'{"kind": "post", "title": "' + b"x" * 301 + b'"}', 422, "title", "301 letters"),
    (b'{"kind": "post", "title": "x"', 400, "json", "JSON cut off"),
    (b"\xff\xfe", 400, "json", "not UTF-8"),
    (b"[" * 100_000, 400, "json", "brackets within brackets"),
    (b'{"a":' * 100_000, 400, "json", "objects within objects"),
    (b"[]", 422, "json", "a list for an object"),
    (b'"text"', 422, "json", "text for an object"),
    (b"null", 422, "json", "null for an object"),
]


@pytest.mark.parametrize(("body", "status", "field", "why"), BAD, ids=[case[3] for case in BAD])
def test_bad_json_is_refused_with_the_field_named(app, client, body, status, field, why):
    author = factories.writer()

    answer = client.post(
        "/api/v1/entries", data=body, content_type="application/json", headers=token_of(author)
    )

    assert answer.status_code == status, answer.text
    assert field in fields_of(answer)
    assert entries_of(author) == 0


BAD_ADDRESSES = [
    ("/api/v1/search?per_page=101", 422, {"per_page"}),
    ("/api/v1/search?page=0&kind=poem", 422, {"page", "kind.0"}),
    ("/api/v1/search?sort=colour", 422, {"sort"}),
    ("/api/v1/entries?page=" + "9" * 5000, 422, {"page"}),
    ("/api/v1/search?q=%00", 400, set()),
    ("/api/v1/entries/1%00", 400, set()),
    ("/api/v1/nothing", 404, set()),
    ("/api/v1/entries/" + "9" * 16, 404, set()),
]


@pytest.mark.parametrize(("path", "status", "fields"), BAD_ADDRESSES)
def test_bad_addresses_are_refused_in_json(app, client, path, status, fields):
    answer = client.get(path)

    assert (answer.status_code, fields_of(answer)) == (status, fields)
    assert set(answer.get_json()["error"]) == {"code", "message", "fields"}


def test_strange_search_syntax_is_taken_as_words(app, client):
    for words in ('"', "title:(", "*", "a AND", "~~~", "😀", "%" * 50, "ก" * 5000):
        assert client.get("/api/v1/search", query_string={"q": words}).status_code == 200


def test_other_media_and_methods_are_refused_in_json(app, client):
    head = token_of(factories.writer())

    form = client.post("/api/v1/entries", data={"kind": "post"}, headers=head)
    gone = client.delete("/api/v1/entries", headers=head)

    assert (form.status_code, form.get_json()["error"]["code"]) == (415, "unsupported")
    assert (gone.status_code, gone.get_json()["error"]["code"]) == (405, "method_not_allowed")
    assert "GET" in gone.headers["Allow"]


def test_a_request_that_is_too_large_is_refused_in_json(app, client):
    body = json.dumps(POST | {"body": "x" * 16_000_000}).encode()

    answer = client.post(
        "/api/v1/entries",
        data=body,
        content_type="application/json",
        headers=token_of(factories.writer()),
    )

    assert (answer.status_code, answer.get_json()["error"]["code"]) == (413, "too_large")


def test_a_text_over_the_limit_names_the_limit(app, client):
    answer = client.post(
        "/api/v1/entries", json=POST | {"body": "ก" * 400_001}, headers=token_of(factories.writer())
    )

    assert answer.status_code == 422
    assert "400000" in answer.get_json()["error"]["fields"]["body"][0].replace(",", "")


def test_messages_come_in_the_language_of_the_address(app, client):
    answer = client.get("/api/v1/entries/1?lang=en")

    assert answer.get_json()["error"]["message"] == "There is nothing here, or it is not for you."


# --- the description -------------------------------------------------------------------


def test_the_description_holds_every_operation(app, client):
    spec = client.get("/api/v1/openapi.json").get_json()

    told = {
        (method, path)
        for path, item in spec["paths"].items()
        for method in item
        if method != "parameters"
    }
    assert told == {
        ("get", "/api/v1/search"),
        ("get", "/api/v1/suggest"),
        ("get", "/api/v1/entries"),
        ("post", "/api/v1/entries"),
        ("get", "/api/v1/entries/{number}"),
        ("put", "/api/v1/entries/{number}"),
        ("get", "/api/v1/entries/{number}/comments"),
        ("post", "/api/v1/entries/{number}/comments"),
        ("get", "/api/v1/communities"),
        ("get", "/api/v1/programs"),
        ("get", "/api/v1/tags"),
        ("get", "/api/v1/people"),
    }


def test_the_description_for_people_needs_nobody_else(app, client):
    page = client.get("/api/docs")

    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert "PUT /api/v1/entries/{number}" in page.text
    for sign in ("<style", "style=", " on", "//cdn", "<script>"):
        assert f"{sign}load=" not in page.text and (sign == " on" or sign not in page.text)


def test_too_many_changes_are_told_when_to_come_back(braked):
    client, head = braked.test_client(), token_of(factories.writer())

    answers = [client.post("/api/v1/entries", json={}, headers=head) for _ in range(121)]

    assert {answer.status_code for answer in answers[:120]} == {422}
    assert answers[120].status_code == 429
    assert answers[120].get_json()["error"]["code"] == "too_fast"
    assert int(answers[120].headers["Retry-After"]) > 0
