"""แจ้งปัญหา: readers tell what is wrong, moderators answer."""

from __future__ import annotations

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from app.clock import now
from app.db import db, transaction
from app.errors import Invalid, NotFound
from app.models import Report, User
from app.policy import Permission, ensure
from app.queries import entries as entry_queries
from app.services import audit, settings, throttles
from app.text.cleaning import clean_line, clean_text, is_blank
from app.vocabulary import AuditAction, ReportStatus

MOST_LETTERS = 4_000


def add(
    actor: User | None,
    *,
    about: str,
    text: str,
    contact: str = "",
    number: int | None = None,
    address: str = "",
) -> Report:
    """Keep a report; ``number``: the entry it is about, ``address``: for the brake only."""
    said = clean_text(text)
    if is_blank(said):
        raise Invalid({"text": [_("Tell us what is wrong.")]})
    if len(said) > MOST_LETTERS:
        raise Invalid(
            {
                "text": [
                    _("Too long: %(n)d letters; at most %(most)d.", n=len(said), most=MOST_LETTERS)
                ]
            }
        )
    with transaction() as session:
        throttles.hit(
            "report",
            address or "unknown",
            limit=int(settings.get("reports_per_hour")),
            window_s=3600,
        )
        report = Report(
            about=clean_line(about)[:500],
            text=said,
            contact=clean_line(contact)[:200],
            reporter_id=actor.id if actor is not None else None,
            created_at=now(),
        )
        if number is not None:
            report.entry_id = entry_queries.get_visible(actor, number).id
        session.add(report)
    return report


def listed(
    actor: User, *, status: ReportStatus = ReportStatus.OPEN, limit: int = 100, offset: int = 0
) -> list[Report]:
    """Reports for moderators, newest first."""
    ensure(actor, Permission.REPORTS_READ)
    query = (
        sa.select(Report)
        .where(Report.status == status)
        .options(joinedload(Report.entry), joinedload(Report.reporter))
        .order_by(Report.created_at.desc(), Report.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return list(db.session.scalars(query).unique())


def close(actor: User, report_id: int, *, outcome: str) -> Report:
    """Close a report and say what came of it."""
    if not outcome.strip():
        raise Invalid({"outcome": [_("Say what came of it.")]})
    with transaction() as session:
        ensure(actor, Permission.REPORTS_READ)
        report = session.get(Report, report_id)
        if report is None:
            raise NotFound(f"no report {report_id}")
        report.status, report.outcome = ReportStatus.CLOSED, clean_text(outcome)[:MOST_LETTERS]
        report.closed_by_id, report.closed_at = actor.id, now()
        audit.record(actor, AuditAction.REPORT_CLOSE, f"report:{report.id}", reason=report.outcome)
    return report
