"""Texts that were kept by themselves and never saved, as the writing pages list them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from app.policy import Permission, can, to_create
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
    """A kept text as pages list it; ``form_name`` names it.

    :ivar entry: None for a new one, and where its writer may not read the entry any more.
    :ivar is_closed: the form that it was typed in is closed to its writer by now.
    """

    autosave: Autosave
    entry: Entry | None = None
    is_closed: bool = False

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
        """The form with this text in it; a page to copy it from where that form is closed."""
        if self.is_closed:
            return page_url(f"/drafts/{self.form_name}")
        if self.entry is not None:
            return page_url(f"{entry_path(self.entry)}/edit", kept=self.mark)
        return page_url(f"/write/{self._what}", kept=self.mark)

    @property
    def kind(self) -> EntryKind | None:
        if self.entry is not None:
            return self.entry.kind
        return BEGINNINGS[self._what][0] if self._what in BEGINNINGS else None

    @property
    def form(self) -> LessonForm | None:
        if self.entry is not None:
            return self.entry.form
        return BEGINNINGS[self._what][1] if self._what in BEGINNINGS else None

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
    """Those that the forms of one kind, or of the entry with a number, bring back."""
    return [one for one in _waiting(autosaves.begun(actor(), what)) if not one.is_closed]


def kept_in(form: str) -> KeptText | None:
    """The one that was typed in the form of this name."""
    found = autosaves.of(actor(), form)
    return next(iter(_waiting([found])), None) if found is not None else None


def _waiting(kept: Sequence[Autosave]) -> list[KeptText]:
    """Those of writing forms, with their entries, which are asked for at once.

    A save removes the text of its own form, so each of these was never saved, whatever else
    was: by its writer in another form, or by somebody else.
    """
    numbers = {int(what) for one in kept if (what := autosaves.what_of(one.form)).isdecimal()}
    entries = get_all_visible(actor(), sorted(numbers))
    found = []
    for one in kept:
        what = autosaves.what_of(one.form)
        if what in BEGINNINGS:
            may_begin = can(actor(), to_create(BEGINNINGS[what][0]))
            found.append(KeptText(one, is_closed=not may_begin))
        elif what.isdecimal():  # the others are recordings, typed on pages of their own
            entry = entries.get(int(what))
            may_edit = entry is not None and can(actor(), Permission.ENTRY_EDIT, entry)
            found.append(KeptText(one, entry, is_closed=not may_edit))
    return found
