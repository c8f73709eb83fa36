"""Strange input gets a plain answer: never 500, never somewhere else, nothing lost."""

from __future__ import annotations

import re
import shutil
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.models import User
from tests import factories
from tests.conftest import opened

ADDRESSES = [
    # address                                   status       why
    ("/posts/%00", {400, 404}, "NUL in the path"),
    ("/search?q=%00", {400}, "NUL in the query"),
    ("/search?q=%ED%A0%80", {400}, "a lone surrogate"),
    ("/search?q=%FF%FE", {400}, "no UTF-8"),
    ("/search?q=%A1%D2%C3", {400}, "Thai in the old encoding, TIS-620"),
    ("/posts?%FF=1", {400}, "no UTF-8 in the name of an argument"),
    ("/api/v1/search?q=%FF", {400}, "no UTF-8 for a program"),
    ("/search?q=100%", {200}, "a percent sign that encodes nothing"),
    ("/posts/%FF", {400, 404}, "no UTF-8 in the path"),
    ("/posts/99999999999999999999", {404}, "twenty digits"),
    ("/posts/-1", {404}, "below zero"),
    ("/posts/1e5", {404}, "no digits"),
    ("/posts/๑๔๐๑๑๖", {301, 302, 404}, "Thai digits"),
    ("/lessons/99999999999999999999/x", {404}, "twenty digits"),
    ("/years/99999999999999999999", {404}, "a year of twenty digits"),
    ("/years/0", {404}, "year 0"),
    ("/search?page=99999999999999999999", {200}, "page of twenty digits"),
    ("/search?page=-1", {200}, "page below zero"),
    ("/search?per_page=x", {200}, "no number"),
    ("/search?year=0..99999999", {200}, "a range without end"),
    ("/search?community=nowhere&program=nothing&tag=none", {200}, "unknown names"),
    ("/search?sort=; DROP TABLE entry", {200}, "an unknown order"),
    ("/search?lang=xx&era=yy", {200}, "an unknown language"),
    ("/tags/" + "ก" * 3000, {404, 414}, "a long name"),
    ("/pages/..%2F..%2Fetc%2Fpasswd", {404}, "a path"),
    ("/static/../config.py", {404}, "a path out of the folder"),
    ("/communities/<script>", {404}, "markup"),
    ("/posts/900016/compare?from=x&to=99999999999999999999", {200, 404}, "odd versions"),
    ("/posts/900016/revisions/99999999999999999999", {404}, "a version of twenty digits"),
]
SYNTAX = [
    *["((((((", "a AND (b OR", "title:x", "[a TO b]", "AND AND", "/.*/", "<b>", "ฯลฯ", "ไม่:มี"],
    *["AND", "OR NOT", "NOT", "--", "-ก", "::", "ก*", '"ปุ๋ย หมัก', "\u200b", "์", "ิ่", "😀", "ๆ", "๏"],
    *"\"'()*?~^\\+{}&%;",
    *["x" * 5000, "ก" * 5000, "2550 " * 400],
]


@pytest.fixture(scope="module")
def app(empty_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """One site for all of these: none of them leaves anything behind that another minds."""
    folder = tmp_path_factory.mktemp("strange") / "site"
    shutil.copytree(empty_site, folder)
    yield from opened(folder)


@pytest.fixture(scope="module")
def writer(app: Flask) -> User:
    return factories.writer()


@pytest.fixture
def desk(client: FlaskClient, writer: User, sign_in: Callable) -> FlaskClient:
    return sign_in(client, writer)


def token_of(client: FlaskClient, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found
    return found[1]


@pytest.mark.parametrize(("address", "statuses", "why"), ADDRESSES, ids=[a[2] for a in ADDRESSES])
def test_a_strange_address(client: FlaskClient, address: str, statuses: set[int], why: str) -> None:
    answer = client.get(address)
    assert answer.status_code in statuses, answer.status_code
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("address", [a[0] for a in ADDRESSES if a[0].startswith("/search")])
def test_a_strange_address_of_the_api(client: FlaskClient, address: str) -> None:
    answer = client.get(f"/api/v1{address}")
    assert answer.status_code in (200, 400, 422)
    assert answer.is_json


def test_strange_search_syntax_is_taken_as_words(client: FlaskClient) -> None:
    for typed in SYNTAX:
        for path in ("/search", "/api/v1/search", "/api/v1/suggest"):
            answer = client.get(f"{path}?{urllib.parse.urlencode({'q': typed})}")
            assert answer.status_code == 200, (path, typed[:20], answer.status_code)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/"),
        ("DELETE", "/posts/900016"),
        ("PUT", "/search"),
        ("GET", "/account/logout"),
        ("GET", "/entries/1/bin"),
        ("PATCH", "/communities"),
        ("DELETE", "/api/v1/search"),
        ("POST", "/api/v1/entries/1"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient, method: str, path: str) -> None:
    answer = client.open(path, method=method)
    # Without a CSRF token a form of the site may be refused for that first.
    assert answer.status_code == 405 or (answer.status_code == 400 and method != "GET")
    if answer.status_code == 405:
        assert answer.headers["Allow"]


@pytest.mark.parametrize("body", ["ก\x00ข", "ก\ud800ข", "ก\x1bข"], ids=["NUL", "surrogate", "ESC"])
def test_signs_that_cannot_be_kept_come_back_with_the_form(desk: FlaskClient, body: str) -> None:
    data = {
        "csrf_token": token_of(desk, "/write/post"),
        "title": "หัวเรื่องที่พิมพ์ไว้",
        "body": body,
        "action": "draft",
    }
    sent = urllib.parse.urlencode(
        {name: value.encode("utf-8", "surrogatepass") for name, value in data.items()}
    )
    answer = desk.post("/write/post", data=sent, content_type="application/x-www-form-urlencoded")
    # Werkzeug replaces what is no UTF-8, so a surrogate may come in as the sign for that.
    assert answer.status_code in ((422, 302) if "\ud800" in body else (422,))
    if answer.status_code == 422:
        assert "หัวเรื่องที่พิมพ์ไว้" in answer.text


@pytest.mark.parametrize(
    "text", ['{"title": "\\ud800"}', '{"title": "\\u0000"}', '{"a":', "[" * 9999]
)
def test_the_api_refuses_json_that_cannot_be_kept(app: Flask, writer: User, text: str) -> None:
    from app.services import access_tokens
    from app.vocabulary import TokenScope

    key = access_tokens.make(None, writer, scope=TokenScope.WRITE)
    answer = app.test_client().post(
        "/api/v1/entries",
        data=text,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code in (400, 422)
    assert answer.json["error"]["message"]


def test_a_text_that_is_too_long_comes_back_whole(desk: FlaskClient) -> None:
    """5 MB of Thai letters: 413 or 422 with the limit, and the text is in the page."""
    text = "ยาว" * 560_000
    data = {
        "csrf_token": token_of(desk, "/write/post"),
        "title": "เรื่องยาว",
        "body": text,
        "action": "draft",
    }
    answer = desk.post("/write/post", data=data, content_type="multipart/form-data")
    assert answer.status_code in (413, 422)
    assert text[:6000] in answer.text


def test_a_body_beyond_the_limit_is_told_the_limit(desk: FlaskClient) -> None:
    data = {"csrf_token": token_of(desk, "/write/post"), "title": "t", "body": "x" * 17_000_000}
    answer = desk.post("/write/post", data=data, content_type="multipart/form-data")
    assert answer.status_code == 413
    assert "16" in answer.text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "http:evil.example",
        " //evil.example",
        "/%0d%0aSet-Cookie:x=1",
    ],
)
def test_the_way_back_stays_on_our_host(app: Flask, target: str) -> None:
    client, user = app.test_client(), factories.user()
    page = client.get("/account/login", query_string={"next": target})
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token
    answer = client.post(
        "/account/login",
        data={
            "csrf_token": token[1],
            "login": user.username,
            "password": factories.PASSWORD,
            "next": target,
        },
    )
    assert answer.status_code in (302, 303)
    to = answer.headers["Location"]
    assert to.startswith("/") and not to.startswith(("//", "/\\")), to
    assert "evil.example" not in to or target.startswith("/%")
    assert "\n" not in to and "\r" not in to


def test_no_address_or_number_of_a_person_is_told(app: Flask) -> None:
    """E-mail and telephone of members stand in no public answer."""
    mail, phone = "somebody@mail.example.org", "0002345678"
    author = factories.writer(email=mail, phone=phone, name="ตัวอย่าง มีโทรศัพท์")
    entry = factories.post(author, tags=("ทดลอง",))
    lesson = factories.lesson(author, tellers=(f"@{author.username}",))
    public = [
        "/",
        "/posts",
        "/lessons",
        "/people",
        f"/people/{author.username}",
        f"/posts/{entry.number}",
        f"/posts/{lesson.number}",
        f"/posts/{entry.number}/history",
        "/communities/tambon-bang-chak",
        "/feed.atom",
        f"/people/{author.username}/feed.atom",
        "/sitemap.xml",
        "/search?q=ปุ๋ย",
        "/api/v1/search?q=ปุ๋ย",
        "/api/v1/entries",
        f"/api/v1/entries/{entry.number}",
        "/api/v1/people?q=ตัวอย่าง",
        "/api/v1/openapi.json",
    ]
    for path in public:
        answer = app.test_client().get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code)
        for secret in (mail, phone, phone[1:], "81-234-5678", author.password_hash):
            assert secret not in answer.text, (path, secret)
