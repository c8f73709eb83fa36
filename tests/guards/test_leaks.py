"""No one in: what is not public leaks through no door, and hidden looks like missing.

The matrix: {draft, waiting, hidden, binned, a revision from before publication, a removed or
hidden comment} at {page, form, history, comparison, API, search, suggestion, lists, feeds,
sitemap, backlinks, counts} for {nobody, another member, a writer elsewhere, a facilitator
here, an administrator}.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import Entry, User
from app.services import comments, indexing, writing
from app.services.drafts import Draft
from app.vocabulary import EntryKind, Right, Status
from tests import factories

HERE, ELSEWHERE = "tambon-bang-chak", "tambon-karo"
TITLE = "เรื่องลับสุดขอบฟ้า"
BODY = "ฟักแฟงแตงไทยเจ็ดสีปลูกไว้หลังเขาหลวง"
TAG = "แท็กลับเฉพาะ"
SAID = "ความเห็นนี้พูดถึงกะลามะพร้าวสีม่วง"

WHO: dict[str, Callable[[], User | None]] = {
    "nobody": lambda: None,
    "another member": lambda: factories.user(),
    "writer elsewhere": lambda: factories.writer(ELSEWHERE),
    "facilitator here": lambda: factories.facilitator(HERE),
    "administrator": lambda: factories.user(Right.ADMIN),
}
INSIDERS = {"facilitator here", "administrator"}
KINDS = (EntryKind.POST, EntryKind.LESSON, EntryKind.PAGE)
OUT_OF_SIGHT = (Status.DRAFT, Status.WAITING, Status.HIDDEN, Status.BINNED)

#: Pages that list or count; what they show outsiders may not change by a secret entry.
LISTS = (
    "/",
    "/posts",
    "/lessons",
    "/pages",
    "/search",
    "/communities",
    f"/communities/{HERE}",
    "/programs",
    "/programs/own-work",
    "/years",
    "/years/2549",
    "/tags",
    "/feed.atom",
    "/posts/feed.atom",
    "/lessons/feed.atom",
    f"/communities/{HERE}/feed.atom",
    "/programs/own-work/feed.atom",
    "/years/2549/feed.atom",
    "/sitemap.xml",
    "/api/v1/entries",
    "/api/v1/search",
    "/api/v1/tags",
    "/api/v1/communities",
)


@pytest.fixture
def author(app: Flask) -> User:
    return factories.writer(HERE, name="ตัวอย่าง คนเขียน")


@pytest.fixture
def target(author: User) -> Entry:
    """A public entry that the secret one links to."""
    return factories.page(author, title="หน้าที่ใครก็เห็น", body="ข้อความที่ใครก็อ่านได้")


@pytest.fixture
def viewer(app: Flask, request: pytest.FixtureRequest, sign_in: Callable) -> FlaskClient:
    user = WHO[request.param]()
    client = app.test_client()
    return client if user is None else sign_in(client, user)


def index() -> None:
    while indexing.catch_up():
        pass


def lists_for(author: User, target: Entry) -> tuple[str, ...]:
    name = quote(author.username)
    book = quote(author.books[0].slug) if getattr(author, "books", None) else ""
    return (
        *LISTS,
        f"/people/{name}",
        f"/people/{name}/feed.atom",
        *((f"/books/{book}", f"/books/{book}/feed.atom") if book else ()),
        f"/posts/{target.number}",
        f"/pages/{quote(target.page_slug)}/links",
    )


def shown(client: FlaskClient, path: str) -> str:
    """What a page shows, without what differs from one answer to the next."""
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200, (path, answer.status_code)
    text = re.sub(r'name="csrf_token" value="[^"]*"|"took_ms":\s*[\d.]+', "", answer.text)
    return re.sub(r"<updated>[^<]*</updated>", "", text)


def secret_entry(author: User, status: Status, kind: EntryKind) -> Entry:
    fields = dict(title=TITLE, tags=(TAG,), status=status, years=(2549,), programs=("own-work",))
    if kind is EntryKind.LESSON:
        body = factories.lesson_body(goal=f"{BODY} [[หน้าที่ใครก็เห็น]]")
        return factories.lesson(author, body=body, **fields)
    return factories.post(author, kind=kind, body=f"{BODY} [[หน้าที่ใครก็เห็น]]", **fields)


def own_doors(entry: Entry) -> list[str]:
    """Addresses of the entry itself."""
    n = entry.number
    own = {
        EntryKind.LESSON: f"/lessons/{n}/{quote(entry.slug)}",
        EntryKind.PAGE: f"/pages/{quote(entry.page_slug or '')}",
    }
    bases = [f"/posts/{n}", *([own[entry.kind]] if entry.kind in own else [])]
    views = (
        "",
        "/history",
        "/revisions/1",
        "/compare?from=1&to=1",
        "/links",
        "/comments/new",
        "/proposals/new",
        "/talk",
        "/edit",
    )
    return [
        *(f"{base}{view}" for base in bases for view in views),
        f"/entries/{n}/hiding",
        *(f"/entries/{n}/{view}" for view in ("name", "limit", "kind", "review", "blackout")),
        f"/blog/anything/{n}",
        f"/lessons/{n}",
        f"/api/v1/entries/{n}",
        f"/api/v1/entries/{n}/comments",
    ]


@pytest.mark.parametrize("viewer", WHO, indirect=True, ids=list(WHO))
def test_entries_that_are_not_public(
    app: Flask, viewer: FlaskClient, author: User, target: Entry, request: pytest.FixtureRequest
) -> None:
    """For insiders only a draft is secret; of the others they see that they are there."""
    who = request.node.callspec.params["viewer"]
    secret = (Status.DRAFT,) if who in INSIDERS else OUT_OF_SIGHT
    factories.post(author, title="เรื่องที่เห็นได้", programs=("own-work",), years=(2549,))
    index()
    lists = lists_for(author, target)
    before = {path: shown(viewer, path) for path in lists}
    entries = [secret_entry(author, status, kind) for status in secret for kind in KINDS]

    not_found_by_search(viewer, entries)  # hidden and binned ones may still stand in the index
    index()
    not_found_by_search(viewer, entries)
    changed = [path for path in lists if shown(viewer, path) != before[path]]
    assert not changed, f"{who} sees a difference at {changed}"
    for entry in entries:
        every_door_is_shut(viewer, entry)


@pytest.mark.parametrize("viewer", sorted(INSIDERS), indirect=True)
def test_what_insiders_see_stays_with_them(app: Flask, viewer: FlaskClient, author: User) -> None:
    entries = [secret_entry(author, status, EntryKind.POST) for status in OUT_OF_SIGHT[1:]]
    index()
    for entry in entries:
        answer = viewer.get(f"/posts/{entry.number}")
        assert answer.status_code == 200
        assert "no-store" in answer.headers["Cache-Control"]
    not_found_by_search(app.test_client(), entries)


def every_door_is_shut(viewer: FlaskClient, entry: Entry) -> None:
    """The entry's own addresses answer like those of an entry that never was."""
    for path in own_doors(entry):
        answer = viewer.get(path)
        assert answer.status_code in (302, 404), (path, answer.status_code)
        if answer.status_code == 302:  # where a form would be, nobody is asked to log in
            assert "/account/login" in answer.headers["Location"], path
            missing = viewer.get(path.replace(str(entry.number), "777"))
            assert missing.status_code == 302, path
        assert BODY not in answer.text and TAG not in answer.text, path


def not_found_by_search(viewer: FlaskClient, entries: list[Entry]) -> None:
    numbers = {entry.number for entry in entries}
    for words, hidden in ((BODY, TITLE), (TITLE, BODY), (TAG, TITLE)):
        assert hidden not in viewer.get(f"/search?q={quote(words)}").text, words
        assert hidden not in viewer.get(f"/search/feed.atom?q={quote(words)}").text, words
        answer = viewer.get(f"/api/v1/search?q={quote(words)}").json
        assert not numbers & {hit["number"] for hit in answer["hits"]}, words
        assert TAG not in str(answer["facets"]), words
    for number in numbers:
        assert TITLE not in viewer.get(f"/search?q={number}").text
    for start in (TITLE[:6], TAG[:6]):
        offered = viewer.get(f"/api/v1/suggest?q={quote(start)}")
        assert TITLE not in offered.text and TAG not in offered.text
    assert TITLE not in viewer.get(f"/tags/{quote(TAG)}").text


@pytest.mark.parametrize("viewer", WHO, indirect=True, ids=list(WHO))
def test_a_revision_from_before_publication(app: Flask, viewer: FlaskClient, author: User) -> None:
    """A draft's first text is its writers' alone, also when the entry is public by now."""
    entry = factories.post(author, title=TITLE, body=BODY, status=Status.DRAFT)
    clean = Draft(kind=EntryKind.POST, title="ชื่อที่เผยแพร่", body="ข้อความที่เผยแพร่")
    entry = writing.save(author, entry, clean, base=1)
    writing.publish(author, entry)
    index()
    number = entry.number
    newest = entry.revision_number
    for path in (
        f"/posts/{number}",
        f"/posts/{number}/history",
        f"/posts/{number}/revisions/1",
        f"/posts/{number}/compare?from=1&to={newest}",
        f"/posts/{number}/compare?from=1&to=1",
        f"/posts/{number}/compare",
        f"/api/v1/entries/{number}",
        "/feed.atom",
    ):
        answer = viewer.get(path)
        assert BODY not in answer.text and TITLE not in answer.text, path
    assert viewer.get(f"/posts/{number}/revisions/1").status_code == 404
    not_found_by_search_text(viewer, BODY, number)


def not_found_by_search_text(viewer: FlaskClient, words: str, number: int) -> None:
    answer = viewer.get(f"/api/v1/search?q={quote(words)}").json
    assert number not in [hit["number"] for hit in answer["hits"]], words


@pytest.mark.parametrize("viewer", ["nobody", "another member", "writer elsewhere"], indirect=True)
@pytest.mark.parametrize("fate", ["removed", "hidden"])
def test_a_comment_that_is_gone(app: Flask, viewer: FlaskClient, author: User, fate: str) -> None:
    entry = factories.post(author)
    speaker = factories.user()
    comment = comments.add(speaker, entry, SAID)
    index()
    assert SAID in viewer.get(f"/posts/{entry.number}").text
    if fate == "removed":
        comments.remove(speaker, comment)
    else:
        comments.hide(factories.moderator(), comment, reason="ทดลอง")
    for is_indexed in (False, True):
        if is_indexed:
            index()
        for path in (
            f"/posts/{entry.number}",
            f"/api/v1/entries/{entry.number}/comments",
            "/",
            "/feed.atom",
            f"/search?q={quote('ปุ๋ยหมัก')}",
        ):
            assert SAID not in viewer.get(path).text, path
        told = viewer.get(f"/api/v1/entries/{entry.number}").json
        assert not told.get("comment_count")
    not_found_by_search_text(viewer, "กะลามะพร้าวสีม่วง", entry.number)


def test_the_removed_comment_is_gone_for_insiders_too(app: Flask, author: User) -> None:
    entry = factories.post(author)
    speaker = factories.user()
    comments.remove(speaker, comments.add(speaker, entry, SAID))
    assert SAID not in app.test_client().get(f"/posts/{entry.number}").text


def test_hidden_looks_like_missing(app: Flask, author: User) -> None:
    """The same status and the same words as for a number that was never given."""
    entry = factories.post(author, title=TITLE, body=BODY, status=Status.HIDDEN)
    client = app.test_client()

    def words(number: int) -> str:
        return client.get(f"/posts/{number}").text.replace(str(number), "N")

    assert words(entry.number) == words(entry.number + 5_000)
