"""Settings that administrators change while the site runs, with their defaults.

The environment holds only what a machine must know (config.py).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from app.db import db, transaction
from app.models import Setting, User
from app.policy import Permission, ensure
from app.services import audit
from app.vocabulary import AuditAction

#: name -> default.  Every setting has a line here and a field on /admin/settings.
DEFAULTS: dict[str, Any] = {
    "site_name": "",  # empty: SITE_NAME of the environment
    "help_contact": "",  # LINE id or address of the help line; empty: HELP_CONTACT
    "sign_up": "invitation",  # invitation | open
    "footer_links": [],  # [{"name", "url"}]
    "bin_days": 30,  # days until the bin may be emptied
    "comments_per_hour": 30,  # of one account
    "entries_per_hour": 60,  # of one account
    "reports_per_hour": 10,  # from one address
    "upload_quota_mb": 300,  # of one account; a photo takes about half a megabyte
    "uploads_per_hour": 300,  # of one account
}

#: Seconds a process may go on with what it read.
FRESH_FOR_S = 1.0

_cache: dict[str, Any] = {}
_read_at = 0.0


def get(name: str) -> Any:
    """The value of a setting; KeyError for a name without a default."""
    default = DEFAULTS[name]
    value = _all().get(name, default)
    return default if value is None else value


def put(actor: User | None, name: str, value: Any) -> None:
    """Change a setting; refused for a name without a default."""
    put_all(actor, {name: value})


def put_all(actor: User | None, values: Mapping[str, Any]) -> None:
    """Change several settings, all or none; those that stay the same leave no line in the log."""
    if unknown := set(values) - set(DEFAULTS):
        raise KeyError(*unknown)
    with transaction() as session:
        if actor is not None:
            ensure(actor, Permission.SITE_SET)
        forget()
        for name, value in values.items():
            if value != get(name):
                session.merge(Setting(name=name, value=value))
                audit.record(actor, AuditAction.SETTING, f"setting:{name}", value=value)
    forget()


def stamp() -> str:
    """A text that differs whenever a setting does."""
    return repr(sorted(_all().items(), key=lambda item: item[0]))


def forget() -> None:
    """Read the settings anew at the next ``get``."""
    global _read_at
    _read_at = 0.0


def _all() -> dict[str, Any]:
    global _cache, _read_at
    if time.monotonic() - _read_at > FRESH_FOR_S or not _read_at:
        rows = db.session.execute(db.select(Setting.name, Setting.value)).all()
        _cache, _read_at = {name: value for name, value in rows}, time.monotonic()
    return _cache
