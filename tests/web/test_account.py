"""The account in the browser: getting in and out, and nothing typed is ever lost."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.models import User
from app.queries import entries as entry_queries
from app.queries import people
from app.services import access_tokens, accounts, consent, passwords, settings
from app.vocabulary import EntryKind
from tests import factories
from tests.factories import PASSWORD

SignIn = Callable[[FlaskClient, User], FlaskClient]
TEXT = "เช้านี้น้ำขึ้นถึงบันได เราช่วยกันยกของ\nแล้วนั่งคุยกันต่อ & <จบ>"


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None, "no form"
    return found[1]


def hidden_in(page: str, **typed: str) -> MultiDict[str, str]:
    """Every hidden field of the main part, as a browser would send it, and what is typed."""
    main = page[page.index("<main") : page.index("</main>")]
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', main, re.DOTALL)
    kept = [(name, html.unescape(value)) for name, value in pairs]
    return MultiDict([*kept, *typed.items()])


def send(client: FlaskClient, address: str, to: str = "", **data: object) -> TestResponse:
    """Open the form at ``address`` and send it with ``data``."""
    page = text_of(client.get(address))
    return client.post(to or address, data={**data, "csrf_token": token_in(page)})


def log_in(client: FlaskClient, user: User, **data: object) -> TestResponse:
    return send(client, "/account/login", login=user.username, password=PASSWORD, **data)


def cookie(client: FlaskClient) -> str:
    found = client.get_cookie("session")
    return found.value if found else ""


# --- getting in and out ----------------------------------------------------------------


def test_logging_in_leads_back_to_where_one_was(client, app):
    user = factories.writer()
    asked = client.get("/write?lang=en")
    assert asked.status_code == 302
    assert "/account/login?next=%2Fwrite%3Flang%3Den" in asked.headers["Location"]

    page = text_of(client.get(asked.headers["Location"]))
    answer = client.post(
        "/account/login",
        data=hidden_in(page, login=user.username, password=PASSWORD),
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/write?lang=en")
    assert client.get("/write").status_code == 200


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/x",
        "//elsewhere.example/x",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "javascript:alert(1)",
        "http:elsewhere.example",
        "\\\\elsewhere.example",
        "//[elsewhere",
    ],
)
def test_next_stays_on_our_host(client, app, target):
    answer = log_in(client, factories.user(), next=target)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_the_session_changes_at_log_in_and_lasts_as_wished(client, app):
    client.get("/account/login")
    before = cookie(client)

    stayed = log_in(client, factories.user(), remember="1")
    assert cookie(client) not in ("", before)
    assert "Expires=" in stayed.headers["Set-Cookie"]

    other = app.test_client()
    left = log_in(other, factories.user())
    assert "Expires=" not in left.headers["Set-Cookie"]


def test_a_session_of_somebody_else_gives_nothing_to_the_next_one(client, app):
    client.get("/account/login")
    with client.session_transaction() as session:
        session["planted"] = "yes"

    log_in(client, factories.user())

    with client.session_transaction() as session:
        assert "planted" not in session


def test_logging_out_ends_copies_of_the_session_too(client, app):
    user = factories.user()
    log_in(client, user)
    copied = cookie(client)
    page = text_of(client.get("/account"))

    answer = client.post("/account/logout", data={"csrf_token": token_in(page)})

    assert answer.headers["Location"] == "/"
    assert not cookie(client)
    thief = app.test_client()
    thief.set_cookie("session", copied)
    assert thief.get("/account").status_code == 302


def test_logging_out_everywhere_ends_the_other_device(client, app):
    user, other = factories.user(), app.test_client()
    log_in(client, user)
    log_in(other, user)
    assert other.get("/account").status_code == 200

    send(client, "/account", to="/account/sessions")

    assert other.get("/account").status_code == 302
    assert client.get("/account").status_code == 302


def test_a_blocked_account_is_out_at_the_next_click(client, app):
    user = factories.user()
    log_in(client, user)
    assert client.get("/account").status_code == 200

    accounts.block(factories.moderator(), user, reason="ทดลอง")

    assert client.get("/account").status_code == 302


def test_log_in_looks_the_same_for_known_and_unknown_names(client, app):
    factories.user(username="known-name")

    pages = []
    for name in ("known-name", "other-name"):
        answer = send(client, "/account/login", login=name, password="ผิดแน่นอน1")
        assert answer.status_code == 422
        page = re.sub(r'name="csrf_token" value="[^"]+"', "", text_of(answer))
        pages.append(page.replace(name, "NAME"))

    assert pages[0] == pages[1]
    assert "ผิดแน่นอน1" not in pages[0]


def test_too_many_tries_say_how_long_to_wait(client, app):
    app.config["RATE_LIMITS"] = True
    for _try in range(passwords.LOG_IN_TRIES):
        send(client, "/account/login", login="a-name", password="ผิดแน่นอน1")

    answer = send(client, "/account/login", login="a-name", password="ผิดแน่นอน1")

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_pages_of_an_account_are_kept_by_nobody(client, app, sign_in):
    assert client.get("/account/login").headers["Cache-Control"] == "private, no-store"
    sign_in(client, factories.user())
    for address in ("/account", "/account/tokens", "/account/profile"):
        assert client.get(address).headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "address", ["/account", "/account/profile", "/account/password", "/account/tokens"]
)
def test_pages_of_an_account_ask_for_a_log_in(client, address):
    answer = client.get(address)

    assert answer.headers["Location"] == f"/account/login?next={quote(address, safe='')}"
    assert "Set-Cookie" not in answer.headers


# --- an interrupted form ---------------------------------------------------------------


def typed(page: str) -> dict[str, object]:
    return {**dict(hidden_in(page)), "title": "น้ำขึ้นถึงบันได", "body": TEXT, "action": "draft"}


def written_by(user: User) -> list[tuple[str, str]]:
    return [(entry.title, entry.body) for entry in entry_queries.drafts_of(user)]


@pytest.mark.parametrize("how", ["cookie gone", "logged out elsewhere", "blocked and let in"])
def test_a_text_survives_a_session_that_ended(client, app, sign_in, how):
    user = factories.writer()
    log_in(client, user)
    data = typed(text_of(client.get("/write/post")))
    if how == "cookie gone":
        client.delete_cookie("session")
    else:
        accounts.end_sessions(user)

    refused = client.post("/write/post", data=data)

    assert refused.status_code in (400, 401)
    page = text_of(refused)
    assert html.escape(TEXT, quote=False).split("\n")[0] in page
    again = client.post(
        "/account/login",
        data=hidden_in(page, login=user.username, password=PASSWORD),
    )
    assert again.status_code == 200
    page = text_of(again)
    assert user.display_name in page
    assert 'action="/write/post"' in page
    assert written_by(user) == []  # nothing is sent by itself
    done = client.post("/write/post", data=hidden_in(page))
    assert done.status_code == 302
    assert written_by(user) == [("น้ำขึ้นถึงบันได", TEXT)]


def test_a_wrong_password_does_not_lose_the_text_either(client, app):
    user = factories.writer()
    log_in(client, user)
    data = typed(text_of(client.get("/write/post")))
    accounts.end_sessions(user)
    page = text_of(client.post("/write/post", data=data))

    for _try in range(2):
        answer = client.post(
            "/account/login",
            data=hidden_in(page, login=user.username, password="ผิดแน่นอน1"),
        )
        assert answer.status_code == 422
        page = text_of(answer)
    page = text_of(
        client.post(
            "/account/login",
            data=hidden_in(page, login=user.username, password=PASSWORD),
        )
    )

    client.post("/write/post", data=hidden_in(page))
    assert written_by(user) == [("น้ำขึ้นถึงบันได", TEXT)]


def test_a_form_from_before_a_new_log_in_is_sent_with_one_press(client, app):
    user = factories.writer()
    log_in(client, user)
    data = typed(text_of(client.get("/write/post")))
    client.delete_cookie("session")
    log_in(client, user)  # in another tab

    answer = client.post("/write/post", data=data)

    assert answer.status_code == 400
    page = text_of(answer)
    assert 'name="login"' not in page
    client.post("/write/post", data=hidden_in(page))
    assert written_by(user) == [("น้ำขึ้นถึงบันได", TEXT)]


def test_passwords_never_travel_in_a_page(client, app):
    user = factories.user()
    log_in(client, user)

    answer = client.post(
        "/account/password", data={"old": PASSWORD, "new": "ลับสุดยอด99", "csrf_token": "old"}
    )

    page = text_of(answer)
    assert answer.status_code == 400
    assert PASSWORD not in page
    assert "ลับสุดยอด99" not in page
    assert page.count('type="password"') == 2


def test_a_log_in_form_that_lay_open_is_sent_again(client, app):
    user = factories.user()

    answer = client.post("/account/login", data={"login": user.username, "password": PASSWORD})

    assert answer.status_code == 400
    page = text_of(answer)
    assert PASSWORD not in page
    done = client.post("/account/login", data=hidden_in(page, password=PASSWORD))
    assert done.status_code == 302


@pytest.mark.parametrize(
    "carried",
    ["", "{}", "[]", '{"action": "https://elsewhere.example/", "fields": []}', '{"action": 1}'],
)
def test_a_carried_form_that_is_not_ours_is_left_out(client, app, carried):
    answer = log_in(client, factories.user(), kept_form=carried)

    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


# --- signing up ------------------------------------------------------------------------


def test_signing_up_is_open_only_where_the_setting_says_so(client, app):
    facilitator = factories.facilitator("province-nakhon-si-thammarat")
    page = text_of(client.get("/account/sign-up"))
    assert "<form" not in page[page.index("<main") : page.index("</main>")]
    assert facilitator.display_name in page

    settings.put(None, "sign_up", "open")
    page = text_of(client.get("/account/sign-up"))
    answer = client.post(
        "/account/sign-up",
        data=hidden_in(
            page,
            login="ครูน้ำ",
            password=PASSWORD,
            display_name="ครูน้ำ ตัวอย่าง",
            agreed="1",
        ),
    )

    assert (answer.status_code, answer.headers["Location"]) == (302, "/account")
    assert people.find_by_username("ครูน้ำ") is not None
    assert client.get("/account").status_code == 200
    assert "/pages/privacy" in page


def test_a_sign_up_with_faults_keeps_everything_but_the_password(client, app):
    settings.put(None, "sign_up", "open")

    answer = send(
        client,
        "/account/sign-up",
        login="x",
        password=PASSWORD,
        display_name="ครูน้ำ ตัวอย่าง",
        duty="เลขานุการกลุ่ม",
    )

    page = text_of(answer)
    assert answer.status_code == 422
    for kept in ("ครูน้ำ ตัวอย่าง", "เลขานุการกลุ่ม", 'value="x"'):
        assert kept in page
    assert PASSWORD not in page
    for field in ("login", "agreed"):
        assert f'href="#f-{field}"' in page


def test_a_known_number_and_a_new_one_look_the_same(client, app):
    settings.put(None, "sign_up", "open")
    factories.user(phone="0002345678")

    pages = []
    for number in ("0002345678", "0002345679"):
        answer = send(
            app.test_client(),
            "/account/sign-up",
            login=number,
            password=PASSWORD,
            display_name="ครูน้ำ ตัวอย่าง",
            agreed="1",
            text_version="1",
        )
        assert answer.status_code == 200
        page = re.sub(r'name="csrf_token" value="[^"]+"', "", text_of(answer))
        pages.append(page.replace(number, "NUMBER"))

    assert pages[0] == pages[1]


# --- password, code, profile, keys -----------------------------------------------------


def test_a_code_opens_the_account_and_says_the_same_otherwise(client, app):
    user = factories.user()
    code = passwords.give_reset_code(None, user)

    pages = []
    for name in (user.username, "nobody-here"):
        answer = send(client, "/account/reset", login=name, code="aaaa-aaaa-aaaa", new=PASSWORD)
        assert answer.status_code == 422
        page = re.sub(r'name="csrf_token" value="[^"]+"', "", text_of(answer))
        pages.append(page.replace(name, "NAME"))
    assert pages[0] == pages[1]

    answer = send(client, "/account/reset", login=user.username, code=code, new="รหัสผ่านใหม่1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account")
    assert client.get("/account").status_code == 200


def test_a_new_password_keeps_this_session_and_ends_the_others(client, app):
    user, other = factories.user(), app.test_client()
    log_in(client, user)
    log_in(other, user)

    answer = send(client, "/account/password", old=PASSWORD, new="รหัสผ่านใหม่1")

    assert answer.status_code == 302
    assert client.get("/account").status_code == 200
    assert other.get("/account").status_code == 302


def test_a_profile_is_saved_and_a_bad_one_comes_back_whole(client, app, sign_in):
    user = factories.user()
    sign_in(client, user)

    bad = send(client, "/account/profile", display_name="", duty="ครูอาสา", community="nowhere")
    assert bad.status_code == 422
    assert "ครูอาสา" in text_of(bad)

    good = send(
        client,
        "/account/profile",
        display_name="ครูน้ำ ตัวอย่าง",
        duty="ครูอาสา",
        community="tambon-bang-chak",
        email="kru@example.org",
        locale="en",
    )
    assert good.status_code == 302
    page = text_of(client.get(f"/people/{user.username}"))
    assert "ครูน้ำ ตัวอย่าง" in page
    assert "ครูอาสา" in page
    assert 'lang="en"' in page
    assert "kru@example.org" not in page


def test_a_key_is_shown_once_and_taken_back(client, app, sign_in):
    user = factories.writer()
    sign_in(client, user)

    page = text_of(send(client, "/account/tokens", name="เครื่องที่บ้าน", scope="write"))
    [token] = set(re.findall(r"nst_[\w-]+", page))
    assert access_tokens.user_of(token)[0].id == user.id
    assert token not in text_of(client.get("/account/tokens"))

    [row] = people.tokens_of(user)
    send(client, "/account/tokens", to=f"/account/tokens/{row.id}/revocation")
    assert people.tokens_of(user) == []
    assert send(client, "/account/tokens", scope="everything").status_code == 422


# --- consent ---------------------------------------------------------------------------


@pytest.fixture
def changed_text(app: Flask) -> User:
    """A writer who has not seen the newest text of consent."""
    user = factories.writer()
    consent.publish_text(None, thai="ข้อความยินยอมฉบับใหม่", english="The new text of consent")
    return user


def test_a_changed_text_is_asked_for_at_log_in(client, changed_text):
    answer = log_in(client, changed_text, next="/write")
    assert answer.headers["Location"] == "/account/consent?next=%2Fwrite"

    page = text_of(client.get(answer.headers["Location"]))
    assert "ข้อความยินยอมฉบับใหม่" in page
    refused = client.post("/account/consent", data=hidden_in(page))
    assert refused.status_code == 422
    agreed = client.post("/account/consent", data=hidden_in(page, agreed="1"))
    assert agreed.headers["Location"] == "/write"

    assert client.get("/write").status_code == 200
    assert people.consents_of(changed_text)[0].text.version == 2


def test_a_changed_text_comes_before_writing_and_not_before_reading(client, changed_text, sign_in):
    sign_in(client, changed_text)

    for address in ("/", "/posts", "/account", "/account/profile"):
        assert client.get(address).status_code == 200
    answer = client.get("/write/post")
    assert answer.headers["Location"] == "/account/consent?next=%2Fwrite%2Fpost"


def test_lines_with_a_hyphen_are_a_list_in_the_text_of_consent(client, changed_text, sign_in):
    consent.publish_text(None, thai="เราเก็บ\r\n- ชื่อ\n- บันทึก\n\nไม่ส่งต่อ", english="x")
    sign_in(client, changed_text)
    page = re.sub(r"\s*\n\s*", "", client.get("/account/consent").text)
    assert "<p>เราเก็บ</p><ul><li>ชื่อ</li><li>บันทึก</li></ul><p>ไม่ส่งต่อ</p>" in page


def test_a_text_typed_while_the_consent_changed_is_kept(client, app, sign_in):
    user = factories.writer()
    sign_in(client, user)
    data = typed(text_of(client.get("/write/post")))
    consent.publish_text(None, thai="ข้อความยินยอมฉบับใหม่", english="The new text of consent")

    asked = client.post("/write/post", data=data)

    assert asked.status_code == 403
    page = text_of(asked)
    assert "ข้อความยินยอมฉบับใหม่" in page
    page = text_of(client.post("/account/consent", data=hidden_in(page, agreed="1")))
    assert written_by(user) == []
    client.post("/write/post", data=hidden_in(page))
    assert written_by(user) == [("น้ำขึ้นถึงบันได", TEXT)]
    assert entry_queries.drafts_of(user)[0].kind is EntryKind.POST
