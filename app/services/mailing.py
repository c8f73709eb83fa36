"""Mail leaves from the outbox: a job written with its cause, sent by the elected process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import current_app

from app.mail import Message
from app.models import User
from app.services import jobs
from app.vocabulary import JobKind


def enqueue(key: str, *, to: User, subject: str, text: str) -> None:
    """Ask for a mail to somebody who gave an address; nothing for those who gave none."""
    if to.email:
        jobs.enqueue(
            JobKind.MAIL, f"mail:{key}", {"to": to.email, "subject": subject, "text": text}
        )


def send(payload: Mapping[str, Any]) -> None:
    """Hand one mail to the mailer of this site."""
    message = Message(
        to=str(payload["to"]), subject=str(payload["subject"]), text=str(payload["text"])
    )
    current_app.extensions["mailer"].send(message)
