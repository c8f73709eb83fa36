"""Rows of lessons and forums by the names that forms give them: 1000001-n1, 1000001-q3."""

from __future__ import annotations

import re
from collections.abc import Collection

import sqlalchemy as sa

from app.models import Entry, LessonPart
from app.vocabulary import PartKind

#: Rows that one form can name.
MOST_NAMED = 20
_KEY = re.compile(r"([0-9]{1,9})-([a-z])([0-9]{1,6})")


def key_of(entry: Entry, part: LessonPart) -> str:
    """How a form names a row."""
    return f"{entry.number}-{part.anchor}"


def named(kind: PartKind, keys: Collection[str]) -> sa.ColumnElement[bool]:
    """That an entry joined with its rows is one of ``keys``; what means nothing is left out."""
    found = (_KEY.fullmatch(key) for key in list(keys)[:MOST_NAMED])
    return sa.or_(
        sa.false(),
        *(
            sa.and_(Entry.number == int(one[1]), LessonPart.number == int(one[3]))
            for one in found
            if one is not None and one[2] == kind.value
        ),
    )
