"""Alembic, called only when there is something for it to do.

Importing it takes 0.3 s and some 10 MB in every process, while at nearly every start the
tables are already of the newest version.  That much is seen without it.
"""

from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from flask import Flask, current_app

from app.db import db

FOLDER = Path(__file__).resolve().parent


def use_in(app: Flask) -> None:
    """Give ``app`` Flask-Migrate, for ``upgrade()`` and for ``bin/flask db``."""
    if "migrate" not in app.extensions:
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(FOLDER), render_as_batch=True)


def upgrade() -> bool:
    """Bring the tables to the newest version; False when they are there already."""
    if current() == newest():
        return False
    from flask_migrate import upgrade as run

    use_in(current_app._get_current_object())  # type: ignore[attr-defined]
    run()
    return True


def current() -> str | None:
    """The version that the database says it has; None for an empty one."""
    with db.engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found


def newest() -> str:
    """The version that no file of ``migrations/versions`` builds upon."""
    texts = [file.read_text("utf-8") for file in (FOLDER / "versions").glob("*.py")]
    named = {found[1] for text in texts if (found := _said("revision", text))}
    built_upon = {found[1] for text in texts if (found := _said("down_revision", text))}
    (head,) = named - built_upon
    return head


def _said(name: str, text: str) -> re.Match[str] | None:
    return re.search(rf"^{name}(?:: [^=]+)? = ['\"](\w+)['\"]", text, re.MULTILINE)
