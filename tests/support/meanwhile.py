"""Somebody else who saves a text in the moment in which it is being rendered."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from flask import current_app

from app.db import db
from app.models import Entry, User
from app.services import drafts, writing


def saved_meanwhile(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, entry: Entry, by: User, **changes: Any
) -> None:
    """Let ``by`` save ``changes`` while ``module`` makes the page of a text for the first time."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    numbers, page_of = (entry.id, by.id), module.page_of
    made: list[Any] = []

    def elsewhere() -> None:
        with app.app_context():
            found, who = db.session.get(Entry, numbers[0]), db.session.get(User, numbers[1])
            assert found is not None and who is not None
            draft = replace(drafts.draft_of(found), **changes)
            writing.save(who, found, draft, base=found.revision_number)
            db.session.remove()

    def slow(text: Any) -> Any:
        made.append(text)
        if len(made) == 1:
            other = threading.Thread(target=elsewhere)
            other.start()
            other.join()
        return page_of(text)

    monkeypatch.setattr(module, "page_of", slow)
