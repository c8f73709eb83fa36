"""What programs and readers may know and do of tellers, consents and states."""

from __future__ import annotations

import re

import pytest

from app.services import access_tokens, claims
from app.vocabulary import TokenScope
from tests import factories

TELLER = "นางตัวอย่าง ใจดี"
ASKED = {"kind": "spoken", "date": "2006-07-21", "taken_by": "ตัวอย่าง คนจด"}
SENT = {"kind": "post", "title": "ปุ๋ยของป้า", "body": "ป้าเล่าว่า", "teller": [TELLER]}


@pytest.fixture
def recorder(app):
    return factories.writer(name="ตัวอย่าง คนจด")


def token_of(page: str) -> str:
    return re.findall(r'name="csrf_token" value="([^"]+)"', page)[-1]


@pytest.fixture
def key(recorder):
    token = access_tokens.make(recorder, recorder, scope=TokenScope.WRITE)
    return {"Authorization": f"Bearer {token}"}


def test_a_program_publishes_for_a_teller_with_consent_only(client, key):
    public = {**SENT, "status": "published"}
    refused = client.post("/api/v1/entries", json=public, headers=key)
    assert refused.status_code == 422
    assert TELLER in refused.json["error"]["fields"]["consent"][0]

    made = client.post("/api/v1/entries", json={**public, "consent": ASKED}, headers=key)
    assert made.status_code == 201
    assert made.json["consents"] == [{"name": TELLER, **ASKED}]
    told = client.get(f"/api/v1/entries/{made.json['number']}")
    assert told.json["consents"] == []  # nobody's business but the writers'


def test_a_program_sends_back_what_it_read_but_no_other_state(client, key, recorder):
    entry = factories.lesson(recorder)
    path = f"/api/v1/entries/{entry.number}"
    read = client.get(path, headers=key)
    headers = {**key, "If-Match": read.headers["ETag"]}
    changed = {**read.json, "state": "confirmed"}
    refused = client.put(path, json=changed, headers=headers)
    assert refused.status_code == 422
    assert set(refused.json["error"]["fields"]) == {"state"}
    taken = client.put(path, json={**read.json, "contact": "ที่ศาลา"}, headers=headers)
    assert taken.status_code == 200
    assert taken.json["state"] == "told"


def test_readers_never_see_who_asked(client, recorder):
    entry = factories.post(recorder, tellers=(TELLER,))
    for path in (f"/posts/{entry.number}", f"/tellers/{TELLER}", f"/posts/{entry.number}/history"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "2006-07-21" not in answer.text


def test_the_page_of_a_name_leads_to_the_account_that_took_it_over(client, recorder):
    factories.post(recorder, tellers=(TELLER,))
    teller = factories.user(username="yai-jaidee")
    claims.claim(teller, claims.make_code(recorder, TELLER))
    assert client.get(f"/tellers/{TELLER}").location.endswith("/people/yai-jaidee")
    assert client.get("/tellers/ไม่มีคนนี้").status_code == 404


def test_a_wrong_code_is_gone_and_says_nothing(client):
    assert client.get("/claim/abcd-efgh-jkmn-pqrs").status_code == 410
    assert client.get("/claim").status_code == 200


def test_a_mistyped_code_asks_to_look_again_and_speaks_of_no_text(client, recorder):
    factories.post(recorder, tellers=(TELLER,))
    used = claims.make_code(recorder, TELLER)
    claims.claim(factories.user(), used)
    token = token_of(client.get("/claim").text)
    said = []
    for code in ("abcd-efgh-jkmn-pqrs", used):
        answer = client.post("/claim", data={"csrf_token": token, "code": code})
        assert answer.status_code == 422
        assert "ไม่พบรหัสนี้ ลองดูตัวอักษรบนกระดาษอีกครั้ง หรือรหัสอาจใช้ไปแล้ว" in answer.text
        assert "ข้อความของคุณยังอยู่ครบ" not in answer.text
        said.append(re.sub(r'value="[^"]*"', "", answer.text))
    assert said[0] == said[1]  # whoever guesses learns nothing


def test_the_sheet_copies_all_that_is_needed_to_take_over(client, sign_in, recorder):
    factories.post(recorder, tellers=(TELLER,))
    desk = sign_in(client, recorder)
    token = token_of(desk.get(f"/tellers/{TELLER}/code").text)
    page = desk.post(f"/tellers/{TELLER}/code", data={"csrf_token": token}).text
    code = re.search(r'<p class="code"[^>]*>([^<]+)</p>', page)[1]
    assert re.search(rf'data-copy="[^"]*/claim/{code}"[^>]*>.*?คัดลอกลิงก์พร้อมรหัส', page)
