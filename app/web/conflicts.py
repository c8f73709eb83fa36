"""The writing form after somebody saved in between: both texts, and what to choose."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import request
from flask_babel import gettext as _

from app.errors import EditConflict, Invalid, NotFound
from app.queries import entries as entry_queries
from app.services import entries, merging
from app.services.drafts import MOST_BODY, Draft, draft_of_revision, is_in_form
from app.text import forum as forum_text
from app.text import lesson as lesson_text
from app.text.cleaning import UncleanText, clean_text
from app.text.merge import BOTH, MINE, NAME, THEIRS, Merge, merge
from app.text.merge_forum import together
from app.text.merge_lesson import shown
from app.web import language
from app.web.entry_forms import EntryForm
from app.web.helpers import actor
from app.web.versions import header_rows, named_row

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
    if len(proposal.body.pieces) == 1 and not proposal.body.is_clean:
        began = conflict.base.body if conflict.base is not None else ""
        used = entries.used_part_ids(entry)
        if form.has_boxes:
            form.bring_in(began, conflict.theirs.body, used=used)
        elif form.has_sheets:
            made, _passages = together(began, conflict.mine.body, conflict.theirs.body, used=used)
            form.fill_sheets(forum_text.parse(made.text))


def beside(
    form: EntryForm, entry: Entry | None, theirs: Revision | None, *, meets: EditConflict | None
) -> dict[str, Any]:
    """What the form shows after a conflict beside the proposal.

    :param meets: the conflict, where it was met just now: what its proposal leaves open is
        to be chosen, unless it was merged by a text that whoever chooses may not read.
    """
    if entry is None or theirs is None:
        return {"theirs": None, "their_form": None, "their_header": [], "passages": []}
    their_form = EntryForm(kind=form.kind, form=form.form)
    if their_form.has_boxes:
        their_form.fill_boxes(lesson_text.parse(theirs.body))
    elif their_form.has_sheets:
        their_form.fill_sheets(forum_text.parse(theirs.body))
    began = revision_numbered(form.values.get("began", ""), entry)
    if meets is not None and meets.base is began:
        made = meets.proposal.body
    else:
        made = merged(entry, form, theirs)
    return {
        "theirs": theirs,
        "their_form": their_form,
        "their_header": header_rows(began.header if began is not None else {}, theirs.header),
        "passages": passages(form, made),
    }


def merged(entry: Entry, form: EntryForm, theirs: Revision) -> Merge:
    """The bodies of the conflict that this form came from, merged as for its proposal.

    The form carries my text as the conflict had it: what was blacked out is masked there.
    """
    began = revision_numbered(form.values.get("began", ""), entry)
    try:
        mine = clean_text(form.values.get("mine", ""))
    except UncleanText:  # no form of ours sends such a text
        mine = theirs.body
    if len(mine) > MOST_BODY:  # nor one beyond the limit
        mine = theirs.body
    before = began.body if began is not None else ""
    stored = [draft_of_revision(entry, one) for one in (began, theirs) if one is not None]
    in_form = form.has_boxes and all(map(is_in_form, stored))
    return merging.merge_bodies(entry, before, mine, theirs.body, in_form=in_form)


def passages(form: EntryForm, made: Merge) -> list[dict[str, Any]]:
    """Each passage for reading, where it stands, and what was chosen for it."""
    read = partial(shown, in_form=form.has_boxes or form.has_sheets)
    return [
        {
            "name": f"passage-{n}",
            "where": named(passage.where),
            "base": read(passage.base),
            "mine": read(passage.mine),
            "theirs": read(passage.theirs),
            "chosen": choice_of(n),
        }
        for n, passage in enumerate(made.conflicts)
    ]


def named(where: str) -> str:
    """The box or row of a passage as people know it; empty where the text has none."""
    if where == NAME:
        return _("Name of the group")
    box = lesson_text.BOX.get(where)
    if box is not None:
        return box.name.of(language.current())
    return named_row(where[0], where) if where[1:].isdecimal() else where


def choice_of(n: int) -> str:
    choice = request.form.get(f"passage-{n}", MINE)
    return choice if choice in (MINE, THEIRS, BOTH) else MINE


def chosen(
    entry: Entry, form: EntryForm, draft: Draft, theirs: Revision | None, *, mine: str
) -> Draft:
    """``draft`` with the passages as chosen, and what was typed by hand beside them.

    Raises Invalid when a passage was both chosen and changed by hand; the form keeps both.

    :param mine: what the page calls the choice that leaves the text of the form.
    """
    if theirs is None:
        return draft
    made = merged(entry, form, theirs)
    choices = [choice_of(n) for n in range(len(made.conflicts))]
    if set(choices) <= {MINE}:  # it stands in the form
        return draft
    wanted = made.settled(choices)
    offered = made.text
    if form.has_boxes:
        offered, wanted = (in_order(text) for text in (offered, wanted))
    elif form.has_sheets:
        offered, wanted = (forum_text.compose(forum_text.parse(text)) for text in (offered, wanted))
    together = merge(offered, draft.body, wanted)
    if not together.is_clean:
        said = _(
            "You chose a passage and changed it by hand too. Choose “%(mine)s” there to keep"
            " what you typed.",
            mine=mine,
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
