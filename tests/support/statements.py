"""One memory of compiled SQL for all sites that tests open.

SQLAlchemy remembers what it compiled by engine and dialect, and every test has an engine of
its own; compiling anew took a third of a test's time.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.util import LRUCache


class SharedStatements:
    """What was compiled for one kind of database, and the dialect that compiled it."""

    def __init__(self) -> None:
        self.compiled: LRUCache[Any, Any] = LRUCache(3000)
        self.dialect: sa.Dialect | None = None

    def give_to(self, engine: sa.Engine) -> None:
        """Let an engine that is not used yet remember here."""
        if self.dialect is None:
            with engine.connect():  # the dialect learns what the database can
                self.dialect = engine.dialect
        engine.dialect = self.dialect
        engine.update_execution_options(compiled_cache=self.compiled)
