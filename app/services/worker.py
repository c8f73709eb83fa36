"""What goes on beside the requests: indexing, jobs, counts.

Every serving process runs this loop in a thread.  One of them, elected by a lock on a
file in the data folder, writes the index and runs the jobs; the others reopen the index
when it has moved.  When the elected one dies the system releases its lock and another
takes over at its next turn.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.db import db
from app.errors import SearchUnavailable
from app.models import Job
from app.search.engine import IndexUnusable
from app.services import (
    changes,
    entries,
    form_tokens,
    indexing,
    jobs,
    mailing,
    reading,
    searches,
    throttles,
)
from app.services.election import Election
from app.vocabulary import JobKind

log = logging.getLogger(__name__)

#: Seconds between two looks at the change log: a saved text is found within a second.
PAUSE_S = 0.2
#: After failures the pause grows to this: a full disk is not met five times a second.
LONGEST_PAUSE_S = 30.0
#: Seconds between two writings of read counts.
FLUSH_S = 5.0
#: Seconds between two sweeps of old counts.
SWEEP_S = 3600.0

#: kind of job -> what runs it; add a line for a new kind.
HANDLERS: dict[JobKind, Callable[[Job], None]] = {
    JobKind.MAIL: lambda job: mailing.send(job.payload),
    JobKind.RERENDER: lambda job: entries.rerender(int(job.payload["entry"])),
}


def run_forever(app: Flask, stop: threading.Event) -> None:
    """The loop of a serving process, until ``stop`` is set; then counts are written."""
    election = Election(Path(app.config["DATA_DIR"]))
    flushed = swept = time.monotonic()
    pause = PAUSE_S
    with app.app_context():
        while not stop.wait(pause):
            went_well = guarded(lambda: turn(leads=election.won()))
            pause = PAUSE_S if went_well else min(2 * pause, LONGEST_PAUSE_S)
            if time.monotonic() - flushed > FLUSH_S:
                guarded(reading.flush)
                guarded(searches.flush)
                flushed = time.monotonic()
            if election.won() and time.monotonic() - swept > SWEEP_S:
                guarded(sweep)
                swept = time.monotonic()
        guarded(reading.flush)
        guarded(searches.flush)
        election.resign()


def turn(*, leads: bool) -> int:
    """One look at the change log and the jobs; returns what was done."""
    if not leads:
        reopen_index()
        return 0
    try:
        done = follow_changes()
    finally:  # mail does not wait for an index that cannot be written
        ran = run_due()
    return done + ran


def follow_changes() -> int:
    """Write into the index what it lacks; returns how many changes."""
    handle = indexing.handle()
    done = 0
    try:
        engine = handle.engine()
        handle.learn_words()
        while applied := indexing.catch_up():
            done += applied
        engine.maintain()
    except (SearchUnavailable, IndexUnusable, OSError) as cause:
        log.warning("the index is built anew: %s", cause)
        handle.replace(None)
        indexing.rebuild()
        done += 1
    return done


def reopen_index() -> None:
    """Answer from what the elected process has written."""
    handle = indexing.handle()
    try:
        engine = handle.engine()
        handle.learn_words()
        engine.refresh()
    except (SearchUnavailable, IndexUnusable, OSError):
        handle.replace(None)


def run_due(limit: int = 50) -> int:
    """Run waiting jobs; a failing job is put back, not dropped.  Returns jobs done."""
    done = 0
    for job in jobs.due(limit):
        job_id, run_at = job.id, job.run_at
        try:
            HANDLERS[job.kind](job)
        except Exception as error:  # boundary: one bad job must not stop the queue
            log.exception("job %s failed", job_id)
            db.session.rollback()
            jobs.fail(job_id, error)
        else:
            jobs.finish(job_id, run_at)
            done += 1
    return done


def sweep() -> None:
    """Forget what is only needed for a while."""
    reading.sweep()
    searches.sweep()
    throttles.sweep()
    changes.sweep()
    form_tokens.sweep()


def guarded(step: Callable[[], object]) -> bool:
    """Run one step of the loop; a failure is logged and the loop goes on.  Whether it worked."""
    try:
        step()
        return True
    except SQLAlchemyError as error:
        log.warning("the database did not answer: %s", error.__class__.__name__)
    except Exception:  # boundary: the loop of a serving process must not die
        log.exception("a step of the worker failed")
    finally:
        db.session.remove()
    return False
