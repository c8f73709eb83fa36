"""Reading the log of deeds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.db import db
from app.errors import NotFound
from app.models import Audit, Community, Entry, Program, Report, User
from app.vocabulary import AuditAction, ReportStatus

#: What a target of the log means: its first word -> (table, column for the address, for the name).
#: Titles of entries are left out: the log is read by people who may not read every draft.
TARGETS: dict[str, tuple[Any, Any, Any]] = {
    "entry": (Entry, Entry.number, Entry.number),
    "user": (User, User.username, User.display_name),
    "community": (Community, Community.slug, Community.name),
    "program": (Program, Program.slug, Program.name),
}


def logged(
    *, action: AuditAction | None = None, actor_id: int | None = None, limit: int, offset: int = 0
) -> list[Audit]:
    """Deeds, the last first, each with who did it."""
    query = (
        _filtered(action, actor_id)
        .options(joinedload(Audit.actor))
        .order_by(Audit.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return list(db.session.scalars(query).unique())


def count_logged(*, action: AuditAction | None = None, actor_id: int | None = None) -> int:
    """How many deeds ``logged`` would give in all."""
    query = sa.select(sa.func.count()).select_from(_filtered(action, actor_id).subquery())
    return db.session.scalar(query) or 0


def deeds_at(target: str, *, limit: int = 20) -> list[Audit]:
    """What was done to one target ("word:7"), the last first, each with who did it."""
    query = (
        sa.select(Audit)
        .where(Audit.target == target)
        .options(joinedload(Audit.actor))
        .order_by(Audit.id.desc())
        .limit(limit)
    )
    return list(db.session.scalars(query).unique())


def _filtered(action: AuditAction | None, actor_id: int | None) -> sa.Select[Audit]:
    query = sa.select(Audit)
    if action is not None:
        query = query.where(Audit.action == action)
    if actor_id is not None:
        query = query.where(Audit.actor_id == actor_id)
    return query


def names_of_targets(targets: Iterable[str]) -> dict[str, tuple[str, str]]:
    """{"user:7": (what its address ends in, its name)} for the targets that still exist."""
    ids: dict[str, set[int]] = {}
    for target in targets:
        word, _colon, number = target.partition(":")
        if word in TARGETS and number.isdecimal():
            ids.setdefault(word, set()).add(int(number))
    found: dict[str, tuple[str, str]] = {}
    for word, wanted in ids.items():
        table, address, name = TARGETS[word]
        columns = (table.id, address.label("address"), name.label("name"))
        for row in db.session.execute(sa.select(*columns).where(table.id.in_(wanted))):
            found[f"{word}:{row.id}"] = (str(row.address), str(row.name))
    return found


def count_reports(status: ReportStatus = ReportStatus.OPEN) -> int:
    query = sa.select(sa.func.count(Report.id)).where(Report.status == status)
    return db.session.scalar(query) or 0


def get_report(report_id: int) -> Report:
    """One report; NotFound when there is none."""
    report = db.session.get(Report, report_id)
    if report is None:
        raise NotFound(f"no report {report_id}")
    return report
