"""For machines: is the process alive, can it work."""

from __future__ import annotations

import shutil

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.errors import SearchUnavailable
from app.queries import entries as entry_queries
from app.search.engine import IndexUnusable
from app.services import indexing

bp = Blueprint("health", __name__)

#: Free bytes below which saving is at risk.
LEAST_FREE = 100 * 1024 * 1024
#: Changes the index may lag behind before we say so.
MOST_BEHIND = 5_000


@bp.get("/healthz")
def alive() -> ResponseReturnValue:
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> ResponseReturnValue:
    checks: dict[str, str] = {}
    newest = 0
    try:
        newest = entry_queries.last_change()
        checks["database"] = "ok"
    except SQLAlchemyError as error:
        checks["database"] = type(error).__name__
    free = shutil.disk_usage(current_app.config["DATA_DIR"]).free
    checks["disk"] = "ok" if free > LEAST_FREE else "nearly full"
    try:
        behind = newest - indexing.handle().engine().sequence
        checks["index"] = "ok" if behind <= MOST_BEHIND else f"{behind} changes behind"
    except (SearchUnavailable, IndexUnusable, OSError):
        checks["index"] = "being built"
    bad = [name for name in ("database", "disk") if checks[name] != "ok"]
    return jsonify(status="ok" if not bad else "not ready", checks=checks), 503 if bad else 200
