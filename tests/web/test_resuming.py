"""A form of another site is not offered again with a good token."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask

from tests import factories


@pytest.fixture
def guarded(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = True
    return app


@pytest.mark.parametrize(
    ("headers", "offered"),
    [
        ({}, True),
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://evil.example"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
    ],
)
@pytest.mark.parametrize("is_member", [True, False])
def test_only_a_form_of_ours_is_kept(guarded, sign_in, headers, offered, is_member):
    client = guarded.test_client()
    if is_member:
        sign_in(client, factories.admin())

    answer = client.post("/people/somebody/rights", data={"right": "admin-of-all"}, headers=headers)

    assert answer.status_code == 400
    assert ("admin-of-all" in answer.get_data(as_text=True)) is offered


@pytest.mark.parametrize(
    ("press", "said", "unsaid"),
    [
        ({"press": "p1"}, "ข้อความจะส่งให้เอง", "กดเก็บอีกครั้ง"),
        ({}, "กดเก็บอีกครั้ง", "ข้อความจะส่งให้เอง"),
    ],
)
def test_the_log_in_says_whether_the_text_goes_by_itself(app, press, said, unsaid):
    sent = {"title": "โอ่ง", "body": "ข้อความ", "token": "t1", "action": "publish", **press}
    client = app.test_client()
    page = client.post("/write/story", data=sent)
    assert said in page.text and unsaid not in page.text

    # A wrong password changes nothing about it.
    carried = re.search(r'name="kept_form" value="([^"]*)"', page.text)
    assert carried is not None
    token = re.search(r'name="csrf_token" value="([^"]*)"', page.text)
    assert token is not None
    wrong = {"login": "nobody", "password": "wrong", "csrf_token": token[1]}
    again = client.post("/account/login", data=wrong | {"kept_form": html.unescape(carried[1])})
    assert again.status_code == 422
    assert said in again.text and unsaid not in again.text
