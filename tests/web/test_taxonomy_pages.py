"""The pages of communities, programs, years, tags and words, and their forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db import db
from app.models import User
from app.queries import words as word_queries
from app.queries.naming import communities_named, programs_named
from app.services import programs, taxonomy, words
from app.services.programs import ProgramDraft
from app.services.words import WordDraft
from app.vocabulary import Confirmation
from tests import factories
from tests.support.sql import sql_statements

SignIn = Callable[[FlaskClient, User], FlaskClient]
NOBODY_YET = "ยังไม่มีใครเล่า เขียนเป็นคนแรก"


def text_of(client: FlaskClient, address: str, *, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code)
    return answer.get_data(as_text=True)


def send(
    client: FlaskClient, address: str, data: dict[str, str], *, to: str | None = None
) -> TestResponse:
    """Open the form at ``address`` and send it with ``data``, as a browser does."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', text_of(client, address))
    assert token is not None, f"{address} has no form"
    return client.post(to or address, data={**data, "csrf_token": token[1]})


# --- reading ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "goes_to"),
    [
        (f"/communities/{quote('ตำบลบางจาก')}", "/communities/tambon-bang-chak"),
        (f"/communities/{quote('กิ่งอำเภอนบพิตำ')}", "/communities/amphoe-nopphitam"),
        ("/communities/800805", "/communities/tambon-karo"),
        ("/years/2005", "/years/2548"),
        (f"/years/{quote('๒๕๔๘')}", "/years/2548"),
    ],
)
def test_another_name_leads_to_the_address(client: FlaskClient, address: str, goes_to: str) -> None:
    answer = client.get(address)

    assert (answer.status_code, answer.location) == (301, goes_to)


@pytest.mark.parametrize(
    "address",
    ["/communities/nowhere", "/programs/nothing", "/tags/nothing", "/years/12", "/years/abcd"],
)
def test_what_is_not_there_is_not_found(client: FlaskClient, address: str) -> None:
    text_of(client, address, status=404)


def test_a_shared_name_asks_which_one(client: FlaskClient) -> None:
    page = text_of(client, f"/communities/{quote('ปากแพรก')}")

    assert "ตำบลปากแพรก อำเภอทุ่งสง" in page
    assert "ตำบลปากแพรก อำเภอปากพนัง" in page


def test_a_place_shows_what_lies_below_it(client: FlaskClient) -> None:
    factories.post(title="เรื่องของบางจาก")

    for slug in ("tambon-bang-chak", "amphoe-mueang-nakhon-si-thammarat"):
        assert "เรื่องของบางจาก" in text_of(client, f"/communities/{slug}")
    assert "เรื่องของบางจาก" not in text_of(client, "/communities/tambon-karo")


def test_what_has_no_entry_invites_the_first(client: FlaskClient) -> None:
    programs.add(None, ProgramDraft("โครงการที่ยังเงียบ"))
    slug = programs_named("โครงการที่ยังเงียบ")[0].slug

    for address in (f"/programs/{quote(slug)}", "/years/2560", "/communities/tambon-karo"):
        assert NOBODY_YET in text_of(client, address)


def test_public_pages_set_no_cookie(client: FlaskClient) -> None:
    addresses = (
        "/communities",
        "/communities/tambon-karo",
        "/programs",
        "/years",
        "/tags",
        "/glossary",
    )
    for address in addresses:
        assert "Set-Cookie" not in client.get(address).headers, address


def test_the_library_tells_the_story_of_its_programs(library: Flask) -> None:
    client = library.test_client()

    page = text_of(client, "/programs/km-kaejon")
    for told in ("13,000,000", "ประมาณ", "gotoknow.org/posts/140116", "/programs/pilot-3-tambon"):
        assert told in page
    assert "ยังไม่ได้รับการยืนยัน" in text_of(client, "/programs/sml")
    assert "/programs/km-kaejon" in text_of(client, "/years/2549")
    assert text_of(client, "/programs/km-kaejon?lang=en").count("Not yet confirmed") == 0


def test_programs_stand_core_first_and_the_rest_in_thai_order(library: Flask) -> None:
    page = text_of(library.test_client(), "/programs")

    order = [
        page.index(f'href="/programs/{slug}"') for slug in ("pilot-3-tambon", "own-work", "kkkj")
    ]
    assert order == sorted(order)


# --- forms -----------------------------------------------------------------------------


def test_a_facilitator_adds_a_village(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, factories.facilitator())
    fields = {"kind": "village", "name": "บ้านทดลอง", "parent": "tambon-bang-chak", "moo": "๙"}

    answer = send(client, "/communities/new?place=tambon-bang-chak", fields, to="/communities/new")

    assert answer.status_code == 302
    made = communities_named("หมู่ 9 ต.บางจาก")[0]
    assert made.name == "บ้านทดลอง"
    assert "บ้านทดลอง" in text_of(client, "/communities/tambon-bang-chak")


def test_a_form_with_a_fault_keeps_what_was_typed(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, factories.facilitator())

    fields = {"kind": "group", "name": "กลุ่มไม่มีที่อยู่", "about": "เล่าไว้ยาว ๆ", "moo": "x"}

    answer = send(client, "/communities/new", fields)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "กลุ่มไม่มีที่อยู่" in page and "เล่าไว้ยาว ๆ" in page


def test_a_writer_meets_no_form_of_facilitators(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, factories.writer())
    for address in (
        "/communities/new",
        "/communities/tambon-bang-chak/edit",
        "/programs/new",
        "/glossary/new",
    ):
        text_of(client, address, status=403)


def test_a_facilitator_edits_the_community(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, factories.facilitator())
    fields = {"kind": "tambon", "name": "บางจาก", "name_en": "Bang Chak", "aliases": "จากหวาน"}

    assert send(client, "/communities/tambon-bang-chak/edit", fields).status_code == 302

    assert [row.slug for row in communities_named("จากหวาน")] == ["tambon-bang-chak"]
    assert "จากหวาน" in text_of(client, "/communities/tambon-bang-chak")


def test_a_proposed_program_is_confirmed_merged_or_refused(
    client: FlaskClient, sign_in: SignIn
) -> None:
    target = programs.add(None, ProgramDraft("โครงการจริง"))
    first, second, third = (programs.propose(None, f"พิมพ์เอง {n}") for n in "กขค")
    sign_in(client, factories.facilitator("province-nakhon-si-thammarat"))

    for program, fields in (
        (first, {"decision": "confirm"}),
        (second, {"decision": "merge", "into": target.slug}),
        (third, {"decision": "refuse", "reason": "พิมพ์ผิด"}),
    ):
        address = f"/programs/{quote(program.slug)}/decision"
        assert send(client, address, fields).status_code == 302

    assert first.confirmation is Confirmation.CONFIRMED
    assert (
        client.get(f"/programs/{quote(second.slug)}").location == f"/programs/{quote(target.slug)}"
    )
    text_of(client, f"/programs/{quote(third.slug)}", status=404)


def test_merged_tags_lead_on(client: FlaskClient, sign_in: SignIn) -> None:
    factories.post(tags=("ปุ๋ยหมักก",))
    factories.post(tags=("ปุ๋ยหมัก",))
    sign_in(client, factories.facilitator())
    old = taxonomy.resolve_tags(["ปุ๋ยหมักก"])[0].slug

    send(client, f"/tags/{quote(old)}/merge", {"into": "ปุ๋ยหมัก"})

    assert client.get(f"/tags/{quote(old)}").location == f"/tags/{quote('ปุ๋ยหมัก')}"


def test_a_word_is_added_changed_and_taken_out_of_use(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, factories.facilitator())
    fields = {"short": "ทดส.", "expansions": "ทดสอบสั้น", "kind": "whole-token", "category": "KM"}

    assert send(client, "/glossary/new", fields).status_code == 302
    [word] = word_queries.glossary()
    edit = f"/glossary/{word.id}/edit"
    send(client, edit, {**fields, "expansions": "ทดสอบยาว"})
    assert "ทดสอบยาว" in text_of(client, f"/glossary?q={quote('ทดส')}")
    send(client, edit, {}, to=f"/glossary/{word.id}/retirement")

    assert word_queries.glossary() == []
    assert send(client, "/glossary/new", {**fields, "short": ""}).status_code == 422


def test_a_typed_program_is_offered_to_all_once_it_is_confirmed(app, sign_in) -> None:
    proposer, other = factories.writer("tambon-karo"), factories.writer("tambon-karo")
    program = programs.propose(proposer, "โรงเรียนชาวนา")
    lesson = factories.lesson(proposer, communities=("tambon-karo",), programs=(program.slug,))
    edit = f"/lessons/{lesson.number}/{quote(lesson.slug)}/edit"

    def is_offered(user: User, at: str) -> bool:
        form = text_of(sign_in(app.test_client(), user), at)
        return f'name="programs" value="{program.slug}"' in form

    assert is_offered(proposer, "/write/quick")
    assert not is_offered(other, "/write/quick")
    assert is_offered(other, edit), "whoever edits the text keeps what it has"
    programs.confirm(factories.facilitator("province-nakhon-si-thammarat"), program)
    assert is_offered(other, "/write/quick")


def test_readers_see_no_word_that_is_out_of_use(client: FlaskClient) -> None:
    words.add(None, WordDraft("อบต.", ("องค์การบริหารส่วนตำบล",)))
    gone = words.add(None, WordDraft("ทดส.", ("ทดสอบสั้น",)))
    words.retire(None, gone)

    pages = [text_of(client, address) for address in ("/glossary", f"/glossary?q={quote('ส')}")]
    assert "องค์การบริหารส่วนตำบล" in pages[0]
    assert all("ทดสอบสั้น" not in page and "/edit" not in page for page in pages)


@pytest.mark.parametrize("path", ["/programs", "/admin"])
def test_ten_more_proposed_programs_cost_no_more_statements(app, client, sign_in, path):
    desk = sign_in(client, factories.facilitator("tambon-karo"))
    counts = []
    for number in (1, 10):
        for i in range(number):
            programs.propose(factories.writer(), f"โครงการเสนอ {number} ที่ {i}")
        desk.get(path)
        db.session.expire_all()
        with sql_statements() as sent:
            assert desk.get(path).status_code == 200
        counts.append(len(sent))
    assert counts[0] == counts[1]


def test_an_old_code_stands_once_and_by_its_thai_name(client):
    page = client.get("/communities/tambon-karo").text
    assert page.count("รหัสเดิม") == 1
    assert "old code" not in page
