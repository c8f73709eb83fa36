"""A form of another site is not offered again with a good token."""

from __future__ import annotations

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
