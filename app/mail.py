"""Outgoing mail: SMTP where MAIL_URL names a server, otherwise files in an outbox folder."""

from __future__ import annotations

import smtplib
import ssl
import uuid
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from flask import Flask

from app.clock import now

#: Seconds to wait for a mail server before the job is put back.
TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, as plain text."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    def send(self, message: Message) -> None:
        """Send, or raise OSError or smtplib.SMTPException."""


class OutboxMailer:
    """Keeps every mail as a file that administrators can read; sends nothing."""

    def __init__(self, folder: Path, *, sender: str) -> None:
        self.folder, self.sender = folder, sender

    def send(self, message: Message) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{now():%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}.eml"
        (self.folder / name).write_bytes(envelope(message, sender=self.sender).as_bytes())


class SmtpMailer:
    """Sends through ``smtp://user:pass@host:587`` (STARTTLS when offered) or ``smtps://``."""

    def __init__(self, url: str, *, sender: str) -> None:
        self.parts, self.sender = urlsplit(url), sender

    def send(self, message: Message) -> None:
        host, secure = self.parts.hostname or "localhost", self.parts.scheme == "smtps"
        opener = smtplib.SMTP_SSL if secure else smtplib.SMTP
        with opener(host, self.parts.port or (465 if secure else 587), timeout=TIMEOUT_S) as server:
            if not secure and server.has_extn("starttls"):
                server.starttls(context=ssl.create_default_context())
            if self.parts.username:
                server.login(unquote(self.parts.username), unquote(self.parts.password or ""))
            server.send_message(envelope(message, sender=self.sender))


def envelope(message: Message, *, sender: str) -> EmailMessage:
    """The mail with its headers; Thai subjects are encoded by the standard library."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, message.to, message.subject
    mail["Date"], mail["Message-ID"] = (
        formatdate(),
        make_msgid(domain=sender.rpartition("@")[2] or None),
    )
    mail.set_content(message.text)
    return mail


def init_app(app: Flask) -> None:
    """Keep the mailer of this site at ``app.extensions["mailer"]``."""
    app.extensions["mailer"] = make_mailer(
        app.config["MAIL_URL"] or "",
        outbox=Path(app.config["INSTANCE_DIR"]) / "outbox",
        sender=app.config["MAIL_SENDER"],
    )


def make_mailer(url: str, *, outbox: Path, sender: str) -> Mailer:
    """The mailer for a MAIL_URL (empty: the outbox)."""
    return SmtpMailer(url, sender=sender) if url else OutboxMailer(outbox, sender=sender)
