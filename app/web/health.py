"""For machines: is the process alive, can it work."""

from __future__ import annotations

import shutil

from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app.queries import entries as entry_queries
from app.services import upkeep
from app.services.upkeep import IndexState

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
    index: IndexState | None = None
    try:
        index = upkeep.index_state(entry_queries.last_change())
        checks["database"] = "ok"
    except SQLAlchemyError as error:
        checks["database"] = type(error).__name__
    free = shutil.disk_usage(current_app.config["DATA_DIR"]).free
    checks["disk"] = "ok" if free > LEAST_FREE else "nearly full"
    checks["index"] = index_check(index)
    bad = [name for name in ("database", "disk") if checks[name] != "ok"]
    answer: dict[str, object] = {"status": "ok" if not bad else "not ready", "checks": checks}
    if index is not None and index.behind is not None:
        answer["search"] = {
            "engine": index.engine,
            "entries": index.indexed,
            "behind": index.behind,
            "bytes": index.bytes_on_disk,
        }
    return jsonify(answer), 503 if bad else 200


def index_check(index: IndexState | None) -> str:
    """One word or two; a missing index keeps nobody from reading, so it is never "bad"."""
    if index is None:
        return "unknown"
    if index.behind is None:
        return "being built"
    return "ok" if index.behind <= MOST_BEHIND else f"{index.behind} changes behind"
