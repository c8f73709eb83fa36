"""Reads: each returns a Select or rows; none writes."""

from __future__ import annotations

from app.db import end_read


def start_anew() -> None:
    """Let go of a read that failed, so that the next one works."""
    end_read()
