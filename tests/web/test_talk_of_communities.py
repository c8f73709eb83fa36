"""The talk page of a community: read by all, written by members, kept out of other lists."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.models import Community, User
from app.services import comments
from tests import factories

HERE = "/communities/tambon-bang-chak"


@pytest.fixture
def place(app) -> Community:
    return factories.community("tambon-bang-chak")


@pytest.fixture
def desk_of(app, sign_in):
    def make(user: User) -> FlaskClient:
        return sign_in(app.test_client(), user)

    return make


def send(desk: FlaskClient, at: str, **typed: str):
    opened = desk.get(at)
    assert opened.status_code == 200, opened.status_code
    fields = dict(re.findall(r'name="(csrf_token|token)" value="([^"]+)"', opened.text))
    return desk.post(at, data={**fields, **typed})


def test_a_member_talks_and_everybody_reads_it_at_once(client, place, desk_of):
    empty = client.get(f"{HERE}/talk").text
    assert "ไม่มีความเห็น" in empty and "ตรงนี้คนในพื้นที่ถาม เล่าข่าว" in empty
    answer = send(desk_of(factories.user()), f"{HERE}/comments/new", body="น้ำ **มาแล้ว**")
    assert answer.headers["Location"] == f"{HERE}/talk#c1"

    page = client.get(f"{HERE}/talk")
    assert "<strong>มาแล้ว</strong>" in page.text and 'id="c1"' in page.text
    assert "Set-Cookie" not in page.headers
    assert f'href="{HERE}/talk"' in client.get(HERE).text


def test_an_empty_comment_comes_back_with_its_fault(place, desk_of):
    answer = send(desk_of(factories.user()), f"{HERE}/comments/new", body="  ")
    assert answer.status_code == 422 and "error-summary" in answer.text


def test_who_has_no_account_logs_in_first(client, place):
    answer = client.get(f"{HERE}/comments/new")
    assert answer.status_code == 302 and "/account/login" in answer.headers["Location"]
    assert client.get("/communities/ไม่มี/talk").status_code == 404


def test_a_facilitator_is_told_hides_with_a_reason_and_shows_again(client, place, desk_of):
    guide = factories.facilitator()
    comments.add(factories.user(), place, "โฆษณาชวนเชื่อ")
    desk = desk_of(guide)
    assert f'name="next" value="{HERE}/talk#c1"' in desk.get("/notifications").text
    assert f'href="{HERE}/comments/1/hiding"' in desk.get(f"{HERE}/talk").text
    assert "โฆษณา" in client.get(f"{HERE}/talk").text

    assert send(desk, f"{HERE}/comments/1/hiding").status_code == 422
    hidden = send(desk, f"{HERE}/comments/1/hiding", reason="โฆษณา")
    assert hidden.headers["Location"] == f"{HERE}/talk#comments"
    assert "โฆษณา" not in client.get(f"{HERE}/talk").text
    assert "โฆษณา" in desk.get(f"{HERE}/talk").text
    send(desk, f"{HERE}/comments/1/hiding", reason="เข้าใจผิด")
    assert "โฆษณา" in client.get(f"{HERE}/talk").text


def test_one_removes_ones_own_only(client, place, desk_of):
    member = factories.user()
    comments.add(member, place, "พิมพ์ผิด")
    assert desk_of(factories.user()).get(f"{HERE}/comments/1/removal").status_code == 403
    assert send(desk_of(member), f"{HERE}/comments/1/removal").status_code == 302
    assert "พิมพ์ผิด" not in client.get(f"{HERE}/talk").text
    assert desk_of(member).get(f"{HERE}/comments/1/removal").status_code == 404


def test_a_reader_reports_one(client, place):
    comments.add(factories.user(), place, "น่าสงสัย")
    found = re.search(r'href="(/report[^"]+)"', client.get(f"{HERE}/talk").text.split('id="c1"')[1])
    assert found is not None
    form = client.get(found[1].replace("&amp;", "&"))
    assert form.status_code == 200 and f"{HERE}/talk#c1" in form.text


@pytest.mark.parametrize(
    "address", ["/", "/feed.atom", f"{HERE}/feed.atom", "/sitemap.xml", "/api/v1/entries", HERE]
)
def test_it_stands_in_no_list(client, place, address):
    factories.post()
    comments.add(factories.user(), place, "คำลับของหน้าพูดคุย")
    answer = client.get(address)
    assert answer.status_code == 200
    assert "คำลับของหน้าพูดคุย" not in answer.text
