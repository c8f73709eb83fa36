"""What goes on beside the requests: indexing, jobs, counts.

Every serving process runs this loop in a thread.  One of them, elected by a lock on a
file in the data folder, writes the index and runs the jobs; the others reopen the index
when it has moved.  When the elected one dies the system releases its lock and another
takes over at its next turn.

A build takes minutes on a large site, so the elected process builds in a thread of its
own, and goes on following with the index in use and sending mail meanwhile.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.db import db
from app.errors import SearchUnavailable
from app.models import Job
from app.search.engine import IndexUnusable
from app.services import (
    autosaves,
    bin,
    changes,
    entries,
    form_tokens,
    indexing,
    jobs,
    mailing,
    notices,
    reading,
    rebuilding,
    renaming,
    reviews,
    searches,
    spelling,
    steps,
    throttles,
    uploads,
    writing,
)
from app.services.election import Election
from app.vocabulary import JobKind

log = logging.getLogger(__name__)

#: Seconds between two looks at the change log.  A saved text is found after two of them,
#: the writer's and the reader's.
PAUSE_S = 0.1
#: Every so many looks words and jobs are looked at too: each costs as much as the log.
WHOLE_EVERY = 2
#: After failures the pause grows to this: a full disk is not met ten times a second.
LONGEST_PAUSE_S = 30.0
#: A build that fails is tried again after this, then after twice as long, up to …
FIRST_RETRY_S, LAST_RETRY_S = 5.0, 300.0
#: An index to which so many times in a row nothing could be written is built anew.
MOST_FAILURES = 4
#: Seconds between two writings of read counts, and two looks at the words for spelling.
FLUSH_S = 5.0
#: Seconds between two sweeps of old counts.
SWEEP_S = 3600.0

#: kind of job -> what runs it; add a line for a new kind.
HANDLERS: dict[JobKind, Callable[[Job], object]] = {
    JobKind.MAIL: lambda job: mailing.send(job.payload),
    JobKind.REPAIR_LINKS: lambda job: renaming.repair(
        int(job.payload["entry"]), int(job.payload["actor"])
    ),
    JobKind.RERENDER: lambda job: entries.rerender(int(job.payload["entry"])),
    JobKind.FOLLOW_UP: lambda job: writing.keep_promise(
        int(job.payload["entry"]), int(job.payload["actor"])
    ),
    JobKind.UPLOAD: lambda job: uploads.prepare(int(job.payload["upload"])),
}


class Builder:
    """Builds and looks through the index in a thread; one thing at a time."""

    def __init__(self, app: Flask, stop: threading.Event) -> None:
        self._app, self._stop = app, stop
        self._thread: threading.Thread | None = None
        self._retry_s, self._not_before = FIRST_RETRY_S, 0.0
        self._failures = 0

    def followed(self) -> None:
        """The index took in what there was."""
        self._failures = 0

    def not_followed(self, cause: OSError) -> None:
        """Nothing could be written; on a disk with room that may be the index's own fault."""
        self._failures += 1
        if self._failures >= MOST_FAILURES and rebuilding.has_room():
            self.build(f"it cannot be written: {cause}")

    def build(self, reason: str) -> None:
        """Begin to build, unless a build is under way or has just failed."""
        if time.monotonic() >= self._not_before:
            self._begin(rebuilding.carry_out, f"the index is built anew: {reason}")

    def look(self) -> None:
        """Begin to look for damage, unless something is under way."""
        self._begin(rebuilding.look, "the index is looked through")

    def spell(self) -> None:
        """Have the words for corrections ready, unless something is under way."""
        self._begin(lambda stop: spelling.warm(), "")

    def is_busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _begin(self, work: Callable[..., object], said: str) -> None:
        if self.is_busy():
            return
        if said:
            log.info("%s", said)
        self._thread = threading.Thread(target=self._run, args=[work], name="build", daemon=True)
        self._thread.start()

    def _run(self, work: Callable[..., object]) -> None:
        with self._app.app_context():
            if guarded(partial(work, stop=self._stop)):
                self._retry_s, self._not_before = FIRST_RETRY_S, 0.0
            else:
                self._not_before = time.monotonic() + self._retry_s
                self._retry_s = min(2 * self._retry_s, LAST_RETRY_S)

    def wait(self, timeout: float | None = None) -> None:
        """Until what was begun has ended."""
        if self._thread is not None:
            self._thread.join(timeout)


def run_forever(app: Flask, stop: threading.Event) -> None:
    """The loop of a serving process, until ``stop`` is set; then counts are written."""
    election = Election(Path(app.config["DATA_DIR"]))
    builder, doubts = Builder(app, stop), rebuilding.Doubts()
    flushed = swept = time.monotonic()
    pause, led, looks = PAUSE_S, False, itertools.count()
    with app.app_context():
        while not stop.wait(pause):
            leads = election.won()
            if leads and not led:
                guarded(rebuilding.tidy)
                builder.look()
            led = leads
            whole = next(looks) % WHOLE_EVERY == 0
            look = partial(turn, leads=leads, builder=builder, doubts=doubts, is_whole=whole)
            went_well = guarded(look)
            pause = PAUSE_S if went_well else min(2 * pause, LONGEST_PAUSE_S)
            if time.monotonic() - flushed > FLUSH_S:
                guarded(reading.flush)
                guarded(searches.flush)
                if indexing.handle().times:  # this process is one that searches
                    builder.spell()
                flushed = time.monotonic()
            if led and time.monotonic() - swept > SWEEP_S:
                guarded(sweep)
                builder.look()
                swept = time.monotonic()
        guarded(reading.flush)
        guarded(searches.flush)
        builder.wait(timeout=5.0)
        election.resign()


def turn(
    *,
    leads: bool,
    builder: Builder | None = None,
    doubts: rebuilding.Doubts | None = None,
    is_whole: bool = True,
) -> int:
    """One look at the change log and the jobs; returns what was done.

    :param builder: builds beside this turn; None: a build is part of it.
    :param is_whole: look at the words of the site and at the jobs too.
    """
    if is_whole:
        indexing.handle().learn_words()
    if not leads:
        reopen_index()
        return 0
    try:
        done = follow_changes(builder, doubts or rebuilding.Doubts())
    finally:  # mail does not wait for an index that cannot be written
        ran = run_due() if is_whole else 0
    return done + ran


def follow_changes(builder: Builder | None, doubts: rebuilding.Doubts) -> int:
    """Write into the index what it lacks, or begin to build it; returns how many changes.

    :raises OSError: if nothing can be written.  On a full disk a new index would not fit
        either, so this one is kept and the loop tries again, less and less often.
    """
    held = indexing.handle()
    done, reason = 0, ""
    try:
        held.refresh()
        done = indexing.follow()
        indexing.maintain()
        reason = rebuilding.why()
        if builder is not None:
            builder.followed()
    except (SearchUnavailable, IndexUnusable) as cause:
        held.replace(None)
        reason = str(cause)
    except OSError as cause:
        if builder is not None:
            builder.not_followed(cause)
        raise
    if reason and builder is not None:
        builder.build(reason)
    elif reason:
        log.warning("the index is built anew: %s", reason)
        rebuilding.carry_out()
        done += 1
    elif builder is not None and not builder.is_busy() and doubts.is_due():
        builder.look()
    elif builder is None and doubts.is_due():
        rebuilding.look()
    return done


def reopen_index() -> None:
    """Answer from what the elected process has written."""
    handle = indexing.handle()
    try:
        handle.warm()
        handle.refresh()
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
    autosaves.sweep()
    uploads.sweep()
    notices.sweep()
    reviews.ask()
    steps.tell_of_due()
    bin.empty()


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
