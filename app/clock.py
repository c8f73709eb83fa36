"""The one source of time.

``now()`` is aware and in UTC.  A site may be started with ``FROZEN_NOW`` to try what
happens later; production refuses that setting.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

_THAI_TIME = timezone(timedelta(hours=7))
_frozen: datetime | None = None


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _frozen or datetime.now(UTC)


def today() -> date:
    """The day in Thailand, where the site and its readers are."""
    return now().astimezone(_THAI_TIME).date()


def freeze(moment: datetime | None) -> None:
    """Let ``now()`` answer ``moment`` (aware) from here on; None lets time run again."""
    global _frozen
    if moment is not None and moment.tzinfo is None:
        raise ValueError("freeze() needs a time with a zone, for example 2026-11-01T09:00:00+07:00")
    _frozen = moment.astimezone(UTC) if moment else None
