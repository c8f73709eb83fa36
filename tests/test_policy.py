"""Who may do what: the table of product.md section 4, and its twin in SQL."""

from __future__ import annotations

import itertools

import pytest

from app.db import db, transaction
from app.models import Entry, User
from app.policy import Permission, can
from app.queries import people
from app.queries.entries import by_numbers, texts_of, visible_to
from app.services import indexing, programs
from app.vocabulary import EntryKind, Right, Status
from tests import factories

HERE, ABOVE, ELSEWHERE = "tambon-bang-chak", "amphoe-mueang-nakhon-si-thammarat", "tambon-karo"

#: who: how to make them, given the author of the entry.
WHO = {
    "nobody": lambda author: None,
    "author": lambda author: author,
    "member": lambda author: factories.user(),
    "co-author": lambda author: people.find_by_username("co-author"),
    "writer here": lambda author: factories.writer(HERE),
    "writer elsewhere": lambda author: factories.writer(ELSEWHERE),
    "facilitator here": lambda author: factories.facilitator(HERE),
    "facilitator above": lambda author: factories.facilitator(ABOVE),
    "facilitator elsewhere": lambda author: factories.facilitator(ELSEWHERE),
    "moderator": lambda author: factories.moderator(),
    "administrator": lambda author: factories.admin(),
    "blocked author": lambda author: _blocked(author),
}

READ_OUT_OF_SIGHT = {
    "author",
    "co-author",
    "facilitator here",
    "facilitator above",
    "moderator",
    "administrator",
}


def co_author() -> tuple[str]:
    """A made-up account, as a draft names it."""
    return (f"@{factories.user(username='co-author').username}",)


def _blocked(author: User) -> User:
    with transaction():
        author.blocked_at = author.created_at
    return author


@pytest.mark.parametrize(("who", "status"), list(itertools.product(WHO, Status)))
def test_sql_policy_and_index_tokens_agree_on_who_may_read(app, who, status):
    author = factories.writer(HERE)
    entry = factories.lesson(author, status=status, coauthors=co_author())
    viewer = WHO[who](author)

    by_policy = can(viewer, Permission.ENTRY_READ, entry)
    in_sql = entry in db.session.scalars(visible_to(viewer)).all()
    in_cards = [card.id for card in by_numbers(viewer, [entry.number])] == [entry.id]
    in_texts = entry.number in texts_of(viewer, [entry.number])
    by_tokens = bool(indexing.tokens_of(viewer) & set(indexing.audience_of(entry)))

    assert in_sql is in_cards is in_texts is by_policy
    assert by_tokens is by_policy or status is Status.BINNED  # a binned one is not in the index
    if status is Status.PUBLISHED:
        assert by_policy
    elif status is Status.DRAFT:
        assert by_policy is (who in {"author", "co-author"})
    else:
        assert by_policy is (who in READ_OUT_OF_SIGHT)


@pytest.mark.parametrize("who", WHO)
def test_an_entry_without_place_belongs_to_the_province(app, who):
    author = factories.writer(HERE)
    entry = factories.post(author, status=Status.HIDDEN, communities=(), coauthors=co_author())
    viewer = WHO[who](author)
    province = factories.facilitator("province-nakhon-si-thammarat")

    expected = can(viewer, Permission.ENTRY_READ, entry)

    assert (entry in db.session.scalars(visible_to(viewer)).all()) is expected
    assert expected is (who in {"author", "co-author", "moderator", "administrator"})
    assert entry in db.session.scalars(visible_to(province)).all()
    assert can(province, Permission.ENTRY_READ, entry)


EDIT_CASES = [
    # kind               who                      may edit  why
    (EntryKind.POST, "author", True, "one's own post"),
    (EntryKind.POST, "writer here", False, "a post is its author's"),
    (EntryKind.POST, "co-author", True, "who wrote it too edits it too"),
    (EntryKind.POST, "facilitator here", True, "facilitators edit in their community"),
    (EntryKind.POST, "facilitator elsewhere", False, "a right elsewhere is none here"),
    (EntryKind.LESSON, "writer here", True, "writers edit the lessons of their community"),
    (EntryKind.LESSON, "writer elsewhere", False, "but not those of another"),
    (EntryKind.LESSON, "facilitator above", True, "a right at a place holds for all below it"),
    (EntryKind.PAGE, "writer here", True, "pages are kept together"),
    (EntryKind.PAGE, "member", False, "members read and comment"),
    (EntryKind.LESSON, "moderator", False, "moderators hide, they do not write"),
    (EntryKind.LESSON, "administrator", False, "nor do administrators, unless they are writers"),
    (EntryKind.LESSON, "nobody", False, "no account, no edit"),
    (EntryKind.POST, "blocked author", False, "a blocked account does nothing"),
]


@pytest.mark.parametrize(
    ("kind", "who", "may", "why"), EDIT_CASES, ids=[case[3] for case in EDIT_CASES]
)
def test_who_may_edit_a_published_entry(app, kind, who, may, why):
    author = factories.writer(HERE)
    make = factories.lesson if kind is EntryKind.LESSON else factories.post
    fields = {} if kind is EntryKind.LESSON else {"kind": kind}
    entry = make(author, coauthors=co_author(), **fields)

    assert can(WHO[who](author), Permission.ENTRY_EDIT, entry) is may, why


def test_a_right_in_one_of_several_communities_edits_and_in_each_one_hides(app):
    entry = factories.lesson(factories.writer(HERE), communities=(HERE, ELSEWHERE))
    one, both = factories.facilitator(HERE), factories.facilitator("province-nakhon-si-thammarat")

    assert can(one, Permission.ENTRY_EDIT, entry)
    assert not can(one, Permission.ENTRY_HIDE, entry)
    assert can(both, Permission.ENTRY_HIDE, entry)


RIGHTS_CASES = [
    # right               permission                     may    why
    (Right.MEMBER, Permission.ENTRY_CREATE, False, "members do not write entries"),
    (Right.WRITER, Permission.ENTRY_CREATE, True, "writers do"),
    (Right.FACILITATOR, Permission.ENTRY_CREATE, True, "facilitators are writers too"),
    (
        Right.MODERATOR,
        Permission.ENTRY_CREATE,
        False,
        "moderators have a member's rights beside their own",
    ),
    (Right.WRITER, Permission.WORDS_EDIT, False, "words are the facilitators'"),
    (Right.FACILITATOR, Permission.WORDS_EDIT, True, "facilitators edit words"),
    (Right.FACILITATOR, Permission.REPORTS_READ, False, "the queue of reports is the moderators'"),
    (Right.MODERATOR, Permission.REPORTS_READ, True, "moderators read reports"),
    (Right.MODERATOR, Permission.SITE_SET, False, "settings are the administrators'"),
    (Right.ADMIN, Permission.SITE_SET, True, "administrators set"),
    (Right.ADMIN, Permission.CONTENT_IMPORT, True, "administrators import"),
    (Right.FACILITATOR, Permission.CONTENT_IMPORT, False, "facilitators do not"),
]


@pytest.mark.parametrize(
    ("right", "permission", "may", "why"), RIGHTS_CASES, ids=[case[3] for case in RIGHTS_CASES]
)
def test_each_right_does_one_deed_of_its_row_and_none_beyond(app, right, permission, may, why):
    assert can(factories.user(right), permission) is may, why


@pytest.mark.parametrize(
    ("right", "at", "may"),
    [
        (Right.FACILITATOR, HERE, True),
        (Right.FACILITATOR, "province-nakhon-si-thammarat", True),
        (Right.ADMIN, None, True),
        (Right.FACILITATOR, ELSEWHERE, False),
        (Right.WRITER, HERE, False),
        (Right.MODERATOR, None, False),
    ],
)
def test_a_proposed_program_is_decided_about_near_its_proposer(app, right, at, may):
    program = programs.propose(factories.writer(HERE), "โรงเรียนชาวนาบ้านตัวอย่าง")
    assert can(factories.user(right, at), Permission.PROGRAM_DECIDE, program) is may


def test_a_confirmed_program_is_edited_by_the_province_alone(app):
    guide = factories.facilitator(HERE)
    program = programs.propose(factories.writer(HERE), "โรงเรียนชาวนาบ้านตัวอย่าง")
    programs.confirm(guide, program)
    for permission in (Permission.PROGRAM_DECIDE, Permission.PROGRAM_EDIT):
        assert not can(guide, permission, program)


def test_the_badge_of_faculty_gives_no_right(app):
    faculty = factories.user(is_faculty=True, school="สำนักวิชาตัวอย่าง")

    assert not can(faculty, Permission.ENTRY_CREATE)
    assert not can(faculty, Permission.WORDS_EDIT)


def test_hidden_and_missing_look_the_same(app, client):
    entry = factories.post(status=Status.HIDDEN)

    hidden = client.get(f"/posts/{entry.number}")
    missing = client.get("/posts/999999999")

    assert hidden.status_code == missing.status_code == 404
    said = [
        answer.get_data(as_text=True).replace(number, "N")
        for answer, number in ((hidden, str(entry.number)), (missing, "999999999"))
    ]
    assert said[0] == said[1]


def test_an_entry_that_is_waiting_is_in_no_list(app, client):
    rare = "กระดาษสาสีคราม"
    for status in (Status.DRAFT, Status.WAITING, Status.HIDDEN, Status.BINNED):
        factories.post(title=f"{rare} {status}", status=status)
    shown = factories.post(title=f"{rare} published")
    while indexing.catch_up():
        pass

    for path in (
        "/",
        "/posts",
        f"/search?q={rare}",
        "/feed.atom",
        "/sitemap.xml",
        "/communities/tambon-bang-chak",
    ):
        page = client.get(path).get_data(as_text=True)
        assert f"{rare} draft" not in page
        assert f"{rare} waiting" not in page
        assert f"{rare} hidden" not in page
        assert f"{rare} binned" not in page
    assert f"{shown.title}" in client.get("/posts").get_data(as_text=True)
    assert isinstance(shown, Entry)
