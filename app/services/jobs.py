"""The outbox: work for later, asked for in the transaction of its cause.

A job is run at least once, so its handler must bear being run twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.clock import now
from app.db import db, insert, transaction
from app.models import Job
from app.vocabulary import JobKind, JobState

#: After so many failures a job waits for a person (``bin/flask jobs retry``).
MOST_ATTEMPTS = 8


def enqueue(kind: JobKind, key: str, payload: Mapping[str, Any] | None = None) -> None:
    """Ask for work; the same ``key`` asked for again while it waits is one job.

    The row stays locked until the commit, so whoever asks does so behind ``changes.append``
    where it calls that too: otherwise two savings could wait for each other.
    """
    db.session.flush()
    wanted_at = now()
    # Locked, it is not removed by a worker that has just done it.
    before = db.session.scalar(sa.select(Job.run_at).where(Job.key == key).with_for_update())
    if before is not None:
        # Another moment than before even while the clock stands: ``finish`` tells by it.
        wanted_at = max(wanted_at, before + timedelta(microseconds=1))
    asked = insert(Job).values(
        kind=kind,
        key=key,
        payload=dict(payload or {}),
        state=JobState.WAITING,
        attempts=0,
        run_at=wanted_at,
    )
    again = {name: asked.excluded[name] for name in ("payload", "state", "attempts", "run_at")}
    db.session.execute(asked.on_conflict_do_update(index_elements=[Job.key], set_=again))


def due(limit: int = 50) -> list[Job]:
    """Jobs whose time has come, oldest first.  Only the elected process calls this."""
    query = (
        sa.select(Job)
        .where(Job.state == JobState.WAITING, Job.run_at <= now())
        .order_by(Job.run_at, Job.id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def finish(job_id: int, run_at: datetime) -> None:
    """Remove a job that is done, unless it was asked for again since ``run_at`` was read."""
    with transaction() as session:
        session.execute(sa.delete(Job).where(Job.id == job_id, Job.run_at == run_at))


def fail(job_id: int, error: BaseException) -> None:
    """Put a job back with a growing pause; after MOST_ATTEMPTS it waits for a person."""
    with transaction() as session:
        job = session.get(Job, job_id)
        if job is None:
            return
        job.attempts += 1
        job.error = f"{type(error).__name__}: {error}"[:2000]
        job.run_at = now() + timedelta(seconds=min(3600, 5 * 2**job.attempts))
        if job.attempts >= MOST_ATTEMPTS:
            job.state = JobState.FAILED


def waiting_and_failed() -> list[Job]:
    """Every job, for the terminal and the health page."""
    return list(db.session.scalars(sa.select(Job).order_by(Job.state, Job.run_at)))


def retry_failed() -> int:
    """Let failed jobs run again; returns how many."""
    with transaction() as session:
        failed = session.scalars(sa.select(Job).where(Job.state == JobState.FAILED)).all()
        for job in failed:
            job.state, job.attempts, job.run_at = JobState.WAITING, 0, now()
        return len(failed)
