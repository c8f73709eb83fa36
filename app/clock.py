"""The one source of time.

``now()`` is aware and in UTC.  A site may be started with ``FROZEN_NOW`` to try what
happens later; production refuses that setting.
"""

from __future__ import annotations

from datetime import UTC, datetime

_frozen: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen or datetime.now(UTC)


def freeze(moment: datetime | None) -> None:
    """Let ``now()`` answer ``moment`` (aware) from here on; None lets time run again."""
    global _frozen
    if moment is not None and moment.tzinfo is None:
        raise ValueError("freeze() needs a time with a zone, for example 2026-11-01T09:00:00+07:00")
    _frozen = moment.astimezone(UTC) if moment else None
