"""Pages of voice notes: recorded beside a draft, typed in ฝากพิมพ์, closed to everybody else."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.clock import now
from app.db import db
from app.models import Entry, User, VoiceNote
from app.queries import voice as queries
from app.services import autosaves, bin, indexing, lifecycle, uploads, voice, worker
from app.services.telling import Consent
from app.services.voice import About
from app.vocabulary import ConsentKind, Status, UploadKind, VoiceState
from app.web.voice import is_there
from tests import factories
from tests.support import sounds

SPEAKER, TEXT = "นางตัวอย่าง ใจดี", "กองปุ๋ยข้างครัวแล้วได้ทำทุกวัน"
TITLE = "ร่างลับเรื่องปุ๋ยหมัก"
AGREED = Consent(kind=ConsentKind.SPOKEN, day=date(2026, 1, 5), taken_by="ตัวอย่าง คนจด")


@pytest.fixture
def recorder(app: Flask) -> User:
    return factories.writer()


@pytest.fixture
def draft(recorder: User) -> Entry:
    return factories.post(recorder, title=TITLE, status=Status.DRAFT, tellers=(SPEAKER,))


@pytest.fixture
def typist(app: Flask) -> User:
    return factories.user(name="ตัวอย่าง คนช่วยพิมพ์")


@pytest.fixture
def client_of(app: Flask, sign_in: Callable) -> Callable[[User], FlaskClient]:
    return lambda user: sign_in(app.test_client(), user)


def kept(owner: User, entry: Entry) -> VoiceNote:
    stream = io.BytesIO(sounds.m4a())
    upload = uploads.receive(owner, name="เสียง.m4a", stream=stream, kind=UploadKind.VOICE)
    worker.run_due()
    return voice.attach(owner, entry, About(SPEAKER), upload.id)


def test_the_writing_form_does_not_offer_recordings_as_photos(client_of, recorder, draft):
    kept(recorder, draft)
    desk = client_of(recorder)
    assert "เสียง.m4a" in desk.get("/account/files").text
    assert "เสียง.m4a" not in desk.get("/write/post").text


def queued(owner: User, entry: Entry) -> VoiceNote:
    return voice.queue(owner, voice.note_consent(owner, kept(owner, entry), AGREED))


def draft_body(entry: Entry) -> str:
    db.session.expire_all()
    return db.session.get_one(Entry, entry.id).body


def typed(owner: User, entry: Entry, by: User) -> VoiceNote:
    return voice.submit(by, queued(owner, entry), TEXT)


def posted(client: FlaskClient, path: str, **fields: object) -> tuple[int, str]:
    """Send a form; (status, page) of what it leads to."""
    page = client.get("/typing").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token
    answer = client.post(path, data={"csrf_token": token[1], **fields}, follow_redirects=True)
    return answer.status_code, answer.text


def send_file(client: FlaskClient, entry: Entry, content: bytes, name: str = "a.m4a") -> tuple:
    fields = {"sound": (io.BytesIO(content), name), "speaker": SPEAKER}
    return posted(client, f"/entries/{entry.number}/voice", **fields)


# -- with the draft ----------------------------------------------------------------------------


def test_a_whole_file_is_kept_with_the_draft(
    draft: Entry, recorder: User, client_of: Callable
) -> None:
    desk = client_of(recorder)
    status, page = send_file(desk, draft, sounds.m4a())
    assert status == 200
    assert "เก็บเสียงไว้กับร่างแล้ว" in page and SPEAKER in page and "0:04 นาที" in page
    worker.run_due()
    (note,) = queries.of_entry(draft)
    assert f'src="/typing/{note.id}/sound"' in desk.get(f"/entries/{draft.number}/voice").text
    form = desk.get(f"/posts/{draft.number}/edit").text
    assert f'href="/entries/{draft.number}/voice"' in form and SPEAKER in form


def test_a_whole_file_sent_twice_is_one_note(
    draft: Entry, recorder: User, client_of: Callable
) -> None:
    desk = client_of(recorder)
    path = f"/entries/{draft.number}/voice"
    found = re.search(r'name="token" value="([^"]+)"', desk.get(path).text)
    assert found

    def send(content: bytes) -> list[int]:
        fields = {"sound": (io.BytesIO(content), "a"), "speaker": SPEAKER, "token": found[1]}
        assert posted(desk, path, **fields)[0] == 200
        return [note.id for note in queries.of_entry(draft) if is_there(note)]

    (first,) = send(sounds.m4a())
    assert send(sounds.m4a()) == [first]
    assert len(send(sounds.webm())) == 2, "another recording from the page that was left open"
    worker.run_due()
    assert desk.get(f"/typing/{first}/sound").status_code == 200
    voice.remove(recorder, queries.get_note(recorder, first))
    assert len(send(sounds.m4a())) == 2, "deleted, and sent again on purpose"


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (sounds.PAGE, 415, "ไม่ใช่เสียงที่เปิดฟังได้"),
        (sounds.webm(kind=1, codec=b"V_VP8"), 415, "แฟ้มนี้มีภาพด้วย"),
        (sounds.webm(said=8e8), 413, "ยาวเกิน 60 นาที"),
        (sounds.ogg()[:-9], 422, "แฟ้มนี้เสียหาย"),
        (b"", 422, "แฟ้มนี้ว่าง"),
    ],
)
def test_a_bad_file_is_refused_and_the_form_stays_filled(
    draft: Entry, recorder: User, client_of: Callable, content: bytes, status: int, said: str
) -> None:
    answer, page = send_file(client_of(recorder), draft, content)
    assert answer == status
    assert said in page and f'value="{SPEAKER}"' in page
    assert list(queries.of_entry(draft)) == []


def test_a_recording_that_arrived_is_not_lost_for_want_of_a_name(
    draft: Entry, recorder: User, client_of: Callable
) -> None:
    stream = io.BytesIO(sounds.webm())
    upload = uploads.receive(recorder, name="a.webm", stream=stream, kind=UploadKind.VOICE)
    path, desk = f"/entries/{draft.number}/voice", client_of(recorder)
    status, page = posted(desk, path, upload=upload.id, speaker=" ")
    assert status == 422 and "โปรดบอกว่าใครเป็นคนพูด" in page
    assert f'name="upload" value="{upload.id}"' in page
    assert posted(desk, path, upload=upload.id, speaker=SPEAKER)[0] == 200
    assert posted(desk, path, speaker=SPEAKER)[0] == 422


def test_a_recording_of_another_text_is_not_said_to_be_kept(
    draft: Entry, recorder: User, client_of: Callable
) -> None:
    stream = io.BytesIO(sounds.webm())
    upload = uploads.receive(recorder, name="a.webm", stream=stream, kind=UploadKind.VOICE)
    other, desk = factories.post(recorder, status=Status.DRAFT), client_of(recorder)
    sent = {"upload": upload.id, "speaker": SPEAKER}
    assert posted(desk, f"/entries/{other.number}/voice", **sent)[0] == 200

    status, page = posted(desk, f"/entries/{draft.number}/voice", **sent)

    assert status == 409 and "เก็บเสียงไว้กับร่างแล้ว" not in page and "เก็บไว้กับเรื่องอื่น" in page
    assert 'name="upload" value=""' in page, "another one can be sent"
    assert [len(queries.of_entry(one)) for one in (draft, other)] == [0, 1]


def test_only_the_page_that_records_may_use_the_microphone(
    draft: Entry, recorder: User, typist: User, client_of: Callable
) -> None:
    note = queued(recorder, draft)
    desk, helper = client_of(recorder), client_of(typist)
    for client, path, microphone, media in (
        (desk, f"/entries/{draft.number}/voice", "microphone=(self)", "media-src 'self' blob:"),
        (helper, f"/typing/{note.id}", "microphone=()", "media-src 'self'"),
        (helper, "/typing", "microphone=()", "frame-ancestors 'none'"),
        (desk, f"/posts/{draft.number}/edit", "microphone=()", "frame-ancestors 'none'"),
    ):
        headers = client.get(path).headers
        assert microphone in headers["Permissions-Policy"], path
        assert headers["Content-Security-Policy"].endswith(media), path


def test_it_is_offered_to_the_queue_after_the_consent_alone(
    draft: Entry, recorder: User, client_of: Callable
) -> None:
    note, desk = kept(recorder, draft), client_of(recorder)
    page = desk.get(f"/entries/{draft.number}/voice").text
    assert f"/typing/{note.id}/queue" not in page and f"/typing/{note.id}/consent" in page
    status, page = posted(desk, f"/typing/{note.id}/queue")
    assert status == 422 and "โปรดจดก่อนว่าผู้พูดยินยอม" in page
    path = f"/typing/{note.id}/consent"
    tomorrow = {"consent_kind": "spoken", "consent_day": "2999-01-01", "consent_by": "คนจด"}
    for fields in ({}, {**tomorrow}, {**tomorrow, "consent_day": "x"}, {"consent_kind": "x"}):
        assert posted(desk, path, **fields)[0] == 422
    status, page = posted(desk, path, **{**tomorrow, "consent_day": "2026-01-05"}, action="note")
    assert status == 200 and f"/typing/{note.id}/queue" in page
    assert "อยู่ในฝากพิมพ์แล้ว" in posted(desk, f"/typing/{note.id}/queue")[1]


def test_the_inbox_of_a_typist_outlives_the_draft(
    draft: Entry, recorder: User, typist: User, client_of: Callable
) -> None:
    note = typed(recorder, draft, typist)
    voice.approve(factories.facilitator(), note, TEXT)
    helper = client_of(typist)
    assert "ตรวจรับเสียงเล่าที่พิมพ์แล้ว" in helper.get("/notifications").text
    lifecycle.bin_entry(recorder, draft)
    with time_machine.travel(now() + timedelta(days=bin.KEPT_DAYS + 1), tick=False):
        bin.empty()
    answer = helper.get("/notifications")
    assert answer.status_code == 200
    assert "ตรวจรับเสียงเล่าที่พิมพ์แล้ว" not in answer.text


# -- typing ------------------------------------------------------------------------------------


def test_the_queue_tells_members_nothing_of_the_draft(
    draft: Entry, recorder: User, typist: User, client_of: Callable
) -> None:
    note, helper = queued(recorder, draft), client_of(typist)
    for path in ("/typing", f"/typing/{note.id}"):
        page = helper.get(path).text
        assert SPEAKER in page and "0:04 นาที" in page
        assert TITLE not in page and str(draft.number) not in page
    assert helper.get(f"/posts/{draft.number}").status_code == 404


def test_a_player_gets_the_part_it_asks_for(
    draft: Entry, recorder: User, typist: User, client_of: Callable
) -> None:
    path, helper = f"/typing/{queued(recorder, draft).id}/sound", client_of(typist)
    whole = helper.get(path)
    assert (whole.status_code, whole.mimetype) == (200, "audio/mp4")
    assert "attachment" in whole.headers["Content-Disposition"]
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    assert "no-store" in whole.headers["Cache-Control"]
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = helper.get(path, headers={"Range": "bytes=4-11"})
    assert (part.status_code, part.data) == (206, whole.data[4:12])


def test_without_javascript_the_kept_text_is_handed_in_unchanged(
    draft: Entry, recorder: User, typist: User, client_of: Callable
) -> None:
    note, helper = queued(recorder, draft), client_of(typist)
    form = {"text": TEXT, "token": "of-one-page"}
    posted(helper, f"/typing/{note.id}", **form, action="keep")
    assert note.state is VoiceState.QUEUED
    for _press in range(2):
        status, page = posted(helper, f"/typing/{note.id}", **form, action="submit")
        assert status == 200 and "รอผู้เล่าหรือผู้ดูแลชุมชนตรวจรับ" in page
    assert (note.state, note.text) == (VoiceState.TYPED, TEXT)


def test_what_is_typed_is_kept_by_itself_and_comes_back(
    draft: Entry, recorder: User, typist: User, client_of: Callable
) -> None:
    note, helper = queued(recorder, draft), client_of(typist)
    page = posted(helper, f"/typing/{note.id}/claim")[1]
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token and f'data-keep="{typist.id}:typing-{note.id}"' in page
    copy = {"user": str(typist.id), "base": "0", "fields": [["text", TEXT]]}
    form, headers = f"typing-{note.id}", {"X-CSRFToken": token[1]}
    assert helper.put(f"/write/kept/{form}", json=copy, headers=headers).status_code == 200
    assert TEXT in helper.get(f"/typing/{note.id}").text
    assert "กำลังพิมพ์" in client_of(factories.user()).get("/typing").text
    voice.take_back(recorder, note)
    assert helper.put(f"/write/kept/{form}", json=copy, headers=headers).status_code == 404
    assert autosaves.of(typist, form) is None


def test_a_text_that_comes_too_late_stands_there_to_be_copied(
    draft: Entry, recorder: User, typist: User, client_of: Callable
) -> None:
    note = queued(recorder, draft)
    voice.claim(factories.user(), note)
    status, page = posted(client_of(typist), f"/typing/{note.id}", text=TEXT, action="submit")
    assert status == 409 and TEXT in page and "มีคนอื่นรับไปพิมพ์แล้ว" in page
    voice.take_back(recorder, note)
    status, page = posted(client_of(typist), f"/typing/{note.id}", text=TEXT, action="submit")
    assert status == 404 and TEXT in page, "also when it was taken back"


def test_it_goes_from_hand_to_hand(
    draft: Entry, recorder: User, typist: User, client_of: Callable
) -> None:
    note, helper = queued(recorder, draft), client_of(typist)
    assert posted(helper, f"/typing/{note.id}", text=" ", action="submit")[0] == 422
    assert "เก็บแล้ว" in posted(helper, f"/typing/{note.id}", text=TEXT, action="keep")[1]
    assert "รอผู้เล่า" in posted(helper, f"/typing/{note.id}", text=TEXT, action="submit")[1]
    assert posted(helper, f"/typing/{note.id}/approval", text=TEXT)[0] == 403
    office = client_of(factories.facilitator())
    assert TEXT in office.get(f"/typing/{note.id}").text
    assert posted(office, f"/typing/{note.id}/refusal", reason="")[0] == 422
    assert posted(office, f"/typing/{note.id}/refusal", reason="ฟังตอนท้าย")[0] == 200
    assert "ฟังตอนท้าย" in helper.get(f"/typing/{note.id}").text
    assert "ส่งเสียงเล่าที่พิมพ์กลับมา" in helper.get("/notifications").text
    assert posted(helper, f"/typing/{note.id}", text=TEXT, action="submit")[0] == 200
    assert posted(office, f"/typing/{note.id}/approval", text=TEXT)[0] == 200
    page = client_of(recorder).get(f"/posts/{draft.number}").text
    assert TEXT in page and re.search(r"พิมพ์โดย</dt><dd>.*ตัวอย่าง คนช่วยพิมพ์", page)


def test_a_text_sent_back_is_shown_to_its_typist_after_somebody_else_has_typed(
    draft: Entry, recorder: User, typist: User, client_of: Callable
) -> None:
    note = queued(recorder, draft)
    voice.submit(typist, note, TEXT)
    voice.send_back(factories.facilitator(), note, reason="ขาดตอนท้าย")
    other = factories.user()
    voice.claim(other, note)
    assert TEXT in client_of(typist).get(f"/typing/{note.id}").text, "while it is typed"
    voice.submit(other, note, "ฉบับของอีกคน")
    seen = client_of(typist).get(f"/typing/{note.id}").text
    assert TEXT in seen and "ฉบับของอีกคน" not in seen
    assert TEXT not in client_of(factories.user()).get(f"/typing/{note.id}").text


def test_what_another_has_accepted_asks_nobody_any_more(
    draft: Entry, recorder: User, typist: User, client_of: Callable
) -> None:
    note, office = queued(recorder, draft), client_of(factories.facilitator())
    posted(client_of(typist), f"/typing/{note.id}", text=TEXT, action="submit")
    bell = "แจ้งเตือนใหม่"
    assert bell in office.get("/").text
    assert (
        posted(client_of(factories.facilitator()), f"/typing/{note.id}/approval", text=TEXT)[0]
        == 200
    )
    assert bell not in office.get("/").text
    assert "มีผู้ตรวจรับข้อความไปแล้ว" in office.get(f"/typing/{note.id}").text
    status, page = posted(office, f"/typing/{note.id}/approval", text=f"{TEXT} และแก้ไว้")
    assert status == 404 and "และแก้ไว้" in page, "what was mended stands there to be copied"


@pytest.mark.parametrize("who", ["facilitator", "speaker"])
def test_pressed_twice_an_approval_answers_as_the_first_time(
    draft: Entry, recorder: User, typist: User, client_of: Callable, who: str
) -> None:
    stream = io.BytesIO(sounds.webm())
    upload = uploads.receive(recorder, name="a.webm", stream=stream, kind=UploadKind.VOICE)
    worker.run_due()
    note = voice.attach(recorder, draft, About(f"@{recorder.username}"), upload.id)
    note = voice.queue(recorder, voice.note_consent(recorder, note, AGREED))
    voice.submit(typist, note, TEXT)
    desk = client_of(recorder if who == "speaker" else factories.facilitator())

    answers = [posted(desk, f"/typing/{note.id}/approval", text=TEXT) for _press in range(2)]

    assert [status for status, _page in answers] == [200, 200]
    assert all("ใส่ข้อความลงในเนื้อหาแล้ว" in page for _status, page in answers)
    assert draft_body(draft).count(TEXT) == 1
    status, page = posted(desk, f"/typing/{note.id}/approval", text=f"{TEXT} และแก้ไว้")
    assert status in (403, 404) and "และแก้ไว้" in page, "another text is not taken for the first"


def test_the_ways_back(draft: Entry, recorder: User, typist: User, client_of: Callable) -> None:
    note, desk, helper = queued(recorder, draft), client_of(recorder), client_of(typist)
    for way in ("withdrawal", "removal", "queue", "consent"):
        assert posted(helper, f"/typing/{note.id}/{way}")[0] in (403, 422)
    assert posted(desk, f"/typing/{note.id}/withdrawal", ends_consent="1")[0] == 200
    assert (note.state, note.consent) == (VoiceState.KEPT, None)
    status, page = posted(desk, f"/typing/{note.id}/removal")
    assert status == 200 and f"/typing/{note.id}" not in page
    assert desk.get(f"/typing/{note.id}/sound").status_code == 404


# -- nobody else -------------------------------------------------------------------------------

STATES = ("kept", "queued", "typed", "approved", "gone with the draft")


def in_state(state: str, recorder: User, draft: Entry, typist: User) -> VoiceNote:
    if state == "kept":
        return kept(recorder, draft)
    if state == "queued":
        return queued(recorder, draft)
    note = typed(recorder, draft, typist)
    if state == "approved":
        voice.approve(factories.facilitator(), note, TEXT)
    if state.startswith("gone"):
        lifecycle.bin_entry(recorder, draft)
    return note


@pytest.mark.parametrize("state", STATES)
def test_a_stranger_finds_no_door(
    app: Flask, draft: Entry, recorder: User, typist: User, client_of: Callable, state: str
) -> None:
    note = in_state(state, recorder, draft, typist)
    while indexing.catch_up():
        pass
    stranger, member = app.test_client(), client_of(factories.user())
    upload = note.upload
    own = [f"/typing/{note.id}", f"/typing/{note.id}/sound", f"/typing/{note.id}/consent"]
    hidden = [f"/entries/{draft.number}/voice", f"/uploads/{upload.id}"]
    hidden += [f"/uploads/{upload.id}/{upload.name}", f"/uploads/{upload.id}/edit"]
    for path in (*own, *hidden):
        answer = stranger.get(path)
        assert answer.status_code in (302, 404), path
        assert b"\0\0\0" not in answer.data and SPEAKER not in answer.text
    open_to_members = state in ("queued", "typed")
    for path in own[:2]:
        assert member.get(path).status_code == (200 if open_to_members else 404), path
    for path in hidden:
        assert member.get(path).status_code == 404, path
    if state in ("typed", "approved"):
        assert TEXT not in member.get(f"/typing/{note.id}").text
    for path in ("/typing", "/search?q=กองปุ๋ยข้างครัว", "/feed.atom", "/notifications"):
        assert TEXT not in member.get(path).text, path
    for path in ("", "/claim", "/approval", "/refusal", "/withdrawal", "/removal", "/queue"):
        status, _page = posted(member, f"/typing/{note.id}{path}", text=TEXT)
        expected = {200, 403, 409} if open_to_members else {404}
        assert status in expected, path
