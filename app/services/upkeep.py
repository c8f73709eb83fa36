"""How the site is: what /admin/health says in plain words."""

from __future__ import annotations

import importlib.metadata
import platform
import shutil
import tomllib
from dataclasses import dataclass
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
from app.services import indexing, jobs
from app.vocabulary import JobState


@dataclass(frozen=True, slots=True)
class Health:
    """The state of this site, counted now."""

    index_behind: int | None  # changes not in the index yet; None: it cannot be used
    indexed: int  # documents in the index
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
    behind, indexed = index_state()
    return Health(
        index_behind=behind,
        indexed=indexed,
        waiting=len(rows) - len(failed),
        failed=len(failed),
        faults=tuple((job.key, job.error) for job in failed[:20]),
        free_bytes=shutil.disk_usage(current_app.config["DATA_DIR"]).free,
        database_bytes=database_size(),
        database=db.engine.dialect.name,
        versions=versions(),
    )


def index_state() -> tuple[int | None, int]:
    """(changes that the index lacks, documents in it); (None, 0) when it cannot be used."""
    try:
        engine = indexing.handle().engine()
        engine.refresh()
        return max(0, entry_queries.last_change() - engine.sequence), engine.count()
    except (SearchUnavailable, IndexUnusable, OSError):
        return None, 0


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
    for name in ("flask", "sqlalchemy", "whoosh", "nlpo3", "pythainlp"):
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
