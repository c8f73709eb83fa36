"""Two people at one entry: what both changed comes together, and nothing is overwritten.

``save`` is the road of every form.  When somebody saved meanwhile, body and header are
merged with theirs and stored as one more revision of the saver; where both changed the
same, EditConflict carries my draft, theirs, the base and a proposal.  ``restore`` and
``undo`` go the same road: an earlier text becomes the newest one, never by deleting.

Rendering is slow and stays outside the transaction, so a save reads, merges, renders, and
then stores only if nobody came in between; else it begins again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from app.errors import EditConflict
from app.models import Entry, Revision, User
from app.policy import Permission, ensure
from app.services import entries, rendering
from app.services.drafts import draft_of_revision
from app.services.entries import MOST_PROGRAMS, Draft
from app.services.form_tokens import Sent
from app.text.merge import Merge, merge
from app.text.merge_lesson import has_boxes, merge_lessons
from app.vocabulary import EntryKind, LessonForm

#: How often a save begins again because somebody else was quicker.  A try fails only when
#: another save succeeded, so sixteen people at once need sixteen at most; in ten rounds of
#: sixteen nobody gave up (bench/writing/README.md).
MOST_TRIES = 24
#: Notes are kept with the revision and read in Thai, whoever reads.
MERGED = "รวมกับฉบับที่ {number} ซึ่งมีผู้บันทึกไว้ก่อน"
RESTORED = "กลับไปใช้ฉบับที่ {number}"
UNDONE = "เลิกทำการแก้ไขฉบับที่ {number}"
MOST_NOTE = 300

Prepare = Callable[[Draft], tuple[Draft, rendering.Page]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What would be saved: a draft with mine where both changed, and what has to be chosen.

    :ivar body: the body in pieces.
    :ivar fields: names of the fields beside the body that both changed.
    """

    draft: Draft
    body: Merge
    fields: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        return self.body.is_clean and not self.fields


def save(
    actor: User | None,
    entry: Entry,
    draft: Draft,
    *,
    base: int | None,
    note: str = "",
    sent: Sent | None = None,
    prepare: Prepare,
) -> Entry:
    """Store ``draft``, merged with what was saved since revision ``base``.

    :param prepare: the rules of the kind: the draft as it is stored, and its page.
    :raises EditConflict: both changed the same place; it carries the proposal.
    """
    ready, page = prepare(draft)
    mine, at, said = ready, base, note
    for _try in range(MOST_TRIES):
        try:
            return entries.save(actor, entry, ready, base=at, note=said, sent=sent, page=page)
        except EditConflict as conflict:
            found = meeting(entry, mine, base=base, newest=conflict.theirs)
        if not found.proposal.is_clean:
            raise found
        ready, page = prepare(found.proposal.draft)
        at = found.theirs.number
        said = noted(note, MERGED.format(number=at))
    raise found


def meeting(entry: Entry, mine: Draft, *, base: int | None, newest: Revision) -> EditConflict:
    """The conflict of ``mine`` with the newest revision, and the proposal for it."""
    began = entries.revision_at(entry, base) if base is not None else None
    return EditConflict(
        mine=mine, theirs=newest, base=began, proposal=propose(entry, began, mine, newest)
    )


def propose(entry: Entry, base: Revision | None, mine: Draft, theirs: Revision) -> Proposal:
    """Merge ``mine``, begun from ``base``, with ``theirs``."""
    before = draft_of_revision(entry, base) if base is not None else replace(mine, body="")
    now = draft_of_revision(entry, theirs)
    typed = by_name(entry, mine)
    bodies = (before.body, typed.body, now.body)
    body = merge_bodies(entry, *bodies, in_form=is_in_form(before, typed, now))
    made, crossed = merge_fields(before, typed, now)
    return Proposal(replace(made, body=body.text), body, crossed)


def merge_bodies(entry: Entry, base: str, mine: str, theirs: str, *, in_form: bool) -> Merge:
    """Merge three bodies of ``entry``, by boxes and rows where all are in the lesson form."""
    if in_form and has_boxes(base, mine, theirs):
        return merge_lessons(base, mine, theirs, used=entries.used_part_ids(entry))
    return merge(base, mine, theirs)


def is_in_form(*drafts: Draft) -> bool:
    return all(
        draft.kind is EntryKind.LESSON and draft.form is not LessonForm.FREE for draft in drafts
    )


#: Fields in which each side may add and remove; and texts, which are merged like the body.
LISTS = ("communities", "programs", "years", "tags", "tellers", "participants")
TEXTS = ("summary", "evidence")
#: Fields that only the form of this person holds.
OWN = (
    *("body", "proposed_program", "book", "page_slug", "removed_parts"),
    *("consent", "renew_consent", "state", "closes"),
)


def merge_fields(base: Draft, mine: Draft, theirs: Draft) -> tuple[Draft, tuple[str, ...]]:
    """My draft with what they changed beside the body, and the fields that both changed."""
    changed: dict[str, Any] = {}
    crossed: list[str] = []
    for name in (field.name for field in fields(Draft) if field.name not in OWN):
        trio = [getattr(one, name) for one in (base, mine, theirs)]
        changed[name], is_settled = merged_field(name, *trio)
        if not is_settled:
            crossed.append(name)
    if len(changed["programs"]) + bool(mine.proposed_program) > MOST_PROGRAMS:
        changed["programs"] = mine.programs
        crossed.append("programs")
    return replace(mine, **changed), tuple(crossed)


def merged_field(name: str, base: Any, mine: Any, theirs: Any) -> tuple[Any, bool]:
    """(value, whether it is settled) of one field."""
    if mine in (theirs, base):
        return theirs, True
    if theirs == base:
        return mine, True
    if name in LISTS:
        return merged_list(base, mine, theirs), True
    if name in TEXTS:
        found = merge(base, mine, theirs)
        return found.text, found.is_clean
    return mine, False


def merged_list(base: Sequence[Any], mine: Sequence[Any], theirs: Sequence[Any]) -> tuple[Any, ...]:
    """Mine without what they took out, and what they added behind it."""
    kept = [one for one in mine if one in theirs or one not in base]
    return tuple(dict.fromkeys([*kept, *(one for one in theirs if one not in base)]))


# --- an earlier text as the newest ------------------------------------------------------


def restore(
    actor: User, entry: Entry, revision: Revision, *, note: str = "", prepare: Prepare
) -> Entry:
    """Make ``revision``, its header too, the newest one.  No revision is gone."""
    ensure(actor, Permission.ENTRY_EDIT, entry)
    said = noted(RESTORED.format(number=revision.number), note)
    base, draft = entry.revision_number, draft_of_revision(entry, revision)
    return save(actor, entry, draft, base=base, note=said, prepare=prepare)


def undo(
    actor: User, entry: Entry, revision: Revision, *, note: str = "", prepare: Prepare
) -> Entry:
    """Take back what ``revision`` changed, and keep what was changed after it.

    :raises NotFound: nothing stood before it, or nothing that ``actor`` may read.
    :raises EditConflict: something later changed the same place.
    """
    ensure(actor, Permission.ENTRY_EDIT, entry)
    before = entries.revision_before(actor, entry, revision.number)
    said = noted(UNDONE.format(number=revision.number), note)
    draft = draft_of_revision(entry, before)
    # What stood before is "mine", begun from the revision: the merge keeps all later edits.
    return save(actor, entry, draft, base=revision.number, note=said, prepare=prepare)


def noted(*parts: str) -> str:
    return " · ".join(part for part in parts if part)[:MOST_NOTE]


# --- drafts by the names of the header ------------------------------------------------


def by_name(entry: Entry, draft: Draft) -> Draft:
    """``draft`` as a revision would tell it, so that the two can be compared.

    Accounts stand under their names where the entry has them already, lists in the order
    of the header, and what follows from other fields is filled in.
    """
    known = {
        f"@{person.user.username}": person.name
        for person in entry.people
        if person.user is not None
    }
    years = {*draft.years}
    if draft.happened_on is not None:
        years.add(draft.happened_on.year + 543)
    return replace(
        draft,
        license=draft.license or entry.license,
        communities=_sorted(draft.communities),
        programs=_sorted(draft.programs),
        tags=_sorted(draft.tags),
        years=tuple(sorted(years)),
        tellers=tuple(known.get(name.lower(), name) for name in draft.tellers),
        participants=tuple(known.get(name.lower(), name) for name in draft.participants),
    )


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
