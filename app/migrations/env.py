"""Alembic's entry: which database, which tables, and how they are compared."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from flask import current_app
from sqlalchemy.engine import Engine

from app.db import UtcDateTime

config = context.config


def engine() -> Engine:
    found: Engine = current_app.extensions["migrate"].db.engine
    return found


def plain_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our own column types as the plain ones they are: a migration must not need the app."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    return False


def run() -> None:
    """Migrate the database of the running application, in one transaction each."""
    metadata = current_app.extensions["migrate"].db.metadata
    with engine().connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=plain_type,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
