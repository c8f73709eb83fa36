"""Photos and files: sent in parts or by a form, shown by consent, refused when hostile."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from app.db import db
from app.models import Entry, Upload, User
from app.queries import uploads as upload_queries
from app.services import attaching, indexing, settings, uploads, worker, writing
from app.services.drafts import Draft
from app.vocabulary import EntryKind, PhotoConsent, Status, UploadKind, UploadState
from tests import factories
from tests.support import uploads as made

SizeNames = ("480.webp", "1280.webp", "2048.webp")


@pytest.fixture
def writer(app: Flask) -> User:
    return factories.writer()


@pytest.fixture
def desk(client: FlaskClient, writer: User, sign_in: Callable) -> FlaskClient:
    return sign_in(client, writer)


def token_of(client: FlaskClient) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account/files").text)
    assert found
    return found[1]


def sent(
    owner: User, content: bytes, name: str = "a.jpg", kind: UploadKind = UploadKind.PHOTO
) -> Upload:
    upload = uploads.receive(owner, name=name, stream=io.BytesIO(content), kind=kind)
    worker.run_due()
    return upload


def photo_of(owner: User, consent: PhotoConsent, **about: object) -> Upload:
    upload = sent(owner, made.photo(**about))
    return uploads.describe(owner, upload, alt="กองปุ๋ยข้างครัว", consent=consent, has_child=False)


def entry_with(owner: User, *photos: Upload, status: Status = Status.PUBLISHED) -> Entry:
    body = "ก่อนภาพ\n\n" + "\n\n".join(f"![คำ](upload:{photo.id})" for photo in photos)
    return factories.post(owner, body=body, status=status)


# -- receiving ---------------------------------------------------------------------------------


def test_a_photo_comes_in_parts_and_goes_on_where_it_stopped(
    desk: FlaskClient, writer: User
) -> None:
    content = made.photo(size=(1600, 1200), orientation=6)
    headers = {"X-CSRFToken": token_of(desk), "Accept": "application/json"}
    about = {"name": "ภาพ 1.jpg", "size": len(content), "kind": "photo"}
    begun = desk.post("/uploads/parts", data=about, headers=headers)
    assert begun.status_code == 201
    url = f"/uploads/parts/{begun.json['token']}"
    half = len(content) // 2
    put = {"headers": headers, "content_type": "application/octet-stream"}
    assert desk.put(f"{url}?offset=0", data=content[:half], **put).json == {"offset": half}
    again = desk.put(f"{url}?offset=0", data=content[:half], **put)  # its answer was lost
    assert (again.status_code, again.json) == (200, {"offset": half})
    astray = desk.put(f"{url}?offset=10", data=content[10:], **put)
    assert (astray.status_code, astray.json) == (409, {"offset": half})
    early = desk.post(f"{url}/finish", headers=headers)
    assert early.status_code == 409 and early.json["error"]
    assert desk.get(url).json == {"offset": half}
    assert desk.put(f"{url}?offset={half}", data=content[half:], **put).status_code == 200
    done = desk.post(f"{url}/finish", headers=headers)
    assert done.json["state"] == "waiting"
    assert desk.post(f"{url}/finish", headers=headers).json["id"] == done.json["id"]
    worker.run_due()
    told = desk.get(f"/uploads/{done.json['id']}/state").json
    assert told["state"] == "ready" and told["name"] == "ภาพ 1.jpg"
    assert desk.get(told["thumb"]).status_code == 200


def test_nobody_sends_into_the_upload_of_another(
    app: Flask, writer: User, sign_in: Callable
) -> None:
    upload = uploads.begin(writer, name="a.jpg", size=100, kind=UploadKind.PHOTO)
    other = sign_in(app.test_client(), factories.writer())
    headers = {"X-CSRFToken": token_of(other)}
    url = f"/uploads/parts/{upload.token}"
    assert other.get(url).status_code == 404
    assert other.put(f"{url}?offset=0", data=b"x", headers=headers).status_code == 404
    assert other.delete(url, headers=headers).status_code == 404


def test_a_photo_is_upright_in_three_sizes_and_tells_nothing(app: Flask, writer: User) -> None:
    upload = sent(writer, made.photo(size=(3000, 1500), orientation=6))
    folder = Path(app.config["UPLOADS_DIR"])
    assert (upload.width, upload.height) == (1024, 2048)
    kept = [file for file in folder.rglob("*") if file.is_file()]
    assert sorted(file.name for file in kept) == sorted(SizeNames), "the original is not kept"
    for file in kept:
        assert b"SECRET" not in file.read_bytes() and b"EXIF" not in file.read_bytes()
        image = Image.open(file)
        assert image.height == int(file.stem) and not image.getexif()
        red = image.convert("RGB").getpixel((image.width - 5, 5))
        assert red[0] > 150 > red[1], "the corner that was top left is top right now"


def test_the_same_content_lies_once_and_goes_with_its_last_user(app: Flask, writer: User) -> None:
    first, other = sent(writer, made.photo()), factories.writer()
    second = sent(other, made.photo())
    folder = Path(app.config["UPLOADS_DIR"]) / first.sha256[:2] / first.sha256
    assert second.state is UploadState.READY and second.width == first.width
    uploads.withdraw(writer, first)
    worker.run_due()
    assert folder.is_dir()
    uploads.withdraw(other, second)
    worker.run_due()
    assert not folder.exists()


def test_what_was_sent_outlives_a_commit_that_fails(app: Flask, writer: User) -> None:
    """Preparing and cancelling delete the bytes that were sent only once that is sure."""

    def fails(_session: object) -> None:
        raise RuntimeError("the database went away")

    upload = uploads.receive(
        writer, name="a.jpg", stream=io.BytesIO(made.photo()), kind=UploadKind.PHOTO
    )
    arriving = uploads.begin(writer, name="b.jpg", size=100, kind=UploadKind.PHOTO)
    number, token = upload.id, arriving.token
    for deed in (lambda: uploads.prepare(number), lambda: uploads.cancel(writer, token)):
        sa.event.listen(db.session, "before_commit", fails)
        with pytest.raises(RuntimeError):
            deed()
        sa.event.remove(db.session, "before_commit", fails)
    worker.run_due()
    assert upload.state is UploadState.READY
    assert uploads.append(writer, token, offset=0, data=b"x") == 1


def test_a_plain_form_takes_several_and_names_the_one_that_fails(desk: FlaskClient) -> None:
    files = [
        (io.BytesIO(made.photo()), "หนึ่ง.jpg"),
        (io.BytesIO(made.SVG), "สอง.jpg"),
        (io.BytesIO(made.docx("ข้อความ")), "สาม.docx"),
    ]
    data = {"csrf_token": token_of(desk), "files": files}
    answer = desk.post("/account/files", data=data, content_type="multipart/form-data")
    assert answer.status_code == 415
    assert "สอง.jpg" in answer.text and "รับแฟ้มชนิดนี้ไม่ได้" in answer.text
    worker.run_due()
    album = desk.get("/account/files").text
    assert "หนึ่ง.jpg" in album and "สาม.docx" in album and "สอง.jpg" not in album
    assert "300 MB" in album


def test_a_plain_form_takes_files_as_large_as_it_promises(desk: FlaskClient) -> None:
    """Two that together are larger than any text may be; each is looked at by itself."""
    token = token_of(desk)
    files = [(io.BytesIO(made.photo() + bytes(9_000_000)), f"{n}.jpg") for n in "กข"]
    answer = desk.post(
        "/account/files",
        data={"csrf_token": token, "files": files},
        headers={"Accept": "text/html"},
    )
    assert answer.status_code == 302
    text = desk.post("/write/post", data={"csrf_token": token, "body": "ก" * 6_000_000})
    assert text.status_code == 413


def test_the_quota_is_kept(app: Flask, desk: FlaskClient, writer: User) -> None:
    settings.put(None, "upload_quota_mb", 1)
    headers = {"X-CSRFToken": token_of(desk), "Accept": "application/json"}
    about = {"name": "a.jpg", "size": "700000", "kind": "photo"}
    assert desk.post("/uploads/parts", data=about, headers=headers).status_code == 201
    full = desk.post("/uploads/parts", data=about, headers=headers)
    assert full.status_code == 413 and "เต็มแล้ว" in full.json["error"]


def test_who_may_not_write_may_not_send(app: Flask, sign_in: Callable) -> None:
    member = sign_in(app.test_client(), factories.user())
    headers = {"X-CSRFToken": token_of(member)}
    about = {"name": "a.jpg", "size": "700", "kind": "photo"}
    assert member.post("/uploads/parts", data=about, headers=headers).status_code == 403


@pytest.mark.parametrize("why", made.HOSTILE)
def test_a_hostile_file_is_refused_in_thai_at_once(app: Flask, desk: FlaskClient, why: str) -> None:
    name, content, kind, status = made.HOSTILE[why]
    data = content()
    headers = {"X-CSRFToken": token_of(desk), "Accept": "application/json"}
    began = time.monotonic()
    about = {"name": name, "size": len(data), "kind": kind}
    answer = desk.post("/uploads/parts", data=about, headers=headers)
    if answer.status_code == 201:
        url, part = f"/uploads/parts/{answer.json['token']}", uploads.MOST_PART_BYTES
        for offset in range(0, len(data), part):
            piece = data[offset : offset + part]
            desk.put(f"{url}?offset={offset}", data=piece, headers=headers)
        answer = desk.post(f"{url}/finish", headers=headers)
    assert answer.status_code == status, answer.text
    assert re.search("[ก-๙]{4}", answer.json["error"])
    assert time.monotonic() - began < 15, "three seconds where nothing else is going on"
    left = [file for file in Path(app.config["UPLOADS_DIR"]).rglob("*") if file.is_file()]
    assert not left


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_named_kind_of_photo_is_taken(app: Flask, writer: User, kind: str) -> None:
    assert sent(writer, made.photo(kind)).state is UploadState.READY


# -- showing -----------------------------------------------------------------------------------

#: who -> (sees a photo with consent "yes", "not asked", "no") in a public entry
SEES = {
    "nobody": (True, False, False),
    "member": (True, True, False),
    "writer elsewhere": (True, True, False),
    "facilitator here": (True, True, True),
    "its writer": (True, True, True),
}


def person(who: str, writer: User) -> User | None:
    return {
        "nobody": lambda: None,
        "member": lambda: factories.user(),
        "writer elsewhere": lambda: factories.writer("tambon-karo"),
        "facilitator here": lambda: factories.facilitator(),
        "its writer": lambda: writer,
    }[who]()


@pytest.mark.parametrize("who", SEES)
def test_who_sees_a_photo(app: Flask, writer: User, sign_in: Callable, who: str) -> None:
    photos = [
        photo_of(writer, consent, size=(600 + n, 300))
        for n, consent in enumerate((PhotoConsent.YES, PhotoConsent.NOT_ASKED, PhotoConsent.NO))
    ]
    entry, draft = entry_with(writer, *photos), None
    user, client = person(who, writer), app.test_client()
    client = client if user is None else sign_in(client, user)
    page = client.get(f"/posts/{entry.number}").text
    for photo, sees in zip(photos, SEES[who], strict=True):
        for name in SizeNames:
            answer = client.get(f"/uploads/{photo.id}/{name}")
            assert answer.status_code == (200 if sees else 404)
            if sees:
                is_public = photo.consent is PhotoConsent.YES
                assert ("public" in answer.headers["Cache-Control"]) is is_public
                assert answer.mimetype == "image/webp"
                assert "sandbox" in answer.headers["Content-Security-Policy"]
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert (f"/uploads/{photo.id}/1280.webp" in page) is sees
    hidden = photo_of(writer, PhotoConsent.YES, size=(777, 300))
    draft = entry_with(writer, hidden, status=Status.DRAFT)
    expected = 200 if who == "its writer" else 404
    assert client.get(f"/uploads/{hidden.id}/480.webp").status_code == expected
    assert draft.status is Status.DRAFT


@pytest.mark.parametrize("status", [Status.DRAFT, Status.HIDDEN, Status.BINNED])
def test_a_photo_goes_out_of_sight_with_its_entry(app: Flask, writer: User, status: Status) -> None:
    photo = photo_of(writer, PhotoConsent.YES)
    entry_with(writer, photo, status=status)
    assert app.test_client().get(f"/uploads/{photo.id}/1280.webp").status_code == 404


def test_only_a_photo_with_consent_is_on_the_share_card(app: Flask, writer: User) -> None:
    asked = photo_of(writer, PhotoConsent.NOT_ASKED)
    agreed = photo_of(writer, PhotoConsent.YES, size=(500, 300))
    page = app.test_client().get(f"/posts/{entry_with(writer, asked, agreed).number}").text
    assert re.search(rf'property="og:image" content="http[^"]*/uploads/{agreed.id}/', page)
    assert f"/uploads/{asked.id}/" not in page
    alone = app.test_client().get(f"/posts/{entry_with(writer, asked).number}").text
    assert "og:image" not in alone


def test_withdrawn_it_is_gone_everywhere(app: Flask, writer: User, sign_in: Callable) -> None:
    photo = photo_of(writer, PhotoConsent.YES)
    entry = entry_with(writer, photo)
    stranger, mine = app.test_client(), sign_in(app.test_client(), writer)
    assert f"/uploads/{photo.id}/" in stranger.get(f"/posts/{entry.number}").text
    data = {"csrf_token": token_of(mine)}
    assert mine.post(f"/uploads/{photo.id}/withdrawal", data=data).status_code == 302
    for client in (stranger, mine):
        for name in SizeNames:
            assert client.get(f"/uploads/{photo.id}/{name}").status_code in (404, 410)
        for path in (f"/posts/{entry.number}", "/feed.atom", f"/api/v1/entries/{entry.number}"):
            text = client.get(path).text
            assert f"/uploads/{photo.id}" not in text and "กองปุ๋ยข้างครัว" not in text
    worker.run_due()
    assert not [file for file in Path(app.config["UPLOADS_DIR"]).rglob("*.webp")]


def test_nobody_opens_the_photo_of_another_by_naming_it(
    app: Flask, writer: User, sign_in: Callable
) -> None:
    """A number can be guessed; an upload comes to an entry by its owner alone."""
    secret = photo_of(writer, PhotoConsent.YES)
    thief = factories.writer()
    entry = entry_with(thief, secret)
    attaching.list_beneath(thief, entry, [secret.id])
    for client in (app.test_client(), sign_in(app.test_client(), thief)):
        assert client.get(f"/uploads/{secret.id}/480.webp").status_code == 404
        assert f"/uploads/{secret.id}" not in client.get(f"/posts/{entry.number}").text


def test_the_photo_stays_when_another_writer_saves(app: Flask, writer: User) -> None:
    photo = photo_of(writer, PhotoConsent.YES)
    body = f"ก่อน\n\n![คำ](upload:{photo.id})"
    page = factories.page(writer, body=body)
    other = factories.writer()
    for text in ("ไม่มีภาพแล้ว", body):
        draft = Draft(
            kind=EntryKind.PAGE, title=page.title, body=text, communities=("tambon-bang-chak",)
        )
        page = writing.save(other, page, draft, base=page.revision_number)
        shown = [use.upload_id for use in upload_queries.shown_in(None, page)]
        assert shown == ([photo.id] if text == body else [])


def test_photos_are_chosen_in_the_writing_form(desk: FlaskClient, writer: User) -> None:
    photo = photo_of(writer, PhotoConsent.YES)
    form = {"csrf_token": token_of(desk), "title": "มีภาพ", "body": "ข้อความ", "uploads_form": "1"}
    again = desk.post("/write/post", data={**form, "title": "", "uploads": photo.id})
    assert re.search(rf'name="uploads" value="{photo.id}" checked', again.text)
    album = desk.get("/account/files").text
    assert "จากภาพและแฟ้มของฉัน" in album and "จากภาพและแฟ้มของฉัน" in desk.get("/write/post").text
    assert "upload:" not in album  # no signs of Markdown where there are buttons
    sent_form = {**form, "uploads": photo.id, "action": "publish", "token": "t" * 24}
    shown = desk.post("/write/post", data=sent_form, follow_redirects=True)
    assert f"/uploads/{photo.id}/1280.webp" in shown.text
    assert 'alt="กองปุ๋ยข้างครัว"' in shown.text


def test_the_preview_shows_what_the_page_will_show(desk: FlaskClient, writer: User) -> None:
    photo = photo_of(writer, PhotoConsent.YES)
    form = {"csrf_token": token_of(desk), "title": "มีภาพ", "body": "ข้อความ", "uploads_form": "1"}
    asked = {**form, "uploads": photo.id, "action": "preview", "only": "preview"}
    seen = desk.post("/write/post", data=asked).text
    for part in (f"/uploads/{photo.id}/1280.webp", "CC BY 4.0", "ไม่มีความเห็น"):
        assert part in seen


# -- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("แผน.docx", lambda: made.docx("ทุเรียนเทศพันธุ์พื้นเมือง"), "ทุเรียนเทศ"),
        ("บัญชี.xlsx", lambda: made.xlsx("ทุเรียนเทศพันธุ์พื้นเมือง"), "ทุเรียนเทศ"),
        ("report.pdf", lambda: made.pdf("soursop orchard"), "soursop"),
    ],
    ids=["Word", "Excel", "PDF"],
)
def test_a_file_is_handed_out_and_found_by_its_words(
    app: Flask, writer: User, name: str, content: Callable[[], bytes], word: str
) -> None:
    data = content()
    upload = sent(writer, data, name, UploadKind.FILE)
    entry = factories.post(writer)
    attaching.list_beneath(writer, entry, [upload.id])
    while indexing.catch_up():
        pass
    stranger = app.test_client()
    assert name in stranger.get(f"/posts/{entry.number}").text
    answer = stranger.get(f"/uploads/{upload.id}", follow_redirects=True)
    assert answer.status_code == 200 and answer.data == data
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    found = stranger.get("/search", query_string={"q": word}).text
    assert entry.title in found and "พบในแฟ้มแนบ" in found
    uploads.withdraw(writer, upload)
    while indexing.catch_up():
        pass
    assert entry.title not in stranger.get("/search", query_string={"q": word}).text
