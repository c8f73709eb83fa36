"""Two or more people are shown as authors, each edits, and nobody is named unawares."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from app.clock import now
from app.db import db, transaction
from app.errors import Forbidden, Invalid, NotFound
from app.formats.entry_files import read_entry, write_entry
from app.models import Entry, Notice, Revision, User
from app.policy import Permission, can
from app.queries import cards, knowing, people
from app.queries import entries as entry_queries
from app.queries.entries import visible_to
from app.search.query import SearchQuery
from app.services import (
    coauthors,
    entries,
    importing,
    indexing,
    lifecycle,
    previewing,
    revisions,
    searching,
    writing,
)
from app.services.drafts import Draft, draft_of, page_of
from app.vocabulary import EntryKind, NoticeKind, Status
from tests import factories
from tests.web.test_api import token_of
from tests.web.test_writing import fields_of

IF_FIRST = {"If-Match": '"1"'}


@pytest.fixture
def author(app):
    return factories.writer(name="ตัวอย่าง หนึ่ง")


@pytest.fixture
def friend(app):
    return factories.user(username="friend", name="ตัวอย่าง สอง")


@pytest.fixture
def desk(client, sign_in, author):
    return sign_in(client, author)


def fresh(entry: Entry) -> Entry:
    db.session.expire_all()
    return entry


def told(user) -> list[NoticeKind]:
    return list(db.session.scalars(db.select(Notice.kind).where(Notice.user_id == user.id)))


def posted(desk, **typed: str):
    page = desk.get("/write/post").text
    data = {**fields_of(page), "title": "เขียนด้วยกัน", "body": "เรา", "action": "draft", **typed}
    return desk.post("/write/post", data=data)


def only() -> Entry:
    return db.session.scalars(db.select(Entry)).one()


@pytest.mark.parametrize("named", ["@friend", "friend", "@FRIEND", "ตัวอย่าง สอง"])
def test_the_form_names_a_co_author_who_is_told_and_reads_the_draft(
    app, desk, friend, sign_in, named
):
    assert posted(desk, coauthors=named).status_code == 302

    made = only()
    assert [person.user_id for person in made.coauthors] == [friend.id]
    assert told(friend) == [NoticeKind.COAUTHOR]
    theirs = sign_in(app.test_client(), friend)
    assert theirs.get(f"/posts/{made.number}").status_code == 200
    assert "เขียนด้วยกัน" in theirs.get("/drafts").text
    inbox = theirs.get("/notifications").text
    assert f'action="/entries/{made.number}/stepping-back"' in inbox
    assert app.test_client().get(f"/posts/{made.number}").status_code == 404


@pytest.mark.parametrize("named", ["@nobody-here", "ไม่มีใคร", "@blocked"])
def test_a_name_that_is_nobodys_is_refused_and_nothing_typed_is_lost(desk, author, named):
    factories.user(username="blocked", blocked_at=author.created_at)

    answer = posted(desk, coauthors=named)

    assert answer.status_code == 422
    assert "ไม่มีบัญชี" in answer.text
    assert fields_of(answer.text)["coauthors"] == [named]
    assert fields_of(answer.text)["body"] == ["เรา"]


def test_the_author_is_no_co_author_of_her_own(desk, author):
    posted(desk, coauthors=f"@{author.username}")

    assert only().coauthors == []


def test_each_author_stands_in_the_byline_with_a_link(app, author, friend):
    made = factories.post(author, coauthors=("@friend",))
    indexing.follow()
    stranger = app.test_client()

    head = re.search(r'<p class="meta-who">.*?</p>', stranger.get(f"/posts/{made.number}").text)
    assert head is not None
    assert re.findall(r'href="(/people/[^"]+)"', head[0]) == [
        f"/people/{author.username}",
        "/people/friend",
    ]
    both = "ตัวอย่าง หนึ่ง, ตัวอย่าง สอง"
    for path in ("/posts", "/people/friend", f"/people/{author.username}"):
        assert both in stranger.get(path).text, path
    feed = stranger.get("/people/friend/feed.atom").text
    assert "<author><name>ตัวอย่าง สอง</name></author>" in feed
    assert "<author><name>ตัวอย่าง หนึ่ง</name></author>" in feed
    answer = stranger.get(f"/api/v1/entries/{made.number}").json
    assert (answer["author"], answer["coauthors"]) == ("ตัวอย่าง หนึ่ง", ["ตัวอย่าง สอง"])
    assert "ตัวอย่าง สอง" in stranger.get("/people").text


def test_both_choices_of_the_author_facet_find_it_with_and_without_an_index(app, author, friend):
    made = factories.post(author, coauthors=("@friend",))
    indexing.follow()

    for name in ("friend", author.username):
        chosen = {"author": frozenset({name})}
        indexed = searching.search(None, SearchQuery(facets=chosen), lang="th")
        _total, plain = entry_queries.matching(None, [], facets=chosen, limit=5, offset=0)
        assert [found.entry.number for found in indexed.found] == [made.number]
        assert [card.number for card in plain] == [made.number]


def test_who_knows_counts_a_co_author_as_a_writer(app, author, friend):
    numbers = [factories.post(author, coauthors=("@friend",)).number for _ in range(3)]

    wrote = {knower.name: knower.wrote for knower in knowing.people_on(None, numbers)}

    assert wrote == {"ตัวอย่าง หนึ่ง": 3, "ตัวอย่าง สอง": 3}
    assert {row.name: row.entries for row in people.tellers()} == wrote


def test_a_co_author_edits_and_publishes(app, author, friend):
    made = factories.post(author, status=Status.DRAFT, coauthors=("@friend",))

    writing.save(friend, made, Draft(kind=EntryKind.POST, title="ใหม่", body="ใหม่"), base=1)
    writing.publish(friend, made)

    assert (made.title, made.status) == ("ใหม่", Status.PUBLISHED)
    assert [person.user_id for person in made.coauthors] == [friend.id]  # nothing was said of her


def test_only_the_author_says_who_wrote_it_too(app, author, friend):
    third = factories.user(username="third")
    made = factories.post(author, coauthors=("@friend",))
    for actor in (friend, factories.facilitator()):
        for named in (("@third",), (), ("@friend", "@third")):
            draft = Draft(kind=EntryKind.POST, title="ก", body="ข", coauthors=named)
            with pytest.raises(Invalid) as error:
                writing.save(actor, made, draft, base=None)
            assert "coauthors" in error.value.fields
    assert told(third) == []
    assert not can(third, Permission.ENTRY_EDIT, fresh(made))


def test_the_form_of_a_co_author_does_not_ask_who_wrote_it(app, author, friend, sign_in):
    made = factories.post(author, coauthors=("@friend",))
    theirs = sign_in(app.test_client(), friend)

    page = theirs.get(f"/posts/{made.number}/edit").text
    answer = theirs.post(
        f"/posts/{made.number}/edit", data={**fields_of(page), "body": "เติม", "action": "save"}
    )

    assert 'name="coauthors"' not in page
    assert answer.status_code == 302
    assert [person.user_id for person in fresh(made).coauthors] == [friend.id]


def test_the_author_takes_a_co_author_off_again(app, desk, author, friend):
    made = factories.post(author, coauthors=("@friend",))
    page = desk.get(f"/posts/{made.number}/edit").text
    assert fields_of(page)["coauthors"] == ["@friend"]

    data = {**fields_of(page), "coauthors": "", "action": "save"}
    assert desk.post(f"/posts/{made.number}/edit", data=data).status_code == 302

    assert fresh(made).coauthors == []
    with pytest.raises(Forbidden):
        writing.save(friend, made, draft_of(made), base=None)


def test_a_co_author_steps_back_in_one_tap(app, author, friend, sign_in):
    made = factories.post(author, status=Status.DRAFT, coauthors=("@friend",))
    theirs = sign_in(app.test_client(), friend)
    page = theirs.get("/notifications").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None

    answer = theirs.post(f"/entries/{made.number}/stepping-back", data={"csrf_token": token[1]})

    assert answer.headers["Location"] == "/notifications"
    assert fresh(made).coauthors == []
    assert theirs.get(f"/posts/{made.number}").status_code == 404
    assert told(author) == [NoticeKind.STEPPED_BACK]
    revision = db.session.scalars(db.select(Revision).order_by(Revision.number.desc())).first()
    assert revision is not None and revision.header["coauthors"] == []


def test_an_earlier_version_does_not_bring_a_name_back(app, author, friend):
    made = factories.post(author, coauthors=("@friend",))
    first = db.session.scalars(db.select(Revision).where(Revision.entry_id == made.id)).one()
    coauthors.step_back(friend, made)

    revisions.restore(author, made, first)

    assert fresh(made).coauthors == []
    assert told(friend) == [NoticeKind.COAUTHOR]


def test_nobody_steps_back_who_was_not_named(app, author, friend):
    with pytest.raises(NotFound):
        coauthors.step_back(friend, factories.post(author))


def test_co_authors_travel_in_the_front_matter(app, friend):
    text = (
        "---\nkind: post\ntitle: ไฟล์\nauthor: ครูเก่า ตัวอย่าง\n"
        "coauthors: [friend, ตัวอย่าง ไม่มีบัญชี]\nlicense: cc0-1.0\n---\nเรา\n"
    )
    record = read_entry(text, path="posts/new.md")
    assert read_entry(write_entry(record), path="posts/new.md") == record

    for _again in range(2):
        assert not importing.import_records(None, [record]).problems

    made = only()
    assert [(row.user_id, row.name) for row in made.coauthors] == [
        (friend.id, "ตัวอย่าง สอง"),
        (None, "ตัวอย่าง ไม่มีบัญชี"),
    ]
    assert told(friend) == [NoticeKind.COAUTHOR]


def test_a_program_names_co_authors_and_sends_back_what_it_read(app, client, author, friend):
    made = factories.post(author)
    address = f"/api/v1/entries/{made.number}"
    hers, theirs = token_of(author), token_of(friend)

    named = client.put(address, json={"coauthors": ["@friend"]}, headers=hers | IF_FIRST)
    assert named.json["coauthors"] == ["ตัวอย่าง สอง"]
    second = {"If-Match": named.headers["ETag"]}
    factories.user(name="ตัวอย่าง สอง")  # of the same name: the one who stands there is meant
    echoed = client.put(address, json=named.json, headers=theirs | second)
    assert echoed.status_code == 200
    refused = client.put(address, json={"coauthors": []}, headers=theirs | second)
    assert refused.status_code == 422
    assert "coauthors" in refused.json["error"]["fields"]
    emptied = client.put(address, json={"coauthors": []}, headers=hers | second)
    assert emptied.json["coauthors"] == []


def test_a_co_author_who_becomes_the_author_is_named_once(app, friend):
    text = "---\nkind: post\ntitle: ไฟล์\ncoauthors: [friend]\nlicense: cc0-1.0\n---\nเรา\n"
    importing.import_records(None, [read_entry(text, path="posts/new.md")])

    made = lifecycle.assign_author(factories.admin(), only(), friend)

    assert made.credited == ["ตัวอย่าง สอง"]


def test_a_form_that_was_open_meanwhile_does_not_name_her_again(app, desk, author, friend):
    third = factories.user(username="third")
    made = factories.post(author, coauthors=("@friend",))
    typed = fields_of(desk.get(f"/posts/{made.number}/edit").text)
    coauthors.step_back(friend, made)

    data = {**typed, "body": "เติม", "coauthors": "@friend\n@third", "action": "save"}
    assert desk.post(f"/posts/{made.number}/edit", data=data).status_code == 302

    assert [person.user_id for person in fresh(made).coauthors] == [third.id]
    assert made.body == "เติม"
    assert told(friend) == [NoticeKind.COAUTHOR]


def test_a_conflict_shows_the_form_without_who_stepped_back(app, desk, author, friend):
    made = factories.post(author, coauthors=("@friend",), body="หนึ่ง")
    typed = fields_of(desk.get(f"/posts/{made.number}/edit").text)
    writing.save(friend, made, replace(draft_of(made), body="สอง"), base=1)
    coauthors.step_back(friend, made)

    answer = desk.post(
        f"/posts/{made.number}/edit", data={**typed, "body": "สาม", "action": "save"}
    )

    assert answer.status_code == 409
    assert fields_of(answer.text)["coauthors"] == [""]


def test_the_byline_is_one_in_page_card_and_preview_where_no_author_is_known(app, friend):
    draft = Draft(kind=EntryKind.POST, title="ไฟล์เก่า", body="เรา", coauthors=("@friend",))
    made = entries.create(None, draft, page=page_of(draft))

    shown = previewing.preview(friend, draft_of(made), made)
    card = cards.of(visible_to(friend))[0]

    assert made.byline == shown.byline == card.byline == "ตัวอย่าง สอง"


def blocked(user) -> None:
    with transaction():
        db.session.get_one(User, user.id).blocked_at = now()
    assert not db.session.get_one(User, user.id).is_active


def test_a_text_can_be_saved_when_a_coauthors_account_is_blocked(author, friend):
    entry = factories.post(author, coauthors=("@friend",))
    blocked(friend)
    mine = replace(draft_of(entry), body="ใหม่", coauthors=("@friend",))

    saved = writing.save(author, entry, mine, base=1)

    assert saved.body == "ใหม่"
    assert [person.user_id for person in saved.coauthors] == [friend.id]


def test_a_blocked_coauthor_does_not_keep_the_author_from_the_form(desk, author, friend):
    """The form as it opens, sent back with one word changed."""
    entry = factories.post(author, coauthors=("@friend",))
    blocked(friend)
    at = f"/posts/{entry.number}/edit"
    sent = fields_of(desk.get(at).text) | {"body": "ใหม่", "action": "draft"}

    desk.post(at, data=sent)

    assert fresh(entry).body == "ใหม่"


def test_a_blocked_account_is_not_named_anew(author, friend):
    entry = factories.post(author)
    blocked(friend)

    with pytest.raises(Invalid):
        writing.save(author, entry, replace(draft_of(entry), coauthors=("@friend",)), base=1)
