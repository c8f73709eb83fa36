"""Invitations, people, books and administration in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import unquote

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.db import db, transaction
from app.models import Job, User
from app.queries import moderation, people
from app.services import invitations, jobs, passwords, reports, settings
from app.vocabulary import AuditAction, JobKind, JobState, License, ReportStatus, Right, Status
from app.web import admin, setting_forms
from tests import factories
from tests.factories import PASSWORD

SignIn = Callable[[FlaskClient, User], FlaskClient]
HERE = "tambon-bang-chak"


def text_of(answer: TestResponse) -> str:
    return answer.get_data(as_text=True)


def send(client: FlaskClient, address: str, to: str = "", **data: object) -> TestResponse:
    """Open the page at ``address`` and send a form of it with ``data``."""
    page = text_of(client.get(address))
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None, f"{address} has no form"
    return client.post(to or address, data={**data, "csrf_token": token[1]})


# --- invitations -----------------------------------------------------------------------


def test_a_printed_invitation_brings_somebody_in(client, app, sign_in):
    sign_in(client, factories.facilitator(HERE))
    made = send(client, "/invitations", community=HERE, right="writer", uses="1")
    page = text_of(made)
    assert made.status_code == 200
    address = re.search(r"http://127\.0\.0\.1:8000(/join/[\w-]+)", page)
    assert address is not None
    assert re.search(r'<img class="qr" src="data:image/svg\+xml', page)
    assert address[1] not in text_of(client.get("/invitations"))

    newcomer = app.test_client()
    form = text_of(newcomer.get(address[1]))
    for shown in ("/pages/privacy", 'name="text_version" value="1"', 'name="email"'):
        assert shown in form
    done = send(
        newcomer,
        address[1],
        login="kru-nam",
        password=PASSWORD,
        display_name="ครูน้ำ ตัวอย่าง",
        agreed="1",
        text_version="1",
    )

    assert (done.status_code, done.headers["Location"]) == (302, "/account")
    assert newcomer.get("/write").status_code == 200
    assert app.test_client().get(address[1]).status_code == 410


def test_an_invitation_is_offered_for_places_one_looks_after(client, app, sign_in):
    sign_in(client, factories.facilitator(HERE))

    page = text_of(client.get("/invitations"))

    assert f'value="{HERE}"' in page
    assert 'value="tambon-karo"' not in page
    answer = send(client, "/invitations", community="tambon-karo", right="writer", uses="1")
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("community", ""),
        ("community", "nowhere"),
        ("right", "admin"),
        ("uses", "0"),
        ("uses", "9" * 30),
        ("uses", "สาม"),
        ("uses", "²"),
    ],
)
def test_an_invitation_with_a_fault_comes_back(client, app, sign_in, field, value):
    sign_in(client, factories.facilitator(HERE))
    data = {"community": HERE, "right": "writer", "uses": "1", field: value}

    answer = send(client, "/invitations", **data)

    assert answer.status_code == 422
    assert f'href="#f-{field}"' in text_of(answer)


def test_an_invitation_is_called_back(client, app, sign_in):
    facilitator = factories.facilitator(HERE)
    token = invitations.invite(facilitator, factories.community(HERE))
    sign_in(client, facilitator)
    [row] = people.invitations_of(facilitator)

    send(client, "/invitations", to=f"/invitations/{row.id}/revocation")

    assert invitations.usable(token) is None
    assert app.test_client().get(f"/join/{token}").status_code == 410


def test_the_first_administrator_comes_in_by_the_link(client, app):
    token = invitations.first_admin_token()

    done = send(
        client,
        f"/join/{token}",
        login="first-admin",
        password=PASSWORD,
        display_name="ผู้ดูแล ตัวอย่าง",
        agreed="1",
        text_version="1",
    )

    assert done.status_code == 302
    assert client.get("/admin/settings").status_code == 200
    assert app.test_client().get(f"/join/{token}").status_code == 410


def test_the_address_of_an_invitation_is_told_to_nobody(client, app):
    token = invitations.invite(factories.admin(), factories.community(HERE))

    answer = client.get(f"/join/{token}")

    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "private, no-store"


# --- people ----------------------------------------------------------------------------


def test_the_page_of_a_person_tells_no_number_and_no_address(client, app):
    user = factories.writer(
        phone="0002345678", email="kru@example.org", duty="เลขานุการกลุ่ม", is_faculty=True
    )
    entry = factories.post(user)
    draft = factories.post(user, title="ยังไม่เสร็จ", status=Status.DRAFT)

    answer = client.get(f"/people/{user.username}")
    page = text_of(answer)

    for shown in (user.display_name, "เลขานุการกลุ่ม", "อาจารย์", entry.title):
        assert shown in page
    for secret in ("0002345678", "kru@example.org", draft.title, "csrf_token"):
        assert secret not in page
    assert "Set-Cookie" not in answer.headers
    assert client.get("/people/nobody").status_code == 404


def test_people_are_listed_who_have_published(client, app):
    writer, silent = (
        factories.writer(name="นางสาวมะลิ ตัวอย่าง"),
        factories.writer(name="นายเงียบ ตัวอย่าง"),
    )
    factories.post(writer)
    factories.post(silent, status=Status.DRAFT)

    page = text_of(client.get("/people"))

    assert writer.display_name in page
    assert silent.display_name not in page


def test_rights_are_given_and_taken_on_their_page(client, app, sign_in):
    user = factories.user()
    sign_in(client, factories.facilitator(HERE))
    at = f"/people/{user.username}/rights"
    assert 'value="admin"' not in text_of(client.get(at))

    assert send(client, at, right="writer", scope=f"community:{HERE}").status_code == 302
    [grant] = people.rights_of(user)
    assert grant.right is Right.WRITER

    assert send(client, at, right="writer", scope="community:tambon-karo").status_code == 403
    assert send(client, at, right="admin").status_code == 403
    assert send(client, at, right="writer", scope="").status_code == 422
    assert send(client, at, right="ruler", scope=f"community:{HERE}").status_code == 422
    assert send(client, at, right="writer", scope="community:nowhere").status_code == 422

    assert send(client, at, to=f"{at}/{grant.id}/removal").status_code == 302
    assert people.rights_of(user) == []
    assert send(client, at, to=f"{at}/{grant.id}/removal").status_code == 404


def test_a_one_time_code_is_shown_once_and_opens_the_account(client, app, sign_in):
    user = factories.user(community_id=factories.community(HERE).id)
    sign_in(client, factories.facilitator(HERE))
    at = f"/people/{user.username}/code"

    page = text_of(send(client, at))

    code = re.search(r'<p class="code" translate="no">([a-z0-9-]+)</p>', page)
    assert code is not None
    assert code[1] not in text_of(client.get(at))
    assert passwords.use_reset_code(user.username, code[1], "รหัสผ่านใหม่1").id == user.id


def test_a_badge_and_a_block_are_set_on_their_pages(client, app, sign_in):
    user = factories.user()
    sign_in(client, factories.moderator())
    assert client.get(f"/people/{user.username}/badge").status_code == 403
    at = f"/people/{user.username}/block"
    assert send(client, at, reason=" ").status_code == 422
    assert send(client, at, reason="ส่งโฆษณา").status_code == 302
    assert user.blocked_at is not None
    send(client, at, reason="เข้าใจผิด")
    assert user.blocked_at is None

    sign_in(client, factories.facilitator(HERE))
    at = f"/people/{user.username}/badge"
    send(client, at, confirmed="1", school="สำนักวิชาตัวอย่าง", field="การจัดการ")
    assert (user.is_faculty, user.school) == (True, "สำนักวิชาตัวอย่าง")


DEED_CASES = [
    # who looks, the deeds that are offered
    (lambda: factories.user(), []),
    (lambda: factories.facilitator(HERE), ["rights", "code", "badge"]),
    (lambda: factories.facilitator("tambon-karo"), ["rights", "badge"]),
    (lambda: factories.moderator(), ["block"]),
    (lambda: factories.admin(), ["rights", "code", "badge", "block"]),
]


@pytest.mark.parametrize(("who", "deeds"), DEED_CASES)
def test_deeds_are_offered_to_those_who_may(client, app, sign_in, who, deeds):
    user = factories.user(community_id=factories.community(HERE).id)
    sign_in(client, who())

    page = text_of(client.get(f"/people/{user.username}"))

    offered = re.findall(rf'href="/people/{user.username}/(\w+)"', page)
    assert [deed for deed in offered if deed != "feed"] == deeds
    for deed in ("rights", "code", "badge", "block"):
        answer = client.get(f"/people/{user.username}/{deed}")
        assert answer.status_code == (200 if deed in deeds else 403), deed


# --- books -----------------------------------------------------------------------------


def test_a_book_is_made_renamed_and_read(client, app, sign_in):
    writer = factories.writer()
    sign_in(client, writer)

    made = send(client, "/books/new", title="สมุดปุ๋ยหมัก", license="cc-by-sa-4.0")
    address = made.headers["Location"]
    assert made.status_code == 302
    entry = factories.post(writer, book=unquote(address.removeprefix("/books/")))
    page = text_of(app.test_client().get(address))
    assert entry.title in page
    assert "CC BY-SA 4.0 แสดงที่มา-อนุญาตแบบเดียวกัน" in page

    send(client, f"{address}/edit", title="สมุดดินดี", license="cc0-1.0")
    [book] = people.books_of(writer)
    assert (book.title, book.license) == ("สมุดดินดี", License.CC0)
    bad = send(client, f"{address}/edit", title="", about="เรื่องดิน", license="own")
    assert bad.status_code == 422
    assert "เรื่องดิน" in text_of(bad)

    sign_in(client, factories.writer())
    assert client.get(f"{address}/edit").status_code == 403


# --- administration --------------------------------------------------------------------

ADMIN_PAGES = {
    # path: who may open it
    "/admin": {"facilitator", "moderator", "admin"},
    "/admin/reports": {"moderator", "admin"},
    "/admin/people": {"facilitator", "moderator", "admin"},
    "/admin/settings": {"admin"},
    "/admin/log": {"moderator", "admin"},
    "/admin/mail": {"admin"},
    "/admin/consent": {"admin"},
    "/admin/health": {"admin"},
}


@pytest.mark.parametrize("who", ["member", "writer", "facilitator", "moderator", "admin"])
@pytest.mark.parametrize("path", ADMIN_PAGES)
def test_who_may_open_a_page_of_administration(client, app, sign_in, path, who):
    admin_to_ask = factories.admin(name="ผู้ดูแล ที่ถามได้")
    sign_in(client, factories.user(Right(who)))

    answer = client.get(path)

    if who in ADMIN_PAGES[path]:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 403
        assert f"/people/{admin_to_ask.username}" in text_of(answer)


def test_administration_asks_for_a_log_in(client, app):
    for path in ADMIN_PAGES:
        assert client.get(path).status_code == 302
        assert client.post(path).status_code in (400, 405)


def test_a_report_is_read_and_closed_with_its_outcome(client, app, sign_in):
    entry = factories.post()
    report = reports.add(None, about="/posts/1", text="มีเบอร์โทรอยู่", number=entry.number)
    sign_in(client, factories.moderator())
    assert "มีเบอร์โทรอยู่" in text_of(client.get("/admin/reports"))

    at = f"/admin/reports/{report.id}"
    assert send(client, at, outcome=" ").status_code == 422
    assert send(client, at, outcome="ลบเบอร์แล้ว").status_code == 302

    assert report.status is ReportStatus.CLOSED
    assert "มีเบอร์โทรอยู่" not in text_of(client.get("/admin/reports"))
    assert "มีเบอร์โทรอยู่" in text_of(client.get("/admin/reports?status=closed"))
    assert "ลบเบอร์แล้ว" in text_of(client.get(at))
    assert client.get("/admin/reports/999").status_code == 404


def test_a_report_never_leads_off_our_host(client, app, sign_in):
    report = reports.add(None, about="javascript:alert(1)", text="ลองดู")
    sign_in(client, factories.moderator())

    assert 'href="javascript' not in text_of(client.get(f"/admin/reports/{report.id}"))


def test_facilitators_see_the_people_of_their_communities_only(client, app, sign_in):
    near = factories.user(name="นางใกล้ ตัวอย่าง", community_id=factories.community(HERE).id)
    far = factories.user(name="นายไกล ตัวอย่าง", community_id=factories.community("tambon-karo").id)
    sign_in(client, factories.facilitator(HERE))

    page = text_of(client.get("/admin/people"))
    assert near.display_name in page
    assert far.display_name not in page

    sign_in(client, factories.admin())
    assert far.display_name in text_of(client.get("/admin/people"))
    page = text_of(client.get("/admin/people?q=ไกล"))
    assert far.display_name in page
    assert near.display_name not in page
    assert client.get("/admin/people?q=%25").status_code == 200


def test_every_setting_has_a_field_and_every_deed_a_word():
    assert set(setting_forms.FIELDS) == set(settings.DEFAULTS)
    assert set(admin.DEEDS) == set(AuditAction)


def typed_settings(**changed: str) -> dict[str, str]:
    values = {
        name: setting_forms.as_typed(name, value) for name, value in settings.DEFAULTS.items()
    }
    return {**values, **changed}


def test_settings_are_saved_and_hold_at_once(client, app, sign_in):
    sign_in(client, factories.admin())
    links = "GotoKnow | https://www.gotoknow.org\nคู่มือ | /pages/guide"

    done = send(
        client,
        "/admin/settings",
        **typed_settings(site_name="เว็บทดลอง", bin_days="๔๕", footer_links=links),
    )

    assert done.status_code == 302
    assert settings.get("bin_days") == 45
    page = text_of(app.test_client().get("/posts"))
    assert "เว็บทดลอง" in page
    assert 'href="https://www.gotoknow.org"' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bin_days", "1"),
        ("bin_days", "มาก"),
        ("comments_per_hour", "0"),
        ("comments_per_hour", "9" * 40),
        ("sign_up", "whoever"),
        ("footer_links", "javascript:alert(1)"),
        ("footer_links", "ชื่อ | javascript:alert(1)"),
        ("footer_links", "ชื่อ | //elsewhere.example"),
        ("footer_links", "| https://example.org"),
        ("footer_links", "\n".join(f"{n} | https://example.org" for n in range(13))),
        ("site_name", "ก" * 201),
    ],
)
def test_a_setting_that_cannot_be_is_named_and_nothing_is_saved(client, app, sign_in, field, value):
    sign_in(client, factories.admin())

    answer = send(
        client, "/admin/settings", **typed_settings(help_contact="@line", **{field: value})
    )

    assert answer.status_code == 422
    assert f'href="#f-{field}"' in text_of(answer)
    assert "@line" in text_of(answer)
    assert settings.get("help_contact") == ""


def test_the_log_is_read_only_and_shows_no_titles(client, app, sign_in):
    author = factories.writer()
    draft = factories.post(author, title="ความลับในร่าง", status=Status.DRAFT)
    entry = factories.post(author, title="เปิดเผยแล้ว")
    sign_in(client, factories.moderator())

    page = text_of(client.get("/admin/log"))

    assert str(draft.number) in page
    assert "ความลับในร่าง" not in page
    assert f'href="/posts/{entry.number}"' in page
    assert '<form class="form" action="/admin/log" method="get">' in page
    only = text_of(client.get("/admin/log?action=publish"))
    assert f'href="/posts/{entry.number}"' in only
    assert f'href="/posts/{draft.number}"' not in only
    assert client.get("/admin/log?action=x&who=nobody&page=abc").status_code == 200


def test_pages_of_the_log_cost_the_same_at_any_length(client, app):
    admin_user = factories.admin()
    for n in range(60):
        settings.put(admin_user, "bin_days", 31 + n)

    assert len(moderation.logged(limit=50)) == 50
    assert len(moderation.logged(limit=50, offset=50)) >= 10
    assert moderation.count_logged(action=AuditAction.SETTING) == 60


def test_kept_mail_is_shown_to_administrators(client, app, sign_in):
    folder = Path(app.config["INSTANCE_DIR"]) / "outbox"
    folder.mkdir(parents=True, exist_ok=True)
    message = EmailMessage()
    message["To"], message["Subject"] = "kru@example.org", "ถึงครูน้ำ"
    message.set_content("มีความเห็นใหม่ <b>")
    (folder / "20261124-090000-0a.eml").write_bytes(message.as_bytes())
    sign_in(client, factories.admin())

    assert "ถึงครูน้ำ" in text_of(client.get("/admin/mail"))
    assert "มีความเห็นใหม่ &lt;b&gt;" in text_of(client.get("/admin/mail/20261124-090000-0a.eml"))
    for name in ("nothing.eml", "..%2Fapp.db", "%2e%2e%2fapp.db"):
        assert client.get(f"/admin/mail/{name}").status_code == 404


def test_health_says_what_failed_and_runs_it_again(client, app, sign_in):
    with transaction():
        jobs.enqueue(JobKind.MAIL, "mail:1", {"to": "kru@example.org"})
    job = db.session.scalar(sa.select(Job))
    with transaction():
        job.state, job.error = JobState.FAILED, "OSError: no route"
    sign_in(client, factories.admin())

    page = text_of(client.get("/admin/health"))
    assert "OSError: no route" in page
    assert "Python" in page

    send(client, "/admin/health", to="/admin/health/jobs")
    assert job.state is JobState.WAITING


def test_a_new_text_of_consent_is_published(client, app, sign_in):
    sign_in(client, factories.admin())

    bad = send(client, "/admin/consent", text_th="ข้อความใหม่", text_en="")
    assert bad.status_code == 422
    assert "ข้อความใหม่" in text_of(bad)
    send(client, "/admin/consent", text_th="ข้อความใหม่", text_en="A new text")

    assert people.consent_in_force().version == 2
    assert [text.version for text in people.consent_texts()] == [2, 1]
