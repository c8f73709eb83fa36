"""The database: one handle, one naming convention, one place that commits.

``transaction()`` is the only thing in this project that commits.  Measured reason: with
SQLAlchemy's defaults eight writers of fifty increments each lost 274 of 400 on SQLite
without an error, because a transaction that has read first works on what it read.  So a
transaction ends the open read, begins IMMEDIATE on SQLite, and what a decision rests on
is read inside it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

#: Milliseconds a SQLite writer waits for another; the longest wait measured with eight
#: writers was 1.7 s.
BUSY_TIMEOUT_MS = 5_000


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING)


db = SQLAlchemy(model_class=Base)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware moment; kept in UTC whatever the server's zone, on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; take it from app.clock.now()")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def closed_list(words: type[StrEnum]) -> sa.Enum:
    """The column type of a closed list: its values as text, refused when unknown."""
    return sa.Enum(
        words,
        native_enum=False,
        create_constraint=False,
        length=24,
        values_callable=lambda members: [member.value for member in members],
    )


@contextmanager
def transaction() -> Iterator[Session]:
    """Do everything inside or nothing; commit at the end.

    Ends the open read first, so that rows are read anew inside.  Used inside another
    transaction it joins it; a failure inside fails the whole, even when somebody in
    between catches the error.
    """
    session: Session = db.session()
    if session.info.get("depth", 0):
        with _joined(session):
            yield session
        return
    session.rollback()
    session.info.update(depth=1, failed=False)
    try:
        session.connection(execution_options={"immediate": True})
        yield session
        if session.info["failed"]:
            raise RuntimeError("a part of this transaction failed; nothing was kept")
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["depth"] = 0


@contextmanager
def _joined(session: Session) -> Iterator[None]:
    try:
        yield
    except BaseException:
        session.info["failed"] = True
        raise


def rows_of(
    query: sa.Executable, given: Mapping[str, Any] | None = None
) -> sa.CursorResult[*tuple[Any, ...]]:
    """Plain rows, read in the transaction of the session without its care for objects.

    For statements that every page asks: what the session adds to each is 0.1 ms.
    """
    session: Session = db.session()
    session.flush()  # what was changed before is seen, as by every other query
    return session.connection().execute(query, given)


def end_read() -> None:
    """Let go of the snapshot that this thread reads from; long-running loops call it."""
    db.session.rollback()


def configure_engine(engine: Engine) -> None:
    """Give SQLite its pragmas and its BEGIN; other databases need nothing."""
    if engine.dialect.name != "sqlite":
        return
    sa.event.listen(engine, "connect", _on_sqlite_connect)
    sa.event.listen(engine, "begin", _on_sqlite_begin)


def _on_sqlite_connect(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # an acknowledged text survives a power cut, not only a crash
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "cache_size=-8000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_sqlite_begin(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def insert(table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, for the database of this site.

    On PostgreSQL two transactions can both find that a row is missing; this lets the
    second one wait for the first and go on from its row.
    """
    if db.engine.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


def json_column() -> Any:
    """The type of a JSON column on both databases."""
    return sa.JSON()
