"""The writing form after somebody saved in between: both texts, and what to choose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import gettext as _

from app.errors import EditConflict, Invalid, NotFound
from app.queries import entries as entry_queries
from app.services import entries, merging
from app.services.entries import Draft
from app.text import lesson as lesson_text
from app.text.cleaning import UncleanText, clean_text
from app.text.merge import BOTH, MINE, THEIRS, Merge, merge
from app.text.merge_lesson import shown
from app.web.entry_forms import EntryForm
from app.web.helpers import actor
from app.web.versions import header_rows

if TYPE_CHECKING:
    from app.models import Entry, Revision

#: Reasons for a change that a tap gives; they are stored with the revision, in Thai.
REASONS = ("แก้คำผิด", "เพิ่มรูป", "เพิ่มข้อมูล")


def bring_together(entry: Entry, form: EntryForm, conflict: EditConflict) -> None:
    """Put the proposal into ``form``; my own text travels along, so that none is lost."""
    form.values["began"] = form.values.get("began") or form.values["base"]
    if conflict.base is not None:
        form.values["began"] = str(conflict.base.number)
    form.values["base"] = str(conflict.theirs.number)
    form.values["mine"] = conflict.mine.body
    proposal = conflict.proposal
    form.show_draft(proposal.draft)
    if form.has_boxes and len(proposal.body.pieces) == 1 and not proposal.body.is_clean:
        began = conflict.base.body if conflict.base is not None else ""
        form.bring_in(began, conflict.theirs.body, used=entries.used_part_ids(entry))


def beside(form: EntryForm, entry: Entry | None, theirs: Revision | None) -> dict[str, Any]:
    """What the form shows after a conflict beside the proposal."""
    if entry is None or theirs is None:
        return {"theirs": None, "their_form": None, "their_header": [], "passages": []}
    their_form = EntryForm(kind=form.kind, form=form.form)
    if their_form.has_boxes:
        their_form.fill_boxes(lesson_text.parse(theirs.body))
    began = revision_numbered(form.values.get("began", ""), entry)
    return {
        "theirs": theirs,
        "their_form": their_form,
        "their_header": header_rows(began.header, theirs.header) if began is not None else [],
        "passages": passages(merged(entry, form, theirs)),
    }


def merged(entry: Entry, form: EntryForm, theirs: Revision) -> Merge:
    """The bodies of the conflict that this form came from, merged again."""
    began = revision_numbered(form.values.get("began", ""), entry)
    try:
        mine = clean_text(form.values.get("mine", ""))
    except UncleanText:  # no form of ours sends such a text
        mine = theirs.body
    before = began.body if began is not None else ""
    return merging.merge_bodies(entry, before, mine, theirs.body, in_form=form.has_boxes)


def passages(made: Merge) -> list[dict[str, Any]]:
    """Each passage for reading, with what was chosen for it."""
    return [
        {
            "name": f"passage-{n}",
            "base": shown(passage.base),
            "mine": shown(passage.mine),
            "theirs": shown(passage.theirs),
            "chosen": choice_of(n),
        }
        for n, passage in enumerate(made.conflicts)
    ]


def choice_of(n: int) -> str:
    choice = request.form.get(f"passage-{n}", MINE)
    return choice if choice in (MINE, THEIRS, BOTH) else MINE


def chosen(entry: Entry, form: EntryForm, draft: Draft, theirs: Revision | None) -> Draft:
    """``draft`` with the passages as chosen, and what was typed by hand beside them.

    Raises Invalid when a passage was both chosen and changed by hand; the form keeps both.
    """
    if theirs is None:
        return draft
    made = merged(entry, form, theirs)
    wanted = made.settled([choice_of(n) for n in range(len(made.conflicts))])
    offered = made.text
    if form.has_boxes:
        offered, wanted = (in_order(text) for text in (offered, wanted))
    together = merge(offered, draft.body, wanted)
    if not together.is_clean:
        said = _(
            "You chose a passage and changed it by hand too. Press save to keep what you typed."
        )
        raise Invalid({"body": [said]})
    return replace(draft, body=together.text)


def in_order(text: str) -> str:
    """A lesson text as the form writes it."""
    return lesson_text.compose(lesson_text.parse(text))


def revision_numbered(number: str, entry: Entry) -> Revision | None:
    """The saved version of a number that a form carries; None for anything else."""
    if not (number.isascii() and number.isdecimal() and len(number) < 9):
        return None
    try:
        return entry_queries.get_revision(actor(), entry, int(number))
    except NotFound:
        return None
