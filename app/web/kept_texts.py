"""Texts that were kept by themselves and never saved, as the writing pages list them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from app.policy import Permission, can
from app.queries.entries import get_all_visible
from app.services import autosaves
from app.text.excerpt import shortened
from app.vocabulary import EntryKind, LessonForm
from app.web.entry_forms import BEGINNINGS
from app.web.helpers import actor, entry_path, page_url

if TYPE_CHECKING:
    from app.models import Autosave, Entry

#: Characters of a title, or of the words that stand for one.
MOST_TITLE = 80


@dataclass(frozen=True, slots=True)
class KeptText:
    """A kept text as pages list it; ``form_name`` names it, ``entry`` is None for a new one."""

    autosave: Autosave
    entry: Entry | None = None

    @property
    def form_name(self) -> str:
        return self.autosave.form

    @property
    def _what(self) -> str:
        return autosaves.what_of(self.form_name)

    @property
    def at(self) -> datetime:
        return self.autosave.kept_at

    @property
    def device_name(self) -> str:
        """The name of the copy on the writer's own device."""
        return f"{self.autosave.user_id}:{self.form_name}"

    @property
    def mark(self) -> str:
        """What ``?kept=`` says to bring it back."""
        return self.form_name.partition(":")[2] or "1"

    @property
    def address(self) -> str:
        """The form with this text in it."""
        if self.entry is not None:
            return page_url(f"{entry_path(self.entry)}/edit", kept=self.mark)
        return page_url(f"/write/{self._what}", kept=self.mark)

    @property
    def kind(self) -> EntryKind:
        if self.entry is not None:
            return self.entry.kind
        return BEGINNINGS[self._what][0]

    @property
    def form(self) -> LessonForm | None:
        if self.entry is not None:
            return self.entry.form
        return BEGINNINGS[self._what][1]

    @property
    def title(self) -> str:
        """Its title, else its first words."""
        for name, value in self.autosave.fields:
            line = " ".join(value.split())
            if line and (name in ("title", "body") or name.startswith("box_")):
                return shortened(line, MOST_TITLE)
        return self.entry.title if self.entry is not None else ""


def kept_texts() -> list[KeptText]:
    """Every text of the viewer that was kept and never saved, newest first."""
    return _waiting(autosaves.all_of(actor()))


def kept_of(what: str) -> list[KeptText]:
    """Those that were typed in forms of one kind, or of the entry with a number."""
    return _waiting(autosaves.begun(actor(), what))


def _waiting(kept: Sequence[Autosave]) -> list[KeptText]:
    """Those that a writing form brings back, with their entries, which are asked for at once.

    A save removes the text of its own form, so each of these was never saved, whatever else
    was: by its writer in another form, or by somebody else.
    """
    numbers = {int(what) for one in kept if (what := autosaves.what_of(one.form)).isdecimal()}
    entries = get_all_visible(actor(), sorted(numbers))
    found = []
    for one in kept:
        what = autosaves.what_of(one.form)
        if what in BEGINNINGS:
            found.append(KeptText(one))
            continue
        entry = entries.get(int(what)) if what.isdecimal() else None
        if entry is not None and can(actor(), Permission.ENTRY_EDIT, entry):
            found.append(KeptText(one, entry))
    return found
