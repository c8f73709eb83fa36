"""How the site is: what /admin/health says in plain words."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from flask_babel import gettext as _

from app.db import db
from app.errors import SearchUnavailable
from app.models import User
from app.policy import Permission, ensure
from app.queries import entries as entry_queries
from app.search.engine import IndexUnusable
from app.search.wishes import Progress
from app.services import indexing, jobs, rebuilding
from app.services.measuring import middle_and_slow
from app.vocabulary import JobState

#: Entries, and milliseconds of a slow search, from which on a site has outgrown Whoosh.
MOST_FOR_WHOOSH, SLOW_MS = 50_000, 60.0
#: The engine for large sites, and how many searches must have been timed to say so.
FOR_LARGE, LEAST_TIMED = "tantivy", 20


@dataclass(frozen=True, slots=True)
class IndexState:
    """The search index as this process sees it."""

    engine: str  # "" when there is none that can be used
    behind: int | None = None  # changes not in the index yet; None: it cannot be used
    indexed: int = 0  # documents in the index
    bytes_on_disk: int = 0
    built_at: datetime | None = None
    slow_ms: float | None = None  # p95 of this process's last searches; None: too few
    building: Progress | None = None  # a build that goes on, or why the last one failed
    outgrown: str = ""  # the engine that would do better


@dataclass(frozen=True, slots=True)
class Health:
    """The state of this site, counted now."""

    index: IndexState
    waiting: int  # jobs
    failed: int  # jobs that wait for a person
    faults: tuple[tuple[str, str], ...]  # (key, error) of failed jobs, at most 20
    free_bytes: int
    database_bytes: int | None  # None where it is not a file of ours
    database: str
    versions: tuple[tuple[str, str], ...]


def health(actor: User) -> Health:
    """Look at index, jobs, disk and versions; for administrators."""
    ensure(actor, Permission.SITE_SET)
    rows = jobs.waiting_and_failed()
    failed = [job for job in rows if job.state is JobState.FAILED]
    return Health(
        index=index_state(entry_queries.last_change()),
        waiting=len(rows) - len(failed),
        failed=len(failed),
        faults=tuple((job.key, job.error) for job in failed[:20]),
        free_bytes=shutil.disk_usage(current_app.config["DATA_DIR"]).free,
        database_bytes=database_size(),
        database=db.engine.dialect.name,
        versions=versions(),
    )


def index_state(newest: int) -> IndexState:
    """How the index of this process is.

    :param newest: the newest sequence of the change log.
    """
    held = indexing.handle()
    state = IndexState(
        engine="",
        bytes_on_disk=held.files.size(),
        built_at=moment(held.files.swapped_at()),
        building=held.wishes.progress(),
    )
    try:
        engine = held.engine()
        behind, indexed = max(0, newest - engine.sequence), engine.count()
    except (SearchUnavailable, IndexUnusable, OSError):
        return state
    slow = slow_search(list(held.times))
    return replace(
        state,
        engine=held.name,
        behind=behind,
        indexed=indexed,
        slow_ms=slow,
        outgrown=better_engine(held.name, indexed, slow),
    )


def moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def slow_search(times: list[float]) -> float | None:
    """p95 of ``times``; None while there are too few to say."""
    return middle_and_slow(times)[1] if len(times) >= LEAST_TIMED else None


def better_engine(engine: str, indexed: int, slow_ms: float | None) -> str:
    """The engine that a site of this size and speed should change to; "" when none."""
    if engine == FOR_LARGE or FOR_LARGE not in rebuilding.engines():
        return ""
    is_slow = slow_ms is not None and slow_ms > SLOW_MS
    return FOR_LARGE if indexed > MOST_FOR_WHOOSH or is_slow else ""


def database_size() -> int | None:
    """Bytes of the database, its journal included."""
    if db.engine.dialect.name == "postgresql":
        return db.session.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database())))
    name = db.engine.url.database
    if not name:
        return None
    files = (Path(f"{name}{end}") for end in ("", "-wal"))
    return sum(file.stat().st_size for file in files if file.is_file())


def versions() -> tuple[tuple[str, str], ...]:
    """(part, version) of what matters when something is asked about."""
    parts = []
    for name in ("flask", "sqlalchemy", "whoosh", "tantivy", "nlpo3", "pythainlp"):
        try:
            parts.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            continue
    return ((_("This site"), own_version()), ("Python", platform.python_version()), *parts)


def own_version() -> str:
    """The version of this project, from its pyproject.toml."""
    file = Path(current_app.root_path).parent / "pyproject.toml"
    try:
        return str(tomllib.loads(file.read_text("utf-8"))["project"]["version"])
    except (OSError, KeyError, ValueError):
        return ""


def retry_jobs(actor: User) -> int:
    """Let failed jobs run again; returns how many."""
    ensure(actor, Permission.SITE_SET)
    return jobs.retry_failed()
