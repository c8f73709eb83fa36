"""Voice notes: kept with a draft, typed by others with consent, text only when approved."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
import time_machine
from flask import Flask
from flask_babel import force_locale

from app.clock import now
from app.db import db, end_read, transaction
from app.errors import AlreadyTaken, Forbidden, Invalid, NotFound
from app.models import Autosave, Entry, Notice, Upload, User, VoiceNote
from app.policy import Permission, can
from app.queries import entries as entry_queries
from app.queries import notices as notice_queries
from app.queries import uploads as upload_queries
from app.queries import voice as queries
from app.services import (
    attaching,
    autosaves,
    bin,
    blacking_out,
    drafts,
    lifecycle,
    limiting,
    notices,
    upload_files,
    uploads,
    voice,
    worker,
    writing,
)
from app.services.form_tokens import Sent
from app.services.telling import Consent
from app.services.voice import About
from app.text import forum as forum_text
from app.text import lesson as lesson_text
from app.text.masking import MASK
from app.vocabulary import (
    ConsentKind,
    LessonForm,
    LimitedTo,
    NoticeKind,
    Status,
    UploadKind,
    UploadState,
    VoiceState,
)
from tests import factories
from tests.support import sounds

AGREED = Consent(kind=ConsentKind.SPOKEN, day=date(2026, 1, 5), taken_by="ตัวอย่าง คนจด")
SPEAKER = "นางตัวอย่าง ใจดี"
TEXT = "แต่ก่อนเรากองปุ๋ยไว้ท้ายสวน\n\nพอย้ายมาข้างครัวก็ได้ทำทุกวัน"


@pytest.fixture
def recorder(app: Flask) -> User:
    return factories.writer()


@pytest.fixture
def draft(recorder: User) -> Entry:
    return factories.post(recorder, status=Status.DRAFT, tellers=(SPEAKER,))


@pytest.fixture
def typist(app: Flask) -> User:
    return factories.user()


def sent(owner: User, content: bytes | None = None) -> Upload:
    stream = io.BytesIO(content or sounds.webm())
    upload = uploads.receive(owner, name="เสียง.webm", stream=stream, kind=UploadKind.VOICE)
    worker.run_due()
    return upload


def kept(owner: User, entry: Entry, speaker: str = SPEAKER) -> VoiceNote:
    return voice.attach(owner, entry, About(speaker), sent(owner).id)


def queued(owner: User, entry: Entry) -> VoiceNote:
    note = voice.note_consent(owner, kept(owner, entry), AGREED)
    return voice.queue(owner, note)


def typed(owner: User, entry: Entry, by: User) -> VoiceNote:
    return voice.submit(by, queued(owner, entry), TEXT)


def told(user: User) -> list[NoticeKind]:
    return [notice.kind for notice in notice_queries.inbox_of(user)]


# -- with the draft ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sounds.GOOD)
def test_every_kind_is_kept_without_what_it_told(app: Flask, recorder: User, kind: str) -> None:
    content, seconds, mime = sounds.GOOD[kind]
    upload = sent(recorder, content())
    assert (upload.state, upload.mime) == (UploadState.READY, mime)
    assert upload.seconds == round(seconds)
    assert sounds.SECRET not in upload_files.file_of(upload.sha256).read_bytes()


def test_attached_twice_it_is_one_note(recorder: User, draft: Entry) -> None:
    upload = sent(recorder)
    first = voice.attach(recorder, draft, About(SPEAKER, "ใต้"), upload.id)
    assert voice.attach(recorder, draft, About(SPEAKER), upload.id).id == first.id
    assert (first.state, first.language) == (VoiceState.KEPT, "ใต้")
    assert [note.id for note in queries.of_entry(draft)] == [first.id]


def test_nobody_attaches_what_is_not_theirs_or_no_recording(recorder: User, draft: Entry) -> None:
    other = factories.writer()
    with pytest.raises(NotFound):
        voice.attach(recorder, draft, About(SPEAKER), sent(other).id)
    with pytest.raises(Forbidden):
        voice.attach(other, draft, About(SPEAKER), sent(other).id)
    with pytest.raises(Invalid):
        voice.attach(recorder, draft, About(" "), sent(recorder).id)


def test_a_public_text_takes_no_recording(recorder: User) -> None:
    with pytest.raises(Forbidden):
        kept(recorder, factories.post(recorder))


def test_a_recording_comes_into_no_text_as_a_photo_does(recorder: User, draft: Entry) -> None:
    upload = sent(recorder)
    body = f"![เสียง](upload:{upload.id})"
    entry = factories.post(recorder, body=body)
    attaching.list_beneath(recorder, entry, [upload.id])
    assert upload_queries.used_by(entry) == []
    assert not upload_queries.may_see(factories.user(), upload)


# -- the queue ---------------------------------------------------------------------------------


def test_without_consent_it_stays_with_the_draft(recorder: User, draft: Entry) -> None:
    note = kept(recorder, draft)
    with pytest.raises(Invalid):
        voice.queue(recorder, note)
    assert queries.to_be_typed() == []
    voice.queue(recorder, voice.note_consent(recorder, note, AGREED))
    assert [one.id for one in queries.to_be_typed()] == [note.id]
    assert note.consent == AGREED.kept()


def test_the_queue_stands_by_age(recorder: User, draft: Entry) -> None:
    first, second = kept(recorder, draft), queued(recorder, draft)
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        voice.queue(recorder, voice.note_consent(recorder, first, AGREED))
        assert [one.id for one in queries.to_be_typed()] == [second.id, first.id]


#: who -> may (hear a kept one, hear a queued one, see the text that waits, approve it)
RIGHTS = {
    "nobody": (False, False, False, False),
    "another member": (False, True, False, False),
    "writer of the place": (False, True, False, False),
    "facilitator here": (False, True, True, True),
    "facilitator elsewhere": (False, True, False, False),
    "administrator": (False, True, False, False),
    "typist": (False, True, True, False),
    "recorder": (True, True, True, False),
    "teller": (True, True, True, True),
}


@pytest.mark.parametrize("who", RIGHTS)
def test_who_hears_reads_and_approves(app: Flask, recorder: User, typist: User, who: str) -> None:
    teller = factories.user()
    draft = factories.post(recorder, status=Status.DRAFT, tellers=(f"@{teller.username}",))
    person = {
        "nobody": lambda: None,
        "another member": factories.user,
        "writer of the place": factories.writer,
        "facilitator here": factories.facilitator,
        "facilitator elsewhere": lambda: factories.facilitator("tambon-karo"),
        "administrator": factories.admin,
        "typist": lambda: typist,
        "recorder": lambda: recorder,
        "teller": lambda: teller,
    }[who]()
    hears_kept, hears_queued, reads, approves = RIGHTS[who]
    one, other = kept(recorder, draft), typed(recorder, draft, typist)
    assert can(person, Permission.VOICE_HEAR, one) is hears_kept
    assert can(person, Permission.VOICE_HEAR, other) is hears_queued
    assert can(person, Permission.VOICE_READ, other) is reads
    assert can(person, Permission.VOICE_APPROVE, other) is approves
    if person is not None:
        assert (other in queries.to_be_approved(person)) is approves


def test_whoever_speaks_in_it_approves_also_when_the_draft_names_no_teller(
    recorder: User, typist: User
) -> None:
    draft = factories.post(recorder, status=Status.DRAFT)
    note = kept(recorder, draft, f"@{recorder.username}")
    assert (note.speaker, note.speaker_id) == (recorder.display_name, recorder.id)
    voice.queue(recorder, voice.note_consent(recorder, note, AGREED))
    voice.submit(typist, note, TEXT)
    voice.approve(recorder, note, TEXT)
    assert note.state is VoiceState.APPROVED


@pytest.mark.parametrize("status", [Status.HIDDEN, Status.BINNED])
def test_with_its_draft_it_leaves_the_queue_and_comes_back(
    recorder: User, draft: Entry, typist: User, status: Status
) -> None:
    note = queued(recorder, draft)
    if status is Status.BINNED:
        lifecycle.bin_entry(recorder, draft)
    else:
        lifecycle.hide(factories.moderator(), draft, reason="ทดลอง")
    assert queries.to_be_typed() == []
    assert not can(typist, Permission.VOICE_HEAR, note)
    with pytest.raises(Forbidden):
        voice.submit(typist, note, TEXT)
    if status is Status.BINNED:
        lifecycle.restore(recorder, draft)
        assert [one.id for one in queries.to_be_typed()] == [note.id]


def test_erased_with_its_draft_nothing_of_it_is_left_in_the_queue(
    recorder: User, draft: Entry, typist: User
) -> None:
    note = queued(recorder, draft)
    typed(recorder, draft, typist)
    upload_id, file = note.upload_id, upload_files.file_of(note.upload.sha256)
    assert file.is_file()
    lifecycle.bin_entry(recorder, draft)
    soon = now() + timedelta(days=bin.KEPT_DAYS - 1)
    with time_machine.travel(soon, tick=False):
        lifecycle.restore(recorder, draft)
        voice.keep(typist, note, [("text", "พิมพ์ไว้ครึ่ง")])
        autosaves.keep(recorder, str(draft.number), [("body", TEXT)], entry=draft)
        lifecycle.bin_entry(recorder, draft)
    with time_machine.travel(soon + timedelta(days=bin.KEPT_DAYS + 1), tick=False):
        assert bin.empty() == 1
        worker.run_due()
    for table in (VoiceNote, Autosave, Notice):
        assert db.session.scalars(db.select(table)).all() == [], table
    assert not file.exists()
    assert db.session.get(Upload, upload_id).state is UploadState.WITHDRAWN


def test_consent_taken_back_ends_the_hearing_at_once(
    recorder: User, draft: Entry, typist: User
) -> None:
    note = queued(recorder, draft)
    voice.keep(typist, note, [("text", "พิมพ์ไว้ครึ่ง")])
    voice.take_back(recorder, note, ends_consent=True)
    assert note.consent is None and note.state is VoiceState.KEPT
    assert not can(typist, Permission.VOICE_HEAR, note)
    assert autosaves.of(typist, autosaves.form_of(note)) is None
    with pytest.raises(Forbidden):
        voice.take_back(typist, note)


def test_a_facilitator_takes_a_bad_one_out_of_the_queue(recorder: User, draft: Entry) -> None:
    note = queued(recorder, draft)
    voice.take_back(factories.facilitator(), note)
    assert note.state is VoiceState.KEPT and note.consent == AGREED.kept()


def test_deleted_its_bytes_are_gone(recorder: User, draft: Entry) -> None:
    note = queued(recorder, draft)
    file = upload_files.file_of(note.upload.sha256)
    assert file.is_file()
    voice.remove(recorder, note)
    worker.run_due()
    assert not file.exists()
    assert list(queries.of_entry(draft)) == []


def test_bytes_go_only_when_the_deletion_is_sure(
    recorder: User, draft: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleting fails half-way (the database goes away): nothing is deleted, says the page."""
    note = kept(recorder, draft)
    sha256 = note.upload.sha256

    def broken(_note) -> None:
        raise RuntimeError("the database went away")

    monkeypatch.setattr(notices, "forget_voice", broken)
    with pytest.raises(RuntimeError):
        voice.remove(recorder, note)

    end_read()
    assert db.session.get_one(VoiceNote, note.id).upload.state is UploadState.READY
    assert upload_files.file_of(sha256).is_file()


def test_no_note_is_taken_for_one_that_was_deleted(
    recorder: User, draft: Entry, typist: User
) -> None:
    stays, gone = typed(recorder, draft, typist), typed(recorder, draft, typist)
    facilitator = factories.facilitator()
    for note in (stays, gone):
        voice.send_back(facilitator, note, reason="ฟังอีกครั้ง")
    number = gone.id
    voice.remove(recorder, gone)
    assert [one.words["voice"] for one in notice_queries.inbox_of(typist)] == [stays.id]
    assert kept(recorder, draft).id > number


def test_withdrawn_among_ones_files_it_is_nowhere_to_be_heard(
    recorder: User, draft: Entry, typist: User
) -> None:
    note = queued(recorder, draft)
    uploads.withdraw(recorder, note.upload)
    assert queries.to_be_typed() == []
    with pytest.raises(NotFound):
        voice.submit(typist, note, TEXT)


# -- typing ------------------------------------------------------------------------------------


def test_one_types_while_the_others_wait_and_nobody_holds_it_for_ever(
    recorder: User, draft: Entry, typist: User
) -> None:
    note, other = queued(recorder, draft), factories.user()
    voice.claim(typist, note)
    for try_ in (voice.claim, lambda who, it: voice.submit(who, it, TEXT)):
        with pytest.raises(AlreadyTaken):
            try_(other, note)
    later = now() + voice.CLAIMED_FOR
    with time_machine.travel(later - timedelta(minutes=1), tick=False):
        voice.keep(typist, note, [("text", "ยังพิมพ์อยู่")])
    with time_machine.travel(later + timedelta(minutes=1), tick=False):
        assert not voice.is_free(note, other), "typing goes on"
        voice.release(typist, note)
        voice.claim(other, note)
    with time_machine.travel(later + voice.CLAIMED_FOR * 2, tick=False):
        voice.submit(typist, note, TEXT)
        assert note.typist_id == typist.id


def test_what_is_typed_is_kept_for_its_typist_alone(
    recorder: User, draft: Entry, typist: User
) -> None:
    note = queued(recorder, draft)
    voice.keep(typist, note, [("text", "พิมพ์ไว้ครึ่ง")])
    assert voice.kept_text(typist, note) == "พิมพ์ไว้ครึ่ง"
    assert voice.kept_text(factories.user(), note) == ""
    voice.submit(typist, note, TEXT)
    assert autosaves.of(typist, autosaves.form_of(note)) is None


def test_sent_twice_over_a_bad_line_it_arrives_once(
    recorder: User, draft: Entry, typist: User
) -> None:
    note, press = queued(recorder, draft), Sent("token-of-form", "1")
    for _time in range(2):
        voice.submit(typist, note, TEXT, sent=press)
    facilitator = factories.facilitator()
    voice.send_back(facilitator, note, reason="ฟังตอนท้ายอีกครั้ง")
    voice.submit(typist, note, TEXT, sent=press)
    assert note.state is VoiceState.QUEUED, "the old press means the old text"


@pytest.mark.parametrize("text", ["", " \n ", "\u200b", "ก" * (voice.MOST_TEXT + 1)])
def test_an_empty_or_endless_text_is_not_taken(
    recorder: User, draft: Entry, typist: User, text: str
) -> None:
    with pytest.raises(Invalid):
        voice.submit(typist, queued(recorder, draft), text)


# -- approving ---------------------------------------------------------------------------------


def test_approved_it_is_a_paragraph_and_its_typist_is_named(
    recorder: User, draft: Entry, typist: User
) -> None:
    facilitator = factories.facilitator()
    before = draft.body
    note = typed(recorder, draft, typist)
    assert TEXT not in draft.body
    assert told(facilitator) == [NoticeKind.VOICE_TYPED]
    with force_locale("en"):
        entry = voice.approve(facilitator, note, TEXT + " (แก้แล้ว)")
    assert entry.body == f"{before}\n\n{TEXT} (แก้แล้ว)"
    assert entry.status is Status.DRAFT
    newest = entry_queries.get_revision(recorder, entry, entry.revision_number)
    assert newest.author_id == typist.id
    assert newest.note == f"เสียงเล่าของ {SPEAKER} พิมพ์โดย {typist.display_name}"
    assert queries.typists_of(entry) == [typist]
    assert told(typist) == [NoticeKind.VOICE_APPROVED]
    assert NoticeKind.VOICE_APPROVED in told(recorder)
    with pytest.raises(Forbidden):
        voice.approve(facilitator, note, TEXT)


def test_sent_back_its_typist_finds_reason_and_text(
    recorder: User, draft: Entry, typist: User
) -> None:
    note, facilitator = typed(recorder, draft, typist), factories.facilitator()
    with pytest.raises(Invalid):
        voice.send_back(facilitator, note, reason=" ")
    voice.send_back(facilitator, note, reason="ฟังตอนท้ายอีกครั้ง")
    assert [one.id for one in queries.to_be_typed()] == [note.id]
    assert voice.kept_text(typist, note) == TEXT
    assert told(typist) == [NoticeKind.VOICE_SENT_BACK]
    voice.submit(typist, note, TEXT + " จบ")
    assert (note.state, note.reason) == (VoiceState.TYPED, "")


def test_the_text_that_was_sent_back_outlives_the_next_typist(
    recorder: User, draft: Entry, typist: User
) -> None:
    """Its typist is asked to mend it; meanwhile somebody else types the same recording."""
    note = typed(recorder, draft, typist)
    voice.send_back(factories.facilitator(), note, reason="ขาดตอนท้าย")
    other = factories.user()
    voice.submit(other, note, "ฉบับของอีกคน")

    assert voice.kept_text(typist, note) == TEXT
    assert voice.kept_text(other, note) == note.text == "ฉบับของอีกคน"


def test_a_text_is_sent_back_also_when_its_typist_was_blocked(
    recorder: User, draft: Entry, typist: User
) -> None:
    note = typed(recorder, draft, typist)
    with transaction():
        db.session.get_one(User, typist.id).blocked_at = now()
    voice.send_back(factories.facilitator(), note, reason="ขาดตอนท้าย")
    assert note.state is VoiceState.QUEUED


def test_whoever_typed_it_does_not_approve_it(recorder: User, draft: Entry) -> None:
    facilitator = factories.facilitator()
    note = typed(recorder, draft, facilitator)
    with pytest.raises(Forbidden):
        voice.approve(facilitator, note, TEXT)


@pytest.mark.parametrize("form", [LessonForm.FULL, LessonForm.QUICK])
def test_in_a_lesson_it_stands_in_the_box_that_is_chosen(
    recorder: User, typist: User, form: LessonForm
) -> None:
    lesson = factories.lesson(recorder, status=Status.DRAFT, form=form)
    note = typed(recorder, lesson, typist)
    facilitator = factories.facilitator()
    with pytest.raises(Invalid):
        voice.approve(facilitator, note, TEXT, box="learned")
    entry = voice.approve(facilitator, note, TEXT, box="results")
    assert f"## ผลที่เกิดขึ้น\n\nทำได้ประมาณสิบบ้าน\n\n{TEXT}\n\n## " in entry.body
    assert [part.anchor for part in entry.parts if part.removed_at is None] == ["k1"]


#: What looks like the forms of lessons and forum records, and is what somebody said.
TRICKY = """คุยกันว่า

- ขุดสระ {#q9}
- ปลูกป่า {#k9}

## ข้อเรียนรู้

### ทางออก

- ข้อที่เล่าไว้ {#k1}"""


def test_in_a_forum_record_it_is_a_note_and_never_a_line(recorder: User, typist: User) -> None:
    forum = factories.forum(recorder, status=Status.DRAFT)
    before = forum_text.parse(forum.body)
    entry = voice.approve(factories.facilitator(), typed(recorder, forum, typist), TRICKY)
    after = forum_text.parse(entry.body)
    assert after.groups == before.groups
    assert after.notes == f"{before.notes}\n\n{TRICKY}".lstrip()


@pytest.mark.parametrize("box", [box.key for box in voice.BOXES])
def test_in_a_lesson_it_opens_no_other_box(recorder: User, typist: User, box: str) -> None:
    lesson = factories.lesson(recorder, status=Status.DRAFT)
    before = lesson_text.parse(lesson.body)
    note = typed(recorder, lesson, typist)
    entry = voice.approve(factories.facilitator(), note, TRICKY, box=box)
    after = lesson_text.parse(entry.body)
    assert after.parts == before.parts
    assert after.boxes == before.boxes | {box: f"{before.boxes[box]}\n\n{TRICKY}".lstrip()}


def test_a_phrase_is_blacked_out_of_what_was_typed_and_kept(recorder: User, draft: Entry) -> None:
    note, typist = queued(recorder, draft), factories.writer()
    typing = autosaves.form_of(note)
    autosaves.keep(recorder, str(draft.number), [("body", "ที่ 1-2345-67890")], entry=draft)
    autosaves.keep(typist, typing, [("text", "ว่า 1-2345-67890")], note=note)
    other = autosaves.keep(recorder, "post:a", [("body", "ร่างอื่น 1-2345-67890")])

    moderator = factories.moderator()
    assert blacking_out.black_out(moderator, draft, phrase="1-2345-67890", reason="เลข") == 2

    kept = [autosaves.of(recorder, str(draft.number)), autosaves.of(typist, typing), other]
    assert [one.fields for one in kept if one is not None] == [
        [["body", f"ที่ {MASK}"]],
        [["text", f"ว่า {MASK}"]],
        [["body", "ร่างอื่น 1-2345-67890"]],
    ]


def test_approving_a_typed_text_brings_no_blacked_out_phrase_back(
    recorder: User, draft: Entry, typist: User
) -> None:
    """The page of approval was open when the phrase was blacked out of the typed text."""
    note, secret = typed(recorder, draft, typist), "1-2345-67890"
    with transaction():
        db.session.get_one(VoiceNote, note.id).text = f"โทร {secret}"
    blacking_out.black_out(factories.moderator(), draft, phrase=secret, reason="เลข")

    made = voice.approve(factories.facilitator(), note, f"โทร {secret}")
    assert MASK in made.body and secret not in f"{made.body} {made.plain}"
    assert db.session.get_one(VoiceNote, note.id).text == f"โทร {MASK}"


def test_handing_in_a_typed_text_brings_no_blacked_out_phrase_back(
    recorder: User, draft: Entry, typist: User
) -> None:
    note, secret = queued(recorder, draft), "1-2345-67890"
    autosaves.keep(typist, autosaves.form_of(note), [("text", secret)], note=note)
    blacking_out.black_out(factories.moderator(), draft, phrase=secret, reason="เลข")
    assert voice.submit(typist, note, f"โทร {secret}").text == f"โทร {MASK}"


def test_a_text_that_was_saved_meanwhile_keeps_both(
    recorder: User, draft: Entry, typist: User
) -> None:
    note = typed(recorder, draft, typist)
    mine = drafts.draft_of(draft)
    voice.approve(factories.facilitator(), note, TEXT)
    saved = writing.save(recorder, draft, mine, base=1)
    assert TEXT in saved.body


def test_published_meanwhile_it_goes_into_the_public_text_by_those_who_edit_it(
    recorder: User, typist: User
) -> None:
    draft = factories.page(recorder, status=Status.DRAFT)
    note = typed(recorder, draft, typist)
    writing.publish(recorder, draft)
    keeper = factories.facilitator()
    limiting.limit(keeper, draft, to=LimitedTo.FACILITATORS, reason="ทดลอง")
    speaker = speaker_of(note)
    with pytest.raises(Forbidden):
        voice.approve(speaker, note, TEXT)
    assert TEXT in voice.approve(keeper, note, TEXT).body


def speaker_of(note: VoiceNote) -> User:
    """Give the voice an account."""
    speaker = factories.user()
    with transaction():
        note.speaker_id = speaker.id
    return speaker
