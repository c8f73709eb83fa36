"""What the buttons beside the rows of a form do, where no script does it on the spot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Row = TypeVar("Row")

#: Rows of one kind that a form may hold.
MOST_ROWS = 60


def press(
    rows: list[Row], verb: str, at: int, *, make: Callable[[], Row], most: int = MOST_ROWS
) -> None:
    """Add a row that ``make`` makes, or remove or move the one ``at``; else change nothing."""
    if verb == "add" and len(rows) < most:
        rows.append(make())
    elif verb == "remove" and at < len(rows):
        rows.pop(at)
    elif verb == "up" and 0 < at < len(rows):
        rows[at - 1], rows[at] = rows[at], rows[at - 1]
    elif verb == "down" and at < len(rows) - 1:
        rows[at], rows[at + 1] = rows[at + 1], rows[at]
