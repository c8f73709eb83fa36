"""What every page must keep to, also one that somebody adds tomorrow."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

import config
from app.models import User
from app.services import demo, indexing
from app.web.caching import PageStore
from tests import factories
from tests.conftest import opened
from tests.support.sql import sql_statements

#: Endpoints that answer without an account. A new room is added here on purpose, or asks
#: for a log-in.
PUBLIC = {
    "account.create",
    "account.enter",
    "account.leave",
    "account.log_in",
    "account.reset",
    "account.sign_up",
    "account.use_code",
    "api-docs.openapi_json",
    "api_comments.index",
    "api_docs.index",
    "api_entries.index",
    "api_entries.show",
    "api_people.index",
    "api_search.search",
    "api_search.suggest",
    "api_taxonomy.communities",
    "api_taxonomy.programs",
    "api_taxonomy.tags",
    "books.show",
    "claims.begin",
    "claims.find",
    "claims.show",
    "claims.take",
    "communities.index",
    "communities.show",
    "feeds.book",
    "feeds.community",
    "feeds.journal",
    "feeds.lessons",
    "feeds.manifest",
    "feeds.person",
    "feeds.posts",
    "feeds.program",
    "feeds.robots",
    "feeds.search",
    "feeds.series",
    "feeds.site",
    "feeds.sitemap",
    "feeds.tag",
    "feeds.year",
    "journal.show",
    "keeping.offline",
    "keeping.state",
    "keeping.worker",
    "health.alive",
    "health.ready",
    "history.compare",
    "history.index",
    "history.links",
    "history.show",
    "home.index",
    "invitations.accept",
    "invitations.join",
    "lessons.by_number",
    "lessons.index",
    "lessons.show",
    "pages.index",
    "pages.show",
    "people.index",
    "people.show",
    "posts.index",
    "posts.old_address",
    "posts.show",
    "programs.index",
    "programs.show",
    "proposals.begin",
    "proposals.create",
    "proposals.show",
    "reports.begin",
    "reports.create",
    "reports.thanks",
    "search.results",
    "series.show",
    "tags.index",
    "tags.show",
    "tellers.show",
    "uploads.send",
    "uploads.show",
    "talk.of_community",
    "talk.show",
    "words.index",
    "years.index",
    "years.show",
}
#: Pages that readers without account share; the lists stand first.
LISTS = (
    "/",
    "/posts",
    "/lessons",
    "/pages",
    "/search",
    "/search?q=แผนชุมชน&sort=newest",
    "/communities",
    "/communities/province-nakhon-si-thammarat",
    "/programs",
    "/programs/km-kaejon",
    "/years",
    "/years/2549",
    "/tags",
    "/people",
    "/feed.atom",
    "/posts/feed.atom",
    "/sitemap.xml",
)
SHARED = (
    *LISTS,
    "/posts/900016",
    "/posts/900016/history",
    "/posts/900016/links",
    "/pages/about",
    "/pages/privacy",
    "/communities/tambon-bang-chak",
    "/glossary",
)
#: Pages with a form for strangers: a session, but no less strict a CSP.
FORMS = ("/account/login", "/account/sign-up", "/account/reset", "/report")
SAMPLE = {
    "number": "900016",
    "slug": "about",
    "username": "nobody-here",
    "year": "2549",
    "text": "2549",
    "what": "post",
    "name": "letter",
    "revision": "1",
    "comment": "1",
    "book": "anything",
    "token": "abcdefgh",
    "code": "abcd-efgh",
    "anchor": "n1",
    "deed": "restore",
}

INLINE = {
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(?!\s*</script>)", re.I),
    "a style element": re.compile(r"<style\b", re.I),
    "a style attribute": re.compile(r"<[^>]+\sstyle\s*=", re.I),
    "an on… attribute": re.compile(r"<[^>]+\son[a-z]+\s*=", re.I),
    "a javascript: address": re.compile(r"(?:href|src)\s*=\s*[\"']?javascript:", re.I),
}


@pytest.fixture(scope="module")
def library(library_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("pages") / "site"
    shutil.copytree(library_site, folder)
    yield from opened(folder)


@pytest.fixture(scope="module")
def admin(library: Flask) -> User:
    return factories.admin()


def signed_in(app: Flask, user: User) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = user.get_id()
        session["_fresh"] = True
    return client


def path_for(rule: Rule) -> str:
    """An address of a rule, with made-up arguments."""

    def argument(match: re.Match[str]) -> str:
        name = match[1].rpartition(":")[2]
        return SAMPLE.get(name, "1")

    return re.sub(r"<([^>]+)>", argument, rule.rule)


def rules(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


@pytest.mark.parametrize("path", SHARED)
def test_a_page_without_session_is_the_same_for_all(library: Flask, path: str) -> None:
    client = library.test_client()
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "csrf_token" not in answer.text
    tag = answer.headers["ETag"]
    again = client.get(answer.request.full_path, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.data == b""


@pytest.mark.parametrize("path", [*SHARED, *FORMS, "/posts/5", "/api/docs"])
def test_a_page_holds_nothing_inline_and_says_so(library: Flask, path: str) -> None:
    answer = library.test_client().get(path, follow_redirects=True)
    if answer.mimetype == "text/html":
        found = [what for what, pattern in INLINE.items() if pattern.search(answer.text)]
        assert not found
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"]


@pytest.mark.parametrize("path", ["/write/lesson", "/write/post", "/account", "/admin", "/drafts"])
def test_pages_behind_the_log_in_are_as_strict(library: Flask, admin: User, path: str) -> None:
    user = factories.writer() if path.startswith("/write") else admin
    answer = signed_in(library, user).get(path)
    assert answer.status_code == 200
    assert not [what for what, pattern in INLINE.items() if pattern.search(answer.text)]
    assert "no-store" in answer.headers["Cache-Control"]


def test_only_the_public_endpoints_answer_without_an_account(library: Flask) -> None:
    client = library.test_client()
    answered = set()
    for rule in rules(library, "GET"):
        answer = client.get(path_for(rule))
        assert answer.status_code < 500, rule
        if not answer.headers.get("Location", "").startswith("/account/login"):
            answered.add(rule.endpoint)
    public_forms = {
        name for name in PUBLIC if name not in {r.endpoint for r in rules(library, "GET")}
    }
    assert answered - PUBLIC == set(), "public, but not in the table"
    assert PUBLIC - answered - public_forms == set(), "in the table, but not public"


def test_forms_of_members_ask_for_a_log_in(library: Flask) -> None:
    """A form sent with a token that fits, by nobody: it comes back with the log-in form."""
    client = library.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account/login").text)
    assert token
    for rule in rules(library, "POST"):
        if rule.endpoint in PUBLIC or rule.rule.startswith("/api/"):
            continue
        answer = client.post(path_for(rule), data={"csrf_token": token[1], "body": "คำที่พิมพ์ไว้"})
        assert answer.status_code == 401, rule
        assert "คำที่พิมพ์ไว้" in answer.text, rule


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_what_changes_something_needs_its_token(library: Flask, admin: User, method: str) -> None:
    """A form without CSRF token is not taken, whoever is logged in; the API wants its key."""
    client = signed_in(library, admin)
    for rule in rules(library, method):
        answer = client.open(path_for(rule), method=method, data={"title": "x"})
        wanted = 401 if rule.rule.startswith("/api/") else 400
        assert answer.status_code == wanted, (rule, answer.status_code)


def test_reading_writes_nothing(library: Flask, admin: User) -> None:
    """GET changes no row, whoever asks."""
    for client in (library.test_client(), signed_in(library, admin)):
        for rule in rules(library, "GET"):
            with sql_statements() as sent:
                client.get(path_for(rule))
            written = [
                s for s in sent if s.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
            ]
            assert not written, (rule, written)


def test_lists_cost_the_same_however_many_entries(app: Flask) -> None:
    """SQL statements of each list at 10 and at 300 entries."""
    author = factories.writer()
    for make in (factories.post, factories.lesson, factories.page):  # no list is empty
        make(author, title="ปุ๋ยกองแรก", tags=("ปุ๋ยหมัก",))
    demo.load(10, seed=7)
    few = statements_of_lists(app)
    demo.load(290, seed=8)
    many = statements_of_lists(app)
    grown = {path: (few[path], many[path]) for path in many if many[path] > few[path]}
    assert not grown


def statements_of_lists(app: Flask) -> dict[str, int]:
    while indexing.catch_up():
        pass
    paths = [
        path
        for path in (
            *LISTS,
            "/communities/tambon-bang-chak",
            "/api/v1/search?q=ปุ๋ย",
            "/api/v1/entries",
        )
        if path != "/programs/km-kaejon"
    ]
    return {path: min(cost_of(app, path) for _ in range(3)) for path in paths}


def cost_of(app: Flask, path: str) -> int:
    """SQL statements of one reading of a list, nothing of it kept from before.

    Now and then a reading also looks whether the settings have changed; hence the minimum.
    """
    app.extensions["page_store"] = PageStore()
    with sql_statements() as sent:
        answer = app.test_client().get(path)
    assert answer.status_code == 200, path
    return len(sent)


def test_every_setting_stands_in_the_readme() -> None:
    said = set(re.findall(r"`([A-Z][A-Z_]+)`", (config.ROOT / "README.md").read_text("utf-8")))
    missing = {field.name for field in fields(config.Config)} - said
    assert not missing
