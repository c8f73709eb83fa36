"""Counting readers, following the change log, healing the index, sending mail."""

from __future__ import annotations

import shutil
import socket
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

import config
from app import create_app
from app.db import db, transaction
from app.mail import Message, SmtpMailer
from app.models import Job
from app.search.query import SearchQuery
from app.services import indexing, jobs, lifecycle, reading, searching, worker
from app.vocabulary import JobKind, JobState, Status
from tests import factories

FIREFOX = {"User-Agent": "one"}


def found(text: str, viewer=None) -> list[int]:
    page = searching.search(viewer, SearchQuery(text=text))
    return [hit.entry.number for hit in page.found]


def test_a_reader_counts_once_a_day_and_the_author_never(app, client, sign_in):
    author = factories.writer()
    entry = factories.post(author)

    for _ in range(5):
        client.get(f"/posts/{entry.number}", headers=FIREFOX)
    client.get(f"/posts/{entry.number}", headers={"User-Agent": "two"})
    mine = sign_in(app.test_client(), author)
    mine.get(f"/posts/{entry.number}", headers={"User-Agent": "three"})
    reading.flush()
    client.get(f"/posts/{entry.number}", headers=FIREFOX)
    reading.flush()

    db.session.refresh(entry)
    assert entry.reads == 2


def test_a_saved_entry_is_found_after_one_turn(app):
    entry = factories.post(title="หอยนางรมปากน้ำ")
    worker.turn(leads=True)

    assert found("นางรม") == [entry.number]


def test_a_hidden_entry_leaves_hits_and_counts_before_the_index_follows(app):
    entry = factories.post(title="กะปิเคยตาดำ")
    worker.turn(leads=True)
    lifecycle.hide(factories.moderator(), entry, reason="ลอง")

    page = searching.search(None, SearchQuery(text="เคยตาดำ"))

    assert (page.total, page.found) == (0, [])


def test_the_author_finds_an_own_draft_and_nobody_else_does(app):
    author = factories.writer()
    draft = factories.post(author, title="ร่างเรื่องลูกประ", status=Status.DRAFT)
    worker.turn(leads=True)

    assert found("ลูกประ", author) == [draft.number]
    assert found("ลูกประ", factories.writer()) == []
    assert found("ลูกประ") == []


def damage_nothing(folder: Path) -> None:
    shutil.rmtree(folder)


def damage_files(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_bytes(b"\x80\x04broken")


def damage_half(folder: Path) -> None:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.stat().st_size > 64:
            file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize(
    "damage", [damage_nothing, damage_files, damage_half], ids=["deleted", "foreign", "cut"]
)
def test_a_lost_index_answers_from_the_database_and_heals_by_itself(app, client, damage):
    entry = factories.post(title="แกงไตปลาของยาย")
    worker.turn(leads=True)
    indexing.handle().replace(None)
    damage(Path(app.config["DATA_DIR"]) / "search_index")

    page = client.get("/search?q=ไตปลา")
    assert page.status_code == 200
    assert entry.title in page.get_data(as_text=True).replace("<mark>", "").replace("</mark>", "")

    worker.turn(leads=True)
    healed = searching.search(None, SearchQuery(text="ไตปลา"))
    assert [hit.entry.number for hit in healed.found] == [entry.number]
    assert not healed.is_from_database


def test_an_index_taken_away_while_it_is_open_heals_without_a_new_text(app):
    entry = factories.post(title="แกงไตปลาของยาย")
    worker.turn(leads=True)
    shutil.rmtree(Path(app.config["DATA_DIR"]) / "search_index")

    worker.turn(leads=True)

    assert (Path(app.config["DATA_DIR"]) / "search_index" / "CURRENT").exists()
    assert found("ไตปลา") == [entry.number]


def test_a_failing_job_is_put_back_and_the_next_one_runs(app, monkeypatch):
    entry = factories.post()
    with transaction():
        jobs.enqueue(JobKind.MAIL, "mail:broken", {"to": "somebody@example.org"})  # no subject
        jobs.enqueue(JobKind.RERENDER, f"rerender:{entry.id}", {"entry": entry.id})

    assert worker.run_due() == 1

    left = db.session.query(Job).one()
    assert (left.key, left.attempts, left.state) == ("mail:broken", 1, JobState.WAITING)
    assert "KeyError" in left.error


def test_without_a_mail_server_mail_is_kept_for_administrators(app):
    with transaction():
        jobs.enqueue(
            JobKind.MAIL,
            "mail:one",
            {"to": "somebody@example.org", "subject": "สวัสดี", "text": "ทดลอง"},
        )

    worker.run_due()

    kept = list((Path(app.config["INSTANCE_DIR"]) / "outbox").glob("*.eml"))
    assert len(kept) == 1
    assert b"somebody@example.org" in kept[0].read_bytes()


class Inbox:
    """What a real SMTP server received."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope.content)
        return "250 OK"


def test_mail_goes_out_by_smtp():
    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{port}", sender="no-reply@example.org")
        mailer.send(Message(to="somebody@example.org", subject="สรุปรายสัปดาห์", text="มีเรื่องใหม่"))
    finally:
        server.stop()

    assert len(inbox.mails) == 1
    assert b"Subject: =?utf-8?" in inbox.mails[0]


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("smtp://desk%40example.org:hidden@mail.example.org", "desk@example.org"),
        ("smtp://desk:hidden@mail.example.org", "no-reply@nakhon.example"),
        (None, "no-reply@nakhon.example"),
    ],
)
def test_mail_comes_from_the_account_that_sends_it(app, url, sender):
    """Most mail servers refuse another sender than the one who logged in."""
    site = config.Test(
        DATA_DIR=app.config["DATA_DIR"], SITE_URL="https://nakhon.example", MAIL_URL=url
    )
    assert create_app(site).extensions["mailer"].sender == sender
