"""What an engine is given: documents to hold and keys to forget."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One entry as search sees it.

    ``communities`` are slugs already closed upwards; ``tags`` are slugs and ``tag_names``
    what a reader calls them; years are พ.ศ.; ``names`` is further text to search (names of
    places, programs and people), ``comments`` what others said beneath it, and from
    ``files_at`` on (letters; -1: nowhere) the words of attached files; ``audience`` holds
    the tokens of those who may find it; ``version`` is the entry's own count of changes.
    """

    key: str
    number: int
    kind: str
    title: str
    summary: str = ""
    body: str = ""
    tags: tuple[str, ...] = ()
    tag_names: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    author_name: str = ""
    communities: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    fiscal_years: tuple[int, ...] = ()
    state: str = ""
    audience: tuple[str, ...] = ("public",)
    created: datetime = _EPOCH
    updated: datetime = _EPOCH
    names: str = ""
    comments: str = ""
    files_at: int = -1
    version: int = 0

    def to_json(self) -> bytes:
        """The document as UTF-8 JSON; ``from_json`` brings back an equal one."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        fields["created"] = self.created.isoformat()
        fields["updated"] = self.updated.isoformat()
        # A lone surrogate has no place in UTF-8; it is shown as U+FFFD from here on.
        text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")

    @classmethod
    def from_json(cls, data: bytes) -> Document:
        """The document that ``to_json`` wrote."""
        fields: dict[str, Any] = json.loads(data)
        for name, value in fields.items():
            if isinstance(value, list):
                fields[name] = tuple(value)
        fields["created"] = datetime.fromisoformat(fields["created"])
        fields["updated"] = datetime.fromisoformat(fields["updated"])
        return cls(**fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """The document of this key is to be forgotten; forgetting twice is no error."""

    key: str
